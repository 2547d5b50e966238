"""Readers of foreign files. Every file is opened in a child process with limits; see ``process.py``."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loaders.readers.limits import Limits
    from loaders.readers.raw import RawTable, RejectedRow
    from loaders.readers.read import read_table

__all__ = ["Limits", "RawTable", "RejectedRow", "read_table"]

_HOMES = {"Limits": "limits", "RawTable": "raw", "RejectedRow": "raw", "read_table": "read"}


def __getattr__(name: str) -> Any:
    """Import on demand: the child process starts through this package and needs none of pandas or GeoPandas."""
    if name not in _HOMES:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
