"""Tiles made by PostgreSQL itself: tables of shapes in EPSG:3857, renewed by part, and `ST_AsMVT` over them.

The tables lie in a schema of their own, are worked out from the store, and may be thrown away: they are no part of the
store's own tables, its migrations or its backups.
"""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.csv
from sqlalchemy import Connection, inspect, text

from store.engine import Store, explained

SCHEMA = "atlas_tiles"
#: Counted up when the tables come to hold something else.
FORMAT = 3
#: Only one process at a time renews the tables.
_LOCK = 20200425
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,40}")
_TYPES = {
    pa.large_string(): "text",
    pa.int8(): "smallint",
    pa.int32(): "integer",
    pa.int64(): "bigint",
    pa.float64(): "double precision",
}
#: Tables that are looked up while a tile is made, by their key: what changes without any footprint changing.
LOOKUPS = ("home_states", "own_states", "structure_codes")


@dataclass(frozen=True)
class Keys:
    """What the shapes and the attributes of a part were made from."""

    geometry: str
    attributes: str


def _quoted(name: str) -> str:
    """A name of ours as SQL. ValueError for anything but small letters, digits and _."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a name of a tile table or column: {name!r}")
    return f'"{name}"'


def _plain(values: pa.Array) -> pa.Array:
    return values.cast(pa.large_string()) if pa.types.is_dictionary(values.type) else values


@contextmanager
def renewing(store: Store) -> Iterator[Connection]:
    """The transaction in which the tables change: all of it is seen, or nothing. The store's revision stays."""
    with explained(store), store.engine.begin() as conn:
        conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        conn.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        conn.execute(
            text(
                f"CREATE TABLE IF NOT EXISTS {SCHEMA}.parts (layer text, part text, geometry_key text NOT NULL, "
                "attributes_key text NOT NULL, PRIMARY KEY (layer, part))"
            )
        )
        conn.execute(
            text(f"CREATE TABLE IF NOT EXISTS {SCHEMA}.state (key text PRIMARY KEY, value text NOT NULL)")
        )
        yield conn


def held_revision(store: Store) -> str | None:
    """The revision that the tables show; None where there are none that can be used."""
    with store.reading() as conn:
        if not inspect(conn).has_table("state", schema=SCHEMA):
            return None
        held = {r.key: r.value for r in conn.execute(text(f"SELECT key, value FROM {SCHEMA}.state"))}  # noqa: S608
    return held.get("revision") if held.get("format") == str(FORMAT) else None


def set_revision(conn: Connection, revision: str) -> None:
    """Say which revision the tables show."""
    for key, value in (("revision", revision), ("format", str(FORMAT))):
        conn.execute(
            text(
                f"INSERT INTO {SCHEMA}.state VALUES (:key, :value) "  # noqa: S608
                "ON CONFLICT (key) DO UPDATE SET value = excluded.value"
            ),
            {"key": key, "value": value},
        )


def drop_other_format(conn: Connection) -> None:
    """Throw away tables that another version of the product made."""
    held = conn.execute(text(f"SELECT value FROM {SCHEMA}.state WHERE key = 'format'")).scalar()  # noqa: S608
    if held is not None and held != str(FORMAT):
        names = inspect(conn).get_table_names(schema=SCHEMA)
        for name in (n for n in names if n not in ("parts", "state")):
            conn.execute(text(f"DROP TABLE {SCHEMA}.{_quoted(name)}"))
        conn.execute(text(f"DELETE FROM {SCHEMA}.parts"))  # noqa: S608


def held_parts(conn: Connection, layer: str) -> dict[str, Keys]:
    """The parts that a layer's table holds; none where the table itself is gone."""
    if not inspect(conn).has_table(layer, schema=SCHEMA):
        conn.execute(text(f"DELETE FROM {SCHEMA}.parts WHERE layer = :layer"), {"layer": layer})  # noqa: S608
        return {}
    rows = conn.execute(
        text(f"SELECT part, geometry_key, attributes_key FROM {SCHEMA}.parts WHERE layer = :layer"),  # noqa: S608
        {"layer": layer},
    )
    return {row.part: Keys(row.geometry_key, row.attributes_key) for row in rows}


def ensure_table(conn: Connection, layer: str, columns: Mapping[str, pa.Array]) -> None:
    """Make the table of a layer where it is missing."""
    if inspect(conn).has_table(layer, schema=SCHEMA):
        return
    listed = ", ".join(f"{_quoted(n)} {_TYPES[_plain(c[:0]).type]} NOT NULL" for n, c in columns.items())
    table = f"{SCHEMA}.{_quoted(layer)}"
    conn.execute(text(f"CREATE TABLE {table} (part text NOT NULL, {listed}, shape geometry(Geometry, 3857))"))
    conn.execute(text(f"CREATE INDEX {_quoted(f'{layer}_shape')} ON {table} USING gist (shape)"))
    conn.execute(text(f"CREATE INDEX {_quoted(f'{layer}_part')} ON {table} (part)"))


