"""Uploaded files on disk: a private folder for each session, own names, and never the name that was given."""

import secrets
import shutil
import time
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from loaders.errors import RefusedFile
from loaders.settings import settings

#: Endings that are read, longest first; the content is checked by the readers, whatever the name says.
ENDINGS = (
    ".geoparquet",
    ".osm.pbf",
    ".geojson",
    ".parquet",
    ".gpkg",
    ".json",
    ".xlsx",
    ".xlsm",
    ".zip",
    ".csv",
    ".tsv",
    ".txt",
    ".kml",
    ".kmz",
    ".fgb",
    ".pbf",
    ".xls",
    ".ods",
    ".shp",
)
#: Files that lie beside a .shp and are nothing without it.
SHAPE_PARTS = (".shx", ".dbf", ".prj", ".cpg")
MOST_FILES = 12
MOST_NAME = 100
KEEP_HOURS = 24
MB = 1024 * 1024


def uploads_root() -> Path:
    """Where uploads are kept: `uploads` in the folder for the program's own data."""
    return settings().var_dir / "uploads"


def new_folder(root: Path | None = None) -> Path:
    """A new folder for one session that no other user of the machine can look into; old ones are swept away."""
    place = root or uploads_root()
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0o700)
    sweep(place)
    folder = place / secrets.token_hex(12)
    folder.mkdir(mode=0o700)
    return folder


def sweep(root: Path, *, hours: float = KEEP_HOURS) -> None:
    """Remove folders that nobody has touched for so many hours: sessions end without saying so."""
    oldest = time.time() - hours * 3600
    for folder in root.iterdir():
        try:
            if folder.is_dir() and folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # another session's sweep was faster


def shown_name(name: str) -> str:
    """A given name as text for people: the last part of any path, without control and formatting characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip()
    if len(plain) > MOST_NAME:
        ending = ending_of(plain) or ""
        plain = plain[: MOST_NAME - len(ending) - 1] + "…" + ending
    return plain if plain.strip(". ") else "_"


def ending_of(name: str) -> str | None:
    """The ending of a name in lower case, if it is one that is read."""
    low = name.lower()
    return next((ending for ending in ENDINGS if low.endswith(ending)), None)


def grouped(names: Sequence[str]) -> list[list[int]]:
    """Which uploads belong together, as positions: a .shp with its parts of the same name, all others alone.

    The first position of each group is the file to be read.
    """
    stems = {i: (Path(shown_name(n)).stem, Path(shown_name(n)).suffix.lower()) for i, n in enumerate(names)}
    heads = {stem: i for i, (stem, ending) in stems.items() if ending == ".shp"}
    groups: dict[int, list[int]] = {}
    for i, (stem, ending) in stems.items():
        head = heads.get(stem, i) if ending in SHAPE_PARTS else i
        groups.setdefault(head, [head])
        if i != head:
            groups[head].append(i)
    return list(groups.values())


def keep(folder: Path, number: int, uploads: Sequence[tuple[str, bytes]]) -> Path:
    """Write one upload (a .shp with its parts) under names of our own and return the file to be read.

    Raises RefusedFile for an ending that is not read or a size above the limit; then nothing is left behind.
    """
    most = settings().max_upload_mb
    files: list[tuple[Path, bytes]] = []
    for name, data in uploads:
        shown = shown_name(name)
        part = Path(shown).suffix.lower()
        ending = part if files and part in SHAPE_PARTS else ending_of(shown)
        if ending is None:
            raise RefusedFile("reader.unsupported", file=shown, found=part[:20] or "—")
        if len(data) > most * MB:
            raise RefusedFile("reader.file_too_large", file=shown, size_mb=len(data) // MB, most_mb=most)
        files.append((folder / f"{number}{ending}", data))
    for file, data in files:
        with file.open("xb") as target:
            target.write(data)
        file.chmod(0o600)
    return files[0][0]


def remove(folder: Path) -> None:
    """Remove a session's folder with all in it."""
    shutil.rmtree(folder, ignore_errors=True)
