"""Hard gates: the clerk is refused, an imported fact is listed (R9, R13, R20); advisory ones are flagged."""

import datetime as dt

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from programme.breaches import COLUMNS, breaches, flags, hard_breaches, is_refused, may_record
from programme.gates import started_without_agreement
from programme.stages import ORDER, current_stage
from programme.steps import HARD_GATES, STEPS, WORKS, Step, step_table
from tests.programme.frames import DAY, events, places, projects
from tests.programme.test_steps import table_of

AS_OF = DAY("2020-08-31")
READY = (
    ("owners_body", "2020-01-01"),
    ("confirmed", "2020-02-01", "1号"),
    ("service_agreement", "2020-03-01"),
)


def listed(
    held: pd.DataFrame, dated: pd.DataFrame, pairs: pd.DataFrame | None = None, as_of: dt.date = AS_OF
):
    pairs = places() if pairs is None else pairs
    homes = pairs[["community_id", "has_owners_body"]].drop_duplicates("community_id")
    return breaches(held, dated, pairs, homes, as_of)


def history(*rows: tuple) -> pd.DataFrame:
    return events(*(("a", *row) for row in rows))


def test_a_project_with_every_hard_gate_breaks_nothing() -> None:
    held = projects({"project_id": "a"})
    found = listed(held, history(*READY, ("started", "2020-03-01"), ("completed", "2020-08-01")))
    assert found.empty
    assert list(found.columns) == COLUMNS
    assert listed(projects(), events()).empty


def test_works_without_an_agreement_are_a_breach_with_clause_and_days() -> None:
    held = projects({"project_id": "late"}, {"project_id": "never"}, {"project_id": "not_begun"})
    rows = [(p, *row) for p in ("late", "never", "not_begun") for row in READY[:2]]
    dated = events(
        *rows,
        ("late", "started", "2020-05-01"),
        ("late", "service_agreement", "2020-06-01"),
        ("never", "started", "2020-05-02"),
    )
    found = listed(held, dated)
    assert found["project_id"].tolist() == ["late", "never"] == started_without_agreement(dated, AS_OF)
    first, second = found.to_dict("records")
    assert (first["step"], first["gate"], first["clause"], first["requirement"]) == (
        "started",
        "service_agreement",
        "二(一)7",
        "R20",
    )
    assert (first["gate_date"], first["days_early"]) == (pd.Timestamp("2020-06-01"), 31)
    assert pd.isna(second["gate_date"]) and pd.isna(second["days_early"])
    # As of a day on which the agreement was not yet signed, its day is not known.
    assert pd.isna(listed(held, dated, as_of=DAY("2020-05-31")).loc[0, "gate_date"])


def test_the_first_step_of_the_works_is_named_even_where_the_start_is_missing() -> None:
    held = projects({"project_id": "a"})
    found = listed(held, history(*READY[:2], ("accepted", "2020-07-01"), ("completed", "2020-07-01")))
    assert found[["step", "gate"]].to_numpy().tolist() == [["completed", "service_agreement"]]


def test_an_owners_body_in_the_ledger_of_communities_is_evidence() -> None:
    held = projects({"project_id": "a"}, {"project_id": "b"}, {"project_id": "c"})
    pairs = places(("a", "1", "s", True), ("b", "1", "s", True), ("b", "2", "s", None))
    dated = events(*((p, *row) for p in "abc" for row in (*READY[1:], ("started", "2020-05-01"))))
    found = listed(held, dated, pairs)
    assert found[["project_id", "gate", "requirement"]].to_numpy().tolist() == [
        ["b", "owners_body", "R13"],
        ["c", "owners_body", "R13"],
    ]


def test_a_confirmation_without_a_number_is_listed_and_carries_no_works() -> None:
    held = projects({"project_id": "a"})
    bare = history(READY[0], ("confirmed", "2020-02-01"), READY[2], ("started", "2020-05-01"))
    assert listed(held, bare)[["step", "gate"]].to_numpy().tolist() == [
        ["confirmed", "confirmation_document"],
        ["started", "confirmed"],
    ]
    late = pd.concat([bare, history(("confirmed", "2020-05-11", "2号"))])
    assert listed(held, late)["days_early"].tolist() == [100, 10]
    assert listed(projects({"project_id": "a", "confirmation_document_no": "2号"}), bare).empty


def test_the_clerk_is_refused_a_start_and_told_every_gate() -> None:
    held = projects({"project_id": "a"})
    table = table_of(held, history(READY[0], READY[1], ("service_agreement", "2020-06-01")))
    unmet = may_record(Step.STARTED, table, "a", DAY("2020-05-20"))
    assert [(u.gate, u.is_hard) for u in unmet] == [
        ("service_agreement", True),
        ("designed", False),
        ("public_notice", False),
        ("governance_cleared", False),
        ("tendered", False),
    ]
    assert (unmet[0].clause, unmet[0].requirement) == ("二(一)7", "R20")
    assert unmet[0].gate_date == DAY("2020-06-01")
    assert unmet[1].gate_date is None
    assert is_refused(unmet)
    # Advisory gates are named and stop nothing.
    allowed = may_record(Step.STARTED, table, "a", DAY("2020-06-01"))
    assert allowed and not is_refused(allowed)


def test_the_clerk_needs_the_documents_number_to_confirm() -> None:
    bare = table_of(projects({"project_id": "a"}), events())
    assert [u.gate for u in may_record(Step.CONFIRMED, bare, "a", AS_OF)] == ["confirmation_document"]
    assert is_refused(may_record(Step.CONFIRMED, bare, "a", AS_OF, document_no="  "))
    assert may_record(Step.CONFIRMED, bare, "a", AS_OF, document_no="3号") == ()
    own = table_of(projects({"project_id": "a", "confirmation_document_no": "3号"}), events())
    assert may_record(Step.CONFIRMED, own, "a", AS_OF) == ()


