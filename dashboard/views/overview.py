"""Overview: are we on track, which districts are behind, and what holds them back?"""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from dashboard.address import choice, current_filters
from dashboard.area_panels import area_map, area_ranking, back_to_city, choose
from dashboard.charts import months_chart
from dashboard.filters import Filters, StoreFacts
from dashboard.markup import element, show
from dashboard.panels import empty, file_notes, panel, source_line
from dashboard.session import current_principal
from dashboard.state import facts, read, totals
from dashboard.tables import Table, show_table
from dashboard.viewmodels.area_rows import MEASURES, OLD_STOCK
from dashboard.viewmodels.overview import OverviewView, TargetCard, overview_view
from dashboard.viewmodels.programme_data import Programme, ProgrammeFrames, programme
from dashboard.viewmodels.project_table import project_rows_table, standings_table
from dashboard.words import Words
from programme.progress import PLAN_MEASURES, Measure, PaceRule
from store import queries

MAP_HEIGHT_PX = 424
TREND_HEIGHT_PX = 92
LONG_FIGURE = 16
TABLES = ("projects", "stage_events", "monthly_investments", "annual_targets")
DEFINITIONS = ("started", "completed", "investment", "confirmed", "central", "readiness", "lamp", "pace")


@dataclass(frozen=True)
class CityFigures:
    """What everybody may see of every district: the overview, and the table of the districts' standings."""

    view: OverviewView
    standings: Table | None


def main() -> None:
    filters, found = current_filters(), facts()
    words = Words(filters.lang)
    with st.spinner(words.say("loading.reading")):
        is_empty, has_programme = totals("overview.held", (filters.as_of,), lambda _s: _held(filters))
    if is_empty:
        empty(words, "programme" if found.districts else "store")
        return
    measure = choice("measure", MEASURES, MEASURES[0] if has_programme else OLD_STOCK)
    rule = PaceRule(choice("pace", [r.value for r in PaceRule], PaceRule.CALENDAR.value))
    city = totals(
        "overview.city",
        (filters, measure, rule.value),
        lambda _s: _city(filters, found, words, measure, rule),
    )
    view = city.view
    source = source_line(words, filters, *TABLES)
    area_source = source_line(words, filters, "communities") if measure == OLD_STOCK else source

    show(element("p", view.headline, css="atlas-headline"))
    _cards(view, words)
    left, right = st.columns([42, 58], gap="small")
    with left:
        _map(view, filters, words, area_source)
    with right:
        _ranking(view, filters, words, area_source)
    _districts(city, found, words, source)
    if current_principal().reads_rows:
        _rows(programme(_frames(filters), filters, found, rule), view, filters, found, words, source)
    _definitions(rule, words)


def _frames(filters: Filters) -> ProgrammeFrames:
    return ProgrammeFrames(
        projects=read(queries.project_rows),
        events=read(queries.stage_event_rows),
        investments=read(queries.investment_rows),
        targets=read(queries.target_rows),
        places=read(queries.project_places),
        community_counts=read(queries.community_counts, filters.as_of),
    )


def _held(filters: Filters) -> tuple[bool, bool]:
    """Whether the store holds nothing to show, and whether it holds a programme."""
    frames = _frames(filters)
    has_none = frames.projects.empty
    return has_none and frames.community_counts.empty, not (has_none and frames.targets.empty)


def _city(filters: Filters, found: StoreFacts, words: Words, measure: str, rule: PaceRule) -> CityFigures:
    whole = programme(_frames(filters), filters, found, rule)
    view = overview_view(whole, found, words, measure)
    if view.level != "district":
        return CityFigures(view, None)
    notes = file_notes(words, filters, view.place, *TABLES)
    return CityFigures(view, standings_table(whole, found, words, notes))


def _cards(view: OverviewView, words: Words) -> None:
    for column, card in zip(st.columns(len(view.cards), gap="small"), view.cards, strict=True):
        with column, st.container(border=True, key=f"panel_card_{card.measure.value}"):
            _card(card, words)


