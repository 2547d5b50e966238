"""Text from data stays text: on the page, in CSV and in Excel."""

import csv
import datetime as dt
import io
import zipfile
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from dashboard.markup import element, escaped_markdown, show
from dashboard.scale import Scale
from dashboard.tables import Table, TableColumn, csv_bytes, excel_bytes, guard_formula, safe_file_name
from dashboard.words import Words
from tests.dashboard.small_store import WILD_NAME

WORDS = Words("zh")


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.text(max_size=60))
def test_an_element_holds_its_text_and_nothing_else(text: str) -> None:
    page = Tags()
    page.feed(element("p", text, css="x", title=text))
    page.close()
    assert [tag for tag, _ in page.tags] == ["p"]
    assert page.text.replace("\r", "\n") == text.replace("\r", "\n")


def test_only_elements_are_shown() -> None:
    with pytest.raises(TypeError):
        show("<b>raw</b>")  # type: ignore[arg-type]


def test_markdown_marks_are_escaped() -> None:
    escaped = escaped_markdown(WILD_NAME)
    for mark in ("**", "[链接](", "<b>", "$x$", ":red["):
        assert mark not in escaped
    assert escaped_markdown("北京 一区") == "北京 一区"


def table(*names: str) -> Table:
    rows = pd.DataFrame(
        {
            "name": names,
            "homes": [1234 + i for i in range(len(names))],
            "rate": [12.345] * len(names),
            "fen": [123_456_700] * len(names),
            "day": [dt.date(2020, 8, 31)] * len(names),
            "central": [True] * len(names),
        }
    )
    columns = [
        TableColumn("name", "名称"),
        TableColumn("homes", "户数（户）", "count", scale=Scale((), ("#ffffff",))),
        TableColumn("rate", "占比（%）", "pct"),
        TableColumn("fen", "投资（万元）", "wan_yuan"),
        TableColumn("day", "日期", "date"),
        TableColumn("central", "中央", "yes_no"),
    ]
    return Table(rows, columns, "表/名:*?", {"来源": "=1+1"})


def test_values_are_in_the_units_of_the_headers() -> None:
    shown = table("甲").shown(WORDS).iloc[0]
    assert shown["户数（户）"] == 1234
    assert shown["占比（%）"] == 12.3
    assert shown["投资（万元）"] == pytest.approx(123.4567)
    assert shown["日期"] == dt.date(2020, 8, 31)
    assert shown["中央"] == "是"


def test_missing_values_stay_empty() -> None:
    whole = table("甲")
    gone = whole.rows.astype(object)
    gone.loc[0] = [None, None, np.nan, None, None, None]
    empty = Table(gone, whole.columns, whole.title)
    row = list(csv.reader(io.StringIO(csv_bytes(empty, WORDS).decode("utf-8-sig"))))[1]
    assert row == ["", "", "", "", "", ""]
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(excel_bytes(empty, WORDS))).get_sheet_by_index(1)
    assert len(sheet.to_python()) == 1 or not any(sheet.to_python()[1])


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", " =", "＝", "＋"])
def test_no_csv_cell_begins_a_formula(start: str) -> None:
    text = f"{start}cmd|' /C calc'!A0"
    cell = list(csv.reader(io.StringIO(csv_bytes(table(text), WORDS).decode("utf-8-sig"), newline="")))[1][0]
    assert cell == f"'{text}"
    assert guard_formula("甲-乙") == "甲-乙"


def test_csv_is_read_as_chinese_by_excel() -> None:
    assert csv_bytes(table("甲"), WORDS).startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("name", [WILD_NAME, "http://example.com", "007", "\x00\x1f控制", "长" * 40_000])
def test_the_workbook_holds_texts_and_numbers_but_no_formula_and_no_link(name: str) -> None:
    content = excel_bytes(table(name), WORDS)
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        for part in book.namelist():
            text = book.read(part).decode("utf-8", "replace")
            assert "<f>" not in text
            assert "<hyperlink" not in text
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    cover, rows = book.get_sheet_by_index(0).to_python(), book.get_sheet_by_index(1).to_python()
    assert cover[0][0] == "表/名:*?"
    assert ["来源", "=1+1"] in [row[:2] for row in cover]
    assert isinstance(rows[1][0], str)
    assert rows[1][1] == 1234
    assert str(rows[1][4]).startswith("2020-08-31")
    if len(name) < 1000 and name.isprintable():
        assert rows[1][0] == name


def test_file_names_are_names() -> None:
    assert safe_file_name("../../etc/passwd") == "etc_passwd"
    assert safe_file_name("2020年 项目/清单") == "2020年_项目_清单"
    assert safe_file_name("///") == "table"
