"""A closed month: the same bytes for ever, old versions untouched, foreign rules refused."""

import dataclasses
import datetime as dt
import os
import random
import subprocess
import sys
import zlib
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programme.months import (
    Correction,
    InputRefused,
    MonthDamaged,
    ReplayDiffers,
    Rules,
    UnknownRules,
    chain_faults,
    close,
    correct,
    read,
    replay,
)
from programme.months.canonical import MAGIC, decode, encode, pack, unpack
from tests.programme.months.town import DAY, RULES, frame, town

KEPT = Path(__file__).parent / "june_2020.month"
JULY = Correction("六月投资漏报", "绩效办 王", dt.datetime(2020, 7, 9, 12, 0, tzinfo=dt.UTC))


def shuffled(tables: dict[str, pd.DataFrame], seed: int) -> dict[str, pd.DataFrame]:
    order = random.Random(seed)
    mixed = {}
    for name in order.sample(list(tables), len(tables)):
        columns = order.sample(list(tables[name].columns), len(tables[name].columns))
        mixed[name] = tables[name].sample(frac=1, random_state=order.randrange(10**6))[columns]
    return mixed


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**9))
def test_any_order_of_rows_and_columns_gives_the_same_bytes(seed: int) -> None:
    first = close("2020-06", town(), RULES)
    again = close("2020-06", shuffled(town(), seed), RULES)
    assert again.packed == first.packed
    assert replay(first.packed).packed == first.packed
    assert [s.unit for s in replay(first.packed).districts()] == [s.unit for s in first.districts()]


LATER = st.dates(DAY("2020-07-01"), DAY("2020-12-31"))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["a1", "b2", "zz"]), LATER), max_size=6), LATER)
def test_closing_on_another_day_gives_the_same_bytes(events: list, answered: dt.date) -> None:
    """What happens after the month's end (new events, investment, answers, closures) does not enter it."""
    first = close("2020-06", town(), RULES)
    later = town()
    later["events"] = pd.concat(
        [
            later["events"],
            frame(
                "event_id project_id stage event_date document_no",
                *((f"z{i}", project, "started", day, None) for i, (project, day) in enumerate(events)),
            ),
        ]
    )
    later["investments"] = pd.concat(
        [
            later["investments"],
            frame("investment_id project_id month amount_fen", ("z", "a1", answered.isoformat()[:7], 5)),
        ]
    )
    later["issues"] = later["issues"].assign(
        closed_date=[answered if i != "q1" else DAY("2020-07-03") for i in later["issues"]["issue_id"]]
    )
    later["deliverables"] = later["deliverables"].assign(
        delivered_date=lambda d: [answered if x is None else x for x in d["delivered_date"]]
    )
    assert close("2020-06", later, RULES).packed == first.packed


@pytest.mark.parametrize("kind", ["datetime", "text", "float"])
def test_the_same_facts_in_other_types_give_the_same_bytes(kind: str) -> None:
    tables = town()
    if kind == "datetime":
        tables["events"]["event_date"] = pd.to_datetime(tables["events"]["event_date"])
        tables["deliverables"]["delivered_date"] = pd.to_datetime(tables["deliverables"]["delivered_date"])
    elif kind == "text":
        tables["events"]["event_date"] = [d.isoformat() for d in tables["events"]["event_date"]]
        tables["events"]["document_no"] = ""
        tables["projects"] = tables["projects"].astype(
            {"project_id": "string", "is_central_state": "boolean"}
        )
    else:
        tables["investments"]["amount_fen"] = tables["investments"]["amount_fen"].astype("float64")
        tables["communities"]["has_owners_body"] = tables["communities"]["has_owners_body"].astype("float64")
    assert close("2020-06", tables, RULES).packed == close("2020-06", town(), RULES).packed


def test_the_first_edition_s_digest_still_stands() -> None:
    """Held for ever: a change here means that months closed before would no longer replay. Add a version instead."""
    assert (
        close("2020-06", town(), RULES).digest
        == "7736ea83e997a2e214cb7eb3d939726ac14d81dbd5d153cbcf7015a497c5c630"
    )


