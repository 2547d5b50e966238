"""Pipelines over an area: dig once, nothing dug up after repaving, approval, subsidy, handover (R27–R29)."""

import pandas as pd

from dashboard.tables import Kind
from dashboard.viewmodels.ledger_rows import code_name
from dashboard.viewmodels.project_frames import ProjectsInView
from dashboard.viewmodels.project_topic import Part, Place, Topic
from dashboard.words import Words
from programme.content.pipelines import dig_plan, digs_after_paving, pipeline_states


def pipelines_topic(
    view: ProjectsInView, digs: pd.DataFrame, pavings: pd.DataFrame, place: Place, apart_days: int
) -> Topic:
    """Pipelines: openings that could be one, digs after repaving, approval, subsidy, handover (R27–R29).

    `digs` and `pavings` are `queries_content.community_ledger` of all communities, since a street is one place across
    areas; a finding is shown where one of its digs lies in the area. `apart_days` is the reader's own choice.
    """
    words = place.words
    if place.community_ids is not None:
        # A clash lies at one community or one street: those of the project are enough.
        at_home = digs["community_id"].isin(place.community_ids)
        streets = set(digs.loc[at_home, "street"].dropna())
        digs = digs[at_home | digs["street"].isin(streets)]
    known = digs.set_index("dig_id")
    own = place.here(digs)
    here = set(own["dig_id"])
    plan = dig_plan(digs, apart_days)
    touches = [
        bool(here & {*one, *other})
        for one, other in zip(plan.clashes["rows"], plan.clashes["next_rows"], strict=True)
    ]
    clashes = plan.clashes[pd.Series(touches, index=plan.clashes.index, dtype=bool)]
    after = digs_after_paving(digs, pavings)
    after = after[after["dig_id"].isin(here)]
    states = pipeline_states(own, view.as_of)
    bad = plan.unusable[plan.unusable["dig_id"].isin(here)]
    clash_rows = pd.DataFrame(
        {
            "place": [
                str(p) if k == "street" else str(known.at[r[0], "community_name"])
                for k, p, r in zip(clashes["place_kind"], clashes["place"], clashes["rows"], strict=True)
            ],
            "place_kind": [words.say(f"projects.place.{k}") for k in clashes["place_kind"]],
            "first_digs": [_digs(r, known, words) for r in clashes["rows"]],
            "last_date": clashes["last_date"],
            "next_digs": [_digs(r, known, words) for r in clashes["next_rows"]],
            "next_date": clashes["next_date"],
            "gap_days": clashes["gap_days"],
            "import_run_id": [known.at[r[0], "import_run_id"] for r in clashes["next_rows"]],
        }
    )
    after_rows = pd.DataFrame(
        {
            "community": [known.at[d, "community_name"] for d in after["dig_id"]],
            "dig": [_digs((d,), known, words) for d in after["dig_id"]],
            "paved_date": after["paved_date"],
            "planned_from": after["planned_from"],
            "days_after": after["days_after"],
            "paving_id": after["paving_id"],
            "import_run_id": [known.at[d, "import_run_id"] for d in after["dig_id"]],
        }
    )
    state_rows = pd.DataFrame(
        {
            "community": own["community_name"],
            "area": place.areas(own),
            "kind": [code_name("pipeline_works", "kind", k, words) for k in own["kind"]],
            "company": own["company"],
            "state": [words.say(f"projects.dig_state.{s}") for s in states["state"]],
            "problems": [
                words.listed([words.say(f"projects.dig_problem.{p}") for p in ps])
                for ps in states["problems"]
            ],
            "planned_from": own["planned_from"],
            "planned_to": own["planned_to"],
            "approval_no": own["approval_no"],
            "subsidy_state": [
                code_name("pipeline_works", "subsidy_state", s, words) for s in own["subsidy_state"]
            ],
            "handed_over_date": own["handed_over_date"],
            "dig_id": own["dig_id"],
            "import_run_id": own["import_run_id"],
        }
    )
    order = state_rows.assign(_none=state_rows["problems"] == "").sort_values(["_none", "dig_id"])
    state_rows = state_rows.loc[order.index]
    problems = {
        p: states["problems"].map(lambda ps, p=p: int(p in ps)).astype("int64")
        for p in ("begun_without_approval", "subsidy_paid_before_done", "handover_open")
    }
    in_clash = own["dig_id"].isin(
        {k for pair in (clashes["rows"], clashes["next_rows"]) for r in pair for k in r}
    )
    areas = place.by_area(
        own,
        {
            "digs": pd.Series(1, own.index, dtype="int64"),
            "in_clash": in_clash.astype("int64"),
            "after_paving": own["dig_id"].isin(after["dig_id"]).astype("int64"),
            **problems,
        },
        words.say("projects.file_digs_areas"),
    )
    dates: dict[str, Kind] = dict.fromkeys(
        ("last_date", "next_date", "paved_date", "planned_from", "planned_to", "handed_over_date"), "date"
    )
    dates |= {"gap_days": "count", "days_after": "count"}
    return Topic(
        words.say(
            "projects.digs_headline",
            digs=len(own),
            places=words.count(own["community_id"].nunique(), "community"),
            clashes=len(clashes),
            days=apart_days,
            after=len(after),
            open=int(problems["handover_open"].sum()),
        ),
        (
            Part(
                "digs_areas",
                words.say("projects.digs_areas_question"),
                words.say("projects.digs_areas_answer", unusable=len(bad)),
                areas,
                words.say("projects.digs_rule", days=apart_days),
            ),
            Part(
                "digs_clashes",
                words.say("projects.digs_clashes_question"),
                words.say("projects.digs_clashes_answer", count=len(clashes), days=apart_days),
                place.table(clash_rows, dates, words.say("projects.file_digs_clashes")),
            ),
            Part(
                "digs_after",
                words.say("projects.digs_after_question"),
                words.say("projects.digs_after_answer", count=len(after)),
                place.table(after_rows, dates, words.say("projects.file_digs_after")),
                words.say("projects.digs_after_rule"),
            ),
            Part(
                "digs_rows",
                words.say("projects.digs_rows_question"),
                words.say("projects.digs_rows_answer", count=int((states["problems"].map(len) > 0).sum())),
                place.table(state_rows, dates, words.say("projects.file_digs")),
                words.say("projects.digs_state_rule"),
            ),
        ),
    )


def _digs(keys: tuple[str, ...], known: pd.DataFrame, words: Words) -> str:
    return words.listed(
        [
            words.say(
                "projects.dig_name",
                kind=code_name("pipeline_works", "kind", known.at[k, "kind"], words),
                id=k,
            )
            for k in keys
        ]
    )
