"""The store's rows as the ledger compares with them, fetched table by table when they are asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from loaders.ledger.cells import is_missing, stored_value
from loaders.ledger.sheets import LedgerColumn, ledger_sheet
from store.engine import Store
from store.queries_ledger import community_districts, ledger_rows
from store.tables import BASE_TABLES, key_column


@dataclass(frozen=True)
class HeldRow:
    """A row of the store: the ledger's columns as plain values, and the hash that tells it from its later selves."""

    key: str
    values: Mapping[str, Any]
    content_hash: str


class HeldLedger:
    """The rows of one district or of all. `fetch` gives a table's frame, as `queries_ledger.ledger_rows` does;
    `places` the frame of `queries_ledger.community_districts`."""

    def __init__(
        self, fetch: Callable[[str], pd.DataFrame], places: Callable[[], pd.DataFrame], *, revision: int
    ) -> None:
        self._fetch = fetch
        self._places = places
        self.revision = revision
        self._held: dict[str, dict[str, HeldRow]] = {}

    def rows(self, table: str) -> dict[str, HeldRow]:
        """The rows of a table by key, in the order of their keys."""
        found = self._held.get(table)
        if found is None:
            found = self._held[table] = _rows(table, self._fetch(table))
        return found

    @cached_property
    def community_places(self) -> dict[str, tuple[str, str | None]]:
        """community_id → its name and district (None where neither place nor statement tells it)."""
        rows = self._places()
        return {
            str(i): (str(n), None if is_missing(d) else str(d))
            for i, n, d in zip(rows["community_id"], rows["name"], rows["district_code"], strict=True)
        }


def held_ledger(store: Store, district_code: str | None) -> HeldLedger:
    """The ledger of a district (None: of the city), read from a store as whoever may read all of it."""
    return HeldLedger(
        lambda table: ledger_rows(store, table, district_code),
        lambda: community_districts(store),
        revision=store.revision(),
    )


def _rows(table: str, frame: pd.DataFrame) -> dict[str, HeldRow]:
    key = key_column(BASE_TABLES[table])
    columns: tuple[LedgerColumn, ...] = tuple(c for c in ledger_sheet(table).columns if c.name in frame)
    lists = [[stored_value(c, v) for v in frame[c.name]] for c in columns]
    hashes = frame["content_hash"].tolist()
    names = [c.name for c in columns]
    out: dict[str, HeldRow] = {}
    for line, seal in zip(zip(*lists, strict=True), hashes, strict=True):
        values = dict(zip(names, line, strict=True))
        out[str(values[key])] = HeldRow(str(values[key]), values, str(seal))
    return out
