"""Values as people write them, turned into years, areas, money, dates, numbers and plain text.

Each function takes a Series and gives values on the same index with a problem's code (`reject.…`) or None for each
row. Missing and placeholder texts become missing without a problem. What recurs is worked out once.
"""

from loaders.values.amounts import parse_area_m2, parse_money_fen, parse_numbers
from loaders.values.dates import parse_dates
from loaders.values.texts import as_text, is_placeholder, normalise_text, parse_bool
from loaders.values.years import parse_years

__all__ = [
    "as_text",
    "is_placeholder",
    "normalise_text",
    "parse_area_m2",
    "parse_bool",
    "parse_dates",
    "parse_money_fen",
    "parse_numbers",
    "parse_years",
]
