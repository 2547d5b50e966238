"""Facility standards read strictly out of the texts of two reference files; faults name file, row and key."""

import csv
import datetime as dt
import io
import math
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from programme.standards import (
    COLUMNS,
    NOT_SET,
    NUMBERS,
    TIERS,
    Row,
    Standard,
    Standards,
    StandardsRefused,
    Tier,
)

_TEXTS = ("key", "version", "name_zh", "name_en", "document", "source", "confidence")
_STANDARD_KEYS = {
    *_TEXTS,
    "precedence",
    "effective_from",
    "effective_to",
    "is_complete",
    "walk_speed_m_per_min",
    "tier",
}
_TIER_PAIRS = ("walk_m", "persons", "dwellings", "facility_land_m2_per_1000", "facility_floor_m2_per_1000")
_TIER_NUMBERS = ("green_m2_per_person", "park_min_ha", "park_min_width_m")


def wrong(file: str, row: str, key: str, expected: str) -> StandardsRefused:
    """The refusal of a value, with what is expected in its place."""
    return StandardsRefused("standards.value", file=file, row=row, key=key, expected=expected)


def standards_from_text(
    toml: str,
    rows_csv: str,
    kinds: Collection[str],
    *,
    file: str = "facility_standards.toml",
    rows_file: str = "facility_standards_rows.csv",
) -> Standards:
    """Every version of every standard out of the texts of the two reference files.

    `kinds` are the keys of data/reference/facility_kinds.csv; kinds with a layer of their own are named in the TOML.
    Blank and "not_set" cells are not set; radius_m must say either. Raises StandardsRefused, each naming file, row
    (standard or line) and key: standards.unreadable, standards.key_unknown, standards.key_missing, standards.value
    (with what is expected), standards.kind_unknown, standards.standard_unknown, standards.row_twice,
    standards.overlap (two versions of one standard on one day).
    """
    try:
        raw = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        raise StandardsRefused("standards.unreadable", file=file, detail=str(error)) from error
    for key in raw:
        if key not in ("standard", "layer_kind", "counts_as"):
            raise StandardsRefused("standards.key_unknown", file=file, row="", key=key)
    versions = [_standard(s, n, file) for n, s in enumerate(_listed(raw, "standard", file), 1)]
    layers = {
        _text(k, "key", f"layer_kind #{n}", file): k
        for n, k in enumerate(_listed(raw, "layer_kind", file), 1)
    }
    known = {*kinds, *layers}
    counts: dict[str, tuple[str, ...]] = {}
    for n, entry in enumerate(_listed(raw, "counts_as", file), 1):
        at = f"counts_as #{n}"
        kind, also = _text(entry, "kind", at, file), entry.get("as")
        _text(entry, "basis", at, file)
        if not isinstance(also, list) or not also:
            raise wrong(file, at, "as", "[kind, ...]")
        for one in (kind, *also):
            if one not in known:
                raise StandardsRefused("standards.kind_unknown", file=file, row=at, key="as", kind=str(one))
        counts[kind] = tuple(also)
    _no_overlap(versions, file)
    rows = _rows(rows_csv, {(v.key, v.version) for v in versions}, known, rows_file)
    return Standards(
        versions=tuple(
            replace(v, rows=tuple(r for r in rows if (r.standard_key, r.version) == (v.key, v.version)))
            for v in versions
        ),
        layer_kinds={key: _text(k, "layer", key, file) for key, k in layers.items()},
        layer_names={
            key: (_text(k, "name_zh", key, file), _text(k, "name_en", key, file)) for key, k in layers.items()
        },
        counts_as=counts,
    )


def _listed(raw: Mapping[str, Any], key: str, file: str, row: str = "") -> list[Mapping[str, Any]]:
    found = raw.get(key, [])
    if not isinstance(found, list) or not all(isinstance(f, dict) for f in found):
        raise wrong(file, row, key, f"[[{key}]]")
    return found


def _text(entry: Mapping[str, Any], key: str, row: str, file: str) -> str:
    if key not in entry:
        raise StandardsRefused("standards.key_missing", file=file, row=row, key=key)
    value = entry[key]
    if not isinstance(value, str) or not value.strip():
        raise wrong(file, row, key, "text")
    return value.strip()


def _standard(entry: Mapping[str, Any], number: int, file: str) -> Standard:
    row = f"{entry.get('key', '#')} {entry.get('version', number)}"
    for key in entry:
        if key not in _STANDARD_KEYS:
            raise StandardsRefused("standards.key_unknown", file=file, row=row, key=key)
    told: dict[str, Any] = {key: _text(entry, key, row, file) for key in _TEXTS}
    precedence, is_complete = entry.get("precedence"), entry.get("is_complete")
    if not isinstance(precedence, int) or isinstance(precedence, bool) or precedence < 1:
        raise wrong(file, row, "precedence", "1, 2, …")
    if not isinstance(is_complete, bool):
        raise wrong(file, row, "is_complete", "true, false")
    first, last = (_day(entry, key, row, file) for key in ("effective_from", "effective_to"))
    if first is not None and last is not None and last < first:
        raise wrong(file, row, "effective_to", f"≥ {first.isoformat()}")
    return Standard(
        **told,
        precedence=precedence,
        effective_from=first,
        effective_to=last,
        is_complete=is_complete,
        walk_speed_m_per_min=number_or_none(
            entry.get("walk_speed_m_per_min"), "walk_speed_m_per_min", row, file
        ),
        tiers=tuple(_tier(t, row, file) for t in _listed(entry, "tier", file, row)),
    )


