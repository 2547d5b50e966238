"""Logging in at a real OpenID provider: each sees what was granted, and nothing by address, tile or picture."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select

from dashboard.session_requests import BELIEVED_S
from store.access import Role
from store.engine import open_store
from store.queries import area_names
from store.roles import grant, revoke
from store.tables import audit_entries
from tests.browser.conftest import PROJECT_DIR, Server, Visitor, _visitor, free_port, start_server

#: In their order, and on one worker (--dist loadfile): the last ones ask what the first ones left in the trail.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-access")]

PEOPLE = ("clerk@district.example", "leader@city.example", "stranger@nowhere.example")


@pytest.fixture(scope="module")
def own_url(demo_url: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The demo city in a store of these tests' own, for they grant roles."""
    target = tmp_path_factory.mktemp("login") / "atlas.sqlite"
    shutil.copy(demo_url.removeprefix("sqlite:///"), target)
    shutil.copy(demo_url.removeprefix("sqlite:///") + ".audit-head", f"{target}.audit-head")
    return f"sqlite:///{target}"


@pytest.fixture(scope="module")
def districts(own_url: str) -> list[str]:
    """The districts that the demo has communities in, and their names: own first, then another."""
    store = open_store(own_url)
    names = area_names(store)
    held = names[names["level"] == "subdistrict"]["district_code"].value_counts()
    codes = [str(code) for code in held.index[:2]]
    grant(store, PEOPLE[0], Role.DISTRICT, codes[:1], actor="test")
    grant(store, PEOPLE[1], Role.CITY_LEADER, [], actor="test")
    store.dispose()
    return codes


@pytest.fixture(scope="module")
def login_server(
    own_url: str, districts: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The app behind a login at a provider of the tests' own."""
    port, own_port = free_port(), free_port()
    # A process of its own: what it warns of is not ours.
    line = [sys.executable, "-m", "oidc_provider_mock", "--port", str(own_port)]
    for number, mail in enumerate(PEOPLE):
        line += ["--user-claims", json.dumps({"sub": f"id-{number}", "email": mail})]
    log = (tmp_path_factory.mktemp("provider") / "provider.log").open("wb")
    issuer = f"http://localhost:{own_port}"
    with subprocess.Popen(line, stdout=log, stderr=subprocess.STDOUT) as provider:
        try:
            answers(f"{issuer}/.well-known/openid-configuration")
            running, process = start_server(
                own_url,
                tmp_path_factory.mktemp("login_server"),
                port=port,
                ATLAS_AUTH="oidc",
                ATLAS_OIDC_METADATA_URL=f"{issuer}/.well-known/openid-configuration",
                ATLAS_OIDC_CLIENT_ID="atlas",
                ATLAS_OIDC_CLIENT_SECRET="secret",
                ATLAS_VAR_DIR=str(tmp_path_factory.mktemp("login_var")),
            )
            yield running
            process.terminate()
            process.wait(timeout=20)
        finally:
            provider.terminate()
    log.close()


def answers(address: str) -> None:
    """Wait until an address answers."""
    for _ in range(120):
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.25)
    raise RuntimeError(address)


def logged_in(browser: Browser, server: Server, number: int, path: str = "/") -> Visitor:
    visitor = _visitor(
        browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN"), server.base
    )
    page = visitor.open(path)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/oauth2/authorize**", timeout=60_000)
    page.get_by_role("button", name=f"id-{number}").click()
    page.wait_for_url(f"{server.base}/**", timeout=60_000)
    visitor.still()
    return visitor


def tokens(visitor: Visitor) -> str:
    """The seal that the map of this session puts into its tiles' addresses."""
    seen: list[str] = []
    visitor.page.on("request", lambda r: seen.append(r.url) if "/tiles/" in r.url else None)
    visitor.open("/map")
    visitor.page.wait_for_timeout(1500)
    assert seen
    found = re.search(r"[?&]s=([^&]+)", seen[0])
    assert found
    return found.group(1)


def test_a_stranger_and_somebody_not_logged_in_see_totals_alone(
    browser: Browser, login_server: Server
) -> None:
    visitor = _visitor(browser.new_context(locale="zh-CN"), login_server.base)
    page = visitor.open("/")
    assert page.get_by_text("公众").count()
    assert page.get_by_role("link", name="项目", exact=True).count() == 0
    assert page.get_by_text("本机演示").count() == 0
    visitor.page.context.close()
    stranger = logged_in(browser, login_server, 2)
    assert stranger.page.get_by_text(PEOPLE[2]).count()
    assert stranger.page.get_by_text("公众").count()
    stranger.page.context.close()


def test_a_clerk_sees_the_own_district_and_is_refused_another_everywhere(
    browser: Browser, login_server: Server, districts: list[str]
) -> None:
    own, other = districts
    visitor = logged_in(browser, login_server, 0)
    page = visitor.page
    assert page.get_by_text(PEOPLE[0]).count()
    visitor.open(f"/overview?district={other}")
    assert page.get_by_text("您的身份不含").count()
    assert f"district={own}" in page.url
    seal = tokens(visitor)
    # Own tiles with the own seal; with another's, without one, or without the login: nothing.
    held = page.evaluate("performance.getEntriesByType('resource').map(r => r.name)")
    base = re.sub(r"/tiles/([^/]+)/.*", r"/tiles/\1", next(n for n in held if "/tiles/" in n))
    tile = f"{base}/communities/10/843/388.mvt"
    request = page.context.request
    assert request.get(f"{tile}?s={seal}").status == 200
    assert request.get(tile).status == 403
    assert request.get(f"{tile}?s={seal[:-3]}xyz").status == 403
    bare = browser.new_context()
    assert bare.request.get(f"{tile}?s={seal}").status == 403
    bare.close()
    still = f"{login_server.base}/map-still?place=11/39.9/116.4&s={seal}"
    assert request.get(still).status in (200, 204)
    assert request.get(f"{still}&district={other}").status == 403
    page.context.close()
    leader = logged_in(browser, login_server, 1)
    assert leader.page.context.request.get(f"{tile}?s={seal}").status == 403
    assert leader.page.context.request.get(f"{tile}?s={tokens(leader)}").status == 200
    leader.page.context.close()


def test_what_was_refused_is_in_the_trail(login_server: Server) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "loaders", "check", "--json"],
        cwd=PROJECT_DIR,
        env={**os.environ, "ATLAS_DATABASE_URL": login_server.database_url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "audit" not in told.stdout
    store = open_store(login_server.database_url)
    with store.reading() as conn:
        rows = (
            conn.execute(select(audit_entries.c.actor).where(audit_entries.c.action == "refused"))
            .scalars()
            .all()
        )
    store.dispose()
    assert rows == [PEOPLE[0]]


def test_a_logout_and_a_role_that_is_taken_away_end_it(browser: Browser, login_server: Server) -> None:
    visitor = logged_in(browser, login_server, 1)
    page = visitor.page
    assert page.get_by_text("市领导").count()
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url(
        "**/oauth2/end_session**", timeout=60_000
    )  # the provider asks whether its login ends too
    visitor.open("/")
    assert page.get_by_text("公众").count()
    page.context.close()
    visitor = logged_in(browser, login_server, 1)
    assert visitor.page.get_by_text("市领导").count()
    store = open_store(login_server.database_url)
    revoke(store, PEOPLE[1], actor="test")
    store.dispose()
    visitor.page.wait_for_timeout(1000 * (BELIEVED_S + 1))
    visitor.open("/")
    assert visitor.page.get_by_text("公众").count()
    assert visitor.page.get_by_role("link", name="项目", exact=True).count() == 0
    visitor.page.context.close()
