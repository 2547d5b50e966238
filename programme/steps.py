"""The whole chain from survey to long-term management, as data: what each step needs, by which clause, who does it.

Two kinds of precondition. A hard one stops the works: without it a clerk may not record the step, and a fact that
comes in through an import is listed as a breach (R9, R13, R20). An advisory one is named and does not stop anything.
The order is the plan's own (section 2) with R31's chain as its spine. A design counts on the day it passed the
responsible planner's review, so the opinion (R18) comes before it.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from programme.gates import owners_bodies_stand
from programme.stages import confirmed_dates, first_dates


class Step(StrEnum):
    """The steps in their order; the values are those of an event's `stage`."""

    SURVEYED = "surveyed"
    OWNERS_BODY = "owners_body"
    DEMANDS_GATHERED = "demands_gathered"
    RESERVE = "reserve"
    CONFIRMED = "confirmed"
    PLANNER_OPINION = "planner_opinion"
    DESIGNED = "designed"
    PUBLIC_NOTICE = "public_notice"
    SERVICE_AGREEMENT = "service_agreement"
    GOVERNANCE_CLEARED = "governance_cleared"
    TENDERED = "tendered"
    STARTED = "started"
    COMPLETED = "completed"
    ACCEPTED = "accepted"
    HANDED_OVER = "handed_over"
    LONG_TERM = "long_term"


class Proof(StrEnum):
    """What can show that a step was taken."""

    DATE = "date"
    DOCUMENT_NO = "document_no"
    FILE = "file"


class Party(StrEnum):
    """Who is responsible for a step."""

    DISTRICT = "district"
    SUBDISTRICT = "subdistrict"
    JOINT_MEETING = "joint_meeting"
    IMPLEMENTING_BODY = "implementing_body"
    RESPONSIBLE_PLANNER = "responsible_planner"
    RESIDENTS = "residents"
    PROPERTY_COMPANY = "property_company"
    GENERAL_CONTRACTOR = "general_contractor"


@dataclass(frozen=True)
class Need:
    """A precondition of a step: the gate (a step, or `DOCUMENT_GATE`), and whether it stops the step."""

    gate: str
    is_hard: bool


@dataclass(frozen=True)
class StepRule:
    """One step: where the plan states it, who takes it, what shows it, and what must stand before."""

    step: Step
    clause: str
    requirement: str
    parties: tuple[Party, ...]
    proofs: tuple[Proof, ...]
    needs: tuple[Need, ...] = ()
    required_proofs: tuple[Proof, ...] = (Proof.DATE,)


#: The gate of a confirmation: its document's number (R9).
DOCUMENT_GATE = "confirmation_document"
#: What must stand before works are carried out: owners' body (R13), confirmation (R9), service agreement (R20).
HARD_GATES: tuple[str, ...] = (Step.OWNERS_BODY.value, Step.CONFIRMED.value, Step.SERVICE_AGREEMENT.value)
#: The steps for which the works must have begun; each needs every hard gate.
WORKS: tuple[Step, ...] = (Step.STARTED, Step.COMPLETED, Step.ACCEPTED, Step.HANDED_OVER, Step.LONG_TERM)

_ALL_PROOFS = (Proof.DATE, Proof.DOCUMENT_NO, Proof.FILE)
_DATE_AND_FILE = (Proof.DATE, Proof.FILE)


def _advisory(*gates: Step) -> tuple[Need, ...]:
    return tuple(Need(g.value, is_hard=False) for g in gates)


_HARD = tuple(Need(g, is_hard=True) for g in HARD_GATES)

