"""What the map shows: its colours, its filters, the rows that pass them, and a community's card."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.deck_expressions import Between, ByCode, BySteps, Colouring, Filter, OneOf
from dashboard.filters import Filters
from dashboard.map_layers import UNKNOWN_YEAR
from dashboard.scale import DECADES, NO_DATA, STAGES, LegendEntry, ramp
from dashboard.words import Words
from programme.gates import GATES
from programme.stages import CHAIN

COLOUR_BY = ("decade", "stage", "gate", "funding", "completeness", "precision")
KINDS = ("buildings", "communities")
FIRST_YEAR, LAST_YEAR = 1900, 2030
MOST_STOREYS = 60
#: A tone that can be told from the ground beneath; in the legend it is hatched.
UNKNOWN_COLOUR = "#d9dce0"
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
COMPLETENESS_BREAKS = (40.0, 60.0, 80.0, 100.0)


@dataclass(frozen=True)
class MapFilters:
    """The page's own filters; the place comes from the shared ones."""

    year_from: int = FIRST_YEAR
    year_to: int = LAST_YEAR
    storeys_from: int = 0
    storeys_to: int = MOST_STOREYS
    stages: tuple[str, ...] = ()
    is_without_lift: bool = False
    is_without_project: bool = False

    @property
    def has_years(self) -> bool:
        """Whether the years are narrowed, which leaves out what has no year."""
        return (self.year_from, self.year_to) != (FIRST_YEAR, LAST_YEAR)

    @property
    def has_storeys(self) -> bool:
        """Whether the storeys are narrowed."""
        return (self.storeys_from, self.storeys_to) != (0, MOST_STOREYS)

    @property
    def is_active(self) -> bool:
        """Whether anything is filtered."""
        return self != MapFilters()


def colouring(colour_by: str, kind: str) -> Colouring:
    """How shapes of a kind are coloured."""
    if colour_by == "decade":
        return ByCode("decade", {k: v for k, v in DECADES.items() if k != "unknown"}, UNKNOWN_COLOUR)
    if colour_by == "stage":
        return ByCode("stage", dict(zip((s.value for s in CHAIN), STAGES, strict=True)), UNKNOWN_COLOUR)
    if colour_by == "gate":
        return ByCode("gate", GATE_COLOURS, UNKNOWN_COLOUR)
    if colour_by == "funding":
        return ByCode("funding", FUNDING_COLOURS, UNKNOWN_COLOUR)
    if colour_by == "precision":
        return ByCode("precision", PRECISION_COLOURS, UNKNOWN_COLOUR)
    if kind == "buildings":  # completeness is a matter of communities
        return ByCode("id", {}, UNKNOWN_COLOUR)
    return BySteps("completeness", COMPLETENESS_BREAKS, ramp(len(COMPLETENESS_BREAKS) + 1), UNKNOWN_COLOUR)


def legend_entries(colour_by: str, words: Words) -> list[LegendEntry]:
    """The legend of a colouring; what is not known is a class of its own."""
    if colour_by == "decade":
        classes = {f"decade.{k}": v for k, v in DECADES.items() if k != "unknown"}
        nothing = "decade.unknown"
    elif colour_by == "stage":
        classes = {f"stage.{s.value}": c for s, c in zip(CHAIN, STAGES, strict=True)}
        nothing = "map.no_project"
    elif colour_by == "gate":
        classes = {f"gate.{k}": v for k, v in GATE_COLOURS.items()}
        nothing = "map.no_gate"
    elif colour_by == "funding":
        classes = {f"map.funding_{k}": v for k, v in FUNDING_COLOURS.items()}
        nothing = "map.no_project"
    elif colour_by == "precision":
        classes = {f"map.precision_{k}": v for k, v in PRECISION_COLOURS.items()}
        nothing = "decade.unknown"
    else:
        edges = [0, *COMPLETENESS_BREAKS]
        colours = ramp(len(COMPLETENESS_BREAKS) + 1)
        return [
            LegendEntry(c, words.say("map.completeness_from", low=int(low)))
            for low, c in zip(edges, colours, strict=True)
        ]
    entries = [LegendEntry(colour, words.say(code)) for code, colour in classes.items()]
    return [*entries, LegendEntry(NO_DATA, words.say(nothing), is_no_data=True)]


def deck_filters(own: MapFilters, filters: Filters, kind: str) -> list[Filter]:
    """The filters as the browser applies them."""
    out: list[Filter] = []
    if own.has_years:
        out.append(Between("year", max(own.year_from, UNKNOWN_YEAR + 1), own.year_to))
    if own.has_storeys and kind == "buildings":
        out.append(Between("storeys", own.storeys_from, own.storeys_to))
    if filters.subdistrict_code:
        out.append(OneOf("subdistrict", [int(filters.subdistrict_code)]))
    elif filters.district_code:
        out.append(OneOf("district", [int(filters.district_code)]))
    if own.stages:
        out.append(OneOf("stage", list(own.stages)))
    if own.is_without_lift and kind == "buildings":
        out.append(OneOf("lifts", [0]))
    if own.is_without_project:
        out.append(OneOf("has_project", [0]))
    return out


def passing(rows: pd.DataFrame, own: MapFilters, filters: Filters, kind: str) -> pd.DataFrame:
    """The rows that the browser shows under the same filters."""
    keep = pd.Series(True, index=rows.index)
    for rule in deck_filters(own, filters, kind):
        if isinstance(rule, Between):
            keep &= rows[rule.column].between(rule.low, rule.high)
        else:
            keep &= rows[rule.column].isin(rule.codes)
    return rows[keep]


