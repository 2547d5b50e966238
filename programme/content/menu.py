"""The content menu: items by scheme and class, each scheme with its version and days of effect (R15)."""

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from programme.content.errors import ContentError, checked, texts

NOT_SET = "not_set"
CLASSES = ("basic", "optional", "governance", "supplement", "regulation", "improvement", "upgrade")
#: Between the items of one row of the menu.
SEPARATOR = ";"
_SCHEME_KEYS = {"key", "name_zh", "name_en", "version", "effective_from", "effective_to", "source", "group"}
_SCHEME_TEXTS = ("key", "name_zh", "name_en", "version", "source")
_GROUP_KEYS = ("name_zh", "name_en", "content_class")


@dataclass(frozen=True)
class Scheme:
    """One version of a menu; `effective_from` is None where no source gives it, `classes` maps its groups' names."""

    key: str
    name_zh: str
    name_en: str
    version: str
    effective_from: dt.date | None
    effective_to: dt.date | None
    source: str
    classes: Mapping[str, str]
    group_names_en: Mapping[str, str]

    def is_in_force(self, on: dt.date) -> bool:
        """Whether it is known to hold on a day; never where its first day is not set."""
        if self.effective_from is None or on < self.effective_from:
            return False
        return self.effective_to is None or on <= self.effective_to


def schemes_from_toml(text: str, file_name: str) -> tuple[Scheme, ...]:
    """The schemes in the text of data/reference/content_schemes.toml, in its order.

    Raises ContentError naming file, scheme and key: content.schemes_unreadable, content.scheme_key_unknown,
    content.scheme_key_missing, content.scheme_value, content.scheme_twice.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ContentError("content.schemes_unreadable", file=file_name, detail=str(error)) from error
    for key in raw:
        if key != "scheme":
            raise ContentError("content.scheme_key_unknown", file=file_name, scheme="", key=key)
    listed = raw.get("scheme", [])
    if not isinstance(listed, list) or not all(isinstance(s, dict) for s in listed):
        raise ContentError("content.scheme_value", file=file_name, scheme="", key="scheme")
    found = tuple(_scheme(s, file_name, number) for number, s in enumerate(listed, 1))
    for column in ("key", "name_zh"):
        names = [getattr(s, column) for s in found]
        for name in names:
            if names.count(name) > 1:
                raise ContentError("content.scheme_twice", file=file_name, scheme=name, key=column)
    return found


def _scheme(raw: Mapping[str, Any], file_name: str, number: int) -> Scheme:
    at = {"file": file_name, "scheme": str(raw.get("key", f"#{number}"))}
    for key in raw:
        if key not in _SCHEME_KEYS:
            raise ContentError("content.scheme_key_unknown", **at, key=key)
    for key in (*_SCHEME_TEXTS, "effective_from", "group"):
        if key not in raw:
            raise ContentError("content.scheme_key_missing", **at, key=key)
    for key in _SCHEME_TEXTS:
        if not isinstance(raw[key], str) or not raw[key].strip():
            raise ContentError("content.scheme_value", **at, key=key)
    first, last = (_day(raw.get(key), key, at) for key in ("effective_from", "effective_to"))
    if first is not None and last is not None and last < first:
        raise ContentError("content.scheme_value", **at, key="effective_to")
    groups = raw["group"]
    if not isinstance(groups, list) or not groups or not all(isinstance(g, dict) for g in groups):
        raise ContentError("content.scheme_value", **at, key="group")
    for group in groups:
        for key in group:
            if key not in _GROUP_KEYS:
                raise ContentError("content.scheme_key_unknown", **at, key=f"group.{key}")
        for key in _GROUP_KEYS:
            if key not in group:
                raise ContentError("content.scheme_key_missing", **at, key=f"group.{key}")
            if not isinstance(group[key], str) or not group[key].strip():
                raise ContentError("content.scheme_value", **at, key=f"group.{key}")
        if group["content_class"] not in CLASSES:
            raise ContentError("content.scheme_value", **at, key="group.content_class")
    classes = {g["name_zh"]: g["content_class"] for g in groups}
    if len(classes) != len(groups):
        raise ContentError("content.scheme_value", **at, key="group.name_zh")
    told = {key: str(raw[key]) for key in _SCHEME_TEXTS}
    names = {g["name_zh"]: g["name_en"] for g in groups}
    return Scheme(effective_from=first, effective_to=last, classes=classes, group_names_en=names, **told)


def _day(value: Any, key: str, at: Mapping[str, str]) -> dt.date | None:
    if value is None or value == NOT_SET:
        return None
    if isinstance(value, dt.datetime) or not isinstance(value, dt.date):
        raise ContentError("content.scheme_value", **at, key=key)
    return value


def menu_items(rows: pd.DataFrame, schemes: tuple[Scheme, ...]) -> pd.DataFrame:
    """The items of the menu, one a row (R15).

    `rows` is data/reference/content_menu.csv: scheme, group, item_zh (several separated by ;), confidence. Returns
    item_id (scheme's key / item), scheme (its key), version, group, content_class, item, confidence, effective_from
    and effective_to (datetime64; NaT where not set or open), in the order of the rows. Raises ContentError:
    content.column_missing, content.scheme_unknown (a scheme or group that the schemes do not name),
    content.item_twice.
    """
    checked(rows, ("scheme", "group", "item_zh", "confidence"), "content_menu")
    by_name = {s.name_zh: s for s in schemes}
    found = []
    for name, group, items, confidence in rows[["scheme", "group", "item_zh", "confidence"]].itertuples(
        index=False
    ):
        scheme = by_name.get(name)
        if scheme is None or group not in scheme.classes:
            raise ContentError("content.scheme_unknown", scheme=str(name), group=str(group))
        for item in (i.strip() for i in str(items).split(SEPARATOR)):
            if item:
                found.append(
                    (
                        f"{scheme.key}/{item}",
                        scheme.key,
                        scheme.version,
                        group,
                        scheme.classes[group],
                        item,
                        confidence,
                        scheme.effective_from,
                        scheme.effective_to,
                    )
                )
    columns = ["item_id", "scheme", "version", "group", "content_class", "item", "confidence"]
    dates = ["effective_from", "effective_to"]
    frame = pd.DataFrame(found, columns=[*columns, *dates], dtype="object")
    twice = frame.loc[frame["item_id"].duplicated(), "item_id"]
    if len(twice):
        raise ContentError("content.item_twice", item_id=str(twice.iloc[0]))
    return frame.assign(**{d: pd.to_datetime(frame[d]).astype("datetime64[ns]") for d in dates})


def items_on(menu: pd.DataFrame, on: dt.date) -> pd.DataFrame:
    """The items of the schemes that are known to hold on a day; those whose first day is not set are left out."""
    day = pd.Timestamp(on)
    return menu[(menu["effective_from"] <= day) & ~(menu["effective_to"] < day)]


def off_menu(items: pd.Series, menu: pd.DataFrame) -> tuple[str, ...]:
    """The items (texts) that the menu does not name, sorted: they fit no class until somebody maps them."""
    told = {t for t in texts(items) if t is not None}
    return tuple(sorted(told - set(menu["item"])))
