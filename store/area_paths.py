"""Where a row lies: the way from any row of any table to a district and a subdistrict (R74).

The way is read off a table's columns, so that a new table with the usual references has one by itself. A table that
has none, and is not said to be everybody's below, is a fault (`NoAreaRule`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, Table, and_, false, or_, select

from store.access import Principal
from store.tables import (
    BASE_TABLES,
    building_links,
    community_links,
    key_column,
    place_links,
    project_buildings,
    project_communities,
    projects,
    subdistricts,
)

#: Tables of the whole city: everyone who reads rows reads them, and only the roles of the whole city write them.
CITY_TABLES = frozenset(
    {
        "districts",
        "subdistricts",
        "annual_targets",
        "deliverables",
        "meetings",
        "agenda_items",
        "decisions",
        "practice_cards",
        "card_sendings",
        "standard_rows",
    }
)
#: The ground under the map, which belongs to no one: everyone who reads rows reads it.
GROUND_TABLES = frozenset({"parcels", "green_spaces", "water_areas", "streets"})
#: What the plan itself makes public (R74): everyone reads these rows.
PUBLIC_TABLES = frozenset({"districts", "subdistricts", "annual_targets", "deliverables"})
#: Papers of a district that its subdistricts and planners read too, though they name no subdistrict.
DISTRICT_PAPERS = frozenset({"plan_filings", "siting_scenarios", "bundles"})
#: Tables whose place the linking works out, and the layer's name there.
PLACED_TABLES = ("facilities", "population_points", "idle_spaces", "candidate_sites")
_AREA_COLUMNS = ("district_code", "subdistrict_code")
_STOPS = frozenset({"districts", "subdistricts", "projects", "communities", "buildings"})


class NoAreaRule(LookupError):
    """A table without a way to an area."""


@dataclass(frozen=True)
class Areas:
    """Districts held as a whole (6 digits), and single subdistricts (9 digits)."""

    districts: frozenset[str]
    subdistricts: frozenset[str]

    @classmethod
    def of(cls, principal: Principal) -> "Areas":
        """The areas of a role that is held for areas."""
        codes = principal.area_codes
        return cls(frozenset(c for c in codes if len(c) == 6), frozenset(c for c in codes if len(c) > 6))

    @property
    def around(self) -> frozenset[str]:
        """The districts held, and those around the subdistricts held."""
        return self.districts | {code[:6] for code in self.subdistricts}


def area_condition(
    district: ColumnElement[str] | None, subdistrict: ColumnElement[str] | None, areas: Areas
) -> ColumnElement[bool]:
    """That a place with these two codes lies in the areas; either column may be missing."""
    either: list[ColumnElement[bool]] = []
    if areas.districts:
        if district is not None:
            either.append(district.in_(sorted(areas.districts)))
        elif subdistrict is not None:
            t = subdistricts.c
            held = select(t.subdistrict_code).where(t.district_code.in_(sorted(areas.districts)))
            either.append(subdistrict.in_(held.correlate(None)))
    if areas.subdistricts and subdistrict is not None:
        either.append(subdistrict.in_(sorted(areas.subdistricts)))
    return or_(*either) if either else false()


def links_inside(links: Table, areas: Areas) -> ColumnElement[bool]:
    """That a row of a link table lies in the areas."""
    return area_condition(links.c.district_code, links.c.subdistrict_code, areas)


def community_ids(areas: Areas) -> Select[tuple[str]]:
    """The communities of the areas."""
    inside = links_inside(community_links, areas)
    return select(community_links.c.community_id).where(inside).correlate(None)


def building_ids(areas: Areas) -> Select[tuple[str]]:
    """The buildings of the areas."""
    return select(building_links.c.building_id).where(links_inside(building_links, areas)).correlate(None)


def placed_ids(layer: str, areas: Areas) -> Select[tuple[str]]:
    """The rows of a placed table that stand in the areas."""
    inside = and_(place_links.c.layer == layer, links_inside(place_links, areas))
    return select(place_links.c.row_id).where(inside).correlate(None)


def project_ids(areas: Areas) -> Select[tuple[str]]:
    """The projects of the areas: by their district, or by a community or building that stands in a subdistrict held.

    A project with communities in several subdistricts is each one's.
    """
    return select(projects.c.project_id).where(_project_inside(areas)).correlate(None)


def _project_inside(areas: Areas) -> ColumnElement[bool]:
    either: list[ColumnElement[bool]] = []
    if areas.districts:
        either.append(projects.c.district_code.in_(sorted(areas.districts)))
    if areas.subdistricts:
        near = Areas(frozenset(), areas.subdistricts)
        for pairs, column, ids in (
            (project_communities, project_communities.c.community_id, community_ids(near)),
            (project_buildings, project_buildings.c.building_id, building_ids(near)),
        ):
            held = select(pairs.c.project_id).where(column.in_(ids)).correlate(None)
            either.append(projects.c.project_id.in_(held))
    return or_(*either) if either else false()


@dataclass(frozen=True)
class Way:
    """One reference of a row to something that lies somewhere: the column, and the keys that lie in the areas."""

    column: Column[Any]
    keys: Select[tuple[str]]


def ways(table: Table, areas: Areas) -> Iterator[Way]:
    """The references of a base table to things that lie somewhere, the most exact first."""
    for name, keys in (
        ("building_id", building_ids),
        ("community_id", community_ids),
        ("project_id", project_ids),
    ):
        if name in table.c and not table.c[name].primary_key:
            yield Way(table.c[name], keys(areas))
    for reference in sorted(table.foreign_keys, key=lambda f: f.parent.name):
        parent = reference.column.table
        if parent.name in BASE_TABLES and parent.name not in _STOPS and parent.name not in CITY_TABLES:
            held = select(parent.c[key_column(parent)]).where(inside(parent, areas)).correlate(None)
            yield Way(reference.parent, held)


def own_keys(table: Table, areas: Areas) -> Select[tuple[str]] | None:
    """The rows of a table that lie in the areas by what was worked out for them; None where nothing is."""
    if table.name == "communities":
        return community_ids(areas)
    if table.name == "buildings":
        return building_ids(areas)
    if table.name in PLACED_TABLES:
        return placed_ids(table.name, areas)
    return None


def is_everybodys(table: Table) -> bool:
    """Whether everyone who reads rows reads all of a base table."""
    return table.name in CITY_TABLES or table.name in GROUND_TABLES


def inside(table: Table, areas: Areas) -> ColumnElement[bool]:
    """That a row of a base table lies in the areas: by its most exact reference that is filled in.

    Raises NoAreaRule for a table that has none.
    """
    if table.name == "projects":
        return _project_inside(areas)
    if table.name == "entrances":
        return _entrance_inside(table, areas)
    own = own_keys(table, areas)
    if own is not None:
        return table.c[key_column(table)].in_(own)
    steps: list[tuple[Column[Any], ColumnElement[bool]]] = []
    district, subdistrict = (table.c.get(n) for n in _AREA_COLUMNS)
    if subdistrict is not None:
        steps.append((subdistrict, area_condition(None, subdistrict, areas)))
    steps += [(way.column, way.column.in_(way.keys)) for way in ways(table, areas)]
    if district is not None:
        held = areas.around if table.name in DISTRICT_PAPERS else areas.districts
        steps.append((district, district.in_(sorted(held)) if held else false()))
    if not steps:
        raise NoAreaRule(table.name)
    either: list[ColumnElement[bool]] = []
    unfilled: list[ColumnElement[bool]] = []
    for column, is_inside in steps:
        either.append(and_(*unfilled, is_inside))
        if not column.nullable:
            break
        unfilled.append(column.is_(None))
    return or_(*either)


def _entrance_inside(table: Table, areas: Areas) -> ColumnElement[bool]:
    return or_(
        and_(table.c.of_kind == "community", table.c.of_id.in_(community_ids(areas))),
        and_(table.c.of_kind == "facility", table.c.of_id.in_(placed_ids("facilities", areas))),
    )
