"""Projects of three years: which communities, and when each was confirmed, started and completed.

The figures follow the public record in data/reference/history.csv (confirmed 2017–2019: 243; first batch of 2020:
153; started 2017 to April 2020: 98; completed: 44) and leave 2020 at the end of August at 52 starts and 27
completions.
"""

import datetime as dt

import numpy as np
import pandas as pd

from loaders import reference
from loaders.city.plan import Plan, choose, kept, shared_out, stream

AS_OF = dt.date(2020, 8, 31)
BEHIND, AHEAD = "110106", "110107"
#: Starts and completions of the real size; smaller programmes scale them.
STARTS_2018, STARTS_2019, STARTS_2020 = 30, 45, 52
COMPLETIONS_2018, COMPLETIONS_2019, COMPLETIONS_2020 = 6, 27, 27
TARGET_STARTS, TARGET_COMPLETIONS = 80, 50
#: The menu of works that the plan names (R15).
MENU = "六治七补三规范"
BATCHES = {
    "2018-第一批": dt.date(2018, 5, 25),
    "2018-第二批": dt.date(2018, 10, 18),
    "2019-第一批": dt.date(2019, 4, 12),
    "2019-第二批": dt.date(2019, 9, 20),
    "2020-第一批": dt.date(2020, 6, 19),
}


def day(value: dt.date) -> np.datetime64:
    """A date as NumPy counts days."""
    return np.datetime64(value, "D")


def build_projects(plan: Plan, homes: pd.DataFrame, totals: pd.DataFrame) -> pd.DataFrame:
    """One row per project with its true dates (datetime64[D], NaT where it has not come to that).

    Columns: project_id, district_code, homes (tuple of positions in `homes`), cohort (2018–2020, 2021: reserve),
    batch, confirmed, started, completed, is_central_state. Dates lie on or before the day of the demo.
    """
    rng = stream(plan.seed, "projects")
    table = _chosen_homes(plan, rng, homes, totals)
    table["project_id"] = "P" + table["cohort"].clip(upper=2020).astype(str)
    order = table.groupby("project_id").cumcount() + 1
    table["project_id"] += "-" + order.astype(str).str.zfill(4)
    _confirm(rng, table)
    quotas = district_quotas(plan, table)
    _start(plan, rng, table, quotas)
    _complete(plan, rng, table, quotas)
    central = homes["is_central_state"].to_numpy()
    table["is_central_state"] = [bool(central[list(h)].any()) for h in table["homes"]]
    return table


def _chosen_homes(
    plan: Plan, rng: np.random.Generator, homes: pd.DataFrame, totals: pd.DataFrame
) -> pd.DataFrame:
    """Communities finished before 2000 (R4), in projects of one to three neighbours of one subdistrict."""
    is_old = (homes["year"] < 2000) & (homes["manner"] != "village") & (totals["building_count"] > 0)
    pool = homes[is_old].assign(luck=rng.random(int(is_old.sum())))
    groups: dict[str, list[tuple[int, ...]]] = {}
    for district, own in pool.groupby("district_code"):
        found: list[tuple[int, ...]] = []
        for _, near in own.groupby("subdistrict_code"):
            left = near.sort_values("luck").index.tolist()
            while left:
                take = 1 if plan.size == "tiny" else int(rng.choice([1, 1, 1, 1, 2, 2, 3]))
                found.append(tuple(left[:take]))
                left = left[take:]
        groups[str(district)] = [found[i] for i in rng.permutation(len(found))]
    cohorts = {
        2018: plan.projects_2018,
        2019: plan.projects_2019,
        2020: plan.projects_2020,
        2021: plan.projects_reserve,
    }
    codes = sorted(groups)
    room = np.array([len(groups[c]) for c in codes])
    numbers = shared_out(sum(cohorts.values()), room**0.85, room, least=min(8, int(room.min())))
    years = np.repeat(list(cohorts), list(cohorts.values()))[: numbers.sum()]
    rows = []
    for code, number in zip(codes, numbers, strict=True):
        # Every district gets its part of each year.
        share = years[np.linspace(0, len(years) - 1, number).round().astype(int)]
        rows += [(code, group, int(year)) for group, year in zip(groups[code], share, strict=False)]
    table = pd.DataFrame(rows, columns=["district_code", "homes", "cohort"])
    return table.sort_values(["cohort", "district_code"], kind="stable").reset_index(drop=True)


