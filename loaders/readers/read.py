"""`read_table`: a foreign file as one raw table."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from loaders.errors import UnreadableFile
from loaders.findings import Finding, finding
from loaders.readers.limits import Limits
from loaders.readers.process import private_folder, remove_folder, run_child
from loaders.readers.raw import RawTable, RejectedRow
from loaders.settings import settings

TABLE_FILE = "rows.arrow"


def set_limits() -> Limits:
    """The limits that the settings name (`ATLAS_READ_MEMORY_MB`, `ATLAS_READ_SECONDS`)."""
    own = settings()
    return Limits(memory_mb=own.read_memory_mb, cpu_s=own.read_seconds, wall_s=float(own.read_seconds))


def never() -> bool:
    """The reading is not to be cancelled."""
    return False


def read_table(
    path: Path | str,
    *,
    format: str = "auto",
    layer: str | None = None,
    encoding: str = "auto",
    header_rows: int | Literal["auto"] = "auto",
    records: str | None = None,
    coordinates: str = "lnglat",
    limits: Limits | None = None,
    max_rows: int | None = None,
    should_stop: Callable[[], bool] = never,
    file_name: str | None = None,
) -> RawTable:
    """The rows of a file as they stand in it, read in a child process.

    ``format`` is one of the catalogue's formats, or auto: then the content decides and must agree with the name.
    ``layer`` names a layer, a sheet, or a file in an archive; ``records`` is the dotted path to the list in a JSON
    file, ``coordinates`` the name of the list of coordinates. ``max_rows`` reads only the first rows.
    ``file_name`` is what the user calls the file where it lies under another name (an upload). Without ``limits``
    those of the settings hold.

    Raises UnreadableFile, RefusedFile or ReadingStopped; each message names the file and what to do.
    """
    source = Path(path)
    file = file_name or source.name
    if not source.exists():
        raise UnreadableFile("reader.missing", file=file)
    if not source.is_file():
        raise UnreadableFile("reader.not_a_file", file=file)
    job = {
        "path": str(source.resolve()),
        "file": file,
        "format": format,
        "layer": layer,
        "encoding": encoding,
        "header_rows": header_rows,
        "records": records,
        "coordinates": coordinates,
        "max_rows": max_rows,
    }
    folder = private_folder()
    try:
        told = run_child(job, limits or set_limits(), folder, should_stop)
        return _raw_table(told, folder, file)
    finally:
        remove_folder(folder)


def _raw_table(told: dict[str, Any], folder: Path, file: str) -> RawTable:
    with pa.memory_map(str(folder / TABLE_FILE)) as source:
        table = pa.ipc.open_file(source).read_all()
    names: list[str] = told["names"]
    index = pd.RangeIndex(told["count"])
    frame = pd.DataFrame(
        {name: _series(table.column(f"c{number}")) for number, name in enumerate(names)}, index=index
    )
    notes = [Finding(**n) for n in told["notes"]]
    numbers = table.column("row").to_numpy() if "row" in table.column_names else np.arange(1, len(index) + 1)
    row_number = pd.Series(numbers, index=index, name="row_number")
    geometry = None
    if "shape" in table.column_names:
        geometry, broken = _geometry(table.column("shape"), index)
        if broken.any():
            notes.append(finding("reader.bad_geometry", "warning", rows=row_number[broken]))
    return RawTable(
        frame=frame,
        geometry=geometry,
        crs=told["crs"],
        row_number=row_number,
        encoding=told["encoding"],
        driver=told["driver"],
        layer=told["layer"],
        layers=tuple(told["layers"]),
        notes=tuple(notes),
        rejected_rows=tuple(RejectedRow(*entry) for entry in told["rejected"]),
        file_name=file,
        file_sha256=told["sha256"],
        size_bytes=told["size"],
    )


def _series(column: pa.ChunkedArray) -> pd.Series:
    """Text as pandas' own text, whole numbers as Int64 where some are missing, so that no id turns into 1.0."""
    if pa.types.is_string(column.type):
        return pd.Series(pd.array(column, dtype=pd.StringDtype("pyarrow", na_value=np.nan)))
    if column.null_count and pa.types.is_integer(column.type):
        return column.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    if column.null_count and pa.types.is_boolean(column.type):
        return column.to_pandas(types_mapper={pa.bool_(): pd.BooleanDtype()}.get)
    return column.to_pandas()


def _geometry(column: pa.ChunkedArray, index: pd.Index) -> tuple[gpd.GeoSeries, np.ndarray]:
    """The shapes, and which could not be understood (curves, rings of two points, broken bytes)."""
    wkb = column.to_numpy(zero_copy_only=False)
    shapes = shapely.from_wkb(wkb, on_invalid="ignore")
    broken = shapely.is_missing(shapes) & np.array([w is not None for w in wkb], dtype=bool)
    return gpd.GeoSeries(shapes, index=index, name="geometry"), broken
