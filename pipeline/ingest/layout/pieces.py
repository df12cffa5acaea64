"""Pieces of print set upright, and pieces side by side as the rows of a column."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import regex

from pipeline.ingest.layout.model import Page, Piece, Ruling

# A piece that slopes so many degrees away from most of its page is no part of the running text (a stamp, a watermark).
_ASLANT = 10.0
# In heights of a character: gaps below the first are none, below the second one space.
_TOUCHING, _ONE_SPACE = 0.22, 0.78
_LATIN = regex.compile(r"[A-Za-z]")
_HAN = regex.compile(r"\p{Han}")


@dataclass(frozen=True, slots=True)
class Seg:
    """A piece after its page was set upright; ``printed`` is the box as printed.

    ``hang`` is how far a stop at its end hangs over the edge of its column.
    """

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    confidence: float | None
    printed: tuple[float, float, float, float]
    hang: float = 0.0

    @property
    def edge(self) -> float:
        """Where it ends, a stop that hangs over left out."""
        return self.x1 - self.hang

    @property
    def middle(self) -> float:
        """The height of the line that it stands on."""
        return (self.y0 + self.y1) / 2


@dataclass(frozen=True, slots=True)
class Row:
    """What stands side by side on one printed line, from left to right."""

    segs: tuple[Seg, ...]

    @property
    def x0(self) -> float:
        return self.segs[0].x0

    @property
    def x1(self) -> float:
        return max(s.x1 for s in self.segs)

    @property
    def middle(self) -> float:
        return sum(s.middle for s in self.segs) / len(self.segs)

    @property
    def size(self) -> float:
        return max(self.segs, key=lambda s: len(s.text)).size

    @property
    def text(self) -> str:
        """The text with its gaps: one space, or an ideographic space for each character that would fit."""
        out = self.segs[0].text
        for before, seg in zip(self.segs, self.segs[1:], strict=False):
            out += gap_between(before, seg) + seg.text
        return out

    @property
    def confidence(self) -> float | None:
        """That of its least certain piece."""
        return min((s.confidence for s in self.segs if s.confidence is not None), default=None)

    @property
    def printed(self) -> tuple[float, float, float, float]:
        """The box around it as printed."""
        x0, y0, x1, y1 = zip(*(s.printed for s in self.segs), strict=True)
        return min(x0), min(y0), max(x1), max(y1)


def gap_between(before: Seg, seg: Seg) -> str:
    """The spaces that a gap stands for."""
    gap = (seg.x0 - before.x1) / max(min(before.size, seg.size), 0.5)
    if gap < _TOUCHING:
        return ""
    return " " if gap < _ONE_SPACE else "\u3000" * min(round(gap), 100)


def upright(page: Page) -> tuple[list[Seg], list[Seg], list[Ruling]]:
    """The pieces of a page turned so that its lines are level, those that stand aslant, and its rulings turned alike."""
    pieces = [p for p in page.pieces if p.text.strip()]
    skew = _median([(p.angle, float(len(p.text))) for p in pieces if abs(p.angle) < _ASLANT])
    level, aslant = [], []
    for piece in pieces:
        if abs(piece.angle - skew) <= _ASLANT:
            level.append(_turned(piece, skew, page))
        else:
            aslant.append(_turned(piece, 0.0, page))
    rulings = list(page.rulings)
    if skew:
        ends = [(*_around(r.x0, r.y0, skew, page), *_around(r.x1, r.y1, skew, page)) for r in rulings]
        rulings = [Ruling(*e) for e in ends]
    return level, aslant, rulings


def _around(x: float, y: float, angle: float, page: Page) -> tuple[float, float]:
    """A point after the page was turned back about its middle."""
    turn, dx, dy = math.radians(angle), x - page.width / 2, y - page.height / 2
    return (page.width / 2 + dx * math.cos(turn) + dy * math.sin(turn),
            page.height / 2 - dx * math.sin(turn) + dy * math.cos(turn))


def _turned(piece: Piece, skew: float, page: Page) -> Seg:
    printed = (piece.x0, piece.y0, piece.x1, piece.y1)
    text = piece.text.strip()
    if not skew:
        return Seg(text, *printed, max(piece.size, 0.5), piece.confidence, printed)
    x, y = _around((piece.x0 + piece.x1) / 2, (piece.y0 + piece.y1) / 2, skew, page)
    # The upright box around a sloping line is higher and a little wider than the line.
    slope = abs(math.tan(math.radians(skew)))
    wide = max(piece.x1 - piece.x0 - slope * piece.size, 0.5)
    high = max(piece.y1 - piece.y0 - slope * wide, 0.8 * piece.size)
    return Seg(text, x - wide / 2, y - high / 2, x + wide / 2, y + high / 2, max(piece.size, 0.5), piece.confidence, printed)


def _median(values: list[tuple[float, float]]) -> float:
    """The median of weighted values; 0 where there are none."""
    values = sorted(values)
    half = sum(weight for _value, weight in values) / 2
    for value, weight in values:
        half -= weight
        if half <= 0:
            return value
    return 0.0


def body_size(segs: Sequence[Seg]) -> float:
    """The size that most characters have."""
    return _median([(s.size, float(len(s.text))) for s in segs]) or 10.0


def rows_of(segs: Sequence[Seg]) -> list[Row]:
    """The printed lines of one column, from top to bottom."""
    rows: list[list[Seg]] = []
    middle = size = 0.0
    for seg in sorted(segs, key=lambda s: (s.middle, s.x0)):
        if rows and abs(seg.middle - middle) < 0.5 * min(max(seg.size, 0.6 * size), max(size, 0.6 * seg.size)):
            rows[-1].append(seg)
            middle += (seg.middle - middle) / len(rows[-1])
        else:
            rows.append([seg])
            middle, size = seg.middle, seg.size
    return [Row(tuple(sorted(row, key=lambda s: s.x0))) for row in rows]


def seam(before: str, after: str) -> str:
    """What goes between two printed lines of one paragraph: a space between Latin words, else nothing.

    >>> seam("红十字", "会"), seam("Red", "Cross"), seam("Henry Dunant in", "1863"), seam("达到", "50%")
    ('', ' ', ' ', '')
    """
    if not before or not after or not (before[-1].isascii() and after[0].isascii()):
        return ""
    if before[-1] in "-([/" or after[0] in ",.;:)]%":
        return ""
    latin = len(_LATIN.findall(before)) > len(_HAN.findall(before))
    words = _LATIN.match(before[-1]) and _LATIN.match(after[0])
    return " " if words or latin else ""
