"""Which encoding a text is in: mark, strict UTF-8, strict GB18030, and only then a guess."""

import codecs
from typing import Final

from charset_normalizer import from_bytes

from loaders.errors import UnreadableFile
from loaders.findings import Finding, finding

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_GUESS_BYTES: Final = 200_000
_LOST: Final = "\ufffd"
_LOST_SHARE: Final = 0.01


def decoded(data: bytes, file: str, stated: str = "auto") -> tuple[str, str, list[Finding]]:
    """The text of the bytes, the name of its encoding, and what was lost. Raises UnreadableFile where none fits.

    A stated encoding is kept to: bytes that do not fit it are a fault, with their place. Otherwise a few broken
    bytes in a long text do not hide what it is in; the lines that hold them are named.
    """
    if stated != "auto":
        try:
            return data.decode(stated).removeprefix("\ufeff"), plain_name(stated), []
        except UnicodeDecodeError as fault:
            raise UnreadableFile(
                "reader.encoding_stated",
                file=file,
                encoding=stated,
                offset=fault.start,
                row=_line(data, fault.start),
            ) from fault
    encoding = encoding_of(data)
    if encoding is not None:
        return data.decode(encoding), plain_name(encoding), []
    encoding = _nearly(data)
    if encoding is None:
        encoding = guessed(data)
        if encoding is None:
            raise UnreadableFile("reader.encoding_unknown", file=file)
        return data.decode(encoding), plain_name(encoding), []
    text = data.decode(encoding, "replace").removeprefix("\ufeff")
    lines = [number for number, line in enumerate(text.split("\n"), start=1) if _LOST in line]
    return text, encoding, [finding("reader.bytes_lost", "error", rows=lines, encoding=encoding)]


def encoding_of(data: bytes) -> str | None:
    """The encoding in which the bytes can be read without loss; None where none was found."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding if fits(data, encoding) else None
    if fits(data, "utf-8"):
        return "utf-8"
    if fits(data, "gb18030") and looks_chinese(data.decode("gb18030")):
        return "gb18030"
    return None


def guessed(data: bytes) -> str | None:
    """A detector's guess, for what is neither UTF-8 nor GB18030; detectors fail on short Chinese text."""
    guess = from_bytes(data[:_GUESS_BYTES]).best()
    if guess is not None and fits(data, guess.encoding):
        return guess.encoding
    return "gb18030" if fits(data, "gb18030") else None


def _nearly(data: bytes) -> str | None:
    """The encoding in which all but a few characters can be read."""
    best, least = None, float("inf")
    for encoding in ("utf-8", "gb18030"):
        text = data.decode(encoding, "replace")
        lost = text.count(_LOST)
        foreign = sum(1 for c in text[:_GUESS_BYTES] if c > "\x7f")
        if lost <= max(3, _LOST_SHARE * foreign) and lost < least and looks_chinese(text):
            best, least = encoding, lost
    return best


def fits(data: bytes, encoding: str) -> bool:
    """Whether every byte can be read in the encoding."""
    try:
        data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def looks_chinese(text: str) -> bool:
    """Whether most of the letters beyond ASCII are the hanzi and marks of everyday Chinese.

    GB18030 gives every second byte sequence some meaning, but from another encoding it makes rare characters.
    """
    sample = [c for c in text[:_GUESS_BYTES] if c > "\x7f"]
    if not sample:
        return True
    return sum(1 for c in sample if _is_everyday(c)) >= 0.8 * len(sample)


def _is_everyday(character: str) -> bool:
    """Characters of GB 2312: those that a newspaper uses, with full-width letters and marks."""
    try:
        return len(character.encode("gb2312")) == 2
    except UnicodeEncodeError:
        return False


def plain_name(encoding: str) -> str:
    """The name in the form in which it is reported: utf-8, gb18030, …"""
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        return encoding
    return {"utf-8-sig": "utf-8", "gbk": "gb18030", "gb2312": "gb18030"}.get(name, name)


def _line(data: bytes, offset: int) -> int:
    return data.count(b"\n", 0, offset) + 1
