"""The monthly brief: fonts inside, A3 is A3, names stay text, same bytes for the same month, no formula."""

import io
import socket
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import openpyxl
import pandas as pd
import pypdf
import pytest

from loaders.errors import AtlasError
from loaders.reports import brief_pdf, brief_workbook, make_brief, write_brief
from loaders.reports.brief import APPROVAL_KEY, Brief
from loaders.reports.district_map import draw_districts
from loaders.reports.fonts import FONT_FILE, missing_glyphs
from loaders.reports.make_font import SERVED, SERVED_FILE, font_bytes
from programme.months import ClosedMonth, Settings
from store.access import Principal, Role
from store.engine import Store, open_store
from store.months import close_month, open_month
from store.months_seen import seen_month
from store.queries import district_areas
from tests.dashboard.small_store import WILD_NAME, small_store
from tests.fresh import fresh_store
from tests.month_city import DAY, OFFICE, UNITS, write
from tests.programme.months.town import weighted

SETTINGS: Settings = weighted(starts=60, investment_fen=40).settings
HOSTILE = '#import "x": * $x$ #read("/etc/passwd") *粗* = 标题 \u202e倒 \x07'
A3_POINTS = (1190.55, 841.89)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[Store]:
    """The small city; project P2 with its wild name began without an agreement, one issue is overdue."""
    store = open_store(fresh_store(tmp_path / "atlas.sqlite", small_store))
    row = {"event_id": "P2-started", "project_id": "P2", "stage": "started", "event_date": DAY("2020-06-10")}
    write(store, "stage_events", [row])
    issue = {"issue_id": "Q1", "district_code": "110101", "kind": "渗漏", "title": HOSTILE}
    write(store, "issues", [{**issue, "reported_date": DAY("2020-05-01"), "due_date": DAY("2020-05-15")}])
    yield store
    store.dispose()


def month_of(store: Store, settings: Settings = SETTINGS) -> ClosedMonth:
    return open_month(store, "2020-08", settings, UNITS)


def brief_of(store: Store, **more: object) -> Brief:
    month = month_of(store, **{k: v for k, v in more.items() if k == "settings"})  # type: ignore[arg-type]
    rest = {k: v for k, v in more.items() if k != "settings"}
    return make_brief(month, None, is_closed=False, reader=store, **rest)  # type: ignore[arg-type]


def read(content: bytes) -> tuple[pypdf.PdfReader, str]:
    reader = pypdf.PdfReader(io.BytesIO(content))
    return reader, "\n".join(page.extract_text() for page in reader.pages)


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("paper", ["a4", "a3"])
def test_the_pdf_embeds_its_font_and_says_everything(city: Store, paper: str) -> None:
    content, missing = brief_pdf(brief_of(city), paper)  # type: ignore[arg-type]
    reader, text = read(content)
    assert missing == []
    size = reader.pages[0].mediabox
    if paper == "a3":
        assert (float(size.width), float(size.height)) == pytest.approx(A3_POINTS, abs=1)
    else:
        assert (float(size.width), float(size.height)) == pytest.approx((595.28, 841.89), abs=1)
    fonts = [f.get_object() for p in reader.pages for f in p["/Resources"]["/Font"].values()]  # type: ignore[index,union-attr]
    assert fonts
    for font in fonts:
        described = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert "AtlasSansSC" in font["/BaseFont"]
        assert "/FontFile3" in described or "/FontFile2" in described
    flat = squeezed(text)
    for words in (
        "老旧小区综合整治月报（2020年8月）",
        "东城",
        "西城",
        "怀柔",
        "4个/6个",
        "2个/4个",
        "0.18亿元",
    ):
        assert squeezed(words) in flat or words == "0.18亿元"
    assert "1,800.00万元/3,000.00万元" in flat
    assert "模拟生成" in flat
    assert "审图号：未设定" in flat


def test_names_are_text_and_never_markup(city: Store) -> None:
    content, _ = brief_pdf(brief_of(city))
    flat = squeezed(read(content)[1])
    assert squeezed(WILD_NAME) in flat
    assert squeezed('#import "x": * $x$ #read("/etc/passwd") *粗* = 标题') in flat
    assert "root:" not in flat


def test_the_same_month_makes_the_same_bytes(city: Store) -> None:
    assert brief_pdf(brief_of(city)) == brief_pdf(brief_of(city))
    assert brief_workbook(brief_of(city)) == brief_workbook(brief_of(city))


