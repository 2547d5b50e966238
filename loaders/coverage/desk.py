"""One district laid out for questions that are answered at once: its homes, what is near them, and the ways between.

The facilities are those of the district and of the ground around it, whoever may see them: whether a home is served
hangs on what lies beyond the border too. Which rows a person sees is asked by the page, not here.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.assign import metric_shapes
from geo.gaps_people import PeopleReport, people_of_homes
from geo.network import WalkNetwork, build_network
from geo.network_attach import WALK
from geo.reach import (
    LIMIT_M,
    KindReach,
    Origins,
    Places,
    Sources,
    kind_reach,
    prepare_origins,
    prepare_places,
    sources,
    walk_nearest,
)
from loaders.coverage.inputs import Inputs
from loaders.coverage.work import Stopped
from loaders.facility_standards import kinds_known, shipped_standards
from loaders.reference import facility_kinds
from store import queries_gaps, queries_siting
from store.engine import Store

#: Called with the step's code, what is done and what there is to do.
Progress = Callable[[str, int, int | None], None]
_SEPARATORS = re.compile(r"[、,，;；/|\s]+")


def quiet(*_: object) -> None:
    """A progress that tells nobody."""


def never() -> bool:
    """Nobody asks to stop."""
    return False


@dataclass(frozen=True, eq=False)
class Desk:
    """A district's homes and the facilities within reach of them, tied to the streets around.

    `people`: the origins in their order (origin_id, community_id, residents, households), `origins` the same places
    in EPSG:4548; `communities`: community_id, name, subdistrict_code, residents, households, age_class,
    import_run_id, lon, lat (degrees, missing without a place). `facilities`: the rows behind `places`, columns as
    `queries_gaps.facility_places` (EPSG:4326). `held` keeps the reach of the kinds asked for so far.
    """

    district_code: str
    people: pd.DataFrame
    communities: pd.DataFrame
    report: PeopleReport
    network: WalkNetwork | None
    origins: Origins
    facilities: gpd.GeoDataFrame
    places: Places
    from_all: Sources | None
    held: dict[str, KindReach] = field(default_factory=dict)

    def reach(self, kind: str) -> KindReach:
        """The way to the nearest facility of a kind from every home, worked out when it is first asked for."""
        found = self.held.get(kind)
        if found is None:
            found = kind_reach(self.network, self.origins, self.places, kind, from_all=self.from_all)
            self.held[kind] = found
        return found

    def judged_m(self, kind: str) -> NDArray[np.float32]:
        """Metres as the verdicts use them: on foot where the home is connected, else in a straight line."""
        found = self.reach(kind)
        return np.where(self.origins.connection == WALK, found.walk_m, found.straight_m)

    def of_kind(self, kind: str) -> gpd.GeoDataFrame:
        """The facilities that count as a kind, in the order of their ids."""
        rows = self.places.kinds.get(kind, np.zeros(0, dtype=np.int64))
        ids = self.places.ids[rows].astype(str)
        own = self.facilities.set_index(self.facilities["facility_id"].astype(str), drop=False)
        return own.loc[ids].reset_index(drop=True)


def whole_network(store: Store) -> WalkNetwork | None:
    """The walking network of all streets; None where there are none. The part of a desk that takes longest."""
    streets = queries_gaps.street_lines(store)
    return build_network(streets) if len(streets) else None


def build_desk(
    store: Store,
    district_code: str,
    network: WalkNetwork | None,
    *,
    progress: Progress = quiet,
    should_stop: Callable[[], bool] = never,
) -> Desk:
    """Lay out a district. `network` is that of the whole city, so that its parts are judged by their whole length.

    Raises Stopped where somebody asked for it.
    """

    def step(code: str, done: int) -> None:
        if should_stop():
            raise Stopped
        progress(code, done, 4)

    step("desk.homes", 0)
    inputs = Inputs(store)
    homes = inputs.at_entrances(queries_siting.district_home_communities(store, district_code))
    found, report = people_of_homes(queries_siting.district_home_buildings(store, district_code), homes)
    step("desk.facilities", 1)
    near = _near(inputs.facilities, found)
    step("desk.streets", 2)
    own = _cut(network, found)
    places = prepare_places(own, near, entrances=inputs.entrances, counts_as=shipped_standards().counts_as)
    step("desk.ties", 3)
    origins = prepare_origins(own, found[["origin_id", "geometry"]])
    people = pd.DataFrame(found[["origin_id", "community_id", "residents", "households"]])
    from_all = sources(own, places.ties) if own is not None and len(places.ids) else None
    return Desk(district_code, people, communities_told(homes), report, own, origins, near, places, from_all)


def _near(facilities: gpd.GeoDataFrame, homes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The facilities within the farthest distance that is looked at of some home's box."""
    held = facilities[~(facilities.geometry.isna() | facilities.geometry.is_empty)]
    if homes.empty or held.empty:
        return held.iloc[:0].reset_index(drop=True)
    west, south, east, north = shapely.total_bounds(metric_shapes(homes))
    box = shapely.box(west - LIMIT_M, south - LIMIT_M, east + LIMIT_M, north + LIMIT_M)
    return held[shapely.intersects(metric_shapes(held), box)].reset_index(drop=True)


