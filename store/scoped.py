"""The store as one person may see it: connections on which temporary views stand before the tables (R74).

An engine belongs to a scope (a role and its areas), not to a person. It is made when first asked for, and the ones
unused for longest are closed.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

from store.access import Principal
from store.engine import Store, make_engine
from store.scoped_views import Scope, view_statements

#: So many scopes are held open at once: the districts, and as many subdistricts and planners.
MOST_SCOPES = 32


class ScopedStore(Store):
    """A store that is only read, by one scope."""

    def __init__(self, engine: Engine, scope: Scope) -> None:
        super().__init__(engine)
        self.scope = scope

    def seen_by(self, principal: Principal) -> Store:
        """Itself for its own scope. Raises RuntimeError for another: a scope is left only through the whole store."""
        if Scope.of(principal) != self.scope:
            raise RuntimeError("another scope is asked of the whole store")
        return self

    @contextmanager
    def writing(self, *, counts: bool = True) -> Iterator[Connection]:
        """Refused: RuntimeError. Writes go through the whole store, which asks `rows_outside`."""
        raise RuntimeError("a scoped store is only read")
        yield


class ScopedReaders:
    """The readers of one store, by scope; shared by threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held: OrderedDict[Scope, ScopedStore] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, principal: Principal) -> Store:
        """The reader of a person's scope; the store itself where nothing is hidden."""
        scope = Scope.of(principal)
        if scope.sees_all:
            return self._store
        with self._lock:
            reader = self._held.get(scope)
            if reader is None:
                reader = ScopedStore(_engine(self._store, scope), scope)
                self._held[scope] = reader
            self._held.move_to_end(scope)
            while len(self._held) > MOST_SCOPES:
                self._held.popitem(last=False)[1].dispose()
        return reader

    def dispose(self) -> None:
        """Close all readers."""
        with self._lock:
            for reader in self._held.values():
                reader.dispose()
            self._held.clear()


def _engine(store: Store, scope: Scope) -> Engine:
    engine = make_engine(store.engine.url.render_as_string(hide_password=False))
    dialect = engine.dialect

    @event.listens_for(engine, "connect")
    def _shadow(dbapi: Any, _record: Any) -> None:
        cursor = dbapi.cursor()
        if dialect.name == "sqlite":
            for statement in view_statements(scope, dialect, "main"):
                cursor.execute(statement)
            cursor.execute("PRAGMA query_only=ON")
        else:
            cursor.execute("SELECT current_schema()")
            schema = cursor.fetchone()[0]
            for statement in view_statements(scope, dialect, schema):
                cursor.execute(statement)
            cursor.execute("SET default_transaction_read_only = on")
            dbapi.commit()
        cursor.close()

    return engine
