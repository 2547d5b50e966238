"""Names in Beijing's manner, from word lists of this project's own; any likeness to a real place is chance."""

import numpy as np
import pandas as pd

from loaders.city.plan import choose

FIRST = (
    "安柏翠东丰芳福广海和恒红花华怀惠嘉建金锦景静康乐丽莲龙绿"
    "茂明宁平清庆荣瑞胜双顺松泰望文西祥兴秀雅阳永玉源月云长振志"
)
SECOND = (
    "安成春德定福阁庚光桂河和恒宏湖华晖吉济家井景康林陵龙楼满门"
    "木年宁平桥清泉荣润山善石寿顺塘亭桐旺翔新兴阳义营永园源远苑庄"
)
OLD_ENDS = (
    "东里",
    "西里",
    "南里",
    "北里",
    "中里",
    "小区",
    "一区",
    "二区",
    "三区",
    "东区",
    "西区",
    "里",
    "家属院",
    "宿舍",
)
NEW_ENDS = (
    "家园",
    "花园",
    "嘉园",
    "雅苑",
    "名苑",
    "新村",
    "公寓",
    "佳苑",
    "丽景",
    "小区",
    "新城",
    "家园南区",
    "家园北区",
)
STREET_ENDS = ("路", "街", "大街", "东路", "西路", "南街", "北街")
LANE_ENDS = ("胡同", "巷", "横街", "里街", "小街", "夹道")
UNITS = (
    "第一机床厂",
    "印刷厂",
    "棉纺厂",
    "电子管厂",
    "设计院",
    "地质队",
    "铁路局",
    "公交公司",
    "建工局",
    "供电局",
    "邮电局",
    "化工厂",
    "粮食局",
    "商业局",
    "水利院",
    "仪表厂",
)


def stems(rng: np.random.Generator, count: int) -> np.ndarray:
    """Two-character place names."""
    first = np.array(list(FIRST))[rng.integers(0, len(FIRST), count)]
    second = np.array(list(SECOND))[rng.integers(0, len(SECOND), count)]
    second = np.where(first == second, "宁", second)
    return np.char.add(first, second).astype(object)


def street_names(rng: np.random.Generator, streets: pd.DataFrame) -> pd.Series:
    """A name for every main street and for about half of the others (None: not named)."""
    count = len(streets)
    is_main = streets["is_main"].to_numpy()
    ends = np.where(
        is_main,
        choose(rng, STREET_ENDS, [5, 4, 3, 2, 2, 2, 2], count),
        choose(rng, LANE_ENDS, [3, 2, 2, 2, 3, 1], count),
    )
    names = stems(rng, count) + ends
    names[~is_main & (rng.random(count) < 0.5)] = None
    return pd.Series(names, index=streets.index, dtype=object)


def community_names(rng: np.random.Generator, homes: pd.DataFrame) -> pd.Series:
    """A name for every community that no other of its district has.

    `homes` has district_code, year, ownership, manner and street (the nearest named one).
    """
    count = len(homes)
    old = (homes["year"] < 1995).to_numpy()
    ends = np.where(
        old,
        choose(rng, OLD_ENDS, [9, 9, 7, 7, 3, 12, 3, 3, 2, 3, 3, 6, 5, 3], count),
        choose(rng, NEW_ENDS, [16, 9, 8, 6, 4, 3, 6, 6, 3, 10, 2, 2, 2], count),
    )
    stem = stems(rng, count)
    is_unit = old & np.isin(ends, ["家属院", "宿舍"])
    stem[is_unit] = choose(rng, UNITS, np.ones(len(UNITS)), int(is_unit.sum()))
    names = stem + ends
    number = rng.integers(1, 90, count).astype(str).astype(object)
    is_yard = old & ~is_unit & (rng.random(count) < 0.27)
    names[is_yard] = (homes["street"].to_numpy(dtype=object) + number + "号院")[is_yard]
    manner = homes["manner"].to_numpy()
    for kind, end in (("court", "胡同片区"), ("village", "村")):
        own = manner == kind
        names[own] = stem[own] + end
    return _unique(pd.Series(names, index=homes.index, dtype=object), homes["district_code"])


def _unique(names: pd.Series, district: pd.Series) -> pd.Series:
    """Later bearers of a name within a district get a number: 2号院, 3号院 …"""
    names = names.copy()
    while True:
        order = names.groupby([district, names], sort=False).cumcount()
        again = order > 0
        if not again.any():
            return names
        names[again] = names[again] + (order[again] + 1).astype(str) + "号院"
