"""Funding and investment in the shape of the store's tables."""

import csv
from pathlib import Path

import pandas as pd

from tests.programme.frames import DAY, projects

REFERENCE = Path(__file__).resolve().parents[3] / "data" / "reference"
COLUMNS = ["entry_id", "project_id", "funding_source", "content_class", "state", "entry_date", "amount_fen"]


def payers() -> dict[str, str]:
    with (REFERENCE / "funding_sources.csv").open(encoding="utf-8", newline="") as file:
        return {row["key"]: row["payer"] for row in csv.DictReader(file)}


def entries(*rows: tuple) -> pd.DataFrame:
    """Entries as (project, source, class, state, date or None, fen); the keys are e0, e1 …"""
    full = [(f"e{i}", *r[:4], DAY(r[4]) if r[4] else None, r[5]) for i, r in enumerate(rows)]
    return pd.DataFrame(full, columns=COLUMNS, dtype="object").astype({"amount_fen": "int64"})


def two_projects() -> pd.DataFrame:
    """p1 in Dongcheng, p2 in Haidian of a central state organ."""
    return projects(
        {"project_id": "p1", "district_code": "110101"},
        {"project_id": "p2", "district_code": "110108", "is_central_state": True},
    )


def investments(*rows: tuple) -> pd.DataFrame:
    """Investments as (key, project, month, fen)."""
    return pd.DataFrame(list(rows), columns=["investment_id", "project_id", "month", "amount_fen"])
