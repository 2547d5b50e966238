"""A process of its own that makes tile archives: what it needs of memory and time is not taken from the pages.

It stays for a while after its work, so that the next load finds it ready, and ends by itself.
"""

import atexit
import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

from store.engine import PROJECT_DIR

_log = logging.getLogger(__name__)
_MODULE = "dashboard.tile_archive_process"


class WorkerFailed(RuntimeError):
    """The process ended, or could not do its work; its own messages are in the log."""


class ArchiveWorker:
    """The process for one store and one folder; one caller at a time."""

    def __init__(self, database_url: str, folder: Path) -> None:
        """The address may hold a password: it goes through the environment, where no list of processes shows it."""
        self._url = database_url
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def renew(self, tell: Callable[[int, int], None]) -> None:
        """Bring the archive up to date; `tell` is given the rows done and the rows to do.

        Raises WorkerFailed, or OSError where no process can be started.
        """
        with self._lock:
            try:
                answers = self._ask()
            except OSError:  # it ended at this very moment
                self.end()
                answers = self._ask()
            for line in answers:
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    told = json.loads(line)
                    if "failed" in told:
                        raise WorkerFailed(str(told["failed"]))
                    if told.get("ready"):
                        return
                    tell(int(told["done"]), int(told["total"]))
            self.end()
            raise WorkerFailed("the process that makes the tile archive ended before its work was done")

    def _ask(self) -> IO[str]:
        process = self._running()
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write("renew\n")
        process.stdin.flush()
        return process.stdout

    def end(self) -> None:
        """End the process, where it runs."""
        process, self._process = self._process, None
        if process is None:
            return
        atexit.unregister(process.kill)
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _running(self) -> "subprocess.Popen[str]":
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.end()
        paths = os.pathsep.join([str(PROJECT_DIR), *filter(None, [os.environ.get("PYTHONPATH")])])
        self._process = subprocess.Popen(
            [sys.executable, "-m", _MODULE, str(self._folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "ATLAS_DATABASE_URL": self._url, "PYTHONPATH": paths},
        )
        atexit.register(self._process.kill)
        return self._process
