"""Designs, opinions and notices as they are read, on both databases."""

import datetime as dt

import pytest

from store import queries_designs
from store.access import Principal, Role
from store.edits import RowChange, write_edit
from store.engine import Store
from store.errors import AccessRefused
from tests.dashboard.designs_store import add_designs
from tests.dashboard.small_store import fill

OFFICE = Principal("office", Role.PROGRAMME_OFFICE)
OPINION = {
    "design_id": "P2-V1",
    "reviewer": "规划师丙",
    "reviewed_date": dt.date(2020, 8, 1),
    "decision": "returned",
    "opinion": "请补充",
    "gap_sheet": {"as_of": "2020-08-01", "rows": [{"kind": "kindergarten", "judged_m": None}]},
}


@pytest.fixture
def held(store: Store) -> Store:
    fill(store)
    add_designs(store)
    return store


def give(store: Store, person: Principal, key: str = "P2-V1-O1", **changes: object) -> None:
    row = RowChange("design_opinions", key, {**OPINION, **changes})
    write_edit(store, person, [row], origin="form", title_zh="意见", title_en="Opinion")


def test_designs_opinions_and_notices_are_read_in_order(held: Store) -> None:
    designs = queries_designs.design_rows(held)
    assert designs["design_id"].tolist()[:3] == ["P1-V1", "P1-V2", "P2-V1"]
    assert {"content_hash", "import_run_id", "is_synthetic"} <= set(designs)
    opinions = queries_designs.opinion_rows(held)
    assert opinions["opinion_id"].tolist()[:2] == ["P1-V1-O1", "P5-V1-O1"]
    assert not opinions["has_gap_sheet"].any()
    notices = queries_designs.notice_rows(held).set_index("notice_id")
    assert notices.at["N2", "version"] == 2
    assert notices.loc["N4", ["version"]].isna().all()


def test_a_kept_sheet_comes_back_as_it_was(held: Store) -> None:
    give(held, OFFICE)
    sheets = queries_designs.opinion_sheets(held, "P2")
    assert sheets["gap_sheet"].tolist() == [OPINION["gap_sheet"]]
    rows = queries_designs.opinion_rows(held).set_index("opinion_id")
    assert rows["has_gap_sheet"].to_dict()["P2-V1-O1"]
    assert rows["has_gap_sheet"].sum() == 1


def test_an_opinion_without_a_sheet_has_none(held: Store) -> None:
    give(held, OFFICE, gap_sheet=None)
    rows = queries_designs.opinion_rows(held).set_index("opinion_id")
    assert not rows.at["P2-V1-O1", "has_gap_sheet"]


def test_what_stands_in_the_writers_own_transaction(held: Store) -> None:
    with held.writing() as conn:
        assert queries_designs.newest_version(conn, "P1") == 2
        assert queries_designs.newest_version(conn, "P4") == 0
        found = queries_designs.steps_held(conn, "P1", ("planner_opinion", "designed"))
    assert found == {"designed"}


@pytest.mark.parametrize(
    ("role", "areas"),
    [
        (Role.DISTRICT, {"110101"}),
        (Role.SUBDISTRICT, {"110101001"}),
        (Role.CITY_LEADER, set()),
        (Role.PUBLIC, set()),
        (Role.RESPONSIBLE_PLANNER, {"110102"}),  # another district's
    ],
)
def test_nobody_but_the_areas_own_planner_gives_an_opinion(held: Store, role: Role, areas: set) -> None:
    with pytest.raises(AccessRefused):
        give(held, Principal("x", role, frozenset(areas)))
    assert queries_designs.opinion_sheets(held, "P2").empty


def test_the_areas_own_planner_does_and_sees_no_other_areas_designs(held: Store) -> None:
    planner = Principal("p", Role.RESPONSIBLE_PLANNER, frozenset({"110101001"}))
    give(held, planner)
    assert len(queries_designs.opinion_sheets(held, "P2")) == 1
    seen = held.seen_by(planner)
    assert set(queries_designs.design_rows(seen)["project_id"]) == {"P1", "P2"}
    assert set(queries_designs.opinion_rows(seen)["project_id"]) == {"P1", "P2"}
    assert set(queries_designs.notice_rows(seen)["project_id"]) == {"P1"}
    assert queries_designs.opinion_sheets(seen, "P6").empty
