"""Reading in a child process: started clean, held to its limits, and ended when it takes too long."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from loaders import errors
from loaders.errors import AtlasError, ReadingStopped, UnreadableFile
from loaders.readers.drivers import gdal_environment
from loaders.readers.limits import Limits

PROJECT_DIR = Path(__file__).resolve().parents[2]
_POLL_S = 0.02
_MOST_ANSWER_BYTES = 256 * 1024 * 1024
#: What of the parent's environment the child may see: enough to find its own libraries and no secret.
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH")


def run_child(
    job: Mapping[str, Any], limits: Limits, folder: Path, should_stop: Callable[[], bool]
) -> dict[str, Any]:
    """The answer of a child that does the job in a folder of its own.

    Raises what the child reports, or ReadingStopped when it dies, takes too long or is to stop.
    """
    (folder / "job.json").write_text(json.dumps({**job, "limits": asdict(limits)}), "utf-8")
    file = str(job["file"])
    with (folder / "noise.txt").open("wb") as noise:
        child = subprocess.Popen(
            # -P keeps the folder with unpacked files out of the places that modules are looked for in.
            [sys.executable, "-P", "-m", "loaders.readers.child", str(folder)],
            cwd=folder,
            env=_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=noise,
            stderr=noise,
            start_new_session=True,
        )
        try:
            _wait(child, limits, file, should_stop)
        finally:
            _end(child)
    answer = folder / "answer.json"
    if not answer.is_file():
        raise _death(child.returncode, limits, file)
    if answer.stat().st_size > _MOST_ANSWER_BYTES:
        raise UnreadableFile("reader.too_many_notes", file=file)
    told: dict[str, Any] = json.loads(answer.read_text("ascii"))
    if not told["ok"]:
        raise _reported(told)
    return told


def private_folder() -> Path:
    """A new folder that only this user can look into; the caller removes it."""
    return Path(tempfile.mkdtemp(prefix="atlas-read-"))


def remove_folder(folder: Path) -> None:
    """Remove a private folder with all in it; a mapped file lives on until it is let go."""
    shutil.rmtree(folder, ignore_errors=True)


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return {
        **kept,
        **gdal_environment(),
        "PYTHONPATH": str(PROJECT_DIR),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "PYTHONNOUSERSITE": "1",
        "HOME": str(folder),
    }


def _wait(child: subprocess.Popen[bytes], limits: Limits, file: str, should_stop: Callable[[], bool]) -> None:
    deadline = time.monotonic() + limits.wall_s
    while True:
        try:
            child.wait(_POLL_S)
            return
        except subprocess.TimeoutExpired:
            pass
        if should_stop():
            raise ReadingStopped("reader.cancelled", file=file)
        if time.monotonic() > deadline:
            raise ReadingStopped("reader.too_slow", file=file, most_s=limits.wall_s)


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the child and whatever it started, by its own session."""
    if child.poll() is None:
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
        child.wait()


def _death(code: int, limits: Limits, file: str) -> ReadingStopped:
    if -code in (getattr(signal, "SIGXCPU", None), getattr(signal, "SIGKILL", None)):
        return ReadingStopped("reader.too_slow", file=file, most_s=limits.cpu_s)
    return ReadingStopped("reader.brought_down", file=file, most_mb=limits.memory_mb)


def _reported(told: Mapping[str, Any]) -> AtlasError:
    kind = getattr(errors, str(told["kind"]), UnreadableFile)
    if not (isinstance(kind, type) and issubclass(kind, AtlasError)) or kind is errors.CatalogueError:
        kind = UnreadableFile
    fault: AtlasError = kind(str(told["code"]), **told["params"])
    return fault
