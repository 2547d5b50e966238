"""Every format there and back, on files that GeoPandas and others write."""

import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import pytest
import shapely

from loaders.errors import ReadingStopped, RefusedFile, UnreadableFile
from loaders.readers import Limits, RawTable, read_table

NAMES = ["龙潭北里", "和平里一区", None]


@pytest.fixture
def layer() -> gpd.GeoDataFrame:
    """Three squares with text, whole numbers with a gap, floats and dates."""
    return gpd.GeoDataFrame(
        {
            "名称": NAMES,
            "户数": pd.array([120, None, 80], dtype="Int64"),
            "面积": [1200.5, 3.25, 0.0],
            "日期": ["2020-01-31", "2020-02-29", None],
        },
        geometry=[shapely.box(116.4 + i, 39.9, 116.401 + i, 39.901) for i in range(3)],
        crs="EPSG:4326",
    )


def check(
    raw: RawTable, layer: gpd.GeoDataFrame, columns: tuple[str, ...] = ("名称", "户数", "面积")
) -> None:
    assert raw.row_number.tolist() == [1, 2, 3]
    assert raw.frame.index.tolist() == [0, 1, 2]
    for column in columns:
        found = raw.frame[column].astype(object).where(raw.frame[column].notna(), None).tolist()
        assert found == layer[column].astype(object).where(layer[column].notna(), None).tolist(), column
    assert raw.geometry is not None
    assert raw.geometry.crs is None
    assert shapely.equals_exact(
        shapely.normalize(raw.geometry.to_numpy()), shapely.normalize(layer.geometry.to_numpy()), 1e-9
    ).all()
    assert len(raw.file_sha256) == 64
    assert raw.size_bytes > 0


@pytest.mark.parametrize("suffix", ["gpkg", "fgb", "geojson", "parquet"])
def test_formats_keep_values_types_and_shapes(tmp_path: Path, layer: gpd.GeoDataFrame, suffix: str) -> None:
    path = tmp_path / f"plain.{suffix}"
    if suffix == "parquet":
        layer.to_parquet(path)
    else:
        options = {"SPATIAL_INDEX": "NO"} if suffix == "fgb" else {}
        layer.to_file(path, engine="pyogrio", **options)
    # GDAL's helpers take `!` in a name for the way into an archive: ours must not.
    raw = read_table(path.rename(tmp_path / f"楼栋 数据!{suffix}.{suffix}"))
    check(raw, layer)
    assert (
        raw.driver
        == {"gpkg": "GeoPackage", "fgb": "FlatGeobuf", "geojson": "GeoJSON", "parquet": "Parquet"}[suffix]
    )
    assert raw.crs == "EPSG:4326"
    assert raw.frame["日期"].fillna("").tolist() == ["2020-01-31", "2020-02-29", ""]
    assert pd.api.types.is_integer_dtype(raw.frame["户数"])


def test_only_the_first_rows_are_read_on_request(tmp_path: Path, layer: gpd.GeoDataFrame) -> None:
    layer.to_file(tmp_path / "a.gpkg")
    assert len(read_table(tmp_path / "a.gpkg", max_rows=2).frame) == 2


def test_geojson_with_a_crs_member_declares_it(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(
        '{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::4548"}},'
        '"features":[{"type":"Feature","properties":{"a":1},"geometry":{"type":"Point","coordinates":[500000,4400000]}}]}',
        "utf-8",
    )
    raw = read_table(path)
    assert raw.crs == "EPSG:4548"
    assert raw.geometry is not None
    assert raw.geometry.iloc[0].x == 500000


def test_geojson_without_a_crs_member_declares_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"crs":"x"},'
        '"geometry":{"type":"Point","coordinates":[116.4,39.9]}}]}',
        "utf-8",
    )
    assert read_table(path).crs is None  # files of every datum look like that


