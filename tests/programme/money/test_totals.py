"""Totals equal their rows, states and investment are never added to each other, and nothing is rounded."""

import datetime as dt
from collections import Counter

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programme.money.fen import MOST_FEN, Funding, Investment, MoneyError, exact_fen, fen_or_missing
from programme.money.flows import purse_split, sankey, state_table
from programme.money.funding import (
    DIMENSIONS,
    funding_rows,
    funding_total,
    funding_totals,
    orphan_entries,
    rows_behind,
)
from programme.money.investment import (
    investment_curve,
    investment_rows,
    investment_total,
    investment_totals,
)
from programme.progress import PaceRule
from tests.programme.frames import DAY, projects
from tests.programme.money.entries import COLUMNS, entries, investments, payers, two_projects

SOURCES = ["central", "city", "district", "residents", "social_capital", None]
amounts = st.integers(-(2**40), 2**50)
entry = st.tuples(
    st.sampled_from(["p1", "p2"]),
    st.sampled_from(SOURCES),
    st.sampled_from(["basic", "optional", None]),
    st.sampled_from(["planned", "allotted", "paid"]),
    st.sampled_from(["2020-03-05", "2020-06-30", None]),
    amounts,
)
ledgers = st.lists(entry, max_size=25).map(lambda rows: entries(*rows))
splits = st.lists(st.sampled_from([d for d in DIMENSIONS if d != "state"]), unique=True).map(
    lambda by: [*by, "state"]
)


def rows_of(ledger: pd.DataFrame, **more: bool) -> pd.DataFrame:
    return funding_rows(ledger, two_projects(), payers(), **more)


