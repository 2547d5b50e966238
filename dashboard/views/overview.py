"""Overview: are we on track, which districts are behind, and what holds them back?"""

import geopandas as gpd
import pandas as pd
import streamlit as st

from dashboard.address import change, choice, current_filters
from dashboard.charts import months_chart
from dashboard.filters import WHOLE_CITY, Filters, StoreFacts
from dashboard.markup import element, show
from dashboard.offline_map import choropleth_map, show_folium
from dashboard.panels import empty, file_notes, legend, panel, source_line
from dashboard.ranking import show_ranking
from dashboard.state import facts, read
from dashboard.tables import show_table
from dashboard.viewmodels.area_rows import MEASURES
from dashboard.viewmodels.overview import OverviewView, TargetCard, overview_view
from dashboard.viewmodels.programme_data import Programme, ProgrammeFrames, programme
from dashboard.viewmodels.project_table import project_rows_table, standings_table
from dashboard.words import Words
from programme.progress import PLAN_MEASURES, PaceRule
from store import queries

PICTURE_HEIGHT_PX = 412
TREND_HEIGHT_PX = 92
#: Zones whose districts are too small to read on the city's map.
INSET_ZONES = ("core", "central")
TABLES = ("projects", "stage_events", "monthly_investments", "annual_targets")


def main() -> None:
    filters, found = current_filters(), facts()
    words = Words(filters.lang)
    frames = ProgrammeFrames(
        projects=read(queries.project_rows),
        events=read(queries.stage_event_rows),
        investments=read(queries.investment_rows),
        targets=read(queries.target_rows),
        places=read(queries.project_places),
        community_counts=read(queries.community_counts, filters.as_of),
    )
    if frames.projects.empty and frames.targets.empty and frames.community_counts.empty:
        empty(words, "store" if not found.districts else "programme")
        return
    measure = choice("measure", MEASURES, MEASURES[0])
    rule = PaceRule(choice("pace", [r.value for r in PaceRule], PaceRule.CALENDAR.value))
    worked_out = programme(frames, filters, found, rule)
    view = overview_view(worked_out, found, words, measure)
    source = source_line(words, filters, *TABLES)

    show(element("p", view.headline, css="atlas-headline"))
    _cards(view, words)
    left, right = st.columns([46, 54], gap="small")
    with left:
        _map(view, filters, found, words, source)
    with right:
        _ranking(view, filters, words, source)
    _rows(worked_out, view, filters, found, words, source)


def _cards(view: OverviewView, words: Words) -> None:
    for column, card in zip(st.columns(len(view.cards), gap="small"), view.cards, strict=True):
        with column, st.container(border=True, key=f"panel_card_{card.measure.value}"):
            _card(card, words)


def _card(card: TargetCard, words: Words) -> None:
    text, picture = st.columns([50, 50], gap="small", vertical_alignment="center")
    with text:
        lamp = element("span", card.mark.label, css=f"atlas-lamp atlas-lamp-{card.mark.lamp.value}")
        show(
            element("p", card.title, css="atlas-card-title"),
            element("p", card.figure, css="atlas-card-figure"),
            element("p", lamp, " ", card.rate, css="atlas-card-line", title=card.mark.hint),
            element("p", card.pace, css="atlas-card-line quiet"),
        )
    with picture:
        labels = {
            "month": words.say("chart.month"),
            "month_expr": f"datum.value + '{words.say('chart.month_suffix')}'",
            "actual": words.say("chart.actual", unit=card.unit),
            "pace": words.say("chart.pace", unit=card.unit),
        }
        st.altair_chart(
            months_chart(card.months, labels, height=TREND_HEIGHT_PX),
            theme=None,
            key=f"trend_{card.measure.value}",
        )


def _map(view: OverviewView, filters: Filters, found: StoreFacts, words: Words, source: str) -> None:
    title = words.say(
        f"overview.map_question_{view.level}", measure=words.say(f"measure.{view.measure}.short")
    )
    with panel(words, title, view.answer, key="map", source=source, rows="rows"):
        areas = _coloured(view, filters)
        if areas.empty:
            show(element("p", words.say("empty.outlines"), css="atlas-note"))
        else:
            inset = []
            if view.level == "district":
                inset = list(areas.loc[areas["zone"].isin(INSET_ZONES), "code"])
            picked = show_folium(
                choropleth_map(
                    areas,
                    selected=filters.subdistrict_code,
                    inset_codes=inset,
                    inset_title=words.say("overview.inset"),
                ),
                key="overview_map",
                height=PICTURE_HEIGHT_PX - 40,
            )
            if picked is not None:
                _pick(picked, view.level)
                st.rerun()
        legend(view.areas.legend)


