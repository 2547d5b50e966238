"""The year's targets against what was done by a day (R1), the pace line, lamps and ranks.

Money is in whole fen. Targets are entered for the city and for each district, never derived (R1), so a district
without a target has a figure but no rate, no lamp and no rank.
"""

import calendar
import datetime as dt
import math
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from programme.stages import Stage, confirmed_dates, first_dates

CITY_CODE = "110000"
#: A lamp leaves "on pace" when the distance from the pace line is more than this share of the year's target.
LAMP_TOLERANCE_PCT = 5


class Measure(StrEnum):
    """What a target is set for; the values are those of the annual targets' own column."""

    STARTS = "starts"
    COMPLETIONS = "completions"
    INVESTMENT = "investment_fen"
    CONFIRMED = "confirmed"


#: The plan's three targets, in its order (section 1, item 1).
PLAN_MEASURES = (Measure.STARTS, Measure.COMPLETIONS, Measure.INVESTMENT)


class PaceRule(StrEnum):
    """How much of the target should be done by a day."""

    CALENDAR = "calendar"  # the share of the year that has passed
    PLANNED = "planned"  # the share that the projects' own planned dates put before the day


class Lamp(StrEnum):
    """Where a figure stands beside the pace line."""

    AHEAD = "ahead"
    ON = "on"
    BEHIND = "behind"
    NONE = "none"  # no target, or no pace to measure by


@dataclass(frozen=True)
class Standing:
    """One measure of one area on one day. Counts in projects, investment in fen."""

    area_code: str
    measure: Measure
    actual: int
    target: int | None
    pace_share: float | None

    @property
    def rate_pct(self) -> float | None:
        """Actual as a percentage of the year's target; may exceed 100. None without a target."""
        return None if not self.target else 100.0 * self.actual / self.target

    @property
    def expected(self) -> float | None:
        """What the pace line asks for by the day, in the measure's unit."""
        return None if not self.target or self.pace_share is None else self.target * self.pace_share

    @property
    def expected_whole(self) -> int | None:
        """The pace line in whole projects (a part of a project can't be started) or whole fen."""
        return None if self.expected is None else math.floor(self.expected + 1e-9)

    @property
    def gap_pct(self) -> float | None:
        """Distance from the pace line as a percentage of the target: negative is behind."""
        if self.expected_whole is None or not self.target:
            return None
        return 100.0 * (self.actual - self.expected_whole) / self.target

    @property
    def lamp(self) -> Lamp:
        """Behind or ahead when more than `LAMP_TOLERANCE_PCT` of the target away from the pace line."""
        if self.gap_pct is None:
            return Lamp.NONE
        if self.gap_pct < -LAMP_TOLERANCE_PCT:
            return Lamp.BEHIND
        return Lamp.AHEAD if self.gap_pct > LAMP_TOLERANCE_PCT else Lamp.ON


def month_end(month: str) -> dt.date:
    """The last day of a month given as YYYY-MM.

    Raises ValueError where the text is no month.
    """
    first = dt.date.fromisoformat(f"{month}-01")
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def calendar_share(year: int, as_of: dt.date) -> float:
    """The share of a year passed at the end of a day: 0 before the year, 1 after it."""
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    passed = (min(max(as_of, first - dt.timedelta(days=1)), last) - first).days + 1
    return passed / ((last - first).days + 1)


def planned_share(projects: pd.DataFrame, measure: Measure, year: int, as_of: dt.date) -> float | None:
    """The share of a year's work that the projects' own planned dates put on or before a day.

    Starts and completions count the projects planned for the year; investment spreads each project's planned sum
    evenly from its planned start to its planned completion and takes the part that falls into the year. None where
    no project has the dates (or the sum) that the measure needs.
    """
    start = pd.to_datetime(projects["planned_start_date"])
    end = pd.to_datetime(projects["planned_completion_date"])
    day = pd.Timestamp(as_of)
    if measure is Measure.CONFIRMED:
        return None
    if measure is not Measure.INVESTMENT:
        dates = start if measure is Measure.STARTS else end
        due = dates[dates.dt.year == year]
        return None if due.empty else float((due <= day).mean())
    sums = pd.to_numeric(projects["planned_investment_fen"]).fillna(0).astype("float64")
    known = start.notna() & end.notna() & (end >= start) & (sums > 0)
    start, end, sums = start[known], end[known], sums[known]
    days = (end - start).dt.days + 1
    first, last = pd.Timestamp(year, 1, 1), pd.Timestamp(year, 12, 31)

    def spread(until: pd.Timestamp) -> float:
        passed = (end.clip(upper=until) - start.clip(lower=first)).dt.days + 1
        return float((sums * passed.clip(lower=0) / days).sum())

    whole = spread(last)
    return None if whole <= 0 else spread(min(day, last)) / whole


def with_or_without_central(projects: pd.DataFrame, has_central: bool) -> pd.DataFrame:
    """The projects, with or without those of central state organs (R10)."""
    return projects if has_central else projects[~projects["is_central_state"].astype(bool)]


