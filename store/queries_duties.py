"""Who owes what: deliverables, meetings with agenda and decisions, cards, the districts' filed plans (R59–R66, R73)."""

import pandas as pd
from sqlalchemy import Table, select

from store.engine import Store
from store.tables_programme import (
    agenda_items,
    card_sendings,
    decisions,
    deliverables,
    meetings,
    plan_filings,
    practice_cards,
)


def _rows(store: Store, table: Table, *columns: str) -> pd.DataFrame:
    """Some columns of a table with where each row came from, sorted by key (the first column)."""
    asked = [table.c[name] for name in (*columns, "import_run_id", "is_synthetic", "content_hash")]
    return store.frame(select(*asked).order_by(table.c[columns[0]]))


def deliverable_rows(store: Store) -> pd.DataFrame:
    """The mechanisms' deliverables (R60): deliverable_id, mechanism_no, kind, title, unit, due_date, delivered_date,
    document_no, import_run_id, is_synthetic, content_hash."""
    columns = ("deliverable_id", "mechanism_no", "kind", "title", "unit")
    return _rows(store, deliverables, *columns, "due_date", "delivered_date", "document_no")


def meeting_rows(store: Store) -> pd.DataFrame:
    """The meetings (R62): meeting_id, kind, title, held_date, import_run_id, is_synthetic, content_hash."""
    return _rows(store, meetings, "meeting_id", "kind", "title", "held_date")


def agenda_rows(store: Store) -> pd.DataFrame:
    """What is on the agendas (R62): agenda_item_id, meeting_id, position, subject, group_id (R64), import_run_id,
    is_synthetic, content_hash."""
    return _rows(store, agenda_items, "agenda_item_id", "meeting_id", "position", "subject", "group_id")


def decision_rows(store: Store) -> pd.DataFrame:
    """What was decided (R62): decision_id, meeting_id, agenda_item_id, text, unit, due_date, done_date, import_run_id,
    is_synthetic, content_hash."""
    columns = ("decision_id", "meeting_id", "agenda_item_id", "text", "unit", "due_date", "done_date")
    return _rows(store, decisions, *columns)


def card_rows(store: Store) -> pd.DataFrame:
    """Good practice and models (R65, R73): card_id, kind, title, summary, district_code, project_id, published_date
    (missing: a draft), evidence, import_run_id, is_synthetic, content_hash."""
    columns = (
        "card_id",
        "kind",
        "title",
        "summary",
        "district_code",
        "project_id",
        "published_date",
        "evidence",
    )
    return _rows(store, practice_cards, *columns)


def sending_rows(store: Store) -> pd.DataFrame:
    """Which card was sent to whom (R65): sent_id, card_id, unit, sent_date, import_run_id, is_synthetic,
    content_hash."""
    return _rows(store, card_sendings, "sent_id", "card_id", "unit", "sent_date")


def filing_rows(store: Store) -> pd.DataFrame:
    """The parts of the districts' own plans that were filed (R66): filing_id, district_code, year, part, filed_date,
    document_no, import_run_id, is_synthetic, content_hash."""
    columns = ("filing_id", "district_code", "year", "part", "filed_date", "document_no")
    return _rows(store, plan_filings, *columns)
