"""What may be told to somebody who sees totals alone: values and frames without the key of any row."""

import dataclasses
import datetime as dt
import enum
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from store.tables import BASE_TABLES, key_column

T = TypeVar("T")
#: Keys by which a frame would be one of rows; the codes of areas name no row.
ROW_KEYS = frozenset(
    key_column(table) for name, table in BASE_TABLES.items() if name not in ("districts", "subdistricts")
)
_PLAIN = (str, int, float, bool, bytes, type(None), dt.date, dt.timedelta, enum.Enum, np.generic)


def as_total(value: T) -> T:
    """The value itself, where it holds no row. Raises TypeError for what does, or for what can't be looked into."""
    _look(value, "")
    return value


def _look(value: Any, place: str) -> None:
    if isinstance(value, _PLAIN) or value is pd.NaT or value is pd.NA:
        return
    if isinstance(value, pd.DataFrame):
        held = ROW_KEYS.intersection([*map(str, value.columns), *map(str, value.index.names)])
        if held:
            raise TypeError(f"totals hold rows: {place or 'the frame'} has {', '.join(sorted(held))}")
        return
    if isinstance(value, pd.Series):
        if ROW_KEYS.intersection([str(value.name), *map(str, value.index.names)]):
            raise TypeError(f"totals hold rows: {place or 'the series'}")
        return
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        if not value.__dataclass_params__.frozen:  # type: ignore[attr-defined]
            raise TypeError(f"{type(value).__name__} can be changed: totals are shared")
        for field in dataclasses.fields(value):
            _look(getattr(value, field.name), f"{place}.{field.name}")
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            _look(key, place)
            _look(item, f"{place}[{key}]")
        return
    if isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            _look(item, place)
        return
    raise TypeError(f"{type(value).__name__} can't be looked into: {place}")
