"""What a correction changed, and why a place moved."""

import datetime as dt

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from programme.months import Correction, close, correct, difference, movement
from tests.programme.months.town import DAY, RULES, frame, town, weighted

JULY = Correction("更正", "绩效办", dt.datetime(2020, 7, 9, tzinfo=dt.UTC))


def test_a_late_investment_moves_two_districts() -> None:
    first = close("2020-06", town(), RULES)
    tables = town()
    more = frame("investment_id project_id month amount_fen", ("i9", "a1", "2020-06", 450))
    tables["investments"] = pd.concat([tables["investments"], more])
    second = correct(first, tables, JULY)
    told = difference(first, second)
    assert [(r.table, r.key, r.change) for r in told.rows] == [("investments", "i9", "added")]
    moved = {m.unit: m for m in told.districts}
    assert set(moved) == {"110101", "110102"}
    a, b = moved["110101"], moved["110102"]
    assert (a.cause, a.place_before, a.place_after) == ("own_rows", 2, 1)
    assert [(p.measure, p.before.numerator, p.after.numerator) for p in a.parts if p.before and p.after] == [
        ("investment_fen", 300, 750)
    ]
    assert [c.key for c in a.parts[0].causes] == ["i9"]
    assert (b.cause, b.place_before, b.place_after, b.parts) == ("others", 1, 2, ())
    assert b.score_before == b.score_after
    assert told.departments == ()
    assert (told.old_digest, told.new_digest) == (first.digest, second.digest)


def test_changed_and_removed_rows_and_their_cells() -> None:
    first = close("2020-06", town(), RULES)
    tables = town()
    tables["events"] = tables["events"][tables["events"]["event_id"] != "e8"]
    tables["projects"].loc[tables["projects"]["project_id"] == "a2", "district_code"] = "110105"
    told = difference(first, correct(first, tables, JULY))
    rows = {(r.table, r.key): r for r in told.rows}
    assert rows["events", "e8"].change == "removed"
    assert rows["projects", "a2"].cells == {"district_code": ("110101", "110105")}
    moved = {m.unit: m for m in told.districts}
    assert {p.measure for p in moved["110105"].parts} == {"starts", "gates_kept"}
    assert {p.measure for p in moved["110101"].parts} == {"starts", "gates_kept"}
    for unit in ("110101", "110105"):
        assert {c.key for p in moved[unit].parts for c in p.causes} == {"a2"}


def test_a_change_of_rules_is_told_apart_from_rows() -> None:
    first = close("2020-06", town(), RULES)
    second = correct(first, town(), JULY, weighted(starts=60, owners_body=10))
    told = difference(first, second)
    assert told.rows == ()
    assert told.settings["settings.districts.investment_fen.weight"] == ("40/1", None)
    assert {m.cause for m in told.districts} == {"rules"}


def test_nothing_changed() -> None:
    first = close("2020-06", town(), RULES)
    assert difference(first, correct(first, town(), JULY)).is_empty


CHANGE = st.tuples(
    st.sampled_from(["drop_event", "money", "owners_body", "target", "move", "issue", "late", "pair"]),
    st.integers(0, 20),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(CHANGE, min_size=1, max_size=4))
def test_every_part_that_moved_names_a_changed_row(changes: list) -> None:
    first = close("2020-06", town(), RULES)
    tables = town()
    for i, (kind, n) in enumerate(changes):
        if kind == "drop_event":
            tables["events"] = tables["events"].drop(index=n, errors="ignore")
        elif kind == "money":
            row = frame(
                "investment_id project_id month amount_fen",
                (f"x{i}", "a1b1"[n % 3 : n % 3 + 2], "2020-06", n),
            )
            tables["investments"] = pd.concat([tables["investments"], row])
        elif kind == "owners_body":
            tables["communities"].loc[n % 4, "has_owners_body"] = [True, False, None][n % 3]
        elif kind == "target":
            tables["targets"].loc[n % 4, "value"] = n
        elif kind == "move":
            tables["projects"].loc[n % 4, "district_code"] = ["110101", "110102", "110105"][n % 3]
        elif kind == "issue":
            tables["issues"].loc[n % 3, "due_date"] = DAY("2020-06-01") + dt.timedelta(days=n)
        elif kind == "late":
            tables["deliverables"].loc[n % 4, "delivered_date"] = DAY("2020-06-10") + dt.timedelta(days=n)
        else:
            tables["project_communities"] = tables["project_communities"].drop(index=n % 3, errors="ignore")
    told = difference(first, correct(first, tables, JULY))
    for move in [*told.districts, *told.departments]:
        assert move.cause in {"own_rows", "others"}
        for part in move.parts:
            assert part.causes, (move.unit, part.measure)
        if move.cause == "others":
            assert move.score_before == move.score_after


def test_movement_since_the_month_before() -> None:
    june = close("2020-06", town(), RULES)
    tables = town()
    more = frame("investment_id project_id month amount_fen", ("i9", "a1", "2020-07", 10**6))
    tables["investments"] = pd.concat([tables["investments"], more])
    july = close("2020-07", tables, RULES)
    table = movement(july, june).set_index("unit")
    assert table.loc["110101", ["place", "place_before", "places_up"]].tolist() == [1, 2, 1]
    assert table.loc["110102", ["place", "place_before", "places_up"]].tolist() == [2, 1, -1]
    assert table.loc["110105", ["place", "places_up"]].isna().all()
    assert movement(june, None)["places_up"].isna().all()
