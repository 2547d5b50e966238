"""The page of projects itself, run without a browser on the small city, on an empty store, and writing."""

import datetime as dt
import html
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import dashboard.project_tabs.card_parts as card_parts
import dashboard.project_tabs.record as record
from dashboard.chooser_words import chooser_words
from dashboard.project_tabs.card_parts import PARTS
from dashboard.project_tabs.content import TOPICS as CONTENT
from dashboard.project_tabs.reserve import TOPICS as RESERVE
from store import queries_projects
from store.access import Principal, Role
from store.edits import RowChange, write_edit
from store.engine import open_store
from store.runs import undo_run
from tests.dashboard.projects_store import projects_store
from tests.dashboard.small_store import WILD_NAME
from tests.fresh import fresh_store

OpenPage = Callable[..., AppTest]
SUBJECTS = [
    {"project_view": "gates"},
    {"project_view": "gates", "step": "owners_body"},
    *({"project_view": "card", "project": "P1", "project_part": p} for p in PARTS),
    *({"project_view": "reserve", "reserve_topic": t} for t in RESERVE),
    *({"project_view": "content", "content_topic": t} for t in CONTENT),
]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return fresh_store(tmp_path_factory.mktemp("projects") / "atlas.sqlite", projects_store)


@pytest.fixture
def own_url(tmp_path: Path) -> str:
    """A store that a test may write to."""
    return fresh_store(tmp_path / "atlas.sqlite", projects_store)


def markup(page: AppTest) -> str:
    return "\n".join(e.proto.body for e in page.get("html"))  # type: ignore[attr-defined]


def text(page: AppTest) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", markup(page)))


def assert_sound(page: AppTest) -> None:
    assert not page.exception
    assert [e.value for e in page.error] == []
    headers = " ".join(str(c) for frame in page.dataframe for c in frame.value.columns)
    # A code without a sentence would show itself.
    assert not re.search(r"\b(projects|page|choice|field|code)\.[a-z_]+", text(page) + headers)


@pytest.mark.parametrize("query", SUBJECTS, ids=lambda q: "-".join(q.values()))
def test_every_subject(open_page: OpenPage, url: str, query: dict[str, str]) -> None:
    page = open_page(url, "projects", **query)
    assert_sound(page)
    assert "截至 2020-08-31" in text(page)


@pytest.mark.parametrize("query", SUBJECTS[::5], ids=lambda q: "-".join(q.values()))
def test_a_district_in_english(open_page: OpenPage, url: str, query: dict[str, str]) -> None:
    page = open_page(url, "projects", lang="en", district="110101", **query)
    assert_sound(page)
    assert "as of 2020-08-31" in text(page).lower()
    assert "synthetic" in text(page).lower()


def test_an_empty_store_and_an_empty_district_say_what_to_do(
    open_page: OpenPage, url: str, sqlite_url: str
) -> None:
    open_store(sqlite_url).dispose()
    page = open_page(sqlite_url, "projects")
    assert_sound(page)
    assert "还没有" in text(page)
    for query in SUBJECTS[len(PARTS) + 2 :]:
        assert_sound(open_page(url, "projects", subdistrict="110102002", month="2020-01", **query))
    page = open_page(url, "projects", project_view="card", district="110116")
    assert "没有列入台账的项目" in text(page)


def test_names_from_data_are_text(open_page: OpenPage, url: str) -> None:
    page = open_page(url, "projects")
    assert WILD_NAME in list(page.dataframe[0].value["项目"])
    card = open_page(url, "projects", project_view="card", project="P2")
    assert WILD_NAME in text(card)
    assert "<b>" not in markup(card)


def test_a_project_outside_the_view_is_said_to_be_so(open_page: OpenPage, url: str) -> None:
    page = open_page(url, "projects", project_view="card", project="P4", district="110101")
    assert "不在当前所选" in text(page)
    assert page.selectbox(key="projects_project").value == "P2"  # the first by name


# --- recording a step -------------------------------------------------------------------------------
def test_a_hard_gate_leaves_no_button(open_page: OpenPage, own_url: str) -> None:
    page = open_page(own_url, "projects", project_view="card", project="P1")
    page.selectbox(key="projects_record_step_P1").select("started").run()
    assert_sound(page)
    assert "✖ 缺“签订物业服务协议”（二(一)7 · R20，硬性）" in text(page)
    assert "不能登记这一步" in text(page)
    assert not [b for b in page.button if b.key == "projects_record_save"]


