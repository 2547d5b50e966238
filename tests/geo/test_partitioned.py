"""The same answers over partitions: cut by hand, and on a real Dask cluster of two worker processes."""

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.gaps import gap_table
from geo.network import WalkNetwork, build_network
from geo.partitioned import joined, partitioned_gaps, partitioned_reach, partitions, run_task
from geo.reach import Places, Reach, prepare_origins, prepare_places, reach
from programme.standards import Requirement, Status
from tests.geo.towns import facilities, grid, homes, layer, streets

KINDS = ("shop", "school", "castle")
LIMIT = 450.0


def town() -> tuple[WalkNetwork, gpd.GeoDataFrame, Places]:
    """A grid of 1.5 km with a left-over piece beside it, 300 homes and 40 facilities at random."""
    rng = np.random.default_rng(7)
    rows = pd.concat(
        [grid(16), streets([(1700.0, 0.0), (1700.0, 300.0)]), streets([(0.0, 1500.5), (60.0, 1600.0)])],
        ignore_index=True,
    )
    network = build_network(gpd.GeoDataFrame(rows, crs=4326))
    at = np.round(rng.uniform(-300, 1900, (300, 2)), -1)
    of = homes(*[shapely.box(x, y, x + 20, y + 8) if n % 2 else (x, y) for n, (x, y) in enumerate(at)])
    held = {
        f"F{n:02d}": ("shop" if n % 4 else "school", (float(x), float(y)))
        for n, (x, y) in enumerate(np.round(rng.uniform(-100, 1750, (40, 2)), -1))
    }
    return network, of, prepare_places(network, facilities(held))


NETWORK, HOMES, PLACES = town()
WHOLE = reach(NETWORK, prepare_origins(NETWORK, HOMES), PLACES, KINDS, limit_m=LIMIT)


def same(found: Reach) -> None:
    """Identical, ties and all."""
    assert found.origin_ids.tolist() == WHOLE.origin_ids.tolist()
    np.testing.assert_array_equal(found.connection, WHOLE.connection)
    for kind in KINDS:
        pd.testing.assert_frame_equal(found.table(kind), WHOLE.table(kind))
        assert (found.kinds[kind].facilities, found.kinds[kind].off_network) == (
            WHOLE.kinds[kind].facilities,
            WHOLE.kinds[kind].off_network,
        )


def needs() -> dict[str, Requirement]:
    return {
        "school": Requirement("school", Status.SET, radius_m=400.0, standard_key="gb", version="2018"),
        "shop": Requirement("shop", Status.SET, radius_m=250.0, standard_key="gb", version="2018"),
        "castle": Requirement("castle", Status.NO_STANDARD),
    }


def who() -> gpd.GeoDataFrame:
    # Whole numbers: their sums do not hang on the order of adding.
    number = np.arange(len(HOMES))
    return HOMES.assign(
        residents=np.where(number % 11 == 0, np.nan, number % 7 + 1.0),
        households=number % 3 + 1.0,
        community_id=[f"C{n % 5}" for n in number],
    )


@pytest.mark.parametrize("number", [1, 2, 7])
def test_partitions_with_their_halo_give_the_same_answers(number: int) -> None:
    tasks = partitions(NETWORK, HOMES, PLACES, KINDS, limit_m=LIMIT, number=number)
    assert len(tasks) == number
    assert sum(len(t.origins) for t in tasks) == len(HOMES)
    if number == 7:  # the halo is a part of the town, not all of it
        assert all(t.network is not None and len(t.network.edges) < len(NETWORK.edges) for t in tasks)
    found = joined([run_task(t) for t in tasks], PLACES, HOMES["origin_id"].to_numpy(dtype=object))
    same(found)


def test_without_streets_partitions_judge_by_the_straight_line() -> None:
    places = prepare_places(None, layer({"facility_id": ["A"], "kind": ["shop"]}, [shapely.Point(0, 0)]))
    whole = reach(None, prepare_origins(None, HOMES), places, ["shop"], limit_m=LIMIT)
    parts = [run_task(t) for t in partitions(None, HOMES, places, ["shop"], limit_m=LIMIT, number=3)]
    found = joined(parts, places, HOMES["origin_id"].to_numpy(dtype=object))
    pd.testing.assert_frame_equal(found.table("shop"), whole.table("shop"))


def test_a_home_in_two_partitions_or_in_none_is_refused() -> None:
    parts = [run_task(t) for t in partitions(NETWORK, HOMES, PLACES, ["shop"], limit_m=LIMIT, number=2)]
    order = HOMES["origin_id"].to_numpy(dtype=object)
    with pytest.raises(ValueError, match="one partition"):
        joined([*parts, parts[0]], PLACES, order)
    with pytest.raises(ValueError, match="no partition"):
        joined(parts, PLACES, np.array([*order[:-1], "elsewhere"], dtype=object))


@pytest.fixture(scope="module")
def client() -> Iterator[object]:
    distributed = pytest.importorskip("distributed", reason="dask is optional")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
        ) as cluster,
        distributed.Client(cluster) as held,
    ):
        held.wait_for_workers(2, timeout=60)
        yield held


def test_two_workers_give_the_same_answers_as_one_machine(client: object) -> None:
    same(partitioned_reach(client, NETWORK, HOMES, PLACES, KINDS, limit_m=LIMIT, number=4))


def test_gaps_of_a_dask_frame_are_those_of_one_machine(client: object) -> None:
    dask_geopandas = pytest.importorskip("dask_geopandas", reason="dask is optional")
    people = who()
    held = dask_geopandas.from_geopandas(people, npartitions=3).spatial_shuffle()
    found = partitioned_gaps(client, NETWORK, held, PLACES, needs(), ["community_id"], limit_m=LIMIT)
    wanted = gap_table(WHOLE, people, needs(), ["community_id"])
    wanted = wanted.reset_index(drop=True)
    pd.testing.assert_frame_equal(found, wanted)
    whole = partitioned_gaps(client, NETWORK, held, PLACES, needs(), [], limit_m=LIMIT)
    pd.testing.assert_frame_equal(whole, gap_table(WHOLE, people, needs()))
