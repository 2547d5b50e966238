"""What the assessment of a month runs on beside the store: weights in force, and the mechanisms of the plan's annex."""

import pandas as pd

from loaders.assessment_file import assessment_path, assessment_text
from loaders.errors import AtlasError
from loaders.reference import REFERENCE_DIR
from programme.duties.responsibility import mechanism_units
from programme.months import Settings, SettingsRefused, settings_from_toml
from programme.progress import month_end


def assessment_settings(month: str) -> Settings:
    """The weights and limits in force on the last day of a month (YYYY-MM), from the office's own file or the shipped
    one.

    Raises AtlasError: month.no_month, month.settings_file, and month.settings_* of `settings_from_toml`; a broken file
    is never replaced by the shipped one.
    """
    try:
        last = month_end(month)
    except ValueError as fault:
        raise AtlasError("month.no_month", month=month) from fault
    try:
        text = assessment_text()
    except (OSError, UnicodeDecodeError) as fault:
        raise AtlasError("month.settings_file", file=assessment_path().name, detail=str(fault)) from fault
    try:
        return settings_from_toml(text, last)
    except SettingsRefused as fault:
        raise AtlasError(fault.code, **fault.params) from fault


def plan_mechanism_units() -> pd.DataFrame:
    """Who leads and who is responsible for each mechanism (R59), from data/reference/mechanisms.csv."""
    table = pd.read_csv(REFERENCE_DIR / "mechanisms.csv", dtype=str, keep_default_na=False, encoding="utf-8")
    return mechanism_units(table)
