"""Which sheet of a workbook is which table, and which of its columns is which field, whatever they are called."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz, process

from loaders.field_names import header_parts, suggest
from loaders.ledger.sheets import LEDGER_TABLES, LedgerColumn, LedgerSheet, ledger_sheet
from loaders.ledger.texts import digits_of, name_key
from loaders.wording import LANGUAGES, WORDING

#: How like two names must be (of 100) to be taken for each other; their figures must be equal in any case.
LIKE_SHEET = 78.0
LIKE_HEADER = 84.0
#: A sheet of any name is a table's when it has this many of its columns.
MOST_LIKELY_COLUMNS = 3
#: What offices write before a sheet's name: a district, a year.
_FRONT = re.compile(r"^([一-龥]{1,4}区|全市|北京市|20\d\d年度?)+")
_IN_BRACKETS = re.compile(r"\(([^()]*)\)$")

_SHEET_NAMES: dict[str, tuple[str, ...]] = {
    "projects": ("项目台账", "项目清单", "项目明细", "项目汇总表", "项目一览表", "老旧小区综合整治项目"),
    "stage_events": ("项目进度", "进度台账", "进展情况", "形象进度", "步骤", "节点"),
    "funding_entries": ("资金台账", "资金明细", "资金情况", "项目资金", "资金拨付"),
    "monthly_investments": ("投资完成情况", "月度投资", "固定资产投资", "完成投资月报"),
    "annual_targets": ("目标", "年度任务", "目标任务"),
    "communities": ("小区", "小区清单", "小区台账", "小区基本情况", "小区底数"),
    "project_communities": ("项目小区", "项目小区对应表"),
    "demands": ("诉求", "居民需求", "需求征集"),
    "issues": ("问题台账", "问题清单", "吹哨问题"),
    "service_agreements": ("物业协议", "协议"),
}
_HEADERS: dict[tuple[str, str], tuple[str, ...]] = {
    ("*", "district_code"): ("区县", "所在区", "所属区", "行政区", "城区", "区名称", "属地区"),
    ("*", "subdistrict_name"): ("街道", "街道乡镇", "所属街道", "街乡"),
    ("*", "subdistrict_code"): ("街道", "街道乡镇", "所属街道", "街乡"),
    ("*", "document_no"): ("文件号", "文件文号", "批文号"),
    ("*", "note"): ("说明", "情况说明"),
    ("*", "month"): ("年月", "统计月份", "月", "所属月份"),
    ("*", "year"): ("年", "年份", "目标年度"),
    ("*", "due_date"): ("完成时限", "办理时限", "时限"),
    ("projects", "project_id"): ("编号", "项目代码", "项目编码"),
    ("projects", "name"): ("项目", "名称", "工程名称"),
    ("projects", "planned_investment_fen"): (
        "总投资",
        "投资额",
        "项目总投资",
        "概算投资",
        "估算投资",
        "投资",
        "投资概算",
    ),
    ("projects", "planned_start_date"): ("计划开工", "计划开工时间", "拟开工时间", "开工计划"),
    ("projects", "planned_completion_date"): ("计划完工", "计划完工时间", "计划竣工时间", "拟完工时间"),
    ("projects", "confirmation_document_no"): ("确认文号", "批复文号", "文号", "项目确认文号"),
    ("projects", "content_items"): ("改造内容", "整治内容", "建设内容"),
    ("projects", "plan_year"): ("年度", "计划年份", "列入年度"),
    ("projects", "batch"): ("项目批次", "确认批次"),
    ("projects", "implementing_body"): ("实施单位", "建设单位"),
    ("projects", "general_contractor"): ("施工单位", "总包单位", "总承包单位"),
    ("projects", "investor"): ("投资单位", "出资主体"),
    ("projects", "is_central_state"): ("央产", "是否央产", "中央国家机关"),
    ("stage_events", "stage"): ("阶段", "进度", "环节", "当前阶段", "节点"),
    ("stage_events", "event_date"): ("日期", "时间", "完成时间", "办理日期"),
    ("funding_entries", "funding_source"): ("来源", "出资来源", "资金渠道"),
    ("funding_entries", "content_class"): ("类别", "内容分类"),
    ("funding_entries", "state"): ("状态",),
    ("funding_entries", "entry_date"): ("时间", "拨付日期", "支付日期", "到位日期"),
    ("funding_entries", "amount_fen"): ("资金", "资金额", "拨付金额", "支付金额", "金额"),
    ("monthly_investments", "amount_fen"): ("完成投资", "投资完成额", "本月完成投资", "完成额", "金额"),
    ("annual_targets", "area_code"): ("区", "区县", "地区"),
    ("annual_targets", "value"): ("目标", "目标数", "任务数"),
    ("communities", "name"): ("小区", "小区名"),
    ("communities", "households"): ("总户数", "居民户数"),
    ("communities", "build_year_text"): ("建成年份", "建造年代", "年代"),
    ("demands", "asks"): ("户数", "提出次数", "诉求户数"),
}
#: Columns that our own files add beside the table's: read past without a word.
_OUR_OWN = ("ledger.reason_column", "rejected.column_row_number", "rejected.column_reason")


@dataclass(frozen=True)
class Match:
    """A column of the file as a field. `is_name` marks the name beside a reference; `is_guess` a likeness."""

    place: int
    header: str
    column: LedgerColumn
    unit: str | None
    is_name: bool = False
    is_guess: bool = False


@cache
def _sheet_keys() -> dict[str, str]:
    keys: dict[str, str] = {}
    for table in LEDGER_TABLES:
        own = [table, *(WORDING.say(f"ledger.sheet.{table}", lang) for lang in LANGUAGES)]
        for name in (*own, *_SHEET_NAMES.get(table, ())):
            keys.setdefault(name_key(name), table)
    return keys


def table_of_sheet(name: str) -> tuple[str | None, bool]:
    """The table that a sheet's name means, and whether that was only a likeness; None where it means none."""
    keys = _sheet_keys()
    key = name_key(name)
    if key in keys:
        return keys[key], False
    bare = _FRONT.sub("", key)
    if bare in keys:
        return keys[bare], True
    key = bare or key
    near = process.extractOne(key, list(keys), scorer=fuzz.ratio, score_cutoff=LIKE_SHEET)
    if near is None or digits_of(near[0]) != digits_of(key):
        return None, False
    return keys[near[0]], True


