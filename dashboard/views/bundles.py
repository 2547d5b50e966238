"""Bundles (R58): reserve projects of a district in contiguous tender bundles, drawn, changed by hand, saved."""

from dataclasses import replace

import geopandas as gpd
import pandas as pd
import streamlit as st

from dashboard import bundles_state, jobs, what_if_waiting
from dashboard.address import change, current_filters, remembered
from dashboard.bundles_forms import edit_forms, rule_form, save_form, scheme_picker
from dashboard.bundles_state import Desk
from dashboard.duties_saving import save, show_told
from dashboard.filters import WHOLE_CITY, Filters
from dashboard.issues_map import ground
from dashboard.markup import element, show
from dashboard.offline_map import choropleth_map, show_folium
from dashboard.panels import empty, file_notes, panel, source_line
from dashboard.project_tabs.frames import view_of
from dashboard.session import current_principal
from dashboard.state import facts, read, store
from dashboard.tables import show_table
from dashboard.viewmodels.areas import scope_name
from dashboard.viewmodels.bundles import (
    BundlesView,
    Pool,
    bundles_view,
    pool_of,
    renewed,
    usual_distance_m,
)
from dashboard.viewmodels.bundles_map import RESERVE
from dashboard.viewmodels.bundles_saved import Scheme, schemes_of, schemes_table
from dashboard.viewmodels.duties_words import Names, names_of
from dashboard.words import Words
from geo.bundles import from_saved, make_bundles
from geo.bundles_input import BundleRule
from store import queries, queries_bundles
from store.access import Action

TABLES = ("projects", "communities", "stage_events")
JOB = "bundles.job"
HEIGHT_PX = 520
GROUND = "#eef2ef"
#: Ground around the projects on the map: about half a kilometre.
ROOM_DEG = 0.005


def main() -> None:
    filters, found = current_filters(), facts()
    words = Words(filters.lang)
    if not found.districts:
        empty(words, "store")
        return
    district = filters.district_code
    if district is None:
        empty(words, "bundles_district")
        picked = st.pills(
            words.say("bundles.pick_district"),
            list(found.districts),
            key="bundles_district",
            format_func=lambda c: found.districts[c].name(words.lang),
        )
        if picked is not None:
            change(district=picked, subdistrict=WHOLE_CITY)
            st.rerun()
        return
    show_told(words)
    names = names_of(words, found, read(queries.sources, *TABLES, "bundles"))
    source = source_line(words, filters, *TABLES)
    notes = file_notes(words, filters, scope_name(filters, found, words), *TABLES)
    schemes = schemes_of(
        read(queries_bundles.bundle_rows, district), read(queries_bundles.bundle_project_rows, district)
    )
    pool = _pool(filters, district, schemes)
    ready = int((pool.rows["state"] == RESERVE).sum())
    show(
        element(
            "p",
            words.say("bundles.headline", n=ready, place=scope_name(filters, found, words)),
            css="atlas-headline",
        )
    )
    show(element("p", words.say("bundles.rule_note"), css="atlas-note"))
    usual = usual_distance_m(pool)
    if usual is not None:
        show(element("p", words.say("bundles.usual_distance", metres=words.number(usual)), css="atlas-note"))
    rule, block, pressed = rule_form(usual, district, words)
    if rule is not None and pressed:
        bundles_state.clear()
        reserve = pool.for_rule(block)[(pool.rows["state"] == RESERVE).to_numpy()]
        kept = rule
        what_if_waiting.begin(JOB, jobs.start(lambda _job: (make_bundles(reserve, kept), kept, block)))
    scope, revision = bundles_state.scope_of(filters), store().revision()
    made = what_if_waiting.result(JOB, words)
    if made is not None:
        bundles_state.put(Desk(scope, made[0], made[1], made[2], revision))
    desk = _renewed(bundles_state.held(scope), pool, revision)
    if desk is None:
        if JOB not in st.session_state:
            show(
                element(
                    "p", words.say("bundles.press_make" if ready else "bundles.no_reserve"), css="atlas-note"
                )
            )
    else:
        _show(desk, pool, schemes, filters, names, source, notes)
    _saved(schemes, pool, rule, block, filters, names, source, notes)


def _pool(filters: Filters, district: str, schemes: list[Scheme]) -> Pool:
    saved = {p for s in schemes for _, _, p, _ in s.members}
    return pool_of(view_of(filters), read(queries_bundles.project_grounds, district), saved)


def _renewed(desk: Desk | None, pool: Pool, revision: int) -> Desk | None:
    """The bundles over the projects as they are now: values and states may have changed since they were made."""
    if desk is None or desk.revision == revision:
        return desk
    inside = {p for p, b in desk.bundling.saved.items() if b is not None}
    keep = (pool.rows["state"] == RESERVE) | pool.rows["project_id"].isin(inside)
    bundling = renewed(desk.bundling, pool.for_rule(desk.block)[keep.to_numpy()], desk.rule)
    fresh = replace(desk, bundling=bundling, revision=revision, before=())
    bundles_state.put(fresh)
    return fresh


