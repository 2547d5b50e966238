"""Batches, the year's plan against what is confirmed, and published figures beside the store (R7, R9–R11)."""

import pandas as pd

from dashboard.tables import Kind, Table
from dashboard.viewmodels.areas import name_of
from dashboard.viewmodels.project_frames import ProjectsInView
from dashboard.viewmodels.project_reserve import district_names
from dashboard.viewmodels.project_topic import Part, Place, Topic
from programme.batches import batch_table, confirmations, plan_against_confirmed
from programme.progress import CITY_CODE
from programme.stages import Stage, first_dates


def batches_topic(view: ProjectsInView, place: Place) -> Topic:
    """Batches with their documents, central-state projects in and out (R7, R9, R10)."""
    words = place.words
    found = batch_table(view.projects, view.events, view.as_of)
    rows = pd.DataFrame(
        {
            "batch": found["batch"].fillna(words.say("projects.no_batch")),
            "first_date": found["first_date"],
            "last_date_batch": found["last_date"],
            "documents": [words.listed(list(d)) for d in found["documents"]],
            "projects_confirmed": found["projects"],
            "central_projects": found["central_projects"],
            "without_central": found["projects"] - found["central_projects"],
            "planned_investment_fen": found["planned_investment_fen"],
            "central_investment_fen": found["central_investment_fen"],
            "unknown_sums": found["unknown_sums"],
            "districts_count": found["districts"],
            "unconfirmed": [len(u) for u in found["unconfirmed"]],
        }
    )
    kinds: dict[str, Kind] = {
        **dict.fromkeys(("first_date", "last_date_batch"), "date"),
        **dict.fromkeys(
            (
                "projects_confirmed",
                "central_projects",
                "without_central",
                "unknown_sums",
                "districts_count",
                "unconfirmed",
            ),
            "count",
        ),
        **dict.fromkeys(("planned_investment_fen", "central_investment_fen"), "wan_yuan"),
    }
    confirmed = confirmations(view.projects, view.events, view.as_of)
    held = view.projects.set_index("project_id")
    listed = held[held["batch"].notna() | held.index.isin(confirmed.index)]
    project_rows = pd.DataFrame(
        {
            "name": listed["name"],
            "district": district_names(listed["district_code"], place.facts, words),
            "batch": listed["batch"].fillna(words.say("projects.no_batch")),
            "confirmed_date": confirmed["confirmed_date"].reindex(listed.index),
            "document_no": confirmed["document_no"].reindex(listed.index),
            "is_central_state": listed["is_central_state"],
            "planned_investment_fen": listed["planned_investment_fen"],
            "project_id": listed.index,
            "import_run_id": listed["import_run_id"],
        },
        index=listed.index,
    ).sort_values(["batch", "name"])
    more: dict[str, Kind] = {**kinds, "confirmed_date": "date", "is_central_state": "yes_no"}
    return Topic(
        words.say(
            "projects.batches_headline",
            batches=int(found["batch"].notna().sum()),
            projects=words.count(int(found["projects"].sum()), "project"),
            central=int(found["central_projects"].sum()),
            money=words.money(int(found["planned_investment_fen"].sum())),
        ),
        (
            Part(
                "batches",
                words.say("projects.batches_question"),
                words.say("projects.batches_answer"),
                place.table(rows, kinds, words.say("projects.file_batches")),
                words.say("projects.batches_rule"),
            ),
            Part(
                "batch_rows",
                words.say("projects.batch_rows_question"),
                words.say("projects.batch_rows_answer", count=words.count(len(project_rows), "project")),
                place.table(project_rows, more, words.say("projects.file_batch_rows")),
            ),
        ),
    )


