"""Files that were made to break, to leak or to overwhelm: each is turned away with a message that says what to do."""

import json
import os
import re
import sqlite3
import stat
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import xlsxwriter

from loaders.errors import AtlasError, ReadingStopped, RefusedFile, UnreadableFile
from loaders.readers import Limits, read_table
from loaders.readers.drivers import DRIVERS, gdal_environment
from loaders.readers.process import PROJECT_DIR

SECRET = "第三方机密"


def refusal(path: Path, **options: object) -> AtlasError:
    """The fault with which a file is turned away; its sentence names the file, in both languages."""
    with pytest.raises(AtlasError) as fault:
        read_table(path, **options)  # type: ignore[arg-type]
    for lang in ("zh", "en"):
        assert path.name in fault.value.say(lang)
        assert fault.value.code not in fault.value.say(lang)
        assert "—" not in fault.value.say(lang)
    return fault.value


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file that an upload must not be able to read."""
    path = tmp_path / "secret.csv"
    path.write_text(f"name,x,y\n{SECRET},1,2\n", "utf-8")
    return path


# --- files that read other files -------------------------------------------------------------------
def vrt(secret: Path) -> str:
    return (
        f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{secret}</SrcDataSource>'
        '<GeometryType>wkbPoint</GeometryType><GeometryField encoding="PointFromColumns" x="x" y="y"/>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    )


@pytest.mark.parametrize(
    "suffix", ["geojson", "csv", "kml", "shp", "gpkg", "xlsx", "fgb", "parquet", "json", "vrt"]
)
def test_a_virtual_source_under_any_name_reads_nothing(tmp_path: Path, secret: Path, suffix: str) -> None:
    path = tmp_path / f"innocent.{suffix}"
    for front in ("", "\ufeff", "<?xml version='1.0'?><!-- <kml> -->\n", " \n\n"):
        path.write_text(front + vrt(secret), "utf-8")
        fault = refusal(path)
        assert fault.code == "reader.disguised"
        assert SECRET not in str(fault)


def test_a_virtual_source_in_an_archive_reads_nothing(tmp_path: Path, secret: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.geojson", vrt(secret))
    assert refusal(path).code == "reader.disguised"


def test_a_virtual_source_dressed_as_kml_reads_nothing(tmp_path: Path, secret: Path) -> None:
    path = tmp_path / "a.kml"
    path.write_text(f'<kml xmlns="http://www.opengis.net/kml/2.2">{vrt(secret)}</kml>', "utf-8")
    try:
        raw = read_table(path)
    except UnreadableFile:
        return
    assert SECRET not in raw.frame.to_csv()


def test_gdal_pipelines_and_web_sources_are_refused(tmp_path: Path, secret: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(
        json.dumps({"type": "gdal_streamed_alg", "command_line": f"gdal vector pipeline ! read {secret}"})
    )
    assert refusal(path).code == "reader.disguised"
    path.write_text("<OGRWFSDataSource><URL>http://127.0.0.1:9/wfs</URL></OGRWFSDataSource>")
    assert refusal(path).code == "reader.disguised"


def test_the_drivers_are_named_before_gdal_is_loaded() -> None:
    """In a process with the child's environment, GDAL knows the named drivers and no other."""
    show = "import pyogrio, json; print(json.dumps(sorted(pyogrio.list_drivers())))"
    environment = {"PATH": os.environ["PATH"], **gdal_environment()}
    told = subprocess.run(
        [sys.executable, "-c", show], env=environment, capture_output=True, text=True, check=True
    )
    assert set(json.loads(told.stdout)) == DRIVERS & set(json.loads(told.stdout))
    assert {"GPKG", "GeoJSON", "FlatGeobuf", "ESRI Shapefile"} <= set(json.loads(told.stdout))


def geopackage(path: Path) -> sqlite3.Connection:
    gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(116, 39)], crs=4326).to_file(path, layer="t")
    return sqlite3.connect(path)


def test_a_virtual_table_in_a_geopackage_is_refused(tmp_path: Path, secret: Path) -> None:
    path = tmp_path / "a.gpkg"
    connection = geopackage(path)
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute(
        "INSERT INTO sqlite_master(type, name, tbl_name, rootpage, sql) VALUES ('table', 'leak', 'leak', 0, ?)",
        (f"CREATE VIRTUAL TABLE leak USING VirtualOGR('{secret}')",),
    )
    connection.commit()
    connection.close()
    fault = refusal(path)
    assert (fault.code, fault.params["table"]) == ("reader.virtual_table", "leak")


