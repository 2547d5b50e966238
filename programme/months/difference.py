"""What changed between two frozen months: rows, settings, and what they did to figures, scores and places."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from programme.months.closing import ClosedMonth
from programme.months.scores_1 import Part, Score
from programme.months.tables import FORMS, Cell, FrozenInputs, Table

#: Which tables a measure is read from.
READ_BY: Mapping[str, tuple[str, ...]] = {
    "starts": ("districts", "projects", "events", "targets"),
    "completions": ("districts", "projects", "events", "targets"),
    "investment_fen": ("districts", "projects", "investments", "targets"),
    "gates_kept": ("districts", "projects", "events", "project_communities", "communities"),
    "owners_body": ("districts", "communities", "project_communities", "projects"),
    "property_service": ("districts", "communities", "project_communities", "projects"),
    "party_organisation": ("districts", "communities", "project_communities", "projects"),
    "issues_in_time": ("districts", "issues", "projects"),
    "deliverables_on_time": ("deliverables", "mechanism_units"),
    "issues_answered": ("issue_calls", "mechanism_units"),
}


@dataclass(frozen=True)
class RowChange:
    """One input row that differs: change is added, removed or changed; `cells` holds column -> (before, after)."""

    table: str
    key: str
    change: str
    cells: Mapping[str, tuple[Cell, Cell]]


@dataclass(frozen=True)
class PartMove:
    """One measure of one unit that moved, and the changed rows that it may have moved by (empty: the rules)."""

    measure: str
    before: Part | None
    after: Part | None
    causes: tuple[RowChange, ...]


@dataclass(frozen=True)
class UnitMove:
    """How a unit moved. `cause` is own_rows, rules, or others (its place alone moved, by what others did)."""

    unit: str
    cause: str
    score_before: Fraction | None
    score_after: Fraction | None
    place_before: int | None
    place_after: int | None
    parts: tuple[PartMove, ...]


@dataclass(frozen=True)
class Difference:
    """Everything that differs between two frozen months. Units that did not move are left out."""

    old_digest: str
    new_digest: str
    rows: tuple[RowChange, ...]
    settings: Mapping[str, tuple[Any, Any]]  # dotted name -> (before, after)
    districts: tuple[UnitMove, ...]
    departments: tuple[UnitMove, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs but the version itself."""
        return not (self.rows or self.settings or self.districts or self.departments)


def difference(old: ClosedMonth, new: ClosedMonth, *, has_central: bool | None = None) -> Difference:
    """What turned `old` into `new`: rows added, removed and changed, settings, and how every unit moved by them.

    `has_central` chooses the ranking that is compared (default: the one that counts by each month's settings).
    """
    rows = row_changes(old.inputs, new.inputs)
    settings = _settings(old.rules.plain(), new.rules.plain())
    both = (old.inputs, new.inputs)
    return Difference(
        old.digest,
        new.digest,
        rows,
        settings,
        _moves(
            old.districts(has_central=has_central),
            new.districts(has_central=has_central),
            rows,
            both,
            bool(settings),
        ),
        _moves(old.departments(), new.departments(), rows, both, bool(settings)),
    )


def row_changes(old: FrozenInputs, new: FrozenInputs) -> tuple[RowChange, ...]:
    """The input rows that differ, by table and key."""
    found: list[RowChange] = []
    none = Table((), ())  # a table that one of two forms does not have
    for table in sorted(old.keys() | new.keys()):
        before, after = old.get(table, none).by_key(), new.get(table, none).by_key()
        for key in sorted(before.keys() | after.keys()):
            one, other = before.get(key), after.get(key)
            if one == other:
                continue
            change = "added" if one is None else "removed" if other is None else "changed"
            columns = (one or other or {}).keys()
            cells = {
                c: ((one or {}).get(c), (other or {}).get(c))
                for c in columns
                if (one or {}).get(c) != (other or {}).get(c)
            }
            found.append(RowChange(table, key, change, cells))
    return tuple(found)


