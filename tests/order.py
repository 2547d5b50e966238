"""Which file of tests a worker gets next: whole files, the longest first, the browser's on two workers alone.

A file stays on one worker, for in some of them a test asks what the tests before it left. The longest come first, so
that at the end no worker runs a long file while the others stand idle. Browsers draw in software and wait for pages
most of the time: two side by side with other tests beside them use two cores well, more of them wait in vain.
"""

from collections.abc import Sequence

from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

#: Seconds that the longest files took alone on two cores. A figure that is out of date costs time and nothing else.
SECONDS = {
    "tests/browser/test_map_selection.py": 200,
    "tests/browser/test_pages.py": 150,
    "tests/browser/test_map_journeys.py": 90,
    "tests/browser/test_map_page.py": 90,
    "tests/browser/test_access.py": 75,
    "tests/browser/test_year_scenario.py": 60,
    "tests/browser/test_ledger.py": 60,
    "tests/browser/test_maps.py": 40,
    "tests/loaders/test_real_districts.py": 30,
    "tests/loaders/test_demo*": 40,
    "tests/loaders/test_hostile_files.py": 28,
    "tests/loaders/test_kill.py": 25,
    "tests/store/test_linking_narrow.py": 18,
}
#: How long one test takes where nothing is known of its file.
USUAL_S = {"tests/browser": 12.0, "tests/dashboard": 0.6}
OTHER_S = 0.3
#: Files that share what takes long to make: they go to one worker together.
TOGETHER = ("tests/loaders/test_demo",)
BROWSER = "tests/browser/"
BROWSER_WORKERS = ("gw0", "gw1")


def scope_of(test: str) -> str:
    """The unit that a test, given by its id, is handed out with."""
    file = test.split("::", 1)[0]
    return next((f"{start}*" for start in TOGETHER if file.startswith(start)), file)


def seconds_of(scope: str, tests: int) -> float:
    """About how long a unit takes."""
    usual = next((s for folder, s in USUAL_S.items() if scope.startswith(folder)), OTHER_S)
    return SECONDS.get(scope, usual * tests)


def best_for(worker: str, waiting: Sequence[tuple[str, int]]) -> str:
    """The unit that a worker begins next, of those that wait with the numbers of their tests."""
    wants_browser = worker in BROWSER_WORKERS
    return min(waiting, key=lambda u: (u[0].startswith(BROWSER) != wants_browser, -seconds_of(*u)))[0]


class LongestFirst(LoadFileScheduling):
    """xdist's distribution by file with an order of its own."""

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        waiting = [(scope, len(unit)) for scope, unit in self.workqueue.items()]
        self.workqueue.move_to_end(best_for(node.gateway.id, waiting), last=False)
        super()._assign_work_unit(node)
