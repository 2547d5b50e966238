"""The bench's own app: its pages stand in the product's frame, or a change of the frame would break the measuring."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import frame

ENTRY = Path(__file__).resolve().parents[1] / "bench" / "app_entry.py"


@pytest.fixture
def bench(small_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    monkeypatch.setenv("ATLAS_DATABASE_URL", small_url)
    # The entry puts its own pages in their place: given back afterwards.
    monkeypatch.setattr(frame, "pages_of", frame.pages_of)
    yield AppTest.from_file(str(ENTRY), default_timeout=60)
    st.cache_resource.clear()


def ends(page: AppTest) -> bool:
    return any("bench-end" in element.proto.body for element in page.get("html"))


def test_an_empty_page_stands_in_the_frame(bench: AppTest) -> None:
    bench.run()
    assert not bench.exception and not bench.error
    assert ends(bench)
    assert bench.checkbox(key="bench_check") and bench.selectbox(key="bar_year")


def test_a_bare_page_has_no_frame(bench: AppTest) -> None:
    bench.query_params["bare"] = "1"
    bench.run()
    assert ends(bench)
    assert not bench.selectbox


def test_a_map_without_layers_is_as_high_as_the_products(bench: AppTest) -> None:
    bench.run()
    bench.switch_page(str(ENTRY.parent / "views" / "map.py")).run()
    assert not bench.exception and not bench.error
    assert len(bench.get("deck_gl_json_chart")) == 1
