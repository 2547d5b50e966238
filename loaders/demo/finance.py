"""Money beside the funding itself: loans, social capital, maintenance funds, supports, reviews and audits (R50–R54)."""

import datetime as dt

import numpy as np
import pandas as pd

from loaders.demo.standing import Layers, StandingCity
from programme.stages import first_dates

WAN_FEN = 1_000_000  # 万元 in fen
YUAN_FEN = 100
LENDERS = ("政策性银行北京分行", "商业银行城区支行", "商业银行近郊支行", "住房公积金合作银行")
PLEDGES = ("停车收费收益权", "配套用房经营权", "物业服务收费权", "广告位收益权")
COMPANIES = ("愿安家园运营公司", "城安更新投资公司", "住合社区服务公司", "北辰物业发展公司")
#: Ways of taking part and of return for each model; a case without a model takes its own.
WAYS = {
    "jinsong": (
        "investment、design、operation、property_service",
        "property_fees、parking_fees、space_rent、community_services",
    ),
    "shoukai": (
        "construction、operation、property_service",
        "property_fees、space_rent、government_purchase",
    ),
    None: ("investment、operation", "parking_fees、lift_fees"),
}
#: How likely a community has its fund, by who owns its homes; others 0.12.
HAS_FUND = {"商品房": 0.86, "经济适用房": 0.74, "回迁房": 0.58, "房改房": 0.3, "市属国企": 0.2}
REVIEW_TEXTS = (
    "监理费列支依据不全",
    "支付进度与工程量不符",
    "自选类内容列入基础类资金",
    "财政资金未专账核算",
    "结算资料未按时报送",
)


def rows(city: StandingCity) -> Layers:
    """The rows of the six tables, from the projects, funding and communities that stand."""
    chance = city.stream("finance")
    return {
        "loans": _loans(city, chance),
        "social_capital_cases": _cases(city, chance),
        **_maintenance(city, chance),
        "supports": _supports(city, chance),
        "fund_findings": _findings(city, chance),
    }


def _days_from(first: np.ndarray, days: np.ndarray) -> np.ndarray:
    return first.astype("datetime64[D]") + days.astype("timedelta64[D]")


def _started(city: StandingCity) -> pd.Series:
    dates = first_dates(city.layers["stage_events"], city.as_of)["started"].dropna()
    return dates[dates.index.isin(city.layers["projects"]["project_id"])].sort_index()


