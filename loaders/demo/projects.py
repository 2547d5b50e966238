"""The projects of the programme: which communities and buildings each takes in, and who carries it."""

import itertools
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from loaders import reference
from loaders.demo.chain import RESERVE, Course
from loaders.demo.profile import words

#: Basic items are in nearly every project, optional ones in some (R15).
BASIC_ITEMS = ("楼体节能", "室内给排水", "环境整治", "抗震加固", "楼体清洗粉刷", "线缆规整")
OPTIONAL_ITEMS = ("加装电梯", "补建停车设施", "配建服务设施")


@dataclass(frozen=True)
class Chosen:
    """What one project takes in: positions of its communities and of its buildings."""

    homes: tuple[int, ...]
    houses: np.ndarray
    phase: int


def choose(
    courses: list[Course],
    homes: gpd.GeoDataFrame,
    is_eligible: np.ndarray,
    home_of_house: np.ndarray,
    is_old_house: np.ndarray,
    subdistrict: np.ndarray,
    rng: np.random.Generator,
) -> list[Chosen]:
    """Communities and buildings for every project, district by district.

    A project takes in the old dwellings of one community, sometimes of two or three neighbouring ones. Where a
    district has more projects than old communities, large communities are done in two phases. `home_of_house` is
    the position of each building's community or -1.
    """
    old = np.flatnonzero(is_old_house & (home_of_house >= 0))
    old = old[np.argsort(home_of_house[old], kind="stable")]
    starts = np.searchsorted(home_of_house[old], np.arange(len(homes) + 1))
    district = homes["district_code"].to_numpy(dtype=object)
    out: list[Chosen] = []
    for code, group in itertools.groupby(courses, key=lambda c: c.district):
        own = list(group)
        pool = [int(i) for i in rng.permutation(np.flatnonzero((district == code) & is_eligible))]
        spare = max(len(pool) - len(own), 0)
        taken: list[int] = []
        for _ in own:
            if not pool:
                out.append(_second_phase(taken, out, rng))
                continue
            first = pool.pop(0)
            members = [first]
            near = [i for i in pool if subdistrict[i] == subdistrict[first]][:2]
            for other in near:
                if spare > 0 and rng.random() < 0.11:
                    members.append(other)
                    pool.remove(other)
                    spare -= 1
            houses = np.concatenate([old[starts[i] : starts[i + 1]] for i in members])
            if rng.random() < 0.3 and len(houses) > 4:
                houses = np.sort(rng.choice(houses, int(len(houses) * rng.uniform(0.55, 0.9)), replace=False))
            taken.append(len(out))
            out.append(Chosen(tuple(members), houses[:30], 1))
    return out


def _second_phase(taken: list[int], out: list[Chosen], rng: np.random.Generator) -> Chosen:
    """The second half of a large community's buildings, taken from the project that has most of them."""
    largest = max(taken, key=lambda i: (len(out[i].houses) if out[i].phase == 1 else 0, -i))
    whole = out[largest]
    half = len(whole.houses) // 2
    out[largest] = Chosen(whole.homes, whole.houses[:half], 1)
    taken.remove(largest)
    return Chosen(whole.homes, whole.houses[half:], 2)


def project_ids(courses: list[Course]) -> list[str]:
    """An id for each project: year of its batch (or R for the reserve), district, serial number."""
    serial: dict[tuple[str, str], int] = {}
    out = []
    for course in courses:
        year = course.batch[:4] if course.batch else "R"
        serial[year, course.district] = serial.get((year, course.district), 0) + 1
        out.append(f"DEMO-X-{year}-{course.district}-{serial[year, course.district]:03d}")
    return out


def project_rows(
    ids: list[str],
    courses: list[Course],
    chosen: list[Chosen],
    homes: gpd.GeoDataFrame,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """The projects without their planned investment (see money)."""
    held = words()["bodies"]
    district_names = reference.districts().set_index("district_code")["name_zh"]
    names = homes["name"].to_numpy(dtype=object)
    central = homes["is_central_state"].to_numpy(dtype=bool)
    phased = {c.homes for c in chosen if c.phase == 2}
    rows = []
    for project, course, part in zip(ids, courses, chosen, strict=True):
        first = part.homes[0]
        title = names[first] + (f"等{len(part.homes)}个小区" if len(part.homes) > 1 else "")
        if part.homes in phased:
            title += "一期" if part.phase == 1 else "二期"
        is_central = bool(central[first])
        place = district_names[course.district]
        draw = rng.random(4)
        if is_central:
            investor = homes["original_property_unit"].iloc[first]
        elif draw[0] < 0.62:
            investor = f"{place}{held['investors_district'][int(draw[1] * 4)]}"
        elif draw[0] < 0.92:
            investor = held["investors_city"][int(draw[1] * 4)]
        else:
            investor = held["investors_private"][int(draw[1] * 2)]
        has_body = course.state != RESERVE or draw[2] < 0.5
        items = [i for i in BASIC_ITEMS if rng.random() < 0.8] or list(BASIC_ITEMS[:1])
        items += [i for i in OPTIONAL_ITEMS if rng.random() < 0.42]
        rows.append(
            {
                "project_id": project,
                "name": f"{title}老旧小区综合整治项目",
                "district_code": course.district,
                "batch": course.batch,
                "plan_year": int(course.batch[:4]) if course.batch else None,
                "is_central_state": is_central,
                "confirmation_document_no": course.document,
                "investor": investor if has_body else None,
                "implementing_body": (
                    investor if draw[3] < 0.7 else f"{place}{held['investors_district'][0]}"
                )
                if has_body
                else None,
                "general_contractor": held["contractors"][int(rng.integers(len(held["contractors"])))]
                if "tendered" in course.dates
                else None,
                "planned_start_date": course.planned_start,
                "planned_completion_date": course.planned_completion,
                "content_items": "、".join(items),
            }
        )
    out = pd.DataFrame(rows)
    out["plan_year"] = out["plan_year"].astype("Int64")
    return out


def project_links(
    ids: list[str], chosen: list[Chosen], homes: gpd.GeoDataFrame, houses: gpd.GeoDataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Which communities and which buildings belong to each project, as the two link tables."""
    home_ids, house_ids = (
        homes["community_id"].to_numpy(dtype=object),
        houses["building_id"].to_numpy(dtype=object),
    )
    pairs = [(p, home_ids[i]) for p, part in zip(ids, chosen, strict=True) for i in part.homes]
    stands = [(p, house_ids[i]) for p, part in zip(ids, chosen, strict=True) for i in part.houses]
    return (
        pd.DataFrame(
            [(f"{p}/{c}", p, c) for p, c in pairs],
            columns=["project_community_id", "project_id", "community_id"],
        ),
        pd.DataFrame(
            [(f"{p}/{b}", p, b) for p, b in stands],
            columns=["project_building_id", "project_id", "building_id"],
        ),
    )
