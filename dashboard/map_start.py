"""The map's start page: the server's picture is asked for and shown first, then Streamlit is fetched and begun.

A browser fetches six files at a time, in the order in which it reads of them, and Streamlit names some forty; and its
main script keeps a page busy for half a second. So the picture is asked for before any of them, and the main script,
fetched meanwhile, begins when `static/maps/early.js` has shown the picture, or after `_HELD_BACK_MS` at the latest.
"""

import json
import re
from collections.abc import Sequence

from dashboard.scope_token import TOKEN_KEY
from dashboard.static_files import EARLY_JS, static_text
from dashboard.still_address import still_path

_MAIN = re.compile(r'<script type="module" crossorigin src="(\./static/js/[\w.-]+\.js)"></script>')
_AHEAD = re.compile(r'<link rel="modulepreload" crossorigin href="(\./static/js/[\w.-]+\.js)">')
_HELD_BACK_MS = 400

_SCRIPT = """
const asked = new URLSearchParams(location.search);
if (location.hash.includes("/")) asked.set("place", location.hash.slice(1));
asked.set(GIVEN.key, GIVEN.seal);
const still = `${location.origin}${GIVEN.still}?${asked}`;
window.atlasStill = new Image();
atlasStill.fetchPriority = "high";
atlasStill.src = still;
document.documentElement.style.setProperty("--atlas-still", `url("${still}")`);
const fetched = (rel, href, more) =>
  document.head.append(Object.assign(document.createElement("link"), { rel, href, crossOrigin: "", ...more }));
setTimeout(() => {  // an image is asked for a moment after its address is set
  for (const href of GIVEN.scripts) fetched("modulepreload", href, {});
  for (const href of GIVEN.later) fetched("preload", href, { as: "script", fetchPriority: "low" });
}, 0);
window.atlasBegin = () => {
  window.atlasBegin = () => {};
  for (const src of GIVEN.main) {
    document.head.append(Object.assign(document.createElement("script"), { type: "module", crossOrigin: "", src }));
  }
};
setTimeout(() => window.atlasBegin(), GIVEN.limit);
"""


def picture_first(page: str, seal: str, scripts: Sequence[str], later: Sequence[str]) -> tuple[str, str, str]:
    """A start page without its own scripts, the script for its head that fetches them, and the one for its end.

    `scripts` and `later` are addresses of scripts that the page will need beside its own; `seal` says for whom the
    picture is asked.
    """
    main, ahead = _MAIN.findall(page), _AHEAD.findall(page)
    given = {
        "still": still_path(),
        "key": TOKEN_KEY,
        "seal": seal,
        "main": main,
        "scripts": list(dict.fromkeys([*main, *ahead, *scripts])),
        "later": list(later),
        "limit": _HELD_BACK_MS,
    }
    text = json.dumps(given).replace("<", "\\u003c")
    head = f"const GIVEN = {text};{_SCRIPT}"
    return _AHEAD.sub("", _MAIN.sub("", page)), head, static_text(EARLY_JS)
