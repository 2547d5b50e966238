"""The office's weights and limits as text: the file it names in the environment, or the shipped one."""

import os
from pathlib import Path

from loaders.reference import REFERENCE_DIR

ENVIRONMENT_KEY = "ATLAS_ASSESSMENT_FILE"
SHIPPED = REFERENCE_DIR / "assessment_weights.toml"


def assessment_path() -> Path:
    """The file of weights, limits and escalation days: `ATLAS_ASSESSMENT_FILE`, else the shipped one."""
    named = os.environ.get(ENVIRONMENT_KEY, "").strip()
    return Path(named) if named else SHIPPED


def assessment_text() -> str:
    """The text of that file, for `programme.months.settings` and `programme.duties.issues`; UTF-8, BOM allowed.

    Read each time, so that a change counts without a restart. Raises OSError where it can't be read and
    UnicodeDecodeError where it isn't UTF-8: never the shipped file in place of a broken one.
    """
    return assessment_path().read_text(encoding="utf-8-sig")