def _show(
    desk: Desk,
    pool: Pool,
    schemes: list[Scheme],
    filters: Filters,
    names: Names,
    source: str,
    notes: dict[str, str],
) -> None:
    words = names.words
    view = bundles_view(desk.bundling, pool, names, notes)
    with panel(
        words, words.say("bundles.map_question"), view.answer, key="map", source=source, rows="totals"
    ):
        picked = _map(view, filters, words)
        for note in view.notes:
            show(element("p", note, css="atlas-note"))
    with panel(
        words, words.say("bundles.edit_question"), words.say("bundles.edit_answer"), key="edit", source=source
    ):
        edit_forms(desk, view.members, view.loose, picked, words)
        if current_principal().may(Action.SAVE_SCENARIO):
            save_form(desk, schemes, filters, words)
    with panel(
        words, words.say("bundles.totals_question"), view.answer, key="totals", source=source, rows="members"
    ):
        show_table(view.totals, words, key="bundles_totals", rows_shown=12)
    with panel(
        words,
        words.say("bundles.members_question"),
        words.say("bundles.members_answer", n=len(view.members.rows)),
        key="members",
        source=source,
    ):
        show_table(view.members, words, key="bundles_members", rows_shown=10)
    with panel(
        words,
        words.say("bundles.loose_question"),
        words.say("bundles.loose_answer", n=len(view.loose.rows), value=words.money(desk.bundling.loose_fen)),
        key="loose",
        source=source,
    ):
        show_table(view.loose, words, key="bundles_loose", rows_shown=8)


def _map(view: BundlesView, filters: Filters, words: Words) -> str:
    """The map; returns what is picked on it, "b:…" or "p:…"."""
    codes = set(view.areas["code"])
    picked = remembered("bundle_pick")
    picked = picked if picked in codes else ""
    if view.areas.empty:
        show(element("p", words.say("bundles.no_ground"), css="atlas-note"))
        return picked
    below = ground(filters)[["code", "name", "geometry"]].assign(colour=GROUND, tip=None)
    both = gpd.GeoDataFrame(pd.concat([below, view.areas], ignore_index=True), crs="EPSG:4326")
    drawn = choropleth_map(both, selected=picked or None, wheel_zoom=True)
    west, south, east, north = (float(v) for v in view.areas.total_bounds)
    room = [[south - ROOM_DEG, west - ROOM_DEG], [north + ROOM_DEG, east + ROOM_DEG]]
    drawn = replace(drawn, spec={**drawn.spec, "bounds": room})
    clicked = show_folium(drawn, key="bundles_map", height=HEIGHT_PX)
    legend = [
        element("span", words.say(f"bundles.legend_{k}"), css="atlas-legend-item")
        for k in ("bundle", "project", "loose", "confirmed")
    ]
    show(element("p", *legend, css="atlas-legend"))
    if clicked is not None and clicked in codes and clicked != picked:
        change(bundle_pick=clicked)
        st.rerun()
    return picked


def _saved(
    schemes: list[Scheme],
    pool: Pool,
    rule: BundleRule | None,
    block: str,
    filters: Filters,
    names: Names,
    source: str,
    notes: dict[str, str],
) -> None:
    words = names.words
    answer = words.say("bundles.saved_answer", n=len(schemes))
    with panel(words, words.say("bundles.saved_question"), answer, key="saved", source=source):
        if not schemes:
            return
        show_table(schemes_table(schemes, pool, names, notes), words, key="bundles_saved", rows_shown=6)
        chosen, what = scheme_picker(schemes, words)
        if chosen is None or not what:
            return
        if what == "delete":
            save(chosen.removal(), name="bundles_delete", what="bundles.did_delete", words=words)
        elif rule is not None:
            _open(chosen, pool, rule, block, filters)


def _open(scheme: Scheme, pool: Pool, rule: BundleRule, block: str, filters: Filters) -> None:
    """Lay a saved scheme on the table: its projects whatever they have become, and today's reserve beside them."""
    wanted = (pool.rows["state"] == RESERVE) | pool.rows["project_id"].isin(list(scheme.saved))
    bundling, _ = from_saved(pool.for_rule(block)[wanted.to_numpy()], rule, scheme.saved)
    bundles_state.put(
        Desk(
            bundles_state.scope_of(filters),
            bundling,
            rule,
            block,
            store().revision(),
            scheme.title,
            scheme.year,
        )
    )
    st.rerun()


if __name__ == "__main__":
    main()
