"""What a month is made of, and what the ledger says today of the rows behind a month's figures."""

from typing import Any

import pandas as pd
from sqlalchemy import Connection, Select, func, select

from store.engine import Store, frame
from store.tables import (
    BASE_TABLES,
    closed_months,
    communities,
    community_links,
    import_runs,
    key_column,
    monthly_investments,
    projects,
    stage_events,
)
from store.tables_programme import issues

#: The base table behind each table of a month; `mechanism_units` is no table of the store, its rows are the plan's.
LEDGER_TABLES: dict[str, str] = {
    "districts": "districts",
    "projects": "projects",
    "events": "stage_events",
    "investments": "monthly_investments",
    "targets": "annual_targets",
    "project_communities": "project_communities",
    "communities": "communities",
    "issues": "issues",
    "issue_calls": "issue_calls",
    "deliverables": "deliverables",
}
_COLUMNS: dict[str, tuple[str, ...]] = {
    "districts": ("district_code",),
    "projects": ("project_id", "district_code", "is_central_state", "confirmation_document_no"),
    "events": ("event_id", "project_id", "stage", "event_date", "document_no"),
    "investments": ("investment_id", "project_id", "month", "amount_fen"),
    "targets": ("target_id", "year", "area_code", "measure", "value"),
    "project_communities": ("project_community_id", "project_id", "community_id"),
    "issues": (
        "issue_id",
        "district_code",
        "project_id",
        "kind",
        "reported_date",
        "due_date",
        "closed_date",
    ),
    "issue_calls": ("call_id", "issue_id", "unit", "called_date", "answered_date"),
    "deliverables": ("deliverable_id", "mechanism_no", "unit", "due_date", "delivered_date"),
}


def month_frames(conn: Connection) -> dict[str, pd.DataFrame]:
    """The tables of `programme.months.tables.FORMS` as they stand, all but `mechanism_units`, in one connection.

    A community's district is the one it was linked to, else the one its source states; its age class is the linked
    one (R4). Whether the reads are of one moment is the connection's matter: see `months.open_inputs`.
    """
    c, cl = communities.c, community_links.c
    queries: dict[str, Select[Any]] = {
        name: select(*(BASE_TABLES[LEDGER_TABLES[name]].c[column] for column in columns))
        for name, columns in _COLUMNS.items()
    }
    queries["communities"] = select(
        c.community_id,
        func.coalesce(cl.district_code, c.district_code).label("district_code"),
        cl.age_class,
        c.is_central_state,
        c.has_owners_body,
        c.has_property_service,
        c.has_party_organisation,
    ).outerjoin(community_links, cl.community_id == c.community_id)
    return {name: frame(conn, query) for name, query in queries.items()}


def closed_versions(store: Store) -> pd.DataFrame:
    """Every version of every closed month without its content, oldest first.

    Returns month (YYYY-MM), version, digest, previous_digest, reason, closed_by, closed_at.
    """
    t = closed_months.c
    return store.frame(
        select(t.month, t.version, t.digest, t.previous_digest, t.reason, t.closed_by, t.closed_at).order_by(
            t.month, t.version
        )
    )


def data_begins(store: Store) -> pd.DataFrame:
    """One row that says when the ledger begins: first_event, first_issue (days), first_month (of investment, YYYY-MM);
    each missing where there is none."""
    return store.frame(data_begins_query())


def data_begins_query() -> Select[Any]:
    """The query of `data_begins`."""
    return select(
        select(func.min(stage_events.c.event_date)).scalar_subquery().label("first_event"),
        select(func.min(issues.c.reported_date)).scalar_subquery().label("first_issue"),
        select(func.min(monthly_investments.c.month)).scalar_subquery().label("first_month"),
    )


def ledger_rows(store: Store, table: str) -> pd.DataFrame:
    """Who brought the rows of a month's table (a key of `LEDGER_TABLES`) and what they are called today.

    Returns row_key, label (the project's, community's, issue's or deliverable's name; missing where a row has none),
    run_id, title_zh, title_en (of the run), is_synthetic. Raises KeyError for another table.
    """
    base = BASE_TABLES[LEDGER_TABLES[table]]
    r = import_runs.c
    label: Any
    query_from: Any = base.join(import_runs, r.run_id == base.c.import_run_id)
    if table in ("projects", "communities"):
        label = base.c.name
    elif table in ("issues", "deliverables"):
        label = base.c.title
    elif table == "districts":
        label = base.c.name_zh
    elif table in ("events", "investments", "project_communities"):
        label = projects.c.name
        query_from = query_from.outerjoin(projects, projects.c.project_id == base.c.project_id)
    elif table == "issue_calls":
        label = issues.c.title
        query_from = query_from.outerjoin(issues, issues.c.issue_id == base.c.issue_id)
    else:
        label = base.c.note
    key = base.c[key_column(base)]
    return store.frame(
        select(
            key.label("row_key"), label.label("label"), r.run_id, r.title_zh, r.title_en, base.c.is_synthetic
        )
        .select_from(query_from)
        .order_by(key)
    )
