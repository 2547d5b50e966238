"""The rows of the map that pass its filters, known by their places; they are taken only when asked for."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.deck_expressions import Filter
from dashboard.viewmodels.map import passes
from dashboard.viewmodels.map_area import MapArea, rows_inside

_BOUNDS = ["west", "south", "east", "north"]


class KeptRows:
    """Some rows of a frame that is never changed.

    Half a million of them cost 63 kB while nobody looks at them: a copy of the rows would cost a page some 50 ms at
    every change of a filter, and every session its megabytes.
    """

    def __init__(self, frame: pd.DataFrame, kept: NDArray[np.bool_] | None = None) -> None:
        """`kept` (n,) says which rows; all of them without it."""
        self._frame = frame
        self._packed = None if kept is None else np.packbits(kept)
        self._count = len(frame) if kept is None else int(np.count_nonzero(kept))

    @classmethod
    def of(cls, frame: pd.DataFrame, rules: Sequence[Filter]) -> "KeptRows":
        """The rows that pass all rules."""
        return cls(frame, passes(frame, rules).to_numpy(dtype=bool) if rules else None)

    def __len__(self) -> int:
        return self._count

    def inside(self, area: MapArea | None) -> "KeptRows":
        """Those of them that lie inside an area; all of them without one."""
        if area is None:
            return self
        at = self._places
        kept = np.zeros(len(self._frame), dtype=bool)
        kept[at[rows_inside(self._frame[_BOUNDS].iloc[at], area).to_numpy()]] = True
        return KeptRows(self._frame, kept)

    def head(self, most: int) -> pd.DataFrame:
        """The first of them."""
        return self._frame.head(most) if self._packed is None else self._frame.iloc[self._places[:most]]

    def rows(self) -> pd.DataFrame:
        """All of them: a copy, but for the whole frame."""
        return self._frame if self._packed is None else self._frame.iloc[self._places]

    def column(self, name: str) -> NDArray:
        """One column of all of them."""
        whole = self._frame[name].to_numpy()
        return whole if self._packed is None else whole[self._places]

    @property
    def nothing(self) -> pd.DataFrame:
        """None of them, with the same columns."""
        return self._frame.iloc[:0]

    @property
    def _places(self) -> NDArray[np.int64]:
        if self._packed is None:
            return np.arange(len(self._frame))
        return np.flatnonzero(np.unpackbits(self._packed, count=len(self._frame)))
