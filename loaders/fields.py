"""What a source may fill: the fields of every target table, read off the store's own schema."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Float, Integer

from loaders.catalogue import FieldSpec, Kind
from loaders.reference import facility_kinds, funding_sources, stages
from store.geometry import Geometry
from store.rows import content_columns
from store.tables import BASE_TABLES, key_column

#: Columns that are filled from others or from the position, never from a source's column.
DERIVED = {"build_year_from", "build_year_to", "build_year_precision", "build_year_text"}


def _kind(column: Column) -> Kind:
    name = column.name
    if name.endswith("_fen"):
        return "money_fen"
    if name.endswith("_m2") and not name.endswith("_per_m2"):
        return "area_m2"
    if isinstance(column.type, Boolean):
        return "bool"
    if isinstance(column.type, Date):
        return "date"
    if isinstance(column.type, (BigInteger, Integer)):
        return "int"
    if isinstance(column.type, Float):
        return "float"
    return "text"


def _allowed(table: str, column: str) -> frozenset[str] | None:
    match (table, column):
        case ("facilities", "kind"):
            return frozenset(facility_kinds()["key"])
        case ("stage_events", "stage"):
            return frozenset(stages()["key"])
        case ("funding_entries", "funding_source"):
            return frozenset(funding_sources()["key"])
        case ("funding_entries", "content_class"):
            return frozenset({"basic", "optional"})
        case ("funding_entries", "state"):
            return frozenset({"planned", "allotted", "paid"})
        case ("annual_targets", "measure"):
            return frozenset({"starts", "completions", "investment_fen", "confirmed"})
    return None


def fields_by_target() -> dict[str, dict[str, FieldSpec]]:
    """For each target table, the fields a source may fill, with kind, whether required, and permitted values."""
    fields: dict[str, dict[str, FieldSpec]] = {}
    for name, table in BASE_TABLES.items():
        key = key_column(table)
        specs: dict[str, FieldSpec] = {}
        for column_name in content_columns(table):
            column = table.c[column_name]
            if column_name in DERIVED or isinstance(column.type, Geometry) or column_name == key:
                continue
            allowed = _allowed(name, column_name)
            required = not column.nullable and column.server_default is None
            specs[column_name] = FieldSpec(
                kind="enum" if allowed else _kind(column), required=required, allowed=allowed
            )
        if "build_year_text" in table.c:
            specs["build_year"] = FieldSpec(kind="year", required=False, allowed=None)
        if name in ("communities", "subdistricts", "projects"):
            specs["district"] = FieldSpec(kind="text", required=False, allowed=None)
        if name == "annual_targets":
            specs["area"] = FieldSpec(kind="text", required=False, allowed=None)
        fields[name] = specs
    return fields