def _settings(old: Any, new: Any, name: str = "") -> dict[str, tuple[Any, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        found: dict[str, tuple[Any, Any]] = {}
        for key in sorted(old.keys() | new.keys()):
            found.update(_settings(old.get(key), new.get(key), f"{name}.{key}" if name else key))
        return found
    return {} if old == new else {name: (old, new)}


def _moves(
    old: Iterable[Score],
    new: Iterable[Score],
    rows: tuple[RowChange, ...],
    inputs: tuple[FrozenInputs, FrozenInputs],
    has_new_rules: bool,
) -> tuple[UnitMove, ...]:
    before, after = {s.unit: s for s in old}, {s.unit: s for s in new}
    sides = (_Index(inputs[0]), _Index(inputs[1]))
    subjects = [_subjects(change, sides) for change in rows]
    found: list[UnitMove] = []
    for unit in sorted(before.keys() | after.keys()):
        one, other = before.get(unit), after.get(unit)
        if one == other:
            continue
        parts = _part_moves(unit, one, other, rows, subjects)
        has_own = any(p.causes for p in parts) or (one is None) != (other is None)
        score_moved = (one and one.score) != (other and other.score)
        cause = "own_rows" if has_own else "rules" if has_new_rules and (parts or score_moved) else "others"
        found.append(
            UnitMove(
                unit,
                cause,
                one.score if one else None,
                other.score if other else None,
                one.place if one else None,
                other.place if other else None,
                parts,
            )
        )
    return tuple(found)


def _part_moves(
    unit: str,
    one: Score | None,
    other: Score | None,
    rows: tuple[RowChange, ...],
    subjects: list[set[tuple[str, str]]],
) -> tuple[PartMove, ...]:
    before = {p.measure: p for p in one.parts} if one else {}
    after = {p.measure: p for p in other.parts} if other else {}
    found = []
    for measure in [*before, *(m for m in after if m not in before)]:
        a, b = before.get(measure), after.get(measure)
        if a is not None and b is not None and _own(a) == _own(b):
            continue  # at most its place among the others moved
        causes = tuple(
            change
            for change, subject in zip(rows, subjects, strict=True)
            if change.table in READ_BY.get(measure, tuple(FORMS))
            and ("unit", unit) in subject
            and (change.table != "targets" or ("measure", measure) in subject)
        )
        found.append(PartMove(measure, a, b, causes))
    return tuple(found)


def _own(part: Part) -> tuple[Any, ...]:
    return (
        part.state,
        part.numerator,
        part.denominator,
        part.weight,
        part.points,
        dict(part.counts),
        part.rows,
    )


class _Index:
    """Who a row of one side's inputs belongs to."""

    def __init__(self, inputs: FrozenInputs) -> None:
        self.rows = {table: inputs[table].by_key() if table in inputs else {} for table in {*FORMS, *inputs}}
        self.projects_of: dict[str, set[str]] = defaultdict(set)
        self.communities_of: dict[str, set[str]] = defaultdict(set)
        self.issue_districts: dict[str, set[str]] = defaultdict(set)
        self.leads: dict[int, set[str]] = defaultdict(set)
        for pair in self.rows["project_communities"].values():
            self.projects_of[pair["community_id"]].add(pair["project_id"])
            self.communities_of[pair["project_id"]].add(pair["community_id"])
        for issue in self.rows["issues"].values():
            self.issue_districts[str(issue["project_id"])].add(issue["district_code"])
        for row in self.rows["mechanism_units"].values():
            if row["role"] == "lead":
                self.leads[row["mechanism_no"]].add(row["unit"])


def _subjects(change: RowChange, sides: tuple[_Index, _Index]) -> set[tuple[str, str]]:
    """The units (districts or departments) that a changed row belongs to or belonged to, and its measure."""
    found: set[tuple[str, str]] = set()
    for row in (side.rows.get(change.table, {}).get(change.key) for side in sides):
        if row is None:
            continue
        units = {row.get("district_code"), row.get("area_code"), row.get("unit")}
        project, community = row.get("project_id"), row.get("community_id")
        for side in sides:
            projects = (
                side.projects_of.get(str(community), set()) if change.table == "communities" else {project}
            )
            communities = (
                side.communities_of.get(str(project), set()) if change.table == "projects" else {community}
            )
            if change.table == "projects":
                units |= side.issue_districts.get(str(project), set())
            units |= {side.rows["projects"].get(str(p), {}).get("district_code") for p in projects}
            units |= {side.rows["communities"].get(str(c), {}).get("district_code") for c in communities}
            units |= side.leads.get(row.get("mechanism_no") or 0, set())
        found |= {("unit", unit) for unit in units if unit is not None}
        if row.get("measure"):
            found.add(("measure", row["measure"]))
    return found


def movement(month: ClosedMonth, before: ClosedMonth | None) -> pd.DataFrame:
    """How the districts moved since another frozen month (as a rule the newest version of the month before).

    Returns one row for each district in the order of places: unit, place, place_before, places_up (positive is
    better; missing where either month gives no place), score and score_before (exact `Fraction`s or None).
    """
    earlier = {s.unit: s for s in before.districts()} if before else {}
    rows = []
    for score in month.districts():
        old = earlier.get(score.unit)
        place_before = old.place if old else None
        up = place_before - score.place if place_before is not None and score.place is not None else None
        rows.append((score.unit, score.place, place_before, up, score.score, old.score if old else None))
    frame = pd.DataFrame(
        rows, columns=["unit", "place", "place_before", "places_up", "score", "score_before"], dtype="object"
    )
    return frame.astype({"place": "Int64", "place_before": "Int64", "places_up": "Int64"})
