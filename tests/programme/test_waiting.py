"""Where projects wait, since when, and the funnel over them."""

import datetime as dt
import time

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from programme.breaches import breaches
from programme.steps import MAIN_STEPS, STEPS, Step, step_table
from programme.waiting import funnel, waiting
from tests.programme.frames import events, places, projects
from tests.programme.test_steps import table_of

FULL = tuple((s.value, f"2020-01-{n + 1:02d}", "1号") for n, s in enumerate(MAIN_STEPS))


def test_a_project_waits_since_the_last_gate_before_was_met() -> None:
    held = projects(*({"project_id": p} for p in ("pool", "new", "agreed_first", "undated", "done")))
    dated = events(
        ("pool", "reserve", "2020-03-01"),
        ("agreed_first", "service_agreement", "2020-01-05"),
        ("agreed_first", "owners_body", "2020-02-01"),
        ("agreed_first", "confirmed", "2020-06-01", "1号"),
        ("agreed_first", "designed", "2020-05-01"),
        ("undated", "reserve", "2019-12-31"),
        *(("done", *row) for row in FULL),
    )
    found = waiting(table_of(held, dated, places(("undated", "1", "s", True))))
    assert found["gate"].to_dict() == {
        "pool": "owners_body",
        "new": "owners_body",
        "agreed_first": "tendered",
        "undated": "confirmed",
        "done": None,
    }
    assert found.loc["pool", "days_waiting"] == 183  # from 1 March to 31 August
    assert pd.isna(found.loc["new", "days_waiting"])
    assert found.loc["agreed_first", "since_date"] == pd.Timestamp("2020-06-01")
    assert found.loc["undated", "since_date"] == pd.Timestamp("2019-12-31")
    assert pd.isna(found.loc["done", "since_date"])
    assert not found["is_overtaken"].any()


def test_a_project_that_went_on_without_a_gate_is_overtaken() -> None:
    held = projects({"project_id": "a"})
    dated = events(*(("a", *row) for row in FULL if row[0] != "service_agreement"))
    found = waiting(table_of(held, dated)).loc["a"]
    assert (found["gate"], found["is_overtaken"]) == ("service_agreement", True)
    # The days count from the design, the step before, and not from the works.
    assert found["since_date"] == pd.Timestamp("2020-01-03")


def test_the_funnel_counts_reached_waiting_and_days() -> None:
    held = projects(
        {"project_id": "a"},
        {"project_id": "b"},
        {"project_id": "c", "district_code": "110102"},
        {"project_id": "d", "district_code": "110102", "is_central_state": True},
        {"project_id": "e", "district_code": "110102"},
    )
    dated = events(
        ("a", "owners_body", "2020-08-01"),
        ("b", "owners_body", "2020-07-02"),
        ("c", "owners_body", "2020-08-21"),
        *(("d", *row) for row in FULL[:2]),
        ("e", "started", "2020-08-01"),
    )
    table = table_of(held, dated)
    whole = funnel(table).set_index("step")
    assert whole["reached"].head(3).tolist() == [4, 1, 0]
    assert whole.loc["confirmed", ["waiting", "median_days", "longest_days", "undated"]].tolist() == [
        3,
        30.0,
        60,
        0,
    ]
    assert whole.loc["designed", ["waiting", "longest_days"]].tolist() == [1, 242]  # from 2 January
    assert whole.loc["owners_body", ["waiting", "overtaken", "undated"]].tolist() == [1, 1, 1]
    assert pd.isna(whole.loc["tendered", "longest_days"])
    assert whole.index[-1] is None or pd.isna(whole.index[-1])
    own = funnel(table, has_central=False).set_index("step")
    assert own["waiting"].sum() == 4
    assert own.loc["designed", "waiting"] == 0
    parts = funnel(table, by_district=True)
    assert parts["district_code"].unique().tolist() == ["110101", "110102"]
    assert parts.groupby("district_code")["waiting"].sum().to_dict() == {"110101": 2, "110102": 3}
    assert funnel(table_of(projects(), events()), by_district=True).empty


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcd"),
            st.sampled_from([s.value for s in STEPS]),
            st.dates(dt.date(2020, 1, 1), dt.date(2020, 12, 31)),
        ),
        max_size=40,
    ),
    st.lists(st.sampled_from(list(STEPS)), min_size=1, unique=True),
    st.booleans(),
)
def test_every_project_is_in_the_funnel_once(rows: list, steps: list[Step], has_central: bool) -> None:
    held = projects(
        *(
            {"project_id": p, "is_central_state": p == "d", "district_code": f"11010{n % 2}"}
            for n, p in enumerate("abcd")
        )
    )
    dated = events(*((p, s, d.isoformat(), "1号") for p, s, d in rows))
    table = table_of(held, dated)
    found = waiting(table, steps)
    assert (found["days_waiting"].dropna() >= 0).all()
    for project, gate in found["gate"].items():
        names = [s.value for s in STEPS if s in steps]
        unmet = [n for n in names if not table.is_met.loc[project, n]]
        assert gate == (unmet[0] if unmet else None)
    whole = funnel(table, steps, has_central=has_central)
    parts = funnel(table, steps, by_district=True, has_central=has_central)
    assert whole["waiting"].sum() == (4 if has_central else 3)
    assert (whole["overtaken"] <= whole["waiting"]).all()
    summed = parts.groupby("step", dropna=False, sort=False)[
        ["reached", "waiting", "overtaken", "undated"]
    ].sum()
    pd.testing.assert_frame_equal(
        summed.reset_index(drop=True),
        whole[["reached", "waiting", "overtaken", "undated"]],
        check_dtype=False,
    )


def test_ten_thousand_projects_take_well_under_a_second() -> None:
    rng, count = np.random.default_rng(4), 10_000
    names = [f"p{n:05d}" for n in range(count)]
    held = projects(
        *({"project_id": p, "district_code": f"1101{n % 16 + 1:02d}"} for n, p in enumerate(names))
    )
    codes = [s.value for s in STEPS]
    size = 12 * count
    dated = pd.DataFrame(
        {
            "project_id": rng.choice(names, size),
            "stage": rng.choice(codes, size),
            "event_date": pd.Timestamp("2019-01-01") + pd.to_timedelta(rng.integers(0, 700, size), unit="D"),
            "document_no": rng.choice(np.array([None, "1号"], dtype=object), size),
        }
    )
    pairs = pd.DataFrame({"project_id": names, "community_id": names})
    homes = pd.DataFrame({"community_id": names, "has_owners_body": rng.choice([True, False], count)})
    took = []
    for _ in range(3):
        begun = time.perf_counter()
        found = breaches(held, dated, pairs, homes, dt.date(2020, 8, 31))
        funnel(step_table(held, dated, pairs, homes, dt.date(2020, 8, 31)), by_district=True)
        took.append(time.perf_counter() - begun)
    assert len(found) > count / 2
    assert min(took) < 1.5, took
