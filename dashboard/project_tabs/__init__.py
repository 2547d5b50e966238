"""The subjects of the page of projects: gate map, project card, reserve and batches, content."""
