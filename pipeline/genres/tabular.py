"""Printed tables inside a list: a header row, then rows of cells.

Cells are set apart by tabs, bars, commas or wide gaps, or stand one a line. A header is believed
only with two known labels, one of them naming what the table lists; a label that its cells belie
is not believed, and a column without a label is read only where its cells leave no doubt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, zip_longest

import regex

from pipeline.blocks import Block, joined
from pipeline.columns import DELIMITERS, GAP, LONGEST_HEADER, LONGEST_LABEL, TAB, by_label, cells_of, stacked_labels, unquoted
from pipeline.model import Finding, Span
from pipeline.rules import Rule
from pipeline.scope import Scope
from pipeline.values.numbers import parse_ordinal
from pipeline.view import View, match_key

_LINE_BREAK = regex.compile(r"\s{0,20}[\r\n]\s{0,20}")  # inside a quoted cell
_LOOK_AHEAD = 400


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its folded text without edges and its place; an empty cell has no place.

    ``merged`` is the place of the text of the cell above that this one is merged with.
    """

    text: str
    span: Span | None
    merged: Span | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the rule of what it holds (None where it is not known) and its printed label."""

    rule: Rule | None
    label: str
    span: Span


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: the block of all its cells and the cell of each column that was read.

    ``goes_on`` is true where the cell that names what the row is about is merged with the one above.
    """

    block: Block
    cells: tuple[tuple[Column, Cell], ...]
    used: int
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table in force. ``delimiter`` is None where each cell is a line of its own.

    ``merging`` counts the columns in which the format shows merged cells, from 0: a cell there that is empty and not
    merged is empty.
    """

    columns: tuple[Column, ...]
    delimiter: str | None
    table: str
    header: Span
    used: int
    findings: tuple[Finding, ...] = ()
    merging: frozenset[int] = frozenset()


def table_at(scope: Scope, blocks: Sequence[Block], position: int) -> Table | None:
    """The table whose header begins at ``position``; None where there is none."""
    block = blocks[position]
    if block.form is not None or len(block.text) > LONGEST_HEADER:
        return None
    rules = scope.book.groups["columns"]
    for delimiter in DELIMITERS:
        cells = _whole(scope, block) if delimiter == TAB else []
        cells = cells or _cells(scope, block.span, delimiter)
        if len(cells) >= 2:
            cells, header, used = _second_line(scope, cells, blocks, position) if delimiter == TAB else (cells, block.span, 1)
            columns = tuple(Column(by_label(c.text, rules), c.text, c.span or block.span) for c in cells)
            found = _believed(scope, Table(columns, delimiter, "", header, used), blocks, position)
            if found:
                return found
    return _one_cell_a_line(scope, blocks, position, rules)


def row_at(scope: Scope, table: Table, blocks: Sequence[Block], position: int) -> TableRow | None:
    """The row of ``table`` that begins at ``position``; None where the text there is no row of it."""
    if table.delimiter is None:
        return _stacked_row(scope, table, blocks, position)
    block = blocks[position]
    if block.form not in (None, "source"):
        return None
    placed = _placed(scope, table, block)
    if placed is None:
        return None
    row = TableRow(block, placed, 1)
    if not table.table:
        return row
    key = key_cell(table, row)
    goes_on = key.merged is not None and key.merged.start >= table.header.end
    return replace(row, goes_on=goes_on) if key.text or goes_on else None


def _placed(scope: Scope, table: Table, block: Block) -> tuple[tuple[Column, Cell], ...] | None:
    """The cells of a printed line under their columns; an indent may be an empty first cell."""
    width = len(table.columns)
    whole = _whole(scope, block) if table.delimiter == TAB else []
    if len(whole) <= width + 2 and (any(c.merged for c in whole) or _is_key_alone(table, whole)):
        return tuple(zip(table.columns, [*whole, *[Cell("", None)] * (width - len(whole))], strict=False))
    cells = _cells(scope, block.span, table.delimiter or "")
    indent = _indent(scope, block)
    if table.delimiter == TAB and "\t" in indent and len(cells) < width:
        cells = [Cell("", None)] * min(indent.count("\t"), width - len(cells)) + cells
    if len(cells) < 2 or len(cells) > width + 2:
        return None
    if table.delimiter == GAP and len(cells) < width:
        return _fit(table.columns, cells)
    return tuple(zip(table.columns, [*cells, *[Cell("", None)] * (width - len(cells))], strict=False))


def _indent(scope: Scope, block: Block) -> str:
    start = block.span.start
    while start > 0 and scope.text[start - 1] in " \t\u3000\u00a0":
        start -= 1
    return scope.text[start : block.span.start]


def key_cell(table: Table, row: TableRow) -> Cell:
    """The cell that names what the row is about."""
    return next(cell for column, cell in row.cells if column.rule and column.rule.sets.get("key") == table.table)


def is_header_again(scope: Scope, table: Table, blocks: Sequence[Block], position: int) -> int:
    """How many blocks a header printed again takes at ``position``; 0 where there is none."""
    labels = [match_key(c.label) for c in table.columns]
    if table.delimiter is None:
        here = [match_key(b.text) for b in blocks[position : position + len(labels)]]
        return len(labels) if here == labels else 0
    here = [match_key(c.text) for c in _cells(scope, blocks[position].span, table.delimiter)]
    return 1 if here == labels[: len(here)] and len(here) >= 2 else 0


def _whole(scope: Scope, block: Block) -> list[Cell]:
    """The cells of a line of a format that tells which are merged, with empty ones at its edges; none elsewhere."""
    if scope.document.merged is None:
        return []
    start, end = block.span
    while start > 0 and scope.text[start - 1] in " \t\u3000\u00a0":
        start -= 1
    while end < len(scope.text) and scope.text[end] in " \t\u3000\u00a0":
        end += 1
    return _cells(scope, Span(start, end), TAB)


def _is_key_alone(table: Table, cells: Sequence[Cell]) -> bool:
    """True where only the cell that names what the row is about is filled, and is what its column holds."""
    filled = [(column, cell) for column, cell in zip(table.columns, cells, strict=False) if cell.text]
    if len(cells) < 2 or len(filled) != 1:
        return False
    rule = filled[0][0].rule
    return rule is not None and rule.sets.get("key") == table.table and rule.apply(filled[0][1].text) is not None


def _second_line(scope: Scope, cells: list[Cell], blocks: Sequence[Block], position: int) -> tuple[list[Cell], Span, int]:
    """The labels of a header with how far it goes; a second line whose other cells are merged with the first divides some."""
    header = blocks[position].span
    below = _whole(scope, blocks[position + 1]) if position + 1 < len(blocks) else []
    if not any(c.merged and header.start <= c.merged.start < header.end for c in below):
        return cells, header, 1
    labels = [lower if lower.text else upper for upper, lower in zip_longest(cells, below, fillvalue=Cell("", None))]
    return labels, Span(header.start, blocks[position + 1].span.end), 2


def _cells(scope: Scope, where: Span, delimiter: str) -> list[Cell]:
    """The cells of one printed line, in the source's own characters."""
    return [_cell(scope, *cell) for cell in cells_of(scope.text, where, delimiter)]