def project_years(
    projects: pd.DataFrame, events: pd.DataFrame, investments: pd.DataFrame, *, year: int, as_of: dt.date
) -> pd.DataFrame:
    """What each project adds to the year's figures by a day.

    Returns a frame indexed by project_id with district_code, the measures `starts`, `completions`, `confirmed`
    (0 or 1) and `investment_fen` (int), and the dates started_date, completed_date, confirmed_date. A start or a
    completion counts in the year of its date; a confirmation counts for the project's plan year, or for the year
    of its date where the plan year is not given (R7, R9); investment counts whole months (R49).
    """
    ids = projects["project_id"]
    dates = first_dates(events, as_of).reindex(ids)
    confirmed = confirmed_dates(events, projects, as_of).reindex(ids)
    started, completed = dates[Stage.STARTED.value], dates[Stage.COMPLETED.value]
    plan_year = pd.to_numeric(projects.set_index("project_id")["plan_year"]).astype("Int64")
    confirmed_year = plan_year.fillna(confirmed.dt.year.astype("Int64"))
    months = investments["month"].astype(str)
    in_year = months.str.startswith(f"{year:04d}-") & (months <= as_of.isoformat()[:7])
    sums = investments[in_year].groupby("project_id")["amount_fen"].sum().reindex(ids).fillna(0)
    return pd.DataFrame(
        {
            "district_code": projects.set_index("project_id")["district_code"],
            Measure.STARTS.value: (started.dt.year == year).astype("int64"),
            Measure.COMPLETIONS.value: (completed.dt.year == year).astype("int64"),
            Measure.INVESTMENT.value: sums.astype("int64"),
            Measure.CONFIRMED.value: (confirmed.notna() & (confirmed_year == year).fillna(False)).astype(
                "int64"
            ),
            "started_date": started,
            "completed_date": completed,
            "confirmed_date": confirmed,
        },
        index=pd.Index(ids, name="project_id"),
    )


def standings(
    years: pd.DataFrame,
    projects: pd.DataFrame,
    targets: pd.DataFrame,
    area_codes: list[str],
    *,
    year: int,
    as_of: dt.date,
    rule: PaceRule = PaceRule.CALENDAR,
) -> dict[tuple[str, Measure], Standing]:
    """Every measure of the city (`CITY_CODE`) and of each district.

    `years` comes from `project_years` on the same `projects`; `targets` has year, area_code, measure and value.
    Under the planned rule each area's pace is that of its own projects.
    """
    wanted = targets[targets["year"] == year]
    values = {(a, m): int(v) for a, m, v in wanted[["area_code", "measure", "value"]].itertuples(index=False)}
    found: dict[tuple[str, Measure], Standing] = {}
    for area in [CITY_CODE, *area_codes]:
        is_city = area == CITY_CODE
        own = years if is_city else years[years["district_code"] == area]
        own_projects = projects if is_city else projects[projects["district_code"] == area]
        for measure in Measure:
            share = (
                calendar_share(year, as_of)
                if rule is PaceRule.CALENDAR
                else planned_share(own_projects, measure, year, as_of)
            )
            found[area, measure] = Standing(
                area, measure, int(own[measure.value].sum()), values.get((area, measure.value)), share
            )
    return found


def ranking(rows: list[Standing]) -> list[tuple[int | None, Standing]]:
    """Standings of one measure in order of their rate, best first, with ranks; equal rates share a rank.

    Areas without a target come last, unranked, in order of their figure.
    """
    rated = sorted(
        (r for r in rows if r.rate_pct is not None), key=lambda r: (-(r.rate_pct or 0), r.area_code)
    )
    unrated = sorted((r for r in rows if r.rate_pct is None), key=lambda r: (-r.actual, r.area_code))
    ranked: list[tuple[int | None, Standing]] = []
    for place, row in enumerate(rated, start=1):
        same = ranked and ranked[-1][1].rate_pct == row.rate_pct
        ranked.append((ranked[-1][0] if same else place, row))
    return ranked + [(None, row) for row in unrated]


def furthest_behind(rows: dict[tuple[str, Measure], Standing], area_codes: list[str]) -> list[str]:
    """Areas behind on any of the plan's three targets: most targets behind first, then the larger mean distance."""
    behind: list[tuple[int, float, str]] = []
    for area in area_codes:
        own = [rows[area, m] for m in PLAN_MEASURES]
        count = sum(r.lamp is Lamp.BEHIND for r in own)
        gaps = [r.gap_pct for r in own if r.gap_pct is not None]
        if count:
            behind.append((-count, sum(gaps) / len(gaps), area))
    return [area for _, _, area in sorted(behind)]


def overall_lamp(rows: list[Standing]) -> Lamp:
    """One lamp for several measures: the worst of them; none where no measure has a target."""
    lamps = {r.lamp for r in rows}
    return next((lamp for lamp in (Lamp.BEHIND, Lamp.ON, Lamp.AHEAD) if lamp in lamps), Lamp.NONE)


def monthly(years: pd.DataFrame, investments: pd.DataFrame, *, year: int, as_of: dt.date) -> pd.DataFrame:
    """The year's figures at the end of each month up to a day, running totals from January.

    Returns month (YYYY-MM), starts, completions and investment_fen (ints). `years` comes from `project_years`;
    `investments` is cut to its projects.
    """
    last = 12 if as_of.year > year else (as_of.month if as_of.year == year else 0)
    months = [f"{year:04d}-{m:02d}" for m in range(1, last + 1)]
    table = pd.DataFrame({"month": months})
    for measure, dates in ((Measure.STARTS, "started_date"), (Measure.COMPLETIONS, "completed_date")):
        held = years.loc[years[measure.value] == 1, dates].dt.strftime("%Y-%m").value_counts()
        table[measure.value] = held.reindex(months).fillna(0).astype("int64").cumsum().to_numpy()
    own = investments[investments["project_id"].isin(years.index)].groupby("month")["amount_fen"].sum()
    table[Measure.INVESTMENT.value] = own.reindex(months).fillna(0).astype("int64").cumsum().to_numpy()
    return table