def test_the_missing_step_is_recorded_then_the_gate_opens(open_page: OpenPage, own_url: str) -> None:
    page = open_page(own_url, "projects", project_view="card", project="P1")
    page.selectbox(key="projects_record_step_P1").select("service_agreement").run()
    page.text_input(key="projects_record_document_P1_service_agreement_0").set_value("协-1").run()
    page.button(key="projects_record_save").click().run()
    assert_sound(page)
    assert ["已登记" in s.value for s in page.success] == [True]
    store = open_store(own_url)
    row = queries_projects.project_events(store, "P1").set_index("stage").loc["service_agreement"]
    assert (str(row["event_date"])[:10], row["document_no"]) == ("2020-08-31", "协-1")
    titles = queries_projects.run_titles(store).set_index("run_id")
    assert titles.loc[row["import_run_id"], ["kind", "title_zh"]].tolist() == [
        "edit",
        "登记环节：签订物业服务协议",
    ]
    page.selectbox(key="projects_record_step_P1").select("started").run()
    assert [b.key for b in page.button if b.key == "projects_record_save"]
    assert "△ 缺“完成招标”" in text(page)  # advisory gates are named and stop nothing
    # One edit is one run, and goes as it came.
    with store.writing() as conn:
        undo_run(conn, int(row["import_run_id"]), actor="t")
    assert "service_agreement" not in set(queries_projects.project_events(store, "P1")["stage"])
    store.dispose()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_district_takes_its_own_step_back_where_the_page_says_so(
    open_page: OpenPage, own_url: str, lang: str
) -> None:
    page = open_page(own_url, "projects", project_view="card", project="P1", lang=lang)
    page.session_state["access.role"], page.session_state["access.areas"] = "district", ("110101",)
    page.run()
    page.selectbox(key="projects_record_step_P1").select("service_agreement").run()
    page.button(key="projects_record_save").click().run()
    assert_sound(page)
    assert ["在此撤销" in s.value or "undone here" in s.value for s in page.success] == [True]
    store = open_store(own_url)
    assert "service_agreement" in set(queries_projects.project_events(store, "P1")["stage"])
    page.button(key="projects_record_undo").click().run()  # asked once more, nothing done
    assert "service_agreement" in set(queries_projects.project_events(store, "P1")["stage"])
    page.button(key="projects_record_undo.sure").click().run()
    assert_sound(page)
    assert ["已撤销" in s.value or "was undone" in s.value for s in page.success] == [True]
    assert "service_agreement" not in set(queries_projects.project_events(store, "P1")["stage"])
    # The form begins with what stands now: a new step again, not a correction of one that is gone.
    page.button(key="projects_record_save").click().run()
    assert_sound(page)
    assert "service_agreement" in set(queries_projects.project_events(store, "P1")["stage"])
    # Another step's form says nothing of it any more; the page Ledger lists it as one's own.
    page.selectbox(key="projects_record_step_P1").select("designed").run()
    assert not page.success
    page.query_params["task"] = "history"
    page.switch_page("views/ledger.py").run()
    assert_sound(page)
    assert any(b.key == "ledger_undo" for b in page.button)
    store.dispose()


def test_a_step_that_works_stand_on_is_not_taken_back(open_page: OpenPage, own_url: str) -> None:
    page = open_page(own_url, "projects", project_view="card", project="P1")
    page.selectbox(key="projects_record_step_P1").select("service_agreement").run()
    page.button(key="projects_record_save").click().run()
    store = open_store(own_url)
    start = {
        "event_id": "P1-started",
        "project_id": "P1",
        "stage": "started",
        "event_date": dt.date(2020, 8, 31),
    }
    write_edit(
        store,
        Principal("b", Role.PROGRAMME_OFFICE),
        [RowChange("stage_events", "P1-started", start, None)],
        origin="form",
        title_zh="开工",
        title_en="Start",
    )
    page.button(key="projects_record_undo").click().run()
    page.button(key="projects_record_undo.sure").click().run()
    assert not page.exception
    assert ["不能撤销" in e.value for e in page.error] == [True]
    assert {"service_agreement", "started"} <= set(queries_projects.project_events(store, "P1")["stage"])
    store.dispose()


