"""Marked places on a map: nothing outside is asked, texts stay texts, and what can't be drawn is refused."""

import geopandas as gpd
import pytest
import shapely

from dashboard.offline_map import MapCircle, MapPoint, outside_addresses, point_map
from dashboard.point_maps import MOST_POINTS, _Areas, _LocalMap, _Points

NASTY = "<img src=x onerror=alert(1)>`</script>${1}{{ 7*7 }}'\""
GROUND = gpd.GeoDataFrame(
    {"code": ["110101"], "name": [NASTY]}, geometry=[shapely.box(116.4, 39.9, 116.44, 39.96)], crs=4326
)


def point(**changed: object) -> MapPoint:
    given = {
        "code": "W1",
        "lon": 116.41,
        "lat": 39.91,
        "shape": "circle",
        "colour": "#aabbcc",
        "tip": (NASTY,),
    }
    return MapPoint(**{**given, **changed})  # type: ignore[arg-type]


def test_texts_cannot_leave_the_script_and_nothing_outside_is_asked() -> None:
    made = point_map(GROUND, [point(text=NASTY)], circles=[MapCircle(116.41, 39.91, 500.0)])
    page = _LocalMap(wheel_zoom=True)
    _Areas(dict(made.areas), page.get_name()).add_to(page)
    plain = page.get_root().render().count("</script>")
    _Points(made.points, page.get_name()).add_to(page)
    html = page.get_root().render()
    assert html.count("</script>") == plain
    assert "<img" not in html
    assert outside_addresses(html) == []


def test_the_map_opens_on_its_outlines_or_on_what_it_is_told() -> None:
    assert point_map(GROUND, []).areas["bounds"] == [[39.9, 116.4], [39.96, 116.44]]
    near = point_map(GROUND, [], near=(116.1, 39.1, 116.2, 39.2))
    assert near.areas["bounds"] == [[39.1, 116.1], [39.2, 116.2]]


@pytest.mark.parametrize(
    "wrong",
    [{"colour": "red"}, {"colour": "#12345"}, {"shape": "star"}, {"lon": float("nan")}, {"ink": "url(x)"}],
)
def test_what_cannot_be_drawn_is_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match="not a"):
        point_map(GROUND, [point(**wrong)])


def test_only_a_few_hundred_points_go_to_a_page() -> None:
    with pytest.raises(ValueError, match=str(MOST_POINTS)):
        point_map(GROUND, [point()] * (MOST_POINTS + 1))