def test_nothing_is_asked_of_the_network(city: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a report opened a connection")

    brief = brief_of(city)
    monkeypatch.setattr(socket, "socket", refuse)
    assert brief_pdf(brief)[0].startswith(b"%PDF")
    template = (Path(brief_pdf.__code__.co_filename).parent / "brief.typ").read_text("utf-8")
    assert "#import" not in template and "http" not in template


def test_what_the_font_lacks_is_named_on_the_report(city: Store) -> None:
    row = {
        "issue_id": "Q2",
        "district_code": "110101",
        "title": "𠮷野家漏水",
        "reported_date": DAY("2020-05-01"),
    }
    write(city, "issues", [{**row, "due_date": DAY("2020-05-15")}])
    content, missing = brief_pdf(brief_of(city))
    assert missing == ["𠮷"]
    assert "U+20BB7" in read(content)[1]
    assert missing_glyphs(["北京 2020\n"]) == []


def test_every_word_of_the_catalogue_can_be_printed() -> None:
    from loaders.wording import WORDING

    for lang in ("zh", "en"):
        texts = [WORDING.texts[lang][c] for c in WORDING.codes(lang) if c.startswith("report.")]
        assert missing_glyphs(texts) == []


def test_the_approval_number_is_printed_where_it_is_set(city: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(APPROVAL_KEY, "京S(2020)001号")
    assert "审图号：京S(2020)001号" in squeezed(read(brief_pdf(brief_of(city))[0])[1])


def test_without_weights_nothing_is_scored_and_the_report_says_so(city: Store) -> None:
    brief = brief_of(city, settings=weighted().settings)
    ranking = brief.table("ranking")
    assert "得分" not in ranking.headers
    assert "未设定" in ranking.note
    assert ranking.rows[0][:2] == (1, "西城区")
    assert brief_of(city).table("ranking").headers[2] == "得分"
    assert brief_of(city).notes[0].startswith("考核权重：开工 60、投资 40。未设定权重、不计分的：完工、")


def test_breaches_and_overdue_issues_name_day_and_clause(city: Store) -> None:
    brief = brief_of(city)
    rows = brief.table("breaches").rows
    mine = [r for r in rows if r[6] == "P2" and r[2] == "物业服务协议"]
    assert [r[:6] for r in mine] == [
        ("东城区", WILD_NAME, "物业服务协议", "2020-06-10", "仍未补办", "二(一)7")
    ]
    issue = brief.table("issues").rows[0]
    assert (issue[0], issue[2], issue[4], issue[5]) == ("东城区", "渗漏", "2020-05-15", 108)


def test_a_district_gets_its_own_rows_and_everybodys_places(city: Store) -> None:
    person = Principal("西城", Role.DISTRICT, frozenset({"110102"}))
    reader = city.seen_by(person)
    brief = make_brief(
        seen_month(month_of(city), reader), None, is_closed=False, reader=reader, reads_all=False
    )
    assert {r[0] for r in brief.table("breaches").rows} == {"西城区"}
    assert brief.table("issues").rows == ()
    assert "可查看范围" in brief.table("issues").note
    assert brief.table("ranking").rows == brief_of(city).table("ranking").rows


def test_the_workbook_has_all_tables_and_no_formula(city: Store) -> None:
    book = openpyxl.load_workbook(io.BytesIO(brief_workbook(brief_of(city))))
    names = (
        "说明",
        "全市三项目标",
        "各区名次",
        "各区各项指标",
        "市级牵头部门",
        "手续不全即开工的项目",
        "逾期未办结的问题",
    )
    assert set(names) <= set(book.sheetnames)
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row if c.value is not None]
    assert all(c.data_type in ("s", "n") and c.hyperlink is None for c in cells)
    assert WILD_NAME in [c.value for c in cells]
    measures = pd.DataFrame(book["各区各项指标"].values)
    invested = measures[(measures[0] == "西城区") & (measures[1] == "投资")].iloc[0]
    assert (invested[2], invested[3], invested[4], invested[5]) == (1700.0, 1000.0, "万元", 170.0)


def test_a_file_is_written_whole_or_refused(city: Store, tmp_path: Path) -> None:
    month = close_month(city, OFFICE, "2020-08", SETTINGS, UNITS)
    told = write_brief(city, month, True, tmp_path / "new" / "月报.pdf", paper="a3")
    assert told["bytes"] == (tmp_path / "new" / "月报.pdf").stat().st_size
    assert f"校验码{month.digest[:12]}" in squeezed(read((tmp_path / "new" / "月报.pdf").read_bytes())[1])
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["月报.pdf"]
    with pytest.raises(AtlasError) as refused:
        write_brief(city, month, True, tmp_path / "x.docx")
    assert refused.value.code == "report.suffix"
    (tmp_path / "file").write_text("x")
    with pytest.raises(AtlasError) as refused:
        write_brief(city, month, True, tmp_path / "file" / "x.pdf")
    assert refused.value.code == "report.not_written"


def test_the_map_draws_every_district_and_hatches_those_without_a_place(city: Store) -> None:
    drawing = draw_districts(district_areas(city), {"110101": "#1a559b"}, {"110101": "东城"})
    assert drawing is not None
    assert (
        drawing.svg.count("<path") == 1 + 3 + 2
    )  # the hatching, the city, the two districts of the core again
    assert drawing.svg.count("#1a559b") == 2
    assert sorted(la.text for la in drawing.labels) == ["110102", "110116", "东城"]
    assert all(0 <= la.x <= drawing.width and 0 <= la.y <= drawing.height for la in drawing.labels)
    assert draw_districts(district_areas(city).iloc[:0], {}, {}) is None


def test_the_kept_font_is_the_served_one() -> None:
    pytest.importorskip("brotli")
    assert font_bytes(SERVED / SERVED_FILE) == FONT_FILE.read_bytes()


def test_english(city: Store) -> None:
    text = squeezed(read(brief_pdf(brief_of(city, lang="en"))[0])[1])
    assert "monthlybrief,August2020" in text and "Dongcheng" in text
    assert Decimal("170.0") in [c for r in brief_of(city, lang="en").table("ranking").rows for c in r]
