"""The panels of issues: filters, the longest open ones, one issue's card, and which unit has not answered."""

from collections.abc import Sequence
from urllib.parse import urlencode

import streamlit as st

from dashboard.address import change, choice
from dashboard.filters import Filters
from dashboard.markup import Markup, element, show
from dashboard.panels import panel
from dashboard.tables import show_table
from dashboard.viewmodels.duties_words import Names
from dashboard.viewmodels.issues_card import IssueCard
from dashboard.viewmodels.issues_units import UnitBar, UnitsView
from dashboard.words import Words

MOST_BARS = 16


def pick(key: str, options: Sequence[str], default: str, labels: Sequence[str], words: Words) -> str:
    """A choice as a selector that writes the address under `key`."""
    value = choice(key, list(options), default)
    widget = f"issues_{key}"
    st.session_state[widget] = value
    named = dict(zip(options, labels, strict=True))

    def changed() -> None:
        change(**{key: st.session_state[widget]})

    st.selectbox(
        words.say(f"choice.{key}"),
        list(options),
        key=widget,
        format_func=lambda option: named[option],
        on_change=changed,
        width=230,
    )
    return value


def show_longest(rows: Sequence[dict[str, object]], filters: Filters, names: Names) -> None:
    """The longest open issues as a short list; each opens its card."""
    words = names.words
    if not rows:
        show(element("p", words.say("empty.rows"), css="atlas-note"))
        return
    heads = ("days_open", "title", "units_waiting")
    head = element("tr", *(element("th", words.say(f"issues.col_{h}")) for h in heads))
    body = []
    for row in rows:
        # This app's own address with the issue as a value: whatever it says, it is no address of its own.
        query = urlencode({**filters.to_query(), "issues": "map", "issue": str(row["issue_id"])})
        waiting: Sequence[str] = row["units_waiting"]  # type: ignore[assignment]
        body.append(
            element(
                "tr",
                element(
                    "td", str(row["days_open"]), css="number", data_name=words.say("issues.col_days_open")
                ),
                element("td", element("a", str(row["title"]), href=f"issues?{query}", target="_self")),
                element(
                    "td",
                    names.units(waiting)
                    or words.say("issues.nobody_waits" if row["units_called"] else "issues.nobody_called"),
                    data_name=words.say("issues.col_units_waiting"),
                ),
            )
        )
    show(element("table", element("thead", head), element("tbody", *body), css="duties-board"))


def show_card(card: IssueCard, filters: Filters, words: Words, source: str) -> None:
    """One issue: facts and history, and the way to its community on the map."""
    with panel(words, card.title, card.about, key="issue", source=source):
        with st.container(horizontal=True, key="bar_issue"):
            st.button(
                words.say("issues.close_card"), key="issues_close", on_click=change, kwargs={"issue": ""}
            )
            if card.community_id:
                query = urlencode(
                    {**filters.to_query(), "community": card.community_id, "at": card.community_id}
                )
                show(
                    element(
                        "p",
                        element("a", words.say("issues.see_community"), href=f"map?{query}", target="_self"),
                        css="atlas-note",
                    )
                )
        lines = [
            element("li", element("b", h.day), f" {h.text} ", element("span", h.source, css="quiet"))
            for h in card.history
        ]
        show(element("ol", *lines, css="duties-agenda"))
        facts = [
            element("tr", element("td", f.label, css="none"), element("td", f.value)) for f in card.facts
        ]
        show(element("table", element("tbody", *facts), css="duties-board"))


def show_units(view: UnitsView, words: Words, source: str, unit_picker: Sequence[tuple[str, str]]) -> None:
    """Who was called and who answered: bars, rows, and the calls that wait."""
    with panel(
        words, words.say("issues.units_question"), view.answer, key="units", source=source, rows="waiting"
    ):
        if view.bars:
            show(_bars(view.bars[:MOST_BARS], words))
            if len(view.bars) > MOST_BARS:
                show(
                    element(
                        "p", words.say("issues.bars_more", n=len(view.bars) - MOST_BARS), css="atlas-note"
                    )
                )
        show_table(view.units, words, key="issues_units", rows_shown=10)
    with panel(
        words, words.say("issues.waiting_question"), view.waiting_answer, key="waiting", source=source
    ):
        options = [key for key, _ in unit_picker]
        pick("issue_unit", options, options[0], [label for _, label in unit_picker], words)
        show_table(view.waiting, words, key="issues_waiting", rows_shown=10)


def _bars(bars: Sequence[UnitBar], words: Words) -> Markup:
    most = max(b.answered + b.waiting for b in bars)
    heads = [words.say(f"issues.col_{c}") for c in ("unit", "answered_waiting", "waiting")]
    head = element("tr", *(element("th", h) for h in heads))
    body = [
        element(
            "tr",
            element("td", b.label),
            element(
                "td",
                element(
                    "span",
                    element("i", css="answered", style=f"--share: {100.0 * b.answered / most:.1f}%"),
                    element("i", css="waits", style=f"--share: {100.0 * b.waiting / most:.1f}%"),
                    css="issues-bar",
                ),
                data_name=heads[1],
            ),
            element(
                "td",
                words.say("issues.bar_text", waiting=b.waiting, called=b.answered + b.waiting),
                css="number",
                data_name=heads[2],
            ),
        )
        for b in bars
    ]
    return element("table", element("thead", head), element("tbody", *body), css="duties-board issues-bars")
