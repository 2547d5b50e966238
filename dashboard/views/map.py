"""Map: which communities, which buildings, what state, what is missing?"""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import streamlit as st

from dashboard.address import change, choice, current_filters
from dashboard.area_panels import choose
from dashboard.deck_expressions import OneColour
from dashboard.filters import Filters, StoreFacts
from dashboard.map_layers import LAYERS, building_rows, community_rows
from dashboard.markup import element, escaped_markdown, show
from dashboard.offline_map import Place, TileStyle, building_deck, choropleth_map, show_deck, show_folium
from dashboard.panels import empty, file_notes, legend, panel, source_line
from dashboard.search import SearchIndex
from dashboard.state import facts, read, store, worked_out
from dashboard.tables import Table, TableColumn, downloads
from dashboard.viewmodels.map import (
    COLOUR_BY,
    FIRST_YEAR,
    KINDS,
    LAST_YEAR,
    MOST_STOREYS,
    CommunityCard,
    MapFilters,
    colouring,
    community_card,
    deck_filters,
    legend_entries,
    passing,
)
from dashboard.words import Words
from programme.stages import CHAIN
from store import queries, queries_map

MAP_HEIGHT_PX = 560
ROWS_SHOWN = 300
MOST_HITS = 8
TABLES = ("communities", "buildings", "projects", "stage_events")
#: deck.gl's zoom is one below that of the tiles: 512-pixel tiles.
CITY_ZOOM, WIDEST_ZOOM, CLOSEST_ZOOM, COMMUNITY_ZOOM = 10.3, 10.3, 15.0, 15.6
#: The map's usual size on a desktop, by which an area is fitted into it.
MAP_WIDTH_PX = 800


def main() -> None:
    filters, found = current_filters(), facts()
    words = Words(filters.lang)
    if not found.districts:
        empty(words, "store")
        return
    with st.spinner(words.say("loading.reading")):
        frames = {"buildings": _rows("buildings"), "communities": _rows("communities")}
    if all(frame.empty for frame in frames.values()):
        empty(words, "communities")
        return
    kind = choice("kind", KINDS, KINDS[0] if len(frames["buildings"]) else KINDS[1])
    colour_by = choice("colour", COLOUR_BY, COLOUR_BY[0])
    own = _own_filters()
    picked = st.query_params.get("community", "")
    kept = passing(frames[kind], own, filters, kind)
    answer = _answer(kept, frames[kind], kind, filters, found, words)
    show(element("p", answer, css="atlas-headline"))
    left, right = st.columns([68, 32], gap="small")
    with right:
        _search(words)
        _filter_widgets(own, words)
    with left:
        _map_panel(filters, found, words, own, kind, colour_by, picked)
    _card_panel(picked, filters, words)
    _rows_panel(kept, kind, filters, found, words)


def _rows(kind: str) -> gpd.GeoDataFrame:
    make = {"buildings": building_rows, "communities": community_rows}[kind]
    rows: gpd.GeoDataFrame = worked_out(f"map.{kind}", (), lambda: make(store()))
    return rows


# --- filters ------------------------------------------------------------------------------------------
def _own_filters() -> MapFilters:
    query = st.query_params
    known = {s.value for s in CHAIN}
    years = _span(query.get("years", ""), FIRST_YEAR, LAST_YEAR)
    storeys = _span(query.get("storeys", ""), 0, MOST_STOREYS)
    return MapFilters(
        *years,
        *storeys,
        stages=tuple(s for s in query.get("stages", "").split(".") if s in known),
        is_without_lift=query.get("nolift") == "1",
        is_without_project=query.get("noproject") == "1",
    )


def _span(text: str, low: int, high: int) -> tuple[int, int]:
    parts = text.split("-")
    if len(parts) != 2 or not all(p.isdigit() and len(p) < 5 for p in parts):
        return low, high
    first, last = (min(max(int(p), low), high) for p in parts)
    return (first, last) if first <= last else (low, high)


