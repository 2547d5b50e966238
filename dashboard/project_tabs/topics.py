"""Draws a topic: its sentence, and each of its tables in a panel of its own."""

from collections.abc import Collection

import streamlit as st

from dashboard.charts import stacked_bars
from dashboard.markup import element, show
from dashboard.panels import panel
from dashboard.project_tabs.frames import project_picker
from dashboard.tables import show_table
from dashboard.viewmodels.project_topic import Part, Topic
from dashboard.words import Words

#: The name of an index that says: these rows are projects, a click opens the card.
PROJECTS = "project_id"


def show_topic(
    topic: Topic, words: Words, source: str, *, only: Collection[str] = (), has_headline: bool = True
) -> None:
    """The topic, or some of its parts by their keys."""
    if has_headline:
        show(element("p", topic.headline, css="atlas-headline"))
    for part in topic.parts:
        if not only or part.key in only:
            _part(part, words, source)


def _part(part: Part, words: Words, source: str) -> None:
    with panel(words, part.question, part.answer, key=part.key, source=source):
        if part.chart is not None and len(part.chart) and part.chart["n"].sum():
            _chart(part, words)
        if part.table.rows.index.name == PROJECTS:
            project_picker(part.table, words, key=f"projects_{part.key}")
        else:
            show_table(part.table, words, key=f"projects_{part.key}", rows_shown=17)
        if part.rule:
            show(element("p", part.rule, css="atlas-note"))


def _chart(part: Part, words: Words) -> None:
    assert part.chart is not None
    names = list(dict.fromkeys(part.chart["part"]))
    chart = stacked_bars(
        part.chart,
        category="item",
        part="part",
        value="n",
        order=list(dict.fromkeys(part.chart["item"])),
        parts=dict(zip(names, part.colours, strict=True)),
        labels={
            "category": words.say(f"projects.chart.{part.key}_item"),
            "part": words.say(f"projects.chart.{part.key}_part"),
            "value": words.say(f"projects.chart.{part.key}_value"),
        },
        height=24 * max(3, part.chart["item"].nunique()) + 70,
    )
    st.altair_chart(chart, theme=None, key=f"projects_chart_{part.key}")