def test_a_month_kept_by_the_first_edition_replays() -> None:
    """The file was written once and is never written again."""
    kept = KEPT.read_bytes()
    month = replay(kept)
    assert month.content == unpack(kept)
    assert month.digest == "7736ea83e997a2e214cb7eb3d939726ac14d81dbd5d153cbcf7015a497c5c630"
    assert [(s.unit, s.place) for s in month.districts()] == [("110102", 1), ("110101", 2), ("110105", None)]


@pytest.mark.parametrize(
    "surroundings", [{"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "7"}, {"LC_ALL": "C"}]
)
def test_a_replay_depends_on_nothing_around_it(surroundings: dict[str, str]) -> None:
    script = (
        "import sys; from pathlib import Path; from programme.months import close, replay; "
        "from tests.programme.months.town import RULES, town; "
        "print(replay(Path(sys.argv[1]).read_bytes()).digest, close('2020-06', town(), RULES).digest)"
    )
    told = subprocess.run(
        [sys.executable, "-c", script, str(KEPT)],
        cwd=KEPT.parents[3],
        env={**os.environ, **surroundings},
        check=True,
        capture_output=True,
        text=True,
    )
    assert set(told.stdout.split()) == {close("2020-06", town(), RULES).digest}


def test_only_named_columns_are_frozen() -> None:
    content = close("2020-06", town(), RULES).content.decode()
    assert "丙" not in content  # a project's name
    assert "7777" in content  # earlier rows stay: they happened


@settings(max_examples=25, deadline=None)
@given(st.integers(-(10**12), 10**12), st.sampled_from(["a1", "b1"]))
def test_a_correction_never_alters_the_old_bytes(amount: int, project: str) -> None:
    first = close("2020-06", town(), RULES)
    kept = bytes(first.packed)
    tables = town()
    tables["investments"] = pd.concat(
        [
            tables["investments"],
            frame("investment_id project_id month amount_fen", ("n", project, "2020-06", amount)),
        ]
    )
    second = correct(first, tables, JULY)
    assert first.packed == kept
    assert replay(kept).packed == kept
    assert (second.version, second.previous) == (2, first.digest)
    assert second.digest != first.digest
    assert read(second.packed).correction == JULY
    assert replay(second.packed).packed == second.packed
    assert chain_faults([first, second]) == []
    assert [f.code for f in chain_faults([second, first])] == [
        "month.chain_start",
        "month.chain_version",
        "month.chain_previous",
    ]


def test_a_correction_has_a_reason_an_author_and_a_time() -> None:
    first = close("2020-06", town(), RULES)
    for wrong, code in (
        (dataclasses.replace(JULY, reason=" "), "month.correction_reason"),
        (dataclasses.replace(JULY, author=""), "month.correction_author"),
        (dataclasses.replace(JULY, at=dt.datetime(2020, 7, 9)), "month.correction_time"),  # noqa: DTZ001
    ):
        with pytest.raises(InputRefused) as caught:
            correct(first, town(), wrong)
        assert caught.value.code == code
    local = dataclasses.replace(JULY, at=JULY.at.astimezone(dt.timezone(dt.timedelta(hours=8))))
    assert correct(first, town(), local).packed == correct(first, town(), JULY).packed


def test_unknown_rules_and_formats_are_refused_never_recomputed() -> None:
    with pytest.raises(UnknownRules) as caught:
        close("2020-06", town(), dataclasses.replace(RULES, districts="districts-2"))
    assert caught.value.params == {"rules": "districts-2"}
    plain = decode(close("2020-06", town(), RULES).content)
    plain["rules"]["departments"] = "departments-99"
    with pytest.raises(UnknownRules):
        replay(pack(encode(plain)))
    plain["format"] = "atlas.month/2"
    with pytest.raises(UnknownRules):
        read(pack(encode(plain)))
    with pytest.raises(UnknownRules):
        read(MAGIC[:7] + b"\x02" + b"rest")


def test_resealed_figures_are_found_out_by_replay() -> None:
    plain = decode(close("2020-06", town(), RULES).content)
    plain["figures"]["districts"]["with_central"]["districts"][0]["place"] = 3
    forged = pack(encode(plain))
    assert read(forged).districts()[0].place == 3
    with pytest.raises(ReplayDiffers):
        replay(forged)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_bytes_are_refused(data: st.DataObject) -> None:
    """A bit that zlib does not read may differ in the packing; what was frozen never does."""
    month = close("2020-06", town(), RULES)
    packed = month.packed
    if data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(packed) - 1))
        broken = packed[:at] + bytes([packed[at] ^ data.draw(st.integers(1, 255))]) + packed[at + 1 :]
    else:
        broken = packed[: data.draw(st.integers(0, len(packed) - 1))]
    try:
        opened = replay(broken)
    except (MonthDamaged, UnknownRules):
        return
    assert opened.content == month.content


