"""The encoding of a shapefile's attributes, found in the bytes of its .dbf."""

import codecs
import re
import struct
from pathlib import Path

from loaders.errors import UnreadableFile
from loaders.findings import Finding, finding
from loaders.readers.encodings import encoding_of, guessed, plain_name

_HEADER = struct.Struct("<4xIHH")
_SAMPLE_BYTES = 20_000_000
_WINDOWS = re.compile(r"^(?:cp|windows-|ansi |oem )?(\d{3,5})$", re.IGNORECASE)


def attribute_encoding(
    dbf: Path | None, cpg: Path | None, stated: str, file: str
) -> tuple[str, list[Finding]]:
    """The encoding to read with, and what was noticed: the stated one, or .cpg if it fits, or what the bytes say."""
    if stated != "auto":
        return stated, []
    texts = dbf_texts(dbf, file) if dbf is not None else b""
    declared = _declared(cpg)
    if declared is not None:
        if _fits_each(texts, declared):
            return declared, []
        found = _found(texts)
        return found, [finding("reader.cpg_wrong", "warning", declared=declared, found=found)]
    found = _found(texts)
    is_telling = any(b > 0x7F for b in texts)
    return found, [finding("reader.cpg_missing", found=found)] if is_telling else []


def dbf_texts(dbf: Path, file: str) -> bytes:
    """The names of the columns and the values of its text columns, one on each line."""
    with dbf.open("rb") as source:
        head = source.read(32)
        if len(head) < 32:
            raise UnreadableFile("reader.truncated", file=file, format="DBF")
        count, header_length, record_length = _HEADER.unpack(head[:12])
        described = source.read(max(0, header_length - 32))
        names, fields, offset = [], [], 1
        for start in range(0, len(described) - 31, 32):
            entry = described[start : start + 32]
            if entry[:1] == b"\r":
                break
            names.append(entry[:11].split(b"\x00")[0])
            if entry[11:12] == b"C":
                fields.append((offset, entry[16] + 256 * entry[17]))
            else:
                fields.append((offset, 0))
            offset += entry[16] if entry[11:12] != b"C" else entry[16] + 256 * entry[17]
        values = list(names)
        spans = [(at, width) for at, width in fields if width]
        most = min(count, _SAMPLE_BYTES // max(1, record_length))
        data = source.read(most * record_length) if spans and record_length else b""
    for start in range(0, len(data) - record_length + 1, max(1, record_length)):
        for at, width in spans:
            value = data[start + at : start + at + width].rstrip(b" \x00")
            if value and not value.isascii():
                values.append(value)
    return b"\n".join(values)


def _declared(cpg: Path | None) -> str | None:
    if cpg is None:
        return None
    text = cpg.read_bytes()[:100].decode("ascii", "ignore").strip().strip("\x00")
    windows = _WINDOWS.match(text)
    if windows:
        text = {"936": "gb18030", "65001": "utf-8", "54936": "gb18030"}.get(
            windows.group(1), f"cp{windows.group(1)}"
        )
    try:
        return plain_name(codecs.lookup(text).name)
    except LookupError:
        return None


def _found(texts: bytes) -> str:
    if _fits_each(texts, "utf-8"):
        return "utf-8"
    if _fits_each(texts, "gb18030"):
        return "gb18030"
    return plain_name(encoding_of(texts) or guessed(texts) or "gb18030")


def _fits_each(texts: bytes, encoding: str) -> bool:
    """Whether every value can be read; the last character of a value may be cut off by its column's width."""
    try:
        decoder = codecs.getincrementaldecoder(encoding)
    except LookupError:
        return False
    for value in set(texts.split(b"\n")):
        try:
            decoder().decode(value, final=False)
        except UnicodeDecodeError:
            return False
    return True
