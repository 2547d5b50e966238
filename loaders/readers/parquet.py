"""GeoParquet and plain Parquet by pyarrow."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from loaders.errors import RefusedFile, UnreadableFile
from loaders.findings import Finding, finding
from loaders.readers.limits import MB, Limits
from loaders.readers.parts import Parts, plain_column


def read_parquet(path: Path, *, file: str, limits: Limits, max_rows: int | None) -> Parts:
    """The table, with the primary geometry column as WKB and the CRS that the file's own metadata declares."""
    try:
        source = pq.ParquetFile(path)
        _check_size(source, file, limits, max_rows)
        table = source.read()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as fault:
        raise UnreadableFile(
            "reader.damaged", file=file, format="Parquet", detail=str(fault)[:200]
        ) from fault
    if max_rows is not None:
        table = table.slice(0, max_rows)
    about = _geo_metadata(source.schema_arrow.metadata)
    primary = about.get("primary_column")
    notes: list[Finding] = []
    shapes = None
    crs = None
    if isinstance(primary, str) and primary in table.column_names:
        declared = about.get("columns", {}).get(primary, {})
        shapes = _wkb(table, primary, declared, file)
        crs = _crs(declared)
        table = table.drop_columns([primary])
    names, columns = [], []
    for name, column in zip(table.column_names, table.columns, strict=True):
        plain = plain_column(column)
        if plain is None:
            notes.append(finding("reader.binary_column", "warning", column=name))
            continue
        names.append(name)
        columns.append(plain)
    return Parts(
        names=names,
        columns=columns,
        count=table.num_rows,
        driver="Parquet",
        shapes=shapes,
        row_number=pa.array(range(1, table.num_rows + 1), pa.int64()),
        crs=crs,
        encoding="utf-8",
        notes=notes,
    )


def _check_size(source: pq.ParquetFile, file: str, limits: Limits, max_rows: int | None) -> None:
    """Before anything is unpacked: a few kilobytes can stand for billions of equal rows."""
    about = source.metadata
    if about.num_rows > limits.rows:
        raise RefusedFile("reader.too_many_rows", file=file, rows=about.num_rows, most=limits.rows)
    if about.num_columns > limits.columns:
        raise RefusedFile(
            "reader.too_many_columns", file=file, columns=about.num_columns, most=limits.columns
        )
    size = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
    if size > limits.unpacked_mb * MB:
        raise RefusedFile(
            "reader.unpacks_too_large", file=file, size_mb=size // MB, most_mb=limits.unpacked_mb
        )


def _geo_metadata(metadata: dict[bytes, bytes] | None) -> dict[str, Any]:
    try:
        about = json.loads((metadata or {}).get(b"geo", b"{}"))
    except (ValueError, RecursionError):
        return {}
    return about if isinstance(about, dict) else {}


def _wkb(table: pa.Table, primary: str, declared: dict[str, Any], file: str) -> pa.ChunkedArray:
    column = table.column(primary)
    if isinstance(column.type, pa.BaseExtensionType):
        column = pa.chunked_array([c.storage for c in column.chunks], column.type.storage_type)
    encoding = str(declared.get("encoding", "WKB")).upper()
    if encoding == "WKB" and (pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type)):
        return column.cast(pa.binary())
    from geopandas.io._geoarrow import construct_shapely_array
    from shapely import to_wkb

    try:
        shapes = construct_shapely_array(column.combine_chunks(), f"geoarrow.{encoding.lower()}")
    except (NotImplementedError, ValueError, TypeError, AttributeError, pa.ArrowInvalid) as fault:
        raise UnreadableFile(
            "reader.damaged", file=file, format="GeoParquet", detail=f"{primary}: {encoding[:40]}"
        ) from fault
    return pa.chunked_array([pa.array(to_wkb(shapes), pa.binary())])


def _crs(declared: dict[str, Any]) -> str | None:
    """The declared CRS; a file that leaves it out says OGC:CRS84 by the standard, one with null says nothing."""
    if "crs" not in declared:
        return "EPSG:4326"
    given = declared["crs"]
    if isinstance(given, dict):
        code = given.get("id", {})
        if isinstance(code, dict) and code.get("authority") == "EPSG":
            return f"EPSG:{code.get('code')}"
        if isinstance(code, dict) and code.get("code") == "CRS84":
            return "EPSG:4326"
        return json.dumps(given)
    return str(given) if given else None
