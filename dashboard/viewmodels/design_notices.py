"""Public notices of designs in the community (R19): how long, which version, and whether that version had passed."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import chinese_calendar
import pandas as pd

from dashboard.filters import StoreFacts
from dashboard.tables import Kind, Table, TableColumn
from dashboard.viewmodels.areas import name_of
from dashboard.viewmodels.design_queue import PASSED, by_day, last_opinions, main_subdistricts
from dashboard.viewmodels.duties_words import given
from dashboard.viewmodels.ledger_rows import field_name
from dashboard.viewmodels.project_frames import ProjectsInView, run_texts
from dashboard.words import Words

#: Working days that a reader may check notices by; the plan sets no period.
PERIODS = ("none", "5", "7", "10", "15")


class Flaw(StrEnum):
    """What is wrong with a notice."""

    NO_VERSION = "no_version"  # which version was shown is not on record
    BEFORE_OPINION = "before_opinion"  # the version had no passing opinion on the day it was put up
    NOT_PASSED = "not_passed"  # the version shown has not passed at all
    OLD_VERSION = "old_version"  # another version passed last
    SHORT = "short"  # ended before the period checked by
    OVERDUE = "overdue"  # still open after the period checked by


def working_days(first: dt.date, last: dt.date) -> int | None:
    """Working days from a day to another, both included, by the State Council's calendar of days off; None where it
    is not known for one of the years."""
    if last < first:
        return 0
    try:
        return len(chinese_calendar.get_workdays(first, last))
    except NotImplementedError:
        return None


def notice_rows(
    view: ProjectsInView,
    notices: pd.DataFrame,
    designs: pd.DataFrame,
    opinions: pd.DataFrame,
    period: int | None,
) -> pd.DataFrame:
    """The notices put up by the view's day, open ones first, then the newest.

    Adds to the rows of `queries_designs.notice_rows`: ended (the end, missing while open), days and work_days (from
    the first day up to the end, or the view's day; both included), passed_version (the version of the project that
    passed last), flaws (tuple of `Flaw` values). `period` is in working days; None: it is not set.
    """
    as_of = view.as_of
    held = by_day(notices[notices["project_id"].isin(view.ids)], "posted_date", as_of)
    told = by_day(opinions, "reviewed_date", as_of)
    last = last_opinions(told)
    good = last[last["decision"].isin(PASSED)]
    first_pass = told[told["decision"].isin(PASSED)].groupby("design_id")["reviewed_date"].min()
    newest = good.sort_values("version").drop_duplicates("project_id", keep="last").set_index("project_id")
    rows = []
    for row in held.to_dict("records"):
        posted = pd.Timestamp(row["posted_date"]).date()
        end = pd.Timestamp(row["ended_date"]).date() if given(row["ended_date"]) else None
        end = end if end is not None and end <= as_of else None
        until = end or as_of
        work = working_days(posted, until)
        design = row["design_id"] if given(row["design_id"]) else None
        flaws = []
        if design is None:
            flaws.append(Flaw.NO_VERSION)
        elif design not in first_pass.index:
            flaws.append(Flaw.NOT_PASSED)
        elif pd.Timestamp(first_pass[design]).date() > posted:
            flaws.append(Flaw.BEFORE_OPINION)
        passed = newest["version"].get(row["project_id"])
        if (
            design is not None
            and design in first_pass.index
            and passed is not None
            and passed != row["version"]
        ):
            flaws.append(Flaw.OLD_VERSION)
        if period is not None and work is not None:
            if end is not None and work < period:
                flaws.append(Flaw.SHORT)
            elif end is None and work > period:
                flaws.append(Flaw.OVERDUE)
        rows.append(
            {
                **row,
                "ended": end,
                "days": (until - posted).days + 1,
                "work_days": work,
                "passed_version": passed,
                "flaws": tuple(f.value for f in flaws),
            }
        )
    columns = [*notices.columns, "ended", "days", "work_days", "passed_version", "flaws"]
    found = pd.DataFrame(rows, columns=columns)
    is_open = found["ended"].isna()
    return (
        found.assign(_closed=~is_open, _day=pd.to_datetime(found["posted_date"]))
        .sort_values(["_closed", "_day", "notice_id"], ascending=[True, False, True])
        .drop(columns=["_closed", "_day"])
        .reset_index(drop=True)
    )


@dataclass(frozen=True)
class NoticesView:
    """The notices in words; `flawed` lists those with something wrong, `missing` designs that passed and were never
    shown."""

    answer: str
    table: Table
    flawed_answer: str
    flawed: Table
    missing_answer: str
    missing: Table
    calendar_note: str


def notices_view(
    view: ProjectsInView,
    rows: pd.DataFrame,
    queue: pd.DataFrame,
    facts: StoreFacts,
    runs: pd.DataFrame,
    words: Words,
    notes: Mapping[str, str],
    period: int | None,
) -> NoticesView:
    """The notices of a view's area; `rows` as `notice_rows`, `queue` as `design_queue.queue_rows` give them."""
    say = words.say
    shown = _shown(rows, view, facts, runs, words)
    is_open = rows["ended"].isna()
    overdue = int(rows["flaws"].map(lambda f: Flaw.OVERDUE.value in f).sum())
    if rows.empty:
        answer = say("design_review.notices_none")
    else:
        answer = say(
            "design_review.notices_answer",
            count=len(rows),
            open=int(is_open.sum()),
            responses=words.number(pd.to_numeric(rows["responses"]).sum()),
        )
        answer += (
            say("design_review.period_not_set")
            if period is None
            else say(
                "design_review.period_checked",
                days=period,
                overdue=overdue,
                short=int(rows["flaws"].map(lambda f: Flaw.SHORT.value in f).sum()),
            )
        )
    flawed = shown[rows["flaws"].map(len) > 0]
    early = int(rows["flaws"].map(lambda f: Flaw.BEFORE_OPINION.value in f).sum())
    wrong = int(rows["flaws"].map(lambda f: bool({"not_passed", "old_version"} & set(f))).sum())
    posted = set(rows["project_id"])
    missing = queue[queue["state"].isin(PASSED) & ~queue["project_id"].isin(posted)]
    unknown = int(rows["work_days"].isna().sum())
    return NoticesView(
        answer=answer,
        table=_notice_table(shown, words, notes, "notices"),
        flawed_answer=say("design_review.flawed_answer", count=len(flawed), early=early, wrong=wrong)
        if len(flawed)
        else say("design_review.flawed_none"),
        flawed=_notice_table(flawed, words, notes, "flawed"),
        missing_answer=say("design_review.missing_answer", count=words.count(len(missing), "project")),
        missing=_missing_table(missing, facts, runs, words, notes),
        calendar_note=say("design_review.calendar_unknown", count=unknown) if unknown else "",
    )


