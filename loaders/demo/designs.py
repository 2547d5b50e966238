"""Designs of the demo city's projects with their versions, the planners' opinions, and the notices (R17–R19, R44).

They agree with the chain: what is designed passed on the day of the planner's opinion. Some wait, a few for long; some
were returned; one was shown before its opinion; where no opinion is on record, the design stands without one.
"""

import datetime as dt
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from geo.crs import METRIC, WGS84
from loaders.demo.gates import Projects, days
from loaders.demo.standing import Layers, StandingCity
from loaders.facility_standards import shipped_standards
from programme.standards import Requirement, Status, requirements
from programme.steps import Step

#: Firms and planners of an example: no real ones.
FIRMS = ("示例建筑设计院", "样例规划设计公司", "示范城市更新设计所", "例城建筑设计事务所", "样本居住区设计院")
PLANNERS = ("责任规划师甲", "责任规划师乙", "责任规划师丙", "责任规划师丁", "责任规划师戊")
PLACES = ("小区主出入口公告栏", "社区居委会公示栏", "楼门口公告栏、居民微信群", "社区服务站大厅")
#: What a design may add to a community, as a rule small.
FACILITIES = (
    "community_service_station",
    "elderly_daycare",
    "culture_station",
    "convenience_store",
    "outdoor_fitness",
    "bike_parking",
    "parcel_point",
    "community_health_station",
    "waste_point",
    "property_office",
)
#: Planned now and then, and known to no table of kinds.
UNKNOWN_FACILITY = "共享客厅"
SERVICES = "配建服务设施"
RETURNED = (
    "与居民诉求对照，缺少补建停车设施内容，请补充后再报。",
    "拟设设施与周边设施重复，现状缺口未回应，请结合缺口表调整。",
    "新增建筑面积未说明功能和服务对象，人口和建设规模双控资料不全，请补充。",
    "消防通道与停车位布置冲突，请修改总平面。",
)
PASSED = (
    "方案回应了居民主要诉求，拟设设施与现状缺口基本对应，同意通过。",
    "整治内容完整，建设规模没有增加，同意通过。",
    "同意方案。施工图阶段请进一步核实无障碍设施。",
)
CHANGES = (
    "原则同意，请将室外活动场地调整到日照较好的一侧。",
    "原则同意，请补充非机动车停车位数量并标注充电设施。",
)
#: Straight distances are looked for up to here, metres.
LIMIT_M = 3000.0


def rows(city: StandingCity) -> Layers:
    """The rows of designs, design_opinions and public_notices."""
    made = _Made(city)
    held = Projects(city)
    for at, project in enumerate(held.ids):
        made.project(at, project, held)
    return made.layers()