def _cut(network: WalkNetwork | None, homes: gpd.GeoDataFrame) -> WalkNetwork | None:
    if network is None or homes.empty:
        return None
    west, south, east, north = shapely.total_bounds(metric_shapes(homes))
    # Twice the distance: facilities at the border of theirs have their streets too.
    grown = 2 * LIMIT_M
    cut, _ = network.cut((west - grown, south - grown, east + grown, north + grown))
    return cut if len(cut.edges) else None


def communities_told(homes: gpd.GeoDataFrame) -> pd.DataFrame:
    """Communities with a spot inside them: the columns of `Desk.communities`."""
    shapes = homes.geometry.to_numpy()
    is_placed = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    lon, lat = np.full(len(homes), np.nan), np.full(len(homes), np.nan)
    spots = shapely.point_on_surface(shapes[is_placed])
    lon[is_placed], lat[is_placed] = shapely.get_x(spots), shapely.get_y(spots)
    columns = [
        "community_id",
        "name",
        "subdistrict_code",
        "residents",
        "households",
        "age_class",
        "import_run_id",
    ]
    return pd.DataFrame(homes[columns]).assign(lon=lon, lat=lat).reset_index(drop=True)


def metres_to(
    desk: Desk,
    shapes: gpd.GeoSeries,
    radius_m: float,
    *,
    progress: Progress = quiet,
    should_stop: Callable[[], bool] = never,
) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """For each place (EPSG:4326) the rows of `desk.people` within a distance of it, and the metres, as verdicts are.

    One bounded Dijkstra for each place. Raises Stopped where somebody asked for it.
    """
    held = gpd.GeoDataFrame(
        {"facility_id": [f"{n:06d}" for n in range(len(shapes))], "kind": "candidate"}, geometry=shapes
    )
    places = prepare_places(desk.network, held)
    from_all = sources(desk.network, places.ties) if desk.network is not None and len(places.ids) else None
    by_line = np.flatnonzero(desk.origins.connection != WALK)
    out: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []
    for at in range(len(shapes)):
        if should_stop():
            raise Stopped
        progress("desk.candidates", at, len(shapes))
        metres = np.full(len(desk.origins.ids), np.nan)
        metres[by_line] = np.round(shapely.distance(desk.origins.shapes[by_line], places.shapes[at]), 3)
        if desk.network is not None and from_all is not None:
            walk, _ = walk_nearest(
                desk.network, desk.origins, places.ties, from_all, places.ties.place == at, radius_m
            )
            on_foot = (desk.origins.connection == WALK) & ~np.isnan(walk)
            # As in `kind_reach`: the straight line is the least of all ways.
            line = np.round(shapely.distance(desk.origins.shapes[on_foot], places.shapes[at]), 3)
            metres[on_foot] = np.fmax(np.round(walk[on_foot], 3), line)
        rows = np.flatnonzero(metres <= radius_m)
        out.append((rows, metres[rows]))
    return out


@cache
def _keys() -> dict[str, str]:
    """What may stand for a kind: its key, and its Chinese name."""
    known = facility_kinds()
    layers = {names[0]: key for key, names in shipped_standards().layer_names.items()}
    names = dict(zip(known["name_zh"].str.split("(").str[0], known["key"], strict=True))
    return layers | names | {k: k for k in kinds_known()}


def kinds_in(text: object) -> tuple[str, ...]:
    """The kinds that `possible_kinds` of a room or a site names, by key or Chinese name; other words are left out."""
    if not isinstance(text, str):
        return ()
    known = _keys()
    return tuple(dict.fromkeys(known[w] for w in _SEPARATORS.split(text.strip()) if w in known))
