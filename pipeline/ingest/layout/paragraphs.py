"""Printed lines to paragraphs: which line goes on with the one before it.

A line goes on where the one before it was full (its next word would not have fitted), where it begins at the left edge of its
column without an indent, and where it does not begin like something new. Lists need more: a name may fill its line by chance.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import regex

from pipeline.ingest.layout.order import Leaf
from pipeline.ingest.layout.pieces import Row, body_size
from pipeline.ingest.layout.thresholds import begins_line, begins_with_place, ends_entry, ends_post, is_tail

# In heights of a character: what counts as the left edge, how far a first line is indented at most, and how far what follows
# the first line of an entry may hang.
_EDGE, _INDENT, _HANG = 0.7, 4.6, 8.0
_SIZES = 1.13  # two lines of one paragraph differ in size by less
_LEADING = 1.45  # a gap so much wider than usual ends a paragraph
_SLACK, _RECOGNISED_SLACK = 0.01, 0.5
# Where print ends so far before the edge that a column could have, no line is full: it is a list of short lines.
_FAR = 4.0
_PROSE = 12.0  # no prose is set in narrower lines with much room beside it
_CLOSING = r"，。、；：！？）》」』】〕”’…,.;:!?)\]}%℃·"
_UNIT = regex.compile(rf"[（《「『【〔“‘(\[]{{0,3}}(?:[A-Za-z0-9.,%/-]{{1,30}}|.)[{_CLOSING}]{{0,3}}")
_SHUT = "）)》”"
_SENTENCE = regex.compile(r"[。；！？;!?]|[，,].*[，,]")


@dataclass(frozen=True, slots=True)
class Frame:
    """The edges that the lines of a column keep, and how they are set.

    ``size`` is that of its characters, ``body`` that of most of the document, ``pitch`` the distance from line to line.
    ``indent``: how far the first lines of paragraphs are set in, None where they are not.
    ``hanging``: what follows the first line of an entry is indented, and not the first line. ``listed``: most lines end early.
    """

    left: float
    right: float
    size: float
    pitch: float
    hanging: bool
    listed: bool
    body: float
    indent: float | None


@dataclass(slots=True)
class _Column:
    """The leaves of one column (or of what stands outside columns on one page) and the edges that they show."""

    page: int
    low: float
    high: float
    number: int | None
    rows: list[Row]
    left: float = 0.0
    right: float = 0.0
    size: float = 10.0

    def measure(self) -> None:
        self.size = body_size([s for r in self.rows for s in r.segs])
        self.left = _supported([r.x0 for r in self.rows], self.size)
        # Commas and stops may hang out over the edge that all other lines keep.
        kept = [-r.x1 for r in self.rows if r.text[-1] not in "，。、；：,.;:"]
        self.right = -_supported(kept if len(kept) >= 3 else [-r.x1 for r in self.rows], self.size)


def _supported(edges: Sequence[float], size: float) -> float:
    """The outermost edge (the least value) that at least two of many lines keep."""
    ordered = sorted(edges)
    if len(ordered) >= 8 and ordered[1] - ordered[0] > 1.2 * size:
        return ordered[1]
    return ordered[0]


def frames_of(leaves: Sequence[tuple[int, Leaf]], widths: Sequence[float]) -> list[Frame]:
    """The frame of each leaf; ``leaves`` come with the number of their page, ``widths`` are those of the pages."""
    columns: dict[tuple[int, int | None, float], _Column] = {}
    keys: list[tuple[int, int | None, float]] = []
    for page, leaf in leaves:
        key = (page, leaf.column, round(leaf.left, 1))
        keys.append(key)
        column = columns.setdefault(key, _Column(page, leaf.left, leaf.right, leaf.column, []))
        if leaf.kind == "text":
            column.rows += leaf.rows
    filled = [c for c in columns.values() if c.rows]
    for column in filled:
        column.measure()
    _adopt(filled)
    _level(filled)
    _widen(filled, widths)
    body = body_size([s for c in filled for r in c.rows for s in r.segs])
    indent = _usual_indent(filled)
    made = {key: _frame(column, body, indent) for key, column in columns.items()}
    return [made[key] for key in keys]


def _adopt(columns: Sequence[_Column]) -> None:
    """A column with few lines takes the edges of the fullest one that it fits in."""
    models = sorted((c for c in columns if len(c.rows) >= 3), key=lambda c: -len(c.rows))
    by_left: dict[int, list[_Column]] = defaultdict(list)
    for model in models:
        kept = by_left[round(model.left / 20)]
        if len(kept) < 12:
            kept.append(model)
    edges = {id(c): (c.left, c.right) for c in columns}
    for column in columns:
        near = [m for k in range(round(column.left / 20) - 3, round(column.left / 20) + 2) for m in by_left.get(k, ())]
        fitting = [
            m for m in near
            if len(m.rows) > len(column.rows) and edges[id(m)][0] - _EDGE * column.size <= column.left
            and column.right <= edges[id(m)][1] + 0.8 * column.size
            and column.low - 1 <= edges[id(m)][0] and edges[id(m)][1] <= column.high + 1
        ]
        if fitting:
            best = max(fitting, key=lambda m: len(m.rows))
            column.left, column.right = min(column.left, edges[id(best)][0]), max(column.right, edges[id(best)][1])


def _level(columns: Sequence[_Column]) -> None:
    """Columns side by side are equally wide, as far as there is room."""
    sets: dict[int, list[_Column]] = defaultdict(list)
    for column in columns:
        if column.number is not None:
            sets[column.number].append(column)
    for members in sets.values():
        widest = max(c.right - c.left for c in members)
        for column in members:
            column.right = max(column.right, min(column.left + widest, column.high))


def _widen(columns: Sequence[_Column], widths: Sequence[float]) -> None:
    """Where all lines end far before the edge that there is room for, that edge is taken: none of them is full."""
    outer: dict[int, float] = {}
    for column in columns:
        outer[column.page] = min(outer.get(column.page, column.left), column.left)
    for column in columns:
        margin = widths[column.page] - outer[column.page]
        if column.number is None:
            column.left = min(column.left, outer[column.page])
        room = min(column.high, margin)
        if room - column.right > _FAR * column.size and not _is_edge(column):
            column.right = room


def _is_edge(column: _Column) -> bool:
    """True where most lines end at the right edge, and not because the names of a list are equally long."""
    reaching = [r for r in column.rows if r.x1 > column.right - 0.6 * column.size]
    wide = column.right - column.left >= _PROSE * column.size
    return wide and len(reaching) >= 4 and 2 * len(reaching) >= len(column.rows) and (
        2 * sum(ends_entry(r.text) for r in reaching) < len(reaching))


def _usual_indent(columns: Sequence[_Column]) -> float | None:
    """The indent, in characters, of most lines that are set in after a line that is not full; None where few are."""
    found: Counter[int] = Counter()
    for column in columns:
        for before, row in pairwise(column.rows):
            indent = (row.x0 - column.left) / column.size
            if _EDGE <= indent <= _INDENT and before.x1 < column.right - 2.5 * column.size and len(row.segs) == 1:
                found[round(indent * 2)] += 1
    usual, times = found.most_common(1)[0] if found else (0, 0)
    return usual / 2 if times >= 3 else None


def _frame(column: _Column, body: float, indent: float | None) -> Frame:
    rows = column.rows
    gaps = sorted(b.middle - a.middle for a, b in pairwise(rows) if b.middle > a.middle)
    pitch = gaps[len(gaps) // 2] if gaps else 0.0
    frame = Frame(column.left, column.right, column.size, pitch, False, False, body, indent)
    if not rows:
        return frame
    full = [fills(a, b, frame) for a, b in pairwise(rows)]
    ends = sum(full) + (rows[-1].x1 > frame.right - 1.2 * frame.size)
    return Frame(column.left, column.right, column.size, pitch, _hangs(rows, full, frame), 2 * ends < len(rows), body,
                 indent)


def _hangs(rows: Sequence[Row], full: Sequence[bool], frame: Frame) -> bool:
    """True where what follows a full line is mostly indented, and what follows a short line is not."""
    votes = 0
    for before, row, is_full in zip(rows, rows[1:], full, strict=False):
        was_in, is_in = ((r.x0 - frame.left) / frame.size >= _EDGE for r in (before, row))
        if is_full and is_in:
            votes += 1
        elif is_full or (is_in and not was_in):
            votes -= 1
    return votes > 0


def fills(before: Row, row: Row, frame: Frame) -> bool:
    """True where the first word of ``row`` would not have fitted on the line of ``before``."""
    # The edges of recognised lines are not exact.
    slack = _SLACK if row.confidence is None else -_RECOGNISED_SLACK
    return before.x1 + _needed(row.text) * row.size > frame.right + slack * frame.size


def _needed(text: str) -> float:
    """The width, in characters, of what stands first in a text and may not be broken."""
    unit = _UNIT.match(text)
    return sum(0.5 if c.isascii() else 1.0 for c in unit[0]) if unit else 1.0


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed line in the flow: its page, its row, the frame it stands in and the leaf it came from."""

    page: int
    row: Row
    frame: Frame
    leaf: int