class _Made:
    """The rows as they come, project by project."""

    def __init__(self, city: StandingCity) -> None:
        self.city = city
        self.rng = city.stream("designs")
        self.designs: list[dict[str, Any]] = []
        self.opinions: list[dict[str, Any]] = []
        self.notices: list[dict[str, Any]] = []
        homes = city.layers["communities"].set_index("community_id")
        self.residents = homes["residents"] if "residents" in homes else homes["households"] * 2.6
        self.gaps = _Gaps(city)
        stands = city.layers["project_buildings"]
        area = city.layers["buildings"].set_index("building_id")["floor_area_m2"]
        self.area = area.reindex(stands["building_id"]).groupby(stands["project_id"].to_numpy()).sum()

    def project(self, at: int, project: str, held: Projects) -> None:
        """The designs of one project by what its chain says of it."""
        dates, rng = held.dates[project], self.rng
        draw = rng.random(4)
        designed, opined = dates.get(Step.DESIGNED.value), dates.get(Step.PLANNER_OPINION.value)
        passed = opined or designed
        if passed is None:
            self._underway(project, held, draw)
            return
        count = 1 + int(draw[0] < 0.34) + int(draw[0] < 0.08)
        starts = [passed - days(12, 30, rng)]
        for _ in range(count - 1):
            starts.insert(0, starts[0] - days(18, 45, rng))
        for number, day in enumerate(starts, start=1):
            last = number == count
            self._design(project, held, number, day)
            if not last:
                self._opinion(project, held, number, day + days(4, 12, rng), "returned")
            elif opined is not None:
                self._opinion(
                    project, held, number, opined, "passed" if draw[1] < 0.72 else "passed_with_changes"
                )
        notice = dates.get(Step.PUBLIC_NOTICE.value)
        if notice is not None:
            self._notice(at, project, count, notice, opined is not None, draw[2])

    def _underway(self, project: str, held: Projects, draw: np.ndarray) -> None:
        """Not designed: most have nothing to review yet, some wait or were returned, a few passed the other day."""
        as_of, rng = self.city.as_of, self.rng
        is_confirmed = Step.CONFIRMED.value in held.dates[project]
        if draw[0] > (0.8 if is_confirmed else 0.3):
            return
        since = held.dates[project].get(Step.CONFIRMED.value) or held.dates[project]["reserve"]
        longest = max(3, min((as_of - since).days - 5, 130))
        is_slow = draw[1] < 0.3 and longest > 45
        waited = rng.integers(45, longest + 1) if is_slow else rng.integers(2, min(longest, 40) + 1)
        day = as_of - dt.timedelta(days=int(waited))
        if draw[2] < 0.22:
            self._design(project, held, 1, day)
            self._opinion(project, held, 1, min(day + days(3, 15, rng), as_of), "returned")
        elif draw[2] < 0.5:
            first = day - days(20, 50, rng)
            self._design(project, held, 1, first)
            self._opinion(project, held, 1, min(first + days(5, 12, rng), day), "returned")
            self._design(project, held, 2, day)
        elif draw[2] < 0.58:
            # Passed, and the district has not put it on record.
            self._design(project, held, 1, day)
            self._opinion(project, held, 1, min(day + days(5, 14, rng), as_of), "passed")
        else:
            self._design(project, held, 1, day)

    def _design(self, project: str, held: Projects, number: int, day: dt.date) -> None:
        rng = self.rng
        draw = rng.random(8)
        if number == 1:
            own = (
                int(draw[0] * len(FIRMS)),
                sorted(held.items[project]),
                self._facilities(held.items[project]),
            )
        else:
            before = self.designs[-1]
            items = before["planned_items"].split("、")
            missing = sorted(held.items[project] - set(items))
            kinds = before["planned_facilities"].split("、") if before["planned_facilities"] else []
            extra = [k for k in FACILITIES if k not in kinds]
            more = [extra[int(draw[1] * len(extra))]] if draw[2] < 0.6 and extra else []
            own = FIRMS.index(before["design_firm"]), [*items, *missing], [*kinds, *more]
        firm, items, kinds = own
        if number == 1 and len(items) > 2 and draw[3] < 0.4:
            items = items[:-1]  # what a later version puts right
        area = float(np.round(self.area.get(project, 0.0)))
        residents = self.residents.reindex(held.homes[project])
        people = None if residents.isna().any() or draw[4] < 0.06 else round(float(residents.sum()))
        adds = bool(kinds) and draw[5] < 0.45
        added = round(float(60 + 500 * draw[6] ** 2)) if adds else 0
        summary = "改造楼体和公共区域，完善配套设施。"
        if adds and draw[7] < 0.8:
            summary += f"新增建筑面积 {added} 平方米，用于社区服务，服务对象为本小区居民。"
        elif adds:
            summary = ""
        self.designs.append(
            {
                "design_id": f"{project}-V{number}",
                "project_id": project,
                "version": number,
                "design_firm": FIRMS[firm],
                "submitted_date": min(day, self.city.as_of),
                "planned_items": "、".join(items),
                "planned_facilities": "、".join(kinds) or None,
                "floor_area_before_m2": area or None,
                "floor_area_after_m2": (area + added if draw[4] > 0.08 else None) if area else None,
                "residents_before": people,
                "residents_after": None if people is None else people + (0 if draw[6] < 0.92 else 12),
                "summary": summary or None,
                "file_name": None,
                "file_sha256": None,
            }
        )

    def _facilities(self, items: set[str]) -> list[str]:
        rng = self.rng
        if SERVICES not in items and rng.random() < 0.7:
            return []
        many = int(rng.integers(1, 4))
        chosen = [FACILITIES[i] for i in sorted(rng.choice(len(FACILITIES), many, replace=False))]
        return [*chosen, UNKNOWN_FACILITY] if rng.random() < 0.03 else chosen

    def _opinion(self, project: str, held: Projects, number: int, day: dt.date, decision: str) -> None:
        rng = self.rng
        said = {"returned": RETURNED, "passed": PASSED, "passed_with_changes": CHANGES}[decision]
        design = self.designs[-1]
        kinds = (design["planned_facilities"] or "").split("、")
        self.opinions.append(
            {
                "opinion_id": f"{project}-V{number}-O1",
                "design_id": design["design_id"],
                "reviewer": PLANNERS[int(rng.integers(len(PLANNERS)))],
                "reviewed_date": min(max(day, design["submitted_date"]), self.city.as_of),
                "decision": decision,
                "opinion": said[int(rng.integers(len(said)))],
                # Some early opinions were written without a sheet.
                "gap_sheet": None
                if rng.random() < 0.05
                else self.gaps.sheet(held.homes[project], kinds, day),
            }
        )

    def _notice(
        self, at: int, project: str, versions: int, day: dt.date, has_opinion: bool, draw: float
    ) -> None:
        rng = self.rng
        ended = day + days(8, 16, rng)
        shown = versions
        if at % 41 == 4 and has_opinion:
            # Shown before its opinion: the notice went up when the design was sent.
            sent = next(d for d in reversed(self.designs) if d["project_id"] == project)["submitted_date"]
            day, ended = sent, sent + dt.timedelta(days=9)
        elif at % 23 == 6 and versions > 1:
            shown = versions - 1
        self.notices.append(
            {
                "notice_id": f"{project}-N1",
                "project_id": project,
                "design_id": None if draw < 0.04 else f"{project}-V{shown}",
                "posted_date": day,
                "ended_date": ended if ended <= self.city.as_of and draw < 0.97 else None,
                "place": PLACES[int(rng.integers(len(PLACES)))],
                "responses": None if draw > 0.93 else int(rng.poisson(6)),
            }
        )

    def layers(self) -> Layers:
        """The three tables."""
        designs = pd.DataFrame(self.designs)
        whole = {"version": "Int64", "residents_before": "Int64", "residents_after": "Int64"}
        return {
            "designs": designs.astype(whole),
            "design_opinions": pd.DataFrame(self.opinions),
            "public_notices": pd.DataFrame(self.notices).astype({"responses": "Int64"}),
        }


