"""Addresses of the files in `dashboard/static/`, which Streamlit serves under `/app/static/`."""

import hashlib
from functools import cache
from pathlib import Path

from streamlit import config

STATIC_DIR = Path(__file__).resolve().parent / "static"
LEAFLET_JS = "vendor/leaflet-1.9.4/leaflet.js"
LEAFLET_CSS = "vendor/leaflet-1.9.4/leaflet.css"
AREAS_JS = "maps/areas.js"
AREAS_CSS = "maps/areas.css"
POINTS_JS = "maps/points.js"
CHINESE_FONT = "vendor/noto-sans-sc-5.3.0/noto-sans-sc-chinese-simplified-500-normal.woff2"
FONT_JS = "font.js"
WEBGL_JS = "maps/webgl.js"
EARLY_JS = "maps/early.js"
THEME_CSS = "theme.css"
MVT_WORKER_JS = "vendor/loaders.gl-mvt-4.4.3/mvt-worker.js"


def base_path() -> str:
    """The path under which the app is served (`server.baseUrlPath`): "" or "/something"."""
    base = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""


@cache
def _version(name: str) -> str:
    return hashlib.sha256((STATIC_DIR / name).read_bytes()).hexdigest()[:10]


def static_url(name: str) -> str:
    """The address of a static file within this app; it changes with the file, so that no browser keeps an old one.

    Raises FileNotFoundError for a name that is not in `dashboard/static/`.
    """
    return f"{base_path()}/app/static/{name}?v={_version(name)}"


def static_text(name: str) -> str:
    """The text of a static file, for pages that must work on their own."""
    return (STATIC_DIR / name).read_text(encoding="utf-8")
