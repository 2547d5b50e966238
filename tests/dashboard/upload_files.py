"""Files as an office sends them, made on the spot: a zipped GBK shapefile, a CSV in GCJ-02, an Excel ledger."""

import io
import tempfile
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import xlsxwriter

from geo.datum import gcj02_from_wgs84
from loaders import reference

#: Hostile as a name, harmless as text.
WILD = "=1+1<img src=x onerror=alert(1)>`${7*7}"
HOMES = 40


def district_box(code: str = "110108") -> tuple[float, float, float, float]:
    """West, south, east, north of a box well within a district."""
    rows = reference.districts()
    point = rows.loc[rows["district_code"] == code, "geometry"].iloc[0].representative_point()
    return point.x - 0.03, point.y - 0.02, point.x + 0.03, point.y + 0.02


def home_points(code: str = "110108", count: int = HOMES) -> tuple[np.ndarray, np.ndarray]:
    """Longitudes and latitudes (WGS 84) spread over a whole district, the same every time."""
    rows = reference.districts()
    outline = rows.loc[rows["district_code"] == code, "geometry"].iloc[0]
    found = outline.buffer(-0.001).boundary
    at = np.linspace(0, 1, count, endpoint=False)
    edge = [found.interpolate(a, normalized=True) for a in at]
    return np.array([p.x for p in edge]), np.array([p.y for p in edge])


def zipped_shapefile() -> bytes:
    """Boundaries of four communities as a zipped shapefile in GBK, without .cpg and .prj."""
    west, south, east, north = district_box()
    x, y = np.linspace(west, east, 3)[:2], np.linspace(south, north, 3)[:2]
    names = ["甘家口一区", "甘家口二区", "羊坊店小区", "翠微南里"]
    boxes = [
        f"POLYGON(({a} {b},{a + 0.01} {b},{a + 0.01} {b + 0.01},{a} {b + 0.01},{a} {b}))"
        for a in x
        for b in y
    ]
    layer = gpd.GeoDataFrame(
        {
            "小区编号": [f"B{i}" for i in range(4)],
            "小区名称": names,
            "建成年代": ["1985", "约1978", "80年代", "2005"],
            "楼栋数": [5, 6, 7, 8],
        },
        geometry=gpd.GeoSeries.from_wkt(boxes, crs=4326),
    )
    with tempfile.TemporaryDirectory() as folder:
        layer.to_file(Path(folder) / "小区边界.shp", encoding="GBK", engine="pyogrio")
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as packed:
            for file in sorted(Path(folder).iterdir()):
                if file.suffix in (".shp", ".shx", ".dbf"):
                    packed.write(file, file.name)
        return buffer.getvalue()


def gcj02_csv() -> bytes:
    """Communities as points in GCJ-02, GB18030, with four faulty rows and a hostile name; the datum is not said."""
    lon, lat = gcj02_from_wgs84(*home_points())
    rows = pd.DataFrame(
        {
            "小区编号": [f"H{i:03d}" for i in range(HOMES)],
            "小区名称": [f"小区{i}" for i in range(HOMES)],
            "经度": [f"{v:.6f}" for v in lon],
            "纬度": [f"{v:.6f}" for v in lat],
            "所属区": "海淀区",
            "建成年代": [str(1970 + i) for i in range(HOMES)],
            "建筑面积（万㎡）": [f"{1 + i / 10:.1f}" for i in range(HOMES)],
        }
    )
    rows.loc[0, "小区名称"] = WILD
    rows.loc[1, "建成年代"] = "9"
    rows.loc[2, "经度"] = "abc"
    rows.loc[4, "小区编号"] = rows.loc[3, "小区编号"]
    rows.loc[5, "所属区"] = "不存在区"
    return rows.to_csv(index=False).encode("gb18030")


def excel_ledger() -> bytes:
    """A ledger of projects under a merged title row; one district unknown, one sum of money no number."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("台账")
        sheet.merge_range(0, 0, 0, 5, "2020年老旧小区综合整治项目台账")
        heads = ["项目编号", "项目名称", "区", "批次", "计划年度", "计划投资（万元）"]
        for column, text in enumerate(heads):
            sheet.write_string(1, column, text)
        for i in range(12):
            sheet.write_string(2 + i, 0, f"P{i:02d}")
            sheet.write_string(2 + i, 1, f"项目{i}")
            sheet.write_string(2 + i, 2, "不存在区" if i == 3 else "海淀区")
            sheet.write_string(2 + i, 3, "2020年第一批")
            sheet.write_number(2 + i, 4, 2020)
            if i == 5:
                sheet.write_string(2 + i, 5, "面议")
            else:
                sheet.write_number(2 + i, 5, 1000 + i)
    return buffer.getvalue()
