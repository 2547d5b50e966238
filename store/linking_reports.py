"""What the joins left: counted from the link tables, so that linking a part of the city reports like linking all.

Little of a join is not in the link tables: which places lay in several areas, which were found by another rule than
is usual for their layer. These few are kept by id, as `Marks`, in the store's state.
"""

import json
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from sqlalchemy import Column, ColumnElement, Connection, Table, collate, exists, func, select

from store.engine import read_state, write_state
from store.tables import (
    building_links,
    communities,
    community_links,
    parcels,
    place_links,
    subdistricts,
)

MARKS = "join_marks"
REPORTS = "join_reports"
#: How many ids a report names of each kind.
MOST_EXAMPLES = 20
#: The rule by which the places of a join are found, unless a mark says another.
USUAL_RULE = {
    "buildings_to_subdistricts": "overlap",
    "facilities_to_subdistricts": "inside",
    "population_points_to_subdistricts": "inside",
}


@dataclass
class Marks:
    """By join: ids that fitted several partners, and ids with an unusual rule; communities outside their district.

    `reach_deg`: no footprint's box is wider or higher than this (degrees).
    """

    several: dict[str, set[str]] = field(default_factory=dict)
    rules: dict[str, dict[str, str]] = field(default_factory=dict)
    outside: set[str] = field(default_factory=set)
    reach_deg: float = 0.0

    def forget(self, join: str, ids: set[str]) -> None:
        """Drop what is known of rows that are linked anew."""
        self.several[join] = self.several.get(join, set()) - ids
        self.rules[join] = {k: v for k, v in self.rules.get(join, {}).items() if k not in ids}
        if join == "communities_to_subdistricts":
            self.outside -= ids

    def located(self, join: str, ids: pd.Series, found: pd.DataFrame) -> None:
        """Keep what `linking_rules.locate` told of these rows."""
        self.several.setdefault(join, set()).update(ids[found["is_several"]])
        if join in USUAL_RULE:
            usual = USUAL_RULE[join]
            odd = ~found["rule"].isin((usual, "none"))
            self.rules.setdefault(join, {}).update(zip(ids[odd], found.loc[odd, "rule"], strict=True))
        else:
            self.outside.update(ids[found["is_outside"]])

    def as_json(self) -> str:
        """The marks as they are kept."""
        return json.dumps(
            {
                "several": {k: sorted(v) for k, v in self.several.items() if v},
                "rules": {k: v for k, v in self.rules.items() if v},
                "outside": sorted(self.outside),
                "reach_deg": self.reach_deg,
            },
            ensure_ascii=False,
            sort_keys=True,
        )


def read_marks(conn: Connection) -> Marks | None:
    """The marks of the last linking; None in a store that was linked before marks were kept."""
    kept = read_state(conn, MARKS)
    if kept is None:
        return None
    told = json.loads(kept)
    return Marks(
        {k: set(v) for k, v in told["several"].items()},
        told["rules"],
        set(told["outside"]),
        float(told["reach_deg"]),
    )


def write_reports(conn: Connection, marks: Marks) -> dict[str, dict[str, Any]]:
    """Keep the marks and the reports that follow from them and the link tables; returns the reports."""
    reports = reports_of(conn, marks)
    write_state(conn, MARKS, marks.as_json())
    write_state(conn, REPORTS, json.dumps(reports, ensure_ascii=False, sort_keys=True))
    return reports


def reports_of(conn: Connection, marks: Marks) -> dict[str, dict[str, Any]]:
    """One report for each join: matched, unmatched on either side, fitted several, by rule; ids as examples."""
    house, home, place = building_links.c, community_links.c, place_links.c
    reports = {
        "buildings_to_communities": _report(
            conn,
            marks.several.get("buildings_to_communities", set()),
            _by(conn, building_links, house.rule),
            house.building_id,
            house.community_id.is_(None),
            communities.c.community_id,
            house.community_id,
        ),
        "communities_to_subdistricts": _report(
            conn,
            marks.several.get("communities_to_subdistricts", set()),
            _by(conn, community_links, home.area_rule),
            home.community_id,
            home.area_rule == "none",
            subdistricts.c.subdistrict_code,
            home.subdistrict_code,
        )
        | {
            "position_outside_stated_district": len(marks.outside),
            "position_outside_stated_district_examples": sorted(marks.outside)[:MOST_EXAMPLES],
        },
        "communities_to_boundaries": _report(
            conn,
            set(conn.execute(select(home.community_id).where(home.boundary_shared_with > 0)).scalars()),
            _by(conn, community_links, home.boundary_rule),
            home.community_id,
            home.boundary_rule == "none",
            parcels.c.parcel_id,
            home.parcel_id,
        ),
        "buildings_to_subdistricts": _areas_report(
            conn, marks, "buildings_to_subdistricts", house.building_id, house.subdistrict_code, None
        ),
    }
    for name in ("facilities", "population_points"):
        join = f"{name}_to_subdistricts"
        reports[join] = _areas_report(
            conn, marks, join, place.row_id, place.subdistrict_code, place.layer == name
        )
    return reports


def _by(conn: Connection, table: Table, rule: Column[Any]) -> dict[str, int]:
    return {
        name: int(n) for name, n in conn.execute(select(rule, func.count()).select_from(table).group_by(rule))
    }


def _areas_report(
    conn: Connection,
    marks: Marks,
    join: str,
    left: Column[Any],
    code: Column[Any],
    only: ColumnElement[bool] | None,
) -> dict[str, Any]:
    """A join whose rules are not in the link tables: the usual one, less the marked ones."""
    query = select(code.is_(None), func.count()).select_from(left.table).group_by(code.is_(None))
    found = {bool(k): int(n) for k, n in conn.execute(query if only is None else query.where(only))}
    odd = pd.Series(marks.rules.get(join, {}), dtype=object).value_counts()
    counts = {str(k): int(n) for k, n in odd.items()}
    usual = found.get(False, 0) - sum(counts.values())
    by_rule = counts | {k: n for k, n in ((USUAL_RULE[join], usual), ("none", found.get(True, 0))) if n}
    several = marks.several.get(join, set())
    return _report(conn, several, by_rule, left, code.is_(None), subdistricts.c.subdistrict_code, code, only)


def _report(
    conn: Connection,
    several: set[str],
    by_rule: dict[str, int],
    left: Column[Any],
    is_loose: ColumnElement[bool],
    right: Column[Any],
    partner: Column[Any],
    only: ColumnElement[bool] | None = None,
) -> dict[str, Any]:
    held = [] if only is None else [only]
    count = sum(by_rule.values())
    loose = by_rule.get("none", 0)
    used = exists().where(partner == right, *held)
    unused = conn.execute(select(func.count()).where(~used).select_from(right.table)).scalar() or 0
    return {
        "left": count,
        "right": conn.execute(select(func.count()).select_from(right.table)).scalar() or 0,
        "matched": count - loose,
        "unmatched_left": loose,
        "unmatched_right": int(unused),
        "duplicated": len(several),
        "by_rule": dict(sorted(by_rule.items())),
        "examples": {
            "unmatched_left": _first(conn, left, is_loose, *held) if loose else [],
            "unmatched_right": _first(conn, right, ~used) if unused else [],
            "duplicated": sorted(several)[:MOST_EXAMPLES],
        },
    }


def _first(conn: Connection, key: Column[Any], *where: ColumnElement[bool]) -> list[str]:
    order = collate(key, "C") if conn.dialect.name == "postgresql" else key
    return list(conn.execute(select(key).where(*where).order_by(order).limit(MOST_EXAMPLES)).scalars())
