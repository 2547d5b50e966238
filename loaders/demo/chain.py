"""Dates of the projects along the chain (R31): when each was confirmed, begun, finished, and all between."""

import calendar
import datetime as dt
import zlib
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from loaders.demo.profile import profile, programme_table, shared_out

#: Works never take less than this, days.
SHORTEST_WORKS = 130
#: From the confirmation document to the first day on site, days at the least.
SHORTEST_PREPARATION = 42
STARTED, WAITING, RESERVE = "started", "waiting", "reserve"


@dataclass
class Course:
    """The course of one project: its dates by stage or gate, and its plan."""

    district: str
    state: str
    batch: str | None = None
    document: str | None = None
    dates: dict[str, dt.date] = field(default_factory=dict)
    planned_start: dt.date | None = None
    planned_completion: dt.date | None = None

    @property
    def started(self) -> dt.date | None:
        return self.dates.get("started")

    @property
    def completed(self) -> dt.date | None:
        return self.dates.get("completed")


def courses(
    codes: tuple[str, ...], waiting_share: float, reserve: int, rng: np.random.Generator
) -> list[Course]:
    """The courses of all projects, district by district, each district's in the order in which they began."""
    table = programme_table(codes)
    reserves = shared_out(reserve, table["target_starts"].to_numpy() + 0.5)
    out: list[Course] = []
    for (code, row), in_reserve in zip(table.iterrows(), reserves, strict=True):
        own = _started(str(code), row, rng)
        _finish(own, row, rng)
        for course in own:
            _prepare(course, rng)
            _hand_over(course, rng)
            _plan(course, rng)
        waiting = [_waiting(str(code), rng) for _ in range(round(waiting_share * row["target_starts"]))]
        out += own + waiting + [_in_reserve(str(code), rng) for _ in range(int(in_reserve))]
    return out


def as_of() -> dt.date:
    """The day up to which the demo city's programme runs."""
    return profile()["as_of_date"]


def _days(low: int, high: int, rng: np.random.Generator) -> dt.timedelta:
    return dt.timedelta(days=int(rng.integers(low, high + 1)))


def _drawn_days(year: int, key: str, count: int, rng: np.random.Generator) -> list[dt.date]:
    """Days of a year by the weights of its months, in order."""
    weights = np.array(profile()["months"][f"{key}_{year}"], float)
    months = rng.choice(len(weights), count, p=weights / weights.sum()) + 1
    days = [
        dt.date(year, int(m), int(rng.integers(1, calendar.monthrange(year, int(m))[1] + 1))) for m in months
    ]
    return sorted(min(d, as_of()) for d in days)


def _started(code: str, row: pd.Series, rng: np.random.Generator) -> list[Course]:
    days = [
        d
        for y, c in ((2018, "started_2018"), (2019, "started_2019"), (2020, "started"))
        for d in _drawn_days(y, "starts", int(row[c]), rng)
    ]
    if row["started"] == 1:
        days[-1] = dt.date(2020, 4, 1) + _days(
            0, 45, rng
        )  # else a lone project would have next to no works to show
    return [Course(code, STARTED, dates={"started": d}) for d in days]


def _finish(own: list[Course], row: pd.Series, rng: np.random.Generator) -> None:
    """The earliest begun are finished first; a year's completions stay within the year."""
    open_ = list(own)
    for year, column in ((2018, "completed_2018"), (2019, "completed_2019"), (2020, "completed")):
        last = min(dt.date(year, 12, 28), as_of())
        for day in _drawn_days(year, "completions", int(row[column]), rng):
            course = open_.pop(0)
            start = course.dates["started"]
            earliest = start + dt.timedelta(days=SHORTEST_WORKS)
            if earliest > last:
                course.dates["started"] = start = min(
                    start, last - _days(SHORTEST_WORKS, SHORTEST_WORKS + 20, rng)
                )
                earliest = start + dt.timedelta(days=SHORTEST_WORKS)
            course.dates["completed"] = max(min(day, last), earliest)


def _batches() -> list[dict]:
    return sorted(profile()["batches"], key=lambda b: b["date"])


def _confirm(course: Course, batch: dict) -> None:
    course.batch, course.document = batch["key"], batch["document"]
    course.dates["confirmed"] = batch["date"]


