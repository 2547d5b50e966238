"""Kept distances: only what changed is worked out again, nothing half-made is read; the plain count by hand."""

from pathlib import Path

import numpy as np
import pytest

import loaders.coverage.work as work
from loaders.coverage.count import count_within
from loaders.coverage.inputs import HOMES, POINTS
from loaders.coverage.work import Stopped, brought_up, current
from loaders.errors import AtlasError
from loaders.settings import settings
from store.engine import Store
from store.linking import relink
from store.runs import undo_run
from tests.town import fill_town, frame, line, put, spot


@pytest.fixture
def town(store: Store) -> Store:
    """The town of `tests.town`."""
    fill_town(store)
    return store


@pytest.mark.parametrize("distance", ["straight", "walk"])
def test_counted_by_hand(town: Store, distance: str) -> None:
    told = count_within(town, "kindergarten", 300, distance).as_json()  # type: ignore[arg-type]
    assert told == {
        "kind": "kindergarten",
        "radius_m": 300,
        "distance": distance,
        "places": 1,
        "residents": 140,  # the seven live in no held subdistrict
        "residents_within": 100,
        "communities": 3,
        "communities_within": 1,
        "pre_2000": 2,
        "pre_2000_within": 1,
    }
    # C is 472 m from the crèche as the crow flies, and off every street on foot.
    far = count_within(town, "kindergarten", 480, distance)  # type: ignore[arg-type]
    assert (far.residents_within, far.communities_within) == (140, 3 if distance == "straight" else 2)
    none = count_within(town, "wet_market", 1000, distance)  # type: ignore[arg-type]
    assert (none.places, none.residents_within, none.communities_within) == (0, 0, 0)


@pytest.mark.parametrize(
    ("kind", "radius"), [("spaceport", 300.0), ("kindergarten", 0.0), ("kindergarten", 1e9)]
)
def test_a_question_that_makes_no_sense_is_refused(town: Store, kind: str, radius: float) -> None:
    with pytest.raises(AtlasError):
        count_within(town, kind, radius, "straight")


def test_on_foot_without_streets_is_refused(store: Store) -> None:
    with pytest.raises(AtlasError) as refused:
        count_within(store, "kindergarten", 300, "walk")
    assert refused.value.code == "coverage.no_streets"


@pytest.fixture
def kept_dir(tmp_path: Path) -> Path:
    """Where distances are kept, beside the database but not among its files."""
    return tmp_path / "kept"


def test_distances_are_kept_and_known_again(town: Store, kept_dir: Path) -> None:
    assert current(town, kept_dir) is None
    made = brought_up(town, kept_dir)
    people = made.people(HOMES)
    reach = made.reach(HOMES, people, ["kindergarten", "wet_market"])
    at = dict(zip(people["origin_id"], reach.kinds["kindergarten"].straight_m.tolist(), strict=True))
    assert at == pytest.approx({"A": 250, "B": 350, "C": 471.7}, abs=0.1)
    held = reach.kinds["kindergarten"]
    assert set(reach.facility_ids[held.straight_at]) == {"K1"}
    assert np.isnan(reach.kinds["wet_market"].straight_m).all()
    assert (reach.kinds["wet_market"].straight_at == -1).all()
    points = made.people(POINTS)
    assert points["residents"].sum() == 147
    assert points["subdistrict_code"].fillna("").tolist() == ["110101001", "110101001", ""]
    again = current(town, kept_dir)
    assert again is not None
    assert again.manifest == made.manifest
    assert made.reports["network"]["edges"] >= 1


