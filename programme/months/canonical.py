"""One byte form for one content: sorted keys, exact integers, UTF-8; the digest is that of the unpacked content.

Two builds of zlib may pack the same content into different bytes, so the digest never depends on the packing.
"""

import hashlib
import json
import zlib
from fractions import Fraction
from typing import Any

from programme.months.errors import InputRefused, MonthDamaged, UnknownRules

#: Eight bytes that open a packed month: the name of the form and its version.
MAGIC = b"ATLASM\x00\x01"
#: A month of the whole city is some megabytes; anything near this is not a month.
MOST_BYTES = 512 * 1024 * 1024


def encode(plain: Any) -> bytes:
    """The canonical bytes of nested dicts, lists, texts, whole numbers, booleans and None.

    Raises InputRefused (month.value_form) for anything else: a float has no one text, and a lone surrogate has no
    UTF-8.
    """
    _check(plain)
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputRefused("month.value_form", kind="surrogate") from error


def _check(plain: Any) -> None:
    if plain is None or isinstance(plain, (str, bool, int)):
        return
    if isinstance(plain, dict) and all(isinstance(k, str) for k in plain):
        for value in plain.values():
            _check(value)
        return
    if isinstance(plain, list):
        for value in plain:
            _check(value)
        return
    raise InputRefused("month.value_form", kind=type(plain).__name__)


def decode(content: bytes) -> Any:
    """What `encode` made, from its bytes. Raises MonthDamaged where they are not exactly in the canonical form."""
    try:
        plain = json.loads(content.decode("utf-8"))
        same = encode(plain) == content
    except (ValueError, RecursionError) as error:
        raise MonthDamaged("month.damaged") from error
    if not same:
        raise MonthDamaged("month.damaged")
    return plain


def digest(content: bytes) -> str:
    """The SHA-256 of canonical bytes, in 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def pack(content: bytes) -> bytes:
    """Canonical bytes packed for keeping: magic, SHA-256 of the content, zlib stream."""
    return MAGIC + hashlib.sha256(content).digest() + zlib.compress(content, 9)


def unpack(packed: bytes, *, most_bytes: int = MOST_BYTES) -> bytes:
    """The canonical bytes in a packed month.

    Raises UnknownRules (month.unknown_format) for another version of the form, MonthDamaged for anything that is
    not whole, unaltered and within `most_bytes`.
    """
    if packed[:7] != MAGIC[:7]:
        raise MonthDamaged("month.not_a_month")
    if packed[:8] != MAGIC:
        raise UnknownRules("month.unknown_format", format=packed[7] if len(packed) > 7 else "")
    stream = zlib.decompressobj()
    try:
        content = stream.decompress(packed[40:], most_bytes)
    except zlib.error as error:
        raise MonthDamaged("month.damaged") from error
    if not stream.eof or stream.unused_data or hashlib.sha256(content).digest() != packed[8:40]:
        raise MonthDamaged("month.damaged")
    return content


def fraction_text(value: Fraction | None) -> str | None:
    """An exact fraction as text, numerator/denominator in lowest terms; None stays None."""
    return None if value is None else f"{value.numerator}/{value.denominator}"


def fraction_of(text: str | None) -> Fraction | None:
    """The fraction that `fraction_text` wrote."""
    return None if text is None else Fraction(text)
