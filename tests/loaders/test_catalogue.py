"""Descriptions of sources: what is accepted, and that every fault is found before any data is read."""

from pathlib import Path

import pytest

from loaders.catalogue import Catalogue, FieldSpec, load_catalogue, parse_catalogue
from loaders.errors import CatalogueError
from loaders.fields import fields_by_target

FIELDS = {
    "communities": {
        "name": FieldSpec("text", required=True),
        "build_year": FieldSpec("year"),
        "households": FieldSpec("int"),
        "floor_area_m2": FieldSpec("area_m2"),
        "is_central_state": FieldSpec("bool"),
        "surveyed_date": FieldSpec("date"),
        "district_code": FieldSpec("text", required=True),
    },
    "facilities": {
        "kind": FieldSpec("enum", required=True, allowed=frozenset({"kindergarten", "clinic"})),
        "name": FieldSpec("text"),
    },
    "funding_entries": {"amount_fen": FieldSpec("money_fen", required=True)},
    "streets": {"name": FieldSpec("text")},
}
HEAD = """
[catalogue]
key = "dongcheng"
title_zh = "东城区"
title_en = "Dongcheng"
district_code = "110101"
licence = "MIT"
source = "here"
as_of_date = 2020-08-31
"""
LAYER = """
[[layer]]
key = "communities"
target = "communities"
path = "beijing/xiaoqu.csv"
format = "csv"
x = "longitude"
y = "latitude"
id = { from = "ID" }
[layer.fields]
name = "NAME"
build_year = { from = "BUILDTIME", unit = "year_text" }
"""
FACILITIES = """
[[layer]]
key = "education"
target = "facilities"
path = "a.json"
id = { template = "E-{row}" }
[layer.fields.kind]
from = "type"
values = { "幼儿园" = "kindergarten" }
"""


def parsed(text: str) -> Catalogue:
    return parse_catalogue(text, "a.toml", FIELDS)


def faults(text: str) -> list[tuple[str, str]]:
    with pytest.raises(CatalogueError) as refused:
        parsed(text)
    for lang in ("zh", "en"):
        said = refused.value.say(lang)
        assert "a.toml" in said
        for path, code, _ in refused.value.faults:
            assert path in said
            assert f"{path}:{code}" not in said
            assert f"{path}: {code}" not in said
    return [(path, code) for path, code, _ in refused.value.faults]


def layer(**replaced: str) -> str:
    """The sound layer with lines replaced or, by a new name, added: values as TOML."""
    lines = LAYER.splitlines()
    for name, value in replaced.items():
        found = [i for i, line in enumerate(lines) if line.startswith(f"{name} =")]
        if found:
            lines[found[0]] = f"{name} = {value}"
        else:
            lines.insert(lines.index("[layer.fields]"), f"{name} = {value}")
    return HEAD + "\n".join(lines) + "\n"


def test_a_sound_description() -> None:
    found = parsed(HEAD + LAYER + FACILITIES)
    assert found.catalogue.as_of_date == "2020-08-31"
    assert found.catalogue.is_synthetic is False
    communities, education = found.layers
    assert (communities.datum, communities.crs, communities.encoding) == ("auto", "auto", "auto")
    assert communities.fields["name"].from_ == "NAME"
    assert communities.id.from_ == "ID"
    assert education.fields["kind"].values == {"幼儿园": "kindergarten"}
    assert education.id.template == "E-{row}"


@pytest.mark.parametrize("given", ['"unknown"', '"2020-08"', '"2020"', "2020", "2020-08-31", '"2020-08-31"'])
def test_as_of_dates(given: str) -> None:
    text = (HEAD + LAYER).replace("as_of_date = 2020-08-31", f"as_of_date = {given}")
    assert parsed(text).catalogue.as_of_date == given.strip('"')


@pytest.mark.parametrize("given", ['"2020-13"', '"last year"', '"2020-02-30"', "true"])
def test_wrong_as_of_dates(given: str) -> None:
    text = (HEAD + LAYER).replace("as_of_date = 2020-08-31", f"as_of_date = {given}")
    assert faults(text) == [("catalogue.as_of_date", "catalogue.as_of_date")]


