"""The main job: a catalogue and a folder of files become layers in the store."""

import calendar
import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy import select

from loaders import prepare
from loaders.catalogue import Catalogue, Layer, load_catalogue
from loaders.commit import PreparedLayer, Progress, RunResult, commit_run, silent
from loaders.errors import AtlasError, RefusedFile
from loaders.fields import fields_by_target
from loaders.georeference import to_wgs84
from loaders.held import HeldLayers, held_layers
from loaders.readers import Limits, RawTable, read_table
from loaders.settings import settings
from store.engine import Store
from store.tables import BASE_TABLES, key_column

#: References that must hold before a row may go in: field of the target → table it names.
REFERENCES = {
    "project_communities": {"project_id": "projects", "community_id": "communities"},
    "stage_events": {"project_id": "projects"},
    "funding_entries": {"project_id": "projects"},
    "monthly_investments": {"project_id": "projects"},
}


def load_catalogue_file(
    store: Store, path: Path, *, base: Path | None, actor: str, progress: Progress = silent
) -> RunResult:
    """Check a catalogue file, read and prepare every layer, and write them in one transaction.

    Raises CatalogueError, UnreadableFile, RefusedFile or StoreError; then the store is as it was.
    """
    catalogue = load_catalogue(path, fields_by_target())
    return load(store, catalogue, base=base or path.parent, actor=actor, progress=progress)


def load(
    store: Store,
    catalogue: Catalogue,
    *,
    base: Path,
    actor: str,
    progress: Progress = silent,
    should_stop: Callable[[], bool] = lambda: False,
) -> RunResult:
    """Load what a checked catalogue describes."""
    held = held_layers(store)
    prepared: list[PreparedLayer] = []
    for number, layer in enumerate(catalogue.layers):
        progress("step.read", number, len(catalogue.layers))
        if should_stop():
            raise AtlasError("load.cancelled")
        part = prepare_layer(layer, catalogue, base, held, store, prepared)
        prepared.append(part)
        if isinstance(part.rows, gpd.GeoDataFrame):
            held = held.with_layer(part.target, part.rows)
    meta = catalogue.catalogue
    return commit_run(
        store,
        prepared,
        kind="load",
        catalogue_key=meta.key,
        actor=actor,
        is_synthetic=meta.is_synthetic,
        about={
            "title_zh": meta.title_zh,
            "title_en": meta.title_en,
            "licence": meta.licence,
            "source": meta.source,
            "as_of_date": as_of_day(meta.as_of_date),
            "catalogue": catalogue.model_dump(mode="json", by_alias=True, exclude_none=True),
        },
        district_code=meta.district_code,
        progress=progress,
    )


def layer_files(layer: Layer, base: Path) -> list[Path]:
    """The files that a layer's path names under the base folder, in order. Raises RefusedFile where there is none."""
    root = base.resolve()
    found = sorted(p for p in root.glob(layer.path) if p.is_file())
    outside = [p for p in found if not p.resolve().is_relative_to(root)]
    if outside:
        raise RefusedFile("load.climbs_out", layer=layer.key, path=layer.path)
    if not found:
        raise RefusedFile("load.no_file", layer=layer.key, path=layer.path, base=base.name or str(base))
    return found


def prepare_layer(
    layer: Layer,
    catalogue: Catalogue,
    base: Path,
    held: HeldLayers,
    store: Store,
    before: list[PreparedLayer],
) -> PreparedLayer:
    """Read, diagnose and check one layer; nothing is written."""
    parts = [_prepare_file(file, layer, catalogue, held, store, before) for file in layer_files(layer, base)]
    part = parts[0] if len(parts) == 1 else _together(parts, layer)
    if layer.all_or_nothing and part.rejected_count:
        first = part.rejected.iloc[0]
        raise RefusedFile(
            "load.all_or_nothing",
            layer=layer.key,
            file=part.about.get("file_name"),
            rows=part.rejected_count,
            row=first["row_number"],
            field=first["field"],
        )
    return part


