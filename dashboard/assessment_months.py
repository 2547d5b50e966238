"""Closing, correcting and replaying a month on the page; and its versions with what turned one into the next."""

import itertools
import logging
from collections.abc import Callable

import pandas as pd
import streamlit as st

from dashboard.address import change, choice
from dashboard.area_panels import choose
from dashboard.assessment_data import NOW, Shown, all_versions, ledger_of, month_of, whole_store
from dashboard.filters import StoreFacts
from dashboard.markup import element, escaped_markdown, show
from dashboard.panels import panel
from dashboard.tables import Table, TableColumn, show_table
from dashboard.viewmodels.assessment_difference import difference_view
from dashboard.viewmodels.assessment_tables import frozen_counts
from dashboard.words import DASH, Words
from loaders.assessment import plan_mechanism_units
from loaders.wording import WORDING
from programme.months import ClosedMonth
from programme.months.difference import row_changes
from programme.progress import month_end
from store.access import Action, Role, anybody
from store.errors import StoreError
from store.months import beijing_time, beijing_today, close_month, correct_month, replay_month

_log = logging.getLogger(__name__)
_TOLD, _ASKED = "assessment.told", "assessment.asked"
MOST_REASON = 500
MOST_SENTENCES = 40


def state_text(shown: Shown, words: Words) -> str:
    """Whether the month is closed: when, by whom, which version of how many, and the beginning of its digest."""
    entry = shown.entry
    if entry is None:
        code = "state_open_closed" if len(shown.versions) else "state_open"
        return words.say(f"assessment.{code}", month=shown.month.month, total=len(shown.versions))
    by = _by(entry["closed_by"], words) if shown.person.reads_rows else words.say("assessment.office")
    reason = entry["reason"] if shown.person.reads_rows and isinstance(entry["reason"], str) else ""
    text = words.say(
        "assessment.state_closed",
        month=shown.month.month,
        time=beijing_time(entry["closed_at"]),
        by=by,
        version=int(entry["version"]),
        total=len(shown.versions),
        digest=str(entry["digest"])[:12],
    )
    return text + (words.say("assessment.state_reason", reason=reason) if reason else "")


def _by(name: object, words: Words) -> str:
    """Who closed it; the demo's nobody in particular is the office."""
    return words.say("assessment.office") if name == anybody(Role.ASSESSMENT_OFFICE) else str(name)


def version_choice(month: str, versions: pd.DataFrame, words: Words) -> str:
    """The version of this month that the address names, else the newest; `NOW` is the ledger as it stands.

    The address names the month with it, so that another month begins at its own newest version.
    """
    numbers = [str(v) for v in versions["version"]]
    options = [f"{month}.{v}" for v in (*numbers, NOW)]
    chosen = choice("version", options, options[-2] if numbers else options[-1])
    if numbers:
        names = [words.say("assessment.version", version=v) for v in numbers]
        choose("version", options, chosen, [*names, words.say("assessment.version_now")], words, "assessment")
    return chosen.rpartition(".")[2]


def show_told(words: Words) -> None:
    """What was just done."""
    told = st.session_state.pop(_TOLD, None)
    if told is not None:
        code, params = told
        st.success(escaped_markdown(words.say(code, **params)))


def show_months(shown: Shown, words: Words, notes: dict[str, str]) -> None:
    """The closing or the correction of this month, and every closed version with its replay."""
    _closing(shown, words)
    _versions(shown, words, notes)


def _closing(shown: Shown, words: Words) -> None:
    is_closed = len(shown.versions) > 0
    month = shown.month.month
    question = words.say(
        "assessment.correct_question" if is_closed else "assessment.close_question", month=month
    )
    answer = words.say("assessment.correct_answer" if is_closed else "assessment.close_answer")
    with panel(words, question, answer, key="close"):
        if not shown.person.may(Action.CLOSE_MONTH):
            show(element("p", words.say("assessment.close_no_role"), css="atlas-note"))
        elif is_closed:
            _correct(shown, words)
        else:
            _close(shown, words)


