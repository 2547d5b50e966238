"""Hard gates on a ledger's rows (R9, R13, R20): all rows of the file counted in, a step that breaks one stays out.

The store has the last word (`store.edits`): here each refused cell is named with its gate and clause before anything
is written.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from loaders.ledger.held import HeldLedger
from loaders.ledger.reading import LedgerRow
from loaders.ledger.sheets import word_of
from programme.breaches import breaches, may_record
from programme.steps import Step, StepTable, step_table

#: A gate is judged on the whole history, as the store does.
FOREVER = dt.date(2200, 1, 1)
_TABLES = ("projects", "stage_events", "project_communities", "communities")
_PROJECT = ["project_id", "district_code", "is_central_state", "confirmation_document_no"]
_EVENT = ["project_id", "stage", "event_date", "document_no"]


def refuse_at_gates(
    rows: list[LedgerRow],
    held: HeldLedger,
    *,
    deletes: Iterable[tuple[str, str]] = (),
) -> None:
    """Note a fault on every row that may not go in because a hard gate would not stand.

    `rows` are the rows that would go in (faulty ones are passed over), `deletes` the (table, key) that
    would go. Rows are judged with all others of the file; where one stays out, those that counted on it are judged
    again.
    """
    going = [r for r in rows if r.table in _TABLES and not r.is_refused]
    gone = set(deletes)
    if not going and not any(t in _TABLES for t, _ in gone):
        return
    before = _frames(held, {}, set())
    was = _broken(before)
    while True:
        own = [r for r in going if not r.is_refused]
        after = _frames(held, {(r.table, str(r.key)): r.values for r in own}, gone)
        found = _steps_refused(own, after, held)
        if not found:
            found = _consequences(own, was, _broken(after), held)
        if not found:
            return


def _frames(
    held: HeldLedger, new: Mapping[tuple[str, str], Mapping[str, Any]], gone: set[tuple[str, str]]
) -> dict[str, pd.DataFrame]:
    """The four tables with the file's rows over those of the store."""
    out: dict[str, pd.DataFrame] = {}
    for table in _TABLES:
        merged = {k: dict(r.values) for k, r in held.rows(table).items() if (table, k) not in gone}
        for (name, key), values in new.items():
            if name == table:
                merged[key] = {**merged.get(key, {}), **values}
        out[table] = pd.DataFrame(list(merged.values()))
    columns = {
        "projects": _PROJECT,
        "stage_events": _EVENT,
        "project_communities": ["project_id", "community_id"],
        "communities": ["community_id", "has_owners_body"],
    }
    return {t: f.reindex(columns=columns[t]) for t, f in out.items()}


def _table(frames: Mapping[str, pd.DataFrame]) -> StepTable:
    projects = frames["projects"]
    projects = projects.assign(is_central_state=projects["is_central_state"].map(lambda v: v is True))
    return step_table(
        projects, frames["stage_events"], frames["project_communities"], frames["communities"], FOREVER
    )


def _broken(frames: Mapping[str, pd.DataFrame]) -> set[tuple[str, str, str, Any]]:
    projects = frames["projects"]
    projects = projects.assign(is_central_state=projects["is_central_state"].map(lambda v: v is True))
    rows = breaches(
        projects, frames["stage_events"], frames["project_communities"], frames["communities"], FOREVER
    )
    return {(str(r.project_id), str(r.step), str(r.gate), r.step_date) for r in rows.itertuples()}


def _steps_refused(own: list[LedgerRow], frames: Mapping[str, pd.DataFrame], held: HeldLedger) -> bool:
    """Refuse the steps that are recorded anew, or for another day, without a hard gate; whether any was."""
    steps = [r for r in own if r.table == "stage_events" and _is_recorded_anew(r, held)]
    if not steps:
        return False
    history = _table(frames)
    is_any = False
    for row in steps:
        project = row.values["project_id"]
        if project not in history.projects.index:
            continue
        number = row.values.get("document_no")
        if "document_no" not in row.values and row.key in held.rows("stage_events"):
            number = held.rows("stage_events")[str(row.key)].values.get("document_no")
        unmet = may_record(
            Step(row.values["stage"]), history, project, row.values["event_date"], document_no=number
        )
        for need in unmet:
            if not need.is_hard:
                continue
            is_any = True
            later = {"day": need.gate_date.isoformat()} if need.gate_date else {}
            code = f"ledger.gate_{need.gate}" if not later else f"ledger.gate_late_{need.gate}"
            about = {"clause": need.clause, "requirement": need.requirement, **later}
            row.fault(code, "event_date", step=_step_as_written(row), **about)
    return is_any


def _step_as_written(row: LedgerRow) -> str:
    """The step in the file's own word, which needs no language; in an edited cell's row, the plan's word."""
    written = row.written.get(row.headers.get("stage", ""))
    return written or word_of("stage_events", "stage", str(row.values["stage"]), row.lang)


def _is_recorded_anew(row: LedgerRow, held: HeldLedger) -> bool:
    stands = held.rows("stage_events").get(str(row.key))
    if stands is None:
        return True
    names = ["project_id", "stage", "event_date"]
    if stands.values["stage"] == Step.CONFIRMED.value:
        names.append("document_no")
    return any(n in row.values and row.values[n] != stands.values[n] for n in names)


def _consequences(own: list[LedgerRow], was: set[Any], now: set[Any], held: HeldLedger) -> bool:
    """Refuse the changes that take a gate away under works that stand on it."""
    worse = {project: gate for project, _, gate, _ in now - was}
    if not worse:
        return False
    of_home: dict[str, set[str]] = {}
    pairs = [r.values for r in held.rows("project_communities").values()]
    for values in [*pairs, *(r.values for r in own if r.table == "project_communities")]:
        of_home.setdefault(str(values.get("community_id")), set()).add(str(values.get("project_id")))
    is_any = False
    for row in own:
        projects = {str(row.values.get("project_id"))}
        if row.table == "communities":
            projects = of_home.get(str(row.key), set())
        broken = sorted(projects & worse.keys())
        if broken:
            row.fault(f"ledger.gate_taken_{worse[broken[0]]}", None, project=broken[0])
            is_any = True
    return is_any
