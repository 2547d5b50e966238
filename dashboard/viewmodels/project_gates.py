"""Gate map and funnel: what each project waits for, since when, and hard gates were broken (R31, R9, R13, R20)."""

from dataclasses import dataclass

import pandas as pd

from dashboard.filters import StoreFacts
from dashboard.scale import Scale
from dashboard.tables import Table, TableColumn
from dashboard.viewmodels.area_rows import AreaRow
from dashboard.viewmodels.areas import name_of, scope_name
from dashboard.viewmodels.project_frames import (
    BREACH_COLOUR,
    DONE,
    GLYPHS,
    ProjectsInView,
    clause_text,
    mark_of,
    marked_step,
    run_texts,
    step_name,
    step_number,
    subdistricts_of,
)
from dashboard.words import Words
from programme.steps import HARD_GATES, MAIN_STEPS, WORKS, Step
from programme.waiting import funnel

#: The steps at which nothing is built yet: what the headline looks for the place where most are held up.
BEFORE_WORKS = tuple(s.value for s in MAIN_STEPS[: MAIN_STEPS.index(Step.STARTED) + 1])
#: A pale red, so that the breaches stand out in a table and their text stays readable.
BREACH_SHADE = Scale((), ("#fbe3e0",))


@dataclass(frozen=True)
class GatesView:
    """The subject ready to draw.

    `points` has code (project_id), name, colour, mark, outline (missing: no breach) and tip, for every project in the
    view or for those at the chosen step; `steps` are the lines of the funnel, their code is the step's.
    """

    headline: str
    answer: str
    steps: tuple[AreaRow, ...]
    step: str
    points: pd.DataFrame
    rows: Table
    rows_answer: str
    breaches: Table
    breaches_answer: str


def gates_view(
    view: ProjectsInView,
    facts: StoreFacts,
    runs: pd.DataFrame,
    words: Words,
    notes: dict[str, str],
    step: str = "",
) -> GatesView:
    """The gate map of a view; `step` (a step's code or `DONE`) narrows map and rows to the projects that wait there."""
    own = view.states if not step else view.states[view.states["code"] == step]
    return GatesView(
        headline=headline(view, facts, words),
        answer=words.say(
            "projects.funnel_answer",
            total=words.count(len(view.states), "project"),
            done=words.count(int((view.states["code"] == DONE).sum()), "project"),
        ),
        steps=_funnel_rows(view, words),
        step=step,
        points=_points(view, own, words),
        rows=waiting_table(view, own, facts, runs, words, notes),
        rows_answer=_rows_answer(own, step, words),
        breaches=breach_table(view, facts, runs, words, notes),
        breaches_answer=_breaches_answer(view, words),
    )


def headline(view: ProjectsInView, facts: StoreFacts, words: Words) -> str:
    """Where most projects wait before their works, in which area most of these, and which has waited longest."""
    place = scope_name(view.filters, facts, words)
    is_begun = view.table.taken.loc[view.ids, [s.value for s in WORKS]].notna().any(axis=1)
    waits = view.states[view.states["code"].isin(BEFORE_WORKS) & ~is_begun]
    if waits.empty:
        code = "projects.headline_none" if view.states.empty else "projects.headline_begun"
        return words.say(code, place=place, as_of=words.as_of(view.as_of))
    counts = waits["code"].value_counts()
    order = [row.code for row in _funnel_rows(view, words)]
    top = max(counts.index, key=lambda c: (int(counts[c]), -order.index(c)))
    there = waits[waits["code"] == top]
    area, count = _most(view, there, facts, words)
    sentence = words.say(
        "projects.headline",
        place=place,
        step=step_name(top, words),
        waits=words.count(len(waits), "project"),
        count=words.of(len(there), len(waits), "project"),
        clause=clause_text(top, words),
        area=area,
        area_count=words.count(count, "project"),
    )
    dated = there.dropna(subset=["days_waiting"])
    if dated.empty:
        return sentence
    longest = dated["days_waiting"].astype("int64").idxmax()
    return words.say(
        "projects.headline_longest",
        sentence=sentence,
        days=words.number(int(dated.at[longest, "days_waiting"])),
        name=view.names()[longest],
    )


