"""The gap sheet as it is frozen with an opinion (R18): plain values that no later change of the store can move."""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

FORM = 1
SHEET_COLUMNS = (
    "community_id",
    "community",
    "kind",
    "verdict",
    "status",
    "meets",
    "radius_m",
    "judged_m",
    "judged_by",
    "straight_m",
    "walk_m",
    "nearest_id",
    "nearest_name",
    "homes",
    "homes_beyond",
    "standard",
    "tier",
    "clause",
    "confidence",
)
DEMAND_COLUMNS = ("item", "asks", "fit", "rows")
_WHOLE = frozenset({"homes", "homes_beyond", "asks"})


@dataclass(frozen=True)
class Frozen:
    """A frozen sheet: the day whose standards were asked, the gaps (`SHEET_COLUMNS`) and demands (`DEMAND_COLUMNS`)."""

    as_of: dt.date | None
    sheet: pd.DataFrame
    demands: pd.DataFrame


def freeze(
    met: pd.DataFrame, homes: Mapping[str, str], demands: pd.DataFrame, as_of: dt.date
) -> dict[str, Any]:
    """What `design_opinions.gap_sheet` keeps: {form, as_of, rows, demands}.

    `met` is `design_checks.met_gaps` with nearest_name, `homes` names the communities, `demands` is
    `design_checks.demand_rows`; distances in whole metres, None where none lies within the distance looked at.
    """
    told = met.assign(community=[homes.get(str(c), str(c)) for c in met["community_id"]])
    return {
        "form": FORM,
        "as_of": as_of.isoformat(),
        "rows": _records(told, SHEET_COLUMNS),
        "demands": _records(demands, DEMAND_COLUMNS),
    }


def _records(rows: pd.DataFrame, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    known = [c for c in columns if c in rows]
    return [
        {c: _plain(v, c) for c, v in zip(known, values, strict=True)}
        for values in rows[known].itertuples(index=False, name=None)
    ]


def _plain(value: Any, column: str) -> Any:
    if isinstance(value, tuple | list):
        return [str(v) for v in value]
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if hasattr(value, "item"):
        value = value.item()
        if isinstance(value, float) and not math.isfinite(value):
            return None
    if column in _WHOLE or column.endswith("_m"):
        return round(float(value))
    return str(value)


def thawed(held: object) -> Frozen | None:
    """What was frozen; None for nothing, or for what no opinion of this program wrote."""
    if not isinstance(held, Mapping) or not isinstance(held.get("rows"), list):
        return None
    try:
        as_of = dt.date.fromisoformat(str(held.get("as_of")))
    except ValueError:
        as_of = None
    demands = held.get("demands")
    return Frozen(
        as_of,
        _frame(held["rows"], SHEET_COLUMNS),
        _frame(demands if isinstance(demands, list) else [], DEMAND_COLUMNS),
    )


def _frame(rows: list[Any], columns: tuple[str, ...]) -> pd.DataFrame:
    kept = [r for r in rows if isinstance(r, Mapping)]
    return pd.DataFrame([{c: r.get(c) for c in columns} for r in kept], columns=list(columns), dtype="object")
