"""Which rows of a write lie outside somebody's areas: every table, both what is known and what is new."""

from collections.abc import Iterator
from typing import Any

import pytest
import shapely
from sqlalchemy import Table, select

from store.access import Principal
from store.area_paths import is_everybodys
from store.engine import Store
from store.tables import BASE_TABLES, key_column
from store.write_scope import rows_outside
from tests.store.test_scoped import EAST, LEADER, OFFICE, OTHER_SUBDISTRICT, PLANNER, PUBLIC, SUBDISTRICT
from tests.store.two_districts import FILLED, fill_both

#: A table whose rows say only of which district they are.
OF_DISTRICT = {
    name
    for name, t in BASE_TABLES.items()
    if "district_code" in t.c and not {"project_id", "community_id", "subdistrict_code"} & set(t.c.keys())
}


@pytest.fixture
def city(store: Store) -> Iterator[Store]:
    fill_both(store)
    yield store


def held(store: Store, name: str) -> list[dict[str, Any]]:
    with store.reading() as conn:
        return [dict(r) for r in conn.execute(select(BASE_TABLES[name])).mappings()]


def outside(store: Store, person: Principal, name: str, *rows: dict[str, Any]) -> list[str]:
    with store.reading() as conn:
        return rows_outside(conn, person, BASE_TABLES[name], rows)


def ends(keys: list[str]) -> set[str]:
    return {key[-1] for key in keys}


def test_a_district_writes_its_own_rows_of_every_table_and_no_other(city: Store) -> None:
    for name, table in BASE_TABLES.items():
        if name in FILLED:
            continue
        rows = held(city, name)
        assert {str(r[key_column(table)])[-1] for r in rows} == {"A", "B"}
        expected = {"A", "B"} if is_everybodys(table) else {"B"}
        assert ends(outside(city, EAST, name, *rows)) == expected, name


def test_a_subdistrict_writes_what_lies_in_it_and_no_paper_of_its_district(city: Store) -> None:
    for name, table in BASE_TABLES.items():
        if name in FILLED or is_everybodys(table):
            continue
        rows = held(city, name)
        is_papers = name in OF_DISTRICT and name != "siting_scenarios"
        expected = {"A", "B"} if is_papers else {"B"}
        assert ends(outside(city, SUBDISTRICT, name, *rows)) == expected, name
        if name not in ("siting_scenarios",):
            assert ends(outside(city, OTHER_SUBDISTRICT, name, *rows)) == {"A", "B"}, name


@pytest.mark.parametrize(("person", "refused"), [(OFFICE, False), (LEADER, True), (PUBLIC, True)])
def test_the_office_writes_everywhere_and_the_citys_readers_nowhere(
    city: Store, person: Principal, refused: bool
) -> None:
    for name in ("issues", "projects", "streets", "annual_targets"):
        rows = held(city, name)
        assert len(outside(city, person, name, *rows)) == (len(rows) if refused else 0)


def test_a_planner_corrects_standards_and_a_district_does_not(city: Store) -> None:
    rows = held(city, "standard_rows")
    assert outside(city, PLANNER, "standard_rows", *rows) == []
    assert len(outside(city, EAST, "standard_rows", *rows)) == 2


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("building_works", {"project_id": "P4", "building_id": "C1-0"}),
        ("building_works", {"project_id": "P1", "building_id": "C4-0"}),
        ("issues", {"district_code": "110101", "project_id": "P4"}),
        ("issues", {"district_code": "110102", "project_id": "P1"}),
        ("issues", {"subdistrict_code": "110102001"}),
        ("issues", {"subdistrict_code": "999999999"}),
        ("issues", {}),
        ("property_fees", {"project_id": "P1", "community_id": "C4"}),
        ("design_opinions", {"design_id": "designs-B"}),
        ("design_opinions", {"design_id": "no such design"}),
        ("bundle_projects", {"bundle_id": "bundles-A", "project_id": "P4"}),
        ("projects", {"district_code": "110102"}),
        ("communities", {"district_code": "110102"}),
        ("facilities", {"geometry": shapely.to_wkb(shapely.Point(116.35, 39.91))}),
        ("facilities", {}),
        ("entrances", {"of_kind": "community", "of_id": "C4"}),
        ("entrances", {"of_kind": "nothing", "of_id": "C1"}),
    ],
)
def test_a_new_row_that_says_anything_of_another_district_is_refused(
    city: Store, name: str, values: dict[str, Any]
) -> None:
    assert outside(city, EAST, name, {key_column(BASE_TABLES[name]): "new", **values}) == ["new"]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("projects", {"district_code": "110101"}),
        ("communities", {"district_code": "110101"}),
        ("communities", {"point": shapely.Point(116.41, 39.91)}),
        ("buildings", {"community_id_stated": "C2"}),
        ("facilities", {"geometry": shapely.to_wkb(shapely.Point(116.41, 39.91))}),
        ("candidate_sites", {"geometry": shapely.box(116.41, 39.91, 116.42, 39.92)}),
        ("issues", {"subdistrict_code": "110101002"}),
        ("entrances", {"of_kind": "facility", "of_id": "facilities-A"}),
        ("fund_findings", {"district_code": "110101"}),
    ],
)
def test_a_new_row_of_ones_own_is_taken(city: Store, name: str, values: dict[str, Any]) -> None:
    assert outside(city, EAST, name, {key_column(BASE_TABLES[name]): "new", **values}) == []


def test_a_row_that_was_anothers_stays_refused_whatever_it_says_now(city: Store) -> None:
    table: Table = BASE_TABLES["communities"]
    row = next(r for r in held(city, "communities") if r["community_id"] == "C4")
    assert outside(city, EAST, table.name, row | {"district_code": "110101"}) == ["C4"]


def test_keys_come_in_the_order_of_the_rows(city: Store) -> None:
    rows = [{"issue_id": k, "project_id": p} for k, p in (("z", "P4"), ("b", "P1"), ("a", "P5"))]
    assert outside(city, EAST, "issues", *rows) == ["z", "a"]
