"""Where a new issue is: a community, coordinates, or a click on the map; and in which district that lies."""

from dataclasses import dataclass

import shapely
import streamlit as st

from dashboard.duties_inputs import NEW
from dashboard.filters import Filters
from dashboard.issues_map import ground
from dashboard.markup import element, show
from dashboard.offline_map import MapPoint, point_map, show_points
from dashboard.state import read
from dashboard.viewmodels.duties_words import Names, given, text_of
from store import queries, queries_issues
from store.access import Principal

WAYS = ("community", "coordinates", "click", "nowhere")
_CLICKED = "issues.clicked"
HEIGHT_PX = 340


@dataclass(frozen=True)
class IssuePlace:
    """A place for an issue: codes and keys as far as known, and the point (EPSG:4326)."""

    district_code: str | None = None
    subdistrict_code: str | None = None
    community_id: str | None = None
    project_id: str | None = None
    point: shapely.Point | None = None


def pick_place(filters: Filters, person: Principal, names: Names, *, key: str) -> IssuePlace | None:
    """The inputs for a place; None (with the reason on the page) while there is none."""
    words = names.words
    way = st.segmented_control(
        words.say("issues.way"),
        list(WAYS),
        default=WAYS[0],
        key=f"{key}.way",
        format_func=lambda w: words.say(f"issues.way_{w}"),
    )
    if way == "coordinates":
        return _by_coordinates(names, key)
    if way == "click":
        return _by_click(filters, names, key)
    districts = [c for c in names.facts.districts if person.reads_city or c in person.district_codes]
    left, right = st.columns(2)
    with left:
        start = districts.index(filters.district_code) if filters.district_code in districts else 0
        district = st.selectbox(
            words.say("issues.col_district"), districts, start, key=f"{key}.district", format_func=names.area
        )
    if district is None:
        return None
    held = {c for c in person.area_codes if len(c) > 6}
    places = [a.code for a in names.facts.subdistricts_of(district) if not held or a.code in held]
    with right:
        start = places.index(filters.subdistrict_code) if filters.subdistrict_code in places else 0
        subdistrict = st.selectbox(
            words.say("issues.col_subdistrict"),
            places,
            start if places else None,
            key=f"{key}.subdistrict.{district}",
            format_func=names.area,
        )
    if way == "nowhere":
        return IssuePlace(district, subdistrict)
    return _community(district, subdistrict, names, key)


def _community(district: str, subdistrict: str | None, names: Names, key: str) -> IssuePlace | None:
    words = names.words
    homes = read(queries_issues.reporting_places, district, subdistrict)
    if homes.empty:
        show(element("p", words.say("issues.no_communities"), css="atlas-note"))
        return None
    by_key = homes.set_index("community_id")
    chosen = st.selectbox(
        words.say("issues.col_community"),
        [NEW, *by_key.index],
        key=f"{key}.community.{district}.{subdistrict}",
        format_func=lambda c: (
            words.say("issues.pick_community")
            if c == NEW
            else " ".join(t for t in (text_of(by_key.loc[c, "name"]), text_of(by_key.loc[c, "address"])) if t)
            or c
        ),
    )
    if not chosen:
        show(element("p", words.say("issues.pick_community_first"), css="atlas-note"))
        return None
    shape = read(queries_issues.reporting_shape, chosen).iloc[0]
    point = None
    if shape["geometry"] is not None and not shape["geometry"].is_empty:
        point = shapely.point_on_surface(shape["geometry"])
    elif given(shape["point"]):
        point = shapely.from_wkb(bytes(shape["point"]))
    home = by_key.loc[chosen]
    if point is None:
        show(element("p", words.say("issues.community_without_place"), css="atlas-note"))
    return IssuePlace(
        district,
        text_of(home["subdistrict_code"]) or None,
        chosen,
        text_of(home["project_id"]) or None,
        point,
    )


def _by_coordinates(names: Names, key: str) -> IssuePlace | None:
    words = names.words
    left, right = st.columns(2)
    with left:
        lon = st.number_input(
            words.say("issues.longitude"), 115.0, 118.0, None, step=0.0001, format="%.5f", key=f"{key}.lon"
        )
    with right:
        lat = st.number_input(
            words.say("issues.latitude"), 39.0, 42.0, None, step=0.0001, format="%.5f", key=f"{key}.lat"
        )
    if lon is None or lat is None:
        show(element("p", words.say("issues.coordinates_first"), css="atlas-note"))
        return None
    return _located(float(lon), float(lat), names)


def _by_click(filters: Filters, names: Names, key: str) -> IssuePlace | None:
    words, areas = names.words, ground(filters)
    if areas.empty:
        show(element("p", words.say("empty.outlines"), css="atlas-note"))
        return None
    held: tuple[float, float] | None = st.session_state.get(f"{_CLICKED}.{key}")
    marks = []
    if held is not None:
        marks.append(
            MapPoint(
                "new", held[0], held[1], "diamond", "#d98e04", (words.say("issues.new_place"),), size_px=24
            )
        )
    clicked = show_points(
        point_map(areas, marks, places=True), key=f"{key}.map.{filters.district_code}", height=HEIGHT_PX
    )
    if clicked is not None and clicked.lon is not None and clicked.lat is not None:
        st.session_state[f"{_CLICKED}.{key}"] = (clicked.lon, clicked.lat)
        st.rerun()
    if held is None:
        show(element("p", words.say("issues.click_first"), css="atlas-note"))
        return None
    return _located(held[0], held[1], names)


def _located(lon: float, lat: float, names: Names) -> IssuePlace | None:
    """The district and subdistrict around a position; None, with a note, for one outside the city."""
    words, point = names.words, shapely.Point(lon, lat)
    found = located(point)
    at = words.say("issues.place_at", lon=f"{lon:.5f}", lat=f"{lat:.5f}")
    if found is None:
        show(element("p", words.say("issues.outside_city", at=at), css="duties-late"))
        return None
    where = words.listed([names.area(c) for c in (found.district_code, found.subdistrict_code) if c])
    show(element("p", words.say("issues.located", at=at, where=where), css="atlas-note"))
    return found


def located(point: shapely.Point) -> IssuePlace | None:
    """The place of a point (EPSG:4326) by the outlines of districts and subdistricts; None outside all of them."""
    districts = read(queries.district_areas)
    hit = districts[districts.geometry.covers(point)]
    if hit.empty:
        return None
    district = str(hit["district_code"].iloc[0])
    parts = read(queries.subdistrict_areas, district)
    inside = parts[parts.geometry.covers(point)]
    subdistrict = str(inside["subdistrict_code"].iloc[0]) if len(inside) else None
    return IssuePlace(district, subdistrict, point=point)
