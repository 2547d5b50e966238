"""Editing a table of the ledger in the page: saved with the hashes that were seen, conflicts shown side by side."""

import logging
from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.ledger_place import LedgerPlace, held_of, record_names
from dashboard.ledger_saying import say_fault
from dashboard.markup import element, escaped_markdown, show
from dashboard.panels import panel
from dashboard.session import current_principal
from dashboard.state import read, store
from dashboard.viewmodels.data_runs import local_time
from dashboard.viewmodels.ledger import change_text, field_text, record_of, refusal_texts
from dashboard.viewmodels.ledger_edit import (
    MOST_ROWS,
    OpenedTable,
    as_ledger,
    edits_of,
    names_of,
    opened_table,
)
from dashboard.words import Words
from loaders.ledger.cells import district_names
from loaders.ledger.difference import Choice, LedgerDifference, RowDifference, changes_of, difference
from loaders.ledger.sheets import LedgerColumn, LedgerSheet, ledger_sheet, word_of
from loaders.wording import WORDING
from store.edits import write_edit
from store.errors import EditConflict, StoreError
from store.queries_ledger import row_writer

_log = logging.getLogger(__name__)
_OPENED, _ROUND, _MINE, _TOLD = "ledger.opened", "ledger.edit_round", "ledger.edit_mine", "ledger.edit_told"


def show_table_editor(place: LedgerPlace, words: Words) -> None:
    """Choose a table, edit its rows, save."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="ledger_edit_choice"):
        table = st.selectbox(
            words.say("ledger.edit_table"),
            list(place.tables),
            key="ledger_edit_table",
            format_func=lambda t: ledger_sheet(t).title(words.lang),
            width=240,
        )
        search = st.text_input(
            words.say("ledger.edit_search"), key="ledger_edit_search", width=280, max_chars=80
        )
    if table is None:
        return
    told = st.session_state.pop(_TOLD, None)
    if told is not None:
        st.success(escaped_markdown(told))
    sheet = ledger_sheet(table, place.principal.sees_persons)
    opened = _opened(sheet, place, search, words)
    answer = words.say(
        "ledger.edit_answer",
        area=place.name(words),
        shown=words.number(len(opened.rows)),
        total=words.number(opened.total),
    )
    with panel(words, sheet.title(words.lang), answer, key="ledger_edit"):
        if opened.total > MOST_ROWS:
            show(element("p", words.say("ledger.edit_many", most=MOST_ROWS), css="atlas-note"))
        if store().revision() != opened.revision:
            with st.container(horizontal=True, vertical_alignment="center", key="ledger_edit_newer"):
                show(element("p", words.say("ledger.edit_newer"), css="atlas-note"))
                st.button(words.say("ledger.edit_reload"), key="ledger_edit_reload", on_click=renew)
        key = f"ledger_grid_{table}_{st.session_state.get(_ROUND, 0)}"
        st.data_editor(
            opened.frame,
            key=key,
            num_rows="dynamic",
            hide_index=True,
            column_config={c.name: _config(c, opened, place, words) for c in sheet.columns},
            height=min(max(len(opened.rows) + 2, 5), 14) * 35 + 5,
            placeholder="",
        )
        _save(opened, dict(st.session_state.get(key, {})), place, words)


def renew() -> None:
    """Open the table anew, with the rows as they now stand; what was edited and not saved is gone."""
    st.session_state.pop(_OPENED, None)
    st.session_state.pop(_MINE, None)
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def _opened(sheet: LedgerSheet, place: LedgerPlace, search: str, words: Words) -> OpenedTable:
    """The table as it was when it was opened: another clerk's change must not slip under the cells being edited."""
    about = (sheet.table, place.district_code, search, words.lang, place.principal)
    held: tuple[Any, OpenedTable] | None = st.session_state.get(_OPENED)
    if held is not None and held[0] == about:
        return held[1]
    if held is not None:
        renew()
    opened = opened_table(sheet, held_of(place.district_code), place.district_code, search, words)
    st.session_state[_OPENED] = (about, opened)
    return opened


def _config(column: LedgerColumn, opened: OpenedTable, place: LedgerPlace, words: Words) -> Any:
    about: dict[str, Any] = {"label": column.header(words.lang), "required": column.is_required}
    kinds = st.column_config
    match column.kind:
        case "key":
            return kinds.TextColumn(
                about["label"], help=words.say("ledger.edit_key"), disabled=True, pinned=True
            )
        case "reference":
            names = names_of(opened.sheet, held_of(place.district_code))[str(column.refers_to)]
            return kinds.SelectboxColumn(
                options=list(names), format_func=lambda k: names.get(str(k), str(k)), width="medium", **about
            )
        case "code":
            return kinds.SelectboxColumn(options=_words_of(column, words), width="medium", **about)
        case "flag":
            yes_no = [WORDING.say("ledger.yes", words.lang), WORDING.say("ledger.no", words.lang)]
            return kinds.SelectboxColumn(options=yes_no, **about)
        case "district":
            codes = place.allowed or set(district_names(words.lang))
            names_ = [n for c, n in district_names(words.lang).items() if c in codes]
            return kinds.SelectboxColumn(options=names_, **about)
        case "date":
            return kinds.DateColumn(format="YYYY-MM-DD", **about)
        case "money" | "fee" | "target" | "area" | "number":
            return kinds.NumberColumn(width="small", **about)
        case "whole":
            return kinds.NumberColumn(step=1, **about)
        case "year":
            return kinds.NumberColumn(step=1, format="%d", **about)
    return kinds.TextColumn(width="medium", **about)


