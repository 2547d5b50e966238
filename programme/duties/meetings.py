"""Task force, secretariat and joint meeting: agenda, decisions, follow-up (R62; the plan's section 4, item 1)."""

import datetime as dt
from enum import StrEnum

import pandas as pd

from programme.duties.responsibility import Due, due_states


class MeetingKind(StrEnum):
    """The meetings that the plan names."""

    TASK_FORCE = "task_force"  # 专班
    SECRETARIAT = "secretariat"  # 专班秘书组会议
    JOINT_MEETING = "joint_meeting"  # 联席会
    ON_SITE = "on_site"  # 现场会
    REVIEW = "review"  # 点评会


def decision_states(decisions: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """The decisions with state and days_over added (see `responsibility.due_states`).

    `decisions` has decision_id, meeting_id, agenda_item_id (may be missing), text, unit, due_date, done_date.
    """
    return decisions.join(due_states(decisions["due_date"], decisions["done_date"], as_of))


def follow_up(
    meetings: pd.DataFrame, agenda_items: pd.DataFrame, decisions: pd.DataFrame, as_of: dt.date
) -> pd.DataFrame:
    """Every meeting held by a day and what became of it, the newest first.

    `meetings` has meeting_id, kind (`MeetingKind`), title, held_date; `agenda_items` has agenda_item_id, meeting_id,
    position, subject, group_id (a group of like issues, may be missing). Returns the meetings with items, decisions,
    done, open_decisions, overdue (ints) and items_without_decision (tuple of agenda_item_id).
    """
    held = meetings[pd.to_datetime(meetings["held_date"]) <= pd.Timestamp(as_of)]
    held = held.sort_values(["held_date", "meeting_id"], ascending=[False, True]).reset_index(drop=True)
    states = decision_states(decisions, as_of)
    done = states["state"].isin([Due.ON_TIME, Due.LATE, Due.DONE])
    answered = set(decisions["agenda_item_id"].dropna())
    items = agenda_items.sort_values(["meeting_id", "position", "agenda_item_id"])
    bare = items[~items["agenda_item_id"].isin(answered)].groupby("meeting_id")["agenda_item_id"].agg(tuple)
    ids = held["meeting_id"]

    def count(rows: pd.DataFrame) -> pd.Series:
        return ids.map(rows["meeting_id"].value_counts()).fillna(0).astype("int64")

    return held.assign(
        items=count(agenda_items),
        decisions=count(decisions),
        done=count(states[done]),
        open_decisions=count(states[~done]),
        overdue=count(states[states["state"] == Due.OVERDUE]),
        items_without_decision=pd.Series([bare.get(i, ()) for i in ids], dtype="object"),
    )
