"""The demo city's way to confirmation and its life on site: capacity, trail, agreements, duties, checks (R8–R30)."""

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from loaders.demo.standing import Layers, StandingCity

#: The parties of the deliberation platform, as the plan names them (section 2 (2), item 1).
PARTIES = ("居委会", "原产权单位", "实施主体", "施工单位", "业主组织")
TOPICS = (
    "整治内容和先后次序",
    "施工时间和降噪",
    "加装电梯",
    "停车管理",
    "拆除违法建设",
    "物业服务标准和收费",
)
STANDARDS = ("住宅物业服务标准（一级）", "住宅物业服务标准（二级）", "住宅物业服务标准（三级）")
JOINED = ("reserve", "confirmed", "designed", "tendered")
CHECKERS = ("区住房城乡建设委", "街道办事处", "市建设工程安全质量监督总站")
DUTIES = ("repair", "mobilise", "maintenance_fund")
#: Districts with something to say about their capacity: overdrawn, no sum, not assessed.
OVERDRAWN, NO_SUM, NOT_ASSESSED = "110112", "110118", "110119"
WAN_FEN = 1_000_000


def rows(city: StandingCity) -> Layers:
    """The rows of the gates' own tables: fiscal_assessments, submission_trail, service_agreements,
    property_unit_duties, deliberations, reception_places and quality_checks.
    """
    held = Projects(city)
    return {
        "fiscal_assessments": _assessments(city),
        "submission_trail": _trail(city, held),
        "service_agreements": _agreements(city, held),
        "property_unit_duties": _unit_duties(city, held),
        "deliberations": _deliberations(city, held),
        "reception_places": _places(city, held),
        "quality_checks": _checks(city, held),
    }


class Projects:
    """The projects with their dates by step, communities and planned items, in the order of the ledger."""

    def __init__(self, city: StandingCity) -> None:
        events = city.layers["stage_events"]
        self.ids: list[str] = list(city.layers["projects"]["project_id"])
        self.dates: dict[str, dict[str, dt.date]] = {p: {} for p in self.ids}
        for project, stage, day in events[["project_id", "stage", "event_date"]].itertuples(index=False):
            self.dates[project][stage] = day
        links = city.layers["project_communities"]
        self.homes: dict[str, list[str]] = {p: [] for p in self.ids}
        for project, home in links[["project_id", "community_id"]].itertuples(index=False):
            self.homes[project].append(home)
        texts = city.layers["projects"]["content_items"]
        self.items: dict[str, set[str]] = {
            p: set(str(t).split("、")) if pd.notna(t) else set() for p, t in zip(self.ids, texts, strict=True)
        }


def days(low: int, high: int, rng: np.random.Generator) -> dt.timedelta:
    """A number of days between two, both possible."""
    return dt.timedelta(days=int(rng.integers(low, high + 1)))


def _assessments(city: StandingCity) -> pd.DataFrame:
    rng = city.stream("fiscal assessments")
    projects = city.layers["projects"]
    confirmed = projects[projects["confirmation_document_no"].notna()]
    sums = confirmed.groupby(["district_code", "plan_year"])["planned_investment_fen"].sum()
    found: list[tuple[object, ...]] = []
    for code in sorted(projects["district_code"].unique()):
        for year in (2018, 2019, 2020):
            draw = rng.uniform(1.06, 1.6)
            if year == 2020 and code == NOT_ASSESSED:
                continue
            need = int(sums.get((code, year), 0)) / WAN_FEN
            share = 0.82 if year == 2020 and code == OVERDRAWN else draw
            sum_fen = max(round(need * share / 100) * 100, 1_500) * WAN_FEN
            day = dt.date(year, 1, 8) + days(0, 60, rng)
            found.append(
                (
                    f"DEMO-FA-{year}-{code}",
                    code,
                    year,
                    None if year == 2020 and code == NO_SUM else sum_fen,
                    day,
                    f"财评〔{year}〕{int(code) % 100}号",
                )
            )
    columns = ["assessment_id", "district_code", "year", "capacity_fen", "assessed_date", "document_no"]
    return pd.DataFrame(found, columns=columns).astype({"capacity_fen": "Int64"})


