"""One process for pages, tiles and static files: what `dashboard/app.py` hands to `st.App`."""

import os
import socket
import sys
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from dashboard.scope_token import own_secret
from dashboard.static_files import base_path
from dashboard.words import Words
from loaders.settings import Settings, settings

#: Beside `app.py`, where Streamlit looks for it from whatever folder it is started.
CONFIG_FILE = Path(__file__).resolve().parent / ".streamlit" / "config.toml"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def content_security_policy(outside: Sequence[str] = ()) -> str:
    """The browser's own guard against outside requests; `outside` names the origins of a basemap that a setting allows.

    Streamlit starts with an inline script; st_folium and Vega build functions from text; deck.gl runs its workers from
    `blob:`. Those are let in; no other address is.
    """
    more = "".join(f" {origin}" for origin in outside)
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
            "style-src 'self' 'unsafe-inline'",
            f"img-src 'self' data: blob:{more}",
            "font-src 'self' data:",
            f"connect-src 'self' data: blob:{more}",
            "worker-src 'self' blob:",
            "media-src 'self' blob:",
            "frame-src 'self'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    )


class SecurityHeaders:
    """ASGI middleware: security headers on every answer, and no answer to a host name that is not ours."""

    def __init__(self, app: ASGIApp, outside: Sequence[str] = ()) -> None:
        self.app = app
        self.headers = {
            "Content-Security-Policy": content_security_policy(outside),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "X-Frame-Options": "SAMEORIGIN",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers[name] = value
            await send(message)

        host = next((v.decode("latin-1") for k, v in scope["headers"] if k == b"host"), None)
        # Streamlit asks this of its WebSocket only; a rebound DNS name must not read tiles or downloads either.
        if not is_host_allowed(host):
            await PlainTextResponse("Misdirected Request", status_code=421)(scope, receive, send_with_headers)
            return
        await self.app(scope, receive, send_with_headers)


def send_without_delay() -> None:
    """Have every connection send its pieces as they come (TCP_NODELAY).

    Streamlit opens the listening socket itself, in a way that makes asyncio leave out what it sets elsewhere: head and
    body of an answer then wait for each other, 40 ms a request, measured for every page, script and tile.
    """
    plain = AutoHTTPProtocol.connection_made
    if getattr(plain, "sends_without_delay", False):
        return

    def connection_made(self: Any, transport: Any) -> None:
        connection = transport.get_extra_info("socket")
        if connection is not None and connection.family in (socket.AF_INET, socket.AF_INET6):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain(self, transport)

    connection_made.sends_without_delay = True  # type: ignore[attr-defined]
    AutoHTTPProtocol.connection_made = connection_made  # type: ignore[method-assign]


#: Threads that wait for Python's lock get it after so long, not after five milliseconds: a tile takes it hundreds of
#: times, and while a page is being worked out each of them would cost that.
_LOCK_S = 0.0005


def middleware(outside: Sequence[str] = ()) -> list[Middleware]:
    """The middleware of the whole app, pages included; asked for once, while the app is made."""
    send_without_delay()
    sys.setswitchinterval(_LOCK_S)
    return [Middleware(SecurityHeaders, outside=tuple(outside))]


def lifespan_with(
    *start_up: Callable[[], Awaitable[None]],
) -> Callable[[Any], Any]:
    """A lifespan for `st.App` that awaits each start-up step before the first page is served."""

    @asynccontextmanager
    async def lifespan(_app: Any) -> AsyncIterator[dict[str, Any] | None]:
        for step in start_up:
            await step()
        yield None

    return lifespan


def login_secrets(chosen: Settings) -> dict[str, Any] | None:
    """What `st.App` is told of the login's provider by the environment; None where `secrets.toml` says it."""
    if chosen.auth != "oidc" or not chosen.oidc_metadata_url:
        return None
    return {
        "auth": {
            "redirect_uri": chosen.oidc_redirect_uri
            or f"http://{chosen.host}:{chosen.port}{base_path()}/oauth2callback",
            "cookie_secret": chosen.oidc_cookie_secret or own_secret("login"),
            "client_id": chosen.oidc_client_id,
            "client_secret": chosen.oidc_client_secret,
            "server_metadata_url": chosen.oidc_metadata_url,
        }
    }


def refuse_open_demo(chosen: Settings) -> None:
    """Refuse to start where anybody in the network could choose a role, and nobody said that this is meant.

    Raises SystemExit with what to do. `ATLAS_AUTH=demo`, said outright, is taken at its word.
    """
    if chosen.host in LOOPBACK or "auth" in chosen.model_fields_set:
        if chosen.auth == "proxy":
            # The peer's own address decides who is believed: uvicorn must not put a header's in its place.
            os.environ["FORWARDED_ALLOW_IPS"] = ""
            if not chosen.proxies:
                raise SystemExit(Words(chosen.lang).say("access.no_proxies"))
        return
    raise SystemExit(Words(chosen.lang).say("access.open_demo", host=chosen.host))


def _flat(node: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in node.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = value
    return found


def server_config(chosen: Settings | None = None) -> dict[str, Any]:
    """Streamlit's options for `app.run`: the shared file, with address, port, upload size and hosts as set."""
    chosen = chosen or settings()
    options = _flat(tomllib.loads(CONFIG_FILE.read_text(encoding="utf-8")))
    options["server.address"] = chosen.host
    options["server.port"] = chosen.port
    options["server.maxUploadSize"] = chosen.max_upload_mb
    if chosen.host not in LOOPBACK:
        # An office server is reached by names that only its own office knows: its proxy or a setting limits them.
        options.pop("server.allowedHosts", None)
    return options
