"""CSV and Excel as offices keep them: encodings, titles, two-row headers, merged cells, totals, repeated headers."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter

from loaders.errors import UnreadableFile
from loaders.readers import RawTable, read_table

CSV = "小区编号,小区名称,建成年代,户数\n1,龙潭北里,1985年,120\n2,和平里一区,约1978,80\n"


def csv(folder: Path, text: str, encoding: str = "utf-8", name: str = "a.csv") -> RawTable:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return read_table(path)


def codes(raw: RawTable) -> list[str]:
    return [n.code for n in raw.notes]


def rejected(raw: RawTable) -> list[tuple[int, str]]:
    return [(r.row_number, r.code) for r in raw.rejected_rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_encodings_and_delimiters(tmp_path: Path, encoding: str, delimiter: str) -> None:
    raw = csv(tmp_path, CSV.replace(",", delimiter), encoding)
    assert list(raw.frame.columns) == ["小区编号", "小区名称", "建成年代", "户数"]
    assert raw.frame["小区名称"].tolist() == ["龙潭北里", "和平里一区"]
    assert raw.frame["户数"].tolist() == ["120", "80"]
    assert raw.row_number.tolist() == [2, 3]
    assert raw.encoding == {"utf-8-sig": "utf-8"}.get(encoding, encoding)
    assert not raw.rejected_rows


def test_a_stated_encoding_is_kept_to(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(CSV.encode("gb18030"))
    with pytest.raises(UnreadableFile, match="第 1 行不是 utf-8"):
        read_table(path, encoding="utf-8")
    assert read_table(path, encoding="gbk").frame["小区名称"].iloc[0] == "龙潭北里"


def test_a_broken_byte_is_named_and_does_not_hide_the_encoding(tmp_path: Path) -> None:
    for encoding in ("utf-8", "gb18030"):
        data = (CSV + "3,东花市北里,1990,60\n" * 20).encode(encoding)
        path = tmp_path / "a.csv"
        path.write_bytes(data.replace("和平里".encode(encoding), "和平".encode(encoding) + b"\xff"))
        raw = read_table(path)
        assert raw.encoding == encoding
        told = {n.code: n for n in raw.notes}
        assert told["reader.bytes_lost"].rows == [3]
        assert raw.frame["小区名称"].iloc[0] == "龙潭北里"
        assert "\ufffd" in raw.frame["小区名称"].iloc[1]


def test_bytes_without_any_meaning_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n" + bytes(range(128, 256)) * 20)
    with pytest.raises(UnreadableFile, match="文字编码"):
        read_table(path)


def test_rows_of_another_width_and_a_header_in_mid_file_are_turned_away(tmp_path: Path) -> None:
    text = CSV + "3,多,出,一,列\n小区编号,小区名称,建成年代,户数\n4,缺列\n\n5,东花市北里,1990,60\n"
    raw = csv(tmp_path, text)
    assert rejected(raw) == [
        (4, "reject.ragged_row"),
        (5, "reject.repeated_header"),
        (6, "reject.ragged_row"),
    ]
    assert raw.rejected_rows[0].params == {"found": 5, "expected": 4}
    # The rows stay in the frame, so that they can be shown; the blank row is only counted.
    assert raw.row_number.tolist() == [2, 3, 4, 5, 6, 8]
    assert raw.frame.loc[raw.row_number == 8, "小区名称"].tolist() == ["东花市北里"]
    assert "reader.blank_rows" in codes(raw)


def test_quotes_and_line_breaks_within_cells(tmp_path: Path) -> None:
    raw = csv(tmp_path, 'a,b\n"x, y","第一行\n第二行"\n1,"say ""hi"""\n')
    assert raw.frame.values.tolist() == [["x, y", "第一行\n第二行"], ["1", 'say "hi"']]
    assert raw.row_number.tolist() == [2, 3]


def test_columns_without_a_name_or_with_the_same_name_stay_apart(tmp_path: Path) -> None:
    raw = csv(tmp_path, "名称,,名称\na,b,c\n")
    assert list(raw.frame.columns) == ["名称", "column_2", "名称_2"]
    assert raw.frame.values.tolist() == [["a", "b", "c"]]


def test_a_file_without_a_header_says_so(tmp_path: Path) -> None:
    raw = csv(tmp_path, "1,116.4,39.9\n2,116.5,39.8\n")
    assert list(raw.frame.columns) == ["column_1", "column_2", "column_3"]
    assert len(raw.frame) == 2
    assert "reader.no_header" in codes(raw)


# --- Excel -------------------------------------------------------------------------------------
def workbook(folder: Path) -> tuple[Path, xlsxwriter.Workbook]:
    path = folder / "a.xlsx"
    return path, xlsxwriter.Workbook(str(path))


