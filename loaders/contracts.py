"""Contracts: what a row of each target table must satisfy, checked with pandera; broken rows are named, not lost."""

import datetime as dt
from functools import cache

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from loaders.fields import fields_by_target

#: Permitted ranges by column, inclusive; the reason for each is in the comment.
RANGES: dict[str, tuple[float | None, float | None]] = {
    "storeys": (1, 150),  # the tallest tower of the city has 109
    "height_m": (0, 600),
    "stairwells": (0, 200),
    "households": (0, 50_000),
    "residents": (0, 200_000),
    "building_count": (0, 2_000),
    "floor_area_m2": (0, 5_000_000),
    "land_area_m2": (0, 5_000_000),
    "lift_count": (0, 500),
    "capacity": (0, None),
    "unit_price_cny_per_m2": (0, 1_000_000),
    "amount_fen": (0, None),  # money can't be negative: a correction is a new entry with its reason
    "planned_investment_fen": (0, None),
    "value": (0, None),
    "plan_year": (1990, 2100),
    "year": (1990, 2100),
    "area_km2": (0, 20_000),
}
PATTERNS = {
    "month": r"^\d{4}-(0[1-9]|1[0-2])$",
    "district_code": r"^\d{6}$",
    "subdistrict_code": r"^\d{9,12}$",
}
DATE_RANGE = (dt.date(1949, 1, 1), dt.date(2100, 12, 31))


@cache
def contract(target: str) -> pa.DataFrameSchema:
    """The contract of one target table."""
    columns = {}
    for name, spec in fields_by_target()[target].items():
        if name in ("build_year", "district", "area"):
            continue
        checks = []
        if spec.allowed:
            checks.append(pa.Check.isin(sorted(spec.allowed), error="contract.not_allowed"))
        if name in RANGES:
            low, high = RANGES[name]
            if low is not None:
                checks.append(pa.Check.ge(low, error="contract.too_small"))
            if high is not None:
                checks.append(pa.Check.le(high, error="contract.too_large"))
        if name in PATTERNS:
            checks.append(pa.Check.str_matches(PATTERNS[name], error="contract.pattern"))
        if spec.kind == "date":
            checks.append(pa.Check(_date_in_range, error="contract.date_range"))
        if spec.required and spec.kind == "text":
            checks.append(pa.Check(lambda s: s.astype(str).str.strip().ne(""), error="contract.empty"))
        columns[name] = pa.Column(None, checks=checks, nullable=not spec.required, required=spec.required)
    return pa.DataFrameSchema(columns, strict=False, name=target)


def _date_in_range(values: pd.Series) -> pd.Series:
    return values.map(lambda v: DATE_RANGE[0] <= v <= DATE_RANGE[1])


def broken_rows(target: str, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that break the contract: columns `row`, `field`, `value`, `code`, `expected`.

    `rows` has a unique index. A column that is missing altogether is reported with row None.
    """
    try:
        contract(target).validate(rows, lazy=True)
    except SchemaErrors as fault:
        cases = fault.failure_cases
        return pd.DataFrame(
            {
                "row": cases["index"],
                "field": cases["column"].where(cases["column"].notna(), cases["failure_case"]),
                "value": cases["failure_case"],
                "code": cases["check"].map(_code),
                "expected": [_expected(target, c) for c in cases["column"]],
            }
        )
    return pd.DataFrame(columns=["row", "field", "value", "code", "expected"])


def _code(check: object) -> str:
    text = str(check)
    if text.startswith("contract."):
        return text
    return "contract.empty" if "nullable" in text else "contract.missing_column" if "column" in text else text


def _expected(target: str, column: object) -> str:
    name = str(column)
    spec = fields_by_target()[target].get(name)
    if spec is not None and spec.allowed:
        return " / ".join(sorted(spec.allowed))
    if name in RANGES:
        low, high = RANGES[name]
        return (
            f"{low if low is not None else ''} – {high if high is not None else ''}".strip(" –")
            if high is None
            else (f"{low} – {high}")
        )
    return PATTERNS.get(name, "")
