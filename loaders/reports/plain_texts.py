"""Texts on their way into a PDF: in one line, without characters that steer how others are shown."""

import unicodedata
from collections.abc import Iterator
from typing import Any


def clean(text: str) -> str:
    """Text in one line, without controls, direction marks and private characters."""
    shown = "".join(" " if c.isspace() else c for c in text)
    return "".join(c for c in shown if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))


def texts_in(plain: Any) -> Iterator[str]:
    """Every text in nested dicts and lists; pictures (svg) are left out."""
    if isinstance(plain, str):
        yield plain
    elif isinstance(plain, dict):
        for key, value in plain.items():
            if key != "svg":
                yield from texts_in(value)
    elif isinstance(plain, list | tuple):
        for value in plain:
            yield from texts_in(value)