RULES: dict[Step, StepRule] = {
    rule.step: rule
    for rule in (
        StepRule(Step.SURVEYED, "一(二)", "R2", (Party.DISTRICT,), _DATE_AND_FILE),
        StepRule(Step.OWNERS_BODY, "二(一)2", "R13", (Party.DISTRICT, Party.SUBDISTRICT), _ALL_PROOFS),
        StepRule(
            Step.DEMANDS_GATHERED,
            "二(一)3",
            "R14",
            (Party.SUBDISTRICT,),
            _DATE_AND_FILE,
            _advisory(Step.SURVEYED),
        ),
        StepRule(
            Step.RESERVE,
            "二(一)3",
            "R6",
            (Party.SUBDISTRICT, Party.DISTRICT),
            _ALL_PROOFS,
            _advisory(Step.SURVEYED, Step.DEMANDS_GATHERED),
        ),
        StepRule(
            Step.CONFIRMED,
            "二(一)5",
            "R9",
            (Party.DISTRICT, Party.JOINT_MEETING),
            _ALL_PROOFS,
            (Need(DOCUMENT_GATE, is_hard=True), *_advisory(Step.RESERVE)),
            (Proof.DATE, Proof.DOCUMENT_NO),
        ),
        StepRule(Step.PLANNER_OPINION, "二(一)6", "R18", (Party.RESPONSIBLE_PLANNER,), _ALL_PROOFS),
        StepRule(
            Step.DESIGNED,
            "二(一)6",
            "R17",
            (Party.DISTRICT, Party.IMPLEMENTING_BODY),
            _ALL_PROOFS,
            _advisory(Step.DEMANDS_GATHERED, Step.PLANNER_OPINION),
        ),
        StepRule(
            Step.PUBLIC_NOTICE,
            "二(一)6",
            "R19",
            (Party.DISTRICT, Party.IMPLEMENTING_BODY),
            _DATE_AND_FILE,
            _advisory(Step.PLANNER_OPINION),
        ),
        StepRule(
            Step.SERVICE_AGREEMENT,
            "二(一)7",
            "R20",
            (Party.RESIDENTS, Party.PROPERTY_COMPANY),
            _ALL_PROOFS,
            _advisory(Step.OWNERS_BODY),
        ),
        StepRule(Step.GOVERNANCE_CLEARED, "二(二)2", "R25", (Party.SUBDISTRICT,), _DATE_AND_FILE),
        StepRule(
            Step.TENDERED,
            "三(十一)",
            "R31",
            (Party.DISTRICT, Party.IMPLEMENTING_BODY),
            _ALL_PROOFS,
            _advisory(Step.CONFIRMED, Step.DESIGNED, Step.PUBLIC_NOTICE),
        ),
        StepRule(
            Step.STARTED,
            "一(一)",
            "R31",
            (Party.IMPLEMENTING_BODY, Party.GENERAL_CONTRACTOR),
            _ALL_PROOFS,
            (
                *_HARD,
                *_advisory(Step.DESIGNED, Step.PUBLIC_NOTICE, Step.GOVERNANCE_CLEARED, Step.TENDERED),
            ),
        ),
        StepRule(
            Step.COMPLETED,
            "一(一)",
            "R31",
            (Party.IMPLEMENTING_BODY, Party.GENERAL_CONTRACTOR),
            _ALL_PROOFS,
            (*_HARD, *_advisory(Step.STARTED)),
        ),
        StepRule(
            Step.ACCEPTED,
            "二(三)1",
            "R69",
            (Party.IMPLEMENTING_BODY,),
            _ALL_PROOFS,
            (*_HARD, *_advisory(Step.COMPLETED)),
        ),
        StepRule(
            Step.HANDED_OVER,
            "二(三)1",
            "R69",
            (Party.IMPLEMENTING_BODY, Party.DISTRICT),
            _ALL_PROOFS,
            (*_HARD, *_advisory(Step.ACCEPTED)),
        ),
        StepRule(
            Step.LONG_TERM,
            "二(三)1",
            "R69",
            (Party.PROPERTY_COMPANY, Party.SUBDISTRICT),
            _DATE_AND_FILE,
            (*_HARD, *_advisory(Step.HANDED_OVER)),
        ),
    )
}
STEPS: tuple[Step, ...] = tuple(Step)
#: The steps that hold a project up: the gates of `gates.GATES` in their order, then the works and what follows. The
#: others are named on the project's card and wait for nobody.
MAIN_STEPS: tuple[Step, ...] = (
    Step.OWNERS_BODY,
    Step.CONFIRMED,
    Step.DESIGNED,
    Step.SERVICE_AGREEMENT,
    Step.TENDERED,
    *WORKS,
)


