"""What the ledger's sheets are: a table each, its columns in the clerk's words, units and codes.

Everything is read off the store's own schema and the catalogues of names (`texts/*/fields.toml`, `codes.toml`), so a
column that the schema gains is in the ledger as soon as it has a name.
"""

from dataclasses import dataclass
from functools import cache
from typing import Literal

from sqlalchemy import BigInteger, Boolean, Column, Date, Float, Integer

from loaders.wording import LANGUAGES, WORDING
from store.access import PERSONAL_COLUMNS
from store.geometry import Geometry
from store.rows import content_columns
from store.tables import BASE_TABLES, key_column

Kind = Literal[
    "key",
    "reference",
    "district",
    "area_code",
    "subdistrict",
    "code",
    "codes",
    "flag",
    "date",
    "month",
    "year",
    "built",
    "whole",
    "number",
    "area",
    "money",
    "fee",
    "target",
    "rate",
    "text",
]

#: What a district keeps every month; the template's own choice.
MAIN_TABLES: tuple[str, ...] = (
    "projects",
    "project_communities",
    "stage_events",
    "service_agreements",
    "funding_entries",
    "monthly_investments",
    "annual_targets",
    "communities",
    "demands",
    "issues",
)
#: Further tables of the programme, in the order of their subjects.
FURTHER_TABLES: tuple[str, ...] = (
    "fiscal_assessments",
    "submission_trail",
    "property_unit_duties",
    "deliberations",
    "reception_places",
    "quality_checks",
    "governance_items",
    "building_works",
    "community_measures",
    "pipeline_works",
    "pavings",
    "lift_stairwells",
    "parking_lots",
    "rebuild_options",
    "loans",
    "social_capital_cases",
    "maintenance_funds",
    "maintenance_entries",
    "supports",
    "fund_findings",
    "issue_calls",
    "issue_escalations",
    "plan_filings",
    "property_fees",
    "operated_items",
    "supervision_visits",
    "visit_findings",
    "pilots",
    "pilot_measurements",
)
#: Tables of the whole city, kept by its office.
CITY_TABLES: tuple[str, ...] = (
    "deliverables",
    "meetings",
    "agenda_items",
    "decisions",
    "practice_cards",
    "card_sendings",
)
LEDGER_TABLES: tuple[str, ...] = (*MAIN_TABLES, *FURTHER_TABLES, *CITY_TABLES)

#: What tells rows of a table apart beside their key: a row without an id is the held row of the same values, if any.
NATURAL_KEYS: dict[str, tuple[str, ...]] = {
    "projects": ("district_code", "name"),
    "communities": ("district_code", "name"),
    "project_communities": ("project_id", "community_id"),
    "stage_events": ("project_id", "stage"),
    "monthly_investments": ("project_id", "month"),
    "annual_targets": ("year", "area_code", "measure"),
    "service_agreements": ("project_id", "company"),
    "demands": ("community_id", "item"),
    "governance_items": ("community_id", "item"),
    "fiscal_assessments": ("district_code", "year"),
    "maintenance_funds": ("community_id",),
    "plan_filings": ("district_code", "year", "part"),
    "property_fees": ("project_id", "community_id", "month"),
}
#: Days of which the first can't come after the second.
DAYS_IN_ORDER: dict[str, tuple[tuple[str, str], ...]] = {
    "projects": (("planned_start_date", "planned_completion_date"),),
    "service_agreements": (("agreed_date", "signed_date"),),
    "building_works": (("started_date", "completed_date"),),
    "community_measures": (("started_date", "completed_date"),),
    "pipeline_works": (("planned_from", "planned_to"), ("started_date", "completed_date")),
    "lift_stairwells": (("filed_date", "accepted_date"),),
    "loans": (("drawn_date", "due_date"),),
    "fund_findings": (("found_date", "closed_date"),),
    "issues": (("reported_date", "closed_date"),),
    "issue_calls": (("called_date", "answered_date"),),
}
#: Sums that offices give in yuan; all others are in 万元.
_IN_YUAN = frozenset({"property_fees", "supports", "maintenance_entries"})
#: Built from others when it is read (`build_year_text`), or kept by other pages.
_LEFT_OUT = frozenset(
    {
        ("communities", "build_year_from"),
        ("communities", "build_year_to"),
        ("communities", "build_year_precision"),
        ("communities", "build_year_source"),
        ("communities", "unit_price_cny_per_m2"),
    }
)


