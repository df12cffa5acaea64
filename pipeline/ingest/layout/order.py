"""Reading order: a page cut along its gutters into columns, tables and rows of names.

Where a gutter runs down a whole stretch of the page it parts columns, which are read one after the other, unless what stands
side by side belongs together: the cells of a table, names in a grid, a name and its post. Where none does, the stretch is cut
across, at the lines (a headline) that bridge the gutters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import Literal

from pipeline.ingest.layout.columns import Known, Region, columns
from pipeline.ingest.layout.gutters import (
    COLUMN,
    GUTTER,
    RULED_GUTTER,
    Gap,
    bands_of,
    bottom,
    free,
    gutters_of,
    hung,
    narrow_gutters,
    pitch_of,
    shared,
    split,
    top,
)
from pipeline.ingest.layout.model import Ruling
from pipeline.ingest.layout.pieces import Row, Seg, body_size, rows_of
from pipeline.ingest.layout.tables import Cells, Grid, open_rows, ruled_rows
from pipeline.ingest.layout.thresholds import is_label, is_name, layout_rules

_CELL = 0.4  # in heights of a character: the least gap between the cells of a table
_LARGER = 1.15  # a headline is so much larger than the text
_BREAK = 2.3  # of the usual distance between lines: what follows a gap so wide is no part of the columns above it
_DEEPEST = 12

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


def leaves_of(segs: Sequence[Seg], rulings: Sequence[Ruling], grids: Sequence[Grid], width: float, known: Known) -> list[Leaf]:
    """The leaves of one page in reading order; ``grids`` are its ruled tables, each a block in the flow."""
    tables = {id(stand): (stand, grid) for grid in grids for stand in [_stand_in(grid)]}
    segs = hung(segs)
    placed = [*segs, *(stand for stand, _grid in tables.values())]
    uprights = [r for r in rulings if abs(r.x1 - r.x0) < 2 and abs(r.y1 - r.y0) > 20] + narrow_gutters(segs, body_size(segs))
    out: list[Leaf] = []
    known.narrowest, known.doubtful = 0.0, False
    stack = [Region(placed, 0.0, width, None, 0)]
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


def _parts(region: Region, uprights: Sequence[Ruling], known: Known, tables: Mapping[int, object]) -> list[Region] | Leaf:
    """The region cut into smaller ones, or the leaf that it is."""
    size = body_size([s for s in region.segs if s.size])
    bands = bands_of(region.segs)
    if region.depth < _DEEPEST:
        gutters = gutters_of(region.segs, bands, size, uprights)
        groups = _groups(region, bands, size, uprights, tables, known)
        whole = len(groups) == 1
        if gutters and not any(id(s) in tables for s in region.segs):
            together = _together(region, gutters, size, known, whole=whole)
            if together is not None:
                return together
        across = _has_wide_headline(bands, gutters, size) or (not whole and _has_header(bands))
        cuts = [] if across else columns(region, gutters, size, known)
        if cuts:
            return _cut_down(region, cuts, known)
        if not whole:
            return [Region(group, region.left, region.right, region.column, region.depth + 1) for group in groups]
    first = min((s for s in region.segs if id(s) in tables), key=lambda s: s.y0, default=None)
    if first is None:
        return Leaf("text", tuple(rows_of(region.segs)), region.left, region.right, region.column)
    # A ruled table in the middle of print: what stands above its upper edge, the table, the rest.
    others = [s for s in region.segs if s is not first]
    above = [s for s in others if s.middle < first.y0 and id(s) not in tables]
    kept = {id(s) for s in above}
    parts = (above, [first], [s for s in others if id(s) not in kept])
    return [Region(part, region.left, region.right, region.column, region.depth + 1) for part in parts if part]


def _together(region: Region, gutters: Sequence[Gap], size: float, known: Known, *, whole: bool) -> Leaf | None:
    """The table or the rows of names that the region is; None where its columns are read one by one, or it is more than that."""
    rows = rows_of(region.segs)
    header = next((row for row in rows if _is_header(row)), None)
    cells = free(region.segs, _CELL * size)
    if whole and ((header is not None and not _doubled(header)) or _goes_on(region.segs, cells, known)):
        known.table = _extents(region.segs, cells)
        return Leaf("table", (), region.left, region.right, None, open_rows(rows, cells, size))
    if len(gutters) >= 2:
        texts = [row.text for part in split(region.segs, gutters) for row in rows_of(part)]
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
    return tuple((min(s.x0 for s in part), max(s.x1 for s in part)) for part in split(segs, cells) if part)


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


def _cut_down(region: Region, cuts: Sequence[Gap], known: Known) -> list[Region]:
    known.sets += 1
    known.table = ()
    edges = [region.left, *((a + b) / 2 for a, b in cuts), region.right]
    parts = split(region.segs, cuts)
    lefts = tuple(min(s.x0 for s in part) for part in parts if part)
    narrowest = min(*(b - a for a, b in pairwise(lefts)), max(s.x1 for s in region.segs) - lefts[-1] + 1)
    known.narrowest = min(known.narrowest or narrowest, narrowest)
    if lefts not in known.columns:
        known.columns = [*known.columns[-20:], lefts]
    return [Region(part, a, b, known.sets, region.depth + 1)
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
    region: Region, bands: Sequence[list[Seg]], size: float, uprights: Sequence[Ruling], tables: Mapping[int, object],
    known: Known,
) -> list[list[Seg]]:
    """The region cut across where a line bridges the gutters of the lines above it, and around headlines and ruled tables."""
    ruled = [r.x0 for r in uprights]
    left, right = min(s.x0 for s in region.segs), max(s.x1 for s in region.segs)
    middle = (left + right) / 2
    pitch = pitch_of(bands)
    groups: list[_Group] = []
    for band in bands:
        gaps = [g for g in free(band, RULED_GUTTER * size)
                if g[1] - g[0] >= GUTTER * size or any(g[0] - 1 <= x <= g[1] + 1 for x in ruled)]
        x0, x1 = min(s.x0 for s in band), max(s.edge for s in band)
        around = [(float("-inf"), x0), *gaps, (x1, float("inf"))]
        new = _Group([band], around, x0, x1, bool(gaps))
        if not groups:
            groups.append(new)
            continue
        group = groups[-1]
        both = shared(group.free, around, min(GUTTER * size, RULED_GUTTER * size if ruled else GUTTER * size))
        inner = [g for g in both if g[0] >= min(group.left, x0) - 0.01 and g[1] <= max(group.right, x1) + 0.01]
        alone = any(id(s) in tables for s in (*band, *group.bands[-1]))
        apart = top(band) - bottom(group.bands[-1]) > _BREAK * pitch
        if alone or _is_headline(band, size) != _is_headline(group.bands[-1], size):
            groups.append(new)
        elif group.parted:
            # A line under the columns, far off, or in the middle of them where nothing stands to its left.
            astray = not gaps and (apart or (abs((x0 + x1) / 2 - middle) < size and x0 > left + 2 * size))
            before = [g for g in group.free if g[0] >= group.left - 0.01 and g[1] <= group.right + 0.01]
            lost = [g for g in before if not any(g[0] < b[1] and b[0] < g[1] for b in both)]
            closed = [g for g in lost if _is_wide(g, before, group.left, size)]
            # A gap inside a column (a name and its post) may end where a gutter goes on.
            bridges = not gaps and bool(closed or (lost and not any(_is_wide(g, before, group.left, size) for g in inner)))
            known.doubtful |= any(g[0] < s.edge < g[1] + size and s.x0 < g[0] - size for g in closed for s in band)
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


def _is_wide(gap: Gap, gaps: Sequence[Gap], left: float, size: float) -> bool:
    """True where a column of text has room between a gap and the one before it."""
    return gap[0] - max((g[1] for g in gaps if g[1] <= gap[0]), default=left) >= COLUMN * size


def _is_headline(band: Sequence[Seg], size: float) -> bool:
    """True for a line in larger type."""
    return all(s.size > _LARGER * size for s in band)


def _has_wide_headline(bands: Sequence[Sequence[Seg]], gutters: Sequence[Gap], size: float) -> bool:
    """True where a headline stands alone over columns: it may be short enough to fit in one of them, but not in the first."""
    if not gutters:
        return False
    heads = list(takewhile(lambda band: len(band) == 1 and _is_headline(band, size), bands))
    below = [s for band in bands[len(heads) :] for s in band]
    if any(s.x0 < g[0] and g[1] < s.x1 for (s,) in heads for g in free(below, GUTTER * size)):
        return True
    first = min(g[1] for g in gutters)
    return len(bands) > 1 and any(
        _is_headline(band, size) and max(s.x1 for s in band) > first for band in bands)


