"""After the works: fees, optional items in operation, visits of the subdistrict, pilots (R69–R72)."""

import datetime as dt

import numpy as np
import pandas as pd

from loaders.demo.standing import Layers, StandingCity
from programme.stages import first_dates

#: The optional items whose operation is followed, as the menu names them, with who runs them.
OPERATORS = {
    "加装电梯": ("安捷电梯运维公司", "京梯物联公司", "惠民物业管理"),
    "补建停车设施": ("静安停车管理公司", "惠民物业管理", "社区居委会"),
    "配建服务设施": ("住合社区服务公司", "怡生养老服务公司", "社区居委会"),
}
TOPICS = ("物业服务", "环境卫生", "停车秩序", "电梯运行", "设施维护", "维修资金使用")
FINDINGS = (
    "楼道堆放杂物未清理",
    "电梯维保记录不全",
    "收费项目未公示",
    "绿地破损未补种",
    "门禁损坏未修复",
    "停车位占用消防通道",
)
PILOT_TITLES = ("先尝后买物业服务", "信托制物业", "片区统管物业", "居民自管会")
#: What is measured in a pilot, with its denominator: rates of a whole, and a plain count.
MEASURES = ("fee_collection", "satisfaction", "complaints")


def rows(city: StandingCity) -> Layers:
    """The rows of the six tables, from the projects that are completed and the communities that stand."""
    chance = city.stream("long term")
    visits = _visits(city, chance)
    pilots = _pilots(city, chance)
    return {
        "property_fees": _fees(city, chance),
        "operated_items": _items(city, chance),
        "supervision_visits": visits,
        "visit_findings": _visit_findings(city, visits, chance),
        "pilots": pilots,
        "pilot_measurements": _measurements(city, pilots, chance),
    }


def _dates(city: StandingCity) -> pd.DataFrame:
    return first_dates(city.layers["stage_events"], city.as_of).sort_index()


def _fees(city: StandingCity, chance: np.random.Generator) -> pd.DataFrame:
    """From the month in which the service runs by its agreement; a few projects charge before they are handed over."""
    dates = _dates(city)
    begins = dates["long_term"].dropna()
    early = dates.loc[dates["completed"].notna() & dates["handed_over"].isna(), "completed"].iloc[:2]
    links = city.layers["project_communities"].sort_values(["project_id", "community_id"])
    area = city.layers["communities"].set_index("community_id")["floor_area_m2"].astype("float64")
    last = pd.Period(city.as_of, "M")
    found = []
    for project, begin in pd.concat([begins, early]).sort_index().items():
        months = pd.period_range(begin, last, freq="M")
        price = int(chance.integers(55, 160))  # fen for a square metre and month
        good = float(chance.uniform(0.5, 0.96))
        for community in links.loc[links["project_id"] == project, "community_id"]:
            size = area.get(community)
            charged = int((12_000 if size is None or np.isnan(size) else size) * price)
            rate = np.clip(
                good + np.linspace(-0.12, 0.06, len(months)) + chance.normal(0, 0.02, len(months)), 0.05, 1.04
            )
            for month, share in zip(months.astype(str), rate, strict=True):
                fee = f"DEMO-FEE-{project.removeprefix('DEMO-')}-{community.removeprefix('DEMO-')}-{month}"
                found.append((fee, project, community, month, charged, int(charged * share)))
    columns = ["fee_id", "project_id", "community_id", "month", "charged_fen", "collected_fen"]
    fees = pd.DataFrame(found, columns=columns)
    fees = fees.drop_duplicates("fee_id").astype({"charged_fen": "Int64", "collected_fen": "Int64"})
    silent = chance.random(len(fees)) < 0.02  # nobody has said what was collected
    fees.loc[silent, "collected_fen"] = pd.NA
    return fees.reset_index(drop=True)


def _items(city: StandingCity, chance: np.random.Generator) -> pd.DataFrame:
    completed = _dates(city)["completed"].dropna()
    content = city.layers["projects"].set_index("project_id")["content_items"]
    links = city.layers["project_communities"].sort_values(["project_id", "community_id"])
    found: list[tuple] = []
    for project, community in links[["project_id", "community_id"]].itertuples(index=False):
        if project not in completed.index:
            continue
        for item in str(content[project]).split("、"):
            if item not in OPERATORS:
                continue
            day = completed[project].date()
            chance_of = float(chance.random())
            runs = None if chance_of < 0.14 else chance_of < 0.9
            seen = min(city.as_of, day + dt.timedelta(days=int(chance.integers(40, 420))))
            found.append(
                (
                    f"DEMO-OP-{len(found) + 1:04d}",
                    project,
                    community,
                    item,
                    day,
                    None if chance.random() < 0.12 else str(chance.choice(OPERATORS[item])),
                    runs,
                    None if runs is None else seen,
                )
            )
    columns = ["item_id", "project_id", "community_id", "item", "completed_date", "operator", "is_running"]
    return pd.DataFrame(found, columns=[*columns, "checked_date"], dtype="object")


