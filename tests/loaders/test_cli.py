"""The command line as scripts call it: JSON shapes, exit codes, messages without a stack trace."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from loaders.cli import app
from tests.conftest import PROJECT_DIR
from tests.loaders.small_source import make_source


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    make_source(folder / "s")
    return folder


def run(place: Path, *args: str, code: int = 0) -> str:
    """A command in a process of its own, as scripts call it."""
    env = {**os.environ, "ATLAS_DATABASE_URL": f"sqlite:///{place / 'atlas.sqlite'}"}
    done = subprocess.run(
        [sys.executable, "-m", "loaders", *args],
        cwd=PROJECT_DIR,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout if code != 2 or "--json" in args else done.stderr


def here(place: Path, *args: str) -> str:
    """A command without a process of its own, which takes two seconds to start; it goes well."""
    done = CliRunner().invoke(
        app, list(args), env={"ATLAS_DATABASE_URL": f"sqlite:///{place / 'atlas.sqlite'}"}
    )
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_whole_round(place: Path) -> None:
    loaded = json.loads(run(place, "load", str(place / "s" / "small.toml"), "--json", code=1))
    assert set(loaded) >= {"run", "layers"}
    assert set(loaded["layers"][0]) >= {
        "layer",
        "read",
        "accepted",
        "rejected",
        "repaired",
        "datum",
        "encoding",
    }
    number = str(loaded["run"])
    listed = json.loads(here(place, "runs", "--json"))
    assert [r["run"] for r in listed] == [loaded["run"], 1]
    rows = json.loads(run(place, "summary", "--by", "district", "--json"))
    assert set(rows[0]) == {
        "code",
        "name",
        "communities",
        "pre_2000",
        "post_2000",
        "unknown_year",
        "buildings",
        "projects",
    }
    assert next(r for r in rows if r["code"] == "110101")["communities"] == 37
    assert "火星区" in here(place, "rejected", number)
    here(place, "rejected", number, "--out", str(place / "坏行.xlsx"))
    assert (place / "坏行.xlsx").stat().st_size > 5000
    here(place, "export", "buildings", "--out", str(place / "b.gpkg"))
    assert json.loads(here(place, "check", "--json")) == {"ok": True, "faults": []}
    here(place, "backup", "--out", str(place / "b.json.gz"))
    assert "撤销" in here(place, "undo", number)
    assert json.loads(here(place, "summary", "--json"))[0]["communities"] == 0
    here(place, "restore", str(place / "b.json.gz"))
    assert "nothing is wrong" in here(place, "check", "--lang", "en")
    assert json.loads(here(place, "summary", "--json"))[0]["communities"] == 37


def test_refusals_say_what_to_do(place: Path) -> None:
    assert "python -m loaders runs" in run(place, "undo", "99", code=2)
    assert "no layer" in run(
        place, "export", "nothing", "--out", str(place / "x.csv"), "--lang", "en", code=2
    )
    told = json.loads(run(place, "load", str(place / "none.toml"), "--json", code=2))
    assert told["error"]["code"].startswith("catalogue.") and "none.toml" in told["error"]["message"]


def test_the_doctor_prints_its_shape(place: Path) -> None:
    told = json.loads(here(place, "doctor", str(place / "s" / "小区.gpkg"), "--json"))
    assert set(told) >= {"rows", "encoding", "axes", "datum", "findings"}
    assert told["rows"] == 40 and told["axes"] == "xy"
    assert set(told["datum"]) >= {"verdict", "evidence"}
    assert all(set(f) >= {"code", "severity", "message", "rows"} for f in told["findings"])
