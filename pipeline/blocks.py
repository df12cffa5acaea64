"""Printed lines to blocks: the paragraphs, headings and entries that rules look at.

A block is mostly one printed line. A line that holds several paragraphs (a whole report on one
line) falls into several blocks; :func:`join_cut` puts a paragraph that a page break cut in two
back together. Each block keeps a view whose map leads back to the exact source text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import regex

from pipeline.model import Document, Line, Span
from pipeline.rules import Rule, RuleBook
from pipeline.values.numbers import parse_ordinal
from pipeline.view import View

# Longer blocks are prose for certain; rules for short lines are not tried on them.
SHORT = 400
_SENTENCE_END = regex.compile(r"[。！？；!?;…][”’」』)]?$")
_OPEN_END = regex.compile(r"(?:[,、:(《“—-]|(?<=\p{Han}{4})[的和与及并将])$")


@dataclass(frozen=True, slots=True)
class Marker:
    """A number at the start of a block: ``system`` is the numbering system, ``end`` is in folded text."""

    system: str
    num: int | None
    label: str
    end: int
    rule_id: str


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading or entry; ``spans`` are its source pieces, more than one where it was joined."""

    spans: tuple[Span, ...]
    view: View
    line_no: int
    form: str | None
    form_rule: str | None
    marker: Marker | None

    @property
    def span(self) -> Span:
        """From the first to the last character."""
        return Span(self.spans[0].start, self.spans[-1].end)

    @property
    def text(self) -> str:
        """The folded text."""
        return self.view.folded

    @property
    def body(self) -> str:
        """The folded text after the marker."""
        return self.text[self.marker.end :] if self.marker else self.text

    @property
    def body_start(self) -> int:
        """Where the text after the marker begins, in folded text."""
        return self.marker.end if self.marker else 0

    @property
    def is_closed(self) -> bool:
        """True where the block ends as a sentence ends."""
        return bool(_SENTENCE_END.search(self.text[-4:]))


def read_blocks(document: Document, lines: Iterable[Line], book: RuleBook) -> tuple[Block, ...]:
    """Every non-blank stretch of the document as blocks, in the order of the text."""
    split = tuple(r for r in book.groups["blocks"] if r.role == "split")
    forms = tuple(r for r in book.groups["blocks"] if not r.role.startswith("split"))
    outside = {s.start: s for s in document.furniture}
    return tuple(
        _furniture(document.text, span, line.no) if line.start in outside
        else _block(document.text, span, line.no, forms, book.groups["lines"])
        for line in lines
        for span in _spans(document.text, line, () if line.start in outside else split)
    )


def _furniture(text: str, span: Span, line_no: int) -> Block:
    return Block((span,), View.of(text, span), line_no, "furniture", "furniture.outside_article", None)


def strip_span(text: str, start: int, end: int) -> Span | None:
    """The range without blank edges; None where nothing is left.

    >>> strip_span("  ab ", 0, 5)
    Span(start=2, end=4)
    """
    while start < end and (text[start].isspace() or text[start] in "\u200b\ufeff\u00ad"):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in "\u200b\ufeff\u00ad"):
        end -= 1
    return Span(start, end) if start < end else None


def _spans(text: str, line: Line, split: Sequence[Rule]) -> Iterator[Span]:
    whole = strip_span(text, line.start, line.end)
    if whole is None:
        return
    view = View.of(text, whole)
    gaps: set[tuple[int, int]] = set()
    for rule in split:
        if len(gaps) >= rule.sets.get("min_gaps", 0):
            gaps.update(found.span() for found in rule.compiled.finditer(view.folded))
    start = 0
    for gap_start, gap_end in sorted(gaps):
        if gap_start <= start:
            continue
        piece = view.source(start, gap_start)
        stripped = strip_span(text, *piece)
        if stripped:
            yield stripped
        start = gap_end
    last = strip_span(text, *view.source(start, len(view.folded))) if start < len(view.folded) else None
    if last:
        yield last


