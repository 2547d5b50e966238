"""The card of one project: facts, way along the chain, recording a step, and everything the ledger holds of it."""

import pandas as pd
import streamlit as st

from dashboard.address import change, choice, remembered
from dashboard.area_panels import choose
from dashboard.filters import Filters, StoreFacts
from dashboard.markup import Markup, element, show
from dashboard.panels import panel, source_line
from dashboard.project_tabs.card_parts import PARTS, show_part
from dashboard.project_tabs.frames import TABLES, runs, view_of
from dashboard.project_tabs.record import record_step
from dashboard.state import read, store
from dashboard.tables import Table, TableColumn, show_table
from dashboard.viewmodels.project_card import ProjectCard, TimelineStep, project_card
from dashboard.viewmodels.project_frames import BREACH_COLOUR, ProjectsInView
from dashboard.words import Words
from store import queries_projects
from store.attachments import attachment

ROW_PX, HEAD_PX = 30, 38
#: The sign of each state of a step, which differs in shape as well as in word.
SIGNS = {"met": "✔", "undated": "◐", "unmet": "—", "not_counted": "◌", "broken": "✖"}


def show_card(filters: Filters, found: StoreFacts, words: Words) -> None:
    """The subject: a project is chosen, then its card."""
    view = view_of(filters)
    if view.states.empty:
        show(element("p", words.say("projects.no_projects"), css="atlas-note"))
        return
    project = _chosen(view, words)
    events = read(queries_projects.project_events, project)
    proofs = read(queries_projects.event_proofs, project)
    card = project_card(view, project, events, proofs, found, runs(), words)
    if card is None:
        return
    source = source_line(words, filters, *TABLES)
    left, right = st.columns([34, 66], gap="small")
    with left:
        _facts(card, words, source)
    with right:
        _timeline(card, words, source)
    record_step(view, card, events, filters, words)
    names = [words.say(f"projects.part.{p}") for p in PARTS]
    part = choice("project_part", PARTS, PARTS[0])
    choose("project_part", PARTS, part, names, words, "projects")
    show_part(part, card, view, filters, found, words)


def _chosen(view: ProjectsInView, words: Words) -> str:
    """The project of the address, or the first one; a project outside the view is said to be so."""
    names = view.names()
    ids = sorted(view.ids, key=lambda p: (str(names[p]), p))
    wanted = remembered("project")
    if wanted and wanted not in view.ids:
        show(element("p", words.say("projects.not_in_view"), css="atlas-note"))
    project = wanted if wanted in view.ids else ids[0]
    widget = "projects_project"
    st.session_state[widget] = project

    def changed() -> None:
        change(project=str(st.session_state[widget]))

    st.selectbox(
        words.say("projects.choose_project", count=len(ids)),
        ids,
        key=widget,
        format_func=lambda p: f"{names[p]} · {p}",
        on_change=changed,
    )
    return project


def _facts(card: ProjectCard, words: Words, source: str) -> None:
    with panel(words, card.name, card.answer, key="card_facts", source=source):
        unknown = words.say("figure.not_known")
        rows = pd.DataFrame(
            {
                words.say("map.card_what"): [label for label, _ in card.facts],
                words.say("map.card_value"): [unknown if v is None else v for _, v in card.facts],
            }
        )
        st.dataframe(
            rows,
            key="projects_facts",
            hide_index=True,
            row_height=ROW_PX,
            height=len(rows) * ROW_PX + HEAD_PX,
            placeholder="",
        )
        show(element("p", words.say("projects.row_from", run=card.run), css="atlas-note"))


def _timeline(card: ProjectCard, words: Words, source: str) -> None:
    met = sum(step.state in ("met", "undated", "broken") for step in card.steps)
    answer = words.say("projects.timeline_answer", met=met, total=len(card.steps))
    with panel(words, words.say("projects.timeline_question"), answer, key="timeline", source=source):
        for line in card.breaches:
            show(_red(words.say("projects.breach_mark", line=line)))
        rows = pd.DataFrame([_row(step, words) for step in card.steps])
        columns = [
            TableColumn(f, words.say(f"projects.col.{f}"), width=w)
            for f, w in (
                ("name", None),
                ("state", None),
                ("day", None),
                ("document_no", None),
                ("lacking", None),
                ("parties", None),
                ("clause", None),
                ("proofs", None),
                ("run", None),
            )
        ]
        columns[0] = TableColumn("name", words.say("projects.col.step"))
        title = words.say("projects.file_timeline", project=card.project_id)
        show_table(Table(rows, columns, title), words, key="projects_timeline", rows_shown=len(rows))
        _proofs(card, words)


def _row(step: TimelineStep, words: Words) -> dict[str, str]:
    return {
        "name": f"{step.number}. {step.name}",
        "state": f"{SIGNS[step.state]} {step.state_text}",
        "day": step.day,
        "document_no": step.document_no,
        "lacking": words.say("projects.semicolon").join(step.lacking),
        "parties": step.parties,
        "clause": step.clause,
        "proofs": words.listed([name for name, _ in step.proofs]),
        "run": step.run,
    }


def _proofs(card: ProjectCard, words: Words) -> None:
    """The files that prove the steps, each to be taken along."""
    files = [(s.name, name, seal) for s in card.steps for name, seal in s.proofs]
    if not files:
        return
    show(element("p", words.say("projects.proofs_of", count=len(files)), css="atlas-note"))
    with st.container(horizontal=True, key="projects_proofs"):
        for at, (step, name, seal) in enumerate(files):
            held = attachment(store(), seal)
            if held is None:
                continue
            st.download_button(
                words.say("projects.proof_file", step=step, name=name),
                data=held[0],
                file_name=name,
                mime=held[1],
                key=f"projects_proof_{at}",
                on_click="ignore",
            )


def _red(text: str) -> Markup:
    return element("p", text, css="atlas-answer", style=f"color: {BREACH_COLOUR}; font-weight: 600")
