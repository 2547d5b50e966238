"""Rates with numerator, denominator and the rows of both (R68; the plan's section 1, item 4).

A value that nobody entered is neither yes nor no: it is counted apart as not known, and stands in neither figure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

from programme.progress import CITY_CODE

#: The plan's three rates and the flags of a community that they are read from.
COVERAGE_COLUMNS: dict[str, str] = {
    "owners_body": "has_owners_body",
    "property_service": "has_property_service",
    "party_organisation": "has_party_organisation",
}


@dataclass(frozen=True)
class Rate:
    """One rate of one area: the keys of the rows that count, that do not, and that are not known (all sorted)."""

    area_code: str
    measure: str
    counted: tuple[str, ...]
    not_counted: tuple[str, ...]
    not_known: tuple[str, ...]

    @property
    def numerator(self) -> int:
        """How many have it."""
        return len(self.counted)

    @property
    def denominator(self) -> int:
        """How many it is known of."""
        return len(self.counted) + len(self.not_counted)

    @property
    def share(self) -> Fraction | None:
        """Numerator / denominator; None where it is known of none."""
        return Fraction(self.numerator, self.denominator) if self.denominator else None

    @property
    def lowest(self) -> Fraction | None:
        """The share if none of the unknown had it; None without rows."""
        every = self.denominator + len(self.not_known)
        return Fraction(self.numerator, every) if every else None

    @property
    def highest(self) -> Fraction | None:
        """The share if all of the unknown had it; None without rows."""
        every = self.denominator + len(self.not_known)
        return Fraction(self.numerator + len(self.not_known), every) if every else None


def rate_of(area_code: str, measure: str, keys: pd.Series, flags: pd.Series) -> Rate:
    """The rate of some rows: `flags` (True, False or missing) on the same index as their `keys`.

    Raises TypeError where a flag is anything else.
    """
    told = flags.astype("boolean")

    def chosen(which: pd.Series) -> tuple[str, ...]:
        return tuple(sorted(keys[which.to_numpy(dtype=bool)].astype(str)))

    return Rate(
        area_code,
        measure,
        chosen(told.fillna(False)),
        chosen(~told.fillna(True)),
        chosen(told.isna()),
    )


def coverage_rates(
    communities: pd.DataFrame, areas: Sequence[str], area_column: str = "district_code"
) -> dict[tuple[str, str], Rate]:
    """The three rates of the city (`CITY_CODE`, over all rows) and of each area (R68).

    `communities` (those in scope, for example the pre-2000 ones) has community_id, the `area_column` (district_code or
    subdistrict_code) and the columns of `COVERAGE_COLUMNS`. A community without an area counts for the city alone.
    """
    found: dict[tuple[str, str], Rate] = {}
    for area in [CITY_CODE, *areas]:
        own = communities if area == CITY_CODE else communities[communities[area_column] == area]
        for measure, column in COVERAGE_COLUMNS.items():
            found[area, measure] = rate_of(area, measure, own["community_id"], own[column])
    return found


def rates_frame(rates: dict[tuple[str, str], Rate]) -> pd.DataFrame:
    """The rates as rows: area_code, measure, numerator, denominator, not_known (ints), share (Fraction or None)."""
    columns = ["area_code", "measure", "numerator", "denominator", "not_known", "share"]
    rows = [
        (r.area_code, r.measure, r.numerator, r.denominator, len(r.not_known), r.share)
        for r in rates.values()
    ]
    frame = pd.DataFrame(rows, columns=columns, dtype="object")
    return frame.astype(dict.fromkeys(["numerator", "denominator", "not_known"], "int64"))
