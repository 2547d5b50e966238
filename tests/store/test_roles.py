"""Roles: granted, taken away, audited, and refused where they make no sense."""

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from store import roles
from store.access import Principal, Role
from store.engine import Store
from store.integrity import check_store
from store.tables import audit_entries, user_roles
from tests.dashboard.small_store import fill


@pytest.fixture
def city(store: Store) -> Iterator[Store]:
    fill(store)
    yield store


def named(store: Store, name: str) -> Principal:
    with store.reading() as conn:
        return roles.principal_named(conn, name)


def test_a_role_is_granted_replaced_and_taken_away_with_an_entry_each(city: Store) -> None:
    roles.grant(city, " a@b ", Role.DISTRICT, ["110102", "110101"], actor="chief")
    assert named(city, "a@b") == Principal("a@b", Role.DISTRICT, frozenset({"110101", "110102"}))
    roles.grant(city, "a@b", Role.CITY_LEADER, [], actor="chief")
    assert named(city, "a@b").reads_city
    roles.revoke(city, "a@b", actor="chief")
    assert named(city, "a@b") == Principal("a@b", Role.PUBLIC)
    with city.reading() as conn:
        entries = conn.execute(select(audit_entries).where(audit_entries.c.row_key == "a@b")).mappings().all()
        assert [e["action"] for e in entries] == ["role_granted", "role_granted", "role_revoked"]
        assert json.loads(entries[1]["detail"]) == {
            "before": {"role": "district", "areas": ["110101", "110102"]},
            "after": {"role": "city_leader", "areas": []},
        }
        assert [f for f in check_store(conn) if f.code.startswith("audit")] == []


@pytest.mark.parametrize(
    ("name", "role", "areas", "code"),
    [
        ("", Role.CITY_LEADER, [], "roles.name"),
        ("x" * 201, Role.CITY_LEADER, [], "roles.name"),
        ("a", Role.DISTRICT, [], "roles.no_area"),
        ("a", Role.CITY_LEADER, ["110101"], "roles.no_areas_here"),
        ("a", Role.DISTRICT, ["110101001"], "roles.wrong_level"),
        ("a", Role.SUBDISTRICT, ["110101"], "roles.wrong_level"),
        ("a", Role.DISTRICT, ["119999"], "roles.unknown_area"),
        ("a", Role.RESPONSIBLE_PLANNER, ["110101001", "1' OR '1"], "roles.unknown_area"),
    ],
)
def test_what_makes_no_sense_is_refused_and_leaves_nothing(
    city: Store, name: str, role: Role, areas: list[str], code: str
) -> None:
    with pytest.raises(roles.RoleRefused) as refused:
        roles.grant(city, name, role, areas, actor="chief")
    assert refused.value.code == code
    with city.reading() as conn:
        assert roles.role_rows(conn) == []


def test_nobody_is_the_public_and_has_nothing_to_lose(city: Store) -> None:
    assert named(city, "nobody") == Principal("nobody", Role.PUBLIC)
    with pytest.raises(roles.RoleRefused):
        roles.revoke(city, "nobody", actor="chief")


def test_a_role_that_is_out_of_use_opens_nothing(city: Store) -> None:
    roles.grant(city, "old", Role.CITY_LEADER, [], actor="chief")
    with city.writing() as conn:
        conn.execute(user_roles.update().values(role="emperor"))
    assert named(city, "old").role is Role.PUBLIC
