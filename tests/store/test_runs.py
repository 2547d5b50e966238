"""Runs: what they bring, keep, and give back."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Point, box
from sqlalchemy import select

from store import audit
from store.backup import backup, restore
from store.engine import Store, open_store
from store.errors import StoreBroken, StoreError, StoreLocked, StoreReadOnly, StoreTooNew, UndoRefused
from store.rows import to_json
from store.runs import apply_rows, begin_run, end_run, retire_rows, undo_run
from store.tables import (
    BASE_TABLES,
    audit_entries,
    communities,
    districts,
    projects,
    row_versions,
    subdistricts,
)


def districts_frame(**names: str) -> gpd.GeoDataFrame:
    codes = list(names)
    return gpd.GeoDataFrame(
        {"district_code": [c[1:] for c in codes], "name_zh": list(names.values()), "area_km2": 1.5},
        geometry=[box(116 + i, 39, 117 + i, 40) for i in range(len(codes))],
        crs="EPSG:4326",
    )


def homes_frame(*rows: tuple) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "community_id": [r[0] for r in rows],
            "name": [r[1] for r in rows],
            "district_code": [r[2] for r in rows],
            "build_year_from": pd.array([r[3] for r in rows], dtype="Int64"),
            "build_year_precision": "year",
            "source_row": range(2, len(rows) + 2),
        },
        geometry=[box(116.1, 39.1, 116.2, 39.2)] * len(rows),
        crs="EPSG:4326",
    ).assign(point=gpd.GeoSeries([Point(116.15, 39.15)] * len(rows), crs="EPSG:4326"))


def run(store: Store, *parts: tuple, is_synthetic: bool = False, kind: str = "load") -> int:
    with store.writing() as conn:
        run_id = begin_run(conn, kind=kind, catalogue_key="t", actor="tester", is_synthetic=is_synthetic)
        for table, rows in parts:
            apply_rows(conn, run_id, table, rows, is_synthetic=is_synthetic)
        end_run(conn, run_id, actor="tester", detail={})
    return run_id


def content(store: Store) -> dict[str, list[dict]]:
    with store.reading() as conn:
        return {
            name: [
                to_json(dict(r)) for r in conn.execute(select(t).order_by(*t.primary_key.columns)).mappings()
            ]
            for name, t in BASE_TABLES.items()
        }


def test_a_row_comes_back_as_it_went_in(store: Store) -> None:
    run_id = run(
        store,
        (districts, districts_frame(d110101="东城区")),
        (
            communities,
            homes_frame(
                ("c1", "<img src=x onerror=alert(1)>", "110101", 1985),
                ("c2", "=cmd|' /C calc'!A0", "110101", None),
            ),
        ),
    )
    rows = store.layer(select(communities).order_by(communities.c.community_id))
    assert rows["name"].tolist() == ["<img src=x onerror=alert(1)>", "=cmd|' /C calc'!A0"]
    assert rows["build_year_from"].iloc[0] == 1985 and pd.isna(rows["build_year_from"].iloc[1])
    assert rows.geometry.iloc[0].equals(box(116.1, 39.1, 116.2, 39.2))
    assert rows["import_run_id"].eq(run_id).all() and rows["source_row"].tolist() == [2, 3]


def test_the_same_rows_again_change_nothing(store: Store) -> None:
    frames = ((districts, districts_frame(d110101="东城区", d110102="西城区")),)
    run(store, *frames)
    before = content(store)
    run(store, *frames)
    assert content(store) == before


def test_undo_is_exact_for_new_changed_and_retired_rows(store: Store) -> None:
    run(
        store,
        (districts, districts_frame(d110101="东城区")),
        (communities, homes_frame(("c1", "和平里一区", "110101", 1960), ("c2", "安外", "110101", 1970))),
    )
    before = content(store)
    with store.writing() as conn:
        second = begin_run(conn, kind="load", catalogue_key="t", actor="tester", is_synthetic=False)
        retire_rows(conn, second, communities, ["c2"])
        result = apply_rows(
            conn,
            second,
            communities,
            homes_frame(
                ("c1", "和平里一区", "110101", 1961),
                ("c2", "安外东里", "110101", 1971),
                ("c3", "新", "110101", 1),
            ),
            is_synthetic=False,
        )
    assert (result.inserted, result.updated, result.unchanged) == (2, 1, 0)
    assert content(store) != before
    with store.writing() as conn:
        undo_run(conn, second, actor="tester")
    assert content(store) == before
    with store.reading() as conn:
        assert conn.execute(select(row_versions)).first() is None


def test_undo_is_refused_where_later_runs_build_on_it(store: Store) -> None:
    first = run(store, (districts, districts_frame(d110101="东城区")))
    later = run(store, (communities, homes_frame(("c1", "和平里一区", "110101", 1960))))
    newest = run(store, (communities, homes_frame(("c1", "和平里一区", "110101", 1962))))
    with pytest.raises(UndoRefused) as fault, store.writing() as conn:
        undo_run(conn, first, actor="tester")
    assert fault.value.code == "undo.built_upon" and fault.value.params["runs"] == str(newest)
    with pytest.raises(UndoRefused) as fault, store.writing() as conn:
        undo_run(conn, later, actor="tester")
    assert fault.value.params["runs"] == str(newest)
    for number in (newest, later, first):
        with store.writing() as conn:
            undo_run(conn, number, actor="tester")
    assert not any(content(store).values())


def test_undo_twice_and_of_nothing_is_refused(store: Store) -> None:
    first = run(store, (districts, districts_frame(d110101="东城区")))
    with store.writing() as conn:
        undo_run(conn, first, actor="tester")
    for number, code in ((first, "undo.already_undone"), (99, "undo.no_such_run")):
        with pytest.raises(UndoRefused) as fault, store.writing() as conn:
            undo_run(conn, number, actor="tester")
        assert fault.value.code == code


def test_reference_rows_can_not_be_undone(store: Store) -> None:
    first = run(store, (districts, districts_frame(d110101="东城区")), kind="reference")
    with pytest.raises(UndoRefused), store.writing() as conn:
        undo_run(conn, first, actor="tester")


def test_a_fault_leaves_nothing_half_written(store: Store) -> None:
    before = content(store)
    revision = store.revision()
    with pytest.raises(RuntimeError), store.writing() as conn:
        number = begin_run(conn, kind="load", catalogue_key="t", actor="tester", is_synthetic=False)
        apply_rows(conn, number, districts, districts_frame(d110101="东城区"), is_synthetic=False)
        raise RuntimeError("killed")
    assert content(store) == before and store.revision() == revision


def test_repeated_keys_are_refused(store: Store) -> None:
    twice = pd.concat([districts_frame(d110101="东城区")] * 2)
    with pytest.raises(StoreError) as fault:
        run(store, (districts, twice))
    assert fault.value.code == "store.key_repeated"


def test_the_trail_tells_of_changed_and_missing_entries(store: Store) -> None:
    for name in ("东城", "东城区", "东城区(新)"):
        run(store, (districts, districts_frame(d110101=name)))
    with store.reading() as conn:
        assert audit.faults(conn) == []
    with store.writing() as conn:
        conn.execute(audit_entries.update().where(audit_entries.c.audit_id == 2).values(actor="someone else"))
    with store.reading() as conn:
        assert [f.code for f in audit.faults(conn)] == ["audit.changed"]
    with store.writing() as conn:
        conn.execute(audit_entries.delete().where(audit_entries.c.audit_id == 3))
    with store.reading() as conn:
        assert "audit.end_missing" in {f.code for f in audit.faults(conn)}


def test_backup_and_restore_give_the_same_store(store: Store, tmp_path) -> None:
    run(
        store,
        (districts, districts_frame(d110101="东城区")),
        (communities, homes_frame(("c1", "和平里一区", "110101", 1960))),
    )
    run(store, (communities, homes_frame(("c1", "和平里一区", "110101", 1961))))
    before = content(store)
    backup(store, tmp_path / "b.json.gz")
    run(store, (communities, homes_frame(("c9", "别处", "110101", 1999))))
    restore(store, tmp_path / "b.json.gz")
    assert content(store) == before
    with store.reading() as conn:
        assert audit.faults(conn) == []
    run(store, (communities, homes_frame(("c9", "别处", "110101", 1999))))  # numbering goes on


def test_a_cut_backup_leaves_the_store_as_it_was(store: Store, tmp_path) -> None:
    run(store, (districts, districts_frame(d110101="东城区")))
    whole = tmp_path / "b.json.gz"
    backup(store, whole)
    before = content(store)
    cut = tmp_path / "cut.json.gz"
    cut.write_bytes(whole.read_bytes()[:-40])
    other = tmp_path / "other.json.gz"
    other.write_text("no backup")
    for bad in (cut, other):
        with pytest.raises(StoreError):
            restore(store, bad)
        assert content(store) == before


# --- the embedded database's own troubles ----------------------------------------------------------
def test_a_second_writer_is_told_to_wait(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.engine.WRITER_WAIT_S", 0.2)
    one, two = open_store(sqlite_url), open_store(sqlite_url)
    with one.writing(), pytest.raises(StoreLocked), two.writing():
        pass
    with two.writing():
        pass
    one.dispose(), two.dispose()


def test_a_foreign_file_is_refused(tmp_path) -> None:
    junk = tmp_path / "junk.sqlite"
    junk.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(StoreBroken):
        open_store(f"sqlite:///{junk}")


def test_a_newer_store_is_refused(sqlite_url: str) -> None:
    opened = open_store(sqlite_url)
    with opened.engine.connect() as conn, conn.begin():
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    opened.dispose()
    with pytest.raises(StoreTooNew):
        open_store(sqlite_url)


def test_an_unusable_folder_is_named(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreReadOnly):
        open_store(f"sqlite:///{tmp_path / 'file' / 'atlas.sqlite'}")


def test_foreign_keys_hold(store: Store) -> None:
    orphan = pd.DataFrame({"subdistrict_code": ["110199001"], "district_code": ["110199"], "name_zh": ["无"]})
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        run(store, (subdistricts, orphan))
    with pytest.raises(Exception, match=r"(?i)null"):
        run(
            store,
            (projects, pd.DataFrame({"project_id": ["p"], "name": [None], "district_code": ["110101"]})),
        )
