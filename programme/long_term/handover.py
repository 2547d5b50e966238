"""Acceptance → handover → service → fees, and how much of the fees is collected (R69; section 2 (3), item 1)."""

import datetime as dt
import itertools
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

import pandas as pd

from programme.stages import Stage, first_dates


class Step(StrEnum):
    """The chain after the works, in its order."""

    ACCEPTED = "accepted"
    HANDED_OVER = "handed_over"
    SERVICE = "service"  # the property service runs by its agreement (the stage long_term)
    FEES = "fees"  # fees have been collected


STEPS: tuple[Step, ...] = tuple(Step)


@dataclass(frozen=True)
class Collection:
    """Fees collected of fees charged, in fen; rows that lack either sum are counted apart."""

    charged_fen: int
    collected_fen: int
    fee_ids: tuple[str, ...]
    not_known: tuple[str, ...]

    @property
    def share(self) -> Fraction | None:
        """Collected / charged (may exceed 1 when arrears are paid); None where nothing was charged."""
        return Fraction(self.collected_fen, self.charged_fen) if self.charged_fen else None


def collection(fees: pd.DataFrame, as_of: dt.date) -> Collection:
    """The collection rate of some fee rows by a day (R69).

    `fees` has fee_id, month (YYYY-MM), charged_fen and collected_fen (whole fen or missing); months after the day
    are left out.
    """
    held = fees[fees["month"].astype(str) <= as_of.isoformat()[:7]]
    is_known = held["charged_fen"].notna() & held["collected_fen"].notna()
    known = held[is_known]
    return Collection(
        sum(int(v) for v in known["charged_fen"]),
        sum(int(v) for v in known["collected_fen"]),
        tuple(sorted(known["fee_id"].astype(str))),
        tuple(sorted(held.loc[~is_known, "fee_id"].astype(str))),
    )


def handover_chain(
    projects: pd.DataFrame, events: pd.DataFrame, fees: pd.DataFrame, as_of: dt.date
) -> pd.DataFrame:
    """Where each completed project stands in the chain on a day, the longest waiting first.

    `events` as in `stages.first_dates`; `fees` as in `collection`, with project_id. Returns, for each project with
    a completed event or any step of the chain by the day: project_id, district_code, completed_date, one date
    column for each `Step` (fees: the last day of the first month with a collected sum, at most the day itself),
    waits_for (the first step missing, None when none is), days_waiting (since the last date before it; 0 when none
    is missing), is_out_of_order (a step dated before an earlier one, or there without it).
    """
    dates = first_dates(events, as_of)
    table = pd.DataFrame(
        {
            "completed_date": dates[Stage.COMPLETED.value],
            Step.ACCEPTED.value: dates[Stage.ACCEPTED.value],
            Step.HANDED_OVER.value: dates[Stage.HANDED_OVER.value],
            Step.SERVICE.value: dates[Stage.LONG_TERM.value],
        }
    ).reindex(projects["project_id"])
    paid = fees[
        (pd.to_numeric(fees["collected_fen"]) > 0) & (fees["month"].astype(str) <= as_of.isoformat()[:7])
    ]
    months = paid["month"].astype(str).groupby(paid["project_id"]).min()
    first = pd.to_datetime(months + "-01") + pd.offsets.MonthEnd(0)
    table[Step.FEES.value] = (
        first.clip(upper=pd.Timestamp(as_of)).reindex(table.index).astype("datetime64[ns]")
    )
    table = table[table.notna().any(axis=1)]
    chain = table[["completed_date", *(s.value for s in STEPS)]]
    has = chain.notna().to_numpy()
    missing = [next((s.value for s, met in zip(STEPS, row[1:], strict=True) if not met), None) for row in has]
    since: list[int] = []
    for row, step in zip(chain.itertuples(index=False), missing, strict=True):
        before = [d for d in row[: 1 + [s.value for s in STEPS].index(step)] if pd.notna(d)] if step else []
        since.append((pd.Timestamp(as_of) - max(before)).days if before else 0)
    found = table.assign(
        waits_for=pd.Series(missing, index=table.index, dtype="object"),
        days_waiting=pd.Series(since, index=table.index, dtype="int64"),
        is_out_of_order=pd.Series(
            [_is_out_of_order(row) for row in chain.itertuples(index=False)], table.index, bool
        ),
    )
    districts = projects.set_index("project_id")["district_code"]
    found.insert(0, "district_code", districts.reindex(found.index))
    found = found.rename_axis("project_id").reset_index()
    return found.sort_values(["days_waiting", "project_id"], ascending=[False, True]).reset_index(drop=True)


def _is_out_of_order(row: tuple[pd.Timestamp, ...]) -> bool:
    known = [d for d in row if pd.notna(d)]
    has_gap = any(pd.isna(a) and pd.notna(b) for a, b in itertools.pairwise(row))
    return has_gap or known != sorted(known)
