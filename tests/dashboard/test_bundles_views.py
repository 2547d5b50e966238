"""Bundles of the town that can be counted on paper: what is in each, why the rest is in none, what saving writes."""

import datetime as dt
from collections.abc import Iterator

import pandas as pd
import pytest

from dashboard.filters import Filters, StoreFacts
from dashboard.viewmodels.bundles import (
    Pool,
    bundles_view,
    pool_of,
    renewed,
    torn_of,
    usual_distance_m,
)
from dashboard.viewmodels.bundles_saved import saving, schemes_of, schemes_table
from dashboard.viewmodels.duties_words import Names
from dashboard.viewmodels.project_frames import projects_in_view
from dashboard.words import Words
from geo.bundles import Bundling, from_saved, make_bundles
from geo.bundles_input import BundleRule
from store import queries, queries_bundles, queries_projects
from store.access import Principal, Role
from store.edits import write_edit
from store.engine import Store, open_store
from store.errors import EditConflict
from tests.dashboard.planning_town import WAN, WILD, planning_town
from tests.fresh import fresh_store

RULE = BundleRule(250.0, 2, 2)
OFFICE = Principal("t", Role.PROGRAMME_OFFICE)
FILTERS = Filters(2020, "2020-08", "110102")


@pytest.fixture
def town(tmp_path) -> Iterator[Store]:  # type: ignore[no-untyped-def]
    store = open_store(fresh_store(tmp_path / "atlas.sqlite", planning_town))
    yield store
    store.dispose()


def pool(store: Store, saved: tuple[str, ...] = ()) -> Pool:
    view = projects_in_view(
        queries_projects.project_list(store),
        queries.stage_event_rows(store),
        queries_projects.project_homes(store),
        FILTERS,
    )
    return pool_of(view, queries_bundles.project_grounds(store, "110102"), saved)


def made(held: Pool) -> Bundling:
    return make_bundles(held.for_rule("none")[(held.rows["state"] == "reserve").to_numpy()], RULE)


def names(lang: str = "zh") -> Names:
    return Names(Words(lang), StoreFacts(), {1: "小镇"})


def test_the_pool_is_the_reserve_with_its_ground(town: Store) -> None:
    held = pool(town)
    assert held.rows["project_id"].tolist() == ["PA", "PB", "PC", "PD", "PE", "PF"]
    assert set(held.rows["state"]) == {"reserve"}
    assert held.rows["value_fen"].isna().tolist() == [False, False, False, False, True, False]
    # Nearest neighbours: five of the six stand 200 m apart.
    assert usual_distance_m(held) == pytest.approx(200.0, abs=0.5)
    with_saved = pool(town, ("PG", "gone"))
    assert with_saved.rows.set_index("project_id").loc["PG", "state"] == "confirmed"
    assert with_saved.gone == ("gone",)


def test_two_bundles_and_why_two_projects_are_in_none(town: Store) -> None:
    held = pool(town)
    view = bundles_view(made(held), held, names(), {})
    assert view.totals.rows["projects"].tolist() == [2, 2]
    assert view.totals.rows["value_fen"].tolist() == [300 * WAN, 700 * WAN]
    assert view.totals.rows["residents"].tolist() == [10 + 11, 12 + 13]
    assert view.totals.rows["breaks"].tolist() == ["", ""]
    assert view.members.rows["project_id"].tolist() == ["PA", "PB", "PC", "PD"]
    assert WILD in view.members.rows["label"].tolist()
    why = dict(zip(view.loose.rows["project_id"], view.loose.rows["why"], strict=True))
    assert why == {"PE": "计划投资未登记", "PF": "附近没有可以合并的项目"}
    assert "4 个项目分成 2 包，合计 1,000 万元，每包 300 万元 至 700 万元；另有 2 个项目不入包" in view.answer
    codes = view.areas["code"].tolist()
    assert codes[:2] == ["b:PA", "b:PC"]
    assert sorted(codes[2:]) == ["p:PA", "p:PB", "p:PC", "p:PD", "p:PE", "p:PF"]
    english = bundles_view(made(held), held, names("en"), {})
    assert "4 projects in 2 bundles" in english.answer


