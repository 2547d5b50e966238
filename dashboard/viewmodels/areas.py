"""Areas with their names, and counts laid out by area."""

from collections.abc import Mapping

import pandas as pd

from dashboard.filters import Area, Filters, StoreFacts
from dashboard.words import Words


def areas_by_code(names: pd.DataFrame, level: str) -> dict[str, Area]:
    """The districts or the subdistricts of `queries.area_names` by their code."""
    own = names[names["level"] == level]
    return {
        r.code: Area(r.code, _text(r.district_code), _text(r.name_zh), _text(r.name_en))
        for r in own.itertuples()
    }


def _text(value: object) -> str:
    return "" if value is None or pd.isna(value) else str(value)


def name_of(areas: Mapping[str, Area], code: object, lang: str, unknown: str) -> str:
    """An area's name; `unknown` for a code that is missing or not known."""
    area = areas.get(code) if isinstance(code, str) else None
    return area.name(lang) if area else unknown


def scope_name(filters: Filters, facts: StoreFacts, words: Words) -> str:
    """The name of the area that a view shows: subdistrict, district, or the whole city."""
    if filters.subdistrict_code is not None:
        return name_of(facts.subdistricts, filters.subdistrict_code, words.lang, filters.subdistrict_code)
    return district_name(filters, facts, words)


def district_name(filters: Filters, facts: StoreFacts, words: Words) -> str:
    """The name of the district that a view shows, or of the whole city."""
    if filters.district_code is None:
        return words.say("bar.whole_city")
    return name_of(facts.districts, filters.district_code, words.lang, filters.district_code)
