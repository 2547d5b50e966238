"""The ledger as a file: template, upload, difference and problems, choice, result with the way back."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import jobs
from dashboard.ledger_accept import CHOICE, DONE, FAULT, READ, XLSX, show_accept, show_result, start_over
from dashboard.ledger_history import show_told
from dashboard.ledger_place import LedgerPlace, held_of, record_names
from dashboard.markup import element, escaped_markdown, show
from dashboard.panels import panel
from dashboard.state import reader
from dashboard.tables import Table, TableColumn, safe_file_name, show_table
from dashboard.upload.files import new_folder
from dashboard.viewmodels.ledger import (
    MOST_FAULTS,
    DifferenceView,
    change_frame,
    difference_view,
)
from dashboard.words import Words
from loaders.ledger.difference import Change, Choice, LedgerDifference, difference
from loaders.ledger.held import HeldLedger, held_ledger
from loaders.ledger.reading import ReadLedger, read_ledger
from loaders.ledger.refused import refused_workbook
from loaders.ledger.sheets import MAIN_TABLES, ledger_sheet
from loaders.ledger.template import template_bytes
from loaders.readers.grid import LEDGER_LIMITS

_ROUND = "ledger.round"
#: The kinds of rows that a clerk chooses from, and whether they go in unless they are kept back.
_TICKED: dict[Change, bool] = {"new": True, "changed": True, "conflict": False, "missing": False}


def show_file_steps(place: LedgerPlace, words: Words) -> None:
    """The four steps, each open once the one before it is done."""
    show_told()
    _template(place, words)
    _upload(words)
    ledger: ReadLedger | None = st.session_state.get(READ)
    done = st.session_state.get(DONE)
    if done is not None:
        show_result(done, words)
    elif ledger is not None:
        _compare(ledger, place, words)


# --- 1: the template --------------------------------------------------------------------------------
def _template(place: LedgerPlace, words: Words) -> None:
    answer = words.say("ledger.template_answer", area=place.name(words))
    with panel(words, words.say("ledger.template_question"), answer, key="ledger_template"):
        main = [t for t in MAIN_TABLES if t in place.tables]
        chosen = st.multiselect(
            words.say("ledger.template_tables"),
            list(place.tables),
            default=main,
            key=f"ledger_tables_{place.district_code}",
            format_func=lambda t: ledger_sheet(t).title(words.lang),
            placeholder=words.say("ledger.template_none"),
            select_all=False,
        )
        seen, district, lang = reader(), place.district_code, words.lang
        sees_persons = place.principal.sees_persons
        tables = [t for t in place.tables if t in chosen]

        def made() -> bytes:
            held = held_ledger(seen, district)
            return template_bytes(held, tables, district_code=district, lang=lang, sees_persons=sees_persons)

        st.download_button(
            words.say("ledger.template_download"),
            data=made,
            file_name=f"{safe_file_name(words.say('ledger.template_file', area=place.name(words)))}.xlsx",
            mime=XLSX,
            key="ledger_template_xlsx",
            on_click="ignore",
            disabled=not tables,
        )


# --- 2: the upload ----------------------------------------------------------------------------------
def _upload(words: Words) -> None:
    answer = words.say("ledger.upload_answer")
    with panel(words, words.say("ledger.upload_question"), answer, key="ledger_upload"):
        _own_words(words)
        key = f"ledger_file_{st.session_state.get(_ROUND, 0)}"
        given = st.file_uploader(
            words.say("ledger.upload_label"),
            type=["xlsx", "xls", "xlsm"],
            key=key,
            label_visibility="collapsed",
            max_upload_size=LEDGER_LIMITS.file_mb,
        )
        if given is not None:
            _take(given.name, given.getvalue(), words)
            st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
            st.rerun()
        fault = st.session_state.get(FAULT)
        if fault is not None:
            st.error(escaped_markdown(fault.say(words.lang) if fault else words.say("error.page")))
        ledger: ReadLedger | None = st.session_state.get(READ)
        if ledger is not None:
            with st.container(horizontal=True, vertical_alignment="center", key="ledger_held"):
                rows = words.say("ledger.rows", n=words.number(len(ledger.rows)))
                show(
                    element(
                        "p", element("b", ledger.file_name), element("span", rows), css="atlas-upload-line"
                    )
                )
                st.button(words.say("ledger.give_up"), key="ledger_give_up", on_click=start_over)


def _take(name: str, data: bytes, words: Words) -> None:
    """Keep the file under a name of our own, read it in a child process, and forget it."""
    start_over()
    folder = new_folder()
    path = (
        folder
        / f"ledger{Path(name).suffix.lower() if Path(name).suffix.lower() in ('.xls', '.xlsm') else '.xlsx'}"
    )
    path.write_bytes(data)
    with st.spinner(words.say("ledger.reading")):
        job = jobs.start(lambda own: read_ledger(path, file_name=name[:100], should_stop=own.should_stop))
        job.wait()
    path.unlink(missing_ok=True)
    folder.rmdir()
    if job.state == "done":
        st.session_state[READ] = job.result
    else:
        st.session_state[FAULT] = job.fault or False


def _own_words(words: Words) -> None:
    """The chooser speaks the page's language: its own English words are hidden and ours stand in their place."""
    texts = {
        "drop": words.say("ledger.upload_drop"),
        "limit": words.say("ledger.upload_limit", mb=LEDGER_LIMITS.file_mb),
        "browse": words.say("ledger.upload_browse"),
    }
    quoted = {k: v.replace("\\", "").replace('"', "'").replace("<", "") for k, v in texts.items()}
    zone = '[data-testid="stFileUploaderDropzone"]'
    told = f'{zone} [data-testid="stFileUploaderDropzoneInstructions"]'
    rules = [
        f"{told} span, {told} small {{ display: none; }} {told} {{ display: block; }}",
        f'{told}::before {{ content: "{quoted["drop"]}"; display: block; font-size: 14px; }}',
        f'{told}::after {{ content: "{quoted["limit"]}"; display: block; font-size: 12px; color: #55606b; }}',
        f"{zone} button, {zone} button * {{ font-size: 0 !important; }}",
        f'{zone} button::after {{ content: "{quoted["browse"]}"; font-size: 14px; }}',
    ]
    show(element("style", "\n".join(rules)))


