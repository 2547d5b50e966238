"""The way of an upload, from bytes in the browser to rows in the store, without a browser."""

import dataclasses
import os
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from dashboard import jobs
from dashboard.upload import files
from dashboard.upload.answers import About, suggested_answers
from dashboard.upload.batch import Batch, UploadedFile
from dashboard.upload.describe import catalogue_key, form_faults, stored_text
from dashboard.viewmodels.upload import load_answer, trial_answer
from dashboard.words import Words
from loaders.catalogue import parse_catalogue
from loaders.commit import ensure_reference
from loaders.errors import CatalogueError, RefusedFile
from loaders.export import export_rows
from loaders.fields import fields_by_target
from loaders.pipeline import load_catalogue_file
from loaders.undo import undo_and_relink
from store import queries_data
from store.engine import Store, open_store
from store.tables import communities, import_runs, projects, rejected_rows, store_state
from tests.dashboard.upload_files import WILD, excel_ledger, gcj02_csv, home_points, zipped_shapefile

ZH = Words("zh")
NAMES = ("小区边界.zip", "小区_GCJ02.csv", "项目台账.xlsx")
PATIENCE_S = 60


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Store]:
    """A store with the 16 districts and nothing else."""
    store = open_store(f"sqlite:///{tmp_path / 'atlas.sqlite'}")
    ensure_reference(store)
    yield store
    store.dispose()


@pytest.fixture
def batch(held: Store, tmp_path: Path) -> Iterator[Batch]:
    made = Batch(held, files.new_folder(tmp_path / "uploads"))
    yield made
    made.close()


def three_files() -> list[tuple[str, bytes]]:
    return list(zip(NAMES, (zipped_shapefile(), gcj02_csv(), excel_ledger()), strict=True))


def settle(batch: Batch) -> None:
    """Wait until nothing of the upload is under way."""
    for job in [*(f.job for f in batch.uploads.values()), batch.trial, batch.load]:
        if job is not None:
            assert job.wait(PATIENCE_S)


@pytest.fixture(scope="module")
def diagnoses(tmp_path_factory: pytest.TempPathFactory) -> list[UploadedFile]:
    """The three files, read and diagnosed once for all tests."""
    folder = tmp_path_factory.mktemp("once")
    store = open_store(f"sqlite:///{folder / 'atlas.sqlite'}")
    ensure_reference(store)
    made = Batch(store, files.new_folder(folder / "uploads"))
    made.add(three_files())
    settle(made)
    store.dispose()
    return list(made.uploads.values())


@pytest.fixture
def ready(batch: Batch, diagnoses: list[UploadedFile]) -> Batch:
    """An upload whose questions are answered: what could not be told is chosen, the source is described."""
    batch.uploads = {f.number: dataclasses.replace(f, answers=None) for f in diagnoses}
    batch.described()
    batch.uploads[1].answers.datum = "wgs84"
    batch.about = About("某区老旧小区资料", "某区住建委", "内部资料", "2020-08", "110108")
    return batch


def tried(batch: Batch) -> Batch:
    batch.begin_trial()
    settle(batch)
    assert batch.trial is not None
    assert batch.trial.state == "done", batch.trial.fault
    return batch


def rows_of(store: Store) -> dict[str, int]:
    with store.reading() as conn:
        return {
            t.name: conn.execute(select(func.count()).select_from(t)).scalar_one()
            for t in (communities, projects, import_runs, rejected_rows)
        }


def test_each_file_is_known_for_what_it_is(ready: Batch) -> None:
    shapes, points, ledger = (f.found for f in ready.uploads.values())
    assert shapes is not None
    assert points is not None
    assert ledger is not None
    assert shapes.raw.encoding == "gb18030"
    assert shapes.raw.frame["小区名称"].tolist()[0] == "甘家口一区"
    assert points.datum.verdict == "gcj02"
    assert (points.x, points.y) == ("经度", "纬度")
    assert ledger.geometry is None
    told = [f.answers for f in ready.uploads.values()]
    assert [a.target for a in told if a] == ["communities", "communities", "projects"]
    assert told[1] is not None
    assert told[1].columns == {
        "name": "小区名称",
        "district": "所属区",
        "build_year": "建成年代",
        "floor_area_m2": "建筑面积（万㎡）",
    }
    assert told[1].units == {"floor_area_m2": "万㎡"}
    assert (told[1].id_kind, told[1].id_column) == ("column", "小区编号")
    assert told[2] is not None
    assert told[2].columns["planned_investment_fen"] == "计划投资（万元）"
    assert told[2].columns["plan_year"] == "计划年度"
    assert told[2].columns["batch"] == "批次"


