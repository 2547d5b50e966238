"""The overview's figures, sentences and rows on the small city, worked out by hand.

As of 2020-08-31 two thirds of the year are gone. Dongcheng: 1 of 4 started (2 due), 0 of 2 completed (1 due),
100 of 2,000 万元 (1,333 due). Xicheng: 2 of 2, 2 of 2, 1,700 of 1,000.
"""

from dataclasses import replace

import pandas as pd
import pytest

from dashboard.filters import Filters, StoreFacts
from dashboard.viewmodels.area_rows import MEASURES
from dashboard.viewmodels.areas import areas_by_code
from dashboard.viewmodels.overview import OverviewView, overview_view
from dashboard.viewmodels.programme_data import Programme, ProgrammeFrames, programme
from dashboard.viewmodels.project_table import project_rows_table, standings_table
from dashboard.words import Words
from programme.progress import Lamp, PaceRule, month_end
from store import queries
from store.engine import Store
from tests.dashboard.small_store import WILD_NAME


@pytest.fixture
def facts(small: Store) -> StoreFacts:
    names = queries.area_names(small)
    return StoreFacts(
        years=(2020,),
        latest_date=month_end("2020-08"),
        districts=areas_by_code(names, "district"),
        subdistricts=areas_by_code(names, "subdistrict"),
    )


def worked_out(
    small: Store, facts: StoreFacts, rule: PaceRule = PaceRule.CALENDAR, **query: str
) -> tuple[Programme, Words]:
    filters = Filters.from_query(query, facts)
    frames = ProgrammeFrames(
        queries.project_rows(small),
        queries.stage_event_rows(small),
        queries.investment_rows(small),
        queries.target_rows(small),
        queries.project_places(small),
        queries.community_counts(small, filters.as_of),
    )
    return programme(frames, filters, facts, rule), Words(filters.lang)


def view_of(small: Store, facts: StoreFacts, measure: str = "starts", **query: str) -> OverviewView:
    held, words = worked_out(small, facts, **query)
    return overview_view(held, facts, words, measure)


def test_the_three_targets_of_the_city(small: Store, facts: StoreFacts) -> None:
    cards = view_of(small, facts).cards
    assert [(c.figure, c.rate, c.mark.lamp) for c in cards] == [
        ("3 / 6 个", "50.0 %", Lamp.BEHIND),
        ("2 / 4 个", "50.0 %", Lamp.ON),
        ("1,800 / 3,000 万元", "60.0 %", Lamp.BEHIND),
    ]
    assert cards[0].pace == "应为 4 个（时间进度 66.7 %）"


def test_without_central_state_projects_only_the_actual_figures_change(
    small: Store, facts: StoreFacts
) -> None:
    cards = view_of(small, facts, central="without").cards
    assert [c.figure for c in cards] == ["1 / 6 个", "1 / 4 个", "900 / 3,000 万元"]


def test_an_earlier_month_knows_only_what_was_known(small: Store, facts: StoreFacts) -> None:
    cards = view_of(small, facts, month="2020-03").cards
    assert [c.figure for c in cards] == ["2 / 6 个", "0 / 4 个", "0 / 3,000 万元"]


def test_the_headline_answers_the_leader(small: Store, facts: StoreFacts) -> None:
    headline = view_of(small, facts).headline
    assert headline.startswith(
        "全市开工、投资滞后，完工进度正常。3 个区中有 1 个区至少一项滞后，最靠后的是东城区。"
    )
    # Investment is furthest behind (5 % against 66.7 %), because the only works under way stand idle.
    assert headline.endswith("东城区：1 个在施项目中 1 个近 2 个月没有完成投资。")
    english = view_of(small, facts, lang="en").headline
    assert "furthest Dongcheng. Dongcheng: 1 of 1 works idle for 2 months." in english


def test_districts_in_order_of_their_rate_with_lamps_and_reasons(small: Store, facts: StoreFacts) -> None:
    areas = view_of(small, facts).areas
    assert [(r.rank, r.name, r.figure) for r in areas.rows] == [
        (1, "西城区", "2 / 2 (100.0 %)"),
        (2, "东城区", "1 / 4 (25.0 %)"),
        (None, "怀柔区", "0"),
    ]
    best, worst, none = areas.rows
    assert [m.lamp for m in best.lamps] == [Lamp.AHEAD] * 3
    assert [m.lamp for m in worst.lamps] == [Lamp.BEHIND] * 3
    assert [m.lamp for m in none.lamps] == [Lamp.NONE] * 3
    assert none.reason == "未录入年度目标"
    assert worst.pace_pct == pytest.approx(100 * 244 / 366)
    assert none.value is None
    assert none.colour == areas.scale.no_data
    assert areas.legend[-1].is_no_data


