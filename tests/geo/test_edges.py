"""Outlines as surfaces: as wide as asked, along the outline, and nothing else."""

import numpy as np
import pytest
import shapely

from geo.edges import TILE_PX, edge_surfaces
from geo.flat import FlatShapes, flatten

BOUNDS = (0.0, 0.0, 5120.0, 5120.0)  # ten metres to a pixel
PIXEL_M = (BOUNDS[2] - BOUNDS[0]) / TILE_PX


def rebuilt(flat: FlatShapes) -> dict[int, shapely.Geometry]:
    """Each row's surface again."""
    out: dict[int, shapely.Geometry] = {}
    for ring in range(len(flat.ring_row)):
        corners = flat.xy[flat.ring_start[ring] : flat.ring_start[ring + 1]]
        row, surface = int(flat.ring_row[ring]), shapely.Polygon(corners)
        out[row] = out.get(row, shapely.Polygon()).symmetric_difference(surface)
    return out


def test_an_outline_is_as_wide_as_asked_and_lies_on_the_edge() -> None:
    block = shapely.box(1000, 1000, 3000, 2000)
    with_hole = shapely.Polygon(
        shapely.box(100, 3000, 900, 4000).exterior.coords,
        [shapely.box(300, 3200, 700, 3800).exterior.coords],
    )
    found = rebuilt(edge_surfaces(flatten(np.array([block, with_hole])), BOUNDS, 3.0))
    for row, shape in enumerate((block, with_hole)):
        expected = shape.length * 3 * PIXEL_M
        assert found[row].area == pytest.approx(expected, rel=0.01)
        assert shapely.hausdorff_distance(found[row].boundary, shape.boundary) < 3 * PIXEL_M
    inside = shapely.Point(2000, 1500)
    assert not found[0].intersects(inside)


def test_lines_are_drawn_points_are_not_and_rows_keep_their_numbers() -> None:
    shapes = np.array(
        [shapely.Point(5, 5), shapely.LineString([(0, 0), (1000, 0)]), shapely.box(0, 0, 400, 400)]
    )
    found = edge_surfaces(flatten(shapes), BOUNDS, 2.0)
    assert sorted(set(found.ring_row.tolist())) == [1, 2]
    assert rebuilt(found)[1].area == pytest.approx(1000 * 20)


def test_nothing_gives_nothing_and_no_width_is_refused() -> None:
    none = flatten(np.array([shapely.Polygon()]))
    assert len(edge_surfaces(none, BOUNDS, 2.0).ring_row) == 0
    with pytest.raises(ValueError, match="pixels wide"):
        edge_surfaces(none, BOUNDS, 0)


def test_what_is_finer_than_a_pixel_costs_no_corners() -> None:
    round_one = shapely.Point(2500, 2500).buffer(1000, quad_segs=2000)
    found = edge_surfaces(flatten(np.array([round_one])), BOUNDS, 1.0)
    assert len(found.xy) < 400
    assert rebuilt(found)[0].area == pytest.approx(round_one.length * PIXEL_M, rel=0.02)
