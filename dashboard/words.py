"""Everything the screen says, in one language: sentences of the catalogues, figures with units, dates."""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from loaders.wording import Wording
from programme.progress import Measure

FEN_PER_YUAN = 100
YI_FEN = 100_000_000 * FEN_PER_YUAN
WAN_FEN = 10_000 * FEN_PER_YUAN
MILLION_FEN = 1_000_000 * FEN_PER_YUAN
DASH = "–"


@cache
def catalogue() -> Wording:
    """The screen's own catalogue, read once."""
    return Wording(Path(__file__).parent / "texts")


@dataclass(frozen=True)
class Words:
    """One language's voice. Figures never come in scientific notation and never without their unit."""

    lang: str

    def say(self, code: str, **params: object) -> str:
        """The sentence of a code with its figures put in."""
        return catalogue().say(code, self.lang, **params)

    def number(self, value: float | None, digits: int = 0) -> str:
        """A number with thousands separators and at most so many decimals, trailing zeros cut; a dash for none."""
        if value is None or pd.isna(value):
            return DASH
        text = f"{value:,.{digits}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text

    def count(self, value: float | None, unit: str) -> str:
        """A whole number with its measure word: `unit` is community, building, project, household or resident."""
        if value is None or pd.isna(value):
            return DASH
        form = "one" if round(value) == 1 else "many"
        return self.say(f"unit.{unit}_{form}", n=self.number(value))

    def pct(self, value: float | None) -> str:
        """A percentage with one decimal."""
        return DASH if value is None or pd.isna(value) else f"{value:.1f} %"

    def of(self, part: float, whole: float, unit: str) -> str:
        """A part of a whole with its share: `52 / 80 个 (65.0 %)`."""
        share = self.pct(100.0 * part / whole) if whole else DASH
        return self.say("figure.of", part=self.number(part), whole=self.count(whole, unit), share=share)

    def share(self, part: float, whole: float) -> str:
        """A part of a whole with its share, for places whose header names the unit: `52 / 80 (65.0 %)`."""
        share = self.pct(100.0 * part / whole) if whole else DASH
        return self.say(
            "figure.with_rate",
            figure=self.say("figure.against", part=self.number(part), whole=self.number(whole)),
            rate=share,
        )

    def money_unit(self, fen: float) -> tuple[int, str]:
        """The unit that suits a sum: how many fen it is, and the code of its name."""
        if self.lang == "en":
            return (MILLION_FEN, "million_cny") if abs(fen) >= MILLION_FEN else (FEN_PER_YUAN, "cny")
        if abs(fen) >= YI_FEN:
            return YI_FEN, "yi_yuan"
        return (WAN_FEN, "wan_yuan") if abs(fen) >= WAN_FEN else (FEN_PER_YUAN, "yuan")

    def money(self, fen: float | None) -> str:
        """A sum in the unit that suits it: 8.31 亿元, 4,512 万元."""
        if fen is None or pd.isna(fen):
            return DASH
        size, unit = self.money_unit(fen)
        return self.say(f"unit.{unit}", n=self._sum(fen, size))

    def money_of(self, part_fen: float, whole_fen: float) -> str:
        """A part of a sum, both in the unit that suits the whole: `8.31 / 12.8 亿元`."""
        size, unit = self.money_unit(whole_fen)
        return self.say(f"unit.{unit}", n=f"{self._sum(part_fen, size)} / {self._sum(whole_fen, size)}")

    def _sum(self, fen: float, size: int) -> str:
        amount = fen / size
        return self.number(amount, 0 if abs(amount) >= 1000 else 1 if abs(amount) >= 100 else 2)

    def amount(self, value: float | None, measure: Measure) -> str:
        """A measure's figure with its unit."""
        return self.money(value) if measure is Measure.INVESTMENT else self.count(value, "project")

    def against(self, actual: int, target: int | None, measure: Measure) -> str:
        """Actual against target, without the rate; the figure alone where no target is entered."""
        if target is None:
            return self.amount(actual, measure)
        if measure is Measure.INVESTMENT:
            return self.money_of(actual, target)
        return self.say("figure.against", part=self.number(actual), whole=self.count(target, "project"))

    def date(self, day: dt.date | None) -> str:
        """A day in ISO form."""
        return DASH if day is None or pd.isna(day) else pd.Timestamp(day).date().isoformat()

    def as_of(self, day: dt.date | None) -> str:
        """`截至 2020-08-31`."""
        return self.say("figure.as_of", date=self.date(day))

    def listed(self, names: list[str]) -> str:
        """Several names in a row, with the language's own separator."""
        return self.say("figure.separator").join(names)
