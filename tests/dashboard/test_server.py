"""What `st.App` is given: options from one file, headers on every answer, own hosts only."""

import tomllib
from pathlib import Path

import pytest
from streamlit import config

from dashboard.server import CONFIG_FILE, content_security_policy, server_config
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
    assert (CONFIG_FILE.parent.parent / "dashboard" / "app.py").is_file()


def test_an_office_server_answers_to_the_names_its_office_uses() -> None:
    assert "server.allowedHosts" not in server_config(Settings(host="0.0.0.0"))  # noqa: S104
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

    script = Path(CONFIG_FILE).parent.parent / "dashboard" / "app.py"
    assert discover_asgi_app(script).import_string == "app:app"


@pytest.mark.parametrize("path", ["/app/static/../server.py", "/app/static/%2e%2e/server.py"])
def test_static_addresses_stay_in_their_folder(path: str) -> None:
    from urllib.parse import unquote

    from streamlit.path_security import is_unsafe_path_pattern

    assert is_unsafe_path_pattern(unquote(path).lstrip("/"))
