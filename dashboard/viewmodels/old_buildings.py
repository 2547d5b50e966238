"""Old buildings: how many communities and buildings date from before 2000, and what still has to be surveyed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from dashboard.filters import Area, Filters, StoreFacts
from dashboard.scale import DECADES, Scale, quantiles, ramp, sequential
from dashboard.tables import Table, TableColumn
from dashboard.viewmodels.area_rows import AreaRow, AreaRows, ordered_rows
from dashboard.viewmodels.areas import name_of, scope_name
from dashboard.words import Words

#: What the page's map and ranking can show.
MEASURES = ("pre_2000", "unknown", "mixed", "surveyed")
RATES = ("unknown", "surveyed")
RATE_SCALE = Scale((20, 40, 60, 80), ramp(5))
DECADE_KEYS: tuple[str, ...] = tuple(DECADES)
CITY_LEVEL, DISTRICT_LEVEL = "district", "subdistrict"


@dataclass(frozen=True)
class Figure:
    """A headline figure: its label, and the figure with denominator and share."""

    label: str
    text: str


@dataclass(frozen=True)
class OldBuildingsView:
    """All that the page shows.

    `decades` has decade and amount, `by_area` has area, decade and amount: buildings, or communities (`basis`) where
    no building is known.
    """

    headline: str
    figures: tuple[Figure, ...]
    measure: str
    level: str
    place: str
    areas: AreaRows
    answer: str
    basis: str
    decades: pd.DataFrame
    by_area: pd.DataFrame
    area_order: tuple[str, ...]
    decade_colours: Mapping[str, str]
    decade_answer: str
    table: Table


def decade_of(year_from: pd.Series, year_to: pd.Series) -> pd.Series:
    """The decade class of build years (R4): one of `DECADE_KEYS`, on the same index.

    A range within one decade has that decade; one that crosses decades is `spanning`; a missing year is `unknown`.
    """
    first = pd.to_numeric(year_from).astype("Float64")
    last = pd.to_numeric(year_to).astype("Float64")
    low, high = first // 10 * 10, last // 10 * 10
    low, high = low.clip(1940, 2020), high.clip(1940, 2020)
    same = (low == high).fillna(False)
    names = low.astype("Int64").astype("string").where(low >= 1950, "before_1950")
    return names.where(same, "spanning").where(first.notna() & last.notna(), "unknown").astype("object")


def in_view(counts: pd.DataFrame, filters: Filters) -> pd.DataFrame:
    """The rows of the chosen subdistrict, district, or city."""
    if filters.subdistrict_code is not None:
        return counts[counts["subdistrict_code"] == filters.subdistrict_code]
    if filters.district_code is not None:
        return counts[counts["district_code"] == filters.district_code]
    return counts


def old_buildings_view(
    counts: pd.DataFrame,
    buildings: pd.DataFrame,
    by_year: pd.DataFrame,
    filters: Filters,
    facts: StoreFacts,
    words: Words,
    measure: str,
    notes: Mapping[str, str],
) -> OldBuildingsView:
    """The page for a chosen measure (one of `MEASURES`).

    `counts` comes from `queries.community_counts`, `buildings` from `queries.building_counts`, `by_year` from
    `queries.community_year_counts`.
    """
    is_city = filters.district_code is None
    areas = facts.districts if is_city else {a.code: a for a in facts.subdistricts_of(filters.district_code)}
    column = "district_code" if is_city else "subdistrict_code"
    own, own_buildings = in_view(counts, filters), in_view(buildings, filters)
    table = _area_table(counts, buildings, areas, column)
    rows = _rows(table, areas, measure, words)
    place = scope_name(filters, facts, words)
    basis = "community" if own_buildings.empty else "building"
    dated = _dated(by_year if own_buildings.empty else buildings)
    by_decade = in_view(dated, filters).groupby("decade")["amount"].sum()
    by_decade = by_decade.reindex(list(DECADE_KEYS)).fillna(0).astype("int64")
    label = {key: words.say(f"decade.{key}") for key in DECADE_KEYS}
    near = in_view(dated, replace(filters, subdistrict_code=None))
    near = near[near[column].isin(list(areas))]
    by_area = (
        near.assign(
            decade=near["decade"].map(label),
            area=[name_of(areas, c, words.lang, "") for c in near[column]],
        )
        .groupby(["area", "decade"], as_index=False)["amount"]
        .sum()
    )
    old_by_area = near[near["age_class"] == "pre_2000"].groupby(column)["amount"].sum()
    order = sorted(areas, key=lambda c: (-int(old_by_area.get(c, 0)), c))
    used = [key for key in DECADE_KEYS if by_decade[key] > 0]
    return OldBuildingsView(
        headline=_headline(own, place, words),
        figures=_figures(own, own_buildings, words),
        measure=measure,
        level=CITY_LEVEL if is_city else DISTRICT_LEVEL,
        place=place,
        areas=rows,
        answer=_answer(rows, measure, words),
        basis=basis,
        decades=pd.DataFrame(
            {"decade": [label[k] for k in used], "amount": [int(by_decade[k]) for k in used]}
        ),
        by_area=by_area,
        area_order=tuple(areas[c].name(words.lang) for c in order),
        decade_colours={label[k]: DECADES[k] for k in used},
        decade_answer=_decade_answer(by_decade, label, words, basis),
        table=_as_table(table, areas, rows.scale, measure, words, notes, filters),
    )


def _dated(counts: pd.DataFrame) -> pd.DataFrame:
    """Counts by year with their decade, the count as `amount`."""
    amount = "buildings" if "buildings" in counts else "communities"
    return counts.assign(decade=decade_of(counts["year_from"], counts["year_to"]), amount=counts[amount])


def _sum(rows: pd.DataFrame, column: str, age: str | None = None) -> int:
    chosen = rows if age is None else rows[rows["age_class"] == age]
    return int(chosen[column].sum())


def _headline(own: pd.DataFrame, place: str, words: Words) -> str:
    every, old = _sum(own, "communities"), _sum(own, "communities", "pre_2000")
    return words.say(
        "old.headline",
        place=place,
        total=words.count(every, "community"),
        old=words.number(old),
        share=words.pct(100 * old / every if every else None),
        unknown=words.number(_sum(own, "communities", "unknown")),
        left=words.number(every - _sum(own, "surveyed")),
    )


def _figures(own: pd.DataFrame, buildings: pd.DataFrame, words: Words) -> tuple[Figure, ...]:
    every, houses = _sum(own, "communities"), _sum(buildings, "buildings")
    parts = {
        "communities": (_sum(own, "communities", "pre_2000"), every),
        "buildings": (_sum(buildings, "buildings", "pre_2000"), houses),
        "mixed": (_sum(own, "mixed"), every),
        "unknown": (_sum(own, "communities", "unknown"), every),
        "surveyed": (_sum(own, "surveyed"), every),
    }
    return tuple(
        Figure(words.say(f"old.figure_{name}"), words.share(part, whole))
        for name, (part, whole) in parts.items()
    )


def _area_table(
    counts: pd.DataFrame, buildings: pd.DataFrame, areas: Mapping[str, Area], column: str
) -> pd.DataFrame:
    """Counts of each area on its code; areas without a community have zeros."""
    codes = list(areas)
    ages = counts.pivot_table(
        index=column, columns="age_class", values="communities", aggfunc="sum", fill_value=0
    )
    ages = ages.reindex(index=codes, columns=["pre_2000", "post_2000", "unknown"]).fillna(0).astype("int64")
    sums = (
        counts.groupby(column)[["communities", "mixed", "surveyed"]]
        .sum()
        .reindex(codes)
        .fillna(0)
        .astype("int64")
    )
    houses = buildings.groupby(column)["buildings"].sum().reindex(codes).fillna(0).astype("int64")
    old_houses = (
        buildings[buildings["age_class"] == "pre_2000"].groupby(column)["buildings"].sum().reindex(codes)
    )
    unknown_houses = (
        buildings[buildings["age_class"] == "unknown"].groupby(column)["buildings"].sum().reindex(codes)
    )
    table = ages.join(sums).assign(
        buildings=houses,
        pre_2000_buildings=old_houses.fillna(0).astype("int64"),
        unknown_buildings=unknown_houses.fillna(0).astype("int64"),
    )
    whole = table["communities"].where(table["communities"] > 0).astype("Float64")
    return table.assign(
        pre_2000_pct=100 * table["pre_2000"] / whole,
        unknown_pct=100 * table["unknown"] / whole,
        surveyed_pct=100 * table["surveyed"] / whole,
        not_surveyed=table["communities"] - table["surveyed"],
    )


def _rows(table: pd.DataFrame, areas: Mapping[str, Area], measure: str, words: Words) -> AreaRows:
    values: dict[str, float | None] = {}
    texts: dict[str, str] = {}
    for code, row in table.iterrows():
        whole = int(row["communities"])
        value = row[f"{measure}_pct"] if measure in RATES else row[measure]
        values[str(code)] = float(value) if whole else None
        texts[str(code)] = words.share(int(row[measure]), whole) if whole else words.say("figure.no_data")
    known = [v for v in values.values() if v is not None]
    if measure == "surveyed":
        scale = RATE_SCALE
    elif measure in RATES:
        scale = sequential(known, is_whole=False)
    else:
        scale = quantiles(known)
    unit = "%" if measure in RATES else words.say("unit_name.community")
    rows = ordered_rows(values, texts, areas, scale, words, unit, is_whole=measure not in RATES)
    notes = {
        str(code): words.say(
            "old.row_note",
            unknown=words.number(row["unknown"]),
            mixed=words.number(row["mixed"]),
            left=words.number(row["not_surveyed"]),
        )
        for code, row in table.iterrows()
    }
    listed = [replace(r, reason=notes[r.code]) for r in rows.rows]
    if measure == "surveyed":
        listed = _worst_first(listed)
    return replace(rows, rows=tuple(listed))


def _worst_first(rows: list[AreaRow]) -> list[AreaRow]:
    """Lowest rate first: the question is who is not surveyed yet. Bars show the rate itself."""
    known = sorted((r for r in rows if r.value is not None), key=lambda r: (r.value or 0.0, r.code))
    out: list[AreaRow] = []
    for place, row in enumerate(known, start=1):
        rank = out[-1].rank if out and out[-1].value == row.value else place
        out.append(replace(row, rank=rank, bar_pct=row.value))
    return out + [r for r in rows if r.value is None]


def _answer(rows: AreaRows, measure: str, words: Words) -> str:
    known = [r for r in rows.rows if r.value is not None]
    if not known:
        return words.say("old.answer_none")
    first = known[0]
    return words.say(f"old.answer_{measure}", name=first.name, figure=first.figure)


def _decade_answer(by_decade: pd.Series, label: Mapping[str, str], words: Words, basis: str) -> str:
    known = by_decade.drop(["unknown", "spanning"])
    if known.sum() == 0:
        return words.say("old.decades_none", unknown=words.count(int(by_decade["unknown"]), basis))
    top = str(known.idxmax())
    return words.say(
        "old.decades_answer",
        decade=label[top],
        count=words.count(int(known[top]), basis),
        unknown=words.of(int(by_decade["unknown"]), int(by_decade.sum()), basis),
    )


def _as_table(
    table: pd.DataFrame,
    areas: Mapping[str, Area],
    scale: Scale,
    measure: str,
    words: Words,
    notes: Mapping[str, str],
    filters: Filters,
) -> Table:
    shaded = f"{measure}_pct" if measure in RATES else measure
    level = CITY_LEVEL if filters.district_code is None else DISTRICT_LEVEL
    rows = table.assign(area=[areas[c].name(words.lang) for c in table.index])
    rows = rows.sort_values(["pre_2000", "communities"], ascending=False, kind="stable")
    kinds = {"area": "text", "pre_2000_pct": "pct", "unknown_pct": "pct", "surveyed_pct": "pct"}
    fields = (
        "area",
        "communities",
        "pre_2000",
        "pre_2000_pct",
        "post_2000",
        "unknown",
        "unknown_pct",
        "mixed",
        "buildings",
        "pre_2000_buildings",
        "unknown_buildings",
        "surveyed",
        "not_surveyed",
        "surveyed_pct",
    )
    columns = [
        TableColumn(
            f,
            words.say(f"col.{level}") if f == "area" else words.say(f"old.col_{f}"),
            kinds.get(f, "count"),  # type: ignore[arg-type]
            scale if f == shaded else None,
        )
        for f in fields
    ]
    return Table(rows, columns, words.say("old.areas_file"), dict(notes))


def communities_table(
    rows: pd.DataFrame, facts: StoreFacts, words: Words, title: str, notes: Mapping[str, str]
) -> Table:
    """Communities as rows: mixed ones by their share, others by name of their place."""
    unknown = words.say("figure.not_known")
    shown = rows.assign(
        district=[name_of(facts.districts, c, words.lang, unknown) for c in rows["district_code"]],
        subdistrict=[name_of(facts.subdistricts, c, words.lang, unknown) for c in rows["subdistrict_code"]],
    )
    columns = [
        TableColumn("name", words.say("old.col_name"), width="medium"),
        TableColumn("district", words.say("col.district")),
        TableColumn("subdistrict", words.say("col.subdistrict")),
        TableColumn("build_year_text", words.say("old.col_build_year_text")),
        TableColumn("buildings", words.say("old.col_buildings"), "count"),
        TableColumn("pre_2000_buildings", words.say("old.col_pre_2000_buildings"), "count"),
        TableColumn("post_2000_buildings", words.say("old.col_post_2000_buildings"), "count"),
        TableColumn("unknown_year_buildings", words.say("old.col_unknown_buildings"), "count"),
        TableColumn("pre_2000_share_pct", words.say("old.col_pre_2000_share_pct"), "pct"),
        TableColumn("households", words.say("old.col_households"), "count"),
        TableColumn("surveyed_date", words.say("old.col_surveyed_date"), "date"),
        TableColumn("community_id", words.say("old.col_community_id")),
    ]
    return Table(shown, columns, title, dict(notes))
