"""Which gutters part columns that are read one after the other."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.ingest.layout.evidence import alike, begins_with_names, evidence_for_columns
from pipeline.ingest.layout.gutters import COLUMN, GUTTER, Gap, evenly, split
from pipeline.ingest.layout.pieces import Seg, body_size, rows_of
from pipeline.ingest.layout.thresholds import ends_entry


@dataclass(slots=True)
class Region:
    """What stands between two edges, and the set of columns that it is one of."""

    segs: list[Seg]
    left: float
    right: float
    column: int | None
    depth: int


@dataclass(slots=True)
class Known:
    """What the pages before have shown: the left edges of columns, and the columns of the table that may go on."""

    columns: list[tuple[float, ...]]
    table: tuple[Gap, ...] = ()
    sets: int = 0
    narrowest: float = 0.0  # column of text on this page
    refused: bool = False  # columns were not believed that some later page may show
    doubtful: bool = False  # something on this page may be columns or rows


def columns(region: Region, gutters: Sequence[Gap], size: float, known: Known) -> list[Gap]:
    """The gutters that part columns of text, wide enough to be read one after the other.

    Where they may as well part cells, ``known.doubtful`` becomes true.
    """
    left, right = min(s.x0 for s in region.segs), max(s.x1 for s in region.segs)
    cuts = evenly(gutters, left, right, size) or _widest(gutters, left, size)
    if not cuts:
        return []
    parts = split(region.segs, cuts)
    lefts = (left, *(c[1] for c in cuts))
    votes = evidence_for_columns(parts)
    narrow = [g for g in gutters if g not in cuts]
    deep = sorted(len(rows_of(p)) for p in parts)
    shown = votes > 0 or _is_known(lefts, known, size)
    # Columns that are shown nowhere else need some depth, and they take the room that there is.
    room = region.right - (left - region.left) - right
    if narrow and votes <= 0 and not _alike(parts, narrow, cuts, size) and not any(_is_prose(p, size) for p in parts):
        known.doubtful |= _has_gaps(parts[0], size)
        return []
    if not shown and (deep[-2] < 3 or room > max(b - a for a, b in pairwise(lefts))):
        known.refused = True
        return _doubted(parts, deep, known) if votes == 0 else []
    if min(b - a for a, b in pairwise((*lefts, region.right))) < 0.7 * known.narrowest:
        return []
    if votes <= 0 and _uneven(parts, lefts, right) and _level(parts, size):
        return []
    known.doubtful |= not shown and not alike(parts)
    return cuts


def _has_gaps(part: Sequence[Seg], size: float) -> bool:
    """True where half the lines have a gap in them, so that each may be a row of its own."""
    rows = rows_of(part)
    gaps = [any(b.x0 - a.x1 >= GUTTER * size for a, b in pairwise(row.segs)) for row in rows]
    return len(rows) >= 3 and 2 * sum(gaps) >= len(rows)


def _widest(gutters: Sequence[Gap], left: float, size: float) -> list[Gap]:
    """The widest gutters that leave a column's width between them."""
    cuts: list[Gap] = []
    for gutter in sorted(gutters, key=lambda g: g[0] - g[1]):
        edges = sorted([left, *(c[1] for c in cuts), gutter[1]])
        if all(b - a >= COLUMN * size for a, b in pairwise(edges)):
            cuts.append(gutter)
    return sorted(cuts)


def _doubted(parts: Sequence[Sequence[Seg]], deep: Sequence[int], known: Known) -> list[Gap]:
    """No gutters; a doubt is noted where more than one line shows them and not every row has all its cells."""
    rows = begins_with_names(parts) or (deep[0] == deep[-1] and not alike(parts))
    known.doubtful |= (deep[-2] >= 2 or deep[-1] >= 5) and deep[-1] >= 3 and not rows
    return []


def _uneven(parts: Sequence[Sequence[Seg]], lefts: Sequence[float], right: float) -> bool:
    """True for columns of different widths, none of which is prose: a name and its post."""
    pitches = [b - a for a, b in pairwise(lefts)]
    uneven = max(pitches) > 1.15 * min(pitches) or right - lefts[-1] > 1.15 * max(pitches)
    return uneven and not any(_is_prose(part, body_size(part)) for part in parts)


def _level(parts: Sequence[Sequence[Seg]], size: float) -> bool:
    """True where each line of the shorter columns stands level with one of the longest."""
    heights = sorted((rows_of(p) for p in parts), key=len)
    longest = sorted(r.middle for r in heights[-1])
    others = [r.middle for rows in heights[:-1] for r in rows]
    hits = sum(any(abs(m - x) < 0.3 * size for x in longest[max(0, bisect_left(longest, m) - 1) : bisect_left(longest, m) + 1])
               for m in others)
    return hits >= 0.9 * len(others)


def _alike(parts: Sequence[Sequence[Seg]], narrow: Sequence[Gap], cuts: Sequence[Gap], size: float) -> bool:
    """True where each column has narrow gaps of its own in the same places: two rolls side by side."""
    lefts = [min(s.x0 for s in part) for part in parts]
    inner = []
    for at in range(len(parts)):
        end = cuts[at][0] if at < len(cuts) else float("inf")
        inner.append([g[1] - lefts[at] for g in sorted(narrow) if lefts[at] <= g[0] and g[1] <= end])
    return all(len(i) == len(inner[0]) and i for i in inner) and all(
        abs(a - b) < 1.5 * size for other in inner[1:] for a, b in zip(inner[0], other, strict=True))


def _is_prose(segs: Sequence[Seg], size: float) -> bool:
    """True for a column most of whose lines reach its right edge, and not because the names of a list are equally long."""
    rows = rows_of(segs)
    left, right = min(r.x0 for r in rows), max(r.x1 for r in rows)
    reaching = sum(r.x1 > right - 1.6 * size for r in rows)
    return (len(rows) >= 3 and right - left >= COLUMN * size and 2 * reaching > len(rows)
            and 2 * sum(ends_entry(r.text) for r in rows) < len(rows))


def _is_known(lefts: Sequence[float], known: Known, size: float) -> bool:
    return any(all(any(abs(x - k) < 2.5 * size for k in columns) for x in lefts) for columns in known.columns)
