"""A frozen month as one person may see it (R74): every total, and of the rows only those that the person may read."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from programme.months import ClosedMonth
from programme.months.tables import Table
from store.engine import Store
from store.queries_months import LEDGER_TABLES
from store.tables import BASE_TABLES, key_column

#: The tables of a month whose rows are the plan's own words, which everybody may read.
OPEN_TABLES = frozenset({"mechanism_units"})


def seen_month(month: ClosedMonth, reader: Store) -> ClosedMonth:
    """The month without the rows that `reader` (a store as somebody sees it) does not show.

    Numerators, denominators, places and scores stay those of the whole month. What is returned is for looking at: it
    has no content to keep or to digest. A row that is gone from the ledger is seen by nobody who does not read the
    whole city.
    """
    keys = {table: _keys(reader, table) for table in LEDGER_TABLES}

    def seen(table: str, key: Any) -> bool:
        return table in OPEN_TABLES or str(key) in keys.get(table, frozenset())

    inputs = {
        name: Table(table.columns, tuple(row for row in table.rows if seen(name, row[0])))
        for name, table in month.inputs.items()
    }

    def rows_of(plain: Mapping[str, Any]) -> dict[str, Any]:
        kept = {
            role: {t: [k for k in own if seen(t, k)] for t, own in tables.items()}
            for role, tables in plain["rows"].items()
        }
        return {**plain, "rows": kept}

    def score(plain: Mapping[str, Any]) -> dict[str, Any]:
        return {**plain, "parts": [rows_of(p) for p in plain["parts"]]}

    figures: dict[str, Any] = {"districts": {}, "departments": {}}
    for name, held in month.figures["districts"].items():
        if name == "unplaced":
            own = {t: [k for k in rows if seen(t, k)] for t, rows in held.items()}
            figures["districts"][name] = {t: rows for t, rows in own.items() if rows}
        else:
            figures["districts"][name] = {
                "districts": [score(s) for s in held["districts"]],
                "city": [rows_of(p) for p in held["city"]],
            }
    departments = month.figures["departments"]
    figures["departments"] = {
        "departments": [score(s) for s in departments["departments"]],
        "unassigned": [k for k in departments["unassigned"] if seen("deliverables", k)],
    }
    return replace(month, inputs=inputs, figures=figures, content=b"")


def _keys(reader: Store, table: str) -> frozenset[str]:
    base = BASE_TABLES[LEDGER_TABLES[table]]
    with reader.reading() as conn:
        return frozenset(str(k) for k in conn.execute(select(base.c[key_column(base)])).scalars())
