"""What the page Issues says of the small city, worked out by hand (see duties_store)."""

import datetime as dt
from collections.abc import Mapping

import pandas as pd
import pytest

from dashboard.filters import Filters
from dashboard.issues_settings import issue_settings
from dashboard.viewmodels.issues import (
    ALL,
    IssueFrames,
    chosen_issues,
    in_area,
    issues_view,
    kinds_of,
    rules_text,
    standing_issues,
    units_of,
)
from dashboard.viewmodels.issues_card import issue_card
from dashboard.viewmodels.issues_common import common_view, grouped
from dashboard.viewmodels.issues_units import units_view
from dashboard.words import Words
from loaders.assessment_file import ENVIRONMENT_KEY
from programme.duties.grouping import GroupingRule
from programme.duties.issues import EscalationRule
from tests.dashboard import duties_store as d
from tests.dashboard.small_store import WILD_NAME
from tests.dashboard.test_duties_view import ZH, stored

CALLS, STEPS = stored(d.CALLS), stored(d.STEPS)
DAY = pd.Timestamp(d.AS_OF)
CITY = Filters(2020, "2020-08")


def states(
    rules: tuple[EscalationRule, ...] = (), limits: Mapping[str, int] | None = None, on: dt.date = d.AS_OF
) -> pd.DataFrame:
    issues = d.ISSUES.drop(columns=["reporter_name", "reporter_phone"]).assign(
        import_run_id=7, content_hash="h", community_name=["C1小区", "C1小区", None, None, "C4小区"]
    )
    frames = IssueFrames(issues.assign(project_name=None), CALLS, STEPS)
    return standing_issues(frames, rules, limits or {}, on)


def ids(rows: pd.DataFrame) -> list[str]:
    return list(rows["issue_id"])


def test_open_issues_come_first_the_longest_open_on_top() -> None:
    held = states()
    assert ids(held) == ["W2", "W1", "W5", "W4", "W3"]
    assert list(held["days_open"]) == [60, 30, 10, 1, 30]
    assert held.set_index("issue_id")["lon"].isna().to_dict()["W4"]


def test_only_a_due_day_makes_an_issue_overdue() -> None:
    held = states().set_index("issue_id")
    assert bool(held.loc["W1", "is_overdue"]) is True
    assert pd.isna(held.loc["W2", "is_overdue"])
    limited = states(limits={"pipelines": 45, "*": 5}).set_index("issue_id")
    assert (limited.loc["W1", "due_from"], limited.loc["W2", "due_from"]) == ("own", "limit")
    assert limited["is_overdue"].astype(bool).to_dict() == {
        "W2": True,
        "W1": True,
        "W5": True,
        "W4": False,
        "W3": False,
    }


@pytest.mark.parametrize(
    ("kind", "state", "unit", "expected"),
    [
        (ALL, "open", ALL, ["W2", "W1", "W5", "W4"]),
        (ALL, "overdue", ALL, ["W1"]),
        (ALL, "waiting", ALL, ["W1", "W5"]),
        (ALL, "district", ALL, ["W2"]),
        (ALL, "task_force", ALL, []),
        (ALL, "closed", ALL, ["W3"]),
        ("pipelines", ALL, ALL, ["W2", "W1", "W3"]),
        ("none", ALL, ALL, ["W4"]),
        (ALL, ALL, "市水务局", ["W1"]),
    ],
)
def test_the_choice_of_issues(kind: str, state: str, unit: str, expected: list[str]) -> None:
    assert ids(chosen_issues(states(), kind, state, unit)) == expected


def test_an_area_holds_its_own_and_only_the_city_those_without() -> None:
    held = states()
    assert "W4" in ids(in_area(held, CITY))
    assert ids(in_area(held, Filters(2020, "2020-08", "110102"))) == ["W5"]
    assert ids(in_area(held, Filters(2020, "2020-08", "110101", "110101002"))) == []


def test_the_headline_and_its_figures() -> None:
    held = states()
    view = issues_view(held, chosen_issues(held, ALL, "open", ALL), "全市", ZH, {})
    assert view.headline.startswith(
        "全市有 4 件问题未办结（共 5 件），其中 1 件超期，2 件还有单位没有应答；最久的已 60 天"
    )
    assert [f.text for f in view.figures] == [
        "4 / 5 (80.0 %)",
        "1 / 1 (100.0 %)",
        "2 / 4 (50.0 %)",
        "1 / 4 (25.0 %)",
        "60 天",
    ]
    assert view.without_place == 1
    rows = view.rows.rows.set_index("issue_id")
    assert rows.loc["W1", "title"] == WILD_NAME
    assert rows.loc["W1", "units_waiting"] == "市城市管理委"
    assert (rows.loc["W2", "due"], rows.loc["W1", "due"]) == ("未设定", "2020-08-10")
    assert set(rows["next_step_date"]) == {"未设定"}
    empty = issues_view(held.iloc[:0], held.iloc[:0], "怀柔区", ZH, {})
    assert empty.headline.startswith("怀柔区没有未办结的问题")


def test_days_that_are_set_make_steps_due() -> None:
    rules = (EscalationRule(1, "district", "*", 20), EscalationRule(2, "task_force", "*", 45))
    held = states(rules).set_index("issue_id")
    assert held["is_escalation_due"].to_dict() == {
        "W2": True,  # 60 days, taken up one step only
        "W1": True,
        "W5": False,
        "W4": False,
        "W3": False,
    }
    assert held.loc["W5", "next_step_date"] == pd.Timestamp("2020-09-10")
    assert "各类问题满 20 天提到区" in rules_text(rules, ZH.words, ZH)


