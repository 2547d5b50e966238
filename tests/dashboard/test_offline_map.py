"""Maps without an outside request, and with every text from data shown as text."""

import hashlib
import json
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import streamlit

from dashboard import static_files
from dashboard.offline_map import choropleth_map
from dashboard.outside import outside_addresses
from dashboard.scale import SEQUENTIAL, Scale

VENDOR = static_files.STATIC_DIR / "vendor"
NASTY = "<img src=x onerror=alert(1)>`</script>${1}{{ 7*7 }}'\""


def _areas(n: int = 4) -> gpd.GeoDataFrame:
    boxes = shapely.box(116.0 + 0.1 * np.arange(n), 39.8, 116.1 + 0.1 * np.arange(n), 39.9)
    return gpd.GeoDataFrame(
        {
            "code": [f"1101{i:02d}" for i in range(n)],
            "name": [f"区{i}" for i in range(n)],
            "value": np.linspace(0, 90, n),
        },
        geometry=boxes,
        crs=4326,
    )


SCALE = Scale((30, 60), SEQUENTIAL[3])


def test_folium_map_asks_nothing_of_the_outside() -> None:
    html = choropleth_map(_areas(), scale=SCALE).folium_map().get_root().render()
    assert outside_addresses(html) == []
    assert "/app/static/vendor/leaflet-1.9.4/leaflet.js?v=" in html


def test_the_exported_page_carries_its_scripts_itself() -> None:
    html = choropleth_map(_areas(), scale=SCALE).html()
    assert not re.search(r"<(script|link)[^>]+(src|href)=", html)
    assert "atlasAreas = function" in html
    assert 'version="1.9.4"' in html


def test_the_guard_finds_what_plain_folium_would_fetch() -> None:
    import folium

    found = outside_addresses(folium.Map().get_root().render())
    assert any("cdn.jsdelivr.net" in a for a in found)
    assert any("openstreetmap" in a for a in found)


@pytest.mark.parametrize(
    ("spec", "count"),
    [
        ({"a": ["https://tiles.example/1", {"b": "wss://x.example/"}]}, 2),
        ('{"data": "//cdn.example/x.js"}', 1),
        ('<script src="//cdn.example/x.js"></script>', 1),
        ({"https://in.a.key/": 1}, 1),
        ({"u": "https://127.0.0.1.evil.example/"}, 1),
        ({"u": "https://localhost@evil.example/"}, 1),
        ({"u": "http://127.0.0.1:8501/tiles", "v": "/tiles/1/2", "w": "http://localhost/"}, 0),
        ("var a = 1; // comment, not an address\n/* a//b */", 0),
        ('<svg xmlns="http://www.w3.org/2000/svg">', 0),
    ],
)
def test_outside_addresses(spec: object, count: int) -> None:
    assert len(outside_addresses(spec)) == count


def test_texts_cannot_leave_the_script() -> None:
    areas = _areas()
    areas.loc[0, "name"] = NASTY
    areas["tip"] = NASTY
    made = choropleth_map(areas, scale=SCALE, inset_codes=["110101"], inset_title=NASTY, attribution=NASTY)
    html = made.folium_map().get_root().render()
    assert "<img" not in html
    assert "alert(1)>" not in html
    assert html.count("</script>") == choropleth_map(
        _areas(), scale=SCALE
    ).folium_map().get_root().render().count("</script>")
    assert made.spec["features"][0]["properties"]["tip"] == [NASTY, NASTY]


def test_missing_values_have_no_colour_and_the_scale_decides_the_others() -> None:
    areas = _areas()
    areas.loc[1, "value"] = np.nan
    colours = [f["properties"]["colour"] for f in choropleth_map(areas, scale=SCALE).spec["features"]]
    assert colours == [SEQUENTIAL[3][0], None, SEQUENTIAL[3][2], SEQUENTIAL[3][2]]


def test_a_colour_that_is_none_is_refused() -> None:
    areas = _areas()
    areas["colour"] = "red;}</style>"
    with pytest.raises(ValueError, match="#rrggbb"):
        choropleth_map(areas)


def test_areas_without_outline_are_left_out_and_none_at_all_is_an_error() -> None:
    areas = _areas()
    areas.loc[0, "geometry"] = None
    areas.loc[1, "geometry"] = shapely.Polygon()
    assert [f["properties"]["code"] for f in choropleth_map(areas, scale=SCALE).spec["features"]] == [
        "110102",
        "110103",
    ]
    with pytest.raises(ValueError, match="geometry"):
        choropleth_map(areas.iloc[:2], scale=SCALE)


def test_input_is_not_changed_and_detail_is_dropped_without_gaps() -> None:
    t = np.linspace(0, 1, 4000)
    border = np.column_stack([116.5 + 0.00001 * np.sin(t * 900), 39.5 + t])
    left = shapely.Polygon([(116.0, 39.5), *border, (116.0, 40.5)])
    right = shapely.Polygon([(117.0, 39.5), *border, (117.0, 40.5)])
    areas = gpd.GeoDataFrame(
        {"code": ["a", "b"], "name": ["a", "b"], "value": [1.0, 2.0]}, geometry=[left, right], crs=4326
    )
    before = areas.copy(deep=True)
    spec = choropleth_map(areas, scale=SCALE).spec
    pd.testing.assert_frame_equal(pd.DataFrame(areas), pd.DataFrame(before))
    drawn = [shapely.from_geojson(json.dumps(f["geometry"])) for f in spec["features"]]
    assert shapely.get_num_coordinates(drawn).sum() < 100
    assert not shapely.overlaps(drawn[0], drawn[1])
    assert shapely.area(shapely.union_all(drawn)) == pytest.approx(1.0, abs=1e-6)


def test_vendored_files_are_the_published_ones() -> None:
    listed = dict(
        re.findall(r"^\| `([^`]+)` .*`([0-9a-f]{64})` \|$", (VENDOR / "README.md").read_text("utf-8"), re.M)
    )
    held = {
        p.relative_to(VENDOR).as_posix()
        for p in VENDOR.rglob("*")
        if p.is_file() and p.name not in ("README.md", "LICENSE")
    }
    assert set(listed) == held
    for name, digest in listed.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest, name
    assert all((folder / "LICENSE").is_file() for folder in VENDOR.iterdir() if folder.is_dir())


def test_the_tile_worker_has_the_version_inside_streamlit() -> None:
    scripts = Path(streamlit.__file__).parent / "static" / "static" / "js"
    (chart,) = scripts.glob("DeckGlJsonChart*.js")
    version = static_files.MVT_WORKER_JS.split("loaders.gl-mvt-")[1].split("/")[0]
    assert f"`{version}`" in chart.read_text("utf-8"), (
        "Streamlit's deck.gl has another loaders.gl: vendor its worker"
    )
    assert version in (VENDOR / f"loaders.gl-mvt-{version}" / "mvt-worker.js").read_text("utf-8")


def test_static_addresses_change_with_the_file() -> None:
    address = static_files.static_url(static_files.AREAS_JS)
    assert re.fullmatch(r"/app/static/maps/areas\.js\?v=[0-9a-f]{10}", address)
    with pytest.raises(FileNotFoundError):
        static_files.static_url("nothing.js")
