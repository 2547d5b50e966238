"""An answer of siting as the page shows it: in words, as figures, tables, points of the map, and the curve."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from dashboard.point_maps import MapPoint
from dashboard.tables import Table
from dashboard.viewmodels.duties_words import Figure, Names, given, rows_table
from dashboard.viewmodels.what_if_answer import Answer
from dashboard.viewmodels.what_if_task import BEST
from dashboard.words import Words
from geo.siting_answer import Status
from geo.siting_input import Reason
from loaders.facility_standards import kind_name

IDLE, NEW, EXISTING, UNCOVERED = "#0b5f58", "#d9720b", "#8fb5d6", "#d98a80"
#: Points of each kind that a map shows at most; the tables have all of them.
MOST_EXISTING, MOST_UNCOVERED, MOST_OTHERS = 110, 130, 60
_MONEY = frozenset({"budget_negative", "budget_below_keep", "budget_below_cover", "time_too_short"})
_PEOPLE = frozenset({"capacity_below_demand", "demand_out_of_reach"})


@dataclass(frozen=True)
class AnswerView:
    """All that is shown of one answer. `warnings` are said in full; `notes` stand small."""

    headline: str
    status: str
    is_answered: bool
    figures: tuple[Figure, ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    chosen: Table
    left_out: Table
    uncovered: Table
    curve: Table
    points: tuple[MapPoint, ...]
    map_note: str
    curve_rows: pd.DataFrame

    @property
    def of_choice(self) -> tuple[MapPoint, ...]:
        """The points that the map opens on: the chosen places and the communities that are left."""
        return tuple(p for p in self.points if not p.code.startswith("f:"))


def answer_view(
    answer: Answer,
    communities: pd.DataFrame,
    existing: pd.DataFrame,
    runs: Mapping[str, int],
    names: Names,
    notes: Mapping[str, str],
) -> AnswerView:
    """An answer in words.

    `communities` (community_id, name, subdistrict_code, lon, lat, import_run_id) and `existing` facilities of the kind
    (facility_id, name, district_code, lon, lat) are those that may be seen; `runs` is the run of each candidate.
    """
    words = names.words
    is_answered = answer.status in (Status.OPTIMAL.value, Status.FEASIBLE_GAP.value)
    homes = answer.homes.merge(communities, on="community_id", how="left", suffixes=("", "_now"))
    uncovered = homes[homes["uncovered"] > 0].sort_values(
        ["uncovered", "community_id"], ascending=[False, True], kind="stable"
    )
    kind = kind_name(answer.ask.kind, words.lang)
    points, map_note = _points(answer, uncovered, existing, names)
    return AnswerView(
        headline=_headline(answer, kind, words) if is_answered else words.say("what_if.no_answer"),
        status=status_text(answer, words),
        is_answered=is_answered,
        figures=_figures(answer, words),
        warnings=tuple(reason_text(r, names, answer) for r in answer.reasons if not _is_note(r)),
        notes=_notes(answer, words, names),
        chosen=_chosen(answer, runs, names, notes),
        left_out=_left_out(answer, runs, names, notes),
        uncovered=_uncovered(uncovered, names, notes),
        curve=_curve(answer, words, notes),
        points=points,
        map_note=map_note,
        curve_rows=answer.curve,
    )


def _is_note(reason: Reason) -> bool:
    return reason.code in (
        "demand_out_of_reach",
        "cost_not_set",
        "nobody_to_cover",
    ) or reason.code.startswith(("demand_", "distance_"))


def status_text(answer: Answer, words: Words) -> str:
    """How far the answer is to be trusted, in plain words."""
    if answer.status != Status.FEASIBLE_GAP.value:
        return words.say(f"what_if.status_{answer.status}")
    if answer.bound is None:
        return words.say("what_if.status_feasible")
    best = answer.totals["residents_new"]
    return words.say(
        "what_if.status_feasible_gap",
        found=words.count(best, "resident"),
        bound=words.count(answer.bound, "resident"),
        gap=words.pct(100.0 * (answer.bound - best) / answer.bound if answer.bound else 0.0),
    )


def _headline(answer: Answer, kind: str, words: Words) -> str:
    totals, new = answer.totals, int(answer.chosen["is_new"].sum())
    whole = totals["residents_total"]
    if not whole:
        return words.say("what_if.headline_no_people")
    if answer.chosen.empty:
        code = "headline_nobody" if totals["residents_uncovered"] == 0 else "headline_none"
        return words.say(f"what_if.{code}", kind=kind, radius=metres(answer.ask.radius_m, words))
    return words.say(
        "what_if.headline",
        kind=kind,
        radius=metres(answer.ask.radius_m, words),
        idle=len(answer.chosen) - new,
        new=new,
        before=words.of(totals["residents_before"], whole, "resident"),
        after=words.of(answer.residents_after, whole, "resident"),
    )


def metres(value: float, words: Words) -> str:
    """A distance: 300 米, 300 m."""
    return words.say("what_if.metres", n=words.number(value))


def _figures(answer: Answer, words: Words) -> tuple[Figure, ...]:
    totals, whole = answer.totals, answer.totals["residents_total"]
    cost = words.money(totals["cost_fen"])
    if totals["cost_not_set"]:
        cost = words.say("what_if.cost_and_unknown", cost=cost, n=totals["cost_not_set"])
    told = {
        "before": words.of(totals["residents_before"], whole, "resident"),
        "new": words.count(totals["residents_new"], "resident"),
        "after": words.of(answer.residents_after, whole, "resident"),
        "uncovered": words.of(totals["residents_uncovered"], whole, "resident"),
        "out_of_reach": words.count(totals["residents_out_of_reach"], "resident"),
        "cost": cost,
        "walk": metres(answer.mean_distance_m, words) if answer.mean_distance_m is not None else "–",
    }
    return tuple(Figure(words.say(f"what_if.figure_{name}"), text) for name, text in told.items())


def reason_text(reason: Reason, names: Names, answer: Answer) -> str:
    """One reason in a sentence, with what would be needed and what there is."""
    words = names.words

    def figure(value: float | None) -> str:
        if value is None:
            return "–"
        if reason.code in _MONEY:
            return words.money(value)
        return words.count(value, "resident") if reason.code in _PEOPLE else words.number(value, 1)

    called = dict(zip(answer.left_out.get("candidate_id", []), answer.left_out.get("name", []), strict=True))
    called |= dict(zip(answer.chosen["candidate_id"], answer.chosen["name"], strict=True))
    ids = words.listed([str(called.get(i) or i) for i in reason.ids[:8]])
    more = words.say("what_if.and_more", n=len(reason.ids)) if len(reason.ids) > 8 else ""
    return words.say(
        f"what_if.reason_{reason.code}", ids=ids + more, need=figure(reason.need), have=figure(reason.have)
    )


def _notes(answer: Answer, words: Words, names: Names) -> tuple[str, ...]:
    ask = answer.ask
    told = [
        words.say(
            "what_if.note_basis" if not ask.is_own_radius else "what_if.note_own_radius",
            standard=ask.standard,
            radius=metres(ask.radius_m, words),
            day=words.date(ask.on),
        ),
        *(reason_text(r, names, answer) for r in answer.reasons if _is_note(r)),
    ]
    for name, number in answer.stock.items():
        if number:
            told.append(words.say(f"what_if.stock_{name}", n=number))
    if answer.unknown_communities:
        told.append(words.say("what_if.unknown_communities", n=answer.unknown_communities))
    if ask.residents_per_unit is not None:
        told.append(words.say("what_if.note_capacity", n=words.number(ask.residents_per_unit, 2)))
    return tuple(told)


def _sort_of(is_new: object, words: Words) -> str:
    if not given(is_new):
        return words.say("figure.not_known")
    return words.say("what_if.is_new" if is_new else "what_if.is_idle")


def _chosen(answer: Answer, runs: Mapping[str, int], names: Names, notes: Mapping[str, str]) -> Table:
    words, held = names.words, answer.chosen
    rows = pd.DataFrame(
        {
            "no": range(1, len(held) + 1),
            "name": held["name"].map(lambda n: n if given(n) else words.say("what_if.no_name")),
            "sort": [_sort_of(n, words) for n in held["is_new"]],
            "about": held["about"],
            "cost_fen": held["cost_fen"],
            "served_residents": held["served_residents"],
            "reach_residents": held["reach_residents"],
            "only_here_residents": held["only_here_residents"],
            "capacity_residents": held["capacity"],
            "is_kept": held["is_kept"],
            "run": [names.run(runs.get(str(i))) for i in held["candidate_id"]],
            "candidate_id": held["candidate_id"],
        }
    )
    columns = [
        *("no:year", "name", "sort", "cost_fen:wan_yuan", "served_residents:count", "reach_residents:count"),
        *("only_here_residents:count", "capacity_residents:count", "is_kept:yes_no", "about::large", "run"),
        "candidate_id",
    ]
    return rows_table(rows, columns, words, "what_if", words.say("what_if.file_chosen"), notes)


def _left_out(answer: Answer, runs: Mapping[str, int], names: Names, notes: Mapping[str, str]) -> Table:
    words, held = names.words, answer.left_out
    if held.empty:
        held = pd.DataFrame(
            columns=[
                "candidate_id",
                "is_new",
                "name",
                "cost_fen",
                "reason",
                "reach_residents",
                "adds_residents",
            ]
        )
    rows = pd.DataFrame(
        {
            "name": held["name"].map(lambda n: n if given(n) else words.say("what_if.no_name")),
            "sort": [_sort_of(n, words) for n in held["is_new"]],
            "why": [words.say(f"what_if.out_{r}") for r in held["reason"]],
            "adds_residents": held["adds_residents"],
            "reach_residents": held["reach_residents"],
            "cost_fen": held["cost_fen"],
            "run": [names.run(runs.get(str(i))) for i in held["candidate_id"]],
            "candidate_id": held["candidate_id"],
        }
    )
    columns = [
        *("name", "sort", "why::large", "adds_residents:count", "reach_residents:count", "cost_fen:wan_yuan"),
        *("run", "candidate_id"),
    ]
    return rows_table(rows, columns, words, "what_if", words.say("what_if.file_left_out"), notes)


def _uncovered(uncovered: pd.DataFrame, names: Names, notes: Mapping[str, str]) -> Table:
    words = names.words
    rows = pd.DataFrame(
        {
            "community": uncovered["name"].map(lambda n: n if given(n) else words.say("what_if.no_name")),
            "subdistrict": [names.area(c) for c in uncovered["subdistrict_code"]],
            "uncovered": uncovered["uncovered"],
            "out_of_reach": uncovered["out_of_reach"],
            "residents": uncovered["residents"],
            "run": [names.run(r) for r in uncovered["import_run_id"]],
            "community_id": uncovered["community_id"],
        }
    )
    columns = [
        *("community", "subdistrict", "uncovered:count", "out_of_reach:count", "residents:count", "run"),
        "community_id",
    ]
    return rows_table(rows, columns, words, "what_if", words.say("what_if.file_uncovered"), notes)


def _curve(answer: Answer, words: Words, notes: Mapping[str, str]) -> Table:
    columns = [
        *("places_limit:year", "residents_covered:count", "covered_pct:pct", "gain_residents:count"),
        *("new_places:count", "cost_fen:wan_yuan", "proven"),
    ]
    held = answer.curve
    if held.empty:
        held = pd.DataFrame(columns=[c.split(":")[0] for c in columns] + ["status"])
    rows = held.assign(
        proven=[words.say("word.yes" if s == Status.OPTIMAL.value else "word.no") for s in held["status"]]
    )
    return rows_table(rows, columns, words, "what_if", words.say("what_if.file_curve"), notes)


def _points(
    answer: Answer, uncovered: pd.DataFrame, existing: pd.DataFrame, names: Names
) -> tuple[tuple[MapPoint, ...], str]:
    """What lies below comes first: facilities, uncovered communities, candidates left out, the chosen."""
    words = names.words
    there = existing[existing["lon"].notna()]
    # Facilities of the district come first, then those across its border.
    is_across = there["district_code"] != answer.ask.district_code
    there = there.assign(is_across=is_across).sort_values(["is_across", "facility_id"], kind="stable")
    open_ = uncovered[uncovered["lon"].notna()]
    out = [
        MapPoint(
            f"f:{r.facility_id}",
            float(r.lon),
            float(r.lat),
            "circle",
            EXISTING,
            (str(r.name_text), words.say("what_if.tip_existing")),
            size_px=11,
        )
        for r in there.rename(columns={"name": "name_text"}).head(MOST_EXISTING).itertuples()
    ]
    for r in open_.rename(columns={"name": "name_text"}).head(MOST_UNCOVERED).itertuples():
        tip = words.say("what_if.tip_uncovered", n=words.count(r.uncovered, "resident"))
        size = 8 if r.uncovered < 500 else 11 if r.uncovered < 1500 else 15
        name = str(r.name_text) if given(r.name_text) else words.say("what_if.no_name")
        out.append(
            MapPoint(
                f"c:{r.community_id}",
                float(r.lon),
                float(r.lat),
                "diamond",
                UNCOVERED,
                (name, tip),
                size_px=size,
            )
        )
    for number, r in enumerate(answer.chosen.itertuples(), start=1):
        if not given(r.lon):
            continue
        tip = words.say("what_if.tip_chosen", n=words.count(r.served_residents, "resident"))
        name = str(r.name) if given(r.name) else words.say("what_if.no_name")
        colour = NEW if r.is_new else IDLE
        shape = "triangle" if r.is_new else "square"
        out.append(
            MapPoint(
                str(r.candidate_id),
                float(r.lon),
                float(r.lat),
                shape,  # type: ignore[arg-type]
                colour,
                (name, _sort_of(r.is_new, words), tip),
                text=str(number),
                ink="#000000" if r.is_new else "#ffffff",
                size_px=24,
            )
        )
    left = [
        words.say(f"what_if.map_left_{name}", n=len(rows) - most, most=most)
        for name, rows, most in (("existing", there, MOST_EXISTING), ("uncovered", open_, MOST_UNCOVERED))
        if len(rows) > most
    ]
    return tuple(out), " ".join(left)


def method_text(answer: Answer, words: Words) -> str:
    """What was sought: the smallest set, or the best so many places."""
    if answer.ask.method == BEST:
        return words.say("what_if.method_best_n", n=answer.ask.places)
    return words.say("what_if.method_smallest_n")


def legend_items(words: Words) -> Sequence[tuple[str, str, str]]:
    """The signs of the map: glyph, colour, meaning."""
    return (
        ("●", EXISTING, words.say("what_if.legend_existing")),
        ("■", IDLE, words.say("what_if.legend_idle")),
        ("▲", NEW, words.say("what_if.legend_new")),
        ("◆", UNCOVERED, words.say("what_if.legend_uncovered")),
    )
