"""What a person sees of the store: enforced in the database, on both of them, for every table there is."""

import datetime as dt
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from store import audit, queries, queries_data, queries_map, scoped
from store.access import PERSONAL_COLUMNS, PERSONAL_ROLES, Principal, Role
from store.area_paths import CITY_TABLES, DISTRICT_PAPERS, PUBLIC_TABLES, Areas, inside, is_everybodys
from store.engine import Store
from store.errors import StoreError
from store.roles import grant
from store.scoped_views import Scope, view_statements
from store.tables import (
    BASE_TABLES,
    LINK_TABLES,
    attachments,
    audit_entries,
    closed_months,
    communities,
    import_runs,
    metadata,
    project_communities,
    projects,
    rejected_rows,
    row_versions,
    store_state,
    user_roles,
)
from store.tables_programme import issues
from tests.store.two_districts import FILLED, ends_seen, fill_both

EAST = Principal("东城", Role.DISTRICT, frozenset({"110101"}))
SUBDISTRICT = Principal("东华门", Role.SUBDISTRICT, frozenset({"110101001"}))
OTHER_SUBDISTRICT = Principal("景山", Role.SUBDISTRICT, frozenset({"110101002"}))
PLANNER = Principal("规划师", Role.RESPONSIBLE_PLANNER, frozenset({"110101001"}))
PUBLIC = Principal("", Role.PUBLIC)
OFFICE = Principal("t", Role.PROGRAMME_OFFICE)
LEADER = Principal("l", Role.CITY_LEADER)
LOCAL = [name for name, table in BASE_TABLES.items() if not is_everybodys(table)]


@pytest.fixture
def city(store: Store) -> Iterator[Store]:
    fill_both(store)
    yield store


def test_every_table_has_a_rule() -> None:
    """A table without a way to an area can't be made a view, so nobody but the city's roles could open the store."""
    areas = Areas(frozenset({"110101"}), frozenset({"110102001"}))
    for table in BASE_TABLES.values():
        assert is_everybodys(table) or inside(table, areas) is not None
    assert set(PUBLIC_TABLES) <= set(CITY_TABLES)


@pytest.mark.parametrize("person", [EAST, SUBDISTRICT, PLANNER, PUBLIC])
def test_every_table_that_holds_rows_of_areas_is_shadowed(city: Store, person: Principal) -> None:
    statements = list(view_statements(Scope.of(person), city.engine.dialect, "main"))
    shadowed = {s.split(" VIEW ", 1)[1].split(" ", 1)[0].strip('"') for s in statements}
    free = {t.name for t in metadata.sorted_tables} - shadowed
    if person is PUBLIC:
        assert free == {*PUBLIC_TABLES, store_state.name}
    else:
        assert free == {*(n for n, t in BASE_TABLES.items() if is_everybodys(t)), store_state.name}


def test_a_district_sees_its_own_rows_of_every_table_and_no_other(city: Store) -> None:
    with city.seen_by(EAST).reading() as conn:
        for name in LOCAL:
            if name not in FILLED:
                assert ends_seen(conn, BASE_TABLES[name]) == {"A"}, name
        for name in set(BASE_TABLES) - set(LOCAL) - set(FILLED):
            assert ends_seen(conn, BASE_TABLES[name]) == {"A", "B"}, name
        for table in LINK_TABLES.values():
            codes = set(conn.execute(select(table.c.district_code)).scalars())
            assert codes == {"110101"}, table.name
        assert set(conn.execute(select(projects.c.project_id)).scalars()) == {"P1", "P2", "P3"}
        assert set(conn.execute(select(communities.c.community_id)).scalars()) == {"C1", "C2", "C3"}


@pytest.mark.parametrize("person", [SUBDISTRICT, PLANNER])
def test_a_subdistrict_sees_its_own_rows_and_no_paper_of_the_district_but_those_for_it(
    city: Store, person: Principal
) -> None:
    with city.seen_by(person).reading() as conn:
        for name in set(LOCAL) - set(FILLED):
            columns = BASE_TABLES[name].c
            is_of_district = "district_code" in columns and not {
                "project_id",
                "community_id",
                "subdistrict_code",
            } & set(columns.keys())
            expected = {"A"} if name in DISTRICT_PAPERS or not is_of_district else set()
            assert ends_seen(conn, BASE_TABLES[name]) == expected, name
        assert set(conn.execute(select(projects.c.project_id)).scalars()) == {"P1", "P2"}
        assert set(conn.execute(select(communities.c.community_id)).scalars()) == {"C1", "C2"}


