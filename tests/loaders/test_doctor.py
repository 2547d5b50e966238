"""The data doctor: what it says about files made with one known fault each, and about real ones."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.datum import Datum, convert, transform_array
from loaders.diagnosis import Diagnosis
from loaders.doctor import diagnose
from loaders.doctor_texts import restored
from loaders.errors import RefusedFile
from loaders.findings import Finding
from loaders.held import HeldLayers

WEST, SOUTH, STEP = 116.36, 39.86, 0.03
NAMES = [
    "安定门街道",
    "北新桥街道",
    "东四街道",
    "朝阳门街道",
    "建国门街道",
    "龙潭街道",
    "天坛街道",
    "前门街道",
    "东花市街道",
]


@pytest.fixture(scope="module")
def held() -> HeldLayers:
    """Nine square subdistricts side by side in one district."""
    squares = [
        shapely.box(
            WEST + i % 3 * STEP, SOUTH + i // 3 * STEP, WEST + (i % 3 + 1) * STEP, SOUTH + (i // 3 + 1) * STEP
        )
        for i in range(9)
    ]
    subdistricts = gpd.GeoDataFrame(
        {
            "area_code": [f"11010100{i}" for i in range(9)],
            "district_code": "110101",
            "name": NAMES,
            "name_en": None,
        },
        geometry=squares,
        crs="EPSG:4326",
    )
    districts = gpd.GeoDataFrame(
        {"area_code": ["110101"], "district_code": ["110101"], "name": ["东城区"], "name_en": ["Dongcheng"]},
        geometry=[shapely.union_all(squares)],
        crs="EPSG:4326",
    )
    return HeldLayers(districts=districts, subdistricts=subdistricts)


def points(count: int = 600) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Points spread over the subdistricts (WGS 84) and the subdistrict that each lies in."""
    random = np.random.default_rng(7)
    x = random.uniform(WEST + 0.0001, WEST + 3 * STEP - 0.0001, count)
    y = random.uniform(SOUTH + 0.0001, SOUTH + 3 * STEP - 0.0001, count)
    column = ((x - WEST) // STEP).astype(int)
    row = ((y - SOUTH) // STEP).astype(int)
    return x, y, [NAMES[c + 3 * r] for c, r in zip(column, row, strict=True)]


def by_code(found: Diagnosis) -> dict[str, Finding]:
    return {f.code: f for f in found.findings}


def write_csv(folder: Path, **columns: object) -> Path:
    path = folder / "小区.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


# --- the datum ---------------------------------------------------------------------------------
@pytest.mark.parametrize("datum", ["wgs84", "gcj02", "bd09"])
def test_the_datum_is_told_by_the_stated_subdistricts(tmp_path: Path, held: HeldLayers, datum: Datum) -> None:
    x, y, names = points()
    lon, lat = convert(x, y, "wgs84", datum)
    found = diagnose(write_csv(tmp_path, 经度=lon, 纬度=lat, 街道=names), held=held)
    assert (found.datum.verdict, found.axes, found.x, found.y) == (datum, "xy", "经度", "纬度")
    test = found.datum.evidence["tests"][-1]
    assert test["decisive"]
    assert test["agreement"][datum] > 0.99
    assert all(test["agreement"][d] < 0.95 for d in test["agreement"] if d != datum)
    assert found.placed is not None
    assert np.allclose(found.placed.x, x, atol=1e-7)
    assert by_code(found)["doctor.stated_subdistrict"].params["agree"] == len(x)
    json.dumps(found.as_json("zh"))


def test_without_evidence_it_says_that_it_cannot_tell(tmp_path: Path, held: HeldLayers) -> None:
    x, y, _ = points(30)
    found = diagnose(
        write_csv(tmp_path, lng=x * 0 + 116.4 + x % 0.01, lat=y * 0 + 39.9 + y % 0.01), held=held
    )
    assert found.datum.verdict == "unknown"
    assert "doctor.datum_unknown" in by_code(found)
    assert diagnose(found.raw, held=HeldLayers()).datum.verdict == "unknown"


def test_a_declared_crs_is_tested_too(tmp_path: Path, held: HeldLayers) -> None:
    assert held.subdistricts is not None
    shifted = transform_array(held.subdistricts.geometry.to_numpy(), "wgs84", "gcj02")
    path = tmp_path / "a.gpkg"
    gpd.GeoDataFrame({"name": NAMES}, geometry=shifted, crs="EPSG:4326").to_file(path)
    found = diagnose(path, held=held)
    assert found.datum.verdict == "gcj02"
    assert "doctor.datum_against_crs" in by_code(found)


def test_swapped_axes(tmp_path: Path, held: HeldLayers) -> None:
    x, y, names = points()
    found = diagnose(write_csv(tmp_path, a=y, b=x, 街道=names), held=held, x="a", y="b")
    assert (found.axes, found.datum.verdict) == ("yx", "wgs84")
    assert "doctor.axes_swapped" in by_code(found)
    assert found.placed is not None
    assert np.allclose(found.placed.x, x)


@pytest.mark.parametrize("epsg", [4548, 4527, 4547])
@pytest.mark.parametrize("axes", ["xy", "yx"])
def test_projected_coordinates_without_a_prj(tmp_path: Path, held: HeldLayers, epsg: int, axes: str) -> None:
    x, y, _ = points(100)
    metres = gpd.GeoSeries.from_xy(x, y, crs=4326).to_crs(epsg)
    east, north = (metres.x, metres.y) if axes == "xy" else (metres.y, metres.x)
    found = diagnose(write_csv(tmp_path, X=east.to_numpy(), Y=north.to_numpy()), held=held)
    assert (found.datum.verdict, found.axes) == (f"projected:EPSG:{epsg}", axes)
    assert found.placed is not None
    assert np.allclose(found.placed.x, x, atol=1e-6)
    assert "doctor.projected_guessed" in by_code(found)


def test_a_declared_projection(tmp_path: Path, held: HeldLayers) -> None:
    assert held.subdistricts is not None
    path = tmp_path / "a.gpkg"
    held.subdistricts[["name", "geometry"]].to_crs(4548).to_file(path)
    found = diagnose(path, held=held)
    assert found.datum.verdict == "projected:EPSG:4548"
    assert found.geometry_kinds == {"Polygon": 9}
    assert "doctor.outside_city" not in by_code(found)


# --- shapes and places -------------------------------------------------------------------------
def test_shapes_with_faults(tmp_path: Path, held: HeldLayers) -> None:
    bow = shapely.Polygon([(116.4, 39.9), (116.41, 39.91), (116.41, 39.9), (116.4, 39.91)])
    square = shapely.box(116.4, 39.9, 116.41, 39.91)
    shapes = [square, bow, None, shapely.Polygon(), square, shapely.Point(116.4, 39.9)]
    path = tmp_path / "a.gpkg"
    gpd.GeoDataFrame({"id": range(6)}, geometry=shapes, crs=4326).to_file(
        path, engine="pyogrio", geometry_type="Unknown"
    )
    told = by_code(diagnose(path, held=held))
    assert told["doctor.geometry_repaired_self_crossing"].rows == [2]
    assert "Self-intersection" in told["doctor.geometry_repaired_self_crossing"].params["reason"]
    assert told["doctor.geometry_missing"].rows == [3]
    assert told["doctor.geometry_empty"].rows == [4]
    assert told["doctor.geometry_mixed"].rows == [6]


def test_strays_zeros_and_endless_coordinates(tmp_path: Path, held: HeldLayers) -> None:
    x, y, names = points(200)
    lon, lat = x.astype(object), y.astype(object)
    lon[0], lat[0] = 0, 0
    lon[1], lat[1] = 121.5, 38.5  # in the Bohai Sea
    lon[2] = "inf"
    lon[3] = "东经116度"
    lon[4] = None
    lon[5], lat[5] = x[5] + 0.5, y[5]
    found = diagnose(write_csv(tmp_path, lng=lon, lat=lat, 街道=names), held=held)
    told = by_code(found)
    assert told["doctor.at_zero"].rows == [2]
    assert told["doctor.outside_city"].rows == [3]
    assert told["reject.not_finite"].rows == [4]
    assert told["reject.not_a_number"].rows == [5]
    assert told["doctor.coordinate_half"].rows == [6]
    assert told["doctor.outside_stated_area"].rows == [2, 3, 7]
    assert found.datum.verdict == "wgs84"


# --- text and values ---------------------------------------------------------------------------
def test_values_of_every_fault(tmp_path: Path, held: HeldLayers) -> None:
    path = write_csv(
        tmp_path,
        小区编号=["A1", "A1", "A3", "A4", "A5", "A6"],
        小区名称=["龙潭北里", "<b>和平里</b>", "=1+1", "１号楼", "暂无数据", "东花市\u202e北里"],
        建成年代=["1990年", "80年代", "约1978", "9", "2105", "未知"],
        **{"建筑面积（万㎡）": ["1.2", "-3", "3500㎡", "x", "2", "3"]},
        **{"总投资（万元）": ["100", "-5", "1,200", "0.0000001", "暂无", "12.8亿元"]},
    )
    found = diagnose(path, held=held)
    told = by_code(found)
    assert told["doctor.id_repeated"].rows == [2, 3]
    assert told["doctor.markup"].rows == [3]
    assert told["doctor.formula"].rows == [4]
    assert told["doctor.full_width"].rows == [5]
    assert told["doctor.invisible"].rows == [7]
    assert told["doctor.year_text"].params == {
        "column": "建成年代",
        "example": "1990年",
        "exact": 1,
        "ranges": 1,
        "about": 1,
    }
    assert told["reject.year_implausible"].rows == [5, 6]
    assert told["doctor.year_unknown"].rows == [7]
    assert told["reject.area_negative"].rows == [3]
    assert told["reject.not_an_area"].rows == [5]
    assert told["reject.money_negative"].rows == [3]
    assert told["reject.money_below_fen"].rows == [5]
    assert {f.params["unit"] for f in found.findings if f.code == "doctor.unit_in_header"} == {"万㎡", "万元"}
    assert told["doctor.no_geometry"].severity == "info"
    suggested = {f.name: f.suggested for f in found.fields}
    assert suggested["建成年代"] == "build_year"
    assert suggested["建筑面积（万㎡）"] == "floor_area_m2"
    assert suggested["总投资（万元）"] == "planned_investment_fen"


@pytest.mark.parametrize("encoding", ["latin-1", "gb18030"])
def test_garbled_text_is_recognised_and_what_it_meant(
    tmp_path: Path, held: HeldLayers, encoding: str
) -> None:
    garbled = "北京东城".encode().decode(encoding)
    found = diagnose(write_csv(tmp_path, a=["1", "2"], 名称=["龙潭北里", garbled]), held=held)
    told = by_code(found)["doctor.mojibake"]
    assert (told.rows, told.params["meant"]) == ([3], "北京东城")
    for sound in ("东城区龙潭北里小区", "联通", "和平里一区", "Café", "Ångström"):
        assert restored(sound) is None


def test_text_that_is_lost(tmp_path: Path, held: HeldLayers) -> None:
    found = diagnose(write_csv(tmp_path, a=["1", "2"], 名称=["锟斤拷锟斤拷", "龙潭"]), held=held)
    assert by_code(found)["doctor.mojibake_lost"].rows == [2]


def test_headers_in_mid_file_are_found(tmp_path: Path, held: HeldLayers) -> None:
    path = tmp_path / "a.csv"
    path.write_text("编号,名称\n1,甲\n编号,名称\n2,乙\n", "utf-8")
    found = diagnose(path, held=held)
    assert by_code(found)["reject.repeated_header"].rows == [3]
    assert found.rows == 3
    assert next(f for f in found.fields if f.name == "编号").filled == 2


def test_every_message_is_whole_in_both_languages(tmp_path: Path, held: HeldLayers) -> None:
    x, y, names = points(50)
    lon = x.astype(object)
    lon[0] = "abc"
    path = write_csv(tmp_path, id=[1] * 50, lng=lon, lat=y, 街道=names, 年代=["80年代"] * 49 + ["9"])
    found = diagnose(path, held=held)
    shape = found.as_json("zh")
    assert set(shape) >= {"rows", "encoding", "axes", "datum", "findings"}
    assert set(shape["datum"]) == {"verdict", "evidence"}
    for lang in ("zh", "en"):
        for told in found.as_json(lang)["findings"]:
            assert set(told) >= {"code", "severity", "message", "rows"}
            assert told["severity"] in ("info", "warning", "error")
            assert told["code"] not in told["message"]
            assert "{" not in told["message"]
    assert [f["severity"] for f in shape["findings"]] == sorted(
        (f["severity"] for f in shape["findings"]), key=["error", "warning", "info"].index
    )


def test_columns_that_are_not_there(tmp_path: Path, held: HeldLayers) -> None:
    path = write_csv(tmp_path, a=[1], b=[2])
    with pytest.raises(RefusedFile, match="没有“lon”列"):
        diagnose(path, held=held, x="lon", y="b")
    with pytest.raises(RefusedFile, match="同时指定"):
        diagnose(path, held=held, x="a")


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("dongcheng/street_boundary_data.json", "gcj02"),
        ("dongcheng/present_land.json", "gcj02"),
        ("dongcheng/parking.json", "gcj02"),
        ("haidian/haidian.geojson", "wgs84"),
        ("beijing/xiaoqu.csv", "bd09"),
    ],
)
def test_the_datum_of_real_files(real_dir: Path, name: str, verdict: str) -> None:
    from loaders.held import reference_districts

    found = diagnose(real_dir / name, held=HeldLayers(districts=reference_districts()))
    assert (found.datum.verdict, found.axes) == (verdict, "xy")
    told = by_code(found)
    if name.endswith("haidian.geojson"):
        assert told["doctor.geometry_repaired_self_crossing"].count == 3
    if name.endswith("xiaoqu.csv"):
        assert told["doctor.id_repeated"].count == 10
