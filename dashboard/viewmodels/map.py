"""What the map shows: its colours, its filters, and the rows that pass them."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from dashboard.deck_expressions import Between, ByCode, BySteps, Colouring, Filter, OneColour, OneOf
from dashboard.filters import Filters
from dashboard.map_layers import NONE, UNKNOWN_YEAR
from dashboard.scale import DECADES, STAGES, LegendEntry, ramp
from dashboard.words import Words
from programme.gates import GATES
from programme.stages import CHAIN

COLOUR_BY = ("decade", "stage", "funding", "completeness", "gate", "batch", "precision", "structure")
KINDS = ("buildings", "communities")
AGES = ("pre_2000", "post_2000", "unknown")
#: The sliders' ends; each stands for all that lies beyond it as well.
FIRST_YEAR, LAST_YEAR = 1940, 2030
MOST_STOREYS = 30
#: What is not known, or in no project: told apart from the ground beneath and from the scale's own colours.
UNKNOWN_COLOUR = "#cfc3dc"
NO_PROJECT_COLOUR = "#dad4c9"
GATE_COLOURS = dict(
    zip([g.value for g in GATES], ("#7b3294", "#c2a5cf", "#f1a340", "#d7191c", "#2b83ba"), strict=True)
)
FUNDING_COLOURS = {
    "city": "#1f78b4",
    "district": "#33a02c",
    "central": "#6a3d9a",
    "residents": "#ff7f00",
    "maintenance_fund": "#fdbf6f",
    "property_unit": "#b15928",
    "social_capital": "#e31a1c",
    "utilities": "#a6cee3",
    "loans_bonds": "#b2df8a",
}
PRECISION_COLOURS = {"year": "#12508f", "range": "#6da3d1", "decade": "#9ecae1", "about": "#fdbf6f"}
#: For lists whose names come from data: so many have a colour, the rest share one.
LIST_COLOURS = (
    "#1f78b4",
    "#e6842a",
    "#33a02c",
    "#d7263d",
    "#6a3d9a",
    "#8c564b",
    "#17a2a2",
    "#c9a800",
    "#e377c2",
    "#7a8f3c",
)
OTHERS_COLOUR = "#6b7280"
COMPLETENESS_BREAKS = (40.0, 60.0, 80.0, 100.0)
#: A category that no shape has.
NOTHING = "nothing"


@dataclass(frozen=True)
class MapFilters:
    """The page's own filters; the place and the central-state projects come from the shared ones.

    `batches` are the places in `map_layers.batches`, `ages` the age classes, `structures` the places in
    `map_layers.structures`; an empty choice keeps all.
    """

    year_from: int = FIRST_YEAR
    year_to: int = LAST_YEAR
    storeys_from: int = 0
    storeys_to: int = MOST_STOREYS
    stages: tuple[str, ...] = ()
    is_without_lift: bool = False
    is_without_project: bool = False
    batches: tuple[int, ...] = ()
    ages: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()
    fundings: tuple[str, ...] = ()
    precisions: tuple[str, ...] = ()
    structures: tuple[int, ...] = ()

    @property
    def has_years(self) -> bool:
        """Whether the years are narrowed, which leaves out what has no year."""
        return self.year_from > FIRST_YEAR or self.year_to < LAST_YEAR

    @property
    def has_storeys(self) -> bool:
        """Whether the storeys are narrowed, which leaves out what has none on record."""
        return self.storeys_from > 0 or self.storeys_to < MOST_STOREYS

    @property
    def asks_for_buildings(self) -> bool:
        """Whether a filter speaks of what only buildings have."""
        return self.has_storeys or self.is_without_lift or bool(self.structures)

    @property
    def is_active(self) -> bool:
        """Whether anything is filtered."""
        return self != MapFilters()


@dataclass(frozen=True)
class Names:
    """The names from data that shapes carry as numbers, counted from 1."""

    batches: Sequence[str] = ()
    structures: Sequence[str] = ()

    def of(self, colour_by: str) -> Sequence[str]:
        """The names of a colouring by a list from data."""
        return self.batches if colour_by == "batch" else self.structures


def _classes(colour_by: str) -> tuple[dict[str, str], str, str, str]:
    """The colours by code, the texts' prefix, the colour of everything else and its text."""
    if colour_by == "decade":
        decades = {k: v for k, v in DECADES.items() if k != "unknown"}
        return decades, "decade", UNKNOWN_COLOUR, "decade.unknown"
    if colour_by == "stage":
        stages = dict(zip((s.value for s in CHAIN), STAGES, strict=True))
        return stages, "stage", NO_PROJECT_COLOUR, "map.no_project"
    if colour_by == "gate":
        return GATE_COLOURS, "gate", NO_PROJECT_COLOUR, "map.no_gate"
    if colour_by == "funding":
        return FUNDING_COLOURS, "map.funding", NO_PROJECT_COLOUR, "map.no_project"
    return PRECISION_COLOURS, "map.precision", UNKNOWN_COLOUR, "decade.unknown"


