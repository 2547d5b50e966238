"""Siting, moves and comparisons of the town that can be counted on paper."""

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from dashboard.filters import Area, StoreFacts
from dashboard.jobs import Job
from dashboard.viewmodels.duties_words import Names
from dashboard.viewmodels.what_if_answer import Answer
from dashboard.viewmodels.what_if_moves import changes_by_community, move_view
from dashboard.viewmodels.what_if_saved import Scenario, compare_view
from dashboard.viewmodels.what_if_task import BEST, Ask, Stock, parts_of, stock_of
from dashboard.viewmodels.what_if_view import answer_view
from dashboard.what_if_work import Seen, answered
from dashboard.words import Words
from geo.crs import METRIC, WGS84, project_points
from geo.reach_moves import moved
from loaders.coverage.desk import Desk, build_desk, kinds_in
from loaders.coverage.work import Stopped
from store import queries_gaps
from store.engine import Store
from tests.dashboard.planning_town import HOMES, KIND, WAN, WILD, planning_town, spot

ON = dt.date(2020, 8, 31)
ASK = Ask("110101", KIND, 300.0, ON, standard="GB 50180-2018")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = planning_town(f"sqlite:///{tmp_path_factory.mktemp('town') / 'atlas.sqlite'}")
    yield store
    store.dispose()


@pytest.fixture(scope="module")
def desk(town: Store) -> Desk:
    return build_desk(town, "110101", None)


@pytest.fixture(scope="module")
def stock(town: Store) -> Stock:
    idle, sites = queries_gaps.idle_space_rows(town), queries_gaps.candidate_site_rows(town)
    return stock_of(idle, sites, KIND, "110101", ON)


EVERYBODY = Seen(frozenset(HOMES), frozenset({"F1"}))


def names(lang: str = "zh") -> Names:
    areas = {"110101001": Area("110101001", "110101", "东华门街道", "Donghuamen")}
    return Names(Words(lang), StoreFacts(subdistricts=areas), {1: "小镇"})


def test_rooms_and_sites_that_may_hold_the_kind(stock: Stock) -> None:
    assert stock.rows["candidate_id"].tolist() == ["idle:R1", "idle:R3", "site:L1", "site:L3"]
    assert (stock.opened, stock.other_kinds, stock.kinds_unknown) == (1, 1, 1)


def test_the_smallest_set_opens_one_room_and_builds_once(desk: Desk, stock: Stock) -> None:
    found = answered(desk, ASK, stock, EVERYBODY, Job())
    assert found.status == "optimal"
    assert found.chosen["candidate_id"].tolist() == ["idle:R1", "site:L1"]
    assert found.chosen["served_residents"].tolist() == [1200, 50]
    totals = {
        "residents_total": 1550,
        "residents_before": 300,
        "residents_new": 1250,
        "residents_uncovered": 0,
    }
    assert totals.items() <= dict(found.totals).items()
    assert found.totals["cost_fen"] == 250 * WAN
    assert found.unknown_communities == 1
    told = found.left_out.set_index("candidate_id")["reason"].to_dict()
    assert told == {"idle:R3": "adds_nobody", "site:L3": "district_not_set"}
    assert found.curve["residents_covered"].tolist() == [1500, 1550, 1550]


def test_one_place_serves_most_and_capacity_cuts_it(desk: Desk, stock: Stock) -> None:
    one = replace(ASK, method=BEST, places=1)
    found = answered(desk, one, stock, EVERYBODY, Job())
    assert found.chosen["candidate_id"].tolist() == ["idle:R1"]
    assert found.residents_after == 1500
    full = answered(desk, replace(one, residents_per_unit=10.0), stock, EVERYBODY, Job())
    # 50 places of 10 residents each; the others' capacity is not known.
    assert full.chosen["served_residents"].tolist() == [500]
    assert full.left_out.set_index("candidate_id")["reason"]["idle:R3"] == "capacity_not_set"
    homes = full.homes.set_index("community_id")
    assert homes["uncovered"].sum() == 1550 - 300 - 500


