"""The plan's mechanisms and the annex's duties, as data: who leads, who is responsible, who has to do what."""

from functools import cache

import pandas as pd

from loaders.reference import REFERENCE_DIR
from programme.duties.responsibility import ALL_DISTRICTS


@cache
def _table(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE_DIR / name, dtype=str, keep_default_na=False, encoding="utf-8")


def mechanisms() -> pd.DataFrame:
    """The fifteen mechanisms (R59): no (int), name_zh, name_en, lead, responsible; the fifteenth names no unit."""
    return _table("mechanisms.csv").astype({"no": "int64"})


def duties() -> pd.DataFrame:
    """The annex (R61): duty_id, unit, mechanism_no (Int64, missing where a duty belongs to none), text_zh, text_en,
    clause."""
    held = _table("duties.csv")
    number = pd.to_numeric(held["mechanism_no"].replace("", None))
    return held.assign(mechanism_no=number.astype("Int64"))


@cache
def departments() -> tuple[str, ...]:
    """The seventeen departments of the annex, in its order; the districts, which it names together, are not among
    them."""
    return tuple(u for u in dict.fromkeys(duties()["unit"]) if u != ALL_DISTRICTS)


def district_unit(district_name_zh: str) -> str:
    """How a district's government is named as a unit: 东城区政府."""
    return f"{district_name_zh}政府"


def subdistrict_unit(subdistrict_name_zh: str) -> str:
    """How a subdistrict's or town's body is named as a unit: 东华门街道办事处, 张家湾镇政府."""
    is_office = subdistrict_name_zh.endswith(("街道", "地区"))
    return f"{subdistrict_name_zh}办事处" if is_office else f"{subdistrict_name_zh}政府"
