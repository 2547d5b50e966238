"""A trusted proxy's header, through the running server: believed of the proxy, and of nobody else."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from store.access import Role
from store.engine import open_store
from store.roles import grant
from tests.browser.conftest import Server, start_server
from tests.dashboard.small_store import fill

HEADER = "X-Forwarded-User"


def served(folder: Path, proxies: str) -> tuple[Server, object]:
    url = f"sqlite:///{folder / 'atlas.sqlite'}"
    store = open_store(url)
    fill(store)
    grant(store, "u1", Role.DISTRICT, ["110101"], actor="t")
    store.dispose()
    settings = {"ATLAS_AUTH": "proxy", "ATLAS_TRUSTED_PROXIES": proxies, "ATLAS_VAR_DIR": str(folder / "var")}
    return start_server(url, folder, **settings)


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running, process = served(tmp_path_factory.mktemp("trusted"), "127.0.0.1")
    yield running
    process.terminate()  # type: ignore[attr-defined]
    process.wait(timeout=20)  # type: ignore[attr-defined]


def page_of(server: Server, headers: list[tuple[str, str]]) -> str:
    """All that a session with these headers is sent, up to the end of its first run."""
    address = server.base.replace("http", "ws") + "/_stcore/stream"
    with connect(address, additional_headers=headers, subprotocols=["streamlit"], max_size=None) as socket:  # type: ignore[list-item]
        message = BackMsg()
        message.rerun_script.query_string = ""
        socket.send(message.SerializeToString())
        sent = []
        while True:
            heard = ForwardMsg()
            heard.ParseFromString(socket.recv(timeout=60))  # type: ignore[arg-type]
            sent.append(heard.delta.new_element.html.body)
            if heard.WhichOneof("type") == "script_finished":
                return "\n".join(sent)


def test_the_person_of_a_trusted_proxy_has_the_role_that_was_granted(trusted: Server) -> None:
    page = page_of(trusted, [(HEADER, "u1")])
    assert "u1 · 区 · 东城区" in page
    # What the proxy says of the client's address is no reason to believe less, nor more.
    assert "u1 · 区 · 东城区" in page_of(trusted, [(HEADER, "u1"), ("X-Forwarded-For", "10.9.9.9")])
    for headers in ([], [(HEADER, "nobody")], [(HEADER, "")]):
        page = page_of(trusted, headers)
        assert "公众" in page
        assert "区 · 东城区" not in page


def test_two_persons_in_one_request_are_refused(trusted: Server) -> None:
    twice = [(HEADER, "u1"), (HEADER, "u2")]
    with pytest.raises(InvalidStatus) as refused:
        page_of(trusted, twice)
    assert refused.value.response.status_code == 403


def test_a_header_of_somebody_else_is_worth_nothing(tmp_path: Path) -> None:
    server, process = served(tmp_path, "10.1.1.1")
    try:
        for headers in ([(HEADER, "u1")], [(HEADER, "u1"), ("X-Forwarded-For", "10.1.1.1")]):
            page = page_of(server, headers)
            assert "公众" in page
            assert "u1" not in page
        request = urllib.request.Request(
            f"{server.base}/map-still?place=15.5/39.91/116.35", headers={HEADER: "u1"}
        )
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=30)
        assert refused.value.code == 403
        refused.value.close()
    finally:
        process.terminate()  # type: ignore[attr-defined]
        process.wait(timeout=20)  # type: ignore[attr-defined]
