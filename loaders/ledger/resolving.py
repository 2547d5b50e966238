"""Which row of the store each row of a file is: ids, names beside them, natural keys, doubles, areas, days in order."""

import datetime as dt
import hashlib
from collections.abc import Iterable
from copy import copy
from typing import Any

from rapidfuzz import fuzz, process

from loaders.ledger.cells import CITY_CODE, canonical, district_names
from loaders.ledger.held import HeldLedger, HeldRow
from loaders.ledger.reading import LedgerRow, ReadLedger, table_title
from loaders.ledger.sheets import DAYS_IN_ORDER, LEDGER_TABLES, NATURAL_KEYS, ledger_sheet, word_of
from loaders.ledger.texts import digits_of, name_key
from loaders.wording import WORDING
from programme.steps import Step

#: Steps of which one can't come before the other.
_STEPS_IN_ORDER = (Step.STARTED, Step.COMPLETED, Step.ACCEPTED, Step.HANDED_OVER)
LONGEST_KEY = 100


def resolved(
    ledger: ReadLedger,
    held: HeldLedger,
    *,
    allowed: frozenset[str] | None,
    today: dt.date | None = None,
) -> list[LedgerRow]:
    """Copies of the file's rows with their keys and references settled and everything wrong with them noted.

    `allowed` are the districts in which the person may write, None for all. A row without an id takes the key of the
    held row with the same natural key, or one made from its own values, so that the same file loaded twice, or by two
    people, never makes a second row.
    """
    rows = [_copy(r) for r in ledger.rows]
    order = {t: i for i, t in enumerate(_parents_first())}
    home = next(iter(allowed)) if allowed is not None and len(allowed) == 1 else None
    if home is None and ledger.mark is not None:
        home = ledger.mark.district_code
    known: dict[str, dict[str, dict[str, Any]]] = {}
    for table in sorted({r.table for r in rows}, key=order.__getitem__):
        own = [r for r in rows if r.table == table]
        for row in own:
            if home and table in ("projects", "communities") and "district_code" not in row.cells:
                row.values["district_code"] = home
            _references(row, held, known)
        _keys(table, own, held)
        known[table] = {r.key: r.values for r in own if r.key is not None}
        for row in own:
            _required(row, held)
            _days(row, today or dt.datetime.now().astimezone().date())
        _doubles(own)
    _areas(rows, held, known, allowed)
    _steps(rows, held)
    _orphans(rows, held)
    return rows


def _copy(row: LedgerRow) -> LedgerRow:
    out = copy(row)
    out.values, out.faults = dict(row.values), list(row.faults)
    return out


def _parents_first() -> list[str]:
    first = ["projects", "communities", "issues", "meetings", "agenda_items", "practice_cards"]
    first += ["supervision_visits", "pilots"]
    return [*first, *(t for t in LEDGER_TABLES if t not in first)]


# --- references ------------------------------------------------------------------------------------
def _references(row: LedgerRow, held: HeldLedger, known: dict[str, dict[str, dict[str, Any]]]) -> None:
    for column in ledger_sheet(row.table).columns:
        parent = column.refers_to
        if parent is None:
            continue
        written, name = row.values.get(column.name), row.names.get(column.name)
        if written is None and name is None:
            continue
        ids: dict[str, HeldRow | dict[str, Any]] = {**held.rows(parent), **known.get(parent, {})}
        if written is not None and written in ids:
            said = _name_of(ids[written])
            if name and said and name_key(name) != name_key(said):
                row.fault("ledger.name_differs", f"{column.name}.name", expected=said, id=written)
            continue
        found = _by_name(name or str(written), ids) if parent in ("projects", "communities") else []
        if len(found) == 1 and (written is None or name is None):
            row.values[column.name] = found[0]
        elif len(found) > 1 and written is None:
            row.fault("ledger.name_ambiguous", f"{column.name}.name", ids=found[:5])
            row.values.pop(column.name, None)
        else:
            near = _near(name or str(written), ids)
            at = column.name if written is not None else f"{column.name}.name"
            code = "ledger.unknown_reference_near" if near else "ledger.unknown_reference"
            row.fault(code, at, parent=table_title(parent, row.lang), **({"near": near} if near else {}))
            row.values.pop(column.name, None)


def _name_of(row: HeldRow | dict[str, Any]) -> str | None:
    values = row.values if isinstance(row, HeldRow) else row
    found = values.get("name")
    return None if found is None else str(found)


def _by_name(name: str, ids: dict[str, HeldRow | dict[str, Any]]) -> list[str]:
    wanted = name_key(name)
    return [k for k, row in ids.items() if (said := _name_of(row)) is not None and name_key(said) == wanted]