def _trail(city: StandingCity, held: Projects) -> pd.DataFrame:
    rng = city.stream("submission trail")
    found: list[tuple[object, ...]] = []

    def add(project: str, level: str, action: str, day: dt.date, note: str | None = None) -> None:
        number = None if action == "returned" else f"{level[:1].upper()}-{day.year}-{len(found) % 400 + 1}"
        found.append(
            (f"DEMO-ST-{len(found) + 1:05d}", project, level, action, min(day, city.as_of), number, note)
        )

    for at, project in enumerate(held.ids):
        dates = held.dates[project]
        first, confirmed = dates["reserve"], dates.get("confirmed")
        if confirmed is None:
            # The pool: from not submitted at all to agreed and waiting for the document.
            reach = int(rng.choice(5, p=[0.34, 0.3, 0.18, 0.1, 0.08]))
            day = first + days(5, 40, rng)
            for step in range(reach):
                if day > city.as_of:
                    break
                if step == 0:
                    add(project, "subdistrict", "submitted", day)
                elif step == 1:
                    if rng.random() < 0.4:
                        add(project, "district", "returned", day, "整治内容与居民诉求不符，退回补充")
                        break
                    add(project, "district", "submitted", day)
                elif step == 2:
                    if rng.random() < 0.3:
                        add(project, "city", "returned", day, "缺少财政可承受能力评估")
                        break
                    add(project, "city", "agreed", day)
                day += days(12, 60, rng)
            continue
        span = (confirmed - first).days

        def between(low: float, high: float, first: dt.date = first, span: int = span) -> dt.date:
            return first + dt.timedelta(days=int(span * rng.uniform(low, high)))

        if at % 41 == 7:  # sent to the city past its district
            add(project, "subdistrict", "submitted", between(0.1, 0.2))
            add(project, "city", "agreed", between(0.8, 0.95))
            continue
        add(project, "subdistrict", "submitted", between(0.05, 0.2))
        if rng.random() < 0.14:
            add(project, "district", "returned", between(0.22, 0.3), "资金筹措方案不完整")
            add(project, "subdistrict", "submitted", between(0.32, 0.4))
        add(project, "district", "submitted", between(0.45, 0.7))
        if at % 53 != 11:  # else confirmed although no agreement is on record
            add(project, "city", "agreed", between(0.75, 0.96))
    columns = ["trail_id", "project_id", "level", "action", "action_date", "document_no", "note"]
    return pd.DataFrame(found, columns=columns)


def _agreements(city: StandingCity, held: Projects) -> pd.DataFrame:
    rng = city.stream("service agreements")
    company = city.layers["communities"].set_index("community_id")["property_company"]
    known = sorted({str(c) for c in company.dropna()})
    found: list[tuple[object, ...]] = []
    for project in held.ids:
        signed = held.dates[project].get("service_agreement")
        draw = rng.random(3)
        if signed is None and draw[0] > 0.35:
            continue
        own = next((company[h] for h in held.homes[project] if pd.notna(company[h])), None)
        agreed = (signed or city.as_of) - days(3, 45, rng)
        found.append(
            (
                f"DEMO-SA-{project.removeprefix('DEMO-X-')}",
                project,
                own if own is not None else known[int(draw[1] * len(known))],
                STANDARDS[int(rng.choice(3, p=[0.5, 0.38, 0.12]))],
                int(rng.integers(9, 37)) * 5,
                agreed if draw[2] < 0.94 else None,
                signed,
                str(rng.choice(JOINED, p=[0.3, 0.25, 0.25, 0.2])),
            )
        )
    columns = ["agreement_id", "project_id", "company", "service_standard", "fee_fen_per_m2_month"]
    return pd.DataFrame(found, columns=[*columns, "agreed_date", "signed_date", "joined_stage"])


