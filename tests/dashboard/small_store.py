"""A store small enough to count on paper: two districts, four subdistricts, six communities, five projects.

Dongcheng (110101) is behind on everything, Xicheng (110102) ahead; a third district has nothing at all.
"""

import datetime as dt

import geopandas as gpd
import pandas as pd
from shapely.geometry import Point, box

from store.engine import Store, open_store
from store.rows import insert_rows, plain_rows
from store.runs import apply_rows, begin_run, end_run
from store.tables import BASE_TABLES, LINK_TABLES

DAY = dt.date.fromisoformat
#: A name that would be emphasis, a link, HTML and a formula, were it anything but text.
WILD_NAME = "=1+1 **粗** <b>甲</b> [链接](javascript:alert(1)) $x$ :red[红]"


def _areas() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    districts = gpd.GeoDataFrame(
        {
            "district_code": ["110101", "110102", "110116"],
            "name_zh": ["东城区", "西城区", "怀柔区"],
            "name_en": ["Dongcheng", "Xicheng", "Huairou"],
            "zone": ["core", "core", "ecological"],
        },
        geometry=[
            box(116.4, 39.9, 116.44, 39.96),
            box(116.34, 39.9, 116.4, 39.96),
            box(116.3, 40.3, 116.7, 40.7),
        ],
        crs="EPSG:4326",
    )
    subdistricts = gpd.GeoDataFrame(
        {
            "subdistrict_code": ["110101001", "110101002", "110102001", "110102002"],
            "district_code": ["110101", "110101", "110102", "110102"],
            "name_zh": ["东华门街道", "景山街道", "西长安街街道", "新街口街道"],
            "name_en": ["Donghuamen Subdistrict", "Jingshan Subdistrict", None, "Xinjiekou Subdistrict"],
        },
        geometry=[
            box(116.4, 39.9, 116.44, 39.93),
            box(116.4, 39.93, 116.44, 39.96),
            box(116.34, 39.9, 116.4, 39.93),
            box(116.34, 39.93, 116.4, 39.96),
        ],
        crs="EPSG:4326",
    )
    return districts, subdistricts


#: community_id, subdistrict, years, age class, mixed, buildings (old, new, unknown), surveyed
COMMUNITIES = (
    ("C1", "110101001", (1985, 1985), "pre_2000", False, (2, 0, 0), "2020-03-01"),
    ("C2", "110101001", (1996, 1996), "pre_2000", True, (2, 1, 0), None),
    ("C3", "110101002", (None, None), "unknown", False, (0, 0, 2), "2020-09-15"),
    ("C4", "110102001", (1978, 1978), "pre_2000", False, (1, 0, 0), "2020-05-01"),
    ("C5", "110102002", (2005, 2005), "post_2000", False, (0, 2, 0), "2020-05-02"),
    ("C6", "110102002", (1998, 2001), "unknown", False, (0, 0, 1), "2020-05-03"),
)


def _communities() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    homes, links, houses, house_links = [], [], [], []
    for number, (key, place, (first, last), age, is_mixed, parts, surveyed) in enumerate(COMMUNITIES):
        spot = Point(116.35 + 0.01 * number, 39.91)
        precision = "unknown" if first is None else ("year" if first == last else "range")
        homes.append(
            {
                "community_id": key,
                "name": WILD_NAME if key == "C2" else f"{key}小区",
                "district_code": place[:6],
                "build_year_from": first,
                "build_year_to": last,
                "build_year_precision": precision,
                "build_year_text": None if first is None else f"{first}年",
                "households": 100,
                "has_owners_body": key in ("C1", "C4"),
                "surveyed_date": None if surveyed is None else DAY(surveyed),
                "point": spot,
            }
        )
        links.append(
            {
                "community_id": key,
                "district_code": place[:6],
                "subdistrict_code": place,
                "area_rule": "inside",
                "boundary_rule": "none",
                "age_class": age,
                "is_mixed_age": is_mixed,
                "buildings": sum(parts),
                "pre_2000_buildings": parts[0],
                "post_2000_buildings": parts[1],
                "unknown_year_buildings": parts[2],
                "pre_2000_share_pct": 100 * parts[0] / sum(parts),
            }
        )
        classes = ["pre_2000"] * parts[0] + ["post_2000"] * parts[1] + ["unknown"] * parts[2]
        for n, house_age in enumerate(classes):
            years = {"pre_2000": (first, last), "post_2000": (2005, 2005), "unknown": (first, last)}[
                house_age
            ]
            houses.append(
                {
                    "building_id": f"{key}-{n}",
                    "build_year_precision": "unknown",
                    "geometry": spot.buffer(0.0002),
                }
            )
            house_links.append(
                {
                    "building_id": f"{key}-{n}",
                    "community_id": key,
                    "rule": "overlap",
                    "district_code": place[:6],
                    "subdistrict_code": place,
                    "year_from": years[0],
                    "year_to": years[1],
                    "year_precision": precision,
                    "year_source": "none" if years[0] is None else "community",
                    "age_class": house_age,
                }
            )
    return tuple(pd.DataFrame(rows) for rows in (homes, links, houses, house_links))  # type: ignore[return-value]


