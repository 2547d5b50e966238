"""What a person answers about a file, and what the doctor's findings suggest as answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from dashboard.words import Words
from geo.crs import METRIC
from loaders import areas, reference, values
from loaders.catalogue import FieldSpec
from loaders.catalogue_checks import NEEDS_GEOMETRY, WITHOUT_GEOMETRY
from loaders.diagnosis import Diagnosis, FieldProfile
from loaders.field_names import header_parts
from loaders.fields import fields_by_target

IdKind = Literal["column", "row", "content"]
#: Tables that an upload may fill, in the order in which they are offered.
TARGETS = (
    "communities",
    "buildings",
    "subdistricts",
    "parcels",
    "facilities",
    "green_spaces",
    "water_areas",
    "population_points",
    "streets",
    "projects",
    "project_communities",
    "stage_events",
    "funding_entries",
    "monthly_investments",
    "annual_targets",
)
#: The doctor's suggestions under the names that single tables give them.
RENAMED: dict[str, dict[str, str]] = {
    "subdistricts": {"name": "name_zh", "subdistrict_name": "name_zh"},
    "parcels": {"kind_text": "land_use"},
    "buildings": {"kind_text": "use", "building_count": "", "residents": ""},
    "green_spaces": {"kind_text": "kind"},
    "water_areas": {"kind_text": "kind"},
    "streets": {"kind_text": "kind"},
    "annual_targets": {"district": "area", "build_year": "year"},
    "projects": {"build_year": "plan_year"},
}
#: Buildings are rarely larger; communities rarely smaller.
MEDIAN_BUILDING_M2 = 4000.0
#: A column of values that are nearly all known names is a column of such names.
MOST = 0.6
#: A key may be missing or repeated in this share of the rows at most.
NEARLY_ALL = 0.95
#: So many different values of a column can be given a meaning by hand.
MOST_VALUES = 40


@dataclass
class Answers:
    """One file's answers. `columns` maps a field of the target to a column; `constants` to one value for all rows."""

    target: str
    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    meanings: dict[str, dict[str, str]] = field(default_factory=dict)
    id_kind: IdKind = "content"
    id_column: str | None = None
    datum: str = "auto"
    crs: str = "auto"
    all_or_nothing: bool = False
    is_included: bool = True


@dataclass
class About:
    """What is said of all files together: who they come from, under which licence, as of when."""

    title: str = ""
    source: str = ""
    licence: str = ""
    as_of_date: str = ""
    district_code: str | None = None
    is_synthetic: bool = False


def suggested_answers(found: Diagnosis, target: str | None = None) -> Answers:
    """The answers that fit what the doctor found, for a chosen target or for the likeliest one."""
    chosen = target or likely_target(found)
    answers = Answers(chosen)
    specs = fields_by_target()[chosen]
    for profile in found.fields:
        name = suggested_field(profile, chosen, specs)
        if name is not None and name not in answers.columns:
            answers.columns[name] = profile.name
            if specs[name].kind in ("area_m2", "money_fen") and profile.unit in (
                "㎡",
                "万㎡",
                "公顷",
                "亩",
                "元",
                "万元",
                "亿元",
            ):
                answers.units[name] = profile.unit
    if "district" in answers.columns:
        answers.columns.pop("district_code", None)
    for name, spec in specs.items():
        if spec.allowed is not None and name in answers.columns:
            answers.meanings[name] = suggested_meanings(found, answers.columns[name], chosen, name)
    answers.id_kind, answers.id_column = _suggested_id(found, chosen, answers)
    return answers


def likely_target(found: Diagnosis) -> str:
    """The table that a file most probably fills, by its shapes and its columns."""
    fields = {p.suggested for p in found.fields if p.suggested}
    headers = " ".join(p.name for p in found.fields)
    kinds = {k.removeprefix("Multi") for k in found.geometry_kinds}
    if not kinds:
        if "项目" in headers or "project" in headers.lower():
            return "projects"
        return "communities"
    if kinds == {"Point"}:
        if "residents" in fields and not fields & {"build_year", "name"}:
            return "population_points"
        is_home = fields & {"build_year", "households", "building_count", "unit_price_cny_per_m2"}
        return "facilities" if "kind_text" in fields and not is_home else "communities"
    if "LineString" in kinds and "Polygon" not in kinds:
        return "streets"
    if _names_subdistricts(found):
        return "subdistricts"
    if "楼栋数" in headers or fields & {"building_count", "property_company"}:
        return "communities"
    if fields & {"storeys", "height_m"} or _median_area_m2(found) < MEDIAN_BUILDING_M2:
        return "buildings"
    if "kind_text" in fields or "用地" in headers:
        return "parcels"
    return "communities" if fields & {"name", "build_year", "households"} else "parcels"


def _names_subdistricts(found: Diagnosis) -> bool:
    known = set(reference.subdistricts()["name_zh"])
    stems = {n.removesuffix("街道").removesuffix("地区").removesuffix("镇").removesuffix("乡") for n in known}
    if len(found.raw.frame) > len(known):
        return False
    for profile in found.fields:
        if profile.suggested in ("name", "subdistrict_name") and profile.filled:
            texts = values.normalise_text(found.raw.frame[profile.name]).dropna()
            if (
                len(texts)
                and texts.map(lambda t: t in known or t in stems or t.endswith("街道")).mean() >= MOST
            ):
                return True
    return False


def _median_area_m2(found: Diagnosis) -> float:
    shapes = found.placed
    if shapes is None:
        return float("inf")
    surfaces = shapes[shapes.notna() & (shapes.geom_type.isin(["Polygon", "MultiPolygon"]))].head(500)
    return float(surfaces.to_crs(METRIC).area.median()) if len(surfaces) else float("inf")


