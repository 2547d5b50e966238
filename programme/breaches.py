"""What a clerk may not record, and the same rule on facts that came in through an import.

Hard gates (R9, R13, R20): a confirmation needs its document's number; works, and whatever follows them, need an
owners' body, a confirmation that counts and a property-service agreement on or before their day. A clerk is refused;
an imported fact stays and is listed. Undated evidence of an owners' body (every community of the project has one)
counts on any day, as in `gates.gate_table`.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from programme.steps import (
    DOCUMENT_GATE,
    HARD_GATES,
    RULES,
    STEPS,
    WORKS,
    Step,
    StepTable,
    source_of,
    step_table,
)

COLUMNS = ["project_id", "step", "gate", "step_date", "gate_date", "days_early", "clause", "requirement"]


@dataclass(frozen=True)
class Unmet:
    """A precondition that does not stand on the day of a step.

    `gate_date` is the day on which it was met, where that is later than the step; None where it never was.
    """

    gate: str
    clause: str
    requirement: str
    is_hard: bool
    gate_date: dt.date | None = None


def may_record(
    step: Step,
    history: StepTable,
    project_id: str,
    on: dt.date,
    *,
    document_no: str | None = None,
) -> tuple[Unmet, ...]:
    """Every precondition of a step that does not stand on the step's day, hard ones first, then in order.

    `history` comes from `steps.step_table` (of the one project, or of all) as of today, so that a gate met after
    `on` is named with its day. `document_no` is the number on the clerk's form; a number on the project's own row
    serves too. The clerk is refused when any is hard (`is_refused`); an empty tuple means: go ahead. Raises KeyError
    for a project that the table does not hold.
    """
    dates, is_undated = history.dates.loc[project_id], history.is_undated.loc[project_id]
    found: list[Unmet] = []
    for need in RULES[step].needs:
        clause, requirement = source_of(need.gate)
        if need.gate == DOCUMENT_GATE:
            own = history.projects.loc[project_id, "confirmation_document_no"]
            if not (_has_text(document_no) or _has_text(own)):
                found.append(Unmet(need.gate, clause, requirement, need.is_hard))
            continue
        met = dates[need.gate]
        if is_undated[need.gate] or (pd.notna(met) and met <= pd.Timestamp(on)):
            continue
        day = None if pd.isna(met) else met.date()
        found.append(Unmet(need.gate, clause, requirement, need.is_hard, day))
    return tuple(sorted(found, key=lambda u: not u.is_hard))


def is_refused(unmet: Collection[Unmet]) -> bool:
    """Whether the clerk may not record the step: a hard gate is among what does not stand."""
    return any(u.is_hard for u in unmet)


def _has_text(value: object) -> bool:
    return value is not None and not pd.isna(value) and str(value).strip() != ""


def breaches(
    projects: pd.DataFrame,
    events: pd.DataFrame,
    project_communities: pd.DataFrame,
    communities: pd.DataFrame,
    as_of: dt.date,
) -> pd.DataFrame:
    """Every hard gate that recorded facts broke by a day (R9, R13, R20). Frames as in `steps.step_table`.

    One row for each project and gate: the first step of the works that was taken without it (of steps on one day the
    first in the chain), and a confirmation recorded without a document's number. Columns: project_id, step, gate,
    step_date, gate_date (NaT where the gate was never met by the day), days_early (Int64: days from the step to the
    gate, missing where the gate is), clause, requirement; in order of project_id, step and gate in the chain.
    A gate met on the very day of the step is kept. Projects that are not in `projects` are left out.
    """
    table = step_table(projects, events, project_communities, communities, as_of)
    return hard_breaches(table)


def hard_breaches(table: StepTable) -> pd.DataFrame:
    """As `breaches`, on a table made before."""
    works = table.taken[[s.value for s in WORKS]]
    begun = works[works.notna().any(axis=1)]
    first = begun.min(axis=1)
    # idxmin takes the first column of equal days, which is the chain's order.
    step = begun.idxmin(axis=1).astype("object") if len(begun) else pd.Series(dtype="object")
    parts = []
    for gate in HARD_GATES:
        met = table.dates.loc[begun.index, gate]
        broken = (met.isna() | (met > first)) & ~table.is_undated.loc[begun.index, gate]
        parts.append(_rows(step[broken], gate, first[broken], met[broken]))
    confirmed = Step.CONFIRMED.value
    named, counts = table.taken[confirmed], table.dates[confirmed]
    broken = named.notna() & (counts.isna() | (counts > named))
    steps = pd.Series(confirmed, index=named.index[broken], dtype="object")
    parts.append(_rows(steps, DOCUMENT_GATE, named[broken], counts[broken]))
    return _sorted(parts)


def flags(table: StepTable, gates: Collection[str] | None = None) -> pd.DataFrame:
    """Steps taken before an advisory gate of theirs, or without it: facts to look at, no breaches.

    `gates` limits the rows to some gates; ("governance_cleared",) gives the works begun before the governance items
    were cleared (R25), ("public_notice",) designs tendered or built that were not shown (R19). Columns and order as
    in `breaches`, but a row for each step that broke it.
    """
    parts = []
    for step in STEPS:
        day = table.taken[step.value]
        for need in RULES[step].needs:
            if need.is_hard or (gates is not None and need.gate not in gates):
                continue
            met = table.dates[need.gate]
            broken = day.notna() & (met.isna() | (met > day)) & ~table.is_undated[need.gate]
            steps = pd.Series(step.value, index=day.index[broken], dtype="object")
            parts.append(_rows(steps, need.gate, day[broken], met[broken]))
    return _sorted(parts)


def _rows(step: pd.Series, gate: str, day: pd.Series, met: pd.Series) -> pd.DataFrame:
    clause, requirement = source_of(gate)
    return pd.DataFrame(
        {
            "project_id": step.index.to_numpy(),
            "step": step.to_numpy(dtype="object"),
            "gate": pd.Series(gate, index=range(len(step)), dtype="object"),
            "step_date": day.to_numpy(dtype="datetime64[ns]"),
            "gate_date": met.to_numpy(dtype="datetime64[ns]"),
            "days_early": (met - day).dt.days.astype("Int64").to_numpy(),
            "clause": clause,
            "requirement": requirement,
        },
        columns=COLUMNS,
    )


def _sorted(parts: list[pd.DataFrame]) -> pd.DataFrame:
    held = [p for p in parts if len(p)]
    if not held:
        return parts[0].iloc[:0] if parts else pd.DataFrame(columns=COLUMNS)
    found = pd.concat(held, ignore_index=True)
    order = {DOCUMENT_GATE: -1} | {s.value: i for i, s in enumerate(STEPS)}
    keys = found.assign(_gate=found["gate"].map(order), _step=found["step"].map(order))
    keys = keys.sort_values(["project_id", "_step", "_gate"], kind="stable")
    return keys[COLUMNS].reset_index(drop=True)
