"""A panel says five things: its question, the answer, the picture, the source with its day, the way to the rows."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pandas as pd
import streamlit as st

from dashboard.filters import Filters
from dashboard.markup import Markup, element, show
from dashboard.scale import NO_DATA_OUTLINE, LegendEntry
from dashboard.state import read, totals
from dashboard.words import Words
from store import queries
from store.engine import Store


@contextmanager
def panel(
    words: Words, question: str, answer: str, *, key: str, source: str = "", rows: str = ""
) -> Iterator[None]:
    """A framed panel. `rows` is the key of the panel further down that lists what this one sums up."""
    with st.container(border=True, key=f"panel_{key}"):
        show(
            element("h3", question, css="atlas-question", id=f"atlas-{key}"),
            element("p", answer, css="atlas-answer"),
        )
        yield
        if source:
            parts: list[str | Markup] = [element("span", source)]
            if rows:
                parts.append(element("a", words.say("panel.rows"), href=f"#atlas-{rows}"))
            show(element("p", *parts, css="atlas-source"))


def legend(entries: Sequence[LegendEntry], title: str = "", *extra: Markup) -> None:
    """The classes of a scale in one line; "no data" is hatched and outlined."""
    items = [
        element(
            "span",
            element(
                "i",
                css="atlas-swatch atlas-hatched" if e.is_no_data else "atlas-swatch",
                style=f"--swatch: {e.colour}; --outline: {NO_DATA_OUTLINE}",
            ),
            e.label,
            css="atlas-legend-item",
        )
        for e in entries
    ]
    head = [element("b", title)] if title else []
    show(element("p", *head, *items, *extra, css="atlas-legend"))


def source_names(words: Words, *tables: str) -> str:
    """The titles of the runs that brought the rows of the given tables; empty where there are none."""

    def titles(_store: Store) -> tuple[str, ...]:
        runs = read(queries.sources, *tables)
        return tuple(dict.fromkeys(runs["title_en" if words.lang == "en" else "title_zh"]))

    return words.listed(list(totals("source_names", (words.lang, *tables), titles)))


def source_line(words: Words, filters: Filters, *tables: str) -> str:
    """Which runs the figures come from, and the day they stand for."""
    names, as_of = source_names(words, *tables), words.as_of(filters.as_of)
    return words.say("source.line", sources=names, as_of=as_of) if names else as_of


def file_notes(words: Words, filters: Filters, place: str, *tables: str) -> dict[str, str]:
    """What a downloaded file says of itself: area, day, source, and whether data is synthetic."""
    notes = {
        words.say("download.place"): place,
        words.say("download.as_of"): words.date(filters.as_of),
        words.say("download.central"): words.say(
            "bar.with_central" if filters.has_central else "bar.without_central"
        ),
        words.say("download.source"): source_names(words, *tables),
    }
    ribbon = synthetic_text(words)
    if ribbon:
        notes[words.say("download.synthetic")] = ribbon
    return notes


def synthetic_text(words: Words) -> str:
    """Which of the store's tables and districts are synthetic; empty where none is."""
    return totals("synthetic_text", (words.lang,), lambda _store: _synthetic_text(words))


def _synthetic_text(words: Words) -> str:
    shares = read(queries.synthetic_shares)
    held = shares[shares["rows"] > 0]
    synthetic = held[held["synthetic"] > 0]
    if synthetic.empty:
        return ""
    if (held["synthetic"] == held["rows"]).all():
        return words.say("ribbon.all")
    names = [words.say(f"table.{name}") for name in synthetic["table_name"]]
    districts = read(queries.synthetic_districts)
    areas = read(queries.area_names).set_index("code")
    real = districts[(districts["synthetic"] < districts["rows"]) & districts["district_code"].notna()]
    real_names = [_area_name(areas, code, words.lang) for code in real["district_code"]]
    text = words.say("ribbon.some", tables=words.listed(names))
    return words.say("ribbon.real", text=text, names=words.listed(real_names)) if real_names else text


def _area_name(areas: pd.DataFrame, code: str, lang: str) -> str:
    row = areas.loc[code] if code in areas.index else None
    if row is None:
        return code
    english = row["name_en"]
    return str(english if lang == "en" and isinstance(english, str) and english else row["name_zh"])


def empty(words: Words, code: str) -> None:
    """Why there is nothing to show, and what to do next."""
    show(
        element(
            "div",
            element("h3", words.say(f"empty.{code}_title")),
            element("p", words.say(f"empty.{code}_next")),
            css="atlas-empty",
        )
    )
