"""Chinese names as they are typed on a keyboard: full pinyin and initials, with Beijing's own readings."""

from functools import cache

from pypinyin import Style, lazy_pinyin, load_phrases_dict

#: Readings that the general dictionary gets wrong in Beijing's place names.
READINGS = {
    "朝阳": [["cháo"], ["yáng"]],
    "朝外": [["cháo"], ["wài"]],
    "朝内": [["cháo"], ["nèi"]],
    "长安": [["cháng"], ["ān"]],
    "长椿": [["cháng"], ["chūn"]],
    "大栅栏": [["dà"], ["shí"], ["làn"]],
    "什刹海": [["shí"], ["chà"], ["hǎi"]],
    "长辛店": [["cháng"], ["xīn"], ["diàn"]],
    "长阳": [["cháng"], ["yáng"]],
    "长沟": [["cháng"], ["gōu"]],
    "长哨营": [["cháng"], ["shào"], ["yíng"]],
    "潞城": [["lù"], ["chéng"]],
    "行宫": [["xíng"], ["gōng"]],
    "银行": [["yín"], ["háng"]],
}


@cache
def _ready() -> None:
    load_phrases_dict(READINGS)


def pinyin(name: str) -> str:
    """The name in lower-case pinyin without tones or spaces: 东直门 → dongzhimen."""
    _ready()
    return "".join(lazy_pinyin(name)).lower()


def initials(name: str) -> str:
    """The first letters of the name's pinyin: 东直门 → dzm."""
    _ready()
    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()
