"""The standards for facilities as shipped, with an office's own corrections over them."""

from functools import cache

import pandas as pd

from loaders.reference import REFERENCE_DIR, facility_kinds
from programme.standards import Standards
from programme.standards_corrections import with_corrections
from programme.standards_text import standards_from_text


@cache
def shipped_standards() -> Standards:
    """The standards of `data/reference/facility_standards.toml` with their rows."""
    return standards_from_text(
        (REFERENCE_DIR / "facility_standards.toml").read_text("utf-8"),
        (REFERENCE_DIR / "facility_standards_rows.csv").read_text("utf-8"),
        list(facility_kinds()["key"]),
    )


def kinds_known() -> list[str]:
    """Every kind that may be asked for: those of the facilities' table and those with a layer of their own."""
    return [*facility_kinds()["key"], *shipped_standards().layer_kinds]


def standards_with(corrections: pd.DataFrame) -> Standards:
    """The shipped standards with a planner's rows (`store.queries_gaps.standard_corrections`) over them.

    Raises StandardsRefused for a row that can't be used, naming it.
    """
    return with_corrections(shipped_standards(), corrections, kinds_known())


def kind_name(kind: str, lang: str) -> str:
    """The name of a kind in a language; the key itself where nobody knows it."""
    layer = shipped_standards().layer_names.get(kind)
    if layer is not None:
        return layer[1] if lang == "en" else layer[0]
    rows = facility_kinds()
    held = rows[rows["key"] == kind]
    if held.empty:
        return kind
    return str(held["name_en" if lang == "en" else "name_zh"].iloc[0])
