"""The facility gaps of one project's communities as they stand, for the design's desk."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dashboard import gaps_work
from dashboard.filters import Filters
from dashboard.session import current_principal
from dashboard.state import read, worked_out
from dashboard.viewmodels.design_checks import met_gaps, standard_name
from dashboard.viewmodels.gaps import GapAsk, judged_kinds, needs_of
from dashboard.viewmodels.gaps_communities import sheet_rows
from dashboard.words import Words
from loaders.coverage.inputs import HOMES
from loaders.facility_standards import standards_with
from programme.standards import Standards
from store import queries_gaps


@dataclass(frozen=True)
class ProjectGaps:
    """The gap sheet against a design (`design_checks.met_gaps` with nearest_name); `is_current`: the distances stand
    for the store as it is now; `without_homes`: communities of the project that nobody is known to live in."""

    met: pd.DataFrame
    is_current: bool
    without_homes: tuple[str, ...]


def standards() -> Standards:
    """The standards as shipped, with the planners' own rows over them."""
    return standards_with(read(queries_gaps.standard_corrections))


def project_gaps(
    project_id: str,
    district_code: str,
    homes: tuple[str, ...],
    planned: tuple[str, ...],
    filters: Filters,
    words: Words,
) -> ProjectGaps | None:
    """The gaps of some communities (by id) by the standards of the view's day; None while distances are worked out,
    which the page then says."""
    found = gaps_work.brought(words)
    if found is None:
        return None
    around = replace(filters, district_code=district_code, subdistrict_code=None)
    key = (found.coverage.manifest.folder, project_id, homes, planned, filters.as_of)

    def make() -> tuple[pd.DataFrame, tuple[str, ...]]:
        desk = gaps_work.desk(found.coverage, HOMES, around)
        needs = needs_of(standards(), found.coverage.kinds, GapAsk(filters.as_of, None, HOMES))
        judged = judged_kinds(needs, found.coverage.manifest.limit_m)
        kinds = [k for k in found.coverage.kinds if k in judged or k in planned]
        parts, empty = [], []
        for home in homes:
            mine = np.flatnonzero((desk.people["community_id"] == home).to_numpy())
            if not len(mine):
                empty.append(home)
                continue
            people = desk.people.iloc[mine].reset_index(drop=True)
            own = replace(desk, people=people, rows=desk.rows[mine])
            parts.append(sheet_rows(own.reach(kinds), people, needs, kinds).assign(community_id=home))
        if not parts:
            return pd.DataFrame(), tuple(empty)
        met = met_gaps(pd.concat(parts, ignore_index=True), planned)
        met = met.assign(standard=[standard_name(needs[k]) for k in met["kind"]])
        return met.assign(nearest_name=_names(met["nearest_id"], words)), tuple(empty)

    met, empty = worked_out("design_review.gaps", (*key, words.lang), make)
    return ProjectGaps(met, found.is_current, empty)


def _names(ids: pd.Series, words: Words) -> list[str]:
    """The names of facilities that the session's person may see; one in another area is only said to lie there."""
    seen = read(queries_gaps.facility_places)[["facility_id", "name"]]
    named = dict(zip(seen["facility_id"].astype(str), seen["name"], strict=True))
    is_city = current_principal().reads_city
    told = []
    for key in ids:
        if key is None or pd.isna(key):
            told.append("")
        elif key in named:
            name = named[key]
            told.append(str(key) if name is None or pd.isna(name) or not str(name).strip() else str(name))
        else:
            told.append(str(key) if is_city else words.say("design_review.nearest_outside"))
    return told
