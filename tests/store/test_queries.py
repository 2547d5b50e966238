"""The named reads, on both databases, counted by hand on the small city."""

import datetime as dt

import pytest

from store import queries
from store.engine import Store
from tests.dashboard.small_store import fill

AS_OF = dt.date(2020, 8, 31)


@pytest.fixture
def small_city(store: Store) -> Store:
    fill(store)
    return store


def test_areas_with_their_outlines(small_city: Store) -> None:
    districts = queries.district_areas(small_city)
    assert list(districts["district_code"]) == ["110101", "110102", "110116"]
    assert districts.crs is not None
    assert districts.crs.to_epsg() == 4326
    assert districts.geometry.is_valid.all()
    own = queries.subdistrict_areas(small_city, "110101")
    assert list(own["subdistrict_code"]) == ["110101001", "110101002"]
    assert queries.subdistrict_areas(small_city, "'; --").empty
    names = queries.area_names(small_city)
    assert names.groupby("level").size().to_dict() == {"district": 3, "subdistrict": 4}


def test_the_programme_as_it_stands_in_the_ledger(small_city: Store) -> None:
    projects = queries.project_rows(small_city)
    assert list(projects["project_id"]) == ["P1", "P2", "P3", "P4", "P5"]
    assert list(projects["is_central_state"]) == [False, False, True, False, True]
    assert len(queries.stage_event_rows(small_city)) == 11
    assert int(queries.investment_rows(small_city)["amount_fen"].sum()) == 1_800_000_000
    assert len(queries.target_rows(small_city)) == 9
    places = queries.project_places(small_city).set_index("project_id")
    assert places.loc["P3", "subdistrict_code"] == "110101002"
    assert bool(places.loc["P1", "has_owners_body"])


def test_communities_are_counted_by_age_and_survey(small_city: Store) -> None:
    counts = queries.community_counts(small_city, AS_OF)
    assert int(counts["communities"].sum()) == 6
    by_age = counts.groupby("age_class")["communities"].sum().to_dict()
    assert by_age == {"post_2000": 1, "pre_2000": 3, "unknown": 2}
    assert int(counts["mixed"].sum()) == 1
    # C2 has no survey, C3's comes after the day.
    assert int(counts["surveyed"].sum()) == 4
    assert int(queries.community_counts(small_city, dt.date(2020, 9, 15))["surveyed"].sum()) == 5
    assert int(queries.community_counts(small_city, dt.date(2020, 3, 1))["surveyed"].sum()) == 1


def test_buildings_are_counted_by_year(small_city: Store) -> None:
    counts = queries.building_counts(small_city)
    assert int(counts["buildings"].sum()) == 11
    assert counts.groupby("age_class")["buildings"].sum().to_dict() == {
        "post_2000": 3,
        "pre_2000": 5,
        "unknown": 3,
    }


def test_communities_are_counted_by_year(small_city: Store) -> None:
    counts = queries.community_year_counts(small_city)
    assert int(counts["communities"].sum()) == 6
    assert int(counts.loc[counts["year_from"].isna(), "communities"].sum()) == 1


@pytest.mark.parametrize(
    ("kind", "area", "expected"),
    [
        ("pre_2000", {}, ["C1", "C2", "C4"]),
        ("mixed", {}, ["C2"]),
        ("unknown", {}, ["C3", "C6"]),
        ("not_surveyed", {}, ["C2", "C3"]),
        ("unknown", {"district_code": "110101"}, ["C3"]),
        ("pre_2000", {"district_code": "110101", "subdistrict_code": "110101001"}, ["C1", "C2"]),
        ("mixed", {"subdistrict_code": "110102001"}, []),
    ],
)
def test_lists_of_communities(small_city: Store, kind: str, area: dict, expected: list) -> None:
    assert (
        list(queries.community_list(small_city, kind=kind, as_of=AS_OF, **area)["community_id"]) == expected
    )


def test_another_kind_of_list_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="everything"):
        queries.community_list(store, kind="everything", as_of=AS_OF)


def test_what_the_store_holds_and_up_to_when(small_city: Store) -> None:
    span = queries.data_span(small_city).iloc[0]
    assert span["latest_month"] == "2020-08"
    assert str(span["latest_event_date"]) == "2020-08-31"
    assert (span["communities"], span["buildings"], span["projects"], span["targets"]) == (6, 11, 5, 9)
    assert [int(y) for y in queries.years_with_data(small_city)["year"]] == [2020]


def test_sources_and_synthetic_rows_are_told_apart(small_city: Store) -> None:
    shares = queries.synthetic_shares(small_city).set_index("table_name")
    assert (shares["rows"] == shares["synthetic"]).all()
    assert shares.loc["projects", "rows"] == 5
    assert list(queries.sources(small_city, "projects")["title_zh"]) == ["小城"]
    assert list(queries.sources(small_city, "districts", "projects")["title_en"]) == [
        "Districts",
        "Small city",
    ]
    by_district = queries.synthetic_districts(small_city)
    assert by_district.set_index("district_code")["synthetic"].to_dict() == {"110101": 3, "110102": 3}
    with pytest.raises(KeyError):
        queries.sources(small_city, "projects; DROP TABLE projects")


def test_every_read_of_an_empty_store_is_an_empty_frame(store: Store) -> None:
    for read in (
        queries.district_areas,
        queries.area_names,
        queries.project_rows,
        queries.stage_event_rows,
        queries.investment_rows,
        queries.target_rows,
        queries.project_places,
        queries.building_counts,
        queries.community_year_counts,
        queries.years_with_data,
        queries.synthetic_districts,
    ):
        assert read(store).empty
    assert queries.community_counts(store, AS_OF).empty
    assert queries.sources(store, "projects").empty
    assert (queries.synthetic_shares(store)["rows"] == 0).all()
    assert queries.data_span(store).iloc[0]["communities"] == 0
