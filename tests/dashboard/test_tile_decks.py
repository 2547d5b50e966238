"""Decks: no outside address, nothing from data in an expression, layers that Streamlit leaves alone."""

import ast
import json
from pathlib import Path
from typing import Any

import pydeck as pdk
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.offline_map import (
    Between,
    ByCode,
    BySteps,
    OneColour,
    OneOf,
    Place,
    TileGroup,
    TileStyle,
    Where,
    building_deck,
    outside_addresses,
)
from dashboard.scale import SEQUENTIAL, Scale

PACKAGE = Path(__file__).resolve().parent.parent.parent / "dashboard"


def spec_of(*styles: TileStyle, **options: Any) -> dict[str, Any]:
    deck = building_deck(styles, revision="r1", place=Place(), **options)
    made: dict[str, Any] = json.loads(deck.to_json())
    return made


def layer_of(style: TileStyle) -> dict[str, Any]:
    ((layer,),) = spec_of(style)["layers"]
    return dict(layer)


FULL = TileStyle(
    "buildings",
    fill=ByCode("decade", {"1980": "#ff0000", 1990: "#00ff00"}, other="#cccccc"),
    filters=[Between("year", 1950, 1999), OneOf("stage", ["started", "done"])],
    is_pickable=True,
    id_column="building_id",
    selected="B1",
    height="height_m",
)


def test_a_deck_asks_nothing_of_the_outside() -> None:
    deck = building_deck(
        [FULL, TileStyle("district_names", text="name")], revision=1, place=Place(), tooltip=["name"]
    )
    assert outside_addresses(deck) == []
    assert len(deck.to_json()) < 4000


def test_the_guard_knows_what_plain_pydeck_would_fetch() -> None:
    layer = pdk.Layer("MVTLayer", data="/tiles/1/buildings/{z}/{x}/{y}.mvt")
    found = outside_addresses(pdk.Deck([layer], map_provider=None, map_style=None))
    assert any("unpkg.com" in a for a in found)
    assert any("cartocdn" in a for a in found)
    assert any("cartocdn" in a for a in outside_addresses(pdk.Deck([layer])))


def test_layers_are_nested_so_that_streamlit_does_not_dim_them_after_a_click() -> None:
    layers = spec_of(FULL, TileStyle("districts", fill=OneColour("#eeeeee")))["layers"]
    assert len(layers) == 1 and isinstance(layers[0], list)
    assert [layer["id"] for layer in layers[0]] == ["buildings.0", "districts.1"]


def test_levels_and_zooms() -> None:
    layer = layer_of(TileStyle("buildings", from_zoom=14, to_zoom=17))
    assert (layer["minZoom"], layer["maxZoom"]) == (13, 16)
    assert (layer["visibleMinZoom"], layer["visibleMaxZoom"]) == (14, 17)
    assert layer["data"] == "/tiles/r1/buildings/{z}/{x}/{y}.mvt"
    with pytest.raises(KeyError):
        layer_of(TileStyle("secrets"))


def test_colour_and_its_trigger_change_together() -> None:
    first, second = (layer_of(TileStyle("buildings", fill=OneColour(c))) for c in ("#000000", "#ffffff"))
    assert first["getFillColor"] != second["getFillColor"]
    for layer in (first, second):
        assert layer["getFillColor"] == "@@=" + layer["updateTriggers"]["getFillColor"][0]


def test_a_group_is_one_layer_coloured_by_the_layer_in_the_tile() -> None:
    group = TileGroup("ground", {"water": ("#0000ff", 255), "street_edges": ("#cccccc", 200)})
    ((layer,),) = spec_of(group)["layers"]  # type: ignore[arg-type]
    assert layer["id"] == "ground.0"
    assert layer["data"] == "/tiles/r1/ground/{z}/{x}/{y}.mvt"
    assert layer["getFillColor"] == (
        "@@=properties.layerName=='water'?[0,0,255,255]:properties.layerName=='street_edges'?[204,204,204,200]:"
        "[0,0,0,0]"
    )
    assert not layer["pickable"]
    # The server's picture draws the same, the lowest first, from where the tiles hold each.
    assert [(s.layer, s.from_zoom) for s in group.styles()] == [("water", 8.5), ("street_edges", 11.5)]
    with pytest.raises(KeyError):
        spec_of(TileGroup("secrets", {}))  # type: ignore[arg-type]


