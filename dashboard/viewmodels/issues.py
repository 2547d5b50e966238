"""Whistle-and-report issues as they stand on a day (R63): days open, who was called, escalation, map and list."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from dashboard.filters import Filters
from dashboard.scale import SEQUENTIAL, LegendEntry, Scale
from dashboard.tables import Table
from dashboard.viewmodels.duties_words import Figure, Names, given, rows_table, text_of
from dashboard.words import Words
from geo.crs import to_metric
from programme.duties.issues import EscalationRule, issue_states

ALL = "all"
NO_KIND = "none"
#: Which issues are listed: open ones first, because they wait for somebody.
STATES = ("open", "overdue", "waiting", "district", "task_force", "closed", ALL)
#: The kinds that the forms offer; data may bring others.
KINDS = (
    "pipelines",
    "illegal_structures",
    "residents_consent",
    "parking",
    "lifts",
    "property_service",
    "rights",
    "funding",
    "safety",
)
#: Days open, in classes that a district office speaks of: half a month, a month, two months.
DAYS_BREAKS = (15, 30, 60)
DAYS_SCALE = Scale(DAYS_BREAKS, SEQUENTIAL[4])
#: The plan's steps: at the subdistrict, the district, the task force.
STEP_SHAPES = ("circle", "triangle", "diamond")


@dataclass(frozen=True)
class IssueFrames:
    """What the store holds of issues: `issues` (EPSG:4326), `calls`, `escalations`."""

    issues: gpd.GeoDataFrame
    calls: pd.DataFrame
    escalations: pd.DataFrame


def standing_issues(
    frames: IssueFrames, rules: Sequence[EscalationRule], limits: Mapping[str, int], as_of: dt.date
) -> pd.DataFrame:
    """Every issue reported by a day as it stands (see `programme.duties.issues.issue_states`), longest open first.

    An issue without a due day of its own gets the limit of its kind ("*": any other), where one is set; `due_from`
    says which: own, limit, or none. Adds lon, lat (degrees) and x_m, y_m (EPSG:4548), missing without a place.
    """
    held = frames.issues
    days = held["kind"].map(lambda kind: limits.get(str(kind), limits.get("*")))
    reported = pd.to_datetime(held["reported_date"]).astype("datetime64[ns]")
    due = pd.to_datetime(held["due_date"]).astype("datetime64[ns]")
    allowed = reported + pd.to_timedelta(pd.to_numeric(days), unit="D")
    is_own, is_limit = due.notna(), due.isna() & allowed.notna()
    points, metric = held.geometry, to_metric(held.geometry)
    is_point = points.geom_type.eq("Point").to_numpy() & ~points.is_empty.to_numpy()
    table = pd.DataFrame(held.drop(columns="geometry")).assign(
        due_date=due.fillna(allowed),
        due_from=np.select([is_own, is_limit], ["own", "limit"], "none"),
        lon=points.where(is_point).x.to_numpy(),
        lat=points.where(is_point).y.to_numpy(),
        x_m=metric.where(is_point).x.to_numpy(),
        y_m=metric.where(is_point).y.to_numpy(),
    )
    return issue_states(table, frames.calls, frames.escalations, rules, as_of)


def in_area(states: pd.DataFrame, filters: Filters) -> pd.DataFrame:
    """The issues of the page's area; the whole city also holds those whose district is not known."""
    if filters.subdistrict_code is not None:
        return states[states["subdistrict_code"] == filters.subdistrict_code]
    if filters.district_code is not None:
        return states[states["district_code"] == filters.district_code]
    return states


def chosen_issues(states: pd.DataFrame, kind: str, state: str, unit: str) -> pd.DataFrame:
    """The issues of a kind, a state (`STATES`) and a unit that was called; "all" leaves one open."""
    kept = pd.Series(True, index=states.index)
    if kind != ALL:
        kept &= states["kind"].isna() if kind == NO_KIND else states["kind"] == kind
    is_open = states["is_open"].astype(bool)
    if state != ALL:
        kept &= ~is_open if state == "closed" else is_open
    if state == "overdue":
        kept &= states["is_overdue"].fillna(False).astype(bool)
    elif state == "waiting":
        kept &= states["units_waiting"].map(len) > 0
    elif state == "district":
        kept &= states["step"] == 1
    elif state == "task_force":
        kept &= states["step"] >= 2
    if unit != ALL:
        kept &= states["units_called"].map(lambda units: unit in units).astype(bool)
    return states[kept]


def kinds_of(states: pd.DataFrame) -> list[str]:
    """The kinds to choose from: those offered by the forms, then others that data brought, then "none"."""
    held = {str(k) for k in states["kind"].dropna()}
    others = sorted(held - set(KINDS))
    return [*(k for k in KINDS if k in held), *others, *([NO_KIND] if states["kind"].isna().any() else [])]


def units_of(states: pd.DataFrame) -> list[str]:
    """Every unit that was called, by name."""
    return sorted({unit for units in states["units_called"] for unit in units})


@dataclass(frozen=True)
class IssuesView:
    """The issues of a choice: the headline, figures, the list, and how many have no place."""

    headline: str
    figures: tuple[Figure, ...]
    answer: str
    rows: Table
    without_place: int