def test_days_nobody_set_are_said_to_be_so(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.delenv(ENVIRONMENT_KEY, raising=False)
    shipped = issue_settings(d.AS_OF, Words("zh"))
    assert shipped.fault == "" and shipped.limits == {}
    assert rules_text(shipped.rules, ZH.words, ZH).count("未设定") == 2
    file = tmp_path / "own.toml"
    monkeypatch.setenv(ENVIRONMENT_KEY, str(file))
    file.write_text('[[issue_limit]]\nkind = "lifts"\ndays = 12\n', encoding="utf-8")
    assert issue_settings(d.AS_OF, Words("zh")).limits == {"lifts": 12}
    file.write_text('[[escalation]]\nstep = 1\nto = "district"\nafter_days = "soon"\n', encoding="utf-8")
    broken = issue_settings(d.AS_OF, Words("zh"))
    assert broken.rules == () and "own.toml" in broken.fault and "第 1 条" in broken.fault
    file.unlink()
    assert "打不开" in issue_settings(d.AS_OF, Words("zh")).fault


def test_which_unit_has_not_answered() -> None:
    view = units_view(CALLS, states(), d.AS_OF, ZH, {})
    assert "1 / 3 (33.3 %)" in view.answer and "2 个单位" in view.answer
    assert {b.unit: (b.answered, b.waiting) for b in view.bars} == {
        "市城市管理委": (0, 1),
        "西城区政府": (0, 1),
        "市水务局": (1, 0),
    }
    assert list(view.waiting.rows["call_id"]) == ["L1", "L3"]
    assert list(view.waiting.rows["days_waiting"]) == [29, 9]
    one = units_view(CALLS, states(), d.AS_OF, ZH, {}, "西城区政府")
    assert list(one.waiting.rows["call_id"]) == ["L3"]
    none = units_view(CALLS.iloc[:0], states(), d.AS_OF, ZH, {})
    assert none.answer == "还没有吹哨记录。" and none.bars == ()


def common(distance: float, count: int, *, only_open: bool, filters: Filters = CITY):  # type: ignore[no-untyped-def]
    held, groups = grouped(states(), GroupingRule(distance, count), only_open=only_open)
    return common_view(held, groups, stored(d.AGENDA), stored(d.MEETINGS), filters, ZH, {})


def test_like_issues_near_one_another_are_common() -> None:
    # W1, W2 and W3 stand 171 m from one another in a row.
    view = common(200, 3, only_open=False)
    group = view.groups[0]
    assert (group.group_id, group.issue_ids) == ("pipelines:W2", ("W1", "W2", "W3"))
    assert (group.lon, group.lat) == (pytest.approx(116.412), pytest.approx(39.91))
    assert group.radius_m == pytest.approx(171 + 120, abs=2)
    assert group.agenda == ()
    assert common(150, 2, only_open=False).groups == ()
    pair = common(200, 2, only_open=True).groups[0]
    assert pair.group_id == "pipelines:W1" and pair.issue_ids == ("W1", "W2")
    assert pair.agenda == ("秘书组第 1 次会议",)


def test_a_group_belongs_to_the_areas_of_its_issues() -> None:
    west = Filters(2020, "2020-08", "110102")
    assert common(200, 3, only_open=False, filters=west).groups == ()
    east = Filters(2020, "2020-08", "110101")
    assert len(common(200, 3, only_open=False, filters=east).groups) == 1


def test_one_issue_with_all_that_happened() -> None:
    card = issue_card("W1", states(), CALLS, STEPS, None, DAY, ZH)
    assert card is not None
    assert [(h.day, h.text) for h in card.history] == [
        ("2020-08-01", "报告问题"),
        ("2020-08-02", "吹哨：市城市管理委"),
        ("2020-08-02", "吹哨：市水务局"),
        ("2020-08-05", "市水务局应答：已列入计划"),
    ]
    assert [key for key, _ in card.waiting] == ["L1"]
    assert card.title == WILD_NAME
    assert not any("报告人" in f.label for f in card.facts)
    assert issue_card("W9", states(), CALLS, STEPS, None, DAY, ZH) is None


def test_the_reporter_is_named_only_when_given() -> None:
    person = pd.DataFrame({"reporter_name": ["王女士"], "reporter_phone": ["0000 0001"]})
    card = issue_card("W5", states(), CALLS, STEPS, person, DAY, ZH)
    assert card is not None
    assert [f.value for f in card.facts if f.label == "报告人"] == ["王女士 0000 0001"]


def test_an_earlier_day_knows_less() -> None:
    early = dt.date(2020, 7, 10)
    held = states(on=early)
    assert ids(held) == ["W2", "W3"]
    card = issue_card("W2", held, CALLS, STEPS, None, pd.Timestamp(early), ZH)
    assert card is not None and card.step == 0 and len(card.history) == 1


def test_kinds_and_units_to_choose_from() -> None:
    assert kinds_of(states()) == ["pipelines", "lifts", "none"]
    assert units_of(states()) == sorted(["市城市管理委", "市水务局", "西城区政府"])
