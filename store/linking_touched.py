"""What a run changed, noted before it is gone, so that only the links that can differ are worked out again."""

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from store.rows import chunks
from store.tables import BASE_TABLES, building_links, community_links, key_column, row_versions

#: The base tables that links hang on.
LINKED_TABLES = (
    "districts",
    "subdistricts",
    "parcels",
    "communities",
    "buildings",
    "facilities",
    "population_points",
)


@dataclass
class Touched:
    """Rows that a run brings, changes or takes out, by table, and what the links said of them before.

    `outlines`: boundaries (WKB) of touched communities; `homes`: communities that touched buildings stood in.
    """

    keys: dict[str, set[str]] = field(default_factory=dict)
    outlines: list[bytes] = field(default_factory=list)
    homes: set[str] = field(default_factory=set)

    def of(self, table: str) -> set[str]:
        """The touched keys of a table."""
        return self.keys.get(table, set())

    def note(self, conn: Connection, table: str, keys: Collection[str]) -> None:
        """Note rows of a base table. Rows that go must be noted before they go: their links go with them."""
        if table not in LINKED_TABLES or not keys:
            return
        self.keys.setdefault(table, set()).update(keys)
        for part in chunks(sorted(keys)):
            if table == "communities":
                links = community_links.c
                query = select(links.boundary).where(
                    links.community_id.in_(part), links.boundary.is_not(None)
                )
                self.outlines += conn.execute(query).scalars()
            elif table == "buildings":
                rows = building_links.c
                homes = select(rows.community_id).where(
                    rows.building_id.in_(part), rows.community_id.is_not(None)
                )
                self.homes.update(conn.execute(homes.distinct()).scalars())


def run_touches(conn: Connection, run_id: int) -> Touched:
    """What undoing a run will touch; asked before it is undone."""
    touched = Touched()
    for name in LINKED_TABLES:
        table = BASE_TABLES[name]
        own = select(table.c[key_column(table)]).where(table.c.import_run_id == run_id)
        kept = select(row_versions.c.row_key).where(
            row_versions.c.run_id == run_id, row_versions.c.table_name == name
        )
        touched.note(conn, name, {*conn.execute(own).scalars(), *conn.execute(kept).scalars()})
    return touched
