"""The page *Data* itself, run without a browser: every tab and state, both languages, undo, and an upload."""

import dataclasses
import html
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.data_tabs.upload import BATCH
from dashboard.upload import files
from dashboard.upload.batch import Batch, UploadedFile
from loaders.commit import ensure_reference
from loaders.undo import undo_and_relink
from store import queries_data
from store.engine import Store, open_store
from store.linking import relink
from store.runs import apply_rows, begin_run, end_run
from store.tables import communities
from tests.dashboard.small_store import small_store
from tests.dashboard.upload_files import WILD, excel_ledger, gcj02_csv
from tests.fresh import fresh_store

OpenPage = Callable[..., AppTest]
PATIENCE_S = 60


def markup(page: AppTest) -> str:
    return "\n".join(e.proto.body for e in page.get("html") if "<style" not in e.proto.body)  # type: ignore[attr-defined]


def text(page: AppTest) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", markup(page)))


def assert_sound(page: AppTest) -> None:
    assert not page.exception
    assert [e.value for e in page.error] == []
    labels = " ".join(
        w.label for kind in ("button", "selectbox", "text_input", "checkbox") for w in page.get(kind)
    )
    # A code without a sentence would show itself.
    assert not re.search(r"\b(data|join|rejected|step|doctor|col)\.[a-z_]+", text(page) + labels)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[str]:
    """A small city of one's own, for tests that change it."""
    yield fresh_store(tmp_path / "own.sqlite", small_store)
    st.cache_resource.clear()


@pytest.mark.parametrize(
    ("tab", "lang", "area"),
    [
        ("sources", "zh", {}),
        ("sources", "en", {"district": "110101"}),
        ("completeness", "zh", {}),
        ("completeness", "en", {"district": "110101"}),
        ("completeness", "zh", {"subdistrict": "110101002"}),
        ("upload", "en", {}),
    ],
)
def test_every_tab_in_both_languages_for_every_kind_of_area(
    open_page: OpenPage, small_url: str, uploads: Path, tab: str, lang: str, area: dict
) -> None:
    page = open_page(small_url, "data", lang=lang, tab=tab, **area)
    assert_sound(page)
    assert page.query_params["tab"] == [tab] or page.query_params["tab"] == tab


@pytest.fixture
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Uploads go to a folder of the test's own."""
    place = tmp_path / "uploads"
    monkeypatch.setattr(files, "uploads_root", lambda: place)
    return place


@pytest.mark.parametrize("tab", ["sources", "completeness", "upload"])
def test_an_empty_store_says_what_to_do(
    open_page: OpenPage, sqlite_url: str, uploads: Path, tab: str
) -> None:
    open_store(sqlite_url).dispose()
    page = open_page(sqlite_url, "data", tab=tab)
    assert_sound(page)
    assert "还没有装载过数据" in text(page)
    assert "还没有数据" in text(page) or "第一步：选择文件" in text(page)


def test_a_run_is_chosen_in_the_address(open_page: OpenPage, small_url: str) -> None:
    page = open_page(small_url, "data")
    assert "第 2 次装载带来了什么？" in text(page)
    page.selectbox(key="data_run").select("1").run()
    assert_sound(page)
    assert "第 1 次装载带来了什么？" in text(page)
    assert "不能撤销" in text(page)
    assert "第 1 次装载带来了什么？" in text(open_page(small_url, "data", run="1"))
    assert "第 2 次装载带来了什么？" in text(open_page(small_url, "data", run="<script>"))


def test_undoing_asks_first_and_then_does_it(open_page: OpenPage, own: str) -> None:
    page = open_page(own, "data")
    page.button(key="data_undo_ask").click().run()
    assert_sound(page)
    assert "小区：去掉 6 行。" in text(page)
    page.button(key="data_undo_cancel").click().run()
    assert "小区：去掉 6 行。" not in text(page)
    page.button(key="data_undo_ask").click().run()
    page.button(key="data_undo_confirm").click().run()
    assert_sound(page)
    assert len(page.success) == 1
    assert "已撤销" in page.success[0].value
    assert [b.key for b in page.button if b.key and b.key.startswith("data_undo")] == []
    store = open_store(own)
    assert queries_data.run_rows(store).iloc[0]["status"] == "undone"
    store.dispose()


