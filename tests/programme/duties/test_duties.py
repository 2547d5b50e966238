"""Mechanisms, deliverables, "my duties", meetings, practice and filed plans."""

import csv
from pathlib import Path

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from programme.duties.meetings import decision_states, follow_up
from programme.duties.practice import PlanPart, card_library, plan_filings
from programme.duties.responsibility import (
    Due,
    due_states,
    mechanism_board,
    mechanism_units,
    my_duties,
    waiting_calls,
)
from tests.programme.frames import DAY

REFERENCE = Path(__file__).resolve().parents[3] / "data" / "reference"
AS_OF = DAY("2020-06-30")


def table(columns: str, *rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=columns.split(), dtype="object")


def reference(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / name, dtype=str, keep_default_na=False)


DELIVERABLES = "deliverable_id mechanism_no kind title unit due_date delivered_date document_no"
DECISIONS = "decision_id meeting_id agenda_item_id text unit due_date done_date"
CALLS = "call_id issue_id unit called_date answered_date"


def deliverables() -> pd.DataFrame:
    return table(
        DELIVERABLES,
        ("d1", 5, "policy", "金融支持措施", None, DAY("2020-06-15"), DAY("2020-06-15"), "1号"),
        ("d2", 5, "measure", "担保", None, DAY("2020-06-20"), DAY("2020-07-02"), None),
        ("d3", 15, "handbook", "工作手册", None, None, None, None),
        ("d4", 2, "measure", "赋权街道", "东城区政府", DAY("2020-08-01"), None, None),
        ("d5", 14, "measure", "维修资金办法", "", DAY("2020-05-31"), DAY("2020-06-10"), None),
    )


def test_the_fifteen_mechanisms_and_their_units() -> None:
    units = mechanism_units(reference("mechanisms.csv"))
    assert units["mechanism_unit_id"].is_unique
    assert sorted(set(units["mechanism_no"])) == list(range(1, 15))  # the fifteenth names nobody
    third = units[(units["mechanism_no"] == 3) & (units["role"] == "lead")]
    assert list(third["unit"]) == ["市财政局", "市发展改革委", "市住房城乡建设委", "市城市管理委"]
    thirteenth = units[(units["mechanism_no"] == 13) & (units["role"] == "responsible")]
    assert list(thirteenth["unit"]) == ["各区政府", "市级平台"]


def test_the_board_leaves_the_fifteenth_blank() -> None:
    board = mechanism_board(reference("mechanisms.csv"), deliverables(), AS_OF).set_index("mechanism_no")
    assert list(board.index) == list(range(1, 16))
    assert (board.loc[15, "lead"], board.loc[15, "responsible"]) == ((), ())
    assert board.loc[15, "undated"] == 1
    assert board.loc[5, ["deliverables", "on_time", "overdue", "late"]].tolist() == [2, 1, 1, 0]
    assert board.loc[14, "late"] == 1
    assert board["deliverables"].sum() == 5


def test_the_annex_has_seventeen_departments_and_the_districts() -> None:
    duties = reference("duties.csv")
    assert duties["duty_id"].is_unique
    assert set(duties["unit"]) - {"各区政府"} == {
        *("市住房城乡建设委", "市发展改革委", "市民政局", "市公安局", "市应急管理局", "市消防救援总队"),
        *("市财政局", "市规划自然资源委", "市城市管理委", "市交通委", "市水务局", "市国资委"),
        *("市园林绿化局", "市市场监管局", "市金融局", "市城管执法局", "市住房资金管理中心"),
    }
    assert (duties != "").drop(columns="mechanism_no").all(axis=None)
    assert set(duties["mechanism_no"]) <= {"", *map(str, range(1, 15))}
    named = mechanism_units(reference("mechanisms.csv"))
    assert set(named["unit"]) - {"市级平台"} <= set(duties["unit"])  # one unit, one name in both files
    with (REFERENCE / "duties.csv").open(encoding="utf-8") as file:
        assert {len(row) for row in csv.reader(file)} == {6}


def my(unit: str, is_district: bool = False):
    return my_duties(
        unit,
        duties=reference("duties.csv"),
        units=mechanism_units(reference("mechanisms.csv")),
        deliverables=deliverables(),
        decisions=table(
            DECISIONS,
            ("x1", "g1", "a1", "尽快出台", "市金融局", DAY("2020-06-29"), None),
            ("x2", "g1", "a2", "各区落实", "各区政府", DAY("2020-07-29"), None),
        ),
        calls=table(
            CALLS,
            ("k1", "q1", "市金融局", DAY("2020-06-01"), DAY("2020-07-01")),
            ("k2", "q1", "东城区政府", DAY("2020-06-20"), None),
        ),
        as_of=AS_OF,
        is_district=is_district,
    )


def test_my_duties_of_a_lead_department() -> None:
    page = my("市金融局")
    assert len(page.duties) == 2
    assert page.mechanisms.to_dict("list") == {"mechanism_no": [5], "role": ["lead"]}
    assert page.deliverables.set_index("deliverable_id")["state"].to_dict() == {
        "d1": "on_time",
        "d2": "overdue",
    }
    assert page.decisions[["decision_id", "days_over"]].to_numpy().tolist() == [["x1", 1]]
    assert page.calls[["call_id", "days_waiting"]].to_numpy().tolist() == [["k1", 29]]
    assert page.overdue == 2


