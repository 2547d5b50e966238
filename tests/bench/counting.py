"""A way to the server that counts what really crosses the wire: packed WebSocket messages with heads and frames."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlparse

_PIECE = 65_536


class Counter:
    """Bytes both ways over the WebSockets that went through."""

    def __init__(self, base: str) -> None:
        self._server = urlparse(base)
        self._lock = threading.Lock()
        self._websocket = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.base = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def websocket_bytes(self) -> int:
        """So far."""
        with self._lock:
            return self._websocket

    def close(self) -> None:
        """No more connections."""
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with suppress(OSError), near:
            first = near.recv(_PIECE)
            is_counted = b"/_stcore/stream" in first.split(b"\r\n", 1)[0]
            with socket.create_connection((self._server.hostname, self._server.port)) as far:
                for end in (near, far):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                back = threading.Thread(target=self._pass, args=(far, near, is_counted), daemon=True)
                back.start()
                self._send(far, first, is_counted)
                self._pass(near, far, is_counted)
                back.join()

    def _pass(self, come: socket.socket, go: socket.socket, is_counted: bool) -> None:
        with suppress(OSError):
            while piece := come.recv(_PIECE):
                self._send(go, piece, is_counted)
            go.shutdown(socket.SHUT_WR)

    def _send(self, to: socket.socket, piece: bytes, is_counted: bool) -> None:
        if is_counted:
            with self._lock:
                self._websocket += len(piece)
        to.sendall(piece)


@contextmanager
def counted(base: str) -> Iterator[Counter]:
    """A counter in front of a server; pages are opened at its own `base`."""
    counter = Counter(base)
    try:
        yield counter
    finally:
        counter.close()
