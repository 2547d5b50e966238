"""Closed months: frozen inputs, rules and figures in one byte form that replays for ever (R1, R67)."""

from programme.months.closing import (
    ChainFault,
    ClosedMonth,
    Correction,
    Rules,
    chain_faults,
    close,
    correct,
    read,
    replay,
)
from programme.months.difference import Difference, PartMove, RowChange, UnitMove, difference, movement
from programme.months.errors import (
    InputRefused,
    MonthDamaged,
    MonthError,
    ReplayDiffers,
    SettingsRefused,
    UnknownRules,
)
from programme.months.opening import decimal_of, parts_frame, ranking_frame, source_rows
from programme.months.settings import MeasureSetting, Settings, settings_from_toml, unset

__all__ = [
    "ChainFault",
    "ClosedMonth",
    "Correction",
    "Difference",
    "InputRefused",
    "MeasureSetting",
    "MonthDamaged",
    "MonthError",
    "PartMove",
    "ReplayDiffers",
    "RowChange",
    "Rules",
    "Settings",
    "SettingsRefused",
    "UnitMove",
    "UnknownRules",
    "chain_faults",
    "close",
    "correct",
    "decimal_of",
    "difference",
    "movement",
    "parts_frame",
    "ranking_frame",
    "read",
    "replay",
    "settings_from_toml",
    "source_rows",
    "unset",
]
