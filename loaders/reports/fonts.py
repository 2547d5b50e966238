"""The font of the reports, and which characters it lacks."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

FONT_DIR = Path(__file__).resolve().parents[2] / "data" / "reference" / "fonts"
FAMILY = "Atlas Sans SC"
FONT_FILE = FONT_DIR / "atlas-sans-sc.ttf"


@cache
def covered() -> frozenset[int]:
    """The code points that the font has a glyph for."""
    with TTFont(FONT_FILE, lazy=True) as font:
        return frozenset(font.getBestCmap())


def missing_glyphs(texts: Iterable[str]) -> list[str]:
    """The characters of the texts that the font has no glyph for, each once, in the order of their code points.

    White space and what is never drawn (control and format characters) do not count.
    """
    used = {c for text in texts for c in text if not c.isspace() and c.isprintable()}
    return sorted(c for c in used if ord(c) not in covered())
