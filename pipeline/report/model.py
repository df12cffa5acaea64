"""What a page about a document shows: its text cut at every boundary, its rows with their values, its findings.

Pure: :func:`view_document` makes frozen values from published rows, and whatever shows them (the mailed file, the page for
review) only writes them down. Joining the pieces of all parts gives ``documents.text`` back.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from pipeline.ingest.physical import physical_lines
from pipeline.model import Document, Span
from pipeline.report.published import ColumnName, PublishedSet
from pipeline.report.words import Said, TableLook, table_looks

# A line longer than this is shown in parts, for a browser lays out one line as a whole.
LONGEST_PART = 1500
# So many rows and findings are named on one piece of text, the narrowest first; the others lead to it from their side.
MOST_ON_A_PIECE = 8
# A value is looked for in its row's span only where that span is no longer than this.
_LONGEST_LOOK = 5000
_FINDING_MARKED = 40

_HIDDEN = frozenset({
    "row_id", "doc_id", "article_id", "seq", "span_start", "span_end", "line_first", "line_last", "page", "rule_id", "corrected",
})
_PARENTS = ("item_id", "award_id", "resolved_row_id", "duplicate_of", "continues_article_id")
_SEVERITIES = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a row: ``place`` is where it stands or what shows it, ``inherited`` that this is outside the row."""

    column: str
    name: Said
    text: str
    origin: str | None
    place: Span | None
    place_line: int | None
    inherited: bool
    corrected: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One published row. ``index`` counts from 0 within its document; ``main`` names it for a person."""

    index: int
    table: str
    row_id: str
    parent: int | None
    span: Span
    line_first: int
    line_last: int
    page: int | None
    rule_id: str
    rule_file: str | None
    main: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding, as published; ``row`` is the index of the row that it is about."""

    index: int
    code: str
    severity: str
    span: Span | None
    line: int | None
    row: int | None
    column: Said | None
    message: Said
    hint: Said
    expected: str | None
    found: str | None


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text between two boundaries, with what covers it: rows and findings by index, the narrowest first.

    ``gives`` is True where other rows take a value from here, ``unparsed`` where no rule read it.
    """

    start: int
    end: int
    rows: tuple[int, ...] = ()
    findings: tuple[int, ...] = ()
    gives: bool = False
    unparsed: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A line with its line end, or a stretch of a long one: ``first`` is False for all but its first stretch."""

    line: int
    first: bool
    blank: bool
    page: int | None
    role: str | None
    duplicate_of: int | None
    confidence: float | None
    boxes: tuple[tuple[int, float, float, float, float], ...]
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class DocumentView:
    """Everything that a page about one document shows."""

    doc_id: str
    path: str
    title: str
    status: str
    coverage: float | None
    n_pages: int | None
    about: tuple[tuple[str, str], ...]
    text: str
    parts: tuple[Part, ...]
    rows: tuple[Row, ...]
    findings: tuple[FindingView, ...]
    looks: Mapping[str, TableLook]


@dataclass(frozen=True, slots=True)
class Mark:
    """A span with what it stands for: a row or a finding (by index), a heading that gives values, an unparsed stretch."""

    span: Span
    kind: str
    index: int = 0


def cut(text: str, marks: Iterable[Mark], starts: Iterable[int] = ()) -> tuple[Piece, ...]:
    """The text cut at every boundary of the marks and at ``starts``; the pieces joined are the text.

    Marks may overlap, nest and repeat. What lies outside the text, or is empty, is left out.

    >>> [(p.start, p.end, p.rows) for p in cut("甲乙丙", [Mark(Span(0, 3), "row", 0), Mark(Span(1, 2), "row", 1)])]
    [(0, 1, (0,)), (1, 2, (1, 0)), (2, 3, (0,))]
    """
    whole = len(text)
    kept = [m for m in marks if 0 <= m.span.start < m.span.end <= whole]
    bounds = sorted({0, whole, *(s for s in starts if 0 < s < whole), *(b for m in kept for b in m.span)})
    opening = sorted(kept, key=lambda m: m.span.start)
    closing = sorted(kept, key=lambda m: m.span.end)
    active: dict[str, list[tuple[int, int]]] = {"row": [], "finding": [], "gives": [], "unparsed": []}
    pieces: list[Piece] = []
    opened = closed = 0
    for start, end in pairwise(bounds):
        while closed < len(closing) and closing[closed].span.end <= start:
            gone = closing[closed]
            entries = active[gone.kind]
            del entries[bisect_left(entries, (gone.span.end - gone.span.start, gone.index))]
            closed += 1
        while opened < len(opening) and opening[opened].span.start <= start:
            new = opening[opened]
            insort(active[new.kind], (new.span.end - new.span.start, new.index))
            opened += 1
        rows, findings = (tuple(i for _, i in active[k][:MOST_ON_A_PIECE]) for k in ("row", "finding"))
        pieces.append(Piece(start, end, rows, findings, bool(active["gives"]), bool(active["unparsed"])))
    return tuple(pieces)