def test_geojson_in_gb18030_is_read_and_said(tmp_path: Path, layer: gpd.GeoDataFrame) -> None:
    layer.to_file(tmp_path / "utf.geojson")
    path = tmp_path / "gbk.geojson"
    path.write_bytes((tmp_path / "utf.geojson").read_text("utf-8").encode("gb18030"))
    raw = read_table(path)
    check(raw, layer)
    assert "reader.not_utf8" in [n.code for n in raw.notes]


def test_layers_of_a_geopackage(tmp_path: Path, layer: gpd.GeoDataFrame) -> None:
    path = tmp_path / "a.gpkg"
    layer.to_file(path, layer="楼栋")
    layer.iloc[:1].to_file(path, layer="小区")
    raw = read_table(path)
    assert raw.layer == "楼栋"
    assert set(raw.layers) == {"楼栋", "小区"}
    assert "reader.several_layers" in [n.code for n in raw.notes]
    assert len(read_table(path, layer="小区").frame) == 1
    with pytest.raises(RefusedFile, match="没有“道路”"):
        read_table(path, layer="道路")


# --- shapefiles ----------------------------------------------------------------------------------
def write_shapefile(folder: Path, layer: gpd.GeoDataFrame, encoding: str, stem: str = "a") -> Path:
    path = folder / f"{stem}.shp"
    layer.to_file(path, engine="pyogrio", encoding=encoding)
    return path


@pytest.mark.parametrize("encoding", ["UTF-8", "GB18030"])
@pytest.mark.parametrize("cpg", ["right", "missing", "wrong"])
def test_shapefile_encodings(tmp_path: Path, layer: gpd.GeoDataFrame, encoding: str, cpg: str) -> None:
    path = write_shapefile(tmp_path, layer, encoding)
    side = path.with_suffix(".cpg")
    if cpg == "missing":
        side.unlink()
    elif cpg == "wrong":
        side.write_text("UTF-8" if encoding == "GB18030" else "Big5HKSCS")
    raw = read_table(path)
    check(raw, layer)
    assert raw.encoding == encoding.lower()
    assert raw.crs == "EPSG:4326"
    codes = [n.code for n in raw.notes]
    assert {
        "right": not codes,
        "missing": "reader.cpg_missing" in codes,
        "wrong": "reader.cpg_wrong" in codes,
    }[cpg]


def test_a_text_cut_in_the_middle_of_a_character_does_not_hide_the_encoding(tmp_path: Path) -> None:
    layer = gpd.GeoDataFrame({"名称": ["区" * 80]}, geometry=[shapely.Point(116, 39)], crs=4326)
    path = write_shapefile(tmp_path, layer, "UTF-8")
    path.with_suffix(".cpg").unlink()
    dbf = path.with_suffix(".dbf")
    data = bytearray(dbf.read_bytes())
    cut = data.rindex("区".encode())
    data[cut + 2 : cut + 3] = b" "  # the width of the column ends within the last character
    dbf.write_bytes(bytes(data))
    raw = read_table(path)
    assert raw.encoding == "utf-8"
    assert raw.frame["名称"].iloc[0].startswith("区" * 70)


@pytest.mark.parametrize("names", ["utf8", "gbk"])
def test_zipped_shapefile_with_chinese_names(tmp_path: Path, layer: gpd.GeoDataFrame, names: str) -> None:
    path = write_shapefile(tmp_path, layer, "GB18030")
    packed = tmp_path / "东城.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(tmp_path.glob("a.*")):
            info = zipfile.ZipInfo(f"数据/楼栋{part.suffix.upper()}")
            if names == "gbk":  # as Chinese Windows writes it: GBK bytes without the UTF-8 mark
                info.filename = info.filename.encode("gbk").decode("cp437")
                info.flag_bits = 0
            archive.writestr(info, part.read_bytes())
    assert path.is_file()
    raw = read_table(packed)
    check(raw, layer)
    assert raw.driver == "Shapefile"
    assert raw.encoding == "gb18030"


