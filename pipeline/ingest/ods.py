"""Spreadsheets of the OpenDocument format, as they are printed: each cell's own text, merged cells, hidden rows and sheets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from pipeline.ingest.errors import damaged, encrypted
from pipeline.ingest.limits import Limits, over_limit
from pipeline.ingest.package import open_package, parse_xml, read_part

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
# Bytes of memory that one cell is reckoned at.
_CELL_SIZE = 32
_WIDEST, _DEEPEST = 16_384, 1_048_576


@dataclass(slots=True)
class RawSheet:
    """A sheet as a file gives it: rows of cells (text, columns, rows that it goes on below), and hidden rows from 0.

    ``covered`` are texts of cells that a merged one covers.
    """

    name: str
    hidden: bool
    rows: list[list[tuple[str, int, int]]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    covered: list[str] = field(default_factory=list)


def read_ods(data: bytes, limits: Limits) -> tuple[list[RawSheet], bool]:
    """The sheets of a file, and whether it holds macros. Raises :class:`UnreadableDocument`."""
    package = open_package(data, limits)
    if b"encryption-data" in (read_part(package, "META-INF/manifest.xml") or b""):
        raise encrypted()
    content = read_part(package, "content.xml")
    if content is None:
        raise damaged("content.xml")
    root = parse_xml(content, "content.xml")
    unseen = {
        s.get(f"{_STYLE}name") for s in root.iter(f"{_STYLE}style")
        for p in s.iterchildren(f"{_STYLE}table-properties") if p.get(f"{_TABLE}display") == "false"
    }
    room = limits.expanded // _CELL_SIZE
    sheets: list[RawSheet] = []
    for body in root.iter(f"{_OFFICE}spreadsheet"):
        for table in body.iterchildren(f"{_TABLE}table"):
            sheet = RawSheet(table.get(f"{_TABLE}name") or "", table.get(f"{_TABLE}style-name") in unseen)
            room = _fill(sheet, table, room, limits)
            sheets.append(sheet)
    return sheets, any(n.startswith(("Basic/", "Scripts/")) and not n.endswith("/") for n in package.namelist())


def _fill(sheet: RawSheet, table: etree._Element, room: int, limits: Limits) -> int:
    """Take in the rows of a table; repeated rows without text are taken once."""
    for row in _rows(table):
        cells = _cells(row, sheet.covered)
        holds = any(text for text, _wide, _deep in cells)
        times = _number(row, "number-rows-repeated", _DEEPEST) if holds else 1
        room -= (sum(wide for _text, wide, _deep in cells) + 8) * times
        if room < 0:
            raise over_limit("expanded", limits.expanded)
        if row.get(f"{_TABLE}visibility") in ("collapse", "filter") and holds:
            sheet.hidden_rows += range(len(sheet.rows), len(sheet.rows) + times)
        sheet.rows += [cells] * times
    return room


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    stack = [iter(table)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
        elif child.tag == f"{_TABLE}table-row":
            yield child
        elif child.tag in (f"{_TABLE}table-header-rows", f"{_TABLE}table-rows", f"{_TABLE}table-row-group"):
            stack.append(iter(child))


def _cells(row: etree._Element, covered: list[str]) -> list[tuple[str, int, int]]:
    """The cells of a row up to the last with text; those that a merged one covers are left out: it reaches over them."""
    out: list[tuple[str, int, int]] = []
    for cell in row.iterchildren(*_CELLS):
        times = _number(cell, "number-columns-repeated", _WIDEST)
        text = _text(cell)
        if cell.tag == _CELLS[1]:
            covered += [text] if text else []
            continue
        wide, deep = _number(cell, "number-columns-spanned", _WIDEST), _number(cell, "number-rows-spanned", _DEEPEST)
        out += [(text, wide, deep - 1)] * (times if text else 1)
        if not text and times > 1:
            out[-1] = ("", times, 0)
    while out and not out[-1][0] and out[-1][2] == 0:
        out.pop()
    return out


def _text(cell: etree._Element) -> str:
    """The lines of a cell without notes."""
    lines: list[str] = []
    for paragraph in cell.iterchildren(f"{_TEXT}p"):
        pieces: list[str] = [paragraph.text or ""]
        for node in paragraph.iterdescendants():
            if node.tag in (f"{_TEXT}s", f"{_TEXT}tab", f"{_TEXT}line-break"):
                pieces.append(" ")
            elif isinstance(node.tag, str) and not node.tag.startswith(_OFFICE):
                pieces.append(node.text or "")
            pieces.append(node.tail or "")
        lines.append("".join(pieces))
    return " ".join(" ".join(lines).split())


def _number(element: etree._Element, name: str, most: int) -> int:
    text = element.get(f"{_TABLE}{name}") or "1"
    return max(1, min(most, int(text))) if text.isascii() and text.isdigit() and len(text) < 9 else 1