def _filter_widgets(own: MapFilters, words: Words) -> None:
    st.session_state["map_years"] = (own.year_from, own.year_to)
    st.session_state["map_storeys"] = (own.storeys_from, own.storeys_to)
    st.session_state["map_stages"] = list(own.stages)
    st.session_state["map_nolift"] = own.is_without_lift
    st.session_state["map_noproject"] = own.is_without_project

    def changed() -> None:
        state: Any = st.session_state
        change(
            years="-".join(map(str, state["map_years"])),
            storeys="-".join(map(str, state["map_storeys"])),
            stages=".".join(state["map_stages"]),
            nolift="1" if state["map_nolift"] else "",
            noproject="1" if state["map_noproject"] else "",
        )

    def cleared() -> None:
        change(years="", storeys="", stages="", nolift="", noproject="")

    with panel(words, words.say("map.filter_question"), words.say("map.filter_answer"), key="map_filters"):
        st.slider(words.say("map.years"), FIRST_YEAR, LAST_YEAR, key="map_years", on_change=changed)
        st.slider(words.say("map.storeys"), 0, MOST_STOREYS, key="map_storeys", on_change=changed)
        st.multiselect(
            words.say("map.stages"),
            [s.value for s in CHAIN],
            key="map_stages",
            format_func=lambda s: words.say(f"stage.{s}"),
            on_change=changed,
            placeholder=words.say("map.all_stages"),
        )
        st.checkbox(words.say("map.no_lift"), key="map_nolift", on_change=changed)
        st.checkbox(words.say("map.not_in_project"), key="map_noproject", on_change=changed)
        st.button(words.say("map.clear"), key="map_clear", on_click=cleared, disabled=not own.is_active)


def _search(words: Words) -> None:
    with panel(words, words.say("map.search_question"), words.say("map.search_answer"), key="map_search"):
        typed = st.text_input(
            words.say("map.search_question"), key="map_typed", label_visibility="collapsed", max_chars=60
        )
        if not typed:
            return
        index: SearchIndex = worked_out(
            "map.search", (), lambda: SearchIndex.of(queries_map.search_rows(store()))
        )
        hits = index.find(typed, MOST_HITS)
        if hits.empty:
            show(element("p", words.say("map.search_none"), css="atlas-note"))
        for hit in hits.itertuples():
            st.button(
                escaped_markdown(str(hit.name)),
                key=f"map_hit_{hit.community_id}",
                on_click=change,
                kwargs={"community": str(hit.community_id)},
                width="stretch",
            )


# --- the map ------------------------------------------------------------------------------------------
def _map_panel(
    filters: Filters,
    found: StoreFacts,
    words: Words,
    own: MapFilters,
    kind: str,
    colour_by: str,
    picked: str,
) -> None:
    source = source_line(words, filters, *TABLES)
    question = words.say("map.question", colour=words.say(f"map.colour_{colour_by}"))
    with panel(words, question, words.say("map.answer"), key="map", source=source, rows="map_rows"):
        with st.container(horizontal=True, key="bar_map", vertical_alignment="center"):
            choose(
                "colour",
                COLOUR_BY,
                colour_by,
                [words.say(f"map.colour_{c}") for c in COLOUR_BY],
                words,
                "map",
            )
            choose("kind", KINDS, kind, [words.say(f"map.kind_{k}") for k in KINDS], words, "map")
            has_height = choice("height", ("0", "1"), "0") == "1"
            st.toggle(
                words.say("map.height"),
                value=has_height,
                key="map_height",
                on_change=lambda: change(height="1" if st.session_state["map_height"] else "0"),
            )
            is_simple = choice("map", ("tiles", "simple"), "tiles") == "simple"
            st.toggle(
                words.say("map.simple"),
                value=is_simple,
                key="map_simple",
                help=words.say("map.simple_help"),
                on_change=lambda: change(map="simple" if st.session_state["map_simple"] else "tiles"),
            )
        legend(legend_entries(colour_by, words))
        if is_simple:
            _simple_map(filters, words, own, colour_by)
            return
        place = _place(filters, picked, has_height)
        deck = building_deck(
            _styles(own, filters, colour_by, picked, has_height),
            revision=LAYERS.revision(),
            place=place,
            tooltip=["name"],
        )
        clicked = show_deck(deck, key="map_deck", height=MAP_HEIGHT_PX)
        if clicked is not None:
            _pick(clicked.layer, dict(clicked.properties))