def suggested_field(profile: FieldProfile, target: str, specs: Mapping[str, FieldSpec]) -> str | None:
    """The field of a target that a column may fill: by the field's own name or label, else as the doctor suggests."""
    plain, _ = header_parts(profile.name)
    labels = _labels(target)
    if plain in labels:
        return labels[plain]
    name = profile.suggested
    if name is None:
        return None
    name = RENAMED.get(target, {}).get(name, name)
    if name == "id" and "项目" in plain and "project_id" in specs:
        name = "project_id"
    if name == "amount_fen" and "amount_fen" not in specs:
        name = "planned_investment_fen"
    if name == "planned_investment_fen" and name not in specs:
        name = "amount_fen"
    return name if name in specs and not (name == "build_year" and profile.kind == "date") else None


def _labels(target: str) -> dict[str, str]:
    """Headers in plain form that are the name of a field of the target, in either language."""
    out: dict[str, str] = {}
    for name in fields_by_target()[target]:
        for label in (name, *(Words(lang).say(f"data.f_{name}") for lang in ("zh", "en"))):
            out.setdefault(header_parts(label)[0], name)
    return out


def allowed_labels(target: str, name: str, words: Words) -> dict[str, str]:
    """The values that a field of fixed values may take, with their names."""
    allowed = fields_by_target()[target][name].allowed or frozenset()
    tables = {
        ("facilities", "kind"): reference.facility_kinds,
        ("stage_events", "stage"): reference.stages,
        ("funding_entries", "funding_source"): reference.funding_sources,
    }
    if (target, name) in tables:
        rows = tables[target, name]()
        column = "name_en" if words.lang == "en" else "name_zh"
        return {k: label or k for k, label in zip(rows["key"], rows[column], strict=True) if k in allowed}
    return {k: words.say(f"data.value_{k}") for k in sorted(allowed)}


def distinct_values(found: Diagnosis, column: str) -> list[str]:
    """The different filled values of a column, the most frequent first."""
    texts = values.as_text(found.raw.frame[column])
    filled = texts[~values.is_placeholder(texts)].map(lambda v: v.strip() if isinstance(v, str) else v)
    return [str(v) for v in filled.value_counts().index[:MOST_VALUES]]


def suggested_meanings(found: Diagnosis, column: str, target: str, name: str) -> dict[str, str]:
    """For the values of a column that are the key or the name of an allowed value, that value."""
    known: dict[str, str] = {}
    for lang in ("zh", "en"):
        for key, label in allowed_labels(target, name, Words(lang)).items():
            known |= {key.casefold(): key, label.casefold(): key}
    out = {}
    for text in distinct_values(found, column):
        plain = text.casefold()
        near = [key for label, key in known.items() if len(plain) > 1 and (label in plain or plain in label)]
        if plain in known or len(set(near)) == 1:
            out[text] = known.get(plain) or near[0]
    return out


def _suggested_id(found: Diagnosis, target: str, answers: Answers) -> tuple[IdKind, str | None]:
    """A column of unique ids, else what the rows hold."""
    if target == "subdistricts":
        return "column", answers.columns.get("name_zh")
    rows = len(found.raw.frame)
    # A few repeated ids are faults of single rows, which are turned away with the reason; many make it no key.
    used = {
        v for k, v in answers.columns.items() if k in ("project_id", "community_id", "community_id_stated")
    }
    for profile in found.fields:
        is_whole = 0 < rows * NEARLY_ALL <= profile.distinct
        if profile.kind == "id" and is_whole and profile.name not in used:
            return "column", profile.name
    return "content", None


def hash_columns(found: Diagnosis, answers: Answers) -> list[str]:
    """What identifies a row by its content: the columns that are loaded as text, and the shape."""
    specs = fields_by_target()[answers.target]
    named = [
        c
        for n, c in answers.columns.items()
        if specs[n].kind in ("text", "enum", "date") or n in ("month", "year")
    ]
    columns = list(dict.fromkeys(named))
    if takes_shape(found, answers):
        columns.append("geometry")
    return columns or [p.name for p in found.fields[:3]]


def takes_shape(found: Diagnosis, answers: Answers) -> bool:
    """Whether the target gets shapes or points from this file."""
    without = answers.target in WITHOUT_GEOMETRY or answers.target == "projects"
    return bool(found.geometry_kinds) and not without


def needs_shape(target: str) -> bool:
    """Whether the target's rows are nothing without a shape."""
    return target in NEEDS_GEOMETRY


def ordered_fields(target: str, answers: Answers) -> tuple[list[str], list[str]]:
    """The target's fields that are required or filled, and the others."""
    specs = fields_by_target()[target]
    first = [n for n, s in specs.items() if s.required and n not in ("district_code", "area_code")]
    first += [n for n in answers.columns if n in specs and n not in first]
    if "district" in specs and "district" not in first:
        first.append("district")
    hidden = {"district_code", "area_code"}
    return first, [n for n in specs if n not in first and n not in hidden]


def district_names(lang: str) -> dict[str, str]:
    """The 16 districts by code."""
    rows = reference.districts()
    column = "name_en" if lang == "en" else "name_zh"
    return dict(zip(rows["district_code"], rows[column], strict=True))


def stated_district(founds: Sequence[Diagnosis]) -> str | None:
    """The one district that all rows of all files state, if they state one."""
    codes: set[str] = set()
    for found in founds:
        for profile in found.fields:
            if profile.suggested == "district":
                stated = areas.district_code(values.normalise_text(found.raw.frame[profile.name]))
                codes |= set(pd.Series(stated).dropna())
    return next(iter(codes)) if len(codes) == 1 else None
