"""Whether a layer of a catalogue can fill its target at all: fields, units, values, keys, paths."""

from __future__ import annotations

import codecs
import datetime as dt
import string
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

from loaders.errors import Fault

if TYPE_CHECKING:
    from loaders.catalogue import FieldMapping, FieldSpec, Layer

AREA_UNITS = frozenset({"m2", "㎡", "平方米", "万㎡", "公顷", "亩"})
MONEY_UNITS = frozenset({"元", "万元", "亿元"})
#: Which units suit which kind of field; a kind that is not named takes none.
UNITS: dict[str, frozenset[str]] = {
    "area_m2": AREA_UNITS,
    "money_fen": MONEY_UNITS,
    "year": frozenset({"year_text", "int", "text"}),
    "date": frozenset({"date", "text"}),
    "bool": frozenset({"bool", "int", "text"}),
    "int": frozenset({"int"}),
    "float": frozenset({"int"}),
    "text": frozenset({"text"}),
    "id": frozenset({"text", "int"}),
    "enum": frozenset({"text"}),
}
#: Formats whose rows carry no shape of their own.
FLAT = frozenset({"csv", "xlsx"})
#: Tables that mean nothing on a map.
WITHOUT_GEOMETRY = frozenset(
    {"project_communities", "stage_events", "funding_entries", "monthly_investments", "annual_targets"}
)
#: Tables whose rows are nothing without a shape.
NEEDS_GEOMETRY = frozenset(
    {
        "districts",
        "subdistricts",
        "buildings",
        "parcels",
        "facilities",
        "population_points",
        "green_spaces",
        "water_areas",
        "streets",
    }
)


def layer_faults(
    layer: Layer, place: str, fields_by_target: Mapping[str, Mapping[str, FieldSpec]]
) -> list[Fault]:
    """Every fault of one layer as (key path, code, params)."""
    specs = fields_by_target.get(layer.target)
    found = list(_path_faults(layer.path, f"{place}.path"))
    found += _encoding_faults(layer.encoding, f"{place}.encoding")
    found += _geometry_faults(layer, place)
    found += _id_faults(layer, place)
    if specs is None:
        return [*found, (f"{place}.target", "catalogue.target_not_held", {"value": layer.target})]
    found += _field_faults(layer, place, specs)
    return found


def _path_faults(path: str, place: str) -> Iterator[Fault]:
    windows = PureWindowsPath(path)
    parts = {*PurePosixPath(path).parts, *windows.parts}
    if path.startswith(("/", "\\", "~")) or windows.drive or ".." in parts or "://" in path or "\x00" in path:
        yield place, "catalogue.path_climbs", {"value": path}
    elif path.count("**") > 1:
        yield place, "catalogue.path_pattern", {"value": path}


def _encoding_faults(encoding: str, place: str) -> Iterator[Fault]:
    if encoding == "auto":
        return
    try:
        is_text = codecs.lookup(encoding)._is_text_encoding
    except LookupError:
        is_text = False
    if not is_text:
        yield place, "catalogue.encoding", {"value": encoding}


def _geometry_faults(layer: Layer, place: str) -> Iterator[Fault]:
    if (layer.x is None) != (layer.y is None):
        yield f"{place}.{'x' if layer.x is None else 'y'}", "catalogue.x_and_y", {}
    elif layer.x is not None and layer.x == layer.y:
        yield f"{place}.y", "catalogue.x_is_y", {"value": layer.x}
    if layer.x is not None and layer.geometry in ("line", "polygon"):
        yield f"{place}.geometry", "catalogue.points_only", {"value": layer.geometry}
    has_shape = layer.x is not None or layer.format not in FLAT
    if layer.target in NEEDS_GEOMETRY and (layer.geometry == "none" or not has_shape):
        yield f"{place}.geometry", "catalogue.needs_geometry", {"target": layer.target}
    if layer.target in WITHOUT_GEOMETRY and layer.geometry not in ("auto", "none"):
        yield f"{place}.geometry", "catalogue.takes_no_geometry", {"target": layer.target}
    if layer.crs != "auto" and layer.datum in ("gcj02", "bd09"):
        # A shifted datum has no CRS of its own: its degrees are not those of any EPSG code.
        yield f"{place}.datum", "catalogue.crs_and_datum", {"crs": layer.crs, "datum": layer.datum}
    if layer.records is not None and layer.format not in ("auto", "json_records"):
        yield f"{place}.records", "catalogue.records_only_json", {"format": layer.format}


