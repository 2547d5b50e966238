"""The reads of the page of projects and of the content of works, on both databases."""

import pandas as pd
import pytest

from store import queries_content, queries_projects
from store.engine import Store
from tests.dashboard.projects_store import TABLES, add_rows
from tests.dashboard.small_store import fill


@pytest.fixture
def city(store: Store) -> Store:
    fill(store)
    add_rows(store)
    return store


def test_the_ledger_with_what_an_edit_needs(city: Store) -> None:
    rows = queries_projects.project_list(city)
    assert list(rows["project_id"]) == ["P1", "P2", "P3", "P4", "P5"]
    assert rows["content_hash"].notna().all()
    assert rows["import_run_id"].eq(2).all()


def test_the_communities_of_each_project_with_their_place(city: Store) -> None:
    rows = queries_projects.project_homes(city).set_index("project_id")
    assert rows.loc["P1", ["community_id", "subdistrict_code", "has_owners_body"]].tolist() == [
        "C1",
        "110101001",
        True,
    ]
    assert str(rows.at["P1", "surveyed_date"])[:10] == "2020-03-01"


def test_a_project_stands_in_the_middle_of_its_communities(city: Store) -> None:
    with city.writing() as conn:
        pairs = queries_projects.project_communities
        conn.execute(
            pairs.insert().values(
                project_community_id="P1-C3",
                project_id="P1",
                community_id="C3",
                import_run_id=2,
                is_synthetic=True,
                content_hash="x",
            )
        )
    points = queries_projects.project_points(city).set_index("project_id").geometry
    assert len(points) == 5
    assert points["P1"].coords[0] == pytest.approx((116.36, 39.91))  # between 116.35 and 116.37
    assert points["P4"].coords[0] == pytest.approx((116.38, 39.91))


def test_rows_of_a_project_are_its_own(city: Store) -> None:
    for table in queries_projects.BY_PROJECT:
        told = {p: queries_projects.rows_of_project(city, table, p) for p in ("P1", "P4", "P5")}
        counts = {p: len(rows) for p, rows in told.items() if len(rows)}
        assert counts == TABLES[table]["project_id"].value_counts().to_dict(), table
        for project, rows in told.items():
            assert rows["project_id"].eq(project).all()
            assert rows["import_run_id"].eq(3).all()


def test_contacts_only_where_persons_may_be_seen(city: Store) -> None:
    hidden = queries_projects.rows_of_project(city, "reception_places", "P1")
    assert not {"contact_name", "contact_phone"} & set(hidden.columns)
    seen = queries_projects.rows_of_project(city, "reception_places", "P1", has_persons=True)
    assert seen["contact_phone"].tolist() == ["010-00001234"]


def test_rows_of_communities_with_their_place(city: Store) -> None:
    for table in queries_projects.BY_COMMUNITY:
        rows = queries_content.community_ledger(city, table)
        assert len(rows) == len(TABLES[table])
        assert rows["community_name"].notna().all()
        assert rows["district_code"].isin(["110101", "110102"]).all()
        own = queries_projects.rows_of_homes(city, table, "P1")
        assert own["community_id"].tolist() == [c for c in TABLES[table]["community_id"] if c == "C1"]


def test_another_table_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="projects"):
        queries_projects.rows_of_project(store, "projects", "P1")
    with pytest.raises(ValueError, match="users"):
        queries_projects.rows_of_homes(store, "users", "P1")
    with pytest.raises(ValueError, match="communities"):
        queries_content.community_ledger(store, "communities")


def test_events_proofs_houses_and_options_of_a_project(city: Store) -> None:
    events = queries_projects.project_events(city, "P4")
    assert events["stage"].tolist() == ["confirmed", "started", "completed"]
    assert events["content_hash"].notna().all()
    assert queries_projects.event_proofs(city, "P4").empty
    houses = queries_projects.houses_of_project(city, "P1")
    assert houses[["building_id", "community_id"]].to_numpy().tolist() == [["C1-0", "C1"], ["C1-1", "C1"]]
    assert queries_projects.options_of_project(city, "P1")["option_id"].tolist() == ["B1"]
    assert queries_projects.options_of_project(city, "P4").empty


def test_content_over_the_city(city: Store) -> None:
    houses = queries_content.project_houses(city)
    assert houses[["project_id", "building_id"]].to_numpy().tolist() == [
        ["P1", "C1-0"],
        ["P1", "C1-1"],
        ["P4", "C4-0"],
    ]
    assert queries_content.building_work_rows(city)["work_id"].tolist() == ["W1", "W2", "W3"]
    starts = queries_content.home_starts(city).set_index("community_id")["started_date"]
    assert {c: str(d)[:10] for c, d in starts.items()} == {
        "C3": "2020-04-01",
        "C4": "2020-03-02",
        "C5": "2020-03-02",
    }
    assert queries_content.home_households(city)[["community_id", "households"]].to_numpy().tolist() == [
        ["C1", 100]
    ]


def test_assessments_trail_and_runs(city: Store) -> None:
    assert queries_projects.assessment_rows(city)["capacity_fen"].tolist() == [2_500_000_000, 5_000_000_000]
    trail = queries_projects.trail_rows(city)
    assert trail["level"].tolist() == ["subdistrict", "district", "city"]
    assert pd.to_datetime(trail["date"]).is_monotonic_increasing
    assert queries_projects.run_titles(city)["title_en"].tolist() == ["Districts", "Small city", "Ledger"]
