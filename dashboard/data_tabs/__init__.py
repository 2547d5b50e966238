"""The three parts of the page *Data*: sources and loads, completeness, upload."""
