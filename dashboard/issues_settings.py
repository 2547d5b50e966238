"""The days that the office has set for issues, from its file (`loaders.assessment_file`); what is not set stays so."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from dashboard.words import Words
from loaders.assessment_file import assessment_path, assessment_text
from loaders.wording import WORDING
from programme.duties.issues import EscalationRule, RuleRefused, escalation_rules
from programme.months.errors import SettingsRefused
from programme.months.settings import settings_from_toml


@dataclass(frozen=True)
class IssueSettings:
    """The escalation rules in force on a day, the days in which issues of a kind are to be closed ("*": any other),
    and in words what is wrong with the file (then nothing counts as set)."""

    rules: tuple[EscalationRule, ...] = ()
    limits: Mapping[str, int] = field(default_factory=dict)
    fault: str = ""


def issue_settings(on: dt.date, words: Words) -> IssueSettings:
    """The settings on a day. A broken file is said to be one and sets nothing: no days are guessed."""
    name = assessment_path().name
    try:
        text = assessment_text()
        return IssueSettings(escalation_rules(text, on), settings_from_toml(text, on).issue_limit_days)
    except (RuleRefused, SettingsRefused) as fault:
        told = WORDING.say(fault.code, words.lang, **fault.params)
        return IssueSettings(fault=words.say("issues.file_refused", file=name, detail=told))
    except (OSError, UnicodeDecodeError):
        return IssueSettings(fault=words.say("issues.file_unreadable", file=name))
