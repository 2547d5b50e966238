"""One uploaded file: what the doctor found, the map before and after, and its columns set against the fields."""

from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st

from dashboard.data_tabs.made_once import made_once
from dashboard.data_tabs.upload_form import select, show_form
from dashboard.markup import element, escaped_markdown, show
from dashboard.panels import panel
from dashboard.sample_map import SampleMap, sample_maps, show_sample_map
from dashboard.state import store, worked_out
from dashboard.upload import stage
from dashboard.upload.batch import Batch, UploadedFile
from dashboard.viewmodels.data_runs import datum_text, evidence_texts
from dashboard.words import DASH, Words
from loaders.diagnosis import Diagnosis
from loaders.findings import Finding
from loaders.georeference import flipped
from loaders.wording import WORDING

ORDER = ("error", "warning", "info")
NONE = ""
MAP_HEIGHT_PX = 300
PREVIEW_ROWS = 5
ROWS_NAMED = 8


def show_file(batch: Batch, number: int, words: Words) -> None:
    """The panels of one file; while it is read, only that it is."""
    file = batch.uploads[number]
    found = file.found
    if found is None:
        _not_read(file, words)
        return
    answers = batch.answer(number)
    assert answers is not None
    _findings(batch, file, found, words)
    if found.geometry is not None:
        _maps(file, found, words)
    is_open = batch.load is None
    question = words.say("data.map_question", file=file.shown)
    with panel(words, question, words.say("data.map_answer"), key="columns"):
        show_form(batch, file, found, answers, words, is_open)


def _not_read(file: UploadedFile, words: Words) -> None:
    if file.job.is_active:
        return
    if file.job.fault is not None:
        fault = file.job.fault
        st.error(escaped_markdown(WORDING.say(fault.code, words.lang, **fault.params)))
    elif file.job.state != "stopped":
        st.error(escaped_markdown(words.say("data.job_broken", file=file.shown)))


def _findings(batch: Batch, file: UploadedFile, found: Diagnosis, words: Words) -> None:
    counts = {s: sum(1 for f in found.findings if f.severity == s) for s in ORDER}
    answer = words.say(
        "data.findings_answer",
        rows=found.rows,
        columns=len(found.fields),
        driver=found.raw.driver,
        encoding=found.encoding or DASH,
        datum=datum_text(found.datum.verdict if found.geometry is not None else None, words),
        **counts,
    )
    with panel(words, words.say("data.findings_question", file=file.shown), answer, key="findings"):
        if len(found.raw.layers) > 1:
            _layer_choice(batch, file, found, words)
        ordered = sorted(found.findings, key=lambda f: ORDER.index(f.severity))
        grave = [f for f in ordered if f.severity != "info"]
        show(element("ul", *(_finding(f, words) for f in grave or ordered[:3]), css="atlas-findings"))
        rest = [f for f in ordered if f not in (grave or ordered[:3])]
        if rest:
            with st.expander(escaped_markdown(words.say("data.findings_more", count=len(rest)))):
                show(element("ul", *(_finding(f, words) for f in rest), css="atlas-findings"))
        sentences = list(evidence_texts(found.datum.evidence, found.datum.verdict, words))
        if sentences:
            with st.expander(escaped_markdown(words.say("data.evidence_title"))):
                show(element("ul", *(element("li", s) for s in sentences), css="atlas-lines"))
        with st.expander(escaped_markdown(words.say("data.preview_title"))):
            st.dataframe(
                _preview(found.raw.frame, found.raw.row_number, words),
                hide_index=True,
                key=f"data_preview_{file.number}",
            )


def _finding(found: Finding, words: Words) -> Any:
    named = words.listed([str(r) for r in found.rows[:ROWS_NAMED]])
    rows = words.say("data.finding_rows", rows=named, count=found.count) if found.count > 1 else ""
    label = element("b", words.say(f"data.severity_{found.severity}"), css=f"atlas-severity-{found.severity}")
    return element("li", label, element("span", found.say(words.lang)), element("small", rows))


def _preview(frame: pd.DataFrame, row_number: pd.Series, words: Words) -> pd.DataFrame:
    head = frame.head(PREVIEW_ROWS)
    shown = pd.DataFrame(
        {str(c): [NONE if pd.isna(v) else str(v)[:60] for v in head[c]] for c in head.columns[:60]}
    )
    shown.insert(0, words.say("data.col_row"), [str(n) for n in row_number.loc[head.index]], True)
    return shown


def _layer_choice(batch: Batch, file: UploadedFile, found: Diagnosis, words: Words) -> None:
    select(
        words.say("data.layer_choice"),
        list(found.raw.layers),
        found.raw.layer,
        key=f"data_layer_{file.number}",
        shown=str,
        put=lambda layer: batch.read_layer(file.number, layer),
        disabled=batch.load is not None,
    )


def _maps(file: UploadedFile, found: Diagnosis, words: Words) -> None:
    unknown = found.datum.verdict == "unknown"
    before, after = _drawn(file, found)
    code = (
        "data.maps_unknown"
        if unknown
        else "data.maps_same"
        if found.datum.verdict == "wgs84"
        else "data.maps_moved"
    )
    answer = words.say(code, datum=datum_text(found.datum.verdict, words))
    with panel(words, words.say("data.maps_question"), answer, key="before_after"):
        left, right = st.columns(2, gap="small")
        with left:
            show(element("h4", words.say("data.maps_before"), css="atlas-small-head"))
            _one_map(before, words, f"data_before_{file.number}", "data.maps_metres")
        with right:
            show(element("h4", words.say("data.maps_after"), css="atlas-small-head"))
            _one_map(None if unknown else after, words, f"data_after_{file.number}", "data.maps_not_told")
        drawn = after or before
        if drawn is not None:
            note = words.say("data.maps_note", shown=drawn.shown, total=drawn.total)
            show(element("p", note, css="atlas-note"))


def _one_map(drawn: SampleMap | None, words: Words, key: str, otherwise: str) -> None:
    if drawn is None:
        show(element("p", words.say(otherwise), css="atlas-note"))
    else:
        show_sample_map(drawn, key=key, height=MAP_HEIGHT_PX)


def _drawn(file: UploadedFile, found: Diagnosis) -> tuple[SampleMap | None, SampleMap | None]:
    """The two maps of a diagnosis, made once."""

    def make() -> tuple[SampleMap | None, SampleMap | None]:
        assert found.geometry is not None
        before = flipped(found.geometry) if found.axes == "yx" else found.geometry
        after = found.placed if found.datum.verdict != "unknown" else None
        return sample_maps(before, after, outlines())

    drawn: tuple[SampleMap | None, SampleMap | None] = made_once(found, "maps", make)
    return drawn


def outlines() -> gpd.GeoDataFrame:
    """The outlines held that are known to be right: real subdistricts, and districts where there are none."""

    def make() -> gpd.GeoDataFrame:
        held = stage.held_of(store())
        parts = [held.districts]
        if held.subdistricts is not None and len(held.subdistricts):
            assert held.districts is not None
            covered = set(held.subdistricts["district_code"])
            parts = [held.districts[~held.districts["area_code"].isin(covered)], held.subdistricts]
        return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs="EPSG:4326")

    found: gpd.GeoDataFrame = worked_out("data.outlines", (), make)
    return found
