"""Whistles, escalation and groups of like issues."""

import datetime as dt
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programme.duties.grouping import GroupingRule, agenda_proposals, issue_groups
from programme.duties.issues import (
    EscalationRule,
    RuleRefused,
    escalation_rules,
    issue_states,
    unit_answers,
)
from tests.programme.duties.test_duties import CALLS, REFERENCE, table
from tests.programme.frames import DAY

AS_OF = DAY("2020-06-30")
RULES = (
    EscalationRule(1, "district", "*", 10),
    EscalationRule(2, "task_force", "*", 20),
    EscalationRule(1, "district", "gas", 1),
    EscalationRule(2, "task_force", "gas", None),
)


def issues() -> pd.DataFrame:
    return table(
        "issue_id kind district_code reported_date due_date closed_date",
        ("q1", "leak", "110101", DAY("2020-06-01"), DAY("2020-06-20"), None),
        ("q2", "leak", "110101", DAY("2020-06-15"), None, None),
        ("q3", "gas", "110102", DAY("2020-06-20"), DAY("2020-06-30"), DAY("2020-07-05")),
        ("q4", "leak", "110102", DAY("2020-06-01"), DAY("2020-06-02"), DAY("2020-06-05")),
        ("q5", "leak", "110102", DAY("2020-07-01"), None, None),
    )


def calls() -> pd.DataFrame:
    return table(
        CALLS,
        ("k1", "q1", "水务", DAY("2020-06-02"), DAY("2020-06-03")),
        ("k2", "q1", "水务", DAY("2020-06-10"), None),
        ("k3", "q1", "街道", DAY("2020-06-02"), None),
        ("k4", "q1", "街道", DAY("2020-06-04"), DAY("2020-06-05")),
        ("k5", "q2", "燃气", DAY("2020-06-20"), DAY("2020-07-01")),
        ("k6", "q2", "热力", DAY("2020-07-02"), None),
    )


def test_days_open_units_and_escalation() -> None:
    done = table("issue_id step escalated_date", ("q1", 1, DAY("2020-06-12")), ("q1", 2, DAY("2020-07-12")))
    told = issue_states(issues(), calls(), done, RULES, AS_OF).set_index("issue_id")
    assert list(told.index) == ["q1", "q2", "q3", "q4"]  # longest open first, q5 is not yet reported
    assert told["days_open"].tolist() == [29, 15, 10, 4]
    assert told["is_open"].tolist() == [True, True, True, False]
    assert told["is_overdue"].astype(object).where(told["is_overdue"].notna(), None).tolist() == [
        True,
        None,
        False,
        False,
    ]
    assert told.loc["q1", ["units_called", "units_waiting"]].tolist() == [("水务", "街道"), ("水务",)]
    assert told.loc["q2", ["units_called", "units_waiting"]].tolist() == [("燃气",), ("燃气",)]
    assert told[["step", "step_due", "is_escalation_due"]].to_numpy().tolist() == [
        [1, 2, True],
        [0, 1, True],
        [0, 1, True],
        [0, 0, False],
    ]
    assert told.loc["q2", "next_step_date"] == pd.Timestamp("2020-07-05")
    assert (
        told.loc[["q1", "q3", "q4"], "next_step_date"].isna().all()
    )  # the gas ladder's second step is not set
    answers = unit_answers(calls(), AS_OF).set_index("unit")
    assert answers.loc["水务"].tolist() == [2, 1, 1, 20]
    assert answers.loc["燃气"].tolist() == [1, 0, 1, 10]
    assert "热力" not in answers.index


def test_without_rules_or_rows_nothing_escalates() -> None:
    none = table("issue_id step escalated_date")
    told = issue_states(issues(), table(CALLS), none, (), AS_OF)
    assert not told["is_escalation_due"].any()
    assert told["units_called"].tolist() == [()] * 4
    assert issue_states(issues()[:0], table(CALLS), none, RULES, AS_OF).empty
    assert unit_answers(table(CALLS), AS_OF).empty


@settings(max_examples=30, deadline=None)
@given(st.dates(DAY("2020-06-15"), DAY("2020-08-15")), st.integers(0, 40))
def test_an_open_issue_never_steps_down(day: dt.date, later: int) -> None:
    none = table("issue_id step escalated_date")
    steps = [
        issue_states(issues(), table(CALLS), none, RULES, d).set_index("issue_id").loc["q2", "step_due"]
        for d in (day, day + dt.timedelta(days=later))
    ]
    assert steps[0] <= steps[1]


