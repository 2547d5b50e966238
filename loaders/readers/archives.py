"""Unpacking archives that may be hostile: nothing leaves its folder, and no more comes out than was allowed.

Python before 3.11.8 accepts entries that share bytes (CVE-2024-0450), so overlaps are looked for here.
"""

import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from loaders.errors import RefusedFile, UnreadableFile
from loaders.readers.limits import MB, Limits

_LOCAL_HEADER = struct.Struct("<4s22xHH")
_CHUNK = 1024 * 1024
#: Deflate can't shrink real tables more than some sixty times; a thousand times is what bombs reach.
_BOMB_RATIO = 300
_BOMB_BYTES = 50 * MB


@dataclass(frozen=True)
class Member:
    """One file of an archive under the name a person would read."""

    name: str
    info: zipfile.ZipInfo

    @property
    def stem(self) -> str:
        """The path without its extension: the parts of a shapefile share it."""
        return self.name[: -len(self.suffix)] if self.suffix else self.name

    @property
    def suffix(self) -> str:
        """The extension as written."""
        return PurePosixPath(self.name).suffix


def members(archive: zipfile.ZipFile, file: str, limits: Limits) -> list[Member]:
    """The files of an archive, checked: no climbing or absolute names, links, passwords, overlaps, repeats, bombs."""
    infos = archive.infolist()
    if len(infos) > limits.zip_entries:
        raise RefusedFile("reader.zip_entries", file=file, count=len(infos), most=limits.zip_entries)
    found = []
    for info in infos:
        name = _readable_name(info)
        _check_name(name, file)
        mode = info.external_attr >> 16
        if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise RefusedFile("reader.zip_link", file=file, entry=name)
        if info.flag_bits & 0x1:
            raise UnreadableFile("reader.password", file=file)
        if not info.is_dir() and not name.endswith("/"):
            found.append(Member(name, info))
    if len({m.name.lower() for m in found}) != len(found):
        raise RefusedFile("reader.zip_repeats", file=file)
    total = sum(m.info.file_size for m in found)
    if total > limits.unpacked_mb * MB:
        raise RefusedFile("reader.zip_bomb", file=file, size_mb=total // MB, most_mb=limits.unpacked_mb)
    for member in found:
        info = member.info
        if info.file_size > _BOMB_BYTES and info.file_size > _BOMB_RATIO * max(1, info.compress_size):
            raise RefusedFile(
                "reader.zip_bomb", file=file, size_mb=info.file_size // MB, most_mb=limits.unpacked_mb
            )
    _check_overlaps(archive, infos, file)
    return [m for m in found if not m.name.startswith("__MACOSX/")]


def unpack(archive: zipfile.ZipFile, member: Member, target: Path, file: str, most_bytes: int) -> int:
    """Write one member to a path of our choosing, counting what really comes out; the number of bytes."""
    written = 0
    try:
        with archive.open(member.info) as source, target.open("xb") as sink:
            while chunk := source.read(_CHUNK):
                written += len(chunk)
                if written > most_bytes:
                    raise RefusedFile(
                        "reader.zip_bomb", file=file, size_mb=written // MB, most_mb=most_bytes // MB
                    )
                sink.write(chunk)
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, ValueError, zlib.error) as fault:
        raise UnreadableFile("reader.damaged", file=file, format="ZIP", detail=str(fault)) from fault
    return written


def _readable_name(info: zipfile.ZipInfo) -> str:
    """The entry's name; without the UTF-8 mark it is UTF-8 or GB18030 bytes that zipfile took for cp437."""
    if info.flag_bits & 0x800:
        return info.orig_filename.replace("\\", "/")
    raw = info.orig_filename.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding).replace("\\", "/")
        except UnicodeDecodeError:
            continue
    return info.orig_filename.replace("\\", "/")


def _check_name(name: str, file: str) -> None:
    parts = PurePosixPath(name).parts
    if name.startswith("/") or PureWindowsPath(name).drive or ".." in parts or "\x00" in name:
        raise RefusedFile("reader.zip_climbs", file=file, entry=name)


def _check_overlaps(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo], file: str) -> None:
    source = archive.fp
    if source is None:
        return
    end_of_last = 0
    for info in sorted(infos, key=lambda i: i.header_offset):
        if info.header_offset < end_of_last:
            raise RefusedFile("reader.zip_overlap", file=file, entry=_readable_name(info))
        end_of_last = _end_of_data(source, info, file)
    if end_of_last > archive.start_dir:
        raise RefusedFile("reader.zip_overlap", file=file, entry="")


def _end_of_data(source: IO[bytes], info: zipfile.ZipInfo, file: str) -> int:
    source.seek(info.header_offset)
    header = source.read(_LOCAL_HEADER.size)
    if len(header) < _LOCAL_HEADER.size:
        raise UnreadableFile("reader.truncated", file=file, format="ZIP")
    mark, name_length, extra_length = _LOCAL_HEADER.unpack(header)
    if mark != b"PK\x03\x04":
        raise UnreadableFile("reader.damaged", file=file, format="ZIP", detail=_readable_name(info))
    return info.header_offset + _LOCAL_HEADER.size + name_length + extra_length + info.compress_size
