"""A still picture of the tiled map, drawn by the server: what a page shows until the browser has drawn the map itself.

The same layers, colours, filters and place as the map's own, read from the tile archive's mapped files.
"""

import io
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from dashboard.deck_expressions import ByCode, BySteps, Colouring, OneColour, Where
from dashboard.static_files import CHINESE_FONT, STATIC_DIR
from dashboard.tile_archive import ArchiveLayer
from dashboard.tile_decks import Place, TileGroup, TileStyle
from dashboard.tile_levels import EDGES_OF, LEVELS
from dashboard.viewmodels.map import passes
from geo.flat import HOLE, LINE, POINT, SURFACE, FlatShapes
from geo.mvt import HALF_WORLD_M, to_mercator

#: Drawn so much larger and reduced, for smooth edges.
_FINER = 2
#: deck.gl's world is 512 pixels wide at zoom 0.
_WORLD_PX = 512
_PAPER, _HALO = (247, 248, 249), (255, 255, 255)
#: Names are few at every level; a picture with more is not read anyway.
_MOST_NAMES = 400

Rgba = tuple[int, int, int, int]


def still_picture(
    layers: Mapping[str, ArchiveLayer],
    styles: Sequence[TileStyle | TileGroup],
    place: Place,
    width_px: int,
    height_px: int,
) -> bytes:
    """The map at a place as a WebP picture; its centre is the place's own.

    `styles` are those of the deck, the lowest first. Raises ValueError for a map that is tilted or turned.
    """
    if place.pitch or place.bearing:
        raise ValueError("a still picture is drawn from straight above, north up")
    view = _View(place, width_px, height_px)
    picture = Image.new("RGB", (width_px * _FINER, height_px * _FINER), _PAPER)
    pen = ImageDraw.Draw(picture, "RGBA")
    single = [s for style in styles for s in (style.styles() if isinstance(style, TileGroup) else [style])]
    seen = [s for s in single if _is_seen(s, place.zoom)]
    for style in (s for s in seen if s.text is None):
        _draw_shapes(pen, layers, style, view)
    picture = picture.reduce(_FINER)
    pen = ImageDraw.Draw(picture)
    for style in (s for s in seen if s.text is not None):
        _write_names(pen, layers, style, view)
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=82, method=2)
    return out.getvalue()


class _View:
    """Where the picture lies (EPSG:3857), and its scale."""

    def __init__(self, place: Place, width_px: int, height_px: int) -> None:
        self.m_per_px = 2 * HALF_WORLD_M / (_WORLD_PX * 2**place.zoom)
        x, y = to_mercator(np.array([[place.lon, place.lat]]))[0]
        self.west, self.north = x - width_px / 2 * self.m_per_px, y + height_px / 2 * self.m_per_px
        self.bounds = (
            self.west,
            self.north - height_px * self.m_per_px,
            self.west + width_px * self.m_per_px,
            self.north,
        )
        self.zoom = place.zoom

    def pixels(self, xy: NDArray, finer: int = 1) -> NDArray[np.float64]:
        """Points (n, 2) in metres as pixels from the upper left corner."""
        out = np.empty((len(xy), 2))
        out[:, 0] = (xy[:, 0] - self.west) / self.m_per_px * finer
        out[:, 1] = (self.north - xy[:, 1]) / self.m_per_px * finer
        return out


def _is_seen(style: TileStyle, zoom: float) -> bool:
    is_near = style.from_zoom is None or zoom >= style.from_zoom
    return is_near and (style.to_zoom is None or zoom <= style.to_zoom)


def _found(
    layers: Mapping[str, ArchiveLayer], style: TileStyle, view: _View
) -> tuple[FlatShapes, NDArray[np.int64], pd.DataFrame]:
    """The shapes of a layer in the picture, the ring at which each begins, and their rows."""
    layer = layers[EDGES_OF.get(style.layer, (style.layer, 0.0))[0]]
    level = LEVELS[style.layer]
    zoom = round(view.zoom)
    if zoom < level.min_zoom or not layer.rows:
        nothing = FlatShapes(
            np.empty((0, 2)), np.zeros(1, np.int64), np.empty(0, np.int64), np.empty(0, np.int8)
        )
        return nothing, np.zeros(1, np.int64), pd.DataFrame()
    shapes, rows = layer.shapes_in(min(zoom, level.max_zoom), view.bounds)
    frame = (
        layer.frame.iloc[rows]
        if style.fill is not None or style.text is not None
        else pd.DataFrame(index=rows)
    )
    if style.filters:
        kept = np.flatnonzero(passes(frame, style.filters).to_numpy())
        shapes, frame = shapes.rows(kept, shapes.row_ring(len(rows))), frame.iloc[kept]
    return shapes, shapes.row_ring(len(frame)), frame


