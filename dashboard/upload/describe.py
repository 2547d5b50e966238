"""From answers to a catalogue: the same TOML that the command line reads, checked by the same check."""

import glob
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.upload.answers import About, Answers, hash_columns, needs_shape, takes_shape
from dashboard.words import Words
from loaders.catalogue import Catalogue, parse_catalogue
from loaders.diagnosis import Diagnosis
from loaders.fields import fields_by_target
from loaders.pinyin import initials
from store.tables import BASE_TABLES

MOST_KEY = 40


@dataclass(frozen=True)
class Described:
    """One file with its answers, as the catalogue will describe it."""

    number: int
    shown: str
    found: Diagnosis
    answers: Answers


def catalogue_key(about: About) -> str:
    """A key that only the title and the source decide: the same source loaded again keeps the keys of its rows."""
    told = f"{about.title.strip()}\x00{about.source.strip()}".encode("utf-8", "replace")
    seal = hashlib.blake2b(told, digest_size=4).hexdigest()
    letters = "".join(c for c in initials(about.title) if c.isascii() and c.isalnum())[:12]
    return f"u_{letters}_{seal}" if letters else f"u_{seal}"


def form_faults(files: Sequence[Described], about: About, words: Words) -> list[str]:
    """What is still missing, one plain sentence each; empty when the files can be tried."""
    faults = []
    for name in ("title", "source", "licence"):
        if not getattr(about, name).strip():
            faults.append(words.say("data.need_about", field=words.say(f"data.about_{name}")))
    if not files:
        faults.append(words.say("data.need_file"))
    for file in files:
        faults += _file_faults(file, about, words)
    return faults


def _file_faults(file: Described, about: About, words: Words) -> list[str]:
    answers, specs = file.answers, fields_by_target()[file.answers.target]
    filled = set(answers.columns) | set(answers.constants)
    faults = []
    for name, spec in specs.items():
        if name == "area_code":
            shown, is_open = "area", not filled & {"area_code", "area"}
        elif name == "district_code":
            told = filled & {"district_code", "district"} or about.district_code
            shown, is_open = "district", spec.required and not told
        else:
            shown, is_open = name, spec.required and name not in filled
        if is_open:
            code = "data.need_district" if shown == "district" else "data.need_field"
            faults.append(words.say(code, file=file.shown, field=words.say(f"data.f_{shown}")))
    for name, column in answers.columns.items():
        if specs[name].allowed is not None and not answers.meanings.get(name):
            faults.append(words.say("data.need_meanings", file=file.shown, column=column))
    if needs_shape(answers.target) and not takes_shape(file.found, answers):
        target = words.say(f"data.target_{answers.target}")
        faults.append(words.say("data.need_shape", file=file.shown, target=target))
    if answers.id_kind == "column" and answers.id_column is None:
        faults.append(words.say("data.need_id", file=file.shown))
    return faults


def catalogue_text(files: Sequence[Described], about: About) -> str:
    """The catalogue as TOML, layers in the order in which tables may be filled."""
    order = list(BASE_TABLES)
    head: dict[str, Any] = {
        "key": catalogue_key(about),
        "title_zh": about.title.strip(),
        "title_en": about.title.strip(),
        **({"district_code": about.district_code} if about.district_code else {}),
        "is_synthetic": about.is_synthetic,
        "licence": about.licence.strip(),
        "source": about.source.strip(),
        "as_of_date": about.as_of_date.strip() or "unknown",
    }
    parts = ["[catalogue]", *_lines(head)]
    for key, file in layer_keys(files):
        parts += ["", "[[layer]]", *_lines(_layer(key, file))]
        fields = _fields(file)
        if fields:
            parts += ["[layer.fields]", *_lines(fields)]
    assert all(f.answers.target in order for f in files)
    return "\n".join(parts) + "\n"


