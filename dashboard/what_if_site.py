"""Siting on the page: the form, the answer with its map, lists and curve, and saving it as a scenario."""

import datetime as dt
from collections.abc import Callable

import altair as alt
import numpy as np
import pandas as pd
import shapely
import streamlit as st

from dashboard import what_if_waiting, what_if_work
from dashboard.charts import ACTUAL, styled
from dashboard.duties_saving import new_key, save
from dashboard.filters import Filters
from dashboard.issues_map import around, ground
from dashboard.markup import element, escaped_markdown, show
from dashboard.offline_map import MapPoint, point_map, show_points
from dashboard.panels import panel
from dashboard.session import current_principal
from dashboard.state import read
from dashboard.tables import show_table
from dashboard.viewmodels.duties_words import Names
from dashboard.viewmodels.what_if_answer import Answer
from dashboard.viewmodels.what_if_task import Stock, stock_of
from dashboard.viewmodels.what_if_view import AnswerView, answer_view, legend_items, method_text
from dashboard.what_if_choice import Choice
from dashboard.what_if_form import ask_form
from dashboard.words import Words
from loaders.coverage.desk import Desk
from loaders.facility_standards import kind_name
from store import queries_gaps
from store.access import Action
from store.edits import RowChange

JOB = "what_if.job"
HELD = "what_if.answer"
HEIGHT_PX = 520


def scope_key(filters: Filters) -> tuple[str, ...]:
    """Whose answer it is: kept for one person and one area, never shown to another."""
    person = current_principal()
    return (person.name, filters.district_code or "", filters.subdistrict_code or "")


def stock(kind: str, district_code: str, on: dt.date) -> Stock:
    """The rooms and sites of a district that may hold a kind, as this session's person sees them."""
    idle, sites = read(queries_gaps.idle_space_rows), read(queries_gaps.candidate_site_rows)
    return stock_of(idle, sites, kind, district_code, on)


def show_site(choice: Choice, filters: Filters, names: Names, source: str, notes: dict[str, str]) -> None:
    """Form above, answer below; the work runs in the background."""
    words, district = names.words, filters.district_code or ""
    found = stock(choice.kind, district, filters.as_of)
    ask = ask_form(choice, found, filters, words)
    if ask is not None:
        st.session_state.pop(HELD, None)
        own = what_if_work.seen(district)
        what_if_waiting.begin(JOB, what_if_work.start_answer(ask, found, own))
    answer = what_if_waiting.result(JOB, words)
    if answer is not None:
        st.session_state[HELD] = (scope_key(filters), answer)
    key, held = st.session_state.get(HELD, ((), None))
    if held is not None and key == scope_key(filters) and held.ask.kind == choice.kind:
        may_save = current_principal().may(Action.SAVE_SCENARIO)
        show_answer(
            held,
            filters,
            names,
            source,
            notes,
            key="site",
            after=lambda: _save(held, words) if may_save else None,
        )
    elif JOB not in st.session_state:
        show(element("p", words.say("what_if.press_start"), css="atlas-note"))


# --- the answer --------------------------------------------------------------------------------------
def existing_of(desk: Desk, kind: str, visible: frozenset[str]) -> pd.DataFrame:
    """The facilities of a kind on a desk that the person may see: facility_id, name, district_code, lon, lat."""
    held = desk.of_kind(kind)
    held = held[held["facility_id"].astype(str).isin(visible)]
    spots = shapely.point_on_surface(held.geometry.to_numpy()) if len(held) else np.zeros(0, dtype=object)
    return pd.DataFrame(
        {
            "facility_id": held["facility_id"].astype(str).to_numpy(),
            "name": held["name"].fillna("").astype(str).to_numpy(),
            "district_code": held["district_code"].to_numpy(dtype=object),
            "lon": shapely.get_x(spots) if len(spots) else np.zeros(0),
            "lat": shapely.get_y(spots) if len(spots) else np.zeros(0),
        }
    )


def show_answer(
    answer: Answer,
    filters: Filters,
    names: Names,
    source: str,
    notes: dict[str, str],
    *,
    key: str,
    after: Callable[[], None] = lambda: None,
) -> None:
    """An answer in full: what to open, on the map and as lists; `after` stands below the map."""
    words, district = names.words, answer.ask.district_code
    desk = what_if_work.held_desk(district)
    own = what_if_work.seen(district)
    nothing = pd.DataFrame(columns=["facility_id", "name", "district_code", "lon", "lat"])
    existing = nothing if desk is None else existing_of(desk, answer.ask.kind, own.facilities)
    homes = what_if_work.named_homes(district)
    runs = {str(i): int(r) for i, r in zip(*_runs(answer.ask.kind, district, filters.as_of), strict=True)}
    view = answer_view(answer, homes, existing, runs, names, notes)
    show(element("p", view.headline, css="atlas-headline"))
    for text in view.warnings:
        st.warning(escaped_markdown(text))
    title = words.say("what_if.answer_question", kind=kind_name(answer.ask.kind, words.lang))
    with panel(words, title, f"{method_text(answer, words)} {view.status}", key=f"{key}_map", source=source):
        if view.is_answered:
            figures = [
                element("div", element("span", f.label), element("b", f.text), css="atlas-figure")
                for f in view.figures
            ]
            show(element("div", *figures, css="atlas-figures"))
        _map(view, filters, words, key=key)
        for note in view.notes:
            show(element("p", note, css="atlas-note"))
    after()
    if view.is_answered:
        with panel(
            words,
            words.say("what_if.chosen_question"),
            words.say("what_if.chosen_answer", n=len(answer.chosen)),
            key=f"{key}_chosen",
            source=source,
        ):
            show_table(view.chosen, words, key=f"what_if_{key}_chosen", rows_shown=10)
        _curve(view, answer, words, source, key)
        with panel(
            words,
            words.say("what_if.uncovered_question"),
            words.say(
                "what_if.uncovered_answer",
                n=words.count(len(view.uncovered.rows), "community"),
                people=words.count(answer.totals["residents_uncovered"], "resident"),
                far=words.count(answer.totals["residents_out_of_reach"], "resident"),
            ),
            key=f"{key}_uncovered",
            source=source,
        ):
            show_table(view.uncovered, words, key=f"what_if_{key}_uncovered", rows_shown=8)
    with panel(
        words,
        words.say("what_if.left_question"),
        words.say("what_if.left_answer", n=len(view.left_out.rows)),
        key=f"{key}_left",
        source=source,
    ):
        show_table(view.left_out, words, key=f"what_if_{key}_left", rows_shown=8)


