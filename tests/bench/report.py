"""docs/performance.md: one part for each measurement, kept from the last run where this one leaves it out."""

import datetime as dt
import os
import platform
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeVar

from tests.bench.measure import PROJECT_DIR

FILE = PROJECT_DIR / "docs" / "performance.md"
HEAD = """# Performance

Written by `make bench`; every part says when it was measured and how often. Product and peers are measured side by
side in the same run, in turn, on the same machine, so read the ratios, not the seconds: another machine has others.
A target that was missed says so.
"""
_PART = "<!-- bench: {name} -->\n{text}\n<!-- end of {name} -->"
_FIND = re.compile(r"<!-- bench: (?P<name>\w+) -->\n.*?\n<!-- end of (?P=name) -->", re.DOTALL)

T = TypeVar("T")


@dataclass(frozen=True)
class Target:
    """What a measurement was meant to reach."""

    text: str
    value: float
    limit: float
    #: "at most" or "at least".
    is_upper: bool = True
    digits: int = 2
    unit: str = ""

    @property
    def is_met(self) -> bool:
        return self.value <= self.limit if self.is_upper else self.value >= self.limit

    def line(self) -> str:
        """A row for the table of targets."""
        sign = "≤" if self.is_upper else "≥"
        verdict = "met" if self.is_met else "**missed**"
        limit, value = f"{self.limit:g}{self.unit}", f"{self.value:.{self.digits}f}{self.unit}"
        return f"| {self.text} | {sign} {limit} | {value} | {verdict} |"


def rows(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    """A Markdown table; the first column to the left, the others to the right."""
    lines = ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(cells) + " |" for cells in body)])


def targets(found: Sequence[Target]) -> str:
    """The table of targets and whether each was met."""
    return "\n".join(["| target | limit | measured | |", "|---|---:|---:|---|", *(t.line() for t in found)])


def machine(repeats: int, what: str = "medians") -> str:
    """The line under every heading: machine class, day, number of repeats; never the machine's name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    day = dt.datetime.now(dt.UTC).date().isoformat()
    plural = "s" if repeats != 1 else ""
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB, software rendering (no graphics card), {platform.system()}, Python "
        f"{platform.python_version()}; {day}; {repeats} repeat{plural}, {what}."
    )


def middle(found: Iterable[T], of: Callable[[T], float]) -> float:
    """The median of something of each measurement."""
    return float(median(of(one) for one in found))


def part(title: str, repeats: int, *texts: str) -> str:
    """One part of the report."""
    return "\n\n".join([f"## {title}", machine(repeats), *(t for t in texts if t)])


def write(parts: dict[str, str], order: Sequence[str], file: Path = FILE) -> None:
    """Put the parts into the file: in `order`, over those of the same name; other parts stay."""
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    held = {found["name"]: found.group(0) for found in _FIND.finditer(text)}
    held |= {name: _PART.format(name=name, text=body) for name, body in parts.items()}
    known = [name for name in order if name in held]
    file.write_text("\n\n".join([HEAD.rstrip(), *(held[name] for name in known)]) + "\n", encoding="utf-8")
