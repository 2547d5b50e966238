"""Issues on the map (R63): shape for the step they have come to, colour for days open, a ring when late."""

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd

from dashboard.filters import Filters
from dashboard.markup import Markup, element, show
from dashboard.offline_map import MapCircle, MapPoint, point_map, show_points
from dashboard.panels import legend
from dashboard.scale import text_colour
from dashboard.state import read
from dashboard.viewmodels.duties_words import Names, given
from dashboard.viewmodels.issues import DAYS_SCALE, STEP_SHAPES, days_legend, state_text, step_text
from dashboard.viewmodels.issues_common import CommonGroup
from dashboard.words import Words
from store import queries

#: More issues than this are summed up by subdistrict.
MOST_SINGLE = 300
HEIGHT_PX = 460
#: About two kilometres.
MARGIN_DEG = 0.02
_CLOSED = "none"
_SYMBOLS = {"circle": "●", "triangle": "▲", "diamond": "◆"}


def ground(filters: Filters) -> gpd.GeoDataFrame:
    """What lies under the issues: the districts, or the subdistricts of the open district."""
    if filters.district_code is None:
        areas = read(queries.district_areas).rename(columns={"district_code": "code"})
    else:
        areas = read(queries.subdistrict_areas, filters.district_code).rename(
            columns={"subdistrict_code": "code"}
        )
    known = areas[~areas.geometry.isna()]
    english = known["name_en"].where(known["name_en"].notna(), known["name_zh"])
    return known.assign(name=english if filters.lang == "en" else known["name_zh"])


def issues_map(
    chosen: pd.DataFrame, own: pd.DataFrame, filters: Filters, names: Names, *, key: str, selected: str | None
) -> tuple[str, str] | None:
    """The chosen issues with a place; returns what was clicked: ("issue", id) or ("subdistrict", code).

    The map opens on all issues of the area (`own`), so that it stays where it is when the choice changes.
    """
    words, areas = names.words, ground(filters)
    placed = chosen[chosen["lon"].notna()]
    if areas.empty:
        show(element("p", words.say("empty.outlines"), css="atlas-note"))
        return None
    is_summed = len(placed) > MOST_SINGLE
    points = _summed(placed, names) if is_summed else [_point(r, names) for r in placed.to_dict("records")]
    near = around(own["lon"], own["lat"]) if filters.district_code is None else None
    if filters.subdistrict_code is not None and (areas["code"] == filters.subdistrict_code).any():
        west, south, east, north = areas.loc[areas["code"] == filters.subdistrict_code].total_bounds
        near = (west, south, east, north)
    drawn = point_map(areas, points, selected=selected, near=near)
    clicked = show_points(drawn, key=key, height=HEIGHT_PX)
    _legend(words, is_summed=is_summed)
    if clicked is None or clicked.code is None or clicked.code not in {p.code for p in points}:
        return None
    return ("subdistrict" if is_summed else "issue", clicked.code)


def around(lon: pd.Series, lat: pd.Series) -> tuple[float, float, float, float] | None:
    """West, south, east and north around some places, with a margin; None for fewer than two places."""
    held = pd.DataFrame({"lon": lon, "lat": lat}).dropna()
    if len(held) < 2:
        return None
    (west, south), (east, north) = held.min(), held.max()
    return (west - MARGIN_DEG, south - MARGIN_DEG, east + MARGIN_DEG, north + MARGIN_DEG)


def _point(row: Mapping[str, object], names: Names) -> MapPoint:
    words = names.words
    days = int(str(row["days_open"]))
    is_open = bool(row["is_open"])
    waiting: tuple[str, ...] = row["units_waiting"]  # type: ignore[assignment]
    tip = [
        str(row["title"]),
        words.say("issues.tip", state=state_text(row, words), days=days, step=step_text(_step(row), words)),
    ]
    if waiting and is_open:
        tip.append(words.say("issues.tip_waiting", units=names.units(waiting)))
    colour = str(DAYS_SCALE.colours_of(pd.Series([days])).iloc[0]) if is_open else _CLOSED
    is_due = bool(row["is_escalation_due"])
    return MapPoint(
        code=str(row["issue_id"]),
        lon=float(str(row["lon"])),
        lat=float(str(row["lat"])),
        shape=STEP_SHAPES[min(_step(row), 2)],  # type: ignore[arg-type]
        colour=colour,
        tip=tuple(tip),
        text="!" if is_due else "",
        ink=text_colour(colour) if is_open else "#16202a",
        size_px=18 if is_open else 13,
        is_ringed=is_open and given(row["is_overdue"]) and bool(row["is_overdue"]),
    )