def _runs(kind: str, district: str, on: dt.date) -> tuple[list[str], list[int]]:
    rows = stock(kind, district, on).rows
    return rows["candidate_id"].tolist(), rows["import_run_id"].tolist()


def _map(view: AnswerView, filters: Filters, words: Words, *, key: str) -> None:
    areas = ground(filters)
    if areas.empty:
        show(element("p", words.say("empty.outlines"), css="atlas-note"))
        return
    show_points(
        point_map(areas, view.points, near=near_points(view.of_choice)),
        key=f"what_if_{key}_map",
        height=HEIGHT_PX,
    )
    signs([(glyph, colour, text) for glyph, colour, text in legend_items(words)])
    if view.map_note:
        show(element("p", view.map_note, css="atlas-note"))


def near_points(points: tuple[MapPoint, ...]) -> tuple[float, float, float, float] | None:
    """What the map opens on: around the points."""
    return around(pd.Series([p.lon for p in points]), pd.Series([p.lat for p in points]))


def signs(items: list[tuple[str, str, str]]) -> None:
    """The legend of signs: shape and colour, and what they mean."""
    marks = [
        element("span", element("span", glyph, style=f"color: {colour}"), f" {text}", css="atlas-legend-item")
        for glyph, colour, text in items
    ]
    show(element("p", *marks, css="atlas-legend"))


def _curve(view: AnswerView, answer: Answer, words: Words, source: str, key: str) -> None:
    rows = view.curve_rows
    if rows.empty:
        return
    last, first = rows.iloc[-1], rows.iloc[0]
    text = words.say(
        "what_if.curve_answer",
        first=words.pct(first["covered_pct"]),
        n=int(last["places_limit"]),
        last=words.pct(last["covered_pct"]),
        now=words.pct(100.0 * answer.totals["residents_before"] / max(answer.totals["residents_total"], 1)),
    )
    with panel(words, words.say("what_if.curve_question"), text, key=f"{key}_curve", source=source):
        start = {
            "places_limit": 0,
            "covered_pct": 100.0
            * answer.totals["residents_before"]
            / max(answer.totals["residents_total"], 1),
            "residents_covered": answer.totals["residents_before"],
            "gain_residents": 0,
            "new_places": 0,
        }
        data = pd.concat([pd.DataFrame([start]), rows[list(start)].astype(float)], ignore_index=True)
        st.altair_chart(curve_chart(data, words), key=f"what_if_{key}_curve_chart")
        show_table(view.curve, words, key=f"what_if_{key}_curve", rows_shown=6)


def curve_chart(rows: pd.DataFrame, words: Words) -> alt.LayerChart:
    """Coverage against the number of places: what each further one brings."""
    base = alt.Chart(rows).encode(
        x=alt.X(
            "places_limit:Q",
            title=words.say("what_if.axis_places"),
            axis=alt.Axis(format="d", tickMinStep=1, grid=False),
        ),
        y=alt.Y(
            "covered_pct:Q",
            title=words.say("what_if.axis_covered"),
            scale=alt.Scale(zero=False, nice=True),
        ),
        tooltip=[
            alt.Tooltip("places_limit:Q", title=words.say("what_if.axis_places"), format="d"),
            alt.Tooltip("covered_pct:Q", title=words.say("what_if.axis_covered"), format=".1f"),
            alt.Tooltip("residents_covered:Q", title=words.say("what_if.col_residents_covered"), format=","),
            alt.Tooltip("gain_residents:Q", title=words.say("what_if.col_gain_residents"), format=","),
            alt.Tooltip("new_places:Q", title=words.say("what_if.col_new_places"), format="d"),
        ],
    )
    line = base.mark_line(color=ACTUAL, strokeWidth=2)
    dots = base.mark_point(color=ACTUAL, filled=True, size=46, opacity=1)
    return styled(alt.layer(line, dots).properties(height=240, width="container"))


# --- saving ------------------------------------------------------------------------------------------
def _save(answer: Answer, words: Words) -> None:
    with st.form("what_if_save", border=True):
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        with left:
            name = st.text_input(
                words.say("what_if.save_name"),
                key="what_if_save_name",
                max_chars=80,
                placeholder=words.say("what_if.save_hint"),
            )
        with right:
            pressed = st.form_submit_button(words.say("what_if.save"))
    if not pressed:
        return
    if not name.strip():
        st.warning(escaped_markdown(words.say("what_if.save_needs_name")))
        return
    today = dt.datetime.now(tz=dt.UTC).date()
    values = {
        "name": name.strip(),
        "district_code": answer.ask.district_code,
        "facility_kind": answer.ask.kind,
        "saved_by": current_principal().name,
        "saved_date": today,
        "parameters": answer.ask.plain(),
        "result": answer.plain(),
    }
    change = RowChange("siting_scenarios", new_key("S", today), values)
    save([change], name="what_if_save", what="what_if.did_save", words=words, on_saved={"wi": "saved"})
