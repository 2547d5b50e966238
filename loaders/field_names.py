"""What a column holds, guessed from its header: which field of the store it may fill and how its values read."""

import re
import unicodedata
from typing import Final, Literal

Guess = Literal["id", "x", "y", "year", "area", "money", "date", "number", "bool", "name", "text"]

#: Headers as offices, registers and scrapers write them, for each field of the store. The first that fits counts.
_HEADERS: Final[dict[str, str]] = {
    "longitude": (
        r"(longitude|lng|lon|long|x|x_?coord(inate)?|easting|point_x|wgs84_?lng|lng_?wgs84"
        r"|经度|东经|x坐标|横坐标|东坐标)"
    ),
    "latitude": (
        r"(latitude|lat|y|y_?coord(inate)?|northing|point_y|wgs84_?lat|lat_?wgs84"
        r"|纬度|北纬|y坐标|纵坐标|北坐标)"
    ),
    "build_year": (
        r"(build_?(time|year|ing_?year|date)|built|year_?built|year|start_date"
        r"|建(成|造|筑|设)?(年代|年份|时间|年)|竣工(年份|年代|时间|年)|年代|年份|始建年代)"
    ),
    "district": r"(district|区县?|所[在属]区县?|行政区|区名称?|城区|county)",
    "subdistrict_name": r"(street(_?name)?|subdistrict|街道(名称|乡镇)?|所[在属]街道|街乡镇?|乡镇街道|属地|town)",
    "address": r"(addr(es{1,2})?|address|地址|详细地址|坐落|位置|门牌)",
    "households": r"(households?|户数|总户数|居民户数|套数|住户数|涉及户数)",
    "residents": r"(residents?|population|人口|人数|居民人?数|常住人口)",
    "building_count": r"(building_?(count|num(ber)?)|楼栋?数|栋数|幢数|楼栋数量)",
    "storeys": r"(storeys?|floors?|levels?|building:levels|层数|地上层数|楼层数?)",
    "height_m": r"(height(_m)?|高度|建筑高度|楼高)",
    "floor_area_m2": r"(floor_?area(_m2)?|gfa|建筑面积|总建筑面积|改造面积|房屋面积|面积|area)",
    "land_area_m2": r"(land_?area(_m2)?|占地面积|用地面积|土地面积)",
    "structure": r"(structure|结构|建筑结构|结构类型)",
    "ownership": r"(ownership|产权|产权性质|产权类别)",
    "is_central_state": r"(is_?central(_?state)?|央产|是否央产|中央国家机关)",
    "original_property_unit": r"(原?产权单位|权属单位)",
    "property_company": r"(property_?company|物业(公司|企业|单位|管理单位)?)",
    "planned_investment_fen": r"(investment|budget|(总|计划|概算|估算)?投资(额|金额)?|资金|概算|预算)",
    "amount_fen": r"(amount|金额|拨付金额|支付金额|补助金额|完成投资)",
    "unit_price_cny_per_m2": r"(price|unit_?price|单价|均价|房价)",
    "planned_start_date": r"((计划)?开工(时间|日期)|start_?date)",
    "planned_completion_date": r"((计划)?(完工|竣工)日期|completion_?date)",
    "kind_text": r"(type|kind|category|fclass|类型|类别|设施类型|用途|性质)",
    "id": (
        r"(.*_)?(id|fid|gid|uuid|objectid|osm_id|oid)|code|编号|编码|代码|小区编号|楼栋编号|项目编号|唯一码|统一编码|序号"
    ),
    "name": r"(name|title|名称|小区名?|小区名称|项目名称|社区名称|楼栋?名称|楼名|设施名称|site_?name)",
}
_COMPILED: Final = {
    field: re.compile(rf"^(?:{pattern})$", re.IGNORECASE) for field, pattern in _HEADERS.items()
}
_KIND: Final[dict[str, Guess]] = {
    "longitude": "x",
    "latitude": "y",
    "build_year": "year",
    "floor_area_m2": "area",
    "land_area_m2": "area",
    "planned_investment_fen": "money",
    "amount_fen": "money",
    "planned_start_date": "date",
    "planned_completion_date": "date",
    "households": "number",
    "residents": "number",
    "building_count": "number",
    "storeys": "number",
    "height_m": "number",
    "unit_price_cny_per_m2": "number",
    "is_central_state": "bool",
    "id": "id",
    "name": "name",
}
_UNIT = re.compile(
    r"[(\[【/／_]?\s*(万㎡|万m2|万平方?米|平方米|平米|㎡|m2|公顷|亩|亿元|万元|千元|元)\s*[)\]】]?$",
    re.IGNORECASE,
)
_PRICE = re.compile(r"元\s*[/每]\s*(m2|平方?米|平)")
_MONEY = re.compile(r"(资金|投资|金额|经费|补助|预算|概算|造价|拨付)")
_AREA = re.compile(r"面积")
_DATE = re.compile(r"(日期|时间|date)$", re.IGNORECASE)


def header_parts(header: str) -> tuple[str, str | None]:
    """The header without its unit, in plain form, and the unit that it states: `投资（万元）` → (`投资`, `万元`)."""
    plain = unicodedata.normalize("NFKC", header.replace("㎡", "m2")).strip().casefold()
    last = plain.rsplit(".", 1)[-1] if plain.startswith("properties.") else plain
    unit = _UNIT.search(last)
    if unit is None or unit.start() == 0:
        return last, None
    stated = unit.group(1).replace("m2", "㎡")
    return last[: unit.start()].strip(" ([/_"), stated


def suggest(header: str) -> tuple[str | None, Guess]:
    """The field of the store that a column of this name may fill, or None; and how its values probably read."""
    plain, unit = header_parts(header)
    if _PRICE.search(unicodedata.normalize("NFKC", header)):
        return "unit_price_cny_per_m2", "number"
    for part in dict.fromkeys((plain, plain.rsplit("/", 1)[-1])):
        for field, pattern in _COMPILED.items():
            if pattern.match(part):
                return field, _KIND.get(field, "text")
    if (unit and unit.endswith("元")) or _MONEY.search(plain):
        return None, "money"
    if unit or _AREA.search(plain):
        return None, "area"
    return (None, "date") if _DATE.search(plain) else (None, "text")