def test_what_does_not_pass_keeps_a_colour_of_its_own() -> None:
    rule = Where(
        [Between("year", 1950, 1999), OneOf("stage", ["a"])], OneColour("#ff0000"), OneColour("#eeeeee")
    )
    assert rule.expression(200) == (
        "((properties.year>-999999?properties.year>=1950&&properties.year<=1999:0)&&(properties.stage=='a'))"
        "?([255,0,0,200]):([238,238,238,200])"
    )
    assert Where([], OneColour("#ff0000"), OneColour("#eeeeee")).expression(200) == "[255,0,0,200]"


def test_moving_a_filter_changes_numbers_only() -> None:
    def filtered(low: float, codes: list[str]) -> dict[str, Any]:
        return layer_of(TileStyle("buildings", filters=[Between("year", low, 1999), OneOf("stage", codes)]))

    one, other = filtered(1950, ["a"]), filtered(1980, ["a", "b"])
    changed = {key for key in one if one[key] != other[key]}
    assert changed == {"filterRange", "filterCategories"}
    assert one["extensions"] == [{"@@type": "DataFilterExtension", "filterSize": 1, "categorySize": 1}]


def test_a_steady_filter_is_one_program_whatever_is_asked() -> None:
    ranged = ("year", "lifts")

    def filtered(*filters: Between | OneOf) -> dict[str, Any]:
        return layer_of(TileStyle("buildings", filters=filters, ranged=ranged))

    none = filtered()
    some = filtered(Between("year", 1950, 1999))
    assert {key for key in none if none[key] != some[key]} == {"filterRange"}
    assert some["filterRange"] == [[1950, 1999], [-1e9, 1e9]]
    assert some["getFilterValue"] == "@@=[properties.year,properties.lifts]"
    codes = filtered(OneOf("stage", ["a", "b"]), OneOf("batch", [3]))
    assert codes["extensions"] == none["extensions"]
    assert codes["getFilterCategory"] == (
        "@@=(properties.stage=='a'||properties.stage=='b')&&(properties.batch==3)?1:0"
    )
    assert (codes["filterCategories"], none["getFilterCategory"]) == ([1], "@@=1")
    with pytest.raises(ValueError, match="year, lifts"):
        filtered(Between("storeys", 1, 2))


def test_several_filters_are_lists() -> None:
    layer = layer_of(
        TileStyle(
            "buildings", filters=[Between("a", 0, 1), Between("b", 2, 3, keep_missing=True), OneOf("c", [1])]
        )
    )
    assert layer["filterRange"] == [[0, 1], [2, 3]]
    assert layer["getFilterValue"] == (
        "@@=[properties.a>-999999?properties.a:-999999,properties.b>-999999?properties.b:2]"
    )
    with pytest.raises(ValueError, match="four"):
        layer_of(TileStyle("buildings", filters=[Between("a", 0, 1)] * 5))


def _evaluate(expression: str, value: object) -> object:
    """The value of `test?result:…:result` for one property, by the rules of the browser for these operators."""
    while "?" in expression:
        test, rest = expression.split("?", 1)
        result, expression = rest.split(":", 1)
        for sign in ("==", ">=", "<"):
            if sign in test:
                limit = (
                    ast.literal_eval(test.split(sign)[1])
                    if "properties" not in test.split(sign)[1]
                    else value
                )
                number = isinstance(value, int | float) and isinstance(limit, int | float)
                truth = {
                    "==": value == limit,
                    ">=": number and value >= limit,
                    "<": number and value < limit,
                }[sign]
                if truth:
                    return ast.literal_eval(result)
                break
    return ast.literal_eval(expression)


