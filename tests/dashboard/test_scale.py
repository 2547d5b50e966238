"""One scale for map, legend and table."""

import colorsys
import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.scale import (
    DIVERGING,
    LAMPS,
    NO_DATA,
    SEQUENTIAL,
    STAGES,
    Scale,
    contrast,
    luminance,
    pace_scale,
    quantiles,
    sequential,
    text_colour,
)
from programme.progress import LAMP_TOLERANCE_PCT, Lamp, Measure, Standing


def test_no_data_is_never_zero() -> None:
    scale = Scale((1.0, 2.0), ("#aaaaaa", "#888888", "#444444"))
    values = pd.Series([None, 0, 1, 1.5, 2, 9, np.nan], index=list("abcdefg"))
    assert list(scale.classes(values)) == [-1, 0, 1, 1, 2, 2, -1]
    assert scale.colours_of(values)["a"] == NO_DATA
    assert scale.colour(0.0) == "#aaaaaa"
    assert scale.colour(None) == NO_DATA


def test_a_scale_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="one colour more"):
        Scale((1.0,), ("#000000",))
    with pytest.raises(ValueError, match="rise"):
        Scale((2.0, 1.0), ("#000000", "#111111", "#222222"))


@given(st.lists(st.floats(0, 1e12) | st.none(), max_size=40), st.booleans())
def test_every_value_has_a_colour_of_the_legend(values: list, is_whole: bool) -> None:
    for scale in (sequential(values, is_whole=is_whole), quantiles(values)):
        series = pd.Series(values, dtype="float64")
        legend = scale.legend(lambda low, high: f"{low}-{high}", "none")
        assert set(scale.colours_of(series)) <= {entry.colour for entry in legend}
        assert len(scale.breaks) <= 6
        assert len({entry.label for entry in legend}) == len(legend)


def test_steps_are_round() -> None:
    assert sequential([1, 7, 23]).breaks == (5, 10, 15, 20)
    assert sequential([0, 1]).breaks == (1,)
    assert sequential([0, 0]).breaks == ()
    assert sequential([0.2, 0.45], is_whole=False).breaks == (0.1, 0.2, 0.30000000000000004, 0.4)


@pytest.mark.parametrize("colours", [*SEQUENTIAL.values(), STAGES])
def test_ramps_fall_in_lightness_and_so_survive_grey_print(colours: tuple[str, ...]) -> None:
    lights = [luminance(c) for c in colours]
    assert all(a > b for a, b in itertools.pairwise(lights))


def test_the_two_arms_of_the_diverging_ramp_differ_for_the_colour_blind() -> None:
    # Red-green blindness leaves blue: the arms must differ in it, and the middle must be lightest.
    blue = [int(c[5:7], 16) for c in DIVERGING]
    assert blue[0] < blue[4] - 40
    lights = [luminance(c) for c in DIVERGING]
    assert lights[2] == max(lights)
    hues = [colorsys.rgb_to_hls(*(int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)))[0] for c in DIVERGING]
    assert abs(hues[0] - hues[4]) > 0.25


@given(st.integers(0, 300), st.integers(1, 300), st.floats(0, 1))
def test_the_colour_and_the_lamp_agree(actual: int, target: int, share: float) -> None:
    row = Standing("1", Measure.STARTS, actual, target, share)
    place = int(pace_scale(LAMP_TOLERANCE_PCT).classes(pd.Series([row.gap_pct])).iloc[0])
    assert (place < 2) == (row.lamp is Lamp.BEHIND) or row.gap_pct == -LAMP_TOLERANCE_PCT
    assert (place > 2) == (row.lamp is Lamp.AHEAD)


@given(st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}"))
def test_text_on_a_colour_can_be_read(colour: str) -> None:
    assert contrast(text_colour(colour), colour) >= 4.5


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    for lamp in LAMPS.values():
        assert contrast(lamp, "#ffffff") >= 3  # a mark, not text
