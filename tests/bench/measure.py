"""Running a piece of work in a process of its own and taking its wall time, processor time and peak memory."""

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

PROJECT_DIR = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Measured:
    """One piece of work: medians over its runs."""

    name: str
    wall_s: float
    cpu_s: float
    peak_mb: float
    runs: int


def measure(name: str, code: str, *, runs: int = 3, env: dict[str, str] | None = None) -> Measured:
    """Run Python code in fresh processes and take the medians. Raises CalledProcessError where it fails."""
    rows = []
    for _ in range(runs):
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.measure", code],
            cwd=PROJECT_DIR,
            env={**os.environ, **(env or {})},
            check=True,
            capture_output=True,
            text=True,
        )
        rows.append(json.loads(done.stdout.strip().splitlines()[-1]))
    return Measured(
        name,
        median(r["wall_s"] for r in rows),
        median(r["cpu_s"] for r in rows),
        median(r["peak_mb"] for r in rows),
        runs,
    )


def table(title: str, rows: list[Measured], peers: list[str]) -> str:
    """A Markdown table: each piece of work, and its ratio to each peer."""
    by_name = {r.name: r for r in rows}
    head = [
        "work",
        "wall s",
        "CPU s",
        "peak MB",
        *(f"wall ÷ {p}" for p in peers),
        *(f"memory ÷ {p}" for p in peers),
    ]
    lines = [f"### {title}", "", "| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    for row in rows:
        cells = [row.name, f"{row.wall_s:.2f}", f"{row.cpu_s:.2f}", f"{row.peak_mb:.0f}"]
        cells += [f"{row.wall_s / by_name[p].wall_s:.2f}" for p in peers]
        cells += [f"{row.peak_mb / by_name[p].peak_mb:.2f}" for p in peers]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _main() -> None:
    """Run the code given and print what it took; memory is the largest of this process and its children."""
    start = time.perf_counter()
    exec(compile(sys.argv[1], "<bench>", "exec"), {"__name__": "__bench__"})
    wall = time.perf_counter() - start
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        json.dumps(
            {
                "wall_s": wall,
                "cpu_s": own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime,
                "peak_mb": max(own.ru_maxrss, children.ru_maxrss) / 1024,
            }
        )
    )


if __name__ == "__main__":
    _main()
