"""What can go wrong with a frozen month, as codes with parameters; the words belong to the screen's catalogues."""

from collections.abc import Mapping


class MonthError(ValueError):
    """A month that can't be closed, opened or replayed: `code` (month.*) and `params` for its sentence."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(f"{code} {params}" if params else code)
        self.code = code
        self.params: Mapping[str, str | int] = params


class InputRefused(MonthError):
    """A row of the inputs that can't be frozen: a missing column or key, a value of a foreign kind, a key twice."""


class SettingsRefused(MonthError):
    """Settings that can't be used: an unknown measure, a weight that is no number, two settings for one day."""


class UnknownRules(MonthError):
    """Rules or a format that this edition does not know; nothing is ever recomputed by other rules instead."""


class MonthDamaged(MonthError):
    """Bytes that are not what was frozen: cut, altered, or not a frozen month at all."""


class ReplayDiffers(MonthError):
    """Frozen inputs and frozen rules no longer give the frozen figures."""
