"""Numbers as Chinese papers print them, to exact decimals. Usable alone."""

from __future__ import annotations

from decimal import Decimal

import regex

_DIGITS = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {c: i for i, c in enumerate("零壹贰叁肆伍陆柒捌玖")}
_DIGITS |= {"两": 2, "○": 0, "贰": 2, "参": 3}
_SMALL = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_LARGE = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_ARABIC = regex.compile(r"(?:\d{1,3}(?:,\d{3})++|\d++)(?:\.\d++)?")
_MIXED = regex.compile(r"(?P<number>(?:\d{1,3}(?:,\d{3})++|\d++)(?:\.\d++)?)(?P<scale>[百千]?[万亿]{0,2}|百|千)")
_ONE = "[一二三四五六七八九两壹贰叁肆伍陆柒捌玖参]"
_ZERO = "[零〇○]"
_SECTION = regex.compile(r"(?P<body>[^万萬亿億]++)(?P<scale>[万萬亿億]{1,2}+)?")
_PLACES = regex.compile(
    rf"{_ZERO}?(?:(?P<twenty>廿)(?P<one>{_ONE})?"
    rf"|(?P<thousand>{_ONE}?[千仟])?(?P<hundred>{_ZERO}?{_ONE}?[百佰])?(?P<ten>{_ZERO}?{_ONE}?[十拾])?{_ZERO}?(?P<one>{_ONE})?)"
)
_CIRCLED = {chr(0x2460 + i): i + 1 for i in range(20)}


def parse_number(text: str) -> Decimal | None:
    """The value of a printed number, exactly; None where the text is no number.

    >>> parse_number("1.5亿"), parse_number("12,345"), parse_number("三百二十"), parse_number("二〇一三")
    (Decimal('150000000'), Decimal('12345'), Decimal('320'), Decimal('2013'))
    >>> parse_number("百万"), parse_number("壹仟零伍"), parse_number("2万3千"), parse_number("三万五")
    (Decimal('1000000'), Decimal('1005'), Decimal('23000'), Decimal('35000'))
    >>> parse_number("几"), parse_number("三四百"), parse_number("五百三百")
    (None, None, None)
    """
    if not text:
        return None
    if text[0].isascii() and text[0].isdigit():
        return _arabic(text)
    if all(c in _DIGITS for c in text):
        return Decimal("".join(str(_DIGITS[c]) for c in text))
    return _chinese(text)


def _arabic(text: str) -> Decimal | None:
    total = Decimal(0)
    position = 0
    for found in _MIXED.finditer(text):
        if found.start() != position:
            return None
        value = Decimal(found["number"].replace(",", ""))
        for char in found["scale"]:
            value *= _SMALL.get(char) or _LARGE[char]
        total += value
        position = found.end()
    if position != len(text):
        return None
    return total.quantize(Decimal(1)) if total == total.to_integral_value() else total


def _chinese(text: str) -> Decimal | None:
    """万 and 亿 cut the numeral into sections of at most four places each; the larger stands first."""
    total, below = 0, 10**16
    rest, parts = text, list(_SECTION.finditer(text))
    if not parts or "".join(p[0] for p in parts) != rest:
        return None
    for index, part in enumerate(parts):
        scale = 1
        for char in part["scale"] or "":
            scale *= _LARGE[char]
        value = _section(part["body"]) if part["body"] else None
        if value is None or scale >= below:
            return None
        if index and scale == 1 and _is_short(part["body"], parts[index - 1]):
            value *= below // 10  # 三万五 is 35,000: a last digit alone counts the next lower place
        total, below = total + value * scale, scale
    return Decimal(total)


def _is_short(body: str, before: regex.Match[str]) -> bool:
    return len(body) == 1 and body in _DIGITS and before["scale"] in ("万", "萬", "亿", "億")


def _section(body: str) -> int | None:
    """A numeral below ten thousand (三千零五, 一百二, 十五, 廿一); None where its places do not descend."""
    found = _PLACES.fullmatch(body)
    if not found:
        return None
    if found["twenty"]:
        return 20 + _DIGITS.get(found["one"] or "零", 0)
    value, lowest = 0, 10_000
    for place, size in (("thousand", 1000), ("hundred", 100), ("ten", 10)):
        if found[place]:
            value += _DIGITS.get(found[place][:-1].lstrip("零〇○") or "一", 1) * size
            lowest = size
    if found["one"]:
        # 一百二 is 120 and 一百零二 is 102: 零 says that places were left out.
        gap = body[-2:-1] in ("零", "〇", "○") or lowest in (10, 10_000)
        value += _DIGITS[found["one"]] * (1 if gap else lowest // 10)
    return value


def parse_ordinal(text: str) -> int | None:
    """The number of a list marker: 十二, 12, ③; None where it is none.

    >>> parse_ordinal("十二"), parse_ordinal("12"), parse_ordinal("③"), parse_ordinal("廿一")
    (12, 12, 3, 21)
    """
    if text in _CIRCLED:
        return _CIRCLED[text]
    value = parse_number(text.replace(" ", ""))
    return int(value) if value is not None and value == value.to_integral_value() else None