def test_my_duties_of_a_district_hold_what_is_laid_on_all_of_them() -> None:
    page = my("东城区政府", is_district=True)
    assert set(page.duties["unit"]) == {"各区政府"}
    assert list(page.deliverables["deliverable_id"]) == ["d4"]
    assert list(page.decisions["decision_id"]) == ["x2"]
    assert list(page.calls["call_id"]) == ["k2"]
    assert 2 in set(page.mechanisms["mechanism_no"])
    assert my("东城区政府").duties.empty
    assert my("市公安局").mechanisms.empty


DAYS = st.one_of(st.none(), st.dates(DAY("2020-05-01"), DAY("2020-08-31")))


@given(st.lists(st.tuples(DAYS, DAYS), max_size=12))
def test_every_thing_due_has_exactly_the_state_its_days_give(pairs: list) -> None:
    due, done = (pd.Series([p[i] for p in pairs], dtype="object") for i in (0, 1))
    states = due_states(due, done, AS_OF)
    for (wanted, made), state, over in zip(pairs, states["state"], states["days_over"], strict=True):
        if made is not None and made <= AS_OF:
            expected = Due.DONE if wanted is None else Due.LATE if made > wanted else Due.ON_TIME
        elif wanted is None:
            expected = Due.UNDATED
        else:
            expected = Due.OVERDUE if wanted < AS_OF else Due.OPEN
        assert state == expected
        assert (over > 0) == (state in (Due.LATE, Due.OVERDUE))


def test_meetings_are_followed_up() -> None:
    meetings = table(
        "meeting_id kind title held_date",
        ("g1", "joint_meeting", "联席会", DAY("2020-06-01")),
        ("g2", "task_force", "专班", DAY("2020-06-15")),
        ("g3", "on_site", "现场会", DAY("2020-07-15")),
    )
    items = table(
        "agenda_item_id meeting_id position subject group_id",
        ("a2", "g1", 2, "管线", "pipe:q1"),
        ("a1", "g1", 1, "资金", None),
    )
    decisions = table(
        DECISIONS,
        ("x1", "g1", "a1", "", "市财政局", DAY("2020-06-10"), None),
        ("x2", "g1", "a1", "", "市财政局", None, DAY("2020-06-11")),
        ("x3", "g2", None, "", "市财政局", DAY("2020-07-10"), None),
    )
    told = follow_up(meetings, items, decisions, AS_OF).set_index("meeting_id")
    assert list(told.index) == ["g2", "g1"]
    columns = ["items", "decisions", "done", "open_decisions", "overdue", "items_without_decision"]
    assert told.loc["g1", columns].tolist() == [2, 2, 1, 1, 1, ("a2",)]
    assert told.loc["g2", columns].tolist() == [0, 1, 0, 1, 0, ()]
    assert follow_up(meetings[:0], items[:0], decisions[:0], AS_OF).empty
    assert decision_states(decisions, AS_OF)["state"].tolist() == ["overdue", "done", "open"]
    assert waiting_calls(table(CALLS), AS_OF).empty


def test_cards_and_who_has_them() -> None:
    cards = table(
        "card_id kind title summary district_code project_id published_date",
        ("c1", "model", "劲松模式", "", "110105", None, DAY("2020-05-01")),
        ("c2", "good_practice", "议事平台", "", "110101", "p1", DAY("2020-06-01")),
        ("c3", "good_practice", "以后", "", "110101", "p1", DAY("2020-07-01")),
    )
    log = table(
        "sent_id card_id unit sent_date",
        ("s1", "c1", "市财政局", DAY("2020-05-02")),
        ("s2", "c1", "别的单位", DAY("2020-05-03")),
        ("s3", "c1", "市水务局", DAY("2020-07-03")),
    )
    held = card_library(cards, log, ["市水务局", "市财政局"], AS_OF).set_index("card_id")
    assert list(held.index) == ["c2", "c1"]
    assert held.loc["c1", "sent_to"] == ("市财政局", "别的单位")
    assert held.loc["c1", "not_sent_to"] == ("市水务局",)
    assert held.loc["c1", "first_sent_date"] == pd.Timestamp("2020-05-02")
    assert held.loc["c2", "sent_to"] == ()
    assert card_library(cards[:0], log[:0], [], AS_OF).empty


def test_filed_plans_say_what_is_missing() -> None:
    parts = [p.value for p in PlanPart]
    filings = table(
        "filing_id district_code year part filed_date document_no",
        *((f"f{i}", "110101", 2020, part, DAY(f"2020-06-0{i + 1}"), "1号") for i, part in enumerate(parts)),
        ("g1", "110102", 2020, "goals", DAY("2020-06-05"), None),
        ("g2", "110102", 2020, "stages", DAY("2020-07-05"), None),
        ("g3", "110102", 2019, "duties", DAY("2019-07-05"), None),
    )
    told = plan_filings(["110102", "110101", "110105"], filings, year=2020, as_of=AS_OF).set_index(
        "district_code"
    )
    assert told.loc["110101", "missing"] == ()
    assert told.loc["110101", "filed_date"] == pd.Timestamp("2020-06-05")
    assert told.loc["110102", "missing"] == ("stages", "organisation", "duties", "project_plans")
    assert pd.isna(told.loc["110102", "filed_date"])
    assert told["is_complete"].tolist() == [False, True, False]
    assert plan_filings([], filings, year=2020, as_of=AS_OF).empty
