"""Values as people write them."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders import values


def years(*texts: object) -> list[tuple]:
    table = values.parse_years(pd.Series(list(texts), dtype=object), newest=2030)
    rows = []
    for row in table.itertuples(index=False):
        low, high = (None if pd.isna(v) else int(v) for v in row[:2])
        rows.append((low, high, row[2], row[3]))
    return rows


@pytest.mark.parametrize(
    ("text", "low", "high", "precision"),
    [
        ("1990", 1990, 1990, "year"),
        ("1990年", 1990, 1990, "year"),
        (1990, 1990, 1990, "year"),
        (1990.0, 1990, 1990, "year"),
        ("１９９０", 1990, 1990, "year"),
        (" 1990 年 ", 1990, 1990, "year"),
        ("一九八五年", 1985, 1985, "year"),
        ("二〇〇三年", 2003, 2003, "year"),
        ("1985.06", 1985, 1985, "year"),
        ("1985-06-01", 1985, 1985, "year"),
        ("1985-12", 1985, 1985, "year"),
        ("19850601", 1985, 1985, "year"),
        ("1985年建成", 1985, 1985, "year"),
        ("98年", 1998, 1998, "year"),
        ("1980-1985年", 1980, 1985, "range"),
        ("1980～1985", 1980, 1985, "range"),
        ("1980至1985年", 1980, 1985, "range"),
        ("1980-85", 1980, 1985, "range"),
        ("1985-1980", 1980, 1985, "range"),
        ("1985年（部分1990年）", 1985, 1990, "range"),
        ("80-90年代", 1980, 1999, "range"),
        ("1980年以前", 1840, 1979, "range"),
        ("1990年以后", 1990, 2030, "range"),
        ("80年代", 1980, 1989, "decade"),
        ("1990年代", 1990, 1999, "decade"),
        ("上世纪80年代", 1980, 1989, "decade"),
        ("20世纪五十年代", 1950, 1959, "decade"),
        ("八十年代初", 1980, 1983, "decade"),
        ("80年代末", 1987, 1989, "decade"),
        ("1980s", 1980, 1989, "decade"),
        ("约1978", 1978, 1978, "about"),
        ("1978年左右", 1978, 1978, "about"),
    ],
)
def test_years_are_understood(text: object, low: int, high: int, precision: str) -> None:
    assert years(text) == [(low, high, precision, None)]


@pytest.mark.parametrize(
    "text", ["未知", "不详", "暂无数据", "0", 0, "9999", 9999, "", None, np.nan, "-", "N/A"]
)
def test_what_stands_for_unknown_is_unknown_and_no_fault(text: object) -> None:
    assert years(text) == [(None, None, "unknown", None)]


@pytest.mark.parametrize("text", ["9", 9, "2105", 2105, "1700", "85"])
def test_impossible_years_are_refused(text: object) -> None:
    assert years(text) == [(None, None, "unknown", "reject.year_implausible")]


@pytest.mark.parametrize("text", ["明代", "abc", "=1+1", "12345678901"])
def test_what_is_no_year_is_refused(text: object) -> None:
    assert years(text) == [(None, None, "unknown", "reject.year_unreadable")]


def test_a_number_is_a_day_of_excel_only_when_that_is_stated() -> None:
    day = pd.Series(["31200"])  # 1985-06-02
    assert values.parse_years(day)["problem"].tolist() == ["reject.year_implausible"]
    assert values.parse_years(day, are_excel_dates=True)["build_year_from"].tolist() == [1985]


def test_years_keep_the_index_and_open_ranges_are_never_narrow() -> None:
    texts = pd.Series(["1990", None, "2005年以前"], index=[7, 3, 5])
    table = values.parse_years(texts)
    assert table.index.tolist() == [7, 3, 5]
    # 2005年以前 straddles the year 2000: it must not look like 2004.
    assert int(table.loc[5, "build_year_from"]) < 2000 < int(table.loc[5, "build_year_to"])


@settings(max_examples=40, deadline=None)
@given(st.integers(1840, 2030))
def test_every_plausible_year_is_read_as_itself(year: int) -> None:
    written = [str(year), f"{year}年", f"{year}.0", f"约{year}年", f"{year}-01-31"]
    assert {row[:2] for row in years(*written)} == {(year, year)}


@given(st.text(max_size=30))
@settings(max_examples=80, deadline=None)
def test_no_text_at_all_breaks_the_parsers(text: str) -> None:
    column = pd.Series([text])
    table = values.parse_years(column)
    assert table["build_year_precision"].iloc[0] in {"year", "range", "decade", "about", "unknown"}
    for number, problem in (
        values.parse_numbers(column),
        values.parse_area_m2(column),
        values.parse_money_fen(column, unit="元"),
        values.parse_bool(column),
    ):
        assert len(number) == len(problem) == 1
        assert not (pd.notna(number.iloc[0]) and problem.iloc[0] is not None)
    assert len(values.parse_dates(column)) == 1


# --- areas -------------------------------------------------------------------------------------
def areas(*texts: object, unit: str = "m2") -> list:
    found, problems = values.parse_area_m2(pd.Series(list(texts), dtype=object), unit=unit)
    return [p if p is not None else (None if pd.isna(v) else v) for v, p in zip(found, problems, strict=True)]


def test_areas_with_units_in_the_text() -> None:
    texts = ("1.2万㎡", "3.5万平米", "3500平方米", "100 m²", "2.5公顷", "15亩", "1,234.5", "１２３")
    expected = [12000, 35000, 3500, 100, 25000, pytest.approx(10000), 1234.5, 123]
    assert areas(*texts) == expected


def test_the_catalogues_unit_holds_where_the_text_has_none() -> None:
    assert areas("1.5", "2万㎡", unit="万㎡") == [15000, 20000]


def test_faults_of_areas() -> None:
    found = areas("-3", "abc", "12间", "暂无数据", None)
    assert found == ["reject.area_negative", "reject.not_an_area", "reject.unknown_unit", None, None]


# --- money -------------------------------------------------------------------------------------
def fen(*texts: object, unit: str | None = None) -> list:
    found, problems = values.parse_money_fen(pd.Series(list(texts), dtype=object), unit=unit)
    return [
        p if p is not None else (None if pd.isna(v) else int(v)) for v, p in zip(found, problems, strict=True)
    ]


def test_sums_of_money_are_exact() -> None:
    assert fen("12.8亿元") == [128_000_000_000]
    assert fen("0.1", "1,234.56", "¥300元", "1亿2000万元", unit="万元") == [
        100_000,
        1_234_560_000,
        30_000,
        12_000_000_000,
    ]
    # 0.1 + 0.2 in binary is no sum of money: a spreadsheet's noise beyond 15 digits goes.
    assert fen(0.1 + 0.2, 1234.5600000000001, unit="元") == [30, 123_456]


def test_faults_of_money() -> None:
    assert fen("5") == ["reject.money_without_unit"]
    found = fen("-5", "(5)", "0.001", "abc", "5美元", "1,23", "无", unit="元")
    assert found == [
        "reject.money_negative",
        "reject.money_negative",
        "reject.money_below_fen",
        "reject.not_money",
        "reject.unknown_unit",
        "reject.not_money",
        None,
    ]


@settings(max_examples=40, deadline=None)
@given(st.decimals(min_value=0, max_value=99_999_999, places=2), st.sampled_from(["元", "万元", "亿元"]))
def test_quick_and_careful_reading_of_money_agree(amount: Decimal, unit: str) -> None:
    factor = {"元": 100, "万元": 1_000_000, "亿元": 10_000_000_000}[unit]
    exact = int(amount * factor)
    assert fen(str(amount), f"{amount}{unit}", f" {amount} ", unit=unit) == [exact] * 3


# --- dates -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "first", "last", "precision"),
    [
        ("2020-06-01", "2020-06-01", "2020-06-01", "day"),
        ("2020/6/1", "2020-06-01", "2020-06-01", "day"),
        ("20200601", "2020-06-01", "2020-06-01", "day"),
        ("2020-06-01T08:00:00", "2020-06-01", "2020-06-01", "day"),
        ("43983", "2020-06-01", "2020-06-01", "day"),
        (43983.0, "2020-06-01", "2020-06-01", "day"),
        ("2020.6", "2020-06-01", "2020-06-30", "month"),
        ("2020年6月", "2020-06-01", "2020-06-30", "month"),
        ("二〇二〇年六月", "2020-06-01", "2020-06-30", "month"),
        ("二〇二〇年十二月三十一日", "2020-12-31", "2020-12-31", "day"),
        ("2020年上半年", "2020-01-01", "2020-06-30", "half"),
        ("2020年第三季度", "2020-07-01", "2020-09-30", "quarter"),
        ("2020Q3", "2020-07-01", "2020-09-30", "quarter"),
        ("2020年6月上旬", "2020-06-01", "2020-06-10", "tenth"),
        ("2020年2月底", "2020-02-29", "2020-02-29", "day"),
        ("2020年底", "2020-12-31", "2020-12-31", "day"),
        ("2020年", "2020-01-01", "2020-12-31", "year"),
        ("6月底", "2021-06-30", "2021-06-30", "day"),
        ("上半年", "2021-01-01", "2021-06-30", "half"),
    ],
)
def test_dates_are_understood(text: object, first: str, last: str, precision: str) -> None:
    row = values.parse_dates(pd.Series([text], dtype=object), default_year=2021).iloc[0]
    expected = [dt.date.fromisoformat(first), dt.date.fromisoformat(last), precision, None]
    assert row[["date", "date_to", "date_precision", "problem"]].tolist() == expected


def test_faults_of_dates() -> None:
    found = values.parse_dates(pd.Series(["2020-02-30", "6月底", "下周", "-", None]))["problem"].tolist()
    assert found == [
        "reject.date_impossible",
        "reject.date_without_year",
        "reject.date_unreadable",
        None,
        None,
    ]


# --- numbers, yes and no, text -----------------------------------------------------------------
def test_numbers_with_separators_counting_words_and_hanzi() -> None:
    texts = pd.Series(["1,234", "6层", "1.2万", "十二", "２３", "/", None])
    found, problems = values.parse_numbers(texts, whole=True)
    assert found.tolist()[:5] == [1234, 6, 12000, 12, 23]
    assert found.isna().tolist()[5:] == [True, True]
    assert problems.isna().all()


def test_faults_of_numbers() -> None:
    texts = pd.Series(["3-5", "inf", "1.5", "1,23"])
    assert values.parse_numbers(texts, whole=True)[1].tolist() == [
        "reject.not_a_number",
        "reject.not_finite",
        "reject.not_whole",
        "reject.not_a_number",
    ]
    assert values.parse_numbers(pd.Series([1.0, np.inf]))[1].tolist() == [None, "reject.not_finite"]


def test_yes_and_no() -> None:
    texts = pd.Series(["是", "有", "√", "1", True, "否", "无", "×", 0, "maybe", "-"], dtype=object)
    found, problems = values.parse_bool(texts)
    assert found.tolist()[:9] == [True] * 5 + [False] * 4
    assert problems.tolist()[9:] == ["reject.not_a_bool", None]


def test_text_keeps_its_hanzi_and_loses_what_is_invisible() -> None:
    texts = pd.Series(
        ["龙潭　北里（１号楼）\u202e㎡", "a\x00\x1b b\n", "暂无 数据", "=1+1", 12.0, None], dtype=object
    )
    assert values.normalise_text(texts).tolist() == ["龙潭 北里(1号楼)㎡", "a b", None, "=1+1", "12", None]


def test_placeholders() -> None:
    texts = pd.Series(["暂无数据", "无", "/", "--", "N/A", "null", "待补充", "#N/A", "", None, "无名路", "0"])
    assert values.is_placeholder(texts).tolist() == [True] * 10 + [False, False]