def _shown(
    rows: pd.DataFrame, view: ProjectsInView, facts: StoreFacts, runs: pd.DataFrame, words: Words
) -> pd.DataFrame:
    unknown = words.say("figure.not_known")
    places = main_subdistricts(view.homes)
    return rows.assign(
        area=[name_of(facts.subdistricts, places.get(p), words.lang, unknown) for p in rows["project_id"]],
        state_text=[
            words.say(f"design_review.notice_{'open' if o else 'ended'}") for o in rows["ended"].isna()
        ],
        flaws_text=[
            words.listed([words.say(f"design_review.flaw.{f}") for f in own]) for own in rows["flaws"]
        ],
        run=run_texts(rows["import_run_id"], runs, words),
    )


def _notice_table(rows: pd.DataFrame, words: Words, notes: Mapping[str, str], title: str) -> Table:
    say = words.say
    known: tuple[tuple[str, str, Kind], ...] = (
        ("project_name", say("design_review.col.name"), "text"),
        ("area", say("design_review.col.area"), "text"),
        ("version", say("design_review.col.version_shown"), "count"),
        ("state_text", say("design_review.col.notice_state"), "text"),
        ("flaws_text", say("design_review.col.flaws"), "text"),
        ("posted_date", field_name("public_notices", "posted_date", words), "date"),
        ("ended", field_name("public_notices", "ended_date", words), "date"),
        ("days", say("design_review.col.notice_days"), "count"),
        ("work_days", say("design_review.col.work_days"), "count"),
        ("responses", field_name("public_notices", "responses", words), "count"),
        ("place", field_name("public_notices", "place", words), "text"),
        ("passed_version", say("design_review.col.passed_version"), "count"),
        ("notice_id", field_name("public_notices", "notice_id", words), "text"),
        ("run", say("design_review.col.run"), "text"),
    )
    held = rows.set_index("project_id", drop=False)
    held.index.name = None
    heads = [TableColumn(c, head, kind) for c, head, kind in known]
    return Table(held, heads, say(f"design_review.file_{title}"), dict(notes))


def _missing_table(
    rows: pd.DataFrame, facts: StoreFacts, runs: pd.DataFrame, words: Words, notes: Mapping[str, str]
) -> Table:
    unknown = words.say("figure.not_known")
    shown = rows.assign(
        area=[name_of(facts.subdistricts, c, words.lang, unknown) for c in rows["subdistrict_code"]],
        run=run_texts(rows["import_run_id"], runs, words),
    )
    held = shown.set_index("project_id", drop=False)
    held.index.name = None
    heads = [
        TableColumn("name", words.say("design_review.col.name")),
        TableColumn("area", words.say("design_review.col.area")),
        TableColumn("version", field_name("designs", "version", words), "count"),
        TableColumn("reviewed_date", words.say("design_review.col.passed_on"), "date"),
        TableColumn("days", words.say("design_review.col.days_since"), "count"),
        TableColumn("project_id", field_name("projects", "project_id", words)),
        TableColumn("run", words.say("design_review.col.run")),
    ]
    return Table(held, heads, words.say("design_review.file_missing_title"), dict(notes))
