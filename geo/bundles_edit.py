"""Bundles changed by hand (R58): a project moved, bundles merged or split; never torn apart, never across districts.

An edit that would do either is refused with a code; one that breaks a limit is the planner's to make, and the bundle
says which limit it breaks (`bundles_input.Break`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from geo.bundles import Bundling, describe
from geo.bundles_input import Loose
from geo.bundles_repair import best_cut, is_contiguous


class Refusal(StrEnum):
    """Why an edit is refused."""

    UNKNOWN_PROJECT = (
        "unknown_project"  # not there, or can't be bundled at all (its reason stands in `members`)
    )
    UNKNOWN_BUNDLE = "unknown_bundle"
    SAME_BUNDLE = "same_bundle"
    OTHER_DISTRICT = "other_district"
    NOT_ADJACENT = "not_adjacent"  # has no neighbour in the bundle it should join
    WOULD_TEAR = "would_tear"  # what stays behind, or the part taken, would not hang together
    NOTHING_LEFT = "nothing_left"  # a part would be empty


@dataclass(frozen=True, eq=False)
class Edit:
    """The bundles after an edit, or as they were with the reason why not (`refusal`)."""

    bundling: Bundling
    refusal: Refusal | None = None


def move(bundling: Bundling, project_id: str, bundle_id: str | None) -> Edit:
    """One project into another bundle, or out of any (None); a project in none can be moved into one as well."""
    at, bundle_of = bundling.neighbourhood.at, bundling.saved
    if project_id not in at:
        return Edit(bundling, Refusal.UNKNOWN_PROJECT)
    old = bundle_of[project_id]
    if old == bundle_id:
        return Edit(bundling, Refusal.SAME_BUNDLE)
    cells = bundling.neighbourhood.cells()
    if bundle_id is not None:
        target = _rows(bundling, bundle_id)
        if not target:
            return Edit(bundling, Refusal.UNKNOWN_BUNDLE)
        refusal = _apart(bundling, {at[project_id]}, target)
        if refusal is not None:
            return Edit(bundling, refusal)
    if old is not None and not is_contiguous(cells, _rows(bundling, old) - {at[project_id]}):
        return Edit(bundling, Refusal.WOULD_TEAR)
    return _edited(bundling, {**bundle_of, project_id: bundle_id})


def merge(bundling: Bundling, bundle_id: str, other_id: str) -> Edit:
    """Two neighbouring bundles as one, under the first one's id."""
    one, other = _rows(bundling, bundle_id), _rows(bundling, other_id)
    if not one or not other:
        return Edit(bundling, Refusal.UNKNOWN_BUNDLE)
    if bundle_id == other_id:
        return Edit(bundling, Refusal.SAME_BUNDLE)
    refusal = _apart(bundling, one, other)
    if refusal is not None:
        return Edit(bundling, refusal)
    return _edited(bundling, {n: bundle_id if b == other_id else b for n, b in bundling.saved.items()})


def split(bundling: Bundling, bundle_id: str, project_ids: Collection[str] | None = None) -> Edit:
    """A bundle in two contiguous parts: the named projects, else the cut that balances value best, become a new bundle.

    The part that holds the smallest project id keeps the bundle's id; the other is named by its own smallest.
    """
    known = bundling.neighbourhood
    held, at, cells = _rows(bundling, bundle_id), known.at, known.cells()
    if not held:
        return Edit(bundling, Refusal.UNKNOWN_BUNDLE)
    if len(held) < 2:
        return Edit(bundling, Refusal.NOTHING_LEFT)
    if project_ids is None:
        if not is_contiguous(cells, held):
            return Edit(bundling, Refusal.WOULD_TEAR)
        taken = set(best_cut(cells, sorted(held), known.rule.bounds)[0])
    else:
        if not {at.get(p, -1) for p in project_ids} <= held:
            return Edit(bundling, Refusal.UNKNOWN_PROJECT)
        taken = {at[p] for p in project_ids}
    if not taken or taken == held:
        return Edit(bundling, Refusal.NOTHING_LEFT)
    if not (is_contiguous(cells, taken) and is_contiguous(cells, held - taken)):
        return Edit(bundling, Refusal.WOULD_TEAR)
    names = known.projects["project_id"].tolist()
    part = max((taken, held - taken), key=lambda rows: min(names[i] for i in rows))
    new = _free_id(bundling, min(names[i] for i in part))
    return _edited(bundling, {**bundling.saved, **{names[i]: new for i in part}})


def _rows(bundling: Bundling, bundle_id: str) -> set[int]:
    at = bundling.neighbourhood.at
    return {at[n] for n, b in bundling.saved.items() if b == bundle_id}


def _apart(bundling: Bundling, one: set[int], other: set[int]) -> Refusal | None:
    known = bundling.neighbourhood
    districts = known.projects["district_code"]
    if districts.iloc[min(one)] != districts.iloc[min(other)]:
        return Refusal.OTHER_DISTRICT
    cells = known.cells()
    return None if any(cells[i].near & other for i in one) else Refusal.NOT_ADJACENT


def _free_id(bundling: Bundling, wanted: str) -> str:
    """A bundle may still be called after a project that has left it."""
    taken, name, number = set(bundling.bundles["bundle_id"]), wanted, 2
    while name in taken:
        name, number = f"{wanted}-{number}", number + 1
    return name


def _edited(bundling: Bundling, bundle_of: dict[str, str | None]) -> Edit:
    """Projects that were in no bundle keep their reason; one that has just been taken out says so."""
    before = bundling.members
    loose = {
        name: Loose(reason)
        for name, reason in zip(before["project_id"], before["reason"], strict=True)
        if reason is not None
    }
    return Edit(describe(bundling.neighbourhood, bundle_of, loose))