def _card(card: TargetCard, words: Words) -> None:
    text, picture = st.columns([54, 46], gap="small", vertical_alignment="center")
    with text:
        lamp = element("span", card.mark.label, css=f"atlas-lamp atlas-lamp-{card.mark.lamp.value}")
        size = "atlas-card-figure long" if len(card.figure) > LONG_FIGURE else "atlas-card-figure"
        show(
            element("p", card.title, css="atlas-card-title"),
            element("p", card.figure, css=size),
            element("p", lamp, " ", card.rate, css="atlas-card-line", title=card.mark.hint),
            element("p", card.pace, css="atlas-card-line quiet"),
        )
    with picture:
        labels = {
            "month": words.say("chart.month"),
            "month_suffix": words.say("chart.month_suffix"),
            "actual": words.say("chart.actual", unit=card.unit),
            "pace": words.say("chart.pace", unit=card.unit),
        }
        is_whole = card.measure is not Measure.INVESTMENT
        chart = months_chart(card.months, labels, height=TREND_HEIGHT_PX, is_whole=is_whole)
        st.altair_chart(chart, theme=None, key=f"trend_{card.measure.value}")


def _rows_panel(view: OverviewView) -> str:
    """The panel with the rows behind the areas; of a district's subdistricts the public is shown none."""
    return "rows" if view.level == "district" or current_principal().reads_rows else ""


def _map(view: OverviewView, filters: Filters, words: Words, source: str) -> None:
    short = words.say(f"measure.{view.measure}.short")
    question = words.say(f"overview.map_question_{view.level}", measure=short)
    with panel(words, question, view.answer, key="map", source=source, rows=_rows_panel(view)):
        area_map(view.areas, view.level, filters, words, key="overview_map", height=MAP_HEIGHT_PX)


def _ranking(view: OverviewView, filters: Filters, words: Words, source: str) -> None:
    question = words.say(f"overview.ranking_question_{view.level}", place=view.district)
    hint = words.say(f"overview.ranking_answer_{view.level}")
    with panel(words, question, hint, key="ranking", source=source, rows=_rows_panel(view)):
        names = [words.say(f"measure.{m}.short") for m in MEASURES]
        with st.container(horizontal=True, key="bar_overview", vertical_alignment="center"):
            choose("measure", MEASURES, view.measure, names, words, "overview")
            if filters.district_code is not None:
                back_to_city(words, key="overview_back")
        area_ranking(
            view.areas,
            view.level,
            filters,
            words,
            key="overview_ranking",
            measure=words.say(f"measure.{view.measure}.short"),
            note=words.say(f"overview.note_{view.level}"),
            lamps=[words.say(f"measure.{m.value}.tiny") for m in PLAN_MEASURES]
            if view.level == "district"
            else (),
        )


def _districts(city: CityFigures, found: StoreFacts, words: Words, source: str) -> None:
    if city.standings is None:
        return
    question, answer = words.say("overview.rows_question"), words.say("overview.rows_answer")
    with panel(words, question, answer, key="rows", source=source):
        show_table(city.standings, words, key="overview_districts", rows_shown=len(found.districts))


def _rows(
    worked_out: Programme, view: OverviewView, filters: Filters, found: StoreFacts, words: Words, source: str
) -> None:
    notes = file_notes(words, filters, view.place, *TABLES)
    projects = project_rows_table(worked_out, found, words, notes)
    key = "projects" if view.level == "district" else "rows"
    answer = words.say(
        "overview.projects_answer",
        total=words.count(len(projects.rows), "project"),
        waiting=int(worked_out.states.loc[worked_out.in_scope(), "is_waiting"].sum()),
        overdue=int((pd.to_numeric(projects.rows["overdue_days"]) > 0).sum()),
    )
    with panel(
        words, words.say("overview.projects_question", place=view.place), answer, key=key, source=source
    ):
        for reason in view.reasons if view.level == "subdistrict" else ():
            show(element("p", words.say("overview.reason_line", reason=reason), css="atlas-note"))
        breaches = int((projects.rows["breach"] != "").sum())
        if breaches:
            show(element("p", words.say("overview.breaches", count=breaches), css="atlas-note"))
        show_table(projects, words, key="overview_projects")


def _definitions(rule: PaceRule, words: Words) -> None:
    with st.container(border=True, key="panel_definitions"):
        show(element("h3", words.say("overview.definitions_question"), css="atlas-question"))
        for code in DEFINITIONS:
            show(element("p", words.say(f"definition.{code}"), css="atlas-note"))
        rules = [rule.value for rule in PaceRule]
        choose("pace", rules, rule.value, [words.say(f"pace.{r}") for r in rules], words, "overview")


if __name__ == "__main__":
    main()