def stored_text(catalogue: Mapping[str, Any]) -> str:
    """A catalogue as the store keeps it with a run, as TOML again; what says nothing is left out."""
    parts = ["[catalogue]", *_lines(catalogue["catalogue"])]
    for layer in catalogue["layer"]:
        plain = {k: v for k, v in layer.items() if k != "fields" and v not in ("auto", {}, [], False)}
        parts += ["", "[[layer]]", *_lines(plain)]
        if layer.get("fields"):
            parts += ["[layer.fields]", *_lines(layer["fields"])]
    return "\n".join(parts) + "\n"


def layer_keys(files: Sequence[Described]) -> list[tuple[str, Described]]:
    """The files in the order of their tables, each with the key of its layer."""
    order = list(BASE_TABLES)
    seen: dict[str, int] = {}
    out = []
    for file in sorted(files, key=lambda f: (order.index(f.answers.target), f.number)):
        target = file.answers.target
        seen[target] = seen.get(target, 0) + 1
        out.append((target if seen[target] == 1 else f"{target}_{seen[target]}", file))
    return out


def checked_catalogue(files: Sequence[Described], about: About) -> Catalogue:
    """The catalogue that the answers describe. Raises CatalogueError with every fault."""
    return parse_catalogue(catalogue_text(files, about), f"{catalogue_key(about)}.toml", fields_by_target())


def _layer(key: str, file: Described) -> dict[str, Any]:
    answers, found = file.answers, file.found
    with_shape = takes_shape(found, answers)
    layer: dict[str, Any] = {"key": key, "target": answers.target, "path": path_of(file)}
    if found.raw.layer is not None and len(found.raw.layers) > 1:
        layer["layer"] = found.raw.layer
    if not with_shape:
        layer["geometry"] = "none"
    elif found.x is not None and found.y is not None:
        layer |= {"x": found.x, "y": found.y}
    if with_shape and answers.crs != "auto":
        layer["crs"] = answers.crs
    elif with_shape and answers.datum != "auto":
        layer["datum"] = answers.datum
    if answers.all_or_nothing:
        layer["all_or_nothing"] = True
    match answers.id_kind:
        case "column":
            layer["id"] = {"from": answers.id_column}
        case "row":
            layer["id"] = {"template": f"{answers.target[:12].upper()}-{{row}}"}
        case _:
            layer["id"] = {"hash_of": hash_columns(found, answers)}
    return layer


def path_of(file: Described) -> str:
    """The file's name as a catalogue's path: what would climb out or be a pattern is taken away."""
    plain = "".join("_" if c in '<>:"|?*\\/' else c for c in file.shown).lstrip("~.")
    return glob.escape(plain or f"{file.number}")


def _fields(file: Described) -> dict[str, Any]:
    answers = file.answers
    fields: dict[str, Any] = {}
    for name, column in answers.columns.items():
        mapping: dict[str, Any] = {"from": column}
        if answers.units.get(name):
            mapping["unit"] = answers.units[name]
        if answers.meanings.get(name):
            mapping["values"] = answers.meanings[name]
        fields[name] = column if len(mapping) == 1 else mapping
    for name, value in answers.constants.items():
        if name not in fields:
            fields[name] = {"constant": value}
    return fields


def _lines(table: Mapping[str, Any]) -> list[str]:
    return [f"{_key(name)} = {_value(value)}" for name, value in table.items()]


def _key(name: str) -> str:
    is_bare = bool(name) and all(c.isascii() and (c.isalnum() or c in "_-") for c in name)
    return name if is_bare else _value(name)


def _value(value: Any) -> str:
    """A value as TOML; strings as JSON writes them, which TOML reads alike once DEL is escaped too."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        clean = value.encode("utf-8", "replace").decode("utf-8")
        return json.dumps(clean, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        return "{ " + ", ".join(_lines(value)) + " }"
    if isinstance(value, Sequence):
        return "[" + ", ".join(_value(v) for v in value) + "]"
    return repr(value)