def _most(view: ProjectsInView, there: pd.DataFrame, facts: StoreFacts, words: Words) -> tuple[str, int]:
    """The area with most of some projects: a district, or a subdistrict of the chosen district."""
    unknown = words.say("figure.not_known")
    if view.filters.district_code is None:
        counts = there["district_code"].value_counts().sort_index()
        areas = facts.districts
    else:
        here = view.homes[view.homes["project_id"].isin(there.index)]
        counts = here.groupby("subdistrict_code")["project_id"].nunique().sort_index()
        areas = facts.subdistricts
    if counts.empty:
        return unknown, 0
    top = counts.idxmax()
    return name_of(areas, top, words.lang, unknown), int(counts[top])


def _funnel_rows(view: ProjectsInView, words: Words) -> tuple[AreaRow, ...]:
    rows = funnel(view.table)
    full = max(int(rows["waiting"].max()) if len(rows) else 0, 1)
    found = []
    for row in rows.itertuples(index=False):
        code = DONE if row.step is None else str(row.step)
        waiting = int(row.waiting)
        if code == DONE:
            told = words.say("projects.funnel_done")
        elif not waiting:
            told = clause_text(code, words)
        elif pd.isna(row.longest_days):
            told = words.say("projects.funnel_undated", clause=clause_text(code, words))
        else:
            told = words.say(
                "projects.funnel_days",
                median=words.number(row.median_days),
                longest=words.number(int(row.longest_days)),
                clause=clause_text(code, words),
            )
        if int(row.overtaken):
            told = words.say("projects.funnel_overtaken", told=told, count=int(row.overtaken))
        found.append(
            AreaRow(
                code=code,
                rank=step_number(code),
                name=f"{GLYPHS[mark_of(code)[0]]} {words.say(f'projects.short.{code}')}",
                value=float(waiting),
                figure=words.number(waiting),
                bar_pct=100.0 * waiting / full,
                colour=mark_of(code)[1],
                reason=told,
            )
        )
    return tuple(found)


def _points(view: ProjectsInView, own: pd.DataFrame, words: Words) -> pd.DataFrame:
    names, broken = view.names(), set(view.breaches["project_id"])
    tips = []
    for project, code, days in zip(own.index, own["code"], own["days_waiting"], strict=True):
        told = [str(names[project]), step_name(code, words)]
        if code != DONE:
            told.append(clause_text(code, words))
            told.append(
                words.say("projects.days_unknown")
                if pd.isna(days)
                else words.say("projects.days_waiting", days=int(days))
            )
        if project in broken:
            told.append(words.say("projects.has_breach"))
        tips.append(told)
    return pd.DataFrame(
        {
            "code": own.index.to_numpy(dtype=object),
            "name": [str(names[p]) for p in own.index],
            "colour": [mark_of(c)[1] for c in own["code"]],
            "mark": [mark_of(c)[0] for c in own["code"]],
            "outline": [BREACH_COLOUR if p in broken else None for p in own.index],
            "tip": tips,
        }
    )


