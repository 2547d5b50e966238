"""Batches of confirmed projects (R7, R9, R10), and each district's annual plan against what is confirmed (R11).

Only a dated confirmation with its document's number puts a project into a batch's figures (R9). Money in whole fen.
"""

import datetime as dt
from collections.abc import Collection, Sequence

import pandas as pd

from programme.progress import CITY_CODE, Measure, with_or_without_central
from programme.reserve import whole_fen
from programme.stages import Stage, confirmed_dates


def confirmations(projects: pd.DataFrame, events: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """The confirmation of each project that has one by a day: confirmed_date and document_no, by project_id.

    The number is that of the event on the day that counts; where that has none, the project's own. Of several
    numbers on the day the first in their order is taken.
    """
    dates = confirmed_dates(events, projects, as_of).astype("datetime64[ns]")
    own = projects.set_index("project_id")["confirmation_document_no"].map(_text)
    dated = events[events["stage"] == Stage.CONFIRMED.value]
    on_day = pd.to_datetime(dated["event_date"]) == dates.reindex(dated["project_id"]).to_numpy()
    numbers = dated["document_no"].map(_text) if "document_no" in dated else pd.Series(None, dated.index)
    kept = on_day & numbers.notna()
    first = numbers[kept].groupby(dated.loc[kept, "project_id"]).min()
    document = first.reindex(dates.index).astype("object")
    found = pd.DataFrame(
        {"confirmed_date": dates, "document_no": document.where(document.notna(), own.reindex(dates.index))},
        index=dates.index,
    )
    return found.loc[found.index.isin(own.index)].rename_axis("project_id")


def _text(value: object) -> str | None:
    return None if pd.isna(value) else str(value).strip() or None


def of_batches(projects: pd.DataFrame, batches: Collection[str | None]) -> pd.DataFrame:
    """The projects of some batches; None among them stands for the projects that name no batch."""
    names = projects["batch"].map(_text)
    is_wanted = names.isin([b for b in batches if b is not None])
    return projects[is_wanted | names.isna()] if None in batches else projects[is_wanted]


def batch_table(
    projects: pd.DataFrame, events: pd.DataFrame, as_of: dt.date, *, has_central: bool = True
) -> pd.DataFrame:
    """Each batch with its documents and sums, in order of its first confirmation; what names no batch comes last.

    Returns batch (None: names no batch), first_date, last_date (of its confirmations), documents (tuple of numbers
    in order), projects (confirmed), central_projects (those of central state organs among them, R10),
    planned_investment_fen, central_investment_fen (Int64: sums of the known), unknown_sums (confirmed projects
    without a planned investment), districts (how many), unconfirmed (tuple of project_ids that name the batch and
    have no confirmation that counts). Without central-state projects (`has_central` False) they are in no column.
    """
    kept = with_or_without_central(projects, has_central)
    found = confirmations(kept, events, as_of)
    held = kept.set_index("project_id").assign(batch=lambda d: d["batch"].map(_text))
    held = held.join(found[["confirmed_date", "document_no"]])
    held["_money"] = whole_fen(held["planned_investment_fen"])
    rows = []
    # A batch may be named by any text, so the projects without one are kept apart by None and by no word.
    for name in [*sorted(held["batch"].dropna().unique()), None]:
        own = held[held["batch"].isna() if name is None else held["batch"] == name]
        counted = own[own["confirmed_date"].notna()]
        if name is None and counted.empty:
            continue
        central = counted[counted["is_central_state"].astype(bool)]
        rows.append(
            {
                "batch": name,
                "first_date": counted["confirmed_date"].min(),
                "last_date": counted["confirmed_date"].max(),
                "documents": tuple(sorted(counted["document_no"].dropna().unique())),
                "projects": len(counted),
                "central_projects": len(central),
                "planned_investment_fen": int(counted["_money"].sum()),
                "central_investment_fen": int(central["_money"].sum()),
                "unknown_sums": int(counted["_money"].isna().sum()),
                "districts": int(counted["district_code"].nunique()),
                "unconfirmed": () if name is None else tuple(sorted(own.index[own["confirmed_date"].isna()])),
            }
        )
    columns = [
        "batch",
        "first_date",
        "last_date",
        "documents",
        "projects",
        "central_projects",
        "planned_investment_fen",
        "central_investment_fen",
        "unknown_sums",
        "districts",
        "unconfirmed",
    ]
    table = pd.DataFrame(rows, columns=columns)
    table["batch"] = table["batch"].astype("object").where(table["batch"].notna(), None)
    for name in ("first_date", "last_date"):
        table[name] = pd.to_datetime(table[name]).astype("datetime64[ns]")
    counts = ("projects", "central_projects", "unknown_sums", "districts")
    table = table.astype(
        dict.fromkeys(counts, "int64")
        | dict.fromkeys(("planned_investment_fen", "central_investment_fen"), "Int64")
    )
    table["_is_none"] = table["batch"].isna()
    order = table.sort_values(["_is_none", "first_date", "batch"], na_position="last")
    return order.drop(columns="_is_none").reset_index(drop=True)


def plan_against_confirmed(
    projects: pd.DataFrame,
    events: pd.DataFrame,
    targets: pd.DataFrame,
    area_codes: Sequence[str],
    *,
    year: int,
    as_of: dt.date,
    has_central: bool = True,
) -> pd.DataFrame:
    """Each district's annual plan against what is confirmed (R11), the city (`CITY_CODE`) first.

    Planned are the projects whose plan_year is the year; `targets` as in `progress.standings`. Returns, one row for
    the city and each of `area_codes`: area_code, target (Int64: the number to confirm as entered, missing where none
    is: never derived), planned, confirmed, not_confirmed (planned = confirmed + not_confirmed), beside_plan
    (confirmed in the year with another plan_year or none), planned_fen, confirmed_fen (Int64: sums of the known),
    unknown_sums (planned projects without a sum). The city counts every project, also those of a district that is
    not in `area_codes`.
    """
    kept = with_or_without_central(projects, has_central).set_index("project_id")
    days = confirmations(kept.reset_index(), events, as_of)["confirmed_date"].reindex(kept.index)
    is_planned = (pd.to_numeric(kept["plan_year"]) == year).fillna(False).astype(bool)
    money = whole_fen(kept["planned_investment_fen"])
    wanted = targets[(targets["year"] == year) & (targets["measure"] == Measure.CONFIRMED.value)]
    entered = {a: int(v) for a, v in wanted[["area_code", "value"]].itertuples(index=False)}
    rows = []
    for code in [CITY_CODE, *area_codes]:
        here = pd.Series(True, kept.index) if code == CITY_CODE else kept["district_code"] == code
        planned = here & is_planned
        confirmed = planned & days.notna()
        rows.append(
            {
                "area_code": code,
                "target": entered.get(code),
                "planned": int(planned.sum()),
                "confirmed": int(confirmed.sum()),
                "not_confirmed": int((planned & days.isna()).sum()),
                "beside_plan": int((here & ~is_planned & (days.dt.year == year)).sum()),
                "planned_fen": int(money[planned].sum()),
                "confirmed_fen": int(money[confirmed].sum()),
                "unknown_sums": int(money[planned].isna().sum()),
            }
        )
    return pd.DataFrame(rows).astype({"target": "Int64", "planned_fen": "Int64", "confirmed_fen": "Int64"})