def test_works_before_governance_and_notice_are_flagged_not_breached() -> None:
    held = projects({"project_id": "a"})
    dated = history(
        *READY,
        ("public_notice", "2020-03-25"),
        ("started", "2020-04-01"),
        ("governance_cleared", "2020-04-11"),
    )
    table = table_of(held, dated, notice_days=10)
    assert hard_breaches(table).empty
    governed = flags(table, ["governance_cleared"])
    assert governed[["step", "days_early", "clause", "requirement"]].to_numpy().tolist() == [
        ["started", 10, "二(二)2", "R25"]
    ]
    # The notice's ten days ended on 4 April.
    assert flags(table, ["public_notice"])["days_early"].tolist() == [3]
    assert flags(table_of(held, dated), ["public_notice"]).empty


# --- random histories -------------------------------------------------------------------------------
CALM = settings(deadline=None, max_examples=60)
DAYS = st.dates(dt.date(2019, 6, 1), dt.date(2020, 12, 31))
ROWS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from([s.value for s in STEPS]),
        DAYS,
        st.sampled_from([None, "", "1号"]),
    ),
    max_size=30,
)
PAIRS = places(("a", "1", "s", True), ("b", "1", "s", True), ("b", "2", "s", False))
HELD = projects(
    {"project_id": "a"}, {"project_id": "b", "confirmation_document_no": "9号"}, {"project_id": "c"}
)
ANY_DAY = dt.date(2021, 6, 30)


def random_events(rows: list) -> pd.DataFrame:
    return events(*((p, s, d.isoformat(), n) for p, s, d, n in rows))


def plain_gate_dates(rows: list, project: str, until: dt.date) -> dict[str, dt.date | None]:
    """The first day of each hard gate, worked out row by row."""

    def first(step: str, number: bool = False) -> dt.date | None:
        return min(
            (
                d
                for p, s, d, n in rows
                if p == project and s == step and d <= until and (not number or n == "1号" or project == "b")
            ),
            default=None,
        )

    return {
        "owners_body": dt.date.min if project == "a" else first("owners_body"),
        "confirmed": first("confirmed", number=True),
        "service_agreement": first("service_agreement"),
    }


@CALM
@given(ROWS, DAYS)
def test_no_stage_without_its_hard_gates_unless_a_breach_is_listed(rows: list, as_of: dt.date) -> None:
    dated = random_events(rows)
    found = listed(HELD, dated, PAIRS, as_of)
    named = set(zip(found["project_id"], found["gate"], strict=True))
    expected = set()
    for project, stage in current_stage(dated, HELD, as_of).items():
        met = plain_gate_dates(rows, project, as_of)
        works = [d for p, s, d, _ in rows if p == project and s in set(WORKS) and d <= as_of]
        assert bool(works) == (ORDER[stage] >= ORDER["started"])
        for gate in HARD_GATES:
            if works and (met[gate] is None or met[gate] > min(works)):
                expected.add((project, gate))
    assert {pair for pair in named if pair[1] != "confirmation_document"} == expected


@CALM
@given(ROWS, st.randoms(use_true_random=False))
def test_reordered_rows_change_nothing(rows: list, random) -> None:
    mixed = list(rows)
    random.shuffle(mixed)
    pd.testing.assert_frame_equal(
        listed(HELD, random_events(rows), PAIRS, ANY_DAY),
        listed(HELD.iloc[::-1], random_events(mixed), PAIRS.iloc[::-1], ANY_DAY),
    )


@CALM
@given(
    ROWS, st.sampled_from("abc"), st.sampled_from([s.value for s in STEPS]), st.sampled_from([None, "1号"])
)
def test_a_later_event_never_removes_a_breach(
    rows: list, project: str, step: str, number: str | None
) -> None:
    identity = ["project_id", "step", "gate", "step_date"]
    before = listed(HELD, random_events(rows), PAIRS, ANY_DAY)
    later = max((d for _, _, d, _ in rows), default=dt.date(2020, 1, 1)) + dt.timedelta(days=1)
    after = listed(HELD, random_events([*rows, (project, step, later, number)]), PAIRS, ANY_DAY)
    assert set(before[identity].itertuples(index=False, name=None)) <= set(
        after[identity].itertuples(index=False, name=None)
    )


@CALM
@given(ROWS, st.sampled_from("abc"), st.sampled_from(list(STEPS)), DAYS, st.sampled_from([None, "1号"]))
def test_the_form_refuses_exactly_what_the_list_would_name(
    rows: list, project: str, step: Step, day: dt.date, number: str | None
) -> None:
    before = [
        r for r in rows if r[1] not in set(WORKS) and (r[0], r[1], step) != (project, "confirmed", r[1])
    ]
    homes = PAIRS[["community_id", "has_owners_body"]].drop_duplicates("community_id")
    table = step_table(HELD, random_events(before), PAIRS, homes, ANY_DAY)
    unmet = may_record(step, table, project, day, document_no=number)
    after = random_events([*before, (project, step.value, day, number)])
    columns = ["project_id", "step", "gate"]
    old = set(hard_breaches(table)[columns].itertuples(index=False, name=None))
    new = set(listed(HELD, after, PAIRS, ANY_DAY)[columns].itertuples(index=False, name=None))
    assert new - old == {(project, step.value, u.gate) for u in unmet if u.is_hard}
    assert is_refused(unmet) == bool(new - old)
