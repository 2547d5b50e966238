"""Values in every spelling, workbooks made to break, and the ledger on the command line."""

import datetime as dt
import json
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from typer.testing import CliRunner

from loaders.cli import app
from loaders.cli_ledger import ledger_app
from loaders.errors import AtlasError
from loaders.ledger.cells import canonical, cell_value
from loaders.ledger.matching import match_columns, table_of_sheet, unit_of
from loaders.ledger.parsing import DOUBTFUL_FEN, parse_column
from loaders.ledger.reading import read_ledger
from loaders.ledger.sheets import LEDGER_TABLES, codes_of, ledger_sheet
from loaders.ledger.template import fields_of
from loaders.readers.grid import GridCell, read_grid
from loaders.readers.limits import Limits
from loaders.wording import LANGUAGES, WORDING
from tests.dashboard.small_store import small_store
from tests.loaders import ledger_books as books

DATE = ledger_sheet("stage_events").column("event_date")
MONEY = ledger_sheet("monthly_investments").column("amount_fen")
DIGITS = "〇一二三四五六七八九"


def parsed(
    column: object, text: str, kind: str = "text", unit: str | None = None
) -> tuple[object, str | None]:
    found = parse_column(column, [GridCell(text, kind)], unit=unit)  # type: ignore[arg-type]
    return found.values[0], found.problems.get(0, (None, {}))[0]


def hanzi(number: int) -> str:
    tens, ones = divmod(number, 10)
    if not tens:
        return DIGITS[ones]
    return ("" if tens == 1 else DIGITS[tens]) + "十" + (DIGITS[ones] if ones else "")


# --- spellings ----------------------------------------------------------------------------------------
@given(some.dates(dt.date(1954, 10, 4), dt.date(2099, 12, 31)))
def test_a_day_in_any_spelling_is_that_day(day: dt.date) -> None:
    year = "".join(DIGITS[int(d)] for d in str(day.year))
    spellings = [
        f"{day:%Y-%m-%d}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}.{day.month}.{day.day}",
        f"{day.year}/{day.month}/{day.day}",
        f"{year}年{hanzi(day.month)}月{hanzi(day.day)}日",
        str((day - dt.date(1899, 12, 30)).days),
        f" {day.year}年{day.month:02d}月{day.day:02d}日 ",
    ]
    for text in spellings:
        assert parsed(DATE, text) == (day, None), text


@given(some.integers(1950, 2099), some.integers(1, 12))
def test_a_month_alone_is_its_last_day(year: int, month: int) -> None:
    last = (
        (dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1))
        if month < 12
        else dt.date(year, 12, 31)
    )
    figures = "".join(DIGITS[int(d)] for d in str(year))
    for text in (f"{year}年{month}月", f"{year}-{month:02d}", f"{figures}年{hanzi(month)}月"):
        assert parsed(DATE, text) == (last, None), text
    dotted = parsed(DATE, f"{year}.{month}", "number" if month < 10 else "text")
    assert dotted == ((None, "ledger.january_or_october") if month == 1 else (last, None))
    assert parsed(DATE, f"{year}.1", "number") == (None, "ledger.january_or_october")


@given(some.integers(0, DOUBTFUL_FEN - 1))
def test_a_sum_in_any_unit_is_exact_to_the_fen(fen: int) -> None:
    wan, yuan = Decimal(fen) / 1_000_000, Decimal(fen) / 100
    spellings = [
        (f"{wan:f}", "万元"),
        (f"{wan:f}万元", None),
        (f"{yuan:f}", "元"),
        (f"{yuan:,f}元", "万元"),
        (f"{Decimal(fen) / 10**10:f}亿元", "元"),
        (f"￥{yuan:f}元", None),
    ]
    for text, unit in spellings:
        assert parsed(MONEY, text, "text", unit) == (fen, None), text
    assert parsed(MONEY, f"{wan:f}")[1] == "ledger.money_without_unit"