def test_views_and_computed_columns_in_a_geopackage_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    connection = geopackage(path)
    connection.execute("CREATE VIEW v AS SELECT ogr_geocode('x') FROM t")
    connection.commit()
    connection.close()
    assert refusal(path).code == "reader.view"
    path.unlink()
    connection = geopackage(path)
    connection.execute("CREATE TABLE c (a INTEGER, b TEXT GENERATED ALWAYS AS (hex(a)) VIRTUAL)")
    connection.commit()
    connection.close()
    assert refusal(path).code == "reader.view"


def test_a_plain_sqlite_file_is_no_geopackage(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (a)")
    connection.commit()
    connection.close()
    assert refusal(path).code == "reader.plain_sqlite"


def test_a_kml_with_entities_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.kml"
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "b">]><kml><Document>&a;</Document></kml>'
    )
    assert refusal(path).code == "reader.xml_entities"


# --- archives ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "entry", ["../evil.shp", "a/../../evil.shp", "/etc/evil.shp", "C:\\evil.shp", "..\\evil.shp"]
)
def test_names_that_climb_out_are_refused(tmp_path: Path, entry: str) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo(entry), b"x")
    assert refusal(path).code == "reader.zip_climbs"
    assert not (tmp_path.parent / "evil.shp").exists()


def test_links_are_refused(tmp_path: Path, secret: Path) -> None:
    path = tmp_path / "a.zip"
    info = zipfile.ZipInfo("a.csv")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, str(secret))
    assert refusal(path).code == "reader.zip_link"


