"""The order in which workers get the files of tests."""

from pathlib import Path

from tests.order import BROWSER_WORKERS, SECONDS, best_for, scope_of, seconds_of

PROJECT_DIR = Path(__file__).resolve().parent.parent

WAITING = [
    ("tests/store/test_a.py", 4),
    ("tests/browser/test_maps.py", 3),
    ("tests/browser/test_map_selection.py", 3),
    ("tests/dashboard/test_b.py", 40),
]


def test_two_workers_take_the_browsers_files_the_longest_first() -> None:
    assert {best_for(worker, WAITING) for worker in BROWSER_WORKERS} == {
        "tests/browser/test_map_selection.py"
    }
    assert best_for("gw2", WAITING) == "tests/dashboard/test_b.py"


def test_nobody_stands_idle_while_something_waits() -> None:
    only_browser = [unit for unit in WAITING if "browser" in unit[0]]
    others = [unit for unit in WAITING if "browser" not in unit[0]]
    assert best_for("gw2", only_browser) == "tests/browser/test_map_selection.py"
    assert best_for("gw0", others) == "tests/dashboard/test_b.py"


def test_a_file_stays_whole_and_shared_cities_go_together() -> None:
    assert scope_of("tests/store/test_a.py::test_one[x::y]") == "tests/store/test_a.py"
    assert scope_of("tests/loaders/test_demo_gates.py::test_one") == scope_of(
        "tests/loaders/test_demo.py::test_two"
    )
    assert seconds_of("tests/store/test_a.py", 10) < seconds_of("tests/dashboard/test_b.py", 10)


def test_known_times_are_of_files_that_there_are() -> None:
    for scope in SECONDS:
        assert list(PROJECT_DIR.glob(scope)) or (PROJECT_DIR / scope).is_file(), scope