def _pick(layer: str, properties: dict[str, Any]) -> None:
    if layer == "buildings":
        change(community=str(properties.get("community") or ""))
    elif layer == "communities":
        change(community=str(properties.get("id") or ""))
    elif layer == "districts":
        change(district=str(properties.get("id") or ""), community="")
    else:
        return
    st.rerun()


def _styles(
    own: MapFilters, filters: Filters, colour_by: str, picked: str, has_height: bool
) -> list[TileStyle]:
    return [
        TileStyle(
            "districts",
            fill=OneColour("#eef1f4"),
            line="#7b8794",
            line_px=1.5,
            to_zoom=10.5,
            is_pickable=True,
        ),
        TileStyle("districts", fill=OneColour("#f3f5f7"), line="#7b8794", line_px=2.0, from_zoom=10.5),
        TileStyle("subdistricts", line="#b6bec7", line_px=1.0, from_zoom=9.0),
        TileStyle(
            "communities",
            fill=colouring(colour_by, "communities"),
            fill_alpha=210,
            from_zoom=9.5,
            to_zoom=13.0,
            filters=deck_filters(own, filters, "communities"),
            is_pickable=True,
            id_column="id",
            selected=picked or None,
        ),
        TileStyle(
            "communities",
            fill=OneColour("#dfe6ee"),
            fill_alpha=110,
            line="#9aa6b2",
            from_zoom=13.0,
            is_pickable=True,
            id_column="id",
            selected=picked or None,
        ),
        TileStyle(
            "buildings",
            fill=colouring(colour_by, "buildings") if colour_by != "completeness" else OneColour("#9aa6b2"),
            from_zoom=13.0,
            filters=deck_filters(own, filters, "buildings"),
            is_pickable=True,
            height="height" if has_height else None,
        ),
        TileStyle("district_names", text="name", text_px=14, to_zoom=11.0),
        TileStyle("subdistrict_names", text="name", text_px=12, from_zoom=11.0, to_zoom=14.0),
        TileStyle("community_names", text="name", text_px=12, from_zoom=14.5),
    ]


def _place(filters: Filters, picked: str, has_height: bool) -> Place:
    """Where the map looks: the chosen community, subdistrict, district or the city."""
    pitch = 45.0 if has_height else 0.0
    if picked:
        rows = _rows("communities")
        mine = rows[rows["id"] == picked]
        if len(mine):
            return _middle(mine, COMMUNITY_ZOOM, pitch)
    if filters.district_code:
        homes = _rows("communities")
        code = filters.subdistrict_code or filters.district_code
        homes = homes[homes["subdistrict" if filters.subdistrict_code else "district"] == int(code)]
        if homes.empty:
            areas = read(queries.subdistrict_areas, filters.district_code)
            homes = areas[areas["subdistrict_code"] == code] if filters.subdistrict_code else areas
        return _fitted(homes, pitch)
    return Place(zoom=CITY_ZOOM, pitch=pitch)


def _fitted(rows: gpd.GeoDataFrame, pitch: float) -> Place:
    """Where most of the rows fill the map; the few that lie far out may fall beyond its edge."""
    bounds = rows.geometry.dropna().bounds
    if bounds.empty:
        return Place(zoom=CITY_ZOOM, pitch=pitch)
    west, south = bounds["minx"].quantile(0.03), bounds["miny"].quantile(0.03)
    east, north = bounds["maxx"].quantile(0.97), bounds["maxy"].quantile(0.97)
    lat = (south + north) / 2
    across = np.log2(360 * MAP_WIDTH_PX / 512 / max(east - west, 1e-6))
    up = np.log2(360 * np.cos(np.radians(lat)) * MAP_HEIGHT_PX / 512 / max(north - south, 1e-6))
    zoom = float(np.clip(min(across, up) - 0.2, WIDEST_ZOOM, CLOSEST_ZOOM))
    return Place(
        lon=round(float(west + east) / 2, 5), lat=round(float(lat), 5), zoom=round(zoom, 2), pitch=pitch
    )


def _middle(rows: gpd.GeoDataFrame, zoom: float, pitch: float) -> Place:
    west, south, east, north = rows.geometry.dropna().total_bounds
    return Place(
        lon=round(float(west + east) / 2, 5), lat=round(float(south + north) / 2, 5), zoom=zoom, pitch=pitch
    )