@given(some.integers(0, 10**13))
def test_what_a_workbook_keeps_of_a_sum_comes_back(fen: int) -> None:
    shown = cell_value(MONEY, fen, "zh")
    kept = float(f"{shown:.16g}")  # XlsxWriter's own precision
    text = str(int(kept)) if kept.is_integer() else repr(kept)
    value, problem = parsed(MONEY, text, "number", "万元")
    assert value == fen or (problem == "ledger.unit_doubtful" and fen >= DOUBTFUL_FEN)


@given(some.text(max_size=40))
def test_no_text_brings_a_parser_down_and_texts_are_kept(text: str) -> None:
    for column in ledger_sheet("projects").columns:
        found = parse_column(column, [GridCell(text, "text")], unit=None, districts=[None], measures=[None])
        assert len(found.values) == 1
    note = ledger_sheet("stage_events").column("note")
    value, problem = parsed(note, text)
    assert problem is None
    assert canonical(note, value) == canonical(note, text)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("table", LEDGER_TABLES)
def test_every_header_and_word_of_a_template_is_read_as_what_it_is(table: str, lang: str) -> None:
    sheet = ledger_sheet(table)
    fields = fields_of(sheet, lang)
    matches, unknown = match_columns(sheet, [f.header for f in fields], None)
    assert unknown == []
    assert [(m.column.name, m.is_name) for m in matches] == [(f.column.name, f.is_name) for f in fields]
    assert not any(m.is_guess for m in matches)
    assert all(m.unit for m in matches if m.column.kind == "money")
    assert table_of_sheet(sheet.title(lang)) == (table, False)
    for column in sheet.columns:
        for code in column.codes:
            assert parsed(column, cell_value(column, code, lang)) == (code, None)
            assert set(codes_of(table, column.name)[code]) == set(LANGUAGES)


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("计划投资（万元）*", "万元"),
        ("金额(元)", "元"),
        ("金额/万元", "万元"),
        ("Planned investment (10,000 CNY)", "万元"),
        ("Floor area (m²)", "㎡"),
        ("金额", None),
    ],
)
def test_a_headers_unit(header: str, unit: str | None) -> None:
    assert unit_of(header) == unit


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("2020年项目清单", "projects"),
        ("东城区2020年度资金明细表", "funding_entries"),
        ("项目进度表", "stage_events"),
        ("居民 诉求", "demands"),
        ("Sheet1", None),
        ("会议纪要汇编", None),
    ],
)
def test_foreign_names_of_sheets(name: str, table: str | None) -> None:
    assert table_of_sheet(name)[0] == table


# --- workbooks made to break ----------------------------------------------------------------------------
def refusal(path: Path, **options: object) -> str:
    with pytest.raises(AtlasError) as fault:
        read_grid(path, **options)  # type: ignore[arg-type]
    for lang in LANGUAGES:
        assert path.name in fault.value.say(lang)
        assert fault.value.code not in fault.value.say(lang)
    return fault.value.code