def in_order(published: PublishedSet) -> tuple[str, ...]:
    """The documents: failed, then partial, then those with errors and warnings, else as published."""
    worst: dict[str, int] = {}
    for doc_id, severity in published.column("findings", "doc_id", "severity"):
        worst[doc_id] = min(worst.get(doc_id, 9), _SEVERITIES.index(severity))
    states = dict(published.column("documents", "doc_id", "status"))
    order = ("failed", "partial", "parsed")
    return tuple(sorted(published.doc_ids, key=lambda d: (order.index(states[d]), worst.get(d, 9))))


def view_document(published: PublishedSet, doc_id: str) -> DocumentView:
    """One document as a page shows it. KeyError where the set does not hold it."""
    found = published.rows("documents", doc_id)
    if not found:
        raise KeyError(doc_id)
    document = found[0]
    text = document["text"] or ""
    looks = table_looks(published.row_tables, {t: _described(published, t) for t in published.row_tables})
    lines = physical_lines(Document(doc_id, document["source_path"], "", None, "", text))
    rules = {row["rule_id"]: row["rule_file"] for row in published.rows("rules_used", doc_id)}
    starts = [line.start for line in lines]
    rows = _rows(published, doc_id, text, looks, rules, starts)
    by_id = {row.row_id: row.index for row in rows}
    findings = _findings(published, doc_id, by_id)
    ledger = {entry["line_no"]: entry for entry in published.rows("lines", doc_id)}
    bounds = (*_part_starts(starts, len(text)), *_value_bounds(rows))
    pieces = cut(text, _marks(rows, findings, ledger.values()), bounds)
    return DocumentView(
        doc_id, document["source_path"], document["source_title"] or document["source_path"], document["status"],
        document["coverage"], document["n_pages"], _about(document), text, _parts(pieces, starts, ledger, text),
        rows, findings, looks,
    )


def _described(published: PublishedSet, table: str) -> Said:
    about = published.tables[table].schema.metadata or {}
    return Said(about.get(b"description_zh", table.encode()).decode(), about.get(b"description_en", table.encode()).decode())


