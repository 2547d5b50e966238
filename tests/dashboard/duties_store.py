"""Rows of duties and issues for the small city, few enough to be counted on paper, as of 2020-08-31."""

import datetime as dt

import geopandas as gpd
import pandas as pd
from shapely.geometry import Point

from programme.duties.practice import PlanPart
from store.engine import Store
from store.runs import apply_rows, begin_run, end_run
from store.tables import BASE_TABLES
from tests.dashboard.small_store import WILD_NAME

AS_OF = dt.date(2020, 8, 31)


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _frame(columns: str, *rows: tuple, numbered: bool = False) -> pd.DataFrame:
    names = columns.split()
    table = pd.DataFrame(rows, columns=names, dtype="object")
    for name in names:
        if name.endswith("_date"):
            table[name] = [_day(v) for v in table[name]]
    return table.assign(document_no=None) if numbered else table


DELIVERABLES = _frame(
    "deliverable_id mechanism_no kind title unit due_date delivered_date",
    ("D1", 1, "policy", WILD_NAME, "市财政局", "2020-07-31", None),  # 31 days over
    ("D2", 1, "measure", "议事规则", None, "2020-06-10", "2020-06-01"),
    ("D3", 15, "handbook", "工作手册", None, None, None),
    ("D4", 5, "measure", "金融支持措施", None, "2020-08-01", "2020-08-06"),  # 5 days late
    numbered=True,
)
MEETINGS = _frame(
    "meeting_id kind title held_date",
    ("M1", "secretariat", "秘书组第 1 次会议", "2020-06-01"),
    ("M2", "task_force", "专班第 2 次会议", "2020-09-10"),
)
AGENDA = _frame(
    "agenda_item_id meeting_id position subject group_id",
    ("A1", "M1", 1, "推进业主组织组建", None),
    ("A2", "M1", 2, "管线改移", "pipelines:W1"),
)
DECISIONS = _frame(
    "decision_id meeting_id agenda_item_id text unit due_date done_date",
    ("R1", "M1", "A1", "约谈滞后街道", "东城区政府", "2020-07-01", None),  # 61 days over
    ("R2", "M1", None, "拨付资金", "市财政局", "2020-07-01", "2020-06-30"),
)
CARDS = _frame(
    "card_id kind title summary district_code project_id published_date evidence",
    ("K1", "good_practice", "先签协议再开工", "先签后改", "110101", "P1", "2020-05-01", "总结"),
    ("K2", "model", "三方共担", None, "110102", None, None, None),
)
SENDINGS = _frame("sent_id card_id unit sent_date", ("S1", "K1", "市财政局", "2020-05-02"))
FILINGS = _frame(
    "filing_id district_code year part filed_date",
    *((f"F-{p.value}", "110102", 2020, p.value, "2020-06-01") for p in PlanPart),
    ("F-D", "110101", 2020, "goals", "2020-05-20"),
    numbered=True,
)
ISSUES = gpd.GeoDataFrame(
    _frame(
        "issue_id district_code subdistrict_code community_id project_id kind title reported_date due_date "
        "closed_date reporter_name reporter_phone",
        (
            "W1",
            "110101",
            "110101001",
            "C1",
            "P1",
            "pipelines",
            WILD_NAME,
            "2020-08-01",
            "2020-08-10",
            *[None] * 3,
        ),
        ("W2", "110101", "110101001", "C1", "P1", "pipelines", "燃气未改移", "2020-07-02", *[None] * 4),
        (
            "W3",
            "110101",
            "110101001",
            None,
            None,
            "pipelines",
            "排水堵塞",
            "2020-05-03",
            None,
            "2020-06-02",
            *[None] * 2,
        ),
        ("W4", None, None, None, None, None, "不明地点", "2020-08-30", *[None] * 4),
        (
            "W5",
            "110102",
            "110102001",
            "C4",
            "P4",
            "lifts",
            "加装电梯受阻",
            "2020-08-21",
            None,
            None,
            "王女士",
            "0000 0001",
        ),
    ),
    geometry=[Point(116.41, 39.91), Point(116.412, 39.91), Point(116.414, 39.91), None, Point(116.38, 39.91)],
    crs=4326,
)
CALLS = _frame(
    "call_id issue_id unit called_date answered_date answer",
    ("L1", "W1", "市城市管理委", "2020-08-02", None, None),  # waits 29 days
    ("L2", "W1", "市水务局", "2020-08-02", "2020-08-05", "已列入计划"),
    ("L3", "W5", "西城区政府", "2020-08-22", None, None),  # waits 9 days
)
STEPS = _frame("escalation_id issue_id step escalated_date note", ("E1", "W2", 1, "2020-07-20", None))
TABLES = {
    "deliverables": DELIVERABLES,
    "meetings": MEETINGS,
    "agenda_items": AGENDA,
    "decisions": DECISIONS,
    "issues": ISSUES,
    "issue_calls": CALLS,
    "issue_escalations": STEPS,
    "practice_cards": CARDS,
    "card_sendings": SENDINGS,
    "plan_filings": FILINGS,
}


def add_duties(store: Store) -> int:
    """Put the rows into a store with the small city; returns their run."""
    with store.writing() as conn:
        about = {"title_zh": "职责与问题", "title_en": "Duties and issues", "as_of_date": AS_OF}
        run = begin_run(conn, kind="demo", catalogue_key="duties", actor="t", is_synthetic=True, **about)
        for name, rows in TABLES.items():
            apply_rows(conn, run, BASE_TABLES[name], rows, is_synthetic=True)
        end_run(conn, run, actor="t", detail={})
    return run
