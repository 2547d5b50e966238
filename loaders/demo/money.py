"""Money: planned sums, investment completed by month, who pays, and the annual targets. All in whole fen."""

import datetime as dt
from functools import cache

import numpy as np
import pandas as pd

from loaders import reference
from loaders.demo.chain import RESERVE, Course, as_of
from loaders.demo.profile import profile, programme_table

WAN_FEN = 1_000_000  # 万元 in fen
HUNDRED_YUAN_FEN = 10_000
#: Cost of the works for a square metre of floor, yuan, and limits of a project's plan, 万元.
COST_YUAN_PER_M2 = (520.0, 980.0)
PLAN_LIMITS_WAN = (600.0, 6_500.0)
MOST_PLANNED_WAN = 8_800.0
WORKS_FROM = np.datetime64("2018-01-01")
#: A project under way has never used up more of its plan than this.
MOST_WHILE_OPEN = 0.86
#: How far a district's plans may be scaled to meet its figure for the year; few projects may then miss it a little.
SCALE_LIMITS = (0.8, 2.0)
PACE_LIMITS = (0.12, 6.0)
#: The payers of basic items and of optional ones with their shares (R47): usual, and of central state organs.
BASIC = {"city": 0.42, "district": 0.40, "property_unit": 0.10, "utilities": 0.08}
BASIC_CENTRAL = {"central": 0.62, "property_unit": 0.24, "utilities": 0.14}
#: The district that has entered no completions target for the year.
NO_COMPLETIONS_TARGET = "110119"
OPTIONAL = {"social_capital": 0.46, "residents": 0.24, "district": 0.18, "maintenance_fund": 0.12}


