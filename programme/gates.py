"""What must stand before works may begin, and the first of it that a project still lacks.

The order is the plan's (section 2, item 1): owners' body, confirmation, design, property-service agreement, then the
tender that the chain puts before the start (R31). A gate is met by dated evidence on or before the day, or, where
the ledger of communities says so, by every community of the project.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from programme.stages import GateEvent, Stage, confirmed_dates, first_dates


class Gate(StrEnum):
    """A precondition of the works."""

    OWNERS_BODY = "owners_body"
    CONFIRMATION = "confirmation"
    DESIGN = "design"
    SERVICE_AGREEMENT = "service_agreement"
    TENDER = "tender"


#: Where the plan states each gate, and the requirement it is held under.
CLAUSES: dict[Gate, tuple[str, str]] = {
    Gate.OWNERS_BODY: ("二(一)2", "R13"),
    Gate.CONFIRMATION: ("二(一)5", "R9"),
    Gate.DESIGN: ("二(一)6", "R17"),
    Gate.SERVICE_AGREEMENT: ("二(一)7", "R20"),
    Gate.TENDER: ("三(十一)", "R31"),
}
GATES: tuple[Gate, ...] = tuple(Gate)
#: The gates that a project of the reserve pool should bring with it (R6).
READINESS_GATES: tuple[Gate, ...] = (Gate.OWNERS_BODY, Gate.DESIGN, Gate.SERVICE_AGREEMENT)


@dataclass(frozen=True)
class Readiness:
    """How ready a project is (R6): gates met of gates asked, and which are missing."""

    met: int
    asked: int
    missing: tuple[Gate, ...]


def owners_bodies_stand(
    ids: pd.Series, project_communities: pd.DataFrame, communities: pd.DataFrame
) -> pd.Series:
    """Whether the ledger says of every community of a project that it has an owners' body (R13).

    Undated evidence: it tells that the body stands, not since when. Frames as in `gate_table`. Returns booleans
    indexed by `ids`; False for a project without communities.
    """
    bodies = communities.set_index("community_id")["has_owners_body"]
    pairs = project_communities[project_communities["project_id"].isin(ids)]
    held = pairs["community_id"].map(bodies).map(lambda v: v is not None and v == True)  # noqa: E712
    return held.astype(bool).groupby(pairs["project_id"]).all().reindex(ids, fill_value=False)


def gate_table(
    projects: pd.DataFrame,
    events: pd.DataFrame,
    project_communities: pd.DataFrame,
    communities: pd.DataFrame,
    as_of: dt.date,
) -> pd.DataFrame:
    """Which gates each project has passed by a day.

    `project_communities` pairs project_id with community_id; `communities` has community_id and has_owners_body
    (True, False or missing; missing is not evidence). Returns a boolean frame indexed by project_id with one
    column for every gate.
    """
    ids = projects["project_id"]
    dates = first_dates(events, as_of).reindex(ids).notna()
    all_held = owners_bodies_stand(ids, project_communities, communities)
    return pd.DataFrame(
        {
            Gate.OWNERS_BODY.value: dates[GateEvent.OWNERS_BODY.value] | all_held,
            Gate.CONFIRMATION.value: ids.isin(confirmed_dates(events, projects, as_of).index).to_numpy(),
            Gate.DESIGN.value: dates[Stage.DESIGNED.value],
            Gate.SERVICE_AGREEMENT.value: dates[GateEvent.SERVICE_AGREEMENT.value],
            Gate.TENDER.value: dates[Stage.TENDERED.value],
        },
        index=pd.Index(ids, name="project_id"),
    ).astype(bool)


def first_unmet(gates: pd.DataFrame) -> pd.Series:
    """The first gate that each project lacks; None where it lacks none."""
    names = list(gates.columns)
    return pd.Series(
        [next((n for n, met in zip(names, row, strict=True) if not met), None) for row in gates.to_numpy()],
        index=gates.index,
        dtype="object",
        name="gate",
    )


def readiness(gates: pd.DataFrame) -> pd.Series:
    """The readiness of each project for confirmation (R6), as `Readiness` objects."""
    asked = [g.value for g in READINESS_GATES]
    return pd.Series(
        [
            Readiness(
                int(row.sum()),
                len(asked),
                tuple(Gate(n) for n, met in zip(asked, row, strict=True) if not met),
            )
            for row in gates[asked].to_numpy()
        ],
        index=gates.index,
        dtype="object",
        name="readiness",
    )


def started_without_agreement(events: pd.DataFrame, as_of: dt.date) -> list[str]:
    """Projects that began works before residents had signed the property-service agreement (R20: 方可实施)."""
    dates = first_dates(events, as_of)
    started, agreed = dates[Stage.STARTED.value], dates[GateEvent.SERVICE_AGREEMENT.value]
    breach = started.notna() & (agreed.isna() | (agreed > started))
    return sorted(breach.index[breach])
