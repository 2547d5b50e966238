"""The maintenance fund, and who must repair each community today (R54; clause 二(三)3)."""

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import shapely

from dashboard.filters import Area, Filters
from dashboard.scale import LegendEntry
from dashboard.tables import Table, TableColumn
from dashboard.viewmodels.area_rows import AreaRows
from dashboard.viewmodels.long_term_rates import areas_of, share_rows
from dashboard.viewmodels.record_tables import Field, Names, coded, record_table
from dashboard.words import Words
from programme.money.fen import exact_sum
from programme.money.maintenance import ENTRY_KINDS, LIABILITY_RULES, Liable, fund_balances, liability

#: Told apart also in grey, and by the colour-blind.
LIABLE_COLOURS = {Liable.FUND: "#12508f", Liable.PROPERTY_UNIT: "#e0b36a", Liable.NOT_KNOWN: "#a33b2c"}
#: What the map of areas can show: the share of communities under each of the three.
LIABLE: tuple[str, ...] = (Liable.NOT_KNOWN.value, Liable.PROPERTY_UNIT.value, Liable.FUND.value)
#: A community without an outline is drawn as a circle of so many degrees (about 40 m).
CIRCLE_DEG = 0.0004


@dataclass(frozen=True)
class LiabilityView:
    """The map's areas (share of communities under `shown`), totals by area, the communities, and their funds."""

    headline: str
    areas: AreaRows
    level: str
    table: Table
    communities: Table
    problems: Table
    figures: dict[str, tuple[str, ...]]
    liable: pd.DataFrame


def liability_view(
    communities: pd.DataFrame,
    funds: pd.DataFrame,
    entries: pd.DataFrame,
    completed_dates: pd.Series,
    filters: Filters,
    names: Names,
    shown: str,
    titles: tuple[str, str, str],
    notes: Mapping[str, str],
) -> LiabilityView:
    """Who must repair, for the communities of the view; the fund's own rows are behind every balance.

    `communities` are those in scope (of the chosen area and stock); `completed_dates` is by community_id.
    """
    words = names.words
    own = entries[entries["community_id"].isin(communities["community_id"])]
    held = funds[funds["community_id"].isin(communities["community_id"])]
    balances = fund_balances(communities, held, own, filters.as_of)
    told = liability(communities, balances, completed_dates)
    told = told.assign(
        subdistrict_code=communities["subdistrict_code"].to_numpy(),
        unit=told["name"],
        balance_fen=balances["balance_fen"],
        problem=balances["problem"],
        **{f"{k}_fen": balances[f"{k}_fen"] for k in ENTRY_KINDS},
        import_run_id=communities["import_run_id"].to_numpy(),
    )
    level, areas = areas_of(filters, names)
    table = _totals(told, areas, level, names, titles[0], notes)
    return LiabilityView(
        _headline(told, words),
        _area_rows(told, areas, level, shown, words),
        level,
        table,
        _communities(told, names, titles[1], notes),
        _communities(told[told["problem"].notna() | told["is_fund_due"]], names, titles[2], notes),
        _figures(told, areas, level, names),
        told,
    )


def _headline(told: pd.DataFrame, words: Words) -> str:
    counts = told["liable"].value_counts()
    total = len(told)
    return words.say(
        "money_page.liability_headline",
        total=words.count(total, "community"),
        fund=words.share(int(counts.get(Liable.FUND.value, 0)), total),
        unit=words.share(int(counts.get(Liable.PROPERTY_UNIT.value, 0)), total),
        unknown=words.share(int(counts.get(Liable.NOT_KNOWN.value, 0)), total),
        due=int(told["is_fund_due"].sum()),
        empty=int(told["is_fund_exhausted"].sum()),
    )


def _area_rows(told: pd.DataFrame, areas: dict[str, Area], level: str, shown: str, words: Words) -> AreaRows:
    column = f"{level}_code"
    every = told[column].value_counts()
    chosen = told[told["liable"] == shown][column].value_counts()
    shares = {c: (int(chosen.get(c, 0)), int(every.get(c, 0))) for c in areas}
    return share_rows(shares, areas, words)


def _totals(
    told: pd.DataFrame,
    areas: dict[str, Area],
    level: str,
    names: Names,
    title: str,
    notes: Mapping[str, str],
) -> Table:
    words, column = names.words, f"{level}_code"
    by_code = dict(iter(told.groupby(column)))
    found = []
    for code, area in areas.items():
        own = by_code.get(code, told.iloc[:0])
        counts = own["liable"].value_counts()
        found.append(
            {
                column: area.name(words.lang),
                "communities": len(own),
                **{f"liable_{v.value}": int(counts.get(v.value, 0)) for v in Liable},
                "is_fund_due": int(own["is_fund_due"].sum()),
                "is_fund_exhausted": int(own["is_fund_exhausted"].sum()),
                **{f"{k}_fen": exact_sum(own[f"{k}_fen"]) for k in ENTRY_KINDS},
                "balance_fen": exact_sum(own["balance_fen"]),
            }
        )
    frame = pd.DataFrame(found)
    columns = [TableColumn(column, words.say(f"record.col.{column}"))]
    for field in list(frame.columns)[1:]:
        kind = "wan_yuan" if field.endswith("_fen") else "count"
        header = "record.col.due_count" if field == "is_fund_due" else f"record.col.{field}"
        header = "record.col.exhausted_count" if field == "is_fund_exhausted" else header
        columns.append(TableColumn(field, words.say(header), kind))  # type: ignore[arg-type]
    return Table(frame, columns, title, notes)


