"""Tables of the records behind figures: who, what, how much to the fen, and the run that brought each row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import pandas as pd

from dashboard.filters import StoreFacts
from dashboard.tables import Kind, Table, TableColumn
from dashboard.viewmodels.areas import name_of
from dashboard.words import Words, catalogue

#: A field of a record, or a field with its kind.
Field = str | tuple[str, Kind]


@dataclass(frozen=True)
class Names:
    """What keys are called on the screen: projects, communities and runs by their key, areas by their code."""

    words: Words
    facts: StoreFacts
    projects: Mapping[str, str] = field(default_factory=dict)
    communities: Mapping[str, str] = field(default_factory=dict)
    runs: Mapping[int, str] = field(default_factory=dict)

    def district(self, code: object) -> str:
        """A district's name; "not known" for none."""
        return name_of(self.facts.districts, code, self.words.lang, self.words.say("figure.not_known"))

    def subdistrict(self, code: object) -> str:
        """A subdistrict's name; "not known" for none."""
        return name_of(self.facts.subdistricts, code, self.words.lang, self.words.say("figure.not_known"))

    def project(self, key: object) -> str:
        """A project's name; its key where it has none."""
        return self.projects.get(str(key), str(key)) if _given(key) else ""

    def community(self, key: object) -> str:
        """A community's name; its key where it has none."""
        return self.communities.get(str(key), str(key)) if _given(key) else ""

    def run(self, number: object) -> str:
        """A run's title with its number."""
        if not _given(number):
            return ""
        key = int(str(number))
        return self.words.say("record.run", run=key, title=self.runs.get(key, ""))


def _given(value: object) -> bool:
    return value is not None and not bool(pd.isna(value))


def names_of(
    words: Words,
    facts: StoreFacts,
    runs: pd.DataFrame,
    projects: pd.DataFrame | None = None,
    communities: pd.DataFrame | None = None,
) -> Names:
    """The names on hand: `runs` from `queries_money.run_titles`; projects and communities with their key and name."""
    title = "title_en" if words.lang == "en" else "title_zh"

    def by_key(rows: pd.DataFrame | None, key: str) -> dict[str, str]:
        if rows is None:
            return {}
        named = rows[rows["name"].notna()]
        return dict(zip(named[key].astype(str), named["name"].astype(str), strict=True))

    return Names(
        words,
        facts,
        by_key(projects, "project_id"),
        by_key(communities, "community_id"),
        {int(r): str(t) for r, t in zip(runs["run_id"], runs[title], strict=True)},
    )


def coded(words: Words, topic: str, code: object) -> str:
    """The words of a code, such as `code.payer.government`; a code without words, which data may bring, as it is."""
    if not _given(code):
        return words.say("record.not_given")
    known = f"{topic}.{code}"
    return words.say(known) if known in _codes() else str(code)


@cache
def _codes() -> frozenset[str]:
    return frozenset(catalogue().codes("zh"))


def record_table(
    rows: pd.DataFrame,
    fields: Sequence[Field],
    names: Names,
    title: str,
    notes: Mapping[str, str],
    spoken: Mapping[str, Callable[[object], str]] | None = None,
) -> Table:
    """Rows with the given fields under the headers `record.col.<field>`.

    A field may be given with its kind. Keys of projects, communities, areas and runs stand as names (`project_id` keeps
    its key in a column of its own when named `project_key`, likewise `community_key`); `<name>_fen` stands in 万元,
    and `<name>_exact` shows the same in whole fen. `spoken` puts a field's values into words.
    """
    words, told = names.words, dict(spoken or {})
    columns: dict[str, pd.Series] = {}
    shown: list[TableColumn] = []
    lookups: dict[str, Callable[[object], str]] = {
        "district_code": names.district,
        "subdistrict_code": names.subdistrict,
        "project_id": names.project,
        "community_id": names.community,
        "import_run_id": names.run,
        **told,
    }
    origins = {"project_key": "project_id", "community_key": "community_id"}
    for item in fields:
        name, kind = item if isinstance(item, tuple) else (item, _kind(item))
        origin = origins.get(name, name.removesuffix("_exact") + "_fen" if name.endswith("_exact") else name)
        values = rows[origin]
        if name in lookups:
            values = pd.Series([lookups[name](v) for v in values], index=rows.index, dtype="object")
        columns[name] = values
        shown.append(TableColumn(name, words.say(f"record.col.{name}"), kind))
    frame = pd.DataFrame(columns, index=rows.index)
    return Table(frame, shown, title, notes)


def _kind(name: str) -> Kind:
    if name.endswith("_fen"):
        return "wan_yuan"
    if name.endswith("_exact"):
        return "count"
    if name.endswith("_date"):
        return "date"
    if name.endswith("_pct"):
        return "pct"
    return "text"
