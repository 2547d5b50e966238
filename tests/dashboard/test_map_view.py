"""The map's view model: decades, filters, colours, the card."""

import datetime as dt
from dataclasses import replace

import pandas as pd
import pytest

from dashboard.deck_expressions import Between, OneOf
from dashboard.filters import Filters
from dashboard.map_layers import StoreLayers, decade_codes
from dashboard.viewmodels.map import (
    COLOUR_BY,
    KINDS,
    MapFilters,
    colouring,
    community_card,
    deck_filters,
    legend_entries,
    passing,
)
from dashboard.words import Words


def filters(**changes: str | None) -> Filters:
    base = Filters.from_query({}, _facts(), "zh")
    return replace(base, **changes)


def _facts():  # type: ignore[no-untyped-def]
    from dashboard.filters import Area, StoreFacts

    return StoreFacts(
        years=(2020,),
        latest_date=dt.date(2020, 8, 31),
        districts={"110101": Area("110101", "东城区", "Dongcheng", "110101")},
        subdistricts={},
    )


def test_decades_spans_and_unknowns() -> None:
    low = pd.Series([1949, 1950, 1985, 1985, 1998, 2024, None, None])
    high = pd.Series([1949, 1959, 1985, 1992, 2001, 2031, 1979, None])
    assert decade_codes(low, high).tolist() == [
        "before_1950",
        "1950",
        "1980",
        "spanning",
        "spanning",
        "2020",
        "1970",
        "unknown",
    ]


def rows() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": list("abcd"),
            "year": [1978, 1978, 2003, 0],
            "storeys": [6, 5, 18, -1],
            "lifts": [0, 0, 2, -1],
            "has_project": [0, 1, 0, 0],
            "stage": ["none", "started", "none", "none"],
            "district": [110101, 110101, 110102, 110101],
            "subdistrict": [110101001, 110101002, 110102001, 0],
        }
    )


@pytest.mark.parametrize(
    ("own", "left"),
    [
        (MapFilters(), "abcd"),
        (MapFilters(year_from=1900, year_to=1979), "ab"),  # what has no year is left out
        (MapFilters(year_from=1900, year_to=1979, storeys_from=6, storeys_to=6), "a"),
        (MapFilters(is_without_lift=True), "ab"),  # not known is not "none"
        (MapFilters(is_without_lift=True, is_without_project=True), "a"),
        (MapFilters(stages=("started", "completed")), "b"),
    ],
)
def test_rows_pass_as_the_browser_lets_them_pass(own: MapFilters, left: str) -> None:
    assert "".join(passing(rows(), own, filters(), "buildings")["id"]) == left


def test_the_place_is_a_filter_too() -> None:
    assert "".join(passing(rows(), MapFilters(), filters(district_code="110101"), "buildings")["id"]) == "abd"
    one = filters(district_code="110101", subdistrict_code="110101002")
    assert "".join(passing(rows(), MapFilters(), one, "buildings")["id"]) == "b"


def test_deck_filters_stay_within_what_the_browser_can_do() -> None:
    own = MapFilters(1950, 1999, 1, 6, ("started",), True, True)
    rules = deck_filters(own, filters(district_code="110101"), "buildings")
    assert sum(isinstance(r, Between) for r in rules) <= 4 and sum(isinstance(r, OneOf) for r in rules) <= 4


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("colour_by", COLOUR_BY)
def test_every_colouring_has_a_legend_of_its_colours(colour_by: str, lang: str) -> None:
    entries = legend_entries(colour_by, Words(lang))
    assert len({e.colour for e in entries}) == len(entries)
    for kind in KINDS:
        assert colouring(colour_by, kind).expression(200)
    if colour_by != "completeness":
        assert entries[-1].is_no_data


def test_no_card_for_a_community_that_is_not_held() -> None:
    empty = {"community": pd.DataFrame()}
    assert community_card(empty, pd.DataFrame(columns=["run_id"]), Words("zh")) is None


def test_a_rebuilt_store_never_shares_a_revision(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = set()
    for name in ("one", "two"):
        monkeypatch.setenv("ATLAS_DATABASE_URL", f"sqlite:///{tmp_path / name}.sqlite")
        layers = StoreLayers()
        seen.add(layers.revision())
        assert layers.revision() in seen
    assert len(seen) == 2
