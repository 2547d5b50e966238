"""The server's process gives back what it no longer needs."""

import os
import subprocess
import sys
from textwrap import dedent

import pytest

PROGRAM = """
    import sys
    import numpy as np
    from dashboard.memory import give_back

    told = give_back() if sys.argv[1] == "told" else True

    def own_mb():
        with open("/proc/self/status") as lines:
            return next(int(l.split()[1]) for l in lines if l.startswith("RssAnon")) / 1000

    # What a page does with columns of a million rows: blocks of some megabytes, small ones that stay taken beside them.
    before, kept = own_mb(), []
    for megabytes in (8, 12, 16, 20, 24, 28):
        for _ in range(2):
            column = np.ones(megabytes * 125_000)
            kept.append(np.ones(20_000))
            del column
    print(told, round(own_mb() - before))
"""


def grown(how: str) -> int:
    # A cluster that another test began leaves settings for its own processes.
    env = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    done = subprocess.run(
        [sys.executable, "-c", dedent(PROGRAM), how],
        env=env,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    told, megabytes = done.stdout.split()
    assert told == "True"
    return int(megabytes)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc is told")
def test_what_is_freed_goes_back_to_the_system() -> None:
    assert grown("told") < 12 < grown("untold")
