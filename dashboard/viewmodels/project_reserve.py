"""Reserve pool, what a district can afford, and where each case lies (R6, R8, R12)."""

import pandas as pd

from dashboard.filters import StoreFacts
from dashboard.tables import Kind
from dashboard.viewmodels.areas import name_of
from dashboard.viewmodels.ledger_rows import code_name
from dashboard.viewmodels.project_frames import ProjectsInView
from dashboard.viewmodels.project_topic import Part, Place, Topic
from dashboard.words import Words
from programme.batches import confirmations
from programme.reserve import ITEM_CLAUSES, candidates, fiscal_room
from programme.trail import Place as Lies
from programme.trail import walk


def pool_topic(view: ProjectsInView, place: Place) -> Topic:
    """The reserve pool: how ready each candidate is, and what it lacks (R6)."""
    words, found = place.words, candidates(view.table)
    held = view.projects.set_index("project_id")
    own = held.loc[found["project_id"]]
    rows = pd.DataFrame(
        {
            "name": own["name"].to_numpy(),
            "district": district_names(found["district_code"], place.facts, words),
            "score": [
                words.say("figure.against", part=m, whole=a)
                for m, a in zip(found["met"], found["asked"], strict=True)
            ],
            "score_pct": found["score_pct"],
            "missing": [
                words.listed([item_name(str(i), words) for i in missing]) for missing in found["missing"]
            ],
            "reserve_date": found["reserve_date"],
            "days_in_pool": found["days_in_pool"],
            "planned_investment_fen": found["planned_investment_fen"],
            "is_central_state": found["is_central_state"],
            "project_id": found["project_id"],
            "import_run_id": own["import_run_id"].to_numpy(),
        }
    )
    rows.index = pd.Index(found["project_id"])
    lacks = found["missing"].explode().dropna().astype(str).value_counts()
    by_item = pd.DataFrame(
        {
            "item": [item_name(i.value, words) for i in ITEM_CLAUSES],
            "clause": [
                words.say("projects.clause", clause=c, requirement=r) for c, r in ITEM_CLAUSES.values()
            ],
            "has_it": [len(found) - int(lacks.get(i.value, 0)) for i in ITEM_CLAUSES],
            "lacks_it": [int(lacks.get(i.value, 0)) for i in ITEM_CLAUSES],
        }
    )
    chart = by_item.melt("item", ["has_it", "lacks_it"], "part", "n")
    chart["part"] = [words.say(f"projects.pool.{p}") for p in chart["part"]]
    full = int((found["met"] == found["asked"]).sum())
    most = lacks.index[0] if len(lacks) else None
    kinds: dict[str, Kind] = {
        "score_pct": "pct",
        "reserve_date": "date",
        "days_in_pool": "count",
        "planned_investment_fen": "wan_yuan",
        "is_central_state": "yes_no",
    }
    return Topic(
        words.say("projects.pool_none")
        if found.empty
        else words.say(
            "projects.pool_headline",
            count=words.count(len(found), "project"),
            full=words.count(full, "project"),
            most=""
            if most is None
            else words.say("projects.pool_most", item=item_name(most, words), count=int(lacks[most])),
        ),
        (
            Part(
                "pool_items",
                words.say("projects.pool_items_question"),
                words.say("projects.pool_items_answer", total=len(found)),
                place.table(
                    by_item, {"has_it": "count", "lacks_it": "count"}, words.say("projects.file_pool_items")
                ),
                words.say("projects.pool_rule", asked=len(ITEM_CLAUSES)),
                chart,
                ("#2a7ab9", "#e0b07b"),
            ),
            Part(
                "pool_rows",
                words.say("projects.pool_rows_question"),
                words.say("projects.pool_rows_answer", count=words.count(len(rows), "project")),
                place.table(rows, kinds, words.say("projects.file_pool")),
            ),
        ),
    )