def _about(document: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    names = ("source_title", "source_publisher", "source_published", "source_issue", "source_author", "source_url",
             "media_type", "encoding", "extractor", "doc_id")
    copies = (document["paths"] or [])[1:]
    given = [("file", document["source_path"]), ("paths", "\n".join(copies)), *((n, document[n]) for n in names)]
    return tuple((f"about_{name}", str(value)) for name, value in given if value)


def as_text(value: Any) -> str:
    """A published value as a person reads it.

    >>> as_text(Decimal("150000000.000000000")), as_text(["甲", "乙"]), as_text(Decimal("40.500"))
    ('150000000', '甲、乙', '40.5')
    """
    if isinstance(value, Decimal):
        whole = format(value, "f")
        return whole.rstrip("0").rstrip(".") if "." in whole else whole
    if isinstance(value, bool):
        return "是 / yes" if value else "否 / no"
    if isinstance(value, (list, tuple)):
        return "、".join(str(v) for v in value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _rows(published: PublishedSet, doc_id: str, text: str, looks: Mapping[str, TableLook], rules: Mapping[str, str | None],
          starts: Sequence[int]) -> tuple[Row, ...]:
    raw = [(table, row) for table in published.row_tables for row in published.rows(table, doc_id)]
    # By place, so that the rows stand in the order of the text; the outer row of two that begin together first.
    raw.sort(key=lambda entry: (entry[1]["span_start"], -entry[1]["span_end"]))
    index = {row["row_id"]: place for place, (_, row) in enumerate(raw)}
    names = {t: {c.name: _label(c) for c in published.columns(t)} for t in published.row_tables}
    out = []
    for place, (table, row) in enumerate(raw):
        span = Span(row["span_start"], row["span_end"])
        parent = next((index[row[name]] for name in _PARENTS if row.get(name) in index and row[name] != row["row_id"]), None)
        out.append(Row(
            place, table, row["row_id"], parent, span, row["line_first"], row["line_last"],
            row["page"], row["rule_id"], rules.get(row["rule_id"]), _main(row, looks[table], text, span),
            tuple(_values(row, names[table], text, span, starts)),
        ))
    return tuple(out)


def _label(column: ColumnName) -> Said:
    # What a description says after the name (；无则空) is for the dictionary.
    return Said(column.zh.split("；")[0], column.name.replace("_", " "))


def _main(row: Mapping[str, Any], shown: TableLook, text: str, span: Span) -> str:
    for name in shown.main:
        if row.get(name):
            return as_text(row[name])
    return " ".join(text[span.start : min(span.end, span.start + 80)].split())


def _values(row: Mapping[str, Any], names: Mapping[str, Said], text: str, span: Span, starts: Sequence[int]) -> Iterator[Value]:
    corrected = row["corrected"] or ()
    for name, words in names.items():
        if name in _HIDDEN or name in _PARENTS or name.endswith("_evidence") or row[name] is None or row[name] == []:
            continue
        if name.endswith("_origin") and name.removesuffix("_origin") in names:
            continue
        origin, shown = row.get(f"{name}_origin"), row.get(f"{name}_evidence")
        value = as_text(row[name])
        place = Span(shown["span_start"], shown["span_end"]) if shown else None
        inherited = place is not None and not (span.start <= place.start and place.end <= span.end)
        if place is None or place == span:
            place = _printed_at(text, span, value) or place
        line = bisect_left(starts, place.start + 1) if place else None
        yield Value(name, words, value, origin, place, line, inherited, name in corrected)


def _printed_at(text: str, span: Span, value: str) -> Span | None:
    """Where the value stands in its row's span, when it stands there once."""
    if not value or span.end - span.start > _LONGEST_LOOK:
        return None
    first = text.find(value, span.start, span.end)
    if first < 0 or text.find(value, first + 1, span.end) >= 0:
        return None
    return Span(first, first + len(value))


def _findings(published: PublishedSet, doc_id: str, by_id: Mapping[str, int]) -> tuple[FindingView, ...]:
    raw = published.rows("findings", doc_id)
    # What no rule read comes first: there a value may be missing altogether.
    raw.sort(key=lambda f: (f["code"] != "unparsed", _SEVERITIES.index(f["severity"]), f["line"] or 0))
    out = []
    for place, f in enumerate(raw):
        hint_zh, _, hint_en = (f["hint"] or "").partition(" / ")
        column = None
        if f["column"] and f["table"] in published.tables:
            described = {c.name: _label(c) for c in published.columns(f["table"])}
            column = described.get(f["column"], Said(f["column"], f["column"]))
        span = Span(f["span_start"], f["span_end"]) if f["span_start"] is not None and f["span_end"] is not None else None
        out.append(FindingView(
            place, f["code"], f["severity"], span if span and span.end > span.start else None, f["line"],
            by_id.get(f["about_row_id"] or ""), column, Said(f["message_zh"], f["message_en"]), Said(hint_zh, hint_en or hint_zh),
            f["expected"], f["found"],
        ))
    return tuple(out)


def _value_bounds(rows: Sequence[Row]) -> Iterator[int]:
    """The places of single values, which can be shown by themselves but have no colour of their own."""
    for row in rows:
        for value in row.values:
            yield from value.place or ()


def _marks(rows: Sequence[Row], findings: Sequence[FindingView], ledger: Iterable[Mapping[str, Any]]) -> Iterator[Mark]:
    gives: set[Span] = set()
    for row in rows:
        # An article covers all its rows; it is named by a heading beside the text and not by colour.
        if row.table != "articles":
            yield Mark(row.span, "row", row.index)
        gives |= {v.place for v in row.values if v.place and v.inherited}
    for span in gives:
        yield Mark(span, "gives")
    for finding in findings:
        if finding.span:
            # Of a long stretch the beginning is marked; the whole of it is shown when the finding is.
            start, end = finding.span
            yield Mark(Span(start, min(end, start + _FINDING_MARKED)), "finding", finding.index)
    for entry in ledger:
        if entry["segments"]:
            for segment in entry["segments"]:
                if segment["role"] == "unparsed":
                    yield Mark(Span(segment["span_start"], segment["span_end"]), "unparsed")
        elif entry["role"] == "unparsed":
            yield Mark(Span(entry["span_start"], entry["span_end"]), "unparsed")


def _part_starts(starts: Sequence[int], length: int) -> Iterator[int]:
    for start, end in pairwise([*starts, length]):
        yield from range(start, end, LONGEST_PART)


def _parts(pieces: Sequence[Piece], starts: Sequence[int], ledger: Mapping[int, Mapping[str, Any]],
           text: str) -> tuple[Part, ...]:
    out: list[Part] = []
    place = 0
    for number, (start, end) in enumerate(pairwise([*starts, len(text)]), 1):
        entry = ledger.get(number, {})
        boxes = tuple((b["page"], b["x0"], b["y0"], b["x1"], b["y1"]) for b in entry.get("boxes") or ())
        for part in range(start, end, LONGEST_PART):
            first, stop = place, min(part + LONGEST_PART, end)
            while place < len(pieces) and pieces[place].end <= stop:
                place += 1
            out.append(Part(number, part == start, not text[start:end].strip(), entry.get("page"), entry.get("role"),
                            entry.get("duplicate_of"), entry.get("confidence"), boxes, tuple(pieces[first:place])))
    return tuple(out)

