"""The named reads of duties and issues, on both databases."""

import pandas as pd
import pytest

from store import queries_duties, queries_issues
from store.engine import Store
from tests.dashboard.duties_store import TABLES, add_duties
from tests.dashboard.small_store import fill

READS = {
    "deliverables": queries_duties.deliverable_rows,
    "meetings": queries_duties.meeting_rows,
    "agenda_items": queries_duties.agenda_rows,
    "decisions": queries_duties.decision_rows,
    "practice_cards": queries_duties.card_rows,
    "card_sendings": queries_duties.sending_rows,
    "plan_filings": queries_duties.filing_rows,
    "issues": queries_issues.issue_rows,
    "issue_calls": queries_issues.call_rows,
    "issue_escalations": queries_issues.escalation_rows,
}


@pytest.fixture
def filled(store: Store) -> Store:
    fill(store)
    add_duties(store)
    return store


def test_every_row_comes_with_its_run_and_its_hash_sorted_by_key(filled: Store) -> None:
    for name, query in READS.items():
        rows = query(filled)
        keys = list(rows.iloc[:, 0])
        assert keys == sorted(TABLES[name].iloc[:, 0]), name
        assert rows["content_hash"].str.len().eq(32).all(), name
        assert rows["import_run_id"].nunique() == 1, name


def test_an_empty_store_has_the_columns_and_no_rows(store: Store) -> None:
    for query in READS.values():
        rows = query(store)
        assert rows.empty and "content_hash" in rows


def test_issues_name_their_community_and_project_and_no_person(filled: Store) -> None:
    rows = queries_issues.issue_rows(filled).set_index("issue_id")
    assert rows.loc["W1", "community_name"] == "C1小区"
    assert rows.loc["W1", "project_name"] == "C1项目"
    assert rows.loc["W1"].geometry.x == pytest.approx(116.41)
    assert rows.geometry.isna()["W4"] or rows.geometry.is_empty["W4"]
    assert not [c for c in rows if "reporter" in c]
    person = queries_issues.issue_reporter(filled, "W5").iloc[0]
    assert (person["reporter_name"], person["reporter_phone"]) == ("王女士", "0000 0001")


def test_places_to_report_for(filled: Store) -> None:
    homes = queries_issues.reporting_places(filled, "110101")
    assert list(homes["community_id"]) == ["C1", "C2", "C3"]
    assert list(homes["project_id"]) == ["P1", "P2", "P3"]
    assert list(queries_issues.reporting_places(filled, "110102", "110102002")["community_id"]) == [
        "C5",
        "C6",
    ]
    shape = queries_issues.reporting_shape(filled, "C1")
    assert len(shape) == 1 and pd.notna(shape["point"].iloc[0])
    assert list(queries_issues.project_titles(filled)["project_id"]) == ["P1", "P2", "P3", "P4", "P5"]
