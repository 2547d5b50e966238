"""The small city with money and long-term management, to be counted on paper."""

import datetime as dt

import pandas as pd

from store.engine import Store
from store.runs import apply_rows, begin_run, end_run
from store.tables import BASE_TABLES
from tests.dashboard.small_store import small_store

DAY = dt.date.fromisoformat
YUAN = 100
WAN = 10_000 * YUAN
#: entry, project, source, class, state, day, 万元
ENTRIES = (
    ("F1", "P1", "city", "basic", "planned", "2020-02-01", 600),
    ("F2", "P1", "district", "basic", "planned", "2020-02-01", 300),
    ("F3", "P1", "property_unit", "basic", "planned", "2020-02-01", 100),
    ("F4", "P1", "city", "basic", "allotted", "2020-03-01", 400),
    ("F5", "P4", "city", "basic", "planned", "2020-02-01", 500),
    ("F6", "P4", "district", "optional", "planned", "2020-02-01", 500),
    ("F7", "P4", "city", "basic", "allotted", "2020-02-20", 450),
    ("F8", "P4", "city", "basic", "paid", "2020-04-20", 460),  # more than was allotted
    ("F9", "P5", "central", "basic", "planned", "2020-02-01", 1000),
    ("F10", "P4", "city", "basic", "paid", "2020-12-01", 40),  # after the day
)


