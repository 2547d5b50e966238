"""Who sits in front of this session."""

from loaders.settings import settings
from store.access import Principal, Role


def current_principal() -> Principal:
    """The person of this session."""
    return Principal(settings().actor, Role.PROGRAMME_OFFICE)
