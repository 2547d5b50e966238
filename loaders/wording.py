"""The sentences that people read, kept in two catalogues and nowhere else: Chinese (the default) and English.

A catalogue is a folder with one TOML file for each language, and beside it, in a folder named after the language,
further files by topic (`zh/money.toml`). A code stands in one of them. Sections nest: `[doctor] empty = "…"` is the
code `doctor.empty`. Places to fill are named: `{rows}`, `{share:.1%}`.
"""

import math
import numbers
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from pathlib import Path
from string import Formatter
from typing import Any, Protocol, runtime_checkable

LANGUAGES = ("zh", "en")
MISSING = "—"
MOST_TEXT = 500
_SEPARATOR = {"zh": "、", "en": ", "}
#: Numbers that are names, not quantities: they get no thousands separators.
_NAMES = {"year", "low_year", "high_year", "run", "runs", "row", "version", "entry", "epsg", "column_number"}


@runtime_checkable
class Speaks(Protocol):
    """Something that can stand in a sentence's place and says itself in the sentence's language."""

    def say(self, lang: str) -> str:
        """Itself in a language."""
        ...


class Wording:
    """The texts of one folder: `zh.toml` and `zh/*.toml`, and the same codes and places to fill in for `en`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def texts(self) -> dict[str, dict[str, str]]:
        """For each language, code → sentence. Raises ValueError for a code that stands in two files."""
        return {lang: self._read(lang) for lang in LANGUAGES}

    def _read(self, lang: str) -> dict[str, str]:
        held: dict[str, str] = {}
        for file in (self.folder / f"{lang}.toml", *sorted((self.folder / lang).glob("*.toml"))):
            own = _flat(tomllib.loads(file.read_text("utf-8")))
            twice = sorted(own.keys() & held.keys())
            if twice:
                raise ValueError(f"{file.name}: {twice[0]} stands in another file too")
            held |= own
        return held

    def codes(self, lang: str = "zh") -> set[str]:
        """Every code of a language."""
        return set(self.texts[lang])

    def placeholders(self, lang: str, code: str) -> set[str]:
        """The places to fill in of one sentence. Raises KeyError for an unknown code."""
        return {name for _, name, _, _ in Formatter().parse(self.texts[lang][code]) if name}

    def say(self, code: str, /, lang: str = "zh", **params: Any) -> str:
        """The sentence of a code with its places filled; whole numbers get thousands separators.

        A message about a fault must never fail itself: a place without a value shows a dash, a code without a
        sentence shows itself with what came with it. Values are put in as text, never read as a pattern.
        """
        language = lang if lang in LANGUAGES else LANGUAGES[0]
        values = _Dashes({name: _shown(name, value, language) for name, value in params.items()})
        sentence = self.texts[language].get(code)
        if sentence is not None:
            return Formatter().vformat(sentence, (), values)
        told = ", ".join(f"{k}={v}" for k, v in values.items())
        return f"{code} ({told})" if told else code


class _Dashes(dict[str, Any]):
    def __missing__(self, key: str) -> "_Text":
        return _Text(MISSING)


class _Text(str):
    """Text from data: whatever form a sentence asks for, it stays text."""

    __slots__ = ()

    def __format__(self, form: str) -> str:
        return str(self)


class _Figure(float):
    """A number, shown readably unless the sentence asks for a form of its own."""

    def __format__(self, form: str) -> str:
        if form:
            return float.__format__(self, form)
        if not math.isfinite(self):
            return MISSING
        if self.is_integer():
            return f"{int(self):,}"
        text = f"{float(self):,.4f}" if abs(self) >= 1 else f"{float(self):.6f}"
        return text.rstrip("0").rstrip(".")

    def __str__(self) -> str:
        return format(self, "")


def _shown(name: str, value: Any, lang: str) -> Any:
    if value is None:
        return _Text(MISSING)
    if isinstance(value, bool) or name in _NAMES:
        return _Text(value)
    if isinstance(value, int):
        return _Figure(value) if abs(value) < 2**53 else _Text(f"{value:,}")
    if isinstance(value, numbers.Number):
        return _Figure(value)  # type: ignore[arg-type]
    if isinstance(value, Speaks):
        return _Text(value.say(lang))
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping)):
        return _Text(_SEPARATOR[lang].join(str(_shown(name, v, lang)) for v in value))
    text = str(value)
    return _Text(text if len(text) <= MOST_TEXT else text[:MOST_TEXT] + "…")


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    out: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping):
            out |= _flat(value, f"{prefix}{key}.")
        else:
            out[f"{prefix}{key}"] = str(value)
    return out


WORDING = Wording(Path(__file__).resolve().parent / "texts")


@cache
def texts() -> Wording:
    """The catalogue of the loaders and the store."""
    return WORDING
