"""Who sees what on the pages: roles by session, never by address; another district is refused on every page."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.map_seen import seen_rows
from dashboard.pages import PAGES, existing_pages, pages_of
from dashboard.seen_areas import as_seen, may_see
from dashboard.session import acting, choose_role, current_principal
from dashboard.totals import as_total
from dashboard.words import Words
from loaders.settings import settings
from store import queries
from store.access import Principal, Role, anybody
from store.area_paths import is_everybodys
from store.engine import Store, open_store
from store.tables import BASE_TABLES
from tests.dashboard.conftest import ENTRY
from tests.store.two_districts import fill_both

ZH = Words("zh")
DASHBOARD = Path(state.__file__).parent
EAST = frozenset({"110101"})
#: What only rows of Xicheng say: its communities, projects, and the second row of every table that is not everybody's.
LOCAL = "|".join(name for name, table in BASE_TABLES.items() if not is_everybodys(table))
OTHERS = re.compile(rf"C[456]小区|C[45]项目|\bP[45]\b|\bC4\b|\b({LOCAL})-B\b")
#: A row of either district.
ANY = re.compile(r"C\d(小区|项目)|\b[CP]\d\b")


@pytest.fixture(scope="module")
def both_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The small city with a row of both districts in every table."""
    url = f"sqlite:///{tmp_path_factory.mktemp('both') / 'atlas.sqlite'}"
    store = open_store(url)
    fill_both(store)
    store.dispose()
    return url