def test_a_recorded_step_is_corrected_unless_somebody_else_was_there_first(
    open_page: OpenPage, own_url: str
) -> None:
    first = open_page(own_url, "projects", project_view="card", project="P1")
    first.selectbox(key="projects_record_step_P1").select("designed").run()
    other = open_page(own_url, "projects", project_view="card", project="P1")
    other.selectbox(key="projects_record_step_P1").select("designed").run()
    for page, number in ((first, "设-1"), (other, "设-2")):
        page.text_input(key="projects_record_document_P1_designed_0").set_value(number).run()
    first.button(key="projects_record_save").click().run()
    assert_sound(first)
    other.button(key="projects_record_save").click().run()
    assert ["您的改动没有保存" in e.value for e in other.error] == [True]
    store = open_store(own_url)
    events = queries_projects.project_events(store, "P1")
    assert events.loc[events["stage"] == "designed", "document_no"].tolist() == ["设-1"]
    # The form begins again with what stands there now, and then it goes through.
    again = other.text_input(key="projects_record_document_P1_designed_1")
    assert again.value == "设-1"
    again.set_value("设-3").run()
    other.button(key="projects_record_save").click().run()
    events = queries_projects.project_events(store, "P1")
    assert events.loc[events["stage"] == "designed", "document_no"].tolist() == ["设-3"]
    store.dispose()


def test_a_step_that_two_clerks_record_at_once_goes_in_once(open_page: OpenPage, own_url: str) -> None:
    pages = [open_page(own_url, "projects", project_view="card", project="P1") for _ in range(2)]
    for page in pages:
        page.selectbox(key="projects_record_step_P1").select("tendered").run()
    for page in pages:
        page.button(key="projects_record_save").click().run()
    assert not pages[0].error
    assert len(pages[1].error) == 1
    store = open_store(own_url)
    assert queries_projects.project_events(store, "P1")["stage"].tolist().count("tendered") == 1
    store.dispose()


def test_a_proof_goes_in_with_its_event(own_url: str) -> None:
    store = open_store(own_url)
    from store.attachments import attachment, keep_attachment
    from store.edits import RowChange, write_edit_within

    clerk = Principal("clerk", Role.PROGRAMME_OFFICE)
    with store.writing() as conn:
        seal = keep_attachment(conn, clerk, b"%PDF-1.4 proof", "application/pdf")
        proof = {"proof_id": "p", "event_id": "P1-designed", "file_name": "<b>.pdf", "sha256": seal}
        write_edit_within(
            conn,
            clerk,
            [RowChange("proof_files", "p", proof)],
            origin="form",
            title_zh="x",
            title_en="x",
        )
    held = queries_projects.event_proofs(store, "P1")
    assert held[["stage", "file_name"]].to_numpy().tolist() == [["designed", "<b>.pdf"]]
    assert attachment(store, seal) == (b"%PDF-1.4 proof", "application/pdf")
    store.dispose()


def test_the_card_offers_the_proofs(open_page: OpenPage, own_url: str) -> None:
    test_a_proof_goes_in_with_its_event(own_url)
    page = open_page(own_url, "projects", project_view="card", project="P1")
    assert_sound(page)
    assert "证明文件 1 份" in text(page)


def test_who_may_not_write_has_no_form(
    open_page: OpenPage, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "登记一个环节" in text(open_page(url, "projects", project_view="card", project="P1"))
    leader = Principal("l", Role.CITY_LEADER)
    monkeypatch.setattr(record, "current_principal", lambda: leader)
    assert "登记一个环节" not in text(open_page(url, "projects", project_view="card", project="P1"))


def test_contacts_only_for_those_who_may_see_persons(
    open_page: OpenPage, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = {"project_view": "card", "project": "P1", "project_part": "duties"}

    def cells(page: AppTest) -> str:
        return " ".join(str(v) for frame in page.dataframe for v in frame.value.to_numpy().ravel())

    assert "010-00001234" in cells(open_page(url, "projects", **query))
    monkeypatch.setattr(card_parts, "current_principal", lambda: Principal("l", Role.CITY_LEADER))
    page = open_page(url, "projects", **query)
    assert "010-00001234" not in cells(page) + markup(page)
    assert "联系人和电话只对" in text(page)


def test_the_choosers_words_end_no_style(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr("dashboard.chooser_words.show", lambda *e: shown.extend(e))
    chooser_words('拖到"这里"', "</style><b>", "选\\择")
    assert "'这里'" in shown[0]
    assert "</style><b>" not in shown[0].removesuffix("</style>")
    assert "选择" in shown[0]
