"""Rows of gates and content for the small city, few enough to be counted on paper, as of 2020-08-31."""

import datetime as dt

import pandas as pd
from shapely.geometry import Point

from store.engine import Store
from store.runs import apply_rows, begin_run, end_run
from store.tables import BASE_TABLES
from tests.dashboard.small_store import small_store

DAY = dt.date.fromisoformat


def _frame(columns: str, *rows: tuple) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=columns.split(), dtype="object")
    dated = [n for n in table.columns if n.endswith("_date") or n in ("planned_from", "planned_to")]
    return table.assign(**{n: [None if v is None else DAY(v) for v in table[n]] for n in dated})


#: In the order of the store. Communities: C1 of P1 … C5 of P5, C6 of none.
TABLES: dict[str, pd.DataFrame] = {
    "project_buildings": _frame(
        "project_building_id project_id building_id",
        ("a", "P1", "C1-0"),
        ("b", "P1", "C1-1"),
        ("c", "P4", "C4-0"),
    ),
    "fiscal_assessments": _frame(
        "assessment_id district_code year capacity_fen assessed_date document_no",
        (
            "F1",
            "110101",
            2020,
            2_500_000_000,
            "2020-02-01",
            "财评1号",
        ),  # three projects of 1,000 万元: overdrawn
        ("F2", "110102", 2020, 5_000_000_000, "2020-02-01", "财评2号"),
    ),
    "submission_trail": _frame(
        "trail_id project_id level action action_date document_no note",
        ("T1", "P1", "subdistrict", "submitted", "2020-01-05", "S1", None),
        ("T2", "P1", "district", "submitted", "2020-01-10", "D1", None),
        ("T3", "P1", "city", "agreed", "2020-01-20", "C1", None),
    ),
    "service_agreements": _frame(
        "agreement_id project_id company service_standard fee_fen_per_m2_month agreed_date signed_date joined_stage",
        ("A1", "P1", "甲物业", "二级", 120, "2020-08-01", None, "designed"),
    ),
    "property_unit_duties": _frame(
        "unit_duty_id project_id unit duty done_date note", ("U1", "P1", "轴承厂", "repair", None, None)
    ),
    "deliberations": _frame(
        "deliberation_id project_id held_date parties topic",
        ("L1", "P1", "2020-03-01", "居委会、实施主体", "加装电梯"),
    ),
    "reception_places": _frame(
        "reception_id project_id address opened_date contact_name contact_phone geometry",
        ("R1", "P1", "C1院内", "2020-03-01", "接待员乙", "010-00001234", Point(116.35, 39.91)),
    ),
    "quality_checks": _frame(
        "check_id project_id checked_date kind checker faults_found faults_open note",
        ("Q1", "P4", "2020-04-01", "safety", "区住建委", 3, 1, None),
    ),
    "demands": _frame(
        "demand_id community_id item asks gathered_date",
        ("D1", "C1", "加装电梯", 40, "2020-01-02"),  # P1 plans it
        ("D2", "C1", "补建停车设施", 25, "2020-01-02"),  # nobody plans it
        ("D3", "C1", "楼体节能", 0, "2020-01-02"),  # P1 plans it, nobody wants it
        ("D4", "C6", "增设快递柜", 5, "2020-01-02"),  # no project, on no menu
        ("D5", "C4", "加装电梯", 9, "2020-09-20"),  # after the day
    ),
    "governance_items": _frame(
        "governance_id community_id item is_present cleared_date",
        ("G1", "C4", "illegal_structures", True, "2020-03-12"),  # works began ten days before
        ("G2", "C1", "parking_locks", True, None),
        ("G3", "C4", "wall_openings", False, None),
    ),
    "building_works": _frame(
        "work_id project_id building_id kind started_date completed_date",
        ("W1", "P4", "C4-0", "energy", "2020-03-10", "2020-07-01"),
        ("W2", "P1", "C1-0", "energy", None, None),
        ("W3", "P1", "C1-0", "seismic", "2020-08-01", None),
    ),
    "community_measures": _frame(
        "measure_id project_id community_id kind quantity unit started_date completed_date is_standard_met",
        ("M1", "P1", "C1", "greening", 500.0, "平方米", None, None, None),
        ("M2", "P4", "C4", "greening", 300.0, "平方米", "2020-04-01", "2020-06-01", False),
        ("M3", "P4", "C4", "overhead_lines", None, "千米", None, None, None),
    ),
    "pipeline_works": _frame(
        "dig_id project_id community_id street kind company planned_from planned_to started_date completed_date "
        "approval_no subsidy_state handed_over_date",
        (
            "W1",
            "P4",
            "C4",
            None,
            "water",
            "自来水",
            "2020-03-01",
            "2020-03-10",
            "2020-03-01",
            "2020-03-09",
            None,
            "none",
            None,
        ),
        (
            "W2",
            "P4",
            "C4",
            None,
            "gas",
            "燃气",
            "2020-03-31",
            "2020-04-05",
            None,
            None,
            "掘2号",
            "paid",
            None,
        ),
        (
            "W3",
            "P1",
            "C1",
            None,
            "heat",
            "热力",
            "2020-05-01",
            "2020-05-09",
            None,
            None,
            "掘3号",
            "none",
            None,
        ),
    ),
    "pavings": _frame("paving_id community_id street paved_date", ("V1", "C4", None, "2020-03-20")),
    "lift_stairwells": _frame(
        "stairwell_id community_id building_id owners owners_consenting area_m2 area_consenting_m2 filed_date "
        "accepted_date operator",
        ("S1", "C1", "C1-0", 12, 8, 900.0, 600.0, None, None, None),  # exactly two thirds
        ("S2", "C1", "C1-0", 12, 7, 900.0, 700.0, "2020-05-01", None, None),  # filed without consent
    ),
    "parking_lots": _frame(
        "lot_id community_id name kind spaces opened_date occupied counted_date",
        ("K1", "C1", "地面", "built", 20, "2015-01-01", 22, "2020-08-01"),
        ("K2", "C1", "共享", "shared", 10, "2019-01-01", None, None),
    ),
    "rebuild_options": _frame(
        "option_id building_id kind certificate_no certified_date planning_conditions payer added_area_m2 "
        "added_dwellings",
        ("B1", "C1-1", "rebuild", "危鉴1号", "2019-01-01", None, "区财政", 100.0, 2),
    ),
}
CONTENT_ITEMS = {"P1": "加装电梯、楼体节能", "P4": "楼体节能"}


def add_rows(store: Store) -> None:
    """Add the rows to an open store that holds the small city."""
    with store.writing() as conn:
        run = begin_run(
            conn,
            kind="demo",
            catalogue_key="gates",
            actor="t",
            is_synthetic=True,
            title_zh="台账",
            title_en="Ledger",
            as_of_date=DAY("2020-08-31"),
        )
        for name, rows in TABLES.items():
            apply_rows(conn, run, BASE_TABLES[name], rows, is_synthetic=True)
        end_run(conn, run, actor="t", detail={})
        for project, items in CONTENT_ITEMS.items():
            table = BASE_TABLES["projects"]
            conn.execute(table.update().where(table.c.project_id == project).values(content_items=items))


def projects_store(url: str) -> Store:
    """An open store with the small city and these rows."""
    store = small_store(url)
    add_rows(store)
    return store