def waiting_table(
    view: ProjectsInView,
    own: pd.DataFrame,
    facts: StoreFacts,
    runs: pd.DataFrame,
    words: Words,
    notes: dict[str, str],
) -> Table:
    """Some projects of the view with what each waits for, the longest waiting first; indexed by project_id."""
    held = view.projects.set_index("project_id").loc[own.index]
    broken = view.breaches.groupby("project_id")["gate"].agg(
        lambda g: words.listed([step_name(c, words) for c in g])
    )
    unknown = words.say("figure.not_known")
    rows = pd.DataFrame(
        {
            "name": held["name"],
            "district": [name_of(facts.districts, c, words.lang, unknown) for c in own["district_code"]],
            "subdistricts": subdistricts_of(view.homes, facts, words).reindex(own.index).fillna(unknown),
            "step": [marked_step(c, words) for c in own["code"]],
            "clause": [clause_text(c, words) for c in own["code"]],
            "force": [_force(c, words) for c in own["code"]],
            "since_date": own["since_date"],
            "days_waiting": own["days_waiting"],
            "is_overtaken": own["is_overtaken"],
            "breach": broken.reindex(own.index).fillna("") if len(broken) else "",
            "is_central_state": own["is_central_state"],
            "batch": held["batch"],
            "project_id": own.index,
            "run": run_texts(held["import_run_id"], runs, words),
        },
        index=own.index,
    )
    order = pd.DataFrame({"days": rows["days_waiting"].fillna(-1).astype("int64"), "id": own.index})
    rows = rows.loc[order.sort_values(["days", "id"], ascending=[False, True]).index]
    kinds = {
        "since_date": "date",
        "days_waiting": "count",
        "is_overtaken": "yes_no",
        "is_central_state": "yes_no",
    }
    columns = [
        TableColumn(f, words.say(f"projects.col.{f}"), kinds.get(f, "text"))  # type: ignore[arg-type]
        for f in rows.columns
    ]
    return Table(rows, columns, words.say("projects.file_waiting"), notes)


def _force(code: str, words: Words) -> str:
    if code == DONE:
        return ""
    return words.say("projects.hard" if code in HARD_GATES else "projects.advisory")


def breach_table(
    view: ProjectsInView, facts: StoreFacts, runs: pd.DataFrame, words: Words, notes: dict[str, str]
) -> Table:
    """Every hard gate that facts on record broke, one row each; indexed by project_id."""
    held = view.projects.set_index("project_id")
    own = view.breaches.set_index("project_id", drop=False)
    unknown = words.say("figure.not_known")
    rows = pd.DataFrame(
        {
            "name": held["name"].reindex(own.index),
            "district": [
                name_of(facts.districts, c, words.lang, unknown)
                for c in held["district_code"].reindex(own.index)
            ],
            "broken": [step_name(g, words) for g in own["gate"]],
            "clause": [
                words.say("projects.clause", clause=c, requirement=r)
                for c, r in zip(own["clause"], own["requirement"], strict=True)
            ],
            "taken": [step_name(s, words) for s in own["step"]],
            "step_date": own["step_date"],
            "gate_date": own["gate_date"],
            "days_early": own["days_early"],
            "project_id": own["project_id"],
            "run": run_texts(held["import_run_id"].reindex(own.index), runs, words),
            "_is_breach": 1.0,
        },
        index=own.index,
    )
    kinds = {"step_date": "date", "gate_date": "date", "days_early": "count"}
    columns = [
        TableColumn(
            f,
            words.say(f"projects.col.{f}"),
            kinds.get(f, "text"),  # type: ignore[arg-type]
            scale=BREACH_SHADE if f in ("name", "broken", "clause") else None,
            shade_by="_is_breach",
        )
        for f in rows.columns
        if f != "_is_breach"
    ]
    return Table(rows, columns, words.say("projects.file_breaches"), notes)


def _rows_answer(own: pd.DataFrame, step: str, words: Words) -> str:
    count = words.count(len(own), "project")
    if not step:
        return words.say("projects.rows_all", count=count)
    return words.say("projects.rows_step", count=count, step=step_name(step, words))


def _breaches_answer(view: ProjectsInView, words: Words) -> str:
    found = view.breaches
    if found.empty:
        return words.say("projects.breaches_none")
    by_gate = found["gate"].value_counts()
    parts = [
        words.say("projects.breaches_part", gate=step_name(g, words), count=int(n))
        for g, n in by_gate.items()
    ]
    return words.say(
        "projects.breaches_answer",
        projects=words.count(found["project_id"].nunique(), "project"),
        parts=words.listed(parts),
    )