def _simple_map(filters: Filters, words: Words, own: MapFilters, colour_by: str) -> None:
    """For machines that can't draw the tiled map: the communities of one subdistrict, or the areas to choose."""
    show(element("p", words.say("map.simple_note"), css="atlas-note"))
    if filters.district_code is None:
        areas = read(queries.district_areas).rename(columns={"district_code": "code", "name_zh": "name"})
    elif filters.subdistrict_code is None:
        areas = read(queries.subdistrict_areas, filters.district_code)
        areas = areas.rename(columns={"subdistrict_code": "code", "name_zh": "name"})
    else:
        rows = passing(_rows("communities"), own, filters, "communities")
        areas = gpd.GeoDataFrame(rows).rename(columns={"id": "code"})
    areas = areas[areas.geometry.notna()]
    if areas.empty:
        show(element("p", words.say("empty.outlines"), css="atlas-note"))
        return
    drawn = areas[["code", "name", "geometry"]].assign(colour=_colours(areas, colour_by))
    code = show_folium(choropleth_map(drawn, wheel_zoom=True), key="map_simple_view", height=MAP_HEIGHT_PX)
    if code is None:
        return
    if filters.district_code is None:
        change(district=code)
    elif filters.subdistrict_code is None:
        change(subdistrict=code)
    else:
        change(community=code)
    st.rerun()


def _colours(areas: pd.DataFrame, colour_by: str) -> list[str]:
    rule = colouring(colour_by, "communities")
    column = getattr(rule, "column", "")
    if column not in areas:
        return ["#dbe4ee"] * len(areas)
    if hasattr(rule, "colours") and isinstance(rule.colours, dict):
        return [rule.colours.get(v, getattr(rule, "other", "#d9dce0")) for v in areas[column]]
    breaks, colours = list(getattr(rule, "breaks", ())), list(getattr(rule, "colours", ()))
    return [str(colours[int(np.searchsorted(breaks, v, side="right"))]) for v in areas[column]]


# --- the card and the rows ------------------------------------------------------------------------------
def _card_panel(picked: str, filters: Filters, words: Words) -> None:
    if not picked:
        return
    found = worked_out("map.card", (picked,), lambda: queries_map.community_card(store(), picked))
    card = community_card(found, read(queries.sources, "communities"), words)
    if card is None:
        show(element("p", words.say("map.no_community"), css="atlas-note"))
        return
    source = source_line(words, filters, *TABLES)
    with panel(
        words, card.name, words.say("map.card_answer", id=card.community_id), key="card", source=source
    ):
        st.button(words.say("map.close"), key="map_close", on_click=change, kwargs={"community": ""})
        facts_, programme = st.columns([55, 45], gap="small")
        with facts_:
            _facts(card, words)
        with programme:
            _programme(card, words)


def _facts(card: CommunityCard, words: Words) -> None:
    rows = pd.DataFrame(
        {
            words.say("map.card_what"): [f.label for f in card.facts],
            words.say("map.card_value"): [f.value or "—" for f in card.facts],
            words.say("map.card_source"): [f.source if f.value else "" for f in card.facts],
        }
    )
    st.dataframe(rows, hide_index=True, key="map_facts", height="content")
    houses = card.buildings
    if len(houses):
        names = {
            "name": "map.col_name",
            "storeys": "map.col_storeys",
            "year_from": "map.col_year",
            "year_source": "map.col_year_source",
            "lift_count": "map.col_lifts",
            "structure": "map.col_structure",
            "rule": "map.col_rule",
            "import_run_id": "map.col_run",
        }
        shown = houses[list(names)].rename(columns={k: words.say(v) for k, v in names.items()})
        shown[words.say("map.col_year_source")] = [words.say(f"map.year_{s}") for s in houses["year_source"]]
        shown[words.say("map.col_rule")] = [words.say(f"map.rule_{r}") for r in houses["rule"]]
        st.dataframe(shown, hide_index=True, key="map_houses", height=min(len(shown), 8) * 35 + 40)


