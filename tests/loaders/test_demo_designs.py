"""The demo city's designs, opinions and notices agree with each other and with the chain."""

import datetime as dt

import pandas as pd
import pytest

from dashboard.viewmodels.design_frozen import SHEET_COLUMNS, thawed
from loaders.demo import DemoCity
from loaders.facility_standards import shipped_standards
from programme.standards import requirement
from tests.loaders.demo_cities import built

AS_OF = dt.date(2020, 8, 31)
PASSED = ["passed", "passed_with_changes"]


@pytest.fixture(scope="module", params=["tiny", "small"])
def city(request: pytest.FixtureRequest) -> DemoCity:
    return built(request.param)


def opinions(city: DemoCity) -> pd.DataFrame:
    """The opinions with their designs."""
    held = city.layers["design_opinions"]
    return held.merge(city.layers["designs"], on="design_id", validate="many_to_one")


def steps(city: DemoCity, stage: str) -> pd.Series:
    held = city.layers["stage_events"]
    return held[held["stage"] == stage].set_index("project_id")["event_date"]


def test_versions_count_from_one_without_a_gap_and_in_order(city: DemoCity) -> None:
    designs = city.layers["designs"]
    for _, own in designs.groupby("project_id"):
        assert own["version"].tolist() == list(range(1, len(own) + 1))
        assert own["submitted_date"].is_monotonic_increasing
    assert (designs["submitted_date"] <= AS_OF).all()
    assert designs["design_id"].str.startswith("DEMO-").all()


def test_an_opinion_comes_after_its_design_and_a_next_version_after_a_returned_one(city: DemoCity) -> None:
    told = opinions(city)
    assert (told["reviewed_date"] >= told["submitted_date"]).all()
    assert (told["reviewed_date"] <= AS_OF).all()
    designs = city.layers["designs"]
    newest = designs.groupby("project_id")["version"].transform("max")
    earlier = set(designs.loc[designs["version"] < newest, "design_id"])
    assert earlier == set(
        told.loc[told["version"] < told.groupby("project_id")["version"].transform("max"), "design_id"]
    ) | (earlier & set(told.loc[told["decision"] == "returned", "design_id"]))
    assert set(told.loc[told["design_id"].isin(earlier), "decision"]) <= {"returned"}


def test_the_chain_and_the_opinions_say_the_same(city: DemoCity) -> None:
    told = opinions(city)
    passed = told[told["decision"].isin(PASSED)].set_index("project_id")["reviewed_date"]
    opined, designed = steps(city, "planner_opinion"), steps(city, "designed")
    common = opined.index.intersection(passed.index)
    assert len(common) == len(opined)
    assert (passed.loc[common] == opined.loc[common]).all()
    # Every project that is designed has a design; those without an opinion on record have none that passed.
    assert set(designed.index) <= set(city.layers["designs"]["project_id"])
    assert not set(designed.index.difference(opined.index)) & set(passed.index)


def test_notices_are_those_of_the_chain_but_for_the_awkward_ones(city: DemoCity) -> None:
    held = city.layers["public_notices"].set_index("project_id")
    shown = steps(city, "public_notice")
    assert set(held.index) == set(shown.index)
    early = held["posted_date"] != shown.loc[held.index]
    assert (held.loc[early, "posted_date"] < shown.loc[held.index[early]]).all()
    assert early.sum() < len(held) / 10
    ended = held["ended_date"].dropna()
    assert (ended >= held.loc[ended.index, "posted_date"]).all()
    known = held["design_id"].dropna()
    assert set(known) <= set(city.layers["designs"]["design_id"])


def test_kept_sheets_are_read_by_the_page_and_their_verdicts_follow_from_the_distance(city: DemoCity) -> None:
    seen = 0
    for kept in city.layers["design_opinions"]["gap_sheet"].dropna().tolist()[:40]:
        sheet = thawed(kept)
        assert sheet is not None
        for row in sheet.sheet.to_dict("records"):
            assert set(row) == set(SHEET_COLUMNS)
            needed = requirement(shipped_standards(), row["kind"], sheet.as_of or AS_OF)
            assert needed.radius_m is not None
            is_within = row["judged_m"] is not None and row["judged_m"] <= needed.radius_m
            # Rounded to a metre, so exactly at the distance either may be.
            assert row["judged_m"] == needed.radius_m or (row["verdict"] == "has") == is_within
            seen += 1
    assert seen > 100


def test_the_awkward_cases_are_there() -> None:
    city = built("small")
    told, designs = opinions(city), city.layers["designs"]
    newest = designs.sort_values("version").drop_duplicates("project_id", keep="last").set_index("project_id")
    designed = set(steps(city, "designed").index)
    open_ = newest[~newest["design_id"].isin(told["design_id"])]
    waiting = open_[~open_.index.isin(designed)]
    days = waiting["submitted_date"].map(lambda d: (AS_OF - d).days)
    assert len(waiting) >= 10
    assert (days > 40).any()
    assert len(open_) > len(waiting)  # some went on without any opinion
    last = told.drop_duplicates("project_id", keep="last").set_index("project_id")
    assert ((last["decision"] == "returned") & ~last.index.isin(waiting.index)).sum() >= 3
    passed = told[told["decision"].isin(PASSED)].set_index("project_id")
    assert set(passed.index) - designed  # passed, and not yet on record
    notices = city.layers["public_notices"].dropna(subset=["design_id"])
    first = notices.merge(told[told["decision"].isin(PASSED)], on="design_id")
    assert (first["posted_date"] < first["reviewed_date"]).any()
    assert designs["residents_after"].isna().any()
    assert (designs["floor_area_after_m2"] > designs["floor_area_before_m2"]).any()
