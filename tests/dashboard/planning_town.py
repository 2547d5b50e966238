"""A town for the planner's pages, to be counted on paper. No streets: every distance is a straight line.

Dongcheng (110101), metres east of its corner and residents: H1 0 (100), H2 200 (200), H3 1,000 (400), H4 1,200 (800),
H5 3,000 (50), H6 500 m north of H1 (unknown). A day-care centre stands at 0 m: within 300 m of it live 300.
Rooms: R1 at 1,000 m (50 万元, 50 places), R2 at 1,200 m (open already), R3 at 1,310 m (10 万元), R4 (a shop only);
sites: L1 at 3,000 m (200 万元), L2 (fit for what is not said), L3 far outside every district.
Xicheng (110102): projects in a row, 200 m apart, of 100, 200, 300 and 400 万元 (PA to PD), PE without a sum beside
them, PF 2,500 m away, PG confirmed in March 2020.
"""

import datetime as dt

import geopandas as gpd
import pandas as pd
import shapely

from geo.crs import METRIC, WGS84, project_points
from store.engine import Store, open_store
from store.linking import relink
from store.runs import apply_rows, begin_run, end_run
from store.tables import BASE_TABLES
from tests.dashboard.small_store import _areas

EAST, WEST = (116.402, 39.915), (116.345, 39.915)
KIND = "elderly_daycare"
WAN = 1_000_000
WILD = "=甲 **粗** <b>丙</b>"
#: community → metres east, metres north, residents
HOMES = {
    "H1": (0, 0, 100),
    "H2": (200, 0, 200),
    "H3": (1000, 0, 400),
    "H4": (1200, 0, 800),
    "H5": (3000, 0, 50),
    "H6": (0, 500, None),
}
#: project → metres east of the western corner, planned investment in 万元
PROJECTS = {
    "PA": (0, 100),
    "PB": (200, 200),
    "PC": (400, 300),
    "PD": (600, 400),
    "PE": (800, None),
    "PF": (2500, 500),
}


def spot(x: float, y: float = 0.0, corner: tuple[float, float] = EAST) -> shapely.Point:
    """A place of the town in degrees."""
    east, north = project_points([corner[0]], [corner[1]], source=WGS84, target=METRIC)
    lon, lat = project_points([float(east[0]) + x], [float(north[0]) + y], source=METRIC, target=WGS84)
    return shapely.Point(float(lon[0]), float(lat[0]))


def _layer(rows: list[dict]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry="geometry", crs="EPSG:4326")


def _tables() -> dict[str, pd.DataFrame]:
    homes = [
        {"community_id": k, "name": WILD if k == "H4" else f"{k}院", "district_code": "110101", "residents": n,
         "households": None if n is None else n // 2, "build_year_precision": "unknown", "point": spot(x, y)}
        for k, (x, y, n) in HOMES.items()
    ]  # fmt: skip
    own = {**PROJECTS, "PG": (400, 700)}
    homes += [
        {"community_id": f"C{p}", "name": f"{p}小区", "district_code": "110102", "residents": 10 + n,
         "households": 5, "build_year_precision": "unknown", "point": spot(x, 0 if p != "PG" else 60, WEST)}
        for n, (p, (x, _)) in enumerate(own.items())
    ]  # fmt: skip
    rooms = [
        ("R1", 1000, f"{KIND}、nursery_0_3", 50 * WAN, 50.0, None),
        ("R2", 1200, KIND, 5 * WAN, None, dt.date(2020, 1, 1)),
        ("R3", 1310, "老年人日间照料中心", 10 * WAN, None, None),
        ("R4", 1000, "community_retail", 10 * WAN, None, None),
    ]
    sites = [("L1", spot(3000), KIND, 200 * WAN), ("L2", spot(1000), None, None),
             ("L3", shapely.Point(118.2, 39.2), KIND, 10 * WAN)]  # fmt: skip
    return {
        "communities": pd.DataFrame(homes),
        "facilities": _layer(
            [{"facility_id": "F1", "kind": KIND, "kind_text": "托老所", "name": "一号站", "geometry": spot(0)}]
        ),
        "projects": pd.DataFrame(
            [
                {"project_id": p, "name": WILD if p == "PB" else f"{p}项目", "district_code": "110102",
                 "is_central_state": False, "planned_investment_fen": None if v is None else v * WAN}
                for p, (_, v) in own.items()
            ]
        ),
        "project_communities": pd.DataFrame(
            [{"project_community_id": f"{p}-C", "project_id": p, "community_id": f"C{p}"} for p in own]
        ),
        "stage_events": pd.DataFrame(
            [{"event_id": "PG-1", "project_id": "PG", "stage": "confirmed", "event_date": dt.date(2020, 3, 1),
              "document_no": "京老旧办〔2020〕1号"}]
        ),
        "idle_spaces": _layer(
            [
                {"space_id": k, "name": f"{k}用房", "owner": "街道", "present_use": "闲置", "possible_kinds": kinds,
                 "cost_fen": cost, "capacity": size, "opened_date": opened, "geometry": spot(x)}
                for k, x, kinds, cost, size, opened in rooms
            ]
        ),
        "candidate_sites": _layer(
            [
                {"site_id": k, "name": f"{k}地块", "possible_kinds": kinds, "cost_fen": cost, "geometry": at}
                for k, at, kinds, cost in sites
            ]
        ),
    }  # fmt: skip


def planning_town(url: str) -> Store:
    """An open store with the town."""
    store = open_store(url)
    districts, subdistricts = _areas()
    with store.writing() as conn:
        run = begin_run(
            conn, kind="load", catalogue_key="town", actor="t", is_synthetic=True, title_zh="小镇", title_en="Town",
            as_of_date=dt.date(2020, 8, 31),
        )  # fmt: skip
        for name, rows in {"districts": districts, "subdistricts": subdistricts, **_tables()}.items():
            apply_rows(conn, run, BASE_TABLES[name], rows, is_synthetic=True)
        relink(conn)
        end_run(conn, run, actor="t", detail={})
    return store