def item_name(code: str, words: Words) -> str:
    """What an item of readiness is called."""
    return words.say(f"projects.ready.{code}")


def district_names(codes: pd.Series, facts: StoreFacts, words: Words) -> list[str]:
    """The names of some districts."""
    return [name_of(facts.districts, c, words.lang, str(c)) for c in codes]


def capacity_topic(view: ProjectsInView, assessments: pd.DataFrame, place: Place) -> Topic:
    """What each district can afford in the year, and what is taken of it (R8).

    Committed are the projects confirmed by the day. A subdistrict has no capacity of its own: its view shows what its
    own projects take of the district's.
    """
    words, year = place.words, place.filters.year
    confirmed = confirmations(view.projects, view.events, view.as_of).index
    own = assessments
    if place.filters.district_code is not None:
        own = own[own["district_code"] == place.filters.district_code]
    room = fiscal_room(view.projects, list(confirmed), own, year, view.as_of)
    states = [_room_state(r, words) for r in room.itertuples()]
    in_force = (
        own[own["year"] == year].drop_duplicates("district_code", keep="last").set_index("district_code")
    )
    rows = pd.DataFrame(
        {
            "district": district_names(pd.Series(room.index), place.facts, words),
            "state": states,
            "capacity_fen": room["capacity_fen"].to_numpy(),
            "committed_fen": room["committed_fen"].to_numpy(),
            "room_fen": room["room_fen"].to_numpy(),
            "committed_projects": room["committed_projects"].to_numpy(),
            "unknown_sums": room["unknown_sums"].to_numpy(),
            "assessed_date": room["assessed_date"].to_numpy(),
            "document_no": room["document_no"].to_numpy(),
            "import_run_id": in_force["import_run_id"].reindex(room.index).to_numpy(),
        }
    )
    # What stands in the way of a submission comes first.
    rank = [
        0 if r < 0 else 1 if not a else 2 if pd.isna(c) else 3
        for r, a, c in zip(room["room_fen"].fillna(0), room["is_assessed"], room["capacity_fen"], strict=True)
    ]
    rows = rows.assign(_rank=rank).sort_values("_rank", kind="stable").drop(columns="_rank")
    kinds: dict[str, Kind] = {
        **dict.fromkeys(("capacity_fen", "committed_fen", "room_fen"), "wan_yuan"),
        **dict.fromkeys(("committed_projects", "unknown_sums"), "count"),
        "assessed_date": "date",
    }
    over = room[room["room_fen"].fillna(0) < 0]
    return Topic(
        words.say(
            "projects.capacity_headline",
            year=year,
            assessed=int(room["is_assessed"].sum()),
            total=len(room),
            over=len(over),
            over_names=words.listed(district_names(pd.Series(over.index), place.facts, words))
            if len(over)
            else words.say("projects.nobody"),
            missing=words.listed(
                district_names(pd.Series(room.index[~room["is_assessed"]]), place.facts, words)
            )
            or words.say("projects.nobody"),
        ),
        (
            Part(
                "capacity",
                words.say("projects.capacity_question", year=year),
                words.say("projects.capacity_answer"),
                place.table(rows, kinds, words.say("projects.file_capacity", year=year)),
                words.say("projects.capacity_rule"),
            ),
        ),
    )


def _room_state(row: object, words: Words) -> str:
    if not row.is_assessed:  # type: ignore[attr-defined]
        return words.say("projects.room.not_assessed")
    if pd.isna(row.capacity_fen):  # type: ignore[attr-defined]
        return words.say("projects.room.not_set")
    return words.say("projects.room.over" if row.room_fen < 0 else "projects.room.fits")  # type: ignore[attr-defined]