@pytest.mark.parametrize(
    ("changed", "path", "code"),
    [
        ({"colour": '"red"'}, "layer[1].colour", "catalogue.unknown_key"),
        ({"target": '"houses"'}, "layer[1].target", "catalogue.not_an_option"),
        ({"target": '"parcels"'}, "layer[1].target", "catalogue.target_not_held"),
        ({"format": '"vrt"'}, "layer[1].format", "catalogue.not_an_option"),
        ({"path": '"../secret.csv"'}, "layer[1].path", "catalogue.path_climbs"),
        ({"path": '"a/../../b.csv"'}, "layer[1].path", "catalogue.path_climbs"),
        ({"path": '"/etc/passwd"'}, "layer[1].path", "catalogue.path_climbs"),
        ({"path": "'C:\\a.csv'"}, "layer[1].path", "catalogue.path_climbs"),
        ({"path": "'..\\a.csv'"}, "layer[1].path", "catalogue.path_climbs"),
        ({"path": '"https://a/b.csv"'}, "layer[1].path", "catalogue.path_climbs"),
        ({"encoding": '"utf-9"'}, "layer[1].encoding", "catalogue.encoding"),
        ({"encoding": '"zlib"'}, "layer[1].encoding", "catalogue.encoding"),
        ({"crs": '"Beijing 54"'}, "layer[1].crs", "catalogue.crs"),
        ({"datum": '"mars"'}, "layer[1].datum", "catalogue.not_an_option"),
        ({"y": '"longitude"'}, "layer[1].y", "catalogue.x_is_y"),
        ({"geometry": '"polygon"'}, "layer[1].geometry", "catalogue.points_only"),
        ({"header_rows": "9"}, "layer[1].header_rows", "catalogue.header_rows"),
        ({"id": "{}"}, "layer[1].id", "catalogue.id_one_way"),
        ({"id": '{ from = "ID", template = "{row}" }'}, "layer[1].id", "catalogue.id_one_way"),
        ({"id": '{ template = "DC-{id}" }'}, "layer[1].id.template", "catalogue.template_place"),
        ({"id": '{ template = "{row.__class__}" }'}, "layer[1].id.template", "catalogue.template_place"),
        ({"id": '{ template = "same" }'}, "layer[1].id.template", "catalogue.template_constant"),
        ({"id": '{ template = "{row" }'}, "layer[1].id.template", "catalogue.template_form"),
        ({"name": '{ from = "A", constant = "B" }'}, "layer[1].fields.name", "catalogue.two_sources"),
        ({"name": "{ default = 1 }"}, "layer[1].fields.name", "catalogue.no_source"),
        (
            {"build_year": '{ from = "Y", unit = "万元" }'},
            "layer[1].fields.build_year.unit",
            "catalogue.unit",
        ),
    ],
)
def test_faults_are_found_with_their_place(changed: dict[str, str], path: str, code: str) -> None:
    found = faults(layer(**changed))
    assert len(found) == 1, found
    assert found[0][0].startswith(path)
    assert found[0][1] == code


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('colour = "C"', "catalogue.unknown_field"),
        ('floor_area_m2 = { from = "A", unit = "亿元" }', "catalogue.unit"),
        ("households = { constant = 1.5 }", "catalogue.value"),
        ('is_central_state = { from = "A", values = { "是" = "perhaps" } }', "catalogue.value"),
        ('surveyed_date = { constant = "2020-02-30" }', "catalogue.value"),
    ],
)
def test_mappings_that_cannot_hold(line: str, code: str) -> None:
    assert [found for _, found in faults(HEAD + LAYER + line + "\n")] == [code]


def test_values_mapped_to_a_kind_that_does_not_exist() -> None:
    text = FACILITIES.replace('"kindergarten"', '"casino"')
    assert faults(HEAD + text) == [("layer[1].fields.kind.values.幼儿园", "catalogue.value")]


def test_required_fields_must_have_a_source() -> None:
    assert faults(HEAD + LAYER.replace('name = "NAME"\n', "")) == [
        ("layer[1].fields", "catalogue.missing_field")
    ]
    assert faults(HEAD + FACILITIES.split("[layer.fields.kind]", maxsplit=1)[0]) == [
        ("layer[1].fields", "catalogue.missing_field")
    ]


def test_tables_that_need_a_geometry_or_take_none() -> None:
    streets = '[[layer]]\nkey="s"\ntarget="streets"\npath="a.csv"\nformat="csv"\nid={template="{row}"}\n'
    assert faults(HEAD + streets) == [("layer[1].geometry", "catalogue.needs_geometry")]
    money = (
        '[[layer]]\nkey="m"\ntarget="funding_entries"\npath="a.csv"\ngeometry="point"\nid={template="{row}"}\n'
        'fields={amount_fen={from="A",unit="万元"}}\n'
    )
    assert faults(HEAD + money) == [("layer[1].geometry", "catalogue.takes_no_geometry")]


def test_all_faults_are_reported_at_once() -> None:
    text = layer(colour='"red"', path='"../x"', id='{ template = "{nobody}" }') + 'surprise = "S"\n'
    text = text.replace('licence = "MIT"\n', "") + LAYER + FACILITIES.replace('"kindergarten"', '"casino"')
    found = faults(text)
    assert ("catalogue.licence", "catalogue.missing_key") in found
    assert ("layer[1].colour", "catalogue.unknown_key") in found
    # The first layer is unsound in itself; the others are still looked through.
    assert ("layer[3].fields.kind.values.幼儿园", "catalogue.value") in found


def test_keys_of_layers_are_unique() -> None:
    assert faults(HEAD + LAYER + LAYER) == [("layer[2].key", "catalogue.key_twice")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"key = ", "catalogue.not_toml"),
        ("title = '东'".encode("gb18030"), "catalogue.not_utf8"),
        (b"a = 1\na = 2\n", "catalogue.not_toml"),
        (b"#" * 1_100_000, "catalogue.too_large"),
    ],
)
def test_files_that_are_no_catalogue(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(content)
    with pytest.raises(CatalogueError) as fault:
        load_catalogue(path, FIELDS)
    assert [c for _, c, _ in fault.value.faults] == [code]


def test_a_missing_catalogue(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="找不到"):
        load_catalogue(tmp_path / "none.toml", FIELDS)


@pytest.mark.parametrize(
    "path",
    sorted((Path(__file__).resolve().parents[2] / "data" / "catalogues").glob("*.toml")),
    ids=lambda p: p.stem,
)
def test_the_shipped_catalogues_are_sound(path: Path) -> None:
    assert load_catalogue(path, fields_by_target()).layers
