"""A community's card: what is known of it, where each value comes from, its projects, their events and money."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.tables import WAN_YUAN_FEN
from dashboard.words import Words
from programme.stages import CHAIN


@dataclass(frozen=True)
class Fact:
    """A line of the card: what, the value as shown, and where it comes from."""

    label: str
    value: str
    source: str = ""


@dataclass(frozen=True)
class CommunityCard:
    """A community's card.

    `events` has date, stage, document_no and run; `money` has source, planned, allotted and paid (万元), the total
    last; `buildings` has name, storeys, year, precision, year_source, lifts, structure, rule and run.
    """

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
    years, year_source = _years(row, words), _text(row["build_year_source"])
    facts = [
        Fact(words.say("map.card_address"), _text(row["address"]), source),
        Fact(words.say("map.card_year"), years, words.listed([*filter(None, (year_source, source))])),
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
        Fact(words.say("map.card_property_unit"), _text(row["original_property_unit"]), source),
        Fact(words.say("map.card_surveyed"), _text(row["surveyed_date"]), source),
    ]
    return CommunityCard(
        community_id=str(row["community_id"]),
        name=str(row["name"]),
        facts=tuple(facts),
        projects=tuple(_project_line(p, words) for p in found["projects"].to_dict("records")),
        events=_events(found["events"], words),
        money=_money(found["funding"], words),
        buildings=_buildings(found["buildings"], words),
    )


def _buildings(houses: pd.DataFrame, words: Words) -> pd.DataFrame:
    unknown = words.say("decade.unknown")
    return pd.DataFrame(
        {
            "name": houses["name"]
            .fillna("")
            .astype(str)
            .where(houses["name"].notna(), houses["building_id"]),
            "storeys": pd.to_numeric(houses["storeys"]).astype("Int64"),
            "year": [
                unknown if pd.isna(first) else _span(int(first), last)
                for first, last in zip(houses["year_from"], houses["year_to"], strict=True)
            ],
            "precision": [
                unknown if p == "unknown" else words.say(f"map.precision_{p}")
                for p in houses["year_precision"]
            ],
            "year_source": [words.say(f"map.year_{s}") for s in houses["year_source"]],
            "lifts": pd.to_numeric(houses["lift_count"]).astype("Int64"),
            "structure": houses["structure"].fillna(""),
            "rule": [words.say(f"map.rule_{r}") for r in houses["rule"]],
            "run": [words.say("map.run", run=int(r)) for r in houses["import_run_id"]],
        }
    )


def _span(first: int, last: Any) -> str:
    return str(first) if pd.isna(last) or int(last) == first else f"{first}–{int(last)}"


def _source(runs: pd.DataFrame, run_id: Any, words: Words) -> str:
    mine = runs[runs["run_id"] == run_id]
    if mine.empty:
        return ""
    run = mine.iloc[0]
    title = run["title_en" if words.lang == "en" else "title_zh"]
    as_of = "" if pd.isna(run["as_of_date"]) else str(run["as_of_date"])[:10]
    return words.say(
        "map.source_run",
        title=title,
        run=int(run_id),
        date=as_of or words.say("map.no_date"),
        licence=_text(run["licence"]) or words.say("map.no_licence"),
    )


def _years(row: Any, words: Words) -> str:
    low, high = row["build_year_from"], row["build_year_to"]
    if pd.isna(low):
        return words.say("decade.unknown")
    text = _span(int(low), high)
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
            "run": [words.say("map.run", run=int(r)) for r in events["import_run_id"]],
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
    amounts = (table.reset_index(drop=True).astype(float) / WAN_YUAN_FEN).round(2)
    return amounts.assign(source=names)[["source", "planned", "allotted", "paid"]]
