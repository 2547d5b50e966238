"""A real server over a small demo city, and a real Chromium that can't leave the machine."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlparse

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    sync_playwright,
)

from tests.fresh import demo_store

PROJECT_DIR = Path(__file__).resolve().parent.parent.parent
OWN_HOSTS = {"127.0.0.1", "localhost", "::1", "[::1]", ""}
FLAGS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    # The map's drawing goes through WebGL as ever; to lay the page itself out by it costs a program as much again.
    "--disable-gpu-compositing",
    "--disable-gpu-rasterization",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No name but the machine's own is ever looked up.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]
STILL = """() => {
  const app = document.querySelector('[data-testid=stApp]');
  const run = app ? app.getAttribute('data-test-script-state') : null;
  return run === 'notRunning' && !document.querySelector('[data-stale=true], [data-testid=stSkeleton]');
}"""


def chromium() -> str | None:
    """A Chromium of the system; Playwright's own where there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if shutil.which(name):
            return shutil.which(name)
    return None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A running app."""

    base: str
    database_url: str
    log: Path


def start_server(
    database_url: str,
    folder: Path,
    command: list[str] | None = None,
    port: int | None = None,
    **settings: str,
) -> tuple[Server, subprocess.Popen]:
    """Start the app on a free port and wait until it answers its health check; `settings` are further ones."""
    port = port or free_port()
    log = folder / "server.log"
    env = {
        **os.environ,
        "ATLAS_DATABASE_URL": database_url,
        "ATLAS_PORT": str(port),
        "PYTHONUNBUFFERED": "1",
    } | settings
    line = [a.format(port=port) for a in command] if command else [sys.executable, "-m", "dashboard"]
    with log.open("wb") as out:
        process = subprocess.Popen(line, cwd=PROJECT_DIR, env=env, stdout=out, stderr=subprocess.STDOUT)
    base = f"http://127.0.0.1:{port}"
    for _ in range(240):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended: {log.read_text('utf-8', 'replace')[-3000:]}")
        try:
            with urllib.request.urlopen(f"{base}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return Server(base, database_url, log), process
        except OSError:
            time.sleep(0.25)
    process.kill()
    raise RuntimeError(f"no answer from the server: {log.read_text('utf-8', 'replace')[-3000:]}")


@pytest.fixture(scope="session")
def demo_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store with the smallest demo city."""
    return demo_store(tmp_path_factory)


@pytest.fixture(scope="session")
def server(demo_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running, process = start_server(demo_url, tmp_path_factory.mktemp("server"))
    yield running
    process.terminate()
    process.wait(timeout=20)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        try:
            opened = playwright.chromium.launch(executable_path=chromium(), headless=True, args=FLAGS)
        except Exception as fault:
            pytest.skip(f"Chromium can't be started here, its tests are skipped: {fault}")
        yield opened
        opened.close()


@dataclass
class Visitor:
    """A browser tab that may not leave the machine, and remembers what went wrong."""

    page: Page
    base: str
    outside: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)

    def open(self, path: str = "/") -> Page:
        """Open a path and wait until the page is still."""
        self.page.goto(self.base + path, wait_until="load", timeout=60_000)
        return self.still()

    def still(self, seconds: float = 60) -> Page:
        """Wait until the script has ended and nothing is stale."""
        deadline = time.monotonic() + seconds
        calm = 0
        while calm < 4:
            assert time.monotonic() < deadline, f"the page did not come to rest: {self.page.url}"
            self.page.wait_for_timeout(150)
            calm = calm + 1 if self.page.evaluate(STILL) else 0
        return self.page

    def assert_clean(self) -> None:
        """No outside request, no failed request of ours, no console error, no exception on the page."""
        assert self.outside == []
        assert self.console == []
        assert self.failed == []
        assert self.page.locator("[data-testid=stException]").count() == 0


def _visitor(context: BrowserContext, base: str) -> Visitor:
    page = context.new_page()
    visitor = Visitor(page, base)

    def asked(request: Request) -> None:
        # Listened to, not routed: routing turns the browser's cache off and passes every request through the test.
        host = urlparse(request.url).hostname or ""
        if host not in OWN_HOSTS and not request.url.startswith(("data:", "blob:")):
            visitor.outside.append(request.url)

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error":
            visitor.console.append(message.text)

    page.on("request", asked)
    page.on("console", heard)
    page.on("pageerror", lambda fault: visitor.console.append(str(fault)))
    page.on(
        "response",
        lambda answer: (
            visitor.failed.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None
        ),
    )
    return visitor


@pytest.fixture
def visitor(browser: Browser, server: Server) -> Iterator[Visitor]:
    """A desktop window of 1440 × 900."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, locale="zh-CN", accept_downloads=True
    )
    yield _visitor(context, server.base)
    context.close()


@pytest.fixture
def narrow_visitor(browser: Browser, server: Server) -> Iterator[Visitor]:
    """A telephone's window."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    yield _visitor(context, server.base)
    context.close()