def test_colour_legend_and_rows_come_from_one_scale(small: Store, facts: StoreFacts) -> None:
    for measure in MEASURES:
        for query in ({}, {"district": "110101"}):
            areas = view_of(small, facts, measure, **query).areas
            legend = {entry.colour for entry in areas.legend}
            assert {row.colour for row in areas.rows} <= legend
            assert all(row.colour == areas.scale.colour(row.value) for row in areas.rows)


def test_old_stock_has_denominators_and_tells_none_from_zero(small: Store, facts: StoreFacts) -> None:
    rows = {r.name: r for r in view_of(small, facts, "pre_2000").areas.rows}
    assert rows["东城区"].figure == "2 / 3 (66.7 %)"
    assert rows["西城区"].figure == "1 / 3 (33.3 %)"
    assert rows["怀柔区"].figure == "无数据"
    assert rows["怀柔区"].value is None


def test_a_district_opens_into_its_subdistricts(small: Store, facts: StoreFacts) -> None:
    view = view_of(small, facts, district="110101")
    assert view.level == "subdistrict"
    assert [(r.name, r.figure, r.reason) for r in view.areas.rows] == [
        ("景山街道", "1", "1 个项目：待开工 0 个，在施 1 个"),
        ("东华门街道", "0", "2 个项目：待开工 2 个，在施 0 个"),
    ]
    assert [c.figure for c in view.cards] == ["1 / 4 个", "0 / 2 个", "100 / 2,000 万元"]
    assert view.headline.startswith("东城区开工、完工、投资滞后。")


def test_a_subdistrict_has_figures_but_no_target(small: Store, facts: StoreFacts) -> None:
    view = view_of(small, facts, subdistrict="110101002")
    assert [(c.figure, c.mark.lamp) for c in view.cards] == [
        ("1 个", Lamp.NONE),
        ("0 个", Lamp.NONE),
        ("100 万元", Lamp.NONE),
    ]


def test_months_add_up_to_the_figure_and_stop_at_the_day(small: Store, facts: StoreFacts) -> None:
    starts, _, money = view_of(small, facts).cards
    assert list(starts.months["actual"].dropna()) == [0, 0, 2, 3, 3, 3, 3, 3]
    assert money.months["actual"].max() == 1800
    assert starts.months["pace"].iloc[-1] == 6
    assert money.unit == "万元"


def test_the_planned_rule_asks_for_what_the_projects_planned(small: Store, facts: StoreFacts) -> None:
    held, words = worked_out(small, facts, PaceRule.PLANNED)
    card = overview_view(held, facts, words, "starts").cards[0]
    assert card.pace == "应为 6 个（计划进度 100.0 %）"  # all five were to start on 1 March


def test_projects_as_rows_with_what_they_wait_for(small: Store, facts: StoreFacts) -> None:
    held, words = worked_out(small, facts, district="110101")
    rows = project_rows_table(held, facts, words, {}).rows
    assert list(rows.index) == ["P1", "P2", "P3"]  # all 31 days late; those that wait come first
    assert rows.loc["P1", "stage"] == "设计"
    assert rows.loc["P1", "waits_for"] == "签订物业服务协议"
    assert rows.loc["P2", "waits_for"] == "成立业主组织"
    assert rows.loc["P2", "name"] == WILD_NAME
    assert rows.loc["P3", "stage"] == "开工"
    assert rows.loc["P3", "waits_for"] == ""
    assert set(rows["overdue_days"]) == {31}


def test_the_standings_as_a_table(small: Store, facts: StoreFacts) -> None:
    held, words = worked_out(small, facts)
    table = standings_table(held, facts, words, {})
    assert list(table.rows["district"]) == ["西城区", "东城区", "怀柔区"]
    shown = table.shown(words)
    assert shown.loc["110101", "投资实际（万元）"] == 100
    assert shown.loc["110101", "投资判断"] == "滞后"
    assert pd.isna(shown.loc["110116", "开工目标（个）"])


def test_no_projects_and_no_targets_is_a_view_too(small: Store, facts: StoreFacts) -> None:
    held, words = worked_out(small, facts)
    none = held.frames.projects.iloc[:0]
    empty = ProgrammeFrames(
        none,
        held.frames.events.iloc[:0],
        held.frames.investments.iloc[:0],
        held.frames.targets.iloc[:0],
        held.frames.places.iloc[:0],
        held.frames.community_counts,
    )
    for measure in MEASURES:
        view = overview_view(programme(empty, held.filters, facts), facts, words, measure)
        assert len(view.areas.rows) == 3
        assert view.cards[0].figure == "0 个"
        assert view.headline.startswith("全市还没有 2020 年的项目台账和年度目标")


def test_without_district_targets_nobody_is_called_behind(small: Store, facts: StoreFacts) -> None:
    held, words = worked_out(small, facts)
    targets = held.frames.targets
    city_alone = replace(held.frames, targets=targets[targets["area_code"] == "110000"])
    view = overview_view(programme(city_alone, held.filters, facts), facts, words, "starts")
    assert view.headline.endswith("未录入各区目标，无法判断哪些区滞后。")
