"""Named reads: each is one plain SQL query and returns a frame, sorted by its key."""

import datetime as dt

import geopandas as gpd
import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    extract,
    func,
    literal,
    or_,
    select,
    union_all,
)

from store.engine import Store
from store.tables import (
    BASE_TABLES,
    annual_targets,
    building_links,
    buildings,
    communities,
    community_links,
    districts,
    import_runs,
    monthly_investments,
    project_communities,
    projects,
    stage_events,
    subdistricts,
)
from store.tables_programme import (
    deliverables,
    issue_calls,
    issue_escalations,
    issues,
)

#: Tables whose rows are figures of the plan, for the note on synthetic data.
NOTED_TABLES = (
    "communities",
    "buildings",
    "projects",
    "stage_events",
    "monthly_investments",
    "annual_targets",
)


def district_areas(store: Store) -> gpd.GeoDataFrame:
    """The districts: district_code, name_zh, name_en, zone, geometry (EPSG:4326)."""
    t = districts.c
    return store.layer(
        select(t.district_code, t.name_zh, t.name_en, t.zone, t.geometry).order_by(t.district_code)
    )


def subdistrict_areas(store: Store, district_code: str) -> gpd.GeoDataFrame:
    """The subdistricts of one district: subdistrict_code, district_code, name_zh, name_en, geometry (EPSG:4326)."""
    t = subdistricts.c
    return store.layer(
        select(t.subdistrict_code, t.district_code, t.name_zh, t.name_en, t.geometry)
        .where(t.district_code == district_code)
        .order_by(t.subdistrict_code)
    )


def area_names(store: Store) -> pd.DataFrame:
    """Every district and subdistrict without its outline: level, code, district_code, name_zh, name_en."""
    d, s = districts.c, subdistricts.c
    query = union_all(
        select(
            literal("district").label("level"),
            d.district_code.label("code"),
            d.district_code.label("district_code"),
            d.name_zh,
            d.name_en,
        ),
        select(literal("subdistrict"), s.subdistrict_code, s.district_code, s.name_zh, s.name_en),
    ).subquery()
    return store.frame(select(query).order_by(query.c.level, query.c.code))


def project_rows(store: Store) -> pd.DataFrame:
    """The projects, all columns of the ledger, dates as dates and money in fen."""
    t = projects.c
    return store.frame(
        select(
            t.project_id,
            t.name,
            t.district_code,
            t.batch,
            t.plan_year,
            t.is_central_state,
            t.confirmation_document_no,
            t.investor,
            t.implementing_body,
            t.general_contractor,
            t.planned_start_date,
            t.planned_completion_date,
            t.planned_investment_fen,
            t.content_items,
            t.is_synthetic,
        ).order_by(t.project_id)
    )


def stage_event_rows(store: Store) -> pd.DataFrame:
    """The dated events of the projects: project_id, stage, event_date, document_no."""
    t = stage_events.c
    return store.frame(select(t.project_id, t.stage, t.event_date, t.document_no).order_by(t.event_id))


def investment_rows(store: Store) -> pd.DataFrame:
    """Fixed-asset investment completed: project_id, month (YYYY-MM), amount_fen (R49)."""
    t = monthly_investments.c
    return store.frame(select(t.project_id, t.month, t.amount_fen).order_by(t.investment_id))


def target_rows(store: Store) -> pd.DataFrame:
    """The annual targets as entered (R1): year, area_code, measure, value, note."""
    t = annual_targets.c
    return store.frame(
        select(t.year, t.area_code, t.measure, t.value, t.note).order_by(t.year, t.area_code, t.measure)
    )


def project_places(store: Store) -> pd.DataFrame:
    """The communities of each project with where they stand.

    Returns project_id, community_id, community_name, subdistrict_code, households, has_owners_body, age_class.
    """
    c, pc, cl = communities.c, project_communities.c, community_links.c
    return store.frame(
        select(
            pc.project_id,
            pc.community_id,
            c.name.label("community_name"),
            cl.subdistrict_code,
            c.households,
            c.has_owners_body,
            cl.age_class,
        )
        .join(communities, c.community_id == pc.community_id)
        .outerjoin(community_links, cl.community_id == pc.community_id)
        .order_by(pc.project_id, pc.community_id)
    )


