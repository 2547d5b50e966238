"""Funding totals equal their rows under any order of imports, edits and undos, on the real store."""

import datetime as dt
import shutil
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from programme.money.flows import sankey, state_table
from programme.money.funding import STATES, funding_rows, funding_total, funding_totals
from store import queries, queries_money
from store.engine import Store, open_store
from store.errors import UndoRefused
from store.runs import apply_rows, begin_run, end_run, retire_rows, undo_run
from store.tables import BASE_TABLES

FUNDING = BASE_TABLES["funding_entries"]
KEYS = [f"e{n}" for n in range(6)]
PROJECTS = ("P1", "P2")
values = st.tuples(
    st.sampled_from(PROJECTS),
    st.sampled_from(["city", "district", "residents"]),
    st.sampled_from(["basic", "optional"]),
    st.sampled_from(STATES),
    st.sampled_from([dt.date(2020, 3, 5), dt.date(2020, 8, 1), None]),
    st.integers(-(10**12), 10**15),
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("import"), st.dictionaries(st.sampled_from(KEYS), values, min_size=1, max_size=4)),
        st.tuples(st.just("edit"), st.tuples(st.sampled_from(KEYS), values)),
        st.tuples(st.just("retire"), st.sampled_from(KEYS)),
        st.tuples(st.just("undo"), st.integers(0, 5)),
    ),
    min_size=1,
    max_size=9,
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a district and two projects, to be copied for each history."""
    file = tmp_path_factory.mktemp("money") / "template.sqlite"
    store = open_store(f"sqlite:///{file}")
    with store.writing() as conn:
        run = begin_run(conn, kind="load", catalogue_key="t", actor="t", is_synthetic=True)
        areas = pd.DataFrame({"district_code": ["110101"], "name_zh": ["东城区"]})
        apply_rows(conn, run, BASE_TABLES["districts"], areas, is_synthetic=True)
        projects = pd.DataFrame(
            {
                "project_id": PROJECTS,
                "name": PROJECTS,
                "district_code": "110101",
                "is_central_state": False,
            }
        )
        apply_rows(conn, run, BASE_TABLES["projects"], projects, is_synthetic=True)
        end_run(conn, run, actor="t", detail={})
    store.dispose()
    return file


def frame(rows: dict[str, tuple]) -> pd.DataFrame:
    columns = ["entry_id", "project_id", "funding_source", "content_class", "state", "entry_date"]
    told = pd.DataFrame([(k, *v) for k, v in rows.items()], columns=[*columns, "amount_fen"], dtype="object")
    return told.astype({"amount_fen": "int64"})


class Ledger:
    """What the store should hold, kept beside it in the plainest way: a dict, and what each run replaced."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.held: dict[str, tuple] = {}
        self.runs: list[tuple[int, dict[str, tuple | None]]] = []

    def write(self, rows: dict[str, tuple], kind: str) -> None:
        with self.store.writing() as conn:
            run = begin_run(conn, kind=kind, catalogue_key="t", actor="t", is_synthetic=True)
            apply_rows(conn, run, FUNDING, frame(rows), is_synthetic=True)
            end_run(conn, run, actor="t", detail={})
        before = {k: self.held.get(k) for k, v in rows.items() if self.held.get(k) != v}
        self.held |= rows
        self.runs.append((run, before))

    def retire(self, key: str) -> None:
        if key not in self.held:
            return
        with self.store.writing() as conn:
            run = begin_run(conn, kind="edit", catalogue_key="t", actor="t", is_synthetic=True)
            retire_rows(conn, run, FUNDING, [key])
            end_run(conn, run, actor="t", detail={})
        self.runs.append((run, {key: self.held.pop(key)}))

    def undo(self, number: int) -> None:
        if number >= len(self.runs):
            return
        run, before = self.runs[number]
        try:
            with self.store.writing() as conn:
                undo_run(conn, run, actor="t")
        except UndoRefused:
            return
        for key, value in before.items():
            if value is None:
                self.held.pop(key, None)
            else:
                self.held[key] = value
        del self.runs[number]


def assert_totals_equal_rows(ledger: Ledger) -> None:
    entries = queries_money.funding_rows(ledger.store)
    told = {
        r.entry_id: (
            r.project_id,
            r.funding_source,
            r.content_class,
            r.state,
            None if r.entry_date is None else pd.Timestamp(r.entry_date).date(),
            int(r.amount_fen),
        )
        for r in entries.itertuples()
    }
    assert told == ledger.held
    rows = funding_rows(entries, queries.project_rows(ledger.store))
    amounts = {k: v[-1] for k, v in ledger.held.items()}
    for by in (
        ["district_code", "state"],
        ["funding_source", "content_class", "state"],
        ["project_id", "state"],
    ):
        totals = funding_totals(rows, by)
        behind = [k for keys in totals["rows"] for k in keys]
        assert sorted(behind) == sorted(amounts)  # every row in exactly one total
        for total in totals.itertuples(index=False):
            assert total.funding_fen == sum(amounts[k] for k in total.rows)
    for state in STATES:
        whole, keys = funding_total(rows, state)
        assert whole.fen == sum(v[-1] for v in ledger.held.values() if v[3] == state)
        assert set(keys) == {k for k, v in ledger.held.items() if v[3] == state}
    for line in state_table(rows, ["funding_source"]).itertuples(index=False):
        for state in STATES:
            assert getattr(line, f"{state}_fen") == sum(amounts[k] for k in getattr(line, f"{state}_rows"))
    flows = sankey(rows)
    into = flows.links.loc[flows.links["stage"] == "source_class", "funding_fen"].sum()
    assert into == flows.links.loc[flows.links["stage"] == "class_reach", "funding_fen"].sum()


@given(steps)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_totals_equal_their_rows_under_any_order(
    template: Path, tmp_path: Path, history: list[tuple[str, object]]
) -> None:
    file = tmp_path / "history.sqlite"
    for old in tmp_path.glob("history.sqlite*"):
        old.unlink()
    shutil.copy(template, file)
    store = open_store(f"sqlite:///{file}")
    try:
        ledger = Ledger(store)
        for kind, what in history:
            if kind == "import":
                ledger.write(what, "load")  # type: ignore[arg-type]
            elif kind == "edit":
                key, value = what  # type: ignore[misc]
                ledger.write({key: value}, "edit")
            elif kind == "retire":
                ledger.retire(what)  # type: ignore[arg-type]
            else:
                ledger.undo(what)  # type: ignore[arg-type]
            assert_totals_equal_rows(ledger)
    finally:
        store.dispose()


def test_the_same_file_twice_counts_once_and_undoing_it_all_leaves_nothing(
    template: Path, tmp_path: Path
) -> None:
    shutil.copy(template, tmp_path / "again.sqlite")
    store = open_store(f"sqlite:///{tmp_path / 'again.sqlite'}")
    ledger = Ledger(store)
    rows = {
        "e0": ("P1", "city", "basic", "planned", None, 700),
        "e1": ("P1", "district", "basic", "planned", None, 300),
    }
    ledger.write(rows, "load")
    ledger.write(rows, "load")
    entries = funding_rows(queries_money.funding_rows(store), queries.project_rows(store))
    assert funding_total(entries, "planned")[0].fen == 1000
    ledger.write({"e1": ("P1", "district", "basic", "planned", None, 299)}, "edit")
    entries = funding_rows(queries_money.funding_rows(store), queries.project_rows(store))
    assert funding_total(entries, "planned")[0].fen == 999
    for number in (2, 1, 0):
        ledger.undo(number)
    assert queries_money.funding_rows(store).empty
    assert ledger.held == {}
    store.dispose()
