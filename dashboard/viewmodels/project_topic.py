"""What the topics of the page share: an answer, tables with their runs, and areas to add up by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from dashboard.filters import Filters, StoreFacts
from dashboard.tables import Kind, Table, TableColumn
from dashboard.viewmodels.areas import name_of
from dashboard.viewmodels.project_frames import run_texts
from dashboard.words import Words

#: Columns of names that would be cut at the width that fits their header.
_WIDE = ("item", "published_name")


@dataclass(frozen=True)
class Part:
    """One table of a topic, with its question; `chart` (item, part, n) is drawn above it where there is one, its
    parts in the order of their rows and of `colours`.
    """

    key: str
    question: str
    answer: str
    table: Table
    rule: str = ""
    chart: pd.DataFrame | None = None
    colours: tuple[str, ...] = ()


@dataclass(frozen=True)
class Topic:
    """A topic ready to draw: its sentence and its tables."""

    headline: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Place:
    """What a topic is told of where it looks: filters, names of areas, titles of runs, notes for files."""

    filters: Filters
    facts: StoreFacts
    runs: pd.DataFrame
    words: Words
    notes: Mapping[str, str] = field(default_factory=dict)
    #: The communities of one project: rows are then cut to these and to no area.
    community_ids: frozenset[str] | None = None

    @property
    def level(self) -> str:
        """What the tables go by: districts, or the subdistricts of the chosen district."""
        return "district" if self.filters.district_code is None else "subdistrict"

    def here(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows of the chosen area, with or without central-state communities (R10)."""
        if self.community_ids is not None:
            return rows[rows["community_id"].isin(self.community_ids)].reset_index(drop=True)
        held = rows
        if not self.filters.has_central:
            held = held[~(held["is_central_state"] == True)]  # noqa: E712
        if self.filters.subdistrict_code is not None:
            held = held[held["subdistrict_code"] == self.filters.subdistrict_code]
        elif self.filters.district_code is not None:
            held = held[held["district_code"] == self.filters.district_code]
        return held.reset_index(drop=True)

    def areas(self, rows: pd.DataFrame) -> list[str]:
        """The name of each row's area, as the tables go by it."""
        names = self.facts.districts if self.level == "district" else self.facts.subdistricts
        unknown = self.words.say("figure.not_known")
        return [name_of(names, c, self.words.lang, unknown) for c in rows[f"{self.level}_code"]]

    def table(
        self, rows: pd.DataFrame, kinds: Mapping[str, Kind], title: str, *, run: str = "import_run_id"
    ) -> Table:
        """Rows under the headers of the page (`projects.col.<field>`), the run of each last where one is known."""
        held = rows.copy()
        if run in held:
            held["run"] = run_texts(held.pop(run), self.runs, self.words)
        columns = [
            TableColumn(
                f,
                self.words.say(f"projects.col.{f}"),
                kinds.get(f, "text"),
                width="medium" if f in _WIDE else None,
            )
            for f in held.columns
        ]
        return Table(held, columns, title, dict(self.notes))

    def by_area(self, rows: pd.DataFrame, sums: Mapping[str, pd.Series], title: str) -> Table:
        """The sums of some columns by area, the whole on top, then most of the first one."""
        frame = pd.DataFrame(dict(sums), index=rows.index).assign(area=self.areas(rows) if len(rows) else [])
        totals = frame.groupby("area", sort=True)[list(sums)].sum().reset_index()
        totals = totals.sort_values([next(iter(sums)), "area"], ascending=[False, True])
        if len(totals):
            whole = {"area": self.words.say("projects.whole"), **{c: totals[c].sum() for c in sums}}
            totals = pd.concat([pd.DataFrame([whole]), totals], ignore_index=True)
        return self.table(totals, dict.fromkeys(sums, "count"), title)


def run_of(rows: pd.DataFrame, key: str, keys: Sequence[Sequence[str]]) -> list[object]:
    """The run of the first of the rows that each of some findings stands on; None where it stands on none."""
    held = dict(zip(rows[key].astype(str), rows["import_run_id"], strict=True))
    return [next((held[k] for k in own if k in held), None) for own in keys]
