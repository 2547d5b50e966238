"""Attributes of a tile, cut from Arrow columns that may lie in a file: only the rows of the tile are read."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geo.flat import offsets, ragged
from geo.mvt import Column, encode_value

#: Up to here the two lengths of a text value take one byte each.
_SHORT_BYTES = 125


def tile_column(values: pa.Array, rows: NDArray[np.int64]) -> Column:
    """The attribute of some rows, each distinct value encoded once.

    values: texts (large_string), texts as codes (dictionary), or whole or floating numbers; none missing.
    TypeError for anything else.
    """
    if pa.types.is_dictionary(values.type):
        codes = values.indices.to_numpy(zero_copy_only=True)[rows]
        used, local = distinct_codes(codes.astype(np.int64), len(values.dictionary))
        return _texts(values.dictionary.cast(pa.large_string()).take(pa.array(used)), local)
    if pa.types.is_large_string(values.type):
        coded = values.take(pa.array(rows)).dictionary_encode()
        return _texts(coded.dictionary, coded.indices.to_numpy(zero_copy_only=True).astype(np.int64))
    if pa.types.is_integer(values.type) or pa.types.is_floating(values.type):
        numbers, local = np.unique(values.to_numpy(zero_copy_only=True)[rows], return_inverse=True)
        encoded = [encode_value(n) for n in numbers]
        start = offsets(np.array([len(e) for e in encoded], dtype=np.int64))
        return Column(local.astype(np.int64), np.frombuffer(b"".join(encoded), dtype=np.uint8), start)
    raise TypeError(f"no attribute of a tile: {values.type}")


def distinct_codes(codes: NDArray[np.int64], count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The codes (0 to count - 1) that occur, rising, and the place of each code among them; without sorting."""
    occurs = np.zeros(count, dtype=bool)
    occurs[codes] = True
    used = np.flatnonzero(occurs)
    place = np.empty(count, dtype=np.int64)
    place[used] = np.arange(len(used))
    return used, place[codes]


def _texts(texts: pa.Array, codes: NDArray[np.int64]) -> Column:
    """Texts (large_string, none missing), each as the message 0x22 length (0x0a length bytes)."""
    _, place, data = texts.buffers()
    ends = np.frombuffer(place, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    sizes = np.diff(ends)
    if len(sizes) and sizes.max() > _SHORT_BYTES:
        encoded = [encode_value(t) for t in texts.to_pylist()]
        start = offsets(np.array([len(e) for e in encoded], dtype=np.int64))
        return Column(codes, np.frombuffer(b"".join(encoded), dtype=np.uint8), start)
    start = offsets(sizes + 4)
    blob = np.empty(start[-1], dtype=np.uint8)
    head = start[:-1]
    blob[head], blob[head + 1], blob[head + 2], blob[head + 3] = 0x22, sizes + 2, 0x0A, sizes
    index, _ = ragged(head + 4, start[1:])
    if len(index):
        blob[index] = np.frombuffer(data, dtype=np.uint8)[ends[0] : ends[-1]]
    return Column(codes, blob, start)