def _step(row: Mapping[str, object]) -> int:
    return int(str(row["step"]))


def _summed(placed: pd.DataFrame, names: Names) -> list[MapPoint]:
    """One point for each subdistrict with its number of issues; the colour is that of the longest open one."""
    out = []
    for code, held in placed[placed["subdistrict_code"].notna()].groupby("subdistrict_code"):
        is_open = held["is_open"].astype(bool)
        longest = int(held.loc[is_open, "days_open"].max()) if is_open.any() else 0
        colour = str(DAYS_SCALE.colours_of(pd.Series([longest])).iloc[0]) if is_open.any() else "#ffffff"
        tip = names.words.say("issues.tip_area", count=len(held), open=int(is_open.sum()), days=longest)
        out.append(
            MapPoint(
                code=str(code),
                lon=float(held["lon"].mean()),
                lat=float(held["lat"].mean()),
                shape="circle",
                colour=colour,
                tip=(names.area(code), tip),
                text=str(len(held)),
                ink=text_colour(colour),
                size_px=26,
            )
        )
    return out


def _legend(words: Words, *, is_summed: bool) -> None:
    if is_summed:
        legend(days_legend(words), words.say("issues.legend_longest"))
        show(element("p", words.say("issues.map_summed"), css="atlas-note"))
        return
    steps = [
        element("span", f"{_SYMBOLS[s]} {step_text(n, words)}", css="atlas-legend-item")
        for n, s in enumerate(STEP_SHAPES)
    ]
    marks: list[Markup] = [
        *steps,
        element("span", words.say("issues.legend_ring"), css="atlas-legend-item issues-ring"),
        element("span", words.say("issues.legend_closed"), css="atlas-legend-item"),
    ]
    legend(days_legend(words), words.say("issues.legend_days"), *marks)


def groups_map(
    held: pd.DataFrame,
    groups: tuple[CommonGroup, ...],
    filters: Filters,
    names: Names,
    *,
    key: str,
    selected: str | None,
) -> str | None:
    """The groups as circles around their issues, each with its number; returns the group that was clicked."""
    words, areas = names.words, ground(filters)
    if areas.empty:
        show(element("p", words.say("empty.outlines"), css="atlas-note"))
        return None
    numbers = [
        MapPoint(
            code=g.group_id,
            lon=g.lon,
            lat=g.lat,
            shape="square",
            colour="#7a3b00",
            tip=(
                g.label,
                words.say("issues.on_agenda", names=words.listed(list(g.agenda))) if g.agenda else "",
            ),
            text=str(g.number),
            ink="#ffffff",
            size_px=22,
        )
        for g in groups[:MOST_SINGLE]
    ]
    members = {i for g in groups for i in g.issue_ids}
    room = max(0, MOST_SINGLE - len(numbers))
    placed = held[held["issue_id"].isin(members) & held["lon"].notna()].head(room)
    points = [_point(r, names) for r in placed.to_dict("records")]
    circles = [MapCircle(g.lon, g.lat, g.radius_m) for g in groups]
    near = around(pd.Series([g.lon for g in groups]), pd.Series([g.lat for g in groups]))
    focus = next((g for g in groups if g.group_id == selected), None)
    if focus is not None:
        # A degree of latitude is 111 km; at Beijing one of longitude is 85 km. Some ground around the group is shown.
        up, across = 3.0 * focus.radius_m / 111_000, 3.0 * focus.radius_m / 85_000
        near = (focus.lon - across, focus.lat - up, focus.lon + across, focus.lat + up)
    drawn = point_map(areas, [*points, *numbers], circles=circles, selected=selected, near=near)
    clicked = show_points(drawn, key=key, height=HEIGHT_PX)
    legend(
        days_legend(words),
        words.say("issues.legend_days"),
        element("span", words.say("issues.legend_group"), css="atlas-legend-item"),
    )
    return clicked.code if clicked is not None and clicked.code in {g.group_id for g in groups} else None
