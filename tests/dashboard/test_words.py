"""Both languages say the same things, every text is used, and figures carry their unit."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from dashboard.words import Words, catalogue
from programme.gates import GATES
from programme.progress import Lamp, Measure
from programme.stages import CHAIN

DASHBOARD = Path(__file__).resolve().parents[2] / "dashboard"
ZH, EN = Words("zh"), Words("en")
YI = 100_000_000 * 100


def used_patterns() -> list[str]:
    """Every text in the source that may be a code, with what is put in at run time left open as {}."""
    found = set()
    for file in DASHBOARD.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [v.value if isinstance(v, ast.Constant) else "{}" for v in node.values]
                found.add("".join(str(p) for p in parts))
    return sorted(text for text in found if re.fullmatch(r"[a-z_]+(\.[a-z0-9_{}]+)+", text))


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"\{\}", pattern)
    return re.compile("[a-zA-Z0-9_.]+".join(re.escape(p) for p in parts))


def matches(pattern: str, code: str) -> bool:
    return compiled(pattern).fullmatch(code) is not None


def test_both_languages_have_the_same_codes_and_places() -> None:
    words = catalogue()
    assert words.codes("zh") == words.codes("en")
    for code in sorted(words.codes("zh")):
        assert words.placeholders("zh", code) == words.placeholders("en", code), code


def test_every_text_is_used() -> None:
    patterns = used_patterns()
    unused = [c for c in sorted(catalogue().codes("zh")) if not any(matches(p, c) for p in patterns)]
    assert unused == []


def test_every_rule_has_its_words() -> None:
    codes = catalogue().codes("zh")
    assert {f"stage.{s.value}" for s in CHAIN} <= codes
    assert {f"gate.{g.value}" for g in GATES} | {f"reason.gate_{g.value}" for g in GATES} <= codes
    assert {f"lamp.{lamp.value}" for lamp in Lamp} | {f"headline.{lamp.value}" for lamp in Lamp} <= codes
    assert {f"measure.{m.value}.short" for m in Measure} <= codes


def test_chinese_texts_use_chinese_punctuation() -> None:
    for code, text in catalogue().texts["zh"].items():
        without_places = re.sub(r"\{[^}]*\}", "", text)
        assert not re.search(r"[\u4e00-\u9fff][,:;?!]", without_places), code


@pytest.mark.parametrize(
    ("fen", "zh", "en"),
    [
        (12.8 * YI, "12.8 亿元", "CNY 1,280 million"),
        (8.31 * YI, "8.31 亿元", "CNY 831 million"),
        (4512 * 1_000_000, "4,512 万元", "CNY 45.12 million"),
        (123_456, "1,235 元", "CNY 1,235"),
        (0, "0 元", "CNY 0"),
        (None, "–", "–"),
    ],
)
def test_money_by_its_size(fen: float | None, zh: str, en: str) -> None:
    assert ZH.money(fen) == zh
    assert EN.money(fen) == en


def test_a_part_of_a_sum_is_in_the_unit_of_the_whole() -> None:
    assert ZH.money_of(8.31 * YI, 12.8 * YI) == "8.31 / 12.8 亿元"
    assert ZH.money_of(0.005 * YI, 12.8 * YI) == "0.01 / 12.8 亿元"


def test_figures_have_units_denominators_and_no_exponent() -> None:
    assert ZH.of(52, 80, "project") == "52 / 80 个 (65.0 %)"
    assert EN.of(1, 1, "building") == "1 / 1 building (100.0 %)"
    assert ZH.of(0, 0, "project") == "0 / 0 个 (–)"
    assert ZH.number(12_345_678_901) == "12,345,678,901"
    assert ZH.share(1, 3) == "1 / 3 (33.3 %)"
    assert ZH.against(3, None, Measure.STARTS) == "3 个"