@pytest.fixture
def open_as(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """Opens a page of a store in a session of a role, with a query, and runs it once."""

    def opened(url: str, role: Role, areas: frozenset[str] = frozenset(), **query: str) -> AppTest:
        monkeypatch.setenv("ATLAS_DATABASE_URL", url)
        page = AppTest.from_file(str(ENTRY), default_timeout=60)
        page.session_state["access.role"] = role.value
        page.session_state["access.areas"] = tuple(areas)
        for key, value in query.items():
            page.query_params[key] = value
        return page.run()

    yield opened
    st.cache_resource.clear()


def said(page: AppTest) -> str:
    """Every word that a page puts before its reader: texts, tables, charts, choices."""
    out: list[str] = []
    for element in [*page.main, *page.sidebar]:
        out += _words(element)
    return "\n".join(out)


def _words(element: Any) -> list[str]:
    found = [str(getattr(element, name, "")) for name in ("label", "value", "body", "options", "help")]
    value = getattr(element, "value", None)
    if isinstance(value, pd.DataFrame):
        found.append(value.to_csv())
    found.append(str(getattr(element, "proto", "")))
    children = getattr(element, "children", None)
    for child in children.values() if isinstance(children, dict) else ():
        found += _words(child)
    return found


def rows(page: AppTest) -> str:
    return "\n".join(table.value.to_csv() for table in page.dataframe)


def headline(page: AppTest) -> str:
    return next(h for h in re.findall(r'<p class="atlas-headline">(.*?)</p>', said(page)))


# --- who one is ---------------------------------------------------------------------------------------------
def test_the_demo_begins_as_the_office_and_no_address_says_otherwise(
    small_url: str, open_page: Callable[..., AppTest]
) -> None:
    asked = {"role": "public", "access.role": "public", "access_role": "public", "areas": "110101"}
    page = open_page(small_url, **asked)
    assert page.selectbox(key="access_role").value == Role.PROGRAMME_OFFICE
    assert "C4项目" in rows(page)
    assert ZH.say("access.demo") in said(page)


def test_the_chooser_makes_another_person_of_the_session(
    small_url: str, open_page: Callable[..., AppTest]
) -> None:
    page = open_page(small_url)
    page.selectbox(key="access_role").set_value("district").run()
    assert page.selectbox(key="access_district").value == "110101"
    assert "C4项目" not in rows(page) and "C1项目" in rows(page)
    page.selectbox(key="access_district").set_value("110102").run()
    assert "C4项目" in rows(page) and "C1项目" not in rows(page)
    page.selectbox(key="access_role").set_value("subdistrict").run()
    assert page.selectbox(key="access_subdistrict").value == "110102001"
    assert "C4项目" in rows(page) and "C5项目" not in rows(page)
    page.selectbox(key="access_role").set_value("public").run()
    assert not ANY.search(rows(page))
    page.selectbox(key="access_role").set_value("programme_office").run()
    assert "C1项目" in rows(page) and "C4项目" in rows(page)


def test_nobody_chooses_a_role_where_people_log_in(monkeypatch: pytest.MonkeyPatch) -> None:
    for way in ("oidc", "proxy"):
        monkeypatch.setattr(settings(), "auth", way)
        with pytest.raises(PermissionError):
            choose_role(Role.CITY_LEADER)
    monkeypatch.setattr(settings(), "auth", "demo")
    for role, areas in ((Role.DISTRICT, frozenset()), (Role.CITY_LEADER, EAST)):
        with pytest.raises(ValueError, match=role.value):
            choose_role(role, areas)


def test_outside_of_a_session_one_sees_what_the_public_sees(
    small_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATLAS_DATABASE_URL", small_url)
    assert current_principal().role is Role.PUBLIC
    assert state.read(queries.project_rows).empty
    with acting(Principal("t", Role.PROGRAMME_OFFICE)):
        assert len(state.read(queries.project_rows)) == 5
    assert state.read(queries.project_rows).empty
    st.cache_resource.clear()


@pytest.mark.parametrize("way", ["oidc", "proxy"])
def test_a_session_without_a_login_is_the_publics(
    small_url: str, open_page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(settings(), "auth", way)
    page = open_page(small_url)
    assert not [s for s in page.selectbox if s.key == "access_role"]
    assert not ANY.search(rows(page))
    assert ZH.say("role.public") in said(page)


# --- pages and the bar --------------------------------------------------------------------------------------
def test_every_role_has_pages_and_the_public_only_those_with_totals() -> None:
    for role in Role:
        held = pages_of(Principal("p", role))
        assert held and held[0].key == "overview"
    assert {p.key for p in PAGES if Role.PUBLIC in p.roles} == {"overview", "old_buildings", "duties"}
    assert {r for p in PAGES if p.key == "ledger" for r in p.roles} == {
        Role.PROGRAMME_OFFICE,
        Role.DISTRICT,
        Role.SUBDISTRICT,
    }


def test_a_page_of_another_role_does_not_open_by_its_address(
    small_url: str, open_as: Callable[..., AppTest]
) -> None:
    page = open_as(small_url, Role.PUBLIC)
    shown = {link.proto.label for link in page.get("page_link")}
    assert shown == {ZH.say(f"page.{p.key}.title") for p in existing_pages() if Role.PUBLIC in p.roles}
    with pytest.raises(ValueError, match="map"):
        page.switch_page("views/map.py").run()


def test_the_leaders_picture_stays_whole_and_the_rows_are_ones_own(
    small_url: str, open_page: Callable[..., AppTest], open_as: Callable[..., AppTest]
) -> None:
    whole = open_page(small_url)
    own = open_as(small_url, Role.DISTRICT, EAST)
    assert headline(own) == headline(whole)
    assert own.dataframe[0].value.to_csv() == whole.dataframe[0].value.to_csv()
    assert "东城区" in own.dataframe[0].value.to_csv() and "西城区" in own.dataframe[0].value.to_csv()
    assert "C1项目" in rows(own) and not OTHERS.search(rows(own))
    assert own.selectbox(key="bar_district").options == ["全市", "东城区"]


@pytest.mark.parametrize("asked", [{"district": "110102"}, {"subdistrict": "110102001"}])
def test_another_district_by_address_is_refused_in_words_and_shows_nothing(
    small_url: str, open_as: Callable[..., AppTest], asked: dict[str, str]
) -> None:
    page = open_as(small_url, Role.DISTRICT, EAST, **asked)
    name = {"110102": "西城区", "110102001": "西长安街街道"}[next(iter(asked.values()))]
    assert ZH.say("access.refused_area", area=name) in said(page)
    assert page.selectbox(key="bar_district").value == "110101"
    assert page.query_params["district"] == "110101"
    assert not OTHERS.search(rows(page))


def test_a_subdistrict_is_held_to_itself(small_url: str, open_as: Callable[..., AppTest]) -> None:
    here = frozenset({"110101001"})
    page = open_as(small_url, Role.SUBDISTRICT, here, subdistrict="110101002")
    assert ZH.say("access.refused_area", area="景山街道") in said(page)
    assert page.query_params["subdistrict"] == "110101001"
    assert "C1项目" in rows(page) and "C3项目" not in rows(page)


def test_the_public_sees_totals_and_no_row(small_url: str, open_as: Callable[..., AppTest]) -> None:
    page = open_as(small_url, Role.PUBLIC)
    assert headline(page)
    assert not ANY.search(rows(page))
    old = page.switch_page("views/old_buildings.py").run()
    assert headline(old)
    assert "C1" not in rows(old)
    assert not [b for b in old.get("download_button") if "old_list" in str(b.proto)]


#: The map needs its tiles; what it shows of rows is asked of `seen_rows` below.
WALKED = [p for p in existing_pages() if p.key != "map"]


@pytest.mark.parametrize(
    ("role", "areas"),
    [
        (Role.DISTRICT, EAST),
        (Role.SUBDISTRICT, frozenset({"110101001"})),
        (Role.RESPONSIBLE_PLANNER, EAST),
        (Role.PUBLIC, frozenset()),
    ],
)
def test_no_page_names_a_row_of_another_district(
    both_url: str, open_as: Callable[..., AppTest], role: Role, areas: frozenset[str]
) -> None:
    page = open_as(both_url, role, areas, district="110102", community="C4", project="P4", month="2020-06")
    walked = []
    for entry in [p for p in WALKED if role in p.roles]:
        if entry.key != "overview":
            page.switch_page(f"views/{entry.key}.py").run()
        assert not page.exception, entry.key
        leaked = OTHERS.search(said(page))
        assert leaked is None, (entry.key, leaked)
        walked.append(entry.key)
    assert walked == [p.key for p in pages_of(Principal("p", role, areas)) if p.key != "map"]


def test_the_map_lists_ones_own_rows(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.dashboard.test_tile_archive import _filled

    with _filled(sqlite_url, monkeypatch, tmp_path / "tiles"):
        people = {
            Principal("d", Role.DISTRICT, EAST): {"C1", "C2", "C3"},
            Principal("s", Role.SUBDISTRICT, frozenset({"110101002"})): {"C3"},
            Principal("p", Role.PUBLIC): set(),
            Principal("l", Role.CITY_LEADER): {"C1", "C2", "C3", "C4", "C5", "C6"},
        }
        for person, seen in people.items():
            with acting(person):
                assert set(seen_rows("communities")["id"]) == seen
                assert set(seen_rows("buildings")["community"].astype(str)) == seen
    st.cache_resource.clear()


# --- areas --------------------------------------------------------------------------------------------------
def test_who_may_open_which_area(small: Store) -> None:
    district = Principal("d", Role.DISTRICT, EAST)
    planner = Principal("p", Role.RESPONSIBLE_PLANNER, frozenset({"110101001", "110102"}))
    for person, area, wanted in (
        (district, ("110101", None), True),
        (district, ("110101", "110101002"), True),
        (district, ("110102", None), False),
        (district, ("110102", "110102001"), False),
        (district, (None, None), True),
        (planner, ("110101", "110101001"), True),
        (planner, ("110101", "110101002"), False),
        (planner, ("110102", "110102002"), True),
        (planner, ("110116", None), False),
        (Principal("l", Role.CITY_LEADER), ("110116", None), True),
        (Principal("", Role.PUBLIC), ("110116", None), True),
    ):
        assert may_see(person, *area) is wanted


def test_a_page_without_totals_of_the_city_stands_on_ones_own_area(
    small_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dashboard.filters import Filters

    monkeypatch.setenv("ATLAS_DATABASE_URL", small_url)
    found = state.facts()
    st.cache_resource.clear()
    city = Filters.from_query({}, found, "zh")
    district = Principal("d", Role.DISTRICT, frozenset({"110102"}))
    assert as_seen(city, district, found, has_city=True).filters == city
    assert as_seen(city, district, found, has_city=False).filters.district_code == "110102"
    subdistrict = Principal("s", Role.SUBDISTRICT, frozenset({"110101002"}))
    held = as_seen(city, subdistrict, found, has_city=False).filters
    assert (held.district_code, held.subdistrict_code) == ("110101", "110101002")
    for has_city in (True, False):
        assert as_seen(city, Principal("l", Role.CITY_LEADER), found, has_city=has_city).filters == city


# --- the door of totals ---------------------------------------------------------------------------------------
def test_totals_see_everything_and_let_no_row_out(small_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATLAS_DATABASE_URL", small_url)
    with acting(Principal("", Role.PUBLIC)):
        count = state.totals("count", (), lambda whole: len(queries.project_rows(whole)))
        assert count == 5
        assert state.totals("read", (), lambda _w: len(state.read(queries.project_rows))) == 5
        for name, leak in (
            ("frame", lambda _w: state.read(queries.project_rows)),
            ("within", lambda _w: {"rows": [state.read(queries.project_rows)]}),
            ("indexed", lambda _w: state.read(queries.project_rows).set_index("project_id")[["name"]]),
            ("series", lambda _w: state.read(queries.project_rows)["project_id"]),
            ("store", lambda whole: whole),
        ):
            with pytest.raises(TypeError):
                state.totals(name, (), leak)
        assert state.read(queries.project_rows).empty
    st.cache_resource.clear()


def test_what_can_be_changed_is_no_total() -> None:
    class Open:
        pass

    for value in (Open(), lambda: 1, iter([1])):
        with pytest.raises(TypeError):
            as_total(value)
    held = {"a": (1, "b", None, [2.0]), "frame": pd.DataFrame({"district_code": ["110101"], "n": [1]})}
    assert as_total(held) is held


# --- the code itself --------------------------------------------------------------------------------------------
#: Modules that take the whole store, and what for. A new one must say why `read`, `reader` or `totals` won't do.
WHOLE_STORE = {
    "assessment_data.py": "whole months, shown through `seen_month` alone; closing asks who closes",
    "data_tabs/sources.py": "undo, for those who may load",
    "data_tabs/upload.py": "uploads, for those who may load",
    "data_tabs/upload_file.py": "uploads, for those who may load",
    "data_tabs/upload_steps.py": "uploads, for those who may load",
    "gaps_work.py": "distances of the whole city, of which the desk shows the person's own",
    "ledger_accept.py": "writes, which ask who writes",
    "ledger_history.py": "undoing one's own edit, which asks who does",
    "ledger_table.py": "writes, which ask who writes",
    "project_tabs/record.py": "writes, which ask who writes",
    "state.py": "the door itself",
    "views/bundles.py": "the revision alone",
    "what_if_work.py": "distances of the whole city, of which the desk shows the person's own",
}


def test_nobody_takes_the_whole_store_without_a_reason() -> None:
    takes = set()
    for file in sorted(DASHBOARD.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            if file.name.endswith("_saving.py"):
                continue  # writes, which ask who writes
            if is_call and node.func.id == "store" and not node.args:  # type: ignore[union-attr]
                takes.add(str(file.relative_to(DASHBOARD)))
    assert takes <= set(WHOLE_STORE)


def test_no_page_opens_the_store_another_way() -> None:
    opens = set()
    for file in sorted(DASHBOARD.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                names = {alias.name for alias in node.names}
                if names & {"open_store", "opened_store", "make_engine", "Store"} - {"Store"}:
                    opens.add(str(file.relative_to(DASHBOARD)))
    # The layers of the map and what runs beside the pages; each of them asks `access_of` or `acting`.
    assert opens <= {
        "state.py",
        "map_layers.py",
        "session_requests.py",
        "refusals.py",
        "tile_archive_process.py",
        "tile_archive_worker.py",
    }


def test_the_name_of_anybody_differs_by_role_and_area() -> None:
    names = {anybody(role, areas) for role in Role for areas in (frozenset(), EAST, frozenset({"110102"}))}
    assert len(names) == len(Role) * 3
