"""The tile archive: what it keeps, what it makes anew, and what it does with broken files."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy import text
from starlette.requests import Request

from dashboard import tile_archive_keeper, tiles
from dashboard.map_layers import StoreLayers
from dashboard.tile_archive_files import MANIFEST, Manifest, read_manifest, remove_unused
from dashboard.tile_archive_keeper import ArchiveFailed, ArchiveKeeper, tile_folder
from dashboard.tiles import TileService
from geo.mvt import HALF_WORLD_M, to_mercator
from store.engine import Store, open_store
from store.rows import insert_rows, plain_rows
from store.tables import BASE_TABLES, LINK_TABLES
from tests.dashboard.small_store import fill
from tests.dashboard.test_tiles import Client, connect
from tests.geo.test_mvt import decode

__all__ = ["connect"]  # the fixture

#: Where C1 stands, at z14.
HERE = (116.35, 39.91)


@contextmanager
def _filled(url: str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[Store]:
    monkeypatch.setenv("ATLAS_DATABASE_URL", url)
    monkeypatch.setenv("ATLAS_TILE_DIR", str(folder))
    store = open_store(url)
    fill(store)
    yield store
    store.dispose()


@pytest.fixture
def city(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The small city in a store of the test's own on each database, which `ATLAS_DATABASE_URL` names."""
    with _filled(database_url, monkeypatch, tmp_path / "tiles") as store:
        yield store


