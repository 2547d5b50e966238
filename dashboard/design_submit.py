"""The form by which a district or implementing body sends a new version of a design (R17, R44)."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st
from sqlalchemy import Connection

from dashboard.address import change, remembered
from dashboard.chooser_words import chooser_words
from dashboard.design_saving import Refused, save
from dashboard.duties_inputs import pick_day
from dashboard.duties_saving import form_key
from dashboard.filters import Filters, StoreFacts
from dashboard.markup import element, show
from dashboard.panels import panel
from dashboard.project_tabs.content import menu
from dashboard.project_tabs.frames import view_of
from dashboard.session import current_principal
from dashboard.state import read
from dashboard.viewmodels.design_versions import NUMBERS, facilities_of, items_of
from dashboard.viewmodels.duties_words import given, text_of
from dashboard.viewmodels.gaps import short_kind
from dashboard.viewmodels.ledger_rows import field_name
from dashboard.words import Words
from loaders.facility_standards import kinds_known
from programme.content.demand import SEPARATOR
from store import queries_designs
from store.access import Action, Principal
from store.attachments import MOST_BYTES, keep_attachment
from store.edits import RowChange


def show_submit(filters: Filters, _found: StoreFacts, words: Words) -> None:
    """The subject: a project is chosen, its last version stands in the form, the new one is written beside it."""
    if not current_principal().may(Action.WRITE_LEDGER):
        show(element("p", words.say("design_review.may_not_submit"), css="atlas-note"))
        return
    view = view_of(filters)
    if view.states.empty:
        show(element("p", words.say("projects.no_projects"), css="atlas-note"))
        return
    names = view.names()
    ids = sorted(view.ids, key=lambda p: (str(names[p]), p))
    wanted = remembered("project")
    widget = "design_submit_project"
    st.session_state[widget] = wanted if wanted in ids else ids[0]

    def changed() -> None:
        change(project=str(st.session_state[widget]))

    project = st.selectbox(
        words.say("design_review.submit_project", count=len(ids)),
        ids,
        key=widget,
        format_func=lambda p: words.say("design_review.project_option", name=names[p], project=p),
        on_change=changed,
    )
    designs = read(queries_designs.design_rows)
    own = designs[designs["project_id"] == project].sort_values("version")
    last = own.iloc[-1].to_dict() if len(own) else {}
    planned = view.projects.set_index("project_id")["content_items"].get(project)
    _form(str(project), last, text_of(planned), filters, words)


def _form(project: str, last: Mapping[str, Any], planned: str, filters: Filters, words: Words) -> None:
    number = int(last["version"]) + 1 if last else 1
    code = "submit_next" if last else "submit_first"
    answer = words.say(
        f"design_review.{code}",
        number=number,
        before=number - 1,
        day=words.date(last.get("submitted_date")) if last else "",
    )
    key = f"{form_key('design_submit')}.{project}.{number}"

    def label(column: str) -> str:
        return field_name("designs", column, words)

    with (
        panel(words, words.say("design_review.submit_question"), answer, key="design_submit"),
        st.form(key, border=False),
    ):
        left, right = st.columns([60, 40])
        with left:
            firm = st.text_input(
                label("design_firm"), text_of(last.get("design_firm")), max_chars=120, key=f"{key}.firm"
            )
        with right:
            today = dt.datetime.now(tz=dt.UTC).date()
            day = pick_day(label("submitted_date"), None, key=f"{key}.day", as_of=min(filters.as_of, today))
        held_items = list(items_of(last if last else {"planned_items": planned}))
        items = st.multiselect(
            label("planned_items"),
            list(dict.fromkeys([*menu()["item"], *held_items])),
            held_items,
            key=f"{key}.items",
            placeholder=words.say("design_review.pick_items"),
            select_all=False,
        )
        kinds, others = facilities_of(last)
        facilities = st.multiselect(
            label("planned_facilities"),
            list(dict.fromkeys([*kinds_known(), *others])),
            [*kinds, *others],
            key=f"{key}.facilities",
            format_func=lambda k: k if k in others else short_kind(k, words),
            placeholder=words.say("design_review.pick_facilities"),
            select_all=False,
        )
        numbers = _numbers(last, key, words)
        summary = st.text_area(
            words.say("design_review.summary_label"),
            text_of(last.get("summary")),
            key=f"{key}.summary",
            height=90,
            max_chars=4000,
        )
        chooser_words(
            words.say("projects.record_drop"),
            words.say("projects.record_limit", mb=MOST_BYTES // 2**20),
            words.say("projects.record_browse"),
        )
        file = st.file_uploader(
            words.say("design_review.submit_file"), key=f"{key}.file", accept_multiple_files=False
        )
        if not st.form_submit_button(words.say("design_review.submit"), type="primary"):
            return
    values = {
        "project_id": project,
        "version": number,
        "design_firm": firm,
        "submitted_date": day,
        "planned_items": SEPARATOR.join(items),
        "planned_facilities": SEPARATOR.join(facilities),
        "summary": summary,
        **numbers,
    }
    before = pd.Timestamp(last["submitted_date"]).date() if last else None

    def make(conn: Connection, person: Principal) -> list[RowChange]:
        return changes(conn, person, values, before, file)

    save(
        make,
        name="design_submit",
        what="design_review.did_submit",
        note=project,
        words=words,
        on_saved={"design_view": "desk", "project": project},
    )


def _numbers(last: Mapping[str, Any], key: str, words: Words) -> dict[str, float | int | None]:
    """Construction and population before and after; what stood before the works is taken over from the last version."""
    found: dict[str, float | int | None] = {}
    for column, place in zip(NUMBERS, st.columns(len(NUMBERS)), strict=True):
        held = last.get(column)
        is_area = column.startswith("floor_area")
        with place:
            value = st.number_input(
                words.say("design_review.in_unit", name=field_name("designs", column, words), unit="m²")
                if is_area
                else field_name("designs", column, words),
                min_value=0.0 if is_area else 0,
                value=(float(str(held)) if is_area else int(str(held).split(".")[0]))
                if given(held)
                else None,
                step=10.0 if is_area else 1,
                key=f"{key}.{column}",
            )
        found[column] = value
    return found


def changes(
    conn: Connection, person: Principal, values: Mapping[str, Any], before: dt.date | None, file: Any
) -> list[RowChange]:
    """The row of a new version, and its file kept by its hash. Raises Refused for a day that is missing or earlier than
    that of the version before, for a version that somebody else has sent meanwhile, and for an empty design."""
    day = values["submitted_date"]
    if day is None or (before is not None and day < before):
        raise Refused("design_review.bad_submitted", day=before.isoformat() if before else "")
    if day > dt.datetime.now(tz=dt.UTC).date():
        raise Refused("design_review.bad_future")
    if queries_designs.newest_version(conn, values["project_id"]) != values["version"] - 1:
        raise Refused("design_review.sent_meanwhile")
    if not values["planned_items"] and not values["planned_facilities"]:
        raise Refused("design_review.nothing_planned")
    named: dict[str, Any] = {}
    if file is not None:
        seal = keep_attachment(conn, person, file.getvalue(), file.type or "")
        named = {"file_name": file.name[:200], "file_sha256": seal}
    key = f"{values['project_id']}-V{values['version']}"
    return [RowChange("designs", key, {**values, **named})]
