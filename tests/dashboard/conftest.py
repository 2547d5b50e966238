"""The small city, built once, and a way to open the pages on it without a browser."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from store.engine import Store, open_store
from tests.dashboard.small_store import small_store

ENTRY = Path(__file__).resolve().parents[2] / "dashboard" / "entry.py"


@pytest.fixture(scope="session", autouse=True)
def packages_looked_through_once() -> Iterator[None]:
    """Streamlit looks through every installed package for components: a server once, a test of a page every time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests)
        )
        yield


@pytest.fixture(scope="session")
def small_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a store with the small city."""
    url = f"sqlite:///{tmp_path_factory.mktemp('small') / 'atlas.sqlite'}"
    small_store(url).dispose()
    return url


@pytest.fixture
def small(small_url: str) -> Iterator[Store]:
    """The small city's store, open."""
    store = open_store(small_url)
    yield store
    store.dispose()


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """Opens a page of a store by its view's name and a query, as its address does, and runs it once."""

    def opened(url: str, view: str = "overview", **query: str) -> AppTest:
        monkeypatch.setenv("ATLAS_DATABASE_URL", url)
        page = AppTest.from_file(str(ENTRY), default_timeout=60)
        for key, value in query.items():
            page.query_params[key] = value
        return page.run() if view == "overview" else page.switch_page(f"views/{view}.py").run()

    yield opened
    st.cache_resource.clear()
