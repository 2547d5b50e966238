"""Colours and filters as deck.gl expressions, which the browser evaluates: recolouring sends no shape again.

An expression is program text, so nothing from data may enter it: column names and codes pass a narrow pattern, colours
and numbers are checked, and everything else is refused.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

_COLUMN = re.compile(r"[a-z][a-z0-9_]{0,40}")
_CODE = re.compile(r"[A-Za-z0-9_]{1,40}")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
# Stands for "missing" in range filters: far below any year, storey or share.
_NOTHING = -999_999


def property_of(column: str) -> str:
    """The expression of an attribute. ValueError for anything but a plain column name."""
    if not _COLUMN.fullmatch(column):
        raise ValueError(f"not a column name: {column!r}")
    return f"properties.{column}"


def rgba(colour: str, alpha: int = 255) -> str:
    """#rrggbb as an expression, with opacity 0 to 255. ValueError for anything else."""
    if not _COLOUR.fullmatch(colour):
        raise ValueError(f"not a colour of the form #rrggbb: {colour!r}")
    return f"[{int(colour[1:3], 16)},{int(colour[3:5], 16)},{int(colour[5:7], 16)},{int(alpha)}]"


def constant(value: int | float | str) -> str:
    """A number or a code as an expression. ValueError for text that is no code, or a number that is not finite."""
    if isinstance(value, str):
        if not _CODE.fullmatch(value):
            raise ValueError(f"not a code: {value!r}")
        return f"'{value}'"
    if not math.isfinite(value):
        raise ValueError("a number in an expression must be finite")
    return repr(float(value)) if isinstance(value, float) else str(int(value))


@dataclass(frozen=True)
class OneColour:
    """All shapes alike."""

    colour: str

    def expression(self, alpha: int) -> str:
        """The deck.gl expression, without its @@= mark."""
        return rgba(self.colour, alpha)


@dataclass(frozen=True)
class ByCode:
    """A colour for each code (int or letters, digits and _) of a column, and one for all others and missing ones."""

    column: str
    colours: Mapping[int, str] | Mapping[str, str]
    other: str

    def expression(self, alpha: int) -> str:
        """The deck.gl expression, without its @@= mark."""
        value = property_of(self.column)
        tests = [f"{value}=={constant(code)}?{rgba(colour, alpha)}:" for code, colour in self.colours.items()]
        return "".join(tests) + rgba(self.other, alpha)


@dataclass(frozen=True)
class BySteps:
    """A colour for each class between rising inner breaks of a number column (one colour more than breaks).

    A value on a break belongs to the upper class, as in `dashboard.scale.Scale`.
    """

    column: str
    breaks: Sequence[float]
    colours: Sequence[str]
    missing: str

    def __post_init__(self) -> None:
        if len(self.colours) != len(self.breaks) + 1:
            raise ValueError("steps need one colour more than breaks")

    def expression(self, alpha: int) -> str:
        """The deck.gl expression, without its @@= mark."""
        value = property_of(self.column)
        # Written so that a missing value (NaN or undefined) fails every comparison.
        pairs = list(zip(self.breaks, self.colours[1:], strict=True))[::-1]
        tests = [f"{value}>={constant(b)}?{rgba(colour, alpha)}:" for b, colour in pairs]
        if self.breaks:
            tests.append(f"{value}<{constant(self.breaks[0])}?{rgba(self.colours[0], alpha)}:")
        else:
            return f"{value}=={value}?{rgba(self.colours[0], alpha)}:{rgba(self.missing, alpha)}"
        return "".join(tests) + rgba(self.missing, alpha)


@dataclass(frozen=True)
class Between:
    """Keeps shapes whose number lies in a closed range; missing ones are kept only with `keep_missing`."""

    column: str
    low: float
    high: float
    keep_missing: bool = False

    def expression(self) -> str:
        """The filter value as a deck.gl expression, without its @@= mark."""
        value = property_of(self.column)
        instead = constant(self.low if self.keep_missing else _NOTHING)
        return f"{value}>{constant(_NOTHING)}?{value}:{instead}"

    def test(self) -> str:
        """Whether a shape is kept, as a deck.gl expression."""
        value = property_of(self.column)
        inside = f"{value}>={constant(self.low)}&&{value}<={constant(self.high)}"
        # A missing value (NaN or undefined) fails every comparison.
        return f"({value}>{constant(_NOTHING)}?{inside}:{int(self.keep_missing)})"


