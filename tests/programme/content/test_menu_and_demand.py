"""The menu with its versions, and demand against plan."""

import csv
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programme.content.demand import Fit, demand_matrix, item_counts, planned_items
from programme.content.errors import ContentError
from programme.content.menu import items_on, menu_items, off_menu, schemes_from_toml
from tests.programme.frames import DAY

REFERENCE = Path(__file__).resolve().parents[3] / "data" / "reference"
SCHEMES = (REFERENCE / "content_schemes.toml").read_text(encoding="utf-8")


def table(columns: str, *rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=columns.split(), dtype="object")


def shipped() -> pd.DataFrame:
    with (REFERENCE / "content_menu.csv").open(encoding="utf-8", newline="") as file:
        rows = pd.DataFrame(list(csv.DictReader(file)), dtype="object")
    return menu_items(rows, schemes_from_toml(SCHEMES, "content_schemes.toml"))


def test_the_shipped_menu_by_scheme_and_class() -> None:
    menu = shipped()
    sizes = menu.groupby(["scheme", "content_class"]).size().to_dict()
    assert sizes[("six_seven_three", "governance")] == 6
    assert sizes[("six_seven_three", "supplement")] == 7
    assert sizes[("six_seven_three", "regulation")] == 3
    assert sizes[("menu_2018_2020", "optional")] == 3
    assert sizes[("state_council_2020_23", "improvement")] == 12  # twelve items in one row
    assert not menu["item"].str.contains(";").any() and menu["item_id"].is_unique
    on = items_on(menu, DAY("2020-06-30"))
    assert set(on["scheme"]) == {"six_seven_three", "menu_2018_2020"}  # no date is guessed for the fourth
    assert set(items_on(menu, DAY("2020-12-31"))["scheme"]) == set(on["scheme"])
    assert set(items_on(menu, DAY("2021-01-01"))["scheme"]) == {"six_seven_three", "guide_2021"}
    assert off_menu(pd.Series(["加装电梯", " ", None, "修喷泉"]), menu) == ("修喷泉",)


SCHEME = """[[scheme]]
key = "k"
name_zh = "甲"
name_en = "K"
version = "1"
effective_from = 2020-01-01
source = "s"
[[scheme.group]]
name_zh = "基础类"
name_en = "Basic"
content_class = "basic"
"""


@pytest.mark.parametrize(
    ("old", "new", "code", "key"),
    [
        ('version = "1"\n', "", "content.scheme_key_missing", "version"),
        ('version = "1"', 'version = "1"\ncolour = 1', "content.scheme_key_unknown", "colour"),
        ('content_class = "basic"', 'content_class = "base"', "content.scheme_value", "group.content_class"),
        ('name_en = "Basic"', 'name = "Basic"', "content.scheme_key_unknown", "group.name"),
        ("effective_from = 2020-01-01", 'effective_from = "soon"', "content.scheme_value", "effective_from"),
        ('source = "s"', 'source = "s"\neffective_to = 2019-01-01', "content.scheme_value", "effective_to"),
        ('name_en = "K"', 'name_en = ""', "content.scheme_value", "name_en"),
    ],
)
def test_the_schemes_are_read_strictly(old: str, new: str, code: str, key: str) -> None:
    assert schemes_from_toml(SCHEME, "f.toml")[0].classes == {"基础类": "basic"}
    assert old in SCHEME
    with pytest.raises(ContentError) as refused:
        schemes_from_toml(SCHEME.replace(old, new), "f.toml")
    assert refused.value.code == code
    assert dict(refused.value.params) == {"file": "f.toml", "scheme": "k", "key": key}


def test_a_menu_that_does_not_fit_its_schemes() -> None:
    schemes = schemes_from_toml(SCHEME, "f.toml")
    with pytest.raises(ContentError, match=r"scheme_unknown"):
        menu_items(table("scheme group item_zh confidence", ("甲", "自选类", "电梯", "high")), schemes)
    with pytest.raises(ContentError, match=r"item_twice"):
        menu_items(table("scheme group item_zh confidence", ("甲", "基础类", "水;电;水", "high")), schemes)
    with pytest.raises(ContentError, match=r"scheme_twice"):
        schemes_from_toml(SCHEME + SCHEME, "f.toml")


