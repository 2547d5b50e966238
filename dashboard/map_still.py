"""The map's first picture, served beside the pages: `/map-still?` with the map page's own address behind it.

The start page asks for it before Streamlit has begun, so it stands there as soon as the page does; the map in the
browser takes its place when it is drawn. Nothing that is imported here may register a component of a page: the app
imports this before Streamlit runs, and a component registered then is not found later.
"""

import hashlib
import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

import anyio
import anyio.to_thread
import pandas as pd
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dashboard.basemap import basemap
from dashboard.filters import Filters
from dashboard.map_layers import LAYERS, batches, structures
from dashboard.map_query import kind_of, own_filters
from dashboard.map_seen import seen_rows
from dashboard.map_styles import MAP_HEIGHT_PX, place_of, styles_of
from dashboard.scope_token import TOKEN_KEY
from dashboard.seen_areas import may_see
from dashboard.session import acting, current_principal
from dashboard.session_requests import areas_of
from dashboard.state import facts, totals
from dashboard.still_address import still_path
from dashboard.still_picture import still_picture
from dashboard.tile_decks import Place
from dashboard.tiles import BY_DISTRICT
from dashboard.viewmodels.map import COLOUR_BY, KINDS, Names
from loaders.settings import settings
from store.access import Role
from store.scoped_views import Scope

_log = logging.getLogger(__name__)
#: As wide as the map on a large screen: the page shows the middle of it.
STILL_WIDTH_PX = 1600
#: A place as it stands in the address: zoom, latitude, longitude, and bearing and pitch where the map is turned.
_PLACE = re.compile(r"#?(\d{1,2}(?:\.\d+)?)/(-?\d{1,2}(?:\.\d+)?)/(-?\d{1,3}(?:\.\d+)?)(/.*)?", re.ASCII)
_MOST_QUERY = 4000
_KEPT = 48
_EVERYTHING = Scope(Role.PROGRAMME_OFFICE)


class NoStillError(ValueError):
    """There is no still picture of such a map."""


class NotSeenError(PermissionError):
    """The person may not see what the picture would show."""


def drawn(query: Mapping[str, str]) -> bytes:
    """The picture as WebP, of what the current person sees.

    Raises NoStillError where there is none (tilted, on a basemap, or not yet made), NotSeenError for a place or a
    community that the person may not see.
    """
    principal = current_principal()
    if not principal.reads_rows:
        raise NotSeenError
    if basemap() is not None or query.get("height") == "1" or query.get("map") == "simple":
        raise NoStillError("this map has no still picture")
    if not LAYERS.state().is_ready:
        raise NoStillError("the layers are being made")
    found = facts()
    filters = Filters.from_query(query, found, settings().lang)
    frames: dict[str, pd.DataFrame] = {kind: seen_rows(kind) for kind in KINDS}
    if not may_see(principal, filters.district_code, filters.subdistrict_code):
        raise NotSeenError
    names = totals("map.names", (), lambda whole: Names(batches(whole), structures(whole)))
    own = own_filters(lambda key: query.get(key, ""), names)
    kind = kind_of(query.get("kind", ""), frames, filters)
    colour_by = query.get("colour", "")
    colour_by = colour_by if colour_by in COLOUR_BY else COLOUR_BY[0]
    picked = query.get("community", "")
    styles = styles_of(own, filters, kind, colour_by, picked, False)
    at = query.get("at", "") or picked
    place = _asked_place(query.get("place", "")) or place_of(filters, at, 0.0)
    layers = LAYERS.keeper().present().layers
    codes = areas_of(principal)
    if not isinstance(codes, bool):
        layers = {n: layer.limited(codes) if n in BY_DISTRICT else layer for n, layer in layers.items()}
    return still_picture(layers, styles, place, STILL_WIDTH_PX, MAP_HEIGHT_PX)


def _asked_place(text: str) -> Place | None:
    """The place that an address names; None for what is none, as on the map itself."""
    parts = _PLACE.fullmatch(text)
    if parts is None:
        return None
    zoom, lat, lon = (float(n) for n in parts.groups()[:3])
    if not (7 <= zoom <= 19 and abs(lat) <= 85 and abs(lon) <= 180):
        return None
    if parts.group(4):
        raise NoStillError("a place seen from the side")
    return Place(lon=lon, lat=lat, zoom=zoom)


class StillService:
    """The pictures of the present revision, each drawn once and kept while there is room."""

    def __init__(self, seen: Callable[[Request], Scope | None] | None = None) -> None:
        """`seen` says for whom a request asks; None for a request that is refused. Without it all is shown."""
        self._seen = seen
        self._kept: OrderedDict[tuple[Any, ...], bytes] = OrderedDict()
        self._lock = threading.Lock()
        self._limiter: anyio.CapacityLimiter | None = None

    def routes(self) -> list[Route]:
        """The route for `st.App(routes=…)`."""
        return [Route(still_path(), self._answer, methods=["GET"])]

    async def _answer(self, request: Request) -> Response:
        scope = _EVERYTHING if self._seen is None else self._seen(request)
        if scope is None:
            return _refusal(403, "Forbidden")
        if len(request.url.query) > _MOST_QUERY:
            return _refusal(404, "Not Found")
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(1)
        query = {k: v for k, v in request.query_params.items() if k != TOKEN_KEY}
        try:
            data = await anyio.to_thread.run_sync(self._picture, query, scope, limiter=self._limiter)
        except NotSeenError:
            return _refusal(403, "Forbidden")
        except NoStillError:
            return Response(status_code=204, headers={"Cache-Control": "no-store"})  # no fault of anybody's
        except Exception:
            _log.exception("the map's still picture could not be drawn")
            return _refusal(503, "Service Unavailable")
        etag = f'"{hashlib.sha256(data).hexdigest()[:24]}"'
        # Long enough for the page that was just opened to find it; the map itself follows at once.
        headers = {"Cache-Control": "private, max-age=10", "ETag": etag}
        return Response(data, media_type="image/webp", headers=headers)

    def _picture(self, query: Mapping[str, str], scope: Scope) -> bytes:
        key = (LAYERS.revision(), scope.key, *sorted(query.items()))
        with self._lock:
            held = self._kept.get(key)
            if held is not None:
                self._kept.move_to_end(key)
                return held
        with acting(scope.principal):
            data = drawn(query)
        with self._lock:
            self._kept[key] = data
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return data


def _refusal(status: int, words: str) -> Response:
    return PlainTextResponse(words, status_code=status, headers={"Cache-Control": "no-store"})
