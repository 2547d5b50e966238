"""Page sessions without a browser: Streamlit's own WebSocket messages, so that twenty of them cost next to nothing."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

_RUN_SECONDS = 120


class RunFailed(RuntimeError):
    """A page did not end its run, or showed an exception."""


@dataclass
class PageSession:
    """One open page; the server can't tell it from a browser's."""

    socket: ClientConnection
    page: str
    query: str
    took_s: list[float] = field(default_factory=list)
    received: int = 0

    async def run(self, query: str | None = None) -> float:
        """Ask for a run and wait for its end; seconds. RunFailed where it fails."""
        asked = BackMsg()
        asked.rerun_script.query_string = self.query if query is None else query
        asked.rerun_script.page_name = self.page
        start = time.perf_counter()
        await self.socket.send(asked.SerializeToString())
        async with asyncio.timeout(_RUN_SECONDS):
            async for data in self.socket:
                self.received += len(data)
                said = ForwardMsg.FromString(data if isinstance(data, bytes) else data.encode())
                kind = said.WhichOneof("type")
                if kind == "delta" and said.delta.new_element.WhichOneof("type") == "exception":
                    raise RunFailed(said.delta.new_element.exception.message)
                if kind == "script_finished" and said.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                    self.took_s.append(time.perf_counter() - start)
                    return self.took_s[-1]
        raise RunFailed("the connection was closed before the run had ended")


@asynccontextmanager
async def sessions(base: str, number: int, page: str, query: str) -> AsyncIterator[list[PageSession]]:
    """So many pages, opened one after the other, each having run once; closed with the block."""
    address = urlsplit(base)
    async with AsyncExitStack() as stack:
        opened: list[PageSession] = []
        for _ in range(number):
            socket: Any = await stack.enter_async_context(
                connect(
                    f"ws://{address.netloc}/_stcore/stream",
                    subprotocols=["streamlit"],  # type: ignore[list-item]
                    max_size=None,
                    compression=None,
                    origin=base,  # type: ignore[arg-type]
                )
            )
            session = PageSession(socket, page, query)
            await session.run()
            opened.append(session)
        yield opened
