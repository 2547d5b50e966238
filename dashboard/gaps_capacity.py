"""Whether there is enough within the distance, not just something: the floating catchment, as second measure (R45)."""

import pandas as pd

from dashboard.gaps_page import GapsPage
from dashboard.markup import element, show
from dashboard.panels import panel
from dashboard.tables import Table, TableColumn, show_table
from dashboard.viewmodels.gaps import short_kind
from dashboard.words import DASH
from geo.gaps_capacity import CapacitySteps, capacity_steps
from loaders.coverage.desk import Desk
from programme.standards import capacity_requirement


def show_capacity(page: GapsPage, desk: Desk, opened: pd.DataFrame, kind: str, radius_m: float) -> None:
    """How much is short now, what opening mends, what must be built, by what the standard asks for each resident."""
    words = page.words
    asked = capacity_requirement(page.standards, kind, page.ask.day, page.ask.chosen)
    if asked is None:
        show(element("p", words.say("gaps.capacity_not_set", kind=short_kind(kind, words)), css="atlas-note"))
        return
    measure, needed = asked
    if not desk.people[measure.per].notna().any():
        show(element("p", words.say("gaps.capacity_no_people"), css="atlas-note"))
        return
    # All homes of the district share what there is, whoever is looked at.
    found = capacity_steps(
        desk.network,
        desk.origins,
        desk.of_kind(kind).assign(kind=kind),
        opened,
        desk.people,
        kind,
        measure,
        radius_m,
    )
    names = {
        str(i): str(n)
        for i, n in zip(page.communities["community_id"], page.communities["name"], strict=True)
    }
    rows = found.table[found.table["community_id"].astype(str).isin(list(names))]
    unit = words.say(f"gaps.capacity_{measure.column}")
    answer = words.say(
        "gaps.capacity_answer",
        place=page.place,
        people=words.number(rows[measure.per].sum()),
        people_unit=words.say(f"gaps.unit_{measure.per}"),
        needed=words.number(rows["needed"].sum(), 1),
        short=words.number(rows["short_now"].sum(), 1),
        mended=words.number(rows["mended"].sum(), 1),
        left=words.number(rows["to_build"].sum(), 1),
        unit=unit,
    )
    question = words.say("gaps.capacity_question", kind=short_kind(kind, words))
    with panel(words, question, answer, key="gap_capacity", source=page.source):
        show_table(_table(page, found, rows, names, unit), words, key="gaps_capacity")
        source = " ".join(t for t in (needed.document, needed.clause, needed.source) if t) or DASH
        show(
            element(
                "p", words.say("gaps.capacity_rule", source=source, need=_need(page, found)), css="atlas-note"
            )
        )
        left_out = {code: ids for code, ids in found.after.left_out.items() if ids}
        for code, ids in left_out.items():
            shown = words.listed([page.facility_names.get(i.removeprefix("opened "), i) for i in ids[:12]])
            show(
                element(
                    "p", words.say(f"gaps.capacity_out_{code}", count=len(ids), names=shown), css="atlas-note"
                )
            )


def _need(page: GapsPage, found: CapacitySteps) -> str:
    words, measure = page.words, found.measure
    per_1000 = 1000 * measure.need if measure.per == "residents" else measure.need
    return words.say(
        f"gaps.capacity_per_{measure.per}",
        need=words.number(per_1000, 1),
        unit=words.say(f"gaps.capacity_{measure.column}"),
    )


def _table(
    page: GapsPage, found: CapacitySteps, rows: pd.DataFrame, names: dict[str, str], unit: str
) -> Table:
    words, per = page.words, found.measure.per
    people = words.say(f"gaps.unit_{per}")
    shown = rows.assign(name=[names[str(c)] for c in rows["community_id"]]).sort_values(
        ["to_build", "community_id"], ascending=[False, True]
    )
    columns = [
        TableColumn("name", words.say("gaps.col_community")),
        TableColumn(per, words.say("gaps.col_known", unit=people), "count"),
        TableColumn("needed", words.say("gaps.col_needed", unit=unit), "number"),
        TableColumn("short_now", words.say("gaps.col_short", unit=unit), "number"),
        TableColumn("mended", words.say("gaps.col_mended", unit=unit), "number"),
        TableColumn("to_build", words.say("gaps.col_to_build", unit=unit), "number"),
        TableColumn("unknown_capacity_people", words.say("gaps.col_unknown_capacity", unit=people), "count"),
        TableColumn("community_id", words.say("gaps.col_id")),
    ]
    return Table(shown.reset_index(drop=True), columns, words.say("gaps.capacity_file"), page.notes)
