"""What the projects cost: planned sums, investment by month, who pays, and the targets of three years."""

import datetime as dt

import numpy as np
import pandas as pd

from loaders import reference
from loaders.city.plan import Plan, stream
from loaders.city.programme import (
    AHEAD,
    AS_OF,
    BEHIND,
    COMPLETIONS_2018,
    COMPLETIONS_2019,
    STARTS_2018,
    STARTS_2019,
    day,
)

INVESTED_2020_FEN = 83_000_000_000
TARGET_INVESTMENT_FEN = 128_000_000_000
#: Plans are made in 万元.
STEP_FEN = 1_000_000
#: Usual shares of the planned sum: (source, class).
SHARES = {
    ("central", "basic"): 0.16,
    ("city", "basic"): 0.27,
    ("district", "basic"): 0.33,
    ("property_unit", "basic"): 0.04,
    ("utilities", "basic"): 0.04,
    ("district", "optional"): 0.03,
    ("residents", "optional"): 0.05,
    ("social_capital", "optional"): 0.05,
    ("maintenance_fund", "optional"): 0.03,
}


RESIDENTS = list(SHARES).index(("residents", "optional"))


def plan_money(plan: Plan, table: pd.DataFrame, totals: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Planned dates and sums on the index of `table`, and the monthly investments' rows (fixed assets, R49)."""
    rng = stream(plan.seed, "money")
    started = table["started"].to_numpy().astype("datetime64[D]")
    completed = table["completed"].to_numpy().astype("datetime64[D]")
    planned = _planned_dates(rng, table, started, completed)
    area = totals["floor_area_m2"].to_numpy()
    floor = np.array([area[list(h)].sum() for h in table["homes"]])
    # Dear works are phased: cost grows more slowly than the area.
    raw = floor**0.7 * rng.lognormal(0, 0.25, len(table)) + 1_000.0
    months = _months(rng, table, started, completed, planned, raw)
    goal = INVESTED_2020_FEN * (plan.scale if plan.size == "tiny" else 1.0)
    factor = goal / months.loc[months["month"].str.startswith("2020"), "amount"].sum()
    amounts = (months["amount"] * factor / STEP_FEN).round().astype("int64") * STEP_FEN
    rows = pd.DataFrame(
        {
            "investment_id": months["project_id"] + "-" + months["month"],
            "project_id": months["project_id"],
            "month": months["month"],
            "amount_fen": amounts,
        }
    )
    sums = np.maximum(1, np.round(raw * factor / STEP_FEN)).astype("int64") * STEP_FEN
    spent = (
        rows.groupby("project_id")["amount_fen"].sum().reindex(table["project_id"], fill_value=0).to_numpy()
    )
    planned["planned_investment_fen"] = np.where(np.isnat(completed), np.maximum(sums, spent), spent)
    return planned, rows[rows["amount_fen"] > 0].reset_index(drop=True)


def _planned_dates(
    rng: np.random.Generator, table: pd.DataFrame, started: np.ndarray, completed: np.ndarray
) -> pd.DataFrame:
    count = len(table)
    begun, done = ~np.isnat(started), ~np.isnat(completed)
    year = table["cohort"].to_numpy()
    is_behind = (table["district_code"] == BEHIND).to_numpy()
    # Of those not begun, a fifth were planned for the rest of 2020 and a few are late; the others wait for 2021.
    draw = rng.random(count)
    open_start = np.select(
        [year == 2021, draw < 0.13, draw < np.where(is_behind, 0.5, 0.18)],
        [
            day(dt.date(2021, 3, 1)) + rng.integers(0, 200, count),
            day(dt.date(2020, 9, 1)) + rng.integers(0, 100, count),
            day(dt.date(2020, 4, 1)) + rng.integers(0, 140, count),
        ],
        default=day(dt.date(2021, 3, 1)) + rng.integers(0, 120, count),
    ).astype("datetime64[D]")
    start = np.where(begun, started - rng.integers(-5, 35, count), open_start)
    length = rng.integers(210, 400, count)
    end = np.where(done, completed + rng.integers(-30, 45, count), start + length)
    today = day(AS_OF)
    # Works still under way end after today, but for a few, and half of those of the district behind.
    late = begun & ~done & (rng.random(count) < np.where(is_behind, 0.6, 0.1))
    overdue = np.maximum(start + 60, today - rng.integers(10, 120, count))
    coming = np.where(end <= today, today + rng.integers(20, 130, count), end)
    end = np.where(late, overdue, np.where(begun & ~done, coming, end))
    end = np.maximum(end, start + 30)
    return pd.DataFrame(
        {
            "planned_start_date": pd.Series(pd.to_datetime(start.astype("datetime64[s]"))).dt.date,
            "planned_completion_date": pd.Series(pd.to_datetime(end.astype("datetime64[s]"))).dt.date,
        },
        index=table.index,
    )


def _months(
    rng: np.random.Generator,
    table: pd.DataFrame,
    started: np.ndarray,
    completed: np.ndarray,
    planned: pd.DataFrame,
    raw: np.ndarray,
) -> pd.DataFrame:
    """Each begun project's cost over its months: slow, fast, slow."""
    rows = []
    last_month = np.datetime64(AS_OF, "M")
    ends = planned["planned_completion_date"].to_numpy().astype("datetime64[D]")
    for k in np.flatnonzero(~np.isnat(started)):
        end = completed[k] if not np.isnat(completed[k]) else max(ends[k], day(AS_OF) + 30)
        first = started[k].astype("datetime64[M]")
        months = np.arange(first, end.astype("datetime64[M]") + 1)
        weights = np.sin(np.pi * (np.arange(len(months)) + 0.7) / (len(months) + 0.4)) ** 0.8
        weights = weights * rng.uniform(0.7, 1.3, len(months))
        weights[pd.DatetimeIndex(months).month == 2] *= 0.35  # the spring festival
        weights[months == np.datetime64("2020-02")] *= 0.2  # the epidemic
        amounts = raw[k] * weights / weights.sum()
        is_idle = table["district_code"].iat[k] == BEHIND and np.isnat(completed[k]) and rng.random() < 0.5
        known = months <= (last_month - 2 if is_idle else last_month)
        rows.append(
            pd.DataFrame(
                {
                    "project_id": table["project_id"].iat[k],
                    "month": months[known].astype(str),
                    "amount": amounts[known],
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def funding_table(
    plan: Plan, table: pd.DataFrame, planned: pd.DataFrame, investments: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Who pays for confirmed projects, by class and state, and the ids of the flagged exceptions.

    Paid never exceeds allotted, nor allotted planned, but for the projects under `paid_above_allotted`;
    `residents_pay_basic` lists projects whose residents pay for basic works (R47: mainly the government's).
    """
    rng = stream(plan.seed, "funding")
    spent = investments.groupby("project_id")["amount_fen"].sum()
    own = table[table["confirmed"].notna()]
    begun = own.loc[own["started"].notna(), "project_id"].to_numpy(dtype=object)
    each = 1 if plan.size == "tiny" else 2
    odd = begun[rng.permutation(len(begun))].tolist()
    over, basic = sorted(odd[:each]), sorted(odd[each : 2 * each])
    keys = list(SHARES)
    base = np.array([SHARES[k] for k in keys])
    rows = []
    for project in own.itertuples():
        whole = int(planned.at[project.Index, "planned_investment_fen"])
        weights = base * rng.gamma(6.0, 1 / 6.0, len(base)) * (rng.random(len(base)) < 0.85)
        weights[2] = max(weights[2], 0.15)
        if project.project_id in basic:
            weights[RESIDENTS] = max(weights[RESIDENTS], 0.05)
        share = (weights / weights.sum() * whole / STEP_FEN).astype("int64") * STEP_FEN
        share[2] += whole - share.sum()
        use = min(1.0, spent.get(project.project_id, 0) / whole)
        is_begun = not pd.isna(project.started)
        first = np.datetime64(project.confirmed, "D")
        dates = (first, min(first + 45, day(AS_OF)), min(first + 120, day(AS_OF)))
        for (source, content), amount in zip(keys, share, strict=True):
            if amount <= 0:
                continue
            given = (
                min(1.0, use + rng.uniform(0.1, 0.35))
                if is_begun
                else rng.uniform(0, 0.4) * (rng.random() < 0.5)
            )
            allotted = int(amount * given) // 10_000 * 10_000
            paid = min(allotted, int(amount * use * rng.uniform(0.8, 1.0)) // 10_000 * 10_000)
            if project.project_id in over and (source, content) == keys[2]:
                paid = allotted + 20 * STEP_FEN
            kind = "basic" if source == "residents" and project.project_id in basic else content
            for state, value, date in zip(
                ("planned", "allotted", "paid"), (amount, allotted, paid), dates, strict=True
            ):
                if value > 0:
                    rows.append((project.project_id, source, kind, state, date, int(value)))
    entries = pd.DataFrame(
        rows, columns=["project_id", "funding_source", "content_class", "state", "entry_date", "amount_fen"]
    )
    entries.insert(
        0,
        "entry_id",
        entries["project_id"]
        + "-"
        + entries["funding_source"]
        + "-"
        + entries["content_class"]
        + "-"
        + entries["state"],
    )
    entries["entry_date"] = pd.to_datetime(entries["entry_date"]).dt.date
    paying = set(
        entries.loc[
            (entries["funding_source"] == "residents") & (entries["content_class"] == "basic"), "project_id"
        ]
    )
    return entries, {"paid_above_allotted": over, "residents_pay_basic": sorted(paying)}


def target_table(
    plan: Plan, quotas: pd.DataFrame, table: pd.DataFrame, investments: pd.DataFrame
) -> pd.DataFrame:
    """Targets of the city for 2018 to 2020 and of the districts for 2020 (entered, never derived: R1)."""
    scale = plan.scale if plan.size == "tiny" else 1.0
    real = pd.read_csv(reference.REFERENCE_DIR / "annual_targets_2020.csv", dtype={"area_code": str})
    rows = [(int(r.year), r.area_code, r.measure, int(r.value), r.source) for r in real.itertuples()]
    for year, starts, completions, fen in (
        (2018, STARTS_2018 + 2, COMPLETIONS_2018 + 2, 30_000_000_000),
        (2019, STARTS_2019 + 5, COMPLETIONS_2019 + 3, 95_000_000_000),
    ):
        for measure, value in (("starts", starts), ("completions", completions), ("investment_fen", fen)):
            rows.append((year, "110000", measure, max(1, round(value * scale)), "演示数据"))
    goals = _investment_goals(plan, table, investments, round(TARGET_INVESTMENT_FEN * scale))
    for code, row in quotas.iterrows():
        rows.append((2020, str(code), "starts", int(row["target_starts"]), "演示数据"))
        rows.append((2020, str(code), "completions", int(row["target_completions"]), "演示数据"))
        rows.append((2020, str(code), "investment_fen", goals[str(code)], "演示数据"))
    found = pd.DataFrame(rows, columns=["year", "area_code", "measure", "value", "note"])
    ids = found["year"].astype(str) + "-" + found["area_code"] + "-" + found["measure"]
    return found.assign(target_id=ids)[["target_id", "year", "area_code", "measure", "value", "note"]]


def _investment_goals(
    plan: Plan, table: pd.DataFrame, investments: pd.DataFrame, whole: int
) -> dict[str, int]:
    rng = stream(plan.seed, "goals")
    year = investments[investments["month"].str.startswith("2020")]
    district = table.set_index("project_id")["district_code"]
    done = year.groupby(year["project_id"].map(district))["amount_fen"].sum()
    codes = sorted(table["district_code"].unique())
    done = done.reindex(codes, fill_value=0).astype("float64")
    least = whole * 0.008
    goals = np.maximum(done, least / 2) / np.clip(rng.normal(0.66, 0.12, len(codes)), 0.4, 0.95)
    fixed = pd.Series(False, index=goals.index)
    for code, rate in ((BEHIND, 0.33), (AHEAD, 1.18)):
        goals[code] = done[code] / rate
        fixed[code] = True
    step = 100 * STEP_FEN
    goals[fixed] = np.maximum(1, np.round(goals[fixed] / step)) * step
    goals[~fixed] *= (whole - goals[fixed].sum()) / goals[~fixed].sum()
    goals[~fixed] = np.maximum(1, np.round(goals[~fixed] / step)) * step
    largest = goals[~fixed].idxmax()
    goals[largest] += whole - goals.sum()
    return {str(c): int(v) for c, v in goals.items()}
