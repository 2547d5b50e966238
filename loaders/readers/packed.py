"""The table in a zip archive: a shapefile with its parts, or one file of another format."""

import zipfile
from pathlib import Path, PurePosixPath
from typing import Final

from loaders.errors import RefusedFile
from loaders.findings import Finding, finding
from loaders.readers.archives import Member, members, unpack
from loaders.readers.limits import MB, Limits

_SHAPEFILE: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_SINGLE: Final[dict[str, str]] = {
    ".gpkg": "gpkg",
    ".geojson": "geojson",
    ".json": "json_records",
    ".fgb": "fgb",
    ".csv": "csv",
    ".xlsx": "xlsx",
    ".kml": "kml",
    ".parquet": "parquet",
}


def unpack_table(
    path: Path, file: str, work: Path, wanted: str, layer: str | None, limits: Limits
) -> tuple[Path, str | None, list[Finding]]:
    """Unpack one table under a name of our choosing: its path, the layer still to choose in it, and what was noticed.

    ``layer`` may name one of several files in the archive. Raises RefusedFile where the archive holds no table.
    """
    folder = work / "unpacked"
    folder.mkdir(mode=0o700)
    with zipfile.ZipFile(path) as archive:
        found = members(archive, file, limits)
        choices = _choices(found, wanted)
        if not choices:
            shown = [m.name for m in found[:10]]
            raise RefusedFile("reader.zip_no_table", file=file, entries=shown)
        chosen = next((m for m in choices if layer in (m.name, PurePosixPath(m.stem).name)), None)
        layer = None if chosen is not None else layer
        notes: list[Finding] = []
        if chosen is None:
            chosen = choices[0]
            if len(choices) > 1:
                if layer is not None:
                    raise RefusedFile(
                        "reader.no_such_layer", file=file, layer=layer, layers=[c.name for c in choices]
                    )
                names = [c.name for c in choices]
                notes.append(finding("reader.several_layers", "warning", layers=names, layer=chosen.name))
        target = folder / f"table{chosen.suffix.lower()}"
        left = limits.unpacked_mb * MB
        for part in _with_parts(found, chosen):
            left -= unpack(archive, part, folder / f"table{part.suffix.lower()}", file, left)
    return target, layer, notes


def _choices(found: list[Member], wanted: str) -> list[Member]:
    by_suffix = {s: [m for m in found if m.suffix.lower() == s] for s in (".shp", *_SINGLE)}
    if wanted == "shp" or (wanted == "auto" and by_suffix[".shp"]):
        return by_suffix[".shp"]
    kinds = {"geojson", "json_records"} if wanted in ("geojson", "json_records") else {wanted}
    return [m for s, kind in _SINGLE.items() if wanted == "auto" or kind in kinds for m in by_suffix[s]]


def _with_parts(found: list[Member], chosen: Member) -> list[Member]:
    if chosen.suffix.lower() != ".shp":
        return [chosen]
    stem = chosen.stem.lower()
    parts: dict[str, Member] = {}
    for member in found:
        if member.stem.lower() == stem and member.suffix.lower() in _SHAPEFILE:
            parts.setdefault(member.suffix.lower(), member)
    # "name.shp.cpg" is met as well, but GDAL and ArcGIS both read "name.cpg": only that counts.
    return list(parts.values())
