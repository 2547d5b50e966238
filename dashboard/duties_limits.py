"""Which forms a person is shown; the store asks again, and its answer counts."""

from store.access import Action, Principal
from store.area_paths import CITY_TABLES


def may_write(principal: Principal, table: str) -> bool:
    """Whether the role writes rows of a table at all: those of the whole city only where it reads the whole city."""
    return principal.may(Action.WRITE_LEDGER) and (table not in CITY_TABLES or principal.reads_city)
