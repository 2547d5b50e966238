"""Own routes ask who asks: every one of the app's, by seal, login and proxy; what can't be forged or kept."""

import json
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from dashboard import refusals, scope_token, session_requests
from dashboard.basemap import Basemap, BasemapService
from dashboard.map_layers import LAYERS
from dashboard.scope_token import STEP_S, TOKEN_KEY, scope_of, token_of
from dashboard.server import refuse_open_demo
from dashboard.session_requests import OnlyTrustedProxies, access_of, forget_people, seen_by_request
from loaders.settings import Settings, settings
from store import audit, roles
from store.access import Principal, Role
from store.engine import Store, open_store
from store.scoped_views import Scope
from store.tables import audit_entries
from tests.dashboard.test_tile_archive import _filled
from tests.dashboard.test_tiles import Client, connect
from tests.fresh import fresh_store
from tests.geo.test_mvt import decode

__all__ = ["connect"]  # the fixture

EAST = Scope(Role.DISTRICT, frozenset({"110101"}))
WEST = Scope(Role.DISTRICT, frozenset({"110102"}))
SUBDISTRICT = Scope(Role.SUBDISTRICT, frozenset({"110101002"}))
OFFICE = Scope(Role.PROGRAMME_OFFICE)
PUBLIC = Scope(Role.PUBLIC)
#: A tile of communities of both districts.
TILE = "10/843/388.mvt"
#: Every route of the app's own, and an address of it that shows rows.
SHOWS_ROWS = {
    "/tiles": "/tiles",
    "/tiles/{rest:path}": f"/tiles/{{revision}}/communities/{TILE}",
    "/map-still": "/map-still?place=15.5/39.91/116.38",
    "/basemap/style.json": "/basemap/style.json",
    "/basemap/{rest:path}": "/basemap/10/843/388.png",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small city and its tiles, to be copied."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        with _filled(fresh_store(folder / "atlas.sqlite"), patch, folder / "tiles"):
            LAYERS.keeper().present()
        st.cache_resource.clear()
    return folder


@pytest.fixture
def city(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    folder = shutil.copytree(made, tmp_path / "own")
    monkeypatch.setenv("ATLAS_DATABASE_URL", f"sqlite:///{folder / 'atlas.sqlite'}")
    monkeypatch.setenv("ATLAS_TILE_DIR", str(folder / "tiles"))
    store = open_store()
    LAYERS.keeper().present()
    yield store
    store.dispose()
    st.cache_resource.clear()
    forget_people()


@pytest.fixture
def own(city: Store, connect: Callable[..., Client]) -> Client:
    """The app's own routes, as the app serves them, with a basemap set."""
    from dashboard.app import app

    under = BasemapService(Basemap("http://127.0.0.1:9/{z}/{x}/{y}.png", "wgs84", ""), access_of)
    routes = [*app._user_routes, *under.routes()]
    return connect(SimpleNamespace(routes=lambda: routes))


def sealed(path: str, scope: Scope | None) -> str:
    path = path.replace("{revision}", LAYERS.revision())
    seal = "" if scope is None else f"{TOKEN_KEY}={token_of(scope)}"
    return path + ("&" if "?" in path else "?") + seal


def ids(client: Client, scope: Scope | None) -> set[str]:
    """The communities on the two tiles that hold all six."""
    found: set[str] = set()
    for x in (842, 843):
        answer = client.get(sealed(f"/tiles/{{revision}}/communities/10/{x}/388.mvt", scope))
        assert answer.status_code == 200, answer
        layer = decode(answer.content)["communities"] if answer.content else []
        found |= {str(feature["id"]) for feature in layer}
    return found


# --- every route --------------------------------------------------------------------------------------------
def test_every_own_route_is_known_here(own: Client) -> None:
    """A new route must say here what it shows, and then stand the tests below."""
    from dashboard.app import app

    assert {r.path for r in app._user_routes} <= set(SHOWS_ROWS)
    assert {r.path for r in own.app.routes if isinstance(r, Route)} == set(SHOWS_ROWS)


@pytest.mark.parametrize("path", sorted(set(SHOWS_ROWS) - {"/tiles"}))
@pytest.mark.parametrize("seal", ["none", "public", "forged", "ended", "cut"])
def test_no_route_shows_rows_to_somebody_without_a_seal_of_ours(own: Client, path: str, seal: str) -> None:
    good = token_of(EAST)
    text = {
        "none": "",
        "public": token_of(PUBLIC),
        "forged": good[:-4] + ("AAAA" if good[-4:] != "AAAA" else "BBBB"),
        "ended": token_of(EAST, now=0),
        "cut": good[: len(good) // 2],
    }[seal]
    address = SHOWS_ROWS[path].replace("{revision}", LAYERS.revision())
    answer = own.get(f"{address}{'&' if '?' in address else '?'}{TOKEN_KEY}={text}")
    assert (answer.status_code, answer.body) == (403, b"Forbidden")
    assert answer.headers["cache-control"] == "no-store"


def test_tiles_hold_the_communities_of_the_seal_alone(own: Client) -> None:
    assert ids(own, OFFICE) == {"C1", "C2", "C3", "C4", "C5", "C6"}
    assert ids(own, Scope(Role.CITY_LEADER)) == ids(own, OFFICE)
    assert ids(own, EAST) == {"C1", "C2", "C3"}
    assert ids(own, WEST) == {"C4", "C5", "C6"}
    assert ids(own, SUBDISTRICT) == {"C3"}
    # Who asks later is not handed what was kept for another.
    assert ids(own, EAST) == {"C1", "C2", "C3"}


@pytest.mark.parametrize("layer", ["communities", "community_names", "community_edges", "buildings"])
def test_no_layer_of_communities_or_buildings_is_the_publics(own: Client, layer: str) -> None:
    zoom = "14/13489/6207.mvt"
    for scope, status in ((None, 403), (PUBLIC, 403), (EAST, 200)):
        assert own.get(sealed(f"/tiles/{{revision}}/{layer}/{zoom}", scope)).status_code == status
    assert own.get(sealed("/tiles/{revision}/districts/10/843/388.mvt", PUBLIC)).status_code == 200


def test_outlines_of_a_group_are_those_of_the_seal_alone(own: Client) -> None:
    def outlines(scope: Scope) -> int:
        found = 0
        for x in range(13486, 13492):
            for y in range(6205, 6211):
                body = own.get(sealed(f"/tiles/{{revision}}/outlines/14/{x}/{y}.mvt", scope)).content
                found += len(decode(body).get("community_edges", [])) if body else 0
        return found

    assert outlines(PUBLIC) == 0
    assert 0 < outlines(SUBDISTRICT) < outlines(EAST) < outlines(OFFICE)


def test_names_of_another_subdistrict_are_in_no_tile(own: Client) -> None:
    def names(scope: Scope) -> set[str]:
        found: set[str] = set()
        for x in range(13486, 13492):
            for y in range(6205, 6211):
                body = own.get(sealed(f"/tiles/{{revision}}/community_names/14/{x}/{y}.mvt", scope)).content
                layer = decode(body).get("community_names", []) if body else []
                found |= {str(f["name"]) for f in layer}
        return found

    assert names(SUBDISTRICT) == {"C3小区"}
    assert {"C3小区", "C4小区"} <= names(OFFICE)
    assert "C4小区" not in names(EAST)


def test_the_seal_stays_when_a_tile_of_an_old_state_is_led_to_the_present_one(own: Client) -> None:
    answer = own.get(sealed(f"/tiles/old-1/communities/{TILE}", EAST))
    assert answer.status_code == 307
    place = answer.headers["location"]
    assert place.endswith(f"?{TOKEN_KEY}={token_of(EAST)}")
    assert own.get(place).status_code == 200


def test_the_still_picture_of_another_district_is_refused(own: Client) -> None:
    still = "/map-still?place=15.5/39.91/116.38"
    assert own.get(sealed(still, EAST)).status_code == 200
    assert own.get(sealed(f"{still}&district=110102", EAST)).status_code == 403
    assert own.get(sealed(f"{still}&district=110102", WEST)).status_code == 200
    assert own.get(sealed(still, EAST)).body != own.get(sealed(still, WEST)).body


def test_what_is_kept_belongs_to_one_browser(own: Client) -> None:
    for path in (f"/tiles/{{revision}}/communities/{TILE}", "/map-still?place=15.5/39.91/116.38"):
        held = own.get(sealed(path, EAST)).headers
        assert held["cache-control"].startswith("private")
        assert held["etag"] != own.get(sealed(path, WEST)).headers["etag"]


# --- the seal -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("scope", [OFFICE, EAST, SUBDISTRICT, PUBLIC])
def test_a_seal_says_what_was_sealed_for_at_least_half_a_day(scope: Scope) -> None:
    begun = 1000 * STEP_S + 5.0
    seal = token_of(scope, now=begun)
    assert token_of(scope, now=begun + STEP_S - 10) == seal
    for later in (0.0, STEP_S - 10.0, STEP_S + 10.0):
        assert scope_of(seal, now=begun + later) == scope
    assert scope_of(seal, now=begun + 2 * STEP_S) is None


def test_a_seal_of_another_installation_or_of_nonsense_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = token_of(EAST)
    monkeypatch.setattr(
        scope_token, "_sealer", lambda: scope_token.URLSafeSerializer(b"x" * 32, salt="atlas.scope")
    )
    theirs = token_of(EAST)
    sealer = scope_token._sealer()
    for held in (
        ["emperor", 9],
        ["city_leader", "110101", 10**9],
        {"role": 1},
        "x",
        [],
        None,
    ):
        assert scope_of(sealer.dumps(held), now=0) is None
    monkeypatch.undo()
    assert scope_of(theirs) is None
    assert scope_of(ours) == EAST
    for text in ("", ".", "a.b", ours + "x", "é" * 10, "A" * 5000):
        assert scope_of(text) is None


def test_the_installations_secret_is_its_owners_and_the_same_for_all_processes(tmp_path: Path) -> None:
    file = tmp_path / "var" / "access.key"
    first = scope_token._secret(file)
    assert len(first) == 32
    assert scope_token._secret(file) == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [p.name for p in file.parent.iterdir()] == ["access.key"]


# --- logins and proxies -----------------------------------------------------------------------------------------
def asked(
    path: str = "/", headers: dict[str, str] | None = None, query: str = "", client: str = "10.0.0.9"
) -> Any:
    return HTTPConnection(
        {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": query.encode(),
            "headers": [(k.lower().encode(), v.encode("latin-1")) for k, v in (headers or {}).items()],
            "client": (client, 1),
        }
    )


def cookie(secret: str, **claims: Any) -> dict[str, str]:
    value = create_signed_value(secret, USER_COOKIE_NAME, json.dumps({"is_logged_in": True, **claims}))
    return {"cookie": f"{USER_COOKIE_NAME}={value.decode()}"}


@pytest.fixture
def login(city: Store, monkeypatch: pytest.MonkeyPatch) -> str:
    """OpenID Connect, with a district's clerk and a leader; the secret that cookies are sealed with."""
    from streamlit.web.server.starlette import starlette_auth_routes

    monkeypatch.setattr(settings(), "auth", "oidc")
    monkeypatch.setattr(starlette_auth_routes, "get_cookie_secret", lambda: "s" * 32)
    roles.grant(city, "clerk@east", Role.DISTRICT, ["110101"], actor="t")
    roles.grant(city, "leader@city", Role.CITY_LEADER, [], actor="t")
    forget_people()
    return "s" * 32


def test_a_seal_holds_only_with_the_login_of_its_scope(login: str) -> None:
    clerk, leader = cookie(login, email="clerk@east"), cookie(login, email="leader@city")
    for scope, held, seen in (
        (EAST, clerk, EAST),
        (OFFICE, clerk, None),
        (WEST, clerk, None),
        (EAST, leader, None),
        (Scope(Role.CITY_LEADER), leader, Scope(Role.CITY_LEADER)),
        (EAST, {}, None),
        (EAST, cookie("t" * 32, email="clerk@east"), None),
        (EAST, cookie(login, email="clerk@east", email_verified=False), None),
        (EAST, cookie(login, email="clerk@east", is_logged_in=False), None),
        (EAST, cookie(login, sub="clerk@east"), None),
        (PUBLIC, cookie(login, email="nobody@x"), PUBLIC),
    ):
        query = f"{TOKEN_KEY}={token_of(scope)}"
        assert seen_by_request(asked(headers=held, query=query)) == seen
        assert (access_of(asked(headers=held, query=query)) is False) == (seen is None)


def test_a_role_that_is_taken_away_is_gone_from_requests(login: str, city: Store) -> None:
    request = asked(headers=cookie(login, email="clerk@east"), query=f"{TOKEN_KEY}={token_of(EAST)}")
    assert seen_by_request(request) == EAST
    roles.revoke(city, "clerk@east", actor="t")
    forget_people()  # what five seconds do
    assert seen_by_request(request) is None


async def _headers_through(headers: list[tuple[bytes, bytes]], client: str) -> tuple[int, list[str]]:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.extend(v.decode() for k, v in scope["headers"] if k == b"x-forwarded-user")
        await PlainTextResponse("ok")(scope, receive, send)

    sent: list[dict] = []

    async def send(message: dict) -> None:
        sent.append(message)

    async def receive() -> dict:
        return {"type": "http.request"}

    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers, "client": (client, 1)}
    await OnlyTrustedProxies(app)(scope, receive, send)
    return sent[0]["status"], seen


@pytest.mark.parametrize(
    ("headers", "client", "status", "seen"),
    [
        ([(b"x-forwarded-user", b"a")], "10.0.0.1", 200, ["a"]),
        ([(b"x-forwarded-user", b"a")], "10.0.0.2", 200, []),
        ([(b"x-forwarded-user", b"a"), (b"x-forwarded-user", b"b")], "10.0.0.1", 400, []),
        ([(b"x-forwarded-user", b"a"), (b"x_forwarded_user", b"b")], "10.0.0.1", 400, []),
        ([(b"x_forwarded_user", b"a")], "10.0.0.2", 200, []),
        ([], "10.0.0.1", 200, []),
    ],
)
def test_a_header_is_believed_of_trusted_proxies_alone(
    monkeypatch: pytest.MonkeyPatch,
    headers: list[tuple[bytes, bytes]],
    client: str,
    status: int,
    seen: list[str],
) -> None:
    from tests.own_loop import run

    monkeypatch.setattr(settings(), "auth", "proxy")
    monkeypatch.setattr(settings(), "trusted_proxies", "10.0.0.1, ::1")
    assert run(_headers_through(headers, client)) == (status, seen)


def test_a_proxys_person_has_the_role_that_was_granted(city: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "auth", "proxy")
    roles.grant(city, "u1", Role.SUBDISTRICT, ["110101002"], actor="t")
    forget_people()
    seal = f"{TOKEN_KEY}={token_of(SUBDISTRICT)}"
    assert access_of(asked(headers={"X-Forwarded-User": "u1"}, query=seal)) == {"110101002"}
    assert access_of(asked(headers={"X-Forwarded-User": "u2"}, query=seal)) is False
    assert access_of(asked(query=seal)) is False


def test_an_open_demo_is_not_started_unless_it_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATLAS_AUTH", raising=False)
    refuse_open_demo(Settings(host="127.0.0.1"))
    with pytest.raises(SystemExit, match="ATLAS_AUTH"):
        refuse_open_demo(Settings(host="0.0.0.0"))
    refuse_open_demo(Settings(host="0.0.0.0", auth="demo"))
    monkeypatch.setenv("ATLAS_AUTH", "oidc")
    refuse_open_demo(Settings(host="0.0.0.0"))
    monkeypatch.setenv("ATLAS_AUTH", "proxy")
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "127.0.0.1")
    with pytest.raises(SystemExit, match="ATLAS_TRUSTED_PROXIES"):
        refuse_open_demo(Settings(host="0.0.0.0"))
    refuse_open_demo(Settings(host="0.0.0.0", trusted_proxies="10.0.0.1"))
    assert os.environ["FORWARDED_ALLOW_IPS"] == ""


# --- refusals -----------------------------------------------------------------------------------------------------
def test_what_was_refused_to_a_known_person_is_in_the_trail_and_bounded(
    city: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = Principal("clerk@east", Role.DISTRICT, frozenset({"110101"}))
    assert not refusals.note_refusal(clerk, "area", "110102")  # the demo is anybody
    monkeypatch.setattr(settings(), "auth", "oidc")
    monkeypatch.setattr(refusals, "_seen", {})
    assert not refusals.note_refusal(session_requests.PUBLIC, "area", "110102")
    before = city.revision()
    noted = [refusals.note_refusal(clerk, "area", str(code)) for code in [110102, 110102, *range(50)]]
    refusals.all_noted()
    assert sum(noted) == refusals.MOST_AN_HOUR and noted[:2] == [True, False]
    with city.reading() as conn:
        rows = (
            conn.execute(audit_entries.select().where(audit_entries.c.action == "refused")).mappings().all()
        )
        assert [r["actor"] for r in rows] == ["clerk@east"] * refusals.MOST_AN_HOUR
        assert json.loads(rows[0]["detail"]) == {"kind": "area", "role": "district"}
        assert audit.faults(conn) == []
    assert city.revision() == before  # nobody makes the map's tiles anew by being refused
    assert LAYERS.keeper().present().revision == LAYERS.revision()
