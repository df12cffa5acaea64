"""Reading order: a page cut along its gutters into columns, tables and rows of names.

Where a gutter runs down a whole stretch of the page it parts columns, which are read one after the other, unless what stands
side by side belongs together: the cells of a table, names in a grid, a name and its post. Where none does, the stretch is cut
across, at the lines (a headline) that bridge the gutters.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Literal

from pipeline.ingest.layout.model import Ruling
from pipeline.ingest.layout.pieces import Row, Seg, body_size, rows_of
from pipeline.ingest.layout.tables import Cells, Grid, open_rows, ruled_rows
from pipeline.ingest.layout.thresholds import is_label, is_name, layout_rules

# In heights of a character: the least width of a gutter, that of one with a line in it, the least width of a column of text,
# and the least gap between the cells of a table.
_GUTTER, _RULED_GUTTER, _COLUMN, _CELL = 0.8, 0.3, 8.0, 0.4
_LARGER = 1.15  # a headline is so much larger than the text
_BREAK = 2.3  # of the usual distance between lines: what follows a gap so wide is no part of the columns above it
_DEEPEST = 12
_MOST_COLUMNS = 24

Gap = tuple[float, float]
Kind = Literal["text", "names", "table"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A stretch of a page that is read from top to bottom.

    ``left`` and ``right`` are how far it may reach. ``column`` is the number of the set of columns it is one of, None where it
    stands alone. Rows of a table have cells, each of printed lines; ``cells`` is empty for other kinds.
    """

    kind: Kind
    rows: tuple[Row, ...]
    left: float
    right: float
    column: int | None = None
    cells: Cells = ()


@dataclass(slots=True)
class _Region:
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


def leaves_of(segs: Sequence[Seg], rulings: Sequence[Ruling], grids: Sequence[Grid], width: float, known: Known) -> list[Leaf]:
    """The leaves of one page in reading order; ``grids`` are its ruled tables, each a block in the flow."""
    tables = {id(stand): (stand, grid) for grid in grids for stand in [_stand_in(grid)]}
    placed = [*segs, *(stand for stand, _grid in tables.values())]
    uprights = [r for r in rulings if abs(r.x1 - r.x0) < 2 and abs(r.y1 - r.y0) > 20]
    out: list[Leaf] = []
    known.narrowest = 0.0
    stack = [_Region(placed, 0.0, width, None, 0)]
    while stack:
        region = stack.pop()
        if len(region.segs) == 1 and id(region.segs[0]) in tables:
            _stand, grid = tables[id(region.segs[0])]
            out.append(Leaf("table", (), region.left, region.right, None, ruled_rows(grid)))
            continue
        if not region.segs:
            continue
        parts = _parts(region, uprights, known, tables)
        if isinstance(parts, Leaf):
            out.append(parts)
        else:
            stack += reversed(parts)
    return out


def _stand_in(grid: Grid) -> Seg:
    box = (grid.x0, grid.y0, grid.x1, grid.y1)
    return Seg("", *box, 0.0, None, box)


def _parts(region: _Region, uprights: Sequence[Ruling], known: Known, tables: Mapping[int, object]) -> list[_Region] | Leaf:
    """The region cut into smaller ones, or the leaf that it is."""
    size = body_size([s for s in region.segs if s.size])
    bands = _bands(region.segs)
    if region.depth < _DEEPEST:
        gutters = _gutters(region, bands, size, uprights)
        groups = _groups(region, bands, size, uprights, tables)
        whole = len(groups) == 1
        if gutters and not any(id(s) in tables for s in region.segs):
            together = _together(region, gutters, size, known, whole=whole)
            if together is not None:
                return together
        across = _has_wide_headline(bands, gutters, size) or (not whole and _has_header(bands))
        cuts = [] if across else _columns(region, gutters, size, known)
        if cuts:
            return _cut_down(region, cuts, known)
        if not whole:
            return [_Region(group, region.left, region.right, region.column, region.depth + 1) for group in groups]
    first = min((s for s in region.segs if id(s) in tables), key=lambda s: s.y0, default=None)
    if first is None:
        return Leaf("text", tuple(rows_of(region.segs)), region.left, region.right, region.column)
    # A ruled table in the middle of print: what stands above its upper edge, the table, the rest.
    others = [s for s in region.segs if s is not first]
    above = [s for s in others if s.middle < first.y0 and id(s) not in tables]
    kept = {id(s) for s in above}
    parts = (above, [first], [s for s in others if id(s) not in kept])
    return [_Region(part, region.left, region.right, region.column, region.depth + 1) for part in parts if part]


