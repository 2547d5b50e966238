"""Rows of any table of the ledger as people read them: headers and codes from the loaders' catalogue, units, runs."""

from collections.abc import Mapping, Sequence

import pandas as pd
from sqlalchemy import BigInteger, Boolean, Date, Float, Integer

from dashboard.tables import Kind, Table, TableColumn
from dashboard.viewmodels.project_frames import run_texts
from dashboard.words import Words
from loaders.wording import texts
from store.tables import BASE_TABLES

_YEARS = ("year", "plan_year", "build_year_from", "build_year_to")


def field_name(table: str, column: str, words: Words) -> str:
    """What a column of the ledger is called, with its unit where the page shows money."""
    name = texts().say(f"field.{table}.{column}", words.lang)
    return words.say("projects.in_wan", name=name) if _kind(table, column) == "wan_yuan" else name


def code_name(table: str, column: str, value: object, words: Words) -> str:
    """The word of a code; the value itself where it is none, empty for a missing one."""
    if value is None or pd.isna(value):
        return ""
    return texts().texts[words.lang].get(f"code.{table}.{column}.{value}", str(value))


def _kind(table: str, column: str) -> Kind:
    held = BASE_TABLES[table].columns.get(column)
    if held is None or column in _YEARS:
        return "year" if column in _YEARS else "text"
    match held.type:
        case BigInteger() if column.endswith("_fen"):
            return "wan_yuan"
        case Date():
            return "date"
        case Boolean():
            return "yes_no"
        case Integer():
            return "count"
        case Float():
            return "number"
    return "text"


def ledger_table(
    rows: pd.DataFrame,
    table: str,
    columns: Sequence[str],
    runs: pd.DataFrame,
    words: Words,
    title: str,
    notes: Mapping[str, str],
    *,
    more: Mapping[str, str] | None = None,
) -> Table:
    """Rows of a base table with the given columns, codes as words, and at the end the run that brought each.

    `more` names columns of `rows` that the table itself does not have (a rule's findings), by their header.
    """
    named = dict(more or {})
    shown = {}
    for column in columns:
        values = rows[column]
        is_text = column not in named and _kind(table, column) == "text"
        shown[column] = (
            pd.Series([code_name(table, column, v, words) for v in values], index=rows.index, dtype="object")
            if is_text
            else values
        )
    frame = pd.DataFrame(shown, index=rows.index)
    frame["_run"] = run_texts(rows["import_run_id"], runs, words)
    heads = [
        TableColumn(c, named[c], _kind_of(rows[c]))
        if c in named
        else TableColumn(c, field_name(table, c, words), _kind(table, c))
        for c in columns
    ]
    return Table(frame, [*heads, TableColumn("_run", words.say("projects.col.run"))], title, notes)


def _kind_of(values: pd.Series) -> Kind:
    if pd.api.types.is_bool_dtype(values):
        return "yes_no"
    if pd.api.types.is_datetime64_any_dtype(values):
        return "date"
    return "count" if pd.api.types.is_numeric_dtype(values) else "text"
