"""A sheet is made of texts alone, whatever they look like, with its own font."""

import datetime as dt
import io

import pytest
from pypdf import PdfReader

from loaders.reports.sheet import Section, Sheet, sheet_pdf

WILD = '=1+1 #import "x" $x$ <b>甲</b> \\ [链接](http://x) *粗* _斜_ @ref'
DAY = dt.date(2020, 8, 31)


def made(*sections: Section, lang: str = "zh") -> PdfReader:
    return PdfReader(io.BytesIO(sheet_pdf(Sheet("设施缺口单", "东城区", "演示数据", sections, lang), DAY)))


def test_every_text_is_shown_as_text_in_the_sheets_own_font() -> None:
    reader = made(Section(WILD, f"一行\n{WILD}", ("名称", "数"), ((WILD, "1"), ("乙小区", "2"))))
    text = "".join(page.extract_text() for page in reader.pages).replace(" ", "").replace("\n", "")
    assert text.count("<b>甲</b>") == 3
    assert text.count("#import") == 3
    assert "乙小区" in text
    assert "第1/1页" in text
    fonts = reader.pages[0]["/Resources"]["/Font"]
    held = [fonts[name].get_object() for name in fonts]
    assert all("/DescendantFonts" in font for font in held)
    for font in held:
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)


def test_the_same_sheet_is_the_same_file_and_a_wide_table_lies_across() -> None:
    one = Sheet("一", "二", "", (Section("三", "四"),), "en")
    assert sheet_pdf(one, DAY) == sheet_pdf(one, DAY)
    many = tuple(f"列{i}" for i in range(9))
    box = made(Section("宽表", headers=many, rows=(many,))).pages[0].mediabox
    assert box.width > box.height


def test_what_the_font_lacks_is_named() -> None:
    text = made(Section("题", "𠀋")).pages[0].extract_text()
    assert "U+2000B" in text


def test_a_row_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="cells"):
        made(Section("题", headers=("一", "二"), rows=(("只有一格",),)))