def _bands(segs: Sequence[Seg]) -> list[list[Seg]]:
    """The segs cut across wherever no line of print is crossed."""
    bands: list[list[Seg]] = []
    low = float("-inf")
    for seg in sorted(segs, key=lambda s: _extent(s)[0]):
        top, bottom = _extent(seg)
        if bands and top < low:
            bands[-1].append(seg)
        else:
            bands.append([seg])
        low = max(low, bottom)
    return bands


def _extent(seg: Seg) -> Gap:
    """From where to where a seg fills its line: a little less than its box, so that close lines stay apart."""
    if not seg.size:
        return seg.y0, seg.y1
    half = min(0.4 * seg.size, (seg.y1 - seg.y0) / 2)
    return seg.middle - half, seg.middle + half


def _free(segs: Iterable[Seg], least: float) -> list[Gap]:
    """The gaps between segs as seen from above, at least so wide."""
    out: list[Gap] = []
    reach: float | None = None
    for seg in sorted(segs, key=lambda s: s.x0):
        if reach is not None and seg.x0 - reach >= least:
            out.append((reach, seg.x0))
        reach = seg.x1 if reach is None else max(reach, seg.x1)
    return out


def _gutters(region: _Region, bands: Sequence[Sequence[Seg]], size: float, uprights: Sequence[Ruling]) -> list[Gap]:
    """The gaps that run down the whole region and have print on both sides of one line at least."""
    ruled = [r.x0 for r in uprights]
    wide = [g for g in _free(region.segs, _RULED_GUTTER * size)
            if g[1] - g[0] >= _GUTTER * size or any(g[0] - 1 <= x <= g[1] + 1 for x in ruled)]
    if not wide:
        return []
    edges = [(min(s.x0 for s in band), max(s.x1 for s in band)) for band in bands]
    return [g for g in wide if any(left < g[0] + 0.01 and right > g[1] - 0.01 for left, right in edges)]


def _split(segs: Iterable[Seg], gutters: Sequence[Gap]) -> list[list[Seg]]:
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


def _together(region: _Region, gutters: Sequence[Gap], size: float, known: Known, *, whole: bool) -> Leaf | None:
    """The table or the rows of names that the region is; None where its columns are read one by one, or it is more than that."""
    rows = rows_of(region.segs)
    header = next((row for row in rows if _is_header(row)), None)
    cells = _free(region.segs, _CELL * size)
    if whole and ((header is not None and not _doubled(header)) or _goes_on(region.segs, cells, known)):
        known.table = _extents(region.segs, cells)
        return Leaf("table", (), region.left, region.right, None, open_rows(rows, cells, size))
    if len(gutters) >= 2:
        texts = [row.text for part in _split(region.segs, gutters) for row in rows_of(part)]
        if sum(map(is_name, texts)) >= layout_rules()["names"]["least_share"] * len(texts):
            return Leaf("names", tuple(rows), region.left, region.right)
    return None


def _is_header(row: Row) -> bool:
    labels = sum(is_label(s.text) for s in row.segs)
    return labels >= 2 and 2 * labels >= len(row.segs)


def _has_header(bands: Sequence[Sequence[Seg]]) -> bool:
    return any(_is_header(row) and not _doubled(row) for band in bands for row in rows_of(band))


def _doubled(row: Row) -> bool:
    """True for the header of a table that is printed in two halves side by side, each with its own labels."""
    texts = ["".join(s.text.split()) for s in row.segs]
    half = len(texts) // 2
    return len(texts) >= 4 and len(texts) % 2 == 0 and texts[:half] == texts[half:]


