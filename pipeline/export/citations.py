"""Citations in GB/T 7714-2015 and in the historians' footnote style. Usable alone.

What is not known is named as unknown (〔责任者不详〕, 〔日期不详〕, 〔版次不详〕) and never guessed; a date is never given
more precisely than it was told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import regex

from pipeline.export.clean import visible
from pipeline.export.wording import words
from pipeline.values.dates import document_date

Medium = Literal["newspaper", "journal", "online", "other"]
_TIME = regex.compile(r"\d{1,2}\s?[:：时]\s?\d{1,2}(?:\s?[:：分]\s?\d{1,2})?")
_PAGE = regex.compile(r"第?\s?(?P<page>[A-Za-z]?\d{1,4}|[一二三四五六七八九十百]{1,5})\s?版")
_NUMBER = regex.compile(r"第?\s?(?P<number>\d{1,5}|[一二三四五六七八九十百]{1,7})\s?期")


@dataclass(frozen=True, slots=True)
class Source:
    """Where an article was published, each as told; None where nothing is told. ``signed`` is the date printed below it."""

    title: str | None = None
    author: str | None = None
    publisher: str | None = None
    published: str | None = None
    issue: str | None = None
    url: str | None = None
    signed: date | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """A date of publication: as much of year, month and day as is told, or the text where it is no date."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    text: str | None = None


def source_of(document: Mapping[str, Any], article: Mapping[str, Any] | None = None, *, alone: bool = True) -> Source:
    """The source of an article of a document; ``alone`` where the document holds no other article.

    The title of a whole document stands for an article without title only where there is no other. The body that signs is
    the author; else the one named for the document.
    """
    article = article or {}
    title = article.get("title") or (document.get("source_title") if alone else None)
    return Source(title, article.get("issuer") or document.get("source_author"), document.get("source_publisher"),
                  document.get("source_published"), document.get("source_issue"), document.get("source_url"), article.get("date"))


def medium(source: Source) -> Medium:
    """Newspaper, journal or page, by what the source says of itself.

    >>> medium(Source(publisher="人民日报")), medium(Source(publisher="浙江学报", issue="3期")), medium(Source(url="http://a.cn"))
    ('newspaper', 'journal', 'online')
    """
    said = words("citation")
    name = (source.publisher or "").strip("《》 　")
    if _PAGE.search(source.issue or ""):
        return "newspaper"
    if name.endswith(tuple(said["newspapers"])) and not name.endswith(tuple(said["not_newspapers"])):
        return "newspaper"
    if name.endswith(tuple(said["journals"])) or _NUMBER.search(source.issue or ""):
        return "journal"
    return "online" if source.url else "other"


def published(text: str | None) -> Published:
    """A printed date of publication, to the precision that it has.

    >>> published("1998年12月25日"), published("2013"), published("2013-01至02"), published(None)
    (Published(year=1998, month=12, day=25, text=None), Published(year=2013, month=None, day=None, text=None), \
Published(year=None, month=None, day=None, text='2013-01至02'), Published(year=None, month=None, day=None, text=None))
    """
    text = (text or "").strip()
    if not text:
        return Published()
    dated = _TIME.sub("", text)
    found = document_date(dated if not regex.fullmatch(r"(?:19|20)\d\d", dated) else f"{dated}年") or _bare_month(dated)
    if found is None:
        return Published(text=text)
    first, last = found
    precision = 3 if first == last else 2 if first.month == last.month else 1
    numbers = len(regex.findall(r"\d+", dated))
    if numbers > precision:
        return Published(text=text)
    return Published(first.year, first.month if precision > 1 else None, first.day if precision > 2 else None)


def _bare_month(text: str) -> tuple[date, date] | None:
    """2013-01, which is a month and no day."""
    found = regex.fullmatch(r"((?:19|20)\d\d)[-./](1[0-2]|0?[1-9])", text)
    return document_date(f"{found[1]}年{int(found[2])}月") if found else None


def in_chinese(when: Published) -> str:
    """A date for running text.

    >>> in_chinese(Published(2013, 1, 15)), in_chinese(Published(2013)), in_chinese(Published())
    ('2013年1月15日', '2013年', '〔日期不详〕')
    """
    if when.year is None:
        return when.text or str(words("citation")["date"])
    return f"{when.year}年" + (f"{when.month}月" if when.month else "") + (f"{when.day}日" if when.day else "")


def _in_digits(when: Published) -> str:
    if when.year is None:
        return when.text or str(words("citation")["date"])
    return "-".join([f"{when.year}", *(f"{part:02d}" for part in (when.month, when.day) if part)])


