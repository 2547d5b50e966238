"""June in the browser: closed, told otherwise by a district in July, corrected; what was first said stays for ever.

The offices work through the pages alone, the district by the ledger's file. What is stopped at a gate, and two clerks
on one row, stand in `test_ledger.py`. The days are those of the ledger: the machine's clock is long past them.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from loaders.ledger.held import held_ledger
from store.engine import Store, open_store
from store.months import check_months, kept_bytes, read_month, replay_month
from store.queries_months import closed_versions
from tests.browser.conftest import Server, Visitor, _visitor
from tests.browser.desk import become, main_text, press, server_on_copy, upload_ledger
from tests.loaders import ledger_books as books

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
JUNE, DISTRICT = "2020-06", books.DONGCHENG
OFFICE, CLERK = "绩效办", "区"
REASON = "东城区 7 月补报 6 月底已开工的 3 个项目"
WEIGHTS = """
[[district]]
measure = "starts"
weight = 100
source = "测试依据"
"""


@pytest.fixture(scope="module")
def city_server(demo_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The demo city with a weight, so that its districts have scores; these tests write."""
    folder = tmp_path_factory.mktemp("year")
    weights = folder / "weights.toml"
    weights.write_text(WEIGHTS, "utf-8")
    with server_on_copy(demo_url, folder, ATLAS_ASSESSMENT_FILE=str(weights)) as running:
        yield running


@pytest.fixture
def city(city_server: Server) -> Iterator[Store]:
    opened = open_store(city_server.database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def desks(browser: Browser, city_server: Server) -> Iterator[tuple[Visitor, Visitor]]:
    """The assessment office and a district's clerk, each in a browser of their own."""
    contexts = [browser.new_context(viewport={"width": 1440, "height": 1000}, locale="zh-CN") for _ in "12"]
    yield _visitor(contexts[0], city_server.base), _visitor(contexts[1], city_server.base)
    for context in contexts:
        context.close()


def _assessment(office: Visitor, subject: str, version: str = "") -> str:
    """A subject of June's assessment; the page's text."""
    office.open(
        f"/assessment?month={JUNE}&assess={subject}" + (f"&version={JUNE}.{version}" if version else "")
    )
    return main_text(office)


def _late_starts(store: Store, path: Path) -> set[str]:
    """Write into the district's ledger that three projects began in June already; the events' keys.

    Two stand there as begun in July; one has no start yet, and gets its agreement with it.
    """
    held = held_ledger(store, DISTRICT)
    steps: dict[str, dict[str, Mapping[str, Any]]] = {}
    for row in held.rows("stage_events").values():
        steps.setdefault(row.values["project_id"], {})[row.values["stage"]] = row.values
    ready = {
        key: steps[key]
        for key, row in sorted(held.rows("projects").items())
        if row.values["confirmation_document_no"]
        and all(
            str(steps.get(key, {}).get(s, {}).get("event_date", "9")) < "2020-06-20"
            for s in ("owners_body", "confirmed")
        )
    }
    begun = [
        s["started"]["event_id"]
        for s in ready.values()
        if str(s.get("started", {}).get("event_date", "")) > "2020-07"
    ]
    idle = [key for key, own in ready.items() if not own.keys() & {"service_agreement", "started"}]
    assert len(begun) >= 2 and idle, "the demo has too few projects that could have begun in June"
    for event in begun[:2]:
        books.change(path, "进度", event, 完成日期="2020-06-28")
    books.fill(
        path,
        "进度",
        {"项目编号": idle[0], "步骤": "物业服务协议签订", "完成日期": "2020-06-22"},
        {"项目编号": idle[0], "步骤": "开工", "完成日期": "2020-06-29"},
    )
    return {*begun[:2], f"{idle[0]}-service_agreement", f"{idle[0]}-started"}


def _places(store: Store, version: int) -> list[str]:
    """The districts that have a place, first to last."""
    scores = read_month(store, JUNE, version).districts()
    return [s.unit for s in sorted((s for s in scores if s.place is not None), key=lambda s: s.place or 0)]


def test_june_is_closed_and_corrected_and_its_first_ranking_stays(
    desks: tuple[Visitor, Visitor], city: Store, tmp_path: Path
) -> None:
    office, clerk = desks
    assert "尚未封存" in _assessment(office, "months")
    become(office, OFFICE)
    press(office, "assessment_close", "封存后不能撤销")
    assert closed_versions(city).empty  # asked, not done
    press(office, "assessment_close_yes", f"{JUNE} 已封存，第 1 版")
    first = kept_bytes(city, JUNE, 1)
    was = _places(city, 1)
    assert was[1] == DISTRICT
    assert "没有可更正的内容" in main_text(office)

    # July: the district's clerk hands in what came late.
    late = _late_starts(city, books.template(city, path := tmp_path / "东城区台账.xlsx") and path)
    clerk.open(f"/ledger?district={DISTRICT}&month=2020-07")
    become(clerk, CLERK)
    told = upload_ledger(clerk, path)
    assert "退回" not in told.split("4 · 写入")[0].split("3 · ")[1]
    press(clerk, "ledger_accept_all", "已写入")

    # June stands as it was closed until the office corrects it, which takes a reason.
    assert "居首的是石景山区" in _assessment(office, "months")
    become(office, OFFICE)
    assert "台账中有 4 行不同" in main_text(office)
    press(office, "assessment_correct", "第 1 版原样保留，另成第 2 版")
    press(office, "assessment_correct_yes", "请写明更正的理由")
    assert len(closed_versions(city)) == 1
    reason = office.page.locator("[data-testid=stMain] textarea")
    reason.fill(REASON)
    reason.press("Control+Enter")
    office.still()
    press(office, "assessment_correct_yes", f"{JUNE} 已更正，第 2 版")
    press(office, "assessment_replay", "第 2 版：复算结果与封存的字节完全一致")

    # The first version is what it was, to the byte, and comes out the same when it is worked out again.
    assert kept_bytes(city, JUNE, 1) == first == replay_month(city, JUNE, 1).packed
    assert _places(city, 1) == was
    assert _places(city, 2) == [DISTRICT, was[0], *was[2:]]
    correction = read_month(city, JUNE, 2).correction
    assert correction is not None and correction.reason == REASON
    with city.reading() as conn:
        assert check_months(conn) == []
    assert "第 1 版，共 2 版" in _assessment(office, "months", "1")
    press(office, "assessment_replay", "第 1 版：复算结果与封存的字节完全一致")
    assert "居首的是石景山区" in _assessment(office, "ranking", "1")

    # What made the difference is said in words.
    told = re.sub(r"\s+", " ", _assessment(office, "changes"))
    assert "居首的是东城区" in told
    assert f"更正理由：{REASON}" in told
    assert "项目进度新增 4 行" in told  # July's dates were not in June's version
    mine = next(s for s in told.split("。") if "东城区：" in s)
    assert "得分 50.00 → 87.50，名次 2 → 1，开工 4 个 / 8 个 → 7 个 / 8 个" in mine
    assert all(event in mine for event in sorted(late)[:3]) and "等 4 行" in mine
    assert "石景山区：名次 1 → 2。本单位数据未变，因其他单位变化而移位" in told
    office.assert_clean()
    clerk.assert_clean()
