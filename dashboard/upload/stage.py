"""Trying an upload out and loading it: the pipeline's own steps, with tables that were read already."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import geopandas as gpd
import pandas as pd

from dashboard.jobs import Job
from loaders.catalogue import Catalogue, Layer
from loaders.commit import PreparedLayer, RunResult, commit_run, ensure_reference
from loaders.diagnosis import Diagnosis
from loaders.doctor import diagnose
from loaders.errors import AtlasError, RefusedFile
from loaders.held import HeldLayers, held_layers
from loaders.pipeline import as_of_day, limits, prepare_table
from loaders.readers import RawTable, read_table
from loaders.wording import WORDING
from store.engine import Store

_held_lock = Lock()


@dataclass(frozen=True)
class Trial:
    """What a load would bring, and at which revision of the store it was tried."""

    catalogue: Catalogue
    prepared: tuple[PreparedLayer, ...]
    revision: int


@lru_cache(maxsize=2)
def _held_at(_revision: int, store: Store) -> HeldLayers:
    return held_layers(store)


def held_of(store: Store) -> HeldLayers:
    """The layers held as evidence, read once per revision."""
    with _held_lock:
        return _held_at(store.revision(), store)


def examined(
    store: Store,
    path: str,
    shown: str,
    job: Job,
    *,
    layer: str | None = None,
    x: str | None = None,
    y: str | None = None,
) -> Diagnosis:
    """The diagnosis of an upload: read in a child process, judged against what is held."""
    job.report("step.read", 0, None)
    raw = read_table(path, layer=layer, limits=limits(), file_name=shown, should_stop=job.should_stop)
    return judged(store, raw, job, x=x, y=y)


def judged(store: Store, raw: RawTable, job: Job, *, x: str | None, y: str | None) -> Diagnosis:
    """The diagnosis of a table that was read already."""
    job.report("step.diagnose", 0, None)
    held = held_of(store)
    _or_stop(job)
    return diagnose(raw, held=held, x=x, y=y)


def tried(store: Store, catalogue: Catalogue, tables: Mapping[str, RawTable], job: Job) -> Trial:
    """Every layer prepared as a load would prepare it; nothing is written."""
    revision = store.revision()
    held = held_of(store)
    prepared: list[PreparedLayer] = []
    for number, layer in enumerate(catalogue.layers):
        job.report("step.read", number, len(catalogue.layers))
        _or_stop(job)
        raw = tables[layer.key]
        part = prepare_table(raw, raw.file_name, layer, catalogue, held, store, prepared)
        _all_or_nothing(layer, part)
        prepared.append(part)
        if isinstance(part.rows, gpd.GeoDataFrame):
            held = held.with_layer(part.target, part.rows)
    return Trial(catalogue, tuple(prepared), revision)


def loaded(store: Store, trial: Trial, tables: Mapping[str, RawTable], actor: str, job: Job) -> RunResult:
    """The trial's rows written in one transaction; tried again where the store has changed since."""
    current = trial
    ensure_reference(store)  # an empty store has no districts yet, to which the rows refer
    if store.revision() != trial.revision:
        current = tried(store, trial.catalogue, tables, job)
    _or_stop(job)
    meta = current.catalogue.catalogue
    return commit_run(
        store,
        current.prepared,
        kind="load",
        catalogue_key=meta.key,
        actor=actor,
        is_synthetic=meta.is_synthetic,
        about={
            "title_zh": meta.title_zh,
            "title_en": meta.title_en,
            "licence": meta.licence,
            "source": meta.source,
            "as_of_date": as_of_day(meta.as_of_date),
            "catalogue": current.catalogue.model_dump(mode="json", by_alias=True, exclude_none=True),
        },
        district_code=meta.district_code,
        progress=job.report,
    )


def rejected_of(trial: Trial, lang: str) -> pd.DataFrame:
    """The faults of a trial in the shape of `loaders.rejected.rejected_table`."""
    parts = [
        part.rejected.assign(
            layer=part.key,
            file_name=part.about.get("file_name"),
            reason=[
                WORDING.say(code, lang, **(params or {}))
                for code, params in zip(
                    part.rejected["reason_code"], part.rejected["reason_params"], strict=True
                )
            ],
        )
        for part in trial.prepared
        if len(part.rejected)
    ]
    columns = ["layer", "file_name", "row_number", "field", "value", "row_values", "reason"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _all_or_nothing(layer: Layer, part: PreparedLayer) -> None:
    if layer.all_or_nothing and part.rejected_count:
        first = part.rejected.iloc[0]
        raise RefusedFile(
            "load.all_or_nothing",
            layer=layer.key,
            file=part.about.get("file_name"),
            rows=part.rejected_count,
            row=first["row_number"],
            field=first["field"],
        )


def _or_stop(job: Job) -> None:
    if job.should_stop():
        raise AtlasError("load.cancelled")
