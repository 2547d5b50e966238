"""GCJ-02 and BD-09 against another implementation, and there and back."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.datum import DATUMS, Datum, convert, transform_geometry

#: Position, GCJ-02 of it, BD-09 of it, and BD-09 of it taken as GCJ-02: computed by gcoord 1.0.7.
BY_GCOORD = [
    (
        (116.397428, 39.90923),
        (116.40367162595768, 39.91063350638631),
        (116.41004410170474, 39.916972856075134),
        (116.40380056450005, 39.9155730161122),
    ),
    (
        (115.42, 39.44),
        (115.42649106518435, 39.44128922483394),
        (115.43288413565011, 39.447546626587176),
        (115.42642444984725, 39.44616752931733),
    ),
    (
        (117.5, 41.05),
        (117.50660069710473, 41.05175743592885),
        (117.51308979564241, 41.05782365820043),
        (117.50644786532378, 41.056179548103465),
    ),
    (
        (104.06, 30.67),
        (104.06249640425462, 30.66757487197054),
        (104.06895376934077, 30.673692211196343),
        (104.06644440283361, 30.67615326284864),
    ),
    (
        (121.47, 31.23),
        (121.47453490044272, 31.22806748194233),
        (121.48107620808638, 31.233986715638547),
        (121.47651937005645, 31.236004980051565),
    ),
]
#: A tenth of a millimetre, in degrees.
CLOSE = 1e-9

longitudes = st.floats(115.4, 117.6)
latitudes = st.floats(39.4, 41.1)


@pytest.mark.parametrize(("at", "gcj02", "bd09", "bd09_of_gcj02"), BY_GCOORD)
def test_forward_agrees_with_gcoord(at: tuple, gcj02: tuple, bd09: tuple, bd09_of_gcj02: tuple) -> None:
    assert np.ravel(convert(*at, "wgs84", "gcj02")) == pytest.approx(gcj02, abs=CLOSE)
    assert np.ravel(convert(*at, "wgs84", "bd09")) == pytest.approx(bd09, abs=CLOSE)
    assert np.ravel(convert(*at, "gcj02", "bd09")) == pytest.approx(bd09_of_gcj02, abs=CLOSE)


@given(longitudes, latitudes, st.sampled_from(DATUMS), st.sampled_from(DATUMS))
def test_there_and_back_is_exact(lon: float, lat: float, source: Datum, target: Datum) -> None:
    back = convert(*convert(lon, lat, source, target), target, source)
    assert np.ravel(back) == pytest.approx((lon, lat), abs=CLOSE)


@given(longitudes, latitudes)
def test_gcj02_lies_about_half_a_kilometre_off(lon: float, lat: float) -> None:
    x, y = convert(lon, lat, "wgs84", "gcj02")
    off_m = np.hypot((x[0] - lon) * 111_320 * np.cos(np.radians(lat)), (y[0] - lat) * 111_000)
    assert 300 < off_m < 800


def test_outside_china_gcj02_is_wgs84() -> None:
    assert np.ravel(convert(2.35, 48.85, "wgs84", "gcj02")).tolist() == [2.35, 48.85]
    assert np.ravel(convert(2.35, 48.85, "gcj02", "wgs84")) == pytest.approx((2.35, 48.85), abs=CLOSE)


def test_what_is_no_number_stays_so_and_spoils_nothing() -> None:
    x, y = convert([116.4, np.nan, 116.5], [39.9, 39.9, np.nan], "gcj02", "wgs84")
    assert np.isfinite([x[0], y[0]]).all() and np.isnan(x[1]) and np.isnan(y[2])
    assert x[0] == pytest.approx(convert(116.4, 39.9, "gcj02", "wgs84")[0][0], abs=CLOSE)


def test_series_keep_index_name_gaps_and_holes() -> None:
    hole = shapely.Polygon(
        shapely.box(116.3, 39.9, 116.4, 40).exterior.coords,
        [shapely.box(116.33, 39.93, 116.36, 39.96).exterior.coords],
    )
    given_ = gpd.GeoSeries(
        [hole, None, shapely.Point()], index=["a", "b", "c"], name="outline", crs="EPSG:4326"
    )
    moved = transform_geometry(given_, "gcj02")
    assert list(moved.index) == ["a", "b", "c"] and moved.name == "outline" and moved.crs.to_epsg() == 4326
    assert moved["b"] is None and moved["c"].is_empty
    assert len(moved["a"].interiors) == 1 and moved["a"].is_valid
    assert moved["a"].area == pytest.approx(hole.area, rel=0.01)
    assert given_["a"].equals(hole)


def test_wrong_use_is_refused() -> None:
    metres = gpd.GeoSeries([shapely.Point(500000, 4400000)], crs="EPSG:4548")
    with pytest.raises(ValueError, match="degrees expected"):
        transform_geometry(metres, "gcj02")
    with pytest.raises(ValueError, match="unknown datum"):
        convert(116.4, 39.9, "wgs72")  # type: ignore[arg-type]
