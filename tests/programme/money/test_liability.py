"""Who must repair, and the fund that says so."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programme.money.fen import MoneyError
from programme.money.maintenance import ENTRY_KINDS, LIABILITY_RULES, fund_balances, liability
from tests.programme.frames import DAY

AS_OF = DAY("2020-06-30")


def communities(*rows: tuple) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=["community_id", "original_property_unit"], dtype="object")
    return frame.assign(district_code="110101")


def funds(*rows: tuple) -> pd.DataFrame:
    full = [(c, DAY(d) if d else None, None) for c, d in rows]
    return pd.DataFrame(full, columns=["community_id", "established_date", "document_no"], dtype="object")


def entries(*rows: tuple) -> pd.DataFrame:
    full = [(f"m{i}", c, k, DAY(d) if d else None, fen) for i, (c, k, d, fen) in enumerate(rows)]
    columns = ["entry_id", "community_id", "kind", "entry_date", "amount_fen"]
    return pd.DataFrame(full, columns=columns, dtype="object").astype({"amount_fen": "int64"})


def test_the_fund_then_the_unit_then_nobody_known() -> None:
    places = communities(("c1", "某厂"), ("c2", "某厂"), ("c3", " "), ("c4", None), ("c5", "某局"))
    stands = funds(("c1", "2020-06-30"), ("c2", "2020-07-01"), ("c4", "2019-01-01"), ("c5", None))
    balances = fund_balances(places, stands, entries(("c1", "collected", "2020-06-30", 5)), AS_OF)
    done = pd.Series({"c2": pd.Timestamp("2020-05-01"), "c1": pd.Timestamp("2020-05-01")})
    found = liability(places, balances, done).set_index("community_id")
    assert found["liable"].tolist() == ["fund", "property_unit", "not_known", "fund", "property_unit"]
    assert found["name"].tolist() == [None, "某厂", None, None, "某局"]
    assert found.loc["c3", ["rule", "clause", "requirement"]].tolist() == ["unit_not_named", "二(三)3", "R22"]
    assert found.loc["c1", "since"] == pd.Timestamp("2020-06-30") and pd.isna(found.loc["c2", "since"])
    assert found.index[found["is_fund_due"]].tolist() == ["c2"]
    assert found.index[found["is_fund_exhausted"]].tolist() == ["c4"]
    assert found.loc["c1", "rows"] == ("m0",)


def test_what_a_fund_holds_by_a_day() -> None:
    places = communities(("c1", None), ("c2", None), ("c3", None), ("c4", None))
    money = entries(
        ("c1", "collected", "2020-01-01", 100),
        ("c1", "rebuilt", None, 50),
        ("c1", "topped_up", "2020-02-01", 7),
        ("c1", "used", "2020-06-30", 60),
        ("c1", "used", "2020-07-01", 9000),
        ("c2", "used", "2020-06-30", 1),
        ("c3", "collected", "2020-06-30", 1),
    )
    table = fund_balances(places, funds(("c1", "2020-01-01"), ("c4", "2020-01-01")), money, AS_OF)
    first = table.iloc[0]
    assert first[["collected_fen", "rebuilt_fen", "topped_up_fen", "used_fen", "balance_fen"]].tolist() == [
        100,
        50,
        7,
        60,
        97,
    ]
    assert first["rows"] == ("m0", "m1", "m2", "m3")
    assert table["problem"].tolist() == [None, "overdrawn", "money_without_fund", "fund_without_money"]
    with pytest.raises(MoneyError, match=r"entry_kind_unknown"):
        fund_balances(places, funds(), entries(("c1", "given", None, 1)), AS_OF)
    with pytest.raises(MoneyError, match=r"amount_negative"):
        fund_balances(places, funds(), entries(("c1", "used", None, -1)), AS_OF)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["c1", "c2"]),
            st.sampled_from(list(ENTRY_KINDS)),
            st.sampled_from([None, "2020-01-01", "2020-12-31"]),
            st.integers(0, 2**50),
        ),
        max_size=12,
    ),
    st.sets(st.sampled_from(["c1", "c2"])),
    st.sampled_from([None, "某厂"]),
)
@settings(max_examples=40, deadline=None)
def test_every_community_has_one_answer_with_its_rule(rows: list, standing: set, unit: str | None) -> None:
    places = communities(("c1", unit), ("c2", None))
    money = entries(*rows)
    balances = fund_balances(places, funds(*((c, "2020-01-01") for c in sorted(standing))), money, AS_OF)
    amount = dict(zip(money["entry_id"], money["amount_fen"], strict=True))
    kind = dict(zip(money["entry_id"], money["kind"], strict=True))
    for own in balances.itertuples():
        assert own.balance_fen == sum(ENTRY_KINDS[kind[k]] * int(amount[k]) for k in own.rows)
    found = liability(places, balances, pd.Series(dtype="datetime64[ns]"))
    assert found["community_id"].tolist() == ["c1", "c2"]
    for own in found.itertuples():
        assert (own.liable == "fund") == (own.community_id in standing)
        assert (own.liable == "property_unit") == (own.name is not None)
        assert own.rule in {rule for rule, _, _ in LIABILITY_RULES.values()}
