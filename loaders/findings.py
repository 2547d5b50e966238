"""What was noticed about a file: one finding, one sentence."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from loaders.wording import WORDING

Severity = Literal["info", "warning", "error"]
#: Row numbers that are listed with a finding; `count` tells how many there are.
MOST_ROWS = 50


@dataclass(frozen=True)
class Finding:
    """A code with what fills its sentence; `rows` are the first row numbers as the user sees them."""

    code: str
    severity: Severity = "info"
    params: dict[str, Any] = field(default_factory=dict)
    rows: list[int] = field(default_factory=list)
    count: int = 0

    def say(self, lang: str = "zh") -> str:
        """The sentence; it can name the first row as `{row}` and the number of rows as `{count}`."""
        first = {"row": self.rows[0]} if self.rows else {}
        told = WORDING.say(self.code, lang, **({"count": self.count} | first | self.params))
        if self.count > 1 and self.code.startswith("reject."):  # a sentence about one row stands for several
            told += WORDING.say("doctor.and_more", lang, count=self.count)
        return told

    def as_json(self, lang: str = "zh") -> dict[str, Any]:
        """The shape that `doctor --json` prints."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.say(lang),
            "rows": self.rows,
            "count": self.count,
        }


def finding(
    code: str, severity: Severity = "info", *, rows: Iterable[int] | None = None, **params: Any
) -> Finding:
    """A finding about some rows (all of them are counted, the first are listed), or about the whole file."""
    numbers = [int(r) for r in rows] if rows is not None else []
    return Finding(code, severity, params, numbers[:MOST_ROWS], len(numbers))
