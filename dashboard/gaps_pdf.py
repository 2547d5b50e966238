"""What a subject of the page shows, as a PDF to take along."""

from collections.abc import Sequence

import streamlit as st

from dashboard.gaps_page import GapsPage
from dashboard.panels import synthetic_text
from dashboard.tables import Table, safe_file_name
from dashboard.words import DASH, Words
from loaders.reports.sheet import Section, Sheet, sheet_pdf

#: Rows of a table that are printed; the workbook has all.
MOST_ROWS = 60
#: Columns of a long table that are printed, the first ones.
MOST_COLUMNS = 12


def table_section(title: str, table: Table, words: Words, *, text: str = "") -> Section:
    """The first rows of a table as a section; what is cut off is said."""
    shown = table.shown(words).iloc[:, :MOST_COLUMNS]
    texts = shown.astype("object").where(shown.notna(), DASH).head(MOST_ROWS)
    rows = tuple(tuple(_text(v) for v in line) for line in texts.itertuples(index=False))
    left = len(shown) - len(rows)
    more = f"\n{words.say('gaps.sheet_more', rows=left)}" if left > 0 else ""
    return Section(title, f"{text}{more}", tuple(str(c) for c in shown.columns), rows)


def pdf_button(page: GapsPage, title: str, sections: Sequence[Section], *, key: str) -> None:
    """A button; the PDF is made when it is pressed, with the rules that the figures follow."""
    words = page.words

    def made() -> bytes:
        rules = "\n".join(words.say(f"gaps.rule_{c}") for c in ("verdict", "tiers", "unknown", "no_facility"))
        subtitle = words.say(
            "gaps.sheet_subtitle",
            place=page.place,
            standard=page.notes[words.say("gaps.note_standard")],
            source=page.source,
        )
        parts = (*sections, Section(words.say("gaps.sheet_rules"), rules))
        return sheet_pdf(Sheet(title, subtitle, synthetic_text(words), parts, words.lang), page.filters.as_of)

    st.download_button(
        words.say("gaps.sheet_pdf"),
        data=made,
        file_name=f"{safe_file_name(title)}.pdf",
        mime="application/pdf",
        key=key,
        on_click="ignore",
    )


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.1f}".rstrip("0").rstrip(".")
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)
