"""Search as it is typed."""

import pandas as pd
import pytest

from dashboard.search import SearchIndex


@pytest.fixture
def index() -> SearchIndex:
    names = ["东直门北里", "朝阳门南小街", "和平里一区", "安贞里", "东直门", "<img src=x>", "(.*)"]
    return SearchIndex.of(
        pd.DataFrame(
            {
                "community_id": [f"c{i}" for i in range(len(names))],
                "name": names,
                "address": ["东城区 1 号", "朝内大街 8 号", None, "安外", "x", "y", "z"],
                "district_code": "110101",
                "lon": 116.4,
                "lat": 39.9,
            }
        )
    )


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("dzm", "东直门"),
        ("dongzhimen", "东直门"),
        ("东直门北", "东直门北里"),
        ("chaoyangmen", "朝阳门南小街"),
        ("cym", "朝阳门南小街"),
        ("HePingLi", "和平里一区"),
        ("朝内", "朝阳门南小街"),
        ("<img", "<img src=x>"),
        ("(.*", "(.*)"),
    ],
)
def test_what_is_typed_finds_its_place(index: SearchIndex, typed: str, first: str) -> None:
    assert index.find(typed)["name"].iloc[0] == first


def test_nothing_typed_finds_nothing(index: SearchIndex) -> None:
    assert index.find("  ").empty and index.find("没有这个小区").empty


def test_an_empty_store_is_searched_in_peace() -> None:
    columns = ["community_id", "name", "address", "district_code", "lon", "lat"]
    assert SearchIndex.of(pd.DataFrame(columns=columns)).find("dzm").empty