def colouring(colour_by: str, kind: str) -> Colouring:
    """How shapes of a kind (one of `KINDS`) are coloured."""
    if colour_by == "completeness":
        if kind == "buildings":  # completeness is a matter of communities
            return OneColour("#8d99a6")
        return BySteps(
            "completeness", COMPLETENESS_BREAKS, ramp(len(COMPLETENESS_BREAKS) + 1), UNKNOWN_COLOUR
        )
    if colour_by == "structure" and kind == "communities":
        return OneColour("#dfe6ee")  # one community may have buildings of several
    if colour_by in ("batch", "structure"):
        nothing = NO_PROJECT_COLOUR if colour_by == "batch" else UNKNOWN_COLOUR
        known = dict(enumerate(LIST_COLOURS, start=1))
        return ByCode(colour_by, {0: nothing, **known}, OTHERS_COLOUR)
    colours, _, other, _ = _classes(colour_by)
    return ByCode(colour_by, colours, other)


def legend_entries(colour_by: str, words: Words, names: Names | None = None) -> list[LegendEntry]:
    """The legend of a colouring; what is not known is a class of its own, the last one."""
    if colour_by == "completeness":
        edges = [0, *COMPLETENESS_BREAKS]
        colours = ramp(len(edges))
        return [
            LegendEntry(c, words.say("map.completeness_from", low=int(low)))
            for low, c in zip(edges, colours, strict=True)
        ]
    if colour_by in ("batch", "structure"):
        listed = (names or Names()).of(colour_by)
        entries = [LegendEntry(c, name) for c, name in zip(LIST_COLOURS, listed, strict=False)]
        if len(listed) > len(LIST_COLOURS):
            entries.append(LegendEntry(OTHERS_COLOUR, words.say("map.others")))
        if colour_by == "batch":
            return [*entries, LegendEntry(NO_PROJECT_COLOUR, words.say("map.no_batch"), is_no_data=True)]
        return [*entries, LegendEntry(UNKNOWN_COLOUR, words.say("figure.not_known"), is_no_data=True)]
    colours_by_code, prefix, other, nothing = _classes(colour_by)
    entries = [
        LegendEntry(colour, words.say(f"{prefix}_{k}" if "." in prefix else f"{prefix}.{k}"))
        for k, colour in colours_by_code.items()
    ]
    return [*entries, LegendEntry(other, words.say(nothing), is_no_data=True)]


