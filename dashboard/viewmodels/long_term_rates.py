"""The three rates of coverage by area (R68): numerator, denominator and what is not known stand apart."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from dashboard.filters import Area, Filters
from dashboard.scale import Scale
from dashboard.tables import Table, TableColumn
from dashboard.viewmodels.area_rows import AreaRow, AreaRows
from dashboard.viewmodels.record_tables import Field, Names, record_table
from dashboard.words import Words
from programme.long_term.rates import COVERAGE_COLUMNS, Rate, coverage_rates
from programme.progress import CITY_CODE

RATES: tuple[str, ...] = tuple(COVERAGE_COLUMNS)
SHARES = Scale((20.0, 40.0, 60.0, 80.0), ("#e8f1fa", "#bdd7ec", "#7db8da", "#3a8ac2", "#12508f"))


@dataclass(frozen=True)
class RatesView:
    """The map's areas by `shown`, the three rates of every area, and the communities behind each figure."""

    headline: str
    areas: AreaRows
    level: str
    table: Table
    figures: dict[str, tuple[str, ...]]


def areas_of(filters: Filters, names: Names) -> tuple[str, dict[str, Area]]:
    """The level and the areas that a view shows: districts, or the subdistricts of the chosen district."""
    if filters.district_code is None:
        return "district", dict(names.facts.districts)
    own = names.facts.subdistricts_of(filters.district_code)
    return "subdistrict", {a.code: a for a in own if filters.subdistrict_code in (None, a.code)}


def share_rows(shares: Mapping[str, tuple[int, int]], areas: Mapping[str, Area], words: Words) -> AreaRows:
    """Areas coloured by a part of a whole in percent, largest first; an area without a whole has no data."""
    rows = []
    for code, area in areas.items():
        part, whole = shares.get(code, (0, 0))
        value = 100.0 * part / whole if whole else None
        figure = words.share(part, whole) if whole else words.say("figure.no_data")
        rows.append(AreaRow(code, None, area.name(words.lang), value, figure, value, SHARES.colour(value)))
    rows.sort(key=lambda r: (r.value is None, -(r.value or 0.0), r.code))

    def label(low: float | None, high: float | None) -> str:
        return f"{words.number(low or 0)}–{words.number(100 if high is None else high)} %"

    missing = words.say("figure.no_data") if any(r.value is None for r in rows) else None
    return AreaRows(tuple(rows), SHARES, tuple(SHARES.legend(label, missing)), False, "%")


def rates_view(
    communities: pd.DataFrame,
    filters: Filters,
    names: Names,
    shown: str,
    title: str,
    notes: Mapping[str, str],
) -> RatesView:
    """The three rates of the communities in scope, for the whole and each area; `shown` is one of `RATES`."""
    words = names.words
    level, areas = areas_of(filters, names)
    rates = coverage_rates(communities, list(areas), f"{level}_code")
    shares = {c: (rates[c, shown].numerator, rates[c, shown].denominator) for c in areas}
    return RatesView(
        _headline(rates, words),
        share_rows(shares, areas, words),
        level,
        _table(rates, areas, level, words, title, notes),
        _figures(rates, areas, words),
    )


def _headline(rates: Mapping[tuple[str, str], Rate], words: Words) -> str:
    parts = []
    for measure in RATES:
        rate = rates[CITY_CODE, measure]
        parts.append(
            words.say(
                "long_term.rate_part",
                measure=words.say(f"long_term.rate_{measure}"),
                share=words.share(rate.numerator, rate.denominator),
                unknown=len(rate.not_known),
            )
        )
    return words.say("long_term.rates_headline", parts=words.say("long_term.joiner").join(parts))


def _table(
    rates: Mapping[tuple[str, str], Rate],
    areas: Mapping[str, Area],
    level: str,
    words: Words,
    title: str,
    notes: Mapping[str, str],
) -> Table:
    found = []
    named = {CITY_CODE: words.say("long_term.together"), **{c: a.name(words.lang) for c, a in areas.items()}}
    for code, name in named.items():
        row: dict[str, object] = {"area": name}
        for measure in RATES:
            rate = rates[code, measure]
            row |= {
                f"{measure}_part": rate.numerator,
                f"{measure}_whole": rate.denominator,
                f"{measure}_unknown": len(rate.not_known),
                f"{measure}_pct": None if rate.share is None else float(100 * rate.share),
            }
        found.append(row)
    columns = [TableColumn("area", words.say(f"col.{level}"))]
    named_rates = {m: words.say(f"long_term.rate_{m}") for m in RATES}
    for measure, name in named_rates.items():
        header = words.say("long_term.col_pct", measure=name)
        columns.append(TableColumn(f"{measure}_pct", header, "pct", scale=SHARES))
    for measure, name in named_rates.items():
        columns += [
            TableColumn(f"{measure}_{part}", words.say(f"long_term.col_{part}", measure=name), "count")
            for part in ("part", "whole", "unknown")
        ]
    return Table(pd.DataFrame(found), columns, title, notes)


def _figures(
    rates: Mapping[tuple[str, str], Rate], areas: Mapping[str, Area], words: Words
) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for code, area in areas.items():
        for measure in RATES:
            rate = rates[code, measure]
            for part in ("counted", "not_counted", "not_known"):
                keys = getattr(rate, part)
                if keys:
                    label = words.say(
                        f"long_term.figure_{part}",
                        area=area.name(words.lang),
                        measure=words.say(f"long_term.rate_{measure}"),
                        count=len(keys),
                    )
                    found[label] = keys
    return found


def communities_table(rows: pd.DataFrame, names: Names, title: str, notes: Mapping[str, str]) -> Table:
    """Communities with the three flags; an empty cell was never filled in."""
    fields: list[Field] = [
        "community_id",
        "district_code",
        "subdistrict_code",
        ("households", "count"),
        ("has_owners_body", "yes_no"),
        ("has_property_service", "yes_no"),
        ("has_party_organisation", "yes_no"),
        "property_company",
        "import_run_id",
        "community_key",
    ]
    return record_table(rows, fields, names, title, notes)
