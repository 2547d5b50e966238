"""What the map's tiles are made of: cheap seals that tell which part of the city changed, and the rows of a part.

A part is a district; what stands in none is the part `NO_DISTRICT`. All reads of one refresh go through one
`Snapshot`, so that they show one state of the store.
"""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Numeric, Table, cast, func, null, select, text

from store.engine import REVISION_HEAD, Store, explained
from store.tables import (
    building_links,
    buildings,
    communities,
    project_buildings,
    store_state,
)

NO_DISTRICT = "none"


class Snapshot(Store):
    """A store at one moment: every read through it shares one transaction."""

    def __init__(self, store: Store, conn: Connection) -> None:
        super().__init__(store.engine)
        self.conn = conn

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """The snapshot's own connection."""
        yield self.conn

    @contextmanager
    def writing(self, *, counts: bool = True) -> Iterator[Connection]:
        """Refused: RuntimeError."""
        raise RuntimeError("a snapshot is only read")
        yield self.conn


@contextmanager
def snapshot(store: Store) -> Iterator[Snapshot]:
    """The store as it is now, for as long as the block lasts."""
    with explained(store), store.engine.connect() as raw:
        level: dict[str, Any] = {} if store.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        conn = raw.execution_options(**level)
        with conn.begin():
            yield Snapshot(store, conn)
        if store.is_sqlite:
            conn.exec_driver_sql(
                "PRAGMA shrink_memory"
            )  # pages of a whole city, which nobody asks for again soon


def state_mark(store: Store) -> tuple[str | None, str]:
    """The store's own name (None where it has none yet), and a mark that no two of its states share.

    The mark holds the revision, and the head of the audit trail when it last grew: a store restored from a backup
    counts on from the backup's revision, with another trail.
    """
    with store.reading() as conn:
        query = select(store_state.c.key, store_state.c.value)
        wanted = query.where(store_state.c.key.in_(("store_id", "revision", REVISION_HEAD)))
        held: dict[str, str] = {row.key: row.value for row in conn.execute(wanted)}
    return held.get("store_id"), f"{int(held.get('revision') or 0)}-{(held.get(REVISION_HEAD) or '0')[:8]}"


@dataclass(frozen=True)
class Part:
    """One part of a layer: its rows, and what seals its shapes and its attributes."""

    rows: int
    geometry_key: str
    attributes_key: str


#: By database: what seals the shapes, and what seals the attributes. On SQLite the texts themselves, in the order in
#: which the rows lie; on PostgreSQL a sum of their hashes. A content hash stands for its whole row, id and shape too.
_SEALS = {
    "sqlite": (
        """
        SELECT l.district_code, count(*), group_concat(b.content_hash, '')
        FROM building_links l JOIN buildings b ON b.building_id = l.building_id GROUP BY 1
        """,
        """
        SELECT l.district_code, group_concat(
            l.building_id || '|' || ifnull(l.community_id, '') || '|' || ifnull(c.name, '') || '|' ||
            ifnull(l.subdistrict_code, '') || '|' || ifnull(l.year_from, '') || '|' || ifnull(l.year_to, '') ||
            '|' || l.year_precision || l.age_class, char(10))
        FROM building_links l LEFT JOIN communities c ON c.community_id = l.community_id GROUP BY 1
        """,
        """
        SELECT l.district_code, group_concat(p.building_id || '|' || p.project_id, char(10))
        FROM project_buildings p JOIN building_links l ON l.building_id = p.building_id GROUP BY 1
        """,
    ),
    "postgresql": (
        """
        SELECT l.district_code, count(*), sum(hashtextextended(b.content_hash, 0)::numeric)::text
        FROM building_links l JOIN buildings b ON b.building_id = l.building_id GROUP BY 1
        """,
        """
        SELECT l.district_code, sum(hashtextextended((l.building_id, l.community_id, c.name, l.subdistrict_code,
            l.year_from, l.year_to, l.year_precision, l.age_class)::text, 0)::numeric)::text
        FROM building_links l LEFT JOIN communities c ON c.community_id = l.community_id GROUP BY 1
        """,
        """
        SELECT l.district_code, sum(hashtextextended((p.building_id, p.project_id)::text, 0)::numeric)::text
        FROM project_buildings p JOIN building_links l ON l.building_id = p.building_id GROUP BY 1
        """,
    ),
}