@given(ledgers, splits, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_totals_equal_their_rows_in_any_order(ledger: pd.DataFrame, by: list[str], chance) -> None:
    totals = funding_totals(rows_of(ledger), by)
    amount = dict(zip(ledger["entry_id"], ledger["amount_fen"], strict=True))
    for own in totals.itertuples(index=False):
        assert own.funding_fen == sum(int(amount[k]) for k in own.rows)
    behind = [k for keys in totals["rows"] for k in keys]
    assert sorted(behind) == sorted(ledger["entry_id"])  # every row in exactly one total
    order = list(range(len(ledger)))
    chance.shuffle(order)
    shuffled = funding_totals(rows_of(ledger.iloc[order].reset_index(drop=True)), by)
    pd.testing.assert_frame_equal(totals, shuffled)


@given(ledgers, st.data())
@settings(max_examples=60, deadline=None)
def test_totals_follow_edits_and_removals(ledger: pd.DataFrame, data) -> None:
    edited = ledger.copy()
    for at in data.draw(
        st.lists(st.sampled_from(list(ledger.index)), unique=True) if len(ledger) else st.just([])
    ):
        edited.loc[at, "amount_fen"] = data.draw(amounts)
    gone = data.draw(st.sets(st.sampled_from(list(ledger.index))) if len(ledger) else st.just(set()))
    left = edited.drop(index=list(gone))
    totals = funding_totals(rows_of(left))
    for state in ("planned", "allotted", "paid"):
        expected = sum(int(a) for a in left.loc[left["state"] == state, "amount_fen"])
        whole, keys = funding_total(rows_of(left), state)
        assert whole == Funding(expected, state)
        assert sum(int(f) for f in totals.loc[totals["state"] == state, "funding_fen"]) == expected
        assert set(keys) == set(left.loc[left["state"] == state, "entry_id"])


@given(ledgers, entry)
@settings(max_examples=60, deadline=None)
def test_an_entry_lowers_its_group_only_when_negative(ledger: pd.DataFrame, new: tuple) -> None:
    by = ["project_id", "funding_source", "content_class", "state"]

    def group(frame: pd.DataFrame) -> int:
        chosen = dict(zip(by, new[:4], strict=True))
        return int(rows_behind(rows_of(frame), **chosen)["funding_fen"].sum())

    row = pd.DataFrame([("new", *new)], columns=COLUMNS).astype(ledger.dtypes.to_dict())
    more = row if ledger.empty else pd.concat([ledger, row], ignore_index=True)
    before, after = group(ledger), group(more)
    assert after - before == new[-1]
    assert (after >= before) == (new[-1] >= 0)


@given(ledgers)
@settings(max_examples=60, deadline=None)
def test_the_sankey_conserves(ledger: pd.DataFrame) -> None:
    flows = sankey(rows_of(ledger))
    links = flows.links
    assert (links["funding_fen"] > 0).all()
    into, out = Counter(), Counter()
    for link in links.itertuples():
        if link.stage == "source_class":
            into[link.target] += link.funding_fen
        else:
            out[link.origin] += link.funding_fen
    assert into == out
    lost = {k for keys in flows.left_out["rows"] for k in keys}
    drawn = {k for keys in links["rows"] for k in keys}
    assert not lost & drawn
    zero = set(ledger["entry_id"]) - lost - drawn
    own = rows_of(ledger[ledger["entry_id"].isin(zero)])
    by = ["project_id", "funding_source", "content_class", "state"]
    assert (funding_totals(own, by)["funding_fen"] == 0).all()  # only what comes to nothing is neither


def test_the_sankey_of_a_small_ledger() -> None:
    ledger = entries(
        ("p1", "city", "basic", "planned", "2020-01-05", 100),
        ("p1", "city", "basic", "allotted", "2020-02-05", 70),
        ("p1", "city", "basic", "paid", "2020-03-05", 30),
        ("p2", "residents", "optional", "planned", "2020-01-05", 9),
        ("p2", "district", "basic", "paid", "2020-01-05", -5),
    )
    flows = sankey(rows_of(ledger))
    found = {(r.origin, r.target): r.funding_fen for r in flows.links.itertuples()}
    assert found == {
        ("city", "basic"): 100,
        ("residents", "optional"): 9,
        ("basic", "paid"): 30,
        ("basic", "allotted_open"): 40,
        ("basic", "planned_open"): 30,
        ("optional", "planned_open"): 9,
    }
    assert flows.left_out["rows"].tolist() == [("e4",)]


def test_a_group_paid_beyond_its_plan_counts_the_largest_once() -> None:
    ledger = entries(
        ("p1", "city", "basic", "planned", None, 10),
        ("p1", "city", "basic", "allotted", None, 4),
        ("p1", "city", "basic", "paid", None, 9),
    )
    links = sankey(rows_of(ledger)).links
    assert links[["target", "funding_fen"]].values.tolist() == [
        ["basic", 10],
        ["paid", 9],
        ["planned_open", 1],
    ]


def test_states_and_purses_stand_beside_each_other() -> None:
    ledger = entries(
        ("p1", "city", "basic", "planned", None, 200),
        ("p1", "city", "basic", "allotted", "2020-02-05", 150),
        ("p1", "city", "basic", "paid", "2020-03-05", 50),
        ("p1", "residents", "optional", "planned", None, 7),
        ("p2", "central", "basic", "planned", None, 11),
    )
    table = state_table(rows_of(ledger)).set_index(["district_code", "funding_source"])
    city = table.loc[("110101", "city")]
    assert (city["planned_fen"], city["allotted_fen"], city["paid_fen"]) == (200, 150, 50)
    assert (city["allotted_share"] * 4, city["paid_share"] * 3) == (3, 1)
    assert city["paid_rows"] == ("e2",)
    assert table.loc[("110108", "central"), "paid_share"] is None
    split = purse_split(rows_of(ledger)).set_index(["district_code", "purse"])["planned_fen"].to_dict()
    assert split == {("110101", "transfer"): 200, ("110101", "other"): 7, ("110108", "central"): 11}
    without = purse_split(rows_of(ledger, has_central=False))
    assert set(without["district_code"]) == {"110101"}


def test_states_are_never_added() -> None:
    rows = rows_of(
        entries(
            ("p1", "city", "basic", "planned", None, 1),
            ("p1", "city", "basic", "paid", None, 1),
        )
    )
    with pytest.raises(MoneyError, match=r"money\.states_added"):
        funding_totals(rows, ["funding_source"])
    paid = rows[rows["state"] == "paid"]
    assert funding_totals(paid, ["funding_source"])["funding_fen"].tolist() == [1]
    with pytest.raises(TypeError):
        Funding(1, "planned") + Funding(1, "paid")


def test_investment_is_never_added_to_funding() -> None:
    with pytest.raises(TypeError):
        Funding(1, "paid") + Investment(1)  # type: ignore[operator]
    with pytest.raises(TypeError):
        sum([Investment(1), Funding(1, "paid")], Investment(0))  # type: ignore[list-item]
    assert Investment(1) + Investment(2) == Investment(3)
    ledger = entries(("p1", "city", "basic", "paid", None, 1))
    with pytest.raises(MoneyError, match=r"funding_is_no_investment"):
        investment_rows(ledger, two_projects())
    money = investments(("i1", "p1", "2020-05", 1))
    with pytest.raises(MoneyError, match=r"column_missing"):
        funding_rows(money, two_projects())
    with pytest.raises(MoneyError, match=r"column_missing"):
        funding_totals(investment_rows(money, two_projects()), ["project_id", "state"])
    with pytest.raises(MoneyError, match=r"column_missing"):
        investment_totals(rows_of(ledger))


def test_central_state_projects_in_and_out() -> None:
    ledger = entries(("p1", "city", "basic", "paid", None, 1), ("p2", "central", "basic", "paid", None, 10))
    assert funding_total(rows_of(ledger), "paid")[0].fen == 11
    assert funding_total(rows_of(ledger, has_central=False), "paid") == (Funding(1, "paid"), ("e0",))
    lost = entries(("p9", "city", "basic", "paid", None, 1))
    assert orphan_entries(lost, two_projects()) == ("e0",)
    assert rows_of(lost).empty


def test_too_large_a_sum_is_refused_and_not_wrapped() -> None:
    ledger = entries(
        ("p1", "city", "basic", "paid", None, MOST_FEN), ("p1", "city", "basic", "paid", None, 1)
    )
    with pytest.raises(MoneyError, match=r"money\.overflow"):
        funding_totals(rows_of(ledger))
    with pytest.raises(MoneyError, match=r"money\.overflow"):
        funding_total(rows_of(ledger), "paid")
    ledger.loc[1, "project_id"] = "p2"
    assert sorted(funding_totals(rows_of(ledger), ["project_id", "state"])["funding_fen"]) == [1, MOST_FEN]


@pytest.mark.parametrize(
    "bad",
    [
        pd.Series([1.0, 2.0]),
        pd.Series([1, None]),
        pd.Series([1, pd.NA], dtype="Int64"),
        pd.Series(["1"], dtype="object"),
        pd.Series([True]),
        pd.Series([True], dtype="object"),
        pd.Series([2**63], dtype="object"),
        pd.Series([2**63], dtype="uint64"),
    ],
)
def test_amounts_are_whole_fen_or_refused(bad: pd.Series) -> None:
    with pytest.raises(MoneyError):
        exact_fen(bad)


def test_a_column_with_gaps_keeps_its_whole_numbers() -> None:
    assert fen_or_missing(pd.Series([5.0, None])).tolist() == [5, pd.NA]
    assert fen_or_missing(pd.Series([MOST_FEN, None], dtype="object")).tolist() == [MOST_FEN, pd.NA]
    for bad in (0.5, float(2**53 + 2)):
        with pytest.raises(MoneyError, match=r"not_whole"):
            fen_or_missing(pd.Series([bad, None]))


def test_a_row_is_never_counted_twice() -> None:
    ledger = entries(("p1", "city", "basic", "paid", None, 1))
    with pytest.raises(MoneyError, match=r"key_twice"):
        rows_of(pd.concat([ledger, ledger], ignore_index=True))
    with pytest.raises(MoneyError, match=r"state_unknown"):
        rows_of(entries(("p1", "city", "basic", "promised", None, 1)))


def test_the_curve_of_a_year() -> None:
    money = investments(
        ("i0", "p1", "2019-12", 999),
        ("i1", "p1", "2020-01", 40),
        ("i2", "p2", "2020-01", 2),
        ("i3", "p1", "2020-03", -10),
        ("i4", "p1", "2020-05", 7),
    )
    rows = investment_rows(money, two_projects())
    curve = investment_curve(rows, 2020, DAY("2020-04-10"), 3660).set_index("month")
    assert curve["done_fen"].dropna().tolist() == [42, 42, 32, 32]
    assert curve.loc["2020-01", "rows"] == ("i1", "i2")
    assert pd.isna(curve.loc["2020-05", "done_fen"]) and curve.loc["2020-05", "rows"] == ()
    assert curve.loc["2020-02", "expected_fen"] == 600 and curve.loc["2020-12", "expected_fen"] == 3660
    assert investment_curve(rows, 2020, DAY("2020-04-10"), None)["expected_fen"].isna().all()
    assert investment_total(rows)[0] == Investment(1038)
    assert investment_totals(rows, ("district_code",))["investment_fen"].tolist() == [1036, 2]
    with pytest.raises(MoneyError, match=r"month_unreadable"):
        investment_rows(investments(("i1", "p1", "2020-13", 1)), two_projects())


def test_the_planned_line_ends_at_the_target() -> None:
    plan = projects(
        {
            "project_id": "p1",
            "planned_start_date": dt.date(2020, 7, 1),
            "planned_completion_date": dt.date(2020, 12, 31),
            "planned_investment_fen": 184,
        }
    )
    rows = investment_rows(investments(("i1", "p1", "2020-07", 1)), plan)
    curve = investment_curve(
        rows, 2020, DAY("2020-12-31"), 12_800_000_001, rule=PaceRule.PLANNED, projects=plan
    ).set_index("month")["expected_fen"]
    assert curve["2020-06"] == 0 and curve["2020-12"] == 12_800_000_001
    assert curve.is_monotonic_increasing


def test_nothing_gives_nothing() -> None:
    empty = rows_of(entries())
    assert funding_totals(empty).empty and state_table(empty).empty and sankey(empty).links.empty
    assert funding_total(empty, "paid") == (Funding(0, "paid"), ())
    curve = investment_curve(investment_rows(investments(), two_projects()), 2020, DAY("2020-02-01"), None)
    assert curve["done_fen"].dropna().tolist() == [0, 0]
