"""What the tests of closed months share: the assessment office, units of a mechanism, and writing a few rows."""

import datetime as dt

import pandas as pd

from store.access import Principal, Role
from store.engine import Store
from store.runs import apply_rows, begin_run, end_run
from store.tables import BASE_TABLES

OFFICE = Principal("考核办", Role.ASSESSMENT_OFFICE)
UNITS = pd.DataFrame(
    [("1-lead-市住房城乡建设委", 1, "市住房城乡建设委", "lead")],
    columns=["mechanism_unit_id", "mechanism_no", "unit", "role"],
)
DAY = dt.date.fromisoformat


def write(store: Store, table: str, rows: list[dict]) -> int:
    """One run that writes rows; its number."""
    with store.writing() as conn:
        run = begin_run(
            conn,
            kind="edit",
            catalogue_key="t",
            actor="t",
            is_synthetic=True,
            title_zh="补报",
            title_en="Late",
        )
        apply_rows(conn, run, BASE_TABLES[table], pd.DataFrame(rows), is_synthetic=True)
        end_run(conn, run, actor="t", detail={})
    return run


def started(project: str, day: str) -> dict:
    """The row of a project's start."""
    return {
        "event_id": f"{project}-started",
        "project_id": project,
        "stage": "started",
        "event_date": DAY(day),
    }
