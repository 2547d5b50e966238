"""GeoPackage, shapefile, GeoJSON, FlatGeobuf and KML by GDAL, each by its own driver and no other."""

import codecs
import re
import warnings
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import unescape

import pyarrow as pa
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from loaders.errors import RefusedFile, UnreadableFile
from loaders.findings import Finding, finding
from loaders.readers.archives import members, unpack
from loaders.readers.dbf import attribute_encoding
from loaders.readers.drivers import DRIVERS
from loaders.readers.encodings import decoded
from loaders.readers.geopackage import check_geopackage
from loaders.readers.limits import MB, Limits
from loaders.readers.parts import Parts, plain_column
from loaders.readers.sniff import NAMES

_SIDECARS: Final = (".shx", ".dbf", ".prj", ".cpg")
_OWN_STEM: Final = "input"
_EDGE_BYTES: Final = 262_144
_CRS_MEMBER = re.compile(rb'"crs"\s*:\s*\{')
_XML_ENCODING = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([\w\-]+)[\"'][^>]*\?>")
_KML_DATA = re.compile(r"(<(?:\w+:)?Data\b[^>]*?\bname\s*=\s*)([\"'])([^\"'<>]*)\2")
#: Columns that the KML driver adds to every file.
_KML_COLUMNS: Final = frozenset(
    {
        *("timestamp", "begin", "end", "altitudeMode", "tessellate", "extrude", "visibility", "drawOrder"),
        *("icon", "snippet"),
    }
)


@dataclass
class _Source:
    """A file at a place of our choosing, ready for GDAL."""

    path: Path
    encoding: str | None
    notes: list[Finding]
    has_crs: bool = True
    names: dict[str, str] = field(default_factory=dict)


def read_vector(
    path: Path,
    *,
    file: str,
    content: str,
    work: Path,
    layer: str | None,
    encoding: str,
    limits: Limits,
    max_rows: int | None,
) -> Parts:
    """One layer of a vector file: attributes, WKB in the file's own coordinates, and the declared CRS."""
    skipped = set(pyogrio.list_drivers()) - DRIVERS
    if skipped:  # OGR_SKIP did not reach GDAL: better no file than any file
        raise RefusedFile("reader.drivers_open", drivers=sorted(skipped)[:5])
    source = _PREPARE[content](path, work, file, encoding, limits)
    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            parts = _read(source, content, file, layer, limits, max_rows)
    except (DataSourceError, DataLayerError, pa.ArrowInvalid, RuntimeError, UnicodeDecodeError) as fault:
        detail = str(fault).replace(str(source.path), file).replace(str(work), "")[:200]
        raise UnreadableFile("reader.damaged", file=file, format=NAMES[content], detail=detail) from fault
    details = list(dict.fromkeys(str(w.message)[:200] for w in told if w.category is RuntimeWarning))
    parts.notes += [finding("reader.driver_warning", "warning", detail=d) for d in details[:3]]
    return parts


def _read(
    source: _Source, content: str, file: str, layer: str | None, limits: Limits, max_rows: int | None
) -> Parts:
    names = [str(name) for name, _ in pyogrio.list_layers(source.path)]
    notes = list(source.notes)
    if not names:
        raise UnreadableFile("reader.empty", file=file)
    chosen = _chosen_layer(source, names, layer, file, content, notes)
    asked = source.encoding if content == "shp" else None  # the other formats are UTF-8, or were made so
    about = pyogrio.read_info(source.path, layer=chosen, encoding=asked)
    if len(about["fields"]) > limits.columns:
        raise RefusedFile(
            "reader.too_many_columns", file=file, columns=len(about["fields"]), most=limits.columns
        )
    if about["features"] > limits.rows and max_rows is None:
        raise RefusedFile("reader.too_many_rows", file=file, rows=int(about["features"]), most=limits.rows)
    meta, table = pyogrio.read_arrow(source.path, layer=chosen, encoding=asked, max_features=max_rows)
    shape_name = meta["geometry_name"] or "wkb_geometry"
    shapes = None
    if meta["geometry_type"] is not None and shape_name in table.column_names:
        place = len(table.column_names) - 1 - table.column_names[::-1].index(shape_name)
        shapes = _storage(table.column(place)).cast(pa.binary())
        table = table.remove_column(place)
    titles, columns = [], []
    for title, column in zip(table.column_names, table.columns, strict=True):
        if content in ("kml", "kmz") and title in _KML_COLUMNS:
            continue
        plain = plain_column(column)
        if plain is None:
            notes.append(finding("reader.binary_column", "warning", column=title))
            continue
        titles.append(source.names.get(title, title))
        columns.append(plain)
    return Parts(
        names=titles,
        columns=columns,
        count=table.num_rows,
        driver=NAMES[content],
        shapes=shapes,
        row_number=pa.array(range(1, table.num_rows + 1), pa.int64()),
        crs=_declared_crs(meta["crs"]) if source.has_crs else None,
        encoding=source.encoding or "utf-8",
        layer=None if chosen == _OWN_STEM else chosen,
        layers=[n for n in names if n != _OWN_STEM],
        notes=notes,
    )