def test_only_the_kind_that_changed_is_worked_out_again(
    town: Store, kept_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought_up(town, kept_dir)
    asked: list[str] = []
    plain = work.kind_reach

    def counting(*args: object, **more: object) -> object:
        asked.append(str(args[3]))
        return plain(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(work, "kind_reach", counting)
    more = put(town, facilities=frame({"facility_id": ["K0"], "kind": ["kindergarten"]}, spot((600, 0))))
    made = brought_up(town, kept_dir)
    assert set(asked) == {"kindergarten"}
    people = made.people(HOMES)
    reach = made.reach(HOMES, people)
    named = dict(
        zip(people["origin_id"], reach.facility_ids[reach.kinds["kindergarten"].straight_at], strict=True)
    )
    assert (named["A"], named["B"]) == ("K1", "K0")
    far = reach.kinds["public_toilet"]
    assert set(reach.facility_ids[far.straight_at]) == {"T1"}
    asked.clear()
    with town.writing() as conn:
        undo_run(conn, more, actor="t")
        relink(conn)
    back = brought_up(town, kept_dir)
    assert set(asked) == {"kindergarten"}
    assert back.reach(HOMES, people).kinds["kindergarten"].straight_m[1] == pytest.approx(350, abs=0.1)
    asked.clear()
    put(town, streets=frame({"street_id": ["S2"]}, [line((0, 0), (0, 400))]))
    new = brought_up(town, kept_dir)
    assert len(set(asked)) > 40  # a street moves every kind
    walked = new.reach(HOMES, new.people(HOMES), ["kindergarten"]).kinds["kindergarten"].walk_m
    assert walked[2] == pytest.approx(650, abs=0.1)
    assert sorted(p.name for p in kept_dir.iterdir()) == sorted(["coverage.json", new.manifest.folder])


def test_work_that_was_stopped_leaves_what_was_kept(town: Store, kept_dir: Path) -> None:
    made = brought_up(town, kept_dir)
    put(town, facilities=frame({"facility_id": ["K0"], "kind": ["kindergarten"]}, spot((600, 0))))
    with pytest.raises(Stopped):
        brought_up(town, kept_dir, should_stop=lambda: True)
    held = work.last(town, kept_dir)
    assert held is not None
    assert held.manifest == made.manifest
    assert held.reach(HOMES, held.people(HOMES)).kinds["kindergarten"].facilities == 1
    assert len([p for p in kept_dir.iterdir() if p.is_dir()]) == 1


@pytest.mark.parametrize("text", ["", "{", '{"format": 99}', '{"format": 1}', "[]"])
def test_a_damaged_list_of_files_is_made_anew(town: Store, kept_dir: Path, text: str) -> None:
    brought_up(town, kept_dir)
    (kept_dir / "coverage.json").write_text(text, "utf-8")
    assert current(town, kept_dir) is None
    made = brought_up(town, kept_dir)
    assert made.reach(HOMES, made.people(HOMES)).kinds["kindergarten"].facilities == 1


def test_a_cluster_gives_the_same_distances(
    town: Store, kept_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dask.distributed import LocalCluster

    alone = brought_up(town, kept_dir)
    with LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None) as cluster:
        monkeypatch.setenv("ATLAS_DASK_SCHEDULER", cluster.scheduler_address)
        settings.cache_clear()
        try:
            made = brought_up(town, tmp_path / "cluster")
        finally:
            monkeypatch.delenv("ATLAS_DASK_SCHEDULER")
            settings.cache_clear()
    for account in (HOMES, POINTS):
        people = alone.people(account)
        assert people.equals(made.people(account))
        for kind, own in alone.reach(account, people).kinds.items():
            other = made.reach(account, people, [kind]).kinds[kind]
            np.testing.assert_array_equal(own.straight_m, other.straight_m)
            np.testing.assert_array_equal(own.walk_m, other.walk_m)
            assert own.facilities == other.facilities


def test_a_cluster_that_does_not_answer_is_named(
    town: Store, kept_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATLAS_DASK_SCHEDULER", "nonsense://nowhere")
    settings.cache_clear()
    try:
        with pytest.raises((AtlasError, ValueError)):
            brought_up(town, kept_dir)
    finally:
        monkeypatch.delenv("ATLAS_DASK_SCHEDULER")
        settings.cache_clear()
    assert current(town, kept_dir) is None