def _near(name: str, ids: dict[str, HeldRow | dict[str, Any]]) -> str | None:
    names = {name_key(said): said for row in ids.values() if (said := _name_of(row)) is not None}
    key = name_key(name)
    hits = process.extract(key, list(names), scorer=fuzz.ratio, score_cutoff=70, limit=5)
    return next((names[h[0]] for h in hits if digits_of(h[0]) == digits_of(key)), None)


# --- keys ------------------------------------------------------------------------------------------
def _natural(table: str, values: Any) -> tuple[Any, ...] | None:
    names = NATURAL_KEYS.get(table)
    if names is None:
        return None
    about = ledger_sheet(table)
    parts = tuple(canonical(about.column(n), values.get(n)) for n in names)
    return parts if any(p is not None for p in parts) else None


def _keys(table: str, rows: list[LedgerRow], held: HeldLedger) -> None:
    about = ledger_sheet(table)
    stands = held.rows(table)
    by_nature: dict[tuple[Any, ...], list[str]] = {}
    for key, other in stands.items():
        nature = _natural(table, other.values)
        if nature is not None:
            by_nature.setdefault(nature, []).append(key)
    for row in rows:
        given = row.values.get(about.key.name)
        if given is not None:
            row.key = str(given)
            continue
        nature = _natural(table, row.values)
        same = by_nature.get(nature, []) if nature is not None else []
        if len(same) == 1:
            row.key = same[0]
        elif len(same) > 1:
            row.fault("ledger.key_ambiguous", about.key.name, ids=same[:5])
        elif not row.is_refused:
            row.key = _made_key(table, row.values)
        if row.key is not None:
            row.values[about.key.name] = row.key


def _made_key(table: str, values: dict[str, Any]) -> str:
    """An id made from a row's own values, the same wherever it is made."""
    match table:
        case "projects":
            year = values.get("plan_year") or "R"
            return f"P-{year}-{values.get('district_code')}-{_digest(table, values)}"
        case "communities":
            return f"C-{values.get('district_code')}-{_digest(table, values)}"
        case "stage_events":
            key = f"{values.get('project_id')}-{values.get('stage')}"
        case "monthly_investments":
            key = f"{values.get('project_id')}-{values.get('month')}"
        case "project_communities":
            key = f"{values.get('project_id')}/{values.get('community_id')}"
        case "annual_targets":
            key = f"T-{values.get('year')}-{values.get('area_code')}-{values.get('measure')}"
        case _:
            parent = values.get("project_id") or values.get("community_id") or values.get("district_code")
            key = f"{parent or table}-{_digest(table, values)}"
    return key if len(key) <= LONGEST_KEY else f"{table}-{_digest(table, values)}"


def _digest(table: str, values: dict[str, Any]) -> str:
    names = NATURAL_KEYS.get(table) or tuple(c.name for c in ledger_sheet(table).columns[1:])
    about = ledger_sheet(table)
    plain = [canonical(about.column(n), values.get(n)) for n in names]
    return hashlib.blake2b(repr((table, plain)).encode(), digest_size=5).hexdigest()


def _required(row: LedgerRow, held: HeldLedger) -> None:
    is_new = row.key is None or row.key not in held.rows(row.table)
    for column in ledger_sheet(row.table).columns:
        if not column.is_required or row.values.get(column.name) is not None:
            continue
        at = column.name if column.name in row.cells else f"{column.name}.name"
        is_told = any(f.severity == "refused" and f.cell == row.cells.get(at, "") for f in row.faults)
        if not is_told and (is_new or column.name in row.values):
            row.fault("ledger.empty_required", at, expected=column.header(row.lang))


def _doubles(rows: list[LedgerRow]) -> None:
    """A row that is twice in the file: the second of two equal ones stays out, both where they differ."""
    first: dict[str, LedgerRow] = {}
    for row in rows:
        if row.key is None:
            continue
        other = first.setdefault(row.key, row)
        if other is row:
            continue
        key = ledger_sheet(row.table).key.name
        if _plain(other) == _plain(row):
            row.fault("ledger.row_repeated", key, first=other.row_number, first_sheet=other.sheet)
            continue
        for one, two in ((row, other), (other, row)):
            districts = {str(r.values["district_code"]) for r in (one, two) if r.values.get("district_code")}
            if row.table == "projects" and len(districts) == 2:
                names = [district_names(row.lang).get(d, d) for d in sorted(districts)]
                one.fault("ledger.two_districts", "district_code", districts=names, other=two.row_number)
            else:
                one.fault("ledger.rows_contradict", key, other=two.row_number, other_sheet=two.sheet)


def _plain(row: LedgerRow) -> list[Any]:
    return [canonical(c, row.values.get(c.name)) for c in ledger_sheet(row.table).columns]


