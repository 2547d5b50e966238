"""Texts of a ledger as they are kept and as they are compared."""

import re
import unicodedata

from loaders.values.texts import INVISIBLE

_INVISIBLE = re.compile(f"[{INVISIBLE}\ud800-\udfff]")
_SPACES = re.compile(r"\s+")
#: What clerks write into a cell that they leave empty.
_EMPTY = frozenset({"", "/", "\\", "-", "--", "—", "——", "–", "#N/A"})


def kept_text(text: str) -> str | None:
    """A text as the store keeps it: what was written, without control characters and outer spaces; None for a dash."""
    plain = _INVISIBLE.sub("", text).strip()
    return None if plain in _EMPTY else plain


def plain_text(text: str) -> str | None:
    """A text in the form in which two are compared: half-width, single spaces; None where nothing is left."""
    kept = kept_text(text)
    if kept is None:
        return None
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", kept)).strip() or None


def language_of(text: str) -> str:
    """The language in which something is written: zh where there is any hanzi, else en."""
    return "zh" if re.search("[\u4e00-\u9fff]", text) else "en"


def name_key(text: str) -> str:
    """A name for matching: compatibility forms resolved, no spaces or brackets' kinds, lower case."""
    plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold()
    return re.sub(r"[\s*＊_·:：,，。.()（）\[\]【】/-]+", "", plain)


def digits_of(text: str) -> str:
    """The figures of a name: 一区 and 二区 must never be taken for each other."""
    from loaders.values.numerals import arabic

    return "".join(re.findall(r"\d+", arabic(unicodedata.normalize("NFKC", text))))