def _storage(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if isinstance(column.type, pa.BaseExtensionType):
        return pa.chunked_array([c.storage for c in column.chunks], column.type.storage_type)
    return column


def _declared_crs(crs: str | None) -> str | None:
    return None if not crs or "ndefined" in crs else str(crs)


def _chosen_layer(
    source: _Source, names: list[str], layer: str | None, file: str, content: str, notes: list[Finding]
) -> str:
    if content == "shp":
        return names[0]
    if layer is not None:
        if layer not in names:
            raise RefusedFile("reader.no_such_layer", file=file, layer=layer, layers=names)
        return layer
    if len(names) == 1:
        return names[0]
    with_shapes = [str(n) for n, kind in pyogrio.list_layers(source.path) if kind is not None] or names
    chosen = next(
        (n for n in with_shapes if pyogrio.read_info(source.path, layer=n)["features"] > 0), with_shapes[0]
    )
    notes.append(finding("reader.several_layers", "warning", layers=names, layer=chosen))
    return chosen


# --- one preparation for each format -------------------------------------------------------------------
def _linked(path: Path, work: Path, name: str) -> Path:
    """The file under a name of our own: GDAL's meanings of `!`, `zip:` and its search for companions stay out."""
    link = work / name
    link.symlink_to(path.resolve())
    return link


def _prepare_plain(path: Path, work: Path, file: str, encoding: str, limits: Limits) -> _Source:
    return _Source(_linked(path, work, "input.fgb"), None, [])


def _prepare_geopackage(path: Path, work: Path, file: str, encoding: str, limits: Limits) -> _Source:
    check_geopackage(path, file)
    return _Source(_linked(path, work, "input.gpkg"), None, [])


def _prepare_shapefile(path: Path, work: Path, file: str, encoding: str, limits: Limits) -> _Source:
    beside = {
        p.suffix.lower(): p
        for p in path.parent.iterdir()
        if p.stem == path.stem and p.suffix.lower() in _SIDECARS
    }
    notes: list[Finding] = []
    if ".shx" not in beside:
        raise UnreadableFile("reader.shapefile_part", file=file, part=".shx")
    if ".dbf" not in beside:
        notes.append(finding("reader.no_dbf", "warning"))
    target = _linked(path, work, "input.shp")
    for suffix, part in beside.items():
        if suffix != ".cpg":
            _linked(part, work, f"input{suffix}")
    found, more = attribute_encoding(beside.get(".dbf"), beside.get(".cpg"), encoding, file)
    return _Source(target, found, notes + more)


def _prepare_geojson(path: Path, work: Path, file: str, encoding: str, limits: Limits) -> _Source:
    size = path.stat().st_size
    with path.open("rb") as source:
        edge = source.read(_EDGE_BYTES)
        source.seek(max(0, size - _EDGE_BYTES))
        # A GeoJSON without the member is WGS 84 by its standard, but files are met in every datum: nothing is declared.
        has_crs = bool(_CRS_MEMBER.search(edge) or _CRS_MEMBER.search(source.read()))
    if encoding == "auto" and _is_utf8(path):
        return _Source(_linked(path, work, "input.geojson"), "utf-8", [], has_crs)
    text, found, lost = decoded(path.read_bytes(), file, encoding)
    target = work / "input.geojson"
    target.write_text(text, "utf-8")
    return _Source(target, "utf-8", [finding("reader.not_utf8", "warning", found=found), *lost], has_crs)


def _prepare_kml(path: Path, work: Path, file: str, encoding: str, limits: Limits) -> _Source:
    data = path.read_bytes()
    if re.search(rb"<!(DOCTYPE|ENTITY)", data):
        raise RefusedFile("reader.xml_entities", file=file)
    declared = _XML_ENCODING.search(data[:400])
    named = declared.group(1).decode("ascii") if declared else "utf-8"
    stated = encoding if encoding != "auto" else ("gb18030" if named.lower().startswith("gb") else "auto")
    text, found, lost = decoded(data, file, stated)
    text = re.sub(r"<\?xml.*?\?>", "", text, count=1, flags=re.DOTALL)
    names: dict[str, str] = {}

    def plain_name(match: re.Match[str]) -> str:
        # The driver turns every letter beyond ASCII in such a name into _, and columns with it into one.
        stand_in = f"atlas_field_{len(names)}"
        own = names.setdefault(unescape(match.group(3)), stand_in)
        return f"{match.group(1)}{match.group(2)}{own}{match.group(2)}"

    text = _KML_DATA.sub(plain_name, text)
    target = work / "input.kml"
    target.write_text(f'<?xml version="1.0" encoding="UTF-8"?>{text}', "utf-8")
    notes = [] if found == "utf-8" else [finding("reader.not_utf8", found=found)]
    return _Source(target, found, notes + lost, False, {own: name for name, own in names.items()})


def _prepare_kmz(path: Path, work: Path, file: str, encoding: str, limits: Limits) -> _Source:
    with zipfile.ZipFile(path) as archive:
        found = [m for m in members(archive, file, limits) if m.suffix.lower() == ".kml"]
        main = next((m for m in found if m.name.lower() == "doc.kml"), found[0])
        unpacked = work / "packed.kml"
        unpack(archive, main, unpacked, file, limits.unpacked_mb * MB)
    return _prepare_kml(unpacked, work, file, encoding, limits)


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as source:
        try:
            while chunk := source.read(4 * MB):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


_PREPARE: Final[dict[str, Any]] = {
    "gpkg": _prepare_geopackage,
    "shp": _prepare_shapefile,
    "geojson": _prepare_geojson,
    "fgb": _prepare_plain,
    "kml": _prepare_kml,
    "kmz": _prepare_kmz,
}
