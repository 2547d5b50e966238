"""Whistle and report (R63): issues with their place, calls, escalations, and what an issue can be tied to."""

import geopandas as gpd
import pandas as pd
from sqlalchemy import func, select

from store.engine import Store
from store.tables import communities, community_links, project_communities, projects
from store.tables_programme import issue_calls, issue_escalations, issues


def issue_rows(store: Store) -> gpd.GeoDataFrame:
    """Every issue without the person who reported it: issue_id, district_code, subdistrict_code, community_id,
    project_id, kind, title, reported_date, due_date, closed_date, community_name, project_name, import_run_id,
    is_synthetic, content_hash, geometry (EPSG:4326, empty where the place is not known)."""
    t = issues.c
    return store.layer(
        select(
            t.issue_id,
            t.district_code,
            t.subdistrict_code,
            t.community_id,
            t.project_id,
            t.kind,
            t.title,
            t.reported_date,
            t.due_date,
            t.closed_date,
            communities.c.name.label("community_name"),
            projects.c.name.label("project_name"),
            t.import_run_id,
            t.is_synthetic,
            t.content_hash,
            t.geometry,
        )
        .outerjoin(communities, communities.c.community_id == t.community_id)
        .outerjoin(projects, projects.c.project_id == t.project_id)
        .order_by(t.issue_id)
    )


def issue_reporter(store: Store, issue_id: str) -> pd.DataFrame:
    """Who reported one issue: reporter_name, reporter_phone. Personal data (R74): a page asks for it only for a role
    that may see persons, and a scoped read gives others nothing."""
    t = issues.c
    return store.frame(select(t.reporter_name, t.reporter_phone).where(t.issue_id == issue_id))


def call_rows(store: Store) -> pd.DataFrame:
    """The units whistled for: call_id, issue_id, unit, called_date, answered_date, answer, import_run_id,
    content_hash."""
    t = issue_calls.c
    columns = (t.call_id, t.issue_id, t.unit, t.called_date, t.answered_date, t.answer)
    return store.frame(select(*columns, t.import_run_id, t.content_hash).order_by(t.call_id))


def escalation_rows(store: Store) -> pd.DataFrame:
    """The steps up that were taken: escalation_id, issue_id, step (1 district, 2 task force), escalated_date, note,
    import_run_id, content_hash."""
    t = issue_escalations.c
    columns = (t.escalation_id, t.issue_id, t.step, t.escalated_date, t.note)
    return store.frame(select(*columns, t.import_run_id, t.content_hash).order_by(t.escalation_id))


def reporting_places(store: Store, district_code: str, subdistrict_code: str | None = None) -> pd.DataFrame:
    """The communities of a district or subdistrict that an issue can be reported for.

    Returns community_id, name, address, district_code, subdistrict_code, project_id (the first one; may be missing).
    """
    c, cl = communities.c, community_links.c
    own = (
        select(
            project_communities.c.community_id, func.min(project_communities.c.project_id).label("project_id")
        )
        .group_by(project_communities.c.community_id)
        .subquery()
    )
    query = (
        select(c.community_id, c.name, c.address, cl.district_code, cl.subdistrict_code, own.c.project_id)
        .join(community_links, cl.community_id == c.community_id)
        .outerjoin(own, own.c.community_id == c.community_id)
        .where(cl.district_code == district_code)
    )
    if subdistrict_code is not None:
        query = query.where(cl.subdistrict_code == subdistrict_code)
    return store.frame(query.order_by(c.community_id))


def reporting_shape(store: Store, community_id: str) -> gpd.GeoDataFrame:
    """Where one community lies: community_id, point (WKB bytes, may be missing), geometry (EPSG:4326, may be empty)."""
    c = communities.c
    return store.layer(select(c.community_id, c.point, c.geometry).where(c.community_id == community_id))


def project_titles(store: Store) -> pd.DataFrame:
    """The projects by name, for a choice: project_id, name, district_code."""
    t = projects.c
    return store.frame(select(t.project_id, t.name, t.district_code).order_by(t.project_id))
