"""The board of the fifteen mechanisms (R59), and what they owe (R60)."""

from pathlib import Path

import streamlit as st

from dashboard.markup import Markup, element, show
from dashboard.panels import panel
from dashboard.tables import downloads, show_table
from dashboard.viewmodels.duties import BoardView, MechanismLine
from dashboard.words import Words

_STYLE = Path(__file__).parent / "duties.css"


def show_board(view: BoardView, words: Words, source: str) -> None:
    """The board, and the deliverables below it, what is overdue first."""
    with panel(
        words,
        words.say("duties.board_question"),
        view.answer,
        key="board",
        source=source,
        rows="deliverables",
    ):
        heads = ("no", "mechanism", "lead", "responsible", "progress", "overdue")
        head = element(
            "tr",
            *(element("th", words.say(f"duties.col_{h}"), css="number" if h == "no" else "") for h in heads),
        )
        body = [_line(line, words) for line in view.lines]
        show(element("table", element("thead", head), element("tbody", *body), css="duties-board"))
        show(element("p", words.say("duties.board_source"), css="atlas-note"))
        downloads(view.board, words, key="duties_board")
    with panel(
        words,
        words.say("duties.deliverables_question"),
        view.deliverables_answer,
        key="deliverables",
        source=source,
    ):
        show_table(view.deliverables, words, key="duties_deliverables", rows_shown=12)


def _line(line: MechanismLine, words: Words) -> Markup:
    def cell(name: str, *content: str | Markup, css: str = "") -> Markup:
        return element("td", *content, css=css, data_name=words.say(f"duties.col_{name}"))

    nobody = element("span", words.say("duties.none_named"), css="none")
    lead = [words.listed(list(line.lead))] if line.lead else [nobody]
    responsible: list[str | Markup] = [words.listed(list(line.responsible))] if line.responsible else [nobody]
    share = 100.0 * line.done / line.deliverables if line.deliverables else 0.0
    progress: list[str | Markup] = (
        [
            element("span", element("i"), css="duties-meter", style=f"--share: {share:.0f}%"),
            words.say("figure.against", part=line.done, whole=line.deliverables),
        ]
        if line.deliverables
        else [element("span", words.say("duties.no_deliverables"), css="none")]
    )
    over = element("span", str(line.overdue), css="duties-late") if line.overdue else "0"
    return element(
        "tr",
        cell("no", str(line.number), css="number"),
        cell("mechanism", line.name),
        cell("lead", *lead),
        cell("responsible", *responsible),
        cell("progress", *progress, css="whole"),
        cell("overdue", over),
        title=line.clause,
    )


def style() -> None:
    """The style of the boards, once a run."""
    st.html(f"<style>{_STYLE.read_text(encoding='utf-8')}</style>")
