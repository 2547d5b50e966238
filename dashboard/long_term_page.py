"""The subjects of the page *Long-term*: rates, the handover chain, items in operation, visits, pilots."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from dashboard.address import choice
from dashboard.area_panels import area_map, back_to_city, choose
from dashboard.charts import bars_chart, stacked_bars
from dashboard.filters import Filters
from dashboard.markup import element, show
from dashboard.money_charts import rate_lines
from dashboard.opened_rows import opened
from dashboard.panels import file_notes, panel
from dashboard.state import read, worked_out
from dashboard.tables import Table, show_table
from dashboard.viewmodels.area_rows import AreaRows
from dashboard.viewmodels.long_term_chain import chain_view, events_table, fees_table
from dashboard.viewmodels.long_term_rates import RATES, communities_table, rates_view
from dashboard.viewmodels.long_term_records import RUNNING_COLOURS, items_view, pilots_view, visits_view
from dashboard.viewmodels.record_tables import Names
from dashboard.words import Words
from store import queries_long_term

MAP_HEIGHT_PX = 424
#: Which communities are looked at.
STOCKS = ("old", "every")
WAIT_COLOURS = ("#bdd7ec", "#7db8da", "#3a8ac2", "#1c5a99", "#5b8f7b")


@dataclass(frozen=True)
class LongTermPage:
    """One view of the page: the projects and communities of the chosen area, and what to call things."""

    words: Words
    filters: Filters
    names: Names
    projects: pd.DataFrame
    communities: pd.DataFrame
    place: str
    source: str
    tables: tuple[str, ...]

    def notes(self) -> dict[str, str]:
        """What a downloaded file says of itself."""
        return file_notes(self.words, self.filters, self.place, *self.tables)

    def panel(self, name: str, *, key: str, rows: str = "", **params: object):
        """A panel with the question and answer of a name."""
        question = self.words.say(f"long_term.{name}_question", **params)
        answer = self.words.say(f"long_term.{name}_answer")
        return panel(self.words, question, answer, key=key, source=self.source, rows=rows)

    def file(self, name: str) -> str:
        """The title of a table to take along."""
        return self.words.say(f"long_term.{name}_file")


def _stock(page: LongTermPage) -> pd.DataFrame:
    """The communities that are looked at, chosen above the map."""
    words = page.words
    stock = choice("stock_of", STOCKS, STOCKS[0])
    with st.container(horizontal=True, key="bar_long_term", vertical_alignment="center"):
        choose("stock_of", STOCKS, stock, [words.say(f"money_page.stock_{s}") for s in STOCKS], words, "long")
        if page.filters.district_code is not None:
            back_to_city(words, key="long_back")
    rows = page.communities
    return rows[rows["age_class"] == "pre_2000"] if stock == "old" else rows


def _map(page: LongTermPage, areas: AreaRows, level: str, key: str) -> None:
    area_map(areas, level, page.filters, page.words, key=key, height=MAP_HEIGHT_PX)


def _opened_table(page: LongTermPage, figures: dict, table: Table, column: str, key: str) -> None:
    """The rows of a table that are behind a chosen figure."""
    _, keys = opened(figures, page.words, key=f"{key}_open")
    rows = table.rows[table.rows[column].isin(keys)]
    show(element("p", page.words.say("long_term.row_count", count=len(rows)), css="atlas-note"))
    show_table(replace(table, rows=rows), page.words, key=key)


def rates_subject(page: LongTermPage) -> None:
    """The three rates on the map and by area, down to the communities (R68)."""
    words = page.words
    shown = choice("rate", RATES, RATES[0])
    head = st.container()
    own = _stock(page).reset_index(drop=True)
    view = rates_view(own, page.filters, page.names, shown, page.file("rates"), page.notes())
    with head:
        show(element("p", view.headline, css="atlas-headline"))
    left, right = st.columns([40, 60], gap="small")
    with left, page.panel("map", key="map", rows="rows", measure=words.say(f"long_term.rate_{shown}")):
        choose("rate", RATES, shown, [words.say(f"long_term.rate_{r}") for r in RATES], words, "long")
        _map(page, view.areas, view.level, "long_rates_map")
    with right, page.panel("rates", key="rates", rows="rows"):
        show_table(view.table, words, key="long_rates", rows_shown=17)
    with page.panel("rates_rows", key="rows"):
        table = communities_table(own, page.names, page.file("rates_rows"), page.notes())
        _opened_table(page, view.figures, table, "community_key", "long_rates_rows")


def chain_subject(page: LongTermPage) -> None:
    """Who waits for which step, and how much of the fees is collected (R69)."""
    words = page.words
    fees = read(queries_long_term.property_fee_rows)
    titles = (page.file("chain"), page.file("fees"))
    events = read(queries_long_term.chain_event_rows)
    view = worked_out(
        "long_term_chain",
        (page.filters,),
        lambda: chain_view(page.projects, events, fees, page.filters, page.names, titles, page.notes()),
    )
    show(element("p", view.headline, css="atlas-headline"))
    left, right = st.columns([36, 64], gap="small")
    with left:
        with page.panel("waits", key="waits", rows="chain"):
            labels = {
                "category": words.say("record.col.waits_for"),
                "value": words.say("long_term.projects_axis"),
            }
            colours = dict(zip(view.waits["step"], WAIT_COLOURS, strict=True))
            chart = bars_chart(view.waits, category="step", value="projects", colours=colours, labels=labels)
            st.altair_chart(chart, theme=None, key="long_waits")
        with page.panel("months", key="fee_months", rows="rows"):
            if view.months.empty:
                show(element("p", words.say("empty.rows"), css="atlas-note"))
            else:
                names = {
                    "month": words.say("chart.month"),
                    "value": words.say("record.col.collected_pct"),
                    "part": words.say("record.col.paid_in_fen"),
                    "whole": words.say("record.col.charged_fen"),
                }
                st.altair_chart(rate_lines(view.months, names), theme=None, key="long_fee_months")
    with right:
        with page.panel("chain", key="chain", rows="events"):
            show_table(view.projects, words, key="long_chain", rows_shown=9)
        with page.panel("fees", key="fee_districts", rows="rows"):
            show_table(view.rates, words, key="long_fees", rows_shown=9)
    with page.panel("events", key="events"):
        table = events_table(
            page.projects, events, page.filters, page.names, page.file("events"), page.notes()
        )
        show_table(table, words, key="long_events", rows_shown=6)
    with page.panel("fee_rows", key="rows"):
        own = fees[fees["project_id"].isin(page.projects["project_id"])]
        table = fees_table(own, page.names, page.file("fee_rows"), page.notes())
        _opened_table(page, view.figures, table, "fee_id", "long_fee_rows")


def items_subject(page: LongTermPage) -> None:
    """Do the optional items run, and who operates them (R70)?"""
    words = page.words
    items = read(queries_long_term.operated_item_rows)
    own = items.merge(page.communities[["community_id", "district_code"]], on="community_id")
    titles = (page.file("items"), page.file("item_rows"))
    view = items_view(own, page.filters, page.names, titles, page.notes())
    show(element("p", view.headline, css="atlas-headline"))
    left, right = st.columns([42, 58], gap="small")
    with left, page.panel("items", key="items", rows="rows"):
        if view.order:
            parts = {words.say(f"long_term.running_{s.value}"): c for s, c in RUNNING_COLOURS.items()}
            labels = {
                "category": words.say("record.col.item"),
                "part": words.say("record.col.state"),
                "value": words.say("long_term.items_axis"),
            }
            chart = stacked_bars(
                view.bars,
                category="item",
                part="state",
                value="items",
                order=view.order,
                parts=parts,
                labels=labels,
                height=70 + 46 * len(view.order),
            )
            st.altair_chart(chart, theme=None, key="long_items_bars")
        else:
            show(element("p", words.say("empty.rows"), css="atlas-note"))
    with right, page.panel("item_rates", key="item_rates", rows="rows"):
        show_table(view.rates, words, key="long_item_rates", rows_shown=8)
    with page.panel("item_rows", key="rows"):
        show_table(view.table, words, key="long_items", rows_shown=14)


def visits_subject(page: LongTermPage) -> None:
    """Which communities the subdistricts have visited, and what is not mended (R71)."""
    words = page.words
    head = st.container()
    own = _stock(page).reset_index(drop=True)
    titles = (
        page.file("visits_areas"),
        page.file("visits_communities"),
        page.file("visits_findings"),
        page.file("visits_rows"),
    )
    view = visits_view(
        own,
        read(queries_long_term.visit_rows),
        read(queries_long_term.visit_finding_rows),
        page.filters,
        page.names,
        titles,
        page.notes(),
    )
    with head:
        show(
            element("p", view.headline, css="atlas-headline"),
            element("p", words.say("long_term.interval_not_set"), css="atlas-note"),
        )
    left, right = st.columns([40, 60], gap="small")
    with left, page.panel("visits_map", key="map", rows="rows"):
        _map(page, view.areas, view.level, "long_visits_map")
    with right, page.panel("visits_areas", key="visits_areas", rows="rows"):
        show_table(view.table, words, key="long_visits_areas", rows_shown=16)
    with page.panel("visits_findings", key="visits_findings"):
        show_table(view.findings, words, key="long_findings", rows_shown=7)
    with page.panel("visits_communities", key="rows"):
        show_table(view.communities, words, key="long_visits_communities", rows_shown=8)
    with page.panel("visits_rows", key="visits_rows"):
        show_table(view.visits, words, key="long_visits", rows_shown=8)


def pilots_subject(page: LongTermPage) -> None:
    """What the pilots changed, and the models that others can copy (R72, R73)."""
    words = page.words
    pilots = read(queries_long_term.pilot_rows)
    own = pilots[pilots["community_id"].isin(page.communities["community_id"])]
    titles = (page.file("pilots"), page.file("pilot_rows"))
    view = pilots_view(
        own,
        read(queries_long_term.pilot_measurement_rows),
        read(queries_long_term.practice_card_rows),
        page.filters,
        page.names,
        titles,
        page.notes(),
    )
    show(element("p", view.headline, css="atlas-headline"))
    with page.panel("pilots", key="pilots", rows="rows"):
        show_table(view.table, words, key="long_pilots", rows_shown=12)
    with page.panel("models", key="models"):
        if not view.cards:
            show(element("p", words.say("long_term.no_models"), css="atlas-note"))
        for card in view.cards:
            show(
                element("p", element("b", card.title), css="atlas-card-line"),
                element("p", card.summary, css="atlas-answer"),
                element("p", card.line, css="atlas-source"),
            )
    with page.panel("pilot_rows", key="rows"):
        show_table(view.measurements, words, key="long_measurements", rows_shown=8)


#: The subjects with the tables that each reads.
SUBJECTS: dict[str, tuple[Callable[[LongTermPage], None], tuple[str, ...]]] = {
    "rates": (rates_subject, ("communities",)),
    "chain": (chain_subject, ("stage_events", "property_fees", "projects")),
    "items": (items_subject, ("operated_items",)),
    "visits": (visits_subject, ("supervision_visits", "visit_findings", "communities")),
    "pilots": (pilots_subject, ("pilots", "pilot_measurements", "practice_cards")),
}