def _cell(scope: Scope, start: int, end: int) -> Cell:
    span = unquoted(scope.text, Span(start, end))
    if span is None:
        return Cell("", None, (scope.document.merged or {}).get(start))
    return Cell(_LINE_BREAK.sub(" ", View.of(scope.text, span).folded), span)


def _believed(scope: Scope, table: Table, blocks: Sequence[Block], position: int) -> Table | None:
    """The table with its columns checked against its cells; None where it is no table that can be read."""
    labelled = [c for c in table.columns if c.rule]
    if len(labelled) < 2 or any(len(c.label) > LONGEST_LABEL for c in table.columns):
        return None
    rows = list(_rows_below(scope, table, blocks, position + table.used))
    columns: list[Column] = []
    findings: list[Finding] = []
    for index, column in enumerate(table.columns):
        cells = [r.cells[index][1].text for r in rows if index < len(r.cells) and r.cells[index][1].text]
        rule = column.rule
        if rule and rule.sets.get("strict") and cells and not _mostly(rule, cells):
            findings.append(Finding("column_unlike_label", column.span, {"label": column.label}, found=cells[0]))
            rule = None
        columns.append(replace(column, rule=rule))
    columns = _yielded(columns, scope.book.groups["columns"])
    taken = {c.rule.role for c in columns if c.rule}
    for index, column in enumerate(columns):
        cells = [r.cells[index][1].text for r in rows if index < len(r.cells) and r.cells[index][1].text]
        looks = next((r for r in scope.book.groups["columns"] if r.sets.get("infer") and r.role not in taken
                      and cells and _mostly(r, cells)), None) if column.rule is None else None
        if looks:
            columns[index] = replace(column, rule=looks)
            taken.add(looks.role)
            findings.append(Finding("column_by_content", column.span, {"label": column.label, "role": looks.role}))
    key = next((str(c.rule.sets["key"]) for c in columns if c.rule and c.rule.sets.get("key")), None)
    for index, column in enumerate(columns):
        cells = [r.cells[index][1].text for r in rows if index < len(r.cells) and r.cells[index][1].text]
        if cells and key and not _has_field(column.rule, key):
            findings.append(Finding("column_unread", column.span, {"label": column.label or "—"}, found=cells[0]))
    merging = frozenset(i for r in rows for i, (_column, cell) in enumerate(r.cells) if cell.merged)
    return replace(table, columns=tuple(columns), table=key, findings=tuple(findings), merging=merging) if key else None


