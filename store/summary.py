"""Counts by district and subdistrict, the shape that scripts rely on."""

from typing import Any, Literal

import pandas as pd
from sqlalchemy import Connection, and_, func, select

from store.engine import frame
from store.tables import (
    building_links,
    communities,
    community_links,
    districts,
    project_communities,
    projects,
    subdistricts,
)

AGE_CLASSES = ("pre_2000", "post_2000", "unknown")


def summary_by(conn: Connection, level: Literal["district", "subdistrict"]) -> list[dict[str, Any]]:
    """Communities by age class (R4: built in 1999 or earlier is pre-2000), buildings and projects of each area.

    A community counts in the area in which it stands; rows of no area come last under an empty code, so that the
    column sums are the totals of the store. A project counts in each area in which it has a community, and in its
    own district where it names none.
    """
    code = community_links.c.district_code if level == "district" else community_links.c.subdistrict_code
    area = districts if level == "district" else subdistricts
    key = area.c.district_code if level == "district" else area.c.subdistrict_code
    names = frame(conn, select(key.label("code"), area.c.name_zh.label("name")).order_by(key))
    homes = frame(
        conn,
        select(code.label("code"), community_links.c.age_class, func.count().label("n")).group_by(
            code, community_links.c.age_class
        ),
    )
    house_code = building_links.c.district_code if level == "district" else building_links.c.subdistrict_code
    houses = frame(conn, select(house_code.label("code"), func.count().label("n")).group_by(house_code))
    works = _project_counts(conn, level)
    table = (
        homes.pivot_table(index="code", columns="age_class", values="n", aggfunc="sum", dropna=False)
        if len(homes)
        else pd.DataFrame()
    )
    none_homes = (
        {r.age_class: int(r.n) for r in homes[homes["code"].isna()].itertuples()} if len(homes) else {}
    )
    house_counts = {r.code: int(r.n) for r in houses.itertuples()}
    rows = []
    for row in names.itertuples():
        ages = {c: int(table.at[row.code, c]) if _has(table, row.code, c) else 0 for c in AGE_CLASSES}
        rows.append(_row(row.code, row.name, ages, house_counts.get(row.code, 0), works.get(row.code, 0)))
    loose_houses = int(houses.loc[houses["code"].isna(), "n"].sum()) if len(houses) else 0
    loose = _row("", "", {c: none_homes.get(c, 0) for c in AGE_CLASSES}, loose_houses, works.get(None, 0))
    if any(v for k, v in loose.items() if k not in ("code", "name")):
        rows.append(loose)
    return rows


def _has(table: pd.DataFrame, code: str, column: str) -> bool:
    return code in table.index and column in table.columns and pd.notna(table.at[code, column])


def _row(code: str, name: str, ages: dict[str, int], buildings: int, works: int) -> dict[str, Any]:
    return {
        "code": code,
        "name": name,
        "communities": sum(ages.values()),
        "pre_2000": ages["pre_2000"],
        "post_2000": ages["post_2000"],
        "unknown_year": ages["unknown"],
        "buildings": buildings,
        "projects": works,
    }


def _project_counts(conn: Connection, level: str) -> dict[str | None, int]:
    if level == "district":
        query = select(projects.c.district_code, func.count()).group_by(projects.c.district_code)
    else:
        code = community_links.c.subdistrict_code
        query = (
            select(code, func.count(func.distinct(project_communities.c.project_id)))
            .join(communities, communities.c.community_id == project_communities.c.community_id)
            .join(community_links, and_(community_links.c.community_id == communities.c.community_id))
            .group_by(code)
        )
    return {code: int(n) for code, n in conn.execute(query)}
