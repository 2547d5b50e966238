"""Streamlit's start page, told where its server is.

Opened at the address of a page (`/old_buildings`), Streamlit's script first looks for its server below that address and
gets two answers "not found", which the browser logs as errors. A line in the start page names the server instead; the
same line is the place for the product's own language and title, which otherwise flash up in English. The map's page
shows its still picture first (`dashboard.map_start`). The line also declares the Chinese font that the app serves for
machines that have none, and names the scripts that the page will need.
"""

import html
import json
from collections.abc import Callable

import anyio.to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.fonts import CHINESE_RANGE, OWN_FONT
from dashboard.map_start import picture_first
from dashboard.script_preload import later_scripts, page_scripts
from dashboard.static_files import (
    CHINESE_FONT,
    FONT_JS,
    THEME_CSS,
    WEBGL_JS,
    base_path,
    static_url,
)

#: Requests for these would make the answer something else than the whole, plain start page.
_LEFT_OUT = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")


class OwnIndexPage:
    """ASGI middleware: completes Streamlit's start page, and passes everything else on untouched."""

    def __init__(
        self, app: ASGIApp, *, title: str, lang: str, token: Callable[[Scope], str] | None = None
    ) -> None:
        """`token` says for whom the still picture is asked: for the session that begins with this page."""
        self.app = app
        self.token = token
        self.title = title
        self.lang = lang

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wants_page = (
            scope["type"] == "http"
            and scope["method"] == "GET"
            and "text/html" in Headers(scope=scope).get("accept", "")
        )
        if not wants_page:
            await self.app(scope, receive, send)
            return
        plain = {**scope, "headers": [(k, v) for k, v in scope["headers"] if k.lower() not in _LEFT_OUT]}
        # Asked in a thread: it may have to read who the person is.
        seal = "" if self.token is None else await anyio.to_thread.run_sync(self.token, scope)
        head: Message | None = None
        body = b""

        async def completed(message: Message) -> None:
            nonlocal head, body
            if message["type"] == "http.response.start":
                head = message
                return
            if message["type"] != "http.response.body" or head is None:
                await send(message)
                return
            headers = MutableHeaders(scope=head)
            if not headers.get("content-type", "").startswith("text/html"):
                await send(head)
                head = None
                await send(message)
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            whole = self.complete(body.decode("utf-8"), scope["path"], seal).encode("utf-8")
            headers["content-length"] = str(len(whole))
            for name in ("etag", "last-modified"):
                if name in headers:
                    del headers[name]
            await send(head)
            await send({"type": "http.response.body", "body": whole})

        await self.app(plain, receive, completed)

    def complete(self, page: str, path: str = "/", seal: str = "") -> str:
        """The start page with the server's address, the language and the title; any other page as it is."""
        if "<title>Streamlit</title>" not in page:
            return page
        own = path.rstrip("/").rsplit("/", 1)[-1]
        scripts = [f"./static/js/{name}" for name in page_scripts(own) if f'/{name}"' not in page]
        later = [f"./static/js/{name}" for name in later_scripts(own) if f'/{name}"' not in page]
        first = end = ""
        if own == "map":
            page, first, end = picture_first(page, seal, scripts, later)
            scripts, later = [], []
        base = json.dumps(base_path()).replace("<", "\\u003c")
        script = (
            f"<script>(() => {{ const base = location.origin + {base}; "
            "window.__streamlit = { ...window.__streamlit, BACKEND_BASE_URL: base, MAIN_PAGE_BASE_URL: base }; "
            f"{first} }})()</script>"
        )
        font = (
            f'<style>@font-face {{ font-family: "{OWN_FONT}"; src: url("{static_url(CHINESE_FONT)}") format("woff2"); '
            f"font-weight: 100 900; font-display: swap; unicode-range: {CHINESE_RANGE} }}</style>"
            f'<script src="{static_url(WEBGL_JS)}" defer></script><script src="{static_url(FONT_JS)}" defer></script>'
        )
        page = page.replace(
            "<title>Streamlit</title>", f"<title>{html.escape(self.title)}</title>{script}{font}", 1
        )
        links = [f'<link rel="modulepreload" crossorigin href="{href}">' for href in scripts]
        links += [f'<link rel="preload" as="script" crossorigin href="{href}">' for href in later]
        page = page.replace("</head>", f"{''.join(links)}</head>", 1)
        # In the body: Streamlit adds its own styles to the head, and of two equal rules the later one holds.
        theme = f'<link rel="stylesheet" href="{static_url(THEME_CSS)}">'
        last = f"<script>{end}</script>" if end else ""
        page = page.replace("</body>", f"{last}{theme}</body>", 1)
        return page.replace('<html lang="en">', f'<html lang="{html.escape(self.lang)}">', 1)
