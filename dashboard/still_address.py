"""Where the map's still picture lies (`dashboard.map_still` answers there)."""

from collections.abc import Mapping
from urllib.parse import urlencode

from dashboard.static_files import base_path


def still_path() -> str:
    """The path within this server."""
    return f"{base_path()}/map-still"


def still_address(query: Mapping[str, str]) -> str:
    """The picture of a map page with this query in its address."""
    return f"{still_path()}?{urlencode(sorted(query.items()))}"
