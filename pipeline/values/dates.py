"""Dates and periods as intervals, never more precise than the print. Usable alone."""

from __future__ import annotations

import tomllib
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import regex

from pipeline.model import Span
from pipeline.paths import rules_dir
from pipeline.values.numbers import parse_ordinal
from pipeline.view import View, fold

_CN_YEAR = "[一二][〇○零一二三四五六七八九]{3}"
_YEAR = rf"(?P<year>(?<!\d)(?:19|20)\d\d|{_CN_YEAR})"
_MONTH = r"(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_DAY = r"(?:3[01]|[12]\d|0?[1-9]|三十一?|二?十[一二三四五六七八九]?|[一二三四五六七八九])"
_TO = r"\s?(?:—+|–|-|~|～|至|到)\s?"
_DATE = regex.compile(
    rf"{_YEAR}(?:\s?年(?:\s?(?P<month>{_MONTH})\s?月(?:份|\s?(?P<day>{_DAY})\s?[日号])?)?"
    rf"|(?P<mark>[-./])(?P<month>{_MONTH})(?P=mark)(?P<day>{_DAY})(?!\d))"
)


@dataclass(frozen=True, slots=True)
class Period:
    """A printed period at ``text[start:end]``; a bound is None where the text does not give it."""

    start: int
    end: int
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class _Words:
    pattern: regex.Pattern[str]
    years: dict[str, int]
    parts: dict[str, tuple[int, int]]
    plans: dict[str, int]


def _any_of(words: Any) -> str:
    return "|".join(regex.escape(w) for w in sorted(words, key=lambda w: (-len(w), w)))


@cache
def _words() -> _Words:
    data = tomllib.loads((rules_dir() / "values" / "dates.toml").read_text("utf-8"))
    parts, plans, nouns = data["parts"], _any_of(data["plans"]), _any_of(data["plan_nouns"]["list"])
    day = rf"(?P<month>{_MONTH})\s?月(?:(?P<day>{_DAY})[日号]|份)?"
    to = rf"{_TO}(?:(?P<to_month>{_MONTH})月)?(?:(?P<to_day>{_DAY})[日号])?"
    months = rf"(?P<from_month>{_MONTH})(?:月)?{_TO}(?P<last_month>{_MONTH})月(?:份)?"
    month_or_day = rf"{months}(?!\d)|{day}(?:{to}(?<=[月日号份]))?"
    edge = "(?:(?P<before>底?(?:以前|之前|前))|(?P<since>以来|以后|之后|起))?"
    pattern = regex.compile(
        rf"(?P<from>(?<!\d)(?:19|20)\d\d|{_CN_YEAR})年?{_TO}(?P<to>(?:19|20)\d\d|{_CN_YEAR})年"
        rf"|(?P<century>\d\d)世纪(?P<decade>\d0)年代|(?<!\d)(?P<tens>(?:19|20)\d0)年代"
        rf"|[“\"](?P<plan>{plans})[”\"](?P<plan_end>末)?"
        rf"|(?<![一二三四五六七八九十])(?P<plan>{plans})(?={nouns})(?P<plan_end>末)?"
        rf"|(?:{_YEAR}\s?年(?:度|内)?|(?<![\d一二两三四五六七八九十几每历])(?P<own>{_any_of(data['years'])}))"
        rf"(?:\s?(?:{month_or_day}|(?P<part>{_any_of(parts)}|[底末初])))?{edge}"
        rf"|(?<![年每]|\d)(?:{month_or_day}|(?P<part>{_any_of(parts)})){edge}"
    )
    return _Words(pattern, data["years"], {w: (a, b) for w, (a, b) in parts.items()}, data["plans"])