def table_of_headers(headers: Sequence[str]) -> str | None:
    """The table whose columns a sheet has most of; None where no table has enough of them or two have as many."""
    scores = []
    for table in LEDGER_TABLES:
        sheet = ledger_sheet(table)
        found = [m for m in match_columns(sheet, headers, None)[0] if not m.is_guess]
        required = {c.name for c in sheet.columns if c.is_required and c.refers_to is None}
        held = {m.column.name for m in found if not m.is_name}
        if required <= held:
            scores.append((len(found), table))
    scores.sort(key=lambda s: -s[0])
    if not scores or scores[0][0] < MOST_LIKELY_COLUMNS:
        return None
    if len(scores) > 1 and scores[0][0] == scores[1][0]:
        return None
    return scores[0][1]


@cache
def _header_keys(sheet: LedgerSheet) -> dict[str, tuple[LedgerColumn, bool]]:
    keys: dict[str, tuple[LedgerColumn, bool]] = {}
    for column in sheet.columns:
        names = [column.name]
        for lang in LANGUAGES:
            names += [column.label(lang), column.header(lang)]
        for name in names:
            keys.setdefault(name_key(name), (column, False))
    for column in sheet.named:
        for lang in LANGUAGES:
            name = WORDING.say(f"field.{column.refers_to}.name", lang)
            keys.setdefault(name_key(name), (column, True))
    for column in sheet.columns:
        for name in (*_HEADERS.get((sheet.table, column.name), ()), *_HEADERS.get(("*", column.name), ())):
            keys.setdefault(name_key(name), (column, False))
    return keys


