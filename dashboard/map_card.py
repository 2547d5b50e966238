"""The panel of a chosen community: its card."""

import pandas as pd
import streamlit as st

from dashboard.address import change
from dashboard.filters import Filters
from dashboard.markup import element, show
from dashboard.panels import panel, source_line
from dashboard.state import read, reader, worked_out
from dashboard.viewmodels.map_card import CommunityCard, community_card
from dashboard.words import Words
from store import queries, queries_map

ROW_PX, HEAD_PX = 30, 38
SOURCES = ("communities", "buildings", "projects", "stage_events", "funding_entries")


def card_panel(picked: str, filters: Filters, words: Words) -> None:
    """The card of the community in the address; a note where the store has no such community."""
    found = worked_out("map.card", (picked,), lambda: queries_map.community_card(reader(), picked))
    card = community_card(found, read(queries.sources, *SOURCES), words)
    if card is None:
        show(element("p", words.say("map.no_community"), css="atlas-note"))
        return
    source = source_line(words, filters, *SOURCES)
    answer = words.say("map.card_answer", id=card.community_id)
    with panel(words, card.name, answer, key="card", source=source):
        with st.container(horizontal=True, key="bar_card"):
            # To fly there again after the map was moved, the place must change first: closing does that.
            st.button(words.say("map.fly"), key="map_fly", on_click=change, kwargs={"at": card.community_id})
            st.button(
                words.say("map.close"), key="map_close", on_click=change, kwargs={"community": "", "at": ""}
            )
        left, right = st.columns([55, 45], gap="small")
        with left:
            _facts(card, words)
        with right:
            _programme(card, words)
        _houses(card, words)


def _facts(card: CommunityCard, words: Words) -> None:
    rows = pd.DataFrame(
        {
            words.say("map.card_what"): [f.label for f in card.facts],
            words.say("map.card_value"): [f.value or words.say("figure.not_known") for f in card.facts],
            words.say("map.card_source"): [f.source if f.value else "" for f in card.facts],
        }
    )
    _table(rows, "map_facts", len(rows))


def _houses(card: CommunityCard, words: Words) -> None:
    houses = card.buildings
    if houses.empty:
        show(element("p", words.say("map.card_no_buildings"), css="atlas-note"))
        return
    show(element("h3", words.say("map.card_houses", n=len(houses)), css="atlas-question"))
    _table(houses.rename(columns=lambda c: words.say(f"map.col_{c}")), "map_houses", 8)


def _programme(card: CommunityCard, words: Words) -> None:
    if not card.projects:
        show(element("p", words.say("map.card_no_project"), css="atlas-note"))
        return
    for line in card.projects:
        show(element("p", line, css="atlas-answer"))
    if len(card.money):
        _table(card.money.rename(columns=lambda c: words.say(f"map.col_{c}")), "map_money", 10)
    _table(card.events.rename(columns=lambda c: words.say(f"map.col_{c}")), "map_events", 10)


def _table(rows: pd.DataFrame, key: str, most: int) -> None:
    st.dataframe(
        rows,
        key=key,
        hide_index=True,
        row_height=ROW_PX,
        height=min(len(rows), most) * ROW_PX + HEAD_PX,
        placeholder="",
        width="stretch",
    )