def test_a_project_of_two_subdistricts_is_seen_by_each_with_its_own_communities(city: Store) -> None:
    with city.writing() as conn:
        pair = {"project_community_id": "P1-C3", "project_id": "P1", "community_id": "C3"}
        origin = {"import_run_id": 2, "is_synthetic": True, "content_hash": "x"}
        conn.execute(project_communities.insert().values(**pair, **origin))
    for person, seen in ((SUBDISTRICT, {"C1"}), (OTHER_SUBDISTRICT, {"C3"})):
        with city.seen_by(person).reading() as conn:
            assert "P1" in conn.execute(select(projects.c.project_id)).scalars().all()
            pairs = project_communities.c
            held = conn.execute(select(pairs.community_id).where(pairs.project_id == "P1")).scalars()
            assert set(held) == seen


def test_the_public_sees_the_plan_and_no_row_of_anything_else(city: Store) -> None:
    with city.seen_by(PUBLIC).reading() as conn:
        for table in metadata.sorted_tables:
            count = conn.execute(select(func.count()).select_from(table)).scalar()
            if table.name in PUBLIC_TABLES or table.name == "store_state":
                assert count, table.name
            elif table.name != "import_runs":
                assert count == 0, table.name


@pytest.mark.parametrize("role", list(Role))
def test_names_and_numbers_of_persons_are_empty_for_roles_that_do_not_see_them(
    city: Store, role: Role
) -> None:
    areas = frozenset({"110101"}) if role in (Role.DISTRICT, Role.RESPONSIBLE_PLANNER) else frozenset()
    areas = frozenset({"110101001"}) if role is Role.SUBDISTRICT else areas
    with city.seen_by(Principal("p", role, areas)).reading() as conn:
        for name, columns in PERSONAL_COLUMNS.items():
            held = conn.execute(select(*(BASE_TABLES[name].c[c] for c in columns))).all()
            assert bool(held) == (role is not Role.PUBLIC)
            for row in held:
                assert all(v is None for v in row) != (role in PERSONAL_ROLES)


def test_a_column_that_looks_personal_is_listed() -> None:
    """A new column with a person's name or number must be decided on, not forgotten."""
    known = {(t, c) for t, columns in PERSONAL_COLUMNS.items() for c in columns}
    looks = {
        (name, c.name)
        for name, table in BASE_TABLES.items()
        for c in table.columns
        if c.name.endswith(("phone", "_name", "email")) and c.name not in ("file_name", "subdistrict_name")
    }
    assert looks == known


def test_nothing_can_be_written_by_a_reader(city: Store) -> None:
    reader = city.seen_by(EAST)
    with pytest.raises(RuntimeError), reader.writing():
        pass
    for statement in ("DELETE FROM issues", "UPDATE streets SET name = 'x'", "DELETE FROM user_roles"):
        with pytest.raises((DatabaseError, StoreError)), reader.reading() as conn:
            conn.execute(text(statement))
    with city.reading() as conn:
        assert conn.execute(select(func.count()).select_from(issues)).scalar() == 2


def test_a_write_is_seen_at_once_by_every_reader(city: Store) -> None:
    reader = city.seen_by(EAST)
    before = len(queries.project_rows(reader))
    with city.writing() as conn:
        conn.execute(projects.update().where(projects.c.project_id == "P4").values(district_code="110101"))
    assert len(queries.project_rows(reader)) == before + 1
    assert reader.revision() == city.revision()


def test_scopes_are_shared_by_people_and_their_number_is_bounded(
    city: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoped, "MOST_SCOPES", 2)
    assert city.seen_by(OFFICE) is city
    first = city.seen_by(EAST)
    assert city.seen_by(Principal("somebody else", Role.DISTRICT, frozenset({"110101"}))) is first
    for person in (PUBLIC, LEADER):
        city.seen_by(person)
    assert city.seen_by(EAST) is not first
    with pytest.raises(RuntimeError):
        city.seen_by(PUBLIC).seen_by(LEADER)