def _communities(told: pd.DataFrame, names: Names, title: str, notes: Mapping[str, str]) -> Table:
    words = names.words
    spoken = {
        "liable": lambda code: coded(words, "money_code.liable", code),
        "liability_rule": lambda code: coded(words, "money_code.liability_rule", code),
        "problem": lambda code: (
            coded(words, "money_code.fund_problem", code) if isinstance(code, str) else ""
        ),
    }
    shown = told.assign(
        liability_rule=told["rule"], since_date=told["since"], row_count=[len(r) for r in told["rows"]]
    )
    fields: list[Field] = [
        "community_id",
        "district_code",
        "subdistrict_code",
        "liable",
        "unit",
        "liability_rule",
        "clause",
        "since_date",
        "balance_fen",
        "balance_exact",
        ("is_fund_due", "yes_no"),
        ("is_fund_exhausted", "yes_no"),
        "problem",
        ("row_count", "count"),
        "import_run_id",
        "community_key",
    ]
    return record_table(shown, fields, names, title, notes, spoken)


def _figures(
    told: pd.DataFrame, areas: dict[str, Area], level: str, names: Names
) -> dict[str, tuple[str, ...]]:
    words, found = names.words, {}
    for (code, liable), own in told.groupby([f"{level}_code", "liable"], sort=True):
        area = areas.get(str(code))
        if area is not None:
            label = f"{area.name(words.lang)} · {words.say(f'money_code.liable.{liable}')}"
            found[f"{label} · {words.count(len(own), 'community')}"] = tuple(own["community_id"])
    return found


def fund_entries_table(rows: pd.DataFrame, names: Names, title: str, notes: Mapping[str, str]) -> Table:
    """What came into and went out of the funds, the newest first."""
    spoken = {"entry_kind": lambda code: coded(names.words, "money_code.fund_entry", code)}
    shown = rows.assign(entry_kind=rows["kind"]).sort_values(
        ["entry_date", "entry_id"], ascending=[False, True]
    )
    fields: list[Field] = [
        "entry_id",
        "community_id",
        "entry_kind",
        "entry_date",
        "amount_fen",
        "amount_exact",
        "import_run_id",
    ]
    return record_table(shown, fields, names, title, notes, spoken)


def community_shapes(
    outlines: gpd.GeoDataFrame, told: pd.DataFrame, names: Names
) -> tuple[gpd.GeoDataFrame, int]:
    """The communities of one subdistrict in the colour of who must repair, and how many have no place to draw.

    `outlines` from `queries_money.community_outlines`; returns code, name, colour, tip, geometry (EPSG:4326).
    """
    words = names.words
    held = told.set_index("community_id")
    own = outlines[outlines["community_id"].isin(held.index)].copy()
    shapes = own.geometry.to_numpy(dtype=object)
    points = [None if p is None or pd.isna(p) else shapely.from_wkb(p) for p in own["point"]]
    circles = [None if p is None else p.centroid.buffer(CIRCLE_DEG) for p in points]
    drawn = [
        s if s is not None and not pd.isna(s) and not s.is_empty else c
        for s, c in zip(shapes, circles, strict=True)
    ]
    liable = [Liable(held.at[c, "liable"]) for c in own["community_id"]]
    frame = gpd.GeoDataFrame(
        {
            "code": own["community_id"].to_numpy(),
            "name": [names.community(c) for c in own["community_id"]],
            "colour": [LIABLE_COLOURS[v] for v in liable],
            "tip": [
                [
                    words.say(f"money_code.liable.{v.value}"),
                    str(held.at[c, "unit"] or ""),
                    words.say(f"money_code.liability_rule.{LIABILITY_RULES[v][0]}"),
                ]
                for v, c in zip(liable, own["community_id"], strict=True)
            ],
        },
        geometry=gpd.GeoSeries(drawn, crs="EPSG:4326"),
        crs="EPSG:4326",
    )
    frame = frame[~frame.geometry.isna()]
    return frame, len(told) - len(frame)


def liable_legend(words: Words) -> list[LegendEntry]:
    """The three colours of the map of communities."""
    return [
        LegendEntry(colour, words.say(f"money_code.liable.{v.value}")) for v, colour in LIABLE_COLOURS.items()
    ]
