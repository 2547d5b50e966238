"""Scripts of Streamlit that a page will need, named in the start page: they come while Streamlit still connects.

Without this a browser learns of them one after the other, the map's own three megabytes last. Names of files are read
off Streamlit's own folder, so another version is followed; what is not found is left out.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import streamlit

_SCRIPTS = Path(streamlit.__file__).parent / "static" / "static" / "js"
_IMPORT = re.compile(r"""(?:from|import)\s*["']\./([\w.-]+\.js)["']""")
#: The parts of Streamlit on every page, and on single ones.
EVERYWHERE = ("Html", "PageLink", "Selectbox")
BY_PAGE: Mapping[str, tuple[str, ...]] = {
    "map": (
        "BidiComponent",
        "Slider",
        "Multiselect",
        "TextInput",
        "ButtonGroup",
        "Checkbox",
        "Button",
    ),
}
#: Scripts that are fetched early but not read before the page asks for them: reading three megabytes takes a second of
#: a processor, in which the page itself comes to stand.
LATER: Mapping[str, tuple[str, ...]] = {"map": ("DeckGlJsonChart",)}


@cache
def page_scripts(page: str) -> tuple[str, ...]:
    """The files of Streamlit's scripts that a page (its name in the address) needs, each after what asks for it."""
    return tuple(_closure(_SCRIPTS, (*EVERYWHERE, *BY_PAGE.get(page, ()))))


@cache
def later_scripts(page: str) -> tuple[str, ...]:
    """The files of a page's later scripts that its others don't need."""
    own = set(page_scripts(page))
    return tuple(name for name in _closure(_SCRIPTS, LATER.get(page, ())) if name not in own)


def _closure(folder: Path, parts: tuple[str, ...]) -> list[str]:
    """The scripts of some parts and all that they import, as far as they are there."""
    waiting = [next(iter(sorted(p.name for p in folder.glob(f"{part}.*.js"))), "") for part in parts]
    found: dict[str, None] = {}
    while waiting:
        name = waiting.pop(0)
        file = folder / name
        if not name or name in found or not file.is_file():
            continue
        found[name] = None
        # Imports stand at the head of a bundled script; the rest is megabytes.
        waiting += _IMPORT.findall(file.read_text(encoding="utf-8")[:20_000])
    return list(found)