def trail_topic(view: ProjectsInView, trail: pd.DataFrame, place: Place) -> Topic:
    """Where every case lies, since when, and what is odd about its trail (R12)."""
    words = place.words
    cases, faults = walk(view.projects, trail, view.events, view.as_of)
    names = view.names()
    counts = cases["place"].value_counts()
    by_place = pd.DataFrame(
        [
            (
                words.say(f"projects.lies.{p.value}"),
                int(counts.get(p.value, 0)),
                cases.loc[cases["place"] == p.value, "days_there"].astype("Float64").median(),
                cases.loc[cases["place"] == p.value, "days_there"].max(),
            )
            for p in Lies
        ],
        columns=["lies", "cases", "median_days", "longest_days"],
    )
    last = trail.drop_duplicates("project_id", keep="last").set_index("project_id")["import_run_id"]
    rows = pd.DataFrame(
        {
            "name": names.reindex(cases.index).to_numpy(),
            "district": district_names(cases["district_code"], place.facts, words),
            "lies": [words.say(f"projects.lies.{p}") for p in cases["place"]],
            "since_date": cases["since_date"].to_numpy(),
            "days_there": cases["days_there"].to_numpy(),
            "last_level": [code_name("submission_trail", "level", v, words) for v in cases["last_level"]],
            "last_action": [code_name("submission_trail", "action", v, words) for v in cases["last_action"]],
            "document_no": cases["last_document_no"].to_numpy(),
            "times_returned": cases["times_returned"].to_numpy(),
            "project_id": cases.index,
            "import_run_id": last.reindex(cases.index).to_numpy(),
        },
        index=cases.index,
    )
    waits = cases["place"] != Lies.CONFIRMED.value
    order = rows.assign(_done=~waits, _days=rows["days_there"].fillna(-1)).sort_values(
        ["_done", "_days", "name"], ascending=[True, False, True]
    )
    fault_rows = pd.DataFrame(
        {
            "name": names.reindex(faults["project_id"]).to_numpy(),
            "fault": [words.say(f"projects.fault.{f}") for f in faults["fault"]],
            "date": faults["date"].to_numpy(),
            "last_level": [code_name("submission_trail", "level", v, words) for v in faults["level"]],
            "last_action": [code_name("submission_trail", "action", v, words) for v in faults["action"]],
            "document_no": faults["document_no"].to_numpy(),
            "lies": ["" if pd.isna(p) else words.say(f"projects.lies.{p}") for p in faults["place"]],
            "project_id": faults["project_id"].to_numpy(),
            "import_run_id": last.reindex(faults["project_id"]).to_numpy(),
        },
        index=pd.Index(faults["project_id"]),
    )
    kinds: dict[str, Kind] = {
        **dict.fromkeys(("since_date", "date"), "date"),
        **dict.fromkeys(("cases", "days_there", "times_returned", "longest_days"), "count"),
        "median_days": "number",
    }
    return Topic(
        words.say(
            "projects.trail_headline",
            waiting=words.count(int(waits.sum()), "project"),
            parts=words.listed(
                [
                    words.say(
                        "projects.trail_part",
                        place=words.say(f"projects.lies.{p.value}"),
                        count=int(counts.get(p.value, 0)),
                    )
                    for p in list(Lies)[:-1]
                    if counts.get(p.value, 0)
                ]
            )
            or words.say("projects.nobody"),
            faults=len(faults),
        ),
        (
            Part(
                "trail_places",
                words.say("projects.trail_places_question"),
                words.say("projects.trail_places_answer", total=len(cases)),
                place.table(by_place, kinds, words.say("projects.file_trail_places")),
                words.say("projects.trail_rule"),
            ),
            Part(
                "trail_rows",
                words.say("projects.trail_rows_question"),
                words.say("projects.trail_rows_answer"),
                place.table(rows.loc[order.index], kinds, words.say("projects.file_trail")),
            ),
            Part(
                "trail_faults",
                words.say("projects.trail_faults_question"),
                words.say("projects.trail_faults_answer", count=len(faults)),
                place.table(fault_rows, kinds, words.say("projects.file_trail_faults")),
            ),
        ),
    )
