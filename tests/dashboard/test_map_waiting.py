"""While the map's layers are being made the page says so, and shows the map as soon as it can."""

from concurrent.futures import Future
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import map_waiting
from dashboard.tile_archive_keeper import ArchiveFailed, ArchiveState
from dashboard.words import Words


class Layers:
    """Layers that are as far as the test says."""

    def __init__(self, state: ArchiveState, fault: Exception | None) -> None:
        self.now, self.fault = state, fault

    def state(self) -> ArchiveState:
        return self.now

    def keeper(self) -> "Layers":
        return self

    def present(self, timeout_s: float | None = None) -> Future[Any]:
        assert timeout_s is not None
        if self.fault is not None:
            raise self.fault
        return Future()


def page() -> None:
    import streamlit as st

    from dashboard.map_waiting import is_waiting
    from dashboard.words import Words

    if not is_waiting(Words("zh")):
        st.write("the map")


@pytest.mark.parametrize(
    ("state", "fault", "expected"),
    [
        (ArchiveState("r", True), TimeoutError(), "the map"),
        (ArchiveState("r", False, 1, 2, "tiles.preparing"), None, "the map"),
        (ArchiveState("r", False, 30, 120, "tiles.preparing"), TimeoutError(), "tiles.preparing"),
        (ArchiveState("r", False, 0, 0, "tiles.refreshing"), TimeoutError(), "tiles.refreshing"),
        (ArchiveState("r", False, 5, 9, "tiles.repairing"), TimeoutError(), "tiles.repairing"),
        (ArchiveState("r", False, 0, 0, "tiles.failed"), ArchiveFailed("full"), "tiles.failed"),
    ],
)
def test_the_page_says_how_far_the_layers_are(
    monkeypatch: pytest.MonkeyPatch, state: ArchiveState, fault: Exception | None, expected: str
) -> None:
    monkeypatch.setattr(map_waiting, "LAYERS", Layers(state, fault))
    shown = AppTest.from_function(page).run()
    assert not shown.exception
    texts = [block.value for block in shown.markdown] + [str(block.proto.body) for block in shown.get("html")]
    wanted = Words("zh").say(expected) if expected.startswith("tiles.") else expected
    assert any(wanted in text for text in texts)
    bars = [bar.proto for bar in shown.get("progress")]
    if expected in ("the map", "tiles.failed"):
        assert not bars
    else:
        assert bars[0].value == (25 if state.total == 120 else 55 if state.total else 0)
