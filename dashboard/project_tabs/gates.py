"""Gate map and funnel."""

from dataclasses import replace

import geopandas as gpd
import pandas as pd
import shapely
import streamlit as st

from dashboard.address import change, choice
from dashboard.area_panels import INSET_ZONES, ROOM_EAST, ROOM_SOUTH
from dashboard.filters import Filters, StoreFacts
from dashboard.markup import Markup, element, show
from dashboard.offline_map import AreaMap, choropleth_map, show_folium
from dashboard.panels import panel, source_line
from dashboard.project_tabs.frames import TABLES, notes_of, open_card, project_picker, runs, view_of
from dashboard.ranking import show_ranking
from dashboard.state import read
from dashboard.viewmodels.areas import scope_name
from dashboard.viewmodels.project_frames import BREACH_COLOUR, DONE, step_legend
from dashboard.viewmodels.project_gates import GatesView, gates_view
from dashboard.words import Words
from programme.steps import MAIN_STEPS
from store import queries, queries_projects

MAP_HEIGHT_PX = 480
GROUND = "#e9edf0"
EVERY = "all"
CODES = (*(s.value for s in MAIN_STEPS), DONE)


def show_gates(filters: Filters, found: StoreFacts, words: Words) -> None:
    """The subject: headline, map beside funnel, the rows, the breaches."""
    chosen = choice("step", (EVERY, *CODES), EVERY)
    step = "" if chosen == EVERY else chosen
    projects = view_of(filters)
    place = scope_name(filters, found, words)
    notes = notes_of(words, filters, place, *TABLES)
    view = gates_view(projects, found, runs(), words, notes, step)
    source = source_line(words, filters, *TABLES)
    show(element("p", view.headline, css="atlas-headline"))
    if len(view.breaches.rows):
        show(_red(view.breaches_answer))
    left, right = st.columns([46, 54], gap="small")
    with left:
        _map(view, filters, words, source)
    with right:
        _funnel(view, words, source)
    with panel(words, words.say("projects.rows_question"), view.rows_answer, key="rows", source=source):
        project_picker(view.rows, words, key=f"projects_waiting_{step or 'all'}")
    question = words.say("projects.breaches_question")
    with panel(words, question, view.breaches_answer, key="breaches", source=source):
        if len(view.breaches.rows):
            project_picker(view.breaches, words, key="projects_breaches")
        show(element("p", words.say("projects.breaches_rule"), css="atlas-note"))


def _red(text: str) -> Markup:
    return element("p", text, css="atlas-answer", style=f"color: {BREACH_COLOUR}; font-weight: 600")


def _map(view: GatesView, filters: Filters, words: Words, source: str) -> None:
    question = words.say("projects.map_question")
    with panel(words, question, words.say("projects.map_answer"), key="gate_map", source=source, rows="rows"):
        picture = _picture(view.points, filters, words)
        if picture is None:
            show(element("p", words.say("empty.outlines"), css="atlas-note"))
        else:
            picked = show_folium(picture, key="projects_gate_map", height=MAP_HEIGHT_PX)
            if picked is not None and picked in set(view.points["code"]):
                open_card(picked)
                st.rerun()
        shown = frozenset(row.code for row in view.steps if row.value)
        items = [
            element(
                "span",
                element("span", glyph, style=f"color: {e.colour}; font-size: 15px"),
                f" {e.label}",
                css="atlas-legend-item",
            )
            for glyph, e in step_legend(words, shown)
        ]
        if view.points["outline"].notna().any():
            ring = element("span", "◯", style=f"color: {BREACH_COLOUR}; font-weight: 700")
            items.append(
                element("span", ring, f" {words.say('projects.has_breach')}", css="atlas-legend-item")
            )
        show(element("p", *items, css="atlas-legend"))


def _picture(points: pd.DataFrame, filters: Filters, words: Words) -> AreaMap | None:
    """The projects over the outlines of the districts, or of the chosen district's subdistricts."""
    spots = read(queries_projects.project_points).rename(columns={"project_id": "code"})
    placed = spots.merge(points, on="code")
    if filters.district_code is None:
        ground = read(queries.district_areas).rename(columns={"district_code": "code"})
    else:
        ground = read(queries.subdistrict_areas, filters.district_code).rename(
            columns={"subdistrict_code": "code"}
        )
    # Outlines carry no mark, so that a click on one is told from a click on a project.
    name = "name_en" if filters.lang == "en" else "name_zh"
    names = ground[name].where(ground[name].notna(), ground["name_zh"])
    central = ground[ground["zone"].isin(INSET_ZONES)] if "zone" in ground else ground.iloc[:0]
    ground = gpd.GeoDataFrame(
        {
            "code": ground["code"],
            "name": names,
            "colour": GROUND,
            "tip": [[n] for n in names],
            "mark": None,
            "outline": None,
        },
        geometry=ground.geometry,
        crs="EPSG:4326",
    )
    ground = ground[ground.geometry.notna()]
    drawn = [frame for frame in (ground, placed) if len(frame)]
    if not drawn:
        return None
    columns = ["code", "name", "colour", "tip", "mark", "outline", "geometry"]
    together = gpd.GeoDataFrame(pd.concat([f[columns] for f in drawn], ignore_index=True), crs="EPSG:4326")
    if central.empty:
        return choropleth_map(together, selected=filters.subdistrict_code)
    outline = shapely.union_all(central.geometry[central.geometry.notna()].to_numpy())
    inside = placed.loc[shapely.contains_properly(outline, placed.geometry.to_numpy()), "code"]
    picture = choropleth_map(
        together,
        selected=filters.subdistrict_code,
        inset_codes=[*central["code"], *inside],
        inset_title=words.say("overview.inset"),
        inset_position="bottomright",
    )
    # The city stands in the upper left; the six central districts are drawn larger in the room this leaves.
    (south, west), (north, east) = picture.spec["bounds"]
    room = [[south - ROOM_SOUTH * (north - south), west], [north, east + ROOM_EAST * (east - west)]]
    return replace(picture, spec={**picture.spec, "bounds": room})


def _funnel(view: GatesView, words: Words, source: str) -> None:
    question = words.say("projects.funnel_question")
    with panel(words, question, view.answer, key="funnel", source=source, rows="rows"):
        labels = {
            "rank": words.say("projects.funnel_no"),
            "area": words.say("projects.funnel_step"),
            "bar": words.say("projects.funnel_bar"),
            "figure": words.say("projects.funnel_figure"),
            "reason": words.say("projects.funnel_note"),
            "pace": "",
            "lamps": [],
        }
        show_ranking(
            view.steps,
            labels,
            key="projects_funnel",
            selected=view.step or None,
            on_pick=lambda code: change(step=EVERY if code == view.step else code),
        )
        if view.step:
            st.button(
                words.say("projects.all_steps"),
                key="projects_all_steps",
                on_click=lambda: change(step=EVERY),
            )
        show(element("p", words.say("projects.funnel_rule"), css="atlas-note"))
