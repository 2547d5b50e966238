"""The monthly brief to take along: PDF on A4 and A3, and Excel; made when a button is pressed."""

from functools import partial

import streamlit as st

from dashboard.assessment_data import Shown
from dashboard.markup import element, show
from dashboard.panels import panel
from dashboard.state import reader
from dashboard.tables import safe_file_name
from dashboard.words import Words
from loaders.reports import Brief, Paper, brief_pdf, brief_workbook, make_brief

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PAPERS: tuple[Paper, ...] = ("a4", "a3")


def show_brief(shown: Shown, words: Words) -> None:
    """Three buttons; each file says for itself which version it shows, and which data is synthetic."""
    seen = reader()  # asked for in the session's own run: a file is made in another thread

    def made() -> Brief:
        return make_brief(
            shown.month,
            shown.before,
            is_closed=shown.version is not None,
            digest=str(shown.entry["digest"]) if shown.entry is not None else "",
            reader=seen,
            reads_all=shown.person.reads_city,
            lang=words.lang,
        )

    def pdf(paper: Paper) -> bytes:
        return brief_pdf(made(), paper)[0]

    month = shown.month.month
    with panel(
        words,
        words.say("assessment.brief_question", month=month),
        words.say("assessment.brief_answer"),
        key="brief",
    ):
        name = safe_file_name(words.say("assessment.brief_file", month=month))
        with st.container(horizontal=True, gap="small"):
            for paper in PAPERS:
                st.download_button(
                    words.say(f"assessment.brief_{paper}"),
                    data=partial(pdf, paper),
                    file_name=f"{name}_{paper.upper()}.pdf",
                    mime="application/pdf",
                    key=f"assessment_brief_{paper}",
                    on_click="ignore",
                )
            st.download_button(
                words.say("download.excel"),
                data=lambda: brief_workbook(made()),
                file_name=f"{name}.xlsx",
                mime=EXCEL,
                key="assessment_brief_xlsx",
                on_click="ignore",
            )
        if not shown.person.reads_city:
            show(element("p", words.say("assessment.brief_own"), css="atlas-note"))
