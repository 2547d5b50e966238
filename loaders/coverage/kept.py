"""Distances on disk, one file for each kind, so that a page reads what it shows and a start works nothing out anew."""

import json
import logging
import shutil
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.reach import KindReach, Reach

_log = logging.getLogger(__name__)

MANIFEST = "coverage.json"
#: A change of what the files hold, or of how distances are worked out, makes all of them anew.
FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """What is kept: the marks of the tables, the seal of each kind, reports, and the folder of each account."""

    marks: Mapping[str, str]
    ground: str
    kinds: Mapping[str, str]
    limit_m: float
    reports: Mapping[str, Any]
    folder: str

    def plain(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {"format": FORMAT, **self.__dict__}


def read_manifest(folder: Path) -> Manifest | None:
    """What is kept in a folder; None where nothing is, or nothing that can be used."""
    try:
        held = json.loads((folder / MANIFEST).read_text("utf-8"))
        if held.pop("format") != FORMAT:
            return None
        found = Manifest(**held)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as fault:
        _log.warning("kept distances in %s can't be read (%s): they are worked out anew", folder, fault)
        return None
    return found if (folder / found.folder).is_dir() else None


def write_manifest(folder: Path, made: Manifest) -> None:
    """Put a manifest in place of the one before, whole or not at all, and take away folders that none names."""
    draft = folder / f"{MANIFEST}.{uuid.uuid4().hex[:8]}"
    draft.write_text(json.dumps(made.plain(), ensure_ascii=False), "utf-8")
    draft.replace(folder / MANIFEST)
    for other in folder.iterdir():
        if other.is_dir() and other.name != made.folder:
            shutil.rmtree(other, ignore_errors=True)


def write_origins(folder: Path, account: str, people: pd.DataFrame, connection: NDArray) -> None:
    """The origins of an account in their order, with who lives there and how they are connected."""
    folder.mkdir(parents=True, exist_ok=True)
    people.assign(connection=connection).to_parquet(folder / f"{account}.parquet", index=False)


def read_origins(folder: Path, account: str) -> pd.DataFrame:
    """The origins as `write_origins` kept them."""
    return pd.read_parquet(folder / f"{account}.parquet")


def write_kind(folder: Path, account: str, held: KindReach, facility_ids: NDArray) -> None:
    """The distances of one kind; facilities are named by their ids, so that others may come and go."""
    own = np.unique(np.concatenate([held.straight_at, held.walk_at]))
    own = own[own >= 0]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{account}.{held.kind}.npz").open("wb") as file:
        np.savez(
            file,
            straight_m=held.straight_m,
            walk_m=held.walk_m,
            straight_at=_renumbered(held.straight_at, own),
            walk_at=_renumbered(held.walk_at, own),
            ids=facility_ids[own].astype(str),
            counts=np.array([held.facilities, held.off_network]),
        )


def _renumbered(at: NDArray, own: NDArray) -> NDArray[np.int32]:
    return np.where(at >= 0, np.searchsorted(own, at), -1).astype(np.int32)


def read_reach(
    folder: Path, account: str, origins: pd.DataFrame, kinds: Sequence[str], limit_m: float
) -> Reach:
    """The kept reach of some kinds; `facility_ids` are those that are the nearest of anyone.

    Raises OSError or ValueError for a file that is gone or damaged.
    """
    found: dict[str, KindReach] = {}
    ids: list[NDArray] = []
    start = 0
    for kind in kinds:
        with np.load(folder / f"{account}.{kind}.npz", allow_pickle=False) as held:
            if len(held["straight_m"]) != len(origins):
                raise ValueError(f"{kind}: {len(held['straight_m'])} distances for {len(origins)} origins")
            facilities, off_network = (int(n) for n in held["counts"])
            found[kind] = KindReach(
                kind,
                facilities,
                off_network,
                held["straight_m"],
                np.where(held["straight_at"] >= 0, held["straight_at"] + start, -1).astype(np.int32),
                held["walk_m"],
                np.where(held["walk_at"] >= 0, held["walk_at"] + start, -1).astype(np.int32),
            )
            ids.append(held["ids"].astype(object))
            start += len(held["ids"])
    return Reach(
        origins["origin_id"].to_numpy(dtype=object),
        origins["connection"].to_numpy(),
        np.concatenate(ids) if ids else np.zeros(0, dtype=object),
        found,
        limit_m,
    )
