"""The month that the page Assessment shows: frozen or as the ledger stands, seen by the person of this session."""

import hashlib
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.session import current_principal
from dashboard.state import read, reader, store, totals, worked_out
from loaders.assessment import assessment_settings, plan_mechanism_units
from programme.months import ClosedMonth, Settings
from store.access import Principal
from store.engine import Store, database_url
from store.months import month_before, open_month, read_month
from store.months_seen import seen_month
from store.queries_months import LEDGER_TABLES, closed_versions, ledger_rows

#: In place of a version: the ledger as it stands.
NOW = "now"


@dataclass(frozen=True)
class Shown:
    """A version of a month (None: the ledger as it stands), the last closed month before it, and who looks.

    `versions` are the month's closed versions, oldest first (`queries_months.closed_versions`); `weights` are those in
    force today for this month, which a month that is not closed runs on.
    """

    month: ClosedMonth
    version: int | None
    before: ClosedMonth | None
    versions: pd.DataFrame
    weights: Settings
    person: Principal

    @property
    def entry(self) -> Any:
        """The row of the shown version; None for the ledger as it stands."""
        own = self.versions[self.versions["version"] == self.version]
        return None if own.empty else own.iloc[0]


def all_versions() -> pd.DataFrame:
    """Every closed version, without its content: which months are closed is no secret of a district."""
    return totals("assessment.versions", (), closed_versions)


def versions_of(month: str) -> pd.DataFrame:
    """The closed versions of one month, oldest first."""
    held = all_versions()
    return held[held["month"] == month].reset_index(drop=True)


@st.cache_resource(show_spinner=False, max_entries=24)
def _whole(url: str, revision: int, month: str, version: str, rules: str, _weights: Settings) -> ClosedMonth:
    """The whole month, made once for all sessions; nobody sees it but through `seen_month`."""
    if version == NOW:
        return open_month(store(), month, _weights, plan_mechanism_units())
    return read_month(store(), month, int(version))


@st.cache_resource(show_spinner=False, max_entries=24)
def _whole_before(url: str, revision: int, month: str) -> ClosedMonth | None:
    return month_before(store(), month)


def month_of(month: str, version: str, weights: Settings) -> ClosedMonth:
    """A version of a month (`NOW`: as the ledger stands) as this session's person may see it.

    Raises MonthRefused where there is nothing to show: no data, a month to come, or damaged bytes.
    """
    rules = hashlib.sha256(repr(weights.plain()).encode()).hexdigest()
    whole = _whole(database_url(), store().revision(), month, version, rules, weights)
    if current_principal().reads_city:
        return whole
    seen: ClosedMonth = worked_out(
        "assessment.seen", (month, version, rules), lambda: seen_month(whole, reader())
    )
    return seen


def shown_month(month: str, version: str) -> Shown:
    """What the page shows of a month. Raises MonthRefused, and AtlasError for a broken file of weights."""
    weights = assessment_settings(month)
    versions = versions_of(month)
    held = month_of(month, version, weights)
    # Places and scores alone are read of the month before: they are totals.
    before = _whole_before(database_url(), store().revision(), month)
    number = None if version == NOW else int(version)
    return Shown(held, number, before, versions, weights, current_principal())


def ledger_of(table: str) -> pd.DataFrame:
    """Names and runs of a month's table as the person may see them, indexed by row_key; empty for `mechanism_units`."""
    if table not in LEDGER_TABLES:
        columns = ["label", "run_id", "title_zh", "title_en", "is_synthetic"]
        return pd.DataFrame(columns=columns, index=pd.Index([], name="row_key"))
    return read(ledger_rows, table).set_index("row_key")


def whole_store() -> Store:
    """The store that a closing is written to; who may, is asked there."""
    return store()
