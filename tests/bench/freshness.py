"""How soon a load is on the map: from the command's start until the tile server answers with what was loaded."""

import csv
import gzip
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
from shapely import from_wkb
from sqlalchemy import select

from dashboard.scope_token import TOKEN_KEY, token_of
from geo.mvt import HALF_WORLD_M, to_mercator
from store.access import Role
from store.engine import Store, open_store
from store.scoped_views import Scope
from store.tables import communities, community_links, project_communities, projects, stage_events
from tests.bench.cities import City, city
from tests.bench.measure import PROJECT_DIR
from tests.bench.report import Target, middle, part, rows, targets
from tests.bench.servers import PRODUCT, serving
from tests.geo.test_mvt import decode

CATALOGUE = """
[catalogue]
key = "bench"
title_zh = "量测"
title_en = "Bench"
district_code = "{district}"
licence = "CC0-1.0"
source = "bench"
as_of_date = "2020-08"
is_synthetic = true

[[layer]]
key = "events"
target = "stage_events"
path = "events.csv"
format = "csv"
geometry = "none"
id = {{ from = "id" }}
[layer.fields]
project_id = "project"
stage = "stage"
event_date = "date"
"""
Z = 14
MOST_PROJECTS = 30


def _changes(store: Store) -> tuple[str, list[str], str, float, float]:
    """A district, projects of it that are not yet under long-term management, a community of theirs, and its place."""
    held = store.frame(
        select(
            projects.c.project_id,
            projects.c.district_code,
            project_communities.c.community_id,
            community_links.c.boundary,
        )
        .join(project_communities, project_communities.c.project_id == projects.c.project_id)
        .join(communities, communities.c.community_id == project_communities.c.community_id)
        .join(community_links, community_links.c.community_id == communities.c.community_id)
        .where(community_links.c.boundary.is_not(None))
    )
    done = store.frame(select(stage_events.c.project_id).where(stage_events.c.stage == "long_term"))
    held = held[~held["project_id"].isin(done["project_id"])]
    district = str(held["district_code"].value_counts().index[0])
    mine = held[held["district_code"] == district].drop_duplicates("project_id").head(MOST_PROJECTS)
    first = mine.iloc[0]
    shape = first["boundary"]
    middle_of = (from_wkb(shape) if isinstance(shape, bytes) else shape).representative_point()
    return district, mine["project_id"].tolist(), str(first["community_id"]), middle_of.x, middle_of.y


def _stage(base: str, community: str, lon: float, lat: float) -> str | None:
    at = (to_mercator(np.array([[lon, lat]]))[0] / HALF_WORLD_M + 1) / 2 * 2**Z
    place = f"/tiles/0/communities/{Z}/{int(at[0])}/{int(2**Z - at[1])}.mvt"
    place += f"?{urlencode({TOKEN_KEY: token_of(Scope(Role.PROGRAMME_OFFICE))})}"
    try:
        with urllib.request.urlopen(base + place, timeout=60) as answer:
            data = answer.read()
            if answer.headers.get("Content-Encoding") == "gzip":
                data = gzip.decompress(data)
    except OSError:
        return None
    found = decode(data).get("communities", []) if data else []
    return next((str(f["stage"]) for f in found if f.get("id") == community), None)


def _once(made: City, folder: Path) -> tuple[float, float]:
    """Seconds until the load's command has ended, and until the tile shows it; both from the command's start."""
    folder.mkdir(parents=True)
    shutil.copy(made.folder / "atlas.sqlite", folder / "atlas.sqlite")
    env = {
        "ATLAS_DATABASE_URL": f"sqlite:///{folder / 'atlas.sqlite'}",
        "ATLAS_TILE_DIR": str(folder / "tiles"),
    }
    store = open_store(env["ATLAS_DATABASE_URL"])
    district, wanted, community, lon, lat = _changes(store)
    store.engine.dispose()
    with (folder / "events.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["id", "project", "stage", "date"])
        out.writerows([f"BENCH-{p}", p, "long_term", "2020-08-30"] for p in wanted)
    (folder / "bench.toml").write_text(CATALOGUE.format(district=district), encoding="utf-8")
    with serving(PRODUCT, env, folder / "log") as product:
        deadline = time.monotonic() + 240
        while _stage(product.base, community, lon, lat) is None:
            if time.monotonic() > deadline:
                raise RuntimeError("the first tiles did not come")
        start = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "loaders", "load", str(folder / "bench.toml"), "--base", str(folder)],
            cwd=PROJECT_DIR,
            env={**os.environ, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        text, _ = process.communicate(timeout=240)
        loaded = time.monotonic() - start
        if process.returncode != 0:
            raise RuntimeError(text.decode("utf-8", "replace")[-2000:])
        while _stage(product.base, community, lon, lat) != "long_term":
            if time.monotonic() - start > 240:
                raise RuntimeError("the load never reached the tiles")
            time.sleep(0.05)
        return loaded, time.monotonic() - start


def freshness(folder: Path, repeats: int, footprints: int = 500_000) -> str:
    """Markdown: the time from a load's start until it is on the map."""
    made = city(footprints)
    seen = [_once(made, folder / str(number)) for number in range(repeats)]
    loaded, shown = middle(seen, lambda s: s[0]), middle(seen, lambda s: s[1])
    return part(
        f"From a load to the map, {footprints:,} footprints",
        repeats,
        f"`python -m loaders load` of a ledger with a stage event for each of {MOST_PROJECTS} projects of one "
        "district, on a copy of the city, while the server runs; then the tile of one of their communities is asked "
        "for until it shows the new stage. The interpreter's own start is in both.",
        rows(
            ["from the command's start", "s"],
            [["command ended", f"{loaded:.2f}"], ["on the map", f"{shown:.2f}"]],
        ),
        targets([Target("on the map after the command ended", shown - loaded, 5.0, unit=" s")]),
    )