LINKS = table("project_id community_id", ("p1", "c1"), ("p1", "c2"), ("p2", "c4"))
DEMANDS = "demand_id community_id item asks"


def test_gaps_both_ways_and_places_nobody_has_asked() -> None:
    projects = table("project_id content_items", ("p1", "水、 电、水"), ("p2", "水"), ("p3", None))
    planned = planned_items(projects)
    assert planned.values.tolist() == [["p1", "水"], ["p1", "电"], ["p2", "水"]]
    demands = table(
        DEMANDS,
        ("d1", "c1", "水", 5),
        ("d2", "c1", "水", 2),
        ("d3", "c1", "电", 0),
        ("d4", "c2", "梯", 4),
        ("d5", "c3", "梯", 1),
        ("d6", "c3", "电", 0),
    )
    found = demand_matrix(demands, planned, LINKS)
    cells = {(r.community_id, r.item): (r.asks, r.fit, r.rows) for r in found.itertuples()}
    assert cells == {
        ("c1", "水"): (7, "fits", ("d1", "d2")),
        ("c1", "电"): (0, "planned_not_asked", ("d3",)),
        ("c2", "水"): (0, "planned_not_asked", ()),
        ("c2", "电"): (0, "planned_not_asked", ()),
        ("c2", "梯"): (4, "asked_not_planned", ("d4",)),
        ("c3", "梯"): (1, "asked_no_project", ("d5",)),
        ("c4", "水"): (0, "planned_not_surveyed", ()),
    }
    counts = item_counts(found).set_index("item")
    assert counts.loc["水", ["asks", "fits", "planned_not_asked", "planned_not_surveyed"]].tolist() == [
        7,
        1,
        1,
        1,
    ]
    by_project = demand_matrix(demands, planned, LINKS, unit="project_id")
    cells = {(r.project_id, r.item): (r.asks, r.fit) for r in by_project.itertuples()}
    assert cells == {
        ("p1", "水"): (7, "fits"),
        ("p1", "电"): (0, "planned_not_asked"),
        ("p1", "梯"): (4, "asked_not_planned"),
        ("p2", "水"): (0, "planned_not_surveyed"),
    }


@pytest.mark.parametrize("bad", [-1, 1.5, None, True])
def test_asks_are_whole_numbers(bad: object) -> None:
    with pytest.raises(ContentError, match=r"asks_unreadable"):
        demand_matrix(
            table(DEMANDS, ("d1", "c1", "水", bad)), planned_items(table("project_id content_items")), LINKS
        )


@given(
    st.lists(
        st.tuples(st.sampled_from(["c1", "c2", "c3"]), st.sampled_from("水电梯"), st.integers(0, 9)),
        max_size=12,
    ),
    st.sets(st.tuples(st.sampled_from(["p1", "p2"]), st.sampled_from("水电梯"))),
)
@settings(max_examples=50, deadline=None)
def test_the_matrix_holds_every_ask_and_every_plan(told: list, plans: set) -> None:
    demands = table(DEMANDS, *((f"d{i}", *row) for i, row in enumerate(told)))
    planned = table("project_id item", *sorted(plans))
    found = demand_matrix(demands, planned, LINKS)
    asks = dict(zip(demands["demand_id"], demands["asks"], strict=True))
    assert found["asks"].sum() == sum(n for *_, n in told)
    for cell in found.itertuples():
        assert cell.asks == sum(asks[k] for k in cell.rows)
        assert (cell.fit == Fit.FITS) == (cell.asks > 0 and cell.is_planned)
    places = {(c, i) for p, i in plans for q, c in LINKS.itertuples(index=False) if p == q}
    assert {(r.community_id, r.item) for r in found.itertuples() if r.is_planned} == places
    counts = item_counts(found)
    assert counts[[f.value for f in Fit]].sum().sum() == len(found)