def test_trying_out_counts_and_writes_nothing(ready: Batch, held: Store) -> None:
    before, revision = rows_of(held), held.revision()
    trial = tried(ready).trial
    assert trial is not None
    counts = {p.key: (p.read, len(p.rows), p.rejected_count) for p in trial.result.prepared}
    assert counts["communities_2"] == (40, 36, 4)
    assert counts["projects"] == (12, 10, 2)
    assert rows_of(held) == before
    assert held.revision() == revision
    assert trial_answer(trial.result, ZH) == (
        "试装：读取 56 行，可装入 50 行，将被拒绝 6 行，自动修复图形 0 行。还没有写入。"
    )


def test_a_datum_that_nothing_tells_is_asked_for(ready: Batch, held: Store) -> None:
    answers = ready.answer(1)
    found = ready.uploads[1].found
    assert answers is not None
    assert found is not None
    assert found.datum.verdict == "unknown"
    answers.datum = "auto"
    ready.begin_trial()
    settle(ready)
    assert ready.trial is not None
    assert ready.trial.state == "failed"
    assert ready.trial.fault is not None
    assert ready.trial.fault.code == "load.datum_unknown"


def test_a_load_lands_where_it_belongs_and_can_be_taken_back(ready: Batch, held: Store) -> None:
    before = {name: export_rows(held, name).to_csv() for name in ("communities", "projects")}
    tried(ready).begin_load("某人")
    settle(ready)
    result = ready.loaded
    assert result is not None
    assert rows_of(held) == {"communities": 40, "projects": 10, "import_runs": 2, "rejected_rows": 7}
    homes = export_rows(held, "communities").set_index("community_id")
    assert homes.loc["H000", "name"] == WILD
    lon, lat = home_points()
    x, y = (float(v) for v in homes.loc["H010", "point_wkt"].removeprefix("POINT (").rstrip(")").split())
    assert (x, y) == (pytest.approx(lon[10], abs=2e-6), pytest.approx(lat[10], abs=2e-6))
    assert homes.loc["H010", "floor_area_m2"] == pytest.approx(20_000)
    assert homes.loc["B1", "build_year_text"] == "约1978"
    assert homes.loc["B1", "district_code"] == "110108"
    assert set(homes["source_licence"]) == {"内部资料"}
    money = export_rows(held, "projects").set_index("project_id")["planned_investment_fen"]
    assert int(money["P04"]) == 1004 * 1_000_000
    assert load_answer(result, ZH).startswith("已装入，记为第 2 次装载：新增 50 行")
    assert not ready.folder.exists()
    undo_and_relink(held, result.run_id, actor="某人")
    assert {name: export_rows(held, name).to_csv() for name in before} == before


def test_pressing_twice_loads_once(ready: Batch, held: Store) -> None:
    tried(ready)
    for _ in range(3):
        ready.begin_load("某人")
    settle(ready)
    ready.begin_load("某人")
    ready.begin_trial()
    settle(ready)
    with held.reading() as conn:
        runs = conn.execute(select(import_runs.c.kind)).scalars().all()
    assert sorted(runs) == ["load", "reference"]


def test_a_changed_answer_asks_for_a_new_trial(ready: Batch, held: Store) -> None:
    tried(ready)
    ready.about.licence = "公开"
    assert ready.fresh_trial is None
    ready.begin_load("某人")
    assert ready.load is None
    ready.begin_trial()
    settle(ready)
    ready.begin_load("某人")
    settle(ready)
    assert ready.loaded is not None


def test_a_store_that_changed_since_is_looked_at_again(ready: Batch, held: Store) -> None:
    tried(ready)
    with held.writing() as conn:  # somebody else writes
        conn.execute(store_state.insert().values(key="other", value="1"))
    ready.begin_load("某人")
    settle(ready)
    assert ready.loaded is not None
    assert rows_of(held)["communities"] == 40


def test_the_saved_description_loads_the_same_on_the_command_line(ready: Batch, tmp_path: Path) -> None:
    text = ready.catalogue_toml()
    assert [layer["target"] for layer in tomllib.loads(text)["layer"]] == [
        "communities",
        "communities",
        "projects",
    ]
    folder = tmp_path / "office"
    folder.mkdir()
    for name, data in three_files():
        (folder / name).write_bytes(data)
    (folder / "some.toml").write_text(text, "utf-8")
    other = open_store(f"sqlite:///{tmp_path / 'other.sqlite'}")
    ensure_reference(other)
    result = load_catalogue_file(other, folder / "some.toml", base=folder, actor="某人")
    assert [len(r.prepared.rows) for r in result.layers] == [4, 36, 10]
    other.dispose()


