"""What the page *Long-term* reads (R68–R73): rows with their key, their run and the hash that an edit asks for."""

import pandas as pd

from store.engine import Store
from store.queries_money import whole_rows
from store.tables import BASE_TABLES


def property_fee_rows(store: Store) -> pd.DataFrame:
    """Property fees by project, community and month (R69), columns of the table property_fees."""
    return whole_rows(store, BASE_TABLES["property_fees"])


def operated_item_rows(store: Store) -> pd.DataFrame:
    """Optional items in operation (R70), columns of the table operated_items."""
    return whole_rows(store, BASE_TABLES["operated_items"])


def visit_rows(store: Store) -> pd.DataFrame:
    """Visits of the subdistricts (R71), columns of the table supervision_visits."""
    return whole_rows(store, BASE_TABLES["supervision_visits"])


def visit_finding_rows(store: Store) -> pd.DataFrame:
    """What was found on the visits (R71): visit_finding_id, visit_id, text, due_date, fixed_date, import_run_id."""
    return whole_rows(store, BASE_TABLES["visit_findings"])


def pilot_rows(store: Store) -> pd.DataFrame:
    """Pilots of property management (R72), columns of the table pilots."""
    return whole_rows(store, BASE_TABLES["pilots"])


def pilot_measurement_rows(store: Store) -> pd.DataFrame:
    """What was measured of the pilots (R72), columns of the table pilot_measurements."""
    return whole_rows(store, BASE_TABLES["pilot_measurements"])


def chain_event_rows(store: Store) -> pd.DataFrame:
    """The dated events of the projects with their key and run (R69), columns of the table stage_events."""
    return whole_rows(store, BASE_TABLES["stage_events"])


def practice_card_rows(store: Store) -> pd.DataFrame:
    """Cards of good practice and of models (R65, R73), columns of the table practice_cards."""
    return whole_rows(store, BASE_TABLES["practice_cards"])
