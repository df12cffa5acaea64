"""Tables: the cells between drawn lines, and the cells of tables that only gaps set apart."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.ingest.layout.model import Ruling
from pipeline.ingest.layout.pieces import Row, Seg, rows_of

# Lines nearer than so many points are one.
_SAME = 3.0
# A grid whose filled cells hold more printed lines than this on the average lays out a page; it is no table.
_MOST_LINES = 6.0
_MOST_LINES_DRAWN = 4_000
_MOST_TABLES, _MOST_COLUMNS, _MOST_CELLS = 100, 200, 50_000

Cells = tuple[tuple[tuple[Row, ...], ...], ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A ruled table: its place, the edges of its columns and rows, its lines and what is printed inside."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    level: tuple[Ruling, ...]
    upright: tuple[Ruling, ...]
    segs: tuple[Seg, ...]

    @property
    def x0(self) -> float:
        return self.xs[0]

    @property
    def y0(self) -> float:
        return self.ys[0]

    @property
    def x1(self) -> float:
        return self.xs[-1]

    @property
    def y1(self) -> float:
        return self.ys[-1]


def grids_of(segs: Sequence[Seg], rulings: Sequence[Ruling]) -> list[Grid]:
    """The ruled tables of a page with what stands in them: at least two rows and two columns."""
    level = [r for r in rulings if abs(r.y1 - r.y0) < 2 and r.x1 - r.x0 > 3][:_MOST_LINES_DRAWN]
    upright = [r for r in rulings if abs(r.x1 - r.x0) < 2 and r.y1 - r.y0 > 3][:_MOST_LINES_DRAWN]
    out: list[Grid] = []
    for members in sorted(_touching([*level, *upright]), key=len, reverse=True)[:_MOST_TABLES]:
        flat = tuple(r for r in members if r.x1 - r.x0 > r.y1 - r.y0)
        steep = tuple(r for r in members if r.x1 - r.x0 <= r.y1 - r.y0)
        xs, ys = _merged([r.x0 for r in steep]), _merged([r.y0 for r in flat])
        if not 3 <= len(xs) <= _MOST_COLUMNS or len(ys) < 3 or len(xs) * len(ys) > _MOST_CELLS:
            continue
        inside = tuple(s for s in segs if xs[0] <= (s.x0 + s.x1) / 2 <= xs[-1] and ys[0] <= s.middle <= ys[-1])
        grid = Grid(xs, ys, flat, steep, inside)
        if inside and _is_table(grid):
            out.append(grid)
    return out


def _is_table(grid: Grid) -> bool:
    filled = [cell for row in ruled_rows(grid) for cell in row if cell]
    return len(filled) >= 2 and sum(map(len, filled)) / len(filled) <= _MOST_LINES


def _merged(values: Sequence[float]) -> tuple[float, ...]:
    out: list[float] = []
    for value in sorted(values):
        if not out or value - out[-1] > _SAME:
            out.append(value)
    return tuple(out)


def _touching(rulings: Sequence[Ruling]) -> list[list[Ruling]]:
    """Rulings in sets of those that meet, by sweeping over coarse squares."""
    parent = list(range(len(rulings)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    # Sorted by their left edges; only those still open can meet the next one.
    order = sorted(range(len(rulings)), key=lambda i: rulings[i].x0)
    open_ones: list[int] = []
    for at in order:
        here = rulings[at]
        still = []
        for other in open_ones:
            there = rulings[other]
            if there.x1 + _SAME < here.x0:
                continue
            still.append(other)
            if there.y0 - _SAME <= here.y1 and here.y0 <= there.y1 + _SAME:
                parent[root(at)] = root(other)
        open_ones = [*still, at][-400:]
    sets: dict[int, list[Ruling]] = {}
    for at in range(len(rulings)):
        sets.setdefault(root(at), []).append(rulings[at])
    return list(sets.values())


def ruled_rows(grid: Grid) -> Cells:
    """The rows of a ruled table; a merged cell is printed in its first place and empty where it goes on."""
    rows, columns = len(grid.ys) - 1, len(grid.xs) - 1
    above = _drawn([(r.y0, r.x0, r.x1) for r in grid.level], grid.ys, grid.xs)
    before = _drawn([(r.x0, r.y0, r.y1) for r in grid.upright], grid.xs, grid.ys)
    held: dict[tuple[int, int], list[Seg]] = {}
    for seg in grid.segs:
        row = min(max(bisect_right(grid.ys, seg.middle) - 1, 0), rows - 1)
        column = min(max(bisect_right(grid.xs, (seg.x0 + seg.x1) / 2) - 1, 0), columns - 1)
        while column > 0 and (column, row) not in before:
            column -= 1
        while row > 0 and (row, column) not in above:
            row -= 1
        held.setdefault((row, column), []).append(seg)
    return tuple(tuple(tuple(rows_of(held.get((r, c), []))) for c in range(columns)) for r in range(rows))


def _drawn(lines: Sequence[tuple[float, float, float]], edges: Sequence[float], across: Sequence[float]) -> set[tuple[int, int]]:
    """Which edges of a grid are drawn between which cells: the number of the edge, and of the cell along it."""
    middles = [(a + b) / 2 for a, b in pairwise(across)]
    out: set[tuple[int, int]] = set()
    for at, start, end in lines:
        edge = bisect_right(edges, at) - 1
        for near in (edge, edge + 1):
            if 0 <= near < len(edges) and abs(edges[near] - at) <= _SAME:
                cells = range(bisect_left(middles, start - 1), bisect_right(middles, end + 1))
                out.update((near, cell) for cell in cells)
    return out


def open_rows(rows: Sequence[Row], gaps: Sequence[tuple[float, float]], size: float) -> Cells:
    """The rows of a table without lines, from its printed lines and the gaps between its columns.

    Where rows are numbered, a printed line belongs to the nearest number. Elsewhere it goes on with the row above where it
    fills only cells whose text above reached the edge of its column.
    """
    edges = [(a + b) / 2 for a, b in gaps]
    lines = [_by_column(row, edges) for row in rows]
    first = [i for i, line in enumerate(lines) if line[0]]
    numbers = sum(lines[i][0][0].text.rstrip(".、．").isdigit() for i in first)
    if numbers >= 2 and numbers >= 0.7 * len(first):
        starts = [_nearest(at, rows, first) for at in range(len(rows))]
    else:
        starts = _carried(lines, size)
    out: dict[int, list[list[Row]]] = {}
    for line, start in zip(lines, starts, strict=True):
        cells = out.setdefault(start, [[] for _ in line])
        for cell, segs in zip(cells, line, strict=True):
            if segs:
                cell.append(Row(tuple(segs)))
    return tuple(tuple(tuple(cell) for cell in out[start]) for start in sorted(out))


def _nearest(at: int, rows: Sequence[Row], first: Sequence[int]) -> int:
    """The line with a number that a line belongs to; a line between two is that of the nearer, else of the one above."""
    following = bisect_right(first, at)
    if following == 0 or first[following - 1] == at:
        return at if following == 0 else first[following - 1]
    above = first[following - 1]
    if following == len(first):
        return above
    down, up = rows[first[following]].middle - rows[at].middle, rows[at].middle - rows[above].middle
    return first[following] if down < 0.8 * up else above


def _carried(lines: Sequence[Sequence[Sequence[Seg]]], size: float) -> list[int]:
    """For each line the line that its row begins at."""
    reach = [max((s.x1 for line in lines for s in line[c]), default=0.0) for c in range(len(lines[0]))]
    starts: list[int] = []
    for at, line in enumerate(lines):
        filled = [c for c, cell in enumerate(line) if cell]
        above = lines[at - 1] if at else ()
        goes_on = bool(above) and 0 not in filled and len(filled) < len(line) and all(
            above[c] and above[c][-1].x1 > reach[c] - 1.6 * size for c in filled)
        starts.append(starts[-1] if goes_on else at)
    return starts


def _by_column(row: Row, edges: Sequence[float]) -> list[list[Seg]]:
    out: list[list[Seg]] = [[] for _ in range(len(edges) + 1)]
    for seg in row.segs:
        out[bisect_right(edges, (seg.x0 + seg.x1) / 2)].append(seg)
    return out


def cell_reach(cells: Cells) -> list[float]:
    """How far the print of each column reaches to the right."""
    width = max((len(row) for row in cells), default=0)
    return [max((line.x1 for row in cells if c < len(row) for line in row[c]), default=0.0) for c in range(width)]
