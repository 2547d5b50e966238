"""The cities of the measurements: the demo generator's own, in two sizes, and one city at three, kept between runs."""

import datetime as dt
import hashlib
import math
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.bench.measure import PROJECT_DIR

#: Footprints: the generator's size that is stretched, and the communities to ask of it. 500,000 is `large` as it is.
SIZES: dict[int, tuple[str, int]] = {
    100_000: ("large", 1_700),
    500_000: ("large", 7_000),
}
#: One city with 7,000 communities, as many as Beijing has from before 2000, and so many footprints: its survey has
#: begun around one place, is half done, is complete with many small houses.
SCALES = (10_000, 500_000, 1_000_000)
KEPT_DIR = PROJECT_DIR / "data" / "var" / "bench"

_BUILD = """
import sys
from shapely import Point
from loaders.commit import ensure_reference, load_demo
from loaders.demo import build_city
from loaders.demo.profile import profile
from store.engine import database_url, open_store
size, communities, buildings, kept = sys.argv[1], *(int(n) for n in sys.argv[2:5])
around = [float(n) for n in sys.argv[5:]]
profile()["sizes"][size].update(communities=communities, buildings=buildings)
city = build_city(size)
if around:
    # The footprints nearest to a place; what was said of the others goes with them.
    houses = city.layers["buildings"]
    away = houses.geometry.centroid.distance(Point(around))
    near = set(houses.loc[away.nsmallest(kept).index, "building_id"])
    for name, rows in city.layers.items():
        if "building_id" in rows:
            city.layers[name] = rows[rows["building_id"].isna() | rows["building_id"].isin(near)]
store = open_store(database_url())
ensure_reference(store)
load_demo(store, city, actor="bench")
"""


@dataclass(frozen=True)
class City:
    """A store with a city, and the folder where the product keeps what belongs to it."""

    footprints: int
    folder: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'atlas.sqlite'}"

    @property
    def env(self) -> dict[str, str]:
        """What a process needs to work on this city."""
        return {"ATLAS_DATABASE_URL": self.url, "ATLAS_VAR_DIR": str(self.folder / "var")}


def _made_by() -> str:
    """The fingerprint of what makes a city: another generator, store or loader makes it anew."""
    total = hashlib.sha256()
    for folder in ("loaders/demo", "store/migrations", "data/reference"):
        for file in sorted((PROJECT_DIR / folder).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                total.update(file.relative_to(PROJECT_DIR).as_posix().encode() + file.read_bytes())
    return total.hexdigest()


def city(footprints: int) -> City:
    """The city of about so many footprints, built where it is not kept. CalledProcessError where that fails."""
    size, communities = SIZES[footprints]
    return _kept(City(footprints, KEPT_DIR / f"city-{footprints}"), size, communities, footprints, "")


def scale_city(footprints: int) -> City:
    """The city of `SCALES` with so many footprints, built where it is not kept. CalledProcessError where that fails."""
    size, communities = SIZES[500_000]
    if footprints == 500_000:
        return city(footprints)
    made = City(footprints, KEPT_DIR / f"scale-{footprints}")
    if footprints > 500_000:
        return _kept(made, size, communities, footprints, "")
    middle = dense_place(city(500_000))
    return _kept(made, size, communities, 500_000, f"{middle.lon} {middle.lat}")


def _kept(made: City, size: str, communities: int, buildings: int, around: str) -> City:
    stamp, wanted = made.folder / "made_by", f"{_made_by()} {size} {communities}{around and ' ' + around}"
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return made
    made.folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(made.folder)
    made.folder.mkdir()
    print(f"building the city of {made.footprints:,} footprints ...", flush=True)
    subprocess.run(
        [
            sys.executable,
            "-c",
            _BUILD,
            size,
            *map(str, (communities, buildings, made.footprints)),
            *around.split(),
        ],
        cwd=PROJECT_DIR,
        env={**os.environ, **made.env},
        check=True,
        timeout=1500,
    )
    stamp.write_text(wanted, encoding="ascii")
    return made


@dataclass(frozen=True)
class DensePlace:
    """A place full of footprints that fills the map at z14: the product's address, and the same look by numbers."""

    path: str
    lon: float
    lat: float
    zoom: float

    @property
    def look(self) -> str:
        return f"{self.lon},{self.lat},{self.zoom}"


@cache
def dense_place(made: City) -> DensePlace:
    """The subdistrict with most footprints among those whose communities fill the product's map at z14.

    Of a city of `SCALES` the one with about as many footprints as that of the city of 500,000.
    """
    if made.folder.name.startswith("scale-"):
        wanted = max(_full_places(city(500_000)), key=lambda found: found[0])[0]
        return min(_full_places(made), key=lambda found: abs(found[0] - wanted))[1]
    return max(_full_places(made), key=lambda found: found[0])[1]


def _full_places(made: City) -> list[tuple[float, DensePlace]]:
    """The subdistricts that fill the map at z14, each with its number of footprints. LookupError without any."""
    from dashboard.map_styles import MAP_HEIGHT_PX, MAP_WIDTH_PX
    from store import queries_map
    from store.engine import open_store

    store = open_store(made.url)
    homes = queries_map.community_layer(store, dt.date(2100, 1, 1))
    bounds = homes.geometry.bounds.join(homes[["district_code", "subdistrict_code", "buildings"]])
    bounds = bounds[bounds["subdistrict_code"].notna()]
    found: list[tuple[float, DensePlace]] = []
    for (district, code), mine in bounds.groupby(["district_code", "subdistrict_code"]):
        west, south = mine["minx"].quantile(0.03), mine["miny"].quantile(0.03)
        east, north = mine["maxx"].quantile(0.97), mine["maxy"].quantile(0.97)
        lat = (south + north) / 2
        across = math.log2(360 * MAP_WIDTH_PX / 512 / max(east - west, 1e-6))
        up = math.log2(360 * math.cos(math.radians(lat)) * MAP_HEIGHT_PX / 512 / max(north - south, 1e-6))
        zoom = min(across, up) - 0.2
        count = float(mine["buildings"].sum())
        if 13.6 <= zoom <= 14.4:
            path = f"/map?district={district}&subdistrict={code}&kind=buildings"
            found.append(
                (count, DensePlace(path, round((west + east) / 2, 5), round(lat, 5), round(zoom, 2)))
            )
    store.dispose()
    if not found:
        raise LookupError("no subdistrict of this city fills the map at z14")
    return found
