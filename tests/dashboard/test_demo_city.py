"""The pages on the smallest demo city: what the demo promises is what the pages say."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from programme.progress import (
    CITY_CODE,
    Lamp,
    Measure,
    PaceRule,
    month_end,
    overall_lamp,
    project_years,
    standings,
)
from store import queries
from store.engine import Store, open_store
from tests.fresh import demo_store


@pytest.fixture(scope="module")
def demo_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return demo_store(tmp_path_factory)


@pytest.fixture
def demo(demo_url: str) -> Store:
    return open_store(demo_url)


def test_some_district_is_behind_on_everything_and_one_over_fulfilled(demo: Store) -> None:
    projects = queries.project_rows(demo)
    as_of = month_end(str(queries.data_span(demo).iloc[0]["latest_month"]))
    years = project_years(
        projects, queries.stage_event_rows(demo), queries.investment_rows(demo), year=2020, as_of=as_of
    )
    codes = list(queries.district_areas(demo)["district_code"])
    rows = standings(
        years, projects, queries.target_rows(demo), codes, year=2020, as_of=as_of, rule=PaceRule.CALENDAR
    )
    targets = {
        m: rows[CITY_CODE, m].target for m in (Measure.STARTS, Measure.COMPLETIONS, Measure.INVESTMENT)
    }
    assert list(targets.values()) == [80, 50, 128_000_000_000]
    own = {c: [rows[c, m] for m in targets] for c in codes}
    assert any(all(r.lamp is Lamp.BEHIND for r in district) for district in own.values())
    assert any(overall_lamp(district) is Lamp.AHEAD for district in own.values())
    assert any((r.rate_pct or 0) > 100 for district in own.values() for r in district)


@pytest.mark.parametrize("view", ["overview", "old_buildings"])
@pytest.mark.parametrize("query", [{}, {"lang": "en", "district": "110101"}, {"year": "2019"}])
def test_the_pages_open_on_the_demo(
    open_page: Callable[..., AppTest], demo_url: str, view: str, query: dict
) -> None:
    page = open_page(demo_url, view, **query)
    assert not page.exception
    assert [e.value for e in page.error] == []
    assert len(page.dataframe) >= 1
