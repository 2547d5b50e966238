"""The kind of facility, the standard it is judged by, and the distance; not set where no source gives one."""

import datetime as dt
from dataclasses import dataclass

import streamlit as st

from dashboard.issues_panels import pick
from dashboard.markup import element, show
from dashboard.standards_now import standards_now
from dashboard.viewmodels.what_if_view import metres
from dashboard.words import Words
from loaders.facility_standards import kind_name, kinds_known
from programme.standards import Requirement, Standards, requirement

DEFAULT_KIND = "elderly_daycare"
IN_FORCE = "in_force"


@dataclass(frozen=True)
class Choice:
    """What was chosen. `standard` names the row that gave the distance, as a person would quote it."""

    kind: str
    need: Requirement
    standard: str
    standards: Standards
    chosen: tuple[str, str | None] | None


def choose_kind(on: dt.date, words: Words) -> Choice:
    """The choice of kind and standard, with what the standard says of the kind."""
    standards = standards_now(words)
    kinds = sorted(kinds_known(), key=lambda k: kind_name(k, "zh"))
    versions = {f"{v.key}@{v.version}": v for v in standards.versions}
    with st.container(horizontal=True, key="bar_what_if"):
        kind = pick("wi_kind", kinds, DEFAULT_KIND, [kind_name(k, words.lang) for k in kinds], words)
        names = [
            words.say("what_if.standard_in_force", day=words.date(on)),
            *(f"{v.name_en if words.lang == 'en' else v.name_zh} {v.version}" for v in versions.values()),
        ]
        named = pick("wi_standard", [IN_FORCE, *versions], IN_FORCE, names, words)
    version = versions.get(named)
    chosen = (version.key, version.version) if version is not None else None
    need = requirement(standards, kind, on, chosen)
    show(element("p", need_text(need, words), css="atlas-note"))
    return Choice(kind, need, quoted(need), standards, chosen)


def quoted(need: Requirement) -> str:
    """A requirement as one cites it: document and clause; empty where no standard gives a distance."""
    if need.radius_m is None:
        return ""
    return " ".join(t for t in (need.document, need.clause) if t)


def need_text(need: Requirement, words: Words) -> str:
    """What the standard says of the kind, or that it says nothing."""
    kind = kind_name(need.facility_kind, words.lang)
    if need.radius_m is not None:
        return words.say(
            "what_if.need_set",
            kind=kind,
            radius=metres(need.radius_m, words),
            standard=quoted(need),
            confidence=need.confidence or words.say("figure.not_known"),
        )
    minutes = need.value("walk_minutes")
    if minutes is not None:
        return words.say(
            "what_if.need_minutes", kind=kind, minutes=words.number(minutes), standard=need.document
        )
    return words.say("what_if.need_not_set", kind=kind)
