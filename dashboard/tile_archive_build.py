"""Building a tile archive, and bringing one up to date: only what changed is read and written again."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import shapely

from dashboard.tile_archive_files import (
    Checked,
    ColumnFiles,
    FileRef,
    LayerFiles,
    Manifest,
    PartFiles,
    open_column,
    remove_unused,
    write_arrays,
    write_column,
    write_manifest,
)
from dashboard.tile_sources import BOUNDS, LayerPlan
from geo.tile_geometry import TileGeometry
from store.tiles import NO_DISTRICT, Part

_log = logging.getLogger(__name__)

#: Told after each part: how many rows are done, and how many there are to do.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class _Work:
    """What of a layer can be kept, and what must be made."""

    plan: LayerPlan
    parts: dict[str, Part]
    old: LayerFiles
    shapes: frozenset[str]
    attributes: frozenset[str]

    @property
    def rows(self) -> int:
        """Rows to be read."""
        return sum(self.parts[p].rows for p in self.shapes | self.attributes)


def refresh(
    folder: Path,
    revision: str,
    plans: Sequence[LayerPlan],
    old: Manifest | None,
    *,
    progress: Progress = lambda done, total: None,
    is_good: Callable[[FileRef], bool] | None = None,
) -> Manifest:
    """Make the archive show a revision, from the one that shows another; parts whose seals are the same are kept.

    `is_good` says whether a file of the old archive is whole. OSError where the folder can't be written.
    """

    is_good = is_good or Checked(folder)
    held = {} if old is None else dict(old.layers)
    works = [_work(plan, held.get(plan.name, LayerFiles(())), is_good) for plan in plans]
    total = sum(work.rows for work in works)
    progress(0, total)
    done, layers = 0, {}
    for work in works:
        before = done

        def step(rows: int, before: int = before) -> None:
            progress(before + rows, total)

        layers[work.plan.name] = _layer(folder, work, step)
        done += work.rows
    manifest = Manifest(revision, layers)
    write_manifest(folder, manifest)
    remove_unused(folder, manifest)
    return manifest


def _work(plan: LayerPlan, old: LayerFiles, is_good: Callable[[FileRef], bool]) -> _Work:
    parts = plan.source.parts() or {NO_DISTRICT: Part(0, "empty", "empty")}
    if not all(is_good(file) for file in old.columns.values()):
        _log.warning(
            "%s: attributes in the tile archive are damaged or missing; they are made anew", plan.name
        )
        old = LayerFiles(())
    if old.zooms != plan.zooms:
        old = LayerFiles(())  # other levels, or none at all
    kept = {p.part: p for p in old.parts}
    shapes, attributes = set(), set()
    for name, part in parts.items():
        held = kept.get(name)
        if held is None or held.geometry_key != part.geometry_key or held.rows != part.rows:
            shapes.add(name)
        elif not is_good(held.geometry):
            _log.warning(
                "%s: shapes in the tile archive are damaged or missing; they are made anew", plan.name
            )
            shapes.add(name)
        if held is None or held.attributes_key != part.attributes_key or held.rows != part.rows:
            attributes.add(name)
    return _Work(plan, parts, old, frozenset(shapes), frozenset(attributes))


def _layer(folder: Path, work: _Work, step: Callable[[int], None]) -> LayerFiles:
    source, done = work.plan.source, 0
    kept = {p.part: p for p in work.old.parts}
    parts: list[PartFiles] = []
    fresh: dict[str, dict[str, pa.Array]] = {}
    for name, part in work.parts.items():
        made: dict[str, pa.Array] = {}
        if name in work.shapes:
            shapes = source.shapes(name)
            geometry = TileGeometry.build(shapes, work.plan.zooms)
            if geometry.skipped:
                _log.warning(
                    "%s: %d shapes without a usable outline are in no tile", work.plan.name, geometry.skipped
                )
            file = write_arrays(folder, work.plan.name, geometry.as_arrays())
            bounds = shapely.bounds(shapes).reshape(-1, 4)
            made |= {edge: pa.array(bounds[:, i].copy()) for i, edge in enumerate(BOUNDS)}
            del shapes, geometry
        else:
            file = kept[name].geometry
        if name in work.attributes:
            made |= source.attributes(name)
        fresh[name] = made
        parts.append(PartFiles(name, part.rows, part.geometry_key, part.attributes_key, file))
        if made:
            done += part.rows
            step(done)
    return LayerFiles(tuple(parts), _columns(folder, work, fresh), work.plan.zooms)


def _columns(folder: Path, work: _Work, fresh: dict[str, dict[str, pa.Array]]) -> dict[str, FileRef]:
    """The files of the layer's attributes: new where a part's are new, or stand at another place in the layer."""
    place, start = {}, 0
    for p in work.old.parts:
        place[p.part] = (start, p.rows)
        start += p.rows
    source = work.plan.source
    is_same = [(p.part, p.rows) for p in work.old.parts] == [(n, p.rows) for n, p in work.parts.items()]
    names = set(work.old.columns) - set(source.derived_names)
    names.update(*fresh.values())
    out: dict[str, FileRef] = {}
    for name in sorted(names):
        if is_same and not any(name in made for made in fresh.values()):
            out[name] = work.old.columns[name]
            continue
        old = open_column(folder, work.old.columns[name]) if name in work.old.columns else None
        pieces = []
        for part, made in fresh.items():
            if name in made:
                pieces.append(made[name])
            else:
                assert old is not None  # what is not new stood in the old archive
                pieces.append(old.slice(*place[part]))
        out[name] = write_column(folder, work.plan.name, _joined(pieces))
    derived = source.derived(ColumnFiles(folder, out))
    return out | {n: write_column(folder, work.plan.name, column) for n, column in derived.items()}


def _joined(pieces: list[pa.Array]) -> pa.Array:
    """One array of several; codes keep one list of texts."""
    if len(pieces) == 1:
        return pieces[0]
    if not pa.types.is_dictionary(pieces[0].type):
        return pa.concat_arrays(pieces)
    merged = pa.chunked_array(pieces).unify_dictionaries()
    first = merged.chunk(0).dictionary
    whole = pa.concat_arrays([chunk.indices for chunk in merged.chunks])
    longest = max((chunk.dictionary for chunk in merged.chunks), key=len, default=first)
    return pa.DictionaryArray.from_arrays(whole, longest)
