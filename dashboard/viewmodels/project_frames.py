"""The projects of one view with everything the rules of the chain say of them on its day."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from dashboard.filters import Filters, StoreFacts
from dashboard.scale import LegendEntry
from dashboard.viewmodels.areas import name_of
from dashboard.words import Words
from programme.breaches import hard_breaches
from programme.progress import with_or_without_central
from programme.steps import MAIN_STEPS, STEPS, Step, StepTable, source_of, step_table
from programme.waiting import waiting

#: The mark of each step that projects wait at: four shapes for the four parts of the chain, in their order, and a
#: colour of its own for each step, so that no two steps look alike to those who can't tell colours apart.
MARKS: dict[str, tuple[str, str]] = {
    Step.OWNERS_BODY.value: ("triangle", "#54278f"),
    Step.CONFIRMED.value: ("triangle", "#9e9ac8"),
    Step.DESIGNED.value: ("square", "#7f3b08"),
    Step.SERVICE_AGREEMENT.value: ("square", "#d9720b"),
    Step.TENDERED.value: ("square", "#f6c177"),
    Step.STARTED.value: ("circle", "#0b5f58"),
    Step.COMPLETED.value: ("circle", "#7cc4ba"),
    Step.ACCEPTED.value: ("diamond", "#08306b"),
    Step.HANDED_OVER.value: ("diamond", "#3f8fc5"),
    Step.LONG_TERM.value: ("diamond", "#a9cfe8"),
}
DONE_MARK = ("ring", "#66707a")
GLYPHS = {"triangle": "▲", "square": "■", "circle": "●", "diamond": "◆", "ring": "○"}
BREACH_COLOUR = "#b3261e"
#: The code of projects that wait nowhere.
DONE = "done"


@dataclass(frozen=True)
class ProjectsInView:
    """The projects of a view (all frames cut to them, `states` and `table` indexed by project_id).

    `projects` and `homes` as the named queries return them; `states` is `waiting.waiting` with `code` (the step it
    waits at, or `DONE`); `breaches` is `breaches.hard_breaches`.
    """

    filters: Filters
    projects: pd.DataFrame
    homes: pd.DataFrame
    events: pd.DataFrame
    table: StepTable
    states: pd.DataFrame
    breaches: pd.DataFrame

    @property
    def as_of(self) -> dt.date:
        return self.filters.as_of

    @property
    def ids(self) -> pd.Index:
        return self.states.index

    def names(self) -> pd.Series:
        """The name of each project by its id."""
        return self.projects.set_index("project_id")["name"]


def projects_in_view(
    projects: pd.DataFrame, events: pd.DataFrame, homes: pd.DataFrame, filters: Filters
) -> ProjectsInView:
    """The projects that a view shows, with or without central-state ones (R10), in the chosen area, on its day.

    A project all of whose dated events lie after the day was not in the ledger yet and is left out. `projects` comes
    from `queries_projects.project_list`, `events` from `queries.stage_event_rows`, `homes` from
    `queries_projects.project_homes`.
    """
    held = with_or_without_central(projects, filters.has_central)
    if filters.subdistrict_code is not None:
        here = homes.loc[homes["subdistrict_code"] == filters.subdistrict_code, "project_id"]
        held = held[held["project_id"].isin(here)]
    elif filters.district_code is not None:
        held = held[held["district_code"] == filters.district_code]
    own = events[events["project_id"].isin(held["project_id"])]
    first = pd.to_datetime(own["event_date"]).groupby(own["project_id"]).min()
    later = first.index[first > pd.Timestamp(filters.as_of)]
    held = held[~held["project_id"].isin(later)].reset_index(drop=True)
    own = own[own["project_id"].isin(held["project_id"])].reset_index(drop=True)
    pairs = homes[homes["project_id"].isin(held["project_id"])].reset_index(drop=True)
    table = steps_of(held, own, pairs, filters.as_of)
    states = waiting(table)
    states["code"] = states["gate"].fillna(DONE)
    return ProjectsInView(filters, held, pairs, own, table, states, hard_breaches(table))


def only(view: ProjectsInView, project_id: str) -> ProjectsInView:
    """The view cut to one of its projects."""
    table = replace(
        view.table,
        projects=view.table.projects.loc[[project_id]],
        dates=view.table.dates.loc[[project_id]],
        is_undated=view.table.is_undated.loc[[project_id]],
        taken=view.table.taken.loc[[project_id]],
    )
    return replace(
        view,
        table=table,
        breaches=view.breaches[view.breaches["project_id"] == project_id].reset_index(drop=True),
        projects=view.projects[view.projects["project_id"] == project_id].reset_index(drop=True),
        homes=view.homes[view.homes["project_id"] == project_id].reset_index(drop=True),
        events=view.events[view.events["project_id"] == project_id].reset_index(drop=True),
        states=view.states.loc[[project_id]],
    )


def steps_of(projects: pd.DataFrame, events: pd.DataFrame, homes: pd.DataFrame, as_of: dt.date) -> StepTable:
    """The steps of some projects by a day; `homes` pairs them with their communities (R2, R13).

    The period of a public notice is not set: a notice counts from the day it was put up.
    """
    communities = homes[["community_id", "has_owners_body", "surveyed_date"]].drop_duplicates("community_id")
    return step_table(projects, events, homes[["project_id", "community_id"]], communities, as_of)


def step_name(code: object, words: Words) -> str:
    """What a project does at a step (or at the gate of the confirmation's number), as people say it."""
    return words.say(f"projects.step.{code}")


def clause_text(gate: str, words: Words) -> str:
    """The clause and requirement number of a gate: `二(一)7 · R20`; empty for projects that wait nowhere."""
    if gate == DONE:
        return ""
    clause, requirement = source_of(gate)
    return words.say("projects.clause", clause=clause, requirement=requirement)


def step_number(code: str) -> int | None:
    """The place of a step in the whole chain, from 1; None where it is no step."""
    found = [s.value for s in STEPS]
    return found.index(code) + 1 if code in found else None


def mark_of(code: str) -> tuple[str, str]:
    """Shape and colour of the step that a project waits at."""
    return MARKS.get(code, DONE_MARK)


def marked_step(code: str, words: Words) -> str:
    """A step's name after its mark: `■ 签订物业服务协议`."""
    return f"{GLYPHS[mark_of(code)[0]]} {step_name(code, words)}"


def step_legend(words: Words, codes: frozenset[str]) -> list[tuple[str, LegendEntry]]:
    """The marks of some steps in the chain's order: the glyph with colour and name."""
    order = [*(s.value for s in MAIN_STEPS), DONE]
    return [
        (GLYPHS[mark_of(c)[0]], LegendEntry(mark_of(c)[1], step_name(c, words))) for c in order if c in codes
    ]


def subdistricts_of(homes: pd.DataFrame, facts: StoreFacts, words: Words) -> pd.Series:
    """The names of the subdistricts of each project, by project_id, in one text."""
    unknown = words.say("figure.not_known")
    named = homes.assign(
        place=[name_of(facts.subdistricts, c, words.lang, unknown) for c in homes["subdistrict_code"]]
    )
    if named.empty:
        return pd.Series(dtype="object")
    return named.groupby("project_id")["place"].agg(lambda s: words.listed(list(dict.fromkeys(s))))


def run_texts(ids: pd.Series, runs: pd.DataFrame, words: Words) -> pd.Series:
    """The run or edit that brought each row, by its number and title."""
    titles: Mapping[int, str] = {
        int(r["run_id"]): words.say("projects.run", run=int(r["run_id"]), title=r[f"title_{words.lang}"])
        for r in runs.to_dict("records")
    }
    return pd.Series(
        ["" if pd.isna(i) else titles.get(int(i), words.say("projects.run_only", run=int(i))) for i in ids],
        index=ids.index,
        dtype="object",
    )
