"""One layer on its way: from a raw table to good rows for the store, with the bad ones and their reasons beside."""

import datetime as dt
import hashlib
import string
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import BEIJING_BOUNDS
from geo.repair import Want, repair
from loaders import areas, reference, values
from loaders.catalogue import Catalogue, FieldMapping, FieldSpec, Layer
from loaders.commit import REJECTED_COLUMNS
from loaders.contracts import broken_rows
from loaders.fields import fields_by_target
from loaders.readers import RawTable
from store.tables import BASE_TABLES, key_column

#: Which geometry each target keeps.
WANTED_GEOMETRY: dict[str, Want] = {
    "districts": "polygon",
    "subdistricts": "polygon",
    "parcels": "polygon",
    "buildings": "polygon",
    "green_spaces": "polygon",
    "water_areas": "polygon",
    "streets": "line",
    "facilities": "point",
    "population_points": "point",
}
REPAIRED = {
    "repaired_ring",
    "repaired_self_crossing",
    "repaired",
    "dropped_parts",
}


@dataclass
class Rejections:
    """Faults collected while a layer is prepared, one entry for each row and field."""

    rows: RawTable
    source_columns: dict[str, str] = field(default_factory=dict)
    faults: list[tuple[Any, str | None, Any, str, dict[str, Any]]] = field(default_factory=list)

    def add(self, index: Iterable[Any], column: str | None, found: Any, code: str, **params: Any) -> None:
        """Turn rows away: `found` is one value for all, or a Series of values.

        A field of ours is named as the file names its column.
        """
        column = self.source_columns.get(column, column) if column else column
        for label in index:
            value = found.get(label) if isinstance(found, pd.Series) else found
            self.faults.append((label, column, value, code, params))

    @property
    def indexes(self) -> set[Any]:
        return {fault[0] for fault in self.faults}

    def frame(self) -> pd.DataFrame:
        """The faults as the store keeps them, with the whole row as it was found."""
        found = self.rows.frame
        out = []
        for label, column, value, code, params in self.faults:
            number = self.rows.row_number.get(label)
            out.append(
                (
                    number,
                    column,
                    None if _is_missing(value) else str(value),
                    code,
                    {
                        "row": None if number is None else int(number),
                        "field": column or "",
                        "value": _short(value),
                    }
                    | params,
                    {str(c): None if _is_missing(v) else str(v)[:300] for c, v in found.loc[label].items()},
                )
            )
        return pd.DataFrame(out, columns=REJECTED_COLUMNS)


def _is_missing(value: Any) -> bool:
    return value is None or (not isinstance(value, (list, dict)) and bool(pd.isna(value)))


def _short(value: Any) -> str:
    return "" if _is_missing(value) else str(value)[:80]


def chosen_rows(raw: RawTable, layer: Layer) -> pd.Series:
    """Which rows the layer's filter lets through."""
    keep = pd.Series(True, index=raw.frame.index)
    for column, wanted in layer.filter.items():
        options = [str(w) for w in (wanted if isinstance(wanted, list) else [wanted])]
        words = values.as_text(raw.frame[column]).map(lambda v: v.strip() if isinstance(v, str) else v)
        keep &= words.isin(options)
    return keep


# --- fields ------------------------------------------------------------------------------------------
def mapped_fields(
    raw: RawTable, keep: pd.Series, layer: Layer, catalogue: Catalogue, rejections: Rejections
) -> pd.DataFrame:
    """The target's columns, converted; rows whose values can't be read are put among the rejections."""
    specs = fields_by_target()[layer.target]
    found = raw.frame.loc[keep]
    out = pd.DataFrame(index=found.index)
    for name, mapping in layer.fields.items():
        spec = specs[name]
        if mapping.constant is not None:
            out[name] = mapping.constant
            continue
        texts = found[mapping.from_]
        if spec.kind == "year":
            _add_years(out, texts, mapping, rejections)
            continue
        converted, problems = convert(texts, spec, mapping)
        for code in sorted(set(problems.dropna())):
            rows = problems.index[problems == code]
            rejections.add(rows, mapping.from_ or name, texts, code)
        if mapping.default is not None:
            converted = converted.where(converted.notna(), mapping.default)
        out[name] = converted
    return _add_areas(out, layer, catalogue, rejections)


