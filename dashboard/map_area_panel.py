"""The panel of an area: what its rows add up to, by which rule they were taken, and how to give the area up."""

from dataclasses import astuple

import pandas as pd
import streamlit as st

from dashboard.filters import Filters
from dashboard.map_area_data import community_figures, project_money, project_pairs, touched_projects
from dashboard.map_layers import LAYERS
from dashboard.map_tools import clear_area
from dashboard.markup import element, show
from dashboard.panels import panel, source_line
from dashboard.state import reader, worked_out
from dashboard.viewmodels.map import MapFilters
from dashboard.viewmodels.map_area import MOST_POINTS, MapArea
from dashboard.viewmodels.map_area_totals import area_totals, total_lines
from dashboard.viewmodels.map_kept import KeptRows
from dashboard.words import Words

SOURCES = ("communities", "buildings", "projects", "stage_events", "funding_entries")


def lines_of_area(
    kept: KeptRows,
    frame: pd.DataFrame,
    kind: str,
    filters: Filters,
    own: MapFilters,
    area: MapArea | None,
    words: Words,
) -> list[tuple[str, str]]:
    """The totals of the rows that are kept of `frame`, the rows of a kind, as labels and figures.

    `filters`, `own` and `area` are those by which the rows were kept: the same ones are added up once.
    """

    def lines() -> tuple[tuple[str, str], ...]:
        held = None
        if kind == "communities":
            held = worked_out("map.area.held", (), lambda: community_figures(reader(), frame))
        pairs = worked_out("map.area.pairs", (), lambda: project_pairs(reader()))
        money = worked_out("map.area.money", (), lambda: project_money(reader()))
        rows = kept.rows()
        touched = touched_projects(rows, kind, pairs, money, has_central=filters.has_central)
        return tuple(total_lines(area_totals(rows, kind, held, touched), words))

    chosen = (filters.district_code, filters.subdistrict_code, filters.has_central, area.text if area else "")
    key = (kind, *chosen, *astuple(own), words.lang, LAYERS.revision())
    return list(worked_out("map.area.lines", key, lines))


def area_note(area: MapArea, words: Words) -> str:
    """Where a drawn area lies, and what counts as inside."""
    west, south, east, north = (f"{n:.4f}" for n in area.polygon.bounds)
    bounds = words.say("map.area_bounds", west=west, south=south, east=east, north=north)
    return words.say("map.area_note", bounds=bounds, rule=words.say("map.area_rule"))


def refused_note(code: str, words: Words) -> None:
    """Why an area was not taken."""
    show(element("p", words.say(f"map.area_{code}", most=MOST_POINTS), css="atlas-ribbon"))


def area_panel(
    lines: list[tuple[str, str]], area: MapArea | None, place: str, filters: Filters, words: Words
) -> None:
    """The totals of an area that was drawn, or of the chosen district or subdistrict."""
    answer = words.say("map.area_rule" if area else "map.area_chosen")
    source = source_line(words, filters, *SOURCES)
    question = words.say("map.area_question", place=place)
    with panel(words, question, answer, key="map_area", source=source, rows="map_rows"):
        for label, figure in lines:
            show(element("p", element("b", label), words.say("map.area_colon"), figure, css="atlas-answer"))
        if area:
            st.button(words.say("map.draw_clear"), key="map_area_clear", on_click=clear_area)
