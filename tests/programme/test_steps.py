"""The chain as data, and the days on which a project met its steps."""

import csv
from pathlib import Path

import pandas as pd
import pytest

from programme.gates import CLAUSES, GATES, first_unmet, gate_table
from programme.stages import CHAIN, GateEvent
from programme.steps import (
    DOCUMENT_GATE,
    HARD_GATES,
    MAIN_STEPS,
    RULES,
    STEPS,
    WORKS,
    Party,
    Proof,
    Step,
    StepTable,
    ordered,
    source_of,
    step_table,
)
from programme.waiting import waiting
from tests.programme.frames import DAY, events, places, projects

STAGES_CSV = Path(__file__).resolve().parents[2] / "data" / "reference" / "stages.csv"
AS_OF = DAY("2020-08-31")
GATE_STEP = {
    "owners_body": "owners_body",
    "confirmation": "confirmed",
    "design": "designed",
    "service_agreement": "service_agreement",
    "tender": "tendered",
}


def table_of(
    held: pd.DataFrame,
    dated: pd.DataFrame,
    pairs: pd.DataFrame | None = None,
    *,
    as_of: str = "2020-08-31",
    surveyed: dict[str, str | None] | None = None,
    notice_days: int | None = None,
) -> StepTable:
    pairs = places() if pairs is None else pairs
    homes = pairs[["community_id", "has_owners_body"]].drop_duplicates("community_id")
    if surveyed is not None:
        days = homes["community_id"].map(surveyed)
        homes = homes.assign(surveyed_date=[DAY(d) if isinstance(d, str) else None for d in days])
    return step_table(held, dated, pairs, homes, DAY(as_of), notice_days=notice_days)


def test_every_step_has_its_rule_and_the_codes_are_those_of_the_events() -> None:
    assert list(RULES) == list(STEPS)
    assert {s.value for s in CHAIN} | {g.value for g in GateEvent} <= {s.value for s in STEPS}
    assert [s.value for s in STEPS if s.value in set(CHAIN)] == [s.value for s in CHAIN]
    for rule in RULES.values():
        assert rule.parties and set(rule.parties) <= set(Party)
        assert Proof.DATE in rule.required_proofs
        assert set(rule.required_proofs) <= set(rule.proofs)
        for need in rule.needs:
            assert need.gate == DOCUMENT_GATE or STEPS.index(Step(need.gate)) < STEPS.index(rule.step)


def test_clauses_are_those_of_the_reference_table_and_of_the_gates() -> None:
    with STAGES_CSV.open(encoding="utf-8") as file:
        stated = {r["key"]: r["clause"].rpartition(" ")[2] for r in csv.DictReader(file)}
    # The table cites long-term management by its section, the rule by the item in it.
    differ = {k for k, clause in stated.items() if not RULES[Step(k)].clause.startswith(clause)}
    assert differ == set()
    assert {g.value: CLAUSES[g] for g in GATES} == {g: source_of(s) for g, s in GATE_STEP.items()}
    assert source_of(DOCUMENT_GATE) == ("二(一)5", "R9")


def test_works_need_every_hard_gate_and_a_confirmation_its_document() -> None:
    for step in STEPS:
        hard = {n.gate for n in RULES[step].needs if n.is_hard}
        wanted = set(HARD_GATES) if step in WORKS else {DOCUMENT_GATE} if step is Step.CONFIRMED else set()
        assert hard == wanted, step
    assert RULES[Step.CONFIRMED].required_proofs == (Proof.DATE, Proof.DOCUMENT_NO)


def test_a_project_is_surveyed_when_its_last_community_is() -> None:
    held = projects(*({"project_id": p} for p in "abcd"))
    pairs = places(
        ("a", "1", "s", None),
        ("a", "2", "s", None),
        ("b", "1", "s", None),
        ("b", "3", "s", None),
        ("c", "4", "s", None),
    )
    surveyed = {"1": "2020-01-05", "2": "2020-02-01", "3": None, "4": "2020-09-15"}
    days = table_of(held, events(("d", "surveyed", "2020-03-03")), pairs, surveyed=surveyed).dates["surveyed"]
    assert days["a"] == pd.Timestamp("2020-02-01")
    assert days["d"] == pd.Timestamp("2020-03-03")
    assert days[["b", "c"]].isna().all()
    no_home = table_of(held, events(), places(), surveyed={}).dates["surveyed"]
    assert no_home.isna().all() and pd.api.types.is_datetime64_any_dtype(no_home)
    # The earlier of an event and the ledger of communities holds.
    both = table_of(held, events(("a", "surveyed", "2020-01-20")), pairs, surveyed=surveyed).dates["surveyed"]
    assert both["a"] == pd.Timestamp("2020-01-20")


def test_a_notice_counts_after_its_period_where_one_is_set() -> None:
    held = projects({"project_id": "a"})
    dated = events(("a", "public_notice", "2020-08-20"))
    assert table_of(held, dated).dates.at["a", "public_notice"] == pd.Timestamp("2020-08-20")
    assert table_of(held, dated, notice_days=7).dates.at["a", "public_notice"] == pd.Timestamp("2020-08-27")
    running = table_of(held, dated, notice_days=15)
    assert pd.isna(running.dates.at["a", "public_notice"])
    assert running.taken.at["a", "public_notice"] == pd.Timestamp("2020-08-20")
    with pytest.raises(ValueError, match="negative"):
        table_of(held, dated, notice_days=-1)


def test_the_first_unmet_step_before_works_is_that_of_the_gate_map() -> None:
    held = projects(
        *(
            {"project_id": p, "confirmation_document_no": n}
            for p, n in zip("abcdef", ["1号", None] * 3, strict=True)
        )
    )
    dated = events(
        ("a", "owners_body", "2020-01-01"),
        ("a", "confirmed", "2020-02-01"),
        ("b", "owners_body", "2020-01-01"),
        ("b", "confirmed", "2020-02-01"),
        ("c", "confirmed", "2020-02-01"),
        ("c", "designed", "2020-02-02"),
        ("c", "service_agreement", "2020-02-03"),
        ("e", "tendered", "2020-03-01"),
    )
    pairs = places(
        ("c", "1", "s", True), ("d", "2", "s", False), ("f", "1", "s", True), ("f", "2", "s", True)
    )
    homes = pairs[["community_id", "has_owners_body"]].drop_duplicates("community_id")
    gates = first_unmet(gate_table(held, dated, pairs, homes, AS_OF)).map(GATE_STEP)
    steps = waiting(table_of(held, dated, pairs), [Step(s) for s in GATE_STEP.values()])["gate"]
    assert steps.to_dict() == gates.to_dict()
    assert ordered(reversed(MAIN_STEPS)) == [s.value for s in MAIN_STEPS]
