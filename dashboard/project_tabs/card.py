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
from dashboard.state import read, reader
from dashboard.tables import Table, TableColumn, downloads
from dashboard.viewmodels.project_card import ProjectCard, TimelineStep, project_card
from dashboard.viewmodels.project_frames import BREACH_COLOUR, ProjectsInView
from dashboard.words import Words
from store import queries_projects
from store.attachments import attachment

TABLE = "width: 100%; border-collapse: collapse; font-size: 13px; line-height: 1.4; margin: 4px 0"
CELL = "padding: 3px 10px 3px 0; border-bottom: 1px solid #e8ebee; vertical-align: top; text-align: left"
LINE = (
    "display: flex; flex-wrap: wrap; gap: 2px 14px; padding: 3px 0; border-bottom: 1px solid #e8ebee; "
    "font-size: 13px; line-height: 1.4"
)
#: The columns of the way: how each grows, shrinks, and how wide it is at first.
WIDTHS = {"step": "1 1 190px", "day": "1 1 120px", "lacking": "3 1 220px", "who": "2 1 190px"}
#: The sign of each state of a step, which differs in shape as well as in word.
SIGNS = {"met": "✔", "undated": "◐", "unmet": "—", "not_counted": "◌", "broken": "✖"}
COLOURS = {
    "met": "#01735f",
    "undated": "#01735f",
    "unmet": "#8a939c",
    "not_counted": "#8f4f0f",
    "broken": BREACH_COLOUR,
}


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
        lines = [
            element(
                "tr",
                element("td", label, style=f"{CELL}; color: #55606b; white-space: nowrap"),
                element("td", unknown if value is None else value, style=CELL),
            )
            for label, value in card.facts
        ]
        show(element("table", element("tbody", *lines), style=TABLE))
        show(element("p", words.say("projects.row_from", run=card.run), css="atlas-note"))


def _timeline(card: ProjectCard, words: Words, source: str) -> None:
    met = sum(step.state in ("met", "undated", "broken") for step in card.steps)
    answer = words.say("projects.timeline_answer", met=met, total=len(card.steps))
    with panel(words, words.say("projects.timeline_question"), answer, key="timeline", source=source):
        for line in card.breaches:
            show(_red(words.say("projects.breach_mark", line=line)))
        heads = [words.say(f"projects.timeline_{c}") for c in WIDTHS]
        head = element(
            "div", *(_cell(c, h) for c, h in zip(WIDTHS, heads, strict=True)), style=f"{LINE}; color: #55606b"
        )
        show(element("div", head, *(_line(step, words) for step in card.steps)))
        rows = pd.DataFrame([_row(step, words) for step in card.steps])
        columns = [TableColumn(f, words.say(f"projects.timeline_file.{f}")) for f in rows.columns]
        title = words.say("projects.file_timeline", project=card.project_id)
        downloads(Table(rows, columns, title), words, key="projects_timeline")
        _proofs(card, words)


def _line(step: TimelineStep, words: Words) -> Markup:
    """One step of the way: sign and name, day and number, what is missing before it, who answers for it."""
    colour = BREACH_COLOUR if step.is_breach else COLOURS[step.state]
    sign = element(
        "span", f"{SIGNS[step.state]} ", style=f"color: {colour}; font-weight: 700", title=step.state_text
    )
    name = element(
        "span", f"{step.number}. {step.name}", style="" if step.state != "unmet" else "color: #55606b"
    )
    told = [element("div", text, style=_lacking_style(is_hard)) for text, is_hard in step.lacking]
    papers = [element("div", t) for t in (step.day, step.document_no) if t]
    who = words.say("projects.dotted", one=step.parties, other=step.clause)
    run = [element("span", f" · {step.run_numbers}", title=step.run)] if step.run else []
    return element(
        "div",
        _cell("step", sign, name),
        _cell("day", *papers),
        _cell("lacking", *told),
        _cell("who", element("span", who, *run, style="color: #55606b")),
        style=LINE,
    )


def _cell(column: str, *content: str | Markup) -> Markup:
    """One cell of the way: side by side where there is room, below each other on a telephone."""
    return element("div", *content, style=f"flex: {WIDTHS[column]}; min-width: 0")


def _lacking_style(is_hard: bool) -> str:
    return f"color: {BREACH_COLOUR}" if is_hard else "color: #55606b"


def _row(step: TimelineStep, words: Words) -> dict[str, str]:
    return {
        "step": f"{step.number}. {step.name}",
        "state": step.state_text,
        "day": step.day,
        "document_no": step.document_no,
        "lacking": words.say("projects.semicolon").join(text for text, _ in step.lacking),
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
            held = attachment(reader(), seal)
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
