"""What residents of the demo city ask for and what is built there: demands, governance, works (R14, R25–R40, R55)."""

import datetime as dt

import pandas as pd

from loaders.demo import upgrades
from loaders.demo.gates import Projects, days
from loaders.demo.standing import Layers, StandingCity

#: What is put to the residents, with how many in a hundred households ask for it, as a rule.
ASKED = {
    "楼体节能": 46,
    "室内给排水": 52,
    "环境整治": 38,
    "抗震加固": 21,
    "楼体清洗粉刷": 24,
    "线缆规整": 33,
    "加装电梯": 41,
    "补建停车设施": 57,
    "配建服务设施": 30,
    "补小区信息化应用能力": 9,
    "治地下空间违规使用": 12,
}
#: Asked for in a few places and on no menu.
OFF_MENU = "增设快递柜"
GOVERNANCE = {
    "illegal_structures": 0.62,
    "parking_locks": 0.55,
    "wall_openings": 0.34,
    "basement_misuse": 0.28,
}
#: The work of a building, and the item of the menu that brings it.
WORKS = {"energy": "楼体节能", "auxiliary": "室内给排水", "seismic": "抗震加固", "roof": None}
MEASURES = {
    "overhead_lines": (0.85, "千米", (0.2, 2.4)),
    "security": (0.6, "套", (4, 40)),
    "fire": (0.7, "套", (6, 60)),
    "greening": (0.75, "平方米", (200, 5200)),
    "trees": (0.5, "棵", (3, 60)),
    "water_supply": (0.45, "米", (120, 1600)),
    "drainage": (0.5, "米", (120, 1800)),
    "sponge": (0.22, "平方米", (150, 2600)),
}
COMPANIES = {
    "water": "市自来水集团",
    "drainage": "市排水集团",
    "power": "市电力公司",
    "gas": "市燃气集团",
    "heat": "市热力集团",
    "telecom": "通信管线公司",
}
#: From planned starts that are not known.
UNPLANNED_START = dt.date(2020, 11, 1)


def rows(city: StandingCity) -> Layers:
    """The rows of the content's own tables: demands, governance_items, building_works, community_measures,
    pipeline_works, pavings, lift_stairwells, parking_lots and rebuild_options.
    """
    held = Projects(city)
    digs, pavings = _pipelines(city, held)
    return {
        "demands": _demands(city, held),
        "governance_items": _governance(city, held),
        "building_works": _works(city, held),
        "community_measures": _measures(city, held),
        "pipeline_works": digs,
        "pavings": pavings,
        "lift_stairwells": upgrades.lifts(city, held),
        "parking_lots": upgrades.parking(city, held),
        "rebuild_options": upgrades.rebuilding(city),
    }


def _span(held: Projects, project: str, planned: dict[str, dt.date]) -> tuple[dt.date, dt.date | None]:
    """The first day of a project's works, as begun or as planned, and the day they were finished."""
    dates = held.dates[project]
    return dates.get("started") or planned.get(project) or UNPLANNED_START, dates.get("completed")


def _planned_starts(city: StandingCity) -> dict[str, dt.date]:
    rows_ = city.layers["projects"]
    return {
        p: d for p, d in zip(rows_["project_id"], rows_["planned_start_date"], strict=True) if pd.notna(d)
    }


