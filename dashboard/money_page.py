"""What the subjects of the page *Money* share: the view's money, names, notes of files, and the opened rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from dashboard.filters import Filters
from dashboard.markup import element, show
from dashboard.opened_rows import opened
from dashboard.panels import file_notes, panel
from dashboard.tables import Table, show_table
from dashboard.viewmodels.money_scope import MoneyFrames, MoneyScope, communities_in
from dashboard.viewmodels.record_tables import Names
from dashboard.words import Words
from programme.money.fen import exact_sum
from programme.money.funding import STATES


@dataclass(frozen=True)
class MoneyPage:
    """One view of the page: the chosen area's money (`scope`) and what to call things."""

    words: Words
    filters: Filters
    frames: MoneyFrames
    scope: MoneyScope
    names: Names
    communities: pd.DataFrame
    place: str
    source: str
    tables: tuple[str, ...]

    def notes(self) -> dict[str, str]:
        """What a downloaded file says of itself."""
        return file_notes(self.words, self.filters, self.place, *self.tables)

    def own_communities(self) -> pd.DataFrame:
        """The communities of the chosen area, with or without those of central state organs (R10)."""
        return communities_in(self.communities, self.filters)


def rows_panel(
    page: MoneyPage,
    figures: Mapping[str, Sequence[str]],
    rows: pd.DataFrame,
    key_column: str,
    sum_column: str,
    make: Callable[[pd.DataFrame, Names, str, dict[str, str]], Table],
    *,
    by: str | None = None,
) -> None:
    """The rows behind a chosen figure, and their sum, which is the figure's.

    `by` names a column whose values are never added to each other (the states of funding): one sum for each.
    """
    words = page.words
    with panel(
        words,
        words.say("record.rows_question"),
        words.say("record.rows_answer"),
        key="rows",
        source=page.source,
    ):
        _, keys = opened(figures, words, key=f"money_open_{key_column}")
        own = rows[rows[key_column].isin(keys)]
        show(element("p", _sum_line(own, sum_column, by, words), css="atlas-note"))
        title = words.say("record.file", topic=words.say(f"money_page.rows_{key_column}"))
        show_table(make(own, page.names, title, page.notes()), words, key=f"money_rows_{key_column}")


def _sum_line(rows: pd.DataFrame, sum_column: str, by: str | None, words: Words) -> str:
    if by is None:
        sum_ = exact_sum(rows[sum_column])
        return words.say("record.sum", count=len(rows), sum=words.money(sum_), fen=words.number(sum_))
    parts = []
    held = dict(iter(rows.groupby(by)))
    for state in [s for s in STATES if s in held]:
        own = held[state]
        sum_ = exact_sum(own[sum_column])
        name = words.say(f"money_code.funding_state.{state}")
        parts.append(
            words.say(
                "record.sum_of", name=name, count=len(own), sum=words.money(sum_), fen=words.number(sum_)
            )
        )
    return words.say("headline.joiner").join(parts)
