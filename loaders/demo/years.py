"""Build years as sources write them: a year, a range, a decade, about a year, or not known (R4)."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

PRECISIONS = ("year", "range", "decade", "about", "unknown")
#: What a clerk writes where the year is not known; an empty cell is as common.
UNKNOWN_TEXTS = ("不详", "未知", None, None, None)


def draw_precision(n: int, shares: tuple[float, ...], rng: np.random.Generator) -> NDArray:
    """A precision for each of n rows by the shares of `PRECISIONS`."""
    pick = np.searchsorted(np.cumsum(shares) / np.sum(shares), rng.random(n), side="right")
    return np.array(PRECISIONS, dtype=object)[pick.clip(0, len(PRECISIONS) - 1)]


def year_columns(
    year: NDArray[np.int64],
    precision: NDArray,
    sources: tuple[list[str], list[str]],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """The five build-year columns for true years told with a precision.

    `sources`: where exact years come from, and where the others do.
    """
    n = len(year)
    before, after = rng.integers(0, 5, n), rng.integers(1, 6, n)
    decade = year // 10 * 10
    start = np.select([precision == "range", precision == "decade"], [year - before, decade], year)
    end = np.select([precision == "range", precision == "decade"], [year + after, decade + 9], year)
    unknown = precision == "unknown"
    blank = rng.integers(0, len(UNKNOWN_TEXTS), n)
    text = [
        _text(*row) for row in zip(precision, year.tolist(), start.tolist(), end.tolist(), blank, strict=True)
    ]
    exact, guess = (np.array(s, dtype=object) for s in sources)
    source = np.where(
        precision == "year", exact[rng.integers(0, len(exact), n)], guess[rng.integers(0, len(guess), n)]
    )
    return pd.DataFrame(
        {
            "build_year_from": pd.array(np.where(unknown, 0, start), dtype="Int64"),
            "build_year_to": pd.array(np.where(unknown, 0, end), dtype="Int64"),
            "build_year_precision": precision,
            "build_year_text": pd.Series(text, dtype=object),
            "build_year_source": pd.Series(
                np.where(unknown, np.array(None, dtype=object), source), dtype=object
            ),
        }
    ).pipe(_blanked, unknown)


def _blanked(rows: pd.DataFrame, unknown: NDArray[np.bool_]) -> pd.DataFrame:
    for name in ("build_year_from", "build_year_to"):
        rows[name] = rows[name].mask(unknown)
    return rows


def _text(precision: str, year: int, start: int, end: int, blank: int) -> str | None:
    match precision:
        case "year":
            return f"{year}年"
        case "range":
            return f"{start}-{end}年"
        case "decade":
            return f"{start % 100}年代" if 1930 <= start < 2000 else f"{start}年代"
        case "about":
            return f"约{year}年"
    return UNKNOWN_TEXTS[blank]
