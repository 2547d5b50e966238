"""The declarative description of a source (`data/catalogues/*.toml`), checked before any data is touched."""

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from loaders.catalogue_checks import layer_faults
from loaders.errors import CatalogueError, Fault

Target = Literal[
    "districts",
    "subdistricts",
    "communities",
    "buildings",
    "parcels",
    "facilities",
    "population_points",
    "green_spaces",
    "water_areas",
    "streets",
    "projects",
    "project_communities",
    "stage_events",
    "funding_entries",
    "monthly_investments",
    "annual_targets",
]
Format = Literal[
    "auto", "gpkg", "shp", "geojson", "fgb", "parquet", "kml", "osm_pbf", "csv", "xlsx", "json_records"
]
Unit = Literal[
    "m2",
    "㎡",
    "平方米",
    "万㎡",
    "公顷",
    "亩",
    "元",
    "万元",
    "亿元",
    "year_text",
    "date",
    "bool",
    "int",
    "text",
]
Kind = Literal["text", "int", "float", "year", "money_fen", "area_m2", "date", "bool", "enum", "id", "json"]

MOST_CATALOGUE_BYTES = 1_000_000
MOST_HEADER_ROWS = 5
_KEY = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
_EPSG = re.compile(r"^(auto|EPSG:\d{4,6})$")
_AS_OF = re.compile(r"^(\d{4}(-(0[1-9]|1[0-2]))?|unknown)$")


@dataclass(frozen=True)
class FieldSpec:
    """What a target table asks of one of its fields."""

    kind: Kind
    required: bool = False
    allowed: frozenset[str] | None = None


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False, strict=False)


Name = Annotated[str, Field(min_length=1, max_length=200)]


class IdRule(_Strict):
    """Where a row's key comes from: a column, a template over columns and `{row}`, or a hash of columns."""

    from_: Name | None = Field(None, alias="from")
    template: Name | None = None
    hash_of: list[Name] | None = Field(None, min_length=1)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [v for v in (self.from_, self.template, self.hash_of) if v is not None]
        if len(given) != 1:
            raise PydanticCustomError("catalogue.id_one_way", "one of from, template, hash_of")
        return self


