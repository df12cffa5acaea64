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
_CIRCLED = {chr(0x2460 + i): i + 1 for i in range(20)}


def parse_number(text: str) -> Decimal | None:
    """The value of a printed number, exactly; None where the text is no number.

    >>> parse_number("1.5亿"), parse_number("12,345"), parse_number("三百二十"), parse_number("二〇一三")
    (Decimal('150000000'), Decimal('12345'), Decimal('320'), Decimal('2013'))
    >>> parse_number("百万"), parse_number("壹仟零伍"), parse_number("2万3千"), parse_number("几")
    (Decimal('1000000'), Decimal('1005'), Decimal('23000'), None)
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
    total = section = digit = 0
    seen = False
    last_unit = 1
    for char in text:
        if char in _DIGITS:
            digit = _DIGITS[char]
            seen = True
        elif char == "廿":
            section, seen, last_unit = section + 20, True, 10
        elif char in _SMALL:
            last_unit = _SMALL[char]
            section += (digit or 1) * last_unit
            digit, seen = 0, True
        elif char in _LARGE:
            last_unit = _LARGE[char]
            here = section + digit
            # 百万 and 万亿 scale what stands before them; 一亿二千万 adds.
            total = (total + here) * last_unit if total < last_unit else total + (here or 1) * last_unit
            section = digit = 0
        else:
            return None
    if digit and last_unit >= 100 and text[-2:-1] and (text[-2] in _SMALL or text[-2] in _LARGE) and text[-2] not in "十拾":
        # 两千五 is 2500: a last digit right after a unit counts the next lower unit.
        digit *= last_unit // 10
    return Decimal(total + section + digit) if seen else None


def parse_ordinal(text: str) -> int | None:
    """The number of a list marker: 十二, 12, ③; None where it is none.

    >>> parse_ordinal("十二"), parse_ordinal("12"), parse_ordinal("③"), parse_ordinal("廿一")
    (12, 12, 3, 21)
    """
    if text in _CIRCLED:
        return _CIRCLED[text]
    value = parse_number(text.replace(" ", ""))
    return int(value) if value is not None and value == value.to_integral_value() else None
