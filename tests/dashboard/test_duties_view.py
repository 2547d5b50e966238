"""What the page Mechanisms and duties says of the small city, worked out by hand (see duties_store)."""

import datetime as dt

import pandas as pd
import pytest

from dashboard.filters import Area, StoreFacts
from dashboard.viewmodels.duties import board_view, mechanism_clause
from dashboard.viewmodels.duties_library import filings_view, library_view
from dashboard.viewmodels.duties_meetings import meeting_card, meetings_view
from dashboard.viewmodels.duties_unit import own_unit, unit_choices, unit_view
from dashboard.viewmodels.duties_words import Names
from dashboard.words import Words
from loaders import reference_duties
from tests.dashboard import duties_store as d
from tests.dashboard.small_store import WILD_NAME

FACTS = StoreFacts(
    districts={
        "110101": Area("110101", "110101", "东城区", "Dongcheng"),
        "110102": Area("110102", "110102", "西城区", "Xicheng"),
    },
    subdistricts={"110101001": Area("110101001", "110101", "东华门街道", "Donghuamen Subdistrict")},
)
ZH, EN = Names(Words("zh"), FACTS, {7: "职责与问题"}), Names(Words("en"), FACTS, {7: "Duties"})


def stored(rows: pd.DataFrame) -> pd.DataFrame:
    held = pd.DataFrame(rows.drop(columns="geometry", errors="ignore"))
    return held.assign(import_run_id=7, content_hash="h")


FRAMES = {
    "mechanisms": reference_duties.mechanisms(),
    "duties": reference_duties.duties(),
    "deliverables": stored(d.DELIVERABLES),
    "decisions": stored(d.DECISIONS),
    "meetings": stored(d.MEETINGS),
    "calls": stored(d.CALLS),
    "issues": stored(d.ISSUES),
}


def test_the_board_has_fifteen_mechanisms_and_the_last_names_nobody() -> None:
    view = board_view(FRAMES["mechanisms"], FRAMES["deliverables"], d.AS_OF, ZH, {})
    assert [line.number for line in view.lines] == list(range(1, 16))
    assert [line.number for line in view.lines if line.names_nobody] == [15]
    assert list(view.board.rows["lead"])[-1] == "方案未写明"
    first = view.lines[0]
    assert (first.deliverables, first.done, first.overdue) == (2, 1, 1)
    assert first.lead == ("市住房城乡建设委",)
    assert "2 / 4 (50.0 %)" in view.answer and "统筹协调机制" in view.answer
    assert mechanism_clause(15).endswith("三(十五)")


def test_deliverables_press_in_order_and_say_where_they_come_from() -> None:
    rows = board_view(FRAMES["mechanisms"], FRAMES["deliverables"], d.AS_OF, ZH, {}).deliverables.rows
    assert list(rows["deliverable_id"]) == ["D1", "D3", "D4", "D2"]
    assert list(rows["standing"]) == ["逾期 31 天未完成", "未完成（未定期限）", "逾期 5 天完成", "按期完成"]
    assert rows["title"][0] == WILD_NAME
    assert list(rows["unit"]) == ["市财政局", "牵头单位", "牵头单位", "牵头单位"]
    assert set(rows["origin"]) == {"第 7 次导入或编辑：职责与问题"}
    assert rows["clause"][0] == mechanism_clause(1)


def test_an_earlier_day_knows_no_later_delivery() -> None:
    view = board_view(FRAMES["mechanisms"], FRAMES["deliverables"], dt.date(2020, 5, 31), ZH, {})
    assert "没有逾期" in view.answer and "0 / 4" in view.answer


def test_every_department_and_district_has_a_page() -> None:
    choices = unit_choices(FACTS, ZH)
    assert [c.unit for c in choices[:2]] == ["市住房城乡建设委", "市发展改革委"]
    assert len(choices) == 17 + 2
    assert [c.unit for c in choices[17:]] == ["东城区政府", "西城区政府"]
    for choice in choices:
        view = unit_view(choice, FRAMES, d.AS_OF, ZH, {})
        assert len(view.duties.rows) >= 1
        assert view.duties.rows["clause"].ne("").all()


def test_a_district_role_opens_on_its_own_page() -> None:
    choices = unit_choices(FACTS, ZH)
    assert own_unit(choices, frozenset({"110102"}), None) == "西城区政府"
    assert own_unit(choices, frozenset(), "110101") == "东城区政府"
    assert own_unit(choices, frozenset(), None) == "市住房城乡建设委"


@pytest.mark.parametrize(
    ("unit", "duties", "deliverables", "decisions", "calls"),
    [
        ("市财政局", 5, ["D1"], ["R2"], []),
        ("市住房城乡建设委", 15, ["D2"], [], []),  # leads mechanism 1, so an unnamed deliverable is its own
        ("市城市管理委", 7, [], [], ["W1"]),
        ("东城区政府", 9, [], ["R1"], []),
        ("西城区政府", 9, [], [], ["W5"]),
    ],
)
def test_what_each_unit_has_to_do(
    unit: str, duties: int, deliverables: list, decisions: list, calls: list
) -> None:
    choice = next(c for c in unit_choices(FACTS, ZH) if c.unit == unit)
    view = unit_view(choice, FRAMES, d.AS_OF, ZH, {})
    assert len(view.duties.rows) == duties
    assert list(view.deliverables.rows["deliverable_id"]) == deliverables
    assert list(view.decisions.rows["decision_id"]) == decisions
    assert list(view.calls.rows["issue_id"]) == calls