@dataclass(frozen=True)
class Fact:
    """A line of the card: what, the value as shown, and where it comes from."""

    label: str
    value: str
    source: str = ""


@dataclass(frozen=True)
class CommunityCard:
    """A community's card."""

    community_id: str
    name: str
    facts: tuple[Fact, ...]
    projects: tuple[str, ...]
    events: pd.DataFrame
    money: pd.DataFrame
    buildings: pd.DataFrame


def community_card(
    found: Mapping[str, pd.DataFrame], runs: pd.DataFrame, words: Words
) -> CommunityCard | None:
    """The card of a community from its rows; None where there is no such community."""
    if found["community"].empty:
        return None
    row: Any = found["community"].iloc[0]
    source = _source(runs, row["import_run_id"], words)
    years = _years(row, words)
    facts = [
        Fact(words.say("map.card_address"), _text(row["address"]), source),
        Fact(words.say("map.card_year"), years, _text(row["build_year_source"]) or source),
        Fact(words.say("map.card_age"), words.say(f"map.age_{row['age_class']}"), words.say("map.rule_age")),
        Fact(
            words.say("map.card_buildings"),
            words.say(
                "map.card_building_counts",
                total=int(row["buildings"] or 0),
                old=int(row["pre_2000_buildings"] or 0),
                new=int(row["post_2000_buildings"] or 0),
                unknown=int(row["unknown_year_buildings"] or 0),
            ),
            words.say("map.rule_buildings"),
        ),
        Fact(words.say("map.card_boundary"), words.say(f"map.boundary_{row['boundary_rule']}"), source),
        Fact(words.say("map.card_households"), _count(row["households"], words), source),
        Fact(words.say("map.card_area"), _area(row["floor_area_m2"], words), source),
        Fact(words.say("map.card_ownership"), _text(row["ownership"]), source),
        Fact(words.say("map.card_owners_body"), _yes_no(row["has_owners_body"], words), source),
        Fact(words.say("map.card_service"), _yes_no(row["has_property_service"], words), source),
        Fact(words.say("map.card_surveyed"), _text(row["surveyed_date"]), source),
    ]
    return CommunityCard(
        community_id=str(row["community_id"]),
        name=str(row["name"]),
        facts=tuple(facts),
        projects=tuple(_project_line(p, words) for p in found["projects"].to_dict("records")),
        events=_events(found["events"], words),
        money=_money(found["funding"], words),
        buildings=found["buildings"],
    )


def _source(runs: pd.DataFrame, run_id: Any, words: Words) -> str:
    mine = runs[runs["run_id"] == run_id]
    if mine.empty:
        return ""
    run = mine.iloc[0]
    title = run["title_en" if words.lang == "en" else "title_zh"]
    as_of = "" if pd.isna(run["as_of_date"]) else str(run["as_of_date"])[:10]
    return words.say("map.source_run", title=title, run=int(run_id), date=as_of or "—")


def _years(row: Any, words: Words) -> str:
    low, high = row["build_year_from"], row["build_year_to"]
    if pd.isna(low):
        return words.say("decade.unknown")
    text = f"{int(low)}" if pd.isna(high) or int(high) == int(low) else f"{int(low)}–{int(high)}"
    found = _text(row["build_year_text"])
    return f"{text} ({found})" if found and found != text else text


def _text(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)


def _count(value: Any, words: Words) -> str:
    return "" if value is None or pd.isna(value) else words.number(float(value))


def _area(value: Any, words: Words) -> str:
    return (
        "" if value is None or pd.isna(value) else words.say("map.wan_m2", value=words.number(value / 1e4, 2))
    )


def _yes_no(value: Any, words: Words) -> str:
    return "" if value is None or pd.isna(value) else words.say("word.yes" if value else "word.no")


def _project_line(project: Mapping[str, Any], words: Words) -> str:
    return words.say(
        "map.project_line",
        name=project["name"],
        batch=_text(project["batch"]) or "—",
        document=_text(project["confirmation_document_no"]) or words.say("map.no_document"),
    )


def _events(events: pd.DataFrame, words: Words) -> pd.DataFrame:
    known = {f"stage.{s.value}" for s in CHAIN}
    names = [
        words.say(f"stage.{s}") if f"stage.{s}" in known else words.say(f"map.event_{s}")
        for s in events["stage"]
    ]
    return pd.DataFrame(
        {
            "date": [str(d)[:10] for d in events["event_date"]],
            "stage": names,
            "document_no": events["document_no"].fillna(""),
            "run": events["import_run_id"],
        }
    )


def _money(funding: pd.DataFrame, words: Words) -> pd.DataFrame:
    if funding.empty:
        return pd.DataFrame(columns=["source", "planned", "allotted", "paid"])
    sums = funding.assign(fen=pd.to_numeric(funding["amount_fen"])).pivot_table(
        index="funding_source", columns="state", values="fen", aggfunc="sum", fill_value=0
    )
    sums = sums.reindex(columns=["planned", "allotted", "paid"], fill_value=0)
    total = sums.sum().rename("total").to_frame().T
    table = pd.concat([sums, total])
    names = [words.say("map.total") if s == "total" else words.say(f"map.funding_{s}") for s in table.index]
    return table.reset_index(drop=True).assign(source=names)[["source", "planned", "allotted", "paid"]]