# --- days ------------------------------------------------------------------------------------------
def _days(row: LedgerRow, today: dt.date) -> None:
    for first, last in DAYS_IN_ORDER.get(row.table, ()):
        begun, ended = row.values.get(first), row.values.get(last)
        if begun is not None and ended is not None and ended < begun:
            about = ledger_sheet(row.table)
            params = {"earlier": about.column(first).label(row.lang), "day": begun.isoformat()}
            row.fault("ledger.before", last, **params)
    day = row.values.get("event_date") if row.table == "stage_events" else None
    if day is not None and day > today:
        row.fault("ledger.in_the_future", "event_date", today=today.isoformat())


def _steps(rows: list[LedgerRow], held: HeldLedger) -> None:
    """Works can't end before they began: each step of the works against the one before, in the file or the store."""
    own = [r for r in rows if r.table == "stage_events" and not r.is_refused]
    if not own:
        return
    projects = {r.values.get("project_id") for r in own}
    days: dict[tuple[str, str], tuple[dt.date, LedgerRow | None]] = {}
    for key, stands in held.rows("stage_events").items():
        if stands.values["project_id"] in projects and key not in {r.key for r in own}:
            at = (stands.values["project_id"], stands.values["stage"])
            days[at] = min(
                days.get(at, (dt.date.max, None)), (stands.values["event_date"], None), key=lambda d: d[0]
            )
    for row in own:
        if row.values.get("event_date") is not None:
            days[row.values["project_id"], row.values["stage"]] = (row.values["event_date"], row)
    for (project, stage), (day, own_row) in days.items():
        if own_row is None or stage not in _STEPS_IN_ORDER:
            continue
        for before in _STEPS_IN_ORDER[: _STEPS_IN_ORDER.index(Step(stage))]:
            earlier = days.get((project, before.value))
            if earlier is not None and day < earlier[0]:
                own_row.fault(
                    "ledger.before",
                    "event_date",
                    earlier=word_of("stage_events", "stage", before.value, own_row.lang),
                    day=earlier[0].isoformat(),
                )
                break


# --- areas -----------------------------------------------------------------------------------------
def _areas(
    rows: list[LedgerRow],
    held: HeldLedger,
    known: dict[str, dict[str, dict[str, Any]]],
    allowed: frozenset[str] | None,
) -> None:
    def district_of_project(key: Any) -> str | None:
        own = known.get("projects", {}).get(key)
        if own is not None and own.get("district_code"):
            return str(own["district_code"])
        stands = held.rows("projects").get(key)
        return None if stands is None else stands.values["district_code"]

    def district_of_community(key: Any) -> str | None:
        place = held.community_places.get(key)
        if place is not None and place[1] is not None:
            return place[1]
        own = known.get("communities", {}).get(key)
        return None if own is None else own.get("district_code")

    for row in rows:
        names = district_names(row.lang)
        found: list[tuple[str, str]] = []
        for column in ("district_code", "area_code"):
            if row.values.get(column):
                found.append((column, row.values[column]))
        if row.values.get("project_id") and row.table != "projects":
            code = district_of_project(row.values["project_id"])
            found += [("project_id", code)] if code else []
        if row.values.get("community_id") and row.table != "communities":
            code = district_of_community(row.values["community_id"])
            found += [("community_id", code)] if code else []
        if row.table == "communities" and row.key in held.community_places:
            code = held.community_places[row.key][1]
            if code and row.values.get("district_code") not in (None, code):
                row.fault("ledger.place_elsewhere", "district_code", district=names.get(code, code))
        outside = [(c, d) for c, d in found if allowed is not None and d not in allowed]
        if outside:
            column, code = outside[0]
            whole = WORDING.say("ledger.whole_city", row.lang)
            district = whole if code == CITY_CODE else names.get(code, code)
            row.fault("ledger.other_district", column, district=district)
        elif len({d for _, d in found}) > 1:
            column = found[-1][0]
            said = [names.get(d, d) for d in dict.fromkeys(d for _, d in found)]
            row.fault("ledger.areas_differ", column, districts=said)


def _orphans(rows: Iterable[LedgerRow], held: HeldLedger) -> None:
    """A row that hangs on a new row of the file which stays out stays out too."""
    listed = list(rows)
    good = {(r.table, r.key) for r in listed if not r.is_refused}
    gone = {(r.table, r.key) for r in listed if r.is_refused and r.key not in held.rows(r.table)} - good
    for row in listed:
        for column in ledger_sheet(row.table).columns:
            if column.refers_to is not None and (column.refers_to, row.values.get(column.name)) in gone:
                row.fault(
                    "ledger.parent_refused", column.name, parent=table_title(column.refers_to, row.lang)
                )
