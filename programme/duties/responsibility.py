"""Mechanisms with their units, deliverables with their state, and what one unit has to do (R59–R61).

The plan's section 3 names for fourteen mechanisms who leads and who is responsible; for the fifteenth it names
nobody, and that stays blank. The annex gives the duties of seventeen departments and of the districts.
"""

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

#: How the plan names the sixteen district governments together.
ALL_DISTRICTS = "各区政府"


class Due(StrEnum):
    """How something with a due day stands."""

    ON_TIME = "on_time"  # done by its due day
    LATE = "late"  # done after it
    DONE = "done"  # done, without a due day
    OVERDUE = "overdue"  # open, due day passed
    OPEN = "open"  # open, due day ahead
    UNDATED = "undated"  # open, without a due day


def mechanism_units(mechanisms: pd.DataFrame) -> pd.DataFrame:
    """Each mechanism's units, one row each, in the plan's order.

    `mechanisms` has no, lead, responsible (units separated by ";", as in data/reference/mechanisms.csv). Returns
    mechanism_unit_id (no-role-unit), mechanism_no (int), unit, role (lead or responsible); a mechanism that names
    nobody (the fifteenth) has no row.
    """
    rows = []
    for number, *named in mechanisms[["no", "lead", "responsible"]].itertuples(index=False):
        for role, text in zip(("lead", "responsible"), named, strict=True):
            units = [] if pd.isna(text) else re.split("[;;、]|及", str(text))
            for unit in dict.fromkeys(u.strip() for u in units if u.strip()):
                rows.append((f"{int(number)}-{role}-{unit}", int(number), unit, role))
    return pd.DataFrame(rows, columns=["mechanism_unit_id", "mechanism_no", "unit", "role"])


def due_states(due: pd.Series, done: pd.Series, as_of: dt.date) -> pd.DataFrame:
    """How things with a due and a done day stand on a day; a done day after it does not count yet.

    Returns a frame on the same index: state (`Due` values) and days_over (int; days between due day and done day,
    or the day asked about; 0 where it is not late).
    """
    day = pd.Timestamp(as_of)
    wanted = pd.to_datetime(due).astype("datetime64[ns]")
    made = pd.to_datetime(done).astype("datetime64[ns]")
    made = made.where(made <= day)
    over = (made.fillna(day) - wanted).dt.days
    state = pd.Series(Due.UNDATED.value, index=due.index, dtype="object")
    state[made.notna()] = Due.DONE.value
    state[made.notna() & wanted.notna()] = Due.ON_TIME.value
    state[made.notna() & (over > 0)] = Due.LATE.value
    state[made.isna() & wanted.notna()] = Due.OPEN.value
    state[made.isna() & (over > 0)] = Due.OVERDUE.value
    return pd.DataFrame({"state": state, "days_over": over.clip(lower=0).fillna(0).astype("int64")})


def deliverable_states(deliverables: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """The deliverables (R60) with state and days_over added (see `due_states`).

    `deliverables` has deliverable_id, mechanism_no, kind (policy, measure, handbook or standard), title, unit
    (missing: the mechanism's leads), due_date, delivered_date, document_no.
    """
    return deliverables.join(due_states(deliverables["due_date"], deliverables["delivered_date"], as_of))


def mechanism_board(mechanisms: pd.DataFrame, deliverables: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """Every mechanism with its units and how its deliverables stand (R59, R60).

    Returns one row for each mechanism, in its order: mechanism_no, lead and responsible (tuples of units; empty
    where the plan names none), deliverables (their number) and one count for each `Due` state.
    """
    units = mechanism_units(mechanisms)
    states = deliverable_states(deliverables, as_of)
    numbers = [int(n) for n in mechanisms["no"]]
    named = {role: rows.groupby("mechanism_no")["unit"].agg(tuple) for role, rows in units.groupby("role")}
    counts = states.groupby(["mechanism_no", "state"]).size()
    board = pd.DataFrame({"mechanism_no": numbers})
    for role in ("lead", "responsible"):
        held = named.get(role, pd.Series(dtype="object"))
        board[role] = pd.Series([held.get(n, ()) for n in numbers], dtype="object")
    for state in Due:
        board[state.value] = [int(counts.get((n, state.value), 0)) for n in numbers]
    board.insert(3, "deliverables", board[[s.value for s in Due]].sum(axis=1))
    return board


@dataclass(frozen=True)
class MyDuties:
    """What one unit has to do: each frame holds the rows of its source that are the unit's, in their order.

    `duties` (annex), `mechanisms` (mechanism_no, role), `deliverables` and `decisions` with state and days_over,
    and `calls`: whistles to the unit that it has not answered, with days_waiting.
    """

    unit: str
    duties: pd.DataFrame
    mechanisms: pd.DataFrame
    deliverables: pd.DataFrame
    decisions: pd.DataFrame
    calls: pd.DataFrame

    @property
    def overdue(self) -> int:
        """How many deliverables and decisions are past their due day and open."""
        states = (*self.deliverables["state"], *self.decisions["state"])
        return sum(state == Due.OVERDUE for state in states)


def my_duties(
    unit: str,
    *,
    duties: pd.DataFrame,
    units: pd.DataFrame,
    deliverables: pd.DataFrame,
    decisions: pd.DataFrame,
    calls: pd.DataFrame,
    as_of: dt.date,
    is_district: bool = False,
) -> MyDuties:
    """The page of one unit (R61). A district (`is_district`) also holds what the plan lays on all districts.

    `duties` is data/reference/duties.csv (duty_id, unit, mechanism_no, text_zh, text_en, clause); `units` comes
    from `mechanism_units`; `deliverables` as in `deliverable_states`, `decisions` as in
    `meetings.decision_states`, `calls` as in `issues.issue_states`. A deliverable without a unit belongs to those
    who lead its mechanism.
    """
    names = {unit, ALL_DISTRICTS} if is_district else {unit}
    own_units = units[units["unit"].isin(names)]
    led = own_units.loc[own_units["role"] == "lead", "mechanism_no"]
    named = deliverables["unit"].notna() & deliverables["unit"].astype("string").fillna("").ne("")
    mine = deliverables["unit"].isin(names) | (~named & deliverables["mechanism_no"].isin(led))
    taken = decisions[decisions["unit"].isin(names)]
    return MyDuties(
        unit,
        duties[duties["unit"].isin(names)],
        own_units[["mechanism_no", "role"]].sort_values(["mechanism_no", "role"]).reset_index(drop=True),
        deliverable_states(deliverables[mine], as_of),
        taken.join(due_states(taken["due_date"], taken["done_date"], as_of)),
        waiting_calls(calls[calls["unit"].isin(names)], as_of),
    )


def waiting_calls(calls: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """The calls made and not answered by a day, longest waiting first, with days_waiting (int)."""
    day = pd.Timestamp(as_of)
    called = pd.to_datetime(calls["called_date"]).astype("datetime64[ns]")
    answered = pd.to_datetime(calls["answered_date"]).astype("datetime64[ns]")
    is_waiting = (called <= day) & ~(answered <= day)
    waiting = calls[is_waiting].assign(days_waiting=(day - called[is_waiting]).dt.days.astype("int64"))
    return waiting.sort_values(["days_waiting", "call_id"], ascending=[False, True])