def _prepare_file(
    file: Path,
    layer: Layer,
    catalogue: Catalogue,
    held: HeldLayers,
    store: Store,
    before: list[PreparedLayer],
) -> PreparedLayer:
    raw = read_table(
        file,
        format=layer.format,
        layer=layer.layer,
        encoding=layer.encoding,
        header_rows=layer.header_rows,
        records=layer.records,
        coordinates=layer.coordinates,
        limits=limits(),
    )
    return prepare_table(raw, file.name, layer, catalogue, held, store, before)


def prepare_table(
    raw: RawTable,
    file_name: str,
    layer: Layer,
    catalogue: Catalogue,
    held: HeldLayers,
    store: Store,
    before: list[PreparedLayer],
) -> PreparedLayer:
    """Prepare a table that has been read: the part of the way that an upload shares with a catalogue's file."""
    _require_columns(raw, file_name, layer)
    rejections = prepare.Rejections(raw, _source_columns(layer))
    keep = prepare.chosen_rows(raw, layer)
    for row in raw.rejected_rows:
        rejections.add([row.index], None, row.value, row.code, **row.params)
        keep[row.index] = True
    rows = prepare.mapped_fields(raw, keep, layer, catalogue, rejections)
    placed = to_wgs84(
        raw,
        keep,
        layer,
        held,
        district_code=catalogue.catalogue.district_code,
        same_source=_told_of_neighbours(layer, before),
    )
    rejections.add(
        placed.bad_rows, layer.x, raw.frame[layer.x] if layer.x else None, "reject.bad_coordinates"
    )
    repaired = 0
    if placed.geometry is not None:
        shapes, repaired = prepare.repaired_geometry(placed.geometry, layer.target, rejections)
        rows = _with_geometry(rows, shapes, layer.target)
    rows[prepare.key_of(layer.target)] = prepare.keys(raw, rows, layer, catalogue, placed.raw, rejections)
    rows["source_row"] = raw.row_number.loc[rows.index]
    rows = prepare.fill_missing_names(layer.target, rows)
    rows = rows.loc[~rows.index.isin(rejections.indexes)]
    rows = prepare.drop_repeated(prepare.key_of(layer.target), rows, rejections)
    rows = prepare.checked(layer.target, rows, rejections)
    rows = _with_held_references(rows, layer.target, store, before, rejections)
    meta = catalogue.catalogue
    return PreparedLayer(
        key=layer.key,
        target=layer.target,
        rows=rows,
        rejected=rejections.frame(),
        read=int(keep.sum()),
        repaired=repaired,
        is_synthetic=meta.is_synthetic,
        about={
            "file_name": file_name,
            "file_sha256": raw.file_sha256,
            "file_bytes": raw.size_bytes,
            "driver": raw.driver,
            "encoding": raw.encoding,
            "crs": raw.crs,
            "datum": placed.datum,
            "evidence": placed.evidence,
            "folder": _folder(layer.path),
            "how": placed.how,
            "licence": layer.licence or meta.licence,
            "as_of_date": as_of_day(layer.as_of_date or meta.as_of_date),
        },
    )


def _source_columns(layer: Layer) -> dict[str, str]:
    """What the file calls our fields."""
    names = {field: mapping.from_ for field, mapping in layer.fields.items() if mapping.from_}
    if layer.id.from_:
        names[prepare.key_of(layer.target)] = layer.id.from_
    return names


def _folder(path: str) -> str:
    """The first folder of a layer's path: files that came together are in one datum more often than not."""
    return path.replace("\\", "/").split("/")[0]


def _told_of_neighbours(layer: Layer, before: list[PreparedLayer]) -> dict[str, str]:
    return {
        part.key: str(part.about["datum"])
        for part in before
        if part.about.get("how") == "evidence" and part.about.get("folder") == _folder(layer.path)
    }


