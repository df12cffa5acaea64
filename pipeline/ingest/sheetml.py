"""Spreadsheets of Office 2003's XML, which many systems write under the ending .xls."""

from __future__ import annotations

from lxml import etree

from pipeline.ingest.limits import Limits, over_limit
from pipeline.ingest.ods import RawSheet
from pipeline.ingest.package import parse_xml

_SS = "{urn:schemas-microsoft-com:office:spreadsheet}"
_CELL_SIZE = 32  # bytes of memory that one cell is reckoned at
_WIDEST, _DEEPEST = 16_384, 1_048_576


def read_xml(data: bytes, limits: Limits) -> list[RawSheet]:
    """The sheets of a file. Raises :class:`UnreadableDocument` where it is damaged or reaches too far."""
    room = limits.expanded // _CELL_SIZE
    sheets: list[RawSheet] = []
    for worksheet in parse_xml(data, "xls").iter(f"{_SS}Worksheet"):
        sheet = RawSheet(worksheet.get(f"{_SS}Name") or "", next(worksheet.iter("{*}Visible"), None) is not None)
        for table in worksheet.iterchildren(f"{_SS}Table"):
            open_until: dict[int, int] = {}
            at = 0
            for row in table.iterchildren(f"{_SS}Row"):
                at = _number(row, "Index", at, _DEEPEST)
                cells = _cells(row, at, open_until)
                room -= sum(wide for _text, wide, _deep in cells) + 8
                if room < 0:
                    raise over_limit("expanded", limits.expanded)
                if row.get(f"{_SS}Hidden") == "1":
                    sheet.hidden_rows.append(len(sheet.rows))
                sheet.rows.append(cells)
                at += 1
        sheets.append(sheet)
    return sheets


def _cells(row: etree._Element, at: int, open_until: dict[int, int]) -> list[tuple[str, int, int]]:
    """The cells of a row; columns that a merged cell above still takes up are left to it."""
    out: list[tuple[str, int, int]] = []
    column = 0
    for cell in row.iterchildren(f"{_SS}Cell"):
        wanted = _number(cell, "Index", column, _WIDEST)
        while column < wanted or open_until.get(column, -1) >= at:
            if open_until.get(column, -1) < at:
                out.append(("", 1, 0))
            column += 1
        text = " ".join("".join("".join(d.itertext()) for d in cell.iterchildren(f"{_SS}Data")).split())
        wide = _number(cell, "MergeAcross", 0, _WIDEST, base=0) + 1
        deep = _number(cell, "MergeDown", 0, _DEEPEST, base=0)
        if deep:
            open_until.update(dict.fromkeys(range(column, column + wide), at + deep))
        out.append((text, wide, deep))
        column += wide
    return out


def _number(element: etree._Element, name: str, default: int, most: int, *, base: int = 1) -> int:
    """An attribute that counts from ``base``, as a count from 0."""
    text = element.get(f"{_SS}{name}") or ""
    return min(most, max(0, int(text) - base)) if text.isascii() and text.isdigit() and len(text) < 9 else default
