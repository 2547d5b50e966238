"""What `st.App` is given: options from one file, headers on every answer, own hosts only."""

import http.client
import socket
import threading
import time
import tomllib
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from streamlit import config

from dashboard.server import CONFIG_FILE, content_security_policy, middleware, server_config
from loaders.settings import Settings


def test_options_are_the_shared_file_with_the_settings_on_top() -> None:
    options = server_config(Settings(port=8599, max_upload_mb=7))
    assert options["server.address"] == "127.0.0.1"
    assert options["server.port"] == 8599
    assert options["server.maxUploadSize"] == 7
    assert options["browser.gatherUsageStats"] is False
    assert options["server.enableStaticServing"] is True
    assert options["server.headless"] is True
    assert set(options) <= set(config._config_options_template)


def test_the_file_alone_is_safe_for_streamlit_run() -> None:
    held = tomllib.loads(CONFIG_FILE.read_text("utf-8"))
    assert held["browser"]["gatherUsageStats"] is False
    # Without an address of its own Streamlit asks an outside service for this machine's.
    assert held["server"]["address"] == "127.0.0.1"
    assert held["server"]["allowedHosts"] == ["localhost", "127.0.0.1", "::1"]
    # Streamlit reads the file beside the script, wherever it is started from.
    assert (CONFIG_FILE.parent.parent / "app.py").is_file()


def test_an_office_server_answers_to_the_names_its_office_uses() -> None:
    assert "server.allowedHosts" not in server_config(Settings(host="0.0.0.0"))
    assert "server.allowedHosts" in server_config(Settings(host="127.0.0.1"))


def test_the_policy_names_no_outside_address_unless_a_setting_does() -> None:
    assert "http" not in content_security_policy() and "*" not in content_security_policy()
    allowed = content_security_policy(["https://tiles.example"])
    parts = dict(part.split(" ", 1) for part in allowed.split("; "))
    assert parts["img-src"].endswith("https://tiles.example")
    assert parts["connect-src"].endswith("https://tiles.example")
    assert "example" not in parts["script-src"]


def test_streamlit_finds_the_app_in_the_script() -> None:
    from streamlit.web.server.app_discovery import discover_asgi_app

    script = Path(CONFIG_FILE).parent.parent / "app.py"
    assert discover_asgi_app(script).import_string == "app:app"


def test_answers_do_not_wait_for_each_other() -> None:
    """Head and body leave at once, also on the listening socket that Streamlit opens itself."""
    middleware()

    async def hello(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("hello")

    with socket.socket(socket.AF_INET) as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(Starlette(routes=[Route("/", hello)]), log_level="critical"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            connection = http.client.HTTPConnection("127.0.0.1", listening.getsockname()[1], timeout=10)
            begun = time.monotonic()
            for _ in range(25):
                connection.request("GET", "/")
                assert connection.getresponse().read() == b"hello"
            # 25 answers of which each waits 40 ms take a second.
            assert time.monotonic() - begun < 0.6
            connection.close()
        finally:
            server.should_exit = True
            thread.join(timeout=10)
