"""Reach of every kind of facility from every building: the product, the plain ways, and pandana, on one city.

The city is made here: a jittered grid of streets with 300,000 edges, 500,000 footprints beside them and 30 kinds with
between 20 and 7,000 facilities. The plain ways get the network already cut; the product cuts it itself.
"""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from tests.bench.measure import Measured, measure
from tests.bench.report import Target, part, rows, targets

KINDS = 30
BUILDINGS = 500_000
QUICK_BUILDINGS = 100_000
SIDE = 390  # streets each way: 2 · 390 · 389 = 303,420 edges
WEST, SOUTH, STEP_X, STEP_Y = 116.2, 39.7, 0.0009, 0.0007
PLAIN_S, PLAIN_W, PANDANA, PRODUCT = "sjoin_nearest", "networkx", "pandana", "the product"

_PRODUCT = """
import json, os, time
from pathlib import Path
import geopandas as gpd, numpy as np, shapely
from geo.network import build_network
from geo.reach import kind_reach, prepare_origins, prepare_places, reach
from geo.reach_moves import moved
folder = Path(os.environ["BENCH_DIR"])
def both():
    return np.array([time.perf_counter(), time.process_time()])
steps, last = {}, both()
def step(name):
    global last
    now = both()
    steps[name], last = (now - last).tolist(), now
streets, homes, held = (gpd.read_parquet(folder / f"{n}.parquet") for n in ("streets", "homes", "facilities"))
step("reading")
network = build_network(streets)
step("network")
origins = prepare_origins(network, homes)
step("homes to streets")
places = prepare_places(network, held)
step("facilities to streets")
kinds = sorted(places.kinds)
found = reach(network, origins, places, kinds)
step("all kinds")
if os.environ.get("BENCH_EXTRA"):
    kind_reach(network, origins, places, kinds[KINDS // 2])
    step("one kind anew")
    drags = []
    for kind in kinds[::7]:
        row = places.kinds[kind][0]
        to = shapely.transform(shapely.centroid(places.shapes[row]), lambda xy: xy + 250.0)
        start = both()
        moved(network, origins, places, found.kinds[kind], 500.0, facility_id=str(places.ids[row]), to=to)
        drags.append((both() - start).tolist())
    steps["drag, the slowest of five"] = max(drags)
    walk = np.stack([found.kinds[k].walk_m for k in kinds])
    straight = np.stack([found.kinds[k].straight_m for k in kinds])
    np.savez(folder / "product.npz", walk=walk[:, ::50], straight=straight[:, ::50])
    (folder / "steps.json").write_text(json.dumps(steps | {"edges": len(network.edges)}))
""".replace("KINDS", str(KINDS))

_STRAIGHT = """
import os
from pathlib import Path
import geopandas as gpd, numpy as np
folder = Path(os.environ["BENCH_DIR"])
homes, held = (gpd.read_parquet(folder / f"{n}.parquet").to_crs(4548) for n in ("homes", "facilities"))
found = []
for kind in sorted(held["kind"].unique()):
    joined = homes.sjoin_nearest(held[held["kind"] == kind], max_distance=3000, distance_col="metres", how="left")
    found.append(joined.groupby("origin_id", sort=False)["metres"].first().to_numpy())
np.savez(folder / "sjoin.npz", straight=np.stack(found)[:, ::50])
"""

_WALK = """
import os
from pathlib import Path
import geopandas as gpd, networkx as nx, numpy as np, pandas as pd
from scipy.spatial import cKDTree
folder = Path(os.environ["BENCH_DIR"])
homes, held = (gpd.read_parquet(folder / f"{n}.parquet").to_crs(4548) for n in ("homes", "facilities"))
nodes, edges = pd.read_parquet(folder / "nodes.parquet"), pd.read_parquet(folder / "edges.parquet")
graph = nx.Graph()
graph.add_weighted_edges_from(edges.itertuples(index=False, name=None), weight="metres")
tree = cKDTree(nodes.to_numpy())
def near(layer):
    middle = layer.geometry.centroid
    return tree.query(np.column_stack([middle.x, middle.y]))[1]
home, shop = near(homes), near(held)
found = []
for kind in sorted(held["kind"].unique()):
    far = nx.multi_source_dijkstra_path_length(graph, set(shop[(held["kind"] == kind).to_numpy()]), 3000, "metres")
    metres = np.full(len(nodes), np.nan)
    metres[list(far)] = list(far.values())
    found.append(metres[home])
np.savez(folder / "networkx.npz", walk=np.stack(found)[:, ::50])
"""

_PANDANA = """
import os
from pathlib import Path
import geopandas as gpd, numpy as np, pandana, pandas as pd
folder = Path(os.environ["BENCH_DIR"])
homes, held = (gpd.read_parquet(folder / f"{n}.parquet").to_crs(4548) for n in ("homes", "facilities"))
nodes, edges = pd.read_parquet(folder / "nodes.parquet"), pd.read_parquet(folder / "edges.parquet")
network = pandana.Network(nodes["x"], nodes["y"], edges["u"], edges["v"], edges[["metres"]], twoway=True)
middle = homes.geometry.centroid
home = network.get_node_ids(middle.x, middle.y).to_numpy()
found = []
for kind in sorted(held["kind"].unique()):
    shop = held.geometry[held["kind"] == kind]
    network.set_pois(kind, 3000, 1, shop.x, shop.y)
    far = network.nearest_pois(3000, kind, num_pois=1)
    found.append(far[1].reindex(home).to_numpy())
np.savez(folder / "pandana.npz", walk=np.stack(found)[:, ::50])
"""


