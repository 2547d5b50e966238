"""The data doctor: what is in a file, in which encoding and datum, and what to mend before it is loaded."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import geopandas as gpd
import pandas as pd

from loaders.diagnosis import DatumFound, Diagnosis, FieldProfile
from loaders.doctor_places import Place, place, shape_findings, stray_findings
from loaders.doctor_texts import text_findings
from loaders.doctor_values import profile, value_findings
from loaders.errors import RefusedFile
from loaders.findings import Finding, finding
from loaders.georeference import raw_shapes
from loaders.held import HeldLayers
from loaders.readers import Limits, RawTable, read_table
from loaders.stated_areas import stated_area_findings
from loaders.values import as_text, parse_numbers


def diagnose(
    source: Path | str | RawTable,
    *,
    held: HeldLayers,
    x: str | None = None,
    y: str | None = None,
    layer: str | None = None,
    limits: Limits | None = None,
    file_name: str | None = None,
) -> Diagnosis:
    """The diagnosis of a file, or of a table that was read already.

    `x` and `y` name the columns of coordinates in CSV and Excel; without them they are looked for by their headers.
    `held` is what the datum is tested against. Raises UnreadableFile or RefusedFile for a file that can't be read,
    and RefusedFile for a column that is not there.
    """
    raw = (
        source
        if isinstance(source, RawTable)
        else read_table(source, layer=layer, limits=limits, file_name=file_name)
    )
    strangers = {row.index for row in raw.rejected_rows}
    is_data = pd.Series(~raw.frame.index.isin(strangers), index=raw.frame.index)
    frame, row_number = raw.frame[is_data], raw.row_number[is_data]
    fields = profile(frame)
    x, y = _coordinate_columns(raw, fields, x, y)
    findings: list[Finding] = [*raw.notes, *_rejected(raw)]
    if not len(raw.frame):
        findings.append(finding("doctor.no_rows", "error"))
    findings += text_findings(frame, row_number)
    findings += value_findings(frame, row_number, fields)
    shapes, bad = raw_shapes(raw, is_data, x, y)
    found = Place("xy", DatumFound("unknown"), None)
    kinds: dict[str, int] = {}
    if shapes is None:
        findings.append(finding("doctor.no_geometry"))
    else:
        if x is not None and y is not None:
            findings += _coordinate_findings(frame, row_number, x, y, bad)
        kinds = {str(k): int(n) for k, n in shapes.geom_type.value_counts().items()}
        findings += shape_findings(shapes, row_number)
        found, more = place(raw, shapes, held)
        findings += more
        if found.placed is not None:
            findings += stray_findings(found.placed, shapes, row_number)
            if found.datum.verdict != "unknown":
                findings += stated_area_findings(frame, found.placed, held, row_number)
    return Diagnosis(
        file_name=raw.file_name,
        rows=len(raw.frame),
        encoding=raw.encoding,
        axes=found.axes,
        datum=found.datum,
        crs=raw.crs,
        geometry_kinds=kinds,
        fields=fields,
        findings=findings,
        raw=raw,
        geometry=None if shapes is None else gpd.GeoSeries(shapes),
        placed=found.placed,
        x=x,
        y=y,
    )


def _coordinate_columns(
    raw: RawTable, fields: list[FieldProfile], x: str | None, y: str | None
) -> tuple[str | None, str | None]:
    names = [f.name for f in fields]
    for wanted in (x, y):
        if wanted is not None and wanted not in names:
            raise RefusedFile("doctor.no_such_column", file=raw.file_name, column=wanted, columns=names[:40])
    if (x is None) != (y is None):
        raise RefusedFile("doctor.x_and_y", file=raw.file_name)
    if x is not None or raw.geometry is not None:
        return x, y
    east = [f.name for f in fields if f.kind == "x"]
    north = [f.name for f in fields if f.kind == "y"]
    return (east[0], north[0]) if len(east) == 1 and len(north) == 1 else (None, None)


def _rejected(raw: RawTable) -> Iterator[Finding]:
    """Rows that are no data, one finding for each reason."""
    rows = sorted(raw.rejected_rows, key=lambda r: r.code)
    for code, group in groupby(rows, key=lambda r: r.code):
        found = list(group)
        yield finding(code, "error", rows=[r.row_number for r in found], **found[0].params)


def _coordinate_findings(
    frame: pd.DataFrame, row_number: pd.Series, x: str, y: str, bad: pd.Index
) -> Iterator[Finding]:
    """The columns that were taken for coordinates, and values in them that are no numbers."""
    yield finding("doctor.coordinate_columns", x=x, y=y)
    for column in (x, y):
        texts = as_text(frame[column])
        _, problems = parse_numbers(texts)
        for code in sorted(set(problems.dropna())):
            wrong = problems == code
            value = str(texts[wrong].iloc[0])[:40]
            yield finding(code, "error", rows=row_number[wrong], field=column, value=value)
    has_one = frame[x].notna() ^ frame[y].notna()
    if has_one.any():
        yield finding("doctor.coordinate_half", "error", rows=row_number[has_one], x=x, y=y)
