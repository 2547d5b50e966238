"""What a reader hands back inside the child process, and how it is put where the parent can map it."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from loaders.errors import RefusedFile
from loaders.findings import Finding
from loaders.readers.limits import Limits

TABLE_FILE = "rows.arrow"
ANSWER_FILE = "answer.json"
ROW = "row"
SHAPE = "shape"


@dataclass
class Parts:
    """Columns (pyarrow arrays of one length) with their names, and what goes with them."""

    names: list[str]
    columns: list[pa.ChunkedArray]
    count: int
    driver: str
    shapes: pa.ChunkedArray | None = None
    row_number: pa.Array | None = None
    crs: str | None = None
    encoding: str | None = None
    layer: str | None = None
    layers: list[str] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    #: (position, row number, value, code, params)
    rejected: list[tuple[int, int, str | None, str, dict[str, Any]]] = field(default_factory=list)


def write_parts(parts: Parts, folder: Path, limits: Limits, about: dict[str, Any]) -> None:
    """The columns as an Arrow file and the rest as JSON; the answer is written last and all at once."""
    if len(parts.names) > limits.columns:
        raise RefusedFile("reader.too_many_columns", columns=len(parts.names), most=limits.columns)
    if parts.count > limits.rows:
        raise RefusedFile("reader.too_many_rows", rows=parts.count, most=limits.rows)
    arrays: dict[str, Any] = {}
    for number, column in enumerate(parts.columns):
        arrays[f"c{number}"] = column
    if parts.shapes is not None:
        arrays[SHAPE] = parts.shapes
    if parts.row_number is not None:
        arrays[ROW] = parts.row_number
    table = pa.table(arrays) if arrays else pa.table({ROW: pa.array(range(1, parts.count + 1), pa.int64())})
    with pa.OSFile(str(folder / TABLE_FILE), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    write_answer(
        folder,
        {
            "ok": True,
            "names": unique_names(parts.names),
            "count": parts.count,
            "driver": parts.driver,
            "crs": parts.crs,
            "encoding": parts.encoding,
            "layer": parts.layer,
            "layers": parts.layers,
            "notes": [asdict(n) for n in parts.notes],
            "rejected": parts.rejected,
            **about,
        },
    )


def write_answer(folder: Path, answer: dict[str, Any]) -> None:
    """The answer under its name only when it is whole."""
    draft = folder / f"{ANSWER_FILE}.part"
    draft.write_text(json.dumps(answer, ensure_ascii=True, default=str), "ascii")
    draft.replace(folder / ANSWER_FILE)


def unique_names(names: list[str]) -> list[str]:
    """Column names with every repeat numbered: name, name_2, name_3; an empty one is named by its place."""
    seen: set[str] = set()
    out = []
    for place, name in enumerate(names, start=1):
        wanted = name.encode("utf-8", "replace").decode() or f"column_{place}"
        candidate, number = wanted, 2
        while candidate in seen:
            candidate, number = f"{wanted}_{number}", number + 1
        seen.add(candidate)
        out.append(candidate)
    return out


def plain_column(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """A column as text, whole numbers, floats or booleans; dates become ISO text. None for bytes, which are no text."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        column = pa.chunked_array([chunk.storage for chunk in column.chunks], kind.storage_type)
        kind = column.type
    if pa.types.is_dictionary(kind):
        return plain_column(column.cast(kind.value_type))
    if pa.types.is_string(kind):
        return _sound_text(column)
    if pa.types.is_boolean(kind):
        return column
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind) or pa.types.is_null(kind):
        return column.cast(pa.string())
    if pa.types.is_integer(kind):
        is_huge = kind == pa.uint64()
        return column.cast(pa.string() if is_huge else pa.int64())
    if pa.types.is_floating(kind):
        return column.cast(pa.float64())
    if pa.types.is_decimal(kind):
        return column.cast(pa.string())
    if pa.types.is_timestamp(kind):
        return _timestamps(column)
    if pa.types.is_date(kind) or pa.types.is_time(kind):
        return column.cast(pa.string())
    if pa.types.is_nested(kind):
        texts = [
            None if v is None else json.dumps(v, ensure_ascii=False, default=str) for v in column.to_pylist()
        ]
        return pa.chunked_array([pa.array(texts, pa.string())])
    return None


def _sound_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Text that is surely UTF-8: a driver passes on bytes as they are, such as a character cut by a column's width."""
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        values = (
            None if v is None else v.decode("utf-8", "replace") for v in column.cast(pa.binary()).to_pylist()
        )
        return pa.chunked_array(
            [pa.array([None if v is None else v.removesuffix("\ufffd") for v in values], pa.string())]
        )
    return column


def _timestamps(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Times as ISO text; without the hour where every time is midnight, for then a day was meant."""
    at = column.cast(pa.timestamp("ms", column.type.tz), safe=False)
    days = pc.floor_temporal(at, unit="day")
    only_days = pc.all(pc.equal(at, days)).as_py()
    if only_days is None or only_days:
        return pc.strftime(at, format="%Y-%m-%d")
    return pc.strftime(pc.floor_temporal(at, unit="second"), format="%Y-%m-%d %H:%M:%S")


def text_column(values: Any) -> pa.ChunkedArray:
    """Texts as a column; the empty text is a missing value."""
    array = pa.array(values, pa.string())
    return pa.chunked_array([pc.if_else(pc.equal(array, ""), pa.scalar(None, pa.string()), array)])
