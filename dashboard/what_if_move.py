"""A facility moved by a click on the map: who gains and who loses, at once (R18, R42)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import shapely
import streamlit as st

from dashboard import what_if_waiting, what_if_work
from dashboard.address import change, remembered
from dashboard.filters import Filters
from dashboard.issues_map import ground
from dashboard.issues_panels import pick
from dashboard.map_events import is_new_event
from dashboard.markup import element, escaped_markdown, show
from dashboard.offline_map import MapCircle, MapPoint, point_map, show_points
from dashboard.panels import panel
from dashboard.tables import show_table
from dashboard.viewmodels.duties_words import Names
from dashboard.viewmodels.what_if_moves import GAINS, LOSES, MoveView, changes_by_community, move_view
from dashboard.viewmodels.what_if_view import EXISTING, metres
from dashboard.what_if_choice import Choice
from dashboard.what_if_site import existing_of, near_points, signs
from dashboard.words import Words
from geo.crs import METRIC, WGS84, project_points
from geo.reach import LIMIT_M
from geo.reach_moves import moved
from loaders.coverage.desk import Desk
from loaders.facility_standards import kind_name

JOB = "what_if.desk_job"
ACTS = ("move", "close", "open")
MOVED = "#54278f"
HEIGHT_PX = 540
MOST_FACILITIES = 120


def show_move(choice_: Choice, filters: Filters, names: Names, source: str, notes: dict[str, str]) -> None:
    """Pick a facility, click a place, read who gains and who loses."""
    words, district = names.words, filters.district_code or ""
    radius = _radius(choice_, words)
    desk = what_if_work.held_desk(district) or _laid_out(district, words)
    if desk is None or radius is None:
        return
    _on_desk(desk, choice_.kind, radius, filters, names, source, notes)


def _laid_out(district: str, words: Words) -> Desk | None:
    """The desk, once it is laid out in the background; begun by itself once, after a stop only when asked for."""
    asked = f"what_if.asked.{district}"
    if asked not in st.session_state:
        st.session_state[asked] = True
        what_if_waiting.begin(JOB, what_if_work.start_desk(district))
    made: Desk | None = what_if_waiting.result(JOB, words)
    if made is None and JOB not in st.session_state:
        st.button(
            words.say("what_if.lay_out"),
            key="what_if_lay_out",
            on_click=lambda: st.session_state.pop(asked, None),
        )
    elif made is not None:
        st.session_state.pop(asked, None)
    return made


def _radius(choice_: Choice, words: Words) -> float | None:
    """The standard's distance, or the planner's own."""
    own = st.number_input(
        words.say("what_if.own_radius"),
        min_value=10.0,
        max_value=LIMIT_M,
        value=None,
        step=50.0,
        format="%.0f",
        key=f"what_if_move_radius.{choice_.kind}",
        placeholder=words.say("what_if.by_standard", radius=words.number(choice_.need.radius_m))
        if choice_.need.radius_m
        else words.say("what_if.radius_needed"),
        help=words.say("what_if.own_radius_help"),
        width=280,
    )
    radius = own or choice_.need.radius_m
    if radius is None:
        show(element("p", words.say("what_if.radius_missing"), css="atlas-note"))
    elif own:
        show(element("p", words.say("what_if.own_assumption", radius=metres(own, words)), css="atlas-note"))
    return radius


@st.fragment
def _on_desk(
    desk: Desk, kind: str, radius: float, filters: Filters, names: Names, source: str, notes: dict[str, str]
) -> None:
    words = names.words
    own = what_if_work.seen(desk.district_code)
    there = existing_of(desk, kind, own.facilities)
    there = there[there["district_code"].isna() | (there["district_code"] == desk.district_code)]
    there = there.sort_values(["name", "facility_id"], kind="stable").reset_index(drop=True)
    with st.container(horizontal=True, key="bar_what_if_move"):
        act = pick("wi_act", ACTS, "move", [words.say(f"what_if.act_{a}") for a in ACTS], words)
        chosen = ""
        if act != "open":
            ids = ["", *there["facility_id"]]
            labels = [words.say("what_if.pick_facility"), *(n or i for i, n in _pairs(there))]
            chosen = pick("wi_facility", ids, "", labels, words)
    if act != "open" and there.empty:
        show(
            element("p", words.say("what_if.no_facility", kind=kind_name(kind, words.lang)), css="atlas-note")
        )
    _take_click(_map_key(act, chosen))
    to = _place(act)
    is_ready = (
        (act == "open" and to is not None) or (act == "close" and chosen) or (chosen and to is not None)
    )
    view = None
    if is_ready:
        view = _answer(desk, kind, radius, filters, names, notes, there, act, chosen, to)
        answer = view.answer
    else:
        answer = words.say(f"what_if.hint_{'place' if act == 'open' or chosen else 'facility'}")
    title = words.say("what_if.move_question", kind=kind_name(kind, words.lang), radius=metres(radius, words))
    with panel(words, title, answer, key="move_map", source=source):
        if view is not None:
            figures = [
                element("div", element("span", f.label), element("b", f.text), css="atlas-figure")
                for f in view.figures
            ]
            show(element("div", *figures, css="atlas-figures"))
            if view.is_off_network:
                st.warning(escaped_markdown(words.say("what_if.off_network")))
        _map(there, view, act, chosen, to, radius, filters, words)
        show(element("p", words.say("what_if.move_note"), css="atlas-note"))
    if view is not None:
        with panel(
            words,
            words.say("what_if.move_rows_question"),
            words.say("what_if.move_rows_answer", n=len(view.rows.rows)),
            key="move_rows",
            source=source,
        ):
            show_table(view.rows, words, key="what_if_move_rows", rows_shown=10)


def _pairs(there: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(there["facility_id"], there["name"], strict=True))


def _map_key(act: str, chosen: str) -> str:
    """Another map, once it takes places, so that it begins without an old click."""
    return f"what_if_move_{act}_{chosen if _takes_places(act, chosen) else ''}"


def _takes_places(act: str, chosen: str) -> bool:
    return act == "open" or bool(chosen and act == "move")


def _take_click(key: str) -> None:
    """Put a click of the map into the address before anything is drawn: the answer needs one run, not two."""
    state = st.session_state.get(key)
    at = (state or {}).get("last_clicked") if isinstance(state, Mapping) else None
    event = (at.get("lng"), at.get("lat")) if at else None
    if event is not None and is_new_event(f"{key}.first", event):
        change(wi_at=f"{event[0]:.6f},{event[1]:.6f}")


def _place(act: str) -> tuple[float, float] | None:
    """The new place as the address has it: longitude and latitude."""
    if act == "close":
        return None
    try:
        lon, lat = (float(v) for v in remembered("wi_at").split(","))
    except ValueError:
        return None
    # Far from Beijing the projection has no meaning.
    return (lon, lat) if 114.0 < lon < 119.0 and 38.0 < lat < 42.0 else None


def _answer(
    desk: Desk,
    kind: str,
    radius: float,
    filters: Filters,
    names: Names,
    notes: dict[str, str],
    there: pd.DataFrame,
    act: str,
    chosen: str,
    to: tuple[float, float] | None,
) -> MoveView:
    words = names.words
    target = None
    if act != "close" and to is not None:
        x, y = project_points([to[0]], [to[1]], source=WGS84, target=METRIC)
        target = shapely.Point(round(float(x[0]), 3), round(float(y[0]), 3))
    found = moved(
        desk.network,
        desk.origins,
        desk.places,
        desk.reach(kind),
        radius,
        facility_id=chosen or None,
        to=target,
    )
    homes = what_if_work.seen(desk.district_code).homes(desk, filters.subdistrict_code)
    in_scope = desk.people["community_id"].isin(homes["community_id"]).to_numpy()
    changes = changes_by_community(found, desk.people, np.asarray(in_scope))
    called = there.set_index("facility_id")["name"].get(chosen, "") or chosen
    what = words.say(f"what_if.what_{act}", name=called, kind=kind_name(kind, words.lang))
    return move_view(changes, homes, is_off_network=found.is_off_network, what=what, names=names, notes=notes)


def _map(
    there: pd.DataFrame,
    view: MoveView | None,
    act: str,
    chosen: str,
    to: tuple[float, float] | None,
    radius: float,
    filters: Filters,
    words: Words,
) -> None:
    areas = ground(filters)
    if areas.empty:
        show(element("p", words.say("empty.outlines"), css="atlas-note"))
        return
    old = there[there["facility_id"] == chosen]
    others = there[there["facility_id"] != chosen]
    if len(old) and len(others) > MOST_FACILITIES:
        far = np.hypot(others["lon"] - old["lon"].iloc[0], others["lat"] - old["lat"].iloc[0])
        others = others.loc[far.sort_values(kind="stable").index]
    left = len(others) - MOST_FACILITIES
    points = [
        MapPoint(i, float(x), float(y), "circle", EXISTING, (n or i,), size_px=14)
        for i, n, x, y in others.head(MOST_FACILITIES)[["facility_id", "name", "lon", "lat"]].itertuples(
            index=False
        )
    ]
    points += list(view.points) if view is not None else []
    circles = []
    for i, n, x, y in old[["facility_id", "name", "lon", "lat"]].itertuples(index=False):
        tip = (n or i, words.say("what_if.tip_old"))
        points.append(
            MapPoint(
                i, float(x), float(y), "circle", "none" if act == "close" or to else MOVED, tip, size_px=22
            )
        )
        circles.append(MapCircle(float(x), float(y), radius))
    if to is not None:
        here = (words.say("what_if.tip_new_place"),)
        points.append(
            MapPoint("to", to[0], to[1], "square", MOVED, here, text="★", ink="#ffffff", size_px=24)
        )
        circles.append(MapCircle(to[0], to[1], radius))
    near = _near(old, to, radius) or near_points(tuple(points))
    takes = _takes_places(act, chosen)
    clicked = show_points(
        point_map(areas, points, circles=circles, selected=chosen or None, near=near, places=takes),
        key=_map_key(act, chosen),
        height=HEIGHT_PX,
    )
    items = [
        ("●", EXISTING, words.say("what_if.legend_existing")),
        ("★", MOVED, words.say("what_if.legend_place")),
        ("▲", GAINS, words.say("what_if.legend_gains")),
        ("◆", LOSES, words.say("what_if.legend_loses")),
        ("◌", "#7a3b00", words.say("what_if.legend_circle", radius=metres(radius, words))),
    ]
    signs(items)
    if left > 0:
        show(
            element(
                "p", words.say("what_if.map_left_existing", n=left, most=MOST_FACILITIES), css="atlas-note"
            )
        )
    if clicked is None:
        return
    if takes and clicked.lon is not None and clicked.lat is not None:
        spot = f"{clicked.lon:.6f},{clicked.lat:.6f}"
        if spot != remembered("wi_at"):
            change(wi_at=spot)
            st.rerun()
    if not takes and clicked.code in set(there["facility_id"]):
        change(wi_facility=str(clicked.code))
        st.rerun()


def _near(
    old: pd.DataFrame, to: tuple[float, float] | None, radius: float
) -> tuple[float, float, float, float] | None:
    """The ground around the old and the new place, with three times the distance on every side."""
    lon = [*old["lon"], *([to[0]] if to else [])]
    lat = [*old["lat"], *([to[1]] if to else [])]
    if not lon:
        return None
    # A degree of latitude is 111 km; at Beijing one of longitude is 85 km.
    up, across = 3.0 * radius / 111_000, 3.0 * radius / 85_000
    return (min(lon) - across, min(lat) - up, max(lon) + across, max(lat) + up)
