"""The command line's months, from the first closing to the brief; every refusal is a sentence and exit code 2."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from loaders.cli import app
from loaders.cli_months import brief, months_app
from store.months import kept_bytes
from tests.dashboard.small_store import small_store
from tests.fresh import fresh_store
from tests.month_city import started, write

RUN = CliRunner()
app.add_typer(months_app)
app.command()(brief)


@pytest.fixture
def call(sqlite_url: str, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    fresh_store(Path(sqlite_url.removeprefix("sqlite:///")), small_store)
    monkeypatch.setenv("ATLAS_DATABASE_URL", sqlite_url)
    monkeypatch.delenv("ATLAS_ASSESSMENT_FILE", raising=False)

    def run(*args: str) -> Result:
        return RUN.invoke(app, list(args))

    return run


def test_close_list_correct_replay_show_and_brief(call, sqlite_url: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert "还没有封存过" in call("month", "list").output
    told = json.loads(call("month", "close", "2020-06", "--json").output)
    assert (told["month"], told["version"], told["previous_digest"]) == ("2020-06", 1, None)
    from store.engine import open_store

    store = open_store(sqlite_url)
    first = kept_bytes(store, "2020-06", 1)
    write(store, "stage_events", [started("P2", "2020-06-10")])
    again = json.loads(call("month", "correct", "2020-06", "--reason", "补报", "--json").output)
    assert (again["version"], again["previous_digest"], again["reason"]) == (2, told["digest"], "补报")
    assert kept_bytes(store, "2020-06", 1) == first
    store.dispose()
    assert [r["version"] for r in json.loads(call("month", "list", "--json").output)] == [1, 2]
    assert "补报" in call("month", "list").output
    same = call("month", "replay", "2020-06", "--version", "1")
    assert same.exit_code == 0 and "完全一致" in same.output and told["digest"] in same.output
    shown = json.loads(call("month", "show", "2020-06", "--json").output)
    assert shown["version"] == 2
    assert shown["rules"]["settings"]["districts"]["starts"]["weight"] is None
    assert "东城区" in call("month", "show", "2020-06").output
    target = tmp_path / "b.pdf"
    done = call("brief", "--month", "2020-06", "--out", str(target), "--paper", "a3", "--json")
    assert json.loads(done.output)["missing_glyphs"] == []
    assert target.read_bytes().startswith(b"%PDF")
    faults = json.loads(call("check", "--json").output)["faults"]
    assert [f for f in faults if f["code"].startswith("month.")] == []


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("month", "close", "2999-01"), "还没有到"),
        (("month", "close", "2019-01"), "早于台账最早的月份"),
        (("month", "close", "六月"), "不是月份"),
        (("month", "correct", "2020-06", "--reason", "x"), "还没有封存"),
        (("month", "replay", "2020-06"), "还没有封存"),
        (("month", "show", "2020-06", "--version", "3"), "没有第 3 版"),
        (("brief", "--month", "2020-06", "--out", "x.txt"), "后缀不可用"),
    ],
)
def test_a_refusal_is_a_sentence(call, args: tuple[str, ...], said: str) -> None:  # type: ignore[no-untyped-def]
    told = call(*args)
    assert told.exit_code == 2
    assert said in told.output
    assert "Traceback" not in told.output


def test_a_broken_file_of_weights_is_named(call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "权重.toml"
    monkeypatch.setenv("ATLAS_ASSESSMENT_FILE", str(file))
    assert "《权重.toml》打不开" in call("month", "close", "2020-06").output
    file.write_text('[[district]]\nmeasure = "beauty"\nweight = 3\n', "utf-8")
    assert "不认识的指标“beauty”" in call("month", "close", "2020-06").output
    file.write_text('[[district]]\nmeasure = "starts"\nweight = 3\nsource = "通知"\n', "utf-8")
    assert call("month", "close", "2020-06").exit_code == 0
    shown = json.loads(call("month", "show", "2020-06", "--json").output)
    assert shown["rules"]["settings"]["districts"]["starts"]["weight"] == "3/1"
