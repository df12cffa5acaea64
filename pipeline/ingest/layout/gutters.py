"""Gutters: the gaps that run down a stretch of a page, and the bands of print that no line crosses."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from pipeline.ingest.layout.model import Ruling
from pipeline.ingest.layout.pieces import Seg, rows_of

# In heights of a character: the least width of a gutter, that of one with a line in it, and the least width of a column of text.
GUTTER, RULED_GUTTER, COLUMN = 0.8, 0.3, 8.0
_MOST_COLUMNS = 24

_NARROW_LINES = 2  # a narrower gap may be a gutter where so many lines begin at its right edge
_STRAIGHT, _INDENT = 0.12, 2.3  # how far lines that begin at one edge may differ, and how far the first ones are set in
_STOPS = "，。、；：！？,.;:!?"

Gap = tuple[float, float]


def hung(segs: Sequence[Seg]) -> list[Seg]:
    """The segs, each with how far a stop at its end hangs over the edge that other lines around it keep."""
    ends = sorted(s.x1 for s in segs if s.text[-1:] not in _STOPS)

    def kept(low: float, high: float) -> int:
        return bisect_left(ends, high) - bisect_left(ends, low)

    out: list[Seg] = []
    for seg in segs:
        wide, slack = seg.size * (0.5 if seg.text[-1:].isascii() else 1.0), 0.15 * seg.size
        stop = seg.text[-1:] in _STOPS and len(seg.text) > 1
        # Lines of even length end where the stop begins or a little before it, few where it ends.
        inside = kept(seg.x1 - wide - seg.size, seg.x1 - slack) if stop else 0
        out.append(replace(seg, hang=wide) if inside > 2 * kept(seg.x1 - slack, seg.x1 + seg.size) else seg)
    return out


def narrow_gutters(segs: Sequence[Seg], size: float) -> list[Ruling]:
    """Narrow gaps that run straight enough to part columns, each as if a line were drawn in it."""
    pairs = sorted(((seg.x0, before.edge, before.y0, seg.y1) for row in rows_of(segs) for before, seg in pairwise(row.segs)
                    if seg.x0 - before.edge >= RULED_GUTTER * size))
    starts = [pair[0] for pair in pairs]
    out: list[Ruling] = []
    at = 0
    while at < len(pairs):
        edge = starts[at]
        end = bisect_right(starts, edge + _STRAIGHT * size)
        # Lines that are set in at the right edge show the gutter too.
        beside = [edge - pair[1] for pair in pairs[at : bisect_right(starts, edge + _INDENT * size)] if pair[1] < edge]
        if end - at >= _NARROW_LINES and RULED_GUTTER * size <= min(beside) < GUTTER * size:
            x = edge - min(beside) / 2
            out.append(Ruling(x, min(p[2] for p in pairs[at:end]), x, max(p[3] for p in pairs[at:end])))
        at = end
    return out


def bands_of(segs: Sequence[Seg]) -> list[list[Seg]]:
    """The segs cut across wherever no line of print is crossed."""
    bands: list[list[Seg]] = []
    low = float("-inf")
    for seg in sorted(segs, key=lambda s: extent(s)[0]):
        top, bottom = extent(seg)
        if bands and top < low:
            bands[-1].append(seg)
        else:
            bands.append([seg])
        low = max(low, bottom)
    return bands


def extent(seg: Seg) -> Gap:
    """From where to where a seg fills its line: a little less than its box, so that close lines stay apart."""
    if not seg.size:
        return seg.y0, seg.y1
    half = min(0.4 * seg.size, (seg.y1 - seg.y0) / 2)
    return seg.middle - half, seg.middle + half


def free(segs: Iterable[Seg], least: float) -> list[Gap]:
    """The gaps between segs as seen from above, at least so wide."""
    out: list[Gap] = []
    reach: float | None = None
    for seg in sorted(segs, key=lambda s: s.x0):
        if reach is not None and seg.x0 - reach >= least:
            out.append((reach, seg.x0))
        reach = seg.edge if reach is None else max(reach, seg.edge)
    return out


def gutters_of(segs: Sequence[Seg], bands: Sequence[Sequence[Seg]], size: float, uprights: Sequence[Ruling]) -> list[Gap]:
    """The gaps that run down the whole region and have print on both sides of one line at least."""
    ruled = [r.x0 for r in uprights]
    wide = [g for g in free(segs, RULED_GUTTER * size)
            if g[1] - g[0] >= GUTTER * size or any(g[0] - 1 <= x <= g[1] + 1 for x in ruled)]
    if not wide:
        return []
    edges = [(min(s.x0 for s in band), max(s.x1 for s in band)) for band in bands]
    return [g for g in wide if any(left < g[0] + 0.01 and right > g[1] - 0.01 for left, right in edges)]


def split(segs: Iterable[Seg], gutters: Sequence[Gap]) -> list[list[Seg]]:
    """The segs between the gutters, from left to right."""
    edges = [(a + b) / 2 for a, b in gutters]
    out: list[list[Seg]] = [[] for _ in range(len(edges) + 1)]
    for seg in segs:
        middle = (seg.x0 + seg.x1) / 2
        low, high = 0, len(edges)
        while low < high:
            at = (low + high) // 2
            low, high = (at + 1, high) if edges[at] < middle else (low, at)
        out[low].append(seg)
    return out


def shared(one: Sequence[Gap], other: Sequence[Gap], least: float) -> list[Gap]:
    """What two lists of gaps have in common, at least so wide."""
    out: list[Gap] = []
    i = j = 0
    while i < len(one) and j < len(other):
        a, b = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if b - a >= least:
            out.append((a, b))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return out


def top(band: Sequence[Seg]) -> float:
    return min(extent(s)[0] for s in band)


def bottom(band: Sequence[Seg]) -> float:
    return max(extent(s)[1] for s in band)


def pitch_of(bands: Sequence[Sequence[Seg]]) -> float:
    """The usual distance between lines, without their own height."""
    gaps = [max(0.0, top(b) - bottom(a)) for a, b in pairwise(bands)]
    return max(median(gaps), 1.0) + 4.0 if gaps else 1.0


def evenly(gutters: Sequence[Gap], left: float, right: float, size: float) -> list[Gap]:
    """The gutters that part the region into the most columns of one width; others are gaps inside a column."""
    for at, first in enumerate(gutters[:_MOST_COLUMNS]):
        pitch = first[1] - left
        if pitch < COLUMN * size:
            continue
        cuts = [first]
        for gutter in gutters[at + 1 :]:
            if abs(gutter[1] - cuts[-1][1] - pitch) < 0.05 * pitch:
                cuts.append(gutter)
        rest = right - cuts[-1][1]
        if rest < 1.05 * pitch and (len(cuts) > 1 or rest > 0.6 * pitch):
            return cuts
    return []
