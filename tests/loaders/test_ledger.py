"""The clerk's ledger on both databases: nothing lost on the round trip, faults by cell, gates, conflicts, writing."""

import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from loaders.ledger.difference import Choice
from loaders.ledger.held import held_ledger
from loaders.ledger.reading import read_ledger
from loaders.ledger.refused import refused_workbook
from loaders.ledger.sheets import LEDGER_TABLES
from loaders.ledger.template import template_bytes
from loaders.ledger.writing import write_ledger
from loaders.rejected import rejected_table
from store.access import Principal, Role
from store.edits import RowChange, undo_edit, write_edit
from store.engine import Store
from store.errors import EditConflict
from store.integrity import check_store
from store.queries_ledger import ledger_rows
from tests.dashboard.small_store import WILD_NAME, small_store
from tests.dashboard.small_store import fill as fill_store
from tests.loaders import ledger_books as books

CLERK = Principal("王某", Role.DISTRICT, frozenset({books.DONGCHENG}))
OTHER = Principal("李某", Role.DISTRICT, frozenset({books.DONGCHENG}))


@pytest.fixture
def city(store: Store) -> Iterator[Store]:
    fill_store(store)
    yield store


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The small city for tests that write nothing."""
    opened = small_store(f"sqlite:///{tmp_path_factory.mktemp('paper') / 'atlas.sqlite'}")
    yield opened
    opened.dispose()


def values(store: Store, table: str, key: str) -> dict:
    row = held_ledger(store, None).rows(table)[key]
    return dict(row.values)


# --- the round trip -----------------------------------------------------------------------------------
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("district", [books.DONGCHENG, None])
def test_a_template_sent_back_as_it_is_differs_in_nothing(
    city: Store, tmp_path: Path, district: str | None, lang: str
) -> None:
    found = books.compare(city, books.template(city, tmp_path / "t.xlsx", district, lang), district)
    assert found.is_empty
    assert found.remarks == ()
    held = held_ledger(city, district)
    assert {t: n for (t, _), n in found.counts().items()} == {
        t: len(held.rows(t)) for t in found.ledger.tables if held.rows(t)
    }
    assert found.of("unchanged")


def test_awkward_sums_and_names_come_back_to_the_fen(city: Store, tmp_path: Path) -> None:
    office = Principal("office", Role.PROGRAMME_OFFICE)
    wild = '=cmd|" /C calc"!A0'
    changes = [
        RowChange(
            "funding_entries",
            f"F{n}",
            {
                "project_id": "P1",
                "funding_source": "city",
                "content_class": "basic",
                "state": "planned",
                "entry_date": dt.date(2020, 2, 29),
                "amount_fen": fen,
            },
        )
        for n, fen in enumerate((1, 99, 123_456_789_012_345, 7, 100_000_000_001))
    ]
    seal = held_ledger(city, None).rows("projects")["P1"].content_hash
    changes.append(
        RowChange("projects", "P1", {"investor": wild, "content_items": "  节能 、给排水　"}, seal)
    )
    write_edit(city, office, changes, origin="form", title_zh="甲", title_en="a")
    path = books.template(city, tmp_path / "t.xlsx")
    assert books.compare(city, path).is_empty
    sheet = books.opened(path.read_bytes())["项目"]
    cell = next(c for row in sheet.iter_rows() for c in row if c.value == wild)
    assert cell.data_type == "s"
    assert WILD_NAME in {c.value for c in sheet["B"]}


def test_the_template_helps_and_hides_its_lists(paper: Store) -> None:
    held = held_ledger(paper, books.DONGCHENG)
    data = template_bytes(held, LEDGER_TABLES, district_code=books.DONGCHENG)
    book = books.opened(data)
    assert {n: s.sheet_state for n, s in zip(book.sheetnames, book.worksheets, strict=True)}[
        "_lists"
    ] == "veryHidden"
    sheet = book["进度"]
    assert sheet.freeze_panes == "B2"
    assert sheet.protection.sheet
    assert sheet["A1"].protection.locked
    assert not sheet["A2"].protection.locked
    head = {c.value for c in sheet[1]}
    assert {"步骤*", "完成日期*", "项目名称"} <= head
    assert all(c.comment and c.comment.text for c in sheet[1])
    lists = {v.formula1 for v in sheet.data_validations.dataValidation if v.type == "list"}
    assert lists == {"list_stage_events_stage"}
    assert "list_stage_events_stage" in book.defined_names
    assert any(v.type == "date" for v in sheet.data_validations.dataValidation)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            assert b"<f>" not in archive.read(name) or b"<formula" in archive.read(name), name


def test_persons_are_left_out_for_who_may_not_see_them(paper: Store) -> None:
    held = held_ledger(paper, books.DONGCHENG)
    for sees, expected in ((True, True), (False, False)):
        data = template_bytes(held, ["issues"], district_code=books.DONGCHENG, sees_persons=sees)
        head = {c.value for c in books.opened(data)["问题"][1]}
        assert ("报告人电话" in head) is expected


# --- the difference -----------------------------------------------------------------------------------
def test_new_changed_missing_rows_are_told_apart_and_written_once(city: Store, tmp_path: Path) -> None:
    path = books.template(city, tmp_path / "t.xlsx")
    books.change(path, "项目", "P1", 批次="2020年第二批", 计划投资=1200.5)
    books.fill(
        path,
        "资金",
        {
            "项目编号": "P1",
            "资金来源": "市级财政",
            "内容类别": "基础类",
            "资金状态": "计划",
            "金额": "12.8亿元",
        },
        {
            "项目名称": "C1项目",
            "资金来源": "区级财政",
            "内容类别": "基础类",
            "资金状态": "拨付",
            "金额": "3,500万元",
        },
    )
    books.drop(path, "完成投资", "P3-2020-05")
    found = books.compare(city, path)
    assert books.codes(found) == {}
    changed = found.of("changed")
    assert [(r.key, [(f.column, f.old, f.new) for f in r.fields]) for r in changed] == [
        (
            "P1",
            [
                ("batch", "2020年第一批", "2020年第二批"),
                ("planned_investment_fen", 1_000_000_000, 1_200_500_000),
            ],
        )
    ]
    assert [r.row.values["amount_fen"] for r in found.of("new")] == [128_000_000_000, 3_500_000_000]
    assert [r.key for r in found.of("missing")] == ["P3-2020-05"]
    result = write_ledger(city, CLERK, found)
    assert (result.inserted, result.updated, result.deleted) == (2, 1, 0)
    # The same file once more: nothing is counted twice, and the untouched rows of the template stay.
    again = books.compare(city, path)
    assert not again.of("new", "changed", "refused")
    ticked = Choice(deletes=frozenset({again.of("missing")[0].row_id}))
    assert write_ledger(city, CLERK, again, ticked).deleted == 1
    assert "P3-2020-05" not in held_ledger(city, None).rows("monthly_investments")
    with city.reading() as conn:
        # the small city's links are written by hand
        assert [f for f in check_store(conn) if f.code != "check.links_stale"] == []


def test_an_own_ledger_is_undone_exactly(city: Store, tmp_path: Path) -> None:
    before = {t: ledger_rows(city, t) for t in ("projects", "stage_events")}
    path = books.template(city, tmp_path / "t.xlsx")
    books.change(path, "项目", "P1", 批次="改过")
    books.fill(
        path, "进度", {"项目编号": "P1", "步骤": "责任规划师出具意见", "完成日期": dt.date(2020, 2, 5)}
    )
    run = write_ledger(city, CLERK, books.compare(city, path)).run_id
    assert values(city, "projects", "P1")["batch"] == "改过"
    undo_edit(city, CLERK, run)
    for table, rows in before.items():
        assert ledger_rows(city, table).equals(rows)


def test_rows_kept_back_stay_out(city: Store, tmp_path: Path) -> None:
    path = books.template(city, tmp_path / "t.xlsx")
    books.change(path, "项目", "P1", 批次="一")
    books.change(path, "项目", "P2", 批次="二")
    found = books.compare(city, path)
    left = next(r.row_id for r in found.of("changed") if r.key == "P2")
    write_ledger(city, CLERK, found, Choice(left_out=frozenset({left})))
    assert values(city, "projects", "P1")["batch"] == "一"
    assert values(city, "projects", "P2")["batch"] == "2020年第一批"


# --- hard gates ---------------------------------------------------------------------------------------
def _start(path: Path) -> Path:
    return books.fill(path, "进度", {"项目编号": "P1", "步骤": "开工", "完成日期": dt.date(2020, 6, 20)})


def test_a_start_without_its_agreement_is_refused_with_the_clause(paper: Store, tmp_path: Path) -> None:
    found = books.compare(paper, _start(books.template(paper, tmp_path / "t.xlsx")))
    (row,) = found.of("refused")
    assert [f.code for f in row.faults] == ["ledger.gate_service_agreement"]
    assert row.faults[0].sheet == "进度"
    assert row.faults[0].cell == "E7"
    for lang, words in (("zh", ("二(一)7", "R20", "E7", "协议")), ("en", ("二(一)7", "R20", "agreement"))):
        assert all(w in row.faults[0].say(lang) for w in words)


def test_the_agreement_in_the_same_file_lets_it_pass(city: Store, tmp_path: Path) -> None:
    path = _start(books.template(city, tmp_path / "t.xlsx"))
    row = {"项目编号": "P1", "步骤": "物业服务协议签订", "完成日期": dt.date(2020, 6, 1)}
    found = books.compare(city, books.fill(path, "进度", row))
    assert books.codes(found) == {}
    assert write_ledger(city, CLERK, found).inserted == 2
    # Kept back, the agreement takes the start with it.
    kept = next(r.row_id for r in found.of("new") if r.row.values["stage"] == "service_agreement")
    city_again = books.compare(city, path)
    assert not city_again.of("refused", "new", "changed")
    assert kept


def test_an_agreement_that_is_kept_back_takes_the_start_with_it(paper: Store, tmp_path: Path) -> None:
    path = _start(books.template(paper, tmp_path / "t.xlsx"))
    row = {"项目编号": "P1", "步骤": "物业服务协议签订", "完成日期": dt.date(2020, 6, 1)}
    path = books.fill(path, "进度", row)
    first = books.compare(paper, path)
    kept = next(r.row_id for r in first.of("new") if r.row.values["stage"] == "service_agreement")
    found = books.compare(paper, path, choice=Choice(left_out=frozenset({kept})))
    assert set(books.codes(found).values()) == {"ledger.gate_service_agreement"}


def test_an_agreement_after_the_start_names_its_day(paper: Store, tmp_path: Path) -> None:
    path = _start(books.template(paper, tmp_path / "t.xlsx"))
    row = {"项目编号": "P1", "步骤": "物业服务协议签订", "完成日期": dt.date(2020, 7, 1)}
    found = books.compare(paper, books.fill(path, "进度", row))
    assert set(books.codes(found).values()) == {"ledger.gate_late_service_agreement"}
    assert "2020-07-01" in found.of("refused")[0].faults[0].say()


def test_a_confirmation_needs_its_number_and_holds_up_what_follows(city: Store, tmp_path: Path) -> None:
    path = books.template(city, tmp_path / "t.xlsx")
    books.fill(path, "项目", {"项目名称": "新项目", "区": "东城区", "是否中央国家机关项目": "否"})
    books.fill(
        path,
        "进度",
        *(
            {"项目名称": "新项目", "步骤": step, "完成日期": day}
            for step, day in (
                ("业主组织成立", dt.date(2020, 1, 2)),
                ("项目确认", dt.date(2020, 2, 2)),
                ("物业服务协议签订", dt.date(2020, 3, 2)),
                ("开工", dt.date(2020, 4, 2)),
            )
        ),
    )
    found = books.compare(city, path)
    assert sorted(books.codes(found).values()) == [
        "ledger.gate_confirmation_document",
        "ledger.gate_confirmed",
    ]
    assert write_ledger(city, CLERK, found).inserted == 3


def test_a_gate_can_not_be_taken_away_under_works(paper: Store, tmp_path: Path) -> None:
    path = books.template(paper, tmp_path / "t.xlsx", books.XICHENG)
    books.change(path, "项目", "P4", 确认文件文号=None)
    found = books.compare(paper, path, books.XICHENG)
    (code,) = books.codes(found).values()
    assert code in ("ledger.gate_taken_confirmed", "ledger.gate_taken_confirmation_document")
    assert "P4" in found.of("refused")[0].faults[0].say("en")


# --- what is wrong ------------------------------------------------------------------------------------
def test_every_fault_is_named_by_cell_and_good_rows_go_in(city: Store, tmp_path: Path) -> None:
    head = ["项目编号", "步骤", "完成日期"]
    path = books.book(
        tmp_path / "外单位.xlsx",
        {
            "项目进度表": [
                head,
                ["P1", "责任规划师出具意见", "2020.6"],
                ["P1", "方案公示", 43983],
                ["P2", "方案审定", "二〇二〇年六月"],
                ["P2", "方案公示", 2020.1],
                ["P2", "入库了", "2020-06-01"],
                ["P2", "完成招标", "2020年2月30日"],
                ["P4", "方案审定", "2020-06-01"],
                ["P2", "业主组织成立", "2020年"],
                ["P2", "诉求征集完成", "2199-01-01"],
            ]
        },
    )
    found = books.compare(city, path)
    assert books.codes(found) == {
        "项目进度表!C5": "ledger.january_or_october",
        "项目进度表!B6": "ledger.not_in_list_near",
        "项目进度表!C7": "ledger.date_impossible",
        "项目进度表!A8": "ledger.unknown_reference",
        "项目进度表!C9": "ledger.date_too_coarse",
        "项目进度表!C10": "ledger.date_range",
    }
    days = {r.row.values["stage"]: r.row.values["event_date"] for r in found.of("new")}
    assert days == {
        "planner_opinion": dt.date(2020, 6, 30),
        "public_notice": dt.date(2020, 6, 1),
        "designed": dt.date(2020, 6, 30),
    }
    result = write_ledger(city, CLERK, found)
    assert result.inserted == 3
    kept = rejected_table(city, result.run_id, "zh")
    assert list(kept["row_number"]) == [5, 6, 7, 8, 9, 10]
    assert all("项目进度表" in r and "—" not in r for r in kept["reason"])
    assert all(
        "项目进度表" in r and "—" not in r for r in rejected_table(city, result.run_id, "en")["reason"]
    )


def test_refused_rows_are_mended_and_sent_again(city: Store, tmp_path: Path) -> None:
    rows = [["项目编号", "月份", "完成投资（万元）"], ["P1", "2020-06", 120], ["P1", "六月", 130]]
    found = books.compare(city, books.book(tmp_path / "a.xlsx", {"完成投资": rows}))
    assert books.codes(found) == {"完成投资!B3": "ledger.month_unreadable"}
    write_ledger(city, CLERK, found)
    mended = books.opened(refused_workbook(found, "zh"))
    sheet = mended["完成投资"]
    assert sheet.max_row == 2
    assert "B3" in str(sheet.cell(2, 4).value)
    sheet.cell(2, 2, "2020年7月")
    mended.save(tmp_path / "b.xlsx")
    again = books.compare(city, tmp_path / "b.xlsx")
    assert again.remarks == ()
    assert write_ledger(city, CLERK, again).inserted == 1
    held = held_ledger(city, None).rows("monthly_investments")
    assert {k: r.values["amount_fen"] for k, r in held.items() if r.values["project_id"] == "P1"} == {
        "P1-2020-06": 120_000_000,
        "P1-2020-07": 130_000_000,
    }


def test_totals_are_checked_and_never_counted(city: Store, tmp_path: Path) -> None:
    rows = [
        ["项目编号", "月份", "完成投资（万元）"],
        ["P1", "2020-06", 120],
        ["P2", "2020-06", 130],
        ["小计", None, 250],
        ["P1", "2020-07", 100],
        ["小计", None, 90],
        ["合计", None, 400],
    ]
    found = books.compare(city, books.book(tmp_path / "a.xlsx", {"完成投资": rows}))
    assert len(found.rows) == 3
    assert {(r.cell, r.code) for r in found.remarks} == {
        ("C6", "ledger.total_differs"),
        ("C7", "ledger.total_differs"),
    }
    assert "350" in next(r for r in found.remarks if r.cell == "C7").say("zh")
    write_ledger(city, CLERK, found)
    rows_held = held_ledger(city, None).rows("monthly_investments").values()
    assert (
        sum(r.values["amount_fen"] for r in rows_held if r.values["project_id"] in ("P1", "P2"))
        == 350_000_000
    )


def test_a_foreign_workbook_with_merged_and_missing_headers(paper: Store, tmp_path: Path) -> None:
    rows = [
        ["东城区资金台账"],
        ["项目名称", None, None, "资金情况"],
        [None, "资金来源", "内容类别", None, None],
        ["C1项目", "市级财政", "基础类", "计划", 100],
        [None, "区级财政", "基础类", "计划", "1200000元"],
        ["C9项目", "区级财政", "基础类", "计划", 5],
        ["合计", None, None, None, 225],
    ]
    path = books.book(
        tmp_path / "a.xlsx",
        {"Sheet1": [[None]], "资金明细表": rows, "随便": [["甲", "乙", "丙"], ["一", "二", "三"]]},
        [
            ("资金明细表", 1, 0, 2, 0, "项目名称"),
            ("资金明细表", 1, 3, 1, 4, "资金情况"),
            ("资金明细表", 3, 0, 4, 0, "C1项目"),
        ],
    )
    book_ = books.opened(path.read_bytes())
    book_["资金明细表"]["D3"], book_["资金明细表"]["E3"] = "资金状态", "金额（万元）"
    book_["资金明细表"]["B2"], book_["资金明细表"]["C2"] = "资金来源", "内容类别"
    book_.save(path)
    found = books.compare(paper, path)
    assert [(r.row.values["project_id"], r.row.values["amount_fen"]) for r in found.of("new")] == [
        ("P1", 100_000_000),
        ("P1", 120_000_000),
    ]
    assert set(books.codes(found).values()) == {"ledger.unknown_reference_near"} or set(
        books.codes(found).values()
    ) == {"ledger.unknown_reference"}
    assert any(r.code == "ledger.sheet_unknown" and r.sheet == "随便" for r in found.remarks)


def test_missing_columns_and_units_are_named(paper: Store, tmp_path: Path) -> None:
    rows = [["项目编号", "资金来源", "内容类别", "金额"], ["P1", "市级财政", "基础类", 5]]
    found = books.compare(paper, books.book(tmp_path / "a.xlsx", {"资金": rows}))
    assert {r.code for r in found.remarks} == {"ledger.column_missing"}
    assert "资金状态" in found.remarks[0].say()
    (row,) = found.of("refused")
    assert {f.code for f in row.faults} == {"ledger.money_without_unit", "ledger.empty_required"}


def test_yuan_under_a_header_of_ten_thousands_is_noticed(paper: Store, tmp_path: Path) -> None:
    rows = [
        ["项目编号", "月份", "完成投资（万元）"],
        ["P1", "2020-06", 1_200_000],
        ["P1", "2020-07", "1200000元"],
    ]
    found = books.compare(paper, books.book(tmp_path / "a.xlsx", {"完成投资": rows}))
    assert books.codes(found) == {"完成投资!C2": "ledger.unit_doubtful"}
    assert found.of("new")[0].row.values["amount_fen"] == 120_000_000


def test_a_project_in_two_districts_and_days_in_the_wrong_order(paper: Store, tmp_path: Path) -> None:
    path = books.book(
        tmp_path / "a.xlsx",
        {
            "项目": [
                ["项目编号", "项目名称", "区", "计划开工日期", "计划完工日期"],
                ["N1", "甲项目", "东城区", "2020-06-01", "2020-05-01"],
                ["N2", "乙项目", "东城区", None, None],
                ["N2", "乙项目", "西城区", None, None],
                ["N3", "丙项目", "东城区", None, None],
                ["N3", "丙项目", "东城区", None, None],
            ],
            "项目所含小区": [["项目编号", "小区编号"], ["N3", "C4"]],
            "进度": [["项目编号", "步骤", "完成日期"], ["P4", "完工", "2020-02-01"]],
        },
    )
    found = books.compare(paper, path, None)
    assert books.codes(found) == {
        "项目!E2": "ledger.before",
        "项目!C3": "ledger.two_districts",
        "项目!C4": "ledger.two_districts",
        "项目!A6": "ledger.row_repeated",
        "项目所含小区!B2": "ledger.areas_differ",
        "进度!C2": "ledger.before",
    }


def test_rows_of_another_district_are_refused_to_the_clerk(paper: Store, tmp_path: Path) -> None:
    path = books.template(paper, tmp_path / "t.xlsx", None)
    books.change(path, "项目", "P4", 批次="改")
    books.fill(path, "项目", {"项目名称": "西城新项目", "区": "西城区"})
    found = books.compare(paper, path)
    refused = books.codes(found)
    assert {"ledger.other_district"} == {c for cell, c in refused.items() if cell.startswith("项目!")}
    assert not found.of("new", "changed")


# --- two at once --------------------------------------------------------------------------------------
def test_a_row_that_somebody_changed_meanwhile_is_a_conflict(city: Store, tmp_path: Path) -> None:
    mine = books.template(city, tmp_path / "mine.xlsx")
    theirs = books.template(city, tmp_path / "theirs.xlsx")
    books.change(theirs, "项目", "P1", 批次="李的")
    write_ledger(city, OTHER, books.compare(city, theirs))
    untouched = books.compare(city, mine)
    assert untouched.is_empty  # the clerk left the row alone: the other's change stands
    books.change(mine, "项目", "P1", 批次="王的")
    found = books.compare(city, mine)
    (row,) = found.of("conflict")
    assert [(f.column, f.old, f.new) for f in row.fields] == [("batch", "李的", "王的")]
    assert values(city, "projects", "P1")["batch"] == "李的"
    write_ledger(city, CLERK, found, Choice(mine=frozenset({row.row_id})))
    assert values(city, "projects", "P1")["batch"] == "王的"


def test_two_uploads_compared_at_the_same_moment_never_overwrite_each_other(
    city: Store, tmp_path: Path
) -> None:
    pair = []
    for name in ("王", "李"):
        path = books.template(city, tmp_path / f"{name}.xlsx")
        books.change(path, "项目", "P1", 批次=name)
        books.fill(path, "完成投资", {"项目编号": "P1", "月份": "2020-06", "当月完成投资": 12})
        pair.append(books.compare(city, path))
    write_ledger(city, CLERK, pair[0])
    with pytest.raises(EditConflict):
        write_ledger(city, OTHER, pair[1])
    assert values(city, "projects", "P1")["batch"] == "王"
    rows = held_ledger(city, None).rows("monthly_investments")
    assert [k for k, r in rows.items() if r.values["project_id"] == "P1"] == ["P1-2020-06"]


def test_the_mark_of_the_file_can_not_make_a_clerk_more_than_a_clerk(paper: Store, tmp_path: Path) -> None:
    path = books.template(paper, tmp_path / "t.xlsx", books.XICHENG)
    books.change(path, "项目", "P4", 批次="改")
    assert not books.compare(paper, path).of("new", "changed", "missing")
    assert read_ledger(path).mark.district_code == books.XICHENG