def test_a_refused_undo_gives_the_reason(open_page: OpenPage, own: str) -> None:
    page = open_page(own, "data")
    page.button(key="data_undo_ask").click().run()
    store = open_store(own)
    undo_and_relink(store, 2, actor="别人")
    store.dispose()
    page.button(key="data_undo_confirm").click().run()
    assert not page.exception
    assert [e.value.replace("\\", "") for e in page.error] == ["第 2 次装载已经撤销过。"]


def test_the_completeness_of_one_field(open_page: OpenPage, small_url: str) -> None:
    page = open_page(small_url, "data", tab="completeness")
    page.selectbox(key="data_field").select("surveyed_date").run()
    assert_sound(page)
    assert "“摸底日期”填报最低的是东城区：1 / 2 (50.0 %)。" in text(page)
    assert page.dataframe.len == 3


# --- an upload ------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def diagnosed(tmp_path_factory: pytest.TempPathFactory) -> list[UploadedFile]:
    """Two files, read and diagnosed once for all tests."""
    folder = tmp_path_factory.mktemp("diagnosed")
    store = open_store(f"sqlite:///{folder / 'atlas.sqlite'}")
    ensure_reference(store)
    batch = Batch(store, files.new_folder(folder / "uploads"))
    batch.add([("小区<b>.csv", gcj02_csv()), ("台账.xlsx", excel_ledger())])
    for file in batch.uploads.values():
        assert file.job.wait(PATIENCE_S)
        assert file.job.state == "done", file.job.fault
    store.dispose()
    return list(batch.uploads.values())


@pytest.fixture
def city(tmp_path: Path) -> Iterator[str]:
    """A store with one synthetic community in a district that a file is about; the districts come with the load."""
    url = f"sqlite:///{tmp_path / 'city.sqlite'}"
    store = open_store(url)
    ensure_reference(store)
    rows = pd.DataFrame(
        {
            "community_id": ["S1"],
            "name": ["合成小区"],
            "district_code": ["110108"],
            "build_year_precision": ["unknown"],
        }
    )
    with store.writing() as conn:
        run = begin_run(conn, kind="demo", catalogue_key="demo", actor="t", is_synthetic=True)
        apply_rows(conn, run, communities, rows, is_synthetic=True)
        relink(conn)
        end_run(conn, run, actor="t", detail={})
    store.dispose()
    yield url
    st.cache_resource.clear()


@pytest.fixture
def uploading(city: str, uploads: Path, diagnosed: list[UploadedFile]) -> Iterator[Batch]:
    """An upload of two files, already diagnosed, as the chooser would have left it."""
    store: Store = open_store(city)
    batch = Batch(store, files.new_folder(uploads))
    batch.uploads = {f.number: dataclasses.replace(f, answers=None) for f in diagnosed}
    batch._next = len(diagnosed) + 1
    for file in diagnosed:
        (batch.folder / f"{file.number}{file.path.suffix}").write_bytes(b"x")
    yield batch
    batch.close()
    store.dispose()


def with_batch(url: str, batch: Batch, monkeypatch: pytest.MonkeyPatch, **query: str) -> AppTest:
    monkeypatch.setenv("ATLAS_DATABASE_URL", url)
    entry = Path(__file__).resolve().parents[2] / "dashboard" / "entry.py"
    page = AppTest.from_file(str(entry), default_timeout=60)
    page.session_state[BATCH] = batch
    for key, value in {"tab": "upload", **query}.items():
        page.query_params[key] = value
    page.run()
    return page.switch_page("views/data.py").run()


def wait_for(batch: Batch, page: AppTest) -> AppTest:
    for job in (batch.trial, batch.load):
        if job is not None:
            assert job.wait(PATIENCE_S)
    return page.run()


