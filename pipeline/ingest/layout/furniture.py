"""Running heads, running feet and page numbers: what pages repeat at one place, and what only counts them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

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
        page = pages[at]

        def again(row: Row, at: int = at, page: Page = page) -> bool:
            height = _height(row, page)
            # The header of a table is repeated too, and is no furniture.
            return sum(is_label(s.text) for s in row.segs) < 2 and any(
                other != at and abs(h - height) <= _MOVE for other, h in seen[_key(row)][:_MOST])

        heads = _margin([row for row, foot in rows if not foot], segs[at], page, again, foot=False)
        feet = _margin([row for row, foot in reversed(rows) if foot], segs[at], page, again, foot=True)
        out.append((heads, feet[::-1]))
    return out


def _margin(rows: Sequence[Row], segs: Sequence[Seg], page: Page, again: Callable[[Row], bool], *, foot: bool) -> list[Row]:
    """The furniture among the rows at one edge of a page, from the edge inwards: repeated rows that stand off from the text,
    and page numbers alone."""
    kept: list[Row] = []
    for row in rows:
        height = _height(row, page)
        if not (is_page_number(row.text) and not _EDGE <= height <= 1 - _EDGE) and not again(row):
            break
        kept.append(row)
    while kept and not _stands_off(kept[-1], segs, foot=foot) and not is_page_number(kept[-1].text):
        kept.pop()
    return kept


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