def test_a_bomb_is_refused_before_it_unpacks(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.csv", "w") as member:
        for _ in range(100):
            member.write(b"0" * 1024 * 1024)
    assert path.stat().st_size < 200_000
    assert refusal(path).code == "reader.zip_bomb"


def test_a_bomb_that_lies_about_its_size_is_stopped_by_the_count(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packed.compress(b"0" * 30_000_000) + packed.flush()
    name = b"a.csv"
    stated = 100
    local = struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", 20, 0, 8, 0, 0, 0, len(data), stated, len(name), 0)
    central = struct.pack(
        "<4sHHHHHHIIIHHHHHII",
        b"PK\x01\x02",
        20,
        20,
        0,
        8,
        0,
        0,
        0,
        len(data),
        stated,
        len(name),
        0,
        0,
        0,
        0,
        0,
        0,
    )
    start = len(local) + len(name) + len(data)
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1, 1, len(central) + len(name), start, 0)
    path.write_bytes(local + name + data + central + name + end)
    assert refusal(path).code in ("reader.damaged", "reader.zip_bomb")


def test_entries_that_share_bytes_are_refused(tmp_path: Path) -> None:
    """CVE-2024-0450: Python before 3.11.8 unpacks such an archive without a word."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", "x,y\n" + "1,2\n" * 1000)
        archive.writestr("b.csv", "x,y\n" + "1,2\n" * 1000)
    data = bytearray(path.read_bytes())
    second = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, second + 42, 0)  # the second entry claims the first one's place
    data[second + 46 : second + 51] = b"b.csv"
    path.write_bytes(bytes(data))
    assert refusal(path).code == "reader.zip_overlap"


def test_an_archive_of_too_many_files_or_of_none_that_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(60):
            archive.writestr(f"{number}.txt", b"")
    assert refusal(path, limits=Limits(zip_entries=50)).code == "reader.zip_entries"
    assert refusal(path).code == "reader.zip_no_table"


# --- workbooks -----------------------------------------------------------------------------------
def crafted_workbook(path: Path, sheet: str) -> Path:
    """A workbook of a few kilobytes with a sheet written by hand."""
    plain = path.with_suffix(".plain.xlsx")
    book = xlsxwriter.Workbook(str(plain))
    book.add_worksheet().write_row(0, 0, ["a", "b"])
    book.close()
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            data = source.read(info)
            if info.filename == "xl/worksheets/sheet1.xml":
                data = re.sub(rb"<sheetData.*</sheetData>", sheet.encode(), data, flags=re.DOTALL)
            target.writestr(info.filename, data)
    plain.unlink()
    return path


FAR = (
    '<sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
    '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
)


def test_a_cell_at_the_far_corner_is_refused_by_name(tmp_path: Path) -> None:
    path = crafted_workbook(tmp_path / "far.xlsx", FAR)
    assert path.stat().st_size < 10_000
    fault = refusal(path)
    assert (fault.code, fault.params["cell"]) == ("reader.cell_far_away", "XFD1048576")


def test_a_far_cell_that_hides_from_the_look_ahead_brings_down_only_the_child(tmp_path: Path) -> None:
    hidden = FAR.replace('<c r="XFD1048576">', '<c\n\tr&#61;=\'x\' r="XFD1048576" s=">">').replace(
        "r&#61;='x' ", ""
    )
    path = crafted_workbook(tmp_path / "far.xlsx", hidden)
    fault = refusal(path, limits=Limits(memory_mb=2048))
    assert fault.code in (
        "reader.cell_far_away",
        "reader.brought_down",
        "reader.too_much_memory",
        "reader.damaged",
    )
    assert os.getpid() > 0  # still here


def test_an_ordinary_far_format_does_no_harm(tmp_path: Path) -> None:
    """A whole column that was only formatted is no cell with content."""
    sheet = (
        '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>名称</t></is></c></row>'
        '<row r="2"><c r="A2"><v>1</v></c><c r="XFD2" s="0"/></row><row r="1048576"><c r="B1048576" s="0"></c></row>'
        "</sheetData>"
    )
    raw = read_table(crafted_workbook(tmp_path / "wide.xlsx", sheet))
    assert raw.frame.values.tolist() == [["1"]]


def test_a_workbook_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    crafted_workbook(path, "<sheetData>" + " " * 80_000_000 + "</sheetData>")
    assert path.stat().st_size < 500_000
    assert refusal(path).code == "reader.zip_bomb"


def test_password_protected_files_say_so(tmp_path: Path) -> None:
    path = tmp_path / "locked.xlsx"
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")
    )
    assert refusal(path).code == "reader.password"
    path = tmp_path / "locked.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "x\n1\n")
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    path.write_bytes(bytes(data))
    assert refusal(path).code == "reader.password"


# --- too much of everything ------------------------------------------------------------------------
def test_a_million_columns(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"c{i}" for i in range(1_000_000)) + "\n" + ",".join(["1"] * 1_000_000), "utf-8")
    fault = refusal(path)
    assert (fault.code, fault.params["columns"]) == ("reader.too_many_columns", 1_000_000)
    wide = {f"c{i}": 1 for i in range(5000)}
    (tmp_path / "wide.json").write_text(json.dumps([wide]))
    assert refusal(tmp_path / "wide.json").code == "reader.too_many_columns"


def test_a_huge_cell_names_its_row(tmp_path: Path) -> None:
    path = tmp_path / "cell.csv"
    path.write_text("a,b\n1,2\n3," + "长" * 2_000_000 + "\n", "utf-8")
    fault = refusal(path)
    assert (fault.code, fault.params["row"]) == ("reader.cell_too_large", 3)


def test_a_file_over_the_limit_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "two_gigabytes.csv"
    with path.open("wb") as sparse:
        sparse.truncate(2 * 1024**3)  # holds no disk space
    started = time.monotonic()
    assert refusal(path, limits=Limits(file_mb=1024)).code == "reader.file_too_large"
    assert time.monotonic() - started < 10


def test_memory_beyond_the_limit_ends_the_child_only(tmp_path: Path) -> None:
    path = tmp_path / "big.json"
    path.write_text("[" + ",".join(['{"a":"' + "x" * 50 + '"}'] * 1_500_000) + "]")
    fault = refusal(path, limits=Limits(memory_mb=600))
    assert fault.code in ("reader.too_much_memory", "reader.brought_down")
    assert isinstance(fault, ReadingStopped)


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_text("[" * 200_000 + "]" * 200_000)
    assert refusal(path).code == "reader.json_deep"


def test_a_parquet_file_that_claims_endless_rows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pd.DataFrame({"a": [1] * 100_000}).to_parquet(path)
    assert refusal(path, limits=Limits(rows=1000)).code == "reader.too_many_rows"


# --- broken, empty, misnamed -----------------------------------------------------------------------
@pytest.mark.parametrize(
    "suffix", ["csv", "xlsx", "gpkg", "geojson", "shp", "zip", "kml", "parquet", "fgb", "osm.pbf"]
)
def test_empty_files(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"empty.{suffix}"
    path.write_bytes(b"")
    assert refusal(path).code == "reader.empty"


@pytest.mark.parametrize("suffix", ["gpkg", "fgb", "geojson", "parquet", "xlsx", "zip"])
def test_truncated_files(tmp_path: Path, suffix: str) -> None:
    layer = gpd.GeoDataFrame(
        {"a": range(500)}, geometry=shapely.points(range(100, 600), 39).tolist(), crs="EPSG:4548"
    )
    path = tmp_path / f"a.{suffix}"
    if suffix == "parquet":
        layer.to_parquet(path)
    elif suffix == "xlsx":
        pd.DataFrame({"a": range(500)}).to_excel(path, engine="xlsxwriter")
    elif suffix == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.csv", "x\n" * 5000)
    else:
        layer.to_file(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    fault = refusal(path)
    assert isinstance(fault, UnreadableFile)
    assert fault.code in ("reader.damaged", "reader.truncated")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.gpkg", b"name,x\n1,2\n", "reader.wrong_content"),
        ("a.xlsx", b"name,x\n1,2\n", "reader.wrong_content"),
        ("a.csv", b"fgb\x03fgb\x00", "reader.wrong_content"),
        ("a.xls", b"<html><table><tr><td>1</td></tr></table></html>", "reader.unsupported"),
        ("a.csv", b"%PDF-1.7", "reader.unsupported"),
        ("a.csv", b"\x00\x01\x02\x03", "reader.unsupported"),
        ("a.geojson", b"\x89PNG\r\n", "reader.unsupported"),
        ("a.gpx", b"<?xml version='1.0'?><gpx></gpx>", "reader.unsupported"),
    ],
)
def test_content_that_is_not_what_the_name_says(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert refusal(path).code == code


def test_missing_files_folders_and_devices(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.csv").code == "reader.missing"
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    assert refusal(folder).code == "reader.not_a_file"
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    assert refusal(pipe).code == "reader.not_a_file"


# --- the child itself ------------------------------------------------------------------------------
def test_files_in_an_archive_are_never_imported(tmp_path: Path) -> None:
    """An unpacked numpy.py must not be taken for a module; the child looks for modules elsewhere."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "x,y\n1,2\n")
        archive.writestr("numpy.py", "raise SystemExit('taken over')")
    assert len(read_table(path).frame) == 1


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "t"))
    (tmp_path / "t").mkdir()
    good, bad = tmp_path / "a.csv", tmp_path / "b.csv"
    good.write_text("a,b\n1,2\n")
    bad.write_bytes(b"")
    read_table(good)
    refusal(bad)
    assert list((tmp_path / "t").iterdir()) == []


