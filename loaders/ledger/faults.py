"""What is wrong in a ledger, named by sheet and cell, in sentences that say what was expected and what to do."""

from dataclasses import dataclass, field
from typing import Any, Literal

from loaders.wording import WORDING

Severity = Literal["refused", "warning", "note"]
MOST_VALUE = 120


@dataclass(frozen=True)
class LedgerFault:
    """A fault or a remark. `cell` is like C7 (or a row's number), `header` the column as the file calls it.

    `refused` keeps its row out; a `warning` is to be looked at; a `note` says how something was read.
    """

    code: str
    sheet: str
    cell: str = ""
    row_number: int | None = None
    header: str = ""
    value: str = ""
    severity: Severity = "refused"
    params: dict[str, Any] = field(default_factory=dict)

    def say(self, lang: str = "zh") -> str:
        """The sentence in a language."""
        return WORDING.say(self.code, lang, **self.all_params)

    @property
    def all_params(self) -> dict[str, Any]:
        """What fills the sentence, in plain values that can be kept beside a run."""
        return {
            "sheet": self.sheet,
            "cell": self.cell,
            "row": self.row_number,
            "field": self.header,
            "value": self.value[:MOST_VALUE],
            **self.params,
        }


def cell_name(row: int, column: int) -> str:
    """A cell's name from its row and column counted from 0: (6, 2) → C7."""
    letters = ""
    place = column + 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"