@dataclass(frozen=True)
class LedgerColumn:
    """A column of a sheet: what it holds, whether it must be filled, and the table that it refers to.

    `unit` is a code (`wan_yuan`, `yuan`, `fee`, `m2`) whose name stands in the header, or None.
    """

    table: str
    name: str
    kind: Kind
    is_required: bool = False
    refers_to: str | None = None
    unit: str | None = None

    def label(self, lang: str) -> str:
        """The column's name in a language, without its unit."""
        return WORDING.say(f"field.{self.table}.{self.name}", lang)

    def header(self, lang: str) -> str:
        """What stands above the column: name, unit in brackets, an asterisk where it must be filled."""
        unit = WORDING.say(f"ledger.unit.{self.unit}", lang) if self.unit else ""
        shown = (
            WORDING.say("ledger.header_unit", lang, label=self.label(lang), unit=unit)
            if unit
            else self.label(lang)
        )
        return f"{shown}*" if self.is_required else shown

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes it may hold, in their order; empty where it holds none."""
        return tuple(codes_of(self.table, self.name))


@dataclass(frozen=True)
class LedgerSheet:
    """A table of the ledger and its columns, the key first."""

    table: str
    columns: tuple[LedgerColumn, ...]

    def title(self, lang: str) -> str:
        """The sheet's name."""
        return WORDING.say(f"ledger.sheet.{self.table}", lang)

    @property
    def key(self) -> LedgerColumn:
        """The column of the ids."""
        return self.columns[0]

    def column(self, name: str) -> LedgerColumn:
        """A column by its name in the store. Raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def named(self) -> tuple[LedgerColumn, ...]:
        """References beside which the ledger writes the name of what they refer to (project, community)."""
        return tuple(c for c in self.columns if c.refers_to in ("projects", "communities"))


@cache
def _codes() -> dict[tuple[str, str], dict[str, dict[str, str]]]:
    """(table, column) → code → language → word, in the order of the catalogue."""
    found: dict[tuple[str, str], dict[str, dict[str, str]]] = {}
    for lang in LANGUAGES:
        for code, word in WORDING.texts[lang].items():
            parts = code.split(".")
            if parts[0] == "code" and len(parts) == 4:
                found.setdefault((parts[1], parts[2]), {}).setdefault(parts[3], {})[lang] = word
    return found


def codes_of(table: str, column: str) -> dict[str, dict[str, str]]:
    """The codes of a column with their word in each language; empty for a column without codes."""
    return _codes().get((table, column), {})


def word_of(table: str, column: str, code: str, lang: str) -> str:
    """The word of a code; the code itself where the catalogue has none."""
    return codes_of(table, column).get(code, {}).get(lang, code)


@cache
def ledger_sheet(table: str, sees_persons: bool = True) -> LedgerSheet:
    """The sheet of a table; without columns about persons for who may not see them (R74). Raises KeyError."""
    held = BASE_TABLES[table]
    key = key_column(held)
    names = [key, *(n for n in content_columns(held) if n != key)]
    columns = []
    for name in names:
        column = held.c[name]
        is_hidden = (table, name) in _LEFT_OUT or column.type.__class__.__name__ == "JSON"
        is_personal = name in PERSONAL_COLUMNS.get(table, ())
        if isinstance(column.type, Geometry) or is_hidden or (is_personal and not sees_persons):
            continue
        columns.append(_column(table, column, is_key=name == key))
    return LedgerSheet(table, tuple(columns))


def _column(table: str, column: Column, *, is_key: bool) -> LedgerColumn:
    name = column.name
    refers_to = None if is_key else _parent(column)
    kind = "key" if is_key else _kind(table, column, refers_to)
    is_required = not column.nullable and column.server_default is None and not is_key
    unit = {"area": "m2", "fee": "fee", "target": "target"}.get(kind)
    if kind == "money":
        unit = "yuan" if table in _IN_YUAN else "wan_yuan"
    return LedgerColumn(table, name, kind, is_required, refers_to, unit)


def _parent(column: Column) -> str | None:
    for reference in column.foreign_keys:
        if reference.column.table.name in BASE_TABLES and reference.column.table.name != "districts":
            return reference.column.table.name
    return None


def _kind(table: str, column: Column, refers_to: str | None) -> Kind:
    name = column.name
    by_name: dict[str, Kind] = {
        "district_code": "district",
        "area_code": "area_code",
        "subdistrict_code": "subdistrict",
        "month": "month",
        "year": "year",
        "plan_year": "year",
        "build_year_text": "built",
        "fee_fen_per_m2_month": "fee",
    }
    if refers_to is not None:
        return "reference"
    if (table, name) == ("annual_targets", "value"):
        return "target"
    if codes_of(table, name):
        return "codes" if (table, name) in _SEVERAL else "code"
    if name in by_name:
        return by_name[name]
    if name.endswith("_fen"):
        return "money"
    if name.endswith("_m2"):
        return "area"
    if name.endswith("_rate_pct"):
        return "rate"
    for type_, kind in _BY_TYPE:
        if isinstance(column.type, type_):
            return kind
    return "text"


_SEVERAL = frozenset({("social_capital_cases", "participation"), ("social_capital_cases", "returns")})
_BY_TYPE: tuple[tuple[type, Kind], ...] = (
    (Boolean, "flag"),
    (Date, "date"),
    (BigInteger, "whole"),
    (Integer, "whole"),
    (Float, "number"),
)
