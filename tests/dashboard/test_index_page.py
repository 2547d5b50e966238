"""Streamlit's start page knows its server, its language and its title."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
import streamlit
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from dashboard.index_page import OwnIndexPage
from dashboard.script_preload import _closure
from tests.own_loop import run

START = Path(streamlit.__file__).parent / "static" / "index.html"
TITLE = '一张图 </title><script>alert("x")</script>'


def ask(answer: Response, accept: str = "text/html", **headers: str) -> tuple[dict[str, str], str, list]:
    """Headers and text of an answer that went through the middleware, and the headers that the app was asked with."""
    asked: list[Any] = []
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        asked.extend(scope["headers"])
        await answer(scope, receive, send)

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    lines = {"accept": accept, **headers}
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in lines.items()],
        "asgi": {"spec_version": "2.4"},
    }
    run(OwnIndexPage(app, title=TITLE, lang="zh")(scope, receive, send))
    body = b"".join(m.get("body", b"") for m in sent if m["type"] == "http.response.body")
    starts = [m for m in sent if m["type"] == "http.response.start"]
    assert len(starts) == 1
    found = {k.decode(): v.decode() for k, v in starts[0]["headers"]}
    if "content-length" in found:
        assert int(found["content-length"]) == len(body)
    return found, body.decode("utf-8"), asked


def in_parts() -> StreamingResponse:
    async def halves() -> Any:
        content = START.read_bytes()
        for half in (content[:1000], content[1000:]):
            yield half

    return StreamingResponse(halves(), media_type="text/html")


@pytest.mark.parametrize(
    "make", [lambda: HTMLResponse(START.read_text("utf-8"), headers={"etag": '"a"'}), in_parts]
)
def test_the_start_page_is_completed(make: Any) -> None:
    headers, text, asked = ask(make(), if_none_match='"a"', accept_encoding="gzip")
    assert "window.__streamlit = {" in text
    assert "BACKEND_BASE_URL: base" in text
    assert '<html lang="zh">' in text
    assert 'alert("x")</script>' not in text
    assert "etag" not in headers
    # The app was asked for the whole page in the clear.
    assert {name for name, _ in asked} == {b"accept"}


def test_everything_else_is_passed_on() -> None:
    assert ask(HTMLResponse("<title>Mine</title>"))[1] == "<title>Mine</title>"
    assert ask(JSONResponse({"a": 1}))[1] == '{"a":1}'
    page, _, asked = ask(HTMLResponse(START.read_text("utf-8")), accept="*/*", accept_encoding="gzip")
    assert "content-length" in page
    assert (b"accept-encoding", b"gzip") in asked


def test_scripts_of_the_page_are_named_once_and_are_there() -> None:
    page = OwnIndexPage(lambda *_: None, title="x", lang="zh")  # type: ignore[arg-type, return-value]
    plain = START.read_text("utf-8")
    named = re.findall(r'<link rel="modulepreload"[^>]*href="([^"]+)"', page.complete(plain, "/overview"))
    lists = [("Selectbox", named)]
    for path in ("/map", "/atlas/map/"):
        given = json.loads(re.findall(r"const GIVEN = (\{.*?\});", page.complete(plain, path, "seal"))[0])
        assert given["seal"] == "seal"
        lists += [("Slider", given["scripts"]), ("index", given["main"]), ("DeckGlJsonChart", given["later"])]
    for wanted, names in lists:
        assert len(names) == len(set(names))
        assert any(name.startswith(f"./static/js/{wanted}.") for name in names)
        assert all((START.parent / name).is_file() for name in names)


def test_the_maps_page_asks_for_its_picture_first_and_begins_each_script_once() -> None:
    page = OwnIndexPage(lambda *_: None, title="x", lang="zh")  # type: ignore[arg-type, return-value]
    plain = START.read_text("utf-8")
    text = page.complete(plain, "/map", '</script><script>alert("x")</script>')
    # No script of Streamlit's is in the page by itself: the page's own script fetches all that the plain page has.
    assert not re.findall(r'(?:src|href)="\./static/js/', text)
    given = json.loads(re.findall(r"const GIVEN = (\{.*?\});", text)[0])
    assert set(re.findall(r'(?:src|href)="(\./static/js/[^"]+)"', plain)) <= set(given["scripts"])
    assert given["main"] == re.findall(r'<script[^>]*src="([^"]+)"', plain)
    assert 'alert("x")</script>' not in text
    # Other pages are left as Streamlit made them.
    assert (
        re.findall(r'<script type="module"[^>]*src="([^"]+)"', page.complete(plain, "/overview"))
        == given["main"]
    )
    own = page.complete(plain, "/overview")
    assert "DeckGlJsonChart" not in own and "atlasStill" not in own
    assert page.complete(plain, '/"><script>alert(1)</script>').count("alert(1)") == 0


def test_another_streamlit_is_followed_and_what_is_missing_left_out(tmp_path: Path) -> None:
    (tmp_path / "Slider.abc.js").write_text('import{a}from"./one.js";import"./two.js";import"./gone.js"')
    (tmp_path / "one.js").write_text('import"./two.js"')
    (tmp_path / "two.js").write_text('import"./one.js"')
    assert _closure(tmp_path, ("Slider", "Nothing")) == ["Slider.abc.js", "one.js", "two.js"]
    assert _closure(tmp_path / "none", ("Slider",)) == []
