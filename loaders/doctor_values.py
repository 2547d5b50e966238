"""What the values of columns are and what is wrong with them: ids, years, areas, money, dates."""

from collections.abc import Iterator

import pandas as pd

from loaders import values
from loaders.diagnosis import FieldProfile
from loaders.field_names import Guess, header_parts, suggest
from loaders.findings import Finding, finding
from loaders.values.amounts import AREA_UNITS, MONEY_UNITS

#: A guess by the values alone needs this share of them.
_SHARE = 0.9
_EXAMPLES = 5


def profile(frame: pd.DataFrame) -> list[FieldProfile]:
    """One profile for each column."""
    out = []
    for name in frame.columns:
        column = frame[name]
        filled = column[~values.is_placeholder(column)]
        field, kind = suggest(str(name))
        if kind == "text" and len(filled):
            kind = "number" if pd.api.types.is_numeric_dtype(column) else _kind_of(filled)
        counts = filled.value_counts()
        out.append(
            FieldProfile(
                name=str(name),
                kind=kind,
                filled=len(filled),
                distinct=len(counts),
                examples=[str(v)[:60] for v in counts.index[:_EXAMPLES]],
                suggested=field,
                unit=header_parts(str(name))[1],
            )
        )
    return out


def _kind_of(filled: pd.Series) -> Guess:
    sample = filled.head(2000)
    _, problems = values.parse_numbers(sample)
    return "number" if problems.isna().mean() >= _SHARE else "text"


def value_findings(
    frame: pd.DataFrame, row_number: pd.Series, fields: list[FieldProfile]
) -> Iterator[Finding]:
    """Findings about ids, years, areas, money and dates; row numbers are the user's."""
    for field in fields:
        column = frame[field.name]
        match field.kind:
            case "id":
                yield from _ids(field, column, row_number)
            case "year":
                yield from _years(field, column, row_number)
            case "area":
                unit = field.unit if field.unit in AREA_UNITS else "m2"
                yield from _amounts(
                    field, values.parse_area_m2(column, unit=unit)[1], column, row_number, unit
                )
            case "money":
                money_unit = field.unit if field.unit in MONEY_UNITS else None
                _, problems = values.parse_money_fen(column, unit=money_unit)
                yield from _amounts(field, problems, column, row_number, money_unit)
            case "date":
                yield from _problems(field, values.parse_dates(column)["problem"], column, row_number)
            case "number" if field.suggested is not None:
                yield from _problems(field, values.parse_numbers(column)[1], column, row_number)


def _ids(field: FieldProfile, column: pd.Series, row_number: pd.Series) -> Iterator[Finding]:
    texts = values.normalise_text(column)
    if field.filled and field.distinct * 2 < field.filled:
        return  # a code of a kind or an area, not a key
    twice = texts.notna() & texts.duplicated(keep=False)
    if twice.any():
        yield finding(
            "doctor.id_repeated",
            "warning",
            rows=row_number[twice],
            column=field.name,
            example=str(texts[twice].iloc[0])[:40],
            ids=int(texts[twice].nunique()),
        )
    missing = texts.isna()
    if missing.any() and not missing.all():
        yield finding("doctor.id_missing", "warning", rows=row_number[missing], column=field.name)


def _years(field: FieldProfile, column: pd.Series, row_number: pd.Series) -> Iterator[Finding]:
    years = values.parse_years(column)
    texts = values.as_text(column)
    precision = years["build_year_precision"]
    wordy = texts.notna() & ~texts.fillna("").str.fullmatch(r"[0-9]{4}") & (precision != "unknown")
    if wordy.any():
        yield finding(
            "doctor.year_text",
            rows=row_number[wordy],
            column=field.name,
            example=str(texts[wordy].iloc[0])[:40],
            exact=int((precision[wordy] == "year").sum()),
            ranges=int(precision[wordy].isin(["range", "decade"]).sum()),
            about=int((precision[wordy] == "about").sum()),
        )
    unknown = (precision == "unknown") & years["problem"].isna()
    if unknown.any():
        yield finding("doctor.year_unknown", rows=row_number[unknown], column=field.name)
    yield from _problems(field, years["problem"], column, row_number)


def _amounts(
    field: FieldProfile, problems: pd.Series, column: pd.Series, row_number: pd.Series, unit: str | None
) -> Iterator[Finding]:
    texts = values.as_text(column)
    with_unit = texts.fillna("").str.contains(r"[0-9]\s*(?:万|亿|元|㎡|平|m2|公顷|亩)", regex=True)
    if field.unit is not None:
        yield finding("doctor.unit_in_header", column=field.name, unit=field.unit)
    if with_unit.any():
        yield finding(
            "doctor.unit_in_values",
            rows=row_number[with_unit],
            column=field.name,
            example=str(texts[with_unit].iloc[0])[:40],
        )
    needs_unit = problems == "reject.money_without_unit"
    if needs_unit.any():
        yield finding("doctor.unit_missing", "warning", rows=row_number[needs_unit], column=field.name)
    yield from _problems(field, problems.mask(needs_unit, None), column, row_number)


def _problems(
    field: FieldProfile, problems: pd.Series, column: pd.Series, row_number: pd.Series
) -> Iterator[Finding]:
    """One finding for each kind of problem, in the words with which such a row would be rejected."""
    for code in sorted(set(problems.dropna())):
        found = problems == code
        yield finding(
            code,
            "warning",
            rows=row_number[found],
            field=field.name,
            value=str(column[found].iloc[0])[:40],
        )