def issues_view(
    own: pd.DataFrame, chosen: pd.DataFrame, place: str, names: Names, notes: Mapping[str, str]
) -> IssuesView:
    """`own` are the issues of the area, `chosen` those of the page's choice among them."""
    words = names.words
    is_open = own["is_open"].astype(bool)
    overdue = own["is_overdue"].fillna(False).astype(bool)
    waiting = is_open & (own["units_waiting"].map(len) > 0)
    above = is_open & (own["step"] > 0)
    longest = int(own.loc[is_open, "days_open"].max()) if is_open.any() else 0
    due_known = int((is_open & own["is_overdue"].notna()).sum())
    figures = (
        Figure(words.say("issues.figure_open"), words.share(int(is_open.sum()), len(own))),
        Figure(words.say("issues.figure_overdue"), words.share(int(overdue.sum()), due_known)),
        Figure(words.say("issues.figure_waiting"), words.share(int(waiting.sum()), int(is_open.sum()))),
        Figure(words.say("issues.figure_above"), words.share(int(above.sum()), int(is_open.sum()))),
        Figure(words.say("issues.figure_longest"), words.say("issues.days", days=longest)),
    )
    headline = words.say(
        "issues.headline" if is_open.any() else "issues.headline_none",
        place=place,
        open=int(is_open.sum()),
        total=len(own),
        overdue=int(overdue.sum()),
        waiting=int(waiting.sum()),
        longest=longest,
    )
    without = int(chosen["lon"].isna().sum())
    answer = words.say("issues.list_answer", count=len(chosen), drawn=len(chosen) - without)
    return IssuesView(headline, figures, answer, issue_table(chosen, names, notes), without)


def step_text(step: int, words: Words) -> str:
    """Where an issue has come to: the subdistrict, the district, the task force."""
    return words.say(f"issues.step_{min(int(step), 2)}")


def state_text(row: Mapping[str, object], words: Words) -> str:
    """How an issue stands in a word: closed, overdue, or open."""
    if not row["is_open"]:
        return words.say("issues.state_closed")
    is_late = given(row["is_overdue"]) and bool(row["is_overdue"])
    return words.say("issues.state_overdue" if is_late else "issues.state_open")


def due_words(row: Mapping[str, object], words: Words) -> str:
    """Until when an issue is to be closed, and by which rule; "not set" where nobody set it."""
    if not given(row["due_date"]):
        return words.say("issues.not_set")
    day = words.date(row["due_date"])  # type: ignore[arg-type]
    return words.say("issues.due_by_limit", date=day) if row["due_from"] == "limit" else day


def issue_table(chosen: pd.DataFrame, names: Names, notes: Mapping[str, str]) -> Table:
    """The issues as rows, open ones first, the longest open on top."""
    words = names.words
    records = chosen.to_dict("records")
    rows = pd.DataFrame(
        {
            "title": [r["title"] for r in records],
            "days_open": [r["days_open"] for r in records],
            "state": [state_text(r, words) for r in records],
            "step": [step_text(r["step"], words) for r in records],
            "units_called": [names.units(r["units_called"]) for r in records],
            "units_waiting": [names.units(r["units_waiting"]) for r in records],
            "kind": [names.issue_kind(r["kind"]) for r in records],
            "district": [names.area(r["district_code"]) for r in records],
            "subdistrict": [names.area(r["subdistrict_code"]) for r in records],
            "community": [text_of(r["community_name"]) for r in records],
            "project": [text_of(r["project_name"]) for r in records],
            "reported_date": [r["reported_date"] for r in records],
            "due": [due_words(r, words) for r in records],
            "closed_date": [r["closed_date"] if not r["is_open"] else None for r in records],
            "next_step_date": [
                words.date(r["next_step_date"]) if given(r["next_step_date"]) else words.say("issues.not_set")
                for r in records
            ],
            "has_place": [given(r["lon"]) for r in records],
            "origin": [names.run(r["import_run_id"]) for r in records],
            "issue_id": [r["issue_id"] for r in records],
        }
    )
    columns = [
        *("title::large", "days_open:count", "state", "step", "units_called", "units_waiting", "kind"),
        *("district", "subdistrict", "community", "project", "reported_date:date", "due"),
        *("closed_date:date", "next_step_date", "has_place:yes_no", "origin", "issue_id"),
    ]
    return rows_table(rows, columns, words, "issues", words.say("issues.list_file"), notes)


def days_legend(words: Words) -> list[LegendEntry]:
    """The classes of days open."""
    edges = (0, *DAYS_BREAKS)
    labels = [
        words.say("issues.days_class", low=low, high=high - 1)
        for low, high in zip(edges, DAYS_BREAKS, strict=False)
    ]
    labels.append(words.say("issues.days_over", low=DAYS_BREAKS[-1]))
    return [LegendEntry(colour, label) for colour, label in zip(DAYS_SCALE.colours, labels, strict=True)]


def rules_text(rules: Sequence[EscalationRule], words: Words, names: Names) -> str:
    """After how many days an open issue goes up, step by step; "not set" where nobody set it."""
    if not rules:
        return words.say("issues.no_rules")
    parts = [
        words.say(
            "issues.rule_set" if r.after_days is not None else "issues.rule_unset",
            to=step_text(r.step, words),
            kind=words.say("issues.any_kind") if r.kind == "*" else names.issue_kind(r.kind),
            days=r.after_days,
        )
        for r in rules
    ]
    return words.say("issues.rules", parts="; ".join(parts) if words.lang == "en" else "；".join(parts))
