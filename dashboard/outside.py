"""Finds outside addresses in what is sent to a browser: the guard behind "no page makes an outside request"."""

import json
import re
from collections.abc import Iterator
from typing import Any

_ADDRESS = re.compile(r"""(?:\b(?:https?|wss?|ftp):)?//[A-Za-z0-9\[][^\s"'`<>\\)]*""", re.IGNORECASE)
# Names of XML vocabularies look like addresses, and no browser ever asks for them.
_NAMESPACES = ("http://www.w3.org/",)
_OWN_HOSTS = ("127.0.0.1", "localhost", "[::1]")


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _texts(key)
            yield from _texts(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _texts(value)


def _is_outside(address: str) -> bool:
    if address.startswith(_NAMESPACES):
        return False
    host = address.split("//", 1)[1].split("/", 1)[0].rsplit("@", 1)[-1].lower()
    return not any(host == own or host.startswith(f"{own}:") for own in _OWN_HOSTS)


def _implied(node: Any) -> Iterator[str]:
    """Addresses that a deck does not name and Streamlit's deck.gl asks for all the same."""
    if isinstance(node, dict):
        if (
            "initialViewState" in node
            and node.get("mapStyle") != "__MAP_STYLE__"
            and not node.get("mapProvider")
        ):
            yield "https://basemaps.cartocdn.com/ (no map style: Streamlit's own basemap)"
        if node.get("@@type") == "MVTLayer":
            options = (node.get("loadOptions") or {}).get("mvt") or {}
            if not options.get("workerUrl"):
                yield "https://unpkg.com/ (no workerUrl: the worker script of loaders.gl)"
        for value in node.values():
            yield from _implied(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _implied(value)


def outside_addresses(spec: Any) -> list[str]:
    """Every address in a deck (object, dict or JSON text) or in HTML that leads out of this machine, in order.

    What a deck's missing options would fetch is listed too. Looks for `scheme://host`, and for `//host` at the start of
    a quoted word, so comments in scripts don't count.
    """
    if hasattr(spec, "to_json"):
        spec = spec.to_json()
    if isinstance(spec, str):
        try:
            spec = json.loads(spec)
        except ValueError:
            spec = [spec]
    found: dict[str, None] = dict.fromkeys(_implied(spec))
    for text in _texts(spec):
        for match in _ADDRESS.finditer(text):
            address = match.group()
            before = text[match.start() - 1 : match.start()]
            if address.startswith("//") and before not in ("", '"', "'", "`", "=", "("):
                continue
            if _is_outside(address):
                found[address] = None
    return list(found)
