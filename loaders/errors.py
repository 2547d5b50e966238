"""What can go wrong on the way from a file to the store, as codes that the catalogues of texts turn into sentences."""

from collections.abc import Sequence
from typing import Any

from loaders.wording import WORDING


class AtlasError(Exception):
    """A fault that a person can mend: `code` names the sentence, `params` fill it in."""

    def __init__(self, code: str, /, **params: Any) -> None:
        self.code = code
        self.params = params
        super().__init__(code)

    def say(self, lang: str = "zh") -> str:
        """The sentence in a language."""
        return WORDING.say(self.code, lang, **self.params)

    def __str__(self) -> str:
        return self.say()


Fault = tuple[str, str, dict[str, Any]]


class Faults(list[Fault]):
    """Faults of a catalogue as (key path, code, params); each says itself on a line of its own."""

    def say(self, lang: str = "zh") -> str:
        """One line for each fault."""
        return "\n".join(
            WORDING.say("catalogue.fault", lang, path=path, message=WORDING.say(code, lang, **params))
            for path, code, params in self
        )


class CatalogueError(AtlasError):
    """A catalogue with every fault found in it, reported once."""

    def __init__(self, file: str, faults: Sequence[Fault]) -> None:
        self.faults = Faults(faults)
        super().__init__("catalogue.refused", file=file, count=len(self.faults), faults=self.faults)


class UnreadableFile(AtlasError):
    """A file that can't be read: damaged, empty, locked, too large, or not what its name says."""


class RefusedFile(AtlasError):
    """A file that is turned away for safety or because it lacks what its catalogue promises."""


class ReadingStopped(UnreadableFile):
    """A file whose reading went beyond its time or memory, brought its reader down, or was cancelled."""
