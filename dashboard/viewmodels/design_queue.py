"""What the responsible planner must review (R18): the newest design of each project, how long it has waited, where."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from dashboard.filters import StoreFacts
from dashboard.tables import Kind, Table, TableColumn
from dashboard.viewmodels.areas import name_of, scope_name
from dashboard.viewmodels.ledger_rows import field_name
from dashboard.viewmodels.project_frames import ProjectsInView, run_texts, step_name
from dashboard.words import Words
from programme.steps import WORKS, Step

PASSED = ("passed", "passed_with_changes")
#: What a passed opinion puts on record (R17, R18).
STEPS_OF_PASS = (Step.PLANNER_OPINION.value, Step.DESIGNED.value)


class State(StrEnum):
    """Where the newest version of a project's design stands."""

    WAITING = "waiting"  # the first version waits for an opinion
    RESUBMITTED = "resubmitted"  # a version after a returned one waits
    RETURNED = "returned"  # the district must send a new version
    SKIPPED = "skipped"  # the chain went on although no version has passed
    PASSED_WITH_CHANGES = "passed_with_changes"
    PASSED = "passed"


#: What may not stand on record before a version has passed.
AFTER_PASS = (Step.DESIGNED.value, Step.TENDERED.value, *(s.value for s in WORKS))
#: The planner's turn.
OPEN = (State.WAITING.value, State.RESUBMITTED.value)
ROW_COLUMNS = [
    "project_id",
    "name",
    "district_code",
    "subdistrict_code",
    "design_id",
    "version",
    "design_firm",
    "submitted_date",
    "state",
    "since",
    "days",
    "returns",
    "opinion_id",
    "reviewer",
    "reviewed_date",
    "lacking",
    "import_run_id",
]


def last_opinions(opinions: pd.DataFrame) -> pd.DataFrame:
    """The opinion that holds for each design: the last by its day, then by the run that brought it; by design_id."""
    order = opinions.sort_values(["reviewed_date", "import_run_id", "opinion_id"], kind="stable")
    return order.drop_duplicates("design_id", keep="last").set_index("design_id")


def by_day(rows: pd.DataFrame, column: str, as_of: dt.date) -> pd.DataFrame:
    """The rows dated on or before a day."""
    return rows[pd.to_datetime(rows[column]) <= pd.Timestamp(as_of)]


def main_subdistricts(homes: pd.DataFrame) -> pd.Series:
    """The subdistrict of each project: that of most of its communities, the smaller code where two have as many."""
    known = homes.dropna(subset=["subdistrict_code"])
    counts = known.groupby(["project_id", "subdistrict_code"]).size().rename("n").reset_index()
    first = counts.sort_values(["project_id", "n", "subdistrict_code"], ascending=[True, False, True])
    return first.drop_duplicates("project_id").set_index("project_id")["subdistrict_code"]