def test_the_description_kept_with_a_run_says_the_same(ready: Batch, held: Store) -> None:
    tried(ready).begin_load("某人")
    settle(ready)
    assert ready.loaded is not None
    kept = queries_data.run_catalogue(held, ready.loaded.run_id)["catalogue"].iloc[0]
    again = parse_catalogue(stored_text(kept), "again.toml", fields_by_target())
    assert again == parse_catalogue(ready.catalogue_toml(), "form.toml", fields_by_target())


def test_the_same_source_keeps_its_keys() -> None:
    about = About("某街道台账", "某区住建委", "内部", "2020-08")
    later = About("某街道台账", "某区住建委", "公开", "2020-09")
    assert catalogue_key(about) == catalogue_key(later) == "u_mjdtz_" + catalogue_key(about)[-8:]
    assert catalogue_key(About("Ledger", "x")) != catalogue_key(About("Ledger", "y"))


@pytest.mark.parametrize(
    "wild", ['"] \n[[layer]]\nkey="x"', "\\", "\x7f\x00\x1b", "}{", "'''", "\ud800", "="]
)
def test_no_text_leaves_its_place_in_the_description(ready: Batch, wild: str) -> None:
    ready.about.source = f"来源{wild}"
    answers = ready.answer(1)
    assert answers is not None
    answers.columns["structure"] = f"列{wild}"
    found = parse_catalogue(ready.catalogue_toml(), "t.toml", fields_by_target())
    assert len(found.layers) == 3
    assert found.catalogue.source == f"来源{wild}".encode("utf-8", "replace").decode("utf-8").strip()
    assert found.layers[0].fields["structure"].from_ is not None


def test_what_is_missing_is_said_in_plain_sentences(ready: Batch) -> None:
    ready.about = About()
    number = 3
    answers = ready.answer(number)
    assert answers is not None
    answers.columns.pop("name")
    answers.columns.pop("district")
    faults = form_faults(ready.described(), ready.about, ZH)
    assert faults[:3] == ["请填写“名称”。", "请填写“来源单位”。", "请填写“许可或使用范围”。"]
    assert "项目台账.xlsx：必填的“名称”还没有对应的列。" in faults
    assert "项目台账.xlsx：请给出“区”列，或在第四步选择归入哪个区。" in faults
    found = ready.uploads[number].found
    assert found is not None
    ready.uploads[number].answers = suggested_answers(found, "buildings")
    assert "项目台账.xlsx：楼栋要有图形或坐标，这个文件没有。请指定经纬度列，或换一张表。" in form_faults(
        ready.described(), ready.about, ZH
    )


def test_an_impossible_date_is_refused_before_anything_is_read(ready: Batch) -> None:
    ready.about.as_of_date = "去年"
    with pytest.raises(CatalogueError) as told:
        ready.begin_trial()
    assert "去年" in told.value.faults.say("zh")
    assert ready.trial is None


def test_fixed_values_are_told_by_their_names(batch: Batch) -> None:
    csv = "项目编号,阶段,日期\nP01,开工,2020-03-01\nP01,完工,2020-06-01\nP02,不知道,2020-06-01\n"
    batch.add([("进度.csv", csv.encode())])
    settle(batch)
    found = batch.uploads[1].found
    assert found is not None
    answers = suggested_answers(found, "stage_events")
    assert answers.columns["project_id"] == "项目编号"
    assert answers.meanings["stage"] == {"开工": "started", "完工": "completed"}


def test_rows_that_must_all_be_good_stop_the_trial(ready: Batch, held: Store) -> None:
    answers = ready.answer(3)
    assert answers is not None
    answers.all_or_nothing = True
    ready.begin_trial()
    settle(ready)
    assert ready.trial is not None
    assert ready.trial.state == "failed"
    assert ready.trial.fault is not None
    assert ready.trial.fault.code == "load.all_or_nothing"


