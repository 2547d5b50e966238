"""Small frames in the shape of the store's queries."""

import datetime as dt

import pandas as pd

DAY = dt.date.fromisoformat


def projects(*rows: dict) -> pd.DataFrame:
    """Projects with what each row says and nothing else known."""
    columns = {
        "project_id": None,
        "name": "",
        "district_code": "110101",
        "batch": None,
        "plan_year": 2020,
        "is_central_state": False,
        "confirmation_document_no": None,
        "planned_start_date": None,
        "planned_completion_date": None,
        "planned_investment_fen": None,
        "is_synthetic": True,
    }
    return pd.DataFrame([{**columns, **row} for row in rows], columns=list(columns))


def events(*rows: tuple) -> pd.DataFrame:
    """Events as (project_id, stage, date[, document number])."""
    full = [(r[0], r[1], DAY(r[2]), r[3] if len(r) > 3 else None) for r in rows]
    return pd.DataFrame(full, columns=["project_id", "stage", "event_date", "document_no"])


def investments(*rows: tuple) -> pd.DataFrame:
    """Monthly investment as (project_id, month, fen)."""
    return pd.DataFrame(list(rows), columns=["project_id", "month", "amount_fen"])


def targets(*rows: tuple) -> pd.DataFrame:
    """Targets as (year, area_code, measure, value)."""
    return pd.DataFrame(list(rows), columns=["year", "area_code", "measure", "value"])


def places(*rows: tuple) -> pd.DataFrame:
    """Communities of projects as (project_id, community_id, subdistrict_code, has_owners_body)."""
    frame = pd.DataFrame(
        list(rows), columns=["project_id", "community_id", "subdistrict_code", "has_owners_body"]
    )
    return frame.assign(community_name=frame["community_id"], households=100, age_class="pre_2000")
