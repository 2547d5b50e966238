"""Whose ledger the page speaks of: the district, the districts that may be written, and the store as it may be read."""

from dataclasses import dataclass

from dashboard.filters import Filters
from dashboard.session import current_principal
from dashboard.state import reader, worked_out
from dashboard.words import Words
from loaders.ledger.cells import district_names
from loaders.ledger.held import HeldLedger, held_ledger
from loaders.ledger.sheets import CITY_TABLES, FURTHER_TABLES, MAIN_TABLES
from store.access import Principal


@dataclass(frozen=True)
class LedgerPlace:
    """`district_code` is the page's district (None: the whole city); `allowed` None where every district is."""

    principal: Principal
    district_code: str | None
    allowed: frozenset[str] | None

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables of the ledger here; those of the whole city only for who keeps the whole city."""
        city = CITY_TABLES if self.district_code is None and self.principal.reads_city else ()
        return (*MAIN_TABLES, *FURTHER_TABLES, *city)

    def name(self, words: Words) -> str:
        """The district's name, or the whole city's."""
        return district_names(words.lang).get(self.district_code or "", words.say("bar.whole_city"))


def ledger_place(filters: Filters) -> LedgerPlace:
    """The place of this session's ledger: the page's district, or the one that the person holds."""
    principal = current_principal()
    allowed = None if principal.reads_city else principal.district_codes
    district = filters.district_code
    if allowed is not None and district not in allowed:
        district = min(allowed, default=None)
    return LedgerPlace(principal, district, allowed)


def held_of(district_code: str | None) -> HeldLedger:
    """The ledger of a district as this session's person may read it, read once for each revision of the store."""
    found: HeldLedger = worked_out(
        "ledger.held", (district_code,), lambda: held_ledger(reader(), district_code)
    )
    return found


def record_names(held: HeldLedger) -> dict[str, str]:
    """The names of projects and communities by their ids."""
    tables = ("projects", "communities")
    return {k: str(r.values["name"]) for t in tables for k, r in held.rows(t).items() if r.values.get("name")}
