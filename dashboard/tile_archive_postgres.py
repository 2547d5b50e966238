"""Tiles from PostgreSQL: its tables are renewed by the same parts as the files, and it cuts the tiles itself."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import shapely

from dashboard.tile_archive import ArchiveLayer
from dashboard.tile_archive_files import ColumnFiles, Manifest
from dashboard.tile_sources import BOUNDS, FIGURES, FROM_ZOOM, Columns, LayerPlan
from store import tiles_postgres
from store.engine import Store
from store.tiles import state_mark
from store.tiles_postgres import Keys


@runtime_checkable
class LookedUp(Protocol):
    """A source whose derived attributes the database looks up while it makes a tile."""

    def lookups(self, columns: Columns) -> dict[str, Columns]:
        """The tables of `store.tiles_postgres.LOOKUPS`."""


def renew_tables(store: Store, plans: Sequence[LayerPlan], manifest: Manifest, folder: Path) -> None:
    """Have the database's tables show what the files show; nothing to do on SQLite.

    Tables that show the store's present state already are not taken back to an older one.
    """
    if store.is_sqlite:
        return
    with tiles_postgres.renewing(store) as conn:
        tiles_postgres.drop_other_format(conn)
        name, mark = state_mark(store)
        if tiles_postgres.held_revision(store) == f"{name}-{mark}" != manifest.revision:
            return
        for plan in plans:
            files = manifest.layers[plan.name]
            columns = ColumnFiles(folder, files.columns)
            left_out = {*BOUNDS, *FIGURES, *plan.source.derived_names}
            base = {n: columns[n] for n in columns if n not in left_out}
            held = tiles_postgres.held_parts(conn, plan.name)
            tiles_postgres.ensure_table(conn, plan.name, base)
            start = changed = 0
            for part in files.parts:
                keys = Keys(part.geometry_key, part.attributes_key)
                if held.pop(part.part, None) != keys:
                    cut = {n: c.slice(start, part.rows) for n, c in base.items()}
                    wkb = shapely.to_wkb(plan.source.shapes(part.part), hex=True).tolist()
                    tiles_postgres.replace_part(conn, plan.name, part.part, keys, cut, wkb)
                    changed += 1
                start += part.rows
            for gone in held:
                tiles_postgres.remove_part(conn, plan.name, gone)
            if 2 * changed > len(files.parts):  # a few parts are left to the database's own upkeep
                tiles_postgres.analyse(conn, plan.name)
            if isinstance(plan.source, LookedUp):
                for table, rows in plan.source.lookups(columns).items():
                    tiles_postgres.replace_lookup(conn, table, rows)
        tiles_postgres.set_revision(conn, manifest.revision)


class DatabaseLayer:
    """A layer whose tiles the database makes; outlines are cut from the files."""

    def __init__(self, store: Store, layer: ArchiveLayer, derived: Sequence[str]) -> None:
        """`derived` are the attributes that the database looks up."""
        self._store = store
        self._layer = layer
        hidden = {*BOUNDS, *FIGURES, *derived}
        self._columns = [n for n in layer.columns if n not in hidden and not n.startswith("_")]
        self._has_zooms = FROM_ZOOM in layer.columns

    def tile(self, z: int, x: int, y: int, parts: frozenset[str] | None = None) -> bytes:
        """The tile, of the given parts alone where they are given; b"" when empty.

        The database's tables know districts; of subdistricts the files are asked.
        """
        if parts is not None and any(len(code) > 6 for code in parts):
            return self._layer.tile(z, x, y, parts)
        with self._store.reading() as conn:
            return tiles_postgres.tile(
                conn,
                self._layer.name,
                z,
                x,
                y,
                self._columns,
                has_zooms=self._has_zooms,
                parts=None if parts is None else sorted(parts),
            )

    def edges(
        self, name: str, width_px: float, z: int, x: int, y: int, parts: frozenset[str] | None = None
    ) -> bytes:
        """See `ArchiveLayer.edges`."""
        return self._layer.edges(name, width_px, z, x, y, parts)
