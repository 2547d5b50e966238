"""The map's view model: decades, filters, colours, the card."""

import datetime as dt
from dataclasses import replace

import pandas as pd
import pytest

from dashboard.deck_expressions import Between, OneOf, filter_props
from dashboard.filters import Filters
from dashboard.map_layers import StoreLayers, decade_codes
from dashboard.viewmodels.map import (
    COLOUR_BY,
    KINDS,
    MapFilters,
    Names,
    colouring,
    conditions,
    deck_filters,
    legend_entries,
    passing,
)
from dashboard.viewmodels.map_card import community_card
from dashboard.viewmodels.map_rows import rows_table
from dashboard.words import Words
from store import queries, queries_map
from store.engine import Store
from tests.dashboard.small_store import WILD_NAME


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


NAMES = Names(batches=("2018-1", "2019-1"), structures=("砖混",))


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (MapFilters(), []),
        (
            MapFilters(year_to=1979, storeys_from=6, storeys_to=6, is_without_lift=True),
            ["1979 年及以前建成", "6 层", "没有电梯"],
        ),
        (MapFilters(year_from=1990, storeys_from=7), ["1990 年及以后建成", "7 层及以上"]),
        (MapFilters(batches=(2,), ages=("pre_2000", "unknown")), ["2000 年以前或年代不明", "批次 2019-1"]),
        (
            MapFilters(
                gates=("design", "tender"), fundings=("city",), precisions=("about",), structures=(1,)
            ),
            ["卡在确定设计方案或完成招标", "主要资金为市级财政", "大约年份", "砖混"],
        ),
    ],
)
def test_the_conditions_are_said(own: MapFilters, said: list[str]) -> None:
    assert conditions(own, NAMES, Words("zh"), "buildings") == said


def test_an_open_end_takes_in_what_lies_beyond() -> None:
    old = pd.DataFrame({"year": [1420, 1978, 2035, 0], "storeys": [1, 6, 50, -1]})
    early, tall = MapFilters(year_to=1979), MapFilters(storeys_from=20)
    assert passing(old, early, filters(), "buildings")["year"].tolist() == [1420, 1978]
    assert passing(old, MapFilters(year_from=1980), filters(), "buildings")["year"].tolist() == [2035]
    assert passing(old, tall, filters(), "buildings")["storeys"].tolist() == [50]


def test_stage_and_no_project_exclude_each_other() -> None:
    own = MapFilters(stages=("started",), is_without_project=True)
    assert passing(rows(), own, filters(), "buildings").empty


def test_every_filter_at_once_is_still_what_the_browser_can_do() -> None:
    own = MapFilters(1950, 1999, 1, 6, ("started",), True, True, (1,), ("unknown",))
    rules = deck_filters(own, filters(district_code="110101", has_central=False), "buildings")
    assert sum(isinstance(r, Between) for r in rules) == 4 and sum(isinstance(r, OneOf) for r in rules) == 4
    more = replace(own, gates=("design",), fundings=("city",), precisions=("year",), structures=(1, 2))
    rules = deck_filters(more, filters(district_code="110101", has_central=False), "buildings")
    props = filter_props(rules)
    assert props["extensions"][0] == {"@@type": "DataFilterExtension", "filterSize": 4, "categorySize": 1}
    assert props["filterCategories"] == [1]
    for asked in (
        "gate=='design'",
        "funding=='city'",
        "precision=='year'",
        "structure==1||properties.structure==2",
    ):
        assert asked in props["getFilterCategory"]


def test_structures_are_asked_of_buildings_alone() -> None:
    held = pd.DataFrame({"structure": [1, 2, 0]})
    own = MapFilters(structures=(2,))
    assert passing(held, own, filters(), "buildings")["structure"].tolist() == [2]
    assert len(passing(held.drop(columns="structure"), own, filters(), "communities")) == 3
    assert own.asks_for_buildings and own.is_active


def test_lists_from_data_stay_out_of_expressions() -> None:
    wild = Names(batches=tuple(f"']+alert({i})+['" for i in range(12)))
    assert "alert" not in colouring("batch", "buildings").expression(200)
    entries = legend_entries("batch", Words("zh"), wild)
    assert [e.label for e in entries[-2:]] == ["其他", "未列入项目或未分批次"]


def test_rows_and_card_of_the_small_city(
    small: Store, monkeypatch: pytest.MonkeyPatch, small_url: str
) -> None:
    monkeypatch.setenv("ATLAS_DATABASE_URL", small_url)
    layers = StoreLayers()
    homes, houses = layers.rows("communities"), layers.rows("buildings")
    assert layers.rows("communities") is homes  # made once for each revision
    assert "geometry" not in homes and len(homes) == 6
    stages = homes.set_index("id")["stage"]
    assert stages["C6"] == "none" and stages["C1"] != "none"
    own_stage = houses.merge(homes[["id", "stage"]], left_on="community", right_on="id")
    assert (own_stage["stage_x"] == own_stage["stage_y"]).all()  # a building follows its community's project
    assert homes.set_index("id")["central"].loc[["C1", "C3"]].tolist() == [0, 1]

    runs = queries.sources(small, "communities")
    card = community_card(queries_map.community_card(small, "C2"), runs, Words("zh"))
    assert card is not None and card.name == WILD_NAME
    assert len(card.buildings) == 3 and set(card.buildings["year_source"]) == {"随小区"}
    assert len(card.projects) == 1
    table = rows_table(homes, "communities", _facts(), Names(), Words("en"), {})
    shown = table.shown(Words("en"))
    assert len(shown) == 6 and shown["Build year"].isna().sum() == 1
