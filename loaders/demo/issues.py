"""Whistle-and-report issues of the demo city (R63): reported on site, called, answered or not, taken up a step.

Some kinds gather around a few communities, so that there are common problems to find (R64); a few have no place.
"""

import datetime as dt
import tomllib
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import METRIC, WGS84
from loaders import reference
from loaders.demo.profile import HERE
from loaders.demo.standing import Layers, StandingCity
from loaders.reference_duties import district_unit, subdistrict_unit

COUNTS = {"tiny": 36, "small": 260, "large": 620}
#: So many common problems, each with so many issues at the most.
GATHERINGS, LARGEST = {"tiny": 2, "small": 9, "large": 18}, 7
GATHER_WITHIN_M = 700.0
#: Of a hundred issues, so many have no place, and so many no kind.
WITHOUT_PLACE, WITHOUT_KIND = 0.03, 0.02


@cache
def _lists() -> dict[str, Any]:
    return tomllib.loads((HERE / "issues.toml").read_text(encoding="utf-8"))


def rows(city: StandingCity) -> Layers:
    """The tables issues, issue_calls and issue_escalations, up to the city's day."""
    chance = city.stream("issues")
    homes = _places(city.layers)
    picked, kinds = _picked(homes, COUNTS[city.size], GATHERINGS[city.size], chance)
    issues = _issues(city, homes.iloc[picked].reset_index(drop=True), kinds, chance)
    calls = _calls(issues, city.as_of, chance)
    steps = _escalations(issues, city.as_of, chance)
    return {"issues": issues, "issue_calls": calls, "issue_escalations": steps}


def _places(layers: Layers) -> gpd.GeoDataFrame:
    """The communities with a point inside them (EPSG:4548, empty where unknown) and the project they are in."""
    homes = layers["communities"]
    shapes = homes["geometry"].to_numpy(dtype=object)
    points = homes["point"].to_numpy(dtype=object).copy()
    drawn = np.array([s is not None and not s.is_empty for s in shapes], dtype=bool)
    points[drawn] = shapely.point_on_surface(shapes[drawn])
    named = reference.subdistricts().set_index(["district_code", "name_zh"])["subdistrict_code"]
    keys = list(zip(homes["district_code"], homes["subdistrict_name"], strict=True))
    project = layers["project_communities"].drop_duplicates("community_id").set_index("community_id")
    place = gpd.GeoDataFrame(
        {
            "community_id": homes["community_id"].to_numpy(),
            "name": homes["name"].fillna("").to_numpy(),
            "district_code": homes["district_code"].to_numpy(),
            "subdistrict_code": [named.get(k) for k in keys],
            "subdistrict_name": homes["subdistrict_name"].to_numpy(),
            "project_id": homes["community_id"].map(project["project_id"]).to_numpy(),
        },
        geometry=gpd.GeoSeries(points, crs=WGS84),
        crs=WGS84,
    )
    return place.to_crs(METRIC)