def test_an_upload_from_findings_to_the_map(
    city: str, uploading: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = with_batch(city, uploading, monkeypatch)
    assert_sound(page)
    assert "小区<b>.csv" in text(page)
    assert "<b>.csv" not in markup(page)
    assert "40 行，GCJ-02（火星坐标）" in text(page)
    assert page.button(key="data_trial").disabled
    assert page.button(key="data_load").disabled
    assert "请填写“来源单位”。" in text(page)
    for name, value in (("title", "试装"), ("source", "某局"), ("licence", "内部")):
        page.text_input(key=f"data_about_{name}").set_value(value).run()
    assert_sound(page)
    assert page.selectbox(key="data_about_district").value == "110108"
    page.button(key="data_trial").click().run()
    page = wait_for(uploading, page)
    assert_sound(page)
    assert "读取 52 行，可装入 46 行，将被拒绝 6 行" in text(page)
    assert "替换" in text(page)  # the store still has synthetic communities
    assert len(queries_data.run_rows(uploading.store)) == 2
    page.button(key="data_load").click().run()
    page = wait_for(uploading, page)
    assert_sound(page)
    assert "已装入，记为第 3 次装载：新增 46 行" in text(page)
    assert not [b for b in page.button if b.key == "data_load"]
    page.button(key="data_load_undo").click().run()
    assert_sound(page)
    assert "第 3 次装载已撤销" in text(page)


def test_the_answers_stay_when_another_file_is_looked_at(
    city: str, uploading: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = with_batch(city, uploading, monkeypatch)
    page.selectbox(key="data_field_1_communities_structure").select("所属区").run()
    page.selectbox(key="data_field_1_communities_floor_area_m2").select("").run()
    page.get("button_group")[-1].set_value(2).run()  # type: ignore[attr-defined]
    assert_sound(page)
    assert "台账.xlsx" in text(page)
    page.get("button_group")[-1].set_value(1).run()  # type: ignore[attr-defined]
    assert page.selectbox(key="data_field_1_communities_structure").value == "所属区"
    assert page.selectbox(key="data_field_1_communities_floor_area_m2").value == ""
    answers = uploading.uploads[1].answers
    assert answers is not None
    assert "floor_area_m2" not in answers.columns


def test_another_table_brings_its_own_fields(
    city: str, uploading: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = with_batch(city, uploading, monkeypatch)
    page.selectbox(key="data_target_1").select("facilities").run()
    assert_sound(page)
    assert "必填的“类别”还没有对应的列" in text(page)
    page.selectbox(key="data_field_1_facilities_kind").select("\x00fixed").run()
    assert_sound(page)
    page.selectbox(key="data_field_1_facilities_kind_fixed").select("kindergarten").run()
    assert "必填的“类别”还没有对应的列" not in text(page)
    assert uploading.uploads[1].answers is not None
    assert uploading.uploads[1].answers.constants == {"kind": "kindergarten"}


def test_other_coordinate_columns_are_read_anew(
    city: str, uploading: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = with_batch(city, uploading, monkeypatch)
    page.selectbox(key="data_x_1").select("").run()
    page.selectbox(key="data_y_1").select("").run()
    assert uploading.uploads[1].job.wait(PATIENCE_S)
    page.run()
    # Without named columns the doctor looks for them by their headers and finds them again.
    found = uploading.uploads[1].found
    assert found is not None
    assert (found.x, found.y) == ("经度", "纬度")
    assert_sound(page)


def test_removing_and_clearing(city: str, uploading: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    page = with_batch(city, uploading, monkeypatch)
    page.button(key="data_remove_1").click().run()
    assert_sound(page)
    assert list(uploading.uploads) == [2]
    assert sorted(p.name for p in uploading.folder.iterdir()) == ["2.xlsx"]
    page.button(key="data_upload_clear").click().run()
    assert_sound(page)
    assert not uploading.folder.exists()
    assert "第二步" not in text(page)


def test_a_damaged_file_is_explained_and_the_rest_goes_on(
    city: str, uploading: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploading.add([("坏.gpkg", b"SQLite format 3\x00 broken")])
    assert uploading.uploads[3].job.wait(PATIENCE_S)
    uploading.drop(1)
    uploading.drop(2)
    page = with_batch(city, uploading, monkeypatch)
    assert not page.exception
    assert len(page.error) == 1
    assert "坏" in page.error[0].value
    assert "Traceback" not in page.error[0].value


def test_a_hostile_name_in_the_preview_is_text(
    city: str, uploading: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = with_batch(city, uploading, monkeypatch)
    assert WILD in list(page.dataframe[0].value["小区名称"])
    assert "<img" not in markup(page)
