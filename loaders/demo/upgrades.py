"""Lifts, parking and rebuilding in the demo city (R33, R34, R55, R56)."""

import datetime as dt

import pandas as pd

from loaders.demo.gates import Projects, days
from loaders.demo.standing import StandingCity

LIFT_OPERATORS = ("首梯运维公司", "京安电梯公司", "恒达电梯公司")


def lifts(city: StandingCity, held: Projects) -> pd.DataFrame:
    """The stairwells that are to have a lift, with consent, filing, acceptance and operator (R33)."""
    rng = city.stream("lift stairwells")
    houses = city.layers["buildings"].set_index("building_id")
    items = held.items
    home_of = {p: homes[0] for p, homes in held.homes.items() if homes}
    links = city.layers["project_buildings"]
    wanted = links[links["project_id"].map(lambda p: "加装电梯" in items[p] and p in home_of)]
    found: list[tuple[object, ...]] = []
    for project, own in wanted.groupby("project_id", sort=True)["building_id"]:
        dates = held.dates[str(project)]
        fit = [
            h for h in own if 4 <= (houses.at[h, "storeys"] if pd.notna(houses.at[h, "storeys"]) else 0) <= 6
        ]
        for house in fit[:5]:
            for well in range(1, int(houses.at[house, "stairwells"] or 1) + 1):
                owners = int(houses.at[house, "storeys"]) * 2
                area = round(owners * float(rng.uniform(48, 76)), 1)
                draw = rng.random(6)
                if draw[0] < 0.12:
                    asked: tuple[object, ...] = (owners, None, area, None)
                    consents = False
                else:
                    agree = min(owners, round(owners * float(rng.uniform(0.35, 1.0))))
                    share = min(1.0, agree / owners * float(rng.uniform(0.94, 1.06)))
                    asked = (owners, agree, area, round(area * share, 1))
                    consents = 3 * agree >= 2 * owners and 3 * share >= 2
                filed = accepted = operator = None
                since = dates.get("started") or dates.get("designed")
                if since is not None and ((consents and draw[1] < 0.7) or draw[1] < 0.015):
                    filed = since + days(10, 120, rng)
                    filed = filed if filed <= city.as_of else None
                if filed is not None and "started" in dates and draw[2] < 0.6:
                    accepted = filed + days(120, 260, rng)
                    accepted = accepted if accepted <= city.as_of else None
                if accepted is not None and draw[3] < 0.94:
                    operator = LIFT_OPERATORS[int(draw[4] * len(LIFT_OPERATORS))]
                key = f"DEMO-LS-{house.removeprefix('DEMO-B-')}-{well}"
                found.append((key, home_of[str(project)], house, *asked, filed, accepted, operator))
    columns = ["stairwell_id", "community_id", "building_id", "owners", "owners_consenting", "area_m2"]
    frame = pd.DataFrame(
        found, columns=[*columns, "area_consenting_m2", "filed_date", "accepted_date", "operator"]
    )
    frame = frame.drop_duplicates("stairwell_id", ignore_index=True)
    return frame.astype({"owners": "Int64", "owners_consenting": "Int64"})


def parking(city: StandingCity, held: Projects) -> pd.DataFrame:
    """The parking of the communities in projects, built and shared (R34)."""
    rng = city.stream("parking lots")
    homes = city.layers["communities"].set_index("community_id")
    items = held.items
    first: dict[str, str] = {}
    for project in held.ids:
        for home in held.homes[project]:
            first.setdefault(home, project)
    found: list[tuple[object, ...]] = []
    for home, project in sorted(first.items()):
        dates = held.dates[project]
        households = homes.at[home, "households"]
        count = 100 if pd.isna(households) else int(households)
        lots: list[tuple[str, str, int, dt.date | None]] = [
            ("built", "地面停车场", max(4, round(count * float(rng.uniform(0.08, 0.32)))), None)
        ]
        if "补建停车设施" in items[project]:
            done = dates.get("completed")
            lots.append(("built", "新建停车设施", max(6, round(count * float(rng.uniform(0.05, 0.2)))), done))
        if rng.random() < 0.3:
            since = min(dt.date(2019, 1, 1) + days(0, 600, rng), city.as_of)
            lots.append(("shared", "周边单位错时共享", int(rng.integers(10, 80)), since))
        for kind, name, spaces, day in lots:
            draw = rng.random(3)
            is_old = name == "地面停车场"
            opened = dt.date(2010, 1, 1) + days(0, 2500, rng) if is_old else day
            occupied = counted = None
            if opened is not None and draw[0] < 0.82:
                occupied = round(spaces * float(rng.uniform(0.55, 1.12)))
                counted = city.as_of - days(5, 200, rng)
                counted = max(counted, opened)
            found.append(
                (f"DEMO-PL-{len(found) + 1:05d}", home, name, kind, spaces, opened, occupied, counted)
            )
    columns = ["lot_id", "community_id", "name", "kind", "spaces", "opened_date", "occupied", "counted_date"]
    return pd.DataFrame(found, columns=columns).astype({"occupied": "Int64"})


def rebuilding(city: StandingCity) -> pd.DataFrame:
    """Options for some of the weak and simple buildings (R55, R56)."""
    rng = city.stream("rebuild options")
    houses = city.layers["buildings"]
    is_weak = houses["is_dangerous_or_simple"].astype("boolean").fillna(False).to_numpy(dtype=bool)
    found: list[tuple[object, ...]] = []
    own = houses.loc[is_weak, ["building_id", "households", "floor_area_m2"]]
    for house, households, area in own.itertuples(index=False):
        draw = rng.random(4)
        if draw[0] > 0.45:  # no option has been drawn up
            continue
        day = dt.date(2017, 5, 1) + days(0, 1150, rng)
        has_paper = draw[1] < 0.85
        kind = ("strengthen", "remove_danger", "rebuild")[int(draw[2] * 3)]
        is_rebuilt = kind == "rebuild"
        found.append(
            (
                f"DEMO-RB-{len(found) + 1:05d}",
                house,
                kind,
                f"危鉴〔{day.year}〕{len(found) % 700 + 1}号" if has_paper else None,
                day if has_paper else None,
                "容积率和高度按街区控规，增加面积优先用于厨卫和公共服务"
                if is_rebuilt and draw[3] < 0.7
                else None,
                ("区财政", "产权单位", "产权单位与居民共担")[int(draw[3] * 3)],
                round(float(area) * 0.12, 1) if is_rebuilt and pd.notna(area) else None,
                (0 if pd.isna(households) else int(int(households) * 0.1)) if is_rebuilt else None,
            )
        )
    columns = ["option_id", "building_id", "kind", "certificate_no", "certified_date", "planning_conditions"]
    frame = pd.DataFrame(found, columns=[*columns, "payer", "added_area_m2", "added_dwellings"])
    return frame.astype({"added_dwellings": "Int64"})
