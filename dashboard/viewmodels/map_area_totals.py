"""What the rows of an area add up to: households, buildings, floor area, projects and their planned money."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from dashboard.words import Words
from programme.stages import CHAIN


@dataclass(frozen=True)
class Sum:
    """A sum over the rows that have the figure, and how many rows have none."""

    total: float
    without: int


@dataclass(frozen=True)
class AreaTotals:
    """The totals of rows of one kind (`communities` or `buildings`).

    `buildings` are standing in the communities, or the rows themselves; `old` and `undated` are those of before 2000
    and of unknown age; `communities` those the buildings belong to. `stages` counts the projects by stage, each once;
    `planned_fen` is their planned money, whole projects, and how many have none on record.
    """

    kind: str
    rows: int
    communities: int
    without_community: int
    buildings: int
    old: int
    undated: int
    households: Sum
    floor_area_m2: Sum
    stages: Mapping[str, int]
    planned_fen: Sum

    @property
    def projects(self) -> int:
        """How many projects are touched."""
        return sum(self.stages.values())


def _sum(values: pd.Series) -> Sum:
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    return Sum(float(numbers.sum()), int(numbers.isna().sum()))


def area_totals(
    kept: pd.DataFrame, kind: str, held: pd.DataFrame | None, touched: pd.DataFrame
) -> AreaTotals:
    """The totals of rows of `map_layers.LAYERS.rows` of a kind.

    `held` is what the store adds to communities (`map_area_data.community_figures`), None for buildings. `touched` has
    one row a project: stage and planned_fen (missing where no planned money is on record).
    """
    own = kept if held is None else held.loc[kept.index]
    if kind == "communities":
        parts = own[["buildings", "pre_2000_buildings", "unknown_year_buildings"]].fillna(0).sum()
        counts = {
            "communities": len(kept),
            "without_community": 0,
            "buildings": int(parts["buildings"]),
            "old": int(parts["pre_2000_buildings"]),
            "undated": int(parts["unknown_year_buildings"]),
        }
    else:
        homes = kept["community"]
        counts = {
            "communities": int(homes[homes != ""].nunique()),
            "without_community": int((homes == "").sum()),
            "buildings": len(kept),
            "old": int((kept["age"] == "pre_2000").sum()),
            "undated": int((kept["age"] == "unknown").sum()),
        }
    by_stage = touched["stage"].value_counts()
    return AreaTotals(
        kind=kind,
        rows=len(kept),
        households=_sum(own["households"]),
        floor_area_m2=_sum(own["floor_area_m2"]),
        stages={s.value: int(by_stage[s.value]) for s in CHAIN if s.value in by_stage},
        planned_fen=_sum(touched["planned_fen"]),
        **counts,
    )


def total_lines(totals: AreaTotals, words: Words) -> list[tuple[str, str]]:
    """The totals as pairs of label and figure with its unit; what is not on record is said, never counted as nought."""
    unit = "building" if totals.kind == "buildings" else "community"

    def figure(part: Sum, text: str, out_of: int, of_unit: str) -> str:
        if out_of and part.without == out_of:
            return words.say("figure.not_known")
        if not part.without:
            return text
        return words.say("map.total_without", figure=text, without=words.count(part.without, of_unit))

    ages = words.say(
        "map.total_ages",
        buildings=words.count(totals.buildings, "building"),
        old=words.number(totals.old),
        undated=words.number(totals.undated),
    )
    homes = words.count(totals.communities, "community")
    if totals.without_community:
        homes = words.say(
            "map.total_homeless", figure=homes, without=words.count(totals.without_community, "building")
        )
    households, area, money = totals.households, totals.floor_area_m2, totals.planned_fen
    wan_m2 = words.say("map.wan_m2", value=words.number(area.total / 1e4, 2))
    projects = words.count(totals.projects, "project")
    if totals.stages:
        by_stage = [
            words.say("map.total_stage", stage=words.say(f"stage.{s}"), n=words.number(n))
            for s, n in totals.stages.items()
        ]
        projects = words.say("map.total_projects_by_stage", projects=projects, stages=words.listed(by_stage))
    return [
        (words.say("map.total_communities"), homes),
        (words.say("map.total_buildings"), ages),
        (
            words.say("map.total_households"),
            figure(households, words.count(households.total, "household"), totals.rows, unit),
        ),
        (words.say("map.total_area"), figure(area, wan_m2, totals.rows, unit)),
        (words.say("map.total_projects"), projects),
        (
            words.say("map.total_planned"),
            figure(money, words.money(money.total), totals.projects, "project"),
        ),
    ]
