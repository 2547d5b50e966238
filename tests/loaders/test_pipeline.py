"""The main job on a small source with faults: good rows in, bad rows beside, nothing half-written."""

from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import select

from loaders.commit import RunResult, ensure_reference
from loaders.errors import AtlasError, CatalogueError, RefusedFile
from loaders.export import export_layer
from loaders.pipeline import load_catalogue_file
from loaders.rejected import rejected_table, write_rejected
from loaders.undo import undo_and_relink
from store.engine import Store
from store.integrity import check_store
from store.tables import building_links, communities, import_runs, projects
from tests.loaders.small_source import NAMES, make_source


@pytest.fixture
def small(store: Store, tmp_path: Path) -> tuple[Store, Path]:
    ensure_reference(store)
    return store, make_source(tmp_path / "来源")


@pytest.fixture(scope="module")
def loaded(module_store: Store, tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, RunResult]:
    """The source in a store, loaded once for the tests that only look at it."""
    ensure_reference(module_store)
    path = make_source(tmp_path_factory.mktemp("loaded") / "来源")
    return module_store, load_catalogue_file(module_store, path, base=path.parent, actor="t")


def test_good_rows_go_in_and_bad_rows_are_kept_with_reasons(loaded: tuple[Store, RunResult]) -> None:
    store, result = loaded
    rows = {r["layer"]: r for r in result.as_json()["layers"]}
    assert (rows["communities"]["read"], rows["communities"]["accepted"]) == (40, 37)
    assert (rows["buildings"]["read"], rows["buildings"]["rejected"]) == (480, 1)
    assert (rows["projects"]["accepted"], rows["projects"]["rejected"]) == (2, 1)
    faults = rejected_table(store, result.run_id, "zh")
    told = faults.set_index(["layer", "row_number"])["reason"]
    assert "火星区" in told["communities", 3] and "年份" in told["communities", 4]
    assert "已出现过" in told["communities", 5]
    assert "太小" in told["buildings", 8] and "层数" in told["buildings", 8]  # 负一 is read as −1
    assert "负" in told["projects", 4]
    assert faults["file_name"].notna().all() and faults["field"].notna().all()
    with store.reading() as conn:
        assert check_store(conn) == []


def test_values_are_what_the_file_meant(loaded: tuple[Store, RunResult]) -> None:
    store, _ = loaded
    rows = store.frame(select(communities)).set_index("community_id")
    assert rows.loc["H0000", "floor_area_m2"] == 12500.0 and rows.loc["H0001", "floor_area_m2"] == 25000.0
    assert rows.loc["H0001", "build_year_precision"] == "about"
    assert rows.loc["H0009", "build_year_precision"] == "unknown"
    assert rows.loc["H0000", "name"] == NAMES[0] and rows.loc["H0001", "name"] == NAMES[1]
    assert rows["district_code"].eq("110101").all()
    money = store.frame(select(projects)).set_index("project_id")["planned_investment_fen"]
    assert int(money["P1"]) == 120_050_000_0 and int(money["P2"]) == 3_000_000_000
    links = store.frame(select(building_links))
    assert (links["rule"] == "overlap").sum() == 37 * 12 - (1 if 7 % 40 not in (2, 3, 4) else 0)


def test_loading_again_changes_nothing_and_undo_is_exact(small: tuple[Store, Path], tmp_path: Path) -> None:
    store, path = small
    empty = snapshot(store, tmp_path / "a")
    first = load_catalogue_file(store, path, base=path.parent, actor="t")
    held = snapshot(store, tmp_path / "b")
    again = load_catalogue_file(store, path, base=path.parent, actor="t")
    assert snapshot(store, tmp_path / "c") == held
    assert all(r.applied.inserted == r.applied.updated == 0 for r in again.layers)
    undo_and_relink(store, again.run_id, actor="t")
    assert snapshot(store, tmp_path / "d") == held
    undo_and_relink(store, first.run_id, actor="t")
    assert snapshot(store, tmp_path / "e") == empty


def test_rejected_rows_come_out_as_a_workbook_of_plain_text(
    loaded: tuple[Store, RunResult], tmp_path: Path
) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    store, result = loaded
    target = tmp_path / "待修改.xlsx"
    write_rejected(rejected_table(store, result.run_id, "zh"), target, "zh")
    book = openpyxl.load_workbook(target)
    assert book.sheetnames[0] == "问题清单" and {"communities", "buildings", "projects"} <= set(
        book.sheetnames
    )
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row]
    assert not [c.coordinate for c in cells if c.data_type == "f"]
    assert "=cmd|' /C calc'!A0" in {c.value for c in cells}  # row 3 is among the rejected, as it was found


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".gpkg", ".geojson", ".parquet"])
def test_exports_hold_every_row_and_no_formula(
    loaded: tuple[Store, RunResult], tmp_path: Path, ending: str
) -> None:
    import geopandas as gpd

    store, _ = loaded
    target = tmp_path / f"小区{ending}"
    assert export_layer(store, "communities", target) == 37
    if ending == ".csv":
        rows = pd.read_csv(target, dtype=str)
        assert not rows["name"].str.startswith("=").any()
    elif ending == ".xlsx":
        rows = pd.read_excel(target, dtype=str, engine="openpyxl")
    elif ending == ".parquet":
        rows = gpd.read_parquet(target)
    else:
        rows = gpd.read_file(target)
    assert len(rows) == 37 and NAMES[1] in set(rows["name"])
    assert "source_licence" in rows and "boundary_rule" in rows


def test_an_impossible_catalogue_is_refused_before_any_file_is_read(small: tuple[Store, Path]) -> None:
    store, path = small
    text = path.read_text("utf-8").replace('path = "小区.gpkg"', 'path = "../../etc/passwd"')
    text = text.replace('unit = "万㎡"', 'unit = "万元"').replace("households = ", "housholds = ")
    path.write_text(text, encoding="utf-8")
    for file in path.parent.glob("*.gpkg"):
        file.unlink()
    with pytest.raises(CatalogueError) as fault:
        load_catalogue_file(store, path, base=path.parent, actor="t")
    assert len(fault.value.faults) >= 3
    assert "housholds" in fault.value.say("en") and "万元" in fault.value.say("zh")


def test_a_missing_file_and_a_missing_column_are_named(small: tuple[Store, Path]) -> None:
    store, path = small
    text = path.read_text("utf-8")
    path.write_text(text.replace('name = "楼名"', 'name = "楼号"'), encoding="utf-8")
    with pytest.raises(RefusedFile, match="楼号"):
        load_catalogue_file(store, path, base=path.parent, actor="t")
    path.write_text(text.replace("项目.xlsx", "没有.xlsx"), encoding="utf-8")
    with pytest.raises(RefusedFile, match=r"没有\.xlsx"):
        load_catalogue_file(store, path, base=path.parent, actor="t")
    assert len(store.frame(select(import_runs))) == 1  # the reference data alone


def test_all_or_nothing_takes_nothing(small: tuple[Store, Path]) -> None:
    store, path = small
    text = path.read_text("utf-8").replace(
        'target = "communities"', 'target = "communities"\nall_or_nothing = true'
    )
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AtlasError) as fault:
        load_catalogue_file(store, path, base=path.parent, actor="t")
    assert fault.value.code == "load.all_or_nothing" and "第" in fault.value.say("zh")
    assert store.frame(select(communities)).empty


def snapshot(store: Store, folder: Path) -> dict[str, bytes]:
    out = {}
    for layer in ("communities", "buildings", "projects"):
        export_layer(store, layer, folder / f"{layer}.csv")
        out[layer] = (folder / f"{layer}.csv").read_bytes()
    return out
