"""Who stands behind a request that no page's session belongs to: tiles, pictures, the start page, and a login's cookie.

Three ways, by the setting `ATLAS_AUTH`: the local demo knows nobody, a login (OpenID Connect) is known by the cookie
that Streamlit sealed, a proxy names the person in a header that only trusted proxies may send.
"""

import json
import threading
import time
from collections.abc import Mapping
from typing import Any

from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.web.server.starlette import starlette_auth_routes
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from dashboard.map_layers import opened_store
from dashboard.scope_token import TOKEN_KEY, scope_of, token_of
from dashboard.tiles import Access
from loaders.settings import settings
from store.access import Principal, Role
from store.area_paths import Areas
from store.engine import database_url
from store.roles import principal_named
from store.scoped_views import Scope as Seen

#: So long a role that was read is believed: a role that is taken away is gone from the next page and tile after it.
BELIEVED_S = 5.0
_MOST_HELD = 500
PUBLIC = Principal("", Role.PUBLIC)

_lock = threading.Lock()
_held: dict[tuple[str, str], tuple[float, Principal]] = {}


def demo_default() -> Principal:
    """Whom the local demo begins with: the programme's office, under the name that the settings give it."""
    return Principal(settings().actor, Role.PROGRAMME_OFFICE)


def person(name: str) -> Principal:
    """The person that a login or a proxy names, with the role granted; the public where there is none."""
    if not name:
        return PUBLIC
    key, now = (database_url(), name), time.monotonic()
    with _lock:
        found = _held.get(key)
    if found is not None and found[0] > now:
        return found[1]
    with opened_store().reading() as conn:
        principal = principal_named(conn, name)
    with _lock:
        if len(_held) >= _MOST_HELD:
            _held.clear()
        _held[key] = (now + BELIEVED_S, principal)
    return principal


def forget_people() -> None:
    """Read every role anew."""
    with _lock:
        _held.clear()


def claimed_name(claims: Mapping[str, Any]) -> str:
    """The name by which a login stands in `user_roles`; empty where it has none.

    A mail address that the provider says it did not verify is nobody's.
    """
    claim = settings().oidc_claim
    value = claims.get(claim)
    if not isinstance(value, str) or (claim == "email" and claims.get("email_verified") is False):
        return ""
    return value.strip()


def principal_of_request(request: HTTPConnection) -> Principal:
    """The person behind a request, by its own cookie or header; the public where there is nobody."""
    way = settings().auth
    if way == "demo":
        return demo_default()
    if way == "proxy":
        return person(request.headers.get(settings().proxy_user_header, "").strip())
    return person(claimed_name(_claims(request)))


def _claims(request: HTTPConnection) -> Mapping[str, Any]:
    held = starlette_auth_routes._get_cookie_value_from_request(Request(request.scope), USER_COOKIE_NAME)
    if not held:
        return {}
    try:
        claims = json.loads(held)
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) and claims.get("is_logged_in") is True else {}


def seen_by_request(request: HTTPConnection) -> Seen | None:
    """The scope that a request may see: sealed into its address, and the same as its login's where people log in.

    None where the two differ. An address without a seal sees what the public sees.
    """
    scope = scope_of(request.query_params.get(TOKEN_KEY, ""))
    if scope is None:
        return Seen.of(PUBLIC)
    if settings().auth != "demo" and Seen.of(principal_of_request(request)) != scope:
        return None
    return scope


def access_of(request: HTTPConnection) -> Access:
    """The access rule of all own routes: everything, nothing, or the areas whose communities and buildings are seen."""
    scope = seen_by_request(request)
    if scope is None:
        return False
    return areas_of(scope.principal)


def areas_of(principal: Principal) -> Access:
    """What of the layers by district a person may see: everything, or the codes of the areas."""
    if principal.reads_city:
        return True
    areas = Areas.of(principal)
    return areas.districts | areas.subdistricts if principal.reads_rows else frozenset()


def start_page_token(scope: Scope) -> str:
    """The token for the start page: of the session that will begin there."""
    return token_of(Seen.of(principal_of_request(HTTPConnection(scope))))


class OnlyTrustedProxies:
    """ASGI middleware: a person's header is believed from trusted proxies alone, and only one.

    From anybody else it is taken away before anything sees it; two of them are refused.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if settings().auth != "proxy" or scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        # An underscore is read as a hyphen by some servers behind others: both are the same header here.
        wanted = settings().proxy_user_header.lower().replace("_", "-").encode()
        own = [v for k, v in scope["headers"] if k.lower().replace(b"_", b"-") == wanted]
        peer = (scope.get("client") or ("",))[0]
        is_trusted = peer in settings().proxies
        if is_trusted and len(own) > 1:
            await _refuse(scope, receive, send)
            return
        headers = [(k, v) for k, v in scope["headers"] if k.lower().replace(b"_", b"-") != wanted]
        if is_trusted and own:
            headers.append((wanted, own[0]))
        await self.app({**scope, "headers": headers}, receive, send)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    await send({"type": "http.response.start", "status": 400, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"Bad Request"})
