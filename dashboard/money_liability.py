"""The subject *maintenance fund and liability* of the page Money (R54)."""

import pandas as pd
import streamlit as st

from dashboard.address import choice
from dashboard.area_panels import area_map, back_to_city, choose
from dashboard.markup import element, show
from dashboard.money_page import MoneyPage, rows_panel
from dashboard.offline_map import choropleth_map, show_folium
from dashboard.opened_rows import opened
from dashboard.panels import legend, panel
from dashboard.state import read, worked_out
from dashboard.tables import show_table
from dashboard.viewmodels.money_liability import (
    LIABLE,
    LiabilityView,
    community_shapes,
    fund_entries_table,
    liability_view,
    liable_legend,
)
from programme.stages import first_dates
from store import queries_money

MAP_HEIGHT_PX = 424
#: Which communities are looked at.
STOCKS = ("old", "every")


def liability_subject(page: MoneyPage) -> None:
    """The liability map, totals by area, the communities, and the rows of their funds."""
    words, filters = page.words, page.filters
    stock, shown = choice("stock_of", STOCKS, STOCKS[0]), choice("liable", LIABLE, LIABLE[0])
    own = page.own_communities()
    if stock == "old":
        own = own[own["age_class"] == "pre_2000"]
    own = own.reset_index(drop=True)
    entries = read(queries_money.maintenance_entry_rows)
    view: LiabilityView = worked_out(
        "money_liability",
        (filters, stock, shown),
        lambda: liability_view(
            own,
            read(queries_money.maintenance_fund_rows),
            entries,
            _completed(page),
            filters,
            page.names,
            shown,
            tuple(words.say(f"money_page.liability_{t}_file") for t in ("areas", "rows", "problems")),  # type: ignore[arg-type]
            page.notes(),
        ),
    )
    show(element("p", view.headline, css="atlas-headline"))
    with st.container(horizontal=True, key="bar_liability", vertical_alignment="center"):
        choose(
            "stock_of", STOCKS, stock, [words.say(f"money_page.stock_{s}") for s in STOCKS], words, "money"
        )
        if filters.district_code is not None:
            back_to_city(words, key="money_back")
    left, right = st.columns([42, 58], gap="small")
    with left:
        _map(page, view, shown)
    with (
        right,
        panel(
            words,
            words.say(f"money_page.liability_areas_{view.level}"),
            words.say("money_page.liability_areas_answer"),
            key="liability_areas",
            source=page.source,
            rows="liable",
        ),
    ):
        show_table(view.table, words, key="money_liability_areas", rows_shown=16)
    _communities(page, view)
    held = entries[entries["community_id"].isin(own["community_id"])]
    figures = {
        f"{page.names.community(c)} ({c})": tuple(k)
        for c, k in zip(view.liable["community_id"], view.liable["rows"], strict=True)
        if k
    }
    rows_panel(page, figures, held, "entry_id", "amount_fen", fund_entries_table, by=None)


def _completed(page: MoneyPage) -> pd.Series:
    """The day on which each community's renovation was completed."""
    done = first_dates(page.frames.events, page.filters.as_of)["completed"].dropna()
    places = page.frames.places
    days = places.assign(day=places["project_id"].map(done)).dropna(subset=["day"])
    return days.groupby("community_id")["day"].min()


def _map(page: MoneyPage, view: LiabilityView, shown: str) -> None:
    words, filters = page.words, page.filters
    is_close = filters.subdistrict_code is not None
    answer = "money_page.liability_map_close" if is_close else "money_page.liability_map_answer"
    with panel(
        words,
        words.say("money_page.liability_map"),
        words.say(answer),
        key="map",
        source=page.source,
        rows="liable",
    ):
        if not is_close:
            names = [words.say(f"money_code.liable.{v}") for v in LIABLE]
            choose("liable", LIABLE, shown, names, words, "money")
            area_map(view.areas, view.level, filters, words, key="money_map", height=MAP_HEIGHT_PX)
            return
        outlines = read(queries_money.community_outlines, filters.subdistrict_code)
        drawn, missing = community_shapes(outlines, view.liable, page.names)
        if drawn.empty:
            show(element("p", words.say("empty.outlines"), css="atlas-note"))
        else:
            picture = choropleth_map(drawn, labels=len(drawn) <= 30, wheel_zoom=True)
            show_folium(picture, key="money_communities_map", height=MAP_HEIGHT_PX)
        legend(liable_legend(words))
        if missing:
            show(element("p", words.say("money_page.not_drawn", count=missing), css="atlas-note"))


def _communities(page: MoneyPage, view: LiabilityView) -> None:
    words = page.words
    with panel(
        words,
        words.say("money_page.liability_rows"),
        words.say("money_page.liability_rows_answer"),
        key="liable",
        source=page.source,
    ):
        _, keys = opened(view.figures, words, key="money_open_liable")
        chosen = view.communities.rows
        table = view.communities.__class__(
            chosen[chosen["community_key"].isin(keys)],
            view.communities.columns,
            view.communities.title,
            view.communities.notes,
        )
        show_table(table, words, key="money_liable", rows_shown=10)
    with panel(
        words,
        words.say("money_page.liability_problems"),
        words.say("money_page.liability_problems_answer"),
        key="liability_problems",
        source=page.source,
    ):
        show_table(view.problems, words, key="money_problems", rows_shown=8)