def test_no_workbook_and_a_broken_one_are_turned_away(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_text("<OGRVRTDataSource></OGRVRTDataSource>", "utf-8")
    assert refusal(tmp_path / "a.xlsx").startswith("reader.")
    whole = books.book(tmp_path / "b.xlsx", {"项目": [["项目名称", "区"], ["甲", "东城区"]]}).read_bytes()
    (tmp_path / "c.xlsx").write_bytes(whole[: len(whole) // 2])
    assert refusal(tmp_path / "c.xlsx").startswith("reader.")
    assert refusal(tmp_path / "missing.xlsx") == "reader.missing"


def test_a_cell_far_away_and_a_bomb_are_turned_away(tmp_path: Path) -> None:
    path = books.book(tmp_path / "a.xlsx", {"项目": [["项目名称", "区"]]})
    with zipfile.ZipFile(path) as archive:
        parts = {n: archive.read(n) for n in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    far = parts[sheet].replace(
        b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )
    for name, content in (("far", far), ("bomb", parts[sheet] + b" " * 40_000_000)):
        hostile = tmp_path / f"{name}.xlsx"
        with zipfile.ZipFile(hostile, "w", zipfile.ZIP_DEFLATED) as archive:
            for part, held in parts.items():
                archive.writestr(part, content if part == sheet else held)
        expected = "reader.cell_far_away" if name == "far" else "reader.zip_bomb"
        assert refusal(hostile, limits=Limits(unpacked_mb=20)) == expected


def test_the_limits_hold_in_the_child(tmp_path: Path) -> None:
    path = books.book(tmp_path / "a.xlsx", {"项目": [["项目名称"]] + [[f"项目{n}"] for n in range(500)]})
    assert refusal(path, limits=Limits(cells=100)) == "reader.cell_far_away"
    long = books.book(tmp_path / "b.xlsx", {"项目": [["项目名称"], ["长" * 300]]})
    assert refusal(long, limits=Limits(cell_chars=200)) == "reader.cell_too_large"


def test_a_workbook_without_a_ledger_says_what_is_expected(tmp_path: Path) -> None:
    path = books.book(tmp_path / "a.xlsx", {"甲": [["一", "二", "三"], ["1", "2", "3"]]})
    with pytest.raises(AtlasError) as fault:
        read_ledger(path)
    assert fault.value.code == "ledger.no_sheet"
    assert "甲" in fault.value.say("zh") and "项目" in fault.value.say("zh")


def test_formulas_are_read_as_values_and_never_run(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("完成投资")
        for place, text in enumerate(("项目编号", "月份", "完成投资（万元）")):
            sheet.write_string(0, place, text)
        sheet.write_string(1, 0, '=HYPERLINK("http://x")')
        sheet.write_string(1, 1, "2020-06")
        sheet.write_formula(1, 2, "=1+1", None, 2)
    (row,) = read_ledger(path).rows
    assert row.values["project_id"] == '=HYPERLINK("http://x")'
    assert row.values["amount_fen"] == 2_000_000


# --- texts ----------------------------------------------------------------------------------------------
def test_every_sentence_of_the_ledger_names_its_cell_in_both_languages() -> None:
    for code in WORDING.codes():
        places = WORDING.placeholders("zh", code)
        assert WORDING.placeholders("en", code) == places
        if code.startswith("ledger.gate_") or code in ("ledger.not_money", "ledger.before"):
            assert {"sheet"} <= places and places & {"cell", "row"}


# --- the command line -----------------------------------------------------------------------------------
def test_template_check_and_load_on_the_command_line(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_store(sqlite_url).dispose()
    monkeypatch.setenv("ATLAS_DATABASE_URL", sqlite_url)
    assert ledger_app is not None and app is not None
    run = CliRunner()
    path = tmp_path / "x.xlsx"
    done = run.invoke(ledger_app, ["template", "--district", "110101", "--out", str(path), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["rows"]["projects"] == 3
    assert run.invoke(ledger_app, ["template", "--district", "1", "--out", str(path)]).exit_code == 2
    done = run.invoke(ledger_app, ["check", str(path), "--json"])
    assert done.exit_code == 0
    assert json.loads(done.output)["faults"] == []
    books.change(path, "项目", "P1", 批次="改")
    books.fill(path, "进度", {"项目编号": "P1", "步骤": "开工", "完成日期": dt.date(2020, 6, 20)})
    done = run.invoke(ledger_app, ["check", str(path), "--json"])
    assert done.exit_code == 1
    (fault,) = json.loads(done.output)["faults"]
    assert (fault["code"], fault["cell"]) == ("ledger.gate_service_agreement", "E7")
    refused = tmp_path / "refused.xlsx"
    done = run.invoke(ledger_app, ["load", str(path), "--refused", str(refused), "--json"])
    assert done.exit_code == 1
    told = json.loads(done.output)
    assert told["run"] and told["tables"]["projects"]["changed"] == 1
    assert refused.is_file()
    again = run.invoke(ledger_app, ["check", str(path), "--json"])
    assert json.loads(again.output)["tables"]["projects"]["changed"] == 0