def test_an_archive_of_several_shapefiles_offers_a_choice(tmp_path: Path, layer: gpd.GeoDataFrame) -> None:
    for stem, part in (("楼栋", layer), ("小区", layer.iloc[:1])):
        write_shapefile(tmp_path, part, "UTF-8", stem)
    packed = tmp_path / "all.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for part in sorted(tmp_path.glob("*.*")):
            if part != packed:
                archive.write(part, part.name)
    assert len(read_table(packed, layer="小区").frame) == 1
    assert len(read_table(packed, layer="楼栋").frame) == 3
    assert "reader.several_layers" in [n.code for n in read_table(packed).notes]


def test_a_shapefile_without_its_parts_says_which(tmp_path: Path, layer: gpd.GeoDataFrame) -> None:
    path = write_shapefile(tmp_path, layer, "UTF-8")
    path.with_suffix(".dbf").unlink()
    raw = read_table(path)
    assert raw.geometry is not None
    assert "reader.no_dbf" in [n.code for n in raw.notes]
    path.with_suffix(".shx").unlink()
    with pytest.raises(UnreadableFile, match=r"缺少配套的 \.shx"):
        read_table(path)


# --- KML, OSM ----------------------------------------------------------------------------------
KML = """<?xml version="1.0" encoding="{encoding}"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>小区</name>
<Placemark><name>龙潭北里</name><ExtendedData><Data name="户数"><value>120</value></Data></ExtendedData>
<Point><coordinates>116.43,39.88,0</coordinates></Point></Placemark></Document></kml>"""


