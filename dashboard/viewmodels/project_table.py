"""The projects of a view as rows: where each stands, what it waits for, its money this year."""

import pandas as pd

from dashboard.filters import StoreFacts
from dashboard.scale import pace_scale
from dashboard.tables import Table, TableColumn
from dashboard.viewmodels.areas import name_of
from dashboard.viewmodels.programme_data import Programme
from dashboard.words import Words
from programme.gates import readiness, started_without_agreement
from programme.progress import LAMP_TOLERANCE_PCT, PLAN_MEASURES, Measure, ranking


def project_rows_table(programme: Programme, facts: StoreFacts, words: Words, notes: dict[str, str]) -> Table:
    """The projects of the chosen area, those past their planned completion first, then the waiting ones."""
    ids = programme.in_scope()
    held = programme.frames.projects.set_index("project_id").loc[ids]
    states = programme.states.loc[ids]
    places = programme.frames.places
    unknown = words.say("figure.not_known")
    of_project = places[places["project_id"].isin(ids)].assign(
        subdistrict=lambda p: [
            name_of(facts.subdistricts, c, words.lang, unknown) for c in p["subdistrict_code"]
        ]
    )
    groups = of_project.groupby("project_id")
    joiner = words.say("figure.separator")
    breaches = set(started_without_agreement(programme.frames.events, programme.as_of))
    rows = pd.DataFrame(
        {
            "name": held["name"],
            "district": [name_of(facts.districts, c, words.lang, unknown) for c in held["district_code"]],
            "subdistricts": groups["subdistrict"].agg(lambda s: joiner.join(dict.fromkeys(s))).reindex(ids),
            "communities": groups["community_id"].nunique().reindex(ids).fillna(0),
            "stage": [words.say(f"stage.{s}") for s in programme.stages.loc[ids]],
            "waits_for": [
                words.say(f"gate.{gate}") if waiting and gate else (words.say("gate.none") if waiting else "")
                for waiting, gate in zip(states["is_waiting"], states["unmet_gate"], strict=True)
            ],
            "readiness": [
                words.say("figure.against", part=ready.met, whole=ready.asked) if waiting else ""
                for waiting, ready in zip(
                    states["is_waiting"], readiness(programme.gates.loc[ids]), strict=True
                )
            ],
            "breach": [words.say("gate.breach") if project in breaches else "" for project in ids],
            "overdue_days": states["overdue_days"].where(states["overdue_days"] > 0),
            "is_central_state": held["is_central_state"],
            "batch": held["batch"],
            "plan_year": held["plan_year"],
            "confirmation_document_no": held["confirmation_document_no"],
            "planned_start_date": held["planned_start_date"],
            "started_date": programme.years.loc[ids, "started_date"],
            "planned_completion_date": held["planned_completion_date"],
            "completed_date": programme.years.loc[ids, "completed_date"],
            "planned_investment_fen": held["planned_investment_fen"],
            "investment_fen": programme.years.loc[ids, Measure.INVESTMENT.value],
            "project_id": ids,
        },
        index=ids,
    )
    order = pd.DataFrame(
        {"late": -states["overdue_days"], "waits": ~states["is_waiting"], "id": ids}, index=ids
    )
    rows = rows.loc[order.sort_values(["late", "waits", "id"]).index]
    year = programme.filters.year
    kinds = {
        "communities": "count",
        "overdue_days": "count",
        "is_central_state": "yes_no",
        "plan_year": "year",
        "planned_start_date": "date",
        "started_date": "date",
        "planned_completion_date": "date",
        "completed_date": "date",
        "planned_investment_fen": "wan_yuan",
        "investment_fen": "wan_yuan",
    }
    columns = [TableColumn(f, words.say(f"col.{f}", year=year), kinds.get(f, "text")) for f in rows.columns]  # type: ignore[arg-type]
    return Table(rows, columns, words.say("overview.projects_file", year=year), notes)


def standings_table(programme: Programme, facts: StoreFacts, words: Words, notes: dict[str, str]) -> Table:
    """Every district with its three targets: actual, target, rate, lamp, and all its reasons."""
    records = []
    for code, area in facts.districts.items():
        record: dict[str, object] = {"district_code": code, "district": area.name(words.lang)}
        for measure in PLAN_MEASURES:
            row = programme.standings[code, measure]
            record |= {
                f"{measure.value}_actual": row.actual,
                f"{measure.value}_target": row.target,
                f"{measure.value}_rate": row.rate_pct,
                f"{measure.value}_gap": row.gap_pct,
                f"{measure.value}_lamp": words.say(f"lamp.{row.lamp.value}"),
            }
        record["reasons"] = words.say("headline.joiner").join(
            words.say(f"reason.{r.code}", **r.params) for r in programme.reasons[code]
        )
        records.append(record)
    order = [
        row.area_code for _, row in ranking([programme.standings[c, Measure.STARTS] for c in facts.districts])
    ]
    scale = pace_scale(LAMP_TOLERANCE_PCT)
    columns = [TableColumn("district", words.say("col.district"))]
    for measure in PLAN_MEASURES:
        kind = "wan_yuan" if measure is Measure.INVESTMENT else "count"
        short = words.say(f"measure.{measure.value}.short")
        unit = words.say("unit_name.wan_yuan" if measure is Measure.INVESTMENT else "unit_name.project")
        columns += [
            TableColumn(f"{measure.value}_actual", words.say("col.actual", measure=short, unit=unit), kind),  # type: ignore[arg-type]
            TableColumn(f"{measure.value}_target", words.say("col.target", measure=short, unit=unit), kind),  # type: ignore[arg-type]
            TableColumn(
                f"{measure.value}_rate",
                words.say("col.rate", measure=short),
                "pct",
                scale=scale,
                shade_by=f"{measure.value}_gap",
            ),
            TableColumn(f"{measure.value}_lamp", words.say("col.lamp", measure=short)),
        ]
    columns.append(TableColumn("reasons", words.say("col.reasons"), width="large"))
    gaps = [f"{m.value}_gap" for m in PLAN_MEASURES]
    rows = pd.DataFrame(records, columns=["district_code", *(c.field for c in columns), *gaps])
    rows = rows.set_index("district_code").loc[order] if len(rows) else rows.set_index("district_code")
    return Table(rows, columns, words.say("overview.districts_file", year=programme.filters.year), notes)