def make_city(folder: Path, buildings: int, side: int = SIDE) -> None:
    """The city's streets, homes and facilities as files, and its network already cut for the peers."""
    rng = np.random.default_rng(5)
    lon, lat = WEST + np.arange(side) * STEP_X, SOUTH + np.arange(side) * STEP_Y
    x, y = np.meshgrid(lon, lat)
    corners = np.stack([x, y], axis=-1) + rng.normal(0, 6e-5, (side, side, 2))
    lines = [shapely.LineString(corners[i]) for i in range(side)]
    lines += [shapely.LineString(corners[:, i]) for i in range(side)]
    streets = gpd.GeoDataFrame(
        {"street_id": [f"R{i}" for i in range(len(lines))]}, geometry=lines, crs="EPSG:4326"
    )
    streets.to_parquet(folder / "streets.parquet")

    def spread(count: int) -> tuple[np.ndarray, np.ndarray]:
        return rng.uniform(lon[0], lon[-1], count), rng.uniform(lat[0], lat[-1], count)

    west, south = spread(buildings)
    gpd.GeoDataFrame(
        {"origin_id": [f"B{i:07d}" for i in range(buildings)]},
        geometry=shapely.box(west, south, west + 0.0004, south + 0.0001),
        crs="EPSG:4326",
    ).to_parquet(folder / "homes.parquet")
    counts = np.geomspace(20, 7000, KINDS).round().astype(int)
    total = int(counts.sum())
    gpd.GeoDataFrame(
        {
            "facility_id": [f"F{i:06d}" for i in range(total)],
            "kind": np.repeat([f"kind_{i:02d}" for i in range(KINDS)], counts),
        },
        geometry=shapely.points(*spread(total)),
        crs="EPSG:4326",
    ).to_parquet(folder / "facilities.parquet")
    metric = gpd.GeoSeries(shapely.points(corners.reshape(-1, 2)), crs="EPSG:4326").to_crs(4548)
    at = np.column_stack([metric.x, metric.y])
    pd.DataFrame(at, columns=["x", "y"]).to_parquet(folder / "nodes.parquet")
    number = np.arange(side * side).reshape(side, side)
    u = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    v = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    metres = np.hypot(*(at[u] - at[v]).T)
    pd.DataFrame({"u": u, "v": v, "metres": metres}).to_parquet(folder / "edges.parquet")


def _has_pandana(env: dict[str, str]) -> bool:
    try:
        measure("pandana", "import pandana", runs=1, env=env)
    except Exception:
        return False
    return True


def _agreement(folder: Path, has_pandana: bool) -> str:
    """How far the answers lie apart: the straight line must agree, walks differ by what snapping to a corner loses."""
    ours = np.load(folder / "product.npz")
    straight = np.abs(ours["straight"] - np.load(folder / "sjoin.npz")["straight"])
    lines = [
        f"Straight lines of the product and of {PLAIN_S} differ by at most {np.nanmax(straight) * 1000:.1f} mm."
    ]
    for name in ["networkx", *(["pandana"] if has_pandana else [])]:
        other = np.load(folder / f"{name}.npz")["walk"]
        apart = np.abs(ours["walk"] - other)
        lines.append(
            f"Walks of the product and of {name} differ by {np.nanmedian(apart):.0f} m in the median: {name} measures "
            "from corner to corner, the product from the house along its street to the door."
        )
    return " ".join(lines)


def coverage(folder: Path, repeats: int) -> str:
    """The part of the report: 500,000 footprints (100,000 with one repeat), 30 kinds, 300,000 edges."""
    buildings = QUICK_BUILDINGS if repeats == 1 else BUILDINGS
    make_city(folder, buildings)
    env = {"BENCH_DIR": str(folder)}
    measure(PRODUCT, _PRODUCT, runs=1, env={**env, "BENCH_EXTRA": "1"})
    steps = json.loads((folder / "steps.json").read_text())
    product = measure(PRODUCT, _PRODUCT, runs=repeats, env=env)
    print(product, flush=True)
    straight = measure(PLAIN_S, _STRAIGHT, runs=1, env=env)
    print(straight, flush=True)
    walk = measure(PLAIN_W, _WALK, runs=1, env=env)
    print(walk, flush=True)
    has_pandana = _has_pandana(env)
    found: list[tuple[Measured, str]] = [
        (product, "straight and on foot"),
        (straight, "straight only"),
        (walk, "on foot only"),
    ]
    if has_pandana:
        found.append((measure(PANDANA, _PANDANA, runs=1, env=env), "on foot only"))
    table = rows(
        ["way", "what", "wall s", "CPU s", "peak MB", "wall ÷ the product"],
        [
            [
                m.name,
                what,
                f"{m.wall_s:.1f}",
                f"{m.cpu_s:.1f}",
                f"{m.peak_mb:.0f}",
                f"{m.wall_s / product.wall_s:.2f}",
            ]
            for m, what in found
        ],
    )
    plain = straight.wall_s + walk.wall_s
    edges = steps.pop("edges")
    timed = rows(
        ["step of the product", "wall s", "CPU s"],
        [[name, *(f"{seconds:.2f}" for seconds in value)] for name, value in steps.items()],
    )
    missing = "" if has_pandana else "pandana was not installed for this run."
    return part(
        "Reach of all kinds",
        repeats,
        f"{buildings:,} footprints, {KINDS} kinds with 20 to 7,000 facilities, a network of {edges:,} edges. The peers "
        "ran once, on a network already cut; the product cut it within its time.",
        table,
        f"Both plain ways together took {plain / product.wall_s:.2f} times as long as the product. {missing}".strip(),
        timed,
        targets(
            [
                Target("all kinds from all buildings", product.wall_s, 60, digits=1, unit=" s"),
                Target("one facility dragged", steps["drag, the slowest of five"][0], 1, unit=" s"),
            ]
        ),
        _agreement(folder, has_pandana),
    )
