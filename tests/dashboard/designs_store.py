"""Designs, opinions and notices for the small city, few enough to be counted on paper, as of 2020-08-31."""

import datetime as dt

import pandas as pd
from shapely.geometry import Point

from store.engine import Store
from store.runs import apply_rows, begin_run, end_run
from store.tables import BASE_TABLES
from tests.dashboard.small_store import WILD_NAME

DAY = dt.date.fromisoformat
PASSED, CHANGES, RETURNED = "passed", "passed_with_changes", "returned"


def _frame(columns: str, *rows: tuple) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=columns.split(), dtype="object")
    dated = [n for n in table.columns if n.endswith("_date")]
    return table.assign(**{n: [None if v is None else DAY(v) for v in table[n]] for n in dated})


#: Beside the small city's P1 … P5: P6 of C6 and P7 of C5, both in Xicheng, not begun.
TABLES: dict[str, pd.DataFrame] = {
    "projects": _frame(
        "project_id name district_code is_central_state",
        ("P6", "C6项目", "110102", False),
        ("P7", "C5二期项目", "110102", False),
    ),
    "project_communities": _frame(
        "project_community_id project_id community_id", ("P6-C6", "P6", "C6"), ("P7-C5", "P7", "C5")
    ),
    "stage_events": _frame(
        "event_id project_id stage event_date",
        ("P6-confirmed", "P6", "confirmed", "2020-06-01"),
        ("P7-confirmed", "P7", "confirmed", "2020-06-01"),
    ),
    "facilities": pd.DataFrame(
        {
            "facility_id": ["F1", "F2"],
            "kind": ["kindergarten", "culture_station"],
            "name": ["一幼", WILD_NAME],
            "geometry": [Point(116.35, 39.911), Point(116.36, 39.9101)],
        }
    ),
    "demands": _frame(
        "demand_id community_id item asks gathered_date",
        ("D1", "C2", "加装电梯", 40, "2020-01-02"),  # asked for, not in the design
        ("D2", "C2", "楼体节能", 25, "2020-01-02"),  # fits
        ("D3", "C2", "环境整治", 0, "2020-01-02"),  # in the design, nobody asks
        ("D4", "C2", "补建停车设施", 9, "2020-09-20"),  # after the day
    ),
    "designs": _frame(
        "design_id project_id version design_firm submitted_date planned_items planned_facilities "
        "floor_area_before_m2 floor_area_after_m2 residents_before residents_after summary",
        ("P1-V1", "P1", 1, "甲院", "2020-01-15", "楼体节能", None, 5000.0, 5000.0, 300, 300, "初稿"),
        (
            "P1-V2",
            "P1",
            2,
            "甲院",
            "2020-02-01",
            "楼体节能、加装电梯",
            "culture_station",
            5000.0,
            5200.0,
            300,
            300,
            "初稿",
        ),
        (
            "P2-V1",
            "P2",
            1,
            "乙院",
            "2020-06-02",
            "楼体节能、环境整治",
            "kindergarten、共享客厅、便利店",
            4000.0,
            4120.5,
            250,
            None,
            None,
        ),
        ("P3-V1", "P3", 1, None, "2020-03-01", "楼体节能", None, None, None, None, None, None),
        ("P5-V1", "P5", 1, "丙院", "2020-01-10", "楼体节能", None, 1.0, 1.0, 1, 1, "x"),
        ("P6-V1", "P6", 1, "丙院", "2020-07-01", "楼体节能", None, 1.0, 1.0, 1, 1, "x"),
        ("P6-V2", "P6", 2, "丁院", "2020-08-11", "楼体节能", None, 1.0, 1.0, 1, 1, "x"),
        ("P7-V1", "P7", 1, "丁院", "2020-07-01", "楼体节能", None, 1.0, 1.0, 1, 1, "x"),
        ("P7-V2", "P7", 2, "丁院", "2020-09-05", "楼体节能", None, 1.0, 1.0, 1, 1, "x"),
    ),
    "design_opinions": _frame(
        "opinion_id design_id reviewer reviewed_date decision opinion",
        ("P1-V1-O1", "P1-V1", "规划师甲", "2020-01-20", RETURNED, "请补充加装电梯"),
        ("P1-V2-O1", "P1-V2", "规划师甲", "2020-02-10", PASSED, "同意"),
        ("P5-V1-O1", "P5-V1", "规划师乙", "2020-01-20", CHANGES, "原则同意"),
        ("P6-V1-O1", "P6-V1", "规划师乙", "2020-07-11", RETURNED, "请修改"),
        ("P7-V1-O1", "P7-V1", "规划师乙", "2020-08-01", RETURNED, "请修改"),
    ),
    "public_notices": _frame(
        "notice_id project_id design_id posted_date ended_date place responses",
        ("N1", "P1", "P1-V1", "2020-01-16", "2020-01-22", "门口", 1),  # a version that never passed
        ("N2", "P1", "P1-V2", "2020-02-05", "2020-02-14", "门口", 2),  # five days before its opinion
        ("N3", "P5", "P5-V1", "2020-08-24", None, "门口", None),  # open
        ("N4", "P4", None, "2020-08-01", "2020-08-03", None, 0),  # nobody knows which version
        ("N5", "P5", "P5-V1", "2020-09-01", None, None, None),  # after the day
    ),
}


def add_designs(store: Store) -> None:
    """Add the rows to an open store that holds the small city."""
    with store.writing() as conn:
        run = begin_run(
            conn,
            kind="demo",
            catalogue_key="designs",
            actor="t",
            is_synthetic=True,
            title_zh="方案",
            title_en="Designs",
            as_of_date=DAY("2020-08-31"),
        )
        for name in BASE_TABLES:
            if name in TABLES:
                apply_rows(conn, run, BASE_TABLES[name], TABLES[name], is_synthetic=True)
        end_run(conn, run, actor="t", detail={})
