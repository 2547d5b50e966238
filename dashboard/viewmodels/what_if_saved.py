"""Saved scenarios: the list, and two or three of them side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from dashboard.tables import Table
from dashboard.viewmodels.duties_words import Names, given, rows_table
from dashboard.viewmodels.what_if_answer import Answer, as_siting
from dashboard.words import Words
from geo.siting_scenarios import compare
from loaders.facility_standards import kind_name

MOST_COMPARED = 3


@dataclass(frozen=True, eq=False)
class Scenario:
    """One saved scenario; `answer` is None where what was saved can't be read."""

    scenario_id: str
    name: str
    district_code: str
    kind: str
    saved_by: str
    saved_date: object
    content_hash: str
    import_run_id: int
    answer: Answer | None


@dataclass(frozen=True)
class CompareView:
    """Scenarios side by side: rows of figures with a column each, the places, who gains and loses, warnings."""

    answer: str
    summary: Table
    places: Table
    changes: Table
    warnings: tuple[str, ...]


def scenarios_of(rows: pd.DataFrame, district_code: str) -> list[Scenario]:
    """The scenarios of a district, newest first (`queries_siting.scenario_rows`)."""
    own = rows[rows["district_code"] == district_code]
    out = []
    for r in own.iloc[::-1].to_dict("records"):
        try:
            held: Answer | None = Answer.from_plain(r["parameters"], r["result"])
        except (KeyError, TypeError, ValueError, AttributeError):
            held = None
        out.append(
            Scenario(
                str(r["scenario_id"]),
                str(r["name"]),
                str(r["district_code"]),
                str(r["facility_kind"]),
                str(r["saved_by"]),
                r["saved_date"],
                str(r["content_hash"]),
                int(r["import_run_id"]),
                held,
            )
        )
    return out


def list_table(scenarios: Sequence[Scenario], names: Names, notes: Mapping[str, str]) -> Table:
    """The saved scenarios as rows."""
    words = names.words

    def total(s: Scenario, name: str) -> int | None:
        return s.answer.totals[name] if s.answer else None

    rows = pd.DataFrame(
        {
            "scenario": [s.name for s in scenarios],
            "kind": [kind_name(s.kind, words.lang) for s in scenarios],
            "radius_m": [s.answer.ask.radius_m if s.answer else None for s in scenarios],
            "status_short": [_status(s, words) for s in scenarios],
            "places": [len(s.answer.chosen) if s.answer else None for s in scenarios],
            "new_places": [int(s.answer.chosen["is_new"].sum()) if s.answer else None for s in scenarios],
            "new_residents": [total(s, "residents_new") for s in scenarios],
            "cost_fen": [total(s, "cost_fen") for s in scenarios],
            "saved_date": [s.saved_date for s in scenarios],
            "saved_by": [s.saved_by for s in scenarios],
            "run": [names.run(s.import_run_id) for s in scenarios],
        }
    )
    columns = [
        *("scenario", "kind", "radius_m:count", "status_short", "places:count", "new_places:count"),
        *("new_residents:count", "cost_fen:wan_yuan", "saved_date:date", "saved_by", "run"),
    ]
    return rows_table(rows, columns, words, "what_if", words.say("what_if.file_saved"), notes)


def _status(scenario: Scenario, words: Words) -> str:
    if scenario.answer is None:
        return words.say("what_if.short_unreadable")
    return words.say(f"what_if.short_{scenario.answer.status}")