def queue_rows(view: ProjectsInView, designs: pd.DataFrame, opinions: pd.DataFrame) -> pd.DataFrame:
    """One row for each project of the view with a design submitted by its day: `ROW_COLUMNS`, the longest wait first.

    `state` is that of the newest version, or skipped where the design or the works are on record by the day although no
    version has passed (R18); `since` the day from which it waits for whoever's turn it is (submitted, or
    reviewed), `days` those up to the view's day; `returns` the returned opinions on any version; `lacking` the steps
    (`STEPS_OF_PASS`, by the day) that are not on record of a design that passed.
    """
    as_of = view.as_of
    held = by_day(designs[designs["project_id"].isin(view.ids)], "submitted_date", as_of)
    told = by_day(opinions[opinions["design_id"].isin(held["design_id"])], "reviewed_date", as_of)
    newest = held.sort_values(["project_id", "version"]).drop_duplicates("project_id", keep="last")
    last = last_opinions(told)
    returns = told[told["decision"] == "returned"].groupby("project_id").size()
    events = by_day(view.events, "event_date", as_of)
    recorded = set(zip(events["project_id"], events["stage"], strict=True))
    gone_on = set(events.loc[events["stage"].isin(AFTER_PASS), "project_id"])
    ever_passed = set(told.loc[told["decision"].isin(PASSED), "project_id"])
    places, names = main_subdistricts(view.homes), view.names()
    districts = view.projects.set_index("project_id")["district_code"]
    rows = []
    for design in newest.to_dict("records"):
        project = design["project_id"]
        opinion = last.loc[design["design_id"]] if design["design_id"] in last.index else None
        is_skipped = project in gone_on and project not in ever_passed
        state = State.SKIPPED.value if is_skipped else _state(opinion, int(returns.get(project, 0)))
        since = design["submitted_date"] if opinion is None else opinion["reviewed_date"]
        is_passed = state in PASSED
        rows.append(
            {
                "project_id": project,
                "name": names[project],
                "district_code": districts[project],
                "subdistrict_code": places.get(project),
                "design_id": design["design_id"],
                "version": int(design["version"]),
                "design_firm": design["design_firm"],
                "submitted_date": design["submitted_date"],
                "state": state,
                "since": since,
                "days": (as_of - pd.Timestamp(since).date()).days,
                "returns": int(returns.get(project, 0)),
                "opinion_id": None if opinion is None else opinion["opinion_id"],
                "reviewer": None if opinion is None else opinion["reviewer"],
                "reviewed_date": None if opinion is None else opinion["reviewed_date"],
                "lacking": tuple(s for s in STEPS_OF_PASS if is_passed and (project, s) not in recorded),
                "import_run_id": design["import_run_id"] if opinion is None else opinion["import_run_id"],
            }
        )
    found = pd.DataFrame(rows, columns=ROW_COLUMNS)
    return found.sort_values(["days", "project_id"], ascending=[False, True]).reset_index(drop=True)


def _state(opinion: pd.Series | None, returns: int) -> str:
    if opinion is None:
        return State.RESUBMITTED.value if returns else State.WAITING.value
    return str(opinion["decision"])


@dataclass(frozen=True)
class QueueView:
    """The queue in words: the sentence on top, the tables (indexed by project_id), and what the district must record.

    `pending`: project_id, project's name, opinion_id and the day of the opinion, of designs that passed while the steps
    `lacking` are not on record.
    """

    headline: str
    waiting_answer: str
    waiting: Table
    returned_answer: str
    returned: Table
    skipped_answer: str
    skipped: Table
    passed_answer: str
    passed: Table
    areas: Table
    note: str
    pending: tuple[tuple[str, str, str, dt.date, tuple[str, ...]], ...]


_KINDS: dict[str, Kind] = {"days": "count", "version": "count", "returns": "count"}


def queue_view(
    view: ProjectsInView,
    rows: pd.DataFrame,
    facts: StoreFacts,
    runs: pd.DataFrame,
    words: Words,
    notes: Mapping[str, str],
) -> QueueView:
    """The queue of a view's area; `rows` as `queue_rows` gives them."""
    unknown = words.say("figure.not_known")
    shown = rows.assign(
        area=[name_of(facts.subdistricts, c, words.lang, unknown) for c in rows["subdistrict_code"]],
        state_text=[words.say(f"design_review.state.{s}") for s in rows["state"]],
        steps_text=[words.listed([step_name(s, words) for s in own]) for own in rows["lacking"]],
        run=run_texts(rows["import_run_id"], runs, words),
    )
    waiting = shown[shown["state"].isin(OPEN)]
    returned = shown[shown["state"] == State.RETURNED.value]
    skipped = shown[shown["state"] == State.SKIPPED.value]
    passed = shown[shown["state"].isin(PASSED)]
    pending = passed[passed["lacking"].map(len) > 0]
    place = scope_name(view.filters, facts, words)
    again = int((waiting["state"] == State.RESUBMITTED.value).sum())
    say = words.say
    if waiting.empty:
        headline = say("design_review.headline_none", place=place, as_of=words.as_of(view.as_of))
    else:
        first = waiting.iloc[0]
        headline = say(
            "design_review.headline",
            place=place,
            count=words.count(len(waiting), "project"),
            again=again,
            days=int(first["days"]),
            name=str(first["name"]),
        )
    without = len(view.ids) - len(rows)
    front = ("name", "area", "version")
    return QueueView(
        headline=headline
        + say(
            "design_review.headline_more",
            returned=len(returned),
            skipped=len(skipped),
            pending=len(pending),
            passed=len(passed),
        ),
        waiting_answer=say(
            "design_review.waiting_answer", count=words.count(len(waiting), "project"), again=again
        ),
        waiting=_table(
            waiting,
            (
                "name",
                "area",
                "days",
                "state_text",
                "version",
                "submitted_date",
                "design_firm",
                "returns",
                "project_id",
            ),
            words,
            notes,
            "waiting",
        ),
        returned_answer=say("design_review.returned_answer", count=words.count(len(returned), "project")),
        returned=_table(
            returned,
            ("name", "area", "days", "version", "reviewer", "reviewed_date", "design_firm", "project_id"),
            words,
            notes,
            "returned",
        ),
        skipped_answer=say("design_review.skipped_answer", count=words.count(len(skipped), "project"))
        if len(skipped)
        else say("design_review.skipped_none"),
        skipped=_table(
            skipped,
            (*front, "submitted_date", "design_firm", "returns", "project_id"),
            words,
            notes,
            "skipped",
        ),
        passed_answer=say(
            "design_review.passed_answer",
            count=words.count(len(passed), "project"),
            changes=int((passed["state"] == State.PASSED_WITH_CHANGES.value).sum()),
            pending=len(pending),
        ),
        passed=_table(
            passed.sort_values(["reviewed_date", "project_id"], ascending=[False, True]),
            (*front, "state_text", "reviewer", "reviewed_date", "steps_text", "project_id"),
            words,
            notes,
            "passed",
        ),
        areas=_areas(shown, view, facts, words, notes),
        note=say("design_review.without_design", count=words.count(without, "project")),
        pending=tuple(
            (r["project_id"], str(r["name"]), r["opinion_id"], r["reviewed_date"], r["lacking"])
            for r in pending.to_dict("records")
        ),
    )


