"""The temporary views that stand before the tables for a person who may not read all rows (R74).

A view has the table's name and columns, so that every query of the store reads it without knowing. What it leaves out
it leaves out inside the database: no page can forget to ask. Columns with names and numbers of persons are empty for
roles that may not see them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Select, Table, false, literal_column, or_, select

from store.access import AREA_ROLES, PERSONAL_COLUMNS, Principal, Role, anybody
from store.area_paths import PUBLIC_TABLES, Areas, inside, is_everybodys, links_inside
from store.tables import (
    BASE_TABLES,
    LINK_TABLES,
    attachments,
    audit_entries,
    closed_months,
    import_layers,
    import_runs,
    key_column,
    metadata,
    rejected_rows,
    row_versions,
    store_state,
    user_roles,
)

#: Kinds of runs whose titles everybody may see: the city's own outlines and the demo.
OPEN_KINDS = ("reference", "demo")


@dataclass(frozen=True)
class Scope:
    """What decides which rows are seen: the role and its areas, not the person."""

    role: Role
    areas: frozenset[str] = frozenset()

    @classmethod
    def of(cls, principal: Principal) -> "Scope":
        """The scope of a person; areas of a role that is not held for areas mean nothing."""
        is_local = principal.role in AREA_ROLES
        return cls(principal.role, principal.area_codes if is_local else frozenset())

    @property
    def principal(self) -> Principal:
        """Anybody with this scope."""
        return Principal(anybody(self.role, self.areas), self.role, self.areas)

    @property
    def sees_all(self) -> bool:
        """Whether nothing is hidden at all."""
        return self.role is Role.PROGRAMME_OFFICE

    @property
    def key(self) -> tuple[str, ...]:
        """A plain key for caches: two scopes that see the same rows in the same columns may share it."""
        return ("all",) if self.sees_all else (self.role.value, *sorted(self.areas))


@dataclass(frozen=True)
class View:
    """What stands before one table: expressions for some of its columns, and which rows."""

    table: Table
    columns: dict[str, str]
    where: str


def view_statements(scope: Scope, dialect: Dialect, schema: str) -> Iterator[str]:
    """The statements that make the views of a scope, in the order in which they must run.

    `schema` is where the tables are: `main` on SQLite. Raises NoAreaRule for a table that nothing is known of.
    """
    for view in _views(scope, dialect, schema):
        quote = dialect.identifier_preparer.quote
        own = f"{quote(schema)}.{quote(view.table.name)}"
        columns = ", ".join(
            f"{view.columns.get(c.name, f'{own}.{quote(c.name)}')} AS {quote(c.name)}"
            for c in view.table.columns
        )
        kind = "TEMPORARY VIEW" if dialect.name == "postgresql" else "TEMP VIEW"
        where = f" WHERE {view.where}" if view.where else ""
        yield f"CREATE {kind} {quote(view.table.name)} AS SELECT {columns} FROM {own}{where}"  # noqa: S608


def _views(scope: Scope, dialect: Dialect, schema: str) -> Iterator[View]:
    if scope.sees_all:
        return
    sql = _Sql(dialect, schema)
    areas = Areas.of(scope.principal)
    reads_city, sees_persons = scope.principal.reads_city, scope.principal.sees_persons
    for name, table in (BASE_TABLES | LINK_TABLES).items():
        hidden = () if sees_persons else PERSONAL_COLUMNS.get(name, ())
        columns = {c: f"CAST(NULL AS {table.c[c].type.compile(dialect)})" for c in hidden}
        if reads_city:
            where = ""
        elif not scope.principal.reads_rows:
            where = "" if name in PUBLIC_TABLES else sql.of(false())
        elif name in LINK_TABLES:
            where = sql.of(links_inside(table, areas))
        else:
            where = "" if is_everybodys(table) else sql.of(inside(table, areas))
        if columns or where:
            yield View(table, columns, where)
    yield from _own_tables(scope, sql)
    known = {*BASE_TABLES, *LINK_TABLES, *_OWN}
    for table in metadata.sorted_tables:
        if table.name not in known:
            yield View(table, {}, sql.of(false()))


#: The store's own tables that have a rule below; any other is seen by nobody.
_OWN = frozenset(
    t.name
    for t in (
        import_runs,
        import_layers,
        rejected_rows,
        row_versions,
        audit_entries,
        closed_months,
        attachments,
        user_roles,
        store_state,
    )
)


def _own_tables(scope: Scope, sql: "_Sql") -> Iterator[View]:
    """Runs, rejected rows, versions, the trail, months, files, roles. Later views read earlier ones by name."""
    person = scope.principal
    nobody = sql.of(false())
    yield View(user_roles, {}, nobody)
    personal = ", ".join(f"'{name}'" for name in sorted(PERSONAL_COLUMNS))

    def without_persons(column: str, kind: str) -> dict[str, str]:
        if person.sees_persons:
            return {}
        return {column: f"CASE WHEN table_name IN ({personal}) THEN CAST(NULL AS {kind}) ELSE {column} END"}

    previous = without_persons("previous", row_versions.c.previous.type.compile(sql.dialect))
    detail = without_persons("detail", "TEXT")
    if person.reads_city:
        yield View(row_versions, previous, "")
        yield View(audit_entries, detail, "")
        values = {"row_values": "CAST(NULL AS JSON)", "value": "CAST(NULL AS TEXT)"}
        yield View(rejected_rows, values, "")
        return
    yield View(import_runs, {}, _runs_seen(scope, sql))
    content = {"content": f"CAST(NULL AS {closed_months.c.content.type.compile(sql.dialect)})"}
    if not person.reads_rows:
        yield View(closed_months, content, nobody)
        for table in (import_layers, rejected_rows, row_versions, audit_entries, attachments):
            yield View(table, {}, nobody)
        return
    yield View(closed_months, content, "")
    yield View(import_layers, {}, "run_id IN (SELECT run_id FROM import_runs)")
    yield View(rejected_rows, {}, f"run_id IN ({_own_runs(scope, sql)})")
    yield View(attachments, {}, _files_seen())
    for table, columns in ((row_versions, previous), (audit_entries, detail)):
        yield View(table, columns, _rows_seen())


def _runs_seen(scope: Scope, sql: "_Sql") -> str:
    """Runs that brought a row that this scope reads, and its own."""
    person, areas = scope.principal, Areas.of(scope.principal)
    seen: list[ColumnElement[bool]] = []
    # As text: within a condition by itself SQLAlchemy has no outer query to tie a column to.
    run_id: ColumnElement[int] = literal_column(f"{sql.schema}.import_runs.run_id")
    for name, table in BASE_TABLES.items():
        rows = select(table.c.import_run_id).where(table.c.import_run_id == run_id)
        if not person.reads_rows and name not in PUBLIC_TABLES:
            continue
        if person.reads_rows and not is_everybodys(table):
            rows = rows.where(inside(table, areas))
        seen.append(rows.correlate(None).exists())
    condition = sql.of(or_(import_runs.c.kind.in_(OPEN_KINDS), *seen))
    return f"({condition}) OR run_id IN ({_own_runs(scope, sql)})" if person.reads_rows else condition


def _own_runs(scope: Scope, sql: "_Sql") -> str:
    """Runs of people with exactly this role and these areas: rejected rows say of nothing where they lie."""
    held = select(user_roles.c.user_name).where(
        user_roles.c.role == scope.role.value, user_roles.c.area_codes == " ".join(sorted(scope.areas))
    )
    own = or_(import_runs.c.actor == scope.principal.name, import_runs.c.actor.in_(held))
    return sql.query(select(import_runs.c.run_id).where(own).correlate(None))


def _files_seen() -> str:
    return (
        "sha256 IN (SELECT sha256 FROM proof_files) OR "
        "sha256 IN (SELECT file_sha256 FROM designs WHERE file_sha256 IS NOT NULL)"
    )


def _rows_seen() -> str:
    """Entries about a row that is seen now; every table by its own view."""
    parts = [
        f"(table_name = '{name}' AND row_key IN (SELECT {key_column(table)} FROM {name}))"  # noqa: S608
        for name, table in BASE_TABLES.items()
        if not is_everybodys(table)
    ]
    open_names = ", ".join(f"'{n}'" for n, t in BASE_TABLES.items() if is_everybodys(t))
    return " OR ".join([f"table_name IN ({open_names})", *parts])


class _Sql:
    """Conditions as text for one database, on the tables themselves and not on the views."""

    def __init__(self, dialect: Dialect, schema: str) -> None:
        self.dialect = dialect
        self.schema = schema

    def of(self, condition: ColumnElement[bool]) -> str:
        """A condition."""
        return self._compiled(condition)

    def query(self, query: Select[Any]) -> str:
        """A whole query."""
        return self._compiled(query)

    def _compiled(self, element: object) -> str:
        compiled = element.compile(  # type: ignore[attr-defined]
            dialect=self.dialect,
            schema_translate_map={None: self.schema},
            render_schema_translate=True,
            compile_kwargs={"literal_binds": True},
        )
        return str(compiled)