def _programme(card: CommunityCard, words: Words) -> None:
    if not card.projects:
        show(element("p", words.say("map.card_no_project"), css="atlas-note"))
        return
    for line in card.projects:
        show(element("p", line, css="atlas-answer"))
    events = card.events.rename(
        columns={
            "date": words.say("map.col_date"),
            "stage": words.say("map.col_stage"),
            "document_no": words.say("map.col_document"),
            "run": words.say("map.col_run"),
        }
    )
    st.dataframe(events, hide_index=True, key="map_events", height=min(len(events), 12) * 35 + 40)
    if len(card.money):
        money = pd.DataFrame({words.say("map.col_source"): card.money["source"]})
        for state in ("planned", "allotted", "paid"):
            money[words.say(f"map.col_{state}")] = (card.money[state].astype(float) / 1e6).round(2)
        st.dataframe(money, hide_index=True, key="map_money", height="content")


def _answer(
    kept: pd.DataFrame, rows: pd.DataFrame, kind: str, filters: Filters, found: StoreFacts, words: Words
) -> str:
    unit = "building" if kind == "buildings" else "community"
    place = words.say("bar.whole_city")
    if filters.subdistrict_code:
        place = found.subdistricts[filters.subdistrict_code].name(words.lang)
    elif filters.district_code:
        place = found.districts[filters.district_code].name(words.lang)
    return words.say("map.headline", place=place, kept=words.of(len(kept), len(rows), unit))


def _rows_panel(kept: pd.DataFrame, kind: str, filters: Filters, found: StoreFacts, words: Words) -> None:
    place = filters.subdistrict_code or filters.district_code or words.say("bar.whole_city")
    notes = file_notes(words, filters, place, *TABLES)
    table = _table(kept, kind, found, words, notes)
    question = words.say("map.rows_question", kind=words.say(f"map.kind_{kind}"))
    shown = min(ROWS_SHOWN, len(kept))
    answer = words.say("map.rows_answer", total=len(kept), shown=shown)
    with panel(words, question, answer, key="map_rows", source=source_line(words, filters, *TABLES)):
        if kept.empty:
            show(element("p", words.say("empty.rows"), css="atlas-note"))
            return
        head = Table(table.rows.head(ROWS_SHOWN), table.columns, table.title, table.notes)
        st.dataframe(head.shown(words), hide_index=True, key="map_table", height=360)
        downloads(table, words, key="map_table")


def _table(kept: pd.DataFrame, kind: str, found: StoreFacts, words: Words, notes: dict[str, str]) -> Table:
    districts = {int(c): a.name(words.lang) for c, a in found.districts.items()}
    subdistricts = {int(c): a.name(words.lang) for c, a in found.subdistricts.items()}
    rows = pd.DataFrame(
        {
            "id": kept["id"],
            "name": kept["name"],
            "district": kept["district"].map(districts),
            "subdistrict": kept["subdistrict"].map(subdistricts),
            "year": kept["year"].where(kept["year"] > 0).astype("Int64").astype(str).replace("<NA>", ""),
            "decade": kept["decade"].map({d: words.say(f"decade.{d}") for d in kept["decade"].unique()}),
            "stage": [
                words.say("map.no_project") if s == "none" else words.say(f"stage.{s}") for s in kept["stage"]
            ],
        }
    )
    columns = [
        TableColumn("id", words.say("map.col_id")),
        TableColumn("name", words.say("map.col_name")),
        TableColumn("district", words.say("col.district")),
        TableColumn("subdistrict", words.say("col.subdistrict")),
        TableColumn("year", words.say("map.col_year")),
        TableColumn("decade", words.say("map.col_decade")),
    ]
    if kind == "buildings":
        for name in ("storeys", "lifts"):
            rows[name] = kept[name].where(kept[name] >= 0).astype("Int64").astype(str).replace("<NA>", "")
        columns += [
            TableColumn("storeys", words.say("map.col_storeys")),
            TableColumn("lifts", words.say("map.col_lifts")),
        ]
    else:
        rows["completeness"] = kept["completeness"].astype(float)
        columns.append(TableColumn("completeness", words.say("map.col_completeness"), "pct"))
    columns.append(TableColumn("stage", words.say("col.stage")))
    title = words.say("map.rows_question", kind=words.say(f"map.kind_{kind}"))
    return Table(rows.reset_index(drop=True), columns, title, notes)


if __name__ == "__main__":
    main()
