"""Optional items in operation (R70), visits of the subdistricts (R71), pilots (R72), cards of models (R73)."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

from dashboard.filters import Filters
from dashboard.tables import Table, TableColumn
from dashboard.viewmodels.area_rows import AreaRows
from dashboard.viewmodels.long_term_rates import areas_of, share_rows
from dashboard.viewmodels.record_tables import Field, Names, coded, record_table
from dashboard.words import Words
from programme.duties.practice import CardKind
from programme.long_term.operation import (
    Running,
    operation_states,
    pilot_changes,
    running_rates,
    visit_states,
)

#: Told apart also in grey.
RUNNING_COLOURS = {Running.RUNNING: "#12508f", Running.STOPPED: "#c7772b", Running.NOT_KNOWN: "#d0d5da"}


@dataclass(frozen=True)
class ItemsView:
    """Items by kind and state (`bars`: item, state, items), their rates, and the rows."""

    headline: str
    bars: pd.DataFrame
    order: tuple[str, ...]
    rates: Table
    table: Table


@dataclass(frozen=True)
class VisitsView:
    """Visits by area, the communities (never visited first), and what was found and not mended."""

    headline: str
    areas: AreaRows
    level: str
    table: Table
    communities: Table
    findings: Table
    visits: Table


@dataclass(frozen=True)
class ModelText:
    """A card of a model that others can copy, as text."""

    title: str
    summary: str
    line: str


@dataclass(frozen=True)
class PilotsView:
    """Each pilot before and after, its measurements, and the cards of models."""

    headline: str
    table: Table
    measurements: Table
    cards: tuple[ModelText, ...]


def items_view(
    items: pd.DataFrame, filters: Filters, names: Names, titles: tuple[str, str], notes: Mapping[str, str]
) -> ItemsView:
    """The finished optional items of the given rows: does each run, and who operates it?"""
    words = names.words
    states = operation_states(items, filters.as_of)
    rates = running_rates(states)
    counts = states["state"].value_counts()
    bars, found = [], []
    for item, rate in rates.items():
        own = states[states["item"] == item]
        for state in Running:
            bars.append(
                (item, words.say(f"long_term.running_{state.value}"), int((own["state"] == state).sum()))
            )
        found.append(
            {
                "item": item,
                "running_pct": None if rate.share is None else float(100 * rate.share),
                "running_part": rate.numerator,
                "running_whole": rate.denominator,
                "running_unknown": len(rate.not_known),
                "no_operator": int((~own["has_operator"]).sum()),
            }
        )
    fields = ["item", "running_pct", "running_part", "running_whole", "running_unknown", "no_operator"]
    kinds = ("text", "pct", "count", "count", "count", "count")
    columns = [TableColumn(f, words.say(f"record.col.{f}"), k) for f, k in zip(fields, kinds, strict=True)]  # type: ignore[arg-type]
    headline = words.say(
        "long_term.items_headline",
        total=len(states),
        running=words.share(
            int(counts.get(Running.RUNNING.value, 0)),
            int(counts.get(Running.RUNNING.value, 0) + counts.get(Running.STOPPED.value, 0)),
        ),
        stopped=int(counts.get(Running.STOPPED.value, 0)),
        unknown=int(counts.get(Running.NOT_KNOWN.value, 0)),
        no_operator=int((~states["has_operator"]).sum()),
    )
    order = {Running.STOPPED.value: 0, Running.NOT_KNOWN.value: 1, Running.RUNNING.value: 2}
    shown = states.assign(
        running=[words.say(f"long_term.running_{s}") for s in states["state"]],
        order=states["state"].map(order),
    ).sort_values(["order", "item_id"])
    row_fields: list[Field] = [
        "item_id",
        "community_id",
        "item",
        "running",
        "operator",
        "completed_date",
        "checked_date",
        "district_code",
        "project_id",
        "import_run_id",
    ]
    return ItemsView(
        headline,
        pd.DataFrame(bars, columns=["item", "state", "items"]),
        tuple(rates),
        Table(pd.DataFrame(found, columns=fields), columns, titles[0], notes),
        record_table(shown, row_fields, names, titles[1], notes),
    )


def visits_view(
    communities: pd.DataFrame,
    visits: pd.DataFrame,
    findings: pd.DataFrame,
    filters: Filters,
    names: Names,
    titles: tuple[str, str, str, str],
    notes: Mapping[str, str],
) -> VisitsView:
    """When the subdistricts last visited each community of the view, and what they found (R71)."""
    words = names.words
    own = visits[visits["community_id"].isin(communities["community_id"])]
    found = findings[findings["visit_id"].isin(own["visit_id"])].rename(
        columns={"visit_finding_id": "finding_id"}
    )
    states = visit_states(communities, own, found, filters.as_of)
    level, areas = areas_of(filters, names)
    visited = states[states["visits"] > 0]
    shares = {
        code: (int((visited[f"{level}_code"] == code).sum()), int((states[f"{level}_code"] == code).sum()))
        for code in areas
    }
    waiting = _waiting(found, own, filters)
    headline = words.say(
        "long_term.visits_headline",
        total=words.count(len(states), "community"),
        visited=words.share(len(visited), len(states)),
        visits=int(states["visits"].sum()),
        open=len(waiting),
        overdue=int((waiting["days_over"] > 0).sum()),
    )
    made = own[pd.to_datetime(own["visited_date"]) <= pd.Timestamp(filters.as_of)]
    return VisitsView(
        headline,
        share_rows(shares, areas, words),
        level,
        _visit_totals(states, waiting, areas, level, names, titles[0], notes),
        record_table(
            states,
            [
                "community_id",
                "district_code",
                "subdistrict_code",
                ("visits", "count"),
                "last_visited_date",
                ("days_since", "count"),
                ("open_findings", "count"),
                "community_key",
            ],
            names,
            titles[1],
            notes,
        ),
        record_table(
            waiting,
            ["finding_id", "community_id", "text", "due_date", ("days_over", "count"), "import_run_id"],
            names,
            titles[2],
            notes,
        ),
        record_table(
            made.sort_values(["visited_date", "visit_id"], ascending=[False, True]),
            ["visit_id", "community_id", "visited_date", "topic", "visitor", "import_run_id"],
            names,
            titles[3],
            notes,
        ),
    )


def _waiting(findings: pd.DataFrame, visits: pd.DataFrame, filters: Filters) -> pd.DataFrame:
    """Findings of visits made by the day that are not mended by it, the longest overdue first."""
    day = pd.Timestamp(filters.as_of)
    by_visit = visits.set_index("visit_id")
    made = pd.to_datetime(findings["visit_id"].map(by_visit["visited_date"])) <= day
    is_fixed = pd.to_datetime(findings["fixed_date"]) <= day
    own = findings[made & ~is_fixed]
    over = (day - pd.to_datetime(own["due_date"])).dt.days.astype("Int64").clip(lower=0)
    own = own.assign(community_id=own["visit_id"].map(by_visit["community_id"]), days_over=over)
    return own.sort_values(["days_over", "finding_id"], ascending=[False, True], na_position="last")


def _visit_totals(
    states: pd.DataFrame,
    waiting: pd.DataFrame,
    areas: Mapping,
    level: str,
    names: Names,
    title: str,
    notes: Mapping[str, str],
) -> Table:
    words, column = names.words, f"{level}_code"
    place = waiting["community_id"].map(states.set_index("community_id")[column])
    found = []
    for code, area in areas.items():
        own = states[states[column] == code]
        visited = int((own["visits"] > 0).sum())
        found.append(
            (
                area.name(words.lang),
                len(own),
                visited,
                100.0 * visited / len(own) if len(own) else None,
                int(own["visits"].sum()),
                int((place == code).sum()),
                int(((place == code) & (waiting["days_over"] > 0)).sum()),
            )
        )
    fields = [column, "communities", "visited", "visited_pct", "visits", "open_findings", "overdue_findings"]
    kinds = ("text", "count", "count", "pct", "count", "count", "count")
    columns = [TableColumn(f, words.say(f"record.col.{f}"), k) for f, k in zip(fields, kinds, strict=True)]  # type: ignore[arg-type]
    return Table(pd.DataFrame(found, columns=fields), columns, title, notes)


def pilots_view(
    pilots: pd.DataFrame,
    measurements: pd.DataFrame,
    cards: pd.DataFrame,
    filters: Filters,
    names: Names,
    titles: tuple[str, str],
    notes: Mapping[str, str],
) -> PilotsView:
    """Each pilot's measures before it began and at last, with the measurements that they were read from."""
    words = names.words
    own = measurements[measurements["pilot_id"].isin(pilots["pilot_id"])]
    changes = pilot_changes(pilots, own, filters.as_of)
    plain = set(own.loc[pd.to_numeric(own["denominator"]) == 1, "measure"])
    held = pilots.set_index("pilot_id")
    known = changes[changes["change"].notna()]
    shown = changes.assign(
        pilot=[str(held.at[p, "title"] or p) for p in changes["pilot_id"]],
        community_id=[held.at[p, "community_id"] for p in changes["pilot_id"]],
        start_date=[held.at[p, "start_date"] for p in changes["pilot_id"]],
        measure=[
            coded(words, "money_code.pilot_measure", m) if m else words.say("long_term.not_measured")
            for m in changes["measure"]
        ],
        **{
            column: [
                _measure(v, str(m) in plain, words, is_change=column == "change")
                for v, m in zip(changes[column], changes["measure"], strict=True)
            ]
            for column in ("before", "after", "change")
        },
    )
    fields: list[Field] = [
        "pilot",
        "community_id",
        "start_date",
        "measure",
        "before",
        "after",
        "change",
        "before_date",
        "after_date",
        "before_id",
        "after_id",
        "pilot_id",
    ]
    rows = own.assign(measure_name=[coded(words, "money_code.pilot_measure", m) for m in own["measure"]])
    row_fields: list[Field] = [
        "measurement_id",
        "pilot_id",
        "measure_name",
        "measured_date",
        ("numerator", "count"),
        ("denominator", "count"),
        "import_run_id",
    ]
    return PilotsView(
        words.say(
            "long_term.pilots_headline",
            pilots=len(pilots),
            compared=int(known["pilot_id"].nunique()),
            unmeasured=len(pilots) - int(known["pilot_id"].nunique()),
        ),
        record_table(shown, fields, names, titles[0], notes),
        record_table(rows, row_fields, names, titles[1], notes),
        _cards(cards, filters, names),
    )