def test_the_shipped_rules_name_the_levels_and_no_days() -> None:
    text = (Path(REFERENCE) / "assessment_weights.toml").read_text(encoding="utf-8")
    rules = escalation_rules(text, AS_OF)
    assert [(r.step, r.to, r.after_days) for r in rules] == [(1, "district", None), (2, "task_force", None)]
    assert escalation_rules(text, DAY("2020-01-01")) == ()


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ("step = 1\nto = 'a'\nafter_days = -1", "escalation.row"),
        ("step = 1\nto = 'a'\nafter_days = true", "escalation.row"),
        ("step = 0\nto = 'a'", "escalation.row"),
        ("step = 1\nafter_days = 3", "escalation.row"),
        ("step = 1\nto = 'a'\n[[escalation]]\nstep = 1\nto = 'b'", "escalation.twice"),
        (
            "step = 1\nto = 'a'\nafter_days = 9\n[[escalation]]\nstep = 2\nto = 'b'\nafter_days = 3",
            "escalation.order",
        ),
        ("step = ", "escalation.unreadable"),
    ],
)
def test_rules_that_cannot_be_used_are_refused(rows: str, code: str) -> None:
    with pytest.raises(RuleRefused) as caught:
        escalation_rules(f"[[escalation]]\n{rows}", AS_OF)
    assert caught.value.code == code


def spots(*rows: tuple) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=["issue_id", "kind", "x_m", "y_m"])
    return frame.astype({"x_m": "float64", "y_m": "float64"})


def test_like_issues_near_one_another_are_one_group() -> None:
    held = spots(
        ("q3", "leak", 0, 0),
        ("q1", "leak", 90, 0),
        ("q2", "leak", 180, 0),  # linked through q1
        ("q4", "noise", 10, 0),  # another kind
        ("q5", "leak", 400, 0),  # too far
        ("q6", "leak", np.nan, 0),
        ("q7", None, 5, 0),
    )
    groups = issue_groups(held, GroupingRule(100, 3))
    assert groups.tolist() == ["leak:q1", "leak:q1", "leak:q1", None, None, None, None]
    assert issue_groups(held, GroupingRule(100, 4)).isna().all()
    assert issue_groups(held[:0], GroupingRule(100, 2)).empty
    exactly = spots(("a", "k", 0, 0), ("b", "k", 100, 0))
    assert issue_groups(exactly, GroupingRule(100, 2)).notna().all()
    told = agenda_proposals(
        held.assign(
            district_code=["110102", "110101", None, "110101", "", "", ""],
            reported_date=[DAY("2020-06-03"), DAY("2020-06-02"), DAY("2020-06-04"), *[DAY("2020-06-01")] * 4],
            is_open=[True, False, True, True, True, True, True],
        ),
        groups,
    )
    row = told.iloc[0]
    assert (row["issues"], row["open_issues"], row["x_m"]) == (3, 2, 90)
    assert row["issue_ids"] == ("q1", "q2", "q3")
    assert row["district_codes"] == ("110101", "110102")
    assert row["first_reported_date"] == pd.Timestamp("2020-06-02")


@pytest.mark.parametrize(("distance", "least"), [(0, 3), (-1, 3), (math.inf, 3), (math.nan, 3), (100, 1)])
def test_a_rule_that_groups_everything_or_nothing_is_refused(distance: float, least: int) -> None:
    with pytest.raises(ValueError, match="grouping"):
        GroupingRule(distance, least)


PLACES = st.lists(
    st.tuples(st.sampled_from(["leak", "noise"]), st.integers(0, 12), st.integers(0, 12)), max_size=30
)


@settings(max_examples=80, deadline=None)
@given(PLACES, st.integers(2, 4), st.randoms(use_true_random=False))
def test_groups_keep_the_definition_and_ignore_the_order(places: list, least: int, order) -> None:
    """Whole-metre grids put many issues exactly at the rule's distance from one another."""
    held = spots(*((f"q{i:02d}", kind, x * 10, y * 10) for i, (kind, x, y) in enumerate(places)))
    rule = GroupingRule(20, least)
    groups = issue_groups(held, rule)
    positions = list(range(len(held)))
    order.shuffle(positions)
    pd.testing.assert_series_equal(issue_groups(held.iloc[positions], rule).sort_index(), groups)
    near = {
        i: [
            j
            for j in range(len(places))
            if places[i][0] == places[j][0]
            and (places[i][1] - places[j][1]) ** 2 + (places[i][2] - places[j][2]) ** 2 <= 4
        ]
        for i in range(len(places))
    }
    core = {i for i in near if len(near[i]) >= least}
    for i in range(len(places)):
        if i in core:
            assert groups[i] is not None
            assert all(groups[j] == groups[i] for j in near[i] if j in core)
        else:
            assert (groups[i] is not None) == bool(core & set(near[i]))
            assert groups[i] is None or groups[i] in {groups[j] for j in near[i] if j in core}
