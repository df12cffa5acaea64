"""大事记: what bears a printed date, year by year; unknown days after the known ones of a month.

An entry is the signing or publication of a paper, or a sentence of a report with its own full date. What is planned is no
event: sentences that speak of what is to come are left out, and papers that plan are entered as papers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import regex

from pipeline.export.citations import Published, published
from pipeline.export.clean import for_markdown
from pipeline.export.dataset import PublishedSet, Record
from pipeline.export.material import Sorter
from pipeline.export.wordfile import Noted, WordFile
from pipeline.export.wording import words
from pipeline.values.dates import periods

_SENTENCE = regex.compile(r"[^。！？!?\n]++[。！？!?]?[”’』」]?")
_FULL_YEAR = regex.compile(r"(?:19|20)\d\d\s?年|[一二][〇○零一二三四五六七八九]{3}\s?年")
_UNKNOWN_LAST = 99


@dataclass(frozen=True, slots=True)
class Event:
    """One entry: when, as precisely as it is printed, what, and its footnote."""

    year: int
    month: int | None
    day: int | None
    text: str
    note: str
    checks: tuple[str, ...] = ()
    order: tuple[Any, ...] = ()


def events(sorter: Sorter) -> tuple[Event, ...]:
    """Every entry of a set, in the order of a 编年体."""
    found = [*_papers(sorter), *_told(sorter)]
    return tuple(sorted(found, key=lambda e: (e.year, e.month or _UNKNOWN_LAST, e.day or _UNKNOWN_LAST, e.order)))


def undated(sorter: Sorter) -> tuple[Record, ...]:
    """The articles that bear no date and were published on none that is known."""
    return tuple(a for a in sorter.data.articles.values() if _date_of(sorter.data, a)[0].year is None)


def _date_of(data: PublishedSet, article: Record) -> tuple[Published, str]:
    """The date of a paper and what it is: that of its signature, or of its publication."""
    signed = article["date"]
    if signed:
        return Published(signed.year, signed.month, signed.day), "signed"
    return published(data.document(article)["source_published"]), "published"


def _papers(sorter: Sorter) -> Iterator[Event]:
    said = words("chronicle")
    for article in sorter.data.articles.values():
        when, kind = _date_of(sorter.data, article)
        if when.year is None or not article["title"]:
            continue
        title = article["title"].translate(str.maketrans("《》", "〈〉"))
        kind = "spoken" if article["genre"] == "speech" and kind == "signed" else kind
        text = said["wordings"][kind].format(issuer=article["issuer"] or said["issuer"], title=title)
        if article["genre"] == "work_plan":
            text += said["plan_note"]
        checks = tuple(f["message_zh"] for f in sorter.data.grave("articles", article) if f["code"].startswith(("date", "year")))
        head = {**article, "line_last": article["line_first"]}
        yield Event(when.year, when.month, when.day, text, sorter.cite(head), checks, _order(sorter, article))


def _told(sorter: Sorter) -> Iterator[Event]:
    """Sentences of reports that print a date with its year and are no announcement."""
    said = words("chronicle")
    for row in sorter.data.rows("paragraphs"):
        article = sorter.data.article(row)
        if not article or article["genre"] not in said["genres"]:
            continue
        paper = _date_of(sorter.data, article)[0]
        for sentence in _SENTENCE.findall(row["text"] or ""):
            if any(word in sentence for word in said["to_come"]) or not _FULL_YEAR.search(sentence[:40]):
                continue
            when = _printed(sentence)
            if when and not _after(when, paper):
                checks = tuple(f["message_zh"] for f in sorter.data.grave("paragraphs", row))
                assert when.year is not None
                yield Event(when.year, when.month, when.day, sentence.strip(), sorter.cite(row), checks, _order(sorter, row))


def _printed(sentence: str) -> Published | None:
    """The date that a sentence begins with or names first, in its first clause; None for spans of time."""
    clause = regex.split("[,，;；]", sentence, maxsplit=1)[0]
    found = next(iter(periods(clause, None)), None)
    if found is None or found.first is None or found.last is None:
        return None
    first, last = found.first, found.last
    if first == last:
        return Published(first.year, first.month, first.day)
    printed = clause[found.start : found.end]
    if first.day == 1 and first.month == last.month and first.year == last.year and regex.search(r"月份?\Z", printed):
        return Published(first.year, first.month)
    return None


def _after(when: Published, paper: Published) -> bool:
    if paper.year is None or when.year is None:
        return False
    return (when.year, when.month or 0, when.day or 0) > (paper.year, paper.month or _UNKNOWN_LAST, paper.day or _UNKNOWN_LAST)


def _order(sorter: Sorter, row: Record) -> tuple[Any, ...]:
    return sorter.data.document(row)["source_path"], row["doc_id"], row["span_start"], row["seq"]


def dated(found: tuple[Event, ...]) -> Iterator[tuple[int | None, str, Event]]:
    """Each entry with its year where a new one begins, and the words for its date: 3月5日, 同日, 是月, 是年.

    >>> made = [(2013, 3, 5), (2013, 3, 5), (2013, 3, None), (2013, None, None)]
    >>> [(year, when) for year, when, _e in dated(tuple(Event(*when, "甲", "") for when in made))]
    [(2013, '3月5日'), (None, '同日'), (None, '是月'), (None, '是年')]
    """
    said = words("chronicle")
    before: Event | None = None
    for event in found:
        new_year = before is None or before.year != event.year
        same_month = before is not None and not new_year and before.month == event.month
        if event.month is None:
            when = str(said["same_year"])
        elif event.day is None:
            when = str(said["same_month"]) if same_month else f"{event.month}月"
        elif same_month and before is not None and before.day == event.day:
            when = str(said["same_day"])
        else:
            when = f"{event.month}月{event.day}日"
        yield (event.year if new_year else None), when, event
        before = event


def as_word(data: PublishedSet, year: int, check: str) -> bytes:
    """The 大事记 as .docx; ``check`` is the form of a note about a finding."""
    said = words("chronicle")
    sorter = Sorter(data, year)
    book = WordFile(said["title"])
    book.title(said["title"])
    book.paragraph([Noted(said["note"])], "Remark")
    for new, when, event in dated(events(sorter)):
        if new is not None:
            book.heading(1, f"{new}年")
        book.paragraph([Noted(f"{when}　"), Noted(event.text, event.note)])
        for message in event.checks:
            book.paragraph([Noted(check.format(message=message))], "Check")
    left = undated(sorter)
    if left:
        book.heading(1, said["undated"])
    for article in left:
        book.paragraph([Noted(_shown_title(article), sorter.cite({**article, "line_last": article["line_first"]}))])
    return book.to_bytes()


def as_markdown(data: PublishedSet, year: int, check: str) -> bytes:
    """The 大事记 as Markdown, with the footnotes of Pandoc and GitHub."""
    said = words("chronicle")
    sorter = Sorter(data, year)
    lines, notes = [f"# {said['title']}", "", said["note"]], []
    for new, when, event in dated(events(sorter)):
        if new is not None:
            lines += ["", f"## {new}年"]
        notes.append(event.note)
        lines += ["", f"**{when}**　{for_markdown(event.text)}[^{len(notes)}]"]
        lines += [line for message in event.checks for line in ("", f"> {for_markdown(check.format(message=message))}")]
    left = undated(sorter)
    if left:
        lines += ["", f"## {said['undated']}"]
    for article in left:
        notes.append(sorter.cite({**article, "line_last": article["line_first"]}))
        lines += ["", f"- {for_markdown(_shown_title(article))}[^{len(notes)}]"]
    lines += ["", *(f"[^{number}]: {for_markdown(note)}" for number, note in enumerate(notes, 1))]
    return ("\n".join(lines) + "\n").encode()


def _shown_title(article: Record) -> str:
    return article["title"] or str(words("citation")["title"])