@pytest.fixture
def one_city(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The same in an embedded database alone, for tests of the files, which are the same for both."""
    with _filled(sqlite_url, monkeypatch, tmp_path / "tiles") as store:
        yield store


@pytest.fixture
def layers() -> StoreLayers:
    return StoreLayers()


def place(lon: float, lat: float, z: int) -> tuple[int, int, int]:
    x, y = to_mercator(np.array([[lon, lat]]))[0]
    return (
        z,
        int((x + HALF_WORLD_M) / (2 * HALF_WORLD_M) * 2**z),
        int((HALF_WORLD_M - y) / (2 * HALF_WORLD_M) * 2**z),
    )


def features(
    layers: StoreLayers, name: str, lon: float = HERE[0], lat: float = HERE[1], z: int = 14
) -> dict[str, dict]:
    found = decode(layers.tiles_of(name).tile(*place(lon, lat, z))).get(name, [])
    return {f.get("id", f["name"]): f for f in found}


def write(store: Store, sql: str, **values: object) -> None:
    with store.writing() as conn:
        conn.execute(text(sql), values)


def manifest(layers: StoreLayers) -> Manifest:
    held = read_manifest(layers.keeper().folder)
    assert held is not None
    return held


def add_building(
    store: Store, key: str, shape: shapely.Geometry, district: str | None, home: str | None = None
) -> None:
    rows = {
        "buildings": {
            "building_id": key,
            "build_year_precision": "unknown",
            "geometry": shape,
            "import_run_id": 2,
            "is_synthetic": True,
            "content_hash": key,
        },
        "building_links": {
            "building_id": key,
            "community_id": home,
            "rule": "none",
            "district_code": district,
            "year_precision": "unknown",
            "year_source": "none",
            "age_class": "unknown",
        },
    }
    with store.writing() as conn:
        for name, row in rows.items():
            table = (BASE_TABLES | LINK_TABLES)[name]
            columns = list(row)
            insert_rows(conn, table, columns, plain_rows(pd.DataFrame([row]), table, columns))


def test_tiles_and_rows_say_the_same(city: Store, layers: StoreLayers) -> None:
    houses = layers.rows("buildings")
    assert len(houses) == 11 and houses["id"].is_unique
    tile = features(layers, "buildings")
    assert {"C1-0", "C1-1"} <= tile.keys()
    held = houses.set_index("id").loc[list(tile)]
    for column in (
        "name",
        "community",
        "decade",
        "precision",
        "year",
        "storeys",
        "lifts",
        "structure",
        "age",
        "stage",
        "gate",
        "funding",
        "batch",
        "central",
        "district",
        "subdistrict",
    ):
        assert [f[column] for f in tile.values()] == held[column].tolist(), column
    assert not [
        c for c in next(iter(tile.values())) if c.startswith("_") or c in ("west", "south", "east", "north")
    ]
    assert (held["west"] < held["east"]).all() and held["district"].dtype.kind == "i"
    homes = features(layers, "communities")
    assert homes["C1"]["stage"] == "designed" and homes["C1"]["footprints"] == 2


def test_a_second_start_reads_nothing(
    one_city: Store, layers: StoreLayers, monkeypatch: pytest.MonkeyPatch
) -> None:
    layers.keeper().present()
    monkeypatch.setattr(tile_archive_keeper, "refresh", lambda *a, **k: pytest.fail("built again"))
    again = StoreLayers()
    assert "C1-0" in features(again, "buildings")
    assert again.state().is_ready


def test_no_tile_is_older_than_the_store(city: Store, layers: StoreLayers) -> None:
    assert features(layers, "communities")["C1"]["stage"] == "designed"
    for number, stage in enumerate(("tendered", "started", "completed")):
        write(
            city,
            "INSERT INTO stage_events (event_id, project_id, stage, event_date, import_run_id, is_synthetic, "
            "content_hash) VALUES (:key, 'P1', :stage, '2020-08-31', 2, TRUE, 'x')",
            key=f"new-{number}",
            stage=stage,
        )
        assert features(layers, "communities")["C1"]["stage"] == stage
        assert features(layers, "buildings")["C1-0"]["stage"] == stage


def test_a_change_in_one_district_leaves_the_others_files(one_city: Store, layers: StoreLayers) -> None:
    layers.keeper().present()
    before = manifest(layers).layers["buildings"]
    write(one_city, "UPDATE buildings SET storeys = 31, content_hash = 'other' WHERE building_id = 'C4-0'")
    assert layers.rows("buildings").set_index("id")["storeys"].to_dict()["C4-0"] == 31
    after = manifest(layers).layers["buildings"]
    keys = {p.part: p.geometry_key for p in before.parts}
    changed = [p.part for p in after.parts if p.geometry_key != keys[p.part]]
    assert changed == ["110102"] and len(after.parts) == 2
    assert after.columns["storeys"] != before.columns["storeys"]
    assert after.columns["id"] == before.columns["id"]  # the same content is the same file


def test_what_changes_with_the_programme_touches_no_shape(city: Store, layers: StoreLayers) -> None:
    layers.keeper().present()
    before = manifest(layers).layers["buildings"]
    write(city, "UPDATE projects SET batch = '另一批' WHERE project_id = 'P1'")
    tile = features(layers, "buildings")
    after = manifest(layers).layers["buildings"]
    assert after.parts == before.parts
    changed = {n for n in after.columns if after.columns[n] != before.columns[n]}
    assert changed == {"batch"}
    assert tile["C1-0"]["batch"] != tile["C2-0"]["batch"]


def test_a_community_with_another_name_renames_its_footprints(city: Store, layers: StoreLayers) -> None:
    layers.keeper().present()
    write(city, "UPDATE communities SET name = '新名' WHERE community_id = 'C1'")
    assert features(layers, "buildings")["C1-0"]["name"].startswith("新名")


def test_footprints_come_go_and_move_between_districts(city: Store, layers: StoreLayers) -> None:
    layers.keeper().present()
    add_building(city, "A-first", shapely.box(116.35, 39.91, 116.3502, 39.9102), "110102", "C4")
    assert {"A-first", "C1-0"} <= features(layers, "buildings").keys()
    write(city, "UPDATE building_links SET district_code = '110101' WHERE building_id = 'A-first'")
    assert features(layers, "buildings")["A-first"]["district"] == 110101
    assert layers.rows("buildings")["id"].tolist() == sorted(
        layers.rows("buildings")["id"],
        key=lambda i: (
            dict(zip(layers.rows("buildings")["id"], layers.rows("buildings")["district"], strict=True))[i],
            i,
        ),
    )
    write(city, "DELETE FROM building_links WHERE building_id LIKE 'C%'")
    write(city, "DELETE FROM buildings WHERE building_id LIKE 'C%'")
    assert list(features(layers, "buildings")) == ["A-first"]
    assert layers.rows("buildings")["id"].tolist() == ["A-first"]
    write(city, "DELETE FROM building_links")
    assert layers.rows("buildings").empty and "stage" in layers.rows("buildings")
    assert features(layers, "buildings") == {}


def test_an_empty_store_has_empty_tiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATLAS_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.sqlite'}")
    layers = StoreLayers()
    for kind in ("communities", "buildings"):
        assert layers.rows(kind).empty and {"id", "stage", "district", "west"} <= set(layers.rows(kind))
    assert layers.tiles_of("districts").tile(8, 210, 97) == b""


def test_odd_footprints_harm_nobody_and_stay_out_of_other_districts(city: Store, layers: StoreLayers) -> None:
    t = [shapely.Point(116.35, 39.91).buffer(0.001, quad_segs=25_000)]
    add_building(city, "far", shapely.box(10, 10, 10.001, 10.001), None)
    add_building(city, "flat", shapely.Polygon([(116.35, 39.91)] * 3), None)
    add_building(city, "round", t[0], None)
    add_building(city, "lost", shapely.box(116.3502, 39.91, 116.3504, 39.9102), None)
    tile = features(layers, "buildings")
    assert {"round", "lost", "C1-0"} <= tile.keys() and not {"far", "flat"} & tile.keys()
    assert tile["lost"]["district"] == 0 and tile["lost"]["community"] == ""
    assert list(features(layers, "buildings", 10.0005, 10.0005)) == ["far"]
    assert len(layers.rows("buildings")) == 15
    layer = layers.tiles_of("buildings")
    own = decode(layer.tile(*place(*HERE, 14), frozenset({"110101"})))["buildings"]
    assert {f["district"] for f in own} == {110101}
    assert layer.tile(*place(*HERE, 14), frozenset({"110116"})) == b""


DAMAGE: dict[str, Callable[[Path], None]] = {
    "gone": lambda file: file.unlink(),
    "cut short": lambda file: file.write_bytes(file.read_bytes()[:-9]),
    "one byte": lambda file: file.write_bytes(b"X" + file.read_bytes()[1:]),
    "empty": lambda file: file.write_bytes(b""),
}


@pytest.mark.parametrize("harm", DAMAGE)
@pytest.mark.parametrize("which", ["geometry", "column"])
def test_a_broken_file_is_made_anew(
    one_city: Store, layers: StoreLayers, harm: str, which: str, caplog: pytest.LogCaptureFixture
) -> None:
    whole = features(layers, "buildings")
    files = manifest(layers).layers["buildings"]
    file = files.parts[0].geometry if which == "geometry" else files.columns["name"]
    DAMAGE[harm](layers.keeper().folder / file.name)
    with caplog.at_level(logging.WARNING):
        again = StoreLayers()
        assert features(again, "buildings") == whole
    assert "damaged" in caplog.text
    assert manifest(again).layers["buildings"] == files


@pytest.mark.parametrize(
    "words",
    [
        "",
        "{",
        "[]",
        '{"format": 2, "revision": "x"}',
        '{"format": 2, "revision": "x", "layers": {"buildings": {"parts": [], "columns": {"id": '
        '{"name": "../../atlas.sqlite", "bytes": 1, "digest": "x"}}}}}',
        '{"format": 999, "revision": "x", "layers": {}}',
    ],
)
def test_a_list_that_is_none_is_made_anew(one_city: Store, layers: StoreLayers, words: str) -> None:
    whole = features(layers, "buildings")
    folder = layers.keeper().folder
    (folder / MANIFEST).write_text(words, encoding="utf-8")
    assert read_manifest(folder) is None
    again = StoreLayers()
    assert features(again, "buildings") == whole
    assert read_manifest(folder) is not None


def test_a_build_that_was_cut_short_is_never_used(
    one_city: Store, layers: StoreLayers, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from dashboard import tile_archive_build

    real, count = tile_archive_build.write_column, []

    def full(*args: object) -> object:
        count.append(1)
        if len(count) > 5:
            raise OSError(28, "No space left on device")
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(tile_archive_build, "write_column", full)
    with caplog.at_level(logging.CRITICAL), pytest.raises(ArchiveFailed):
        layers.keeper().present()
    assert read_manifest(layers.keeper().folder) is None
    assert layers.state().message_key == "tiles.failed"
    with pytest.raises(ArchiveFailed):  # not at once again
        layers.keeper().present()
    monkeypatch.setattr(tile_archive_build, "write_column", real)
    monkeypatch.setattr(tile_archive_keeper, "_RETRY_S", 0.0)
    assert "C1-0" in features(layers, "buildings")
    assert not list(layers.keeper().folder.glob(".part-*"))


def test_files_that_nobody_names_are_removed(one_city: Store, layers: StoreLayers) -> None:
    layers.keeper().present()
    folder, held = layers.keeper().folder, manifest(layers)
    (folder / ".part-0123").write_bytes(b"half")
    (folder / f"buildings-{'0' * 32}.arrow").write_bytes(b"old")
    (folder / "somebody's.txt").write_text("not ours", encoding="utf-8")
    assert remove_unused(folder, held) == 0  # another process may be about to name them
    assert remove_unused(folder, held, keep_s=0.0) >= 2
    left = {path.name for path in folder.iterdir()}
    assert left == {MANIFEST, "somebody's.txt"} | {file.name for file in held.files()}


def test_a_layer_in_use_outlives_its_files(one_city: Store, layers: StoreLayers) -> None:
    layer, rows = layers.tiles_of("buildings"), layers.rows("buildings")
    tile = layer.tile(*place(*HERE, 14))
    for file in layers.keeper().folder.glob("*.arrow"):
        file.unlink()
    assert layer.tile(*place(*HERE, 14)) == tile and rows["name"].str.len().sum() > 0


def test_a_restored_store_never_shares_a_state(city: Store, layers: StoreLayers, tmp_path: Path) -> None:
    from store.backup import backup, restore

    backup(city, tmp_path / "backup.gz")
    write(city, "UPDATE communities SET name = '甲' WHERE community_id = 'C1'")
    first = layers.revision()
    assert features(layers, "communities")["C1"]["name"] == "甲"
    restore(city, tmp_path / "backup.gz")
    assert features(layers, "communities")["C1"]["name"] == "C1小区"
    assert layers.revision() != first


def test_a_folder_that_cannot_be_written_is_replaced(
    one_city: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("ATLAS_TILE_DIR", str(tmp_path / "tiles here"))
    assert tile_folder(one_city, "abc123") == tmp_path / "tiles here" / "abc123"
    assert tile_folder(one_city, "../../etc") == tmp_path / "tiles here" / "store"
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("ATLAS_TILE_DIR", str(tmp_path / "file"))
    with caplog.at_level(logging.WARNING):
        folder = tile_folder(one_city, "abc123")
    assert folder.is_dir() and tmp_path not in folder.parents
    assert "temporary folder" in caplog.text


def test_a_large_city_is_made_by_another_process(city: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tile_archive_keeper, "IN_PROCESS_ROWS", 0)
    monkeypatch.setattr(tile_archive_keeper, "refresh", lambda *a, **k: pytest.fail("built here"))
    layers = StoreLayers()
    keeper = layers.keeper()
    try:
        assert "C1-0" in features(layers, "buildings")
        first = keeper.worker._process
        assert first is not None and first.poll() is None
        write(city, "UPDATE communities SET name = '甲' WHERE community_id = 'C1'")
        assert features(layers, "communities")["C1"]["name"] == "甲"
        assert keeper.worker._process is first  # it stayed for more work
        first.kill()
        first.wait()
        write(city, "UPDATE communities SET name = '乙' WHERE community_id = 'C1'")
        assert features(layers, "communities")["C1"]["name"] == "乙"
    finally:
        keeper.worker.end()


def test_the_page_is_told_how_far_it_is(
    city: Store,
    layers: StoreLayers,
    monkeypatch: pytest.MonkeyPatch,
    connect: Callable[[TileService], Client],
) -> None:
    go_on, real = threading.Event(), tile_archive_keeper.refresh

    def slow(*args: object, **kwargs: object) -> Manifest:
        kwargs["progress"](3, 40)  # type: ignore[operator]
        go_on.wait(20)
        return real(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(tile_archive_keeper, "refresh", slow)
    monkeypatch.setattr(tiles, "_WAIT_S", 0.3)
    service = TileService(layers)
    try:
        state = service.state()
        assert not state.is_ready and state.message_key == "tiles.preparing"
        ends = time.monotonic() + 10
        while service.state().total != 40 and time.monotonic() < ends:
            time.sleep(0.02)
        assert (service.state().done, service.state().total) == (3, 40)
        client = connect(service)
        z, x, y = place(*HERE, 14)
        answer = client.get(f"/tiles/{layers.revision()}/buildings/{z}/{x}/{y}.mvt")
        assert answer.status_code == 503 and answer.headers["retry-after"] == "5"
    finally:
        go_on.set()
    monkeypatch.setattr(tiles, "_WAIT_S", 20.0)
    address = f"/tiles/{layers.revision()}/buildings/{z}/{x}/{y}.mvt"
    found = decode(client.get(address).content)["buildings"]
    assert {"C1-0"} <= {f["id"] for f in found}
    assert service.state().is_ready
    write(city, "UPDATE communities SET name = '甲' WHERE community_id = 'C1'")
    assert client.get(address).status_code == 307


def test_who_may_see_one_district_gets_no_neighbours(
    city: Store, layers: StoreLayers, connect: Callable[[TileService], Client]
) -> None:
    def allow(request: Request) -> bool | frozenset[str]:
        user = request.headers.get("x-user")
        return {"city": True, "east": frozenset({"110101"}), "none": frozenset()}.get(str(user), False)

    client = connect(TileService(layers, allow=allow))
    z, x, y = place(116.375, 39.91, 14)  # C3 of one district, C4 of the other
    seen = {}
    for user in ("city", "east", "city", "none", ""):
        answer = client.get(f"/tiles/{layers.revision()}/buildings/{z}/{x}/{y}.mvt", {"x-user": user})
        seen[user] = (
            {f["district"] for f in decode(answer.content).get("buildings", [])}
            if answer.status_code == 200
            else None
        )
    assert seen == {"city": {110101, 110102}, "east": {110101}, "none": None, "": None}
    z, x, y = place(*HERE, 8)
    outlines = client.get(f"/tiles/{layers.revision()}/districts/{z}/{x}/{y}.mvt", {"x-user": "east"})
    assert len(decode(outlines.content)["districts"]) >= 2  # the city's outlines are no secret


def test_many_who_ask_at_once_have_it_made_once(
    one_city: Store, layers: StoreLayers, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, real = [], tile_archive_keeper.refresh

    def counted(*args: object, **kwargs: object) -> Manifest:
        made.append(1)
        return real(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(tile_archive_keeper, "refresh", counted)
    threads = [threading.Thread(target=layers.rows, args=("buildings",)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1 and isinstance(layers.keeper(), ArchiveKeeper)
    assert (
        json.loads((layers.keeper().folder / MANIFEST).read_text(encoding="utf-8"))["revision"]
        == layers.revision()
    )