def _close(shown: Shown, words: Words) -> None:
    month = shown.month.month
    show(
        element(
            "p", words.say("assessment.close_rows", rows=frozen_counts(shown.month, words)), css="atlas-note"
        )
    )
    every = [*shown.weights.districts.values(), *shown.weights.departments.values()]
    unset = sum(s.weight is None for s in every)
    if unset:
        code = "close_none_set" if unset == len(every) else "close_unset"
        show(element("p", words.say(f"assessment.{code}", n=unset, total=len(every)), css="atlas-note"))
    last = month_end(month)
    if last >= beijing_today():
        # The store refuses it too; a button that can only be refused is none.
        said = WORDING.say("month.not_over", words.lang, month=month, last=last.isoformat())
        show(element("p", said, css="atlas-answer"))
        return
    asked = ("close", month)
    if st.session_state.get(_ASKED) != asked:
        _ask_button(words.say("assessment.close_ask", month=month), asked, key="assessment_close")
        return
    show(element("p", words.say("assessment.close_sure", month=month), css="atlas-ribbon"))
    with st.container(horizontal=True, gap="small"):
        if st.button(
            words.say("assessment.close_confirm", month=month), type="primary", key="assessment_close_yes"
        ):
            _write(
                lambda: close_month(
                    whole_store(), shown.person, month, shown.weights, plan_mechanism_units()
                ),
                "assessment.told_closed",
                words,
            )
        st.button(words.say("assessment.cancel"), key="assessment_close_no", on_click=_forget)


def _correct(shown: Shown, words: Words) -> None:
    month, newest = shown.month.month, int(shown.versions["version"].max())
    old, now = (month_of(month, v, shown.weights) for v in (str(newest), NOW))
    changed = len(row_changes(old.inputs, now.inputs))
    has_weights = shown.weights.plain() != old.rules.settings.plain()
    if not changed and not has_weights:
        show(element("p", words.say("assessment.correct_nothing", version=newest), css="atlas-note"))
        return
    text = words.say("assessment.correct_rows", version=newest, n=changed)
    show(element("p", text, css="atlas-note"))
    reason = st.text_area(
        words.say("assessment.reason_label"),
        key=f"assessment_reason_{month}_{newest}",
        max_chars=MOST_REASON,
        placeholder=words.say("assessment.reason_hint"),
    )
    takes_weights = has_weights and st.checkbox(
        words.say("assessment.correct_weights"), key=f"assessment_weights_{month}_{newest}", value=not changed
    )
    asked = ("correct", month, newest)
    if st.session_state.get(_ASKED) != asked:
        _ask_button(words.say("assessment.correct_ask", version=newest + 1), asked, key="assessment_correct")
        return
    show(
        element("p", words.say("assessment.correct_sure", version=newest + 1, old=newest), css="atlas-ribbon")
    )
    with st.container(horizontal=True, gap="small"):
        label = words.say("assessment.correct_confirm", version=newest + 1)
        if st.button(label, type="primary", key="assessment_correct_yes"):
            _write(
                lambda: correct_month(
                    whole_store(),
                    shown.person,
                    month,
                    plan_mechanism_units(),
                    reason,
                    settings=shown.weights if takes_weights else None,
                    expected=newest,
                ),
                "assessment.told_corrected",
                words,
            )
        st.button(words.say("assessment.cancel"), key="assessment_correct_no", on_click=_forget)


def _ask_button(label: str, asked: tuple[object, ...], *, key: str) -> None:
    def ask() -> None:
        st.session_state[_ASKED] = asked

    st.button(label, key=key, on_click=ask)


def _forget() -> None:
    st.session_state.pop(_ASKED, None)


def _write(act: Callable[[], ClosedMonth], code: str, words: Words) -> None:
    try:
        made = act()
    except StoreError as fault:
        _log.info("month refused: %s", fault)
        st.error(escaped_markdown(WORDING.say(fault.code, words.lang, **fault.params)))
        return
    _forget()
    st.session_state[_TOLD] = (
        code,
        {"month": made.month, "version": made.version, "digest": made.digest[:12]},
    )
    change(version=f"{made.month}.{made.version}")
    st.rerun()