def convert(texts: pd.Series, spec: FieldSpec, mapping: FieldMapping) -> tuple[pd.Series, pd.Series]:
    """Values of a kind, and for each row a problem's code or missing. Missing stays missing."""
    none = pd.Series(None, index=texts.index, dtype=object)
    if mapping.values:
        words = values.as_text(texts).map(lambda v: v.strip() if isinstance(v, str) else v)
        known = words.map(mapping.values).astype(object)
        bad = ~values.is_placeholder(texts) & known.isna()
        return known, none.mask(bad, "reject.value_not_mapped")
    match spec.kind:
        case "int" | "float":
            return values.parse_numbers(texts, whole=spec.kind == "int")
        case "area_m2":
            return values.parse_area_m2(texts, unit=mapping.unit or "m2")
        case "money_fen":
            return values.parse_money_fen(texts, unit=mapping.unit)
        case "date":
            parsed = values.parse_dates(texts)
            return parsed["date"], parsed["problem"]
        case "bool":
            return values.parse_bool(texts)
        case "enum":
            known = values.normalise_text(texts)
            bad = known.notna() & ~known.isin(spec.allowed or frozenset())
            return known, none.mask(bad, "reject.value_not_allowed")
    return values.normalise_text(texts), none


def _add_years(out: pd.DataFrame, texts: pd.Series, mapping: FieldMapping, rejections: Rejections) -> None:
    years = values.parse_years(texts)
    for code in sorted(set(years["problem"].dropna())):
        rejections.add(years.index[years["problem"] == code], mapping.from_, texts, code)
    for column in ("build_year_from", "build_year_to", "build_year_precision"):
        out[column] = years[column]
    out["build_year_text"] = values.as_text(texts).map(
        lambda v: v.strip()[:60] if isinstance(v, str) else None
    )


def _add_areas(out: pd.DataFrame, layer: Layer, catalogue: Catalogue, rejections: Rejections) -> pd.DataFrame:
    """District names become codes; the catalogue's own district fills what the rows leave open."""
    columns = {c.name for c in BASE_TABLES[layer.target].columns}
    if "district" in out:
        stated = out.pop("district")
        codes = areas.district_code(stated)
        bad = stated.notna() & codes.isna()
        source = layer.fields["district"].from_ or "district"
        rejections.add(out.index[bad], source, stated, "reject.unknown_district")
        out["district_code"] = codes
    if "district_code" in columns:
        own = catalogue.catalogue.district_code
        if "district_code" not in out:
            out["district_code"] = None
        if own:
            out["district_code"] = out["district_code"].where(out["district_code"].notna(), own)
        known = set(reference.districts()["district_code"])
        bad = out["district_code"].notna() & ~out["district_code"].isin(known)
        rejections.add(out.index[bad], "district_code", out["district_code"], "reject.unknown_district")
    if "area" in out:
        stated = out.pop("area")
        city = stated.map(lambda v: str(v).strip() in ("北京市", "全市", "市", "Beijing", "110000"))
        codes = areas.district_code(stated).where(~city, "110000")
        rejections.add(out.index[codes.isna()], "area", stated, "reject.unknown_district")
        out["area_code"] = codes
    return out


# --- keys ------------------------------------------------------------------------------------------
def keys(
    raw: RawTable,
    rows: pd.DataFrame,
    layer: Layer,
    catalogue: Catalogue,
    geometry: gpd.GeoSeries | None,
    rejections: Rejections,
) -> pd.Series:
    """The key of every row: a source's own id, a template, or a hash of what identifies the row."""
    rule = layer.id
    found = raw.frame.loc[rows.index]
    if rule.from_:
        texts = values.normalise_text(found[rule.from_])
        if layer.target == "subdistricts":
            return _subdistrict_keys(texts, rows, catalogue, rejections)
        texts = texts.map(lambda v: None if _is_missing(v) else str(v)[:80])
        rejections.add(texts.index[texts.isna()], rule.from_, None, "reject.no_id")
        return texts
    if rule.template:
        return _templated_keys(rule.template, found, raw.row_number.loc[rows.index])
    return _hashed_keys(found, rows, layer, catalogue, geometry)


def _templated_keys(template: str, found: pd.DataFrame, row_number: pd.Series) -> pd.Series:
    names = {n for _, n, _, _ in string.Formatter().parse(template) if n and n != "row"}
    columns = {n: values.as_text(found[n]).map(lambda v: v if isinstance(v, str) else "") for n in names}
    made = [
        template.format_map({"row": int(number), **{n: columns[n].iloc[at] for n in names}})[:80]
        for at, number in enumerate(row_number)
    ]
    return pd.Series(made, index=row_number.index, dtype=object)


