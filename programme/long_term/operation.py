"""Optional items in operation (R70), visits of the subdistrict (R71), pilots before and after (R72)."""

import datetime as dt
from enum import StrEnum
from fractions import Fraction

import pandas as pd

from programme.long_term.rates import Rate, rate_of
from programme.progress import CITY_CODE


class Running(StrEnum):
    """How a finished optional item stands."""

    RUNNING = "running"
    STOPPED = "stopped"
    NOT_KNOWN = "not_known"  # nobody has said whether it runs


def operation_states(items: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """The optional items finished by a day (R70; section 2 (3), item 2) with their state.

    `items` has item_id, project_id, community_id, district_code, item (the menu's code: lift, parking …),
    completed_date, operator, is_running (True, False or missing), checked_date (when that was seen; a later check
    does not count yet). Returns them with state (`Running` values) and has_operator.
    """
    day = pd.Timestamp(as_of)
    held = items[pd.to_datetime(items["completed_date"]) <= day]
    seen = held["is_running"].astype("boolean").where(~(pd.to_datetime(held["checked_date"]) > day))
    names = {True: Running.RUNNING.value, False: Running.STOPPED.value}
    operator = held["operator"].astype("string").str.strip().fillna("")
    return held.assign(
        state=pd.Series(
            [Running.NOT_KNOWN.value if pd.isna(v) else names[bool(v)] for v in seen],
            index=held.index,
            dtype="object",
        ),
        has_operator=operator.ne("").astype(bool),
    )


def running_rates(states: pd.DataFrame) -> dict[str, Rate]:
    """For each kind of item: how many of those whose state is known run (rows: item_id), over the whole city."""
    flags = states["state"].map({Running.RUNNING.value: True, Running.STOPPED.value: False})
    return {
        str(kind): rate_of(CITY_CODE, str(kind), rows["item_id"], flags[rows.index])
        for kind, rows in states.groupby("item", sort=True)
    }


def visit_states(
    communities: pd.DataFrame,
    visits: pd.DataFrame,
    findings: pd.DataFrame,
    as_of: dt.date,
    interval_days: int | None = None,
) -> pd.DataFrame:
    """When each community was last visited by its subdistrict (R71), never visited first, then the longest ago.

    `communities` has community_id and subdistrict_code; `visits` has visit_id, community_id, visited_date, topic;
    `findings` has finding_id, visit_id, due_date, fixed_date. `interval_days` is how often a visit is due; the plan
    does not say, so None is "not set". Returns communities with visits, open_findings (ints), last_visited_date,
    days_since (Int64, missing without a visit) and is_visit_due (boolean; missing where no interval is set).
    """
    day = pd.Timestamp(as_of)
    when = pd.to_datetime(visits["visited_date"]).astype("datetime64[ns]")
    made = visits.assign(visited_date=when)[when <= day]
    fixed = pd.to_datetime(findings["fixed_date"]).astype("datetime64[ns]")
    waiting = findings.loc[~(fixed <= day), "visit_id"].map(made.set_index("visit_id")["community_id"])
    ids = communities["community_id"]
    last = made.groupby("community_id")["visited_date"].max().reindex(ids).set_axis(communities.index)
    since = (day - last).dt.days.astype("Int64")
    due = pd.Series(pd.NA, index=communities.index, dtype="boolean")
    if interval_days is not None:
        due = (since > interval_days).fillna(True).astype("boolean")
    table = communities.assign(
        visits=ids.map(made["community_id"].value_counts()).fillna(0).astype("int64"),
        open_findings=ids.map(waiting.value_counts()).fillna(0).astype("int64"),
        last_visited_date=last,
        days_since=since,
        is_visit_due=due,
    )
    return table.sort_values(["last_visited_date", "community_id"], na_position="first")


def pilot_changes(pilots: pd.DataFrame, measurements: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """Each pilot's measures before it began and at last (R72; the plan's section 3, item 12).

    `pilots` has pilot_id, community_id, start_date; `measurements` has measurement_id, pilot_id, measure,
    measured_date, numerator, denominator (whole numbers; a plain count has denominator 1). Before is the last
    measurement before the start, after the last one from the start to the day; a measurement without both numbers
    is left out. Returns pilot_id, measure, before, after, change (Fractions; None where not known), before_id,
    after_id and both dates, one row for each pilot and measure, and one with measure None for a pilot that nothing
    was measured of.
    """
    day = pd.Timestamp(as_of)
    held = measurements.assign(measured_date=pd.to_datetime(measurements["measured_date"]))
    is_known = held["numerator"].notna() & pd.to_numeric(held["denominator"]).fillna(0).ne(0)
    held = held[is_known & (held["measured_date"] <= day)].sort_values(["measured_date", "measurement_id"])
    rows = []
    for pilot, start in pilots[["pilot_id", "start_date"]].itertuples(index=False):
        own = held[held["pilot_id"] == pilot]
        for measure in sorted(set(own["measure"])) or [None]:
            chosen = own[own["measure"] == measure]
            is_early = chosen["measured_date"] < pd.Timestamp(start)
            before, after = _last(chosen[is_early]), _last(chosen[~is_early])
            change = None if before[0] is None or after[0] is None else after[0] - before[0]
            rows.append((pilot, measure, before[0], after[0], change, *before[1:], *after[1:]))
    columns = ["pilot_id", "measure", "before", "after", "change"]
    columns += ["before_id", "before_date", "after_id", "after_date"]
    return pd.DataFrame(rows, columns=columns, dtype="object")


def _last(rows: pd.DataFrame) -> tuple[Fraction | None, str | None, pd.Timestamp | None]:
    if rows.empty:
        return None, None, None
    row = rows.iloc[-1]
    share = Fraction(int(row["numerator"]), int(row["denominator"]))
    return share, str(row["measurement_id"]), row["measured_date"]
