"""Which file of weights and limits counts, and that a broken one is never replaced in silence."""

import datetime as dt
from pathlib import Path

import pytest

from loaders.assessment_file import ENVIRONMENT_KEY, assessment_text
from programme.duties.issues import escalation_rules

DAY = dt.date(2020, 8, 31)


def test_the_shipped_file_names_steps_and_sets_no_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENVIRONMENT_KEY, raising=False)
    rules = escalation_rules(assessment_text(), DAY)
    assert [(r.step, r.to, r.after_days) for r in rules] == [(1, "district", None), (2, "task_force", None)]


def test_the_offices_own_file_counts_and_a_change_to_it_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "权重.toml"
    monkeypatch.setenv(ENVIRONMENT_KEY, str(file))
    for days in (7, 10):
        row = f'[[escalation]]\nstep = 1\nto = "district"\nafter_days = {days}\n'
        file.write_text(row, encoding="utf-8-sig")
        assert [r.after_days for r in escalation_rules(assessment_text(), DAY)] == [days]


def test_a_file_that_is_gone_is_not_replaced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(ENVIRONMENT_KEY, str(tmp_path / "none.toml"))
    with pytest.raises(FileNotFoundError):
        assessment_text()
