"""Names of a map: none upon another below the highest level, none lost, always the same answer."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.label_levels import label_levels, text_widths
from geo.mvt import HALF_WORLD_M

LEVELS = (11, 12, 13, 14)
SIZE_PX = 12.0
#: A pixel at map zoom 10.5, from which on tiles of level 11 are shown.
M_PER_PX = 2 * HALF_WORLD_M / (512 * 2**10.5)

names = st.lists(
    st.tuples(st.floats(-400, 400), st.floats(-120, 120), st.text("甲乙AB1 ", max_size=8)), max_size=60
)


def levels_of(placed: list[tuple[float, float, str]], order: np.ndarray | None = None) -> np.ndarray:
    """The levels of names at so many pixels of zoom 10.5, the first the most important."""
    xy = np.array([[x, y] for x, y, _ in placed], dtype=float).reshape(-1, 2) * M_PER_PX
    widths = text_widths([text for *_, text in placed], SIZE_PX)
    return label_levels(xy, widths, SIZE_PX, np.arange(len(placed)) if order is None else order, LEVELS)


def meeting(placed: list[tuple[float, float, str]], shown: np.ndarray, level: int) -> list[tuple[int, int]]:
    """The pairs of shown names that lie upon each other at the lowest zoom at which a level is shown."""
    scale = 2.0 ** (level - LEVELS[0])
    widths = text_widths([text for *_, text in placed], SIZE_PX)
    pairs = []
    for i in shown:
        for j in shown[shown > i]:
            across = abs(placed[i][0] - placed[j][0]) * scale - (widths[i] + widths[j]) / 2
            up = abs(placed[i][1] - placed[j][1]) * scale - SIZE_PX
            if across < 0 and up < 0:
                pairs.append((int(i), int(j)))
    return pairs


@given(names)
@settings(max_examples=300, deadline=None)
def test_no_two_names_of_a_level_meet_and_all_are_there_in_the_end(
    placed: list[tuple[float, float, str]],
) -> None:
    found = levels_of(placed)
    assert set(found.tolist()) <= set(LEVELS)
    for level in LEVELS[:-1]:
        assert not meeting(placed, np.flatnonzero(found <= level), level)
    assert (found <= LEVELS[-1]).all() and len(found) == len(placed)


@given(names)
@settings(max_examples=100, deadline=None)
def test_a_name_that_waits_meets_one_that_is_shown(placed: list[tuple[float, float, str]]) -> None:
    found = levels_of(placed)
    wide = [(x, y, f"{text}甲") for x, y, text in placed]  # the gap that is kept is narrower than that
    for level in LEVELS[:-1]:
        shown = set(np.flatnonzero(found <= level).tolist())
        for row in np.flatnonzero(found > level):
            # Higher by the gap, and by a band: of its own band nothing stands above or below a name.
            near = [j for j in shown if abs(placed[j][1] - placed[row][1]) * 2.0 ** (level - LEVELS[0]) < 17]
            beside = [(x, 0.0, text) for x, _, text in wide]
            assert any(meeting(beside, np.array(sorted((int(row), j))), level) for j in near), (
                "there was room for it"
            )


@given(names, st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_the_answer_does_not_hang_on_the_order_of_rows(
    placed: list[tuple[float, float, str]], random
) -> None:
    rows = list(range(len(placed)))
    random.shuffle(rows)
    mixed = [placed[row] for row in rows]
    order = np.argsort(np.array(rows, dtype=np.int64)).astype(np.int64)
    found = levels_of(placed)
    assert np.array_equal(levels_of(mixed, order), found[rows])
    assert np.array_equal(levels_of(placed), found)


def test_the_more_important_name_is_written_first_and_stays() -> None:
    crowd = [(0.0, 0.0, "甲乙丙"), (30.0, 0.0, "甲乙丙"), (45.0, 0.0, "甲乙丙"), (0.0, 20.0, "甲")]
    assert levels_of(crowd).tolist() == [11, 13, 11, 11]
    assert levels_of(crowd, np.array([1, 0, 2, 3])).tolist() == [12, 11, 13, 11]
    # Where nothing helps, the highest level shows all the same.
    assert levels_of([(0.0, 0.0, "甲")] * 3).tolist() == [11, 14, 14]


def test_a_name_without_a_place_is_in_nobodys_way() -> None:
    xy = np.array([[np.nan, np.nan], [np.inf, 0.0], [0.0, 0.0]])
    found = label_levels(xy, np.full(3, 20.0), SIZE_PX, np.arange(3), LEVELS)
    assert found.tolist() == [14, 14, 11]


def test_only_one_level_shows_all() -> None:
    assert label_levels(np.zeros((2, 2)), np.ones(2), 12.0, np.arange(2), [9]).tolist() == [9, 9]


@pytest.mark.parametrize(
    ("order", "levels"), [([0, 1], []), ([0, 1], [12, 11]), ([0, 0], [11, 12]), ([0], [11, 12])]
)
def test_what_makes_no_sense_is_refused(order: list[int], levels: list[int]) -> None:
    with pytest.raises(ValueError, match="name"):
        label_levels(np.zeros((2, 2)), np.ones(2), 12.0, np.array(order), levels)


def test_chinese_characters_are_as_wide_as_high_and_letters_half() -> None:
    assert text_widths(["金融街", "", "A1", "甲A", "（）", "e\u0301"], 10.0).tolist() == pytest.approx(
        [30.0, 0.0, 11.0, 15.5, 20.0, 5.5]
    )
    assert text_widths([], 10.0).tolist() == []


def test_a_large_city_takes_no_square_of_its_names() -> None:
    random = np.random.default_rng(7)
    took = []
    for count in (4_000, 16_000):
        # So close that at the lower levels nearly every name meets thousands of others.
        xy = random.normal(0, 3_000, (count, 2))
        began = time.process_time()
        label_levels(xy, np.full(count, 72.0), SIZE_PX, np.arange(count), range(8, 16))
        took.append(time.process_time() - began)
    assert took[1] < 8 * took[0] + 0.2