def is_our_own(header: str) -> bool:
    """Whether a column is one that our own files add, such as the reasons beside refused rows."""
    names = {name_key(WORDING.say(code, lang)) for code in _OUR_OWN for lang in LANGUAGES}
    return name_key(header) in names


def match_columns(
    sheet: LedgerSheet, headers: Sequence[str], stated_unit: str | None
) -> tuple[list[Match], list[int]]:
    """The columns of a sheet as fields, each field at most once, and the places that mean none.

    `stated_unit` is a unit written above the header (单位:万元), for sums without one of their own.
    """
    keys = _header_keys(sheet)
    found: list[Match] = []
    taken: set[tuple[str, bool]] = set()
    unknown: list[int] = []
    waiting: list[int] = []
    for place, header in enumerate(headers):
        if not header or is_our_own(header):
            continue
        hit = next(
            (keys[k] for k in _forms(header) if k in keys and (keys[k][0].name, keys[k][1]) not in taken),
            None,
        )
        if hit is None:
            waiting.append(place)
            continue
        taken.add((hit[0].name, hit[1]))
        found.append(_match(place, header, hit, stated_unit, is_guess=False))
    for place in waiting:
        hit = _like(sheet, headers[place], keys)
        if hit is None or (hit[0].name, hit[1]) in taken:
            unknown.append(place)
            continue
        taken.add((hit[0].name, hit[1]))
        found.append(_match(place, headers[place], hit, stated_unit, is_guess=True))
    return sorted(found, key=lambda m: m.place), unknown


def _forms(header: str) -> list[str]:
    """What a header may be known by: whole, without its unit, and each line of a header of two rows."""
    bare = header.strip().rstrip("*＊")
    plain, _unit = header_parts(bare)
    parts = [p for p in bare.split("/") if p]
    forms = [bare, plain, parts[-1], header_parts(parts[-1])[0]] if parts else [bare, plain]
    return [k for k in dict.fromkeys(name_key(f) for f in forms) if k]


def _like(
    sheet: LedgerSheet, header: str, keys: dict[str, tuple[LedgerColumn, bool]]
) -> tuple[LedgerColumn, bool] | None:
    field, _ = suggest(header)
    if field is not None and any(c.name == field for c in sheet.columns):
        return sheet.column(field), False
    for form in _forms(header):
        near = process.extractOne(form, list(keys), scorer=fuzz.ratio, score_cutoff=LIKE_HEADER)
        if near is not None and digits_of(near[0]) == digits_of(form):
            return keys[near[0]]
    return None


@cache
def _our_units() -> dict[str, str]:
    plain = {"wan_yuan": "万元", "yuan": "元", "m2": "㎡"}
    return {
        WORDING.say(f"ledger.unit.{code}", lang): unit for code, unit in plain.items() for lang in LANGUAGES
    }


def unit_of(header: str) -> str | None:
    """The unit that a header states (投资（万元）, Investment (10,000 CNY)), as the parsers name it; None for none."""
    bare = header.strip().rstrip("*＊")
    stated = _IN_BRACKETS.search(unicodedata.normalize("NFKC", bare.replace("m²", "㎡").replace("㎡", "m2")))
    ours = {unicodedata.normalize("NFKC", u.replace("㎡", "m2")): v for u, v in _our_units().items()}
    if stated is not None and stated.group(1) in ours:
        return ours[stated.group(1)]
    return header_parts(bare)[1]


def _match(
    place: int, header: str, hit: tuple[LedgerColumn, bool], stated_unit: str | None, *, is_guess: bool
) -> Match:
    column, is_name = hit
    unit = unit_of(header)
    if unit is None and column.kind == "money":
        unit = stated_unit
    return Match(place, header, column, unit, is_name, is_guess)