def _versions(shown: Shown, words: Words, notes: dict[str, str]) -> None:
    held = all_versions().sort_values(["month", "version"], ascending=False).reset_index(drop=True)
    if held.empty:
        answer = words.say("assessment.versions_none")
    else:
        answer = words.say("assessment.versions_answer", months=held["month"].nunique(), versions=len(held))
    with panel(words, words.say("assessment.versions_question"), answer, key="versions"):
        if held.empty:
            return
        is_row_reader = shown.person.reads_rows
        rows = pd.DataFrame(
            {
                "month": held["month"],
                "version": held["version"],
                "closed_at": [beijing_time(at) for at in held["closed_at"]],
                "closed_by": [_by(name, words) for name in held["closed_by"]]
                if is_row_reader
                else words.say("assessment.office"),
                "reason": held["reason"].where(held["reason"].notna(), DASH) if is_row_reader else DASH,
                "digest": held["digest"],
            }
        )
        columns = [
            TableColumn(f, words.say(f"assessment.version_{f}"), "count" if f == "version" else "text")
            for f in rows.columns
        ]
        table = Table(rows, columns, words.say("assessment.versions_file"), notes)
        show_table(table, words, key="assessment_versions")
        if shown.version is not None:
            _replay(shown, words)


def _replay(shown: Shown, words: Words) -> None:
    month, version = shown.month.month, shown.version
    label = words.say("assessment.replay", month=month, version=version)
    if not st.button(label, key="assessment_replay", help=words.say("assessment.replay_help")):
        return
    try:
        made = replay_month(whole_store(), month, version)
    except StoreError as fault:
        _log.warning("replay: %s", fault)
        st.error(escaped_markdown(WORDING.say(fault.code, words.lang, **fault.params)))
        return
    st.success(
        escaped_markdown(
            words.say("assessment.replay_same", month=month, version=version, digest=made.digest)
        )
    )


def show_changes(
    shown: Shown, found: StoreFacts, words: Words, notes: dict[str, str], *, has_central: bool
) -> None:
    """What turned a version into the one after it, or what the ledger changed since the newest one."""
    numbers = [int(v) for v in shown.versions["version"]]
    if not numbers:
        show(element("p", words.say("assessment.changes_none"), css="atlas-note"))
        return
    pairs = [(str(a), str(b)) for a, b in itertools.pairwise(numbers)] + [(str(numbers[-1]), NOW)]
    options = ["-".join(p) for p in pairs]
    default = next(
        (o for o, p in zip(options, pairs, strict=True) if p[1] == str(shown.version)), options[-1]
    )
    chosen = choice("pair", options, default)

    def name(version: str) -> str:
        if version == NOW:
            return words.say("assessment.version_now")
        return words.say("assessment.version", version=version)

    labels = [words.say("assessment.pair", old=name(a), new=name(b)) for a, b in pairs]
    choose("pair", options, chosen, labels, words, "assessment")
    pair = pairs[options.index(chosen)]
    month = shown.month.month
    old, new = (month_of(month, v, shown.weights) for v in pair)
    view = difference_view(
        old,
        new,
        (name(pair[0]), name(pair[1])),
        ledger_of,
        found,
        words,
        notes,
        has_central=has_central,
        reads_city=shown.person.reads_city,
    )
    question = words.say("assessment.changes_question", old=name(pair[0]), new=name(pair[1]))
    with panel(words, question, view.headline, key="changes"):
        if view.is_empty:
            show(element("p", words.say("assessment.changes_same"), css="atlas-note"))
            return
        show(element("p", view.rows, css="atlas-note"))
        for title, lines in (
            ("changes_settings", view.settings),
            ("changes_districts", view.districts),
            ("changes_departments", view.departments),
        ):
            if lines:
                show(element("p", words.say(f"assessment.{title}", n=len(lines)), css="atlas-question"))
                show(*(element("p", line, css="atlas-answer") for line in lines[:MOST_SENTENCES]))
                if len(lines) > MOST_SENTENCES:
                    left = words.say("assessment.changes_more", n=len(lines) - MOST_SENTENCES)
                    show(element("p", left, css="atlas-note"))
        if not view.table.rows.empty:
            show_table(view.table, words, key="assessment_changes")
        elif not shown.person.reads_city:
            show(element("p", words.say("assessment.rows_hidden"), css="atlas-note"))
