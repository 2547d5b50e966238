"""What the address of the map page says: its own filters, and whether it counts buildings or communities."""

from collections.abc import Callable, Mapping

import pandas as pd

from dashboard.filters import Filters
from dashboard.viewmodels.map import (
    AGES,
    FIRST_YEAR,
    FUNDING_COLOURS,
    GATE_COLOURS,
    KINDS,
    LAST_YEAR,
    MOST_STOREYS,
    PRECISION_COLOURS,
    MapFilters,
    Names,
    passing,
)
from programme.stages import CHAIN

#: The page's own filters in the address.
FILTER_KEYS = (
    "years",
    "storeys",
    "stages",
    "ages",
    "batches",
    "gates",
    "fundings",
    "precisions",
    "structures",
    "nolift",
    "noproject",
)


def kind_of(asked: str, frames: Mapping[str, pd.DataFrame], filters: Filters) -> str:
    """Buildings or communities, as the address says; else buildings where the chosen area has any."""
    if asked in KINDS:
        return asked
    return KINDS[0] if len(passing(frames[KINDS[0]], MapFilters(), filters, KINDS[0])) else KINDS[1]


def own_filters(said: Callable[[str], str], names: Names) -> MapFilters:
    """The page's own filters, from what the address says under a key (empty where it says nothing)."""
    known = {s.value for s in CHAIN}
    years = span(said("years"), FIRST_YEAR, LAST_YEAR)
    storeys = span(said("storeys"), 0, MOST_STOREYS)
    wanted = said("batches").split("|")
    return MapFilters(
        *years,
        *storeys,
        stages=tuple(s for s in said("stages").split(".") if s in known),
        is_without_lift=said("nolift") == "1",
        is_without_project=said("noproject") == "1",
        batches=tuple(i for i, name in enumerate(names.batches, start=1) if name in wanted),
        ages=tuple(a for a in said("ages").split(".") if a in AGES),
        gates=tuple(g for g in said("gates").split(".") if g in GATE_COLOURS),
        fundings=tuple(f for f in said("fundings").split(".") if f in FUNDING_COLOURS),
        precisions=tuple(p for p in said("precisions").split(".") if p in PRECISION_COLOURS),
        structures=tuple(
            i for i, s in enumerate(names.structures, start=1) if s in said("structures").split("|")
        ),
    )


def span(text: str, low: int, high: int) -> tuple[int, int]:
    """Two numbers with a hyphen, pressed into the slider's ends; its whole length for anything else."""
    parts = text.split("-")
    if len(parts) != 2 or not all(p.isascii() and p.isdigit() and len(p) < 5 for p in parts):
        return low, high
    first, last = (min(max(int(p), low), high) for p in parts)
    return (first, last) if first <= last else (low, high)