def goes_on(paragraph: Sequence[Printed], line: Printed) -> bool:
    """True where ``line`` goes on with the paragraph before it."""
    before = paragraph[-1]
    row, frame, size = line.row, line.frame, line.frame.size
    if max(row.size, before.row.size) > _SIZES * min(row.size, before.row.size) or begins_line(
            row.text, _text(paragraph), in_prose=_set_in(paragraph[0])):
        return False
    pitch = frame.pitch * max(1.0, row.size / size)
    if line.leaf == before.leaf and pitch and row.middle - before.row.middle > _LEADING * pitch + 1:
        return False
    if _centred(before) and _centred(line) and row.size > _SIZES * frame.body:
        return _fills_its_width(before, row)
    if not fills(before.row, row, before.frame) and not _breaks_off(paragraph, line):
        return False
    indent = (row.x0 - frame.left) / size
    if (paragraph[0].row.x0 - paragraph[0].frame.left) / size > _INDENT and len(paragraph[0].row.segs) == 1:
        return False
    if not _stands_where_it_would(paragraph, line, indent):
        return False
    return not _is_next_entry(paragraph, line)


def _text(paragraph: Sequence[Printed]) -> str:
    """The end of a paragraph; lines before it say nothing more about what follows."""
    return "".join(p.row.text for p in paragraph[-8:])


