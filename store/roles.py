"""The roles that are granted (`user_roles`): read by every login, changed by `python -m loaders roles`, and audited."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, delete, select

from store import audit
from store.access import AREA_ROLES, Principal, Role
from store.engine import Store
from store.errors import StoreError
from store.tables import districts, subdistricts, user_roles

MOST_NAME = 200


class RoleRefused(StoreError):
    """A role can't be granted like this."""


def principal_named(conn: Connection, name: str) -> Principal:
    """The person of that name with the role granted; the public for a name that has none, or one out of use."""
    row = conn.execute(select(user_roles).where(user_roles.c.user_name == name)).mappings().first()
    if row is None or row["role"] not in set(Role):
        return Principal(name, Role.PUBLIC)
    return Principal(name, Role(row["role"]), frozenset(row["area_codes"].split()))


def role_rows(conn: Connection) -> list[dict[str, Any]]:
    """Everybody with a role: user_name, role, area_codes, granted_by, granted_at."""
    return [dict(r) for r in conn.execute(select(user_roles).order_by(user_roles.c.user_name)).mappings()]


def grant(store: Store, name: str, role: Role, areas: Iterable[str], *, actor: str) -> Principal:
    """Give a person a role in the place of the one held.

    Raises RoleRefused for a name that is empty or too long, for areas that the store does not know, for a role of an
    area without one, and for areas of a role of the whole city.
    """
    name, codes = name.strip(), sorted({a.strip() for a in areas if a.strip()})
    if not 0 < len(name) <= MOST_NAME:
        raise RoleRefused("roles.name", most=MOST_NAME)
    if role in AREA_ROLES and not codes:
        raise RoleRefused("roles.no_area", role=role.value)
    if role not in AREA_ROLES and codes:
        raise RoleRefused("roles.no_areas_here", role=role.value)
    with store.writing() as conn:
        for code in codes:
            _known(conn, code, role)
        before = _held(conn, name)
        conn.execute(delete(user_roles).where(user_roles.c.user_name == name))
        values = {"user_name": name, "role": role.value, "area_codes": " ".join(codes)}
        conn.execute(
            user_roles.insert().values(**values, granted_by=actor, granted_at=dt.datetime.now(dt.UTC))
        )
        after = {"role": role.value, "areas": codes}
        audit.record(
            conn,
            actor=actor,
            action="role_granted",
            table_name="user_roles",
            row_key=name,
            detail={"before": before, "after": after},
        )
    return Principal(name, role, frozenset(codes))


def revoke(store: Store, name: str, *, actor: str) -> None:
    """Take a person's role away. Raises RoleRefused for a name that has none."""
    with store.writing() as conn:
        before = _held(conn, name)
        if before is None:
            raise RoleRefused("roles.nobody", name=name)
        conn.execute(delete(user_roles).where(user_roles.c.user_name == name))
        audit.record(
            conn,
            actor=actor,
            action="role_revoked",
            table_name="user_roles",
            row_key=name,
            detail={"before": before, "after": None},
        )


def _held(conn: Connection, name: str) -> dict[str, Any] | None:
    row = conn.execute(select(user_roles).where(user_roles.c.user_name == name)).mappings().first()
    return None if row is None else {"role": row["role"], "areas": row["area_codes"].split()}


def _known(conn: Connection, code: str, role: Role) -> None:
    is_district = len(code) == 6
    if (is_district and role is Role.SUBDISTRICT) or (not is_district and role is Role.DISTRICT):
        raise RoleRefused("roles.wrong_level", area=code, role=role.value)
    column = districts.c.district_code if is_district else subdistricts.c.subdistrict_code
    if conn.execute(select(column).where(column == code)).first() is None:
        raise RoleRefused("roles.unknown_area", area=code)
