"""Building outlines from OpenStreetMap extracts (PBF), by osmium."""

from pathlib import Path
from typing import Any, Final

import osmium
import pyarrow as pa

from loaders.errors import RefusedFile, UnreadableFile
from loaders.findings import Finding, finding
from loaders.readers.limits import Limits
from loaders.readers.parts import Parts

#: Tags that become columns; `building` decides what is read at all.
TAGS: Final = (
    *("building", "name", "name:zh", "name:en", "building:levels", "height", "start_date"),
    *("building:flats", "addr:street", "addr:housenumber", "amenity", "operator"),
)


def read_osm_buildings(path: Path, *, file: str, limits: Limits, max_rows: int | None) -> Parts:
    """One row for each closed way or multipolygon with a `building` tag; coordinates are WGS 84 by definition."""
    factory = osmium.geom.WKBFactory()
    ids: list[str] = []
    columns: dict[str, list[Any]] = {tag: [] for tag in TAGS}
    shapes: list[bytes | None] = []
    broken: list[int] = []
    try:
        areas = osmium.FileProcessor(str(path)).with_areas(osmium.filter.KeyFilter("building"))
        for area in areas.with_filter(osmium.filter.EntityFilter(osmium.osm.AREA)):
            tags = area.tags
            if not isinstance(area, osmium.osm.Area) or "building" not in tags or tags["building"] == "no":
                continue
            if len(ids) == max_rows:
                break
            if len(ids) >= limits.rows:
                raise RefusedFile("reader.too_many_rows", file=file, rows=len(ids) + 1, most=limits.rows)
            ids.append(f"{'way' if area.from_way() else 'relation'}/{area.orig_id()}")
            for tag, values in columns.items():
                values.append(tags.get(tag))
            try:
                shapes.append(bytes.fromhex(factory.create_multipolygon(area)))
            except (RuntimeError, osmium.InvalidLocationError):
                shapes.append(None)
                broken.append(len(ids))
    except (RuntimeError, ValueError, osmium.InvalidLocationError) as fault:
        raise UnreadableFile(
            "reader.damaged", file=file, format="OSM PBF", detail=str(fault)[:200]
        ) from fault
    notes: list[Finding] = []
    if broken:
        notes.append(finding("reader.osm_broken_areas", "warning", rows=broken))
    return Parts(
        names=["osm_id", *TAGS],
        columns=[pa.chunked_array([pa.array(values, pa.string())]) for values in (ids, *columns.values())],
        count=len(ids),
        driver="OSM PBF",
        shapes=pa.chunked_array([pa.array(shapes, pa.binary())]),
        row_number=pa.array(range(1, len(ids) + 1), pa.int64()),
        crs="EPSG:4326",
        encoding="utf-8",
        notes=notes,
    )