def _measure(value: Fraction | None, is_plain: bool, words: Words, *, is_change: bool) -> str:
    if value is None:
        return words.say("figure.not_known")
    sign = "+" if is_change and value > 0 else ""
    if is_plain:
        return f"{sign}{words.number(float(value), 1)}"
    return f"{sign}{float(100 * value):.1f} " + (words.say("long_term.points") if is_change else "%")


def _cards(cards: pd.DataFrame, filters: Filters, names: Names) -> tuple[ModelText, ...]:
    """The cards of models published by the day, the newest first."""
    words = names.words
    published = pd.to_datetime(cards["published_date"])
    own = cards[(cards["kind"] == CardKind.MODEL.value) & ~(published > pd.Timestamp(filters.as_of))]
    if filters.district_code is not None:
        own = own[own["district_code"].isna() | own["district_code"].eq(filters.district_code)]
    own = own.sort_values(["published_date", "card_id"], ascending=[False, True], na_position="last")
    return tuple(
        ModelText(
            str(card["title"]),
            "" if pd.isna(card["summary"]) else str(card["summary"]),
            words.say(
                "long_term.card_line",
                area=names.district(card["district_code"])
                if isinstance(card["district_code"], str)
                else words.say("bar.whole_city"),
                date=words.date(card["published_date"]),
                evidence=words.say("record.not_given")
                if pd.isna(card["evidence"])
                else str(card["evidence"]),
                card=card["card_id"],
            ),
        )
        for card in own.to_dict("records")
    )
