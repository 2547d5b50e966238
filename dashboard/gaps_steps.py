"""The two-step gap: now, after opening existing rooms and shared places, and what must still be built (R41, R42)."""

import pandas as pd
import streamlit as st

from dashboard.gaps_capacity import show_capacity
from dashboard.gaps_kind import choose_kind, need_text
from dashboard.gaps_maps import HEIGHT_PX, near_of
from dashboard.gaps_page import GapsPage
from dashboard.gaps_pdf import pdf_button, table_section
from dashboard.issues_map import ground
from dashboard.markup import element, show
from dashboard.offline_map import MOST_POINTS, MapPoint, point_map, show_points
from dashboard.panels import panel
from dashboard.state import read
from dashboard.tables import show_table
from dashboard.viewmodels.gaps import counted_by, short_kind
from dashboard.viewmodels.gaps_steps import (
    Dwellings,
    build_table,
    homes_of,
    openable,
    opened_table,
    points_of,
    steps_of,
    summary_table,
    with_assumption,
)
from dashboard.what_if_waiting import begin, result
from dashboard.what_if_work import held_desk, seen, start_desk
from geo.gaps_steps import TwoStep
from loaders.coverage.desk import Desk, kinds_in
from loaders.coverage.inputs import HOMES
from loaders.reports.sheet import Section
from programme.standards import Status
from store import queries_gaps

STEP_COLOURS = {"mended": "#5e9bd1", "to_build": "#a6611a", "room": "#01735f"}
MOST_ROOMS = 60
_JOB = "gaps.desk_job"


def show_steps(page: GapsPage) -> None:
    """The page's fourth subject."""
    words = page.words
    district = page.filters.district_code
    if district is None:
        show(element("p", words.say("gaps.steps_district"), css="atlas-note"))
        return
    desk = held_desk(district)
    if desk is None:
        if st.session_state.get(_JOB) is None:
            begin(_JOB, start_desk(district))
        desk = result(_JOB, words)
        if not isinstance(desk, Desk) or desk.district_code != district:
            return
    kind = choose_kind(page)
    needed = page.needs[kind]
    show(element("p", need_text(needed, words), css="atlas-note"))
    radius = None
    if needed.status is not Status.SET:
        radius = st.number_input(
            words.say("gaps.assumed_radius"),
            min_value=0.0,
            max_value=3000.0,
            value=None,
            step=50.0,
            key=f"gaps_assumed_{kind}",
            width=280,
        )
        if not radius:
            show(element("p", words.say("gaps.assumed_needed"), css="atlas-note"))
            return
        show(element("p", words.say("gaps.assumed_note", radius=words.number(radius)), css="atlas-note"))
    rooms = read(queries_gaps.idle_space_rows)
    rooms = rooms[(rooms["district_code"] == district) & ~rooms.geometry.isna()]
    fitting = rooms[[kind in kinds_in(t) for t in rooms["possible_kinds"]]]
    closed, shared = _choices(page, desk, kind, fitting)
    facilities = page.facilities[page.facilities["district_code"] == district]
    opened = openable(rooms, facilities, shared, kind, closed)
    who = _who(page, desk)
    kinds = [kind, *sorted(set(opened["kind"]) - {kind})]
    needs = {
        k: with_assumption(page.needs[k], radius if k == kind else None) for k in kinds if k in page.needs
    }
    found = steps_of(desk, who, opened, needs)
    _answer(page, found, opened, kind, who.people)
    if needs[kind].radius_m is not None:
        show_capacity(page, desk, opened, kind, float(needs[kind].radius_m or 0))


def _who(page: GapsPage, desk: Desk) -> Dwellings:
    """The homes or the population points of the area that this person may see."""
    if page.ask.account == HOMES:
        return homes_of(desk, seen(desk.district_code).homes(desk, page.filters.subdistrict_code))
    points = read(queries_gaps.population_places)
    points = points[points["district_code"] == desk.district_code]
    if page.filters.subdistrict_code is not None:
        points = points[points["subdistrict_code"] == page.filters.subdistrict_code]
    return points_of(desk, points, page.area_names)


def _names(page: GapsPage) -> dict[str, tuple[str, str]]:
    """Who is named in the list of what must be built: communities, or subdistricts for population points."""
    areas = page.area_names
    if page.ask.account != HOMES:
        return {code: ("", name) for code, name in areas.items()}
    rows = page.communities
    return {
        str(i): (str(n), areas.get(str(s), ""))
        for i, n, s in zip(rows["community_id"], rows["name"], rows["subdistrict_code"], strict=True)
    }


def _choices(page: GapsPage, desk: Desk, kind: str, fitting: pd.DataFrame) -> tuple[set[str], list[str]]:
    words = page.words
    names = {str(r.space_id): str(r.name or r.space_id) for r in fitting.itertuples()}
    with st.container(horizontal=True, key="bar_gap_steps"):
        others = sorted((k for k in desk.places.kinds if k != kind), key=lambda k: short_kind(k, words))
        shared = st.multiselect(
            words.say("gaps.share_kinds", kind=short_kind(kind, words)),
            others,
            format_func=lambda k: short_kind(k, words),
            key=f"gaps_share_{kind}",
            placeholder=words.say("gaps.none_chosen"),
            select_all=False,
        )
        closed = st.multiselect(
            words.say("gaps.leave_closed"),
            list(names)[:MOST_ROOMS],
            format_func=lambda i: names[i],
            key=f"gaps_closed_{kind}",
            placeholder=words.say("gaps.all_opened", rooms=len(names)),
            select_all=False,
        )
    return set(closed), list(shared)


