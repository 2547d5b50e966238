"""One geometry column type: WKB on SQLite, a GiST-indexed PostGIS geometry on PostgreSQL."""

from typing import Any

import shapely
from sqlalchemy import Column, Index
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import LargeBinary, UserDefinedType

SRID = 4326


class Geometry(UserDefinedType[bytes]):
    """A geometry in EPSG:4326 (lon, lat), read and written in Python as WKB bytes.

    SQLite keeps the WKB itself; PostgreSQL keeps `geometry(Geometry, 4326)`, so that its own functions and
    indexes work on it.
    """

    cache_ok = True

    def get_col_spec(self, **_kw: Any) -> str:
        return f"geometry(Geometry,{SRID})"

    def bind_expression(self, bindvalue: Any) -> Any:
        return from_wkb(bindvalue)

    def column_expression(self, column: Any) -> Any:
        return to_wkb(column)

    def bind_processor(self, dialect: Any) -> Any:
        def process(value: Any) -> bytes | None:
            if value is None or isinstance(value, bytes):
                return value
            return bytes(shapely.to_wkb(value))

        return process

    def result_processor(self, dialect: Any, coltype: Any) -> Any:
        def process(value: Any) -> bytes | None:
            return None if value is None else bytes(value)

        return process


@compiles(Geometry, "sqlite")
def _sqlite_column(_type: Geometry, _compiler: Any, **_kw: Any) -> str:
    return "BLOB"


class from_wkb(GenericFunction[bytes]):
    """WKB bytes as the database's own geometry."""

    type = Geometry()
    inherit_cache = True
    name = "from_wkb"


class to_wkb(GenericFunction[bytes]):
    """The database's own geometry as WKB bytes."""

    type = LargeBinary()
    inherit_cache = True
    name = "to_wkb"


@compiles(from_wkb)
@compiles(to_wkb)
def _as_is(element: Any, compiler: Any, **kw: Any) -> str:
    return compiler.process(next(iter(element.clauses)), **kw)


@compiles(from_wkb, "postgresql")
def _pg_from_wkb(element: Any, compiler: Any, **kw: Any) -> str:
    return f"ST_GeomFromWKB({compiler.process(next(iter(element.clauses)), **kw)}, {SRID})"


@compiles(to_wkb, "postgresql")
def _pg_to_wkb(element: Any, compiler: Any, **kw: Any) -> str:
    return f"ST_AsBinary({compiler.process(next(iter(element.clauses)), **kw)})"


def spatial_index(table_name: str, column: Column[Any]) -> Index:
    """A GiST index on PostgreSQL; nothing on SQLite, where geometry is indexed in memory."""
    index = Index(f"gist_{table_name}_{column.name}", column, postgresql_using="gist")
    return index.ddl_if(dialect="postgresql")
