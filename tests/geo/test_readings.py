"""Which reading of coordinates wins, and when none may."""

import numpy as np
import pytest
import shapely
from scipy.stats import binomtest

from geo.readings import RING_M, compare_readings, push, sign_test
from geo.regular_grid import grid_misfit_m

SIDE_M = 2000.0
rng = np.random.default_rng(7)


def areas() -> np.ndarray:
    """Sixteen squares of two kilometres."""
    corner = np.arange(4) * SIDE_M
    x, y = (v.ravel() for v in np.meshgrid(corner, corner))
    return shapely.box(x, y, x + SIDE_M, y + SIDE_M)


def readings(points: np.ndarray) -> dict[str, np.ndarray]:
    return {"right": points, "east": push(points, 550, 0), "north": push(points, 0, 550)}


def test_points_that_state_their_area_are_told() -> None:
    xy = rng.uniform(0, 4 * SIDE_M, (600, 2))
    points = shapely.points(xy)
    outlines = areas()
    stated = (xy[:, 1] // SIDE_M * 4 + xy[:, 0] // SIDE_M).astype(int)
    table = compare_readings(
        "stated", readings(points), lambda shapes: shapely.intersects(outlines[stated], shapes).astype(float)
    )
    assert table.index[table["is_best"]].tolist() == ["right"]
    assert table["is_decisive"].all() and table.loc["right", "agreement"] == 1.0
    assert table["compared"].unique().tolist() == [600]


def test_scores_are_always_asked_of_the_whole_array_in_its_order() -> None:
    """Items are known to a score by position: one that got a part of them would pair items with others' areas."""
    xy = rng.uniform(0, 4 * SIDE_M, (50, 2))
    points = shapely.points(xy)
    asked: list[np.ndarray] = []

    def score(shapes: np.ndarray) -> np.ndarray:
        asked.append(shapely.get_coordinates(shapes))
        out = np.ones(len(shapes))
        out[::5] = np.nan
        return out

    for direction in ("more", "less", "either"):
        compare_readings("any", readings(points), score, direction=direction)
    for seen in asked:
        assert len(seen) == 50
        moved = seen - xy
        assert np.allclose(moved, moved[0])


def test_what_one_reading_cannot_compare_is_left_out_of_all() -> None:
    points = shapely.points(rng.uniform(0, 4 * SIDE_M, (90, 2)))

    def score(shapes: np.ndarray) -> np.ndarray:
        out = np.ones(len(shapes))
        out[:30] = np.nan
        return out

    table = compare_readings("any", readings(points), score)
    assert table["compared"].unique().tolist() == [60]
    assert not table["is_decisive"].any()


def test_nothing_comparable_decides_nothing() -> None:
    points = shapely.points(rng.uniform(0, 100, (5, 2)))
    table = compare_readings("any", readings(points), lambda shapes: np.full(len(shapes), np.nan))
    assert table["compared"].unique().tolist() == [0] and not table["is_decisive"].any()


def test_a_place_with_room_to_move_is_not_pinned() -> None:
    """All points lie deep inside one large area under every reading: the best of equals tells nothing."""
    points = shapely.points(rng.uniform(0, 500, (300, 2)))
    wide = shapely.box(-5000, -5000, 5000, 5000)
    table = compare_readings("any", readings(points), lambda s: shapely.intersects(wide, s).astype(float))
    assert not table["is_pinned"].any() and not table["is_decisive"].any()


def test_neighbours_have_one_vote_together() -> None:
    """A thousand points in one spot cross one edge: that is one observation, not a thousand."""
    points = shapely.points(rng.uniform(900, 990, (1000, 2)))
    area = shapely.box(0, 0, 1000, 1000)
    table = compare_readings("any", readings(points), lambda s: shapely.intersects(area, s).astype(float))
    assert table.loc["east", ["votes_for_best", "votes_against_best"]].tolist() == [1, 0]
    assert not table["is_decisive"].any()


@pytest.mark.parametrize(("won", "lost"), [(0, 0), (5, 0), (9, 1), (3, 7), (60, 40)])
def test_the_sign_test_is_the_binomial_one(won: int, lost: int) -> None:
    expected = binomtest(won, won + lost, 0.5, alternative="greater").pvalue if won + lost else 1.0
    assert sign_test(won, lost) == pytest.approx(expected)


def test_a_push_is_in_metres() -> None:
    assert push(shapely.points([[1.0, 2.0]]), RING_M, -1)[0].coords[0] == (1.0 + RING_M, 1.0)


def test_an_even_grid_fits_to_nothing_and_scatter_is_none() -> None:
    i, j = (v.ravel().astype(float) for v in np.meshgrid(np.arange(30), np.arange(20)))
    turn = np.array([[0.96, -0.28], [0.28, 0.96]])
    even = np.column_stack([i, j]) * 250.0 @ turn
    assert grid_misfit_m(even) < 1e-6
    assert 1.0 < grid_misfit_m(even + rng.normal(0, 3.0, even.shape)) < 6.0
    assert np.isnan(grid_misfit_m(rng.uniform(0, 5000, (600, 2))))
    assert np.isnan(grid_misfit_m(even[:20]))
