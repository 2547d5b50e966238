"""How completely the fields of pre-2000 communities are filled, by area and by field (R3)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from dashboard.filters import Area, Filters, StoreFacts
from dashboard.scale import Scale, ramp
from dashboard.tables import Table, TableColumn
from dashboard.viewmodels.area_rows import AreaRow, AreaRows, ordered_rows
from dashboard.viewmodels.areas import name_of, scope_name
from dashboard.words import Words
from store.queries_map import COMPLETENESS_FIELDS

#: What the map can show: all fields together, or one of them.
ALL_FIELDS = "all"
MEASURES = (ALL_FIELDS, *COMPLETENESS_FIELDS)
SCALE = Scale((20, 40, 60, 80), ramp(5))
#: So many fields are named as the emptiest.
NAMED_FIELDS = 3


@dataclass(frozen=True)
class CompletenessView:
    """All that the tab shows, ready to draw; `has_rows` is False where the place has no pre-2000 community."""

    headline: str
    answer: str
    level: str
    place: str
    measure: str
    areas: AreaRows
    by_field: Table
    field_answer: str
    by_area: Table
    has_rows: bool


def field_name(field: str, words: Words) -> str:
    """The name of a field, or of all fields together."""
    return words.say(f"data.field_{field}")


def completeness_view(
    counts: pd.DataFrame,
    filters: Filters,
    facts: StoreFacts,
    words: Words,
    measure: str,
    notes: Mapping[str, str],
) -> CompletenessView:
    """The tab for a chosen measure (one of `MEASURES`).

    `counts` comes from `queries_data.completeness`: by district for the whole city, by subdistrict of the chosen
    district otherwise; a chosen subdistrict is taken out of it.
    """
    is_city = filters.district_code is None
    areas = facts.districts if is_city else {a.code: a for a in facts.subdistricts_of(filters.district_code)}
    place = scope_name(filters, facts, words)
    own = counts
    if filters.subdistrict_code is not None:
        own = counts[counts["code"] == filters.subdistrict_code]
    total = int(own["communities"].sum())
    shares = _field_shares(own, total)
    rows = _area_rows(counts, areas, measure, words)
    emptiest = [field_name(f, words) for f in list(shares["field"])[:NAMED_FIELDS]]
    return CompletenessView(
        headline=words.say(
            "data.completeness_headline",
            place=place,
            communities=words.count(total, "community"),
            share=words.pct(float(shares["share"].mean()) if total else None),
            fields=words.listed(emptiest),
        )
        if total
        else words.say("data.completeness_none", place=place),
        answer=_answer(rows, measure, words),
        level="district" if is_city else "subdistrict",
        place=place,
        measure=measure,
        areas=rows,
        by_field=_field_table(shares, words, notes, place),
        field_answer=_field_answer(shares, total, words),
        by_area=_area_table(counts, areas, words, notes, place, is_city),
        has_rows=total > 0,
    )


def _field_shares(own: pd.DataFrame, total: int) -> pd.DataFrame:
    """For each field the number filled and empty and the share, the emptiest first."""
    filled = own[list(COMPLETENESS_FIELDS)].sum().astype("int64")
    table = pd.DataFrame({"field": list(COMPLETENESS_FIELDS), "filled": filled.to_numpy()})
    table["empty"] = total - table["filled"]
    table["share"] = 100.0 * table["filled"] / total if total else float("nan")
    return table.sort_values(["filled", "field"], kind="stable", ignore_index=True)


def _share(row: pd.Series, measure: str) -> tuple[int, int]:
    """What is filled and what could be: of one field the communities, of all fields the communities times fields."""
    whole = int(row["communities"])
    if measure == ALL_FIELDS:
        return int(row[list(COMPLETENESS_FIELDS)].sum()), whole * len(COMPLETENESS_FIELDS)
    return int(row[measure]), whole


def _area_rows(counts: pd.DataFrame, areas: Mapping[str, Area], measure: str, words: Words) -> AreaRows:
    by_code = counts[counts["code"].notna()].set_index("code")
    values: dict[str, float | None] = {}
    texts: dict[str, str] = {}
    notes: dict[str, str] = {}
    for code in areas:
        if code not in by_code.index:
            values[code], texts[code], notes[code] = None, words.say("figure.no_data"), ""
            continue
        row = by_code.loc[code]
        filled, whole = _share(row, measure)
        values[code] = 100.0 * filled / whole
        texts[code] = words.pct(values[code]) if measure == ALL_FIELDS else words.share(filled, whole)
        empty = [f for f in COMPLETENESS_FIELDS if int(row[f]) == 0]
        notes[code] = words.say(
            "data.area_note" if empty else "data.area_note_none",
            communities=words.count(int(row["communities"]), "community"),
            fields=words.listed([field_name(f, words) for f in empty]),
        )
    rows = ordered_rows(values, texts, areas, SCALE, words, "%", is_whole=False)
    return replace(rows, rows=tuple(_lowest_first([replace(r, reason=notes[r.code]) for r in rows.rows])))


def _lowest_first(rows: list[AreaRow]) -> list[AreaRow]:
    """The emptiest first, for the question is where to go and ask; bars show the share itself."""
    known = sorted((r for r in rows if r.value is not None), key=lambda r: (r.value or 0.0, r.code))
    out: list[AreaRow] = []
    for place, row in enumerate(known, start=1):
        rank = out[-1].rank if out and out[-1].value == row.value else place
        out.append(replace(row, rank=rank, bar_pct=row.value))
    return out + [r for r in rows if r.value is None]


def _answer(rows: AreaRows, measure: str, words: Words) -> str:
    known = [r for r in rows.rows if r.value is not None]
    if not known:
        return words.say("data.completeness_answer_none")
    return words.say(
        "data.completeness_answer",
        field=field_name(measure, words),
        name=known[0].name,
        figure=known[0].figure,
    )


def _field_answer(shares: pd.DataFrame, total: int, words: Words) -> str:
    if not total:
        return words.say("data.completeness_answer_none")
    empty = [field_name(f, words) for f in shares.loc[shares["filled"] == 0, "field"]]
    whole = [field_name(f, words) for f in shares.loc[shares["empty"] == 0, "field"]]
    parts = [words.say("data.fields_empty", fields=words.listed(empty))] if empty else []
    parts += [words.say("data.fields_whole", fields=words.listed(whole))] if whole else []
    return "".join(parts) or words.say("data.fields_partly")


def _field_table(shares: pd.DataFrame, words: Words, notes: Mapping[str, str], place: str) -> Table:
    rows = shares.assign(name=[field_name(f, words) for f in shares["field"]])
    columns = [
        TableColumn("name", words.say("data.col_field")),
        TableColumn("filled", words.say("data.col_filled"), "count"),
        TableColumn("empty", words.say("data.col_empty"), "count"),
        TableColumn("share", words.say("data.col_share"), "pct", scale=SCALE),
    ]
    return Table(rows, columns, words.say("data.fields_file", place=place), notes)


def _area_table(
    counts: pd.DataFrame,
    areas: Mapping[str, Area],
    words: Words,
    notes: Mapping[str, str],
    place: str,
    is_city: bool,
) -> Table:
    """One row for each area with communities (and one for those in none), one column for each field."""
    nowhere = words.say("data.no_area")
    whole = counts["communities"].astype("float64")
    rows = pd.DataFrame(
        {
            "name": [name_of(areas, c, words.lang, nowhere) for c in counts["code"]],
            "communities": counts["communities"],
            ALL_FIELDS: 100.0
            * counts[list(COMPLETENESS_FIELDS)].sum(axis=1)
            / (whole * len(COMPLETENESS_FIELDS)),
            **{f: 100.0 * counts[f] / whole for f in COMPLETENESS_FIELDS},
        }
    ).sort_values([ALL_FIELDS, "name"], ignore_index=True)
    level = "district" if is_city else "subdistrict"
    columns = [
        TableColumn("name", words.say(f"col.{level}")),
        TableColumn("communities", words.say("old.col_communities"), "count", width="small"),
        *(
            TableColumn(
                f, words.say("data.col_field_pct", field=field_name(f, words)), "pct", SCALE, width="small"
            )
            for f in MEASURES
        ),
    ]
    return Table(rows, columns, words.say("data.areas_file", place=place), notes)


def incomplete_table(
    rows: pd.DataFrame, facts: StoreFacts, words: Words, notes: Mapping[str, str], place: str
) -> Table:
    """The communities with empty fields (`queries_data.incomplete_communities`): which fields each still lacks."""
    is_empty = rows[list(COMPLETENESS_FIELDS)].isna() | (rows[list(COMPLETENESS_FIELDS)] == "")
    names = [field_name(f, words) for f in COMPLETENESS_FIELDS]
    unknown = words.say("figure.not_known")
    listed = rows.assign(
        district=[name_of(facts.districts, c, words.lang, unknown) for c in rows["district_code"]],
        subdistrict=[name_of(facts.subdistricts, c, words.lang, unknown) for c in rows["subdistrict_code"]],
        lacking=is_empty.sum(axis=1).astype("int64"),
        fields=[
            words.listed([name for name, gone in zip(names, line, strict=True) if gone])
            for line in is_empty.to_numpy()
        ],
    )
    columns = [
        TableColumn("name", words.say("old.col_name")),
        TableColumn("district", words.say("col.district")),
        TableColumn("subdistrict", words.say("col.subdistrict")),
        TableColumn("lacking", words.say("data.col_lacking"), "count", width="small"),
        TableColumn("fields", words.say("data.col_lacking_fields"), width="large"),
        TableColumn("community_id", words.say("old.col_community_id")),
    ]
    return Table(listed, columns, words.say("data.incomplete_file", place=place), notes)
