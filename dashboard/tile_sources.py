"""Where the layers of the tile archive come from: their parts, shapes and attributes, and what is worked out from them.

Attributes that begin with an underscore are kept for working out others; tiles and tables don't carry them.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from store.tiles import NO_DISTRICT, Part

Columns = Mapping[str, pa.Array]
#: Where a shape lies, in degrees: for tables and for flying there, not for tiles.
BOUNDS = ("west", "south", "east", "north")
#: What is added up of footprints: for totals, not for tiles and not for the database's own tables.
FIGURES = ("households", "floor_area_m2")

#: An attribute that no tile carries: the level from which on a shape is drawn, where a layer says that.
FROM_ZOOM = "_from_zoom"


class LayerSource(Protocol):
    """One layer, read from one snapshot of the store."""

    #: The names of what `derived` gives.
    derived_names: tuple[str, ...]

    def parts(self) -> dict[str, Part]:
        """The parts that have rows, in the order in which their rows follow each other."""

    def shapes(self, part: str) -> NDArray:
        """The shapes of a part (EPSG:4326)."""

    def attributes(self, part: str) -> Columns:
        """The attributes of a part that its seal stands for, rows as in `shapes`."""

    def derived(self, columns: Columns) -> Columns:
        """Attributes of the whole layer that change with the state of the store, from those of `attributes`."""


def texts(values: pd.Series | Sequence[str | None]) -> pa.Array:
    """Texts as an Arrow column; missing ones become empty."""
    column = pa.array(values, from_pandas=True)
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    return column.cast(pa.large_string()).fill_null("")


def codes(values: pd.Series | Sequence[str | None], known: Sequence[str], other: str) -> pa.Array:
    """Texts of a known list as codes of one byte; a missing one, or one that the list lacks, is `other`."""
    table = pa.array(known if other in known else [*known, other], pa.large_string())
    found = pc.index_in(texts(values), table).fill_null(table.index(other))
    return pa.DictionaryArray.from_arrays(found.cast(pa.int8()), table)


def coded_texts(values: pd.Series | Sequence[str | None]) -> pa.Array:
    """Texts that repeat, as codes into a list of their own; missing ones become empty."""
    encoded = texts(values).dictionary_encode()
    return pa.DictionaryArray.from_arrays(encoded.indices.cast(pa.int32()), encoded.dictionary)


def numbers(values: pd.Series | NDArray, kind: type = np.int32) -> pa.Array:
    """Numbers, held to what the type can say; whole ones without gaps, others with NaN for what is missing."""
    array = np.asarray(values)
    if issubclass(kind, np.integer):
        array = np.clip(array, np.iinfo(kind).min, np.iinfo(kind).max)
    return pa.array(array.astype(kind))


def digest(*pieces: bytes) -> str:
    """A seal over some bytes, each with its length."""
    out = hashlib.blake2b(digest_size=16)
    for piece in pieces:
        out.update(len(piece).to_bytes(8, "little"))
        out.update(piece)
    return out.hexdigest()


@dataclass
class FrameSource:
    """A layer of some thousand rows, read whole; its seals are made of the rows themselves.

    make: the layer (EPSG:4326) as tiles carry it. by: its column by whose values it is cut into parts; None for one.
    to_columns: its attributes as Arrow columns.
    """

    make: Callable[[], gpd.GeoDataFrame]
    to_columns: Callable[[pd.DataFrame], Columns]
    by: str | None = None
    derived_names: tuple[str, ...] = ()
    _rows: dict[str, gpd.GeoDataFrame] | None = None

    def _held(self) -> dict[str, gpd.GeoDataFrame]:
        if self._rows is None:
            layer = self.make()
            if self.by is None or layer.empty:
                self._rows = {NO_DISTRICT: layer}
            else:
                part = layer[self.by].map(lambda code: str(code) if code else NO_DISTRICT)
                self._rows = {str(name): rows for name, rows in layer.groupby(part, sort=True)}
        return self._rows

    def parts(self) -> dict[str, Part]:
        """See `LayerSource`."""
        return {name: _sealed(rows) for name, rows in self._held().items()}

    def shapes(self, part: str) -> NDArray:
        """See `LayerSource`."""
        return self._held()[part].geometry.to_numpy()

    def attributes(self, part: str) -> Columns:
        """See `LayerSource`."""
        return self.to_columns(pd.DataFrame(self._held()[part].drop(columns="geometry")))

    def derived(self, columns: Columns) -> Columns:
        """Nothing: all attributes are in the rows."""
        return {}


def _sealed(rows: gpd.GeoDataFrame) -> Part:
    wkb = ["" if w is None else w for w in shapely.to_wkb(rows.geometry.to_numpy(), hex=True)]
    geometry = digest("\n".join(wkb).encode())
    frame = pd.DataFrame(rows.drop(columns=rows.geometry.name))
    hashes = pd.util.hash_pandas_object(frame, index=False).to_numpy()
    return Part(len(rows), geometry, digest(geometry.encode(), hashes.tobytes(), "\n".join(frame).encode()))


@dataclass(frozen=True)
class LayerPlan:
    """A layer of the archive and its zoom levels."""

    name: str
    source: LayerSource
    zooms: tuple[int, ...]
