"""What a file is, by its content. Its name only counts as what it claims to be.

GDAL recognises by content too, which is how a virtual format under an innocent name reads other files; so only
contents from this list ever reach a reader, and nothing that is not on it.
"""

import re
import zipfile
from pathlib import Path
from typing import Final

from loaders.errors import RefusedFile, UnreadableFile

HEAD_BYTES: Final = 65_536

#: Contents that a format named in a catalogue, or an extension, may have.
CONTENTS: Final[dict[str, frozenset[str]]] = {
    "gpkg": frozenset({"gpkg", "zip"}),
    "shp": frozenset({"shp", "zip"}),
    "geojson": frozenset({"geojson", "zip"}),
    "fgb": frozenset({"fgb", "zip"}),
    "parquet": frozenset({"parquet"}),
    "kml": frozenset({"kml", "kmz"}),
    "osm_pbf": frozenset({"osm_pbf"}),
    "csv": frozenset({"csv", "zip"}),
    "xlsx": frozenset({"xlsx", "xls"}),
    "json_records": frozenset({"json_records", "geojson", "zip"}),
}
_JSON = frozenset({"geojson", "json_records"})
_BY_EXTENSION: Final[dict[str, frozenset[str]]] = {
    ".gpkg": frozenset({"gpkg"}),
    ".shp": frozenset({"shp"}),
    ".zip": frozenset({"zip", "kmz"}),
    ".shz": frozenset({"zip"}),
    ".geojson": _JSON,
    ".json": _JSON,
    ".fgb": frozenset({"fgb"}),
    ".parquet": frozenset({"parquet"}),
    ".geoparquet": frozenset({"parquet"}),
    ".kml": frozenset({"kml"}),
    ".kmz": frozenset({"kmz"}),
    ".pbf": frozenset({"osm_pbf"}),
    ".csv": frozenset({"csv"}),
    ".tsv": frozenset({"csv"}),
    ".txt": frozenset({"csv"}),
    **dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".et"), frozenset({"xlsx", "xls"})),
}
EXTENSIONS: Final = frozenset(_BY_EXTENSION)
#: How contents are called in messages; the same in every language.
NAMES: Final[dict[str, str]] = {
    "gpkg": "GeoPackage",
    "shp": "Shapefile",
    "geojson": "GeoJSON",
    "fgb": "FlatGeobuf",
    "parquet": "Parquet",
    "kml": "KML",
    "kmz": "KMZ",
    "osm_pbf": "OSM PBF",
    "csv": "CSV",
    "xlsx": "Excel",
    "xls": "Excel",
    "json_records": "JSON",
    "zip": "ZIP",
}

_ROOT = re.compile(rb"<([A-Za-z_][\w.\-]*:)?([A-Za-z_][\w.\-]*)")
_GEOJSON = re.compile(
    rb'"type"\s*:\s*"(FeatureCollection|Feature|GeometryCollection|(Multi)?(Point|LineString|Polygon))"'
)
_FOREIGN_JSON = re.compile(rb'"type"\s*:\s*"(Topology|gdal_streamed_alg|gdal_virtual_raster)"')
_OTHER_BINARY = {
    b"%PDF": "PDF",
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7z",
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG": "PNG",
    b"\x1f\x8b": "gzip",
    b"AC10": "DWG",
    b"PMTi": "PMTiles",
}


def content_of(path: Path, name: str) -> str:
    """The kind of content, one of ``NAMES``. Raises UnreadableFile or RefusedFile where it is none of them."""
    size = path.stat().st_size
    if size == 0:
        raise UnreadableFile("reader.empty", file=name)
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        file.seek(max(0, size - 8))
        tail = file.read(8)
    return _binary(path, name, head, tail) or _text(name, head)


def check_claim(content: str, name: str, extension: str, wanted: str) -> None:
    """The content must be what the catalogue's format says, or without one, what the name says."""
    if wanted != "auto":
        allowed, claimed = CONTENTS[wanted], NAMES[wanted]
    else:
        allowed = _BY_EXTENSION.get(extension.lower(), frozenset())
        claimed = extension.lower()
    if allowed and content not in allowed:
        raise UnreadableFile("reader.wrong_content", file=name, claimed=claimed, found=NAMES[content])


def _binary(path: Path, name: str, head: bytes, tail: bytes) -> str | None:
    if head.startswith(b"SQLite format 3\x00"):
        return "gpkg"
    if head.startswith(b"fgb\x03"):
        return "fgb"
    if head.startswith(b"\x00\x00\x27\x0a"):
        return "shp"
    if head.startswith(b"PAR1"):
        if tail[4:] != b"PAR1":
            raise UnreadableFile("reader.truncated", file=name, format="Parquet")
        return "parquet"
    if head[4:15] == b"\x0a\x09OSMHeader":
        return "osm_pbf"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        if "EncryptedPackage".encode("utf-16-le") in path.read_bytes():
            raise UnreadableFile("reader.password", file=name)
        return "xls"
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"):
        return _zip(path, name)
    for mark, kind in _OTHER_BINARY.items():
        if head.startswith(mark):
            raise UnreadableFile("reader.unsupported", file=name, found=kind)
    return None


def _zip(path: Path, name: str) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as fault:
        raise UnreadableFile("reader.damaged", file=name, format="ZIP", detail=str(fault)) from fault
    if "[Content_Types].xml" in names and any(n.startswith("xl/") for n in names):
        return "xlsx"
    if "content.xml" in names and "mimetype" in names:
        return "xlsx"
    endings = {Path(n).suffix.lower() for n in names}
    return "kmz" if ".kml" in endings and ".shp" not in endings else "zip"


def _text(name: str, head: bytes) -> str:
    is_wide = head[:2] in (b"\xff\xfe", b"\xfe\xff")
    if b"\x00" in head and not is_wide:
        raise UnreadableFile("reader.unsupported", file=name, found="?")
    text = head.decode("utf-16", "ignore").encode() if is_wide else head
    text = text.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] == b"<":
        return _markup(name, text)
    if text[:1] == b"{" or re.match(rb"\[\s*[\[{\]]", text):
        if _FOREIGN_JSON.search(text[:4096]):
            raise RefusedFile("reader.disguised", file=name, found="JSON")
        return "geojson" if text[:1] == b"{" and _GEOJSON.search(text) else "json_records"
    if not text:
        raise UnreadableFile("reader.empty", file=name)
    return "csv"


def _markup(name: str, text: bytes) -> str:
    bare = re.sub(rb"<!--.*?-->", b"", text, flags=re.DOTALL)
    bare = re.sub(rb"<[?!][^>]*>", b"", bare)
    root = _ROOT.search(bare)
    tag = root.group(2).decode("ascii", "replace") if root else "?"
    if tag.lower() == "kml":
        return "kml"
    if tag.startswith(("OGR", "VRT", "GDAL")):
        # A virtual format: it holds no rows of its own but names other files or addresses to read them from.
        raise RefusedFile("reader.disguised", file=name, found=tag)
    kind = "HTML" if tag.lower() in ("html", "table", "head", "body") else f"XML <{tag[:40]}>"
    raise UnreadableFile("reader.unsupported", file=name, found=kind)