def _tables() -> dict[str, pd.DataFrame]:
    columns = ["entry_id", "project_id", "funding_source", "content_class", "state", "entry_date"]
    entries = pd.DataFrame(
        [(*e[:5], DAY(e[5]), e[6] * WAN) for e in ENTRIES], columns=[*columns, "amount_fen"]
    )
    return {
        "funding_entries": entries,
        "loans": pd.DataFrame(
            {
                "loan_id": ["L1", "L2", "L3"],
                "project_id": ["P4", "P4", "P1"],
                "lender": ["甲行", "乙行", "丙行"],
                "pledge": ["停车收费收益权", None, "配套用房经营权"],
                "principal_fen": [300 * WAN, 100 * WAN, 50 * WAN],
                "repaid_fen": [0, 0, None],
                "loan_rate_pct": ["4.00", "5.00", None],
                "guarantee_rate_pct": [None, "1.00", None],
                "drawn_date": [DAY("2020-03-01"), DAY("2019-03-01"), None],
                "due_date": [DAY("2023-03-01"), DAY("2020-03-01"), None],
            }
        ),
        "social_capital_cases": pd.DataFrame(
            {
                "case_id": ["K1", "K2"],
                "project_id": ["P4", None],
                "district_code": ["110102", "110101"],
                "title": ["甲案例", "=乙案例"],
                "company": ["某公司", None],
                "participation": ["investment、operation", "operation"],
                "returns": ["parking_fees", None],
                "model": ["jinsong", None],
                "social_fen": [25 * WAN, None],
                "government_fen": [75 * WAN, None],
                "evidence": ["合同", None],
            }
        ),
        "maintenance_funds": pd.DataFrame(
            {"fund_id": ["U4"], "community_id": ["C4"], "established_date": [DAY("2010-01-01")]}
        ),
        "maintenance_entries": pd.DataFrame(
            {
                "entry_id": ["M1", "M2", "M3"],
                "community_id": ["C4", "C4", "C2"],
                "kind": ["collected", "used", "collected"],
                "entry_date": [DAY("2010-02-01"), DAY("2019-02-01"), DAY("2020-01-01")],
                "amount_fen": [80 * WAN, 30 * WAN, 5 * WAN],
            }
        ),
        "supports": pd.DataFrame(
            {
                "support_id": ["S1", "S2"],
                "community_id": ["C4", "C1"],
                "kind": ["provident_fund", "service_reward"],
                "content_class": ["basic", None],
                "amount_fen": [3 * WAN, 2 * WAN],
                "decided_date": [DAY("2020-05-01"), DAY("2020-05-01")],
                "document_no": ["文1号", None],
            }
        ),
        "fund_findings": pd.DataFrame(
            {
                "finding_id": ["R1", "R2"],
                "project_id": ["P4", None],
                "district_code": ["110102", "110101"],
                "kind": ["audit", "review"],
                "found_date": [DAY("2020-05-01"), DAY("2020-06-01")],
                "due_date": [DAY("2020-06-30"), None],
                "closed_date": [None, None],
                "amount_fen": [7 * WAN, None],
                "text": ["<b>专账</b>", "监理费"],
            }
        ),
        "stage_events": pd.DataFrame(
            {
                "event_id": ["P4-accepted", "P4-long_term"],
                "project_id": ["P4", "P4"],
                "stage": ["accepted", "long_term"],
                "event_date": [DAY("2020-08-10"), DAY("2020-08-20")],  # never handed over
            }
        ),
        "property_fees": pd.DataFrame(
            {
                "fee_id": ["E1", "E2", "E3"],
                "project_id": ["P4", "P4", "P4"],
                "community_id": ["C4", "C4", "C4"],
                "month": ["2020-07", "2020-08", "2020-06"],
                "charged_fen": [10 * WAN, 10 * WAN, 10 * WAN],
                "collected_fen": [6 * WAN, 9 * WAN, None],
            }
        ),
        "operated_items": pd.DataFrame(
            {
                "item_id": ["I1", "I2", "I3"],
                "project_id": ["P4", "P4", "P5"],
                "community_id": ["C4", "C4", "C5"],
                "item": ["加装电梯", "加装电梯", "补建停车设施"],
                "completed_date": [DAY("2020-08-01")] * 3,
                "operator": ["运维公司", None, "停车公司"],
                "is_running": [True, False, None],
                "checked_date": [DAY("2020-08-20"), DAY("2020-08-21"), None],
            }
        ),
        "supervision_visits": pd.DataFrame(
            {
                "visit_id": ["V1", "V2"],
                "community_id": ["C1", "C1"],
                "visited_date": [DAY("2020-05-01"), DAY("2020-08-01")],
                "topic": ["物业服务", "电梯运行"],
                "visitor": ["东华门街道办事处", "东华门街道办事处"],
            }
        ),
        "visit_findings": pd.DataFrame(
            {
                "visit_finding_id": ["W1", "W2"],
                "visit_id": ["V1", "V2"],
                "text": ["杂物", "记录不全"],
                "due_date": [DAY("2020-06-01"), DAY("2020-09-30")],
                "fixed_date": [None, None],
            }
        ),
        "pilots": pd.DataFrame(
            {
                "pilot_id": ["T1", "T2"],
                "community_id": ["C1", "C4"],
                "title": ["先尝后买", "信托制"],
                "start_date": [DAY("2020-03-01"), DAY("2020-03-01")],
            }
        ),
        "pilot_measurements": pd.DataFrame(
            {
                "measurement_id": ["Q1", "Q2"],
                "pilot_id": ["T1", "T1"],
                "measure": ["fee_collection", "fee_collection"],
                "measured_date": [DAY("2020-02-01"), DAY("2020-07-01")],
                "numerator": [40, 70],
                "denominator": [100, 100],
            }
        ),
        "practice_cards": pd.DataFrame(
            {
                "card_id": ["N1"],
                "kind": ["model"],
                "title": ["**先尝后买** <i>模式</i>"],
                "summary": ["先服务后收费"],
                "published_date": [DAY("2020-07-01")],
            }
        ),
    }


def money_store(url: str) -> Store:
    """An open store with the small city, its money and its long-term management."""
    store = small_store(url)
    with store.writing() as conn:
        run = begin_run(
            conn,
            kind="demo",
            catalogue_key="money",
            actor="t",
            is_synthetic=True,
            title_zh="资金台账",
            title_en="Money ledger",
            as_of_date=DAY("2020-08-31"),
        )
        for name, rows in _tables().items():
            apply_rows(conn, run, BASE_TABLES[name], rows, is_synthetic=True)
        end_run(conn, run, actor="t", detail={})
    return store