@dataclass(frozen=True)
class OneOf:
    """Keeps shapes whose code is among the given ones."""

    column: str
    codes: Sequence[int | str]

    def expression(self) -> str:
        """The filter category as a deck.gl expression, without its @@= mark."""
        return property_of(self.column)

    def test(self) -> str:
        """Whether a shape is kept, as a deck.gl expression."""
        value = property_of(self.column)
        return "(" + "||".join(f"{value}=={constant(code)}" for code in self.codes) + ")"


Filter = Between | OneOf


@dataclass(frozen=True)
class Where:
    """One rule for the shapes that pass every filter, and another for those that don't: nothing is hidden."""

    filters: Sequence[Filter]
    inside: "Colouring"
    outside: "Colouring"

    def expression(self, alpha: int) -> str:
        """The deck.gl expression, without its @@= mark."""
        if not self.filters:
            return self.inside.expression(alpha)
        tests = "&&".join(rule.test() for rule in self.filters)
        return f"({tests})?({self.inside.expression(alpha)}):({self.outside.expression(alpha)})"


Colouring = OneColour | ByCode | BySteps | Where


#: Beyond every number that an attribute may have, and exact in the browser's 32 bits.
_FAR = 1e9


def steady_filter_props(filters: Sequence[Filter], columns: Sequence[str]) -> dict[str, Any]:
    """As `filter_props`, but the same for the graphics card whatever is filtered, also where nothing is.

    Another number of filters would be another program for the card, and a card that a program stands in for takes half
    a second to make it. `columns` are the one to four number columns, never missing, whose ranges may be asked; all
    lists of codes are one test. ValueError for a range of another column.
    """
    spans = {f.column: [f.low, f.high] for f in filters if isinstance(f, Between)}
    if not set(spans) <= set(columns) or not 1 <= len(columns) <= 4:
        raise ValueError(f"ranges are asked of {', '.join(columns)} alone")
    for low, high in spans.values():
        constant(low)
        constant(high)
    values = [property_of(column) for column in columns]
    value = values[0] if len(values) == 1 else f"[{','.join(values)}]"
    ranges = [spans.get(column, [-_FAR, _FAR]) for column in columns]
    tests = [f.test() for f in filters if isinstance(f, OneOf)]
    test = f"{'&&'.join(tests)}?1:0" if tests else "1"
    return {
        "extensions": [{"@@type": "DataFilterExtension", "filterSize": len(columns), "categorySize": 1}],
        "getFilterValue": f"@@={value}",
        "filterRange": ranges[0] if len(ranges) == 1 else ranges,
        "getFilterCategory": f"@@={test}",
        "filterCategories": [1],
        "updateTriggers": {"getFilterValue": [value], "getFilterCategory": [test]},
    }


def filter_props(filters: Sequence[Filter]) -> dict[str, Any]:
    """Layer properties (camelCase) for deck.gl's DataFilterExtension; empty without filters.

    Moving a range or choosing other codes only changes numbers in the browser; other columns cost a recalculation.
    The extension can do four lists of codes: where there are more, they become one test. ValueError for more than
    four ranges.
    """
    ranges = [f for f in filters if isinstance(f, Between)]
    codes = [f for f in filters if isinstance(f, OneOf)]
    if len(ranges) > 4:
        raise ValueError("at most four ranges at once")
    if not filters:
        return {}
    lists = [list(chosen.codes) for chosen in codes]
    for code in chain.from_iterable(lists):
        constant(code)
    values = [chosen.expression() for chosen in codes]
    if len(codes) > 4:
        values, lists = ["&&".join(chosen.test() for chosen in codes) + "?1:0"], [[1]]
    props: dict[str, Any] = {
        "extensions": [
            {"@@type": "DataFilterExtension", "filterSize": len(ranges), "categorySize": len(values)},
        ],
        "updateTriggers": {},
    }
    if ranges:
        numbers = [f.expression() for f in ranges]
        for low, high in ((f.low, f.high) for f in ranges):
            constant(low)
            constant(high)
        spans = [[f.low, f.high] for f in ranges]
        text = numbers[0] if len(numbers) == 1 else f"[{','.join(numbers)}]"
        props |= {"getFilterValue": f"@@={text}", "filterRange": spans[0] if len(spans) == 1 else spans}
        props["updateTriggers"]["getFilterValue"] = [text]
    if values:
        text = values[0] if len(values) == 1 else f"[{','.join(values)}]"
        props |= {
            "getFilterCategory": f"@@={text}",
            "filterCategories": lists[0] if len(lists) == 1 else lists,
        }
        props["updateTriggers"]["getFilterCategory"] = [text]
    return props