def _id_faults(layer: Layer, place: str) -> Iterator[Fault]:
    rule = layer.id
    if rule.template is not None:
        yield from _template_faults(rule.template, _columns_of(layer), f"{place}.id.template")
    if rule.hash_of is not None:
        if len(set(rule.hash_of)) != len(rule.hash_of):
            yield f"{place}.id.hash_of", "catalogue.hash_twice", {}
        if "geometry" in rule.hash_of and layer.geometry == "none":
            yield f"{place}.id.hash_of", "catalogue.hash_no_geometry", {}


def _columns_of(layer: Layer) -> set[str]:
    """The columns that the layer names anywhere, whose presence is checked when the file is opened."""
    columns = {m.from_ for m in layer.fields.values() if m.from_} | set(layer.filter)
    return columns | {c for c in (layer.x, layer.y) if c}


def _template_faults(template: str, columns: set[str], place: str) -> Iterator[Fault]:
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError:
        yield place, "catalogue.template_form", {"value": template}
        return
    names = [name for _, name, _, _ in parts if name is not None]
    if not names:
        yield place, "catalogue.template_constant", {"value": template}
    for _, name, form, conversion in parts:
        if name is None:
            continue
        if name not in {"row", *columns} or form or conversion:
            known = ", ".join(sorted(columns)) or "—"
            yield place, "catalogue.template_place", {"value": name, "known": known}


def _field_faults(layer: Layer, place: str, specs: Mapping[str, FieldSpec]) -> Iterator[Fault]:
    for name, mapping in layer.fields.items():
        where = f"{place}.fields.{name}"
        spec = specs.get(name)
        if spec is None:
            known = ", ".join(sorted(specs))
            yield where, "catalogue.unknown_field", {"value": name, "target": layer.target, "known": known}
            continue
        yield from _mapping_faults(mapping, spec, where)
    for name, spec in specs.items():
        if spec.required and name not in layer.fields and not _is_filled_otherwise(name, layer):
            yield f"{place}.fields", "catalogue.missing_field", {"value": name, "target": layer.target}


def _is_filled_otherwise(name: str, layer: Layer) -> bool:
    """Areas are filled from a stated name or from where the row lies; a key from the rule for ids."""
    if name == "area_code":
        return "area" in layer.fields
    return name in ("district_code", "subdistrict_code", "geometry")


def _mapping_faults(mapping: FieldMapping, spec: FieldSpec, where: str) -> Iterator[Fault]:
    units = UNITS.get(spec.kind, frozenset())
    if mapping.unit is not None and mapping.unit not in units:
        expected = ", ".join(sorted(units)) or "—"
        yield (
            f"{where}.unit",
            "catalogue.unit",
            {"value": mapping.unit, "kind": spec.kind, "expected": expected},
        )
    if spec.kind == "money_fen" and mapping.constant is not None and mapping.unit is None:
        yield f"{where}.unit", "catalogue.unit_needed", {"expected": ", ".join(sorted(MONEY_UNITS))}
    for source, value in (mapping.values or {}).items():
        if not _suits(value, spec):
            yield f"{where}.values.{source}", "catalogue.value", _about(value, spec)
    for key in ("default", "constant"):
        value = getattr(mapping, key)
        if value is not None and not _suits(value, spec):
            yield f"{where}.{key}", "catalogue.value", _about(value, spec)


def _about(value: Any, spec: FieldSpec) -> dict[str, Any]:
    expected = ", ".join(sorted(spec.allowed)) if spec.allowed else spec.kind
    return {"value": value, "expected": expected}


def _suits(value: Any, spec: FieldSpec) -> bool:
    """Whether a value written in the catalogue can stand in a field of this kind."""
    if spec.allowed is not None:
        return str(value) in spec.allowed
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    match spec.kind:
        case "int":
            return is_number and float(value).is_integer()
        case "float" | "area_m2" | "money_fen":
            return is_number
        case "bool":
            return isinstance(value, bool)
        case "date":
            return isinstance(value, str) and _is_iso_day(value)
        case "year":
            return isinstance(value, str) or is_number
    return not isinstance(value, bool)


def _is_iso_day(value: str) -> bool:
    try:
        dt.date.fromisoformat(value)
    except ValueError:
        return False
    return True
