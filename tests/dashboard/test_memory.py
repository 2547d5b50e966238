"""The server's process gives back what it no longer needs."""

import subprocess
import sys
from textwrap import dedent

import pytest

PROGRAM = """
    import sys, threading
    import numpy as np
    from dashboard.memory import give_back

    told = give_back() if sys.argv[1] == "told" else True

    def own_mb():
        with open("/proc/self/status") as lines:
            return next(int(l.split()[1]) for l in lines if l.startswith("RssAnon")) / 1000

    def look_through(kept):
        # What a page does with columns of a million rows: blocks of some megabytes, with small ones kept between them.
        for _ in range(20):
            column = np.ones(1_000_000)
            kept.append(bytes(200))
            del column
        held = [np.ones(60_000) for _ in range(60)]
        kept.append(bytes(200))
        del held

    before, kept = own_mb(), []
    for _ in range(6):
        runs = [threading.Thread(target=look_through, args=(kept,)) for _ in range(6)]
        [run.start() for run in runs]
        [run.join() for run in runs]
    print(told, round(own_mb() - before))
"""


def grown(how: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", dedent(PROGRAM), how], capture_output=True, text=True, check=True, timeout=120
    )
    told, megabytes = done.stdout.split()
    assert told == "True"
    return int(megabytes)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc is told")
def test_what_is_freed_goes_back_to_the_system() -> None:
    assert grown("told") < 12 < grown("untold")
