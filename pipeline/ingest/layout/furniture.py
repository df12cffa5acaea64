"""Running heads, running feet and page numbers: what pages repeat at one place, and what only counts them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import regex

from pipeline.ingest.layout.model import Page
from pipeline.ingest.layout.pieces import Row, Seg, rows_of
from pipeline.ingest.layout.thresholds import is_label, is_page_number

# Shares of the height of a page: where heads and feet stand, and how far one may move from page to page.
_ZONE, _MOVE = 0.14, 0.012
# A page number alone stands in this outermost share.
_EDGE = 0.1
# How many places of one text are looked at.
_MOST = 400
# How many printed lines from the edge of a page may be heads or feet.
_DEEP = 4
_DIGITS = regex.compile(r"\d+|[一二三四五六七八九十百〇]+(?=[版页期])")


def furniture_of(pages: Sequence[Page], segs: Sequence[Sequence[Seg]]) -> list[tuple[list[Row], list[Row]]]:
    """The heads and the feet of each page."""
    edges = [_edges(page, found) for page, found in zip(pages, segs, strict=True)]
    seen: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for at, rows in enumerate(edges):
        for row, _foot in rows:
            seen[_key(row)].append((at, _height(row, pages[at])))
    out: list[tuple[list[Row], list[Row]]] = []
    for at, rows in enumerate(edges):
        heads: list[Row] = []
        feet: list[Row] = []
        for row, foot in rows:
            height = _height(row, pages[at])
            others = {other for other, h in seen[_key(row)][:_MOST] if other != at and abs(h - height) <= _MOVE}
            # Two pages may begin with the same words by chance: then there must be a gap to the text too.
            again = len(others) >= 2 or (len(others) == 1 and _stands_off(row, segs[at], foot=foot))
            alone = is_page_number(row.text) and not _EDGE <= height <= 1 - _EDGE
            if alone or (again and sum(is_label(s.text) for s in row.segs) < 2):  # a table's header is repeated too
                (feet if foot else heads).append(row)
        out.append((heads, feet))
    return out


def _stands_off(row: Row, segs: Sequence[Seg], *, foot: bool) -> bool:
    """True where more room than between two lines of text lies between a margin line and the text, or between their sizes."""
    side = -1.0 if foot else 1.0
    next_ones = sorted((s for s in segs if side * (s.middle - row.middle) > row.size * 0.5), key=lambda s: side * s.middle)
    if not next_ones:
        return True
    nearest = next_ones[0]
    beyond = [s for s in next_ones if side * (s.middle - nearest.middle) > nearest.size * 0.5]
    pitch = side * (beyond[0].middle - nearest.middle) if beyond else 2 * nearest.size
    gap = side * (nearest.middle - row.middle)
    return gap > 1.15 * pitch or abs(row.size - nearest.size) > 0.08 * nearest.size


def _height(row: Row, page: Page) -> float:
    return row.middle / max(page.height, 1.0)


def _edges(page: Page, segs: Sequence[Seg]) -> list[tuple[Row, bool]]:
    """The outermost printed lines of a page, and whether each stands at its foot."""
    top = rows_of([s for s in segs if s.middle < _ZONE * page.height])[:_DEEP]
    bottom = rows_of([s for s in segs if s.middle > (1 - _ZONE) * page.height])[-_DEEP:]
    return [(row, False) for row in top] + [(row, True) for row in bottom]


def _key(row: Row) -> str:
    return _DIGITS.sub("0", "".join(row.text.split()))