def _unit_duties(city: StandingCity, held: Projects) -> pd.DataFrame:
    rng = city.stream("property unit duties")
    unit_of = city.layers["communities"].set_index("community_id")["original_property_unit"]
    found: list[tuple[object, ...]] = []
    for project in held.ids:
        dates = held.dates[project]
        units = dict.fromkeys(str(unit_of[h]) for h in held.homes[project] if pd.notna(unit_of[h]))
        chance = 0.75 if "completed" in dates else 0.55 if "started" in dates else 0.25
        for unit in units:
            for duty in DUTIES:
                since = dates.get("started") or dates.get("confirmed") or dates["reserve"]
                day = since + days(-20, 150, rng)
                is_done = rng.random() < chance and day <= city.as_of
                found.append(
                    (f"DEMO-UD-{len(found) + 1:05d}", project, unit, duty, day if is_done else None, None)
                )
    columns = ["unit_duty_id", "project_id", "unit", "duty", "done_date", "note"]
    return pd.DataFrame(found, columns=columns)


def _deliberations(city: StandingCity, held: Projects) -> pd.DataFrame:
    rng = city.stream("deliberations")
    found: list[tuple[object, ...]] = []
    for project in held.ids:
        dates = held.dates[project]
        day = dates["reserve"] + days(5, 50, rng)
        for _ in range(int(rng.integers(1, 6 if "started" in dates else 3))):
            if day > city.as_of:
                break
            came = rng.random(len(PARTIES)) < 0.86
            parties = "、".join(p for p, is_there in zip(PARTIES, came, strict=True) if is_there)
            topic = TOPICS[int(rng.integers(len(TOPICS)))]
            found.append((f"DEMO-DL-{len(found) + 1:05d}", project, day, parties or PARTIES[0], topic))
            day += days(15, 90, rng)
    columns = ["deliberation_id", "project_id", "held_date", "parties", "topic"]
    return pd.DataFrame(found, columns=columns)


def _places(city: StandingCity, held: Projects) -> gpd.GeoDataFrame:
    rng = city.stream("reception places")
    homes = city.layers["communities"].set_index("community_id")
    found: list[tuple[object, ...]] = []
    points: list[shapely.Point | None] = []
    for project in held.ids:
        started = held.dates[project].get("started")
        if started is None or rng.random() > 0.9:  # some sites have none
            continue
        home = homes.loc[held.homes[project][0]]
        number = len(found) + 1
        found.append(
            (
                f"DEMO-RP-{number:04d}",
                project,
                f"{home['address']}院内接待点" if pd.notna(home["address"]) else None,
                started + days(-6, 10, rng),
                f"演示接待员{number}",
                f"010-0000{number % 10_000:04d}",
            )
        )
        point = home["point"]
        offset = rng.uniform(-0.0004, 0.0004, 2)
        points.append(
            None
            if point is None or pd.isna(point)
            else shapely.Point(round(point.x + offset[0], 6), round(point.y + offset[1], 6))
        )
    columns = ["reception_id", "project_id", "address", "opened_date", "contact_name", "contact_phone"]
    frame = pd.DataFrame(found, columns=columns)
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(points, index=frame.index, crs="EPSG:4326"))


def _checks(city: StandingCity, held: Projects) -> pd.DataFrame:
    rng = city.stream("quality checks")
    found: list[tuple[object, ...]] = []
    for project in held.ids:
        dates = held.dates[project]
        if "started" not in dates or rng.random() < 0.06:  # some were never checked
            continue
        end = dates.get("completed", city.as_of)
        day = dates["started"] + days(8, 50, rng)
        while day <= end and day <= city.as_of:
            faults = int(rng.poisson(1.6))
            is_recent = (city.as_of - day).days < 60
            still = int(rng.binomial(faults, 0.45 if is_recent else 0.02))
            kind = str(rng.choice(["quality", "safety", "civilised"], p=[0.45, 0.35, 0.2]))
            checker = CHECKERS[int(rng.choice(3, p=[0.5, 0.35, 0.15]))]
            found.append((f"DEMO-QC-{len(found) + 1:05d}", project, day, kind, checker, faults, still, None))
            day += days(30, 110, rng)
    columns = ["check_id", "project_id", "checked_date", "kind", "checker", "faults_found", "faults_open"]
    return pd.DataFrame(found, columns=[*columns, "note"])