def column_name(name: str, words: Words) -> str:
    """What a column of the page is called: the ledger's word where it is a column of the ledger."""
    of_table = {
        "version": "designs",
        "design_firm": "designs",
        "submitted_date": "designs",
        "reviewer": "design_opinions",
        "reviewed_date": "design_opinions",
        "project_id": "projects",
    }
    table = of_table.get(name)
    return field_name(table, name, words) if table else words.say(f"design_review.col.{name}")


def _table(
    rows: pd.DataFrame, columns: tuple[str, ...], words: Words, notes: Mapping[str, str], title: str
) -> Table:
    heads = [
        TableColumn(c, column_name(c, words), "date" if c.endswith("_date") else _KINDS.get(c, "text"))
        for c in (*columns, "run")
    ]
    held = rows.set_index("project_id", drop=False)
    held.index.name = None
    return Table(held, heads, words.say(f"design_review.file_{title}"), dict(notes))


def _areas(
    rows: pd.DataFrame, view: ProjectsInView, facts: StoreFacts, words: Words, notes: Mapping[str, str]
) -> Table:
    """The states by subdistrict (by district for the whole city), the longest queue first, the whole on top."""
    is_city = view.filters.district_code is None
    known, column = (
        (facts.districts, "district_code") if is_city else (facts.subdistricts, "subdistrict_code")
    )
    unknown = words.say("figure.not_known")
    frame = pd.DataFrame(
        {
            "area": [name_of(known, c, words.lang, unknown) for c in rows[column]],
            "waiting": rows["state"].isin(OPEN),
            "longest": rows["days"].where(rows["state"].isin(OPEN)),
            "returned": rows["state"] == State.RETURNED.value,
            "skipped": rows["state"] == State.SKIPPED.value,
            "passed": rows["state"].isin(PASSED),
            "pending": rows["lacking"].map(len) > 0,
        }
    )
    sums = {"waiting": "sum", "longest": "max"} | dict.fromkeys(
        ("returned", "skipped", "passed", "pending"), "sum"
    )
    by = frame.groupby("area", sort=True).agg(sums).reset_index()
    by = by.sort_values(["waiting", "longest", "area"], ascending=[False, False, True])
    if len(by):
        whole = {"area": words.say("projects.whole"), **{c: getattr(frame[c], f)() for c, f in sums.items()}}
        by = pd.concat([pd.DataFrame([whole]), by], ignore_index=True)
    heads = [
        TableColumn("area", words.say("col.district" if is_city else "col.subdistrict")),
        *(TableColumn(c, words.say(f"design_review.col.n_{c}"), "count") for c in sums),
    ]
    return Table(by, heads, words.say("design_review.file_areas"), dict(notes))
