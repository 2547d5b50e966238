"""What the server's process gives back of the memory that it no longer needs.

A page looks through columns of a million rows for some milliseconds. glibc would keep what was freed, in as many heaps
as there are threads, and so would Arrow: at a million footprints the process stood at 500 MB of which it used 280.
"""

import ctypes
import sys

import pyarrow as pa

#: glibc's names for its options (malloc.h).
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
#: A block from this size on is the system's own and goes back to it when it is freed; a set threshold no longer grows.
_OWN_BLOCK_BYTES = 256 * 1024
_KEPT_FREE_BYTES = 1024 * 1024
#: Python's lock lets one thread work at a time, so more heaps only hold more.
_MOST_HEAPS = 2


def give_back() -> bool:
    """Tell the C library and Arrow to give back what is freed; False where the C library can't be told."""
    pa.set_memory_pool(pa.system_memory_pool())
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False  # musl, which gives back by itself
    wanted = (
        (_M_MMAP_THRESHOLD, _OWN_BLOCK_BYTES),
        (_M_TRIM_THRESHOLD, _KEPT_FREE_BYTES),
        (_M_ARENA_MAX, _MOST_HEAPS),
    )
    taken = [mallopt(option, value) for option, value in wanted]
    return taken == [1, 1, 1]