# --- 3: difference and problems ---------------------------------------------------------------------
def compared(ledger: ReadLedger, place: LedgerPlace, choice: Choice) -> LedgerDifference:
    """The file beside the store as this session's person may read it, for a choice."""
    return difference(ledger, home_of(ledger, place), allowed=place.allowed, choice=choice)


def home_of(ledger: ReadLedger, place: LedgerPlace) -> HeldLedger:
    """The part of the store that the file speaks of: its template's district, or all that the person may read."""
    if place.allowed is not None:
        return held_of(None)  # the scoped reader gives the person's own rows
    return held_of(ledger.mark.district_code if ledger.mark is not None else None)


def _compare(ledger: ReadLedger, place: LedgerPlace, words: Words) -> None:
    choice: Choice = st.session_state.get(CHOICE, Choice())
    found = compared(ledger, place, choice)
    view = difference_view(found, choice, words)
    with panel(words, words.say("ledger.difference_question"), view.headline, key="ledger_difference"):
        if len(view.counts):
            _counts(view, words)
        if view.kinds and any(kind != "unchanged" for kind, _ in view.kinds):
            _rows(found, view, choice, record_names(home_of(ledger, place)), words)
    if view.faults:
        _faults(found, view, words)
    show_accept(found, view, choice, place, words)


def _counts(view: DifferenceView, words: Words) -> None:
    columns = [TableColumn("table", words.say("ledger.col_table"))]
    shown = [kind for kind, _ in view.kinds if kind != "unchanged"] + ["unchanged"]
    columns += [TableColumn(kind, words.say(f"ledger.kind_{kind}"), "count") for kind in shown]
    title = words.say("ledger.difference_question")
    show_table(Table(view.counts, columns, title), words, key="ledger_counts", rows_shown=12)