def test_named_reads_work_for_every_role(city: Store) -> None:
    for role in Role:
        areas = {Role.DISTRICT: "110101", Role.SUBDISTRICT: "110101001", Role.RESPONSIBLE_PLANNER: "110101"}
        held = frozenset({areas[role]}) if role in areas else frozenset()
        reader = city.seen_by(Principal("p", role, held))
        day = dt.date(2020, 8, 31)
        counts = queries.community_counts(reader, day)["communities"].sum()
        wanted = {Role.DISTRICT: 3, Role.RESPONSIBLE_PLANNER: 3, Role.SUBDISTRICT: 2, Role.PUBLIC: 0}
        assert counts == wanted.get(role, 6)
        assert len(queries_map.community_layer(reader, day)) == counts
        assert len(queries_map.search_rows(reader)) == counts
        assert queries.data_span(reader)["communities"].iloc[0] == counts
        assert len(queries_data.run_rows(reader)) == 2
        assert list(queries.sources(reader, "projects")["run_id"]) == ([] if role is Role.PUBLIC else [2])


def test_an_area_that_is_no_code_is_a_value_and_nothing_else(city: Store) -> None:
    wild = "110101') OR 1=1 --"
    for role in (Role.DISTRICT, Role.SUBDISTRICT):
        assert queries.project_rows(city.seen_by(Principal("w", role, frozenset({wild})))).empty
    assert queries.project_rows(city.seen_by(Principal("n", Role.DISTRICT))).empty


# --- the store's own tables -------------------------------------------------------------------------------
def _own_tables(store: Store) -> None:
    grant(store, "clerk@east", Role.DISTRICT, ["110101"], actor="t")
    now = dt.datetime(2020, 7, 1, tzinfo=dt.UTC)
    with store.writing() as conn:
        for run_id, actor in ((10, "clerk@east"), (11, "clerk@west")):
            about = {"title_zh": "台账", "title_en": "Ledger", "kind": "load", "catalogue_key": "l"}
            state = {"status": "done", "is_synthetic": False, "started_at": now, "actor": actor}
            conn.execute(import_runs.insert().values(run_id=run_id, **about, **state))
            conn.execute(
                rejected_rows.insert().values(
                    run_id=run_id, layer="x", reason_code="x", row_values={"reporter_name": "王"}, value="王"
                )
            )
        for table, key in (("issues", "issues-A"), ("issues", "issues-B"), ("streets", "streets-A")):
            about = {"table_name": table, "row_key": key}
            conn.execute(
                row_versions.insert().values(run_id=2, change="update", previous={"a": "王"}, **about)
            )
            audit.record(conn, actor="t", action="edited", detail={"a": "王"}, **about)
        conn.execute(
            closed_months.insert().values(
                month="2020-06", version=1, digest="d", content=b"rows", closed_by="t", closed_at=now
            )
        )
        for seal in ("2020", "other"):
            conn.execute(
                attachments.insert().values(
                    sha256=seal, size_bytes=1, content=b"x", added_by="t", added_at=now
                )
            )


def test_the_stores_own_tables_follow_the_rows(city: Store) -> None:
    _own_tables(city)
    with city.seen_by(EAST).reading() as conn:
        assert set(conn.execute(select(import_runs.c.run_id)).scalars()) == {1, 2, 10}
        assert set(conn.execute(select(rejected_rows.c.run_id)).scalars()) == {10}
        versions = conn.execute(select(row_versions.c.row_key, row_versions.c.previous)).all()
        assert sorted((tuple(v) for v in versions), key=lambda v: v[0]) == [
            ("issues-A", {"a": "王"}),
            ("streets-A", {"a": "王"}),
        ]
        trail = conn.execute(select(audit_entries.c.row_key)).scalars()
        assert set(trail) == {"issues-A", "streets-A"}
        assert list(conn.execute(select(closed_months.c.content)).scalars()) == [None]
        assert list(conn.execute(select(attachments.c.sha256)).scalars()) == ["2020"]
        assert list(conn.execute(select(user_roles)).all()) == []


def test_roles_of_the_city_see_no_person_in_versions_trail_or_rejected_rows(city: Store) -> None:
    _own_tables(city)
    with city.seen_by(LEADER).reading() as conn:
        held = dict(conn.execute(select(row_versions.c.row_key, row_versions.c.previous)).all())  # type: ignore[arg-type]
        assert held == {"issues-A": None, "issues-B": None, "streets-A": {"a": "王"}}
        details = dict(conn.execute(select(audit_entries.c.row_key, audit_entries.c.detail)).all())  # type: ignore[arg-type]
        assert details["issues-A"] is None
        assert "王" in details["streets-A"]
        rows = conn.execute(select(rejected_rows.c.row_values, rejected_rows.c.value)).all()
        assert [tuple(r) for r in rows] == [(None, None), (None, None)]
        assert conn.execute(select(user_roles)).all() == []
        assert list(conn.execute(select(closed_months.c.content)).scalars()) == [b"rows"]
