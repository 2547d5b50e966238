"""The GDAL drivers that may read a file, and the environment that leaves out all others."""

from functools import cache
from typing import Final

DRIVERS: Final = frozenset({"GPKG", "ESRI Shapefile", "GeoJSON", "FlatGeobuf", "KML", "LIBKML"})

#: Besides the drivers: no network, no companions, no code in files, no threads that multiply memory.
SETTINGS: Final[dict[str, str]] = {
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "CPL_VSIL_CURL_USE_HEAD": "NO",
    "GDAL_HTTP_MAX_RETRY": "0",
    "GDAL_HTTP_PROXY": "127.0.0.1:9",
    "GDAL_HTTP_TIMEOUT": "1",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_PYTHON_DRIVER_PATH": "",
    "GDAL_DRIVER_PATH": "disable",
    "GDAL_VRT_ENABLE_PYTHON": "NO",
    "OGR_SQLITE_LOAD_EXTENSIONS": "",
    "PROJ_NETWORK": "OFF",
    "LIBKML_RESOLVE_STYLE": "NO",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "GDAL_NUM_THREADS": "2",
}


@cache
def gdal_environment() -> dict[str, str]:
    """The variables that must stand before GDAL is loaded: set later, OGR_SKIP does nothing."""
    import pyogrio

    skipped = sorted(set(pyogrio.list_drivers()) - DRIVERS)
    return {**SETTINGS, "OGR_SKIP": ",".join(skipped)}
