"""Writing from the forms of the page: designs with their file, opinions, notices, and the steps that follow."""

import datetime as dt
import logging
from collections.abc import Callable, Sequence

import streamlit as st
from sqlalchemy import Connection

from dashboard.address import change
from dashboard.duties_saving import renew, spoken
from dashboard.markup import escaped_markdown
from dashboard.session import current_principal
from dashboard.state import store
from dashboard.viewmodels.design_queue import STEPS_OF_PASS
from dashboard.words import Words
from loaders.wording import WORDING
from programme.steps import Step
from store.access import Action, Principal
from store.edits import RowChange, write_edit_within
from store.errors import EditConflict, StoreError
from store.queries_designs import steps_held

_log = logging.getLogger(__name__)
_TOLD = "design.told"  # shown by duties_saving.show_told


class Refused(Exception):
    """What the form asks for can't be written; `code` is the sentence on the page."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


#: Makes the changes in the writer's own transaction, from what stands there.
Make = Callable[[Connection, Principal], Sequence[RowChange]]


def save(
    make: Make, *, name: str, what: str, note: str, words: Words, on_saved: dict[str, str] | None = None
) -> None:
    """Write one edit from the form `name`; `what` is the code of its title, `note` its source, `on_saved` goes into
    the address. Runs the page again when it is written; a refusal stands on the page and the form keeps its fields."""
    principal = current_principal()
    try:
        with store().writing() as conn:
            done = write_edit_within(
                conn,
                principal,
                list(make(conn, principal)),
                origin="form",
                title_zh=Words("zh").say(what),
                title_en=Words("en").say(what),
                note=note,
            )
    except Refused as fault:
        st.error(escaped_markdown(words.say(fault.code, **fault.params)))
        return
    except StoreError as fault:
        _log.info("edit refused: %s", fault)
        st.error(escaped_markdown(WORDING.say(fault.code, words.lang, **spoken(fault.params, words.lang))))
        if isinstance(fault, EditConflict):
            st.button(words.say("duties.load_newest"), key=f"{name}.newest", on_click=renew, args=(name,))
        return
    renew(name)
    st.session_state[_TOLD] = (done.run_id, what)
    if on_saved:
        change(**on_saved)
    st.rerun()


def steps_of_pass(conn: Connection, project_id: str, day: dt.date, opinion_id: str) -> list[RowChange]:
    """The steps that a passed opinion puts on record (R17, R18), those that are not on record yet."""
    note = Words("zh").say("design_review.step_note", opinion=opinion_id)
    return steps_missing(conn, project_id, STEPS_OF_PASS, day, note)


def notice_step(conn: Connection, project_id: str, day: dt.date, notice_id: str) -> list[RowChange]:
    """The step of a public notice (R19), where it is not on record yet."""
    note = Words("zh").say("design_review.notice_note", notice=notice_id)
    return steps_missing(conn, project_id, (Step.PUBLIC_NOTICE.value,), day, note)


def steps_missing(
    conn: Connection, project_id: str, stages: tuple[str, ...], day: dt.date, note: str
) -> list[RowChange]:
    """New dated events of a project for the steps that have none, by the keys that the project's card gives them."""
    held = steps_held(conn, project_id, stages)
    return [
        RowChange(
            "stage_events",
            f"{project_id}-{stage}",
            {"project_id": project_id, "stage": stage, "event_date": day, "note": note},
        )
        for stage in stages
        if stage not in held
    ]


def register_steps(project_id: str, opinion_id: str, day: dt.date, words: Words, *, key: str) -> None:
    """The button by which the district puts a passed design on record; nothing for those who may not."""
    if not current_principal().may(Action.WRITE_LEDGER):
        return
    if not st.button(words.say("design_review.register"), key=key):
        return

    def make(conn: Connection, _person: Principal) -> list[RowChange]:
        found = steps_of_pass(conn, project_id, day, opinion_id)
        if not found:
            raise Refused("design_review.registered_already")
        return found

    save(make, name=key, what="design_review.did_register", note=project_id, words=words)