def test_a_budget_that_does_not_do_says_what_would(desk: Desk, stock: Stock) -> None:
    found = answered(desk, replace(ASK, budget_fen=100 * WAN), stock, EVERYBODY, Job())
    assert found.status == "infeasible"
    (reason,) = [r for r in found.reasons if r.code == "budget_below_cover"]
    assert (reason.need, reason.have) == (250 * WAN, 100 * WAN)
    nothing = pd.DataFrame(columns=["facility_id", "name", "district_code", "lon", "lat"])
    view = answer_view(found, desk.communities, nothing, {}, names(), {})
    assert not view.is_answered
    assert "至少要 250 万元" in view.warnings[0]
    assert "预算只有 100 万元" in view.warnings[0]


def test_without_any_candidate_it_is_said_so(town: Store, desk: Desk) -> None:
    idle, sites = queries_gaps.idle_space_rows(town), queries_gaps.candidate_site_rows(town)
    none = stock_of(idle, sites, "metro_station", "110101", ON)
    assert none.rows.empty
    found = answered(desk, replace(ASK, kind="metro_station"), none, EVERYBODY, Job())
    assert [r.code for r in found.reasons if not r.code.startswith("demand")] == ["no_candidates"]
    assert found.totals["residents_before"] == 0
    empty = stock_of(idle.iloc[:0], sites.iloc[:0], KIND, "110101", ON)
    assert answered(desk, ASK, empty, EVERYBODY, Job()).totals["residents_before"] == 300


def test_only_what_a_person_may_see_is_counted(desk: Desk, stock: Stock) -> None:
    some = Seen(frozenset({"H1", "H3"}), frozenset())
    found = answered(desk, ASK, stock, some, Job())
    assert found.totals["residents_total"] == 500
    assert set(found.homes["community_id"]) == {"H1", "H3"}
    assert found.chosen["served_residents"].tolist() == [400]


def test_a_stopped_job_brings_nothing(desk: Desk, stock: Stock) -> None:
    job = Job()
    job.stop()
    with pytest.raises(Stopped):
        answered(desk, ASK, stock, EVERYBODY, job)


def test_the_view_says_it_in_both_languages_and_names_stay_text(desk: Desk, stock: Stock) -> None:
    found = answered(desk, replace(ASK, method=BEST, places=1), stock, EVERYBODY, Job())
    there = pd.DataFrame(
        {
            "facility_id": ["F1"],
            "name": ["一号站"],
            "district_code": ["110101"],
            "lon": [116.402],
            "lat": [39.915],
        }
    )
    zh = answer_view(found, desk.communities, there, {"idle:R1": 1}, names(), {})
    assert "开放存量用房 1 处、新建 0 处" in zh.headline
    assert "300 / 1,550 人 (19.4 %)" in zh.headline
    assert "1,500 / 1,550 人 (96.8 %)" in zh.headline
    assert zh.uncovered.rows["community"].tolist() == ["H5院"]
    assert {p.shape for p in zh.points} == {"circle", "diamond", "square"}
    assert zh.of_choice[-1].text == "1"
    en = answer_view(found, desk.communities, there, {"idle:R1": 1}, names("en"), {})
    assert "300 / 1,550 residents (19.4 %)" in en.headline
    assert desk.communities.set_index("community_id")["name"]["H4"] == WILD


def test_a_saved_answer_comes_back_as_it_was(desk: Desk, stock: Stock) -> None:
    found = answered(desk, replace(ASK, keep=("idle:R3",)), stock, EVERYBODY, Job())
    again = Answer.from_plain(
        json.loads(json.dumps(found.ask.plain())), json.loads(json.dumps(found.plain()))
    )
    assert again.ask == found.ask
    assert again.plain() == found.plain()
    with pytest.raises((KeyError, TypeError, ValueError)):
        Answer.from_plain({}, {"status": "optimal"})


def scenario(number: int, answer: Answer) -> Scenario:
    return Scenario(f"S{number}", f"方案{number}", "110101", KIND, "t", ON, "h", 1, answer)


