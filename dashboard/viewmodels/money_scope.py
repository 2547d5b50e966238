"""The money of one view: the projects of the chosen area, their funding up to the day, their investment."""

import datetime as dt
from dataclasses import dataclass
from functools import cache

import pandas as pd

from dashboard.filters import Filters
from dashboard.words import Words
from loaders import reference
from programme.money.fen import exact_sum
from programme.money.funding import funding_rows, orphan_entries
from programme.money.investment import investment_rows
from programme.progress import with_or_without_central
from programme.stages import first_dates

#: The states of funding (R48) and how far money has come, from light to dark.
STATE_COLOURS = {"planned": "#bdd7ec", "allotted": "#5aa0cc", "paid": "#12508f"}


@dataclass(frozen=True)
class MoneyFrames:
    """What the named queries return, as they return it."""

    projects: pd.DataFrame
    places: pd.DataFrame
    events: pd.DataFrame
    entries: pd.DataFrame
    investments: pd.DataFrame
    targets: pd.DataFrame


@dataclass(frozen=True)
class MoneyScope:
    """The money of the chosen area.

    `funding` (`funding.funding_rows` with import_run_id) holds entries up to the day and undated ones; `later` is how
    many dated later were left out, `orphans` the entries whose project is not on record. `investment` comes from
    `investment.investment_rows` with import_run_id.
    """

    filters: Filters
    projects: pd.DataFrame
    funding: pd.DataFrame
    investment: pd.DataFrame
    started_dates: pd.Series
    later: int
    orphans: tuple[str, ...]

    @property
    def as_of(self) -> dt.date:
        return self.filters.as_of

    def funding_of(self, keys: tuple[str, ...]) -> pd.DataFrame:
        """The entries with the given keys."""
        return self.funding[self.funding["entry_id"].isin(keys)]

    def sum_of(self, state: str) -> int:
        """The whole of one state in fen."""
        return exact_sum(self.funding.loc[self.funding["state"] == state, "funding_fen"])


@cache
def payers() -> dict[str, str]:
    """The payer of each source of funding (R47)."""
    rows = reference.funding_sources()
    return dict(zip(rows["key"], rows["payer"], strict=True))


def source_name(code: object, words: Words) -> str:
    """A source's name in the screen's language; the code itself where the reference table does not know it."""
    if code is None or pd.isna(code):
        return words.say("record.not_given")
    rows = reference.funding_sources().set_index("key")
    column = "name_en" if words.lang == "en" else "name_zh"
    return str(rows.loc[code, column]) if code in rows.index else str(code)


def projects_in(projects: pd.DataFrame, places: pd.DataFrame, filters: Filters) -> pd.DataFrame:
    """The projects of the chosen area, with or without those of central state organs (R10).

    A project is in a subdistrict where one of its communities lies there (`places` of `queries.project_places`).
    """
    own = with_or_without_central(projects, filters.has_central)
    if filters.subdistrict_code is not None:
        held = places.loc[places["subdistrict_code"] == filters.subdistrict_code, "project_id"]
        own = own[own["project_id"].isin(held)]
    elif filters.district_code is not None:
        own = own[own["district_code"] == filters.district_code]
    return own.reset_index(drop=True)


def communities_in(communities: pd.DataFrame, filters: Filters) -> pd.DataFrame:
    """The communities of the chosen area, with or without those of central state organs (R10)."""
    own = communities if filters.has_central else communities[~communities["is_central_state"].eq(True)]
    if filters.subdistrict_code is not None:
        return own[own["subdistrict_code"] == filters.subdistrict_code]
    return own if filters.district_code is None else own[own["district_code"] == filters.district_code]


def money_scope(frames: MoneyFrames, filters: Filters) -> MoneyScope:
    """Cut the frames to the chosen area and day, with or without central-state projects (R10).

    Raises MoneyError for rows that can't be counted (`funding.funding_rows`, `investment.investment_rows`).
    """
    projects = projects_in(frames.projects, frames.places, filters)
    every = funding_rows(frames.entries, projects, payers())
    every["import_run_id"] = frames.entries["import_run_id"].reindex(every.index)
    is_later = every["entry_date"] > pd.Timestamp(filters.as_of)
    invested = investment_rows(frames.investments, projects)
    invested["import_run_id"] = frames.investments["import_run_id"].reindex(invested.index)
    return MoneyScope(
        filters,
        projects,
        every[~is_later],
        invested,
        first_dates(frames.events, filters.as_of)["started"],
        int(is_later.sum()),
        orphan_entries(frames.entries, frames.projects),
    )


def target_of(frames: MoneyFrames, area_code: str, year: int) -> int | None:
    """The year's target of investment of an area in fen (R1: entered, never derived); None where none is entered."""
    rows = frames.targets
    own = rows[
        (rows["year"] == year) & (rows["area_code"] == area_code) & (rows["measure"] == "investment_fen")
    ]
    return None if own.empty else int(own["value"].iloc[0])