def _set_in(first: Printed) -> bool:
    """True for the first line of a paragraph that is set in as paragraphs are."""
    indent = (first.row.x0 - first.frame.left) / first.frame.size
    return first.frame.indent is not None and abs(indent - first.frame.indent) < 0.4


def _breaks_off(paragraph: Sequence[Printed], line: Printed) -> bool:
    """True for prose whose sentence is open at nearly the end of the line: a word that may not be broken takes some room."""
    before = paragraph[-1]
    open_ended = before.row.text[-1] not in "。；！？：;!?:…”』」）)"
    room = max(2.2, 1.3 * _needed(line.row.text) + 0.3) * line.frame.size
    return _set_in(paragraph[0]) and open_ended and before.row.x1 > before.frame.right - room


def _stands_where_it_would(paragraph: Sequence[Printed], line: Printed, indent: float) -> bool:
    first = paragraph[0]
    if indent < _EDGE:
        set_in = (first.row.x0 - first.frame.left) / first.frame.size >= _EDGE and len(first.row.segs) == 1
        elsewhere = line.leaf != first.leaf and indent > -_EDGE and not first.frame.hanging
        return not line.frame.hanging or set_in or elsewhere
    if indent > _HANG * 2:
        return False
    if indent <= _HANG and (line.frame.hanging or _hangs_by_itself(paragraph, line, indent)):
        return True
    starts = [s.x0 for s in first.row.segs[1:]]
    return len(line.row.segs) == 1 and any(abs(x - line.row.x0) < _EDGE * line.frame.size for x in starts)


def _hangs_by_itself(paragraph: Sequence[Printed], line: Printed, indent: float) -> bool:
    """True where an entry that began at the left edge is plainly not over and what follows is not set in like a paragraph."""
    first = paragraph[0]
    begins = (first.row.x0 - first.frame.left) / line.frame.size < _EDGE or len(first.row.segs) > 1
    text, after = _text(paragraph), line.row.text
    if not begins or _SENTENCE.search(text) or (ends_entry(text) and not _enumerates(text, after)):
        return False
    set_in = line.frame.indent is not None and abs(indent - line.frame.indent) < 0.4
    if not set_in or not begins_line(text, ""):
        return True
    # After a heading that fills its line; but a paragraph of one short line would end as a sentence does.
    return line.row.x1 < line.frame.right - 1.6 * line.frame.size and not _SENTENCE.search(after[-1])


def _enumerates(text: str, after: str) -> bool:
    """True for a list of things in one line that goes on in the next: 湖州市：甲校、乙校."""
    return "、" in text[3:] and ("、" in after or ":" in text or "：" in text)


def _centred(line: Printed) -> bool:
    middle = (line.row.x0 + line.row.x1) / 2
    return abs(middle - (line.frame.left + line.frame.right) / 2) < 1.2 * line.row.size


def _fills_its_width(before: Printed, row: Row) -> bool:
    return before.row.x1 - before.row.x0 + _needed(row.text) * row.size > before.frame.right - before.frame.left


def _is_next_entry(paragraph: Sequence[Printed], line: Printed) -> bool:
    """True where the paragraph is a whole entry of a list that only happens to fill its line."""
    text, after, first = _text(paragraph), line.row.text, paragraph[0]
    indented = (first.row.x0 - first.frame.left) / line.frame.size > _EDGE and len(first.row.segs) == 1
    if indented or _SENTENCE.search(text) or not ends_entry(text) or is_tail(after):
        return False
    if len(first.row.segs) > 1:  # a name, a gap and a post
        # What follows a whole entry has a name and a gap too: a post alone is the rest of this one (志愿者 / 协会秘书长).
        whole = ends_post(text) and not ends_post(after)
        return whole or bool(_SENTENCE.search(after)) or len(line.row.segs) > 1
    if text[-1] == "》" and begins_line(text, ""):
        return False  # a numbered title: its people may follow on the same line
    if text[-1] in _SHUT or begins_with_place(after):
        return True
    short = line.row.x1 < line.frame.right - 1.6 * line.frame.size
    return not _enumerates(text, after) and not _SENTENCE.search(after) and (line.frame.listed or (short and ends_entry(after)))