def _demands(city: StandingCity, held: Projects) -> pd.DataFrame:
    rng = city.stream("demands")
    homes = city.layers["communities"].set_index("community_id")
    gathered: dict[str, dt.date] = {}
    for project in held.ids:
        day = held.dates[project].get("demands_gathered")
        if day is not None:
            for home in held.homes[project]:
                gathered.setdefault(home, day)
    others = homes.index[homes["surveyed_date"].notna() & ~homes.index.isin(list(gathered))]
    for home in others[rng.random(len(others)) < 0.14]:
        gathered[home] = min(homes.at[home, "surveyed_date"] + days(10, 90, rng), city.as_of)
    found = []
    for home, day in sorted(gathered.items()):
        households = homes.at[home, "households"]
        count = 120 if pd.isna(households) else int(households)
        lean = rng.uniform(0.35, 1.25, len(ASKED))
        for (item, share), own in zip(ASKED.items(), lean, strict=True):
            asks = 0 if own < 0.44 else round(count * share * own / 100)
            found.append((home, item, asks, day))
        if rng.random() < 0.05:
            found.append((home, OFF_MENU, max(1, round(count * 0.06)), day))
    frame = pd.DataFrame(found, columns=["community_id", "item", "asks", "gathered_date"])
    frame.insert(0, "demand_id", [f"DEMO-DM-{i:06d}" for i in range(1, len(frame) + 1)])
    return frame


def _governance(city: StandingCity, held: Projects) -> pd.DataFrame:
    rng = city.stream("governance")
    found: list[tuple[object, ...]] = []
    seen: set[str] = set()
    for at, project in enumerate(held.ids):
        dates = held.dates[project]
        cleared, started = dates.get("governance_cleared"), dates.get("started")
        for home in held.homes[project]:
            if home in seen:
                continue
            seen.add(home)
            for item, chance in GOVERNANCE.items():
                draw = rng.random(3)
                if draw[0] < 0.05:  # nobody has looked
                    continue
                is_present = draw[1] < chance
                day = None
                if is_present and cleared is not None:
                    day = cleared - days(0, 40, rng)
                    if started is not None and at % 19 == 4 and item == "illegal_structures":
                        day = None if draw[2] < 0.5 else min(started + days(10, 60, rng), city.as_of)
                elif is_present and draw[2] < 0.3:
                    day = min(dates["reserve"] + days(20, 200, rng), city.as_of)
                known = None if draw[0] < 0.09 and day is None else is_present
                found.append((f"DEMO-GV-{len(found) + 1:05d}", home, item, known, day))
    columns = ["governance_id", "community_id", "item", "is_present", "cleared_date"]
    return pd.DataFrame(found, columns=columns)


def _works(city: StandingCity, held: Projects) -> pd.DataFrame:
    rng = city.stream("building works")
    items, planned = held.items, _planned_starts(city)
    found: list[tuple[object, ...]] = []
    for project, houses in city.layers["project_buildings"].groupby("project_id", sort=True)["building_id"]:
        start, end = _span(held, str(project), planned)
        has_begun = "started" in held.dates[str(project)]
        kinds = [k for k, item in WORKS.items() if item in items[str(project)]]
        span = ((end or city.as_of) - start).days
        for house in houses:
            for kind in [*kinds, *(["roof"] if rng.random() < 0.06 else [])]:
                first = last = None
                if has_begun and span > 20:
                    begun = start + dt.timedelta(days=int(span * rng.uniform(0.02, 0.7)))
                    if end is not None:
                        first, last = begun, begun + dt.timedelta(days=int((end - begun).days * 0.9))
                    elif rng.random() < 0.75:
                        first = begun
                        done = begun + days(40, 160, rng)
                        last = done if done <= city.as_of else None
                found.append((f"DEMO-BW-{len(found) + 1:06d}", str(project), house, kind, first, last))
    columns = ["work_id", "project_id", "building_id", "kind", "started_date", "completed_date"]
    return pd.DataFrame(found, columns=columns)


