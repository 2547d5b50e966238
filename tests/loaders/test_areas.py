"""Names of areas as offices write them."""

import pandas as pd

from loaders.areas import district_code, subdistrict_code


def test_districts_by_any_spelling() -> None:
    names = pd.Series(
        ["东城区", "东城", "dongcheng", "Dongcheng District", "北京市东城区", "110101", "火星区", None]
    )
    assert district_code(names).tolist()[:6] == ["110101"] * 6
    assert district_code(names).isna().tolist()[6:] == [True, True]


def test_subdistricts_with_and_without_their_ending() -> None:
    names = pd.Series(["和平里街道", "和平里", "体育馆街道", "四季青镇", "四季青地区", "没有的街道", None])
    within = pd.Series(["110101", "110101", "110101", "110108", "110108", "110101", "110101"])
    codes = subdistrict_code(names, within)
    assert codes[0] == codes[1] == "110101010"
    assert codes[2] == "110101015"
    assert codes[3] == codes[4] and codes[3].startswith("110108")
    assert codes[5:].isna().all()


def test_a_name_that_stands_in_two_districts_needs_its_district() -> None:
    from loaders import reference

    counts = reference.subdistricts()["name_zh"].value_counts()
    twice = counts.index[counts > 1][0]
    assert subdistrict_code(pd.Series([twice]), pd.Series([None])).isna().all()