def plan_topic(view: ProjectsInView, targets: pd.DataFrame, place: Place) -> Topic:
    """The annual plan against what is confirmed, by district (R11)."""
    words, year = place.words, place.filters.year
    code = place.filters.district_code
    codes = list(place.facts.districts) if code is None else [code]
    found = plan_against_confirmed(view.projects, view.events, targets, codes, year=year, as_of=view.as_of)
    if code is not None:
        found = found[found["area_code"] != CITY_CODE]
        if place.filters.subdistrict_code is not None:
            found = found.assign(target=pd.array([pd.NA] * len(found), dtype="Int64"))
    rows = found.assign(
        area=[
            words.say("bar.whole_city")
            if c == CITY_CODE
            else name_of(place.facts.districts, c, words.lang, c)
            for c in found["area_code"]
        ]
    )
    rows["share_pct"] = [
        100.0 * c / p if p else None for c, p in zip(rows["confirmed"], rows["planned"], strict=True)
    ]
    rows = rows[
        [
            "area",
            "target",
            "planned",
            "confirmed",
            "not_confirmed",
            "share_pct",
            "beside_plan",
            "planned_fen",
            "confirmed_fen",
            "unknown_sums",
        ]
    ]
    kinds: dict[str, Kind] = {
        **dict.fromkeys(
            ("target", "planned", "confirmed", "not_confirmed", "beside_plan", "unknown_sums"), "count"
        ),
        **dict.fromkeys(("planned_fen", "confirmed_fen"), "wan_yuan"),
        "share_pct": "pct",
    }
    top = found.iloc[0]
    return Topic(
        words.say(
            "projects.plan_headline",
            year=year,
            share=words.of(int(top["confirmed"]), int(top["planned"]), "project"),
            beside=words.count(int(top["beside_plan"]), "project"),
            target=words.say("projects.no_target")
            if pd.isna(top["target"])
            else words.count(int(top["target"]), "project"),
        ),
        (
            Part(
                "plan",
                words.say("projects.plan_question", year=year),
                words.say("projects.plan_answer"),
                place.table(rows.reset_index(drop=True), kinds, words.say("projects.file_plan", year=year)),
                words.say("projects.plan_rule"),
            ),
        ),
    )


def published_table(published: pd.DataFrame, view: ProjectsInView, place: Place) -> Table:
    """Published figures beside what the store holds for the same days; a period that ends after the
    view's day stays empty.

    The store's figure counts projects whose confirmation that counts, start or completion lies in the period.
    """
    words = place.words
    dates = first_dates(view.events, view.as_of)
    days = {
        "confirmed": confirmations(view.projects, view.events, view.as_of)["confirmed_date"],
        "started": dates[Stage.STARTED.value],
        "completed": dates[Stage.COMPLETED.value],
    }
    is_central = view.projects.set_index("project_id")["is_central_state"].astype(bool)
    as_of = pd.Timestamp(view.as_of)
    own = []
    for row in published.itertuples():
        when = days[row.measure].dropna()
        if row.scope in ("city", "central"):
            when = when[is_central.reindex(when.index) == (row.scope == "central")]
        is_known = row.period_to <= as_of
        own.append(int(when.between(row.period_from, row.period_to).sum()) if is_known else None)
    return place.table(
        pd.DataFrame(
            {
                "published_name": published[f"name_{words.lang}"],
                "measure": [words.say(f"projects.published.{m}") for m in published["measure"]],
                "scope": [words.say(f"projects.scope.{s}") for s in published["scope"]],
                "published_projects": published["projects"],
                "store_projects": pd.array(own, dtype="Int64"),
                "buildings": published["buildings"],
                "households": published["households"],
                "floor_area_wan": published["floor_area_m2"].astype("Float64") / 10_000,
                "period_from": published["period_from"],
                "period_to": published["period_to"],
                "published": published["published"],
                "source": published["source"],
                "confidence": [words.say(f"projects.confidence.{c}") for c in published["confidence"]],
            }
        ),
        {
            **dict.fromkeys(("published_projects", "store_projects", "buildings", "households"), "count"),
            **dict.fromkeys(("period_from", "period_to"), "date"),
            "floor_area_wan": "number",
        },
        words.say("projects.file_published"),
    )


def published_topic(published: pd.DataFrame, view: ProjectsInView, place: Place) -> Topic:
    """Published figures as history, beside the store."""
    words = place.words
    table = published_table(published, view, place)
    known = table.rows[table.rows["store_projects"].notna()]
    return Topic(
        words.say("projects.published_headline", count=len(published), known=len(known)),
        (
            Part(
                "published",
                words.say("projects.published_question"),
                words.say("projects.published_answer"),
                table,
                words.say("projects.published_rule"),
            ),
        ),
    )
