"""Funding by source, class, state, district, project and month (R47, R48): every total with the rows behind it.

Planned, allotted and paid are three looks at the same money: a total is always of one state, and adding the states to
each other is refused.
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from programme.money.fen import Funding, MoneyError, each_once, exact_fen, exact_sum, grouped, needed, texts
from programme.progress import with_or_without_central

STATES = ("planned", "allotted", "paid")
CLASSES = ("basic", "optional")
#: What a total may be split by.
DIMENSIONS = ("funding_source", "payer", "content_class", "state", "district_code", "project_id", "month")
USUAL = ("funding_source", "content_class", "state")
ENTRY_COLUMNS = (
    "entry_id",
    "project_id",
    "funding_source",
    "content_class",
    "state",
    "entry_date",
    "amount_fen",
)


def funding_rows(
    entries: pd.DataFrame,
    projects: pd.DataFrame,
    payers: Mapping[str, str] | None = None,
    *,
    has_central: bool = True,
) -> pd.DataFrame:
    """The entries of some projects, made ready to be added up.

    `entries` is the table funding_entries (the columns of `ENTRY_COLUMNS`); `projects` has project_id, district_code
    and is_central_state; `payers` names the payer of each source (data/reference/funding_sources.csv). Entries of
    projects that are not in `projects` are left out (`orphan_entries` names them), and so are those of central state
    organs without `has_central` (R10). Returns entry_id, the `DIMENSIONS` (None where not given), entry_date
    (datetime64) and funding_fen (int64), on the entries' index. Raises MoneyError: money.column_missing,
    money.key_twice, money.state_unknown, money.not_whole, money.overflow.
    """
    needed(entries, ENTRY_COLUMNS, "funding_entries")
    needed(projects, ("project_id", "district_code", "is_central_state"), "projects")
    each_once(entries["entry_id"], "funding_entries")
    held = with_or_without_central(projects, has_central)
    each_once(held["project_id"], "projects")
    own = entries[entries["project_id"].isin(held["project_id"])]
    state = texts(own["state"])
    foreign = own[~state.isin(STATES)]
    if len(foreign):
        first = foreign.iloc[0]
        raise MoneyError("money.state_unknown", entry_id=str(first["entry_id"]), state=str(first["state"]))
    dates = pd.to_datetime(own["entry_date"]).astype("datetime64[ns]")
    source = texts(own["funding_source"])
    districts = dict(zip(held["project_id"], texts(held["district_code"]), strict=True))
    return pd.DataFrame(
        {
            "entry_id": texts(own["entry_id"]),
            "funding_source": source,
            "payer": _looked_up(source, payers or {}),
            "content_class": texts(own["content_class"]),
            "state": state,
            "district_code": _looked_up(own["project_id"], districts),
            "project_id": texts(own["project_id"]),
            "month": pd.Series(
                [None if pd.isna(d) else f"{d:%Y-%m}" for d in dates], index=own.index, dtype="object"
            ),
            "entry_date": dates,
            "funding_fen": exact_fen(own["amount_fen"]),
        },
        index=own.index,
    )


def _looked_up(keys: pd.Series, values: Mapping[str, str | None]) -> pd.Series:
    return pd.Series([values.get(k) for k in keys], index=keys.index, dtype="object")


def orphan_entries(entries: pd.DataFrame, projects: pd.DataFrame) -> tuple[str, ...]:
    """The keys of the entries whose project is not among `projects`, sorted: no total holds them."""
    return tuple(
        sorted(entries.loc[~entries["project_id"].isin(projects["project_id"]), "entry_id"].astype(str))
    )


def funding_totals(rows: pd.DataFrame, by: Sequence[str] = USUAL) -> pd.DataFrame:
    """Totals of `funding_rows` by some of the `DIMENSIONS`.

    Returns the `by` columns (None: not given), funding_fen (int64) and rows (tuple of entry_id, sorted) whose sum
    it is, in the order of `by`. Raises MoneyError: money.dimension_unknown; money.states_added where `by` lacks the
    state and the rows hold more than one; money.overflow.
    """
    for name in by:
        if name not in DIMENSIONS:
            raise MoneyError("money.dimension_unknown", name=name)
    needed(rows, ("entry_id", "funding_fen", *by, "state"), "funding_rows")
    if "state" not in by and rows["state"].nunique() > 1:
        raise MoneyError("money.states_added")
    if not by:
        raise MoneyError("money.dimension_unknown", name="")
    return grouped(rows, list(by), "funding_fen", "entry_id", "funding_fen")


def funding_total(rows: pd.DataFrame, state: str) -> tuple[Funding, tuple[str, ...]]:
    """The whole of one state, and the entries (sorted) whose sum it is. Raises MoneyError money.overflow."""
    own = rows[rows["state"] == state]
    return Funding(exact_sum(own["funding_fen"]), state), tuple(sorted(own["entry_id"]))


def rows_behind(rows: pd.DataFrame, **chosen: str | None) -> pd.DataFrame:
    """The rows of `funding_rows` that a cell of a total was made of: one value for each dimension (None: not given).

    Raises MoneyError money.dimension_unknown.
    """
    is_own = pd.Series(True, index=rows.index)
    for name, value in chosen.items():
        if name not in DIMENSIONS:
            raise MoneyError("money.dimension_unknown", name=name)
        is_own &= rows[name].isna() if value is None else rows[name] == value
    return rows[is_own]
