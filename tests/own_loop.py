"""Event loops of their own for tests that speak ASGI.

Playwright's synchronous API keeps a loop running on the main thread for as long as a browser is open, so a test that
shares a worker with browser tests cannot call ``asyncio.run`` there.
"""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` on a thread that has no loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


class OwnLoop:
    """One loop on one thread, for as many calls as wanted; `close` ends both."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="own-loop")
        self._runner: asyncio.Runner = self._call(asyncio.Runner)

    def _call(self, work: Callable[..., Any], *given: Any) -> Any:
        return self._thread.submit(work, *given).result()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of ``work``; what it raises is raised here."""
        return self._call(self._runner.run, work)

    def close(self) -> None:
        """Ends the loop and its thread."""
        self._call(self._runner.close)
        self._thread.shutdown()
