"""The shipped catalogues on the real files beside the project; skipped where these are absent."""

from pathlib import Path

import pandas as pd
import pytest

from loaders.commit import RunResult, ensure_reference
from loaders.export import export_layer
from loaders.pipeline import load_catalogue_file
from loaders.undo import undo_and_relink
from store.engine import Store, open_store
from store.integrity import check_store
from store.summary import summary_by

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("real")]
CATALOGUES = Path(__file__).resolve().parents[2] / "data" / "catalogues"


@pytest.fixture(scope="module")
def loaded(real_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, RunResult, RunResult]:
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('real') / 'atlas.sqlite'}")
    ensure_reference(store)
    results = [
        load_catalogue_file(store, CATALOGUES / f"{name}.toml", base=real_dir, actor="test")
        for name in ("dongcheng", "haidian")
    ]
    return store, results[0], results[1]


def told(result: RunResult) -> dict[str, dict]:
    return {row["layer"]: row for row in result.as_json()["layers"]}


def test_every_datum_is_told_from_evidence(loaded: tuple[Store, RunResult, RunResult]) -> None:
    _, dongcheng, haidian = loaded
    datums = {name: row["datum"] for name, row in told(dongcheng).items()}
    assert datums.pop("communities") == "bd09"
    assert set(datums.values()) == {"gcj02"} and len(datums) == 12
    assert {name: row["datum"] for name, row in told(haidian).items()} == {
        "subdistricts": "wgs84",
        "buildings": "wgs84",
        "streets": "wgs84",
        "communities": "bd09",
    }
    for result in (dongcheng, haidian):
        for part in result.layers:
            assert part.prepared.about["how"] == "evidence", part.prepared.key


def test_no_row_is_lost(loaded: tuple[Store, RunResult, RunResult]) -> None:
    _, dongcheng, haidian = loaded
    for result in (dongcheng, haidian):
        for row in told(result).values():
            assert row["read"] == row["accepted"] + row["rejected"]
    rows = told(dongcheng)
    assert rows["subdistricts"]["accepted"] == 17
    assert rows["parcels"]["accepted"] == 1868
    assert (rows["communities"]["read"], rows["communities"]["rejected"]) == (
        512,
        1,
    )  # an id that stands twice
    assert rows["population"]["rejected"] == 48  # an empty number of residents
    assert told(haidian)["subdistricts"]["repaired"] == 3


def test_communities_and_pre_2000_by_subdistrict(
    loaded: tuple[Store, RunResult, RunResult], real_dir: Path
) -> None:
    store, _, _ = loaded
    with store.reading() as conn:
        rows = [r for r in summary_by(conn, "subdistrict") if r["code"].startswith("110101")]
        assert check_store(conn) == []
    assert len(rows) == 17
    listed = pd.read_csv(real_dir / "beijing" / "xiaoqu.csv")
    own = listed[listed["DISTRICT"] == "dongcheng"].drop_duplicates("ID")
    inside = sum(r["communities"] for r in rows)
    assert len(own) - 4 <= inside <= len(own)
    pre_2000 = int((own["BUILDTIME"] < 2000).sum())
    assert pre_2000 - 4 <= sum(r["pre_2000"] for r in rows) <= pre_2000
    assert sum(r["unknown_year"] for r in rows) == 0


def test_loading_again_adds_nothing_and_undo_gives_back_the_same_export(
    loaded: tuple[Store, RunResult, RunResult], real_dir: Path, tmp_path: Path
) -> None:
    store, _, _ = loaded
    before = exported(store, tmp_path / "before")
    again = load_catalogue_file(store, CATALOGUES / "dongcheng.toml", base=real_dir, actor="test")
    for row in told(again).values():
        assert (row["inserted"], row["updated"], row["unchanged"]) == (0, 0, row["accepted"])
    assert exported(store, tmp_path / "again") == before
    undo_and_relink(store, again.run_id, actor="test")
    assert exported(store, tmp_path / "after") == before


def exported(store: Store, folder: Path) -> dict[str, bytes]:
    out = {}
    for layer in ("subdistricts", "parcels", "communities", "buildings", "facilities"):
        export_layer(store, layer, folder / f"{layer}.csv")
        out[layer] = (folder / f"{layer}.csv").read_bytes()
    return out
