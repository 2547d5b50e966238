"""What becomes of a community after the works: rates, handover and fees, operation, visits, pilots (R68–R72)."""
