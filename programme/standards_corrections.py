"""A planner's own rows of a standard, in the place of the shipped ones (audited in the store)."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from programme.standards import NUMBERS, OWN_VERSION, TIERS, Row, Standard, Standards, StandardsRefused
from programme.standards_text import number_or_none, wrong

#: Columns of the store's standard_rows that are numbers of a row.
CORRECTED_NUMBERS = (
    "radius_m",
    "walk_minutes",
    "floor_area_m2_per_1000",
    "places_per_1000",
    "least_floor_area_m2",
)


def with_corrections(
    standards: Standards, corrections: pd.DataFrame, kinds: Collection[str] | None = None
) -> Standards:
    """The standards with a planner's own rows in the place of the shipped ones.

    `corrections` are the store's standard_rows: standard_row_id, standard_key, facility_kind, tier, radius_m,
    walk_minutes, floor_area_m2_per_1000, places_per_1000, least_floor_area_m2, effective_from, effective_to, clause,
    source, confidence, note, and may have version (a row without one corrects every version that holds on a day of
    its own). Missing numbers are not set. A row with days of effect holds on those alone; the shipped row stands on
    the others. A standard_key that no file knows becomes a standard of its own (version "own", chosen before the
    others). Raises StandardsRefused (standards.value, standards.key_missing, standards.kind_unknown), naming the
    table and the row's id.
    """
    versions = list(standards.versions)
    for entry in corrections.sort_values("standard_row_id", kind="stable").to_dict("records"):
        row = _corrected(entry)
        if kinds is not None and row.facility_kind not in {*kinds, *standards.layer_kinds}:
            raise StandardsRefused(
                "standards.kind_unknown",
                file="standard_rows",
                row=str(entry["standard_row_id"]),
                key="facility_kind",
                kind=row.facility_kind,
            )
        version = _cell(entry.get("version"))
        fits = [
            n
            for n, v in enumerate(versions)
            if v.key == row.standard_key and version in (None, v.version) and _meets(row, v)
        ]
        if not fits and all(v.key != row.standard_key for v in versions):
            versions.append(_own(row))
            fits = [len(versions) - 1]
        for n in fits:
            held = versions[n]
            # Corrections stand before the shipped rows; the first that holds on the day is taken.
            versions[n] = replace(held, rows=(replace(row, version=held.version), *held.rows))
    return replace(standards, versions=tuple(versions))


def _meets(row: Row, standard: Standard) -> bool:
    first = max((d for d in (row.effective_from, standard.effective_from) if d), default=None)
    last = min((d for d in (row.effective_to, standard.effective_to) if d), default=None)
    return first is None or last is None or first <= last


def _own(row: Row) -> Standard:
    return Standard(
        key=row.standard_key,
        version=OWN_VERSION,
        precedence=0,
        name_zh=row.standard_key,
        name_en=row.standard_key,
        document=row.source or row.standard_key,
        source=row.source,
        confidence=row.confidence,
        effective_from=dt.date.min,
        effective_to=None,
        is_complete=True,
        walk_speed_m_per_min=None,
        tiers=(),
    )


def _cell(value: Any) -> str | None:
    return None if pd.isna(value) or not str(value).strip() else str(value).strip()


def _corrected(entry: Mapping[str, Any]) -> Row:
    file, at = "standard_rows", str(entry["standard_row_id"])
    texts = {
        name: _cell(entry.get(name))
        for name in ("standard_key", "facility_kind", "tier", "clause", "source", "confidence", "note")
    }
    for name in ("standard_key", "facility_kind"):
        if texts[name] is None:
            raise StandardsRefused("standards.key_missing", file=file, row=at, key=name)
    tiers = tuple((texts["tier"] or "").split("/")) if texts["tier"] else ()
    if set(tiers) - set(TIERS):
        raise wrong(file, at, "tier", ", ".join(TIERS))
    values: dict[str, float | None] = dict.fromkeys(NUMBERS)
    for name in CORRECTED_NUMBERS:
        value = entry.get(name)
        values[name] = None if pd.isna(value) else number_or_none(value, name, at, file)
    days = [
        None if pd.isna(entry.get(k)) else pd.Timestamp(entry[k]).date()
        for k in ("effective_from", "effective_to")
    ]
    return Row(
        standard_key=str(texts["standard_key"]),
        version=OWN_VERSION,
        facility_kind=str(texts["facility_kind"]),
        item_zh="",
        tiers=tiers,
        values=values,
        clause=texts["clause"] or "",
        confidence=texts["confidence"] or "",
        note=texts["note"] or "",
        source=texts["source"] or "",
        is_corrected=True,
        effective_from=days[0],
        effective_to=days[1],
    )