def _visits(city: StandingCity, chance: np.random.Generator) -> pd.DataFrame:
    """Every community in works is visited most of all; of the old ones every fifth; some never."""
    homes = city.layers["communities"].sort_values("community_id")
    begun = city.layers["project_communities"]
    started = _dates(city)["started"].dropna().index
    in_works = homes["community_id"].isin(begun.loc[begun["project_id"].isin(started), "community_id"])
    is_old = (pd.to_numeric(homes["build_year_to"]) < 2000).fillna(False)
    likely = np.where(in_works, 0.86, np.where(is_old, 0.2, 0.03))
    times = np.where(
        chance.random(len(homes)) < likely, chance.integers(1, np.where(in_works, 5, 3), len(homes)), 0
    )
    ids = np.repeat(homes["community_id"].to_numpy(dtype=object), times)
    days = np.datetime64(city.as_of) - chance.integers(1, 520, len(ids)).astype("timedelta64[D]")
    streets = homes.set_index("community_id")["subdistrict_name"]
    return pd.DataFrame(
        {
            "visit_id": [f"DEMO-V-{n:05d}" for n in range(1, len(ids) + 1)],
            "community_id": ids,
            "visited_date": pd.Series(days.astype("datetime64[ns]")).dt.date,
            "topic": chance.choice(TOPICS, len(ids)),
            "visitor": [f"{streets[c]}办事处" for c in ids],
        }
    )


def _visit_findings(city: StandingCity, visits: pd.DataFrame, chance: np.random.Generator) -> pd.DataFrame:
    has = chance.random(len(visits)) < 0.42
    own = visits[has]
    made = pd.to_datetime(own["visited_date"])
    due = made + pd.to_timedelta(chance.choice([15, 30, 60], len(own)), unit="D")
    fixed = made + pd.to_timedelta(chance.integers(3, 90, len(own)), unit="D")
    is_fixed = (fixed <= pd.Timestamp(city.as_of)) & (chance.random(len(own)) < 0.78)
    return pd.DataFrame(
        {
            "visit_finding_id": "DEMO-VF-" + own["visit_id"].str.removeprefix("DEMO-V-"),
            "visit_id": own["visit_id"],
            "text": chance.choice(FINDINGS, len(own)),
            "due_date": due.dt.date,
            "fixed_date": fixed.dt.date.where(is_fixed, None),
        }
    ).reset_index(drop=True)


def _pilots(city: StandingCity, chance: np.random.Generator) -> pd.DataFrame:
    completed = _dates(city)["completed"].dropna()
    links = city.layers["project_communities"]
    done = links[links["project_id"].isin(completed.index)].drop_duplicates("community_id")
    done = done.sort_values("community_id")
    chosen = done.iloc[sorted(chance.permutation(len(done))[:10])]
    begin = pd.Timestamp("2019-03-01") + pd.to_timedelta(chance.integers(0, 400, len(chosen)), unit="D")
    return pd.DataFrame(
        {
            "pilot_id": [f"DEMO-PILOT-{n:02d}" for n in range(1, len(chosen) + 1)],
            "community_id": chosen["community_id"].to_numpy(),
            "title": [PILOT_TITLES[n % len(PILOT_TITLES)] for n in range(len(chosen))],
            "start_date": pd.Series(begin).dt.date,
        }
    )


def _measurements(city: StandingCity, pilots: pd.DataFrame, chance: np.random.Generator) -> pd.DataFrame:
    """Before and after, and once between; one pilot has nothing measured, one only before."""
    found: list[tuple] = []
    for at, (pilot, start) in enumerate(pilots[["pilot_id", "start_date"]].itertuples(index=False)):
        if at == 1:
            continue
        homes = int(chance.integers(180, 900))
        for measure in MEASURES:
            base, gain = float(chance.uniform(0.35, 0.62)), float(chance.uniform(-0.04, 0.36))
            for when, share in ((-60, base), (120, base + gain * 0.6), (240, base + gain)):
                day = start + dt.timedelta(days=when + int(chance.integers(0, 25)))
                if day > city.as_of or (at == 2 and when > 0):
                    continue
                if measure == "complaints":
                    numerator, denominator = int(homes * (1.1 - share) / 10), 1
                else:
                    numerator, denominator = int(homes * share), homes
                key = f"DEMO-PM-{len(found) + 1:04d}"
                found.append((key, pilot, measure, day, numerator, denominator))
    columns = ["measurement_id", "pilot_id", "measure", "measured_date", "numerator", "denominator"]
    return pd.DataFrame(found, columns=columns)