def _words_of(column: LedgerColumn, words: Words) -> list[str]:
    return [word_of(column.table, column.name, code, words.lang) for code in column.codes]


def _save(opened: OpenedTable, state: dict[str, Any], place: LedgerPlace, words: Words) -> None:
    edits = edits_of(state)
    with st.container(horizontal=True, key="ledger_edit_row"):
        label = words.say("ledger.save", n=words.number(edits.count))
        is_pressed = st.button(label, key="ledger_save", type="primary", disabled=edits.count == 0)
        st.button(words.say("ledger.edit_drop"), key="ledger_drop", on_click=renew, disabled=edits.count == 0)
    is_decided = st.session_state.get(_MINE) is not None
    if not edits.count or not (is_pressed or is_decided):
        return
    mine: frozenset[str] = st.session_state.get(_MINE) or frozenset()
    held = held_of(place.district_code)
    ledger = as_ledger(opened, edits, held, words)
    deletes = frozenset(f"{opened.sheet.table}:{opened.rows[p].key}" for p in edits.deleted)
    choice = Choice(mine=mine, deletes=deletes)
    found = difference(ledger, held, allowed=place.allowed, choice=choice)
    if found.of("refused"):
        _say_refused(found, words)
        return
    open_conflicts = [r for r in found.of("conflict") if r.row_id not in mine]
    conflicts = [*open_conflicts, *_deleted_conflicts(opened, found, choice)]
    if conflicts:
        _say_conflicts(conflicts, mine, record_names(held), words)
        return
    changes = changes_of(found, choice)
    if not changes:
        st.info(escaped_markdown(words.say("ledger.nothing_changed")))
        return
    title = {
        lang: WORDING.say("ledger.edit_title", lang, table=opened.sheet.title(lang)) for lang in ("zh", "en")
    }
    try:
        done = write_edit(
            store(),
            current_principal(),
            changes,
            origin="table",
            title_zh=title["zh"],
            title_en=title["en"],
        )
    except EditConflict as fault:
        _log.info("edit: %s", fault)
        say_fault(fault, words)
        return
    except StoreError as fault:
        _log.info("edit refused: %s", fault)
        say_fault(fault, words)
        return
    st.session_state[_TOLD] = words.say(
        "ledger.saved",
        run=done.run_id,
        inserted=words.number(done.inserted),
        updated=words.number(done.updated),
        deleted=words.number(done.deleted),
    )
    renew()
    st.rerun()


def _deleted_conflicts(opened: OpenedTable, found: LedgerDifference, choice: Choice) -> list[RowDifference]:
    """Rows that were taken out here and changed by somebody else since they were shown."""
    seen = {r.key: r.content_hash for r in opened.rows}
    return [
        r
        for r in found.of("missing")
        if r.row_id in choice.deletes and seen.get(r.key) != r.expected_hash and r.row_id not in choice.mine
    ]


def _say_refused(found: LedgerDifference, words: Words) -> None:
    st.error(escaped_markdown(words.say("ledger.edit_refused", n=words.number(len(found.of("refused"))))))
    lines = [element("li", text) for row in found.of("refused") for text in refusal_texts(row.faults, words)]
    show(element("ul", *lines, css="atlas-lines"))


def _say_conflicts(
    conflicts: list[RowDifference], mine: frozenset[str], names: Mapping[str, str], words: Words
) -> None:
    st.warning(escaped_markdown(words.say("ledger.conflict", n=words.number(len(conflicts)))))
    for row in conflicts:
        with st.container(border=True, key=f"ledger_conflict_{row.key}"):
            writer = read(row_writer, row.table, row.key)
            if row.held is not None and len(writer):
                who, at = str(writer["actor"].iloc[0]), local_time(writer["finished_at"].iloc[0])
                told = words.say("ledger.conflict_row", record=record_of(row, names, words), who=who, at=at)
            else:
                told = words.say("ledger.conflict_gone", record=record_of(row, names, words))
            show(element("p", told, css="atlas-answer"))
            if row.change == "missing":
                show(element("p", words.say("ledger.conflict_delete"), css="atlas-note"))
            elif row.held is not None:
                lines = [element("li", field_text(row, f, words)) for f in row.fields]
                show(element("p", words.say("ledger.conflict_fields"), css="atlas-note"))
                show(element("ul", *lines, css="atlas-lines"))
            else:
                show(element("p", change_text(row, words), css="atlas-note"))
            with st.container(horizontal=True, key=f"ledger_conflict_buttons_{row.key}"):
                st.button(
                    words.say("ledger.take_mine"),
                    key=f"ledger_mine_{row.key}",
                    on_click=_decide,
                    args=(mine | {row.row_id},),
                )
                st.button(words.say("ledger.keep_theirs"), key=f"ledger_theirs_{row.key}", on_click=renew)


def _decide(mine: frozenset[str]) -> None:
    st.session_state[_MINE] = mine
