"""Chinese text is never empty boxes: the served font stands in, and only where it is needed."""

import os
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.conftest import FLAGS, Server, chromium

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
SAME = """([a, b, font]) => {
  const pixels = (text) => {
    const pen = Object.assign(document.createElement("canvas"), { width: 64, height: 64 }).getContext("2d");
    pen.font = font; pen.fillText(text, 4, 50);
    return pen.getImageData(0, 0, 64, 64).data.join();
  };
  return pixels(a) === pixels(b);
}"""
ASKED = (
    "() => performance.getEntriesByType('resource').map((r) => r.name).filter((n) => n.includes('.woff2'))"
)


def asked_fonts(context: BrowserContext, base: str) -> tuple[list[str], bool]:
    """The Chinese fonts that the start page fetched, and whether two characters look the same afterwards."""
    page = context.new_page()
    page.goto(f"{base}/map", wait_until="load")
    page.wait_for_selector("[data-testid=stDeckGlJsonChart], .leaflet-container", timeout=60_000)
    page.evaluate("() => document.fonts.ready")
    families = '48px "Noto Sans SC", "Microsoft YaHei", "WenQuanYi Micro Hei", "Atlas Sans SC", sans-serif'
    names = [n for n in page.evaluate(ASKED) if "noto-sans-sc" in n]
    return names, page.evaluate(SAME, ["东", "京", families])


def test_a_machine_without_a_chinese_font_gets_ours(browser: Browser, server: Server, tmp_path: Path) -> None:
    latin = subprocess.run(
        ["fc-list", ":lang=en", "file", "lang"], capture_output=True, text=True, check=False
    ).stdout
    plain = [line.split(":")[0] for line in latin.splitlines() if "|zh" not in line and line.split(":")[0]]
    if not plain:
        pytest.skip(
            "fontconfig and a font without Chinese are needed to play a machine without a Chinese font"
        )
    folder = tmp_path / "fonts"
    folder.mkdir()
    (folder / Path(plain[0]).name).symlink_to(plain[0])
    config = tmp_path / "fonts.conf"
    config.write_text(
        f"<?xml version='1.0'?><!DOCTYPE fontconfig SYSTEM 'fonts.dtd'><fontconfig><dir>{folder}</dir>"
        f"<cachedir>{tmp_path / 'cache'}</cachedir></fontconfig>"
    )
    bare = browser.browser_type.launch(
        executable_path=chromium(), args=FLAGS, env={**os.environ, "FONTCONFIG_FILE": str(config)}
    )
    names, is_same = asked_fonts(bare.new_context(), server.base)
    bare.close()
    assert len(names) == 1
    assert not is_same


def test_a_machine_with_a_chinese_font_asks_for_nothing(browser: Browser, server: Server) -> None:
    context = browser.new_context()
    names, is_same = asked_fonts(context, server.base)
    context.close()
    assert names == [] and not is_same
