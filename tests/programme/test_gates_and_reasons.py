"""What a project lacks before works, and what holds a district back."""

import datetime as dt

import pandas as pd
import pytest

from programme.gates import (
    CLAUSES,
    GATES,
    Gate,
    first_unmet,
    gate_table,
    readiness,
    started_without_agreement,
)
from programme.progress import Lamp, Measure, Standing, project_years
from programme.reasons import area_reasons, project_states
from tests.programme.frames import DAY, events, investments, places, projects

AS_OF = DAY("2020-08-31")


def gates_of(
    held: pd.DataFrame, dated: pd.DataFrame, pairs: pd.DataFrame, as_of: dt.date = AS_OF
) -> pd.DataFrame:
    homes = pairs[["community_id", "has_owners_body"]].drop_duplicates("community_id")
    return gate_table(held, dated, pairs, homes, as_of)


def test_gates_are_met_one_after_the_other() -> None:
    held = projects(*({"project_id": p, "confirmation_document_no": "1号"} for p in "abcdef"))
    steps = [
        ("owners_body", "2020-01-01"),
        ("confirmed", "2020-02-01"),
        ("designed", "2020-03-01"),
        ("service_agreement", "2020-04-01"),
        ("tendered", "2020-05-01"),
    ]
    dated = events(*((p, *step) for n, p in enumerate("abcdef") for step in steps[:n]))
    unmet = first_unmet(gates_of(held, dated, places()))
    assert unmet.to_dict() == {
        "a": "owners_body",
        "b": "confirmation",
        "c": "design",
        "d": "service_agreement",
        "e": "tender",
        "f": None,
    }
    # The same ledger as of an earlier day knows less.
    assert first_unmet(gates_of(held, dated, places(), DAY("2020-03-31")))["f"] == "service_agreement"


def test_every_gate_names_its_clause() -> None:
    assert set(CLAUSES) == set(GATES)


def test_all_communities_of_a_project_need_an_owners_body() -> None:
    held = projects({"project_id": "a"}, {"project_id": "b"}, {"project_id": "c"}, {"project_id": "d"})
    pairs = places(
        ("a", "1", "s", True),
        ("a", "2", "s", True),
        ("b", "1", "s", True),
        ("b", "3", "s", False),
        ("c", "1", "s", True),
        ("c", "4", "s", None),  # not known is not evidence
    )
    table = gates_of(held, events(), pairs)
    assert table["owners_body"].to_dict() == {"a": True, "b": False, "c": False, "d": False}


def test_readiness_names_what_is_missing() -> None:
    held = projects({"project_id": "a"}, {"project_id": "b"})
    dated = events(("b", "owners_body", "2020-01-01"), ("b", "service_agreement", "2020-01-01"))
    ready = readiness(gates_of(held, dated, places()))
    assert (ready["a"].met, ready["a"].asked) == (0, 3)
    assert ready["b"].missing == (Gate.DESIGN,)


def test_breaches_of_the_service_agreement_are_listed() -> None:
    dated = events(
        ("ok", "service_agreement", "2020-03-01"),
        ("ok", "started", "2020-03-01"),
        ("late", "service_agreement", "2020-06-01"),
        ("late", "started", "2020-05-01"),
        ("never", "started", "2020-05-01"),
        ("waiting", "service_agreement", "2020-05-01"),
    )
    assert started_without_agreement(dated, AS_OF) == ["late", "never"]
    assert started_without_agreement(dated, DAY("2020-04-30")) == []


def states_of(held: pd.DataFrame, dated: pd.DataFrame, money: pd.DataFrame | None = None) -> pd.DataFrame:
    paid = investments() if money is None else money
    years = project_years(held, dated, paid, year=2020, as_of=AS_OF)
    return project_states(held, years, gates_of(held, dated, places()), paid, year=2020, as_of=AS_OF)