def _draw_shapes(
    pen: ImageDraw.ImageDraw, layers: Mapping[str, ArchiveLayer], style: TileStyle, view: _View
) -> None:
    shapes, first_ring, frame = _found(layers, style, view)
    if not len(frame):
        return
    points = view.pixels(shapes.xy, _FINER).round(1).tolist()
    start, kind = shapes.ring_start.tolist(), shapes.ring_kind.tolist()
    edge_px = EDGES_OF[style.layer][1] if style.layer in EDGES_OF else 0.0
    assert style.fill is not None
    colours = _colours(style.fill, style.fill_alpha, frame)
    for row, colour in enumerate(colours):
        for ring in _rings(int(first_ring[row]), int(first_ring[row + 1]), kind):
            pieces = [points[start[r] : start[r + 1]] for r in ring]
            if edge_px or kind[ring[0]] == LINE:
                for r, piece in zip(ring, pieces, strict=True):
                    closed = piece if kind[r] == LINE else [*piece, piece[0]]
                    _line(pen, closed, colour, max(1, round((edge_px or 1.0) * _FINER)))
            elif kind[ring[0]] == SURFACE:
                _surface(pen, pieces, colour)


def _rings(begin: int, end: int, kind: Sequence[int]) -> list[list[int]]:
    """The rings of a shape: each outer one with its holes."""
    out: list[list[int]] = []
    for ring in range(begin, end):
        if kind[ring] == HOLE and out:
            out[-1].append(ring)
        else:
            out.append([ring])
    return out


def _surface(pen: ImageDraw.ImageDraw, pieces: list[list[list[float]]], colour: Rgba) -> None:
    """A surface with its holes as one outline: a hole hangs on the outer ring by a seam that is passed twice."""
    outline = [tuple(p) for p in pieces[0]]
    for hole in pieces[1:]:
        outline += [outline[0], *(tuple(p) for p in hole), tuple(hole[0]), outline[0]]
    if len(outline) > 2:
        pen.polygon(outline, fill=colour)


def _line(pen: ImageDraw.ImageDraw, piece: list[list[float]], colour: Rgba, width: int) -> None:
    if len(piece) > 1:
        pen.line([tuple(p) for p in piece], fill=colour, width=width)


def _colours(fill: Colouring, alpha: int, frame: pd.DataFrame) -> list[Rgba]:
    """The colour of each row, by the rule that the browser follows."""
    if isinstance(fill, OneColour):
        return [_rgba(fill.colour, alpha)] * len(frame)
    if isinstance(fill, ByCode):
        table = {code: _rgba(colour, alpha) for code, colour in fill.colours.items()}
        other = _rgba(fill.other, alpha)
        return [table.get(value, other) for value in frame[fill.column].tolist()]
    if isinstance(fill, Where):
        inside, outside = _colours(fill.inside, alpha, frame), _colours(fill.outside, alpha, frame)
        kept = passes(frame, fill.filters).tolist()
        return [i if keep else o for i, o, keep in zip(inside, outside, kept, strict=True)]
    assert isinstance(fill, BySteps)
    steps = [_rgba(colour, alpha) for colour in fill.colours]
    values = frame[fill.column].to_numpy(dtype=float)
    classes = np.searchsorted(fill.breaks, values, side="right")
    missing = _rgba(fill.missing, alpha)
    return [missing if np.isnan(v) else steps[c] for v, c in zip(values, classes, strict=True)]


def _rgba(colour: str, alpha: int) -> Rgba:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16), alpha


@cache
def _font(size_px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(STATIC_DIR / CHINESE_FONT), size_px)


def _write_names(
    pen: ImageDraw.ImageDraw, layers: Mapping[str, ArchiveLayer], style: TileStyle, view: _View
) -> None:
    shapes, first_ring, frame = _found(layers, style, view)
    if not len(frame) or len(frame) > _MOST_NAMES:
        return
    font, colour = _font(round(style.text_px)), _rgba(style.text_colour, 255)[:3]
    points = view.pixels(shapes.xy)
    for row, text in enumerate(frame[str(style.text)].tolist()):
        ring = int(first_ring[row])
        if ring < len(shapes.ring_kind) and shapes.ring_kind[ring] == POINT:
            x, y = points[shapes.ring_start[ring]]
            pen.text(
                (x, y), str(text), font=font, fill=colour, anchor="mm", stroke_width=2, stroke_fill=_HALO
            )
