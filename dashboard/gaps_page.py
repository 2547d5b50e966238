"""What all subjects of the page share: the standard and whose account was chosen, distances, names and notes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import pandas as pd
import streamlit as st

from dashboard.filters import Filters, StoreFacts
from dashboard.gaps_work import Desk, Standing, brought, desk, standing
from dashboard.issues_panels import pick
from dashboard.markup import element, show
from dashboard.panels import file_notes, source_line
from dashboard.standards_now import standards_now
from dashboard.state import read, worked_out
from dashboard.viewmodels.areas import scope_name
from dashboard.viewmodels.gaps import (
    GapAsk,
    chosen_standard,
    counted_by,
    gaps_by,
    judged_kinds,
    needs_of,
    standard_choices,
)
from dashboard.words import Words
from loaders.coverage.inputs import HOMES, POINTS
from programme.standards import Requirement, Standards
from store import queries_gaps

TABLES = ("communities", "buildings", "population_points", "facilities", "streets")


@dataclass(frozen=True, eq=False)
class GapsPage:
    """The page's question and what answers it. `level` is district, subdistrict or community."""

    filters: Filters
    facts: StoreFacts
    words: Words
    standing: Standing | None
    standards: Standards
    ask: GapAsk
    level: str
    place: str
    notes: dict[str, str]
    source: str

    @cached_property
    def desk(self) -> Desk:
        """The origins of the chosen account in the chosen area."""
        assert self.standing is not None
        return desk(self.standing.coverage, self.ask.account, self.filters)

    @cached_property
    def homes(self) -> Desk:
        """The homes of the area, whoever is counted: only of them it is known which community they belong to."""
        assert self.standing is not None
        return desk(self.standing.coverage, HOMES, self.filters)

    @property
    def people_is_empty(self) -> bool:
        """Whether nobody lives in the chosen area as far as is known."""
        return self.desk.people.empty and self.homes.people.empty

    @cached_property
    def needs(self) -> dict[str, Requirement]:
        """What the standards ask of every kind."""
        assert self.standing is not None
        return needs_of(self.standards, self.standing.coverage.kinds, self.ask)

    @cached_property
    def counted(self) -> str:
        """What the figures count: residents, households or homes."""
        return counted_by(self.desk.people)

    @property
    def key(self) -> tuple[object, ...]:
        """Plain values that the figures hang on, beside the store's revision."""
        assert self.standing is not None
        f = self.filters
        return (self.standing.coverage.manifest.folder, *self.ask.key, f.district_code, f.subdistrict_code)

    def table(self, *by: str) -> pd.DataFrame:
        """The gaps of every kind by some columns; kinds that no standard knows stand there too."""

        def make() -> pd.DataFrame:
            assert self.standing is not None
            kinds = list(self.needs)
            usable = judged_kinds(self.needs, self.standing.coverage.manifest.limit_m)
            found = self.desk.reach(kinds)
            needs = {k: n for k, n in self.needs.items() if k in usable or n.radius_m is None}
            return gaps_by(found, self.desk.people, needs, by)

        held: pd.DataFrame = worked_out("gaps.table", (*self.key, *by), make)
        return held.copy(deep=False)

    @cached_property
    def communities(self) -> gpd.GeoDataFrame:
        """The communities that this person may see, in the chosen area."""
        rows = read(queries_gaps.home_communities)
        if self.filters.subdistrict_code is not None:
            return rows[rows["subdistrict_code"] == self.filters.subdistrict_code]
        if self.filters.district_code is not None:
            return rows[rows["district_code"] == self.filters.district_code]
        return rows

    @cached_property
    def facilities(self) -> gpd.GeoDataFrame:
        """The facilities that this person may see."""
        return read(queries_gaps.facility_places)

    @cached_property
    def facility_names(self) -> Mapping[str, str]:
        """Names of facilities by id; the id where there is none."""
        rows = self.facilities
        return {
            str(i): str(n) if isinstance(n, str) and n else str(i)
            for i, n in zip(rows["facility_id"], rows["name"], strict=True)
        }

    @cached_property
    def area_names(self) -> dict[str, str]:
        """Names of districts and subdistricts by code."""
        areas = {**self.facts.districts, **self.facts.subdistricts}
        return {code: area.name(self.words.lang) for code, area in areas.items()}

    def unit(self) -> str:
        """The unit of the figures."""
        return self.words.say(f"gaps.unit_{self.counted}")


def gaps_page(filters: Filters, found: StoreFacts, words: Words) -> GapsPage:
    """The page of this run, with its choices drawn."""
    standards = standards_now(words)
    choices = standard_choices(standards, filters.as_of, words)
    with st.container(horizontal=True, key="bar_gaps"):
        named = pick("gap_standard", list(choices), "in_force", list(choices.values()), words)
        account = pick(
            "gap_people",
            [HOMES, POINTS],
            _known_account(),
            [words.say(f"gaps.account_{a}") for a in (HOMES, POINTS)],
            words,
        )
    kept = brought(words)
    level = (
        "community" if filters.subdistrict_code else "subdistrict" if filters.district_code else "district"
    )
    place = scope_name(filters, found, words)
    notes = file_notes(words, filters, place, *TABLES)
    notes[words.say("gaps.note_standard")] = choices[named]
    if account == POINTS:
        show(element("p", words.say("gaps.points_note"), css="atlas-note"))
    return GapsPage(
        filters,
        found,
        words,
        kept,
        standards,
        GapAsk(filters.as_of, chosen_standard(named), account),
        level,
        place,
        notes,
        source_line(words, filters, *TABLES),
    )


def _known_account() -> str:
    """Whose numbers are known: homes, but where no community tells its residents and population points do, those."""
    held = standing()
    reports = held.coverage.reports if held is not None else {}
    homes, points = reports.get(HOMES) or {}, reports.get(POINTS) or {}
    return POINTS if not homes.get("residents") and points.get("residents") else HOMES
