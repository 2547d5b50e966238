"""Names of districts and subdistricts as sources write them, turned into codes."""

import re

import pandas as pd

from loaders import reference

_DISTRICT_SUFFIX = re.compile(r"(地区|区|县|district)$", re.IGNORECASE)
_SUBDISTRICT_SUFFIX = re.compile(r"(街道办事处|地区办事处|街道|地区|镇政府|镇|乡|办事处)$")
_CITY = re.compile(r"^(北京市|北京|beijing)\s*")


def district_code(names: pd.Series) -> pd.Series:
    """The 6-digit code of each district name: 东城区, 东城, dongcheng, Dongcheng District, 110101; else missing."""
    known: dict[str, str] = {}
    for row in reference.districts().itertuples():
        known |= {row.district_code: row.district_code, _district_key(row.name_zh): row.district_code}
        known[_district_key(row.name_en)] = row.district_code
    return names.map(lambda v: known.get(_district_key(v)) if isinstance(v, str) else None).astype(object)


def _district_key(name: str) -> str:
    text = _CITY.sub("", name.strip().lower()).replace(" ", "")
    return _DISTRICT_SUFFIX.sub("", text) if len(text) > 2 else text


def plain_district(name: str) -> str:
    """A name without the city before it and the district's ending after it, in lower case."""
    return _district_key(name)


def subdistrict_key(name: str) -> str:
    """A subdistrict's name without the ending that offices write or leave out."""
    text = name.strip().replace(" ", "")
    short = _SUBDISTRICT_SUFFIX.sub("", text)
    return short if len(short) >= 2 else text


def subdistrict_code(names: pd.Series, district: pd.Series) -> pd.Series:
    """The 9-digit code of each subdistrict name within its district, by the reference list; else missing.

    `district` holds 6-digit codes, or is missing where any district will do (then only a name that stands once
    in the city is answered).
    """
    rows = reference.subdistricts()
    by_pair = {
        (d, subdistrict_key(n)): c
        for c, d, n in zip(rows["subdistrict_code"], rows["district_code"], rows["name_zh"], strict=True)
    }
    by_name: dict[str, list[str]] = {}
    for (_, name), code in by_pair.items():
        by_name.setdefault(name, []).append(code)

    def find(name: object, code: object) -> str | None:
        if not isinstance(name, str):
            return None
        key = subdistrict_key(name)
        if isinstance(code, str):
            return by_pair.get((code, key)) or _only_near(by_pair, code, key)
        found = by_name.get(key, [])
        return found[0] if len(found) == 1 else None

    return pd.Series(
        [find(n, d) for n, d in zip(names, district, strict=True)], index=names.index, dtype=object
    )


def _only_near(by_pair: dict[tuple[str, str], str], district: str, key: str) -> str | None:
    """体育馆 for 体育馆路: the one name of the district that the written one begins, or that begins it."""
    near = [c for (d, n), c in by_pair.items() if d == district and (n.startswith(key) or key.startswith(n))]
    return near[0] if len(near) == 1 and len(key) >= 2 else None