@pytest.mark.parametrize("encoding", ["UTF-8", "GB2312"])
def test_kml(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.kml"
    path.write_bytes(KML.format(encoding=encoding).encode(encoding))
    raw = read_table(path)
    assert raw.frame["Name"].tolist() == ["龙潭北里"]
    assert raw.frame["户数"].tolist() == ["120"]
    assert raw.geometry is not None
    assert (raw.geometry.iloc[0].x, raw.geometry.iloc[0].y) == (116.43, 39.88)
    assert "visibility" not in raw.frame


def test_kmz(tmp_path: Path) -> None:
    path = tmp_path / "a.kmz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("doc.kml", KML.format(encoding="UTF-8"))
    assert read_table(path).frame["Name"].tolist() == ["龙潭北里"]


def test_osm_buildings(tmp_path: Path) -> None:
    path = tmp_path / "a.osm.pbf"
    corners = [(116.4, 39.9), (116.401, 39.9), (116.401, 39.901), (116.4, 39.901)]
    with osmium.SimpleWriter(str(path)) as writer:
        for number, at in enumerate(corners, start=1):
            writer.add_node(osmium.osm.mutable.Node(id=number, location=at, version=1))
        ring = [1, 2, 3, 4, 1]
        tags = {"building": "apartments", "building:levels": "6", "name": "1号楼"}
        writer.add_way(osmium.osm.mutable.Way(id=10, nodes=ring, tags=tags, version=1))
        writer.add_way(osmium.osm.mutable.Way(id=11, nodes=ring, tags={"landuse": "grass"}, version=1))
    raw = read_table(path)
    assert raw.frame[["osm_id", "building", "building:levels", "name"]].values.tolist() == [
        ["way/10", "apartments", "6", "1号楼"]
    ]
    assert raw.geometry is not None
    assert raw.geometry.iloc[0].bounds == pytest.approx((116.4, 39.9, 116.401, 39.901))
    assert raw.crs == "EPSG:4326"


# --- JSON records -------------------------------------------------------------------------------
def test_json_records_of_every_shape(tmp_path: Path) -> None:
    square = "[[0,0],[4,0],[4,4],[0,4],[0,0]]"
    hole = "[[1,1],[2,1],[2,2],[1,2],[1,1]]"
    other = "[[9,9],[10,9],[10,10],[9,10],[9,9]]"
    path = tmp_path / "a.json"
    path.write_text(
        f"""[{{"name":"对","lnglat":[116.4,39.9],"value":"347.24572"}},
        {{"name":"","lnglat":[["116.4","39.9"]]}},
        {{"lnglat":[[0,0],[1,1],[2,0]]}},
        {{"lnglat":{square}}},
        {{"lnglat":[{square},{hole},{other}]}},
        {{"properties":{{"Id":6,"street_name":"龙潭街道","lnglat":[116.5,39.8]}}}},
        {{"lnglat":"116.1,39.1;116.2,39.2"}},
        {{"lnglat":["x","y"]}},
        {{"lnglat":[]}},
        "no record"]""",
        "utf-8",
    )
    raw = read_table(path)
    assert raw.geometry is not None
    kinds = [
        "Point",
        "Point",
        "LineString",
        "Polygon",
        "MultiPolygon",
        "Point",
        "LineString",
        None,
        None,
        None,
    ]
    assert [None if shape is None else shape.geom_type for shape in raw.geometry] == kinds
    assert raw.geometry.iloc[4].area == pytest.approx(16 - 1 + 1)
    assert raw.frame["value"].iloc[0] == "347.24572"
    assert raw.frame["properties.street_name"].iloc[5] == "龙潭街道"
    assert pd.isna(raw.frame["name"].iloc[1])
    assert raw.row_number.tolist() == list(range(1, 11))
    bad = next(n for n in raw.notes if n.code == "reader.bad_coordinates")
    assert bad.rows == [8]
    assert [(r.row_number, r.code) for r in raw.rejected_rows] == [(10, "reject.not_a_record")]


def test_json_records_within_an_object(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"code":0,"data":{"list":[{"a":1,"position":[116,39]}]}}', "utf-8")
    raw = read_table(path, records="data.list", coordinates="position")
    assert raw.frame["a"].tolist() == [1]
    assert raw.geometry is not None
    assert raw.geometry.iloc[0].x == 116
    with pytest.raises(RefusedFile, match="记录列表"):
        read_table(path, records="data.rows")


def test_broken_json_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"a": 1},\n {"a": 2,\n', "utf-8")
    with pytest.raises(UnreadableFile) as fault:
        read_table(path)
    assert fault.value.code == "reader.json_broken"
    assert fault.value.params["row"] >= 2


# --- how reading is stopped -----------------------------------------------------------------------
def test_reading_can_be_cancelled(tmp_path: Path, layer: gpd.GeoDataFrame) -> None:
    layer.to_file(tmp_path / "a.gpkg")
    with pytest.raises(ReadingStopped) as fault:
        read_table(tmp_path / "a.gpkg", should_stop=lambda: True)
    assert fault.value.code == "reader.cancelled"


def test_reading_that_takes_too_long_is_ended(tmp_path: Path, layer: gpd.GeoDataFrame) -> None:
    layer.to_file(tmp_path / "a.gpkg")
    with pytest.raises(ReadingStopped, match="超过"):
        read_table(tmp_path / "a.gpkg", limits=Limits(wall_s=0.05))


def test_coordinates_that_are_no_numbers_come_through_as_they_are(tmp_path: Path) -> None:
    layer = gpd.GeoDataFrame(geometry=[shapely.Point(np.nan, np.inf), shapely.Point(116, 39)], crs=4326)
    layer.to_file(tmp_path / "a.gpkg")
    raw = read_table(tmp_path / "a.gpkg")
    assert raw.geometry is not None
    assert len(raw.geometry) == 2
    assert raw.geometry.iloc[1].x == 116


@pytest.mark.real
def test_every_real_file_is_read(real_dir: Path) -> None:
    counts = {
        "dongcheng/street_boundary_data.json": 17,
        "dongcheng/present_land.json": 4153,
        "dongcheng/road.json": 15542,
        "dongcheng/scale/resident_population.json": 19701,
        "haidian/haidian.geojson": 29,
        "haidian/zgcbuilding.geojson": 697,
        "beijing/xiaoqu.csv": 4851,
    }
    for name, count in counts.items():
        raw = read_table(real_dir / name)
        assert len(raw.frame) == count, name
        assert raw.geometry is None or raw.geometry.notna().all(), name