def _picked(
    homes: gpd.GeoDataFrame, count: int, gatherings: int, chance: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Positions of communities and kinds: gathered ones first, then anywhere, projects three times as often."""
    lists = _lists()["kinds"]
    names = np.array(list(lists), dtype=object)
    shares = np.array([lists[k]["share"] for k in names])
    usable = np.flatnonzero(homes["name"].ne("").to_numpy() & ~homes.geometry.isna().to_numpy())
    weight = np.where(homes["project_id"].notna().to_numpy()[usable], 3.0, 1.0)
    spots = shapely.get_coordinates(homes.geometry.to_numpy()[usable])
    anywhere = chance.choice(usable, count, p=weight / weight.sum())
    kinds = chance.choice(names, count, p=shares / shares.sum())
    at = 0
    for seat in chance.choice(len(usable), gatherings, replace=False):
        near = usable[np.hypot(*(spots - spots[seat]).T) <= GATHER_WITHIN_M]
        many = int(chance.integers(3, LARGEST + 1))
        anywhere[at : at + many] = chance.choice(near, many)
        kinds[at : at + many] = names[int(chance.integers(0, 6))]
        at += many
    return anywhere, kinds


def _issues(
    city: StandingCity, place: gpd.GeoDataFrame, kinds: np.ndarray, chance: np.random.Generator
) -> pd.DataFrame:
    lists, count, as_of = _lists(), len(place), city.as_of
    age = np.sort(chance.gamma(1.6, 45.0, count).astype(int).clip(0, 320))[::-1]
    order = chance.permutation(count)
    place, kinds = place.iloc[order].reset_index(drop=True), kinds[order]
    reported = [as_of - dt.timedelta(days=int(a)) for a in age]
    is_closed = chance.random(count) < np.clip(age / 130.0, 0.1, 0.78)
    took = (age * chance.uniform(0.15, 0.95, count)).astype(int)
    allowed = chance.choice([15, 30, 45, 60], count)
    has_due = chance.random(count) < 0.7
    titles = [
        f"{name}：{chance.choice(lists['kinds'][kind]['titles'])}"
        for name, kind in zip(place["name"], kinds, strict=True)
    ]
    moved = shapely.transform(
        place.geometry.to_numpy(), lambda xy: xy + chance.uniform(-18.0, 18.0, xy.shape)
    )
    points = gpd.GeoSeries(moved, crs=METRIC).to_crs(WGS84).to_numpy(dtype=object)
    no_place = chance.random(count) < WITHOUT_PLACE
    no_place[0] = True
    points[no_place] = None
    kind = kinds.astype(object)
    kind[chance.random(count) < WITHOUT_KIND] = None
    named = chance.random(count) < 0.4
    people = chance.choice(lists["names"]["surnames"], count) + chance.choice(lists["names"]["forms"], count)
    district = place["district_code"].to_numpy(dtype=object).copy()
    subdistrict = place["subdistrict_code"].to_numpy(dtype=object).copy()
    community = place["community_id"].to_numpy(dtype=object).copy()
    project = place["project_id"].to_numpy(dtype=object).copy()
    for column in (district, subdistrict, community, project):
        column[0] = None  # one about which nothing but its title is known
    titles[0] = titles[0].split("：", 1)[1]
    return pd.DataFrame(
        {
            "issue_id": [f"DEMO-W-{d:%Y}-{n + 1:04d}" for n, d in enumerate(reported)],
            "district_code": district,
            "subdistrict_code": subdistrict,
            "community_id": community,
            "project_id": project,
            "kind": kind,
            "title": titles,
            "reported_date": reported,
            "due_date": [
                r + dt.timedelta(days=int(a)) if h else None
                for r, a, h in zip(reported, allowed, has_due, strict=True)
            ],
            "closed_date": [
                r + dt.timedelta(days=int(t)) if c else None
                for r, t, c in zip(reported, took, is_closed, strict=True)
            ],
            "reporter_name": [str(p) if n else None for p, n in zip(people, named, strict=True)],
            # not the number of anybody: no number of the city begins with a nought
            "reporter_phone": [
                f"0000 {n:04d}" if has else None
                for n, has in zip(chance.integers(0, 9999, count), named, strict=True)
            ],
            "geometry": points,
        }
    )


def _unit_names(issue: Any, unit: str) -> str | None:
    if unit == "UNIT1":
        found = _district_names().get(issue.district_code)
        return None if not found else district_unit(found)
    if unit == "UNIT2":
        found = _subdistrict_names().get(issue.subdistrict_code)
        return None if not found else subdistrict_unit(found)
    return unit


@cache
def _district_names() -> dict[str, str]:
    held = reference.districts()
    return dict(zip(held["district_code"], held["name_zh"], strict=True))


@cache
def _subdistrict_names() -> dict[str, str]:
    held = reference.subdistricts()
    return dict(zip(held["subdistrict_code"], held["name_zh"], strict=True))


def _calls(issues: pd.DataFrame, as_of: dt.date, chance: np.random.Generator) -> pd.DataFrame:
    """One to three units for each issue; the later ones a few days after; closed issues are mostly answered."""
    lists, out = _lists(), []
    for issue in issues.itertuples():
        kind = issue.kind if isinstance(issue.kind, str) else "residents_consent"
        offered = [_unit_names(issue, u) for u in lists["kinds"][kind]["units"]]
        known = [u for u in offered if u]
        chosen = chance.choice(known, min(len(known), int(chance.integers(0, 4))), replace=False)
        for number, unit in enumerate(chosen, start=1):
            called = issue.reported_date + dt.timedelta(days=int(chance.integers(0, 4)) + 3 * (number - 1))
            if called > as_of:
                continue
            is_closed = isinstance(issue.closed_date, dt.date)
            answered = called + dt.timedelta(days=int(chance.integers(0, 15)))
            has_answer = chance.random() < (0.92 if is_closed else 0.55) and answered <= as_of
            answer = str(chance.choice(lists["names"]["answers"])) if has_answer else None
            out.append(
                (
                    f"{issue.issue_id}-C{number}",
                    issue.issue_id,
                    str(unit),
                    called,
                    answered if has_answer else None,
                    answer,
                )
            )
    columns = ["call_id", "issue_id", "unit", "called_date", "answered_date", "answer"]
    return pd.DataFrame(out, columns=columns)


def _escalations(issues: pd.DataFrame, as_of: dt.date, chance: np.random.Generator) -> pd.DataFrame:
    """What was taken up to the district, and from there to the task force, by its own judgement: no days are set."""
    out: list[tuple[str, str, int, dt.date, None]] = []
    for issue in issues.itertuples():
        end = issue.closed_date if isinstance(issue.closed_date, dt.date) else as_of
        for step, (likely, low, high) in enumerate(((0.34, 12, 40), (0.4, 20, 60)), start=1):
            previous = out[-1][3] if step == 2 else issue.reported_date
            day = previous + dt.timedelta(days=int(chance.integers(low, high)))
            if chance.random() > likely or day > end:
                break
            out.append((f"{issue.issue_id}-E{step}", issue.issue_id, step, day, None))
    return pd.DataFrame(out, columns=["escalation_id", "issue_id", "step", "escalated_date", "note"])