def _programme() -> dict[str, pd.DataFrame]:
    dates = {"planned_start_date": DAY("2020-03-01"), "planned_completion_date": DAY("2020-07-31")}
    projects = [
        {"project_id": "P1", "district_code": "110101", "community": "C1", "is_central_state": False},
        {"project_id": "P2", "district_code": "110101", "community": "C2", "is_central_state": False},
        {"project_id": "P3", "district_code": "110101", "community": "C3", "is_central_state": True},
        {"project_id": "P4", "district_code": "110102", "community": "C4", "is_central_state": False},
        {"project_id": "P5", "district_code": "110102", "community": "C5", "is_central_state": True},
    ]
    rows = [
        {
            **dates,
            "project_id": p["project_id"],
            "name": WILD_NAME if p["project_id"] == "P2" else f"{p['community']}项目",
            "district_code": p["district_code"],
            "is_central_state": p["is_central_state"],
            "batch": "2020年第一批",
            "plan_year": 2020,
            "confirmation_document_no": f"京老旧办〔2020〕{p['project_id']}号",
            "planned_investment_fen": 1_000_000_000,
        }
        for p in projects
    ]
    events = [
        ("P1", "confirmed", "2020-02-01"),
        ("P1", "designed", "2020-02-10"),
        ("P2", "confirmed", "2020-02-01"),
        ("P3", "confirmed", "2020-02-01"),
        ("P3", "started", "2020-04-01"),
        ("P4", "confirmed", "2020-02-01"),
        ("P4", "started", "2020-03-02"),
        ("P4", "completed", "2020-08-01"),
        ("P5", "confirmed", "2020-02-01"),
        ("P5", "started", "2020-03-02"),
        ("P5", "completed", "2020-08-31"),
    ]
    money = [("P3", "2020-05", 100_000_000), ("P4", "2020-07", 900_000_000), ("P5", "2020-08", 800_000_000)]
    goals = [
        ("110000", "starts", 6),
        ("110000", "completions", 4),
        ("110000", "investment_fen", 3_000_000_000),
        ("110101", "starts", 4),
        ("110101", "completions", 2),
        ("110101", "investment_fen", 2_000_000_000),
        ("110102", "starts", 2),
        ("110102", "completions", 2),
        ("110102", "investment_fen", 1_000_000_000),
    ]
    return {
        "projects": pd.DataFrame(rows),
        "project_communities": pd.DataFrame(
            {
                "project_community_id": [f"{p['project_id']}-{p['community']}" for p in projects],
                "project_id": [p["project_id"] for p in projects],
                "community_id": [p["community"] for p in projects],
            }
        ),
        "stage_events": pd.DataFrame(
            [
                {"event_id": f"{p}-{s}", "project_id": p, "stage": s, "event_date": DAY(d)}
                for p, s, d in events
            ]
        ),
        "monthly_investments": pd.DataFrame(
            [
                {"investment_id": f"{p}-{m}", "project_id": p, "month": m, "amount_fen": fen}
                for p, m, fen in money
            ]
        ),
        "annual_targets": pd.DataFrame(
            [
                {"target_id": f"2020-{a}-{m}", "year": 2020, "area_code": a, "measure": m, "value": v}
                for a, m, v in goals
            ]
        ),
    }


def fill(store: Store) -> None:
    """Put the small city into an empty store: outlines real, everything else synthetic."""
    districts, subdistricts = _areas()
    homes, links, houses, house_links = _communities()
    with store.writing() as conn:
        about = {"title_zh": "区划", "title_en": "Districts", "as_of_date": DAY("2020-01-01")}
        run = begin_run(
            conn, kind="reference", catalogue_key="reference", actor="t", is_synthetic=False, **about
        )
        for name, rows in (("districts", districts), ("subdistricts", subdistricts)):
            apply_rows(conn, run, BASE_TABLES[name], rows, is_synthetic=False)
        end_run(conn, run, actor="t", detail={})
        about = {"title_zh": "小城", "title_en": "Small city", "as_of_date": DAY("2020-08-31")}
        run = begin_run(conn, kind="demo", catalogue_key="small", actor="t", is_synthetic=True, **about)
        tables = {"communities": homes, "buildings": houses, **_programme()}
        for name, rows in tables.items():
            apply_rows(conn, run, BASE_TABLES[name], rows, is_synthetic=True)
        end_run(conn, run, actor="t", detail={})
        for name, rows in (("community_links", links), ("building_links", house_links)):
            table = LINK_TABLES[name]
            columns = [c.name for c in table.columns]
            insert_rows(conn, table, columns, plain_rows(rows, table, columns))


def small_store(url: str) -> Store:
    """An open store with the small city."""
    store = open_store(url)
    fill(store)
    return store
