"""The numbers that Word prints before paragraphs: they are not in the text of a file and have to be counted again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import regex
from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DIGITS = "〇一二三四五六七八九"
_LEGAL = "零壹贰叁肆伍陆柒捌玖"
_LEGAL_TRADITIONAL = "零壹貳參肆伍陸柒捌玖"
_CHINESE = frozenset({
    "chineseCounting", "chineseCountingThousand", "japaneseCounting", "koreanCounting", "taiwaneseCounting",
    "taiwaneseCountingThousand",
})
_SERIES = {
    "ideographTraditional": "甲乙丙丁戊己庚辛壬癸", "ideographZodiac": "子丑寅卯辰巳午未申酉戌亥",
    "decimalEnclosedCircle": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳", "decimalEnclosedCircleChinese": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
    "decimalEnclosedParen": "⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇", "decimalEnclosedFullstop": "⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛",
    "ideographEnclosedCircle": "㊀㊁㊂㊃㊄㊅㊆㊇㊈㊉",
}
_ROMAN = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"),
    (5, "V"), (4, "IV"), (1, "I"),
)
_LEVELS = 9
_HIGHEST = 32_767  # Word counts no further


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a list: ``text`` with %1 to %9 in it, the form of its numbers, the first one, and what begins it again.

    ``restart`` is None where any higher level begins it again, 0 where none does, else the number of the lowest level that does.
    """

    text: str = ""
    form: str = "decimal"
    start: int = 1
    legal: bool = False
    gap: bool = True
    restart: int | None = None


@dataclass(slots=True)
class Lists:
    """The numbering of a file and how far each list has counted; ``unknown`` gathers forms that could not be written."""

    levels: Mapping[str, Mapping[int, Level]] = field(default_factory=dict)
    list_of: Mapping[str, str] = field(default_factory=dict)
    overridden: Mapping[str, frozenset[int]] = field(default_factory=dict)
    of_style: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    counts: dict[str, dict[int, int]] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)

    def label(self, paragraph: etree._Element) -> str:
        """The number that Word prints before a paragraph, empty for none; a space follows where nothing else parts it."""
        given = self._given(paragraph)
        if given is None or given[0] not in self.levels:
            return ""
        number, at = given
        levels = self.levels[number]
        counts = self.counts.setdefault(self.list_of[number], {})
        if number not in self.begun:
            self.begun.add(number)
            for level in self.overridden.get(number, ()):
                counts.pop(level, None)
        own = levels.get(at, Level("", "none"))
        counts[at] = min(counts.get(at, own.start - 1) + 1, _HIGHEST)
        for deeper in [n for n in counts if n > at]:
            restart = levels.get(deeper, Level()).restart
            if restart is None or 0 < at + 1 <= restart:
                del counts[deeper]
        if own.form == "bullet":
            return ""

        def written(found: regex.Match[str]) -> str:
            which = int(found[1]) - 1
            level = levels.get(which, Level())
            form = "decimal" if own.legal else level.form
            text = printed(counts.get(which, level.start), form)
            if text is None:
                self.unknown.add(form)
                return str(counts.get(which, level.start))
            return text

        label = str(regex.sub(r"%([1-9])", written, own.text))
        return f"{label} " if label and own.gap and (label[-1].isalnum()) else label

    def _given(self, paragraph: etree._Element) -> tuple[str, int] | None:
        number, level = value(paragraph, "pPr/numPr/numId"), value(paragraph, "pPr/numPr/ilvl")
        if number == "0":
            return None
        style = self.of_style.get(value(paragraph, "pPr/pStyle") or "")
        if number is None:
            return (style[0], whole(level, style[1], _LEVELS - 1)) if style else None
        return number, whole(level, style[1] if style and style[0] == number else 0, _LEVELS - 1)


def value(element: etree._Element, path: str) -> str | None:
    """The attribute w:val of the first element at a path of names without prefix."""
    found = element.find("/".join(f"{W}{step}" for step in path.split("/")))
    return found.get(f"{W}val") if found is not None else None


def whole(text: str | None, default: int, most: int = _HIGHEST) -> int:
    """A number of an attribute; what is no number, or beyond all measure, is the default.

    >>> whole("3", 1), whole("abc", 1), whole(None, 0), whole("999999999999", 1)
    (3, 1, 0, 1)
    """
    if text is None or not regex.fullmatch(r"\s{0,9}\d{1,9}\s{0,9}", text):
        return default
    number = int(text)
    return number if number <= most else default


def is_on(element: etree._Element | None) -> bool:
    """True where a switch is there and not off."""
    return element is not None and element.get(f"{W}val", "true") not in ("0", "false", "off", "none")


def read_lists(numbering: etree._Element | None, styles: etree._Element | None) -> Lists:
    """The lists that a file defines, and the styles that carry them."""
    if numbering is None:
        return Lists()
    abstract = {str(a.get(f"{W}abstractNumId")): a for a in numbering.iterchildren(f"{W}abstractNum")}
    linked = {link: number for number, a in abstract.items() if (link := value(a, "styleLink"))}
    levels: dict[str, dict[int, Level]] = {}
    list_of: dict[str, str] = {}
    overridden: dict[str, frozenset[int]] = {}
    by_style: dict[str, tuple[str, int]] = {}
    for listed in numbering.iterchildren(f"{W}num"):
        number, base = str(listed.get(f"{W}numId")), value(listed, "abstractNumId") or ""
        base = linked.get(value(abstract[base], "numStyleLink") or "", base) if base in abstract else base
        if base not in abstract:
            continue
        levels[number] = {}
        list_of[number] = base
        for lvl in abstract[base].iterchildren(f"{W}lvl"):
            at = whole(lvl.get(f"{W}ilvl"), 0)
            levels[number][at] = _level(lvl)
            if style := value(lvl, "pStyle"):
                by_style.setdefault(f"{number}\0{style}", (number, at))
        again: set[int] = set()
        for override in listed.iterchildren(f"{W}lvlOverride"):
            at, own = whole(override.get(f"{W}ilvl"), 0), override.find(f"{W}lvl")
            if own is not None:
                levels[number][at] = _level(own)
            start = value(override, "startOverride")
            if start is not None:
                levels[number][at] = replace(levels[number].get(at, Level()), start=whole(start, 1))
                again.add(at)
        overridden[number] = frozenset(again)
    return Lists(levels, list_of, overridden, _of_styles(styles, by_style))