def community_counts(store: Store, as_of: dt.date) -> pd.DataFrame:
    """Communities by place and age class, with how many are surveyed by a day (R2, R4).

    Returns district_code, subdistrict_code, age_class, communities, mixed, surveyed, households (sum of those
    known), with_households.
    """
    c, cl = communities.c, community_links.c
    is_surveyed = and_(c.surveyed_date.is_not(None), c.surveyed_date <= as_of)
    return store.frame(
        select(
            cl.district_code,
            cl.subdistrict_code,
            cl.age_class,
            func.count().label("communities"),
            _count_where(cl.is_mixed_age.is_(True)).label("mixed"),
            _count_where(is_surveyed).label("surveyed"),
            func.coalesce(func.sum(c.households), 0).label("households"),
            func.count(c.households).label("with_households"),
        )
        .join(communities, c.community_id == cl.community_id)
        .group_by(cl.district_code, cl.subdistrict_code, cl.age_class)
        .order_by(cl.district_code, cl.subdistrict_code, cl.age_class)
    )


def _count_where(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def building_counts(store: Store) -> pd.DataFrame:
    """Buildings by place, year range and where the year came from (R4).

    Returns district_code, subdistrict_code, year_from, year_to, age_class, year_source, buildings.
    """
    t = building_links.c
    keys = (t.district_code, t.subdistrict_code, t.year_from, t.year_to, t.age_class, t.year_source)
    return store.frame(
        select(*keys, func.count().label("buildings")).group_by(*keys).order_by(*(k.asc() for k in keys))
    )


def community_year_counts(store: Store) -> pd.DataFrame:
    """Communities by place and year range, for places whose buildings are not known one by one (R4).

    Returns district_code, subdistrict_code, year_from, year_to, age_class, communities.
    """
    c, cl = communities.c, community_links.c
    keys = (
        cl.district_code,
        cl.subdistrict_code,
        c.build_year_from.label("year_from"),
        c.build_year_to.label("year_to"),
        cl.age_class,
    )
    return store.frame(
        select(*keys, func.count().label("communities"))
        .join(communities, c.community_id == cl.community_id)
        .group_by(cl.district_code, cl.subdistrict_code, c.build_year_from, c.build_year_to, cl.age_class)
        .order_by(cl.district_code, cl.subdistrict_code, c.build_year_from, c.build_year_to, cl.age_class)
    )


def community_list(
    store: Store,
    *,
    kind: str,
    as_of: dt.date,
    district_code: str | None = None,
    subdistrict_code: str | None = None,
) -> pd.DataFrame:
    """The communities of one kind: `pre_2000`; `mixed` (buildings of both ages); `unknown` (no year to go by);
    `not_surveyed` (no survey by the day, R2).

    Returns community_id, name, district_code, subdistrict_code, build_year_text, build_year_from, build_year_to,
    buildings, pre_2000_buildings, post_2000_buildings, unknown_year_buildings, pre_2000_share_pct, households,
    surveyed_date, is_synthetic. Raises ValueError for another kind.
    """
    surveyed = communities.c.surveyed_date
    conditions = {
        "pre_2000": community_links.c.age_class == "pre_2000",
        "mixed": community_links.c.is_mixed_age.is_(True),
        "unknown": community_links.c.age_class == "unknown",
        "not_surveyed": or_(surveyed.is_(None), surveyed > as_of),
    }
    if kind not in conditions:
        raise ValueError(kind)
    return store.frame(_in_area(_community_query(), district_code, subdistrict_code).where(conditions[kind]))


def _community_query() -> Select:
    c, cl = communities.c, community_links.c
    return (
        select(
            c.community_id,
            c.name,
            cl.district_code,
            cl.subdistrict_code,
            c.build_year_text,
            c.build_year_from,
            c.build_year_to,
            cl.buildings,
            cl.pre_2000_buildings,
            cl.post_2000_buildings,
            cl.unknown_year_buildings,
            cl.pre_2000_share_pct,
            c.households,
            c.surveyed_date,
            c.is_synthetic,
        )
        .join(community_links, cl.community_id == c.community_id)
        .order_by(c.community_id)
    )


def _in_area(query: Select, district_code: str | None, subdistrict_code: str | None) -> Select:
    if subdistrict_code is not None:
        return query.where(community_links.c.subdistrict_code == subdistrict_code)
    if district_code is not None:
        return query.where(community_links.c.district_code == district_code)
    return query


def data_span(store: Store) -> pd.DataFrame:
    """One row that says what the store holds and up to when.

    Returns latest_month (of investment, YYYY-MM), latest_event_date (the newest day, not after today, that a step, an
    issue, a call or a deliverable names; a meeting's day may lie ahead), first_event_date, latest_survey_date,
    communities, buildings, projects, targets.
    """
    days = union_all(
        *(
            select(func.max(column).label("day")).where(column <= dt.datetime.now(dt.UTC).date())
            for column in (
                stage_events.c.event_date,
                issues.c.reported_date,
                issues.c.closed_date,
                issue_calls.c.called_date,
                issue_calls.c.answered_date,
                issue_escalations.c.escalated_date,
                deliverables.c.delivered_date,
            )
        )
    ).subquery()
    return store.frame(
        select(
            select(func.max(monthly_investments.c.month)).scalar_subquery().label("latest_month"),
            select(func.max(days.c.day)).scalar_subquery().label("latest_event_date"),
            select(func.min(stage_events.c.event_date)).scalar_subquery().label("first_event_date"),
            select(func.max(communities.c.surveyed_date)).scalar_subquery().label("latest_survey_date"),
            select(func.count()).select_from(communities).scalar_subquery().label("communities"),
            select(func.count()).select_from(buildings).scalar_subquery().label("buildings"),
            select(func.count()).select_from(projects).scalar_subquery().label("projects"),
            select(func.count()).select_from(annual_targets).scalar_subquery().label("targets"),
        )
    )


def years_with_data(store: Store) -> pd.DataFrame:
    """The years that have targets, planned projects or dated events, one column `year`, newest first."""
    t = stage_events.c
    query = union_all(
        select(annual_targets.c.year.label("year")),
        select(projects.c.plan_year).where(projects.c.plan_year.is_not(None)),
        select(extract("year", t.event_date)),
    ).subquery()
    return store.frame(select(query.c.year).distinct().order_by(query.c.year.desc()))


def synthetic_shares(store: Store) -> pd.DataFrame:
    """How many rows of each of the plan's tables are synthetic: table_name, rows, synthetic."""
    parts = [
        select(
            literal(name).label("table_name"),
            func.count().label("rows"),
            _count_where(BASE_TABLES[name].c.is_synthetic.is_(True)).label("synthetic"),
        ).select_from(BASE_TABLES[name])
        for name in NOTED_TABLES
    ]
    query = union_all(*parts).subquery()
    return store.frame(select(query).order_by(query.c.table_name))


def synthetic_districts(store: Store) -> pd.DataFrame:
    """How many communities of each district are synthetic: district_code, rows, synthetic."""
    c, cl = communities.c, community_links.c
    return store.frame(
        select(
            cl.district_code,
            func.count().label("rows"),
            _count_where(c.is_synthetic.is_(True)).label("synthetic"),
        )
        .join(communities, c.community_id == cl.community_id)
        .group_by(cl.district_code)
        .order_by(cl.district_code)
    )


def sources(store: Store, *tables: str) -> pd.DataFrame:
    """The runs whose rows stand in the given tables: run_id, title_zh, title_en, as_of_date, is_synthetic, licence.

    Raises KeyError for a table that is no base table.
    """
    held = or_(
        *(
            select(literal(1)).where(BASE_TABLES[name].c.import_run_id == import_runs.c.run_id).exists()
            for name in tables
        )
    )
    t = import_runs.c
    return store.frame(
        select(t.run_id, t.title_zh, t.title_en, t.as_of_date, t.is_synthetic, t.licence)
        .where(held)
        .order_by(t.run_id)
    )