def _extents(segs: Sequence[Seg], cells: Sequence[Gap]) -> tuple[Gap, ...]:
    return tuple((min(s.x0 for s in part), max(s.x1 for s in part)) for part in _split(segs, cells) if part)


def _goes_on(segs: Sequence[Seg], cells: Sequence[Gap], known: Known) -> bool:
    """True where the columns are those of the table before, without its header."""
    if len(known.table) < 3 or len(cells) < 2:
        return False
    here = _extents(segs, cells)
    for left, right in here:
        held = [k for k in known.table if k[0] - 3 < right and left < k[1] + 3]
        if len(held) != 1:
            return False
    return len(here) * 2 > len(known.table)


def _columns(region: _Region, gutters: Sequence[Gap], size: float, known: Known) -> list[Gap]:
    """The gutters that part columns of text, wide enough to be read one after the other."""
    left, right = min(s.x0 for s in region.segs), max(s.x1 for s in region.segs)
    cuts = _evenly(gutters, left, right, size)
    if not cuts:
        for gutter in sorted(gutters, key=lambda g: g[0] - g[1]):
            edges = sorted([left, *(c[1] for c in cuts), gutter[1]])
            if all(b - a >= _COLUMN * size for a, b in pairwise(edges)):
                cuts.append(gutter)
        cuts.sort()
        narrow = [g for g in gutters if g not in cuts]
        parts = _split(region.segs, cuts)
        if not cuts or (narrow and not _alike(parts, narrow, cuts, size) and not any(_is_prose(p, size) for p in parts)):
            return []
    parts = _split(region.segs, cuts)
    lefts = (left, *(c[1] for c in cuts))
    deep = sorted(len(rows_of(p)) for p in parts)
    # Columns that are shown nowhere else need some depth, and they take the room that there is.
    room = region.right - (left - region.left) - right
    if (deep[-2] < 3 or room > max(b - a for a, b in pairwise(lefts))) and not _is_known(lefts, known, size):
        known.refused = True
        return []
    if min(b - a for a, b in pairwise((*lefts, region.right))) < 0.7 * known.narrowest:
        return []
    return [] if _uneven(parts, lefts, right) and _level(parts, size) else cuts


def _evenly(gutters: Sequence[Gap], left: float, right: float, size: float) -> list[Gap]:
    """The gutters that part the region into the most columns of one width; others are gaps inside a column."""
    for at, first in enumerate(gutters[:_MOST_COLUMNS]):
        pitch = first[1] - left
        if pitch < _COLUMN * size:
            continue
        cuts = [first]
        for gutter in gutters[at + 1 :]:
            if abs(gutter[1] - cuts[-1][1] - pitch) < 0.05 * pitch:
                cuts.append(gutter)
        rest = right - cuts[-1][1]
        if rest < 1.05 * pitch and (len(cuts) > 1 or rest > 0.6 * pitch):
            return cuts
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
    """True for a column most of whose lines reach its right edge."""
    rows = rows_of(segs)
    left, right = min(r.x0 for r in rows), max(r.x1 for r in rows)
    return len(rows) >= 3 and right - left >= _COLUMN * size and 2 * sum(r.x1 > right - 1.6 * size for r in rows) > len(rows)


def _is_known(lefts: Sequence[float], known: Known, size: float) -> bool:
    return any(all(any(abs(x - k) < 2.5 * size for k in columns) for x in lefts) for columns in known.columns)


def _cut_down(region: _Region, cuts: Sequence[Gap], known: Known) -> list[_Region]:
    known.sets += 1
    known.table = ()
    edges = [region.left, *((a + b) / 2 for a, b in cuts), region.right]
    parts = _split(region.segs, cuts)
    lefts = tuple(min(s.x0 for s in part) for part in parts if part)
    narrowest = min(*(b - a for a, b in pairwise(lefts)), max(s.x1 for s in region.segs) - lefts[-1] + 1)
    known.narrowest = min(known.narrowest or narrowest, narrowest)
    if lefts not in known.columns:
        known.columns = [*known.columns[-20:], lefts]
    return [_Region(part, a, b, known.sets, region.depth + 1)
            for part, (a, b) in zip(parts, pairwise(edges), strict=True) if part]


