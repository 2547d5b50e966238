"""Work in the background: a few threads for all sessions, each job with its progress, its end, and a way to stop it."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from loaders.errors import AtlasError
from store.errors import StoreError

_log = logging.getLogger(__name__)
#: Reading and judging take one core each; more at once would only make all of them slow.
WORKERS = 2

State = Literal["waiting", "running", "done", "failed", "stopped"]


@dataclass
class Job:
    """One piece of work. Written by its thread, read by the page; every value is replaced whole, never changed."""

    state: State = "waiting"
    #: The step's code, what is done, and what there is to do (None where that is not known).
    progress: tuple[str, int, int | None] = ("", 0, None)
    result: Any = None
    #: What went wrong, as something that says itself in a language; None for a fault of the program's own.
    fault: AtlasError | StoreError | None = None
    _stop: threading.Event = field(default_factory=threading.Event)
    _ended: threading.Event = field(default_factory=threading.Event)

    @property
    def is_active(self) -> bool:
        """Whether it still waits or runs."""
        return not self._ended.is_set()

    def report(self, step: str, done: int, total: int | None) -> None:
        """Say how far it is (called by the work itself)."""
        self.progress = (step, done, total)

    def stop(self) -> None:
        """Ask it to stop; it ends at its next step."""
        self._stop.set()

    def should_stop(self) -> bool:
        """Whether it was asked to stop."""
        return self._stop.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it has ended; False where it has not in so many seconds."""
        return self._ended.wait(seconds)

    def _run(self, work: Callable[["Job"], Any]) -> None:
        try:
            if self.should_stop():
                self.state = "stopped"
                return
            self.state = "running"
            self.result = work(self)
            self.state = "done"
        except (AtlasError, StoreError) as fault:
            # A person can mend it, or the work was stopped: the page says the sentence.
            _log.info("job ended by %s", fault.code)
            self.fault = fault
            self.state = "stopped" if self.should_stop() else "failed"
        except Exception:
            _log.exception("job failed")
            self.state = "failed"
        finally:
            self._ended.set()


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(WORKERS, thread_name_prefix="atlas-job")


def start(work: Callable[[Job], Any]) -> Job:
    """Run `work` in the background; it gets its job to report to. Faults end in the job, never in the page."""
    job = Job()
    _threads().submit(job._run, work)
    return job
