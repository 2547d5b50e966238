"""What people do at their desks in the browser: take a role, hand in a ledger, press a button until it is heeded."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import TimeoutError

from tests.browser.conftest import Server, Visitor, start_server

#: Pressed so often at most; a busy machine lets a click go by.
MOST_PRESSES = 4


@contextmanager
def server_on_copy(demo_url: str, folder: Path, **settings: str) -> Iterator[Server]:
    """A server of its own on a copy of the demo city, for tests that write; `settings` are further ones."""
    source, copy = demo_url.removeprefix("sqlite:///"), folder / "atlas.sqlite"
    shutil.copy(source, copy)
    shutil.copy(f"{source}.audit-head", f"{copy}.audit-head")
    running, process = start_server(f"sqlite:///{copy}", folder, **settings)
    try:
        yield running
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()


def become(visitor: Visitor, role: str) -> None:
    """Go on as somebody else, by the role chooser of the local demo; a new address begins as before."""
    visitor.page.locator(".st-key-access_role input").click()
    visitor.page.get_by_role("option", name=role, exact=True).click()
    visitor.still()


def choose(visitor: Visitor, key: str, option: str) -> None:
    """Choose in a selector of the bar of filters."""
    visitor.page.locator(f".st-key-bar_{key} input").click()
    visitor.page.get_by_role("option", name=option, exact=True).click()
    visitor.still()


def upload_ledger(visitor: Visitor, path: Path) -> str:
    """Hand in a ledger and wait for its difference; the page's text."""
    visitor.page.set_input_files("input[type=file]", str(path))
    visitor.page.get_by_text("3 · 与库里相比有什么不同").wait_for(timeout=60_000)
    return main_text(visitor)


def main_text(visitor: Visitor) -> str:
    """The text of the page once it is still, without navigation."""
    return visitor.still().locator("[data-testid=stMain]").inner_text()


def press(visitor: Visitor, key: str, then: str) -> None:
    """Press the button with a key until the text `then` is on the page; a button that is gone has been heeded."""
    # A button with a hint stands there twice, once for narrow windows.
    button = visitor.page.locator(f".st-key-{key} button").locator("visible=true").first
    awaited = visitor.page.get_by_text(then).first
    button.wait_for(timeout=60_000)
    for attempt in range(MOST_PRESSES):
        try:
            if button.count():
                button.click(timeout=20_000)
            awaited.wait_for(timeout=20_000)
        except TimeoutError:
            if attempt == MOST_PRESSES - 1:
                raise
        else:
            visitor.still()
            return