def test_a_plain_sheet_keeps_what_a_person_sees(tmp_path: Path) -> None:
    path, book = workbook(tmp_path)
    sheet = book.add_worksheet("小区")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, ["编号", "名称", "年代", "面积", "日期", "央产"])
    sheet.write_row(1, 0, ["001", "龙潭北里", 1985, 1234.5])
    sheet.write_datetime(1, 4, dt.datetime(2020, 6, 1), day)  # noqa: DTZ001
    sheet.write_boolean(1, 5, True)
    book.close()
    raw = read_table(path)
    assert raw.frame.values.tolist() == [["001", "龙潭北里", "1985", "1234.5", "2020-06-01", "TRUE"]]
    assert (raw.layer, raw.driver, raw.row_number.tolist()) == ("小区", "Excel", [2])


def test_titles_two_row_headers_merged_cells_totals_and_remarks(tmp_path: Path) -> None:
    path, book = workbook(tmp_path)
    sheet = book.add_worksheet("资金")
    sheet.merge_range(0, 0, 0, 5, "2020年老旧小区综合整治资金表")
    sheet.write(1, 5, "单位：万元")
    sheet.merge_range(2, 0, 3, 0, "区")
    sheet.merge_range(2, 1, 3, 1, "项 目\n名称")
    sheet.merge_range(2, 2, 2, 4, "资金")
    sheet.write_row(3, 2, ["市级", "区级", "社会"])
    sheet.merge_range(2, 5, 3, 5, "备注")
    sheet.merge_range(4, 0, 5, 0, "东城区")
    sheet.write_row(4, 1, ["龙潭北里", 100, 50, 1.5])
    sheet.write_row(5, 1, ["和平里一区", 200, 60, 2])
    sheet.write_row(6, 0, ["小计", None, 300, 110, 3.5])
    sheet.write_row(7, 0, ["区", "项目名称", "市级", "区级", "社会", "备注"])
    sheet.write_row(8, 0, ["西城区", "新街口", 10, 20, 30])
    sheet.write_row(9, 0, ["合 计", None, 310, 130, 33.5])
    sheet.write(10, 0, "注：数据截至8月底")
    book.close()
    raw = read_table(path)
    assert list(raw.frame.columns) == ["区", "项目名称", "资金/市级", "资金/区级", "资金/社会", "备注"]
    good = raw.frame[~raw.frame.index.isin([r.index for r in raw.rejected_rows])]
    assert good["区"].tolist() == ["东城区", "东城区", "西城区"]  # the merged cell holds for both rows
    assert good["资金/市级"].tolist() == ["100", "200", "10"]
    assert rejected(raw) == [(7, "reject.total_row"), (8, "reject.repeated_header")]
    assert raw.row_number.tolist() == [5, 6, 7, 8, 9]
    told = {n.code: n for n in raw.notes}
    assert set(told) >= {
        "reader.title_rows",
        "reader.two_row_header",
        "reader.unit_stated",
        "reader.footer_rows",
    }
    assert told["reader.unit_stated"].params == {"unit": "万元"}
    assert told["reader.footer_rows"].rows == [10, 11]


def test_header_rows_can_be_stated(tmp_path: Path) -> None:
    path, book = workbook(tmp_path)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["甲", "乙"])
    sheet.write_row(1, 0, ["上", "下"])
    sheet.write_row(2, 0, ["1", "2"])
    book.close()
    assert list(read_table(path, header_rows=2).frame.columns) == ["甲/上", "乙/下"]
    assert list(read_table(path, header_rows=1).frame.columns) == ["甲", "乙"]
    assert len(read_table(path, header_rows=1).frame) == 2


def test_sheets_are_listed_and_hidden_ones_are_not_read(tmp_path: Path) -> None:
    path, book = workbook(tmp_path)
    for name, hidden in (("说明", True), ("空", False), ("小区", False)):
        sheet = book.add_worksheet(name)
        if name != "空":
            sheet.write_row(0, 0, [f"{name}列", "b"])
            sheet.write_row(1, 0, ["x", "y"])
        if hidden:
            sheet.hide()
        else:
            sheet.activate()
    book.close()
    raw = read_table(path)
    assert raw.layer == "小区"
    assert raw.layers == ("说明", "空", "小区")
    told = {n.code: n for n in raw.notes}
    assert told["reader.hidden_sheets"].params == {"sheets": ["说明"]}
    assert list(read_table(path, layer="说明").frame.columns) == ["说明列", "b"]


def test_missing_cells_are_missing_and_not_empty_text(tmp_path: Path) -> None:
    raw = csv(tmp_path, "a,b,c\n1,, \n")
    assert raw.frame.isna().values.tolist() == [[False, True, True]]
    assert isinstance(raw.frame["a"].dtype, pd.StringDtype)
