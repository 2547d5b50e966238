"""What an address of a tile or a picture carries to say for whom it was written: a scope, sealed by this installation.

A page knows who sits before it; a request for a tile comes without the page. So the page seals the scope (a role and
its areas, no name) into the addresses it hands out. Nobody else can make such a seal, it ends by itself, and where
people log in it only holds together with the login of the same scope (`dashboard.session_requests`).
"""

import hashlib
import hmac
import logging
import os
import secrets
import time
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from itsdangerous import BadSignature, URLSafeSerializer

from loaders.settings import settings
from store.access import AREA_ROLES, Principal, Role
from store.scoped_views import Scope

_log = logging.getLogger(__name__)
#: The name under which it stands in an address.
TOKEN_KEY = "s"  # noqa: S105  a key, not a secret
#: Tokens of one half day are alike, so that a map's tiles keep their addresses; they end with the next half day.
STEP_S = 12 * 3600
_MOST = 1000


def token_of(scope: Scope, now: float | None = None) -> str:
    """The scope as text for an address: letters, digits, `-`, `_` and `.`."""
    step = int((time.time() if now is None else now) // STEP_S)
    return _sealer().dumps([scope.role.value, *sorted(scope.areas), step + 2])


def token_query(principal: Principal) -> dict[str, str]:
    """What a page adds to an address that it hands to this person's browser."""
    return {TOKEN_KEY: token_of(Scope.of(principal))}


def sealed_query(principal: Principal) -> str:
    """The same as the text behind an address's question mark."""
    return urlencode(token_query(principal))


def scope_of(token: str, now: float | None = None) -> Scope | None:
    """The scope that a token of this installation names; None for any other text, and when it has ended."""
    if not token or len(token) > _MOST:
        return None
    try:
        held = _sealer().loads(token)
        role, *areas, last = held
        scope = Scope(Role(role), frozenset(str(a) for a in areas))
        end = int(last)
    except (BadSignature, ValueError, TypeError):
        return None
    if end * STEP_S <= (time.time() if now is None else now):
        return None
    return scope if bool(scope.areas) <= (scope.role in AREA_ROLES) else None


def own_secret(purpose: str) -> str:
    """A secret of this installation for one purpose, which says nothing of those for others."""
    return hmac.new(_secret(settings().var_dir / "access.key"), purpose.encode(), hashlib.sha256).hexdigest()


@cache
def _sealer() -> URLSafeSerializer:
    return URLSafeSerializer(own_secret("scope"), salt="atlas.scope")


def _secret(file: Path) -> bytes:
    """This installation's own secret, made on first need and readable by its owner alone.

    Where the folder can't be written the secret lasts as long as the process.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f".{file.name}.{secrets.token_hex(6)}")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(secrets.token_bytes(32))
        try:
            # The first of several processes gives its secret to all: a link is never made over another.
            os.link(fresh, file)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
        held = file.read_bytes()
    except OSError as fault:
        _log.warning("no secret can be kept in %s: %s", file.parent.name, type(fault).__name__)
        return secrets.token_bytes(32)
    return held if len(held) >= 32 else secrets.token_bytes(32)
