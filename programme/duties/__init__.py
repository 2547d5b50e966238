"""Who owes what: mechanisms, duties, deliverables, meetings, issues, good practice and filed plans (R59–R66)."""
