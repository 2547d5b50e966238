"""The page *Ledger* without a browser: the steps of a file, editing with locking, history, who sees it."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.pages import pages_of
from dashboard.viewmodels.ledger import difference_view
from dashboard.viewmodels.ledger_edit import Edits, as_ledger, edits_of, opened_table
from dashboard.words import Words
from loaders.ledger.difference import Choice, LedgerDifference, changes_of, difference
from loaders.ledger.held import held_ledger
from loaders.ledger.reading import ledger_of
from loaders.ledger.sheets import ledger_sheet
from loaders.ledger.writing import write_ledger
from store.access import Principal, Role
from store.edits import RowChange, write_edit
from store.engine import Store, open_store
from tests.dashboard.small_store import WILD_NAME, small_store
from tests.dashboard.test_pages import assert_sound, markup, text
from tests.fresh import fresh_store
from tests.loaders import ledger_books as books

OpenPage = Callable[..., AppTest]
ZH, EN = Words("zh"), Words("en")
CLERK = Principal("王某", Role.DISTRICT, frozenset({books.DONGCHENG}))
OTHER = Principal("李某", Role.DISTRICT, frozenset({books.DONGCHENG}))


@pytest.fixture
def city(sqlite_url: str) -> Iterator[Store]:
    opened = open_store(fresh_store(Path(sqlite_url.removeprefix("sqlite:///")), small_store))
    yield opened
    opened.dispose()


# --- who sees it --------------------------------------------------------------------------------------
def test_only_who_keeps_the_ledger_sees_the_page() -> None:
    for role in Role:
        areas = frozenset({"110101"}) if role in (Role.DISTRICT, Role.SUBDISTRICT) else frozenset()
        keys = {p.key for p in pages_of(Principal("a", role, areas))}
        assert ("ledger" in keys) == (role in (Role.PROGRAMME_OFFICE, Role.DISTRICT, Role.SUBDISTRICT))


@pytest.mark.parametrize("task", ["file", "table", "history"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_task_opens_in_both_languages(
    open_page: OpenPage, small_url: str, lang: str, task: str
) -> None:
    page = open_page(small_url, "ledger", lang=lang, task=task, district="110101")
    assert_sound(page)
    assert ("东城区" if lang == "zh" else "Dongcheng") in text(page)
    assert "ledger." not in text(page)


def test_a_district_clerk_stands_on_the_own_district(open_page: OpenPage, small_url: str) -> None:
    page = open_page(small_url, "overview")
    page.session_state["access.role"], page.session_state["access.areas"] = "district", ("110102",)
    page.query_params["district"] = "110101"
    page.switch_page("views/ledger.py").run()
    assert_sound(page)
    assert "西城区的台账" in text(page)


# --- a file -------------------------------------------------------------------------------------------
def _with_file(open_page: OpenPage, url: str, path: Path, **query: str) -> AppTest:
    page = open_page(url, "ledger", district="110101", **query)
    page.session_state["ledger.read"] = ledger_of(books.read_here(path))
    return page.run()


def test_a_start_is_stopped_at_the_gate_then_let_in_and_counted(
    open_page: OpenPage, city: Store, sqlite_url: str, tmp_path: Path
) -> None:
    path = books.template(city, tmp_path / "t.xlsx")
    books.fill(path, "进度", {"项目编号": "P1", "步骤": "开工", "完成日期": dt.date(2020, 6, 20)})
    page = _with_file(open_page, sqlite_url, path)
    assert_sound(page)
    assert "退回 1 行" in text(page)
    assert "二(一)7" in text(page) and "E7" in text(page)
    assert not any(b.key == "ledger_accept_all" for b in page.button)
    books.fill(path, "进度", {"项目编号": "P1", "步骤": "物业服务协议签订", "完成日期": dt.date(2020, 6, 1)})
    page.session_state["ledger.read"] = ledger_of(books.read_here(path))
    page.run()
    assert "新增 2 行" in text(page)
    page.button(key="ledger_accept_all").click().run()
    assert_sound(page)
    assert "新增 2 行" in text(page) and "P1-started" in held_ledger(city, None).rows("stage_events")
    overview = open_page(sqlite_url, "overview")
    assert "4 / 6 个" in text(overview)
    page.button(key="ledger_result_undo").click().run()
    page.button(key="ledger_result_undo.sure").click().run()
    assert_sound(page)
    assert "P1-started" not in held_ledger(city, None).rows("stage_events")


def test_rejecting_writes_nothing(open_page: OpenPage, city: Store, sqlite_url: str, tmp_path: Path) -> None:
    path = books.change(books.template(city, tmp_path / "t.xlsx"), "项目", "P1", 批次="改")
    page = _with_file(open_page, sqlite_url, path)
    before = city.revision()
    page.button(key="ledger_reject").click().run()
    assert_sound(page)
    assert city.revision() == before
    assert not any(b.key == "ledger_accept_all" for b in page.button)


def test_wild_names_stay_text(open_page: OpenPage, city: Store, sqlite_url: str, tmp_path: Path) -> None:
    path = books.change(books.template(city, tmp_path / "t.xlsx"), "项目", "P2", 批次="<b>x</b>")
    path = path.rename(tmp_path / "=1+1 <b>甲 **粗**.xlsx")
    page = _with_file(open_page, sqlite_url, path)
    assert_sound(page)
    assert "<b>甲" not in markup(page)
    assert "=1+1 <b>甲 **粗**.xlsx" in text(page)


def test_the_difference_is_said_field_by_field(city: Store, tmp_path: Path) -> None:
    from dashboard.viewmodels.ledger import change_frame

    path = books.change(books.template(city, tmp_path / "t.xlsx"), "项目", "P1", 批次="二批", 计划投资=1200.5)
    found = books.compare(city, path)
    frame = change_frame(found.of("changed"), {}, ZH)
    assert frame["change"].tolist() == ["批次：2020年第一批 → 二批；计划投资：1,000 万元 → 1,200.5 万元"]
    assert frame["record"].tolist() == ["C1项目"]
    assert "10,000 CNY" in change_frame(found.of("changed"), {}, EN)["change"].iloc[0]
    view = difference_view(found, Choice(), ZH)
    assert view.going == 1
    assert "修改 1 行" in view.headline
    kept = difference_view(found, Choice(left_out=frozenset({found.of("changed")[0].row_id})), ZH)
    assert kept.going == 0


# --- editing in the page ------------------------------------------------------------------------------
def _edited(city: Store, state: dict[str, Any], table: str = "projects") -> Callable[..., LedgerDifference]:
    """A table opened now, edited as `state` says; compared when it is called, with whatever stands then."""
    opened = opened_table(ledger_sheet(table), held_ledger(city, "110101"), "110101", "", ZH)

    def compare(choice: Choice | None = None) -> LedgerDifference:
        held = held_ledger(city, "110101")
        ledger = as_ledger(opened, edits_of(state), held, ZH)
        return difference(ledger, held, allowed=CLERK.district_codes, choice=choice)

    return compare


def _place(city: Store, key: str, table: str = "projects") -> int:
    return list(held_ledger(city, "110101").rows(table)).index(key)


def test_an_edited_cell_is_one_change_and_new_rows_get_their_id(city: Store) -> None:
    state = {
        "edited_rows": {_place(city, "P1"): {"planned_investment_fen": 1234.56, "is_central_state": "是"}},
        "added_rows": [{"name": "新项目", "district_code": "东城区", "plan_year": 2020.0}, {}],
        "deleted_rows": [],
    }
    found = _edited(city, state)()
    changed, new = found.rows
    assert {f.column: f.new for f in changed.fields} == {
        "planned_investment_fen": 1_234_560_000,
        "is_central_state": True,
    }
    assert new.change == "new" and new.key.startswith("P-2020-110101-")
    assert edits_of(state).count == 2
    done = write_edit(city, CLERK, changes_of(found, Choice()), origin="table", title_zh="甲", title_en="a")
    assert (done.inserted, done.updated) == (1, 1)


def test_a_bad_cell_is_named_by_row_and_column(city: Store) -> None:
    state = {"edited_rows": {_place(city, "P1"): {"planned_investment_fen": -5.0}}}
    (row,) = _edited(city, state)().of("refused")
    assert "计划投资" in row.faults[0].say("zh") and f"第 {_place(city, 'P1') + 1} 行" in row.faults[0].say(
        "zh"
    )


def test_a_gate_stops_an_edit_in_the_page(city: Store) -> None:
    state = {"added_rows": [{"project_id": "P1", "stage": "开工", "event_date": "2020-06-20"}]}
    (row,) = _edited(city, state, "stage_events")().of("refused")
    assert row.faults[0].code == "ledger.gate_service_agreement"
    assert "开工" in row.faults[0].say("zh")


def test_a_colleagues_change_in_between_is_a_conflict_and_keeps_their_other_fields(city: Store) -> None:
    compare = _edited(city, {"edited_rows": {_place(city, "P1"): {"batch": "王"}}})
    seal = held_ledger(city, None).rows("projects")["P1"].content_hash
    theirs = {"batch": "李", "investor": "李的投资主体"}
    write_edit(
        city, OTHER, [RowChange("projects", "P1", theirs, seal)], origin="table", title_zh="甲", title_en="a"
    )
    found = compare()
    (row,) = found.of("conflict")
    assert [(f.column, f.old, f.new) for f in row.fields] == [("batch", "李", "王")]
    assert changes_of(found, Choice()) == []
    mine = Choice(mine=frozenset({row.row_id}))
    write_edit(city, CLERK, changes_of(compare(mine), mine), origin="table", title_zh="甲", title_en="a")
    now = held_ledger(city, None).rows("projects")["P1"].values
    assert (now["batch"], now["investor"]) == ("王", "李的投资主体")


def test_a_row_taken_out_is_deleted_only_as_it_was_seen(city: Store) -> None:
    place = _place(city, "P3-2020-05", "monthly_investments")
    compare = _edited(city, {"deleted_rows": [place]}, "monthly_investments")
    choice = Choice(deletes=frozenset({"monthly_investments:P3-2020-05"}))
    (change,) = changes_of(compare(choice), choice)
    assert change.values is None
    done = write_edit(city, CLERK, [change], origin="table", title_zh="甲", title_en="a")
    assert done.deleted == 1


def test_searching_finds_names_of_what_a_row_hangs_on(city: Store) -> None:
    held = held_ledger(city, "110101")
    sheet = ledger_sheet("stage_events")
    assert {r.key for r in opened_table(sheet, held, "110101", "C1项目", ZH).rows} == {
        "P1-confirmed",
        "P1-designed",
    }
    assert opened_table(sheet, held, "110101", "没有这样的", ZH).total == 0
    assert opened_table(sheet, held, "110101", WILD_NAME, ZH).total == 1
    assert Edits({}, [{"_index": 1}], []).count == 0


def test_own_history_lists_and_undoes(
    open_page: OpenPage, city: Store, sqlite_url: str, tmp_path: Path
) -> None:
    office = Principal("local", Role.PROGRAMME_OFFICE)
    path = books.change(books.template(city, tmp_path / "t.xlsx"), "项目", "P1", 批次="改过")
    run = write_ledger(city, office, books.compare(city, path)).run_id
    page = open_page(sqlite_url, "ledger", task="history", district="110101")
    assert_sound(page)
    assert "共 1 次填报" in text(page)
    page.button(key="ledger_undo").click().run()
    page.button(key="ledger_undo.sure").click().run()
    assert_sound(page)
    assert held_ledger(city, None).rows("projects")["P1"].values["batch"] == "2020年第一批"
    assert any(f"第 {run} 次" in s.value for s in page.success)
