"""How the pages of duties and issues name units, codes, runs and days, and lay out rows with where they came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pandas as pd

from dashboard.filters import Area, StoreFacts
from dashboard.tables import Kind, Table, TableColumn
from dashboard.words import Words, catalogue
from loaders.reference_duties import departments, district_unit, subdistrict_unit
from loaders.wording import WORDING
from programme.duties.responsibility import ALL_DISTRICTS, Due

#: How due things are listed: what presses first.
PRESSING = (Due.OVERDUE, Due.OPEN, Due.UNDATED, Due.LATE, Due.ON_TIME, Due.DONE)
#: Whom the plan names with the districts for the thirteenth mechanism, without saying which bodies these are.
CITY_PLATFORM = "市级平台"
DONE_STATES = (Due.ON_TIME, Due.LATE, Due.DONE)


def given(value: object) -> bool:
    """Whether there is a value: not None, NaN, NaT or an empty text."""
    return value is not None and not bool(pd.isna(cast(Any, value))) and value != ""


def text_of(value: object) -> str:
    """A value as text; empty for none."""
    return str(value) if given(value) else ""


@dataclass(frozen=True)
class Names:
    """What things are called in one language: units, areas, and the runs that brought rows."""

    words: Words
    facts: StoreFacts
    runs: Mapping[int, str] = field(default_factory=dict)

    def unit(self, unit: object) -> str:
        """A unit's name: Chinese as in the plan; English for the annex's departments, districts and subdistricts."""
        if not given(unit):
            return ""
        name = str(unit)
        if self.words.lang == "zh":
            return name
        if name == ALL_DISTRICTS:
            return self.words.say("duties.all_districts")
        if name == CITY_PLATFORM:
            return self.words.say("duties.city_platform")
        if name in departments():
            return self.words.say(f"duties.department_{departments().index(name) + 1:02d}")
        area = self._by_unit().get(name)
        known = area.name(self.words.lang) if area is not None else ""
        if not known or known == name:
            return name
        is_district = area is not None and area.code == area.district_code
        return self.words.say("duties.district_government", name=known) if is_district else known

    def units(self, units: Sequence[str]) -> str:
        """Several units in a row."""
        return self.words.listed([self.unit(u) for u in units])

    def _by_unit(self) -> dict[str, Area]:
        found = {district_unit(a.name_zh): a for a in self.facts.districts.values()}
        return found | {subdistrict_unit(a.name_zh): a for a in self.facts.subdistricts.values()}

    def area(self, code: object) -> str:
        """The name of a district or subdistrict by its code; "not known" for none."""
        found = self.facts.districts.get(str(code)) or self.facts.subdistricts.get(str(code))
        return found.name(self.words.lang) if found else self.words.say("figure.not_known")

    def run(self, number: object) -> str:
        """Where a row came from: the run's title with its number."""
        if not given(number):
            return ""
        key = int(str(number))
        return self.words.say("duties.run", run=key, title=self.runs.get(key, ""))

    def code(self, table: str, column: str, value: object) -> str:
        """The words of a stored code; a value without words, which data may bring, as it is."""
        return coded(f"code.{table}.{column}.{value}", value, self.words.lang)

    def issue_kind(self, kind: object) -> str:
        """The kind of an issue: the words of a kind that the forms offer, any other as it stands, "not given" for
        none."""
        if not given(kind):
            return self.words.say("issues.no_kind")
        known = f"issues.kind_{kind}"
        return self.words.say(known) if known in catalogue().texts[self.words.lang] else str(kind)


def coded(code: str, value: object, lang: str) -> str:
    """The words of a code of the store's catalogue, else the value itself."""
    if not given(value):
        return ""
    return WORDING.say(code, lang) if code in WORDING.texts[lang] else str(value)


def names_of(words: Words, facts: StoreFacts, runs: pd.DataFrame) -> Names:
    """The names on hand; `runs` from `queries.sources`."""
    title = "title_en" if words.lang == "en" else "title_zh"
    return Names(words, facts, {int(r): str(t) for r, t in zip(runs["run_id"], runs[title], strict=True)})


def due_text(state: str, days_over: int, words: Words) -> str:
    """How something with a due day stands, with the days it is over."""
    return words.say(f"duties.due_{state}", days=int(days_over))


def by_pressure(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with state, days_over and due_date: overdue first (the longest first), then by due day, done ones last."""
    rank = {s.value: n for n, s in enumerate(PRESSING)}
    order = pd.DataFrame(
        {
            "rank": rows["state"].map(rank),
            "over": -rows["days_over"],
            "due": pd.to_datetime(rows["due_date"]),
            "key": rows.iloc[:, 0],
        },
        index=rows.index,
    ).sort_values(["rank", "over", "due", "key"])
    return rows.loc[order.index]


@dataclass(frozen=True)
class Figure:
    """A figure with what it counts."""

    label: str
    text: str


def rows_table(
    rows: pd.DataFrame,
    columns: Sequence[str],
    words: Words,
    topic: str,
    title: str,
    notes: Mapping[str, str],
) -> Table:
    """Rows under the headers `<topic>.col_<field>`; a column is "field", "field:kind" or "field:kind:width"."""
    made = []
    for column in columns:
        name, kind, width = (*column.split(":"), "", "")[:3]
        header = words.say(f"{topic}.col_{name}")
        made.append(TableColumn(name, header, cast(Kind, kind or "text"), width=cast(Any, width or None)))
    return Table(rows[[c.field for c in made]].reset_index(drop=True), made, title, dict(notes))