def _level(lvl: etree._Element) -> Level:
    restart = value(lvl, "lvlRestart")
    return Level(
        value(lvl, "lvlText") or "", value(lvl, "numFmt") or _form_inside(lvl), whole(value(lvl, "start"), 1),
        is_on(lvl.find(f"{W}isLgl")), value(lvl, "suff") != "nothing", None if restart is None else whole(restart, 0),
    )


def _form_inside(lvl: etree._Element) -> str:
    # A form that older programs do not know stands in an alternative.
    found = next(lvl.iter(f"{W}numFmt"), None)
    return (found.get(f"{W}val") if found is not None else None) or "decimal"


def _of_styles(styles: etree._Element | None, by_style: Mapping[str, tuple[str, int]]) -> dict[str, tuple[str, int]]:
    """List and level of each style, its own or that of the style it is based on."""
    own: dict[str, tuple[str | None, str | None]] = {}
    based: dict[str, str] = {}
    for style in styles.iterchildren(f"{W}style") if styles is not None else ():
        name = str(style.get(f"{W}styleId"))
        own[name] = (value(style, "pPr/numPr/numId"), value(style, "pPr/numPr/ilvl"))
        if parent := value(style, "basedOn"):
            based[name] = parent
    out: dict[str, tuple[str, int]] = {}
    for name in own:
        step, seen, level = name, {name}, own[name][1]
        while own[step][0] is None and based.get(step) in own and based[step] not in seen and len(seen) < 20:
            step = based[step]
            seen.add(step)
            level = level if level is not None else own[step][1]
        number = own[step][0]
        if number is not None and number != "0":
            given = by_style.get(f"{number}\0{name}") or by_style.get(f"{number}\0{step}")
            out[name] = (number, whole(level, given[1] if given else 0, _LEVELS - 1))
    return out


def printed(number: int, form: str) -> str | None:
    """A number in one of the forms that Word knows; None for a form that is not known here.

    >>> printed(12, "chineseCounting"), printed(3, "decimalEnclosedCircle"), printed(28, "upperLetter"), printed(4, "decimal")
    ('十二', '③', 'BB', '4')
    >>> printed(120, "chineseCountingThousand"), printed(2, "chineseLegalSimplified"), printed(1, "bahtText")
    ('一百二十', '贰', None)
    """
    series = _SERIES.get(form)
    if series is not None:
        return series[number - 1] if 1 <= number <= len(series) else str(number)
    if form in _CHINESE:
        return chinese(number)
    if form in ("ideographDigital", "japaneseDigitalTenThousand", "taiwaneseDigital", "koreanDigital"):
        return "".join(_DIGITS[int(d)] for d in str(number))
    if form == "chineseLegalSimplified":
        return chinese(number, _LEGAL, ("", "拾", "佰", "仟"))
    if form == "ideographLegalTraditional":
        return chinese(number, _LEGAL_TRADITIONAL, ("", "拾", "佰", "仟"))
    if form in ("upperLetter", "lowerLetter") and 1 <= number <= 780:
        letter = chr((65 if form == "upperLetter" else 97) + (number - 1) % 26)
        return letter * ((number - 1) // 26 + 1)
    if form in ("upperRoman", "lowerRoman") and 1 <= number < 4000:
        return _roman(number) if form == "upperRoman" else _roman(number).lower()
    if form in ("decimalFullWidth", "decimalFullWidth2"):
        return "".join(chr(ord(d) + 0xFEE0) for d in str(number))
    if form in ("bullet", "none"):
        return ""
    if form == "decimalZero":
        return f"{number:02}"
    known = ("decimal", "decimalHalfWidth", "upperLetter", "lowerLetter", "upperRoman", "lowerRoman")
    return str(number) if form in known else None


def chinese(number: int, digits: str = _DIGITS, units: tuple[str, ...] = ("", "十", "百", "千")) -> str:
    """A number below ten thousand in Chinese; 十 stands alone before twenty as Word prints it.

    >>> chinese(10), chinese(19), chinese(20), chinese(105), chinese(1010)
    ('十', '十九', '二十', '一百零五', '一千零一十')
    """
    if not 0 < number < 10_000:
        return digits[0] if number == 0 else str(number)
    out = ""
    for place in range(len(str(number)) - 1, -1, -1):
        digit = number // 10**place % 10
        if digit:
            out += digits[digit] + units[place]
        elif out and not out.endswith("零") and number % 10**place:
            out += "零"
    return out[1:] if 10 <= number < 20 and digits is _DIGITS else out


def _roman(number: int) -> str:
    out = ""
    for size, letters in _ROMAN:
        out += letters * (number // size)
        number %= size
    return out