class _Gaps:
    """Gap sheets as the planners of the example kept them: by the straight line from each community's point."""

    def __init__(self, city: StandingCity) -> None:
        homes = city.layers["communities"]
        placed = homes[~homes["point"].isna()]
        points = gpd.GeoSeries(placed["point"].to_numpy(dtype=object), crs=WGS84).to_crs(METRIC)
        spots = np.column_stack([points.x.to_numpy(), points.y.to_numpy()])
        self.rows = {c: i for i, c in enumerate(placed["community_id"])}
        self.names = dict(zip(placed["community_id"], placed["name"], strict=True))
        facilities = city.layers["facilities"]
        held = facilities[~facilities["geometry"].isna()]
        middles = gpd.GeoSeries(held["geometry"].to_numpy(dtype=object), crs=WGS84).to_crs(METRIC).centroid
        where = np.column_stack([middles.x.to_numpy(), middles.y.to_numpy()])
        self.near: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        for kind, at in held.groupby("kind", sort=True).indices.items():
            metres, nearest = cKDTree(where[at]).query(spots, distance_upper_bound=LIMIT_M)
            own = np.array([*held["facility_id"].to_numpy(dtype=object)[at], None], dtype=object)
            self.near[str(kind)] = (metres, own[np.minimum(nearest, len(at))])
        self.called = dict(zip(held["facility_id"], held["name"], strict=True))
        self.needs: dict[dt.date, dict[str, Requirement]] = {}

    def sheet(self, homes: list[str], planned: list[str], day: dt.date) -> dict[str, Any]:
        """A sheet in the form of `design_opinions.gap_sheet`, for some communities on a day."""
        needs = self.needs.get(day)
        if needs is None:
            needs = self.needs[day] = requirements(shipped_standards(), sorted(self.near), day)
        found: list[dict[str, Any]] = []
        for home in homes:
            at = self.rows.get(home)
            for kind, needed in needs.items() if at is not None else ():
                if needed.status is not Status.SET or needed.radius_m is None:
                    continue
                metres, nearest = (v[at] for v in self.near[kind])
                is_far = not metres <= needed.radius_m
                known = nearest is not None and np.isfinite(metres)
                name = self.called.get(nearest) if known else None
                found.append(
                    {
                        "community_id": home,
                        "community": str(self.names[home]),
                        "kind": kind,
                        "verdict": "lacks" if is_far else "has",
                        "status": needed.status.value,
                        "meets": ("mends" if kind in planned else "stays")
                        if is_far
                        else ("extra" if kind in planned else "none"),
                        "radius_m": round(needed.radius_m),
                        "judged_m": round(float(metres)) if known else None,
                        "judged_by": "straight",
                        "straight_m": round(float(metres)) if known else None,
                        "walk_m": None,
                        "nearest_id": str(nearest) if known else None,
                        "nearest_name": str(name) if name is not None and not pd.isna(name) else None,
                        "homes": 1,
                        "homes_beyond": int(is_far),
                        "standard": needed.document,
                        "tier": "/".join(needed.tiers),
                        "clause": needed.clause,
                        "confidence": needed.confidence,
                    }
                )
        order = {"stays": 0, "mends": 1, "extra": 2, "none": 3}
        found.sort(key=lambda r: (order[str(r["meets"])], r["kind"], r["community_id"]))
        return {"form": 1, "as_of": day.isoformat(), "rows": found, "demands": []}