def test_a_units_answer_counts_what_presses() -> None:
    choices = {c.unit: c for c in unit_choices(FACTS, EN)}
    pressed = unit_view(choices["东城区政府"], FRAMES, d.AS_OF, EN, {})
    assert pressed.answer == (
        "Dongcheng District Government: 0 deliverables and 1 decisions overdue, 0 calls unanswered."
    )
    waiting = unit_view(choices["市城市管理委"], FRAMES, d.AS_OF, EN, {})
    assert waiting.figures[-1].text == "1, longest 29 days"
    assert "nothing overdue" in unit_view(choices["市公安局"], FRAMES, d.AS_OF, EN, {}).answer


def test_meetings_and_what_became_of_them() -> None:
    agenda = stored(d.AGENDA)
    view = meetings_view(FRAMES["meetings"], agenda, FRAMES["decisions"], d.AS_OF, ZH, {})
    assert "已召开 1 次，议定 2 项；1 项未完成，其中逾期 1 项；1 个议题未形成议定" in view.answer
    assert list(view.meetings.rows["meeting_id"]) == ["M2", "M1"]
    assert list(view.decisions.rows["decision_id"]) == ["R1", "R2"]
    assert view.decisions.rows["standing"][0] == "逾期 61 天未完成"
    card = meeting_card("M1", FRAMES["meetings"], agenda, FRAMES["decisions"], d.AS_OF, ZH)
    assert card is not None and card.is_held
    assert [(i.subject, [x.decision_id for x in i.decisions]) for i in card.agenda] == [
        ("推进业主组织组建", ["R1"]),
        ("管线改移", []),
    ]
    assert card.agenda[1].group_id == "pipelines:W1"
    assert [x.decision_id for x in card.others] == ["R2"]
    ahead = meeting_card("M2", FRAMES["meetings"], agenda, FRAMES["decisions"], d.AS_OF, ZH)
    assert ahead is not None and not ahead.is_held and "尚未召开" in ahead.about
    assert meeting_card("M9", FRAMES["meetings"], agenda, FRAMES["decisions"], d.AS_OF, ZH) is None


def test_a_meeting_to_come_has_decided_nothing() -> None:
    early = meetings_view(
        FRAMES["meetings"], stored(d.AGENDA), FRAMES["decisions"], dt.date(2020, 5, 1), ZH, {}
    )
    assert "已召开 0 次，议定 0 项" in early.answer
    assert len(early.decisions.rows) == 0


def test_the_library_says_who_has_not_had_a_card() -> None:
    view = library_view(stored(d.CARDS), stored(d.SENDINGS), {"P1": "C1项目"}, d.AS_OF, ZH, {})
    assert [c.card_id for c in view.cards] == ["K1"]
    card = view.cards[0]
    assert card.sent == "已发送单位 1 / 19 (5.3 %)"
    assert "市财政局" not in card.not_sent_to and len(card.not_sent_to) == 18
    assert "东城区 · C1项目" in card.about
    assert list(view.drafts.rows["card_id"]) == ["K2"]
    assert list(view.log.rows["receiver"]) == ["市财政局"]
    before = library_view(stored(d.CARDS), stored(d.SENDINGS), {}, dt.date(2020, 5, 1), ZH, {})
    assert len(before.cards[0].not_sent_to) == 19 and len(before.log.rows) == 0


def test_which_district_filed_what() -> None:
    view = filings_view(stored(d.FILINGS), ["110101", "110102"], 2020, d.AS_OF, ZH, {})
    assert [(line.district, line.is_complete, line.standing) for line in view.lines] == [
        ("东城区", False, "缺 4 / 5 项"),
        ("西城区", True, "2020-06-01 报齐"),
    ]
    assert view.lines[0].parts == ("2020-05-20", None, None, None, None)
    assert "1 / 2 (50.0 %)" in view.answer
    nothing = filings_view(stored(d.FILINGS), ["110101"], 2021, dt.date(2021, 8, 31), ZH, {})
    assert "东城区尚未报送任何部分" in nothing.answer and len(nothing.rows.rows) == 0


def test_units_are_called_by_their_names_in_english() -> None:
    assert EN.unit("市财政局") == "Finance Bureau"
    assert EN.unit("各区政府") == "All district governments"
    assert EN.unit("东华门街道办事处") == "Donghuamen Subdistrict"
    assert EN.unit("某公司") == "某公司"
    assert {EN.unit(u) for u in reference_duties.departments()}.isdisjoint(reference_duties.departments())
