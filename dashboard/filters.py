"""What all pages share, as it stands in the address: year, as-of month, area, central-state projects, language."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from programme.progress import month_end

LANGUAGES = ("zh", "en")
MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])", re.ASCII)
YEAR = re.compile(r"[0-9]{4}", re.ASCII)
#: The keys of the address, in the order in which they are written.
KEYS = ("year", "month", "district", "subdistrict", "central", "lang")
WHOLE_CITY = "all"


@dataclass(frozen=True)
class Area:
    """A district or a subdistrict, as the bar lists it."""

    code: str
    district_code: str
    name_zh: str
    name_en: str

    def name(self, lang: str) -> str:
        """The name in a language; Chinese where no English one is known."""
        return self.name_en if lang == "en" and self.name_en else self.name_zh


@dataclass(frozen=True)
class StoreFacts:
    """What the store offers to choose from, and the day up to which the programme has data."""

    years: tuple[int, ...] = ()
    latest_date: dt.date | None = None
    today: dt.date = field(default_factory=lambda: dt.datetime.now(tz=dt.UTC).date())
    districts: Mapping[str, Area] = field(default_factory=dict)
    subdistricts: Mapping[str, Area] = field(default_factory=dict)

    def default_year(self) -> int:
        """The year of the newest data that has a plan; this year for an empty store."""
        if self.latest_date is not None:
            past = [y for y in self.years if y <= self.latest_date.year]
            return max(past, default=self.latest_date.year)
        return max((y for y in self.years if y <= self.today.year), default=self.today.year)

    def last_month(self, year: int) -> int:
        """The last month of a year that can be chosen: the newest with data (this month where there is none), or
        December of an earlier year."""
        newest = self.latest_date or self.today
        return newest.month if newest.year == year else 12

    def subdistricts_of(self, district_code: str | None) -> list[Area]:
        """The subdistricts of a district in the order of their codes; none for the whole city."""
        return [a for a in self.subdistricts.values() if a.district_code == district_code]


@dataclass(frozen=True)
class Filters:
    """One view of the data; equal filters make equal addresses."""

    year: int
    month: str
    district_code: str | None = None
    subdistrict_code: str | None = None
    has_central: bool = True
    lang: str = "zh"
    #: Keys of the address that said something impossible and were left out.
    ignored: tuple[str, ...] = field(default=(), compare=False)

    @property
    def as_of(self) -> dt.date:
        """The last day of the as-of month."""
        return month_end(self.month)

    @classmethod
    def from_query(cls, query: Mapping[str, Any], facts: StoreFacts, lang: str = "zh") -> "Filters":
        """The filters of an address; what is impossible is ignored, named in `ignored`, and replaced by the default.

        `query` holds texts; anything may stand in it. `lang` is the language where the address names none.
        """
        ignored: list[str] = []

        def taken(key: str, is_good: bool) -> bool:
            if text[key] and not is_good:
                ignored.append(key)
            return bool(text[key]) and is_good

        text = {key: str(query.get(key, "")).strip() for key in KEYS}
        year_is_good = bool(YEAR.fullmatch(text["year"])) and (
            int(text["year"]) in facts.years if facts.years else 1949 <= int(text["year"]) <= 2100
        )
        year = int(text["year"]) if taken("year", year_is_good) else facts.default_year()
        month_is_good = (
            bool(MONTH.fullmatch(text["month"]))
            and int(text["month"][:4]) == year
            and int(text["month"][5:]) <= facts.last_month(year)
        )
        default_month = f"{year:04d}-{facts.last_month(year):02d}"
        month = text["month"] if taken("month", month_is_good) else default_month
        district = subdistrict = None
        if text["district"] != WHOLE_CITY and taken("district", text["district"] in facts.districts):
            district = text["district"]
        if text["subdistrict"] != WHOLE_CITY:
            place = facts.subdistricts.get(text["subdistrict"])
            if taken("subdistrict", place is not None and district in (None, place.district_code)):
                assert place is not None
                subdistrict, district = place.code, place.district_code
        has_central = not (
            taken("central", text["central"] in ("with", "without")) and text["central"] == "without"
        )
        chosen = text["lang"] if taken("lang", text["lang"] in LANGUAGES) else lang
        return cls(year, month, district, subdistrict, has_central, chosen, tuple(ignored))

    def to_query(self) -> dict[str, str]:
        """The address of this view, every key written out, so that a link keeps its meaning when data is added."""
        return {
            "year": f"{self.year:04d}",
            "month": self.month,
            "district": self.district_code or WHOLE_CITY,
            "subdistrict": self.subdistrict_code or WHOLE_CITY,
            "central": "with" if self.has_central else "without",
            "lang": self.lang,
        }

    def with_district(self, district_code: str | None) -> "Filters":
        """The same view of another district, or of the whole city."""
        return replace(self, district_code=district_code, subdistrict_code=None)