def _prepare(course: Course, rng: np.random.Generator) -> None:
    """Everything before the works, in the chain's order, between the confirmation and the start."""
    start = course.dates["started"]
    fit = [b for b in _batches() if (start - b["date"]).days >= SHORTEST_PREPARATION]
    if not fit:
        course.dates["started"] = start = _batches()[0]["date"] + _days(SHORTEST_PREPARATION, 60, rng)
        fit = _batches()[:1]
    recent = fit[-2:]
    _confirm(course, recent[-1] if rng.random() < 0.65 else recent[0])
    confirmed = course.dates["confirmed"]
    span = (start - confirmed).days

    def at(low: float, high: float) -> dt.date:
        return confirmed + dt.timedelta(days=int(span * rng.uniform(low, high)))

    course.dates |= {
        "reserve": confirmed - _days(60, 240, rng),
        "owners_body": confirmed - _days(-int(span * 0.4), 200, rng),
        "designed": at(0.15, 0.35),
        "public_notice": at(0.38, 0.5),
        "service_agreement": at(0.3, 0.8),
        "tendered": at(0.6, 0.82),
        "governance_cleared": at(0.84, 0.99),
    }


def _hand_over(course: Course, rng: np.random.Generator) -> None:
    day = course.completed
    for stage, low, high in (("accepted", 20, 55), ("handed_over", 14, 40), ("long_term", 20, 60)):
        if day is None:
            return
        day += _days(low, high, rng)
        if day > as_of():
            return
        course.dates[stage] = day


def _plan(course: Course, rng: np.random.Generator) -> None:
    start = course.dates["started"]
    course.planned_start = start - _days(-12, 40, rng)
    if course.completed is not None:
        course.planned_completion = max(
            course.completed - _days(-35, 45, rng), course.planned_start + dt.timedelta(days=110)
        )
    elif start.year < 2020:
        # most of last year's should be done this year, some are overdue
        course.planned_completion = dt.date(2020, 7, 10) + _days(0, 165, rng)
    else:
        course.planned_completion = start + _days(170, 420, rng)


def _waiting(code: str, rng: np.random.Generator) -> Course:
    """Confirmed and not begun: some gates passed, some not."""
    course = Course(code, WAITING)
    batches = _batches()
    share = np.array([0, 0, 0.04, 0.08, 0.16, 0.52, 0.2])
    _confirm(course, batches[int(rng.choice(len(batches), p=share))])
    confirmed = course.dates["confirmed"]
    course.dates["reserve"] = confirmed - _days(50, 220, rng)
    if rng.random() < 0.74:
        course.dates["owners_body"] = confirmed - _days(-20, 180, rng)
    day = confirmed
    for stage, chance, low, high in (
        ("designed", 0.62, 18, 70),
        ("public_notice", 0.9, 3, 14),
        ("service_agreement", 0.55, 6, 40),
        ("tendered", 0.5, 10, 45),
    ):
        day += _days(low, high, rng)
        if day > as_of() or rng.random() > chance:
            if stage != "service_agreement":
                break
            continue
        course.dates[stage] = day
    course.dates = {k: d for k, d in course.dates.items() if d <= as_of()}
    course.planned_start = max(confirmed + _days(60, 200, rng), dt.date(2020, 7, 1))
    course.planned_completion = course.planned_start + _days(180, 400, rng)
    return course


def _in_reserve(code: str, rng: np.random.Generator) -> Course:
    """Not confirmed: how much of the groundwork is done differs (R6)."""
    course = Course(code, RESERVE)
    listed = dt.date(2019, 9, 1) + _days(0, 350, rng)
    course.dates["reserve"] = listed
    for gate, chance, low, high in (
        ("owners_body", 0.5, -120, 120),
        ("designed", 0.24, 10, 150),
        ("public_notice", 0.6, 12, 170),
        ("service_agreement", 0.3, 10, 160),
    ):
        if rng.random() < chance and (gate != "public_notice" or "designed" in course.dates):
            day = max(
                listed + _days(low, high, rng),
                course.dates.get("designed", dt.date.min) if gate == "public_notice" else dt.date.min,
            )
            if day <= as_of():
                course.dates[gate] = day
    return course


def stage_events(project_ids: list[str], held: list[Course]) -> pd.DataFrame:
    """The dated events of the projects, in order: event_id, project_id, stage, event_date, document_no, note."""
    rows = [
        (f"{project}-{stage}", project, stage, day, course.document if stage == "confirmed" else None, None)
        for project, course in zip(project_ids, held, strict=True)
        for stage, day in sorted(
            (course.dates | _beside(project, course)).items(), key=lambda pair: (pair[1], pair[0])
        )
    ]
    return pd.DataFrame(
        rows, columns=["event_id", "project_id", "stage", "event_date", "document_no", "note"]
    )


def _beside(project: str, course: Course) -> dict[str, dt.date]:
    """The steps that hold nobody up: demands gathered before the pool (R14), the planner's opinion (R18).

    The days follow from the project's own id, so that they take nothing from the streams of chance. Some lack them.
    """
    draw = zlib.crc32(project.encode())
    out = {}
    if draw % 17 and "reserve" in course.dates:
        out["demands_gathered"] = course.dates["reserve"] - dt.timedelta(days=4 + draw % 37)
    if draw % 23 and "designed" in course.dates:
        out["planner_opinion"] = course.dates["designed"]
    return out