def as_of_day(text: str | None) -> dt.date | None:
    """A day, a month or a year in ISO form as its last day; None for "unknown"."""
    if text is None or text == "unknown":
        return None
    if len(text) == 4:
        return dt.date(int(text), 12, 31)
    if len(text) == 7:
        year, month = int(text[:4]), int(text[5:])
        return dt.date(year, month, calendar.monthrange(year, month)[1])
    return dt.date.fromisoformat(text)


def limits() -> Limits:
    """How much memory and time a reader may take."""
    chosen = settings()
    return Limits(
        memory_mb=chosen.read_memory_mb, cpu_s=chosen.read_seconds, wall_s=float(chosen.read_seconds)
    )


def _require_columns(raw: RawTable, file_name: str, layer: Layer) -> None:
    wanted = {m.from_ for m in layer.fields.values() if m.from_} | set(layer.filter)
    wanted |= {c for c in (layer.x, layer.y, layer.id.from_) if c}
    wanted |= {c for c in layer.id.hash_of or [] if c != "geometry"}
    missing = sorted(wanted - {str(c) for c in raw.frame.columns})
    if missing:
        raise RefusedFile(
            "load.missing_columns",
            file=file_name,
            layer=layer.key,
            missing=", ".join(missing),
            found=", ".join(str(c) for c in raw.frame.columns[:40]),
        )


def _with_geometry(rows: pd.DataFrame, shapes: gpd.GeoSeries, target: str) -> gpd.GeoDataFrame:
    if target != "communities":
        return gpd.GeoDataFrame(rows, geometry=shapes, crs="EPSG:4326")
    is_point = shapes.geom_type.isin(["Point", "MultiPoint"])
    return gpd.GeoDataFrame(
        rows.assign(point=shapes.where(is_point)), geometry=shapes.where(~is_point), crs="EPSG:4326"
    )


def _with_held_references(
    rows: pd.DataFrame,
    target: str,
    store: Store,
    before: list[PreparedLayer],
    rejections: prepare.Rejections,
) -> pd.DataFrame:
    for column, parent in REFERENCES.get(target, {}).items():
        key = key_column(BASE_TABLES[parent])
        known = set(store.frame(select(BASE_TABLES[parent].c[key]))[key])
        for part in before:
            if part.target == parent:
                known |= set(part.rows[key])
        bad = ~rows[column].isin(known)
        rejections.add(rows.index[bad], column, rows[column], "reject.unknown_reference", parent=parent)
        rows = rows.loc[~bad]
    return rows


def _together(parts: list[PreparedLayer], layer: Layer) -> PreparedLayer:
    """Several files of one pattern as one layer; a key that two files share is turned away in the later one."""
    key = key_column(BASE_TABLES[layer.target])
    seen: set[Any] = set()
    kept, turned_away = [], [p.rejected for p in parts]
    for part in parts:
        repeated = part.rows[key].isin(seen)
        if repeated.any():
            rows = part.rows.loc[repeated]
            turned_away.append(
                pd.DataFrame(
                    {
                        "row_number": rows["source_row"],
                        "field": key,
                        "value": rows[key],
                        "reason_code": "reject.id_repeated",
                        "reason_params": [
                            {"row": int(n), "field": key, "value": str(v)}
                            for n, v in zip(rows["source_row"], rows[key], strict=True)
                        ],
                        "row_values": [{} for _ in range(len(rows))],
                    }
                )
            )
        kept.append(part.rows.loc[~repeated])
        seen |= set(part.rows[key])
    first = parts[0]
    about = first.about | {
        "file_name": ", ".join(str(p.about["file_name"]) for p in parts)[:500],
        "file_sha256": None,
        "file_bytes": sum(int(p.about.get("file_bytes") or 0) for p in parts),
        "evidence": {str(p.about["file_name"]): p.about.get("evidence") for p in parts},
    }
    return replace(
        first,
        rows=pd.concat(kept, ignore_index=True),
        rejected=pd.concat(turned_away, ignore_index=True),
        read=sum(p.read for p in parts),
        repaired=sum(p.repaired for p in parts),
        about=about,
    )
