"""`make bench`: measure, print, and write docs/performance.md."""

import argparse
import os
import platform
import tempfile
from pathlib import Path

from tests.bench.load_join import load_and_join
from tests.bench.measure import PROJECT_DIR

HEAD = """# Performance

Written by `make bench`. Every table stands for one run on one machine, product and peers side by side: read the
ratios, not the seconds.

Machine: {cores} cores, {system}, Python {python}.
"""


def main() -> None:
    """Run the measurements asked for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sizes", type=int, nargs="+", default=[100_000, 500_000])
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--no-write", action="store_true")
    given = options.parse_args()
    head = HEAD.format(cores=os.cpu_count(), system=platform.system(), python=platform.python_version())
    with tempfile.TemporaryDirectory(prefix="atlas-bench-") as folder:
        body = load_and_join(Path(folder), tuple(given.sizes), given.runs)
    print(body)
    if not given.no_write:
        (PROJECT_DIR / "docs" / "performance.md").write_text(f"{head}\n{body}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
