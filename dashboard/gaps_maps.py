"""Communities on a map of points: at most a few hundred, each in the colour of what it lacks."""

from collections.abc import Mapping, Sequence

import geopandas as gpd
import pandas as pd
import shapely

from dashboard.gaps_page import GapsPage
from dashboard.issues_map import ground
from dashboard.markup import element, show
from dashboard.offline_map import MOST_POINTS, MapPoint, point_map, show_points
from dashboard.panels import legend
from dashboard.scale import LegendEntry
from dashboard.viewmodels.area_rows import AreaRow

HEIGHT_PX = 424
#: Room for the facilities beside the communities.
MOST_COMMUNITIES = 280
MARGIN_DEG = 0.006
VERDICT_COLOURS = {"lacks": "#a6611a", "partly": "#dfc27d", "has": "#01735f", "unknown": "none"}
VERDICT_SHAPES = {"lacks": "triangle", "partly": "diamond", "has": "circle", "unknown": "circle"}
FACILITY = "#2f5597"


def spots(rows: gpd.GeoDataFrame) -> pd.DataFrame:
    """Longitude and latitude of a point inside each geometry, on the same index; rows without a place are left out."""
    shapes = rows.geometry.to_numpy()
    placed = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    inside = shapely.point_on_surface(shapes[placed])
    return pd.DataFrame(
        {"lon": shapely.get_x(inside), "lat": shapely.get_y(inside)}, index=rows.index[placed]
    )


def near_of(places: pd.DataFrame) -> tuple[float, float, float, float] | None:
    """What the map opens on: the places with a margin."""
    if places.empty:
        return None
    return (
        float(places["lon"].min()) - MARGIN_DEG,
        float(places["lat"].min()) - MARGIN_DEG,
        float(places["lon"].max()) + MARGIN_DEG,
        float(places["lat"].max()) + MARGIN_DEG,
    )


def communities_map(
    page: GapsPage, lines: Mapping[str, AreaRow], entries: Sequence[LegendEntry], *, key: str
) -> str | None:
    """Communities in the colours of their lines; returns the one that was clicked."""
    rows = page.communities[page.communities["community_id"].isin(list(lines))]
    places = spots(rows)
    points = [
        MapPoint(
            str(code),
            lon,
            lat,
            "circle",
            lines[code].colour if lines[code].value is not None else "none",
            (str(name), lines[code].figure, lines[code].reason),
            size_px=18,
        )
        for code, name, lon, lat in zip(
            rows.loc[places.index, "community_id"],
            rows.loc[places.index, "name"],
            places["lon"],
            places["lat"],
            strict=True,
        )
    ]
    return _drawn(page, points[:MOST_POINTS], near_of(places), entries, key)


def verdict_map(page: GapsPage, rows: gpd.GeoDataFrame, kind: str, *, key: str) -> str | None:
    """Communities by verdict (shape and colour) and the facilities of the kind; returns the community clicked."""
    words = page.words
    shown = rows.head(MOST_COMMUNITIES)
    places = spots(shown)
    points = [
        MapPoint(
            str(r["community_id"]),
            places.at[i, "lon"],
            places.at[i, "lat"],
            VERDICT_SHAPES[r["verdict"]],  # type: ignore[arg-type]
            VERDICT_COLOURS[r["verdict"]],
            (
                str(r["name"]),
                words.say(f"gaps.verdict_{r['verdict']}"),
                words.say(
                    "gaps.tip_metres", near=words.number(r["nearest_m"]), far=words.number(r["farthest_m"])
                ),
            ),
            size_px=18,
        )
        for i, r in shown.loc[places.index].iterrows()
    ]
    own = page.facilities[page.facilities["kind"] == kind]
    own = own[own["district_code"] == page.filters.district_code] if page.filters.district_code else own
    if page.filters.subdistrict_code is not None and len(places):
        west, south, east, north = near_of(places)  # type: ignore[misc]
        own = own.cx[west:east, south:north]
    stands = spots(own.head(MOST_POINTS - len(points)))
    points += [
        MapPoint(
            f"f:{own.at[i, 'facility_id']}",
            lon,
            lat,
            "square",
            FACILITY,
            (page.facility_names.get(str(own.at[i, "facility_id"]), ""), words.say("gaps.tip_facility")),
            size_px=13,
        )
        for i, lon, lat in zip(stands.index, stands["lon"], stands["lat"], strict=True)
    ]
    if len(rows) > MOST_COMMUNITIES:
        show(
            element("p", words.say("gaps.map_cut", shown=MOST_COMMUNITIES, total=len(rows)), css="atlas-note")
        )
    symbols = {"circle": "●", "triangle": "▲", "diamond": "◆"}
    clicked = _drawn(page, points, near_of(places), (), key)
    show(
        element(
            "p",
            *(
                element(
                    "span",
                    element(
                        "b",
                        symbols[VERDICT_SHAPES[v]] if v != "unknown" else "○",
                        style=f"color: {VERDICT_COLOURS[v] if v != 'unknown' else '#55606b'}",
                    ),
                    " ",
                    words.say(f"gaps.verdict_{v}"),
                    css="atlas-legend-item",
                )
                for v in VERDICT_COLOURS
            ),
            element("span", element("b", "■", style=f"color: {FACILITY}"), " ", words.say("gaps.tip_facility"),
                    css="atlas-legend-item"),
            css="atlas-legend",
        )
    )  # fmt: skip
    return clicked


def _drawn(
    page: GapsPage,
    points: Sequence[MapPoint],
    near: tuple[float, float, float, float] | None,
    entries: Sequence[LegendEntry],
    key: str,
) -> str | None:
    areas = ground(page.filters)
    if areas.empty:
        show(element("p", page.words.say("empty.outlines"), css="atlas-note"))
        return None
    clicked = show_points(point_map(areas, points, near=near), key=key, height=HEIGHT_PX)
    if entries:
        legend(entries)
    return clicked.code if clicked is not None else None
