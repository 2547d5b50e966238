"""Planned → allotted → paid by district and source, the split of the public purse, and who pays for what (R47, R48)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

from programme.money.fen import exact_sum
from programme.money.funding import STATES, funding_totals

#: How far money has come, without overlap: paid; allotted and not paid yet; planned and not allotted yet.
REACHES = ("paid", "allotted_open", "planned_open")
#: The public purse (R48): the city's money reaches the districts as transfer payments (annex, finance bureau).
PURSES: dict[str, str] = {"central": "central", "city": "transfer", "district": "district"}


@dataclass(frozen=True)
class Sankey:
    """Links of the picture, and the groups that can't be drawn because a sum in them is below zero.

    `links`: stage (source_class or class_reach), origin, target (codes; None: not given), funding_fen (int64) and
    rows (tuple of entry_id). `left_out`: project_id, funding_source, content_class, state, funding_fen, rows.
    """

    links: pd.DataFrame
    left_out: pd.DataFrame


def state_table(rows: pd.DataFrame, by: Sequence[str] = ("district_code", "funding_source")) -> pd.DataFrame:
    """Planned, allotted and paid beside each other (R48).

    `rows` from `funding.funding_rows`; `by` some of the dimensions without the state. Returns the `by` columns; for
    each state its sum (planned_fen, allotted_fen, paid_fen; int64, 0 where there is no row) and its rows (planned_rows
    …, tuples of entry_id); allotted_share (of planned) and paid_share (of allotted), Fraction or None where the lower
    figure is not above zero. The sums stand beside each other and are never added.
    """
    totals = funding_totals(rows, [*by, "state"])
    cells: dict[tuple, dict[str, tuple[int, tuple[str, ...]]]] = {}
    for *group, state, fen, keys in totals.itertuples(index=False):
        cells.setdefault(tuple(group), {})[state] = (fen, keys)
    found = []
    for names, own in cells.items():
        sums = {state: own.get(state, (0, ())) for state in STATES}
        found.append(
            [
                *names,
                *(sums[s][0] for s in STATES),
                *(sums[s][1] for s in STATES),
                _share(sums["allotted"][0], sums["planned"][0]),
                _share(sums["paid"][0], sums["allotted"][0]),
            ]
        )
    figures = [f"{s}_fen" for s in STATES]
    columns = [*by, *figures, *(f"{s}_rows" for s in STATES), "allotted_share", "paid_share"]
    return pd.DataFrame(found, columns=columns, dtype="object").astype(dict.fromkeys(figures, "int64"))


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole > 0 else None


def purse_split(rows: pd.DataFrame, by: Sequence[str] = ("district_code",)) -> pd.DataFrame:
    """Central money, the city's transfer payments and the district's own money, by state (R48).

    Columns as `state_table` with `purse` (central, transfer, district or other: money that is not from a budget) after
    the `by` columns.
    """
    purses = pd.Series(
        [PURSES.get(source, "other") if source else None for source in rows["funding_source"]],
        index=rows.index,
        dtype="object",
    )
    # The purse takes the payer's place among the dimensions, so that the same adding-up serves.
    table = state_table(rows.assign(payer=purses), [*by, "payer"])
    return table.rename(columns={"payer": "purse"})


def sankey(rows: pd.DataFrame) -> Sankey:
    """Who pays for what, and how far it has come: source → class → reach; what flows in flows out (R47).

    Of each project, source and class, paid is the sum paid, allotted_open what was allotted beyond that, planned_open
    what was planned beyond both; so a link's sum is that of its rows wherever paid ≤ allotted ≤ planned, and elsewhere
    counts the largest of the three (the rules flag those groups). Groups with a sum below zero can't be drawn: they are
    named in `left_out` and are in no link. Raises MoneyError money.overflow.
    """
    by = ["project_id", "funding_source", "content_class", "state"]
    totals = funding_totals(rows, by)
    cells: dict[tuple, dict[str, tuple[int, tuple[str, ...]]]] = {}
    for project, source, kind, state, fen, keys in totals.itertuples(index=False):
        cells.setdefault((project, source, kind), {})[state] = (fen, keys)
    lost = {group for group, own in cells.items() if any(fen < 0 for fen, _ in own.values())}
    flows: dict[tuple[str, str | None, str | None], list[tuple[int, tuple[str, ...]]]] = {}
    for (project, source, kind), own in cells.items():
        if (project, source, kind) in lost:
            continue
        paid, allotted, planned = (own.get(s, (0, ()))[0] for s in ("paid", "allotted", "planned"))
        keys = tuple(k for _, rows_of in own.values() for k in rows_of)
        parts = (paid, max(allotted - paid, 0), max(planned - max(allotted, paid), 0))
        flows.setdefault(("source_class", source, kind), []).append((sum(parts), keys))
        for reach, part in zip(REACHES, parts, strict=True):
            if part:
                flows.setdefault(("class_reach", kind, reach), []).append((part, keys))
    found = [
        (*link, exact_sum(fen for fen, _ in own), tuple(sorted({k for _, rows_of in own for k in rows_of})))
        for link, own in flows.items()
    ]
    found.sort(key=lambda r: (r[0] != "source_class", str(r[1]), str(r[2])))
    columns = ["stage", "origin", "target", "funding_fen", "rows"]
    links = pd.DataFrame([r for r in found if r[3]], columns=columns, dtype="object")
    groups = zip(*(totals[n] for n in by[:3]), strict=True)
    is_lost = pd.Series([group in lost for group in groups], index=totals.index, dtype=bool)
    return Sankey(links.astype({"funding_fen": "int64"}), totals[is_lost].reset_index(drop=True))