def document_date(text: str) -> tuple[date, date] | None:
    """The interval that a printed date names: a day, a month or a year; None where it names none.

    >>> document_date("二〇一三年一月十五日")[0].isoformat(), document_date("２０１３年2月")[1].isoformat()
    ('2013-01-15', '2013-02-28')
    >>> document_date("2013-03-05")[0].isoformat(), document_date("2013年2月30日")
    ('2013-03-05', None)
    """
    found = _DATE.search(fold(text))
    if not found:
        return None
    year, month, day = (parse_ordinal(found[g]) if found[g] else None for g in ("year", "month", "day"))
    return _interval(year, month, day) if year is not None else None


def _interval(year: int, month: int | None, day: int | None) -> tuple[date, date] | None:
    try:
        if month is None:
            return date(year, 1, 1), date(year, 12, 31)
        if day is None:
            return date(year, month, 1), date(year, month, monthrange(year, month)[1])
        return date(year, month, day), date(year, month, day)
    except ValueError:
        return None


def periods(text: str, year: int | None) -> tuple[Period, ...]:
    """Every period of the text; ``year`` is the document's, for 年内, 上半年 and 3月5日.

    >>> def show(text, year=2013):
    ...     return [(text[p.start:p.end], str(p.first), str(p.last)) for p in periods(text, year)]
    >>> show("2011—2015年")
    [('2011—2015年', '2011-01-01', '2015-12-31')]
    >>> show("“十二五”期间"), show("上半年", None)
    ([('“十二五”', '2011-01-01', '2015-12-31')], [('上半年', 'None', 'None')])
    >>> show("3月5日至8日"), show("6月底前")
    ([('3月5日至8日', '2013-03-05', '2013-03-08')], [('6月底前', 'None', '2013-06-30')])
    >>> show("三年内, 每年5月8日, 国发〔2012〕25号")
    []
    """
    view = View.of(text, Span(0, len(text)))
    out: list[Period] = []
    for found in _words().pattern.finditer(view.folded):
        first, last = _bounds(found, year)
        if found["since"]:
            last = None
        elif found["before"] and not found["part"] and (found["month"] or found["before"] != "底前"):
            first = None  # 6月底前 and 2020年前 give only their end; 年底前 lies within its year
        span = view.source(found.start(), found.end())
        out.append(Period(span.start, span.end, first, last))
    return tuple(out)


def _bounds(found: regex.Match[str], year: int | None) -> tuple[date | None, date | None]:
    words = _words()
    if found["from"]:
        return _years(_number(found["from"]), _number(found["to"]))
    if found["tens"] or found["decade"]:
        first = int(found["tens"]) if found["tens"] else (int(found["century"]) - 1) * 100 + int(found["decade"])
        return _years(first, first + 9)
    if found["plan"]:
        first = words.plans[found["plan"]]
        return _years(first + 4 if found["plan_end"] else first, first + 4)
    if found["year"]:
        year = _number(found["year"])
    elif year is not None:
        year += words.years.get(found["own"] or "", 0)
    if year is None:
        return None, None
    return _within(year, found)


def _within(year: int, found: regex.Match[str]) -> tuple[date | None, date | None]:
    """The part of the year that is printed; (None, None) where there is no such day."""
    if found["part"]:
        first, last = _words().parts.get(found["part"], (1, 12))
        return date(year, first, 1), date(year, last, monthrange(year, last)[1])
    if found["from_month"]:
        starts, ends = _number(found["from_month"]), _number(found["last_month"])
        return (date(year, starts, 1), date(year, ends, monthrange(year, ends)[1])) if starts <= ends else (None, None)
    month, day = (_number(found[g]) if found[g] else None for g in ("month", "day"))
    begin = _interval(year, month, day)
    if not (found["to_month"] or found["to_day"]):
        return begin or (None, None)
    to_month = _number(found["to_month"]) if found["to_month"] else month
    end = _interval(year, to_month, _number(found["to_day"]) if found["to_day"] else None)
    return (begin[0], end[1]) if begin and end and begin[0] <= end[1] else (None, None)


def _years(first: int, last: int) -> tuple[date, date]:
    return date(first, 1, 1), date(last, 12, 31)


def _number(text: str) -> int:
    return parse_ordinal(text) or 0