def planned_sums(floor_area_m2: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A first planned sum for each project from the floor area it takes in, fen (before the district's scaling)."""
    wan = floor_area_m2 * rng.uniform(*COST_YUAN_PER_M2, len(floor_area_m2)) / 10_000
    return np.clip(wan, *PLAN_LIMITS_WAN) * WAN_FEN


@cache
def _work_done() -> np.ndarray:
    """Work done since `WORKS_FROM` at the end of each day, each day weighed by how much work its month sees."""
    held = profile()["works"]
    days = WORKS_FROM + np.arange(np.timedelta64(6 * 366, "D"))
    months = days.astype("datetime64[M]")
    weight = np.array(held["months"], float)[months.astype(int) % 12]
    for month, special in held["special_months"].items():
        weight[months == np.datetime64(month)] = special
    return np.cumsum(weight)


def _work_days(first: dt.date, last: dt.date) -> float:
    """Work between the ends of two days."""
    begin, end = ((np.datetime64(d) - WORKS_FROM).astype(int) for d in (first, last))
    return float(_work_done()[end] - _work_done()[begin])


def _progress(course: Course) -> dict[str, float]:
    """The share of a project's plan that is done in each month up to the as-of date."""
    start, end = course.started, course.completed
    if start is None:
        return {}
    until = min(end or as_of(), as_of())
    whole = end or max(course.planned_completion or until, until + dt.timedelta(days=75))
    days = max(_work_days(start, whole), 1.0)
    out, before = {}, 0.0
    for month in pd.period_range(start, until, freq="M"):
        share = min(_work_days(start, min(month.end_time.date(), until)) / days, 1.0)
        # slow at first, most of it towards the end, as payments by progress are
        now = share**1.7 if end is not None else min(share**1.7, MOST_WHILE_OPEN)
        out[str(month)] = now - before
        before = now
    return out


def investments(
    ids: list[str], courses: list[Course], sums: np.ndarray, codes: tuple[str, ...]
) -> tuple[pd.DataFrame, np.ndarray]:
    """Monthly investment (R49) and the planned sums scaled so that each district's year is what the profile says.

    Amounts are whole hundreds of yuan. Returns the rows and the planned sums in fen.
    """
    table = programme_table(codes)
    shares = [_progress(c) for c in courses]
    year = str(as_of().year)
    district = np.array([c.district for c in courses], dtype=object)
    this_year = np.array([sum(v for m, v in s.items() if m.startswith(year)) for s in shares]) * sums
    scaled = sums.copy()
    for code in codes:
        own = district == code
        total = this_year[own].sum()
        if total > 0:
            scaled[own] *= np.clip(table.loc[code, "investment"] * WAN_FEN / total, *SCALE_LIMITS)
    scaled = np.clip(scaled, PLAN_LIMITS_WAN[0] * WAN_FEN, MOST_PLANNED_WAN * WAN_FEN)
    scaled = np.round(scaled / (10 * WAN_FEN)) * 10 * WAN_FEN
    for code in codes:
        goal = float(table.loc[code, "investment"]) * WAN_FEN
        _keep_pace(
            [(c, x, s) for c, x, s in zip(courses, shares, scaled, strict=True) if c.district == code], goal
        )
    rows = [
        (p, c.district, m, round(share * s / HUNDRED_YUAN_FEN) * HUNDRED_YUAN_FEN)
        for p, c, s, parts in zip(ids, courses, scaled, shares, strict=True)
        for m, share in parts.items()
    ]
    out = pd.DataFrame(rows, columns=["project_id", "district_code", "month", "amount_fen"])
    _settle_rounding(out, table, year)
    out = out[out["amount_fen"] > 0].reset_index(drop=True)
    out.insert(0, "investment_id", out["project_id"] + "-" + out["month"])
    return out.drop(columns="district_code"), scaled.astype(np.int64)


def _keep_pace(own: list[tuple[Course, dict[str, float], float]], goal: float) -> None:
    """Works under way go faster or slower this year, until the district's year comes to its figure."""
    year = str(as_of().year)

    def this_year(shares: dict[str, float]) -> float:
        return sum(v for m, v in shares.items() if m.startswith(year))

    finished = sum(this_year(x) * s for c, x, s in own if c.completed is not None)
    under_way = [(x, s) for c, x, s in own if c.completed is None and this_year(x) > 0]
    for _ in range(8):  # again where some have reached the most they may have done
        now = sum(this_year(x) * s for x, s in under_way)
        if now <= 0 or abs(goal - finished - now) < WAN_FEN:
            return
        factor = float(np.clip((goal - finished) / now, *PACE_LIMITS))
        for shares, _sum in under_way:
            mine = this_year(shares)
            most = max(MOST_WHILE_OPEN - (sum(shares.values()) - mine), 0.01) / mine
            for month in [m for m in shares if m.startswith(year)]:
                shares[month] *= min(factor, most)


def _settle_rounding(rows: pd.DataFrame, table: pd.DataFrame, year: str) -> None:
    """What rounding left over goes to the district's largest entry of the year."""
    now = rows[rows["month"].str.startswith(year)]
    for code, group in now.groupby("district_code"):
        rest = int(table.loc[code, "investment"]) * WAN_FEN - int(group["amount_fen"].sum())
        if abs(rest) <= 100 * WAN_FEN:
            rows.loc[group["amount_fen"].idxmax(), "amount_fen"] += rest


def funding(
    ids: list[str],
    courses: list[Course],
    planned: np.ndarray,
    is_central: np.ndarray,
    invested: pd.DataFrame,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Funding by source and class (R47): planned adds up to the plan, allotted stays below it, paid below that."""
    done = invested.groupby("project_id")["amount_fen"].sum()
    rows: list[tuple] = []
    for project, course, plan, central in zip(ids, courses, planned.tolist(), is_central, strict=True):
        if course.state == RESERVE and rng.random() < 0.45:
            continue  # who pays is not settled yet
        for (source, kind), amount in _planned_parts(plan, bool(central), rng).items():
            listed = course.dates.get("confirmed") or course.dates.get("reserve")
            rows.append((project, source, kind, "planned", listed, amount))
            given = _allotted(course, amount, rng)
            paid = 0
            for number, (day, part) in enumerate(given):
                rows.append((project, source, kind, "allotted", day, part))
                share = min(done.get(project, 0) / plan, 1.0) * rng.uniform(0.86, 0.99)
                due = min(int(share * amount), sum(p for _, p in given[: number + 1])) - paid
                due = due // HUNDRED_YUAN_FEN * HUNDRED_YUAN_FEN
                if due > 0 and course.started is not None:
                    when = min(
                        max(day, course.started) + dt.timedelta(days=int(rng.integers(20, 90))), as_of()
                    )
                    rows.append((project, source, kind, "paid", when, due))
                    paid += due
    out = pd.DataFrame(
        rows, columns=["project_id", "funding_source", "content_class", "state", "entry_date", "amount_fen"]
    )
    number = out.groupby(["project_id", "funding_source", "content_class", "state"]).cumcount() + 1
    key = out["project_id"] + "-" + out["funding_source"] + "-" + out["content_class"] + "-" + out["state"]
    out.insert(0, "entry_id", key + "-" + number.astype(str))
    return out


def _planned_parts(plan: int, central: bool, rng: np.random.Generator) -> dict[tuple[str, str], int]:
    """The plan divided by source and class; the parts add up to it exactly."""
    basic = rng.uniform(0.7, 0.92)
    weights = {
        (s, "basic"): w * basic * rng.uniform(0.8, 1.2)
        for s, w in (BASIC_CENTRAL if central else BASIC).items()
    }
    optional = {
        s: w for s, w in OPTIONAL.items() if rng.random() < 0.62 and not (central and s == "district")
    }
    weights |= {(s, "optional"): w * (1 - basic) * rng.uniform(0.7, 1.3) for s, w in optional.items()}
    if rng.random() < 0.06:
        weights["loans_bonds", "basic"] = 0.08
    total = sum(weights.values())
    parts = {k: int(plan * w / total) // HUNDRED_YUAN_FEN * HUNDRED_YUAN_FEN for k, w in weights.items()}
    parts[next(iter(parts))] += plan - sum(parts.values())
    return parts


def _allotted(course: Course, amount: int, rng: np.random.Generator) -> list[tuple[dt.date, int]]:
    """What of a planned part has been allotted: with the confirmation or before the start, and again next year."""
    confirmed = course.dates.get("confirmed")
    if confirmed is None or (course.started is None and rng.random() < 0.7):
        return []
    share = (
        0.3 if course.started is None else 1.0 if course.completed is not None else rng.uniform(0.66, 0.98)
    )
    first = min((course.started or as_of()) - dt.timedelta(days=int(rng.integers(5, 40))), as_of())
    first = max(first, confirmed)
    whole = int(amount * share) // HUNDRED_YUAN_FEN * HUNDRED_YUAN_FEN
    second = dt.date(first.year + 1, 3, int(rng.integers(2, 28)))
    if course.started is None or second > as_of() or whole < 2 * HUNDRED_YUAN_FEN:
        return [(first, whole)] if whole > 0 else []
    part = int(whole * rng.uniform(0.45, 0.7)) // HUNDRED_YUAN_FEN * HUNDRED_YUAN_FEN
    return [(first, part), (second, whole - part)]


def annual_targets(codes: tuple[str, ...]) -> pd.DataFrame:
    """The targets: the plan's own for the city in 2020, invented ones for the districts and the years before.

    The plan sets none for the districts (R1: entered, never derived). One district has entered a completions target
    of nought and one has entered none.
    """
    plan = pd.read_csv(reference.REFERENCE_DIR / "annual_targets_2020.csv", dtype=str)
    rows = [(int(y), a, m, int(v), s) for y, a, m, v, s in plan.itertuples(index=False)]
    note = "演示数据"
    for year, targets in profile()["city_targets"].items():
        rows += [(int(year), "110000", m, v, note) for m, v in targets.items()]
    year = as_of().year
    for code, row in programme_table(codes).iterrows():
        rows.append((year, str(code), "starts", int(row["target_starts"]), note))
        if code != NO_COMPLETIONS_TARGET:
            rows.append((year, str(code), "completions", int(row["target_completions"]), note))
        rows.append((year, str(code), "investment_fen", int(row["target_investment"]) * WAN_FEN, note))
        rows.append((year, str(code), "confirmed", int(row["target_starts"]), note))
    out = pd.DataFrame(rows, columns=["year", "area_code", "measure", "value", "note"])
    out.insert(
        0,
        "target_id",
        [
            f"DEMO-T-{y}-{a}-{m}"
            for y, a, m in zip(out["year"], out["area_code"], out["measure"], strict=True)
        ],
    )
    return out.sort_values("target_id", ignore_index=True)
