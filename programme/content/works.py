"""Works by building (R32) and measures by community (R37–R40)."""

import datetime as dt
from decimal import Decimal
from enum import StrEnum

import pandas as pd

from programme.content.errors import ContentError, checked, days, one_of, texts


class BuildingWork(StrEnum):
    """The housing commission's four technical standards (annex)."""

    SEISMIC = "seismic"
    ENERGY = "energy"
    AUXILIARY = "auxiliary"  # auxiliary facilities
    ROOF = "roof"  # flat to pitched


class WorkState(StrEnum):
    """How a work stands by a day; the later hides the earlier."""

    NONE = "none"
    PLANNED = "planned"
    UNDER_WAY = "under_way"
    DONE = "done"


class MeasureKind(StrEnum):
    """Measures counted by community."""

    OVERHEAD_LINES = "overhead_lines"  # R37, km
    SECURITY = "security"  # R38
    FIRE = "fire"  # R38
    GREENING = "greening"  # R39
    TREES = "trees"  # R39: weak or light-blocking
    WATER_SUPPLY = "water_supply"  # R40
    DRAINAGE = "drainage"  # R40
    SPONGE = "sponge"  # R40


_RANK = {s.value: i for i, s in enumerate(WorkState)}


def _states(rows: pd.DataFrame, as_of: dt.date) -> pd.Series:
    day = pd.Timestamp(as_of)
    found = pd.Series(WorkState.PLANNED.value, index=rows.index, dtype="object")
    found[days(rows["started_date"]) <= day] = WorkState.UNDER_WAY.value
    found[days(rows["completed_date"]) <= day] = WorkState.DONE.value
    return found


def building_works(buildings: pd.Series, works: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """What is done to each building, one row a building (R32).

    `buildings` holds building_id (those of the projects); `works` has work_id, building_id, kind (`BuildingWork`),
    started_date and completed_date (dates or missing). Returns building_id, one column for each `BuildingWork` with the
    furthest `WorkState` of its works, and rows (tuple of work_id), in the order of `buildings`; works on other
    buildings are left out (`works_elsewhere` names them). Raises ContentError: content.column_missing,
    content.key_twice, content.code_unknown.
    """
    columns = ("work_id", "building_id", "kind", "started_date", "completed_date")
    checked(works, columns, "building_works", "work_id")
    one_of(works["kind"], [k.value for k in BuildingWork], "building_works", works["work_id"])
    held = works[["work_id", "building_id", "kind"]].assign(state=_states(works, as_of))
    best: dict[tuple[str, str], str] = {}
    rows: dict[str, list[str]] = {}
    for key, building, kind, state in held.itertuples(index=False):
        before = best.get((building, kind), WorkState.NONE.value)
        best[building, kind] = max(before, state, key=_RANK.__getitem__)
        rows.setdefault(building, []).append(str(key))
    found = [
        (
            b,
            *(best.get((b, k.value), WorkState.NONE.value) for k in BuildingWork),
            tuple(sorted(rows.get(b, []))),
        )
        for b in buildings
    ]
    names = ["building_id", *(k.value for k in BuildingWork), "rows"]
    return pd.DataFrame(found, columns=names, dtype="object")


def works_elsewhere(buildings: pd.Series, works: pd.DataFrame) -> tuple[str, ...]:
    """The works (work_id, sorted) on buildings that are not among `buildings`."""
    return tuple(sorted(works.loc[~works["building_id"].isin(buildings), "work_id"].astype(str)))


def measure_totals(measures: pd.DataFrame, as_of: dt.date, by: str = "district_code") -> pd.DataFrame:
    """Measures of communities by kind and area: how much is planned, how much done, and whether the standard is met.

    `measures` has measure_id, community_id, the `by` column, kind (`MeasureKind`), quantity (decimal, whole number or
    float; missing: not told), unit (text), started_date, completed_date, is_standard_met (True, False or missing).
    Returns `by`, kind, unit, planned and done (Decimal; planned holds everything, done what was completed by the day),
    not_told (tuple of measure_id without a quantity), met, not_met, not_known (int64: done measures beside their
    standard), rows (tuple of measure_id), ordered by these keys. Units are never mixed. Raises ContentError:
    content.column_missing, content.key_twice, content.code_unknown, content.number_unreadable.
    """
    columns = (
        "measure_id",
        by,
        "kind",
        "quantity",
        "unit",
        "started_date",
        "completed_date",
        "is_standard_met",
    )
    checked(measures, columns, "community_measures", "measure_id")
    one_of(measures["kind"], [k.value for k in MeasureKind], "community_measures", measures["measure_id"])
    amounts = [_quantity(k, q) for k, q in zip(measures["measure_id"], measures["quantity"], strict=True)]
    held = measures[["measure_id", "kind"]].assign(
        area=texts(measures[by]),
        unit=texts(measures["unit"]),
        amount=pd.Series(amounts, index=measures.index, dtype="object"),
        is_done=_states(measures, as_of) == WorkState.DONE.value,
        met=measures["is_standard_met"].astype("boolean"),
    )
    found = []
    for (area, kind, unit), own in held.groupby(["area", "kind", "unit"], sort=True, dropna=False):
        done = own[own["is_done"]]
        known = own["amount"].notna()
        met = done["met"]
        found.append(
            (
                None if pd.isna(area) else area,
                kind,
                None if pd.isna(unit) else unit,
                sum(own.loc[known, "amount"], Decimal(0)),
                sum(done.loc[done["amount"].notna(), "amount"], Decimal(0)),
                tuple(sorted(own.loc[~known, "measure_id"].astype(str))),
                int(met.fillna(False).sum()),
                int((~met.fillna(True)).sum()),
                int(met.isna().sum()),
                tuple(sorted(own["measure_id"].astype(str))),
            )
        )
    counts = ["met", "not_met", "not_known"]
    names = [by, "kind", "unit", "planned", "done", "not_told", *counts, "rows"]
    return pd.DataFrame(found, columns=names, dtype="object").astype(dict.fromkeys(counts, "int64"))


def _quantity(key: object, value: object) -> Decimal | None:
    if value is None or pd.isna(value):
        return None
    number = Decimal(str(value))
    if isinstance(value, bool) or not number.is_finite() or number < 0:
        raise ContentError("content.number_unreadable", key=str(key), value=str(value))
    return number