def rows(starts: tuple, completions: tuple = (1, 1), money: tuple = (1, 1)) -> dict[Measure, Standing]:
    values = {Measure.STARTS: starts, Measure.COMPLETIONS: completions, Measure.INVESTMENT: money}
    return {m: Standing("110101", m, *v, 0.5) for m, v in values.items()}


def test_the_gate_where_most_projects_wait_is_the_reason() -> None:
    held = projects(*({"project_id": p, "confirmation_document_no": "1号"} for p in ("a", "b", "c", "d")))
    base = [(p, s, "2020-01-01") for p in "bcd" for s in ("owners_body", "confirmed", "designed")]
    reasons = area_reasons(states_of(held, events(*base)), rows(starts=(0, 4)))
    assert reasons[0].code == "gate_service_agreement"
    assert reasons[0].params == {"count": 3, "total": 4}
    assert reasons[0].project_ids == ("b", "c", "d")


def test_too_few_projects_come_before_their_gates() -> None:
    held = projects({"project_id": "a"})
    reasons = area_reasons(states_of(held, events()), rows(starts=(0, 5)))
    assert [r.code for r in reasons] == ["too_few_projects", "gate_owners_body"]
    assert reasons[0].params == {"available": 1, "target": 5}


def test_next_years_projects_do_not_wait_now() -> None:
    held = projects({"project_id": "a", "plan_year": 2021}, {"project_id": "b", "plan_year": 2019})
    assert states_of(held, events())["is_waiting"].to_dict() == {"a": False, "b": True}


def test_completions_are_late_works_or_works_that_never_began() -> None:
    due = {"planned_completion_date": DAY("2020-07-31")}
    held = projects({"project_id": "a", **due}, {"project_id": "b", **due}, {"project_id": "c", **due})
    behind = rows(starts=(9, 9), completions=(0, 9))
    late = area_reasons(
        states_of(held, events(("a", "started", "2020-03-01"), ("b", "started", "2020-03-01"))), behind
    )
    assert [(r.code, dict(r.params)) for r in late] == [
        ("works_overdue", {"count": 2, "days": 31}),
        ("due_not_started", {"count": 1}),
    ]
    never = area_reasons(states_of(held, events(("a", "started", "2020-03-01"))), behind)
    assert never[0].code == "due_not_started"
    assert never[0].params == {"count": 2}


def test_idle_works_explain_missing_investment() -> None:
    held = projects({"project_id": "a"}, {"project_id": "b"}, {"project_id": "c"})
    dated = events(
        ("a", "started", "2020-03-01"), ("b", "started", "2020-03-01"), ("c", "started", "2020-08-01")
    )
    money = investments(("a", "2020-08", 10), ("b", "2020-06", 10), ("b", "2020-08", 0))
    states = states_of(held, dated, money)
    assert states["is_idle"].to_dict() == {"a": False, "b": True, "c": False}  # c has only just begun
    reasons = area_reasons(states, rows(starts=(9, 9), completions=(9, 9), money=(0, 9)))
    assert reasons[0].code == "works_idle"
    assert reasons[0].params == {"count": 1, "total": 3, "months": 2}


@pytest.mark.parametrize(
    ("share", "target", "code"), [(0.5, 2, "ahead"), (1.0, 2, "on_pace"), (0.5, None, "no_target")]
)
def test_an_area_that_is_behind_on_nothing_says_so(share: float, target: int | None, code: str) -> None:
    own = {m: Standing("110101", m, 2, target, share) for m in Measure}
    assert {r.lamp for r in own.values()} <= {Lamp.AHEAD, Lamp.ON, Lamp.NONE}
    assert [r.code for r in area_reasons(states_of(projects(), events()), own)] == [code]


def test_the_measure_furthest_behind_speaks_first() -> None:
    held = projects({"project_id": "a"})
    reasons = area_reasons(states_of(held, events()), rows(starts=(3, 10), completions=(0, 10)))
    assert reasons[0].measure is Measure.COMPLETIONS
    assert {r.measure for r in reasons} == {Measure.COMPLETIONS, Measure.STARTS}
