"""Points with a shape of their own on the maps of areas."""

import geopandas as gpd
import pytest
from shapely.geometry import Point, box

from dashboard.area_maps import POINT_MARKS, choropleth_map
from dashboard.viewmodels.project_frames import DONE_MARK, GLYPHS, MARKS


def ground(**changes: object) -> gpd.GeoDataFrame:
    columns: dict[str, object] = {
        "code": ["D", "P"],
        "name": ["区", "<b>甲</b>"],
        "colour": ["#e9edf0", "#d9720b"],
        "tip": [["区"], ["<b>甲</b>", "一"]],
        "mark": [None, "square"],
        "outline": [None, "#b3261e"],
    }
    return gpd.GeoDataFrame(
        columns | changes, geometry=[box(116, 39, 117, 40), Point(116.5, 39.5)], crs="EPSG:4326"
    )


def test_a_point_takes_its_mark_along_and_an_area_has_none() -> None:
    drawn = choropleth_map(ground())
    area, point = (f["properties"] for f in drawn.spec["features"])
    assert "mark" not in area
    assert (point["mark"], point["outline"]) == ("square", "#b3261e")
    assert "<b>甲</b>" not in drawn.html()


def test_a_map_without_marks_is_as_before() -> None:
    drawn = choropleth_map(ground().drop(columns=["mark", "outline"]))
    assert all("mark" not in f["properties"] for f in drawn.spec["features"])


@pytest.mark.parametrize("changes", [{"mark": [None, "star"]}, {"outline": [None, "red"]}])
def test_what_is_no_mark_and_no_colour_is_refused(changes: dict) -> None:
    with pytest.raises(ValueError, match=r"star|red"):
        choropleth_map(ground(**changes))


def test_every_mark_of_the_gate_map_can_be_drawn_and_said() -> None:
    shapes = {shape for shape, _ in (*MARKS.values(), DONE_MARK)}
    assert shapes == set(POINT_MARKS) == set(GLYPHS)
