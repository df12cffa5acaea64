"""The values that flow through the pipeline: frozen, slotted, without logic.

Every offset is in Unicode code points of ``Document.text`` and every span is half-open, so
``document.text[span.start:span.end]`` is the evidence for whatever carries the span.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

Origin = Literal["stated", "inherited", "derived", "carried", "corrected"]

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Span(NamedTuple):
    """A half-open range of code points in ``Document.text``.

    >>> "红十字会"[slice(*Span(0, 3))]
    '红十字'
    """

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a person should look at; its wording is in ``rules/findings.toml`` under ``code``.

    ``params`` fill the placeholders of that wording. ``column`` and ``about_row_id`` say which
    value is meant; ``expected`` and ``found`` are printed values, as text.
    """

    code: str
    span: Span | None = None
    params: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    table: str | None = None
    about_row_id: str | None = None
    column: str | None = None
    expected: str | None = None
    found: str | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """Where a printed line stands on its page: in points (1/72 inch) from the top left corner of the page.

    ``page`` counts from 1. ``confidence`` is that of the character recognition, 0 to 1; None where nothing was recognised.
    """

    span: Span
    page: int
    x0: float
    y0: float
    x1: float
    y1: float
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """What a file says of its own publication (a page's meta tags), each as printed; None where it says nothing."""

    title: str | None = None
    published: str | None = None
    publisher: str | None = None
    issue: str | None = None
    author: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One input file, decoded. ``doc_id`` is the SHA-256 of its bytes, in hex.

    ``page_starts`` are the offsets at which a page begins, ascending, empty where the format has
    no pages. ``text`` is exactly what was decoded, without a byte order mark. ``furniture`` are the
    stretches that the format itself shows to be no part of the article (the frame of a web page).
    ``boxes`` are the printed lines of a format that has a layout, in the order of the text.
    ``merged`` holds, for a format that tells which cells of its tables are merged, the offset of each empty cell
    that goes on from a cell above it, with the span of that cell's text; None where the format does not tell.
    """

    doc_id: str
    source_path: str
    media_type: str
    encoding: str | None
    extractor: str
    text: str
    page_starts: tuple[int, ...] = ()
    findings: tuple[Finding, ...] = ()
    furniture: tuple[Span, ...] = ()
    boxes: tuple[Box, ...] = ()
    publication: Publication = Publication()
    merged: Mapping[int, Span] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A physical line: ``no`` counts from 1, blank lines too; the span leaves out the line end."""

    no: int
    start: int
    end: int
    page: int | None


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a value that is not printed on its own row came from."""

    origin: Origin
    evidence: Span | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a published table, before the common columns are added.

    ``values`` maps column to value; ``origins`` holds the provenance of values that are not printed
    on the row itself (published as ``<column>_origin`` and ``<column>_evidence``).
    """

    table: str
    row_id: str
    span: Span
    rule_id: str
    values: Mapping[str, Any]
    origins: Mapping[str, Provenance] = field(default_factory=lambda: _NOTHING)
    article_id: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What a stretch of text was read as: the entry of the ledger for the lines it covers."""

    span: Span
    role: str
    rule_id: str
    row_id: str | None = None
    duplicate_of: Span | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a genre made of an article: rows, claims and findings, in the order of the text."""

    rows: tuple[Row, ...] = ()
    claims: tuple[Claim, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Parsed:
    """One document, read: ``tables`` maps a table's name to its rows, all columns filled in.

    ``status`` is ``parsed`` when every non-blank line was claimed, else ``partial``.
    """

    document: Document
    status: Literal["parsed", "partial", "failed"]
    tables: Mapping[str, tuple[Mapping[str, Any], ...]]
