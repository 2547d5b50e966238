"""HTML in which every text is escaped, and Markdown in which every mark is: names from data stay text."""

import html
import re

import streamlit as st

_MARKS = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:^=&@\"'])")


def escaped_markdown(text: str) -> str:
    """Text that Streamlit's Markdown shows as it is: no emphasis, link, formula, HTML, emoji or colour."""
    return _MARKS.sub(r"\\\1", " ".join(str(text).split()))


def element(tag: str, *content: "str | Markup", css: str = "", **attributes: str) -> "Markup":
    """An HTML element; plain strings in it are escaped, nested elements are not escaped again."""
    pairs = {**({"class": css} if css else {}), **{k.replace("_", "-"): v for k, v in attributes.items()}}
    head = "".join(f' {name}="{html.escape(value, quote=True)}"' for name, value in pairs.items())
    inner = "".join(c if isinstance(c, Markup) else html.escape(str(c), quote=False) for c in content)
    return Markup(f"<{tag}{head}>{inner}</{tag}>")


class Markup(str):
    """Text that is safe HTML because `element` made it."""

    __slots__ = ()


def show(*elements: Markup) -> None:
    """Put elements on the page.

    Raises TypeError for a plain string, which might carry marks of its own.
    """
    if not all(isinstance(e, Markup) for e in elements):
        raise TypeError("only elements made by element() may be shown")
    st.html("".join(elements))
