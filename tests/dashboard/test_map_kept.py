"""Rows known by their places: the same rows as a filter would copy, and nothing held but a bit for each."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from dashboard.deck_expressions import Between
from dashboard.viewmodels.map_area import MapArea
from dashboard.viewmodels.map_kept import KeptRows

BOX = MapArea(((116.0, 39.0), (117.0, 39.0), (117.0, 40.0), (116.0, 40.0)), is_box=True)


def rows(years: list[int]) -> pd.DataFrame:
    west = np.array([115.5 + n for n in range(len(years))])
    return pd.DataFrame(
        {"id": [f"B{n}" for n in range(len(years))], "year": years, "west": west, "east": west + 0.02}
        | {"south": 39.5, "north": 39.6}
    )


@given(st.lists(st.integers(1940, 2030), max_size=40), st.integers(1940, 2030), st.integers(0, 12))
def test_they_are_the_rows_of_the_filter(years: list[int], low: int, most: int) -> None:
    frame = rows(years)
    kept = KeptRows.of(frame, [Between("year", low, 2030)])
    wanted = frame[frame["year"] >= low]
    pd.testing.assert_frame_equal(kept.rows(), wanted)
    pd.testing.assert_frame_equal(kept.head(most), wanted.head(most))
    assert len(kept) == len(wanted)
    assert kept.column("year").tolist() == wanted["year"].tolist()
    assert list(kept.nothing.columns) == list(frame.columns) and kept.nothing.empty


def test_without_a_filter_nothing_is_copied() -> None:
    frame = rows([1950, 1960])
    kept = KeptRows.of(frame, [])
    assert kept.rows() is frame
    assert kept.inside(None) is kept


def test_an_area_takes_its_share_of_what_passes() -> None:
    frame = rows([1950, 1960, 1970])
    assert KeptRows.of(frame, []).inside(BOX).rows()["id"].tolist() == ["B1"]
    old = KeptRows.of(frame, [Between("year", 1940, 1955)])
    assert len(old.inside(BOX)) == 0
    assert old.rows()["id"].tolist() == ["B0"]