def _confirm(rng: np.random.Generator, table: pd.DataFrame) -> None:
    first = rng.random(len(table)) < 0.55
    batch = table["cohort"].astype(str) + np.where(first | (table["cohort"] == 2020), "-第一批", "-第二批")
    # Some of the year's projects were still under review when the first batch came out.
    waits = (table["cohort"] == 2021) | (
        (table["cohort"] == 2020) & (rng.random(len(table)) < 0.08) & (table["district_code"] != AHEAD)
    )
    table["batch"] = batch.astype(object).mask(waits, None)
    table["confirmed"] = pd.to_datetime(table["batch"].map(BATCHES)).astype("datetime64[s]")


def district_quotas(plan: Plan, table: pd.DataFrame) -> pd.DataFrame:
    """Targets of 2020 and what was reached, by district: target_starts, starts, target_completions, completions."""
    codes = sorted(table["district_code"].unique())
    size = table.groupby("district_code").size().reindex(codes).to_numpy(dtype="float64")
    rng = stream(plan.seed, "quotas")
    found = pd.DataFrame(index=pd.Index(codes, name="district_code"))
    for name, target, actual in (
        ("starts", TARGET_STARTS, STARTS_2020),
        ("completions", TARGET_COMPLETIONS, COMPLETIONS_2020),
    ):
        whole = target if plan.size != "tiny" else {"starts": 10, "completions": 8}[name]
        done = actual if plan.size != "tiny" else {"starts": 7, "completions": 5}[name]
        goals = shared_out(whole, size, least=2 if plan.size == "tiny" else 1)
        lead = np.array(codes) == AHEAD
        lag = np.array(codes) == BEHIND
        reached = np.zeros(len(codes), dtype="int64")
        reached[lead] = goals[lead] + 1
        reached[lag] = np.maximum(goals[lag] // 5, 0)
        rest = ~lead & ~lag
        pull = np.clip(rng.normal(0.66, 0.13, len(codes)), 0.35, 0.95)
        cap = np.where(rest, goals, 0)
        reached[rest] = shared_out(done - int(reached.sum()), (goals * pull)[rest], cap[rest])
        found[f"target_{name}"], found[name] = goals, reached
    return found


def _scaled(plan: Plan, number: int) -> int:
    return number if plan.size != "tiny" else max(1, round(number * plan.scale))


def _start(plan: Plan, rng: np.random.Generator, table: pd.DataFrame, quotas: pd.DataFrame) -> None:
    started = np.full(len(table), np.datetime64("NaT"), dtype="datetime64[D]")
    district = table["district_code"].to_numpy()
    cohort = table["cohort"].to_numpy()
    confirmed = table["confirmed"].to_numpy().astype("datetime64[D]")
    luck = rng.random(len(table))
    codes = quotas.index.to_numpy()
    # Enough works must be under way for what each district completes in 2020.
    least = quotas["completions"].to_numpy()
    earlier = _scaled(plan, STARTS_2018) + _scaled(plan, STARTS_2019)
    room = np.array([int(((district == c) & (cohort < 2020)).sum()) for c in codes])
    base = np.minimum(least, room)
    extra = shared_out(max(0, earlier - int(base.sum())), room.astype(float), room - base)
    begun = base + extra
    for code, before, this_year in zip(codes, begun, quotas["starts"].to_numpy(), strict=True):
        own = np.flatnonzero((district == code) & ~np.isnat(confirmed))
        old = own[cohort[own] < 2020]
        old = old[np.lexsort([luck[old], cohort[old]])]
        early, left = old[:before], np.concatenate([old[before:], own[cohort[own] == 2020]])
        for k in early:
            low = confirmed[k] + 40
            high = min(low + np.timedelta64(230, "D"), day(dt.date(2019, 12, 15)))
            started[k] = low + int(rng.integers(0, max(1, int((high - low).astype(int)))))
        late = round(this_year * 0.66)
        picks = np.concatenate([left[:late], left[late:][::-1]])[:this_year]
        for k in picks:
            low = max(confirmed[k] + 22, day(dt.date(2020, 3, 1)))
            span = int((day(dt.date(2020, 8, 28)) - low).astype(int))
            started[k] = low + int(rng.integers(0, max(1, span)) * (0.55 if cohort[k] < 2020 else 1.0))
    table["started"] = started


def _complete(plan: Plan, rng: np.random.Generator, table: pd.DataFrame, quotas: pd.DataFrame) -> None:
    started = table["started"].to_numpy().astype("datetime64[D]")
    completed = np.full(len(table), np.datetime64("NaT"), dtype="datetime64[D]")
    district = table["district_code"].to_numpy()
    before = np.flatnonzero(started < day(dt.date(2020, 1, 1)))
    before = before[np.argsort(started[before], kind="stable")]
    own_quota = quotas["completions"].to_dict()
    reserved: dict[str, int] = dict(own_quota)
    free = {c: int((district[before] == c).sum()) - reserved[c] for c in own_quota}
    early = _scaled(plan, COMPLETIONS_2018) + _scaled(plan, COMPLETIONS_2019)
    done: list[int] = []
    for k in before:
        if len(done) < early and free[district[k]] > 0 and started[k] < day(dt.date(2019, 9, 1)):
            free[district[k]] -= 1
            done.append(int(k))
    for place, at in enumerate(done):
        low, high = started[at] + 110, day(dt.date(2019, 12, 28))
        if place < _scaled(plan, COMPLETIONS_2018):
            high = max(low + 1, day(dt.date(2018, 12, 28)))
        low = min(low, high - 1)
        completed[at] = low + int(rng.integers(0, max(1, int((high - low).astype(int)))))
    for code, number in own_quota.items():
        own = [int(k) for k in before if district[k] == code and np.isnat(completed[k])][:number]
        for at in own:
            low = max(started[at] + 120, day(dt.date(2020, 3, 10)))
            span = max(1, int((day(dt.date(2020, 8, 29)) - low).astype(int)))
            completed[at] = low + int(rng.integers(0, span))
    table["completed"] = completed


def document_numbers(table: pd.DataFrame) -> pd.Series:
    """The number of the confirmation document of each project (R9); None where it is not confirmed."""
    order = (table.groupby("cohort").cumcount() + 1).astype(str)
    numbers = "京老旧联〔" + table["cohort"].astype(str) + "〕" + order + "号"
    return numbers.astype(object).where(table["confirmed"].notna(), None)


def project_table(
    plan: Plan, table: pd.DataFrame, homes: pd.DataFrame, planned: pd.DataFrame
) -> pd.DataFrame:
    """The projects' rows. `planned`: planned_start_date, planned_completion_date, planned_investment_fen."""
    rng = stream(plan.seed, "project records")
    count = len(table)
    names = homes["name"].to_numpy(dtype=object)
    more = [f"等{len(h)}个小区" if len(h) > 1 else "" for h in table["homes"]]
    listed = pd.read_csv(reference.REFERENCE_DIR / "content_menu.csv", dtype=str)
    menu = listed.loc[listed["scheme"] == MENU, "item_zh"].unique()
    items = [
        "、".join(menu[np.sort(rng.choice(len(menu), rng.integers(3, 9), replace=False))])
        for _ in range(count)
    ]
    central = table["is_central_state"].to_numpy()
    begun = table["started"].notna().to_numpy()
    builders = choose(
        rng,
        ["城建一公司", "住总二公司", "建工三公司", "京北建设公司", "永兴建筑公司"],
        [3, 3, 3, 2, 2],
        count,
    )
    bodies = choose(rng, ["区房管中心", "区住房城乡建设委", "街道办事处", "区属国企"], [3, 3, 2, 2], count)
    payers = choose(rng, ["区政府", "区属国企", "社会资本方"], [6, 3, 1], count)
    return pd.DataFrame(
        {
            "project_id": table["project_id"],
            "name": [names[h[0]] + m + "综合整治" for h, m in zip(table["homes"], more, strict=True)],
            "district_code": table["district_code"],
            "batch": table["batch"],
            "plan_year": table["cohort"]
            .astype("Int64")
            .mask((table["cohort"] == 2021) & (rng.random(count) < 0.5)),
            "is_central_state": central,
            "confirmation_document_no": document_numbers(table),
            "investor": np.where(central, "中央国家机关房管单位", payers),
            "implementing_body": kept(bodies, rng.random(count) < 0.95),
            "general_contractor": kept(builders, begun),
            "planned_start_date": planned["planned_start_date"],
            "planned_completion_date": planned["planned_completion_date"],
            "planned_investment_fen": planned["planned_investment_fen"],
            "content_items": items,
        }
    )
