"""The dated facts of each project: the stages it reached, the gates it passed, and the documents that say so."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from loaders.city.plan import Plan, stream
from loaders.city.programme import AS_OF, BEHIND, day, document_numbers
from programme.stages import GateEvent, Stage

#: Where between confirmation (0) and start (1) each step falls.
BETWEEN = {
    Stage.DESIGNED.value: 0.25,
    GateEvent.PUBLIC_NOTICE.value: 0.36,
    GateEvent.SERVICE_AGREEMENT.value: 0.5,
    GateEvent.GOVERNANCE_CLEARED.value: 0.66,
    Stage.TENDERED.value: 0.82,
}
#: Days from completion to each later stage, at least and at most.
AFTER = (
    (Stage.ACCEPTED.value, 20, 70),
    (Stage.HANDED_OVER.value, 25, 90),
    (Stage.LONG_TERM.value, 30, 120),
)


@dataclass(frozen=True)
class Breaches:
    """Projects (ids) that began although a gate was not passed, or not on paper."""

    without_service_agreement: list[str]
    without_document: list[str]
    without_owners_body: list[str]


def choose_breaches(plan: Plan, table: pd.DataFrame) -> Breaches:
    """A few started projects for each breach, none with two; in 2020 where possible."""
    rng = stream(plan.seed, "breaches")
    begun = table[table["started"].notna() & table["completed"].isna()]
    ids = begun["project_id"].to_numpy(dtype=object)[rng.permutation(len(begun))].tolist()
    each = 1 if plan.size == "tiny" else 3
    return Breaches(sorted(ids[:each]), sorted(ids[each : 2 * each]), sorted(ids[2 * each : 3 * each]))


def event_table(plan: Plan, table: pd.DataFrame, breaches: Breaches) -> pd.DataFrame:
    """All events: event_id, project_id, stage, event_date, document_no, note."""
    rng = stream(plan.seed, "events")
    rows: list[tuple[str, str, np.datetime64, str | None]] = []
    today = day(AS_OF)
    for project in table.itertuples():
        own = _events_of(rng, project, today)
        if project.project_id in breaches.without_service_agreement:
            own.pop(GateEvent.SERVICE_AGREEMENT.value, None)
        if project.project_id in breaches.without_owners_body:
            own.pop(GateEvent.OWNERS_BODY.value, None)
        for stage, date in own.items():
            if date <= today:
                rows.append((project.project_id, stage, date, None))
    events = pd.DataFrame(rows, columns=["project_id", "stage", "event_date", "note"])
    dates = pd.to_datetime(events["event_date"])
    number = (np.arange(len(events)) % 900 + 1).astype(str).astype(object)
    year = dates.dt.year.astype(str)
    papers = {
        Stage.DESIGNED.value: "规审〔",
        Stage.TENDERED.value: "施合〔",
        GateEvent.OWNERS_BODY.value: "业备〔",
        GateEvent.SERVICE_AGREEMENT.value: "物协〔",
        Stage.ACCEPTED.value: "竣验〔",
    }
    sign = events["stage"].map(papers)
    confirmed = (events["stage"] == Stage.CONFIRMED.value) & ~events["project_id"].isin(
        breaches.without_document
    )
    document = (sign + year + "〕" + number + "号").astype(object).where(sign.notna(), None)
    by_project = pd.Series(document_numbers(table).to_numpy(), index=table["project_id"])
    document = document.where(~confirmed, events["project_id"].map(by_project))
    return pd.DataFrame(
        {
            "event_id": events["project_id"] + "-" + events["stage"],
            "project_id": events["project_id"],
            "stage": events["stage"],
            "event_date": dates.dt.date,
            "document_no": document,
            "note": events["note"],
        }
    )


def _events_of(rng: np.random.Generator, project, today: np.datetime64) -> dict[str, np.datetime64]:
    start = np.datetime64(project.started, "D") if not pd.isna(project.started) else None
    if pd.isna(project.confirmed):
        return _in_reserve(rng, today)
    confirmed = np.datetime64(project.confirmed, "D")
    reserve = confirmed - int(rng.integers(90, 260))
    found = {Stage.RESERVE.value: reserve, Stage.CONFIRMED.value: confirmed}
    body = reserve + int((confirmed - reserve) / np.timedelta64(1, "D") * rng.uniform(0.2, 0.95))
    # A community without an owners' body can be confirmed, but its works wait for one (R13).
    if start is not None or rng.random() < (0.45 if project.district_code == BEHIND else 0.72):
        found[GateEvent.OWNERS_BODY.value] = body
    end = start if start is not None else max(confirmed + 60, today - int(rng.integers(5, 60)))
    span = int((end - confirmed) / np.timedelta64(1, "D"))
    steps = [*BETWEEN.items()]
    reached = (
        len(steps)
        if start is not None
        else int(rng.choice(len(steps) + 1, p=[0.34, 0.14, 0.2, 0.12, 0.1, 0.1]))
    )
    for stage, share in steps[:reached]:
        found[stage] = confirmed + max(1, int(span * (share + rng.uniform(-0.05, 0.05))))
    if start is None:
        return found
    found[Stage.STARTED.value] = start
    if not pd.isna(project.completed):
        date = np.datetime64(project.completed, "D")
        found[Stage.COMPLETED.value] = date
        for stage, least, most in AFTER:
            date = date + int(rng.integers(least, most))
            found[stage] = date
    return found


def _in_reserve(rng: np.random.Generator, today: np.datetime64) -> dict[str, np.datetime64]:
    """In the pool, with more or less of what a confirmation asks for (R6)."""
    reserve = today - int(rng.integers(40, 420))
    found = {Stage.RESERVE.value: reserve}
    left = int((today - reserve).astype(int))
    for stage, chance in (
        (GateEvent.OWNERS_BODY.value, 0.5),
        (Stage.DESIGNED.value, 0.35),
        (GateEvent.SERVICE_AGREEMENT.value, 0.25),
    ):
        if rng.random() < chance:
            found[stage] = reserve + int(left * rng.uniform(0.1, 0.95))
    return found
