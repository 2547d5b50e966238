"""Loading and joining footprints: the product beside the plain GeoPandas way and beside reading and writing alone."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from tests.bench.measure import measure, table

CATALOGUE = """
[catalogue]
key = "bench"
title_zh = "测量用数据"
title_en = "Data for the measurement"
is_synthetic = true
licence = "CC0-1.0"
source = "tests/bench"
as_of_date = "2020-08-31"

[[layer]]
key = "communities"
target = "communities"
path = "communities.gpkg"
format = "gpkg"
datum = "wgs84"
geometry = "polygon"
id = { from = "community_id" }
[layer.fields]
name = "name"
district = "district"
build_year = "year"

[[layer]]
key = "buildings"
target = "buildings"
path = "buildings.gpkg"
format = "gpkg"
datum = "wgs84"
geometry = "polygon"
id = { from = "building_id" }
[layer.fields]
name = "name"
storeys = "storeys"
build_year = "year"
"""

PRODUCT = """
import os
from pathlib import Path
from loaders.commit import ensure_reference
from loaders.pipeline import load_catalogue_file
from store.engine import open_store
folder = Path(os.environ["BENCH_DIR"])
for part in folder.glob("bench.sqlite*"):
    part.unlink()
store = open_store(f"sqlite:///{folder / 'bench.sqlite'}")
ensure_reference(store)
result = load_catalogue_file(store, folder / "bench.toml", base=folder, actor="bench")
assert result.rejected == 0, result.rejected
"""

PLAIN = """
import os
from pathlib import Path
import geopandas as gpd
folder = Path(os.environ["BENCH_DIR"])
buildings = gpd.read_file(folder / "buildings.gpkg").to_crs(4548)
communities = gpd.read_file(folder / "communities.gpkg").to_crs(4548)
joined = gpd.sjoin(buildings, communities[["community_id", "geometry"]], how="left", predicate="intersects")
joined.drop(columns="index_right").to_crs(4326).to_file(folder / "plain.gpkg", driver="GPKG")
"""

COPY = """
import os
from pathlib import Path
import pyogrio
folder = Path(os.environ["BENCH_DIR"])
rows = pyogrio.read_dataframe(folder / "buildings.gpkg")
pyogrio.write_dataframe(rows, folder / "copy.gpkg")
"""


def make_files(folder: Path, buildings: int) -> None:
    """A grid of communities with rows of slabs in them, `buildings` footprints in all."""
    folder.mkdir(parents=True, exist_ok=True)
    homes = max(1, buildings // 72)
    side = int(np.ceil(np.sqrt(homes)))
    across, down = np.divmod(np.arange(homes), side)
    west, south = 116.1 + across * 0.0042, 39.75 + down * 0.0034
    gpd.GeoDataFrame(
        {
            "community_id": [f"C{i:06d}" for i in range(homes)],
            "name": [f"测量小区{i}" for i in range(homes)],
            "district": "朝阳区",
            "year": [str(1960 + i % 50) for i in range(homes)],
        },
        geometry=shapely.box(west, south, west + 0.0038, south + 0.003),
        crs="EPSG:4326",
    ).to_file(folder / "communities.gpkg", driver="GPKG")
    number = np.arange(buildings)
    home, slot = number % homes, number // homes
    column, row = np.divmod(slot, 12)
    x = west[home] + 0.0001 + column * 0.0006
    y = south[home] + 0.0001 + row * 0.00023
    gpd.GeoDataFrame(
        {
            "building_id": [f"B{i:07d}" for i in number],
            "name": [f"{i % 60 + 1}号楼" for i in number],
            "storeys": number % 6 + 1,
            "year": pd.Series([("1985年", "1980-1985年", "约1978", "未知")[i % 4] for i in number]),
        },
        geometry=shapely.box(x, y, x + 0.0005, y + 0.00011),
        crs="EPSG:4326",
    ).to_file(folder / "buildings.gpkg", driver="GPKG")
    (folder / "bench.toml").write_text(CATALOGUE, encoding="utf-8")


def load_and_join(folder: Path, sizes: tuple[int, ...] = (100_000, 500_000), runs: int = 3) -> str:
    """Markdown with the figures of every size."""
    parts = []
    for size in sizes:
        place = folder / f"load-{size}"
        make_files(place, size)
        env = {"BENCH_DIR": str(place), "ATLAS_DATABASE_URL": f"sqlite:///{place / 'bench.sqlite'}"}
        rows = [
            measure("read and write (pyogrio)", COPY, runs=runs, env=env),
            measure("plain GeoPandas", PLAIN, runs=runs, env=env),
            measure("the product", PRODUCT, runs=runs, env=env),
        ]
        parts.append(
            table(
                f"Load and join, {size:,} footprints", rows, ["plain GeoPandas", "read and write (pyogrio)"]
            )
        )
        for file in place.glob("*"):
            file.unlink()
    return "\n\n".join(parts)