def building_parts(at: Snapshot) -> dict[str, Part]:
    """The parts of the footprints, by district code, without reading a shape.

    The seals are made of the rows' content hashes, of what was worked out for them, and of their communities' names.
    """
    contents, found, own = (text(query) for query in _SEALS[at.engine.dialect.name])

    def sealed(conn: Connection) -> dict[str, tuple[int, str]]:
        rows = conn.execute(contents)
        return {code or NO_DISTRICT: (int(count), _digest(str(seal))) for code, count, seal in rows}

    mark = state_mark(at)

    def beside() -> dict[str, tuple[int, str]] | None:
        with snapshot(at) as other:
            return sealed(other.conn) if state_mark(other) == mark else None

    # The database works without Python's lock: two questions at once take the time of the longer one.
    with ThreadPoolExecutor(1) as helper:
        shapes = helper.submit(beside)
        seals = {code or NO_DISTRICT: _digest(str(seal)) for code, seal in at.conn.execute(found)}
        projects = {code or NO_DISTRICT: _digest(str(seal)) for code, seal in at.conn.execute(own)}
        counted = shapes.result()
    if counted is None:  # somebody wrote between the two snapshots
        counted = sealed(at.conn)
    return {
        part: Part(rows, key, _digest(f"{key}/{seals.get(part, '')}/{projects.get(part, '')}"))
        for part, (rows, key) in sorted(counted.items())
    }


def _digest(seal: str) -> str:
    return hashlib.blake2b(seal.encode(), digest_size=16).hexdigest()


def _in_part(table: Table, part: str) -> ColumnElement[bool]:
    code = table.c.district_code
    return code.is_(None) if part == NO_DISTRICT else code == part


def table_part(at: Snapshot, table: Table, where: ColumnElement[bool] | None = None) -> Part:
    """The rows of a base table that a condition keeps, as one part, without reading a shape."""
    column = table.c.content_hash
    if at.is_sqlite:
        seal: Any = func.group_concat(column, "")
    else:
        seal = func.sum(cast(func.hashtextextended(column, 0), Numeric))
    query = select(func.count(), seal).select_from(table)
    count, seals = at.conn.execute(query if where is None else query.where(where)).one()
    key = _digest(str(seals))
    return Part(int(count), key, key)


def table_layer(at: Snapshot, table: Table, where: ColumnElement[bool] | None = None) -> gpd.GeoDataFrame:
    """name, kind (None where the table has none) and geometry (EPSG:4326) of a base table's rows, by key."""
    kind = table.c.kind if "kind" in table.c else null().label("kind")
    query = select(table.c.name, kind, table.c.geometry).order_by(*table.primary_key.columns)
    return at.layer(query if where is None else query.where(where))


def building_count(store: Store) -> int:
    """How many footprints there are."""
    with store.reading() as conn:
        return int(conn.execute(select(func.count()).select_from(building_links)).scalar() or 0)


def building_shapes(at: Snapshot, part: str) -> NDArray:
    """The footprints of a part (EPSG:4326), in the order of their ids."""
    query = (
        select(buildings.c.geometry)
        .join(building_links, building_links.c.building_id == buildings.c.building_id)
        .where(_in_part(building_links, part))
        .order_by(buildings.c.building_id)
    )
    wkb = np.array(list(at.conn.execute(query).scalars()), dtype=object)
    return np.asarray(shapely.from_wkb(wkb), dtype=object)


def building_rows(at: Snapshot, part: str) -> pd.DataFrame:
    """What the map shows of the footprints of a part beside the programme's state, in the order of their ids.

    Columns: building_id, name, storeys, height_m, structure, lift_count, households, floor_area_m2, community_id,
    community, subdistrict_code, year_from, year_to, year_precision, age_class, projects (its own ones, sorted and
    joined by a line feed; None without).
    """
    b, link = buildings.c, building_links.c
    rows = at.frame(
        select(
            b.building_id,
            b.name,
            b.storeys,
            b.height_m,
            b.structure,
            b.lift_count,
            b.households,
            b.floor_area_m2,
            link.community_id,
            communities.c.name.label("community"),
            link.subdistrict_code,
            link.year_from,
            link.year_to,
            link.year_precision,
            link.age_class,
        )
        .join(building_links, link.building_id == b.building_id)
        .outerjoin(communities, communities.c.community_id == link.community_id)
        .where(_in_part(building_links, part))
        .order_by(b.building_id)
    )
    pairs = at.frame(
        select(project_buildings.c.building_id, project_buildings.c.project_id)
        .join(building_links, link.building_id == project_buildings.c.building_id)
        .where(_in_part(building_links, part))
        .order_by(project_buildings.c.building_id, project_buildings.c.project_id)
    )
    own = pairs.groupby("building_id")["project_id"].agg("\n".join) if len(pairs) else pd.Series(dtype=object)
    return rows.assign(projects=rows["building_id"].map(own).astype(object).where(lambda s: s.notna(), None))
