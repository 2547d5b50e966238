"""The clerk's day in a browser: a template filled in, stopped at the gate, let in; two clerks on one row."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, TimeoutError

from loaders.ledger.held import held_ledger
from store.engine import open_store
from tests.browser.conftest import Server, Visitor, _visitor
from tests.browser.desk import become, server_on_copy, upload_ledger
from tests.loaders import ledger_books as books

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
DISTRICT = "110101"


@pytest.fixture(scope="module")
def ledger_server(demo_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of these tests' own, for they write."""
    with server_on_copy(demo_url, tmp_path_factory.mktemp("ledger")) as running:
        yield running


@pytest.fixture
def clerks(browser: Browser, ledger_server: Server) -> Iterator[tuple[Visitor, Visitor]]:
    """Two clerks of one district, each in a browser of their own."""
    contexts = [
        browser.new_context(viewport={"width": 1440, "height": 1000}, locale="zh-CN", accept_downloads=True)
        for _ in range(2)
    ]
    visitors = [_visitor(c, ledger_server.base) for c in contexts]
    for visitor in visitors:
        visitor.open(f"/ledger?district={DISTRICT}")
        become(visitor, "区")
    yield visitors[0], visitors[1]
    for context in contexts:
        context.close()


def _started(page: Page) -> int:
    """The projects started this year, as the overview says."""
    text = page.locator("[data-testid=stMain]").inner_text()
    return int(text.split("开工", 1)[1].split("/", 1)[0].strip().split()[-1])


def _waiting_project(url: str) -> tuple[str, str]:
    """A confirmed project of the district with an owners' body and without agreement or start."""
    store = open_store(url)
    held = held_ledger(store, DISTRICT)
    steps: dict[str, dict[str, object]] = {}
    for row in held.rows("stage_events").values():
        steps.setdefault(row.values["project_id"], {})[row.values["stage"]] = row.values
    store.dispose()
    for key, row in held.rows("projects").items():
        own = steps.get(key, {})
        is_ready = {"owners_body", "confirmed"} <= own.keys() and row.values["confirmation_document_no"]
        if is_ready and "started" not in own and "service_agreement" not in own:
            return key, str(row.values["name"])
    raise AssertionError("the demo has no project that waits for its agreement")


def test_a_clerk_is_stopped_at_the_gate_and_let_in_with_the_agreement(
    clerks: tuple[Visitor, Visitor], ledger_server: Server, tmp_path: Path
) -> None:
    clerk, _ = clerks
    key, name = _waiting_project(ledger_server.database_url)
    with clerk.page.expect_download() as waiting:
        clerk.page.get_by_role("button", name="下载台账模板").click()
    path = tmp_path / "东城区台账.xlsx"
    waiting.value.save_as(path)
    start = {"项目名称": name, "步骤": "开工", "完成日期": "2020-08-31"}
    text = upload_ledger(clerk, books.fill(path, "进度", start))
    assert "二(一)7" in text and "R20" in text
    assert "退回 1" in text

    agreement = {"项目编号": key, "步骤": "物业服务协议签订", "完成日期": "2020-08-28"}
    text = upload_ledger(clerk, books.fill(path, "进度", agreement))
    assert "退回" not in text.split("4 · 写入")[0].split("3 · ")[1]
    before = _started(clerk.open(f"/overview?district={DISTRICT}&month=2020-08"))
    clerk.open(f"/ledger?district={DISTRICT}")
    become(clerk, "区")
    text = upload_ledger(clerk, path)
    clerk.page.locator(".st-key-ledger_accept_all button").click()
    clerk.page.get_by_text("已写入", exact=True).wait_for(timeout=60_000)
    clerk.still()
    after = _started(clerk.open(f"/overview?district={DISTRICT}&month=2020-08"))
    assert after == before + 1
    clerk.assert_clean()


def _edit_batch(visitor: Visitor, text: str) -> None:
    """Type into the batch of the first project, three cells right of its id."""
    visitor.open(f"/ledger?district={DISTRICT}&task=table")
    become(visitor, "区")
    grid = visitor.page.locator(".st-key-panel_ledger_edit [data-testid=stDataFrame]").first
    field = visitor.page.locator("#portal textarea, #portal input").first
    saving = visitor.page.get_by_role("button", name="保存（1 行）")
    for attempt in range(4):  # a key that a busy machine let go by is pressed again
        grid.wait_for()
        visitor.page.wait_for_timeout(800)
        grid.click(position={"x": 80, "y": 52})  # the id of the first row
        for _ in range(3):
            visitor.page.keyboard.press("ArrowRight")
        visitor.page.keyboard.press("Enter")  # opens the cell's own editor
        try:
            field.wait_for(timeout=5_000)
            field.fill(text)
            field.press("Enter")
            saving.wait_for(timeout=8_000)
            break
        except TimeoutError:
            if attempt == 3:
                raise
            visitor.page.keyboard.press("Escape")
    visitor.still()


def test_two_clerks_on_one_row_never_overwrite_each_other(
    clerks: tuple[Visitor, Visitor], ledger_server: Server
) -> None:
    first, second = clerks
    _edit_batch(first, "甲改的批次")
    _edit_batch(second, "乙改的批次")
    first.page.locator(".st-key-ledger_save button").click()
    first.page.get_by_text("已保存", exact=False).wait_for(timeout=60_000)
    second.page.locator(".st-key-ledger_save button").click()
    second.page.get_by_text("被别人改过", exact=False).first.wait_for(timeout=60_000)
    text = second.still().locator("[data-testid=stMain]").inner_text()
    assert "甲改的批次 → 乙改的批次" in text

    def batches() -> list[str]:
        store = open_store(ledger_server.database_url)
        found = [str(r.values["batch"]) for r in held_ledger(store, DISTRICT).rows("projects").values()]
        store.dispose()
        return found

    assert "甲改的批次" in batches() and "乙改的批次" not in batches()
    second.page.get_by_role("button", name="采用我的").click()
    second.page.get_by_text("已保存", exact=False).wait_for(timeout=60_000)
    assert "乙改的批次" in batches()
    first.assert_clean()
    second.assert_clean()
