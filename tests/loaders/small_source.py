"""A small source of three files with faults on purpose, made on the spot."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xlsxwriter

CATALOGUE = """
[catalogue]
key = "small"
title_zh = "小样"
title_en = "A small source"
district_code = "110101"
licence = "CC0-1.0"
source = "tests"
as_of_date = "2020-08"

[[layer]]
key = "communities"
target = "communities"
path = "小区.gpkg"
format = "gpkg"
datum = "wgs84"
geometry = "polygon"
id = { from = "编号" }
[layer.fields]
name = "名称"
district = "所属区"
build_year = "年代"
households = "户数"
floor_area_m2 = { from = "面积", unit = "万㎡" }

[[layer]]
key = "buildings"
target = "buildings"
path = "楼栋.gpkg"
format = "gpkg"
datum = "wgs84"
geometry = "polygon"
id = { template = "SM-{row}" }
[layer.fields]
name = "楼名"
storeys = "层数"

[[layer]]
key = "projects"
target = "projects"
path = "项目.xlsx"
format = "xlsx"
geometry = "none"
id = { from = "项目编号" }
[layer.fields]
name = "项目名称"
district = "区"
batch = "批次"
plan_year = "年度"
planned_investment_fen = { from = "计划投资", unit = "万元" }
"""

NAMES = ["和平里一区", "<img src=x onerror=alert(1)>", "=cmd|' /C calc'!A0", "安定门小区", "东直门外小区"]


def make_source(folder: Path, *, homes: int = 40, houses_each: int = 12) -> Path:
    """Write the files and the catalogue; returns the catalogue's path.

    Among the communities row 3 has an unknown district, row 4 an impossible year, row 5 repeats row 1's id.
    """
    folder.mkdir(parents=True, exist_ok=True)
    number = np.arange(homes)
    across, down = np.divmod(number, 8)
    west, south = 116.40 + across * 0.002, 39.91 + down * 0.002
    rows = gpd.GeoDataFrame(
        {
            "编号": [f"H{i:04d}" for i in number],
            "名称": [NAMES[i] if i < len(NAMES) else f"小区{i}" for i in number],
            "所属区": "东城",
            "年代": ["1985年", "约1978", "80年代", "1990", "未知"] * (homes // 5),
            "户数": [str(100 + i) for i in number],
            "面积": ["1.25万㎡", "2.5", "0.8", "1", "３．２"] * (homes // 5),
        },
        geometry=shapely.box(west, south, west + 0.0018, south + 0.0018),
        crs="EPSG:4326",
    )
    if homes > 5:
        rows.loc[2, "所属区"] = "火星区"
        rows.loc[3, "年代"] = "9"
        rows.loc[4, "编号"] = "H0000"
    rows.to_file(folder / "小区.gpkg", driver="GPKG")
    house = np.arange(homes * houses_each)
    home, slot = house % homes, house // homes
    x, y = west[home] + 0.0001, south[home] + 0.0001 + slot * 0.0001
    gpd.GeoDataFrame(
        {"楼名": [f"{s + 1}号楼" for s in slot], "层数": [str(6) if i != 7 else "负一" for i in house]},
        geometry=shapely.box(x, y, x + 0.0008, y + 0.00006),
        crs="EPSG:4326",
    ).to_file(folder / "楼栋.gpkg", driver="GPKG")
    with xlsxwriter.Workbook(str(folder / "项目.xlsx")) as book:
        sheet = book.add_worksheet("台账")
        table = pd.DataFrame(
            [
                ["P1", "和平里一区综合整治", "东城区", "2020-第一批", 2020, "1,200.5"],
                ["P2", "安定门小区综合整治", "东城区", "2020-第一批", 2020, "0.3亿元"],
                ["P3", "负数项目", "东城区", "2020-第一批", 2020, "-5"],
            ],
            columns=["项目编号", "项目名称", "区", "批次", "年度", "计划投资"],
        )
        for at, name in enumerate(table.columns):
            sheet.write(0, at, name)
            for number_, value in enumerate(table[name], start=1):
                sheet.write(number_, at, value)
    path = folder / "small.toml"
    path.write_text(CATALOGUE, encoding="utf-8")
    return path


def as_json(text: str) -> dict:
    """The JSON that a command printed."""
    return json.loads(text)
