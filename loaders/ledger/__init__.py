"""The clerk's ledger (台账): a workbook out, one in, and the difference row by row before anything is written."""
