"""One scale for map, legend and table, so that they can't disagree. "No data" is a class of its own, never 0."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

#: One hue, light to dark, evenly falling lightness: safe for the colour-blind, readable in grey print.
SEQUENTIAL = {
    3: ("#d9e8f5", "#6aaed6", "#1c5a99"),
    4: ("#e3eef8", "#a6cbe5", "#539ecd", "#1a559b"),
    5: ("#e8f1fa", "#bdd7ec", "#7db8da", "#3a8ac2", "#12508f"),
    6: ("#edf4fb", "#cfe1f2", "#a0cae4", "#61a7d2", "#2a7ab9", "#0f4a87"),
}
#: Brown (behind) over a light middle (on pace) to blue-green (ahead): told apart by all, darkest at the ends.
DIVERGING = ("#a6611a", "#dfc27d", "#f2efe6", "#80cdc1", "#01735f")
#: Build years: warm by decade up to 2000, cool grey after, and a plain light tone for unknown.
DECADES = {
    "before_1950": "#67001f",
    "1950": "#99182b",
    "1960": "#c6413f",
    "1970": "#e07b4f",
    "1980": "#f2ae6c",
    "1990": "#fbd9a0",
    "2000": "#c3cbd3",
    "2010": "#9aa6b2",
    "2020": "#73808d",
    "spanning": "#b9a48c",
    "unknown": "#ffffff",
}
#: Nine ordered steps for the stages of the chain, each darker than the one before.
STAGES = (
    "#e2e7ec",
    "#cfdfec",
    "#b8d2e4",
    "#9cc4d6",
    "#74b0be",
    "#4f999f",
    "#348081",
    "#1f6663",
    "#0d4b47",
)
LAMPS = {"ahead": "#01735f", "on": "#5b6570", "behind": "#a6611a", "none": "#8a939c"}
NO_DATA = "#f4f4f4"
NO_DATA_OUTLINE = "#8a939c"


@dataclass(frozen=True)
class LegendEntry:
    """One class in the legend; `is_no_data` entries are drawn hatched."""

    colour: str
    label: str
    is_no_data: bool = False


@dataclass(frozen=True)
class Scale:
    """Classes between rising inner breaks: a value below the first break is in class 0, one on a break in the upper.

    `colours` has one more entry than `breaks`.
    """

    breaks: tuple[float, ...]
    colours: tuple[str, ...]
    no_data: str = NO_DATA

    def __post_init__(self) -> None:
        if len(self.colours) != len(self.breaks) + 1:
            raise ValueError("a scale needs one colour more than it has breaks")
        if any(b >= a for b, a in zip(self.breaks, self.breaks[1:], strict=False)):
            raise ValueError("breaks must rise")

    def classes(self, values: pd.Series) -> pd.Series:
        """The class of each value (int, -1 for missing ones), on the same index."""
        numbers = pd.to_numeric(values, errors="coerce").astype("float64")
        found = np.searchsorted(np.asarray(self.breaks, dtype="float64"), numbers.to_numpy(), side="right")
        return pd.Series(np.where(numbers.isna(), -1, found), index=values.index, dtype="int64")

    def colours_of(self, values: pd.Series) -> pd.Series:
        """The colour of each value (#rrggbb), on the same index."""
        table = np.array([*self.colours, self.no_data], dtype=object)
        return pd.Series(table[self.classes(values).to_numpy()], index=values.index, dtype="object")

    def colour(self, value: float | None) -> str:
        """The colour of one value."""
        return str(self.colours_of(pd.Series([value], dtype="float64")).iloc[0])

    def legend(
        self, label: Callable[[float | None, float | None], str], no_data: str | None = None
    ) -> list[LegendEntry]:
        """The legend's entries; `label` gets the class's lower and upper break (None at the open ends)."""
        edges = [None, *self.breaks, None]
        entries = [
            LegendEntry(colour, label(edges[i], edges[i + 1])) for i, colour in enumerate(self.colours)
        ]
        return entries if no_data is None else [*entries, LegendEntry(self.no_data, no_data, True)]


def round_step(value: float) -> float:
    """The nearest of 1, 2, 2.5, 5 times a power of ten that is not below a positive value."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= value * (1 - 1e-9))


def sequential(values: Sequence[float] | pd.Series, classes: int = 5, *, is_whole: bool = True) -> Scale:
    """A scale of round, equal steps from 0 to the largest value; at most one class more than asked for.

    Zero has the lightest colour together with what lies below the first step. Missing values do not count.
    """
    numbers = pd.to_numeric(pd.Series(values), errors="coerce").dropna()
    top = float(numbers.max()) if len(numbers) else 0.0
    if top < 1e-9:  # all zero, or nothing at all
        return Scale((), (SEQUENTIAL[3][0],))
    step = round_step(top / classes)
    if is_whole:
        step = max(1.0, math.ceil(step))
    breaks = tuple(step * i for i in range(1, math.floor(top / step + 1e-9) + 1))
    return Scale(breaks, ramp(len(breaks) + 1))


def quantiles(values: Sequence[float] | pd.Series, classes: int = 5) -> Scale:
    """A scale whose classes hold about equally many areas, with breaks rounded to two digits, for skewed counts.

    So few different values as would not fill the classes get equal steps instead.
    """
    numbers = pd.to_numeric(pd.Series(values), errors="coerce").dropna()
    numbers = numbers[numbers > 0]
    if numbers.nunique() <= classes:
        return sequential(values, classes)
    cuts = np.quantile(numbers, [i / classes for i in range(1, classes)])
    rounded = sorted({_two_digits(c) for c in cuts if c > 0})
    inner = tuple(b for b in rounded if b <= float(numbers.max()))
    return Scale(inner, ramp(len(inner) + 1))


def _two_digits(value: float) -> float:
    power = 10.0 ** max(0, math.floor(math.log10(value)) - 1)
    return max(1.0, round(value / power) * power)


def ramp(count: int) -> tuple[str, ...]:
    """So many steps of the sequential ramp, 1 to 6."""
    if count <= 2:
        return (SEQUENTIAL[3][:1], (SEQUENTIAL[3][0], SEQUENTIAL[3][2]))[count - 1]
    return SEQUENTIAL[min(count, 6)]


def pace_scale(tolerance_pct: float) -> Scale:
    """Distance from the pace line in points of the target: far behind, behind, on pace, ahead, far ahead.

    The middle class is exactly the lamp's "on pace", so that colours and lamps agree.
    """
    edge = np.nextafter(tolerance_pct, math.inf)  # the lamp is "ahead" only above the tolerance
    return Scale((-4 * tolerance_pct, -tolerance_pct, float(edge), 4 * tolerance_pct), DIVERGING)


def luminance(colour: str) -> float:
    """The relative luminance of a colour (#rrggbb), 0 to 1, as WCAG defines it."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21, as WCAG defines it; text needs 4.5."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def text_colour(background: str) -> str:
    """Black or white, whichever stands out more; one of them always has a contrast of at least 4.5."""
    return max(("#000000", "#ffffff"), key=lambda ink: contrast(ink, background))