def _has_field(rule: Rule | None, table: str) -> bool:
    return rule is not None and not rule.sets.get("optional") and table in rule.sets.get("within", (table,))


def _yielded(columns: Sequence[Column], rules: Sequence[Rule]) -> list[Column]:
    """A school beside a person is that person's unit: what a row is about is named by one column only."""
    held = {c.rule.role for c in columns if c.rule}
    out: list[Column] = []
    for column in columns:
        rule = column.rule
        if rule and held.intersection(rule.sets.get("yields_to", ())):
            other = rule.sets["otherwise"]
            rule = None if other in held else next((r for r in rules if r.role == other), None)
            held.add(other)
        out.append(replace(column, rule=rule))
    return out


def _mostly(rule: Rule, cells: Sequence[str]) -> bool:
    return sum(rule.apply(c) is not None for c in cells) * 2 > len(cells)


def _rows_below(scope: Scope, table: Table, blocks: Sequence[Block], position: int) -> Iterator[TableRow]:
    end = min(len(blocks), position + _LOOK_AHEAD)
    while position < end:
        row = row_at(scope, table, blocks, position)
        if row:
            yield row
        position += row.used if row else 1


def _one_cell_a_line(scope: Scope, blocks: Sequence[Block], position: int, rules: Sequence[Rule]) -> Table | None:
    """A header of which each label is a line: at least three, all known but for single ones between known ones."""
    columns = tuple(Column(rule, block.text, block.span) for block, rule in stacked_labels(blocks, position, rules))
    if not columns:
        return None
    header = Span(columns[0].span.start, columns[-1].span.end)
    return _believed(scope, Table(columns, None, "", header, len(columns)), blocks, position)


def _stacked_row(scope: Scope, table: Table, blocks: Sequence[Block], position: int) -> TableRow | None:
    """A row of lines: from one running number to the next, or as many lines as there are columns."""
    width = len(table.columns)
    if table.columns[0].rule and table.columns[0].rule.role == "entry_no":
        number = _number(blocks[position])
        if number is None:
            return None
        size = next((i for i in range(1, width + 1) if _ends_row(table, blocks, position, i, number)), width)
    else:
        size = width
    lines = blocks[position : position + size]
    if len(lines) < size or any(b.form is not None or len(b.text) > 120 for b in lines):
        return None
    cells = [Cell(b.text, b.span) for b in lines]
    anchored = table.columns[0].rule is not None and table.columns[0].rule.role == "entry_no" and size == width
    fitted = tuple(zip(table.columns, cells, strict=True)) if anchored else _fit(table.columns, cells)
    if fitted is None:
        return None
    whole = lines[0]
    for line in lines[1:]:
        whole = joined(scope.text, whole, line)
    return TableRow(whole, fitted, size)


def _ends_row(table: Table, blocks: Sequence[Block], position: int, size: int, number: int) -> bool:
    """True where the row that began at ``position`` is over after ``size`` lines."""
    if size < 2:
        return False
    if position + size >= len(blocks):
        return True
    following = blocks[position + size]
    begins = _number(following) == number + 1
    return begins or match_key(following.text) == match_key(table.columns[0].label) or following.marker is not None


def _number(block: Block) -> int | None:
    text = block.text.rstrip(".、")
    return parse_ordinal(text) if text.isdigit() else None


def _fit(columns: Sequence[Column], cells: Sequence[Cell]) -> tuple[tuple[Column, Cell], ...] | None:
    """Cells to columns in order; where cells are missing, the one way in which every pattern holds."""
    if len(cells) > len(columns):
        return None
    orders = combinations(range(len(columns)), len(cells))
    ways = [w for w in orders if all(_may_hold(columns[c], cells[i]) for i, c in enumerate(w))]
    needed = {i for i, c in enumerate(columns) if c.rule is None or not c.rule.sets.get("optional")}
    ways = [w for w in ways if needed <= set(w)] or ways  # a remark is what is left empty first
    if len(ways) != 1:
        return None
    placed = dict(zip(ways[0], cells, strict=True))
    return tuple((column, placed.get(i, Cell("", None))) for i, column in enumerate(columns))


def _may_hold(column: Column, cell: Cell) -> bool:
    return column.rule is None or column.rule.apply(cell.text) is not None
