"""Servers for the measurements: the product and the bench's own app, each a process of its own on a free port."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.bench.measure import PROJECT_DIR

PRODUCT = "dashboard"
BENCH_APP = "tests.bench.app"
_START_SECONDS = 240


@dataclass(frozen=True)
class Memory:
    """What a server holds, in megabytes (10^6 bytes): its own pages, and its share of all it has mapped."""

    own_mb: float
    pss_mb: float


@dataclass(frozen=True)
class Running:
    """A server that answers."""

    base: str
    process: subprocess.Popen
    log: Path
    ready_s: float

    def memory(self) -> Memory:
        """RssAnon and PSS of the server and whatever it has started."""
        own = pss = 0
        parent = psutil.Process(self.process.pid)
        for process in [parent, *parent.children(recursive=True)]:
            try:
                status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii", errors="replace")
                rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text(
                    encoding="ascii", errors="replace"
                )
            except OSError:
                continue  # it has ended meanwhile
            own += _kilobytes(status, "RssAnon:")
            pss += _kilobytes(rollup, "Pss:")
        return Memory(own * 1024 / 1e6, pss * 1024 / 1e6)

    def settled_memory(self, seconds: float = 20.0) -> Memory:
        """The memory once it has not moved by more than 1 MB for three seconds, or after `seconds`."""
        deadline, calm, before = time.monotonic() + seconds, 0, self.memory()
        while calm < 3 and time.monotonic() < deadline:
            time.sleep(1.0)
            after = self.memory()
            calm = calm + 1 if abs(after.own_mb - before.own_mb) < 1.0 else 0
            before = after
        return before


def _kilobytes(text: str, name: str) -> int:
    for line in text.splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    return 0


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(module: str, env: dict[str, str], folder: Path) -> Iterator[Running]:
    """`python -m module` with `env` on a free port, until the block ends. RuntimeError where it does not start."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    log = folder / f"{module}-{port}.log"
    given = {**os.environ, **env, "ATLAS_PORT": str(port), "ATLAS_HOST": "127.0.0.1", "PYTHONUNBUFFERED": "1"}
    start = time.monotonic()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", module], cwd=PROJECT_DIR, env=given, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        base = f"http://127.0.0.1:{port}"
        while not _answers(f"{base}/_stcore/health"):
            if process.poll() is not None or time.monotonic() - start > _START_SECONDS:
                raise RuntimeError(f"{module} did not start: {log.read_text('utf-8', 'replace')[-3000:]}")
            time.sleep(0.1)
        yield Running(base, process, log, time.monotonic() - start)
        if process.poll() is not None:
            raise RuntimeError(f"{module} has ended: {log.read_text('utf-8', 'replace')[-3000:]}")
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    log.unlink(missing_ok=True)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
