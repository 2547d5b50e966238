"""The command line's roles: granted, listed, taken away; a refusal is a sentence and exit code 2."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from loaders.cli_roles import roles_app
from tests.dashboard.small_store import small_store
from tests.fresh import fresh_store

RUN = CliRunner()


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("ATLAS_DATABASE_URL", fresh_store(tmp_path / "atlas.sqlite", small_store))
    return lambda *args: RUN.invoke(roles_app, list(args))


def test_grant_list_and_revoke(call: Callable[..., Result]) -> None:
    told = json.loads(
        call("grant", "a@b", "district", "--area", "110102", "--area", "110101", "--json").output
    )
    assert told == {"user_name": "a@b", "role": "district", "area_codes": ["110101", "110102"]}
    assert "已授予 c@d：市领导" in call("grant", "c@d", "city_leader").output
    rows = json.loads(call("list", "--json").output)
    assert [(r["user_name"], r["role"], r["area_codes"]) for r in rows] == [
        ("a@b", "district", "110101 110102"),
        ("c@d", "city_leader", ""),
    ]
    assert "District" in call("list", "--lang", "en").output
    assert "a@b" in call("revoke", "a@b").output
    assert [r["user_name"] for r in json.loads(call("list", "--json").output)] == ["c@d"]


@pytest.mark.parametrize(
    "args",
    [
        ("grant", "a", "district"),
        ("grant", "a", "district", "--area", "119999"),
        ("grant", "a", "subdistrict", "--area", "110101"),
        ("grant", "a", "public", "--area", "110101"),
        ("grant", "a", "emperor"),
        ("revoke", "nobody"),
    ],
)
def test_what_makes_no_sense_ends_with_two(call: Callable[..., Result], args: tuple[str, ...]) -> None:
    assert call(*args).exit_code == 2
    assert json.loads(call("list", "--json").output) == []
