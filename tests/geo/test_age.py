"""Before or after 2000: ranges, inherited years, mixed communities."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.age import AGE_CLASSES, PRE_2000_LAST_YEAR, age_class, building_ages, community_age

years = st.one_of(st.none(), st.integers(1900, 2025))


def frame(rows: list[tuple], **more: list) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["build_year_from", "build_year_to", "build_year_precision"])
    return table.assign(**more)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (1999, 1999, "pre_2000"),
        (2000, 2000, "post_2000"),
        (1995, 2003, "unknown"),
        (1980, None, "pre_2000"),
        (None, 2001, "post_2000"),
        (None, None, "unknown"),
    ],
)
def test_the_class_of_a_range(low: int | None, high: int | None, expected: str) -> None:
    assert age_class(pd.Series([low]), pd.Series([high])).tolist() == [expected]


@given(st.lists(st.tuples(years, years), min_size=1, max_size=20))
def test_a_class_is_only_given_where_both_ends_agree(pairs: list[tuple]) -> None:
    ordered = [tuple(sorted(p)) if None not in p else p for p in pairs]
    low, high = (pd.Series(v, dtype="Float64") for v in zip(*ordered, strict=True))
    for (a, b), found in zip(ordered, age_class(low, high), strict=True):
        ends = {v <= PRE_2000_LAST_YEAR for v in (a, b) if v is not None}
        assert found == (
            "unknown" if len(ends) != 1 else AGE_CLASSES[0] if ends == {True} else AGE_CLASSES[1]
        )


def test_precision_unknown_outweighs_the_years() -> None:
    found = age_class(pd.Series([1980, 1980]), pd.Series([1980, 1980]), pd.Series(["unknown", "year"]))
    assert found.tolist() == ["unknown", "pre_2000"]


def test_buildings_take_their_communitys_year_only_without_their_own() -> None:
    houses = frame(
        [(2005, 2005, "year"), (None, None, "unknown"), (None, None, None), (1988, None, "unknown")],
        community_id=["a", "a", None, "a"],
    )
    homes = frame([(1980, 1989, "decade")], community_id=["a"])
    found = building_ages(houses, homes)
    assert found["year_source"].tolist() == ["own", "community", "none", "community"]
    assert found["age_class"].tolist() == ["post_2000", "pre_2000", "unknown", "pre_2000"]
    assert found["decade"].tolist()[:2] == [2000, 1980] and pd.isna(found["decade"].iloc[2])
    assert found["precision"].tolist() == ["year", "decade", "unknown", "decade"]


def test_communities_are_judged_by_their_own_year_first_and_mixed_is_said() -> None:
    homes = frame(
        [(1985, 1985, "year"), (None, None, "unknown"), (None, None, "unknown"), (None, None, "unknown")],
        community_id=["own", "by_houses", "mixed", "bare"],
    )
    houses = pd.DataFrame(
        {
            "community_id": ["own", "own", "by_houses", "mixed", "mixed", None],
            "age_class": ["post_2000", "pre_2000", "pre_2000", "pre_2000", "post_2000", "pre_2000"],
            "year_source": ["own", "community", "own", "own", "own", "own"],
            "floor_area_m2": [100.0, 300.0, np.nan, 900.0, 100.0, 5.0],
        }
    )
    found = community_age(homes, houses).set_index(homes["community_id"])
    assert found["age_class"].to_dict() == {
        "own": "pre_2000",
        "by_houses": "pre_2000",
        "mixed": "unknown",
        "bare": "unknown",
    }
    assert found["is_mixed_age"].to_dict() == {"own": True, "by_houses": False, "mixed": True, "bare": False}
    share = found["pre_2000_share_pct"]
    assert share["own"] == 75.0 and share["mixed"] == 90.0 and share["by_houses"] == 100.0
    assert np.isnan(share["bare"])
    assert found["buildings"].tolist() == [2, 1, 2, 0]