def compare_view(
    scenarios: Sequence[Scenario], communities: pd.DataFrame, names: Names, notes: Mapping[str, str]
) -> CompareView:
    """Scenarios against the first of them. Raises ValueError for fewer than two that can be read."""
    words = names.words
    held = [s for s in scenarios if s.answer is not None]
    if len(held) < 2:
        raise ValueError("two scenarios")
    titles = _titles(held)
    found = compare({t: as_siting(s.answer) for t, s in zip(titles, held, strict=True) if s.answer})
    warnings = []
    if not found.is_same_demand:
        warnings.append(words.say("what_if.other_people"))
    if len({s.kind for s in held}) > 1:
        warnings.append(words.say("what_if.other_kinds"))
    if len({s.answer.ask.radius_m for s in held if s.answer}) > 1:
        warnings.append(words.say("what_if.other_radius"))
    last = found.summary.iloc[1:]
    told = [
        words.say(
            "what_if.compare_one",
            name=r["scenario"],
            base=titles[0],
            gains=words.count(r["gains_residents"], "resident"),
            loses=words.count(r["loses_residents"], "resident"),
            cost=words.money(r["cost_fen"]),
            base_cost=words.money(found.summary["cost_fen"].iloc[0]),
        )
        for r in last.to_dict("records")
    ]
    return CompareView(
        " ".join(told),
        _summary(found.summary, held, names, notes),
        _places(found.places, titles, held, words, notes),
        _changes(found.changes, communities, names, notes),
        tuple(warnings),
    )


def _titles(held: Sequence[Scenario]) -> list[str]:
    """Names told apart where two scenarios have the same."""
    seen: dict[str, int] = {}
    out = []
    for s in held:
        seen[s.name] = seen.get(s.name, 0) + 1
        out.append(s.name if seen[s.name] == 1 else f"{s.name} ({seen[s.name]})")
    return out


def _summary(
    summary: pd.DataFrame, held: Sequence[Scenario], names: Names, notes: Mapping[str, str]
) -> Table:
    words = names.words
    rows = summary.assign(
        kind=[kind_name(s.kind, words.lang) for s in held],
        status_short=[words.say(f"what_if.short_{s}") for s in summary["status"]],
    )
    columns = [
        *("scenario", "kind", "radius_m:count", "status_short", "places:count", "idle_places:count"),
        *("new_places:count", "cost_fen:wan_yuan", "cost_not_set:count", "residents_before:count"),
        *("residents_covered:count", "covered_pct:pct", "residents_uncovered:count", "residents_total:count"),
        *("gains_residents:count", "loses_residents:count", "mean_distance_m:count"),
    ]
    return rows_table(rows, columns, words, "what_if", words.say("what_if.file_compare"), notes)


def _places(
    places: pd.DataFrame,
    titles: Sequence[str],
    held: Sequence[Scenario],
    words: Words,
    notes: Mapping[str, str],
) -> Table:
    called: dict[str, str] = {}
    for s in held:
        if s.answer is not None:
            called |= dict(zip(s.answer.chosen["candidate_id"], s.answer.chosen["name"], strict=True))
    rows = pd.DataFrame(
        {
            "name": [called.get(i) or words.say("what_if.no_name") for i in places["candidate_id"]],
            "sort": [words.say("what_if.is_new" if n else "what_if.is_idle") for n in places["is_new"]],
            "chosen_in": [words.listed([t for t in titles if row[t]]) for row in places.to_dict("records")],
            "candidate_id": places["candidate_id"],
        }
    )
    columns = ["name", "sort", "chosen_in::large", "candidate_id"]
    return rows_table(rows, columns, words, "what_if", words.say("what_if.file_places"), notes)


def _changes(
    changes: pd.DataFrame, communities: pd.DataFrame, names: Names, notes: Mapping[str, str]
) -> Table:
    words = names.words
    rows = changes.merge(
        communities[["community_id", "name", "subdistrict_code"]],
        left_on="demand_id",
        right_on="community_id",
        how="inner",
    )
    rows = rows.assign(
        community=rows["name"].map(lambda n: n if given(n) else words.say("what_if.no_name")),
        subdistrict=[names.area(c) for c in rows["subdistrict_code"]],
    )
    columns = [
        *("scenario", "community", "subdistrict", "change:count", "served:count", "served_base:count"),
        *("residents:count", "community_id"),
    ]
    return rows_table(rows, columns, words, "what_if", words.say("what_if.file_changes"), notes)