@dataclass(slots=True)
class _Group:
    """Bands that go together: the gaps that run through all of them, and whether print stands on both sides of one."""

    bands: list[list[Seg]]
    free: list[Gap]
    left: float
    right: float
    parted: bool


def _groups(
    region: _Region, bands: Sequence[list[Seg]], size: float, uprights: Sequence[Ruling], tables: Mapping[int, object],
) -> list[list[Seg]]:
    """The region cut across where a line bridges the gutters of the lines above it, and around headlines and ruled tables."""
    ruled = [r.x0 for r in uprights]
    left, right = min(s.x0 for s in region.segs), max(s.x1 for s in region.segs)
    middle = (left + right) / 2
    pitch = _pitch(bands)
    groups: list[_Group] = []
    for band in bands:
        gaps = [g for g in _free(band, _RULED_GUTTER * size)
                if g[1] - g[0] >= _GUTTER * size or any(g[0] - 1 <= x <= g[1] + 1 for x in ruled)]
        x0, x1 = min(s.x0 for s in band), max(s.x1 for s in band)
        free = [(float("-inf"), x0), *gaps, (x1, float("inf"))]
        new = _Group([band], free, x0, x1, bool(gaps))
        if not groups:
            groups.append(new)
            continue
        group = groups[-1]
        both = _shared(group.free, free, min(_GUTTER * size, _RULED_GUTTER * size if ruled else _GUTTER * size))
        inner = [g for g in both if g[0] >= min(group.left, x0) - 0.01 and g[1] <= max(group.right, x1) + 0.01]
        alone = any(id(s) in tables for s in (*band, *group.bands[-1]))
        apart = _top(band) - _bottom(group.bands[-1]) > _BREAK * pitch
        if alone or _is_headline(band, size) != _is_headline(group.bands[-1], size):
            groups.append(new)
        elif group.parted:
            # A line under the columns, far off, or in the middle of them where nothing stands to its left.
            astray = not gaps and (apart or (abs((x0 + x1) / 2 - middle) < size and x0 > left + 2 * size))
            before = [g for g in group.free if g[0] >= group.left - 0.01 and g[1] <= group.right + 0.01]
            bridges = not gaps and any(not any(g[0] < b[1] and b[0] < g[1] for b in both) for g in before)
            if inner and not astray and not bridges:
                group.bands.append(band)
                group.free, group.left, group.right = both, min(group.left, x0), max(group.right, x1)
            else:
                groups.append(new)
        elif gaps:
            # What stands before columns at their left may as well be read first.
            if inner and group.left > left + 3 * size:
                group.bands.append(band)
                group.free, group.left, group.right, group.parted = both, min(group.left, x0), max(group.right, x1), True
            else:
                groups.append(new)
        else:
            group.bands.append(band)
            group.free, group.left, group.right = both, min(group.left, x0), max(group.right, x1)
    return [[s for band in group.bands for s in band] for group in groups]


def _shared(one: Sequence[Gap], other: Sequence[Gap], least: float) -> list[Gap]:
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


def _is_headline(band: Sequence[Seg], size: float) -> bool:
    """True for a line in larger type."""
    return all(s.size > _LARGER * size for s in band)


def _has_wide_headline(bands: Sequence[Sequence[Seg]], gutters: Sequence[Gap], size: float) -> bool:
    """True where a headline stands alone over columns: it may be short enough to fit in one of them, but not in the first."""
    if not gutters:
        return False
    first = min(g[1] for g in gutters)
    return len(bands) > 1 and any(
        _is_headline(band, size) and max(s.x1 for s in band) > first for band in bands)


def _top(band: Sequence[Seg]) -> float:
    return min(_extent(s)[0] for s in band)


def _bottom(band: Sequence[Seg]) -> float:
    return max(_extent(s)[1] for s in band)


def _pitch(bands: Sequence[Sequence[Seg]]) -> float:
    """The usual distance between lines, without their own height."""
    gaps = [max(0.0, _top(b) - _bottom(a)) for a, b in pairwise(bands)]
    return max(median(gaps), 1.0) + 4.0 if gaps else 1.0