@given(st.one_of(st.none(), st.just(float("nan")), st.floats(-200, 200), st.sampled_from([0, 20, 40, 60])))
def test_steps_agree_with_the_scale_of_legend_and_table(value: float | None) -> None:
    scale = Scale((20, 40, 60), SEQUENTIAL[4])
    steps = BySteps("share", scale.breaks, scale.colours, missing=scale.no_data)
    colour = scale.colour(value)
    expected = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    assert _evaluate(steps.expression(255), value) == [*expected, 255]


def test_codes_of_both_kinds_and_the_rest() -> None:
    expression = ByCode("k", {"a": "#010203", 5: "#040506"}, other="#070809").expression(9)
    assert _evaluate(expression, "a") == [1, 2, 3, 9]
    assert _evaluate(expression, 5) == [4, 5, 6, 9]
    assert _evaluate(expression, None) == [7, 8, 9, 9]
    assert _evaluate(BySteps("k", (), ("#010203",), "#040506").expression(1), float("nan")) == [4, 5, 6, 1]
    with pytest.raises(ValueError, match="one colour more"):
        BySteps("k", (1, 2), ("#010203",), "#040506")


HOSTILE = ["a'b", "x;alert(1)", "constructor.x", "@@=1", "东城", "", "a b", "A", "1a", "__proto__", "a" * 60]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_but_plain_names_enters_an_expression(text: str) -> None:
    for style in (
        TileStyle("buildings", fill=ByCode(text, {}, "#000000")),
        TileStyle("buildings", height=text),
        TileStyle("buildings", text=text or "?"),
        TileStyle("buildings", filters=[Between(text, 0, 1)]),
        TileStyle("buildings", filters=[OneOf(text, [1])]),
    ):
        with pytest.raises(ValueError, match="not a column"):
            layer_of(style)
    with pytest.raises(ValueError, match="not a column"):
        spec_of(FULL, tooltip=[text])


@pytest.mark.parametrize("value", ["a'b", "a]", "", "@@=x", "东城", float("nan"), float("inf")])
def test_nothing_but_codes_and_finite_numbers_enter_an_expression(value: Any) -> None:
    with pytest.raises(ValueError):
        layer_of(TileStyle("buildings", fill=ByCode("k", {value: "#000000"}, "#000000")))
    with pytest.raises(ValueError):
        layer_of(TileStyle("buildings", filters=[OneOf("k", [value])]))
    with pytest.raises(ValueError):
        layer_of(TileStyle("buildings", filters=[Between("k", value, 1)]))


@pytest.mark.parametrize("colour", ["red", "#fff", "#gggggg", "#000000;x", "@@=[1]"])
def test_nothing_but_colours_is_a_colour(colour: str) -> None:
    with pytest.raises(ValueError, match="#rrggbb"):
        layer_of(TileStyle("buildings", fill=OneColour(colour)))
    with pytest.raises(ValueError, match="#rrggbb"):
        layer_of(TileStyle("buildings", line=colour))


@pytest.mark.parametrize("mark", ["@@=properties", "@@#Layer.x", "@@type"])
def test_a_selected_id_from_data_is_never_an_expression(mark: str) -> None:
    layer = layer_of(TileStyle("buildings", id_column="building_id", selected=mark))
    assert not layer["highlightedFeatureId"].startswith("@@")


def test_pages_make_maps_through_the_one_door() -> None:
    makers = {"area_maps.py", "point_maps.py", "tile_decks.py", "sample_map.py"}
    for file in PACKAGE.rglob("*.py"):
        tree = ast.parse(file.read_text("utf-8"))
        imported = {
            name.split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in (
                [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            )
        }
        assert file.name in makers or not imported & {"folium", "pydeck", "streamlit_folium", "branca"}, file
        if file.parent.name == "views":
            calls = {ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
            assert not calls & {"st.pydeck_chart", "st.map"}, file


def test_a_style_of_this_app_may_lie_under_the_layers() -> None:
    deck = building_deck([], revision=1, place=Place(), under="/basemap/style.json")
    spec = json.loads(deck.to_json())
    assert spec["mapProvider"] == "maplibre" and spec["mapStyle"] == "/basemap/style.json"
    assert outside_addresses(deck) == []
