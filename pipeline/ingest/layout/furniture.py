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
# How many printed lines from the edge of a page may be heads or feet.
_DEEP = 4
_DIGITS = regex.compile(r"\d+|[一二三四五六七八九十百〇]+(?=[版页期])")


def furniture_of(pages: Sequence[Page], segs: Sequence[Sequence[Seg]]) -> list[tuple[list[Row], list[Row]]]:
    """The heads and the feet of each page."""
    edges = [_edges(page, found) for page, found in zip(pages, segs, strict=True)]
    seen: dict[tuple[str, bool], list[tuple[int, float]]] = defaultdict(list)
    for at, rows in enumerate(edges):
        for row, foot in rows:
            seen[_key(row, foot)].append((at, row.middle / max(pages[at].height, 1.0)))
    repeated = {key: sorted({height for _at, height in where}) for key, where in seen.items()
                if len({at for at, _height in where}) >= 2}
    out: list[tuple[list[Row], list[Row]]] = []
    for at, rows in enumerate(edges):
        heads: list[Row] = []
        feet: list[Row] = []
        for row, foot in rows:
            height = row.middle / max(pages[at].height, 1.0)
            others = [h for other, h in seen[_key(row, foot)][:200] if other != at] if _key(row, foot) in repeated else []
            again = any(abs(h - height) <= _MOVE for h in others) and not _is_header(row)
            alone = is_page_number(row.text) and (height > 1 - _EDGE or height < _EDGE)
            if again or alone:
                (feet if foot else heads).append(row)
        out.append((heads, feet))
    return out


def _edges(page: Page, segs: Sequence[Seg]) -> list[tuple[Row, bool]]:
    """The outermost printed lines of a page, and whether each stands at its foot."""
    top = rows_of([s for s in segs if s.middle < _ZONE * page.height])[:_DEEP]
    bottom = rows_of([s for s in segs if s.middle > (1 - _ZONE) * page.height])[-_DEEP:]
    return [(row, False) for row in top] + [(row, True) for row in bottom]


def _key(row: Row, foot: bool) -> tuple[str, bool]:
    return _DIGITS.sub("0", "".join(row.text.split())), foot


def _is_header(row: Row) -> bool:
    """True for the header of a table, which pages repeat too."""
    return sum(is_label(s.text) for s in row.segs) >= 2
