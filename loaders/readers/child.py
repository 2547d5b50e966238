"""The process that opens a foreign file. It holds itself to its limits, reads, hands over Arrow and JSON, and ends.

Started by ``process.py`` as ``python -m loaders.readers.child FOLDER``; the folder holds ``job.json`` and takes the
answer. Nothing is pickled in either direction.
"""

import hashlib
import json
import sys
import zipfile
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

from loaders.errors import AtlasError, RefusedFile
from loaders.findings import Finding
from loaders.readers.limits import MB, Limits, die_with_parent, hold

_COMPANIONS = (".dbf", ".shx", ".prj", ".cpg")


class _LeftOut(MetaPathFinder):
    """pyogrio takes these along where it finds them; reading into Arrow needs neither, and they cost half a second."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> None:
        """Say that the module is not there; leave every other to the finders that follow."""
        if fullname in ("pandas", "geopandas"):
            raise ModuleNotFoundError(fullname, name=fullname)


def main(folder: Path) -> int:
    """Read what the job asks for; the answer always says what happened."""
    job = json.loads((folder / "job.json").read_text("utf-8"))
    limits = Limits(**job.pop("limits"))
    die_with_parent()
    hold(limits)
    from loaders.readers.parts import write_answer

    path, file = Path(job["path"]), job["file"]
    try:
        _read(folder, path, file, job, limits)
    except AtlasError as fault:
        params = {"file": file} | fault.params
        write_answer(
            folder, {"ok": False, "kind": type(fault).__name__, "code": fault.code, "params": params}
        )
    except MemoryError:
        params = {"file": file, "most_mb": limits.memory_mb}
        write_answer(
            folder,
            {"ok": False, "kind": "ReadingStopped", "code": "reader.too_much_memory", "params": params},
        )
    except Exception as fault:  # a foreign file may trip a library anywhere
        params = {"file": file, "format": path.suffix, "detail": f"{type(fault).__name__}: {fault}"[:200]}
        write_answer(
            folder, {"ok": False, "kind": "UnreadableFile", "code": "reader.damaged", "params": params}
        )
    return 0


def _read(folder: Path, path: Path, file: str, job: dict[str, Any], limits: Limits) -> None:
    from loaders.readers import sniff
    from loaders.readers.parts import write_parts

    size = path.stat().st_size
    if size > limits.file_mb * MB:
        raise RefusedFile("reader.file_too_large", size_mb=size // MB, most_mb=limits.file_mb)
    content = sniff.content_of(path, file)
    sniff.check_claim(content, file, Path(file).suffix, job["format"])
    work = folder / "work"
    work.mkdir(mode=0o700)
    source, layer = path, job["layer"]
    notes: list[Finding] = []
    if content == "zip":
        from loaders.readers.packed import unpack_table

        source, layer, notes = unpack_table(path, file, work, job["format"], layer, limits)
        content = sniff.content_of(source, file)
        sniff.check_claim(content, source.name, source.suffix, job["format"])
        if content == "zip":
            raise RefusedFile("reader.zip_in_zip", file=file)
    parts = _parts(source, content, work, file, job | {"layer": layer}, limits)
    parts.notes = [*notes, *parts.notes]
    about = {"sha256": _sha256(path, content), "size": size}
    write_parts(parts, folder, limits, about)


def _parts(path: Path, content: str, work: Path, file: str, job: dict[str, Any], limits: Limits) -> Any:
    """The reader of each kind of content, imported only when it is needed."""
    if job.get("grid"):
        from loaders.readers.grid import grid_parts

        return grid_parts(path, file=file, limits=limits)
    max_rows = job["max_rows"]
    if content == "csv":
        from loaders.readers.delimited import read_delimited

        return read_delimited(
            path,
            file=file,
            encoding=job["encoding"],
            header_rows=job["header_rows"],
            limits=limits,
            max_rows=max_rows,
        )
    if content in ("xlsx", "xls"):
        from loaders.readers.workbook import read_workbook

        return read_workbook(
            path,
            file=file,
            layer=job["layer"],
            header_rows=job["header_rows"],
            limits=limits,
            max_rows=max_rows,
        )
    if content == "json_records" or job["format"] == "json_records":
        from loaders.readers.records import read_records

        return read_records(
            path,
            file=file,
            encoding=job["encoding"],
            records=job["records"],
            coordinates=job["coordinates"],
            limits=limits,
            max_rows=max_rows,
        )
    if content == "parquet":
        from loaders.readers.parquet import read_parquet

        return read_parquet(path, file=file, limits=limits, max_rows=max_rows)
    if content == "osm_pbf":
        from loaders.readers.osm import read_osm_buildings

        return read_osm_buildings(path, file=file, limits=limits, max_rows=max_rows)
    sys.meta_path.insert(0, _LeftOut())
    from loaders.readers.vector import read_vector

    return read_vector(
        path,
        file=file,
        content=content,
        work=work,
        layer=job["layer"],
        encoding=job["encoding"],
        limits=limits,
        max_rows=max_rows,
    )


def _sha256(path: Path, content: str) -> str:
    """The digest of the file; of a shapefile, of all its parts one after another."""
    parts = [path]
    if content == "shp" and not zipfile.is_zipfile(path):
        parts += [
            p for s in _COMPANIONS for p in (path.with_suffix(s), path.with_suffix(s.upper())) if p.is_file()
        ]
    digest = hashlib.sha256()
    for part in parts:
        with part.open("rb") as source:
            while chunk := source.read(MB):
                digest.update(chunk)
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