def saved(town: Store, bundling: Bundling, title: str = "方案一"):  # type: ignore[no-untyped-def]
    rows = queries_bundles.bundle_rows(town, "110102"), queries_bundles.bundle_project_rows(town, "110102")
    same = next((s for s in schemes_of(*rows) if s.title == title), None)
    changes = saving(bundling, "110102", title, 2021, same)
    write_edit(town, OFFICE, changes, origin="form", title_zh="甲", title_en="A")
    rows = queries_bundles.bundle_rows(town, "110102"), queries_bundles.bundle_project_rows(town, "110102")
    return schemes_of(*rows)


def test_saving_replaces_the_scheme_of_the_same_name_and_deleting_takes_all(town: Store) -> None:
    bundling = made(pool(town))
    (first,) = saved(town, bundling)
    assert (first.title, first.year, len(first.bundles), len(first.members)) == ("方案一", 2021, 2, 4)
    (again,) = saved(town, bundling)
    assert {b for b, _ in again.bundles}.isdisjoint({b for b, _ in first.bundles})
    assert len(saved(town, bundling, "方案二")) == 2
    with pytest.raises(EditConflict):  # what was seen before has been replaced since
        write_edit(town, OFFICE, first.removal(), origin="form", title_zh="甲", title_en="A")
    write_edit(town, OFFICE, again.removal(), origin="form", title_zh="甲", title_en="A")
    assert queries_bundles.bundle_rows(town, "110102")["note"].tolist() == ["方案二", "方案二"]


def test_a_project_confirmed_meanwhile_stays_and_is_shown_as_such(town: Store) -> None:
    (scheme,) = saved(town, made(pool(town)))
    from store.edits import RowChange

    event = {
        "project_id": "PB",
        "stage": "confirmed",
        "event_date": dt.date(2020, 8, 20),
        "document_no": "2号",
    }
    write_edit(
        town, OFFICE, [RowChange("stage_events", "PB-1", event)], origin="form", title_zh="甲", title_en="A"
    )
    held = pool(town, tuple(scheme.saved))
    bundling, torn = from_saved(held.for_rule("none"), RULE, scheme.saved)
    assert torn == ()
    view = bundles_view(bundling, held, names(), {})
    state = dict(zip(view.members.rows["project_id"], view.members.rows["state_now"], strict=True))
    assert state == {"PA": "在储备库", "PB": "2020-08-20 已确认", "PC": "在储备库", "PD": "在储备库"}
    assert "1 个包内项目已离开储备库" in view.notes[0]
    listed = schemes_table([scheme], held, names(), {}).rows
    assert (listed["in_reserve"].tolist(), listed["left_reserve"].tolist()) == ([3], [1])


def test_bundles_are_renewed_over_the_projects_as_they_are_now(town: Store) -> None:
    held = pool(town)
    bundling = made(held)
    rows = held.for_rule("none")
    rows.loc[rows["project_id"] == "PA", "value_fen"] = 150 * WAN
    now = renewed(bundling, rows[rows["project_id"] != "PC"], RULE)
    assert now.bundles["value_fen"].tolist() == [350 * WAN, 400 * WAN]
    reasons = now.members.set_index("project_id")["reason"].dropna().to_dict()
    assert reasons == {"PE": "value_not_set", "PF": "island"}
    # A narrower rule: the two of the first bundle are no neighbours any more.
    assert torn_of(renewed(bundling, rows, BundleRule(100.0, 1, 2))) == {"PA", "PC"}


def test_nothing_to_bundle_is_no_error(town: Store) -> None:
    held = pool(town)
    empty = make_bundles(held.for_rule("none").iloc[:0], RULE)
    view = bundles_view(empty, held, names(), {})
    assert view.totals.rows.empty
    assert view.areas.empty
    assert "一包也打不成" in view.answer
    assert isinstance(view.members.rows, pd.DataFrame)