def source_of(gate: str) -> tuple[str, str]:
    """The clause and the requirement number of a gate (a step's value or `DOCUMENT_GATE`)."""
    rule = RULES[Step.CONFIRMED if gate == DOCUMENT_GATE else Step(gate)]
    return rule.clause, rule.requirement


@dataclass(frozen=True)
class StepTable:
    """When each project met each step by a day, in frames indexed by project_id with one column each.

    `dates` (datetime64) holds the day from which the step counts, NaT where none; `is_undated` is True where evidence
    without a day stands, which counts on any day (owners' bodies in the ledger of communities; the pool for a
    project without a day of its own, R6). `taken` holds the day the step was recorded for, which differs for a
    confirmation without a number (it never counts) and a notice (it counts after its period).
    """

    projects: pd.DataFrame
    dates: pd.DataFrame
    is_undated: pd.DataFrame
    taken: pd.DataFrame
    as_of: dt.date

    @property
    def is_met(self) -> pd.DataFrame:
        """Whether each step is met by the day."""
        return self.dates.notna() | self.is_undated


def step_table(
    projects: pd.DataFrame,
    events: pd.DataFrame,
    project_communities: pd.DataFrame,
    communities: pd.DataFrame,
    as_of: dt.date,
    *,
    notice_days: int | None = None,
) -> StepTable:
    """Each project's steps by a day, read off dated events.

    `projects` has project_id (unique), district_code, is_central_state and confirmation_document_no; `events`
    project_id, stage, event_date and document_no; `project_communities` pairs project_id with community_id;
    `communities` has community_id, has_owners_body and may have surveyed_date: a project is surveyed on the day the
    last of its communities was. A notice counts `notice_days` days after it was put up; None: the period is not set,
    it counts at once. Raises ValueError for a negative period.
    """
    if notice_days is not None and notice_days < 0:
        raise ValueError("notice_days must not be negative")
    ids = projects["project_id"]
    index = pd.Index(ids, name="project_id")
    taken = first_dates(events, as_of, [s.value for s in STEPS]).reindex(index)
    surveyed = _survey_dates(project_communities, communities, as_of).reindex(index)
    own = taken[Step.SURVEYED.value]
    taken[Step.SURVEYED.value] = own.where(own.notna() & ~(surveyed < own), surveyed)
    dates = taken.copy()
    dates[Step.CONFIRMED.value] = confirmed_dates(events, projects, as_of).reindex(index)
    if notice_days:
        shown = taken[Step.PUBLIC_NOTICE.value] + pd.Timedelta(days=notice_days)
        dates[Step.PUBLIC_NOTICE.value] = shown.where(shown <= pd.Timestamp(as_of))
    is_undated = pd.DataFrame(False, index=index, columns=dates.columns)
    stand = owners_bodies_stand(ids, project_communities, communities)
    is_undated[Step.OWNERS_BODY.value] = stand.to_numpy().astype(bool)
    # Whatever stands in the ledger of projects is at least in the pool, as in `stages.current_stage`.
    is_undated[Step.RESERVE.value] = dates[Step.RESERVE.value].isna().to_numpy()
    return StepTable(projects.set_index("project_id"), dates, is_undated, taken, as_of)


def _survey_dates(project_communities: pd.DataFrame, communities: pd.DataFrame, as_of: dt.date) -> pd.Series:
    if "surveyed_date" not in communities:
        return pd.Series(dtype="datetime64[ns]", index=pd.Index([], name="project_id"))
    known = pd.to_datetime(communities.set_index("community_id")["surveyed_date"]).astype("datetime64[ns]")
    known = known.where(known <= pd.Timestamp(as_of))
    found = known.reindex(project_communities["community_id"]).reset_index(drop=True)
    by = found.groupby(project_communities["project_id"].to_numpy())
    return by.max().where(by.count() == by.size())


def ordered(steps: Iterable[Step]) -> list[str]:
    """The values of some steps, in the chain's order."""
    wanted = set(steps)
    return [s.value for s in STEPS if s in wanted]
