"""The header of a printed table, known by the labels of ``rules/columns.toml``: before any genre is known, and for any.

Cells are set apart by tabs, bars, commas or wide gaps, or stand one a line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import regex

from pipeline.blocks import Block, strip_span
from pipeline.model import Span
from pipeline.rules import Rule
from pipeline.view import match_key

TAB, GAP = r"\t", r"[ \u3000\u00a0]{2,}"
DELIMITERS = (TAB, r"[|│┃｜]", r",(?=(?:[^\"]*\"[^\"]*\")*[^\"]*\Z)", GAP)
LONGEST_LABEL = 12
LONGEST_HEADER = 200


@dataclass(frozen=True, slots=True)
class Header:
    """A header: its place, how many blocks it takes and what its known columns hold, by the roles of their rules."""

    span: Span
    used: int
    roles: tuple[str, ...]


def header_at(text: str, blocks: Sequence[Block], position: int, rules: Sequence[Rule]) -> Header | None:
    """The header that begins at ``position``: two known labels, one of them naming what a table lists; else None."""
    block = blocks[position]
    if block.form is not None or len(block.text) > LONGEST_HEADER:
        return None
    for delimiter in DELIMITERS:
        labels = [match_key(text[s.start : s.end]) if s else "" for s in cell_spans(text, block.span, delimiter)]
        known = [by_label(label, rules) for label in labels]
        if all(len(label) <= LONGEST_LABEL for label in labels) and (found := _header(block.span, 1, known)):
            return found
    stacked = stacked_labels(blocks, position, rules)
    return _header(Span(block.span.start, stacked[-1][0].span.end), len(stacked), [r for _b, r in stacked]) if stacked else None


def _header(span: Span, used: int, columns: Sequence[Rule | None]) -> Header | None:
    known = [rule for rule in columns if rule]
    if len(known) < 2 or not any(rule.sets.get("key") for rule in known):
        return None
    return Header(span, used, tuple(rule.role for rule in known))


def by_label(text: str, rules: Sequence[Rule]) -> Rule | None:
    """The rule of the column that a label names."""
    index = _index(tuple(tuple(rule.sets["labels"]) for rule in rules)).get(match_key(text))
    return None if index is None else rules[index]


@cache
def _index(labels: tuple[tuple[str, ...], ...]) -> Mapping[str, int]:
    out: dict[str, int] = {}
    for number, listed in enumerate(labels):
        for label in listed:
            out.setdefault(match_key(label), number)
    return out


def stacked_labels(blocks: Sequence[Block], position: int, rules: Sequence[Rule]) -> list[tuple[Block, Rule | None]]:
    """A header of which each label is a line: at least three, all known but for single ones between known ones; else none."""
    columns: list[tuple[Block, Rule | None]] = []
    for block in blocks[position : position + LONGEST_LABEL]:
        if block.form is not None or len(block.text) > LONGEST_LABEL:
            break
        columns.append((block, by_label(block.text, rules)))
        if columns[0][1] is None:
            return []
    while columns and columns[-1][1] is None:
        columns.pop()
    unknown = [i for i, (_block, rule) in enumerate(columns) if rule is None]
    return [] if len(columns) < 3 or any(b - a == 1 for a, b in pairwise(unknown)) else columns


def cell_spans(text: str, where: Span, delimiter: str) -> list[Span | None]:
    """The cells of one printed line without their edges and quotes, None where one is empty; no cells without delimiter."""
    return [unquoted(text, cell) for cell in cells_of(text, where, delimiter)]


def cells_of(text: str, where: Span, delimiter: str) -> list[Span]:
    """The cells of one printed line as they stand, none without the delimiter. Outer bars frame no cell."""
    raw = text[where.start : where.end]
    cuts = [m.span() for m in regex.finditer(delimiter, raw)]
    if not cuts:
        return []
    edges = [(0, 0), *cuts, (len(raw), len(raw))]
    cells = [Span(where.start + before[1], where.start + after[0]) for before, after in pairwise(edges)]
    if delimiter.startswith("[|"):
        first = 0 if strip_span(text, *cells[0]) else 1
        last = len(cells) - (0 if strip_span(text, *cells[-1]) else 1)
        cells = cells[first:last]
    return cells


def unquoted(text: str, cell: Span) -> Span | None:
    """A cell without blank edges and without the quotes around all of it; None where nothing is left."""
    span = strip_span(text, *cell)
    if span and text[span.start] == '"' and text[span.end - 1] == '"' and span.end - span.start >= 2:
        span = strip_span(text, span.start + 1, span.end - 1)
    return span


def headers(text: str, blocks: Sequence[Block], rules: Sequence[Rule]) -> Iterator[Header]:
    """Every header among the blocks, in order."""
    position = 0
    while position < len(blocks):
        found = header_at(text, blocks, position, rules)
        if found:
            yield found
        position += found.used if found else 1
