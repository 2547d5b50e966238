"""The small city with a row of each district in every table: what hangs on 110101 ends in `-A`, on 110102 in `-B`."""

import datetime as dt
from typing import Any

import shapely
from sqlalchemy import Boolean, Connection, Date, DateTime, Float, Integer, LargeBinary, Table
from sqlalchemy.types import BigInteger

from store.engine import Store
from store.geometry import Geometry
from store.tables import BASE_TABLES, import_runs, key_column, place_links
from tests.dashboard.small_store import fill

#: Of each district: a subdistrict, a project, a community, a building, and a place within its outline.
ENDS: dict[str, dict[str, Any]] = {
    "A": {
        "district_code": "110101",
        "subdistrict_code": "110101001",
        "project_id": "P1",
        "community_id": "C1",
        "building_id": "C1-0",
        "_place": shapely.Point(116.41, 39.91),
    },
    "B": {
        "district_code": "110102",
        "subdistrict_code": "110102001",
        "project_id": "P4",
        "community_id": "C4",
        "building_id": "C4-0",
        "_place": shapely.Point(116.35, 39.91),
    },
}
#: Tables that the small city fills itself.
FILLED = (
    "districts",
    "subdistricts",
    "communities",
    "buildings",
    "projects",
    "project_communities",
    "stage_events",
    "monthly_investments",
    "annual_targets",
)


def row_of(table: Table, end: str, run_id: int) -> dict[str, Any]:
    """A row of a table that hangs on one district by every reference it has."""
    about = ENDS[end]
    row: dict[str, Any] = {}
    parents = {
        f.parent.name: f.column.table.name for f in table.foreign_keys if f.column.table.name in BASE_TABLES
    }
    for column in table.columns:
        name = column.name
        if name in ("import_run_id", "source_row", "is_synthetic", "content_hash"):
            continue
        if column.primary_key:
            row[name] = f"{table.name}-{end}"
        elif table.name == "entrances" and name in ("of_kind", "of_id"):
            row[name] = {"of_kind": "community", "of_id": about["community_id"]}[name]
        elif name in about:
            row[name] = about[name]
        elif name in parents:
            parent = parents[name]
            row[name] = f"{'P1-confirmed' if end == 'A' else 'P4-confirmed'}"
            if parent != "stage_events":
                row[name] = f"{parent}-{end}"
        else:
            row[name] = _value(column.type, about)
    return row | {"import_run_id": run_id, "is_synthetic": True, "content_hash": "x"}


def _value(kind: Any, about: dict[str, Any]) -> Any:
    if isinstance(kind, Geometry):
        return shapely.to_wkb(about["_place"])
    if isinstance(kind, Boolean):
        return True
    if isinstance(kind, DateTime):
        return dt.datetime(2020, 6, 1, tzinfo=dt.UTC)
    if isinstance(kind, Date):
        return dt.date(2020, 6, 1)
    if isinstance(kind, (Integer, BigInteger)):
        return 2020
    if isinstance(kind, Float):
        return 1.0
    if isinstance(kind, LargeBinary):
        return b"x"
    return {} if kind.__class__.__name__ == "JSON" else "2020"


def fill_both(store: Store) -> None:
    """Fill an empty store with the small city and two rows of every other base table."""
    fill(store)
    with store.writing() as conn:
        run_id = int(conn.execute(import_runs.select().order_by(import_runs.c.run_id.desc())).first()[0])  # type: ignore[index]
        for name, table in BASE_TABLES.items():
            if name not in FILLED:
                conn.execute(table.insert(), [row_of(table, end, run_id) for end in ENDS])
        _place(conn)


def _place(conn: Connection) -> None:
    for name in ("facilities", "population_points", "idle_spaces", "candidate_sites"):
        for end, about in ENDS.items():
            codes = {k: about[k] for k in ("district_code", "subdistrict_code")}
            conn.execute(place_links.insert().values(layer=name, row_id=f"{name}-{end}", **codes))


def ends_seen(conn: Connection, table: Table) -> set[str]:
    """Which districts' rows a connection sees in a table of those that `fill_both` fills."""
    key = table.c[key_column(table)]
    return {str(k)[-1] for (k,) in conn.execute(table.select().with_only_columns(key))}