def _loans(city: StandingCity, chance: np.random.Generator) -> pd.DataFrame:
    started = _started(city)
    own = started[chance.random(len(started)) < 0.24]
    if own.empty:
        own = started.iloc[:1]
    planned = city.layers["projects"].set_index("project_id")["planned_investment_fen"].loc[own.index]
    count = len(own)
    principal = (planned.to_numpy("int64") * chance.integers(8, 26, count) // 100 // WAN_FEN) * WAN_FEN
    drawn = _days_from(own.to_numpy(), chance.integers(10, 90, count))
    due = _days_from(drawn, 365 * chance.choice([1, 3, 5, 8], count, p=[0.04, 0.41, 0.38, 0.17]))
    rate = chance.integers(385, 520, count)
    guarantee = chance.integers(20, 120, count)
    repaid = principal * chance.choice([0, 0, 10, 30, 55], count) // 100
    found = pd.DataFrame(
        {
            "loan_id": [f"DEMO-LOAN-{n:03d}" for n in range(1, count + 1)],
            "project_id": own.index,
            "lender": chance.choice(LENDERS, count),
            "pledge": chance.choice(PLEDGES, count),
            "principal_fen": principal,
            "repaid_fen": repaid,
            "loan_rate_pct": [f"{r // 100}.{r % 100:02d}" for r in rate],
            "guarantee_rate_pct": [f"{g // 100}.{g % 100:02d}" for g in guarantee],
            "drawn_date": pd.Series(drawn).dt.date,
            "due_date": pd.Series(due).dt.date,
        }
    )
    # Awkward: one fully repaid, one past its day, one without rate, one without pledge, one agreed and not drawn.
    found.loc[0, "repaid_fen"] = found.loc[0, "principal_fen"]
    if count > 4:
        found.loc[1, ["drawn_date", "due_date", "repaid_fen"]] = [
            dt.date(2018, 9, 3),
            dt.date(2020, 6, 30),
            int(found.loc[1, "principal_fen"]) * 4 // 10,
        ]
        found.loc[2, "loan_rate_pct"] = None
        found.loc[3, "pledge"] = None
        found.loc[4, ["drawn_date", "repaid_fen"]] = [None, 0]
    return found


def _cases(city: StandingCity, chance: np.random.Generator) -> pd.DataFrame:
    funds = city.layers["funding_entries"]
    planned = funds[funds["state"] == "planned"]
    sums = planned.pivot_table(
        index="project_id", columns="funding_source", values="amount_fen", aggfunc="sum", fill_value=0
    )
    social = sums.get("social_capital", pd.Series(0, index=sums.index)).sort_values(ascending=False)
    social = social[social > 0].iloc[:40].sort_index()
    own = social.index[chance.permutation(len(social))[:14]].sort_values()
    projects = city.layers["projects"].set_index("project_id")
    government = sums.reindex(columns=["central", "city", "district"], fill_value=0).sum(axis=1)
    found = []
    for number, project in enumerate(own, 1):
        model = (
            (("jinsong", "shoukai", None)[number % 3]) if number > 2 else ("jinsong", "shoukai")[number - 1]
        )
        part, back = WAYS[model]
        found.append(
            {
                "case_id": f"DEMO-CASE-{number:03d}",
                "project_id": project,
                "district_code": projects.loc[project, "district_code"],
                "title": str(projects.loc[project, "name"]).removesuffix("老旧小区综合整治项目")
                + "社会资本参与",
                "company": COMPANIES[number % len(COMPANIES)],
                "participation": part,
                "returns": back,
                "model": model,
                "social_fen": int(social[project]),
                "government_fen": int(government[project]),
                "evidence": f"合作协议(演示){number}号",
            }
        )
    frame = pd.DataFrame(found)
    if len(frame) > 5:  # awkward: nobody knows the sum, the way of return, or the paper behind it
        frame["social_fen"] = frame["social_fen"].astype("Int64")
        frame.loc[3, "social_fen"] = pd.NA
        frame.loc[4, "returns"] = None
        frame.loc[5, ["company", "evidence"]] = None
    return frame


def _maintenance(city: StandingCity, chance: np.random.Generator) -> Layers:
    homes = city.layers["communities"][
        ["community_id", "ownership", "build_year_to", "households", "floor_area_m2"]
    ]
    homes = homes.sort_values("community_id", ignore_index=True)
    count = len(homes)
    likely = homes["ownership"].map(HAS_FUND).fillna(0.12).to_numpy(dtype=float)
    renewed = _renewed(city)
    done = homes["community_id"].map(renewed)
    likely = np.where(done.notna(), 0.78, likely)
    has_fund = chance.random(count) < likely
    built = pd.to_numeric(homes["build_year_to"]).fillna(1996).astype("int64").to_numpy()
    year = np.clip(np.maximum(built + 1, 1999), 1999, 2019)
    since = pd.Series(
        np.array([f"{y}-01-01" for y in year], dtype="datetime64[D]")
        + chance.integers(0, 365, count).astype("timedelta64[D]")
    )
    late = done.notna().to_numpy() & (year < 2018) & (chance.random(count) < 0.6)
    moved = pd.to_datetime(done) + pd.to_timedelta(chance.integers(-60, 120, count), unit="D")
    since = since.where(~late, moved).clip(upper=pd.Timestamp(city.as_of))
    since = pd.Series(since.dt.date, index=homes.index)
    own = homes[has_fund]
    funds = pd.DataFrame(
        {
            "fund_id": "DEMO-FUND-" + own["community_id"].str.removeprefix("DEMO-"),
            "community_id": own["community_id"],
            "established_date": since[has_fund],
            "document_no": [f"维修资金备〔{d.year}〕{n}号" for n, d in enumerate(since[has_fund], 1)],
        }
    )
    entries = _fund_entries(city, own, since[has_fund], done[has_fund], chance)
    # Awkward: a fund that was set up and never filled, one used beyond what was collected, money without a fund.
    entries = entries[entries["community_id"] != own["community_id"].iloc[5]]
    poor = own["community_id"].iloc[9]
    entries.loc[(entries["community_id"] == poor) & (entries["kind"] == "used"), "amount_fen"] *= 40
    if not ((entries["community_id"] == poor) & (entries["kind"] == "used")).any():
        paid_in = int(entries.loc[entries["community_id"] == poor, "amount_fen"].sum())
        entries = pd.concat([entries, _entry(poor, "used", dt.date(2020, 3, 12), paid_in + 30 * WAN_FEN)])
    bare = homes.loc[~has_fund, "community_id"].iloc[3]
    entries = pd.concat([entries, _entry(bare, "collected", dt.date(2019, 11, 6), 12 * WAN_FEN)])
    return {
        "maintenance_funds": funds.reset_index(drop=True),
        "maintenance_entries": entries.sort_values("entry_id", ignore_index=True),
    }


def _entry(community: str, kind: str, day: dt.date, fen: int) -> pd.DataFrame:
    key = f"DEMO-FE-{community.removeprefix('DEMO-')}-{kind}-x"
    return pd.DataFrame(
        [{"entry_id": key, "community_id": community, "kind": kind, "entry_date": day, "amount_fen": fen}]
    )


def _renewed(city: StandingCity) -> pd.Series:
    """The day on which each community's renovation was completed."""
    completed = first_dates(city.layers["stage_events"], city.as_of)["completed"].dropna()
    links = city.layers["project_communities"]
    days = links.assign(day=links["project_id"].map(completed)).dropna(subset="day")
    return days.groupby("community_id")["day"].min()


def _fund_entries(
    city: StandingCity, own: pd.DataFrame, since: pd.Series, done: pd.Series, chance: np.random.Generator
) -> pd.DataFrame:
    area = pd.to_numeric(own["floor_area_m2"]).fillna(12_000.0).to_numpy(dtype=float)
    count, day = len(own), np.datetime64(city.as_of)
    first = np.array(since.to_numpy(), dtype="datetime64[D]")
    collected = (area * chance.uniform(25, 95, count)).astype("int64") * YUAN_FEN
    parts = [("collected", first, collected, np.ones(count, dtype=bool))]
    used_up = collected.astype(float)
    for number in range(3):
        share = chance.uniform(0.03, 0.4, count)
        used = (used_up * share).astype("int64") // (10 * YUAN_FEN) * (10 * YUAN_FEN)
        when = first + (700 + 800 * number + chance.integers(0, 700, count)).astype("timedelta64[D]")
        has = (chance.random(count) < 0.5) & (when <= day) & (used > 0)
        used_up -= np.where(has, used, 0)
        parts.append(("used", when, used, has))
    again = (area * chance.uniform(6, 22, count)).astype("int64") * YUAN_FEN
    since_done = pd.to_datetime(done).to_numpy().astype("datetime64[D]")
    is_done = ~np.isnat(since_done)
    rebuilt_on = np.where(is_done, np.maximum(since_done, first), day)
    parts.append(("rebuilt", rebuilt_on, again, is_done & (chance.random(count) < 0.7)))
    top = (area * chance.uniform(3, 12, count)).astype("int64") * YUAN_FEN
    when = day - chance.integers(30, 900, count).astype("timedelta64[D]")
    parts.append(("topped_up", when, top, (chance.random(count) < 0.12) & (when > first)))
    frames = []
    for number, (kind, when, fen, has) in enumerate(parts):
        chosen = own["community_id"].to_numpy(dtype=object)[has]
        frames.append(
            pd.DataFrame(
                {
                    "entry_id": [f"DEMO-FE-{c.removeprefix('DEMO-')}-{kind}-{number}" for c in chosen],
                    "community_id": chosen,
                    "kind": kind,
                    "entry_date": pd.Series(when[has].astype("datetime64[ns]")).dt.date.to_numpy(),
                    "amount_fen": fen[has],
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def _supports(city: StandingCity, chance: np.random.Generator) -> pd.DataFrame:
    links = city.layers["project_communities"]
    started = _started(city)
    own = links[links["project_id"].isin(started.index)].drop_duplicates("community_id")
    own = own.sort_values("community_id")
    homes = city.layers["communities"].set_index("community_id")
    asked = homes.loc[own["community_id"], "households"].fillna(200).to_numpy(dtype=float)
    has_service = homes.loc[own["community_id"], "has_property_service"].eq(True).to_numpy()
    start = own["project_id"].map(started).to_numpy()
    found: list[dict] = []
    for kind, share in (("provident_fund", 0.34), ("service_reward", 0.3)):
        chosen = chance.random(len(own)) < np.where((kind == "service_reward") & ~has_service, 0.03, share)
        when = _days_from(start, chance.integers(60, 260, len(own)))
        chosen &= when <= np.datetime64(city.as_of)
        sums = (asked * chance.uniform(60, 900, len(own))).astype("int64") * YUAN_FEN
        if kind == "service_reward":
            sums = sums // 4
        for community, day, fen in zip(
            own["community_id"].to_numpy()[chosen], when[chosen], sums[chosen], strict=True
        ):
            number = len(found) + 1
            found.append(
                {
                    "support_id": f"DEMO-SUP-{number:04d}",
                    "community_id": community,
                    "kind": kind,
                    "content_class": "optional" if kind == "provident_fund" else None,
                    "amount_fen": int(fen),
                    "decided_date": day.astype(dt.date),
                    "document_no": f"京房奖补(演示)〔{day.astype(object).year}〕{number}号",
                }
            )
    columns = [
        "support_id",
        "community_id",
        "kind",
        "content_class",
        "amount_fen",
        "decided_date",
        "document_no",
    ]
    frame = pd.DataFrame(found, columns=columns)
    if len(frame) > 2:  # awkward: the provident fund for basic items, and a support without its document
        frame.loc[0, "content_class"] = "basic"
        frame.loc[2, "document_no"] = None
    return frame


def _findings(city: StandingCity, chance: np.random.Generator) -> pd.DataFrame:
    started = _started(city)
    own = started[chance.random(len(started)) < 0.3]
    if own.empty:
        own = started.iloc[:1]
    count = len(own)
    districts = city.layers["projects"].set_index("project_id")["district_code"]
    day = np.datetime64(city.as_of)
    found_on = np.minimum(_days_from(own.to_numpy(), chance.integers(60, 420, count)), day)
    due = _days_from(found_on, chance.choice([30, 60, 90], count))
    closed = _days_from(found_on, chance.integers(12, 130, count))
    is_closed = (closed <= day) & (chance.random(count) < 0.68)
    found = pd.DataFrame(
        {
            "finding_id": [f"DEMO-FF-{n:03d}" for n in range(1, count + 1)],
            "project_id": own.index,
            "district_code": districts.loc[own.index].to_numpy(),
            "kind": np.where(chance.random(count) < 0.6, "review", "audit"),
            "found_date": pd.Series(found_on.astype("datetime64[ns]")).dt.date,
            "due_date": pd.Series(due.astype("datetime64[ns]")).dt.date,
            "closed_date": pd.Series(closed.astype("datetime64[ns]")).dt.date.where(is_closed, None),
            "amount_fen": chance.integers(2, 260, count) * WAN_FEN,
            "text": chance.choice(REVIEW_TEXTS, count),
        }
    )
    if count > 3:  # awkward: open, and nobody said until when; a finding without a sum
        found.loc[1, ["due_date", "closed_date"]] = None
        found["amount_fen"] = found["amount_fen"].astype("Int64")
        found.loc[3, "amount_fen"] = pd.NA
    return found