def _block(text: str, span: Span, line_no: int, forms: Sequence[Rule], markers: Sequence[Rule]) -> Block:
    view = View.of(text, span)
    form = _form(view.folded, forms)
    return Block((span,), view, line_no, form.role if form else None, form.id if form else None,
                 None if form and form.role != "continued_on" else read_marker(view.folded, markers))


def _form(folded: str, forms: Sequence[Rule]) -> Rule | None:
    tail = folded[-40:]
    for rule in forms:
        if rule.match == "start":
            if rule.apply(folded):
                return rule
        elif rule.match == "search":
            if rule.apply(tail):
                return rule
        elif len(folded) <= SHORT and rule.apply(folded):
            return rule
    return None


def read_marker(folded: str, markers: Sequence[Rule]) -> Marker | None:
    """The numbering marker that the text begins with, if any."""
    for rule in markers:
        found = rule.apply(folded)
        if found:
            printed = found["num"] or ""
            last = printed.rsplit(".", 1)[-1]
            # 2.2 and 2.2.1 are two levels of one system.
            system = f"{rule.role}.{printed.count('.')}" if rule.sets.get("by_dots") else rule.role
            return Marker(system, parse_ordinal(last) if last else None, found[0].strip(), found.end(), rule.id)
    return None


def join_cut(text: str, blocks: Sequence[Block]) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
    """Join paragraphs that a page break cut; returns the blocks and the furniture that stood in the cut.

    A block is continued by the next when it is prose that does not end as a sentence ends and the
    next one does not begin like something new. Blank lines are no evidence either way: the same
    text comes with and without them.
    """
    out: list[Block] = []
    lifted: list[Block] = []
    pending: list[Block] = []
    for block in blocks:
        if block.form == "furniture" or _is_stray_number(block, out):
            pending.append(block)
            continue
        if out and continues(out[-1], block, over_page=bool(pending)):
            lifted += pending
            pending = []
            out[-1] = joined(text, out[-1], block)
            continue
        out += pending
        pending = []
        out.append(block)
    return (*out, *pending), tuple(lifted)


def _is_stray_number(block: Block, before: list[Block]) -> bool:
    # A page number without dashes: only digits, and only where the sentence before it is open.
    return block.text.isdigit() and len(block.text) <= 3 and bool(before) and is_open(before[-1])


def is_open(block: Block, *, over_page: bool = False) -> bool:
    """True where the block is prose whose sentence has not ended; a page number after it makes that likelier."""
    if block.form not in (None, "continued_from") or block.is_closed:
        return False
    if _OPEN_END.search(block.text) and not block.text.endswith(":"):
        return len(block.text) >= 12
    sentence_inside = "。" in block.text
    commas = block.text.count(",") + (block.text.count("、") if over_page else 0)
    return sentence_inside or (len(block.text) >= (30 if over_page else 45) and commas >= 2)


def continues(before: Block, block: Block, *, over_page: bool = False) -> bool:
    """True where ``block`` goes on with the sentence that ``before`` left open."""
    return (
        is_open(before, over_page=over_page)
        and block.form in (None, "continued_on")
        and (block.marker is None or block.marker.system == "is")
    )


def joined(text: str, first: Block, second: Block) -> Block:
    """One block of both, with the first one's marker."""
    spans = (*first.spans, *second.spans)
    return replace(first, spans=spans, view=View.of(text, *spans))


def split_points(text: str, block: Block, book: RuleBook) -> tuple[Block, ...]:
    """The block cut before each point that is told off inside it (一是…二是…)."""
    rules = tuple(r for r in book.groups["blocks"] if r.role == "split_point")
    cuts = sorted({m.start() for r in rules for m in r.compiled.finditer(block.text)} - {0})
    if not cuts:
        return (block,)
    out: list[Block] = []
    for start, end in zip((0, *cuts), (*cuts, len(block.text)), strict=True):
        spans = block.view.pieces(start, end)
        view = View.of(text, *spans)
        marker = read_marker(view.folded, book.groups["lines"]) if out else block.marker
        out.append(Block(spans, view, block.line_no, block.form if not out else None, block.form_rule, marker))
    return tuple(out)
