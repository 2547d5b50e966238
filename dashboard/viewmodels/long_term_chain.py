"""Acceptance → handover → service → fees: who waits longest, and how much of the fees is collected (R69)."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from dashboard.filters import Filters
from dashboard.tables import Table, TableColumn
from dashboard.viewmodels.record_tables import Field, Names, record_table
from programme.long_term.handover import STEPS, collection, handover_chain

DONE = "done"
#: The stages whose events make the chain.
CHAIN_STAGES = ("completed", "accepted", "handed_over", "long_term")


@dataclass(frozen=True)
class ChainView:
    """How many wait for which step (`waits`: label → count), the projects, and the collection by month and district.

    `months` has month, pct, part and whole (万元); `rates` is the table by district; figures lead to fee rows.
    """

    headline: str
    waits: pd.DataFrame
    projects: Table
    months: pd.DataFrame
    rates: Table
    figures: dict[str, tuple[str, ...]]


def chain_view(
    projects: pd.DataFrame,
    events: pd.DataFrame,
    fees: pd.DataFrame,
    filters: Filters,
    names: Names,
    titles: tuple[str, str],
    notes: Mapping[str, str],
) -> ChainView:
    """The chain of the given projects up to the day, and the fees of the same projects."""
    words, day = names.words, filters.as_of
    own = fees[fees["project_id"].isin(projects["project_id"])]
    chain = handover_chain(projects, events, own, day)
    steps = [*(s.value for s in STEPS), DONE]
    counts = chain["waits_for"].map(lambda v: v if isinstance(v, str) else DONE).value_counts()
    longest = chain[chain["waits_for"].notna()].head(1)
    whole = collection(own, day)
    headline = words.say(
        "long_term.chain_headline",
        total=words.count(len(chain), "project"),
        done=int(counts.get(DONE, 0)),
        waiting=int(chain["waits_for"].notna().sum()),
        out_of_order=int(chain["is_out_of_order"].sum()),
        collected=words.money_of(whole.collected_fen, whole.charged_fen),
        share=words.pct(float(100 * whole.share)) if whole.share is not None else words.say("figure.no_data"),
        unknown=len(whole.not_known),
    )
    if len(longest):
        row = longest.iloc[0]
        headline = words.say(
            "long_term.chain_longest",
            sentence=headline,
            name=names.project(row["project_id"]),
            step=words.say(f"long_term.step_{row['waits_for']}"),
            days=int(row["days_waiting"]),
        )
    waits = pd.DataFrame(
        {
            "step": [words.say(f"long_term.wait_{s}") for s in steps],
            "projects": [int(counts.get(s, 0)) for s in steps],
        }
    )
    months, month_figures = _months(own, filters, names)
    rates, rate_figures = _districts(projects, own, filters, names, titles[1], notes)
    return ChainView(
        headline,
        waits,
        _projects(chain, names, titles[0], notes),
        months,
        rates,
        {**rate_figures, **month_figures},
    )


def _projects(chain: pd.DataFrame, names: Names, title: str, notes: Mapping[str, str]) -> Table:
    words = names.words
    shown = chain.rename(columns={s.value: f"{s.value}_date" for s in STEPS})
    shown["waits_for"] = [
        words.say(f"long_term.step_{v}") if isinstance(v, str) else "" for v in chain["waits_for"]
    ]
    fields: list[Field] = [
        "project_id",
        "waits_for",
        ("days_waiting", "count"),
        ("is_out_of_order", "yes_no"),
        "completed_date",
        *(f"{s.value}_date" for s in STEPS),
        "district_code",
        "project_key",
    ]
    return record_table(shown, fields, names, title, notes)


def _months(
    fees: pd.DataFrame, filters: Filters, names: Names
) -> tuple[pd.DataFrame, dict[str, tuple[str, ...]]]:
    words, found, figures = names.words, [], {}
    for month, rows in fees.groupby("month", sort=True):
        told = collection(rows, filters.as_of)
        if told.share is None:
            continue
        share = float(100 * told.share)
        found.append((month, share, told.collected_fen / 1_000_000, told.charged_fen / 1_000_000))
        figures[f"{month} · {words.money_of(told.collected_fen, told.charged_fen)}"] = told.fee_ids
    return pd.DataFrame(found, columns=["month", "pct", "part", "whole"]), figures


def _districts(
    projects: pd.DataFrame,
    fees: pd.DataFrame,
    filters: Filters,
    names: Names,
    title: str,
    notes: Mapping[str, str],
) -> tuple[Table, dict[str, tuple[str, ...]]]:
    words = names.words
    codes = fees["project_id"].map(projects.set_index("project_id")["district_code"])
    found, figures = [], {}
    for code, rows in fees.groupby(codes, sort=True):
        told = collection(rows, filters.as_of)
        share = None if told.share is None else float(100 * told.share)
        name = names.district(code)
        found.append(
            (name, told.charged_fen, told.collected_fen, share, len(told.fee_ids), len(told.not_known))
        )
        if told.fee_ids:
            figures[f"{name} · {words.money_of(told.collected_fen, told.charged_fen)}"] = told.fee_ids
        if told.not_known:
            figures[words.say("long_term.fees_unknown", area=name, count=len(told.not_known))] = (
                told.not_known
            )
    fields = ["district_code", "charged_fen", "paid_in_fen", "collected_pct", "row_count", "unknown_count"]
    kinds = ("text", "wan_yuan", "wan_yuan", "pct", "count", "count")
    columns = [TableColumn(f, words.say(f"record.col.{f}"), k) for f, k in zip(fields, kinds, strict=True)]  # type: ignore[arg-type]
    frame = pd.DataFrame(found, columns=fields).sort_values("collected_pct", kind="stable")
    return Table(frame.reset_index(drop=True), columns, title, notes), figures


def fees_table(rows: pd.DataFrame, names: Names, title: str, notes: Mapping[str, str]) -> Table:
    """Fee rows behind a rate, the newest month first."""
    fields: list[Field] = [
        "fee_id",
        "project_id",
        "community_id",
        "month",
        "charged_fen",
        "charged_exact",
        "paid_in_fen",
        "paid_in_exact",
        "import_run_id",
    ]
    ordered = rows.rename(columns={"collected_fen": "paid_in_fen"}).sort_values(
        ["month", "fee_id"], ascending=[False, True]
    )
    return record_table(ordered, fields, names, title, notes)


def events_table(
    projects: pd.DataFrame,
    events: pd.DataFrame,
    filters: Filters,
    names: Names,
    title: str,
    notes: Mapping[str, str],
) -> Table:
    """The dated events up to the day that the chain is read from, the newest first."""
    words = names.words
    is_own = events["project_id"].isin(projects["project_id"]) & events["stage"].isin(CHAIN_STAGES)
    own = events[is_own & (pd.to_datetime(events["event_date"]) <= pd.Timestamp(filters.as_of))]
    own = own.assign(stage=[words.say(f"stage.{s}") for s in own["stage"]])
    fields: list[Field] = [
        "event_id",
        "project_id",
        "stage",
        "event_date",
        "document_no",
        "import_run_id",
        "project_key",
    ]
    ordered = own.sort_values(["event_date", "event_id"], ascending=[False, True])
    return record_table(ordered, fields, names, title, notes)
