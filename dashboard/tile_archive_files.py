"""The files of a tile archive: arrays that are mapped rather than read, and the list of those that belong together.

A file is named by its own content and never changed. The list (`manifest.json`) is written last, by renaming: a
build that is cut short leaves files that no list names, and the next one removes them.
"""

import hashlib
import json
import logging
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

_log = logging.getLogger(__name__)

#: Counted up when the files come to hold something else; an archive of another format is built anew.
FORMAT = 5
MANIFEST = "manifest.json"
_NAME = re.compile(r"[a-z_]{1,40}-[0-9a-f]{32}\.arrow")
#: Another process may still be writing a list that names it: a file that nobody names is kept for so long.
_KEEP_S = 600.0


@dataclass(frozen=True)
class FileRef:
    """A file of the archive: its name, its size and the digest of its content."""

    name: str
    bytes: int
    digest: str


@dataclass(frozen=True)
class PartFiles:
    """A part of a layer: its rows, what its shapes and attributes were made from, and the file of its shapes."""

    part: str
    rows: int
    geometry_key: str
    attributes_key: str
    geometry: FileRef


@dataclass(frozen=True)
class LayerFiles:
    """A layer: its parts, one file for each attribute, with the rows of all parts in their order, and its levels."""

    parts: tuple[PartFiles, ...]
    columns: Mapping[str, FileRef] = field(default_factory=dict)
    zooms: tuple[int, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """The files that show one revision of the store."""

    revision: str
    layers: Mapping[str, LayerFiles]

    def files(self) -> Iterable[FileRef]:
        """Every file that it names."""
        for layer in self.layers.values():
            yield from (part.geometry for part in layer.parts)
            yield from layer.columns.values()


def write_arrays(folder: Path, kind: str, arrays: Mapping[str, NDArray]) -> FileRef:
    """Arrays of any length and of one or two dimensions, in one file. OSError where it can't be written."""
    lists, names = [], []
    for name, array in arrays.items():
        flat = pa.array(np.ascontiguousarray(array).reshape(-1))
        lists.append(pa.LargeListArray.from_arrays(pa.array([0, len(flat)], pa.int64()), flat))
        width = array.shape[1] if array.ndim == 2 else 0
        names.append(f"{name}:{width}")
    return _write(folder, kind, pa.RecordBatch.from_arrays(lists, names=names))


def open_arrays(folder: Path, file: FileRef) -> dict[str, NDArray]:
    """The arrays of a file, mapped into memory and read-only. OSError or pa.ArrowInvalid for a broken file."""
    batch = _open(folder, file)
    arrays = {}
    for label, column in zip(batch.schema.names, batch.columns, strict=True):
        name, width = label.rsplit(":", 1)
        array = column.values.to_numpy(zero_copy_only=True)
        arrays[name] = array.reshape(-1, int(width)) if width != "0" else array
    return arrays


def write_column(folder: Path, kind: str, column: pa.Array) -> FileRef:
    """One attribute of a layer. OSError where it can't be written."""
    return _write(folder, kind, pa.RecordBatch.from_arrays([column], names=["value"]))


def open_column(folder: Path, file: FileRef) -> pa.Array:
    """The attribute, mapped into memory. OSError or pa.ArrowInvalid for a broken file."""
    return _open(folder, file).column(0)


class ColumnFiles(Mapping[str, pa.Array]):
    """The attributes of a layer by name, each mapped when it is first asked for."""

    def __init__(self, folder: Path, files: Mapping[str, FileRef]) -> None:
        self._folder = folder
        self._files = dict(files)
        self._opened: dict[str, pa.Array] = {}

    def __getitem__(self, name: str) -> pa.Array:
        """The attribute. KeyError without it; OSError or pa.ArrowInvalid for a broken file."""
        if name not in self._opened:
            self._opened[name] = open_column(self._folder, self._files[name])
        return self._opened[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def _open(folder: Path, file: FileRef) -> pa.RecordBatch:
    with pa.memory_map(str(folder / file.name)) as mapped:
        return pa.ipc.open_file(mapped).get_batch(0)


def _write(folder: Path, kind: str, batch: pa.RecordBatch) -> FileRef:
    part = folder / f".part-{secrets.token_hex(8)}"
    try:
        with pa.OSFile(str(part), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as writer:
            writer.write_batch(batch)
        digest = _digest(part)
        target = folder / f"{kind}-{digest}.arrow"
        size = part.stat().st_size
        ref = FileRef(target.name, size, digest)
        if is_whole(folder, ref):
            target.touch()  # in use again: nobody removes it before the list that names it is written
            return ref
        with part.open("rb+") as written:
            os.fsync(written.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return ref


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def is_whole(folder: Path, file: FileRef) -> bool:
    """Whether a file is there with the size and the content that its list says."""
    path = folder / file.name
    try:
        return path.stat().st_size == file.bytes and _digest(path) == file.digest
    except OSError:
        return False


class Checked:
    """Finds out whether files are whole, each once: again only after somebody has written it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._whole: set[tuple[FileRef, int]] = set()

    def __call__(self, file: FileRef) -> bool:
        """Whether the file is there with the size and the content that its list says."""
        try:
            key = (file, (self._folder / file.name).stat().st_mtime_ns)
        except OSError:
            return False
        if key not in self._whole and is_whole(self._folder, file):
            self._whole.add(key)
        return key in self._whole


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Make a list the present one, all at once. OSError where it can't be written."""
    part = folder / f".part-{secrets.token_hex(8)}"
    try:
        with part.open("w", encoding="utf-8") as out:
            json.dump({"format": FORMAT, **asdict(manifest)}, out)
            out.flush()
            os.fsync(out.fileno())
        part.replace(folder / MANIFEST)
    finally:
        part.unlink(missing_ok=True)
    if hasattr(os, "O_DIRECTORY"):  # the names themselves reach the disk too, where the system can do that
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read_manifest(folder: Path) -> Manifest | None:
    """The present list; None where there is none, or none that can be used."""
    try:
        held = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if held["format"] != FORMAT:
            return None
        return Manifest(str(held["revision"]), {n: _layer(v) for n, v in held["layers"].items()})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        _log.warning("the list of tile files in %s can't be used: the archive is built anew", folder)
        return None


def _layer(held: dict) -> LayerFiles:
    parts = tuple(
        PartFiles(
            str(p["part"]), int(p["rows"]), p["geometry_key"], p["attributes_key"], _file(p["geometry"])
        )
        for p in held["parts"]
    )
    columns = {str(n): _file(f) for n, f in held["columns"].items()}
    return LayerFiles(parts, columns, tuple(int(z) for z in held["zooms"]))


def _file(held: dict) -> FileRef:
    if not _NAME.fullmatch(held["name"]):  # a list that somebody altered must not lead out of the folder
        raise ValueError(f"not a file of the archive: {held['name']!r}")
    return FileRef(held["name"], int(held["bytes"]), str(held["digest"]))


def remove_unused(folder: Path, manifest: Manifest, keep_s: float = _KEEP_S) -> int:
    """Remove the files that the list does not name and that nobody has written lately; how many.

    Whoever has mapped one keeps it: the system frees it afterwards. Where that is not so, it is tried again later.
    """
    named = {file.name for file in manifest.files()}
    removed = 0
    for path in folder.iterdir():
        is_ours = bool(_NAME.fullmatch(path.name)) or path.name.startswith(".part-")
        if not is_ours or path.name in named:
            continue
        try:
            if time.time() - path.stat().st_mtime >= keep_s:
                path.unlink()
                removed += 1
        except OSError:
            continue
    return removed
