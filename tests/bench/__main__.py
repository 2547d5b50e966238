"""`make bench`: measure, print, and write docs/performance.md. `python -m tests.bench map_first pan --quick`."""

import argparse
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.bench import coverage, freshness, map_page, peers, scale, under_load
from tests.bench.load_join import load_and_join
from tests.bench.report import machine, write

Bench = Callable[[Path, int], str]


def _load_join(folder: Path, repeats: int) -> str:
    sizes = (100_000,) if repeats == 1 else (100_000, 500_000)
    text = load_and_join(folder, sizes, repeats)
    return f"## Load and join\n\n{machine(repeats)}\n\n{text}"


#: In the order of the report.
BENCHES: dict[str, Bench] = {
    "map_first": map_page.map_first,
    "recolour": map_page.recolour,
    "pan": map_page.pan,
    "peers": peers.peers,
    "scale": scale.scale,
    "freshness": freshness.freshness,
    "load": under_load.load,
    "sessions": under_load.sessions_memory,
    "load_join": _load_join,
    "coverage": coverage.coverage,
}


def main() -> int:
    """Run the measurements asked for; 1 where one broke, never where a target was missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(BENCHES)}; all without one")
    options.add_argument("--quick", action="store_true", help="one repeat instead of three")
    options.add_argument("--no-write", action="store_true", help="print only")
    given = options.parse_args()
    # Servers and browsers end with the blocks that started them, also when this is told to stop.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    unknown = sorted(set(given.names) - set(BENCHES))
    if unknown:
        options.error(f"no such measurement: {', '.join(unknown)}")
    parts: dict[str, str] = {}
    broken: list[str] = []
    for name in given.names or list(BENCHES):
        start = time.monotonic()
        print(f"== {name}", flush=True)
        try:
            with tempfile.TemporaryDirectory(prefix="atlas-bench-") as folder:
                parts[name] = BENCHES[name](Path(folder), 1 if given.quick else 3)
        except Exception:
            traceback.print_exc()
            broken.append(name)
            continue
        print(f"\n{parts[name]}\n\n({name}: {time.monotonic() - start:.0f} s)\n", flush=True)
        if not given.no_write:
            write(parts, list(BENCHES))
    if broken:
        print(f"broken: {', '.join(broken)}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
