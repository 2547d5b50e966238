"""Siting in towns whose best answers can be worked out on paper, and against spopt's own models."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from geo.siting import best_places, smallest_set
from geo.siting_answer import Siting, Status
from geo.siting_input import Limits, Out, Reason, State, distance_rows
from geo.siting_model import Goal

YUAN = 100


def sites(**rows: tuple) -> pd.DataFrame:
    """name=(kind, cost in yuan, capacity)."""
    return pd.DataFrame(
        {
            "candidate_id": list(rows),
            "is_new": [r[0] == "new" for r in rows.values()],
            "cost_fen": pd.Series(
                [None if r[1] is None else r[1] * YUAN for r in rows.values()], dtype="Int64"
            ),
            "capacity": pd.Series([r[2] for r in rows.values()], dtype="Int64"),
        }
    )


def people(*covered: str, **residents: int | None) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "demand_id": list(residents),
            "residents": pd.Series(list(residents.values()), dtype="Int64"),
            "is_covered": [name in covered for name in residents],
        }
    )


def along(places: dict[str, float], homes: dict[str, float]) -> pd.DataFrame:
    """All distances along one straight street, by metres from its beginning."""
    return pd.DataFrame(
        [(c, d, abs(x - y)) for (c, x), (d, y) in itertools.product(places.items(), homes.items())],
        columns=["candidate_id", "demand_id", "distance_m"],
    )


# One street: homes a to f every 300 m; idle rooms at b and e's doors, permitted sites at a, c and f.
HOMES = {n: 300.0 * i for i, n in enumerate("abcdef")}
TOWN = people(a=100, b=200, c=300, d=400, e=500, f=600)
PLACES = {"idle_b": 300.0, "idle_e": 1200.0, "new_a": 0.0, "new_c": 600.0, "new_f": 1500.0}
CANDIDATES = sites(
    idle_b=("idle", 10, 600),
    idle_e=("idle", 20, 700),
    new_a=("new", 5, 100),
    new_c=("new", 50, 2000),
    new_f=("new", 60, 600),
)
STREET = along(PLACES, HOMES)
WALK_300 = Limits(radius_m=300.0)


def codes(reasons: tuple[Reason, ...]) -> list[str]:
    return [r.code for r in reasons]


def out_of(answer: Siting) -> dict[str, str]:
    return dict(zip(answer.left_out["candidate_id"], answer.left_out["reason"], strict=True))


def test_the_smallest_set_covers_the_street_with_two_idle_rooms() -> None:
    answer = smallest_set(CANDIDATES, TOWN, STREET, WALK_300)
    # b's room reaches a, b, c; e's reaches d, e, f: 600 + 1,500 residents.
    assert answer.status is Status.OPTIMAL and answer.chosen_ids == ("idle_b", "idle_e")
    assert (answer.residents_total, answer.residents_before) == (2100, 0)
    assert (answer.residents_new, answer.residents_uncovered) == (2100, 0)
    assert answer.cost_fen == 30 * YUAN and answer.cost_not_set == 0
    assert answer.chosen["served_residents"].tolist() == [600, 1500]
    assert answer.chosen["only_here_residents"].tolist() == [600, 1500]
    # (100 + 300) · 300 m at b's, (400 + 600) · 300 m at e's
    assert answer.mean_distance_m == pytest.approx((400 * 300 + 1000 * 300) / 2100, abs=1e-3)
    assert set(out_of(answer).values()) == {Out.ADDS_NOBODY}
    assert answer.assignments["residents"].sum() == 2100


def test_best_place_is_the_one_with_most_residents() -> None:
    answer = best_places(CANDIDATES, TOWN, STREET, 1, WALK_300)
    assert answer.chosen_ids == ("idle_e",) and answer.residents_new == 1500
    assert answer.uncovered["demand_id"].tolist() == ["c", "b", "a"]
    assert answer.uncovered["uncovered_residents"].tolist() == [300, 200, 100]
    assert answer.demands.set_index("demand_id")["state"].to_dict() == {
        **dict.fromkeys("abc", "not_reached"),
        **dict.fromkeys("def", "covered"),
    }
    out = answer.left_out.set_index("candidate_id")
    # c's site reaches b, c, d; d is served already: 500 more.
    assert out.loc["new_c", ["reach_residents", "adds_residents", "reason"]].tolist() == [
        900,
        500,
        "places_used_up",
    ]
    assert out.loc["new_f", ["reach_residents", "adds_residents", "reason"]].tolist() == [
        1100,
        0,
        "adds_nobody",
    ]


def test_a_place_that_adds_nobody_is_not_opened() -> None:
    assert best_places(CANDIDATES, TOWN, STREET, 5, WALK_300).chosen_ids == ("idle_b", "idle_e")


def test_idle_rooms_come_before_a_new_site_that_would_do_alone() -> None:
    # One new site in the middle reaches both homes, so do two rooms together.
    places = {"room_1": 0.0, "room_2": 600.0, "site": 300.0}
    homes = {"x": 0.0, "y": 600.0}
    town, candidates = (
        people(x=10, y=10),
        sites(room_1=("idle", 9, 1), room_2=("idle", 9, 1), site=("new", 1, 1)),
    )
    rooms = smallest_set(candidates, town, along(places, homes), WALK_300)
    assert rooms.chosen_ids == ("room_1", "room_2")
    fewest = smallest_set(candidates, town, along(places, homes), replace(WALK_300, prefers_idle=False))
    assert fewest.chosen_ids == ("site",)
    # With one place allowed, covering both goes before idle stock.
    assert best_places(candidates, town, along(places, homes), 1, WALK_300).chosen_ids == ("site",)


def test_among_equals_the_cheaper_then_the_smaller_id() -> None:
    places, homes = {"p": 0.0, "q": 0.0, "r": 0.0}, {"x": 0.0}
    near, town = along(places, homes), people(x=7)
    dear = sites(p=("idle", 3, 1), q=("idle", 2, 1), r=("idle", 2, 1))
    assert smallest_set(dear, town, near, WALK_300).chosen_ids == ("q",)
    unknown = sites(p=("idle", None, 1), q=("idle", None, 1), r=("idle", 2, 1))
    assert smallest_set(unknown, town, near, WALK_300).chosen_ids == ("r",)
    none = smallest_set(sites(q=("idle", None, 1), p=("idle", None, 1)), town, near, WALK_300)
    assert none.chosen_ids == ("p",) and none.cost_fen == 0 and none.cost_not_set == 1
    assert Reason("cost_not_set", ("p",), have=1) in none.notes


def test_a_budget_that_is_too_small_says_what_would_do() -> None:
    answer = smallest_set(CANDIDATES, TOWN, STREET, replace(WALK_300, budget_fen=30 * YUAN - 1))
    assert answer.status is Status.INFEASIBLE and answer.chosen.empty
    assert answer.reasons == (Reason("budget_below_cover", need=30 * YUAN, have=30 * YUAN - 1),)
    assert answer.residents_uncovered == 2100
    enough = smallest_set(CANDIDATES, TOWN, STREET, replace(WALK_300, budget_fen=30 * YUAN))
    assert enough.status is Status.OPTIMAL and enough.cost_fen == 30 * YUAN
    best = best_places(CANDIDATES, TOWN, STREET, 3, replace(WALK_300, budget_fen=30 * YUAN - 1))
    # 20 for e's room, 5 for the site at a (reaches a and b)
    assert best.chosen_ids == ("idle_e", "new_a") and best.residents_new == 1800
    assert out_of(best)["idle_b"] == Out.OVER_BUDGET


def test_the_budget_may_ask_for_other_places_than_the_fewest() -> None:
    # Cheap pair against one dear room: all idle, so fewest places would take the room.
    places, homes = {"left": 0.0, "right": 600.0, "room": 300.0}, {"x": 0.0, "y": 600.0}
    candidates = sites(left=("idle", 3, 1), right=("idle", 3, 1), room=("idle", 10, 1))
    town = people(x=1, y=1)
    assert smallest_set(candidates, town, along(places, homes), WALK_300).chosen_ids == ("room",)
    tight = replace(WALK_300, budget_fen=6 * YUAN)
    assert smallest_set(candidates, town, along(places, homes), tight).chosen_ids == ("left", "right")


def test_capacity_spreads_residents_over_places() -> None:
    limits = replace(WALK_300, uses_capacity=True)
    # b 600 (a, b, c), e 700 (d, e, f), a 100, c 2,000 (b, c, d), f 600 (e, f): d, e, f have 1,500 residents:
    # e and f together 1,300, so c must take 200 of d; then c, b or both for a, b, c; idle b does all three.
    answer = smallest_set(CANDIDATES, TOWN, STREET, limits)
    assert answer.status is Status.OPTIMAL and answer.residents_new == 2100
    assert answer.chosen_ids == ("idle_b", "idle_e", "new_c", "new_f")
    used = answer.assignments.groupby("candidate_id")["residents"].sum()
    assert (used <= answer.chosen.set_index("candidate_id")["capacity"]).all()
    assert answer.assignments.groupby("demand_id")["residents"].sum().to_dict() == {
        "a": 100, "b": 200, "c": 300, "d": 400, "e": 500, "f": 600
    }  # fmt: skip
    one = best_places(CANDIDATES, TOWN, STREET, 1, limits)
    assert one.chosen_ids == ("new_c",) and one.residents_new == 900
    two = best_places(CANDIDATES, TOWN, STREET, 2, limits)
    assert two.chosen_ids == ("idle_e", "new_c") and two.residents_new == 1600
    # b, c and d go to c (900); e's room has 700: all 500 of e, at its door, and 200 of f.
    states = two.demands.set_index("demand_id")[["state", "served_residents"]]
    assert states.loc["e"].tolist() == [State.COVERED, 500] and states.loc["f"].tolist() == [State.PART, 200]
    assert two.uncovered[["demand_id", "uncovered_residents"]].to_numpy().tolist() == [["f", 400], ["a", 100]]


def test_people_walk_as_little_as_capacities_allow() -> None:
    places, homes = {"p": 0.0, "q": 200.0}, {"x": 0.0, "y": 100.0}
    candidates, town = sites(p=("idle", 1, 10), q=("idle", 1, 10)), people(x=8, y=8)
    answer = smallest_set(candidates, town, along(places, homes), replace(WALK_300, uses_capacity=True))
    rows = answer.assignments[["candidate_id", "demand_id", "residents"]].to_numpy().tolist()
    # x stays at p (0 m) with all 8, y is as far from either: 2 fit into p, 6 must go to q or all 8 do.
    assert ["p", "x", 8] in rows
    assert answer.mean_distance_m == pytest.approx(800 / 16)


def test_too_little_capacity_is_said_with_both_figures() -> None:
    small = CANDIDATES.assign(capacity=100)
    answer = smallest_set(small, TOWN, STREET, replace(WALK_300, uses_capacity=True))
    assert answer.status is Status.INFEASIBLE
    # All five serve 100 each: every one has that many in its reach.
    assert answer.reasons == (Reason("capacity_below_demand", need=2100, have=500),)


def test_keep_and_never() -> None:
    kept = smallest_set(CANDIDATES, TOWN, STREET, replace(WALK_300, keep=("new_f",)))
    assert kept.chosen_ids == ("idle_b", "idle_e", "new_f")
    assert kept.chosen["is_kept"].tolist() == [False, False, True]
    never = smallest_set(CANDIDATES, TOWN, STREET, replace(WALK_300, never=("idle_b",)))
    # a needs its own site, c the site at c; d to f stay with e.
    assert never.chosen_ids == ("idle_e", "new_a", "new_c") and out_of(never)["idle_b"] == Out.NEVER


@pytest.mark.parametrize(
    ("change", "places", "code"),
    [
        ({"budget_fen": 59 * YUAN, "keep": ("new_f",)}, 2, "budget_below_keep"),
        ({"budget_fen": -1}, 2, "budget_negative"),
        ({"keep": ("new_f", "new_a")}, 1, "places_below_keep"),
        ({"keep": ("nowhere",)}, 1, "keep_unknown"),
        ({"keep": ("new_f",), "never": ("new_f",)}, 1, "keep_and_never"),
        ({"keep": ("far",), "district_code": "110101"}, 1, "keep_left_out"),
        ({"radius_m": 0.0}, 1, "radius_not_positive"),
        ({"radius_m": float("nan")}, 1, "radius_not_positive"),
        ({"time_limit_s": 0.0}, 1, "time_limit_not_positive"),
        ({"gap": 1.0}, 1, "gap_not_a_share"),
        ({}, -1, "places_negative"),
    ],
)
def test_settings_that_allow_no_answer_are_said(change: dict, places: int, code: str) -> None:
    candidates = pd.concat([CANDIDATES, sites(far=("idle", 1, 1))], ignore_index=True)
    candidates["district_code"] = ["110101"] * 5 + ["110108"]
    answer = best_places(candidates, TOWN, STREET, places, replace(WALK_300, **change))
    assert answer.status is Status.INFEASIBLE and codes(answer.reasons) == [code]
    assert answer.chosen.empty and answer.residents_uncovered == answer.residents_total == 2100


def test_rows_that_cannot_be_used_are_left_out_with_their_reason() -> None:
    bad = pd.DataFrame(
        {
            "candidate_id": ["ok", "cost", "room", "far", "bare", "kind", "twice", "twice", None],
            "is_new": [False, False, False, False, False, None, False, True, False],
            "cost_fen": [1, -1, 1, 1, None, 1, 1, 1, 1],
            "capacity": [9, 9, -9, 9, 9, 9, 9, 9, 9],
            "district_code": ["1", "1", "1", "2", "1", "1", "1", "1", "1"],
        }
    )
    town = pd.DataFrame(
        {
            "demand_id": ["x", "negative", "unset", "empty", "half", "twice", "twice", "unknown"],
            "residents": [5, -5, None, 0, 1.5, 1, 1, 3],
            "is_covered": [False] * 7 + [None],
        }
    )
    near = along({"ok": 0.0, "bare": 0.0}, {"x": 10.0, "empty": 0.0, "stranger": 1.0})
    near.loc[len(near)] = ["ok", "x", float("nan")]
    answer = smallest_set(bad, town, near, replace(WALK_300, budget_fen=10, district_code="1"))
    assert answer.status is Status.OPTIMAL and answer.chosen_ids == ("ok",) and answer.residents_total == 5
    assert answer.left_out["reason"].value_counts().to_dict() == {
        "duplicated": 2,
        **dict.fromkeys(
            [
                "cost_negative",
                "capacity_negative",
                "outside_district",
                "cost_not_set",
                "kind_not_set",
                "id_missing",
            ],
            1,
        ),
    }
    assert answer.demands["state"].value_counts().to_dict() == {
        "duplicated": 2,
        **dict.fromkeys(
            [
                "covered",
                "nobody",
                "residents_negative",
                "residents_not_set",
                "residents_not_whole",
                "coverage_not_set",
            ],
            1,
        ),
    }
    assert {"distance_demand_unknown", "distance_not_usable", "demand_duplicated"} <= set(codes(answer.notes))


def test_nobody_to_cover_no_candidates_and_nobody_in_reach() -> None:
    served = smallest_set(CANDIDATES, people(*"ab", a=1, b=2), STREET, WALK_300)
    assert served.status is Status.OPTIMAL and served.chosen.empty
    assert codes(served.notes) == ["distance_demand_unknown", "nobody_to_cover"]
    assert (served.residents_before, served.residents_new, served.residents_total) == (3, 0, 3)
    zero = best_places(CANDIDATES, people(a=0), STREET, 1, WALK_300)
    assert zero.status is Status.OPTIMAL and zero.residents_total == 0 and zero.mean_distance_m is None
    none = smallest_set(CANDIDATES.iloc[:0], TOWN, STREET, WALK_300)
    assert none.status is Status.INFEASIBLE and codes(none.reasons) == ["no_candidates"]
    empty = smallest_set(
        CANDIDATES.iloc[:0], TOWN.iloc[:0], STREET.iloc[:0], replace(WALK_300, uses_capacity=True)
    )
    assert empty.status is Status.OPTIMAL and empty.residents_total == 0
    far = smallest_set(CANDIDATES, TOWN, STREET.assign(distance_m=900.0), WALK_300)
    assert far.status is Status.OPTIMAL and far.chosen.empty and far.residents_out_of_reach == 2100
    assert far.notes[-1] == Reason("demand_out_of_reach", tuple("abcdef"), have=2100)
    assert set(out_of(far).values()) == {Out.REACHES_NOBODY}


def test_the_radius_is_inclusive_and_a_distance_of_zero_counts() -> None:
    town = people(near=1, rim=2, out=4)
    matrix = csr_matrix(([0.0, 300.0, 300.001], ([0, 0, 0], [0, 1, 2])), shape=(1, 3))
    near = distance_rows(matrix, ["p"], ["near", "rim", "out"])
    answer = smallest_set(sites(p=("idle", 1, 1)), town, near, WALK_300)
    assert answer.residents_new == 3 and answer.residents_out_of_reach == 4
    with pytest.raises(ValueError, match=r"siting\.matrix_shape"):
        distance_rows(matrix, ["p", "q"], ["near", "rim", "out"])


def test_budgets_in_fen_are_exact_to_the_last() -> None:
    # 30 billion fen; a solver's tolerance of a millionth would let 30,000 fen slip by.
    cost = 30_000_000_000
    candidates = sites(p=("idle", 1, 1), q=("idle", 1, 1)).assign(cost_fen=[cost + 1, cost])
    near, town = along({"p": 0.0, "q": 1000.0}, {"x": 0.0, "y": 1000.0}), people(x=2, y=2)
    both = best_places(candidates, town, near, 2, replace(WALK_300, budget_fen=2 * cost + 1))
    assert both.residents_new == 4 and both.cost_fen == 2 * cost + 1
    one = best_places(candidates, town, near, 2, replace(WALK_300, budget_fen=2 * cost))
    assert one.residents_new == 2 and one.chosen_ids == ("q",)


def random_town(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    spots = st.integers(0, 12)
    places = {f"p{i}": 100.0 * x for i, x in enumerate(draw(st.lists(spots, min_size=1, max_size=6)))}
    homes = {f"h{i}": 100.0 * x for i, x in enumerate(draw(st.lists(spots, min_size=1, max_size=7)))}
    kinds = {
        n: draw(st.tuples(st.sampled_from(["idle", "new"]), st.integers(0, 9), st.integers(0, 60)))
        for n in places
    }
    town = people(**{n: draw(st.integers(0, 50)) for n in homes})
    return sites(**kinds), town, along(places, homes)


TOWNS = st.composite(random_town)()


def by_hand(
    candidates: pd.DataFrame, town: pd.DataFrame, near: pd.DataFrame, limits: Limits, places: int
) -> tuple:
    """The best (residents, new, places, cost) by trying every choice; capacities are not heeded."""
    weight = dict(zip(town["demand_id"], town["residents"], strict=True))
    reach = (
        near[near["distance_m"] <= limits.radius_m].groupby("candidate_id")["demand_id"].agg(set).to_dict()
    )
    rows = candidates.set_index("candidate_id")
    best = None
    for size in range(min(places, len(rows)) + 1):
        for choice in itertools.combinations(rows.index, size):
            cost = sum(int(rows.loc[c, "cost_fen"]) for c in choice)
            if limits.budget_fen is not None and cost > limits.budget_fen:
                continue
            served = sum(int(weight[d]) for d in set().union(*(reach.get(c, set()) for c in choice)))
            key = (-served, sum(bool(rows.loc[c, "is_new"]) for c in choice), size, cost)
            best = key if best is None else min(best, key)
    assert best is not None
    return (-best[0], *best[1:])


def figures(answer: Siting) -> tuple:
    return (answer.residents_new, int(answer.chosen["is_new"].sum()), len(answer.chosen), answer.cost_fen)


@settings(max_examples=30, deadline=None)
@given(TOWNS, st.integers(0, 4), st.none() | st.integers(0, 25))
def test_best_places_agree_with_trying_every_choice(town: tuple, places: int, yuan: int | None) -> None:
    limits = replace(WALK_300, budget_fen=None if yuan is None else yuan * YUAN)
    answer = best_places(*town, places, limits)
    assert answer.status is Status.OPTIMAL
    assert figures(answer) == by_hand(*town, limits, places)
    assert answer.residents_total == answer.residents_new + answer.residents_uncovered
    assert (
        answer.residents_new
        == answer.demands["served_residents"].sum()
        == answer.chosen["served_residents"].sum()
    )


@settings(max_examples=30, deadline=None)
@given(TOWNS, st.booleans())
def test_smallest_set_agrees_with_trying_every_choice(town: tuple, uses_capacity: bool) -> None:
    answer = smallest_set(*town, WALK_300)
    assert answer.status is Status.OPTIMAL
    assert figures(answer) == by_hand(*town, WALK_300, 9)
    if uses_capacity:
        crowded = smallest_set(*town, replace(WALK_300, uses_capacity=True))
        assert crowded.status in (Status.OPTIMAL, Status.INFEASIBLE)
        assert crowded.residents_new <= answer.residents_new
        if crowded.status is Status.OPTIMAL:
            assert crowded.residents_new == answer.residents_new
            used = crowded.assignments.groupby("candidate_id")["residents"].sum()
            assert (used <= town[0].set_index("candidate_id")["capacity"].reindex(used.index)).all()


@settings(max_examples=12, deadline=None)
@given(TOWNS, st.randoms(use_true_random=False), st.integers(1, 3), st.booleans())
def test_order_of_rows_changes_nothing_and_names_only_ties(
    town: tuple, random: object, places: int, uses_capacity: bool
) -> None:
    limits = replace(WALK_300, uses_capacity=uses_capacity, budget_fen=12 * YUAN)
    answer = best_places(*town, places, limits)
    mixed = [f.sample(frac=1, random_state=random.randrange(2**31)) for f in town]  # type: ignore[attr-defined]
    again = best_places(*mixed, places, limits)
    for name in ("chosen", "left_out", "demands", "assignments"):
        pd.testing.assert_frame_equal(getattr(answer, name), getattr(again, name))
    assert (answer.phases, answer.notes) == (again.phases, again.notes)
    turned = {f"p{i}": f"z{9 - i}" for i in range(9)} | {f"h{i}": f"k{9 - i}" for i in range(9)}
    renamed = [f.replace(turned) for f in town]
    other = best_places(*renamed, places, limits)
    assert figures(other) == figures(answer)


@settings(max_examples=12, deadline=None)
@given(TOWNS, st.integers(0, 3), st.booleans())
def test_what_a_place_would_add_is_what_it_adds(town: tuple, places: int, uses_capacity: bool) -> None:
    limits = replace(WALK_300, uses_capacity=uses_capacity)
    answer = best_places(*town, places, limits)
    for row in answer.left_out.itertuples():
        kept = replace(limits, keep=(*answer.chosen_ids, row.candidate_id))
        more = best_places(*town, len(kept.keep), kept)
        assert more.residents_new == answer.residents_new + row.adds_residents


@settings(max_examples=12, deadline=None)
@given(TOWNS, st.integers(0, 20), st.integers(0, 20), st.booleans())
def test_more_budget_never_covers_fewer(town: tuple, yuan: int, more: int, uses_capacity: bool) -> None:
    limits = replace(WALK_300, budget_fen=yuan * YUAN, uses_capacity=uses_capacity)
    less = best_places(*town, 4, limits)
    rich = best_places(*town, 4, replace(limits, budget_fen=(yuan + more) * YUAN))
    assert rich.residents_new >= less.residents_new and less.cost_fen <= yuan * YUAN


def grid_town(seed: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(seed)
    homes, places = random.uniform(0, 3000, (80, 2)), random.uniform(0, 3000, (25, 2))
    metres = np.sqrt(((homes[:, None] - places[None]) ** 2).sum(axis=2))
    ids, names = [f"p{i:02d}" for i in range(25)], [f"h{i:02d}" for i in range(80)]
    candidates = pd.DataFrame({"candidate_id": ids, "is_new": False, "cost_fen": 1, "capacity": 400})
    town = pd.DataFrame({"demand_id": names, "residents": random.integers(1, 90, 80), "is_covered": False})
    return candidates, town, distance_rows(csr_matrix(metres.T), ids, names), metres


# spopt 0.7 makes its variables in a way that PuLP 4 will no longer take.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_agrees_with_spopt(seed: int) -> None:
    import pulp
    from spopt.locate import LSCP, MCLP

    candidates, town, near, metres = grid_town(seed)
    solver = pulp.getSolver("HiGHS", msg=False)
    radius = float(np.sort(metres, axis=1)[:, 1].max())  # everyone can be covered: spopt knows no other case
    limits = Limits(radius_m=radius)
    cover = LSCP.from_cost_matrix(metres, radius).solve(solver)
    answer = smallest_set(candidates, town, near, limits)
    assert answer.status is Status.OPTIMAL and len(answer.chosen) == round(cover.problem.objective.value())
    assert answer.residents_uncovered == 0
    short = Limits(radius_m=500.0)
    weights = town["residents"].to_numpy()
    for places in (1, 3, 6):
        most = MCLP.from_cost_matrix(metres, weights, 500.0, p_facilities=places).solve(solver)
        best = best_places(candidates, town, near, places, short)
        assert best.status is Status.OPTIMAL and best.residents_new == round(most.problem.objective.value())


def test_what_is_not_proven_is_said_and_still_keeps_the_limits() -> None:
    random = np.random.default_rng(5)
    reach = random.random((1200, 150)) < 0.04
    ids, names = [f"p{i:03d}" for i in range(150)], [f"h{i:04d}" for i in range(1200)]
    candidates = pd.DataFrame({"candidate_id": ids, "is_new": False, "cost_fen": 1, "capacity": 1})
    town = pd.DataFrame({"demand_id": names, "residents": random.integers(1, 99, 1200), "is_covered": False})
    near = distance_rows(csr_matrix(reach.T.astype(float)), ids, names)
    answer = best_places(candidates, town, near, 20, Limits(radius_m=300.0, time_limit_s=0.2))
    assert answer.status is Status.FEASIBLE_GAP and 0 < answer.gap < 1 and len(answer.chosen) <= 20
    first = answer.phases[0]
    assert first.goal is Goal.RESIDENTS and first.value == answer.residents_new < first.bound
    cover = smallest_set(candidates, town, near, Limits(radius_m=300.0, time_limit_s=0.2))
    assert cover.status is Status.FEASIBLE_GAP and cover.residents_uncovered == cover.residents_out_of_reach