class FieldMapping(_Strict):
    """How one field of the target is filled. A plain string in the file means `{from = "…"}`."""

    from_: Name | None = Field(None, alias="from")
    unit: Unit | None = None
    values: dict[str, str | int | float | bool] | None = Field(None, min_length=1)
    default: str | int | float | bool | None = None
    constant: str | int | float | bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: Any) -> Any:
        return {"from": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.from_ is not None and self.constant is not None:
            raise PydanticCustomError("catalogue.two_sources", "from and constant")
        if self.from_ is None and self.constant is None:
            raise PydanticCustomError("catalogue.no_source", "neither from nor constant")
        if self.constant is not None and (self.values or self.default is not None):
            raise PydanticCustomError("catalogue.constant_alone", "constant takes no values or default")
        return self


class DatumEvidence(_Strict):
    """Columns that state the area of a row, against which the datum is tested."""

    stated_area_field: Name | None = None
    stated_areas_are: Literal["district", "subdistrict", "auto"] = "auto"


Filter = dict[Name, str | int | float | bool | list[str | int | float | bool]]


class Layer(_Strict):
    """One layer of a source and the table it fills."""

    key: Name
    target: Target
    path: Name
    format: Format = "auto"
    layer: Name | None = None
    encoding: Name = "auto"
    crs: str = "auto"
    datum: Literal["auto", "wgs84", "gcj02", "bd09"] = "auto"
    geometry: Literal["auto", "point", "line", "polygon", "none"] = "auto"
    x: Name | None = None
    y: Name | None = None
    coordinates: Name = "lnglat"
    records: Name | None = None
    header_rows: int | Literal["auto"] = "auto"
    id: IdRule
    fields: dict[Name, FieldMapping] = Field(default_factory=dict)
    filter: Filter = Field(default_factory=dict)
    all_or_nothing: bool = False
    datum_evidence: DatumEvidence | None = None
    licence: Name | None = None
    as_of_date: str | None = None

    @field_validator("key")
    @classmethod
    def _key_is_plain(cls, value: str) -> str:
        return _plain_key(value)

    @field_validator("header_rows", mode="before")
    @classmethod
    def _header_rows_are_few(cls, value: Any) -> Any:
        if value != "auto" and not (type(value) is int and 1 <= value <= MOST_HEADER_ROWS):
            raise PydanticCustomError("catalogue.header_rows", "auto or 1 to 5")
        return value

    @field_validator("crs")
    @classmethod
    def _crs_is_code(cls, value: str) -> str:
        if not _EPSG.match(value):
            raise PydanticCustomError("catalogue.crs", "auto or EPSG:n")
        return value

    @field_validator("as_of_date", mode="before")
    @classmethod
    def _as_of(cls, value: Any) -> str | None:
        return None if value is None else _as_of_text(value)


class About(_Strict):
    """Who the source is, under which licence, and as of when."""

    key: Name
    title_zh: Name
    title_en: Name
    district_code: str | None = Field(None, pattern=r"^\d{6}$")
    is_synthetic: bool = False
    licence: Name
    licence_note: str | None = None
    source: Name
    as_of_date: str

    @field_validator("key")
    @classmethod
    def _key_is_plain(cls, value: str) -> str:
        return _plain_key(value)

    @field_validator("as_of_date", mode="before")
    @classmethod
    def _as_of(cls, value: Any) -> str:
        return _as_of_text(value)


class Catalogue(_Strict):
    """A whole description: `[catalogue]` and its `[[layer]]` tables."""

    catalogue: About
    layers: list[Layer] = Field(alias="layer", min_length=1)


def load_catalogue(path: Path, fields_by_target: Mapping[str, Mapping[str, FieldSpec]]) -> Catalogue:
    """The checked description in a TOML file; no data file is opened.

    `fields_by_target` says what each table asks for. Raises CatalogueError with every fault found, each with the
    path of its key.
    """
    return parse_catalogue(_text(path), path.name, fields_by_target)


def parse_catalogue(
    text: str, file: str, fields_by_target: Mapping[str, Mapping[str, FieldSpec]]
) -> Catalogue:
    """The checked description in a text; `file` names it in messages. Raises CatalogueError."""
    try:
        given = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as fault:
        raise CatalogueError(file, [("", "catalogue.not_toml", {"detail": str(fault)})]) from fault
    faults: list[Fault] = []
    catalogue = None
    try:
        catalogue = Catalogue.model_validate(given)
    except ValidationError as fault:
        faults += [_fault(error) for error in fault.errors()]
    faults += _checked_layers(given, catalogue, fields_by_target)
    if faults or catalogue is None:
        raise CatalogueError(file, faults)
    return catalogue


def _checked_layers(
    given: dict[str, Any],
    catalogue: Catalogue | None,
    fields_by_target: Mapping[str, Mapping[str, FieldSpec]],
) -> list[Fault]:
    """Faults that need the target's fields, of every layer that is sound in itself."""
    found: list[Fault] = []
    seen: dict[str, int] = {}
    tables = given.get("layer")
    for number, table in enumerate(tables if isinstance(tables, list) else []):
        place = f"layer[{number + 1}]"
        if catalogue is not None:
            layer = catalogue.layers[number]
        else:
            try:
                layer = Layer.model_validate(table)
            except ValidationError:
                continue  # its faults were reported with the whole description
        if layer.key in seen:
            found.append(
                (f"{place}.key", "catalogue.key_twice", {"value": layer.key, "first": seen[layer.key]})
            )
        seen.setdefault(layer.key, number + 1)
        found += layer_faults(layer, place, fields_by_target)
    return found


def _text(path: Path) -> str:
    try:
        data = path.read_bytes() if path.is_file() else None
    except OSError as fault:
        raise CatalogueError(path.name, [("", "catalogue.unreadable", {"detail": fault.strerror})]) from fault
    if data is None:
        raise CatalogueError(path.name, [("", "catalogue.missing", {})])
    if len(data) > MOST_CATALOGUE_BYTES:
        raise CatalogueError(path.name, [("", "catalogue.too_large", {"most": MOST_CATALOGUE_BYTES})])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise CatalogueError(path.name, [("", "catalogue.not_utf8", {"offset": fault.start})]) from fault


def _plain_key(value: str) -> str:
    if not _KEY.match(value):
        raise PydanticCustomError("catalogue.key_form", "lower-case letters, digits and _")
    return value


def _as_of_text(value: Any) -> str:
    """A day, a month or a year in ISO form, or "unknown"."""
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str):
        if _AS_OF.match(value):
            return value
        try:
            return dt.date.fromisoformat(value).isoformat()
        except ValueError:
            pass
    raise PydanticCustomError("catalogue.as_of_date", "ISO date, month, or unknown")


#: Pydantic's kinds of fault and the codes of our sentences.
_PYDANTIC = {
    "extra_forbidden": "catalogue.unknown_key",
    "missing": "catalogue.missing_key",
    "literal_error": "catalogue.not_an_option",
}


def _fault(error: Any) -> Fault:
    kind = error["type"]
    path = _key_path(error["loc"])
    given = error.get("input")
    shown = "" if isinstance(given, (dict, list)) or given is None else str(given)[:80]
    if kind.startswith("catalogue."):
        return path, kind, {"value": shown}
    code = _PYDANTIC.get(kind, "catalogue.wrong_value")
    expected = (error.get("ctx") or {}).get("expected") or error["msg"]
    return path, code, {"key": path.rsplit(".", 1)[-1], "value": shown, "expected": expected}


def _key_path(location: tuple[int | str, ...]) -> str:
    """The path as a person counts: the first layer is `layer[1]`."""
    out = ""
    for part in location:
        if isinstance(part, int):
            out += f"[{part + 1}]"
        elif not part.startswith(("constrained-", "function-", "literal[")):
            out += f".{part}" if out else part
    return out
