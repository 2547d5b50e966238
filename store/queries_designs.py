"""Designs of projects, the responsible planner's opinions on them, and their public notices (R17–R19, R44)."""

import pandas as pd
from sqlalchemy import Connection, Text, cast, func, select

from store.engine import Store
from store.rows import content_columns
from store.tables import projects, stage_events
from store.tables_gaps import design_opinions, designs, public_notices


def design_rows(store: Store) -> pd.DataFrame:
    """All versions of all designs, a project's newest last: the columns of `designs`, is_synthetic, import_run_id,
    content_hash."""
    t = designs.c
    columns = [t[name] for name in content_columns(designs)]
    return store.frame(
        select(*columns, t.is_synthetic, t.import_run_id, t.content_hash).order_by(
            t.project_id, t.version, t.design_id
        )
    )


def opinion_rows(store: Store) -> pd.DataFrame:
    """All opinions without their gap sheets, a design's newest last: opinion_id, design_id, project_id, version,
    reviewer, reviewed_date, decision, opinion, has_gap_sheet, is_synthetic, import_run_id, content_hash."""
    o, d = design_opinions.c, designs.c
    rows = store.frame(
        select(
            o.opinion_id,
            o.design_id,
            d.project_id,
            d.version,
            o.reviewer,
            o.reviewed_date,
            o.decision,
            o.opinion,
            # A missing sheet may be kept as the JSON null.
            (func.coalesce(cast(o.gap_sheet, Text), "null") != "null").label("has_gap_sheet"),
            o.is_synthetic,
            o.import_run_id,
            o.content_hash,
        )
        .join(designs, d.design_id == o.design_id)
        .order_by(o.reviewed_date, o.import_run_id, o.opinion_id)
    )
    return rows.assign(has_gap_sheet=rows["has_gap_sheet"].astype(bool))


def opinion_sheets(store: Store, project_id: str) -> pd.DataFrame:
    """The gap sheets as they were frozen with the opinions on one project's designs: opinion_id, gap_sheet."""
    o, d = design_opinions.c, designs.c
    return store.frame(
        select(o.opinion_id, o.gap_sheet)
        .join(designs, d.design_id == o.design_id)
        .where(d.project_id == project_id)
        .order_by(o.opinion_id)
    )


def notice_rows(store: Store) -> pd.DataFrame:
    """All public notices with the version they showed: the columns of `public_notices`, version (missing where none is
    named), project_name, is_synthetic, import_run_id, content_hash."""
    n, d = public_notices.c, designs.c
    columns = [n[name] for name in content_columns(public_notices)]
    return store.frame(
        select(
            *columns,
            d.version,
            projects.c.name.label("project_name"),
            n.is_synthetic,
            n.import_run_id,
            n.content_hash,
        )
        .join(projects, projects.c.project_id == n.project_id)
        .outerjoin(designs, d.design_id == n.design_id)
        .order_by(n.posted_date, n.notice_id)
    )


def newest_version(conn: Connection, project_id: str) -> int:
    """The number of a project's newest design in the writer's own transaction; 0 where it has none."""
    newest = select(func.max(designs.c.version)).where(designs.c.project_id == project_id)
    return int(conn.execute(newest).scalar() or 0)


def steps_held(conn: Connection, project_id: str, stages: tuple[str, ...]) -> frozenset[str]:
    """Which of some steps are on record for a project, in the writer's own transaction."""
    t = stage_events.c
    return frozenset(
        conn.execute(select(t.stage).where(t.project_id == project_id, t.stage.in_(stages))).scalars()
    )
