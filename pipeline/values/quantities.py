"""Quantities in folded text: value, unit, comparator, hedge and what is measured. Usable alone.

Document numbers, years, periods, ordinals, list numbers and slogans are no quantities.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

import regex

from pipeline.paths import rules_dir
from pipeline.values.numbers import parse_number

_CHINESE_NUMBER = "[一二三四五六七八九十百千万亿零〇两]{1,12}"
_ARABIC_NUMBER = r"(?:\d{1,3}(?:,\d{3})++|\d{1,15}+)(?:\.\d{1,9}+)?"
_SCALE = "[百千]?[万亿]{0,2}"
_BARE_YEAR = regex.compile(r"(?:19|20)\d\d")
_CLAUSE = regex.compile("[,，。；;！!？?：:]")
_SENTENCE = regex.compile("[。；;！!？?]")
_TITLE = regex.compile("《[^《》]{1,120}》")
_SLOGAN = regex.compile("“[^“”]{1,8}”")


@dataclass(frozen=True, slots=True)
class Quantity:
    """One printed quantity; offsets are in the folded text given.

    ``text[start:end]`` holds the number with its comparators and a hedge right before it. ``value``
    is in ``unit``s, 万 and 亿 multiplied out; ``value_high`` is the end of a range.
    """

    start: int
    end: int
    value: Decimal
    value_high: Decimal | None
    unit: str
    qualifier: str
    hedge: str | None
    indicator: tuple[int, int] | None
    kind: str


@dataclass(frozen=True, slots=True)
class _Words:
    pattern: regex.Pattern[str]
    before: dict[str, str]
    after: dict[str, str]
    strict: frozenset[str]
    loose: frozenset[str]
    year_nouns: frozenset[str]
    single: str
    hedge: regex.Pattern[str]
    achieved: regex.Pattern[str]
    cumulative: regex.Pattern[str]
    strip_left: regex.Pattern[str]
    strip_right: regex.Pattern[str]
    acts: regex.Pattern[str]
    subject: regex.Pattern[str]
    object: regex.Pattern[str]
    frequency: frozenset[str]


def _any_of(words: Iterable[str]) -> str:
    return "|".join(regex.escape(w) for w in sorted(words, key=lambda w: (-len(w), w)))


@cache
def _words() -> _Words:
    data: dict[str, Any] = tomllib.loads((rules_dir() / "values" / "quantities.toml").read_text("utf-8"))
    before = {w: q for q, ws in data["before"].items() for w in ws}
    after = {w: q for q, ws in data["after"].items() for w in ws}
    hedges, stop = data["hedges"]["list"], data["stop"]
    numbers = f"(?:{_ARABIC_NUMBER}{_SCALE}|{_CHINESE_NUMBER})"
    pattern = regex.compile(
        rf"(?P<hedge>{_any_of(hedges)})?(?P<before>{_any_of(before)})?"
        rf"(?<![\d.]|{_any_of(stop['before'])})"
        rf"(?P<number>{numbers})"
        rf"(?:(?P<percent>%)?\s?(?:—|–|-|~|至|到)\s?(?P<high>{numbers}))?"
        rf"(?P<middle>余|多|几)?\s?(?P<unit>{_any_of(data['units'])})(?!{_any_of(stop['after_unit'])})"
        rf"(?P<after>{_any_of(after)})?"
    )
    ends = data["indicator"]
    tail = rf"(?:{_any_of(ends['adverbs'])}|{_any_of(hedges)}|\s)*"
    times = rf"(?:到?\d{{4}}年(?:底|末)?(?:前)?|{_any_of(ends['times'])})"
    return _Words(
        pattern, before, after, frozenset(data["strict_units"]), frozenset(data["loose_units"]),
        frozenset(data["year_nouns"]), data["single_numerals"],
        regex.compile(_any_of(hedges)), regex.compile(_any_of(data["kinds"]["achieved"])),
        regex.compile(_any_of(data["kinds"]["cumulative"])),
        regex.compile(rf"(?:{_any_of(hedges)}|{times}|[和及、与]|\s)+"),
        regex.compile(
            rf"(?:{_any_of([*ends['reach'], *ends['act'], *ends['adverbs']])}|{_any_of(hedges)}|{times}|\s)+\Z"
        ),
        regex.compile(rf"(?:{_any_of(ends['act'])}){tail}\Z"),
        regex.compile(rf"(?!{_any_of(ends['not_first'])})[^\d\s()]+(?<!{_any_of(ends['not_last'])})"),
        regex.compile(rf"(?!{_any_of(ends['not_first'])})(?:(?!{_any_of(ends['not_within'])})[^,，。；;！!？?：:()和及与、\d\s]){{2,24}}(?=[,，。；;！!？?：:()和及与]|\Z)"),
        frozenset(ends["frequency"]),
    )


def quantities(text: str) -> tuple[Quantity, ...]:
    """Every quantity of the folded text, in its order.

    >>> text = "年内募集款物力争超1.5亿元。"
    >>> [(text[q.start:q.end], q.value, q.unit, q.qualifier) for q in quantities(text)]
    [('力争超1.5亿元', Decimal('150000000'), '元', 'gt')]
    >>> quantities("国发〔2012〕25号, 2013年, “5·8”, 第二年度, 六大委员会, 温州、衢州两市")
    ()
    """
    words = _words()
    if not any(c.isdigit() for c in text) and not regex.search("[十百千万两一二三四五六七八九]", text):
        return ()
    hidden = [m.span() for m in (*_TITLE.finditer(text), *_SLOGAN.finditer(text))]
    found = (_quantity(text, match, words) for match in words.pattern.finditer(text))
    return tuple(q for q in found if q is not None and not any(s <= q.start < e for s, e in hidden))


def _quantity(text: str, match: regex.Match[str], words: _Words) -> Quantity | None:
    printed, high, unit = match["number"], match["high"], match["unit"]
    value = parse_number(printed)
    if value is None or not _is_counted(printed, unit, match, words):
        return None
    upper = parse_number(high) if high else None
    if upper is not None and high and printed[-1:].isdigit() and high[-1:] in "万亿":
        value *= parse_number("一" + high.lstrip("0123456789.,")) or 1  # 3—5万 counts 万 for both
    unit = "个百分点" if unit == "百分点" else unit
    qualifier = _qualifier(match, upper, words)
    sentence = _last_end(_SENTENCE, text, match.start())
    hedge = _hedge(text, match, sentence, words)
    return Quantity(
        match.start(), match.end(), value, upper, unit, qualifier, hedge,
        _indicator(text, match, words), _kind(text, match, sentence, words, hedge),
    )


def _is_counted(printed: str, unit: str, match: regex.Match[str], words: _Words) -> bool:
    """A number with a unit that is counted, and no year, ordinal or figure of speech."""
    if printed[0].isdigit():
        # 2013村, 2012级: a bare year in front of a noun is a year.
        return not (_BARE_YEAR.fullmatch(printed) and unit in words.year_nouns)
    if len(printed) == 1:
        # 三支 counts where a comparator shows that it is meant as a number; 一批 and 两市 never.
        shown = bool(match["before"] or match["after"] or match["hedge"])
        return unit in words.strict and printed in words.single and shown
    return "〇" not in printed and unit not in words.loose


def _qualifier(match: regex.Match[str], upper: Decimal | None, words: _Words) -> str:
    if upper is not None:
        return "range"
    if match["after"]:
        return words.after[match["after"]]
    if match["middle"]:
        return "approx"
    given = words.before.get(match["before"] or "")
    return given if given and given != "each" else "eq"


def _last_end(pattern: regex.Pattern[str], text: str, position: int) -> int:
    window = max(0, position - 300)
    last = window
    for found in pattern.finditer(text, window, position):
        last = found.end()
    return last


def _hedge(text: str, match: regex.Match[str], sentence: int, words: _Words) -> str | None:
    # A hedge governs from where it stands to the end of its sentence; the nearest one counts.
    if match["hedge"]:
        return str(match["hedge"])
    last = None
    for found in words.hedge.finditer(text, sentence, match.start("number")):
        last = found[0]
    return last


def _kind(text: str, match: regex.Match[str], sentence: int, words: _Words, hedge: str | None) -> str:
    clause = max(sentence, _last_end(_CLAUSE, text, match.start()))
    bracket = text.rfind("(", clause, match.start())
    if words.cumulative.search(text, max(clause, bracket), match.start("number") + 0):
        return "cumulative"
    if hedge is None and words.achieved.search(text, sentence, match.end()):
        return "achieved"
    return "target"


def _indicator(text: str, match: regex.Match[str], words: _Words) -> tuple[int, int] | None:
    """What is measured: the words before the number, or its object where a verb of doing stands there.

    None where neither reads as a noun: an empty indicator is better than half a sentence.
    """
    start = _last_end(_CLAUSE, text, match.start())
    left = words.strip_left.match(text, start, match.start())
    start = left.end() if left else start
    right = words.strip_right.search(text, start, match.start())
    end = right.start() if right else match.start()
    following = words.object.match(text, match.end())
    if following and match["unit"] not in words.frequency and words.acts.search(text, start, match.start()):
        return following.span()
    if end - start >= 2 and words.subject.fullmatch(text, start, end):
        return start, end
    return following.span() if following and match["unit"] not in words.frequency else None
