"""Region codes of the GB/T 2260 family: what a code says about its own place.

A county-level code has six digits (two each for province, city, district); a town
adds three (GB/T 10114). ``510104`` is Jinjiang district in Chengdu (``510100``) in
Sichuan (``510000``). Codes of another shape are legal and simply say nothing.
"""

LEVELS = ("province", "city", "district", "town")


def is_statistical_code(code: str) -> bool:
    """Whether the code has the six or nine digits of the national scheme."""
    return code.isascii() and code.isdigit() and len(code) in (6, 9)


def level_of_code(code: str) -> str | None:
    """The level that the code itself tells, None when it tells none."""
    if not is_statistical_code(code):
        return None
    if len(code) == 9 and code[6:] != "000":
        return "town"
    if code[4:6] != "00":
        return "district"
    return "city" if code[2:4] != "00" else "province"


def ancestor_codes(code: str) -> list[str]:
    """The codes above this one, nearest first: 510104 -> [510100, 510000]."""
    level = level_of_code(code)
    if level is None:
        return []
    above = [code[:6], code[:4] + "00", code[:2] + "0000"]
    return above[len(LEVELS) - 1 - LEVELS.index(level) :]


def may_contain(parent_level: str | None, level: str) -> bool:
    """Whether a region of ``level`` may lie in one of ``parent_level``.

    A level may be left out (a county run by its province, a city without
    districts), never turned round; only a province stands on its own.
    """
    if parent_level is None:
        return level == "province"
    return LEVELS.index(parent_level) < LEVELS.index(level)
