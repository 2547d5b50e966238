"""Make the reports' font from the one that the app serves: `python -m loaders.reports.make_font`, run by hand.

A report needs a font file that a typesetter reads; the served one is packed for browsers (woff2). The outlines are not
touched: only the packing and the names change, as the Open Font License allows (its text stands beside both files).
Needs brotli (requirements-dev).
"""

import io
import shutil
from pathlib import Path

from fontTools.ttLib import TTFont

from loaders.reports.fonts import FAMILY, FONT_DIR, FONT_FILE

SERVED = Path(__file__).resolve().parents[2] / "dashboard" / "static" / "vendor" / "noto-sans-sc-5.3.0"
SERVED_FILE = "noto-sans-sc-chinese-simplified-500-normal.woff2"
#: Name records: family, style, unique name, full name, PostScript name, typographic family and style.
NAMES = {1: FAMILY, 2: "Regular", 3: f"{FAMILY} 5.3.0", 4: FAMILY, 6: FAMILY.replace(" ", "")}


def font_bytes(served: Path) -> bytes:
    """The served font unpacked and renamed; the same bytes on every run."""
    font = TTFont(served, recalcTimestamp=False)
    font.flavor = None
    table = font["name"]
    table.names = [n for n in table.names if n.nameID not in (*NAMES, 16, 17, 21, 22, 25)]
    for number, name in NAMES.items():
        table.setName(name, number, 3, 1, 0x409)
    font["OS/2"].usWeightClass = 400
    if "STAT" in font:
        del font["STAT"]
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def main() -> None:
    FONT_DIR.mkdir(parents=True, exist_ok=True)
    FONT_FILE.write_bytes(font_bytes(SERVED / SERVED_FILE))
    shutil.copyfile(SERVED / "LICENSE", FONT_DIR / "LICENSE")


if __name__ == "__main__":
    main()