def _pick(code: str, level: str) -> None:
    if level == "district":
        change(district=code, subdistrict=WHOLE_CITY)
    else:
        change(subdistrict=code)


def _coloured(view: OverviewView, filters: Filters) -> gpd.GeoDataFrame:
    """The outlines with colour, name and tip of each area's row."""
    if view.level == "district":
        outlines = read(queries.district_areas).rename(columns={"district_code": "code"})
    else:
        assert filters.district_code is not None
        outlines = read(queries.subdistrict_areas, filters.district_code).rename(
            columns={"subdistrict_code": "code"}
        )
    rows = {row.code: row for row in view.areas.rows}
    known = outlines[outlines["code"].isin(rows) & ~outlines.geometry.isna()]
    return known.assign(
        name=[rows[c].name for c in known["code"]],
        colour=[None if rows[c].value is None else rows[c].colour for c in known["code"]],
        tip=[[rows[c].figure, rows[c].reason] for c in known["code"]],
    )


def _ranking(view: OverviewView, filters: Filters, words: Words, source: str) -> None:
    question = words.say(f"overview.ranking_question_{view.level}", place=view.place)
    with panel(
        words,
        question,
        words.say(f"overview.ranking_answer_{view.level}"),
        key="ranking",
        source=source,
        rows="rows",
    ):
        with st.container(horizontal=True, key="bar_overview", vertical_alignment="center"):
            _choose("measure", list(MEASURES), view.measure, lambda m: words.say(f"measure.{m}.short"), words)
            if filters.district_code is not None:
                st.button(words.say("overview.back"), key="overview_back", on_click=_to_city)
        labels = {
            "rank": words.say("col.rank"),
            "area": words.say(f"col.{view.level}"),
            "bar": words.say("overview.bar_by_pace" if view.areas.is_by_pace else "overview.bar_by_figure"),
            "figure": words.say(f"measure.{view.measure}.short"),
            "reason": words.say("col.reason" if view.level == "district" else "col.projects_state"),
            "pace": words.say("overview.pace_line"),
            "lamps": [words.say(f"measure.{m.value}.short") for m in PLAN_MEASURES],
        }
        show_ranking(
            view.areas.rows,
            labels,
            key="overview_ranking",
            selected=filters.subdistrict_code,
            on_pick=lambda code: _pick(code, view.level),
        )


def _to_city() -> None:
    change(district=WHOLE_CITY, subdistrict=WHOLE_CITY)


def _choose(key: str, options: list[str], value: str, show_as, words: Words) -> None:  # type: ignore[no-untyped-def]
    widget = f"overview_{key}"
    st.session_state[widget] = value

    def changed() -> None:
        chosen = st.session_state[widget]
        if chosen is not None:
            change(**{key: chosen})

    st.segmented_control(
        words.say(f"overview.{key}_label"),
        options,
        key=widget,
        format_func=show_as,
        on_change=changed,
        label_visibility="collapsed",
    )


def _rows(
    worked_out: Programme, view: OverviewView, filters: Filters, found: StoreFacts, words: Words, source: str
) -> None:
    notes = file_notes(words, filters, source, view.place)
    if view.level == "district":
        question, answer = words.say("overview.rows_question"), words.say("overview.rows_answer")
        with panel(words, question, answer, key="rows", source=source):
            show_table(standings_table(worked_out, found, words, notes), words, key="overview_districts")
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
        if view.level == "subdistrict":
            for reason in view.reasons:
                show(element("p", reason, css="atlas-note"))
        show_table(projects, words, key="overview_projects")
    with st.container(border=True, key="panel_definitions"):
        show(element("h3", words.say("overview.definitions_question"), css="atlas-question"))
        for code in ("started", "completed", "investment", "confirmed", "central", "lamp", "pace"):
            show(element("p", words.say(f"definition.{code}"), css="atlas-note"))
        _choose(
            "pace",
            [r.value for r in PaceRule],
            worked_out.rule.value,
            lambda r: words.say(f"pace.{r}"),
            words,
        )


if __name__ == "__main__":
    main()
