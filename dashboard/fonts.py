"""The fonts of the product: a machine's own Chinese font first, the one that the app serves last."""

#: Declared in the start page; holds what no font of the machine has.
OWN_FONT = "Atlas Sans SC"
#: The characters that the served font is asked for.
CHINESE_RANGE = "U+2010-2027, U+2E80-9FFF, U+F900-FAFF, U+FE30-FE4F, U+FF00-FFEF"
FAMILIES = (
    '"Noto Sans SC", "Source Han Sans SC", "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", '
    f'"WenQuanYi Micro Hei", "SimHei", "{OWN_FONT}", sans-serif'
)
