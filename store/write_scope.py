"""Which rows of a write lie outside the areas of the person who writes (R74).

Reading goes by a row's most exact reference; writing asks all of them: nobody ties a row of their own to another
district's project. Both what a row was and what it becomes are asked, what it becomes best after it was written, when
what it refers to is in its place too.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import shapely
from sqlalchemy import Connection, Select, Table, select

from store.access import Action, Principal, Role
from store.area_paths import (
    CITY_TABLES,
    GROUND_TABLES,
    Areas,
    area_condition,
    community_ids,
    own_keys,
    placed_ids,
    project_ids,
    ways,
)
from store.rows import chunks
from store.tables import (
    building_links,
    community_links,
    districts,
    key_column,
    place_links,
    subdistricts,
)

Row = Mapping[str, Any]


def rows_outside(conn: Connection, principal: Principal, table: Table, rows: Sequence[Row]) -> list[str]:
    """The keys of the rows that this person may not write because of where they lie, in the order of `rows`.

    `rows` are whole rows of a base table (geometry as WKB or shape). The programme's office writes everywhere; the
    city's other roles and the public nowhere; a role that is held for areas only rows all of whose references lie in
    them. What refers to nothing and has a place lies where that place is. Whether the role may write the table at all
    is `Principal.may`.
    """
    if principal.role is Role.PROGRAMME_OFFICE:
        return []
    key = key_column(table)
    if table.name == "standard_rows" and principal.may(Action.EDIT_STANDARD):
        return []
    is_anybodys = table.name in CITY_TABLES or table.name in GROUND_TABLES
    if principal.reads_city or not principal.reads_rows or not principal.area_codes or is_anybodys:
        return [str(row[key]) for row in rows]
    check = _Check(conn, table, Areas.of(principal), rows)
    return [str(row[key]) for row in rows if not check.is_inside(row)]


class _Check:
    """One table's rows against some areas; what they refer to is looked up once for all of them."""

    def __init__(self, conn: Connection, table: Table, areas: Areas, rows: Sequence[Row]) -> None:
        self._conn = conn
        self._table = table
        self._areas = areas
        self._key = key_column(table)
        self._ways = list(ways(table, areas))
        self._held = {w.column.name: self._among(w.keys, _values(rows, w.column.name)) for w in self._ways}
        self._subdistricts = self._inside_subdistricts(_values(rows, "subdistrict_code"))
        keys = _values(rows, self._key)
        self._own: set[str] = set()
        self._linked: set[str] = set()
        own = own_keys(table, areas)
        if own is not None:
            self._own = self._among(own, keys)
            self._linked = self._among(_linked(table), keys)
        elif table.name == "projects":
            self._own = self._among(project_ids(areas), keys)
        self._entrances: dict[str, set[str]] = {}
        if table.name == "entrances":
            of = {"community": community_ids(areas), "facility": placed_ids("facilities", areas)}
            self._entrances = {k: self._among(q, _values(rows, "of_id")) for k, q in of.items()}
        self._stated = (
            self._among(community_ids(areas), _values(rows, "community_id_stated"))
            if table.name == "buildings"
            else set()
        )
        self._outlines: list[Any] | None = None

    def is_inside(self, row: Row) -> bool:
        """Whether all that the row says of where it is lies in the areas, and it says something."""
        if self._table.name == "entrances":
            return row.get("of_id") in self._entrances.get(str(row.get("of_kind")), set())
        said: list[bool] = []
        for way in self._ways:
            value = row.get(way.column.name)
            if value is not None:
                said.append(value in self._held[way.column.name])
        if row.get("subdistrict_code") is not None:
            said.append(row["subdistrict_code"] in self._subdistricts)
        key = row.get(self._key)
        if key in self._linked:
            said.append(key in self._own)
        elif row.get("community_id_stated") is not None:
            said.append(row["community_id_stated"] in self._stated)
        district = row.get("district_code")
        if self._table.name == "projects":
            said.append(district in self._areas.districts or key in self._own)
        elif district is not None and district in self._areas.districts:
            said.append(True)
        elif district is not None and district not in self._areas.around:
            said.append(False)
        elif district is not None and self._table.name == "siting_scenarios":
            said.append(True)  # a planner of one subdistrict looks for sites in the district around it
        # The district around a subdistrict held says nothing of where in it the row lies.
        return all(said) if said else self._is_placed_inside(row)

    def _is_placed_inside(self, row: Row) -> bool:
        shape = next((row[n] for n in ("point", "geometry") if row.get(n) is not None), None)
        if shape is None:
            return False
        place = shape if isinstance(shape, shapely.Geometry) else shapely.from_wkb(bytes(shape))
        spot = shapely.point_on_surface(place)
        if self._outlines is None:
            self._outlines = self._read_outlines()
        return bool(shapely.covers(self._outlines, spot).any()) if len(self._outlines) else False

    def _read_outlines(self) -> Any:
        found: list[bytes] = []
        for table, column, codes in (
            (districts, districts.c.district_code, self._areas.districts),
            (subdistricts, subdistricts.c.subdistrict_code, self._areas.subdistricts),
        ):
            query = select(table.c.geometry).where(column.in_(sorted(codes)), table.c.geometry.is_not(None))
            found += list(self._conn.execute(query).scalars())
        return shapely.from_wkb(found)

    def _among(self, keys: Select[tuple[str]], wanted: Sequence[str]) -> set[str]:
        """Those of the wanted keys that a query finds."""
        column = next(iter(keys.selected_columns))
        found: set[str] = set()
        for part in chunks(wanted):
            found |= {str(k) for (k,) in self._conn.execute(keys.where(column.in_(part)))}
        return found

    def _inside_subdistricts(self, wanted: Sequence[str]) -> set[str]:
        t = subdistricts.c
        inside = area_condition(t.district_code, t.subdistrict_code, self._areas)
        return self._among(select(t.subdistrict_code).where(inside), wanted)


def _linked(table: Table) -> Select[tuple[str]]:
    """The rows of a table whose place is worked out and known."""
    if table.name == "communities":
        return select(community_links.c.community_id).where(community_links.c.district_code.is_not(None))
    if table.name == "buildings":
        return select(building_links.c.building_id).where(building_links.c.district_code.is_not(None))
    is_known = place_links.c.district_code.is_not(None)
    return select(place_links.c.row_id).where(place_links.c.layer == table.name, is_known)


def _values(rows: Sequence[Row], name: str) -> list[str]:
    return sorted({str(row[name]) for row in rows if row.get(name) is not None})
