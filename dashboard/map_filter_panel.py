"""The map page's own filters: each writes the address, and the page runs again without its frame."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.address import change
from dashboard.filters import Filters
from dashboard.map_layers import LAYERS, UNKNOWN_COUNT, UNKNOWN_YEAR
from dashboard.map_query import FILTER_KEYS
from dashboard.markup import escaped_markdown
from dashboard.panels import panel
from dashboard.span_slider import Bar, span_slider
from dashboard.state import worked_out
from dashboard.viewmodels.map import (
    AGES,
    FIRST_YEAR,
    FUNDING_COLOURS,
    GATE_COLOURS,
    LAST_YEAR,
    MOST_STOREYS,
    PRECISION_COLOURS,
    MapFilters,
    Names,
    deck_filters,
)
from dashboard.viewmodels.map_kept import KeptRows
from dashboard.words import Words
from programme.stages import CHAIN

YEARS_A_BAR = 5


def filter_panel(
    own: MapFilters, names: Names, rows: pd.DataFrame, filters: Filters, kind: str, words: Words
) -> None:
    """The filters as they stand in the address, as widgets; `rows` are all of the kind that the person may see."""
    state = st.session_state
    state["map_stages"] = list(own.stages)
    state["map_ages"] = list(own.ages)
    state["map_batches"] = [names.batches[i - 1] for i in own.batches]
    state["map_gates"], state["map_fundings"] = list(own.gates), list(own.fundings)
    state["map_precisions"] = list(own.precisions)
    state["map_structures"] = [names.structures[i - 1] for i in own.structures]
    state["map_nolift"] = own.is_without_lift
    state["map_noproject"] = own.is_without_project

    def changed() -> None:
        change(
            stages=".".join(state["map_stages"]),
            ages=".".join(state["map_ages"]),
            batches="|".join(state["map_batches"]),
            # The lists that are closed away stay as they are.
            gates=".".join(state.get("map_gates", own.gates)),
            fundings=".".join(state.get("map_fundings", own.fundings)),
            precisions=".".join(state.get("map_precisions", own.precisions)),
            structures="|".join(
                state.get("map_structures", [names.structures[i - 1] for i in own.structures])
            ),
            nolift="1" if state["map_nolift"] else "",
            noproject="1" if state["map_noproject"] else "",
        )

    def cleared() -> None:
        change(**dict.fromkeys(FILTER_KEYS, ""))

    every = words.say("map.all_stages")
    with panel(words, words.say("map.filter_question"), words.say("map.filter_answer"), key="map_filters"):
        span_slider(
            words.say("map.years"),
            FIRST_YEAR,
            LAST_YEAR,
            (own.year_from, own.year_to),
            _bars("year", FIRST_YEAR, LAST_YEAR, YEARS_A_BAR, rows, filters, kind, words),
            words,
            key="map_years",
            on_change=lambda chosen: change(years="-".join(map(str, chosen))),
        )
        span_slider(
            words.say("map.storeys"),
            0,
            MOST_STOREYS,
            (own.storeys_from, own.storeys_to),
            _bars("storeys", 0, MOST_STOREYS, 1, rows, filters, kind, words) if kind == "buildings" else (),
            words,
            key="map_storeys",
            on_change=lambda chosen: change(storeys="-".join(map(str, chosen))),
        )
        st.multiselect(
            words.say("map.ages"),
            list(AGES),
            key="map_ages",
            format_func=lambda a: words.say(f"map.class_{a}"),
            on_change=changed,
            placeholder=every,
            select_all=False,
        )
        st.multiselect(
            words.say("map.stages"),
            [s.value for s in CHAIN],
            key="map_stages",
            format_func=lambda s: words.say(f"stage.{s}"),
            on_change=changed,
            placeholder=every,
            select_all=False,
        )
        st.multiselect(
            words.say("map.batches"),
            list(names.batches),
            key="map_batches",
            format_func=escaped_markdown,
            on_change=changed,
            placeholder=every,
            disabled=not names.batches,
            select_all=False,
        )
        asks_more = bool(own.gates or own.fundings or own.precisions or own.structures)
        more = st.expander(
            words.say("map.more_filters"), expanded=asks_more, key="map_more_filters", on_change="rerun"
        )
        if more.open:  # what is closed is not sent: every list costs the browser some time at every run
            with more:
                _codes_choice("gates", list(GATE_COLOURS), "gate.", changed, words)
                _codes_choice("fundings", list(FUNDING_COLOURS), "map.funding_", changed, words)
                _codes_choice("precisions", list(PRECISION_COLOURS), "map.precision_", changed, words)
                _codes_choice("structures", list(names.structures), "", changed, words)
        st.checkbox(words.say("map.no_lift"), key="map_nolift", on_change=changed)
        st.checkbox(words.say("map.not_in_project"), key="map_noproject", on_change=changed)
        st.button(words.say("map.clear"), key="map_clear", on_click=cleared, disabled=not own.is_active)


def _bars(
    column: str,
    low: int,
    high: int,
    width: int,
    rows: pd.DataFrame,
    filters: Filters,
    kind: str,
    words: Words,
) -> tuple[Bar, ...]:
    """How many rows of the chosen area lie where; what lies beyond the ends counts with them, as the filter has it."""

    def counted() -> tuple[int, ...]:
        chosen = KeptRows.of(rows, deck_filters(MapFilters(), filters, kind)).column(column)
        chosen = chosen[chosen > (UNKNOWN_YEAR if column == "year" else UNKNOWN_COUNT)]
        places = (np.clip(chosen, low, high) - low) // width
        return tuple(np.bincount(places, minlength=(high - low) // width + 1).tolist())

    area = (filters.district_code, filters.subdistrict_code, filters.has_central)
    counts: tuple[int, ...] = worked_out("map.bars", (column, kind, area, LAYERS.revision()), counted)
    unit = "building" if kind == "buildings" else "community"
    bars = []
    for place, count in enumerate(counts):
        first = low + place * width
        last = min(first + width - 1, high)
        name = str(first) if first == last else f"{first}–{last}"
        bars.append(
            Bar(count, last - first + 1, words.say("map.bar", name=name, rows=words.count(count, unit)))
        )
    return tuple(bars)


def _codes_choice(
    key: str, options: list[str], prefix: str, changed: Callable[[], None], words: Words
) -> None:
    """Several of a list; without a prefix the options are names from data."""
    st.multiselect(
        words.say(f"map.{key}"),
        options,
        key=f"map_{key}",
        format_func=(lambda o: words.say(f"{prefix}{o}")) if prefix else escaped_markdown,
        on_change=changed,
        placeholder=words.say("map.all_stages"),
        disabled=not options,
        select_all=False,
    )
