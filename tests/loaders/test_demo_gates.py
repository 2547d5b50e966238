"""The demo city's gates and content: plausible on its day, and with the awkward cases that the page is to show."""

import pandas as pd
import pytest

from loaders.demo import DemoCity
from loaders.demo.gates import NOT_ASSESSED, OVERDRAWN, PARTIES
from loaders.reference_menu import content_items, content_schemes, published_figures
from programme.batches import confirmations
from programme.breaches import hard_breaches
from programme.content.demand import Fit, demand_matrix, planned_items
from programme.content.governance import governance_check
from programme.content.lifts import LiftProblem, LiftState, lift_states
from programme.content.menu import off_menu
from programme.content.pipelines import dig_plan, digs_after_paving, pipeline_states
from programme.reserve import fiscal_room
from programme.steps import step_table
from programme.trail import Fault, Place, walk
from tests.loaders.demo_cities import built


@pytest.fixture(scope="module")
def city() -> DemoCity:
    return built("tiny")


@pytest.fixture(scope="module")
def small() -> DemoCity:
    return built("small")


def dates_of(city: DemoCity, stage: str) -> pd.Series:
    events = city.layers["stage_events"]
    own = events[events["stage"] == stage]
    return pd.to_datetime(own["event_date"]).groupby(own["project_id"]).min()


def test_nothing_has_happened_after_the_day(city: DemoCity) -> None:
    day = pd.Timestamp(city.as_of_date)
    for table, columns in {
        "submission_trail": ("action_date",),
        "service_agreements": ("agreed_date", "signed_date"),
        "property_unit_duties": ("done_date",),
        "deliberations": ("held_date",),
        "quality_checks": ("checked_date",),
        "demands": ("gathered_date",),
        "governance_items": ("cleared_date",),
        "building_works": ("started_date", "completed_date"),
        "community_measures": ("started_date", "completed_date"),
        "pipeline_works": ("started_date", "completed_date", "handed_over_date"),
        "lift_stairwells": ("filed_date", "accepted_date"),
        "parking_lots": ("opened_date", "counted_date"),
    }.items():
        for column in columns:
            assert not (pd.to_datetime(city.layers[table][column]) > day).any(), (table, column)


def test_agreements_are_those_of_the_events(city: DemoCity) -> None:
    rows = city.layers["service_agreements"].set_index("project_id")
    signed = pd.to_datetime(rows["signed_date"]).dropna()
    assert signed.sort_index().to_dict() == dates_of(city, "service_agreement").sort_index().to_dict()
    assert not (pd.to_datetime(rows["agreed_date"]) > pd.to_datetime(rows["signed_date"])).any()


def test_the_opinion_comes_with_the_design_and_demands_before_the_pool(small: DemoCity) -> None:
    opinion, design = dates_of(small, "planner_opinion"), dates_of(small, "designed")
    assert 0 < len(opinion) < len(design)
    assert (design[opinion.index] == opinion).all()
    demands, pool = dates_of(small, "demands_gathered"), dates_of(small, "reserve")
    assert 0 < len(demands) < len(pool)
    assert (demands < pool[demands.index]).all()


def test_one_district_is_overdrawn_and_one_not_assessed(small: DemoCity) -> None:
    projects, events = small.layers["projects"], small.layers["stage_events"]
    confirmed = confirmations(projects, events, small.as_of_date).index
    room = fiscal_room(projects, list(confirmed), small.layers["fiscal_assessments"], 2020, small.as_of_date)
    assert list(room.index[room["room_fen"] < 0]) == [OVERDRAWN]
    assert list(room.index[~room["is_assessed"]]) == [NOT_ASSESSED]
    assert room["capacity_fen"].isna().sum() == 2  # one is assessed without a sum


def test_cases_lie_everywhere_on_their_way(city: DemoCity) -> None:
    trail = city.layers["submission_trail"].rename(columns={"action_date": "date"})
    cases, faults = walk(city.layers["projects"], trail, city.layers["stage_events"], city.as_of_date)
    assert {Place.SUBDISTRICT.value, Place.CONFIRMED.value} < set(cases["place"])
    assert set(faults["fault"]) <= {Fault.NOT_HERE.value, Fault.NOT_AGREED.value}
    assert len(faults)
    assert (cases["times_returned"] > 0).any()


def test_platforms_name_the_plans_five_parties(city: DemoCity) -> None:
    told = city.layers["deliberations"]["parties"].str.split("、").explode()
    assert set(told) == set(PARTIES)


def test_demands_and_plans_differ_both_ways(small: DemoCity) -> None:
    layers = small.layers
    matrix = demand_matrix(
        layers["demands"], planned_items(layers["projects"]), layers["project_communities"]
    )
    assert set(matrix["fit"]) == {f.value for f in Fit}
    assert len(off_menu(layers["demands"]["item"], content_items())) <= 1


def test_governance_pipelines_and_lifts_have_their_awkward_cases(small: DemoCity) -> None:
    layers = small.layers
    started = dates_of(small, "started")
    pairs = layers["project_communities"]
    first = pairs["project_id"].map(started).groupby(pairs["community_id"]).min()
    governance = governance_check(layers["governance_items"], first, small.as_of_date)
    assert 0 < governance["is_before_clearance"].sum() < 0.1 * len(governance)
    assert len(governance["state"].unique()) == 4
    digs = layers["pipeline_works"]
    plan = dig_plan(digs, 60)
    assert len(plan.clashes)
    assert len(plan.unusable)
    assert len(digs_after_paving(digs, layers["pavings"]))
    problems = pipeline_states(digs, small.as_of_date)["problems"].explode().dropna()
    assert len(problems.unique()) == 3
    lifts = lift_states(layers["lift_stairwells"], small.as_of_date)
    assert set(lifts["state"]) == {s.value for s in LiftState}
    odd = set(lifts["problems"].explode().dropna())
    assert LiftProblem.FILED_WITHOUT_CONSENT.value in odd
    assert LiftProblem.CONSENT_IMPOSSIBLE.value not in odd


def test_the_new_steps_break_no_further_gate(city: DemoCity) -> None:
    layers = city.layers
    communities = layers["communities"][["community_id", "has_owners_body", "surveyed_date"]]
    table = step_table(
        layers["projects"],
        layers["stage_events"],
        layers["project_communities"],
        communities,
        city.as_of_date,
    )
    broken = hard_breaches(table)
    listed = {p for case, ids in city.notes.items() if "start" in case for p in ids}
    assert set(broken["project_id"]) == listed & set(broken["project_id"])
    assert len(broken) == 4  # each awkward case of the tiny city once


def test_published_figures_are_complete_and_say_where_they_come_from() -> None:
    rows = published_figures()
    assert rows["key"].is_unique
    assert (rows["period_from"] <= rows["period_to"]).all()
    assert set(rows["measure"]) == {"confirmed", "started", "completed"}
    assert set(rows["scope"]) <= {"all", "city", "central", "not_stated"}
    assert rows["projects"].notna().all()
    assert rows["source"].ne("").all()
    assert not rows["source"].str.contains("://").any()
    assert rows.set_index("key").at["2020-1", "projects"] == 153


def test_the_menu_knows_every_scheme_of_its_items() -> None:
    assert set(content_items()["scheme"]) == {s.key for s in content_schemes()}
