"""Quantities in a text: value, unit, comparator, hedge and what is measured. Usable alone.

Document numbers, years, periods, ordinals, list numbers and slogans are no quantities.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Any

import regex

from pipeline.model import Span
from pipeline.paths import rules_dir
from pipeline.values.numbers import parse_number
from pipeline.view import View

_CHINESE_NUMBER = "[一二三四五六七八九十百千万亿零〇两壹贰叁肆伍陆柒捌玖拾佰仟]{1,16}+"
_ARABIC_NUMBER = r"(?:\d{1,3}(?:,\d{3})++|\d{1,15}+)(?:\.\d{1,9}+)?"
_SCALE = r"(?:[百千]?[万亿]{1,2}(?:\d{1,4}+[百千]?万?)?|[百千])?"
# 六七百, 三五: two neighbouring digits, or three and five, give an estimate.
_ESTIMATE = regex.compile("(?P<low>[一二三四五六七八])(?P<high>[二三四五六七八九])(?P<rest>[十百千万亿]*)")
_BARE_YEAR = regex.compile(r"(?:19|20)\d\d")
_CLAUSE = regex.compile("[,，。；;！!？?：:]")
_SENTENCE = regex.compile("[。；;！!？?]")
_COMMA = regex.compile("[,，]")
_TITLE = regex.compile("《[^《》]{1,120}》")
_ANY_NUMERAL = regex.compile(r"[\d十百千万两一二三四五六七八九壹贰叁肆伍陆柒捌玖拾佰仟]")
_BARE_PLACES = frozenset("百千万亿")
_SLOGAN = regex.compile("“[^“”]{1,8}”")


@dataclass(frozen=True, slots=True)
class Quantity:
    """One printed quantity; offsets are in the text given.

    ``text[start:end]`` holds the number with its comparators and a hedge right before it. ``value``
    is in ``unit``s, 万 and 亿 multiplied out; ``value_high`` is the end of a range. A target that
    names no number (全覆盖, 翻一番) has neither value nor unit nor qualifier. ``change`` is the word that
    makes the number a change and no level (减少1.2个百分点); ``promised`` is true where a hedge stands before it
    in its sentence, also one that does not govern it.
    """

    start: int
    end: int
    value: Decimal | None
    value_high: Decimal | None
    unit: str | None
    qualifier: str | None
    hedge: str | None
    indicator: tuple[int, int] | None
    kind: str
    hedge_at: tuple[int, int] | None = None
    change: str | None = None
    change_at: tuple[int, int] | None = None
    promised: bool = False


@dataclass(frozen=True, slots=True)
class _Words:
    pattern: regex.Pattern[str]
    numberless: regex.Pattern[str]
    before: dict[str, str]
    after: dict[str, str]
    strict: frozenset[str]
    loose: frozenset[str]
    year_nouns: frozenset[str]
    single: str
    hedge: regex.Pattern[str]
    hedge_ends: regex.Pattern[str]
    change: tuple[regex.Pattern[str], ...]
    kinds: regex.Pattern[str]
    cumulative: regex.Pattern[str]
    strip_left: regex.Pattern[str]
    strip_right: regex.Pattern[str]
    strip_words: regex.Pattern[str]
    opens: regex.Pattern[str]
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
    hedges, stop, kinds = data["hedges"]["list"], data["stop"], data["kinds"]
    numbers = f"(?:{_ARABIC_NUMBER}{_SCALE}|{_CHINESE_NUMBER})"
    pattern = regex.compile(
        rf"(?P<hedge>{_any_of(hedges)})?(?P<before>{_any_of(before)})?\s?"
        rf"(?<![\d.]|\d[,万亿百千×]|{_any_of(stop['before'])})"
        rf"(?P<fraction>{_any_of(data['fractions'])})?(?P<number>{numbers})"
        rf"(?:(?P<percent>%|‰)?\s?(?:{_any_of(data['range_marks'])})\s?"
        rf"(?:{_any_of(data['fractions'])})?(?P<high>{numbers}))?"
        rf"(?P<middle>余|多|几)?(?P<scale>[万亿]{{1,2}})?\s?"
        rf"(?P<unit>{_any_of(data['units'])}|(?(fraction)|(?!)))(?!{_any_of(stop['after_unit'])})"
        rf"(?P<after>{_any_of(after)})?"
    )
    ends = data["indicator"]
    tail = rf"(?:{_any_of(ends['adverbs'])}|{_any_of(hedges)}|\s)*"
    times = rf"(?:到?\d{{4}}年(?:底|末)?(?:前)?|{_any_of(ends['times'])})"
    short = rf"(?:了|{_any_of([*ends['adverbs'], *before, *hedges])}|\s){{0,4}}"
    changes = rf"(?:{_any_of(data['change']['words'])})[了到至]?"
    compared = (
        r"(?:[比较]|同比|环比|[同与](?=[^,，。；;]{1,12}相比))"
        rf"(?:\d{{4}}年(?:底|末|同期)?|{_any_of(data['change']['with'])})?(?:相比)?(?:{_any_of(data['change']['compared'])})?"
    )
    return _Words(
        pattern,
        regex.compile(
            rf"(?P<hedge>{_any_of(hedges)})?(?:(?:{_any_of(data['numberless'])})"
            rf"(?!{_any_of(stop['after_numberless'])})|[二三四五六七八九十]分之[一二三四五六七八九](?:以上|左右)?)"
        ),
        before, after, frozenset(data["strict_units"]), frozenset(data["loose_units"]),
        frozenset(data["year_nouns"]), data["single_numerals"], regex.compile(_any_of(hedges)),
        regex.compile(_any_of([*data["hedges"]["ends"], *ends["act"], *before])),
        (regex.compile(rf"(?P<word>{_any_of(data['change']['words'])}){short}\Z"),
         regex.compile(rf"(?:[比较]|相比)[^,，。；;]{{0,16}}?(?P<word>{_any_of(data['change']['compared'])}){short}\Z")),
        regex.compile(
            rf"(?P<achieved>(?<!{_any_of(kinds['compared'])})(?:{_any_of(kinds['achieved'])}))"
            rf"|(?P<target>(?<!{_any_of(kinds['not_target'])})(?:{_any_of(kinds['target'])}|到\d{{4}}年))"
        ),
        regex.compile(_any_of(kinds["cumulative"])),
        regex.compile(
            rf"(?:[一二三四五六七八九十]是|{_any_of(hedges)}|{times}|{_any_of([*ends['scopes'], *ends['lead']])}|[和及、与]|\s)+"
        ),
        regex.compile(
            rf"(?:{_any_of([*ends['reach'], *ends['act'], *ends['adverbs']])}|{_any_of(hedges)}"
            rf"|{changes}|{compared}|{times}|\s)+\Z"
        ),
        regex.compile(rf"(?:{_any_of([*ends['reach'], *ends['adverbs']])}|{_any_of(hedges)}|{changes}|{compared}"
                      rf"|{times}|\s)+\Z"),
        regex.compile(_any_of(ends["act"])),
        regex.compile(rf"(?:{_any_of(ends['act'])}){tail}\Z"),
        regex.compile(rf"(?!{_any_of(ends['not_first'])})[^\d\s()]+(?<!{_any_of(ends['not_last'])})"),
        regex.compile(
            rf"(?!{_any_of(ends['not_first'])})(?:(?!{_any_of(ends['not_within'])})[^,，。；;！!？?：:()和及与、\d\s]){{1,24}}"
            rf"(?=[,，。；;！!？?：:()和及与、]|\Z)"
        ),
        frozenset(ends["frequency"]),
    )


def quantities(text: str) -> tuple[Quantity, ...]:
    """Every quantity of the text, in its order; full-width forms count as their half-width ones.

    >>> text = "年内募集款物力争超1.5亿元，培训３００多名，实现乡镇全覆盖。"
    >>> for q in quantities(text):
    ...     print(text[q.start:q.end], q.value, q.unit, q.qualifier)
    力争超1.5亿元 150000000 元 gt
    ３００多名 300 名 approx
    全覆盖 None None None
    >>> quantities("国发〔2012〕25号, 2013年, “5·8”, 第二年度, 六大委员会, 温州、衢州两市")
    ()
    """
    view = View.of(text, Span(0, len(text)))
    if view.folded == text:
        return _quantities(text)
    found = []
    for quantity in _quantities(view.folded):
        span = view.source(quantity.start, quantity.end)
        found.append(replace(quantity, start=span.start, end=span.end, hedge_at=_mapped(view, quantity.hedge_at),
                             indicator=_mapped(view, quantity.indicator), change_at=_mapped(view, quantity.change_at)))
    return tuple(found)


def _mapped(view: View, place: tuple[int, int] | None) -> tuple[int, int] | None:
    return view.source(*place) if place else None


def _quantities(text: str) -> tuple[Quantity, ...]:
    words = _words()
    found = [_numberless(text, match, words) for match in words.numberless.finditer(text)]
    if _ANY_NUMERAL.search(text):
        hidden = [m.span() for m in (*_TITLE.finditer(text), *_SLOGAN.finditer(text))]
        counted = (_quantity(text, match, words) for match in words.pattern.finditer(text))
        found += [q for q in counted if q is not None and not any(s <= q.start < e for s, e in hidden)]
    return tuple(sorted(found, key=lambda q: q.start))


def _numberless(text: str, match: regex.Match[str], words: _Words) -> Quantity:
    sentence = _last_end(_SENTENCE, text, match.start())
    hedge, promised = _hedge(text, match, match.end(), sentence, words)
    kind = _kind(text, match, match.start(), sentence, words, promised)
    start = match.end("hedge") if match["hedge"] else match.start()
    return Quantity(match.start(), match.end(), None, None, None, None, text[slice(*hedge)] if hedge else None,
                    _subject(text, match.start(), start, words), kind, hedge, None, None, promised)


def _quantity(text: str, match: regex.Match[str], words: _Words) -> Quantity | None:
    bounds = _bounds(match)
    if bounds is None or not _is_counted(text, match, words):
        return None
    value, upper = bounds
    first = match.start() + len(match[0]) - len(match[0].lstrip())
    unit = {"百分之": "%", "千分之": "‰"}.get(match["fraction"] or "") or match["unit"]
    number = match.start("number")
    sentence = _last_end(_SENTENCE, text, match.start())
    hedge, promised = _hedge(text, match, number, sentence, words)
    change = next((m.span("word") for p in words.change if (m := p.search(text, max(sentence, number - 24), number))), None)
    return Quantity(
        first, match.end(), value, upper, "个百分点" if unit == "百分点" else unit, _qualifier(match, upper, words),
        text[slice(*hedge)] if hedge else None, _indicator(text, match, words),
        _kind(text, match, number, sentence, words, promised), hedge,
        text[slice(*change)] if change else None, change, promised,
    )


def _bounds(match: regex.Match[str]) -> tuple[Decimal, Decimal | None] | None:
    """The value and, for a range or an estimate, its upper end, scaled; None where it is no number."""
    printed, high = match["number"], match["high"]
    scale = parse_number("一" + match["scale"]) if match["scale"] else Decimal(1)
    estimate = _ESTIMATE.fullmatch(printed)
    if estimate and not high and _neighbours(estimate):
        printed, high = estimate["low"] + estimate["rest"], estimate["high"] + estimate["rest"]
    value, upper = parse_number(printed), parse_number(high) if high else None
    if value is None or scale is None or (high and upper is None):
        return None
    if upper is not None and high and printed[-1].isdigit() and high[-1] in "万亿":
        value *= parse_number("一" + high.lstrip("0123456789.,")) or 1  # 3—5万 counts 万 for both
    return value * scale, upper * scale if upper is not None else None


def _neighbours(estimate: regex.Match[str]) -> bool:
    low, high = parse_number(estimate["low"]), parse_number(estimate["high"])
    return low is not None and high is not None and (high - low == 1 or estimate[0].startswith("三五"))


def _is_counted(text: str, match: regex.Match[str], words: _Words) -> bool:
    """A number with a unit that is counted, and no year, ordinal or figure of speech."""
    printed, unit = match["number"], match["unit"]
    if match["fraction"]:
        return True
    if printed[0].isdigit():
        # 2013村, 2012级: a bare year in front of a noun is a year.
        return not (_BARE_YEAR.fullmatch(printed) and unit in words.year_nouns)
    # 三支 counts where a comparator or a verb of doing shows that a number is meant; 一批 and 两市 never.
    shown = bool(match["before"] or match["after"] or match["hedge"] or match["high"])
    if printed in _BARE_PLACES:
        return unit in words.strict and bool(match["before"])  # 近百名, but no 千家万户
    if len(printed) == 1:
        doing = words.acts.search(text, max(0, match.start() - 12), match.start())
        counted = unit in words.strict and printed in words.single and bool(shown or doing)
        return counted or bool(match["high"])
    return "〇" not in printed and (unit not in words.loose or shown)


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


def _hedge(text: str, match: regex.Match[str], number: int, sentence: int, words: _Words) -> tuple[tuple[int, int] | None, bool]:
    """The place of the hedge that governs a number, and whether one stands before it in its sentence at all.

    The nearest one counts. It governs its own clause and those after it in which only its own verbs stand
    (争取…达到40%,…达到50%): a clause with another verb or bound is under it no more.
    """
    if match["hedge"]:
        return match.span("hedge"), True
    last = None
    for found in words.hedge.finditer(text, sentence, number):
        last = found
    if last is None:
        return None, False
    comma = _COMMA.search(text, last.end())
    if comma is None or comma.start() >= number:
        return last.span(), True
    governed = {m[0] for m in words.hedge_ends.finditer(text, last.end(), comma.start())}
    others = {m[0] for m in words.hedge_ends.finditer(text, comma.end(), number)}
    return (last.span() if others <= governed else None), True


def _kind(text: str, match: regex.Match[str], number: int, sentence: int, words: _Words, promised: bool) -> str:
    """Target, achieved or cumulative: the last word of time or of doing before the number decides."""
    clause = max(sentence, _last_end(_CLAUSE, text, match.start()))
    bracket = text.rfind("(", clause, match.start())
    if promised:
        return "target"
    kind = None
    for found in words.kinds.finditer(text, sentence, match.end()):
        kind = "achieved" if found["achieved"] else "target"
    if kind != "target" and words.cumulative.search(text, max(clause, bracket), number):
        return "cumulative"
    return kind or "target"


def _indicator(text: str, match: regex.Match[str], words: _Words) -> tuple[int, int] | None:
    """What is measured: the words before the number, or its object where a verb of doing stands there.

    None where neither reads as a noun: an empty indicator is better than half a sentence.
    """
    start = _last_end(_CLAUSE, text, match.start())
    following = None if match["unit"] in words.frequency or match["fraction"] else words.object.match(text, match.end())
    if following and words.acts.search(text, start, match.start()):
        return following.span()
    subject = _subject(text, match.start(), match.start(), words)
    return subject or (following.span() if following else None)


def _subject(text: str, before: int, end: int, words: _Words) -> tuple[int, int] | None:
    start = _last_end(_CLAUSE, text, before)
    left = words.strip_left.match(text, start, end)
    start = left.end() if left else start
    right = words.strip_right.search(text, start, end)
    if right and words.opens.match(text, start, right.start()):
        right = words.strip_words.search(text, start, end)  # in 开展救护员培训30期 the last verb is a noun
    end = right.start() if right else end
    return (start, end) if end - start >= 2 and words.subject.fullmatch(text, start, end) else None
