"""Facility gaps on the town that is worked out on paper: what each community lacks, in figures and on the page."""

import datetime as dt
import html
import io
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pypdf import PdfReader
from streamlit.testing.v1 import AppTest

from dashboard.viewmodels.gaps import (
    GapAsk,
    area_lines,
    composite_rows,
    counted_by,
    gaps_by,
    judged_kinds,
    kind_rows,
    needs_of,
    short_kind,
    standard_choices,
    steps_between,
)
from dashboard.viewmodels.gaps_communities import community_rows, sheet_rows
from dashboard.viewmodels.gaps_steps import openable, with_assumption
from dashboard.words import Words
from loaders.coverage.inputs import HOMES
from loaders.coverage.work import brought_up, coverage_folder
from loaders.facility_standards import shipped_standards
from loaders.reports.sheet import Section, Sheet, sheet_pdf
from programme.standards import Status
from store import queries_gaps
from store.engine import open_store
from tests.fresh import fresh_store
from tests.town import fill_town, frame, put, spot

ZH, EN = Words("zh"), Words("en")
ASK = GapAsk(dt.date(2020, 8, 31), None, HOMES)
OpenPage = Callable[..., AppTest]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the town and its distances, to be copied."""
    folder = tmp_path_factory.mktemp("made")
    store = open_store(fresh_store(folder / "atlas.sqlite"))
    fill_town(store)
    brought_up(store, coverage_folder(store))
    store.dispose()
    return folder


@pytest.fixture
def town_url(made: Path, tmp_path: Path) -> str:
    """The town with its distances kept."""
    folder = shutil.copytree(made, tmp_path / "town")
    return f"sqlite:///{folder / 'atlas.sqlite'}"


@pytest.fixture
def held(town_url: str):  # type: ignore[no-untyped-def]
    store = open_store(town_url)
    made = brought_up(store, coverage_folder(store))
    people = made.people(HOMES)
    yield made.reach(HOMES, people), people, queries_gaps.home_communities(store)
    store.dispose()


def test_residents_beyond_the_standard_by_hand(held) -> None:  # type: ignore[no-untyped-def]
    reach, people, _ = held
    needs = needs_of(shipped_standards(), list(reach.kinds), ASK)
    assert needs["kindergarten"].radius_m == 300
    assert "kindergarten" in judged_kinds(needs, reach.limit_m)
    assert counted_by(people) == "residents"
    table = gaps_by(reach, people, needs, ("subdistrict_code",))
    rows = kind_rows(table[table["kind"] == "kindergarten"], "subdistrict_code", "residents")
    # A (100) lives 250 m away; B (40) 350 m; how many live in C is not known.
    assert rows[["code", "counted", "beyond", "by_straight"]].values.tolist() == [["110101001", 140, 40, 0]]
    lines = area_lines(rows, "beyond_pct", {"110101001": "甲街道"}, ZH, "residents")
    assert (lines.rows[0].name, lines.rows[0].figure, lines.rows[0].reason) == (
        "甲街道",
        "28.6 %",
        "40 / 140 人",
    )
    composite = composite_rows(table, "subdistrict_code", "residents")
    assessed = table[table["status"] == "assessed"]
    assert composite["lacking"].tolist() == [float(assessed["residents_beyond"].sum())]
    assert composite["mean_lacking"].iloc[0] == pytest.approx(assessed["residents_beyond"].sum() / 140)
    assert composite["worst"].iloc[0][0][1] >= composite["worst"].iloc[0][-1][1]


def test_communities_by_verdict_and_a_community_that_only_the_straight_line_reaches(held) -> None:  # type: ignore[no-untyped-def]
    reach, people, homes = held
    needs = needs_of(shipped_standards(), list(reach.kinds), ASK)
    rows = community_rows(reach, people, "kindergarten", needs["kindergarten"], homes).set_index(
        "community_id"
    )
    assert rows["verdict"].to_dict() == {"A": "has", "B": "lacks", "C": "lacks"}
    assert rows["nearest_id"].to_dict() == {"A": "K1", "B": "K1", "C": "K1"}
    assert rows["by_straight"].to_dict() == {"A": 0, "B": 0, "C": 1}
    assert rows.loc["B", "nearest_m"] == pytest.approx(350, abs=0.1)
    none = community_rows(reach, people, "public_toilet", needs["public_toilet"], homes)
    assert set(none["verdict"]) == {"unknown"}  # GB 50180 gives no distance that was found


def test_a_sheet_says_what_is_not_judged_and_why(held) -> None:  # type: ignore[no-untyped-def]
    reach, people, _ = held
    needs = needs_of(shipped_standards(), list(reach.kinds), ASK)
    own = np.flatnonzero((people["community_id"] == "B").to_numpy())
    from dashboard.gaps_sheet import _cut

    rows = sheet_rows(_cut(reach, own), people.iloc[own], needs, list(needs)).set_index("kind")
    assert rows.loc["kindergarten", "verdict"] == "lacks"
    assert rows.loc["kindergarten", "judged_m"] == pytest.approx(350, abs=0.1)
    assert rows.loc["primary_school", "verdict"] == "not_held"
    assert rows.loc["public_toilet", "verdict"] == "not_set"
    assert rows.loc["idle_room", "verdict"] in ("not_held", "no_standard")
    assert rows.iloc[0]["verdict"] == "lacks"


def test_rooms_open_for_each_kind_that_they_suit_and_an_assumption_is_never_a_standard() -> None:
    rooms = frame(
        {
            "space_id": ["R1", "R2", "R3"],
            "name": ["=1+1", "乙", "丙"],
            "owner": None,
            "possible_kinds": ["kindergarten、elderly_daycare", "nonsense", None],
            "floor_area_m2": None,
            "capacity": None,
        },
        spot((600, 0), (0, 0), (1, 1)),
    )
    cars = frame(
        {
            "facility_id": ["W1"],
            "kind": ["parking_workplace"],
            "name": ["单位停车场"],
            "floor_area_m2": None,
            "land_area_m2": None,
            "capacity": [40.0],
        },
        spot((600, 10)),
    )
    opened = openable(rooms, cars, ["parking_workplace"], "parking_community", set())  # type: ignore[arg-type]
    assert sorted(zip(opened["place_id"], opened["kind"], strict=True)) == [
        ("R1", "elderly_daycare"),
        ("R1", "kindergarten"),
        ("W1", "parking_community"),
    ]
    assert openable(rooms, cars, [], "kindergarten", {"R1"}).empty  # type: ignore[arg-type]
    needs = needs_of(shipped_standards(), ["parking_community", "kindergarten"], ASK)
    assumed = with_assumption(needs["parking_community"], 300)
    assert (assumed.status, assumed.radius_m, assumed.standard_key) == (Status.SET, 300, None)
    assert with_assumption(needs["kindergarten"], 999) is needs["kindergarten"]
    assert with_assumption(needs["parking_community"], None) is needs["parking_community"]


def test_a_scale_for_figures_far_from_nothing_tells_them_apart() -> None:
    scale = steps_between(pd.Series([13.1, 13.5, 14.9, 16.7]))
    assert scale.colour(13.1) != scale.colour(16.7)
    assert len({scale.colour(v) for v in (13.1, 14.9, 16.7)}) == 3
    assert steps_between(pd.Series([], dtype=float)).colours
    assert steps_between(pd.Series([2.0, 2.0])).colours


def test_names_of_kinds_and_standards() -> None:
    assert short_kind("small_court", ZH) == "小型多功能运动场地"
    assert short_kind("public_green", EN) == "Public green space"
    choices = standard_choices(shipped_standards(), ASK.day, ZH)
    assert next(iter(choices)) == "in_force"
    assert "gb50180@2018" in choices


# --- the page -----------------------------------------------------------------------------------------
def text(page: AppTest) -> str:
    marks = "\n".join(e.proto.body for e in page.get("html"))  # type: ignore[attr-defined]
    return html.unescape(re.sub(r"<[^>]+>", " ", marks))


def assert_sound(page: AppTest) -> None:
    assert not page.exception
    assert [e.value for e in page.error] == []
    assert not re.search(r"\bgaps\.[a-z_]+", text(page))


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("subject", ["overall", "kind", "sheet", "standards", "sources"])
def test_every_subject_in_both_languages(open_page: OpenPage, town_url: str, subject: str, lang: str) -> None:
    page = open_page(
        town_url, "facility_gaps", gaps=subject, lang=lang, district="110101", gap_kind="kindergarten"
    )
    assert_sound(page)


@pytest.mark.parametrize(
    "area", [{}, {"district": "110101"}, {"district": "110101", "subdistrict": "110101001"}]
)
def test_the_answer_stands_on_top(open_page: OpenPage, town_url: str, area: dict[str, str]) -> None:
    page = open_page(town_url, "facility_gaps", gaps="kind", gap_kind="kindergarten", **area)
    assert_sound(page)
    assert "140 人中有 40 人（28.6 %）到最近的幼儿园超过 300 米" in text(page)
    assert "GB 50180-2018" in text(page)
    if "district" in area:
        assert "3 个小区中 2 个够不着（其中 2000 年前建成的 1 个）" in text(page)


def test_points_are_an_account_of_their_own(open_page: OpenPage, town_url: str) -> None:
    page = open_page(
        town_url,
        "facility_gaps",
        gaps="kind",
        gap_kind="kindergarten",
        gap_people="points",
        district="110101",
    )
    assert_sound(page)
    assert "140 人中有 40 人" in text(page)


def test_an_empty_store_says_what_to_do(open_page: OpenPage, sqlite_url: str) -> None:
    open_store(sqlite_url).dispose()
    page = open_page(sqlite_url, "facility_gaps")
    assert_sound(page)
    assert "还没有数据" in text(page)


def test_a_changed_store_is_worked_out_again_before_the_page_answers(
    open_page: OpenPage, town_url: str
) -> None:
    store = open_store(town_url)
    put(store, facilities=frame({"facility_id": ["K0"], "kind": ["kindergarten"]}, spot((600, 0))))
    store.dispose()
    page = open_page(town_url, "facility_gaps", gaps="kind", gap_kind="kindergarten", district="110101")
    for _ in range(30):
        if "140 人中有 0 人（0.0 %）" in text(page):
            break
        page.run()
    assert "140 人中有 0 人（0.0 %）" in text(page)


def test_the_sheet_as_pdf_holds_its_rows() -> None:
    section = Section("幼儿园", "", ("小区", "米"), (("乙", "350"),))
    made = PdfReader(io.BytesIO(sheet_pdf(Sheet("甲", "乙", "", (section,), "zh"), ASK.day)))
    assert "350" in made.pages[0].extract_text()


@pytest.mark.parametrize("account", ["homes", "points"])
def test_the_two_steps_on_the_page(open_page: OpenPage, town_url: str, account: str) -> None:
    store = open_store(town_url)
    rooms = {
        "space_id": ["R1", "R2"],
        "name": ["<b>社区用房</b>", "锅炉房"],
        "possible_kinds": ["kindergarten", "public_toilet"],
    }
    put(store, idle_spaces=frame(rooms, spot((600, 0), (0, 0))))
    store.dispose()
    page = open_page(
        town_url,
        "facility_gaps",
        gaps="steps",
        gap_kind="kindergarten",
        gap_people=account,
        district="110101",
    )
    for _ in range(30):
        if "现在有 40 人够不着幼儿园" in text(page):
            break
        page.run()
    assert_sound(page)
    assert "开放 1 处现有用房后可补 40 人,仍有 0 人" in text(page).replace("，", ",")
    assert "作用最大的一处是<b>社区用房</b>" in text(page)
    page.multiselect[1].set_value(["R1"]).run()
    assert "可补 0 人,仍有 40 人" in text(page).replace("，", ",")


def test_one_full_kindergarten_does_not_serve_everyone(open_page: OpenPage, town_url: str) -> None:
    """Places for 30 in 1,000 are asked for, by a planner's row; the only kindergarten, near A alone, has 2 of them."""
    store = open_store(town_url)
    held = {"facility_id": ["K1"], "kind": ["kindergarten"], "capacity": [2.0]}
    row = {
        "standard_row_id": ["S1"],
        "standard_key": ["gb50180"],
        "facility_kind": ["kindergarten"],
        "tier": ["5"],
        "radius_m": [300.0],
        "places_per_1000": [30.0],
        "source": ["本区规定"],
    }
    put(store, facilities=frame(held, spot((250, 0))), standard_rows=pd.DataFrame(row))
    store.dispose()
    asked = {"gaps": "steps", "gap_kind": "kindergarten", "gap_standard": "gb50180@2018"}
    page = open_page(town_url, "facility_gaps", district="110101", **asked)
    for _ in range(30):
        if "规模够不够" in text(page):
            break
        page.run()
    assert_sound(page)
    # 140 known residents need 4.2 places; A (100) needs 3 and has 2 within 300 m, B (40) needs 1.2 and has none.
    assert "140 人需要 4.2 个,现缺 2.2 个" in text(page).replace("，", ",")
