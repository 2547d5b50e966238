"""The ranked list beside the map: a component of our own, because its lines are both a chart and buttons."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

import streamlit as st

from dashboard.scale import LAMPS
from dashboard.viewmodels.area_rows import AreaRow

_FOLDER = Path(__file__).parent / "components"
_component = st.components.v2.component(
    "atlas_ranking",
    html='<div class="ranking"></div>',
    css=(_FOLDER / "ranking.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "ranking.js").read_text(encoding="utf-8"),
)


def show_ranking(
    rows: tuple[AreaRow, ...],
    labels: Mapping[str, object],
    *,
    key: str,
    selected: str | None,
    on_pick: Callable[[str], None],
) -> None:
    """The list; `on_pick` is called with the code of a line that is clicked, before the page runs again.

    `labels` has rank, area, bar, figure, reason, pace (texts) and lamps (three texts).
    """

    def picked() -> None:
        code = st.session_state[key].picked
        if code in {row.code for row in rows}:
            on_pick(code)

    _component(
        key=key,
        data={
            "rows": [_plain(row) for row in rows],
            "labels": dict(labels),
            "lamp_colours": LAMPS,
            "selected": selected,
        },
        on_picked_change=picked,
    )


def _plain(row: AreaRow) -> dict[str, object]:
    plain = asdict(row)
    plain["lamps"] = [{"lamp": mark.lamp.value, "hint": mark.hint} for mark in row.lamps]
    return plain