def gbt7714(source: Source) -> str:
    """The reference in the form of GB/T 7714-2015.

    >>> gbt7714(Source("创造学习的思路", "谢希德", "人民日报", "1998-12-25", "第10版"))
    '谢希德.创造学习的思路[N].人民日报,1998-12-25(10).'
    >>> gbt7714(Source("工作要点", publisher="浙江日报"))
    '〔责任者不详〕.工作要点[N].浙江日报,〔日期不详〕(〔版次不详〕).'
    >>> gbt7714(Source("工作要点", "浙江省红十字会", None, "2013-01-15", None, "http://a.cn/1.html"))
    '浙江省红十字会.工作要点[EB/OL].(2013-01-15)[〔引用日期不详〕].http://a.cn/1.html.'
    """
    said, kind, when = words("citation"), medium(source), published(source.published)
    head = f"{source.author or said['author']}.{source.title or said['title']}"
    online = f"[{said['accessed']}].{source.url}" if source.url else ""
    carrier = "/OL" if source.url else ""
    place = _plain_name(source.publisher) or said["publisher"]
    if kind == "newspaper":
        out = f"{head}[N{carrier}].{place},{_in_digits(when)}({_page(source) or said['issue']}){online}."
    elif kind == "journal":
        number = _NUMBER.search(source.issue or "")
        issue = number["number"] if number else source.issue or said["issue"]
        out = f"{head}[J{carrier}].{place},{_in_digits(when)}({issue}){online}."
    elif kind == "online":
        year = f",{when.year}" if when.year else ""
        at = f"{place}{year}" if source.publisher else ""
        out = f"{head}[EB/OL].{at}({_in_digits(when)}){online}."
    else:
        page = f"({_page(source) or said['issue']})"
        out = f"{head}[Z].{place},{_in_digits(when)}{page}."
    return visible(out)


def footnote(source: Source) -> str:
    """The footnote of historians, without the stop at its end.

    >>> footnote(Source("关于《浙江红十字》报的通知", "浙江省红十字会", "《浙江日报》", "2013年1月15日", "第3版"))
    '浙江省红十字会：《关于〈浙江红十字〉报的通知》，《浙江日报》2013年1月15日，第3版'
    >>> footnote(Source("工作要点", signed=date(2015, 2, 10)))
    '〔责任者不详〕：《工作要点》，〔出版者不详〕，〔日期不详〕（落款2015年2月10日），〔版次不详〕'
    """
    said, kind, when = words("citation"), medium(source), published(source.published)
    author = source.author or said["author"]
    title = f"《{_nested(source.title)}》" if source.title else said["title"]
    place = _plain_name(source.publisher)
    told = in_chinese(when)
    if when == Published() and source.signed:
        told += said["signed"].format(date=in_chinese(Published(source.signed.year, source.signed.month, source.signed.day)))
    parts = [f"{author}：{title}"]
    if kind in ("newspaper", "journal"):
        parts.append(f"《{place}》{told}" if place else f"{said['publisher']}，{told}")
        parts.append(_issue(source, kind))
    elif kind == "online":
        parts += [p for p in (place, told) if p]
    else:
        parts += [place or said["publisher"], told, _issue(source, kind)]
    if source.url:
        parts.append(source.url)
    return visible("，".join(parts))


def place_in(path: str, page: int | None, first: int | None, last: int | None) -> str:
    """Where a row stands in its file.

    >>> place_in("要点.pdf", 2, 14, 16)
    '（文件：要点.pdf，第2页，第14—16行）'
    """
    said = words("citation")
    lines = f"{first}" if first == last else f"{first}—{last}"
    return visible(str(said["file"]).format(path=path, page=said["page"].format(page=page) if page else "",
                                            line=said["line"].format(line=lines) if first else ""))


def _page(source: Source) -> str | None:
    """The page of the newspaper; a bare number as it is given."""
    found = _PAGE.search(source.issue or "")
    return found["page"] if found else (source.issue or None)


def _issue(source: Source, kind: Medium) -> str:
    said = words("citation")
    if not source.issue:
        return str(said["issue"])
    found, number = _PAGE.search(source.issue), _NUMBER.search(source.issue)
    if not found and not number:
        # A column for both: a bare number does not say which it is.
        return str(said["issue_or_page"].format(issue=source.issue))
    parts = [f"第{number['number']}期"] if number else []
    return "，".join([*parts, f"第{found['page']}版"] if found else parts)


def _plain_name(name: str | None) -> str:
    return (name or "").strip("《》 　")


def _nested(title: str) -> str:
    """Marks of a title inside a title are single ones (GB/T 15834)."""
    return title.translate(str.maketrans("《》", "〈〉"))
