"""JSON records: a list of objects, each with a list of coordinates at the top or among its properties."""

import json
import math
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import shapely

from loaders.errors import RefusedFile, UnreadableFile
from loaders.findings import Finding, finding
from loaders.readers.encodings import decoded
from loaders.readers.limits import Limits
from loaders.readers.parts import Parts

_DEEPEST: Final = 3
_Pair = tuple[float, float]


def read_records(
    path: Path,
    *,
    file: str,
    encoding: str,
    records: str | None,
    coordinates: str,
    limits: Limits,
    max_rows: int | None,
) -> Parts:
    """One row for each record, nested objects flattened to `properties.name`; numbers written as text stay text."""
    text, found, lost = decoded(path.read_bytes(), file, encoding)
    try:
        whole = json.loads(text)
    except json.JSONDecodeError as fault:
        raise UnreadableFile(
            "reader.json_broken", file=file, row=fault.lineno, column_number=fault.colno
        ) from fault
    except RecursionError as fault:
        raise RefusedFile("reader.json_deep", file=file) from fault
    listed = _find_records(whole, records, file)
    if len(listed) > limits.rows:
        raise RefusedFile("reader.too_many_rows", file=file, rows=len(listed), most=limits.rows)
    del whole, text
    parts = _parts(listed[:max_rows], file, coordinates, found, limits)
    parts.notes = [*lost, *parts.notes]
    return parts


def _find_records(whole: Any, records: str | None, file: str) -> list[Any]:
    if records is not None:
        place = whole
        for step in records.split("."):
            place = place.get(step) if isinstance(place, dict) else None
        if not isinstance(place, list):
            raise RefusedFile("reader.no_records", file=file, path=records)
        return place
    if isinstance(whole, dict) and isinstance(whole.get("features"), list):
        return whole["features"]
    if isinstance(whole, dict):
        lists = [v for v in whole.values() if isinstance(v, list) and v and isinstance(v[0], dict)]
        if len(lists) != 1:
            raise RefusedFile("reader.no_records", file=file, path="")
        return lists[0]
    if not isinstance(whole, list):
        raise RefusedFile("reader.no_records", file=file, path="")
    if not whole:
        raise UnreadableFile("reader.empty", file=file)
    return whole


def _parts(listed: list[Any], file: str, coordinates: str, encoding: str, limits: Limits) -> Parts:
    columns: dict[str, list[Any]] = {}
    shapes: list[Any] = []
    unreadable: list[int] = []
    strangers: list[tuple[int, int, str | None, str, dict[str, Any]]] = []
    for place, record in enumerate(listed):
        if not isinstance(record, dict):
            strangers.append((place, place + 1, str(record)[:200], "reject.not_a_record", {}))
            shapes.append(None)
            continue
        given = _coordinates(record, coordinates)
        shape = shape_of(given)
        shapes.append(shape)
        if given not in (None, [], "") and shape is None:
            unreadable.append(place + 1)
        for name, value in _flat(record, coordinates):
            column = columns.get(name)
            if column is None:
                if len(columns) >= limits.columns:
                    raise RefusedFile(
                        "reader.too_many_columns", file=file, columns=len(columns) + 1, most=limits.columns
                    )
                column = columns[name] = []
            column.extend([None] * (place - len(column)))
            column.append(value)
    for column in columns.values():
        column.extend([None] * (len(listed) - len(column)))
    notes: list[Finding] = []
    if unreadable:
        notes.append(finding("reader.bad_coordinates", "warning", rows=unreadable, column=coordinates))
    has_shapes = any(s is not None for s in shapes) or bool(unreadable)
    wkb = shapely.to_wkb(np.array(shapes, dtype=object)) if has_shapes else None
    return Parts(
        names=list(columns),
        columns=[_column(values) for values in columns.values()],
        count=len(listed),
        driver="JSON",
        shapes=pa.chunked_array([pa.array(wkb, pa.binary())]) if wkb is not None else None,
        row_number=pa.array(range(1, len(listed) + 1), pa.int64()),
        encoding=encoding,
        notes=notes,
        rejected=strangers,
    )


def _coordinates(record: dict[str, Any], name: str) -> Any:
    if name in record:
        return record[name]
    within = record.get("properties")
    if isinstance(within, dict) and name in within:
        return within[name]
    geometry = record.get("geometry")
    return geometry.get("coordinates") if isinstance(geometry, dict) else None