def test_the_child_ends_with_its_parent(tmp_path: Path) -> None:
    """A killed loader leaves no reader running on."""
    big = tmp_path / "big.json"
    big.write_text("[" + ",".join(['{"a":[1,2,3]}'] * 2_000_000) + "]")
    code = f"from loaders.readers import read_table; read_table({str(big)!r})"
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT_DIR)
    child = _child_of(parent.pid)
    parent.kill()
    parent.wait()
    for _ in range(100):
        if not Path(f"/proc/{child}").exists() or _is_zombie(child):
            return
        time.sleep(0.05)
    pytest.fail("the reader outlived its parent")


def _child_of(parent: int) -> int:
    for _ in range(600):
        for status in Path("/proc").glob("[0-9]*/stat"):
            try:
                words = status.read_text().rsplit(")", 1)[1].split()
                command = (status.parent / "cmdline").read_bytes()
            except OSError:
                continue
            # the limits are set when the reader has opened its job
            if int(words[1]) == parent and b"loaders.readers.child" in command:
                time.sleep(0.5)
                return int(status.parent.name)
        time.sleep(0.02)
    pytest.fail("no reader was started")


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def test_text_from_a_file_stays_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    nasty = ["=1+1", "<script>alert(1)</script>", "'; DROP TABLE x; --", "{row}", "../../etc/passwd"]
    path.write_text("名称,b\n" + "\n".join(f'"{n}",1' for n in nasty) + "\n", "utf-8")
    assert read_table(path).frame["名称"].tolist() == nasty


def test_refusals_are_of_the_right_kind() -> None:
    assert issubclass(RefusedFile, AtlasError)
    assert issubclass(ReadingStopped, UnreadableFile)
