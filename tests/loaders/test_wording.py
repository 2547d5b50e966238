"""The two catalogues of sentences: equal keys and places, every code of the loaders said, nothing that can fail."""

import re
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from loaders.errors import AtlasError, CatalogueError
from loaders.wording import LANGUAGES, WORDING

LOADERS = Path(__file__).resolve().parents[2] / "loaders"
#: Codes that modules of this part say; others have tests of their own.
SECTIONS = ("catalogue", "reader", "doctor")


def test_both_languages_say_the_same_things() -> None:
    assert WORDING.codes("zh") == WORDING.codes("en")
    for code in WORDING.codes("zh"):
        assert WORDING.placeholders("zh", code) == WORDING.placeholders("en", code), code


def test_every_code_in_the_modules_has_a_sentence() -> None:
    source = "\n".join(path.read_text("utf-8") for path in LOADERS.rglob("*.py"))
    used = set(re.findall(rf'"((?:{"|".join(SECTIONS)})\.[a-z0-9_]+)"', source))
    assert used
    assert used <= WORDING.codes()


def test_every_sentence_of_these_sections_is_used() -> None:
    source = "\n".join(path.read_text("utf-8") for path in LOADERS.rglob("*.py"))
    built = ("doctor.kind_", "doctor.geometry_", "doctor.stated_")  # codes put together from a kind
    unused = {
        code
        for code in WORDING.codes()
        if code.startswith(SECTIONS) and not code.startswith(built) and f'"{code}"' not in source
    }
    assert not unused


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sentences_are_plain_text_and_end_as_sentences_do(lang: str) -> None:
    for code in WORDING.codes(lang):
        if code.startswith(SECTIONS) and not code.startswith(("doctor.kind_", "catalogue.fault")):
            text = WORDING.texts[lang][code]
            assert not re.search(r"<[a-z]|https?://", text), code
            assert text.endswith(("。", ".", "}", ")", ")")), code


def test_figures_are_readable_and_names_stay_names() -> None:
    said = WORDING.say("reader.too_many_rows", "en", file="a.csv", rows=1234567, most=np.int64(5000000))
    assert "1,234,567" in said
    assert "5,000,000" in said
    assert "EPSG:21420" in WORDING.say(
        "doctor.projected_guessed", epsg=21420, name="Beijing 1954", inside=0.98765, others=None
    )
    assert "98.8%" in WORDING.say(
        "doctor.projected_guessed", epsg=1, name="x", inside=0.98765, others=["a", "b"]
    )
    assert WORDING.say("reader.driver_warning", "en", detail=Decimal("1.50")) == "A remark while reading: 1.5"


def test_values_are_never_taken_for_patterns() -> None:
    nasty = "{file} {0} {x.__class__} %s </b>"
    assert nasty in WORDING.say("reader.empty", file=nasty)


def test_a_message_never_fails() -> None:
    assert "—" in WORDING.say("reader.empty")
    assert WORDING.say("no.such_code", row=3) == "no.such_code (row=3)"
    assert WORDING.say("reader.empty", "fr", file="a") == WORDING.say("reader.empty", "zh", file="a")
    assert len(WORDING.say("reader.empty", file="长" * 10_000)) < 1000


def test_errors_say_themselves() -> None:
    fault = AtlasError("reader.missing", file="甲.csv")
    assert str(fault) == fault.say("zh") == "找不到文件《甲.csv》,请核对文件名和所在文件夹。"
    assert fault.say("en").startswith("The file 甲.csv is not there")
    both = CatalogueError("a.toml", [("layer[1].path", "catalogue.path_climbs", {"value": "../x"})])
    assert "layer[1].path" in str(both)
    assert WORDING.say(both.code, "en", **both.params) == both.say("en")