def replace_part(
    conn: Connection,
    layer: str,
    part: str,
    keys: Keys,
    columns: Mapping[str, pa.Array],
    shapes: Sequence[str | None],
) -> None:
    """Put the rows of a part in the place of those held.

    shapes: WKB as hexadecimal text (EPSG:4326); None where there is none. columns: as in the layer's table.
    """
    remove_part(conn, layer, part)
    names = list(columns)
    table = pa.table({**{n: _plain(columns[n]) for n in names}, "shape": pa.array(shapes, pa.large_string())})
    listed = ", ".join(f"{_quoted(n)} {_TYPES[table.schema.field(n).type]}" for n in names)
    conn.execute(text("DROP TABLE IF EXISTS fresh"))
    conn.execute(text(f"CREATE TEMPORARY TABLE fresh ({listed}, shape text) ON COMMIT DROP"))
    _copied(conn, "fresh", table)
    chosen = ", ".join(_quoted(n) for n in names)
    conn.execute(
        text(
            f"INSERT INTO {SCHEMA}.{_quoted(layer)} (part, {chosen}, shape) SELECT :part, {chosen}, "  # noqa: S608
            "ST_Transform(ST_SetSRID(shape::geometry, 4326), 3857) FROM fresh "
            # Beyond the Mercator square there is no place on a tile.
            "WHERE shape IS NULL OR ST_YMax(shape::geometry) <= 85.06 AND ST_YMin(shape::geometry) >= -85.06"
        ),
        {"part": part},
    )
    conn.execute(
        text(f"INSERT INTO {SCHEMA}.parts VALUES (:layer, :part, :geometry, :attributes)"),  # noqa: S608
        {"layer": layer, "part": part, "geometry": keys.geometry, "attributes": keys.attributes},
    )


def remove_part(conn: Connection, layer: str, part: str) -> None:
    """Take a part out of a layer."""
    for statement in (
        f"DELETE FROM {SCHEMA}.{_quoted(layer)} WHERE part = :part",  # noqa: S608
        f"DELETE FROM {SCHEMA}.parts WHERE layer = '{layer}' AND part = :part",  # noqa: S608
    ):
        conn.execute(text(statement), {"part": part})


def replace_lookup(conn: Connection, name: str, columns: Mapping[str, pa.Array]) -> None:
    """Put a lookup table in the place of the one held; its first column is the key."""
    table = pa.table({n: _plain(c) for n, c in columns.items()})
    listed = ", ".join(f"{_quoted(n)} {_TYPES[table.schema.field(n).type]}" for n in table.column_names)
    place = f"{SCHEMA}.{_quoted(name)}"
    conn.execute(text(f"DROP TABLE IF EXISTS {place}"))
    conn.execute(text(f"CREATE TABLE {place} ({listed}, PRIMARY KEY ({_quoted(table.column_names[0])}))"))
    _copied(conn, place, table)
    conn.execute(text(f"ANALYZE {place}"))  # or the planner looks each footprint up by itself


def analyse(conn: Connection, layer: str) -> None:
    """Tell the planner what a layer's table holds now."""
    conn.execute(text(f"ANALYZE {SCHEMA}.{_quoted(layer)}"))


def _copied(conn: Connection, place: str, table: pa.Table) -> None:
    body = io.BytesIO()
    pyarrow.csv.write_csv(table, body, pyarrow.csv.WriteOptions(include_header=False))
    raw = conn.connection.driver_connection
    assert raw is not None
    with raw.cursor() as cursor, cursor.copy(f"COPY {place} FROM STDIN (FORMAT csv)") as copy:
        copy.write(body.getbuffer())


def tile(
    conn: Connection,
    layer: str,
    z: int,
    x: int,
    y: int,
    columns: Sequence[str],
    *,
    has_zooms: bool = False,
    parts: Sequence[str] | None = None,
) -> bytes:
    """A tile by `ST_AsMVT`, with the named columns, of the given parts alone where they are given; b"" when empty.

    has_zooms: a shape is drawn from the level in its column `_from_zoom` on. Footprints are told the programme's state
    from the lookup tables.
    """
    shown = ", ".join(f"t.{_quoted(c)}" for c in columns)
    joins = ""
    if layer == "buildings":
        shown += _STATES
        joins = _JOINS.format(schema=SCHEMA)
    rules = " AND t._from_zoom <= :z" if has_zooms else ""
    rules += " AND t.part = ANY(:parts)" if parts is not None else ""
    query = f"""
        WITH place AS (SELECT ST_TileEnvelope(:z, :x, :y) AS tile,
                              ST_TileEnvelope(:z, :x, :y, margin => 64.0 / 4096) AS around),
        drawn AS (SELECT ST_AsMVTGeom(t.shape, place.tile, 4096, 64, true) AS shape, {shown}
                  FROM place, {SCHEMA}.{_quoted(layer)} t {joins}
                  WHERE t.shape && place.around {rules})
        SELECT ST_AsMVT(drawn, '{layer}', 4096, 'shape') FROM drawn WHERE shape IS NOT NULL
    """  # noqa: S608  names are checked
    given = {"z": z, "x": x, "y": y} | ({"parts": list(parts)} if parts is not None else {})
    return bytes(conn.execute(text(query), given).scalar() or b"")


_STATES = """,
    coalesce(own.stage, home.stage, 'none') AS stage, coalesce(own.gate, home.gate, 'none') AS gate,
    coalesce(own.funding, home.funding, 'none') AS funding, coalesce(own.batch, home.batch, 0) AS batch,
    greatest(coalesce(own.central, home.central, 0), coalesce(home.own_central, 0)) AS central,
    coalesce(built.code, 0) AS structure
"""
_JOINS = """
    LEFT JOIN {schema}.home_states home ON home.key = t.community
    LEFT JOIN {schema}.own_states own ON own.key = t._projects
    LEFT JOIN {schema}.structure_codes built ON built.key = t._structure
"""
