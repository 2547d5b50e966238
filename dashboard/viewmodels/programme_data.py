"""The programme's frames cut to one view, with everything the rules work out from them."""

import datetime as dt
from dataclasses import dataclass, replace

import pandas as pd

from dashboard.filters import Filters, StoreFacts
from programme.gates import gate_table
from programme.progress import (
    CITY_CODE,
    Measure,
    PaceRule,
    Standing,
    calendar_share,
    month_end,
    planned_share,
    project_years,
    standings,
    with_or_without_central,
)
from programme.reasons import Reason, area_reasons, project_states
from programme.stages import current_stage


@dataclass(frozen=True)
class ProgrammeFrames:
    """What the named queries return (`store.queries`), as they return it."""

    projects: pd.DataFrame
    events: pd.DataFrame
    investments: pd.DataFrame
    targets: pd.DataFrame
    places: pd.DataFrame
    community_counts: pd.DataFrame


@dataclass(frozen=True)
class Programme:
    """The projects of one view with what the rules say of them, all frames indexed by project_id."""

    frames: ProgrammeFrames
    filters: Filters
    rule: PaceRule
    years: pd.DataFrame
    gates: pd.DataFrame
    states: pd.DataFrame
    stages: pd.Series
    standings: dict[tuple[str, Measure], Standing]
    reasons: dict[str, list[Reason]]

    @property
    def as_of(self) -> dt.date:
        return self.filters.as_of

    @property
    def scope_code(self) -> str:
        """The area whose targets stand on top: the chosen district, or the city."""
        return self.filters.district_code or CITY_CODE

    def in_scope(self) -> pd.Index:
        """The projects of the chosen subdistrict, district, or city."""
        if self.filters.subdistrict_code is not None:
            return self.in_subdistrict(self.filters.subdistrict_code)
        if self.filters.district_code is not None:
            return self.years.index[self.years["district_code"] == self.filters.district_code]
        return self.years.index

    def in_subdistrict(self, code: str) -> pd.Index:
        """The projects that have a community in a subdistrict."""
        places = self.frames.places
        held = places.loc[places["subdistrict_code"] == code, "project_id"]
        return self.years.index[self.years.index.isin(held)]

    def scope_standing(self, measure: Measure) -> Standing:
        """The standing of the chosen area; a subdistrict has figures but no target."""
        row = self.standings[self.scope_code, measure]
        if self.filters.subdistrict_code is None:
            return row
        actual = int(self.years.loc[self.in_scope(), measure.value].sum())
        return replace(row, area_code=self.filters.subdistrict_code, actual=actual, target=None)

    def pace_by_month(self, measure: Measure) -> list[float | None]:
        """The share of the year's target that the pace rule asks for at the end of each month."""
        days = [month_end(f"{self.filters.year:04d}-{m:02d}") for m in range(1, 13)]
        if self.rule is PaceRule.CALENDAR:
            return [calendar_share(self.filters.year, day) for day in days]
        own = self.frames.projects[self.frames.projects["project_id"].isin(self.in_scope())]
        return [planned_share(own, measure, self.filters.year, day) for day in days]


def programme(
    frames: ProgrammeFrames, filters: Filters, facts: StoreFacts, rule: PaceRule = PaceRule.CALENDAR
) -> Programme:
    """Apply the plan's rules to the frames as of the view's day, with or without central-state projects (R10)."""
    projects = with_or_without_central(frames.projects, filters.has_central).reset_index(drop=True)
    ids = set(projects["project_id"])
    cut = replace(
        frames,
        projects=projects,
        events=frames.events[frames.events["project_id"].isin(ids)],
        investments=frames.investments[frames.investments["project_id"].isin(ids)],
        places=frames.places[frames.places["project_id"].isin(ids)],
    )
    as_of, year = filters.as_of, filters.year
    years = project_years(projects, cut.events, cut.investments, year=year, as_of=as_of)
    communities = cut.places[["community_id", "has_owners_body"]].drop_duplicates("community_id")
    gates = gate_table(projects, cut.events, cut.places, communities, as_of)
    states = project_states(projects, years, gates, cut.investments, year=year, as_of=as_of)
    codes = list(facts.districts)
    rows = standings(years, projects, cut.targets, codes, year=year, as_of=as_of, rule=rule)
    reasons = {
        code: area_reasons(states[states["district_code"] == code], {m: rows[code, m] for m in Measure})
        for code in codes
    }
    reasons[CITY_CODE] = area_reasons(states, {m: rows[CITY_CODE, m] for m in Measure})
    stages = current_stage(cut.events, projects, as_of)
    return Programme(cut, filters, rule, years, gates, states, stages, rows, reasons)
