"""What one reading may use, and how the child process holds itself to it."""

import contextlib
import ctypes
import signal
import sys
from dataclasses import dataclass

MB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What one reading may use. A file that needs more is turned away with a message."""

    memory_mb: int = 6144
    cpu_s: int = 600
    wall_s: float = 600.0
    file_mb: int = 4096
    unpacked_mb: int = 2048
    rows: int = 5_000_000
    columns: int = 2_000
    cells: int = 60_000_000
    cell_chars: int = 1_000_000
    zip_entries: int = 2_000


def hold(limits: Limits) -> None:
    """Put the limits on this process, for good. Where the system knows none, only the parent's clock is left."""
    try:
        import resource
    except ImportError:  # not a Unix system
        return
    for what, most in (
        (resource.RLIMIT_AS, limits.memory_mb * MB),
        (resource.RLIMIT_CPU, limits.cpu_s),
        (resource.RLIMIT_FSIZE, limits.file_mb * MB),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        wanted = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (wanted, wanted))


def die_with_parent() -> None:
    """On Linux, be ended when the parent ends, however it ends."""
    if sys.platform != "linux":
        return
    set_death_signal = 1  # PR_SET_PDEATHSIG of prctl(2)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL)
