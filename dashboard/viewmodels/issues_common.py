"""Common problems (R64): like issues near one another, as proposals for a meeting's agenda."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.filters import Filters
from dashboard.tables import Table
from dashboard.viewmodels.duties_words import Names, given, rows_table, text_of
from dashboard.viewmodels.issues import in_area
from geo.crs import METRIC, WGS84, project_points
from programme.duties.grouping import GroupingRule, agenda_proposals, issue_groups

#: What may be chosen; the plan gives neither figure.
DISTANCES_M = (300, 500, 800, 1200, 2000)
COUNTS = (2, 3, 4, 5, 8)
DEFAULT_DISTANCE_M, DEFAULT_COUNT = 800, 3
#: Room that a group's circle leaves around its outermost issue.
ROOM_M = 120.0


@dataclass(frozen=True)
class CommonGroup:
    """One group: its issues, where it lies (degrees; radius in metres), and on which meeting's agenda it stands."""

    group_id: str
    number: int
    label: str
    kind: str
    issue_ids: tuple[str, ...]
    lon: float
    lat: float
    radius_m: float
    subject: str
    agenda: tuple[str, ...]


@dataclass(frozen=True)
class CommonView:
    """The answer, the groups (the most open issues first), and the same as rows."""

    answer: str
    groups: tuple[CommonGroup, ...]
    rows: Table


def grouped(states: pd.DataFrame, rule: GroupingRule, *, only_open: bool) -> tuple[pd.DataFrame, pd.Series]:
    """The issues that take part, and the group of each."""
    held = states[states["is_open"].astype(bool)] if only_open else states
    return held, issue_groups(held, rule)


def common_view(
    held: pd.DataFrame,
    groups: pd.Series,
    agenda: pd.DataFrame,
    meetings: pd.DataFrame,
    filters: Filters,
    names: Names,
    notes: Mapping[str, str],
) -> CommonView:
    """The groups with an issue in the page's area. Groups are made over all issues that may be read, so that one on
    a border stays whole and keeps its name. `agenda` and `meetings` say which group is on which agenda already."""
    words = names.words
    proposals = agenda_proposals(held, groups)
    near = set(in_area(held, filters)["issue_id"])
    is_near = np.array([bool(near & set(ids)) for ids in proposals["issue_ids"]], dtype=bool)
    kept = proposals[is_near].reset_index(drop=True)
    titles = meetings.set_index("meeting_id")["title"] if len(meetings) else pd.Series(dtype="object")
    on = agenda[agenda["group_id"].notna()]
    listed = {
        g: tuple(str(titles.get(m, m)) for m in rows["meeting_id"]) for g, rows in on.groupby("group_id")
    }
    places = held.set_index("issue_id")
    made = tuple(
        _group(row, number, places, listed.get(row["group_id"], ()), names)
        for number, row in enumerate(kept.to_dict("records"), start=1)
    )
    rows = pd.DataFrame(
        {
            "group_no": [g.number for g in made],
            "kind": [g.kind for g in made],
            "issues": kept["issues"],
            "open_issues": kept["open_issues"],
            "first_reported_date": kept["first_reported_date"],
            "districts": [words.listed([names.area(c) for c in codes]) for codes in kept["district_codes"]],
            "communities": [
                words.listed(list(dict.fromkeys(_communities(places, g.issue_ids)))) for g in made
            ],
            "agenda": [words.listed(list(g.agenda)) for g in made],
            "group_id": kept["group_id"],
        }
    )
    columns = [
        *("group_no:year", "kind", "issues:count", "open_issues:count", "first_reported_date:date"),
        *("districts", "communities::large", "agenda", "group_id"),
    ]
    waiting = sum(not g.agenda for g in made)
    total = int(kept["issues"].sum()) if len(kept) else 0
    code = "common_answer" if made else "common_none"
    answer = words.say(f"issues.{code}", groups=len(made), issues=total, of=len(near), waiting=waiting)
    return CommonView(
        answer, made, rows_table(rows, columns, words, "issues", words.say("issues.common_file"), notes)
    )


def _communities(places: pd.DataFrame, ids: tuple[str, ...]) -> list[str]:
    return [text_of(n) for n in places.loc[list(ids), "community_name"] if given(n)]


def _group(
    row: Mapping[str, object], number: int, places: pd.DataFrame, agenda: tuple[str, ...], names: Names
) -> CommonGroup:
    words = names.words
    ids: tuple[str, ...] = row["issue_ids"]  # type: ignore[assignment]
    x, y = float(row["x_m"]), float(row["y_m"])  # type: ignore[arg-type]
    own = places.loc[list(ids), ["x_m", "y_m"]].astype("float64")
    radius = float(((own["x_m"] - x) ** 2 + (own["y_m"] - y) ** 2).max() ** 0.5) + ROOM_M
    lon, lat = project_points([x], [y], source=METRIC, target=WGS84)
    kind = names.issue_kind(row["kind"])
    codes: tuple[str, ...] = row["district_codes"]  # type: ignore[assignment]
    districts = words.listed([names.area(c) for c in codes])
    label = words.say(
        "issues.group_label", number=number, kind=kind, districts=districts, count=row["issues"]
    )
    subject = words.say("issues.group_subject", kind=kind, count=row["issues"], districts=districts)
    return CommonGroup(
        str(row["group_id"]), number, label, kind, ids, float(lon[0]), float(lat[0]), radius, subject, agenda
    )
