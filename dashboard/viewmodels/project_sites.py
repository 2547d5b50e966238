"""Lifts, parking and measures over an area: stairwell by stairwell, space by space (R33, R34, R37–R40)."""

import pandas as pd

from dashboard.tables import Kind
from dashboard.viewmodels.ledger_rows import code_name
from dashboard.viewmodels.project_frames import ProjectsInView, run_texts
from dashboard.viewmodels.project_topic import Part, Place, Topic
from programme.content.lifts import CONSENT, LiftState, lift_states
from programme.content.parking import parking_table
from programme.content.works import measure_totals


def lifts_topic(view: ProjectsInView, stairwells: pd.DataFrame, place: Place) -> Topic:
    """Lifts, stairwell by stairwell (R33). `stairwells` is `queries_content.community_ledger("lift_stairwells")`."""
    words = place.words
    own = place.here(stairwells)
    found = lift_states(own, view.as_of)
    counts = found["state"].value_counts()
    chart = pd.DataFrame(
        {
            "item": [words.say(f"projects.lift.{s.value}") for s in LiftState],
            "part": [words.say(f"projects.lift.{s.value}") for s in LiftState],
            "n": [int(counts.get(s.value, 0)) for s in LiftState],
        }
    )
    by_state = chart[["item", "n"]].rename(columns={"item": "state", "n": "stairwells"})
    is_odd = found["problems"].map(len) > 0
    areas = place.by_area(
        own,
        {
            "stairwells": pd.Series(1, own.index, dtype="int64"),
            **{s.value: (found["state"] == s.value).astype("int64") for s in LiftState},
            "with_problem": is_odd.astype("int64"),
        },
        words.say("projects.file_lifts_areas"),
    )
    rows = pd.DataFrame(
        {
            "community": own["community_name"],
            "area": place.areas(own),
            "building_id": own["building_id"],
            "stairwell_id": own["stairwell_id"],
            "state": [words.say(f"projects.lift.{s}") for s in found["state"]],
            "owners": own["owners"],
            "owners_consenting": own["owners_consenting"],
            "owners_share": [None if s is None else 100 * float(s) for s in found["owners_share"]],
            "area_share": [None if s is None else 100 * float(s) for s in found["area_share"]],
            "owners_lacking": found["owners_lacking"],
            "filed_date": own["filed_date"],
            "accepted_date": own["accepted_date"],
            "operator": own["operator"],
            "problems": [
                words.listed([words.say(f"projects.lift_problem.{p}") for p in ps])
                for ps in found["problems"]
            ],
            "import_run_id": own["import_run_id"],
        }
    )
    rows = rows.loc[rows.assign(_fine=~is_odd).sort_values(["_fine", "stairwell_id"]).index]
    kinds: dict[str, Kind] = {
        **dict.fromkeys(("owners", "owners_consenting", "owners_lacking"), "count"),
        **dict.fromkeys(("owners_share", "area_share"), "pct"),
        **dict.fromkeys(("filed_date", "accepted_date"), "date"),
    }
    return Topic(
        words.say(
            "projects.lifts_headline",
            stairwells=len(own),
            consented=int(counts.reindex([s.value for s in list(LiftState)[2:]]).fillna(0).sum()),
            accepted=int(counts.get(LiftState.ACCEPTED.value, 0)),
            odd=int(is_odd.sum()),
        ),
        (
            Part(
                "lifts_states",
                words.say("projects.lifts_states_question"),
                words.say("projects.lifts_states_answer", total=len(own)),
                place.table(by_state, {"stairwells": "count"}, words.say("projects.file_lifts")),
                words.say("projects.lifts_rule", share=f"{CONSENT.numerator}/{CONSENT.denominator}"),
                chart,
                ("#c3cbd3", "#dfc27d", "#a0cae4", "#61a7d2", "#0f4a87"),
            ),
            Part(
                "lifts_areas",
                words.say("projects.lifts_areas_question"),
                words.say("projects.lifts_areas_answer"),
                areas,
            ),
            Part(
                "lifts_rows",
                words.say("projects.lifts_rows_question"),
                words.say("projects.lifts_rows_answer", odd=int(is_odd.sum())),
                place.table(rows, kinds, words.say("projects.file_lifts_rows")),
            ),
        ),
    )