def test_a_failed_load_leaves_nothing_and_can_be_tried_again(
    ready: Batch, held: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried(ready)
    before = rows_of(held)

    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("the disk fell off")

    monkeypatch.setattr("dashboard.upload.stage.commit_run", broken)
    ready.begin_load("某人")
    settle(ready)
    assert ready.load is not None
    assert (ready.load.state, ready.load.fault) == ("failed", None)
    assert rows_of(held) == before
    monkeypatch.undo()
    ready.after_failed_load()
    ready.begin_load("某人")
    settle(ready)
    assert ready.loaded is not None


def test_an_empty_store_gets_its_districts_first(
    tmp_path: Path, ready: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = open_store(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    monkeypatch.setattr(ready, "store", empty)
    tried(ready).begin_load("某人")
    settle(ready)
    assert ready.loaded is not None
    assert rows_of(empty)["import_runs"] == 2
    empty.dispose()


# --- files on disk ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("..\\..\\boot.csv", "boot.csv"),
        ("C:\\x\\表.xlsx", "表.xlsx"),
        ("a\u202egpj.csv", "agpj.csv"),
        ("\x00\n\r", "_"),
        ("..", "_"),
        ("<b>.csv", "<b>.csv"),
    ],
)
def test_a_name_is_text_and_nothing_else(given: str, shown: str) -> None:
    assert files.shown_name(given) == shown


def test_a_long_name_keeps_its_ending() -> None:
    shown = files.shown_name("长" * 300 + ".osm.pbf")
    assert len(shown) <= files.MOST_NAME
    assert files.ending_of(shown) == ".osm.pbf"


def test_files_lie_under_names_of_our_own(tmp_path: Path) -> None:
    folder = files.new_folder(tmp_path / "up")
    path = files.keep(folder, 7, [("../../evil.CSV", b"a,b\n1,2\n")])
    assert path == folder / "7.csv"
    assert path.stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o077 == 0
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["7.csv"]


def test_parts_of_a_shapefile_stay_together(tmp_path: Path) -> None:
    names = ["a.dbf", "b.csv", "a.SHP", "a.shx", "c.dbf"]
    assert files.grouped(names) == [[2, 0, 3], [1], [4]]
    folder = files.new_folder(tmp_path)
    path = files.keep(folder, 1, [(names[i], b"x") for i in (2, 0, 3)])
    assert path.name == "1.shp"
    assert sorted(p.name for p in folder.iterdir()) == ["1.dbf", "1.shp", "1.shx"]


def test_a_lone_part_or_a_program_is_turned_away(batch: Batch) -> None:
    batch.add([("c.dbf", b"x"), ("run.exe", b"MZ"), ("x", b"")])
    assert not batch.uploads
    assert len(batch.refused) == 3
    assert all("不在可读格式之内" in fault.say("zh") for fault in batch.refused)
    assert list(batch.folder.iterdir()) == []


def test_too_much_is_turned_away(batch: Batch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(files, "MOST_FILES", 1)
    batch.add([(f"{i}.csv", b"a\n1\n") for i in range(3)])
    settle(batch)
    assert len(batch.uploads) == 1
    assert len(batch.refused) == 2
    assert "一次最多 1 个文件" in batch.refused[0].say("zh")
    monkeypatch.setattr(files, "MB", 1)
    with pytest.raises(RefusedFile) as told:
        files.keep(batch.folder, 99, [("big.csv", b"x" * 501)])
    assert told.value.code == "reader.file_too_large"


def test_old_folders_are_swept_and_new_ones_stay(tmp_path: Path) -> None:
    old = files.new_folder(tmp_path)
    (old / "1.csv").write_text("x")
    long_ago = time.time() - 100 * 3600
    os.utime(old, (long_ago, long_ago))
    new = files.new_folder(tmp_path)
    assert not old.exists()
    assert new.exists()


def test_damaged_files_say_so_and_the_others_go_on(batch: Batch) -> None:
    batch.add([("坏.xlsx", b"PK\x03\x04 nothing"), ("空.csv", b""), ("好.csv", "名称\n甲\n".encode())])
    settle(batch)
    states = [f.job.state for f in batch.uploads.values()]
    assert states == ["failed", "failed", "done"]
    assert all(f.job.fault is not None for f in list(batch.uploads.values())[:2])


# --- jobs -----------------------------------------------------------------------------------------------
def test_a_job_that_breaks_ends_in_its_state() -> None:
    def broken(_job: jobs.Job) -> None:
        raise ZeroDivisionError

    job = jobs.start(broken)
    assert job.wait(PATIENCE_S)
    assert (job.state, job.fault, job.result) == ("failed", None, None)


def test_a_job_stopped_before_it_began_does_nothing() -> None:
    done = []
    job = jobs.Job()
    job.stop()
    job._run(lambda _job: done.append(1))
    assert job.state == "stopped"
    assert not done
    assert not job.is_active
