"""Exports: a layer with what was worked out about it, as GeoPackage, GeoJSON, GeoParquet, CSV or Excel.

Text stays text: nothing from the data becomes a formula in a spreadsheet. Rows come in the order of their keys, so
that the same store gives the same file.
"""

import datetime as dt
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import Select, select

from loaders.errors import AtlasError
from store.engine import Store
from store.geometry import Geometry
from store.tables import (
    BASE_TABLES,
    building_links,
    buildings,
    communities,
    community_links,
    import_runs,
    key_column,
)

FORMATS = {".gpkg", ".geojson", ".parquet", ".csv", ".xlsx"}
#: What a spreadsheet may take as the start of a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
EXCEL_ROWS = 1_048_576 - 1


def layer_names() -> list[str]:
    """The layers that can be exported."""
    return list(BASE_TABLES)


def _query(name: str) -> tuple[Select[Any], str | None]:
    table = BASE_TABLES[name]
    key = table.c[key_column(table)]
    columns: list[Any] = [c for c in table.columns if c.name not in ("content_hash", "geometry", "point")]
    geometry: Any = None
    source: Any = table
    if name == "communities":
        geometry = community_links.c.boundary.label("geometry")
        columns = [c for c in columns if c.name != "district_code"]
        columns += [c for c in community_links.columns if c.name not in ("community_id", "boundary")]
        columns.append(communities.c.point)
        source = table.outerjoin(
            community_links, community_links.c.community_id == communities.c.community_id
        )
    elif name == "buildings":
        geometry = buildings.c.geometry
        columns += [c for c in building_links.columns if c.name != "building_id"]
        source = table.outerjoin(building_links, building_links.c.building_id == buildings.c.building_id)
    elif "geometry" in table.c:
        geometry = table.c.geometry
    source = source.join(import_runs, import_runs.c.run_id == table.c.import_run_id)
    columns += [
        import_runs.c.catalogue_key.label("source_catalogue"),
        import_runs.c.licence.label("source_licence"),
        import_runs.c.as_of_date.label("source_as_of_date"),
    ]
    chosen = [*columns, geometry] if geometry is not None else columns
    return select(*chosen).select_from(source).order_by(key), "geometry" if geometry is not None else None


def export_rows(store: Store, name: str) -> pd.DataFrame | gpd.GeoDataFrame:
    """The rows of one layer with links and source; a GeoDataFrame (EPSG:4326) where the layer has geometry."""
    if name not in BASE_TABLES:
        raise AtlasError("export.unknown_layer", layer=name, known=", ".join(layer_names()))
    query, geometry = _query(name)
    rows = store.layer(query) if geometry else store.frame(query)
    if "point" in rows:
        points = shapely.from_wkb(rows.pop("point").to_numpy(dtype=object)) if len(rows) else []
        rows["point_wkt"] = [None if p is None else shapely.to_wkt(p, rounding_precision=7) for p in points]
    for column in rows.columns:
        table_column = BASE_TABLES[name].c.get(column)
        if table_column is not None and isinstance(table_column.type, Geometry) and column != "geometry":
            rows = rows.drop(columns=column)
    return rows


def export_layer(store: Store, name: str, target: Path) -> int:
    """Write one layer to a file whose ending names the format; returns the number of rows.

    The file appears under its name only when it is whole. Raises AtlasError for an unknown layer or ending, and for
    more rows than a spreadsheet holds.
    """
    ending = target.suffix.lower()
    if ending not in FORMATS:
        raise AtlasError("export.unknown_format", file=target.name, known=" ".join(sorted(FORMATS)))
    rows = export_rows(store, name)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.stem}.part{ending}")
    part.unlink(missing_ok=True)
    try:
        _write(rows, name, part, ending)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return len(rows)


def _write(rows: pd.DataFrame | gpd.GeoDataFrame, name: str, part: Path, ending: str) -> None:
    is_layer = isinstance(rows, gpd.GeoDataFrame)
    if ending in (".csv", ".xlsx"):
        flat = pd.DataFrame(rows.drop(columns="geometry")) if is_layer else rows
        if is_layer:
            flat = flat.assign(geometry_wkt=_wkt(rows)) if ending == ".csv" else flat
        if ending == ".csv":
            safe_text(flat).to_csv(part, index=False, encoding="utf-8-sig")
        else:
            write_workbook(part, {name: flat})
        return
    if not is_layer:
        raise AtlasError("export.no_geometry", layer=name, known=".csv .xlsx")
    plain = rows.copy()
    for column in plain.columns.drop("geometry"):
        if plain[column].map(lambda v: isinstance(v, (dt.date, dt.datetime))).any():
            plain[column] = plain[column].map(lambda v: v.isoformat() if isinstance(v, dt.date) else None)
    if ending == ".parquet":
        plain.to_parquet(part, index=False)
    else:
        driver = {".gpkg": "GPKG", ".geojson": "GeoJSON"}[ending]
        plain.to_file(part, driver=driver, engine="pyogrio", layer=name)


def _wkt(rows: gpd.GeoDataFrame) -> list[str | None]:
    return [None if g is None else shapely.to_wkt(g, rounding_precision=7) for g in rows.geometry]


def safe_text(rows: pd.DataFrame) -> pd.DataFrame:
    """Text that a spreadsheet would run as a formula gets an apostrophe before it; all other values stay."""

    def guard(value: Any) -> Any:
        return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value

    out = rows.copy()
    for column in out.columns:
        if out[column].map(lambda v: isinstance(v, str)).any():
            out[column] = out[column].astype(object).map(guard)
    return out


def write_workbook(target: Path, sheets: dict[str, pd.DataFrame]) -> None:
    """An Excel file in which every text is text: no formula, no link, no number made of a string."""
    import xlsxwriter

    longest = max((len(rows) for rows in sheets.values()), default=0)
    if longest > EXCEL_ROWS:
        raise AtlasError("export.too_many_rows", rows=longest, most=EXCEL_ROWS)
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "constant_memory": True,
        "default_date_format": "yyyy-mm-dd",
    }
    with xlsxwriter.Workbook(str(target), options) as book:
        bold = book.add_format({"bold": True, "bg_color": "#E8EEF4", "bottom": 1})
        for title, rows in sheets.items():
            sheet = book.add_worksheet(title[:31])
            sheet.freeze_panes(1, 0)
            for at, column in enumerate(rows.columns):
                sheet.write_string(0, at, str(column), bold)
                sheet.set_column(at, at, min(40, max(10, len(str(column)) * 2)))
            for number, row in enumerate(rows.itertuples(index=False), start=1):
                for at, value in enumerate(row):
                    _write_cell(sheet, number, at, value)


def _write_cell(sheet: Any, row: int, column: int, value: Any) -> None:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, (dt.datetime, dt.date)):
        sheet.write_datetime(
            row, column, value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
        )
    elif isinstance(value, str):
        sheet.write_string(row, column, "".join(c for c in value if c >= " " or c in "\n\t")[:32767])
    elif abs(float(value)) < 1e15:
        sheet.write_number(row, column, float(value))
    else:
        sheet.write_string(row, column, str(value))