def test_cut_and_altered_bytes_are_refused() -> None:
    packed = close("2020-06", town(), RULES).packed
    for broken in (
        b"",
        packed[:-1],
        packed[:20],
        packed + b"x",
        b"x" + packed,
        packed[:60] + b"\0" + packed[61:],
    ):
        with pytest.raises(MonthDamaged):
            replay(broken)


def test_the_digest_does_not_hang_on_the_packing_and_a_bomb_is_refused() -> None:
    month = close("2020-06", town(), RULES)
    loose = month.packed[:40] + zlib.compress(month.content, 1)
    assert loose != month.packed
    assert replay(loose).digest == month.digest
    with pytest.raises(MonthDamaged):
        unpack(pack(b"0" * 5000), most_bytes=4999)
    with pytest.raises(MonthDamaged):
        read(pack(b'{"b":1, "a":2}'))  # JSON, but not in the canonical form
    with pytest.raises(MonthDamaged):
        read(pack(b"[" * 100_000))


@pytest.mark.parametrize(
    ("table", "row", "code"),
    [
        ("events", ("e1", "a1", "started", DAY("2020-04-02"), None), "month.key_twice"),
        ("events", ("n", "a1", "started", "2020-13-01", None), "month.value_kind"),
        ("events", ("n", None, "started", DAY("2020-04-02"), None), "month.missing_value"),
        ("events", ("n", "a\ud800", "started", DAY("2020-04-02"), None), "month.value_kind"),
        ("investments", ("n", "a1", "2020-05", 1.5), "month.value_kind"),
        ("investments", ("n", "a1", "2020-05", True), "month.value_kind"),
        ("investments", ("n", "a1", "2020-5", 1), "month.value_kind"),
        ("investments", ("n", "a1", "2020-05", float("inf")), "month.value_kind"),
        ("targets", ("n", 2020, "110101", "starts", 5), "month.target_twice"),
        ("projects", ("n", "110101", "是", None, ""), "month.value_kind"),
    ],
)
def test_rows_that_cannot_be_frozen_are_named(table: str, row: tuple, code: str) -> None:
    tables = town()
    more = frame(" ".join(tables[table].columns), row)
    tables[table] = pd.concat([tables[table], more])
    with pytest.raises(InputRefused) as caught:
        close("2020-06", tables, RULES)
    assert caught.value.code == code
    if code != "month.target_twice":
        assert caught.value.params["table"] == table


def test_missing_columns_and_foreign_tables_are_named() -> None:
    with pytest.raises(InputRefused) as caught:
        close("2020-06", {"events": town()["events"].drop(columns="stage")}, RULES)
    assert caught.value.params == {"table": "events", "column": "stage"}
    with pytest.raises(InputRefused) as caught:
        close("2020-06", {"residents": pd.DataFrame()}, RULES)
    assert caught.value.code == "month.unknown_table"
    with pytest.raises(ValueError, match="month"):
        close("2020-13", town(), RULES)


def test_an_empty_city_closes() -> None:
    month = close("2020-06", {}, Rules(RULES.settings))
    assert month.districts() == ()
    assert replay(month.packed).packed == month.packed