def parking_topic(view: ProjectsInView, lots: pd.DataFrame, homes: pd.DataFrame, place: Place) -> Topic:
    """Parking: built, shared, how full (R34).

    `lots` is `queries_content.community_ledger("parking_lots")`, `homes` `queries_content.home_households`.
    """
    words = place.words
    own, here = place.here(lots), place.here(homes)
    found = parking_table(own, here, view.as_of)
    first = own.drop_duplicates("community_id").set_index("community_id")["import_run_id"]
    rows = pd.DataFrame(
        {
            "community": here["community_name"],
            "area": place.areas(here),
            "built_spaces": found["built_spaces"],
            "shared_spaces": found["shared_spaces"],
            "households": found["households"],
            "per_100": [None if s is None else 100 * float(s) for s in found["spaces_per_household"]],
            "occupied": found["occupied"],
            "counted_spaces": found["counted_spaces"],
            "occupancy": [None if s is None else 100 * float(s) for s in found["occupancy"]],
            "is_over_full": found["is_over_full"],
            "not_counted": [len(n) for n in found["not_counted"]],
            "rows_behind": [words.listed(list(r)) for r in found["rows"]],
            "run": run_texts(first.reindex(here["community_id"]).reset_index(drop=True), place.runs, words),
        }
    )
    kinds: dict[str, Kind] = {
        **dict.fromkeys(
            ("built_spaces", "shared_spaces", "households", "occupied", "counted_spaces", "not_counted"),
            "count",
        ),
        **dict.fromkeys(("per_100", "occupancy"), "pct"),
        "is_over_full": "yes_no",
    }
    areas = place.by_area(
        here,
        {
            "built_spaces": found["built_spaces"],
            "shared_spaces": found["shared_spaces"],
            "households": found["households"].fillna(0).astype("int64"),
            "occupied": found["occupied"],
            "counted_spaces": found["counted_spaces"],
            "over_full": found["is_over_full"].astype("int64"),
        },
        words.say("projects.file_parking_areas"),
    )
    cars, spaces = int(found["occupied"].sum()), int(found["counted_spaces"].sum())
    return Topic(
        words.say(
            "projects.parking_headline",
            places=words.count(len(here), "community"),
            built=int(found["built_spaces"].sum()),
            shared=int(found["shared_spaces"].sum()),
            occupancy=words.share(cars, spaces),
            full=words.count(int(found["is_over_full"].sum()), "community"),
        ),
        (
            Part(
                "parking_areas",
                words.say("projects.parking_areas_question"),
                words.say("projects.parking_areas_answer"),
                areas,
                words.say("projects.parking_rule"),
            ),
            Part(
                "parking_rows",
                words.say("projects.parking_rows_question"),
                words.say("projects.parking_rows_answer", count=words.count(len(rows), "community")),
                place.table(rows, kinds, words.say("projects.file_parking")),
            ),
        ),
    )


def measures_topic(view: ProjectsInView, measures: pd.DataFrame, place: Place) -> Topic:
    """Measures by kind and area: planned, done, and whether they meet their standard (R37–R40).

    `measures` is `queries_content.community_ledger("community_measures")`.
    """
    words = place.words
    held = place.here(measures)
    by = f"{place.level}_code"
    cells = [
        ("", measure_totals(held.assign(whole=""), view.as_of, "whole")),
        (by, measure_totals(held, view.as_of, by)),
    ]
    tables = []
    for column, totals in cells:
        frame = pd.DataFrame(
            {
                **({"area": place.areas(totals)} if column else {}),
                "kind": [code_name("community_measures", "kind", k, words) for k in totals["kind"]],
                "unit": totals["unit"].fillna(words.say("figure.not_known")),
                "quantity": [float(v) for v in totals["planned"]],
                "quantity_done": [float(v) for v in totals["done"]],
                "met": totals["met"],
                "not_met": totals["not_met"],
                "not_judged": totals["not_known"],
                "not_told": [len(n) for n in totals["not_told"]],
                "row_count": [len(r) for r in totals["rows"]],
            }
        )
        kinds: dict[str, Kind] = {
            "quantity": "number",
            "quantity_done": "number",
            **dict.fromkeys(("met", "not_met", "not_judged", "not_told", "row_count"), "count"),
        }
        tables.append(place.table(frame, kinds, words.say("projects.file_measures")))
    rows = held[
        [
            "community_name",
            "kind",
            "quantity",
            "unit",
            "started_date",
            "completed_date",
            "is_standard_met",
            "measure_id",
            "import_run_id",
        ]
    ].rename(columns={"community_name": "community"})
    rows.insert(1, "area", place.areas(held))
    rows["kind"] = [code_name("community_measures", "kind", k, words) for k in rows["kind"]]
    kinds = {
        "quantity": "number",
        "started_date": "date",
        "completed_date": "date",
        "is_standard_met": "yes_no",
    }
    whole = cells[0][1]
    return Topic(
        words.say(
            "projects.measures_headline",
            count=len(held),
            places=words.count(held["community_id"].nunique(), "community"),
            not_met=int(whole["not_met"].sum()),
            unknown=sum(len(n) for n in whole["not_told"]),
        ),
        (
            Part(
                "measures_kinds",
                words.say("projects.measures_kinds_question"),
                words.say("projects.measures_kinds_answer"),
                tables[0],
                words.say("projects.measures_rule"),
            ),
            Part(
                "measures_areas",
                words.say("projects.measures_areas_question"),
                words.say("projects.measures_areas_answer"),
                tables[1],
            ),
            Part(
                "measures_rows",
                words.say("projects.measures_rows_question"),
                words.say("projects.measures_rows_answer", count=len(rows)),
                place.table(rows, kinds, words.say("projects.file_measures_rows")),
            ),
        ),
    )
