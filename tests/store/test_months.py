"""Closed months in both databases: the same bytes for ever, one version 1, corrections beside it, what `check` sees."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from programme.months import Settings
from programme.months.tables import FORMS
from store.access import Principal, Role
from store.backup import backup, restore
from store.engine import Store, open_store
from store.errors import AccessRefused
from store.integrity import check_store
from store.months import (
    MonthRefused,
    close_month,
    correct_month,
    kept_bytes,
    month_before,
    open_inputs,
    open_month,
    read_month,
    replay_month,
)
from store.queries_months import LEDGER_TABLES, closed_versions, ledger_rows
from store.runs import undo_run
from tests.dashboard.small_store import fill
from tests.month_city import DAY, OFFICE, UNITS, started, write
from tests.programme.months.town import weighted

WEIGHTS: Settings = weighted(starts=60, investment_fen=40).settings
MONTH = "2020-06"


@pytest.fixture
def city(store: Store) -> Store:
    """The small city, with an issue, a call and a deliverable."""
    fill(store)
    more = {
        "issues": [
            {
                "issue_id": "Q1",
                "district_code": "110101",
                "project_id": "P1",
                "kind": "渗漏",
                "title": "屋面渗漏",
                "reported_date": DAY("2020-05-01"),
                "due_date": DAY("2020-05-15"),
                "closed_date": DAY("2020-07-03"),
            }
        ],
        "issue_calls": [
            {
                "call_id": "K1",
                "issue_id": "Q1",
                "unit": "市住房城乡建设委",
                "called_date": DAY("2020-05-02"),
                "answered_date": DAY("2020-05-03"),
            }
        ],
        "deliverables": [
            {
                "deliverable_id": "D1",
                "mechanism_no": 1,
                "kind": "policy",
                "title": "办法",
                "due_date": DAY("2020-06-15"),
                "delivered_date": DAY("2020-06-20"),
            }
        ],
    }
    for name, rows in more.items():
        write(store, name, rows)
    return store


def closed(store: Store, month: str = MONTH) -> bytes:
    close_month(store, OFFICE, month, WEIGHTS, UNITS)
    return kept_bytes(store, month, 1)


def codes(store: Store) -> set[str]:
    with store.reading() as conn:
        return {f.code for f in check_store(conn) if not f.code.startswith("check.links")}


def test_the_inputs_are_exactly_the_tables_of_a_month(city: Store) -> None:
    frames = open_inputs(city, UNITS)
    assert set(frames) == set(FORMS)
    for name, form in FORMS.items():
        assert list(frames[name].columns) == list(form.names)
        assert len(frames[name])
    homes = frames["communities"].set_index("community_id")
    assert (homes.loc["C1", "age_class"], homes.loc["C1", "district_code"]) == ("pre_2000", "110101")


def test_a_closed_month_is_read_and_replayed(city: Store) -> None:
    made = close_month(city, OFFICE, MONTH, WEIGHTS, UNITS)
    held = read_month(city, MONTH)
    assert (held.content, held.version, held.previous) == (made.content, 1, None)
    assert replay_month(city, MONTH).content == made.content
    places = {s.unit: s.place for s in held.districts()}
    assert (places["110102"], places["110101"], places["110116"]) == (1, 2, None)
    row = closed_versions(city).iloc[0]
    assert (row["digest"], row["closed_by"], row["reason"]) == (made.digest, "考核办", None)
    assert codes(city) == set()


def test_both_databases_and_another_day_give_the_same_bytes(city: Store, tmp_path: Path) -> None:
    other = open_store(f"sqlite:///{tmp_path / 'other.sqlite'}")
    fill(other)
    for name in ("issues", "issue_calls", "deliverables"):
        with city.reading() as conn:
            rows = pd.read_sql(text(f"SELECT * FROM {name}"), conn)
        for column in [c for c in rows if c.endswith("_date")]:
            rows[column] = [None if v is None else pd.Timestamp(v).date() for v in rows[column]]
        write(other, name, rows.drop(columns=["import_run_id", "content_hash"]).to_dict("records"))
    late = dt.datetime(2031, 1, 1, tzinfo=dt.UTC)
    one = close_month(city, OFFICE, MONTH, WEIGHTS, UNITS)
    two = close_month(other, OFFICE, MONTH, WEIGHTS, UNITS, now=late)
    assert one.content == two.content
    other.dispose()


def test_a_late_correction_is_version_2_with_a_reason_and_version_1_stays(city: Store) -> None:
    first = closed(city)
    row = {"event_id": "P1-started", "project_id": "P1", "stage": "started", "event_date": DAY("2020-06-20")}
    write(city, "stage_events", [row])
    made = correct_month(city, OFFICE, MONTH, UNITS, "  补报开工  ", expected=1)
    assert (made.version, made.correction and made.correction.reason) == (2, "补报开工")
    assert made.previous == read_month(city, MONTH, 1).digest
    assert kept_bytes(city, MONTH, 1) == first
    assert read_month(city, MONTH, 1).districts() != made.districts()
    assert [replay_month(city, MONTH, v).version for v in (1, 2)] == [1, 2]
    assert made.rules == read_month(city, MONTH, 1).rules
    assert codes(city) == set()


def test_the_month_before_is_the_newest_version_of_the_last_closed_one(city: Store) -> None:
    assert month_before(city, "2020-08") is None
    closed(city, "2020-05")
    closed(city)
    write(city, "stage_events", [started("P2", "2020-06-10")])
    correct_month(city, OFFICE, MONTH, UNITS, "补报\x00")
    before = month_before(city, "2020-08")
    assert before is not None and (before.month, before.version) == (MONTH, 2)
    earlier = month_before(city, MONTH)
    assert earlier is not None and earlier.month == "2020-05"


def test_a_correction_can_take_new_weights_alone(city: Store) -> None:
    closed(city)
    made = correct_month(city, OFFICE, MONTH, UNITS, "权重调整", settings=weighted(starts=1).settings)
    assert made.rules.settings.districts["investment_fen"].weight is None


def test_months_that_can_not_be_closed(city: Store) -> None:
    for month, now, code in (
        ("2020-13", "2021-01-01", "month.no_month"),
        ("../etc", "2021-01-01", "month.no_month"),
        ("2020-09", "2020-08-31", "month.future"),
        ("2020-08", "2020-08-31", "month.not_over"),
        ("2020-01", "2021-01-01", "month.before_data"),
    ):
        at = dt.datetime.fromisoformat(f"{now}T12:00:00+08:00")
        with pytest.raises(MonthRefused) as refused:
            close_month(city, OFFICE, month, WEIGHTS, UNITS, now=at)
        assert refused.value.code == code
    assert closed_versions(city).empty


def test_the_month_is_over_by_the_clock_of_beijing(city: Store) -> None:
    at = dt.datetime(2020, 8, 31, 16, 30, tzinfo=dt.UTC)
    assert close_month(city, OFFICE, "2020-08", WEIGHTS, UNITS, now=at).version == 1


def test_what_else_is_refused(city: Store, sqlite_url: str) -> None:
    def code(act) -> str:  # type: ignore[no-untyped-def]
        with pytest.raises(MonthRefused) as refused:
            act()
        return refused.value.code

    assert code(lambda: correct_month(city, OFFICE, MONTH, UNITS, "因")) == "month.not_closed"
    assert code(lambda: read_month(city, MONTH)) == "month.not_closed"
    closed(city)
    assert code(lambda: close_month(city, OFFICE, MONTH, WEIGHTS, UNITS)) == "month.already_closed"
    assert code(lambda: correct_month(city, OFFICE, MONTH, UNITS, " ")) == "month.correction_reason"
    assert code(lambda: correct_month(city, OFFICE, MONTH, UNITS, "因")) == "month.nothing_to_correct"
    assert code(lambda: correct_month(city, OFFICE, MONTH, UNITS, "因", expected=2)) == "month.other_version"
    assert code(lambda: replay_month(city, MONTH, 7)) == "month.no_version"
    assert len(closed_versions(city)) == 1


def test_an_empty_store_has_no_month(store: Store) -> None:
    with pytest.raises(MonthRefused) as refused:
        open_month(store, "2020-06", WEIGHTS, UNITS)
    assert refused.value.code == "month.no_data"


def test_only_the_assessment_office_closes_and_corrects(city: Store) -> None:
    for role in Role:
        if role is Role.ASSESSMENT_OFFICE:
            continue
        someone = Principal("某人", role, frozenset({"110101"}))
        with pytest.raises(AccessRefused):
            close_month(city, someone, MONTH, WEIGHTS, UNITS)
        with pytest.raises(AccessRefused):
            correct_month(city, someone, MONTH, UNITS, "因")
    assert closed_versions(city).empty


def test_two_who_close_at_once_make_one_version(city: Store, database_url: str) -> None:
    start, stores = Barrier(4), [open_store(database_url) for _ in range(4)]

    def attempt(own: Store) -> str:
        start.wait()
        try:
            return str(close_month(own, OFFICE, MONTH, WEIGHTS, UNITS).version)
        except MonthRefused as refused:
            return refused.code

    with ThreadPoolExecutor(4) as pool:
        told = sorted(pool.map(attempt, stores))
    assert told == ["1", *["month.already_closed"] * 3]
    assert list(closed_versions(city)["version"]) == [1]
    for own in stores:
        own.dispose()


def test_the_database_itself_keeps_a_closed_month(city: Store) -> None:
    first = closed(city)
    for change in ("UPDATE closed_months SET version = 9", "DELETE FROM closed_months"):
        with pytest.raises(IntegrityError, match="kept"), city.writing() as conn:
            conn.execute(text(change))
    assert kept_bytes(city, MONTH, 1) == first


def test_a_backup_takes_closed_months_along_and_is_the_only_thing_that_replaces_them(
    city: Store, tmp_path: Path
) -> None:
    first = closed(city)
    backup(city, tmp_path / "b.gz")
    closed(city, "2020-07")
    restore(city, tmp_path / "b.gz")
    assert list(closed_versions(city)["month"]) == [MONTH]
    assert kept_bytes(city, MONTH, 1) == first
    with pytest.raises(IntegrityError), city.writing() as conn:
        conn.execute(text("DELETE FROM closed_months"))
    assert codes(city) == set()


def _force(store: Store, *changes: str) -> None:
    """Change closed months behind the product's back, as somebody with the database's password might."""
    with store.writing() as conn:
        conn.execute(text("INSERT INTO store_state (key, value) VALUES ('restoring', 'x')"))
        for change in changes:
            conn.execute(text(change))
        conn.execute(text("DELETE FROM store_state WHERE key = 'restoring'"))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("DELETE FROM closed_months WHERE version = 2", "month.gone"),
        ("DELETE FROM closed_months WHERE version = 1", "month.chain_start"),
        ("UPDATE closed_months SET reason = '别的' WHERE version = 2", "month.row_differs"),
        ("UPDATE closed_months SET digest = 'f' WHERE version = 2", "month.not_in_trail"),
        ("UPDATE closed_months SET month = '2020-05' WHERE version = 1", "month.row_differs"),
    ],
)
def test_check_sees_what_was_changed_behind_the_products_back(city: Store, change: str, code: str) -> None:
    closed(city)
    write(city, "stage_events", [started("P2", "2020-06-10")])
    correct_month(city, OFFICE, MONTH, UNITS, "补报")
    _force(city, change)
    assert code in codes(city)


def test_check_sees_damaged_bytes(city: Store) -> None:
    kept = closed(city)
    with city.writing() as conn:
        conn.execute(text("INSERT INTO store_state (key, value) VALUES ('restoring', 'x')"))
        conn.execute(text("UPDATE closed_months SET content = :c"), {"c": kept[:-3] + b"abc"})
    assert "month.damaged" in codes(city)
    with pytest.raises(MonthRefused):
        replay_month(city, MONTH)


DAYS = st.dates(DAY("2020-01-01"), DAY("2020-12-31"))
EDITS = st.one_of(
    st.tuples(st.just("start"), st.sampled_from(["P1", "P2", "P3", "P4", "P5"]), DAYS),
    st.tuples(st.just("money"), st.sampled_from(["P1", "P3"]), st.integers(0, 10**15)),
    st.tuples(st.just("target"), st.sampled_from(["110101", "110102", "110116"]), st.integers(0, 200)),
    st.tuples(st.just("home"), st.sampled_from(["C1", "C4"]), st.booleans()),
    st.tuples(st.just("undo"), st.just(""), st.none()),
    st.tuples(st.just("correct"), st.text(min_size=1, max_size=5), st.none()),
)


def _apply(store: Store, edit: tuple) -> None:
    kind, key, value = edit
    if kind == "start":
        write(store, "stage_events", [started(key, value.isoformat())])
    elif kind == "money":
        row = {"investment_id": f"{key}-x", "project_id": key, "month": "2020-06", "amount_fen": value}
        write(store, "monthly_investments", [row])
    elif kind == "target":
        row = {
            "target_id": f"2020-{key}-starts",
            "year": 2020,
            "area_code": key,
            "measure": "starts",
            "value": value,
        }
        write(store, "annual_targets", [row])
    elif kind == "home":
        row = {"community_id": key, "name": key, "district_code": "110101", "has_owners_body": value}
        row["build_year_precision"] = "unknown"
        write(store, "communities", [row])
    elif kind == "undo":
        with store.writing() as conn:
            newest = conn.execute(
                text("SELECT max(run_id) FROM import_runs WHERE kind = 'edit' AND status = 'done'")
            ).scalar()
            if newest is not None and newest > 5:
                undo_run(conn, newest, actor="t")
    else:
        try:
            correct_month(store, OFFICE, MONTH, UNITS, key)
        except MonthRefused as refused:
            assert refused.code in ("month.nothing_to_correct", "month.correction_reason")


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=st.lists(EDITS, min_size=1, max_size=5))
def test_whatever_is_edited_later_every_closed_version_replays_to_the_same_bytes(
    city: Store, edits: list[tuple]
) -> None:
    """The store lives through all examples, so that histories grow; what was kept before must stand after each."""
    if closed_versions(city).empty:
        closed(city)
    kept = {v: kept_bytes(city, MONTH, v) for v in closed_versions(city)["version"]}
    for edit in edits:
        _apply(city, edit)
    for version, packed in kept.items():
        assert kept_bytes(city, MONTH, version) == packed
    for version in closed_versions(city)["version"]:
        assert replay_month(city, MONTH, version).packed == kept_bytes(city, MONTH, version)
    with city.reading() as conn:
        assert [f for f in check_store(conn) if f.code.startswith("month.")] == []


def test_every_row_behind_a_figure_has_its_name_and_its_run(city: Store) -> None:
    inputs = open_inputs(city, UNITS)
    for table in LEDGER_TABLES:
        rows = ledger_rows(city, table)
        assert rows["run_id"].notna().all() and len(rows)
        assert set(rows["row_key"]) == set(inputs[table].iloc[:, 0])
    assert ledger_rows(city, "events").set_index("row_key").loc["P3-started", "label"] == "C3项目"