def _answer(page: GapsPage, found: TwoStep, opened: pd.DataFrame, kind: str, people: pd.DataFrame) -> None:
    words = page.words
    counted = counted_by(people)
    row = found.summary[found.summary["kind"] == kind].iloc[0]
    own = found.opened[found.opened["kind"] == kind]
    useful = own[own[f"{counted}_gained"] > 0]
    if row["status"] != "assessed":
        show(
            element(
                "p",
                words.say(f"gaps.kind_{row['status']}", kind=short_kind(kind, words), place=page.place),
                css="atlas-headline",
            )
        )
        return
    told = {
        "place": page.place,
        "kind": short_kind(kind, words),
        "unit": words.say(f"gaps.unit_{counted}"),
        "now": words.number(row[f"{counted}_beyond_now"]),
        "mended": words.number(row[f"{counted}_mended"]),
        "left": words.number(row[f"{counted}_to_build"]),
        "rooms": len(own),
        "useful": len(useful),
    }
    answers = [words.say("gaps.steps_headline", **told)]
    show(element("p", answers[0], css="atlas-headline"))
    best = useful.sort_values([f"{counted}_gained", "place_id"], ascending=[False, True]).head(1)
    if len(best):
        name = opened[(opened["place_id"] == best["place_id"].iloc[0])]["name"].iloc[0]
        answers.append(
            words.say(
                "gaps.steps_best",
                room=name,
                gained=words.number(best[f"{counted}_gained"].iloc[0]),
                unit=told["unit"],
            )
        )
        show(element("p", answers[-1], css="atlas-answer"))
    left, right = st.columns([52, 48], gap="small")
    with (
        left,
        panel(
            words,
            words.say("gaps.steps_map_question", **told),
            words.say("gaps.steps_map_answer"),
            key="gap_steps_map",
            source=page.source,
        ),
    ):
        _map(page, found, opened, kind, people)
    rooms_table = opened_table(found, opened, kind, counted, words, page.notes)
    left_table = build_table(found, kind, _names(page), words, page.notes)
    with (
        right,
        panel(
            words,
            words.say("gaps.opened_question", **told),
            words.say("gaps.opened_answer"),
            key="gap_opened",
            source=page.source,
        ),
    ):
        show_table(rooms_table, words, key="gaps_opened")
        sections = (
            Section(words.say("gaps.steps_section"), "\n".join(answers)),
            table_section(words.say("gaps.opened_question", **told), rooms_table, words),
            table_section(words.say("gaps.build_question", **told), left_table, words),
        )
        pdf_button(page, words.say("gaps.steps_title", **told), sections, key="gaps_steps_pdf")
    with panel(
        words,
        words.say("gaps.build_question", **told),
        words.say("gaps.build_answer", **told),
        key="gap_build",
        source=page.source,
    ):
        show_table(left_table, words, key="gaps_build")
    with panel(
        words,
        words.say("gaps.all_kinds_question"),
        words.say("gaps.all_kinds_answer"),
        key="gap_all_steps",
        source=page.source,
    ):
        show_table(
            summary_table(found, list(found.summary["kind"]), counted, words, page.notes),
            words,
            key="gaps_all_steps",
        )


def _map(page: GapsPage, found: TwoStep, opened: pd.DataFrame, kind: str, people: pd.DataFrame) -> None:
    words = page.words
    step = found.steps[kind]
    weight = people["residents"].fillna(people["households"]).fillna(1.0).to_numpy(dtype=float)
    rows = people.assign(mended=weight * (step == 1), to_build=weight * (step == 2))
    groups = rows.groupby("spot_id", sort=True)
    told = groups[["mended", "to_build"]].sum().join(groups[["name", "lon", "lat"]].first())
    told = told[(told[["mended", "to_build"]] > 0).any(axis=1)].dropna(subset=["lon", "lat"])
    told = told.assign(size=told[["mended", "to_build"]].max(axis=1)).sort_values("size", ascending=False)
    points = [
        MapPoint(
            str(i),
            float(r["lon"]),
            float(r["lat"]),
            "triangle" if r["to_build"] >= r["mended"] else "circle",
            STEP_COLOURS["to_build" if r["to_build"] >= r["mended"] else "mended"],
            (
                str(r["name"]),
                words.say(
                    "gaps.tip_step", mended=words.number(r["mended"]), left=words.number(r["to_build"])
                ),
            ),
            size_px=17,
        )
        for i, r in told.head(MOST_POINTS - MOST_ROOMS).iterrows()
    ]
    gained = found.opened[(found.opened["kind"] == kind) & (found.opened["origins_gained"] > 0)]
    places = opened[opened["kind"] == kind].drop_duplicates("place_id").set_index("place_id")
    for key in gained["place_id"].head(MOST_ROOMS):
        spot = places.at[key, "geometry"].representative_point()
        points.append(
            MapPoint(
                f"r:{key}",
                float(spot.x),
                float(spot.y),
                "square",
                STEP_COLOURS["room"],
                (str(places.at[key, "name"] or key), words.say("gaps.tip_room")),
                size_px=15,
            )
        )
    areas = ground(page.filters)
    near = near_of(told[["lon", "lat"]]) if len(told) else None
    if areas.empty:
        show(element("p", words.say("empty.outlines"), css="atlas-note"))
    else:
        show_points(point_map(areas, points, near=near), key=f"gaps_steps_map_{kind}", height=HEIGHT_PX)
    marks = {"mended": "●", "to_build": "▲", "room": "■"}
    show(
        element(
            "p",
            *(
                element(
                    "span",
                    element("b", mark, style=f"color: {STEP_COLOURS[code]}"),
                    " ",
                    words.say(f"gaps.step_{code}"),
                    css="atlas-legend-item",
                )
                for code, mark in marks.items()
            ),
            css="atlas-legend",
        )
    )