def _tier(entry: Mapping[str, Any], row: str, file: str) -> Tier:
    key = _text(entry, "key", row, file)
    if key not in TIERS:
        raise wrong(file, row, "tier", ", ".join(TIERS))
    pairs: dict[str, tuple[float, float] | None] = {}
    for name in _TIER_PAIRS:
        value = entry.get(name)
        if value is None or value == NOT_SET:
            pairs[name] = None
            continue
        if not isinstance(value, list) or len(value) != 2:
            raise wrong(file, f"{row} {key}", name, "[from, to]")
        low, high = (number_or_none(v, name, f"{row} {key}", file) for v in value)
        if low is None or high is None or low > high:
            raise wrong(file, f"{row} {key}", name, "from ≤ to")
        pairs[name] = (low, high)
    numbers = {name: number_or_none(entry.get(name), name, f"{row} {key}", file) for name in _TIER_NUMBERS}
    return Tier(key, pairs, numbers, _text(entry, "confidence", f"{row} {key}", file))


def _day(entry: Mapping[str, Any], key: str, row: str, file: str) -> dt.date | None:
    if key not in entry:
        raise StandardsRefused("standards.key_missing", file=file, row=row, key=key)
    value = entry[key]
    if value == NOT_SET:
        return None
    if isinstance(value, dt.datetime) or not isinstance(value, dt.date):
        raise wrong(file, row, key, f"date, {NOT_SET}")
    return value


def number_or_none(value: Any, key: str, row: str, file: str) -> float | None:
    """A number above nothing, or None for blank and not set."""
    if value is None or (isinstance(value, str) and value.strip() in ("", NOT_SET)):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(value, bool) or not math.isfinite(number) or number <= 0:
        raise wrong(file, row, key, f"> 0, {NOT_SET}")
    return number


def _no_overlap(versions: Sequence[Standard], file: str) -> None:
    for n, one in enumerate(versions):
        for other in versions[:n]:
            if one.key != other.key:
                continue
            row = f"{one.key} {one.version}"
            if one.version == other.version:
                raise StandardsRefused("standards.row_twice", file=file, row=row, key="version")
            first, second = sorted((one, other), key=lambda s: s.effective_from or dt.date.max)
            if second.effective_from is not None and first.is_in_force(second.effective_from):
                raise StandardsRefused("standards.overlap", file=file, row=row, key="effective_from")


def _rows(
    text: str, versions: Collection[tuple[str, str]], kinds: Collection[str], file: str
) -> tuple[Row, ...]:
    reader = csv.DictReader(io.StringIO(text))
    head = tuple(reader.fieldnames or ())
    for column in COLUMNS:
        if column not in head:
            raise StandardsRefused("standards.key_missing", file=file, row="1", key=column)
    for column in head:
        if column not in COLUMNS:
            raise StandardsRefused("standards.key_unknown", file=file, row="1", key=column)
    found: dict[tuple[str, str, str], Row] = {}
    for number, cells in enumerate(reader, 2):
        row = str(number)
        if None in cells or None in cells.values():
            raise wrong(file, row, "", f"{len(COLUMNS)} cells")
        held = {name: cells[name].strip() for name in COLUMNS}
        where = (held["standard_key"], held["version"])
        if where not in versions:
            raise StandardsRefused("standards.standard_unknown", file=file, row=row, key=" ".join(where))
        kind = held["facility_kind"]
        if kind not in kinds:
            raise StandardsRefused(
                "standards.kind_unknown", file=file, row=row, key="facility_kind", kind=kind
            )
        if (*where, kind) in found:
            raise StandardsRefused("standards.row_twice", file=file, row=row, key=kind)
        if not held["radius_m"]:
            raise wrong(file, row, "radius_m", f"> 0, {NOT_SET}")
        for name in ("item_zh", "tier", "clause", "confidence"):
            if not held[name]:
                raise StandardsRefused("standards.key_missing", file=file, row=row, key=name)
        tiers = tuple(held["tier"].split("/"))
        if set(tiers) - set(TIERS):
            raise wrong(file, row, "tier", ", ".join(TIERS))
        found[(*where, kind)] = Row(
            standard_key=where[0],
            version=where[1],
            facility_kind=kind,
            item_zh=held["item_zh"],
            tiers=tiers,
            values={name: number_or_none(held[name], name, row, file) for name in NUMBERS},
            clause=held["clause"],
            confidence=held["confidence"],
            note=held["note"],
        )
    return tuple(found.values())