def _rows(
    found: LedgerDifference, view: DifferenceView, choice: Choice, names: Mapping[str, str], words: Words
) -> None:
    kinds = [kind for kind, _ in view.kinds if kind != "unchanged"]
    counts = dict(view.kinds)
    if st.session_state.get("ledger_kind") not in kinds:
        st.session_state["ledger_kind"] = kinds[0]
    kind = st.segmented_control(
        words.say("ledger.kind_label"),
        kinds,
        key="ledger_kind",
        format_func=lambda k: words.say("ledger.kind_count", kind=words.say(f"ledger.kind_{k}"), n=counts[k]),
        label_visibility="collapsed",
    )
    if kind is None:
        return
    show(element("p", words.say(f"ledger.explain_{kind}"), css="atlas-note"))
    rows = found.of(kind)
    frame = change_frame(rows, names, words)
    heads: dict[str, Any] = {
        "table": st.column_config.TextColumn(words.say("ledger.col_table"), width="small"),
        "place": st.column_config.TextColumn(words.say("ledger.col_place"), width="small"),
        "record": st.column_config.TextColumn(words.say("ledger.col_record"), width="medium"),
        "change": st.column_config.TextColumn(words.say(f"ledger.col_change_{kind}"), width="large"),
    }
    height = min(len(frame), 9) * 35 + 40
    if kind not in _TICKED:
        st.dataframe(frame, hide_index=True, column_config=heads, key="ledger_rows", height=height)
        return
    ticked = _ticked(choice)
    frame.insert(0, "take", [_is_taken(row_id, kind, ticked) for row_id in frame.index])
    heads["take"] = st.column_config.CheckboxColumn(words.say(f"ledger.take_{kind}"), width="small")
    digest = hashlib.blake2b("\n".join(frame.index).encode(), digest_size=6).hexdigest()
    given = st.data_editor(
        frame,
        hide_index=True,
        column_config=heads,
        disabled=["table", "place", "record", "change"],
        key=f"ledger_pick_{kind}_{digest}",
        height=height,
    )
    _choose(kind, choice, {str(i): bool(v) for i, v in given["take"].items()})


def _ticked(choice: Choice) -> dict[Change, frozenset[str]]:
    return {
        "new": choice.left_out,
        "changed": choice.left_out,
        "conflict": choice.mine,
        "missing": choice.deletes,
    }


def _is_taken(row_id: str, kind: Change, ticked: dict[Change, frozenset[str]]) -> bool:
    is_named = row_id in ticked[kind]
    return not is_named if _TICKED[kind] else is_named


def _choose(kind: Change, choice: Choice, given: dict[str, bool]) -> None:
    """Keep what was ticked; the hard gates are judged again on what would now go in."""
    named = {row_id for row_id, is_taken in given.items() if is_taken is not _TICKED[kind]}
    own = _ticked(choice)[kind]
    wanted = frozenset((own - given.keys()) | named)
    if wanted == own:
        return
    parts = {"left_out": choice.left_out, "mine": choice.mine, "deletes": choice.deletes}
    parts[{"new": "left_out", "changed": "left_out", "conflict": "mine", "missing": "deletes"}[kind]] = wanted
    st.session_state[CHOICE] = Choice(**parts)
    st.rerun()


def _faults(found: LedgerDifference, view: DifferenceView, words: Words) -> None:
    refused = sum(1 for f in view.faults if f.severity == "refused")
    answer = words.say(
        "ledger.problems_answer", n=words.number(view.fault_total), refused=words.number(refused)
    )
    with panel(words, words.say("ledger.problems_question"), answer, key="ledger_problems"):
        lines = [
            element(
                "li",
                element("b", words.say(f"ledger.severity_{f.severity}"), css=f"atlas-ledger-{f.severity}"),
                element("span", f.sentence),
            )
            for f in view.faults
        ]
        show(element("ul", *lines, css="atlas-ledger-faults"))
        if view.fault_total > MOST_FAULTS:
            show(element("p", words.say("ledger.problems_more", n=MOST_FAULTS), css="atlas-note"))
        if found.of("refused"):
            lang = words.lang
            st.download_button(
                words.say("ledger.refused_download"),
                data=lambda: refused_workbook(found, lang),
                file_name=f"{safe_file_name(words.say('ledger.refused_file'))}.xlsx",
                mime=XLSX,
                key="ledger_refused_xlsx",
                on_click="ignore",
            )
