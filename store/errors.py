"""What can go wrong with the store, as codes that the catalogues of texts turn into sentences."""

from typing import Any


class StoreError(Exception):
    """A fault of the store: `code` names the sentence, `params` fill it in."""

    def __init__(self, code: str, **params: Any) -> None:
        self.code = code
        self.params = params
        super().__init__(f"{code} {params}" if params else code)


class StoreLocked(StoreError):
    """Another writer holds the store."""


class StoreReadOnly(StoreError):
    """The database file or its folder can't be written."""


class StoreFull(StoreError):
    """The disk is full."""


class StoreTooNew(StoreError):
    """The database was made by a newer version of the product."""


class StoreBroken(StoreError):
    """The file is no database of ours, or is damaged."""


class UndoRefused(StoreError):
    """Later runs build on the rows of the run that was to be undone."""


class AccessRefused(StoreError):
    """The person may not read or write this (R74)."""


class EditRefused(StoreError):
    """A row that a person wrote can't be taken as it is."""


class EditConflict(StoreError):
    """The row is no longer the one that the person saw."""


class GateRefused(StoreError):
    """The edit would break a hard gate; `breaches` in the params name project, step, gate and clause."""