def _measures(city: StandingCity, held: Projects) -> pd.DataFrame:
    rng = city.stream("community measures")
    planned = _planned_starts(city)
    found: list[tuple[object, ...]] = []
    for project in held.ids:
        start, end = _span(held, project, planned)
        has_begun = "started" in held.dates[project]
        for home in held.homes[project]:
            for kind, (chance, unit, (low, high)) in MEASURES.items():
                draw = rng.random(4)
                if draw[0] > chance:
                    continue
                amount = round(low + (high - low) * draw[1] ** 2, 1 if kind == "overhead_lines" else 0)
                first = last = None
                if has_begun:
                    first = min(start + days(5, 90, rng), end or city.as_of)
                    if end is not None:
                        last = end
                    elif draw[2] < 0.3:
                        last = min(first + days(20, 70, rng), city.as_of)
                is_met = None if last is None or draw[3] < 0.08 else bool(draw[3] < 0.93)
                quantity = None if draw[0] < chance * 0.03 else amount
                key = f"DEMO-CM-{len(found) + 1:05d}"
                found.append((key, project, home, kind, quantity, unit, first, last, is_met))
    columns = ["measure_id", "project_id", "community_id", "kind", "quantity", "unit", "started_date"]
    return pd.DataFrame(found, columns=[*columns, "completed_date", "is_standard_met"])


def _pipelines(city: StandingCity, held: Projects) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = city.stream("pipelines")
    planned = _planned_starts(city)
    homes = city.layers["communities"].set_index("community_id")
    streets = homes["address"].astype("string").str.extract(r"^(.+?)(?:甲|乙)?\d+号", expand=False)
    digs: list[tuple[object, ...]] = []
    pavings: list[tuple[object, ...]] = []
    seen: set[str] = set()
    for project in held.ids:
        start, _ = _span(held, project, planned)
        has_begun = "started" in held.dates[project]
        for home in held.homes[project]:
            if home in seen or rng.random() < 0.25:
                continue
            seen.add(home)
            day, last = start + days(5, 50, rng), start
            for kind in rng.permutation(list(COMPANIES))[: int(rng.integers(1, 5))]:
                draw = rng.random(6)
                # Most crews share one opening of the ground, some come weeks later.
                day = day + (days(0, 6, rng) if draw[0] < 0.72 else days(24, 130, rng))
                until = day + days(10, 30, rng)
                begun = min(day + days(-3, 9, rng), city.as_of) if has_begun and day <= city.as_of else None
                done = until + days(-3, 12, rng) if begun is not None else None
                done = done if done is not None and begun is not None and begun < done <= city.as_of else None
                handed = done + days(10, 60, rng) if done is not None and draw[1] < 0.7 else None
                subsidy = "none"
                if done is not None:
                    subsidy = str(rng.choice(["none", "applied", "approved", "paid"], p=[0.3, 0.3, 0.2, 0.2]))
                elif draw[2] < 0.03:
                    subsidy = "paid"  # paid although not finished
                number = f"掘〔{day.year}〕{len(digs) % 900 + 1}号" if draw[3] < 0.93 else None
                is_undated = draw[4] < 0.02
                digs.append(
                    (
                        f"DEMO-PW-{len(digs) + 1:05d}",
                        project,
                        home,
                        streets[home] if draw[5] < 0.25 and pd.notna(streets[home]) else None,
                        str(kind),
                        COMPANIES[str(kind)],
                        None if is_undated else day,
                        None if is_undated else until,
                        begun,
                        done,
                        number if begun is not None or draw[3] < 0.5 else None,
                        subsidy,
                        handed if handed is not None and handed <= city.as_of else None,
                    )
                )
                last = max(last, until)
            if rng.random() < 0.5:
                # Most surfaces are renewed after the last dig, a few before it.
                paved = last + days(5, 40, rng) if rng.random() < 0.9 else last - days(3, 12, rng)
                pavings.append((f"DEMO-PV-{len(pavings) + 1:05d}", home, None, paved))
    columns = ["dig_id", "project_id", "community_id", "street", "kind", "company", "planned_from"]
    more = ["planned_to", "started_date", "completed_date", "approval_no", "subsidy_state"]
    return (
        pd.DataFrame(digs, columns=[*columns, *more, "handed_over_date"]),
        pd.DataFrame(pavings, columns=["paving_id", "community_id", "street", "paved_date"]),
    )