def _flat(
    record: dict[str, Any], coordinates: str, prefix: str = "", depth: int = 1
) -> list[tuple[str, Any]]:
    out: list[tuple[str, Any]] = []
    for key, value in record.items():
        name = f"{prefix}{key}"
        if name in (coordinates, "geometry"):
            continue
        if isinstance(value, dict) and depth < _DEEPEST:
            out += _flat(value, coordinates, f"{name}.", depth + 1)
        elif isinstance(value, (dict, list)):
            out.append((name, json.dumps(value, ensure_ascii=False)))
        else:
            out.append((name, value if value != "" else None))
    return out


def _column(values: list[Any]) -> pa.ChunkedArray:
    """Whole numbers, floats or booleans where all values are; text otherwise, each value as it was written."""
    kinds = {type(v) for v in values if v is not None}
    if kinds == {bool}:
        return pa.chunked_array([pa.array(values, pa.bool_())])
    if kinds == {int} and all(v is None or abs(v) < 2**63 for v in values):
        return pa.chunked_array([pa.array(values, pa.int64())])
    if kinds and kinds <= {int, float}:
        return pa.chunked_array([pa.array([None if v is None else float(v) for v in values], pa.float64())])
    # JSON can name half of a surrogate pair, which is no character and which UTF-8 can't hold.
    texts = [None if v is None else str(v).encode("utf-8", "replace").decode() for v in values]
    return pa.chunked_array([pa.array(texts, pa.string())])


# --- coordinates -------------------------------------------------------------------------------------
def shape_of(given: Any) -> Any:
    """The shape that a list of coordinates means; None where it means none.

    A pair or a list of one pair is a point, an open list a line, a closed list a polygon; a list of closed lists
    holds polygons and their holes. `"x,y;x,y"` and `{lng, lat}` are understood as well.
    """
    try:
        return _shape(_unfold(given))
    except (ValueError, TypeError, KeyError, OverflowError, shapely.errors.GEOSException):
        return None


def _unfold(given: Any) -> Any:
    if isinstance(given, str):
        pairs = [p.split(",") for p in given.replace("|", ";").split(";") if p.strip()]
        return pairs[0] if len(pairs) == 1 else pairs
    if isinstance(given, dict):
        keys = {str(k).lower(): v for k, v in given.items()}
        x = next(keys[k] for k in ("lng", "lon", "longitude", "x") if k in keys)
        y = next(keys[k] for k in ("lat", "latitude", "y") if k in keys)
        return [x, y]
    return given


def _shape(given: Any) -> Any:
    depth = _depth(given)
    if depth == 1:
        return shapely.Point(_pair(given))
    if depth == 2:
        pairs = [_pair(p) for p in given]
        if len(pairs) == 1:
            return shapely.Point(pairs[0])
        return _polygons([pairs]) if _is_closed(pairs) else shapely.LineString(pairs)
    if depth == 3:
        lines = [[_pair(p) for p in line] for line in given if line]
        if all(_is_closed(line) for line in lines):
            return _polygons(lines)
        return shapely.LineString(lines[0]) if len(lines) == 1 else shapely.MultiLineString(lines)
    if depth == 4:
        parts = [_shape(part) for part in given if part]
        polygons = [p for part in parts for p in shapely.get_parts(part) if p.geom_type == "Polygon"]
        return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)
    return None


def _depth(given: Any) -> int:
    depth = 0
    while isinstance(given, (list, tuple)) and given and depth < 5:
        depth += 1
        given = given[0]
    return depth


def _pair(given: Any) -> _Pair:
    if isinstance(given, dict):
        given = _unfold(given)
    x, y = float(given[0]), float(given[1])
    return x, y


def _is_closed(pairs: list[_Pair]) -> bool:
    return len(pairs) >= 4 and pairs[0] == pairs[-1]


def _polygons(rings: list[list[_Pair]]) -> Any:
    """Polygons from rings in any order: a ring whose first point lies in an earlier outer ring is its hole."""
    outer: list[tuple[Any, list[list[_Pair]]]] = []
    for ring in rings:
        start = shapely.Point(ring[0])
        home = None
        if len(rings) > 1 and all(math.isfinite(v) for pair in ring for v in pair):
            home = next((holes for shell, holes in outer if shell.contains(start)), None)
        if home is not None:
            home.append(ring)
        else:
            outer.append((shapely.Polygon(ring), []))
    polygons = [shapely.Polygon(shell.exterior.coords, holes) for shell, holes in outer]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)
