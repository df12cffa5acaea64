"""Dates and periods as intervals, never more precise than the print. Usable alone."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

import regex

from pipeline.values.numbers import parse_ordinal

_YEAR = r"(?P<year>(?:19|20)\d\d|[一二][〇零一二三四五六七八九]{3})"
_DATE = regex.compile(
    rf"{_YEAR}\s?年(?:\s?(?P<month>\d{{1,2}}|[一二三四五六七八九十]{{1,2}})\s?月(?:\s?(?P<day>\d{{1,2}}|[一二三四五六七八九十]{{1,3}})\s?日)?)?"
)
_PERIOD = regex.compile(
    r"(?P<from>(?:19|20)\d\d)年?\s?(?:—|–|-|~|至|到)\s?(?P<to>(?:19|20)\d\d)年"
    r"|(?P<year>(?:19|20)\d\d)年(?P<half>上半年|下半年|底|末|内|度)?"
    r"|(?P<own>年内|今年|全年|本年度|上半年|下半年|年底|年末|明年|去年)"
)


@dataclass(frozen=True, slots=True)
class Period:
    """A printed period at ``text[start:end]``; None bounds where the year is not known."""

    start: int
    end: int
    first: date | None
    last: date | None


def document_date(text: str) -> tuple[date, date] | None:
    """The interval that a printed date names: a day, a month or a year.

    >>> document_date("二〇一三年一月十五日")[0].isoformat(), document_date("2013年2月")[1].isoformat()
    ('2013-01-15', '2013-02-28')
    """
    found = _DATE.search(text)
    if not found:
        return None
    year = parse_ordinal(found["year"])
    month = parse_ordinal(found["month"]) if found["month"] else None
    day = parse_ordinal(found["day"]) if found["day"] else None
    if year is None:
        return None
    try:
        if month is None:
            return date(year, 1, 1), date(year, 12, 31)
        if day is None:
            return date(year, month, 1), date(year, month, monthrange(year, month)[1])
        return date(year, month, day), date(year, month, day)
    except ValueError:
        return None


def periods(text: str, year: int | None) -> tuple[Period, ...]:
    """Every period in folded text; ``year`` is the document's, for 年内 and 上半年.

    >>> [(p.first.year, p.last.year) for p in periods("2011—2015年", None)]
    [(2011, 2015)]
    >>> [p.last.isoformat() for p in periods("上半年完成", 2013)]
    ['2013-06-30']
    """
    out: list[Period] = []
    for found in _PERIOD.finditer(text):
        if found["from"]:
            bounds: tuple[date | None, date | None] = (date(int(found["from"]), 1, 1), date(int(found["to"]), 12, 31))
        elif found["year"]:
            bounds = _within(int(found["year"]), found["half"] or "")
        else:
            bounds = _own(found["own"], year)
        out.append(Period(found.start(), found.end(), *bounds))
    return tuple(out)


def _within(year: int, part: str) -> tuple[date, date]:
    if part == "上半年":
        return date(year, 1, 1), date(year, 6, 30)
    if part == "下半年":
        return date(year, 7, 1), date(year, 12, 31)
    return date(year, 1, 1), date(year, 12, 31)


def _own(word: str, year: int | None) -> tuple[date | None, date | None]:
    if year is None:
        return None, None
    return _within(year + {"明年": 1, "去年": -1}.get(word, 0), word)
