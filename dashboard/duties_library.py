"""The library of good practice and models (R65, R73), and the board of filed plans (R66)."""

from dashboard.address import choice
from dashboard.area_panels import choose
from dashboard.markup import Markup, element, show
from dashboard.panels import panel
from dashboard.tables import downloads, show_table
from dashboard.viewmodels.duties_library import FilingLine, FilingsView, LibraryView, PracticeCard
from dashboard.words import Words
from programme.duties.practice import CardKind

ALL = "all"


def show_library(view: LibraryView, words: Words, source: str) -> None:
    """The cards, then cards and sendings as rows."""
    kinds = [ALL, *(k.value for k in CardKind)]
    kind = choice("card_kind", kinds, ALL)
    with panel(
        words,
        words.say("duties.library_question"),
        view.answer,
        key="library",
        source=source,
        rows="library_rows",
    ):
        choose("card_kind", kinds, kind, [words.say(f"duties.cards_{k}") for k in kinds], words, "duties")
        held = [c for c in view.cards if kind in (ALL, c.kind)]
        if held:
            show(element("div", *(_card(c, words) for c in held), css="duties-cards"))
        else:
            show(element("p", words.say("empty.rows"), css="atlas-note"))
    with panel(
        words,
        words.say("duties.library_rows_question"),
        words.say("duties.library_rows_answer", n=len(view.rows.rows)),
        key="library_rows",
        source=source,
    ):
        show_table(view.rows, words, key="duties_cards", rows_shown=8)
    with panel(
        words,
        words.say("duties.log_question"),
        words.say("duties.log_answer", n=len(view.log.rows)),
        key="sent_log",
        source=source,
    ):
        show_table(view.log, words, key="duties_log", rows_shown=8)
    if len(view.drafts.rows):
        with panel(
            words,
            words.say("duties.drafts_question"),
            words.say("duties.drafts_answer", n=len(view.drafts.rows)),
            key="drafts",
            source=source,
        ):
            show_table(view.drafts, words, key="duties_drafts", rows_shown=5)


def _card(card: PracticeCard, words: Words) -> Markup:
    parts = [
        element("h4", card.title),
        element("p", card.about, css="quiet"),
        element("p", card.summary or words.say("duties.no_summary")),
    ]
    if card.evidence:
        parts.append(element("p", words.say("duties.evidence", text=card.evidence), css="quiet"))
    parts.append(element("p", card.sent, css="quiet"))
    if card.missing:
        parts.append(element("p", words.say("duties.card_missing", names=card.missing), css="quiet"))
    return element("div", *parts, css="duties-card")


def show_filings(view: FilingsView, words: Words, source: str) -> None:
    """Each district's plan, part by part, then the filings as rows."""
    with panel(
        words,
        words.say("duties.filings_question"),
        view.answer,
        key="filings",
        source=source,
        rows="filing_rows",
    ):
        heads = [words.say("duties.col_district"), *view.parts, words.say("duties.col_standing")]
        head = element("tr", *(element("th", h) for h in heads))
        body = [_district(line, view.parts, words) for line in view.lines]
        show(element("table", element("thead", head), element("tbody", *body), css="duties-board"))
    with panel(
        words,
        words.say("duties.filing_rows_question"),
        words.say("duties.filing_rows_answer", n=len(view.rows.rows)),
        key="filing_rows",
        source=source,
    ):
        if len(view.rows.rows):
            show_table(view.rows, words, key="duties_filings", rows_shown=10)
        else:
            show(element("p", words.say("empty.rows"), css="atlas-note"))
            downloads(view.rows, words, key="duties_filings")


def _district(line: FilingLine, parts: tuple[str, ...], words: Words) -> Markup:
    missing = element("span", words.say("duties.not_filed"), css="duties-missing")
    cells = [
        element("td", day if day is not None else missing, data_name=part)
        for part, day in zip(parts, line.parts, strict=True)
    ]
    css = "duties-good" if line.is_complete else "duties-missing" if line.is_empty else ""
    standing = element(
        "td", element("span", line.standing, css=css), data_name=words.say("duties.col_standing")
    )
    return element("tr", element("td", element("b", line.district)), *cells, standing)
