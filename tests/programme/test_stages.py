"""The chain is read off dated events (R31); a confirmation needs its document's number (R9)."""

import csv
import datetime as dt
from pathlib import Path

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from programme.stages import CHAIN, ORDER, GateEvent, Stage, confirmed_dates, current_stage, first_dates
from programme.steps import Step
from tests.programme.frames import DAY, events, projects

STAGES_CSV = Path(__file__).resolve().parents[2] / "data" / "reference" / "stages.csv"


def test_the_codes_are_those_of_the_reference_table() -> None:
    with STAGES_CSV.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    chain = sorted((r for r in rows if r["kind"] == "stage"), key=lambda r: int(r["position"]))
    assert [r["key"] for r in chain] == [s.value for s in CHAIN]
    gates = {r["key"] for r in rows if r["kind"] == "gate"}
    assert gates == {s.value for s in Step} - {s.value for s in CHAIN}
    assert {g.value for g in GateEvent} <= gates


def test_the_current_stage_is_the_furthest_reached_by_the_day() -> None:
    held = projects({"project_id": "a", "confirmation_document_no": "1号"}, {"project_id": "b"})
    dated = events(
        ("a", "reserve", "2020-01-05"),
        ("a", "confirmed", "2020-02-01"),
        ("a", "started", "2020-05-20"),
        ("a", "completed", "2020-09-01"),
    )
    stages = current_stage(dated, held, DAY("2020-08-31"))
    assert stages.to_dict() == {"a": "started", "b": "reserve"}
    assert current_stage(dated, held, DAY("2020-09-01"))["a"] == "completed"
    assert current_stage(dated, held, DAY("2020-02-01"))["a"] == "confirmed"


def test_a_confirmation_without_a_number_does_not_count() -> None:
    held = projects(
        {"project_id": "none"},
        {"project_id": "blank", "confirmation_document_no": "  "},
        {"project_id": "own", "confirmation_document_no": "京老旧办〔2020〕3号"},
        {"project_id": "event"},
    )
    dated = events(
        ("none", "confirmed", "2020-03-01"),
        ("blank", "confirmed", "2020-03-01", ""),
        ("own", "confirmed", "2020-03-01"),
        ("event", "confirmed", "2020-03-02", "4号"),
    )
    day = DAY("2020-12-31")
    assert set(confirmed_dates(dated, held, day).index) == {"own", "event"}
    assert current_stage(dated, held, day).to_dict() == {
        "none": "reserve",
        "blank": "reserve",
        "own": "confirmed",
        "event": "confirmed",
    }


def test_no_events_means_the_reserve_pool_and_dates_stay_dates() -> None:
    held = projects({"project_id": "a"})
    assert current_stage(events(), held, DAY("2020-08-31")).to_dict() == {"a": "reserve"}
    only_one = first_dates(events(("a", "reserve", "2020-01-01")), DAY("2020-08-31"))
    assert all(pd.api.types.is_datetime64_any_dtype(only_one[c]) for c in only_one)


def test_the_first_of_repeated_events_counts_and_unknown_kinds_do_not() -> None:
    dated = events(
        ("a", "started", "2020-06-01"), ("a", "started", "2020-05-01"), ("a", "nonsense", "2020-01-01")
    )
    dates = first_dates(dated, DAY("2020-12-31"))
    assert dates.loc["a", "started"] == pd.Timestamp("2020-05-01")
    assert "nonsense" not in dates


@given(
    st.lists(
        st.tuples(
            st.sampled_from([s.value for s in CHAIN]), st.dates(dt.date(2018, 1, 1), dt.date(2021, 12, 31))
        ),
        max_size=12,
    ),
    st.dates(dt.date(2018, 1, 1), dt.date(2021, 12, 31)),
    st.dates(dt.date(2018, 1, 1), dt.date(2021, 12, 31)),
)
def test_a_project_never_goes_back(history: list, one: dt.date, other: dt.date) -> None:
    held = projects({"project_id": "a", "confirmation_document_no": "1号"})
    dated = events(*(("a", stage, day.isoformat()) for stage, day in history))
    earlier, later = sorted((one, other))
    before = ORDER[current_stage(dated, held, earlier)["a"]]
    after = ORDER[current_stage(dated, held, later)["a"]]
    assert before <= after
    reached = [ORDER[s] for s, day in history if day <= later]
    assert after == max(reached, default=ORDER[Stage.RESERVE.value])
