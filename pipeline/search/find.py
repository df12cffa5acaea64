"""Ask the index: what was found, where it stands in the source, and a snippet with the hits marked."""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.model import Span
from pipeline.search.index import LINES, opened
from pipeline.search.query import Query, QueryError, Term, expression, read_query
from pipeline.search.words import tokens

# How much of a long text is shown around its first hit.
_BEFORE, _SNIPPET = 30, 120
# Of a long text so much is looked through for what to mark.
_LOOKED_THROUGH = 20_000
_MOST_MARKS = 50


@dataclass(frozen=True, slots=True)
class Hit:
    """One line or row. ``table`` is ``lines`` for a line of text; ``span`` is in documents.text, of the hit itself for a line
    that has one, else of the row; ``marks`` are the stretches of ``snippet`` that were looked for."""

    document: str
    doc_id: str
    title: str | None
    table: str
    row_id: str
    page: int | None
    line: int
    line_last: int
    span: Span
    year: int | None
    snippet: str
    marks: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """What a query found: how many there are in all, and the best of them."""

    query: str
    total: int
    hits: tuple[Hit, ...]


def search(folder: Path, query: str, *, table: str | None = None, year: int | None = None, limit: int = 20) -> Results:
    """Search a published set for words, phrases, beginnings (``红十*``), alternatives (``OR``) and without (``-``).

    Values that a row takes from headings count beside a word of its own, or by themselves where a ``table`` is named. A line
    is left out where a row that it was read into is found. Raises :class:`~pipeline.report.published.NoSet`, and
    :class:`~pipeline.search.query.QueryError` where there is nothing to look for or no such table.
    """
    asked = read_query(query)
    try:
        return _search(folder, asked, table, year, limit, anew=False)
    except sqlite3.DatabaseError:
        # A damaged file shows itself only where it is read.
        return _search(folder, asked, table, year, limit, anew=True)


def _search(folder: Path, asked: Query, table: str | None, year: int | None, limit: int, *, anew: bool) -> Results:
    with opened(folder, anew=anew) as connection:
        kinds = {kind for (kind,) in connection.execute("select distinct kind from entries")}
        if table is not None and table not in kinds:
            raise QueryError(f"没有表 {table} / there is no table {table}; there are: {', '.join(sorted(kinds))}")
        found = _found(connection, asked, table, year)
        return Results(asked.typed, len(found), tuple(_hit(connection, number, asked) for number in found[:limit]))


def _found(connection: sqlite3.Connection, asked: Query, table: str | None, year: int | None) -> list[int]:
    """The entries that were found, best first."""
    where = ["looked match ?"]
    given: list[str | int] = [expression(asked, context=table is not None)]
    for name, value in (("kind", table), ("year", year)):
        if value is not None:
            where.append(f"entries.{name} = ?")
            given.append(value)
    rows = connection.execute(
        "select entries.number, document, kind, line, line_last from looked join entries on entries.number = looked.rowid "
        f"where {' and '.join(where)} order by bm25(looked, 1.0, 3.0, 0.2), document, span_start, entries.number",
        given).fetchall()
    covered = {(document, line) for _, document, kind, first, last in rows if kind != LINES
               for line in (range(first, last + 1) if kind != "articles" else (first,))}
    return [number for number, document, kind, line, _ in rows if kind != LINES or (document, line) not in covered]


def _hit(connection: sqlite3.Connection, number: int, asked: Query) -> Hit:
    row: tuple[Any, ...] = connection.execute(
        "select path, doc_id, title, kind, row_id, page, line, line_last, span_start, span_end, year, own, context "
        "from entries join documents on documents.number = document where entries.number = ?", (number,)).fetchone()
    path, doc_id, title, kind, row_id, page, line, last, start, end, year, own, context = row
    marks = _marks(own, asked.terms)
    if not marks and context:
        own, marks = f"{own} · {context}", _marks(f"{own} · {context}", asked.terms)
    # The entry of a line keeps the whole line, its span leaves out the blanks around it.
    shift = start - (len(own) - len(own.lstrip())) if kind == LINES else 0
    span = Span(shift + marks[0].start, shift + marks[-1].end) if kind == LINES and marks else Span(start, end)
    snippet, shown = _snippet(own, marks)
    return Hit(path, doc_id, title, kind, row_id, page, line, last, span, year, snippet, shown)


def _marks(text: str, terms: Sequence[Term]) -> tuple[Span, ...]:
    """Where the terms stand: their tokens one after the other, else their words."""
    read = tokens(text[:_LOOKED_THROUGH])
    said = "\n".join(t.text for t in read)
    starts: list[int] = []
    length = 0
    for token in read:
        starts.append(length)
        length += len(token.text) + 1
    found: list[Span] = []
    for term in terms:
        here = _stretches(said, starts, read, term.tokens, term.prefix)
        if not here:
            for word in term.words:
                here += _stretches(said, starts, read, tuple(t.text for t in tokens(word)), False)
        found += here
    merged: list[Span] = []
    for span in sorted(found):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(span.end, merged[-1].end))
        else:
            merged.append(span)
    return tuple(merged[:_MOST_MARKS])


def _stretches(said: str, starts: list[int], read: list[Any], wanted: tuple[str, ...], prefix: bool) -> list[Span]:
    needle = "\n".join(wanted)
    out: list[Span] = []
    place = said.find(needle) if needle else -1
    while place >= 0 and len(out) < _MOST_MARKS:
        end = place + len(needle)
        whole = (place == 0 or said[place - 1] == "\n") and (prefix or end == len(said) or said[end] == "\n")
        if whole:
            first, last = bisect_right(starts, place) - 1, bisect_right(starts, end - 1) - 1
            out.append(Span(read[first].span.start, read[last].span.end))
        place = said.find(needle, place + 1)
    return out


def _snippet(text: str, marks: tuple[Span, ...]) -> tuple[str, tuple[Span, ...]]:
    """So much of the text as is shown, on one line, and the marks in it."""
    first = marks[0].start if marks else 0
    start = max(0, first - _BEFORE) if len(text) > _SNIPPET else 0
    end = min(len(text), start + _SNIPPET)
    before, after = ("…" if start else ""), ("…" if end < len(text) else "")
    kept = tuple(Span(max(m.start, start) - start + len(before), min(m.end, end) - start + len(before))
                 for m in marks if m.start < end and m.end > start)
    # One blank for one: the marks stay where they are.
    shown = "".join(" " if c.isspace() or not c.isprintable() else c for c in text[start:end])
    return before + shown + after, kept
