"""The sixteen districts as a vector drawing of our own: the city, and its six central districts enlarged beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import shapely

#: Zones whose districts are too small to read in the drawing of the whole city.
INSET_ZONES = ("core", "central")
WIDTH, HEIGHT = 1000.0, 640.0
CITY_BOX = (0.0, 0.0, 640.0, 640.0)
INSET_BOX = (660.0, 290.0, 340.0, 350.0)
#: Metres to the side: finer detail than this can't be seen at the drawing's size.
DETAIL_M = 150.0
#: The two districts of the core lie side by side and are small: their names stand one above the other.
CORE_LIFT = 16.0
#: The city's own plane: CGCS2000, three-degree zone of 117°E (metres).
PLANE = "EPSG:4548"
NO_PLACE = "url(#none)"


@dataclass(frozen=True)
class Label:
    """A district's name at its point, in the drawing's units (x to the right, y down)."""

    text: str
    x: float
    y: float
    is_dark: bool


@dataclass(frozen=True)
class Drawing:
    """The drawing without its words (which the typesetter sets as text) and the names with their points."""

    svg: str
    width: float
    height: float
    labels: tuple[Label, ...]
    inset: tuple[float, float, float, float] | None


def draw_districts(
    outlines: gpd.GeoDataFrame, colours: Mapping[str, str | None], names: Mapping[str, str]
) -> Drawing | None:
    """The districts in their colours (#rrggbb; None is hatched); None where no district has an outline.

    `outlines` (EPSG:4326) has district_code, zone and geometry. The drawing is the same for the same outlines.
    """
    held = outlines[~(outlines.geometry.isna() | outlines.geometry.is_empty)].sort_values("district_code")
    if held.empty:
        return None
    plane = held.to_crs(PLANE)
    shapes = np.asarray(plane.geometry.to_numpy(), dtype=object)
    try:
        shapes = shapely.coverage_simplify(shapes, DETAIL_M)
    except shapely.errors.GEOSException:
        shapes = shapely.simplify(shapes, DETAIL_M)
    codes = [str(c) for c in held["district_code"]]
    is_central = held["zone"].isin(INSET_ZONES).to_numpy()
    has_inset = bool(is_central.any() and not is_central.all())
    parts, labels = [], []
    place = _fit(shapes, CITY_BOX)
    parts += [_area(shape, place, colours.get(code)) for shape, code in zip(shapes, codes, strict=True)]
    for shape, code, central in zip(shapes, codes, is_central, strict=True):
        if not (has_inset and central):
            labels.append(_label(shape, place, names.get(code, code), colours.get(code)))
    if has_inset:
        x, y, w, h = INSET_BOX
        parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" fill="#ffffff" stroke="#8a939c"/>'
        )
        margin = 10.0
        inner = _fit(shapes[is_central], (x + margin, y + 3.4 * margin, w - 2 * margin, h - 4.4 * margin))
        is_core = held["zone"].eq("core").to_numpy()[is_central]
        lift = CORE_LIFT
        for shape, code, core in zip(shapes[is_central], np.asarray(codes)[is_central], is_core, strict=True):
            parts.append(_area(shape, inner, colours.get(code)))
            label = _label(shape, inner, names.get(code, code), colours.get(code))
            labels.append(replace(label, y=round(label.y + lift, 1)) if core else label)
            lift = -lift if core else lift
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}">'
        '<defs><pattern id="none" width="8" height="8" patternUnits="userSpaceOnUse">'
        '<rect width="8" height="8" fill="#f4f4f4"/><path d="M0 8L8 0" stroke="#8a939c"/></pattern></defs>'
        f"{''.join(parts)}</svg>"
    )
    return Drawing(svg, WIDTH, HEIGHT, tuple(labels), INSET_BOX if has_inset else None)


Fit = tuple[float, float, float]


def _fit(shapes: np.ndarray, box: tuple[float, float, float, float]) -> Fit:
    """Scale and shifts that put the shapes into the middle of a box, north up."""
    west, south, east, north = shapely.total_bounds(shapes)
    x, y, width, height = box
    scale = min(width / max(east - west, 1.0), height / max(north - south, 1.0))
    left = x + (width - scale * (east - west)) / 2 - scale * west
    top = y + (height - scale * (north - south)) / 2 + scale * north
    return float(scale), float(left), float(top)


def _area(shape: shapely.Geometry, fit: Fit, colour: str | None) -> str:
    scale, left, top = fit
    path = []
    for polygon in shapely.get_parts(shape):
        for ring in (polygon.exterior, *polygon.interiors):
            points = shapely.get_coordinates(ring)[:-1]
            path.append(
                "M" + "L".join(f"{left + scale * px:.1f} {top - scale * py:.1f}" for px, py in points) + "Z"
            )
    return (
        f'<path d="{"".join(path)}" fill="{colour or NO_PLACE}" fill-rule="evenodd" '
        'stroke="#55606b" stroke-width="1.2" stroke-linejoin="round"/>'
    )


def _label(shape: shapely.Geometry, fit: Fit, text: str, colour: str | None) -> Label:
    scale, left, top = fit
    point = shapely.point_on_surface(shape)
    return Label(
        text,
        round(left + scale * float(shapely.get_x(point)), 1),
        round(top - scale * float(shapely.get_y(point)), 1),
        colour is not None and _luminance(colour) < 0.3,
    )


def _luminance(colour: str) -> float:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2