def deck_filters(own: MapFilters, filters: Filters, kind: str) -> list[Filter]:
    """The filters as the browser applies them: at most four ranges, and lists of codes."""
    out: list[Filter] = []
    if own.has_years:
        first = own.year_from if own.year_from > FIRST_YEAR else UNKNOWN_YEAR + 1
        out.append(Between("year", first, own.year_to if own.year_to < LAST_YEAR else 9999))
    if own.has_storeys and kind == "buildings":
        out.append(
            Between("storeys", own.storeys_from, own.storeys_to if own.storeys_to < MOST_STOREYS else 9999)
        )
    if own.is_without_lift and kind == "buildings":
        out.append(Between("lifts", 0, 0))
    if not filters.has_central:
        out.append(Between("central", 0, 0))
    if filters.subdistrict_code:
        out.append(OneOf("subdistrict", [int(filters.subdistrict_code)]))
    elif filters.district_code:
        out.append(OneOf("district", [int(filters.district_code)]))
    if own.is_without_project:
        # What has a stage is in a project: both conditions at once leave nothing.
        out.append(OneOf("stage", [NOTHING if own.stages else NONE]))
    elif own.stages:
        out.append(OneOf("stage", list(own.stages)))
    if own.batches:
        out.append(OneOf("batch", list(own.batches)))
    for column, codes in (
        ("age", own.ages),
        ("gate", own.gates),
        ("funding", own.fundings),
        ("precision", own.precisions),
    ):
        if codes:
            out.append(OneOf(column, list(codes)))
    if own.structures and kind == "buildings":
        out.append(OneOf("structure", list(own.structures)))
    return out


def passing(rows: pd.DataFrame, own: MapFilters, filters: Filters, kind: str) -> pd.DataFrame:
    """The rows that the browser shows under the same filters."""
    rules = deck_filters(own, filters, kind)
    return (
        rows[passes(rows, rules)] if rules else rows
    )  # a city of half a million rows is not copied for nothing


def passes(rows: pd.DataFrame, rules: Sequence[Filter]) -> "pd.Series[bool]":
    """Which rows the browser shows under some filters."""
    keep = pd.Series(True, index=rows.index)
    for rule in rules:
        if isinstance(rule, Between):
            keep &= rows[rule.column].between(rule.low, rule.high)
        else:
            keep &= rows[rule.column].isin(rule.codes)
    return keep


def conditions(own: MapFilters, names: Names, words: Words, kind: str) -> list[str]:
    """The page's own filters, each as a few words; empty where nothing is filtered."""
    out = []
    if own.has_years:
        out.append(_ends("years", own.year_from, own.year_to, FIRST_YEAR, LAST_YEAR, words))
    if own.has_storeys and kind == "buildings":
        out.append(_ends("storeys", own.storeys_from, own.storeys_to, 0, MOST_STOREYS, words))
    either = words.say("map.or")
    if own.ages:
        out.append(either.join(words.say(f"map.class_{a}") for a in own.ages))
    if own.stages:
        out.append(words.say("map.is_stage", stages=either.join(words.say(f"stage.{s}") for s in own.stages)))
    if own.batches:
        out.append(words.say("map.is_batch", batches=either.join(names.batches[i - 1] for i in own.batches)))
    if own.gates:
        out.append(words.say("map.is_gate", gates=either.join(words.say(f"gate.{g}") for g in own.gates)))
    if own.fundings:
        listed = either.join(words.say(f"map.funding_{f}") for f in own.fundings)
        out.append(words.say("map.is_funding", sources=listed))
    if own.precisions:
        out.append(either.join(words.say(f"map.precision_{p}") for p in own.precisions))
    if own.structures and kind == "buildings":
        out.append(either.join(names.structures[i - 1] for i in own.structures))
    if own.is_without_lift and kind == "buildings":
        out.append(words.say("map.no_lift"))
    if own.is_without_project:
        out.append(words.say("map.not_in_project"))
    return out


def _ends(what: str, low: int, high: int, least: int, most: int, words: Words) -> str:
    """A span in words; the slider's ends are open. Years are names, not amounts: no thousands separator."""
    first, last = str(low), str(high)
    if low == high and low not in (least, most):
        return words.say(f"map.{what}_is", value=first)
    if low == least:
        return words.say(f"map.{what}_to", value=last)
    if high == most:
        return words.say(f"map.{what}_from", value=first)
    return words.say(f"map.{what}_between", low=first, high=last)


def headline(kept: int, whole: int, kind: str, place: str, asked: Sequence[str], words: Words) -> str:
    """How many rows of the chosen area pass, and under which conditions."""
    figure = words.of(kept, whole, "building" if kind == "buildings" else "community")
    if not asked:
        return words.say(f"map.headline_{kind}", place=place, kept=figure)
    return words.say(
        f"map.headline_asked_{kind}", place=place, kept=figure, conditions=words.listed(list(asked))
    )