def _hashed_keys(
    found: pd.DataFrame,
    rows: pd.DataFrame,
    layer: Layer,
    catalogue: Catalogue,
    geometry: gpd.GeoSeries | None,
) -> pd.Series:
    parts: list[list[bytes]] = []
    for name in layer.id.hash_of or []:
        if name == "geometry":
            shapes = geometry.to_numpy() if geometry is not None else np.full(len(rows), None)
            parts.append([b"" if s is None else shapely.to_wkb(s) for s in shapes])
        else:
            parts.append([str(v).encode() for v in found[name]])
    prefix = f"{catalogue.catalogue.key}-{layer.key}"
    seals = [
        hashlib.blake2b(b"\x00".join(row), digest_size=8).hexdigest() for row in zip(*parts, strict=True)
    ]
    ids = pd.Series([f"{prefix}-{s}"[:80] for s in seals], index=rows.index)
    twins = ids.groupby(ids).cumcount()  # equal rows are told apart by their order, so that none is lost
    return ids.where(twins == 0, ids + "-" + (twins + 1).astype(str))


def _subdistrict_keys(
    texts: pd.Series, rows: pd.DataFrame, catalogue: Catalogue, rejections: Rejections
) -> pd.Series:
    is_code = texts.map(lambda v: isinstance(v, str) and v.isdigit() and len(v) in (9, 12))
    codes = areas.subdistrict_code(texts, rows["district_code"])
    codes = codes.where(~is_code, texts)
    rejections.add(codes.index[codes.isna()], "name", texts, "reject.unknown_subdistrict")
    return codes


def drop_repeated(key_name: str, rows: pd.DataFrame, rejections: Rejections) -> pd.DataFrame:
    """Rows whose key came before: the same content again is left out quietly as a repeat; a rival is turned away.

    The first row stays, so that nothing depends on which of several is taken.
    """
    repeated = rows[key_name].duplicated(keep="first")
    rejections.add(rows.index[repeated], key_name, rows[key_name], "reject.id_repeated")
    return rows.loc[~repeated]


# --- geometry ------------------------------------------------------------------------------------------
def repaired_geometry(
    shapes: gpd.GeoSeries, target: str, rejections: Rejections
) -> tuple[gpd.GeoSeries, int]:
    """Valid 2D shapes of the wanted kind in EPSG:4326; those beyond repair or outside the city are rejected."""
    result = repair(shapes, WANTED_GEOMETRY.get(target))
    fixed, action = result.geometry, result.action
    gone = fixed.isna() | fixed.is_empty
    for code in sorted(set(action[gone])):
        rejections.add(
            action.index[gone & (action == code)], "geometry", None, f"reject.geometry_{code or 'empty'}"
        )
    bounds = fixed.bounds
    west, south, east, north = BEIJING_BOUNDS
    outside = ~gone & (
        (bounds["maxx"] < west)
        | (bounds["minx"] > east)
        | (bounds["maxy"] < south)
        | (bounds["miny"] > north)
    )
    where = pd.Series(
        [f"{x:.5f}, {y:.5f}" for x, y in zip(bounds["minx"], bounds["miny"], strict=True)], index=fixed.index
    )
    rejections.add(fixed.index[outside], "geometry", where, "reject.outside_city")
    return fixed, int((~gone & action.isin(REPAIRED)).sum())


def checked(target: str, rows: pd.DataFrame, rejections: Rejections) -> pd.DataFrame:
    """Rows that keep the target's contract; the others are put among the rejections."""
    faults = broken_rows(target, pd.DataFrame(rows.drop(columns=["geometry", "point"], errors="ignore")))
    for fault in faults.itertuples(index=False):
        code = "reject." + fault.code.replace(".", "_")
        labels = rows.index if _is_missing(fault.row) else [fault.row]
        rejections.add(labels, fault.field, fault.value, code, expected=fault.expected)
    return rows.loc[~rows.index.isin(rejections.indexes)]


def fill_missing_names(target: str, rows: pd.DataFrame) -> pd.DataFrame:
    """What the store needs and a source may leave open, said plainly rather than made up."""
    out = rows.copy()
    if target in ("communities", "buildings") and "build_year_precision" not in out:
        out["build_year_precision"] = "unknown"
    if target == "projects" and "is_central_state" not in out:
        out["is_central_state"] = False
    return out


def today() -> dt.date:
    """Today in the office's own time."""
    return dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()


def key_of(target: str) -> str:
    """The key column of a target table."""
    return key_column(BASE_TABLES[target])