def test_scenarios_side_by_side_say_who_gains_and_loses(desk: Desk, stock: Stock) -> None:
    one = answered(desk, replace(ASK, method=BEST, places=1), stock, EVERYBODY, Job())
    other = answered(desk, replace(ASK, method=BEST, places=1, never=("idle:R1",)), stock, EVERYBODY, Job())
    assert other.chosen["candidate_id"].tolist() == ["idle:R3"]
    view = compare_view([scenario(1, one), scenario(2, other)], desk.communities, names(), {})
    summary = view.summary.rows
    assert summary["residents_covered"].tolist() == [1500, 1100]
    assert summary["loses_residents"].tolist() == [0, 400]
    assert view.changes.rows["community"].tolist() == ["H3院"]
    assert view.changes.rows["change"].tolist() == [-400]
    assert view.warnings == ()
    wider = answered(desk, replace(ASK, radius_m=500.0, method=BEST, places=1), stock, EVERYBODY, Job())
    assert (
        len(compare_view([scenario(1, one), scenario(3, wider)], desk.communities, names(), {}).warnings) == 1
    )
    with pytest.raises(ValueError, match="two"):
        compare_view([scenario(1, one)], desk.communities, names(), {})


def test_a_moved_centre_gains_the_east_and_loses_the_west(desk: Desk) -> None:
    to = spot(1100)
    x, y = project_points([to.x], [to.y], source=WGS84, target=METRIC)
    point = shapely.Point(float(x[0]), float(y[0]))
    found = moved(None, desk.origins, desk.places, desk.reach(KIND), 300.0, facility_id="F1", to=point)
    changes = changes_by_community(found, desk.people, np.ones(len(desk.people), dtype=bool))
    view = move_view(changes, desk.communities, is_off_network=False, what="甲", names=names(), notes={})
    assert (view.gained_residents, view.lost_residents) == (1200.0, 300.0)
    assert view.rows.rows["community_id"].tolist() == ["H2", "H1", "H3", "H4"]
    assert "净变化 +900 人" in view.answer
    assert [p.shape for p in view.points] == ["diamond", "diamond", "triangle", "triangle"]
    closed = moved(None, desk.origins, desk.places, desk.reach(KIND), 300.0, facility_id="F1")
    only_west = desk.people["community_id"].isin(["H1"]).to_numpy()
    assert changes_by_community(closed, desk.people, only_west)["lost_residents"].tolist() == [100.0]


def test_kinds_are_known_by_key_and_by_name() -> None:
    assert kinds_in("幼儿园、nursery_0_3, 月球基地") == ("kindergarten", "nursery_0_3")
    assert kinds_in(None) == ()
    assert kinds_in("  ") == ()


@given(
    st.lists(
        st.tuples(st.sampled_from("AB"), st.integers(0, 40), st.booleans(), st.sets(st.integers(0, 2))),
        min_size=1,
        max_size=12,
    )
)
def test_parts_hold_whole_people_and_nobody_is_lost(rows: list[tuple[str, int, bool, set[int]]]) -> None:
    # Shares of a third: a community's own number is whole when it has a multiple of three of them.
    people = pd.DataFrame({"community_id": [r[0] for r in rows], "residents": [r[1] / 3 for r in rows]})
    reached = []
    for c in range(3):
        own = np.array([i for i, r in enumerate(rows) if c in r[3]], dtype=np.int64)
        reached.append((own, np.zeros(len(own))))
    parts = parts_of(people, np.array([r[2] for r in rows]), ["a", "b", "c"], reached)
    held = parts.demands.assign(community=parts.community.to_numpy())
    for name, own in held.groupby("community"):
        exact = sum(r[1] for r in rows if r[0] == name) / 3
        assert abs(int(own["residents"].sum()) - exact) <= 0.5 + 1e-9
    by_part = parts.distances.groupby("demand_id")["candidate_id"].agg(set).to_dict()
    wanted = {(r[0], r[2], frozenset("abc"[c] for c in r[3])) for r in rows}
    found = {
        (parts.community[d], bool(k), frozenset(by_part.get(d, ())))
        for d, k in zip(parts.demands["demand_id"], parts.demands["is_covered"], strict=True)
    }
    assert found == wanted
    assert len(parts.demands) == len(wanted)
