"""Spreadsheets (.xlsx, .xls, .ods) to documents: a line for each row, cells set apart by tabs, a page for each sheet.

Only values are read: no formula is worked out and no macro is looked at. Hidden sheets and rows are kept, with a finding.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import python_calamine
import regex

from pipeline.ingest.errors import damaged, encrypted
from pipeline.ingest.limits import Limits, over_limit
from pipeline.ingest.ods import read_ods
from pipeline.ingest.package import open_package
from pipeline.ingest.sheetml import read_xml
from pipeline.ingest.workbook import Seen, look
from pipeline.ingest.writer import Grid, Writer
from pipeline.model import Document, Finding, Span
from pipeline.view import match_key

_MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xls": "application/vnd.ms-excel",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}
# Bytes of memory that one cell is reckoned at.
_CELL_SIZE = 32
_VBA = "_VBA_PROJECT".encode("utf-16-le")
# Names that programs give to sheets by themselves.
_NO_NAME = regex.compile(r"(?i:sheet|工作表|表|table|worksheet)?\s?\d{0,4}(?:\s?\(\d{1,3}\))?")
_HAN = regex.compile(r"\p{Han}")
_SHOWN = 30
_OLE = b"\xd0\xcf\x11\xe0"
# Records of .xls: the begin of a workbook, its password and its end; the password stands among the first ones.
_SECTOR, _BEGIN, _PASSWORD, _END, _FIRST_RECORDS = 512, b"\x09\x08", 0x2F, 0x0A, 50


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A sheet: rows of cells (text, columns, rows that it goes on below) and what is to be said of it."""

    name: str
    rows: Sequence[Sequence[tuple[str, int, int]]]
    hidden: bool = False
    hidden_rows: Sequence[int] = ()
    without_value: Sequence[str] = ()
    covered: Sequence[str] = ()


def read(name: str, data: bytes, kind: str, limits: Limits) -> Document:
    """The text of a spreadsheet; ``kind`` is xlsx, xls or ods. Raises :class:`UnreadableDocument`."""
    if kind == "ods":
        found, has_macros = read_ods(data, limits)
        sheets = [_Sheet(s.name, s.rows, s.hidden, s.hidden_rows, (), s.covered) for s in found]
        extractor = f"sheets/2 lxml {version('lxml')}"
    elif kind == "xls" and not data.startswith(_OLE):
        sheets, has_macros = [_Sheet(s.name, s.rows, s.hidden, s.hidden_rows) for s in read_xml(data, limits)], False
        extractor = f"sheets/2 lxml {version('lxml')}"
    else:
        sheets, has_macros = _by_calamine(data, kind, limits)
        extractor = f"sheets/2 python-calamine {version('python-calamine')}"
    if len(sheets) > limits.pages:
        raise over_limit("pages", limits.pages, len(sheets))
    writer = Writer()
    findings: list[Finding] = []
    furniture: list[Span] = []
    starts: list[int] = []
    for sheet in sheets:
        starts.append(writer.end)
        title = _title(sheet)
        if title:
            span = writer.line(sheet.name.strip())
            furniture += [span] if title == "furniture" else []
        findings += _write(sheet, writer)
    if has_macros:
        findings.append(Finding("macros_ignored"))
    text = writer.text
    if not text.strip():
        findings.append(Finding("empty_document"))
    return Document(hashlib.sha256(data).hexdigest(), name, _MEDIA[kind], None, extractor, text, tuple(starts), tuple(findings),
                    tuple(furniture), merged=writer.merged)


def _by_calamine(data: bytes, kind: str, limits: Limits) -> tuple[list[_Sheet], bool]:
    seen: Mapping[str, Seen] = {}
    if kind == "xlsx":
        package = open_package(data, limits)
        seen = look(package)
        has_macros = any(n.lower().endswith("vbaproject.bin") for n in package.namelist())
        cells = sum(s.area for s in seen.values())
        if cells * _CELL_SIZE > limits.expanded:
            raise over_limit("expanded", limits.expanded, cells * _CELL_SIZE)
    else:
        if _is_locked(data):
            raise encrypted()
        has_macros = _VBA in data
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        metadata = [m for m in book.sheets_metadata if m.typ == python_calamine.SheetTypeEnum.WorkSheet]
        if len(metadata) > limits.pages:
            raise over_limit("pages", limits.pages, len(metadata))
        return [_sheet(book.get_sheet_by_name(m.name), m, seen.get(m.name, Seen())) for m in metadata], has_macros
    except python_calamine.PasswordError as error:
        raise encrypted() from error
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise damaged(error) from error


def _is_locked(data: bytes) -> bool:
    """True where the workbook of an .xls file begins with the record of a password; streams begin at multiples of 512."""
    start = next((i for i in range(_SECTOR, len(data), _SECTOR) if data.startswith(_BEGIN, i)), len(data))
    for _ in range(_FIRST_RECORDS):
        kind, size = int.from_bytes(data[start : start + 2], "little"), int.from_bytes(data[start + 2 : start + 4], "little")
        if kind in (_PASSWORD, _END) or start >= len(data):
            return kind == _PASSWORD
        start += 4 + size
    return False


def _sheet(sheet: Any, metadata: Any, seen: Seen) -> _Sheet:
    """A sheet as calamine read it; cells stand where they are in the sheet."""
    values = sheet.to_python(skip_empty_area=True)
    top, left = sheet.start or (0, 0)
    merged = {begin: end for begin, end in sheet.merged_cell_ranges or ()}
    open_until: dict[int, tuple[int, int, Any]] = {}
    covered: list[str] = []
    rows: list[list[tuple[str, int, int]]] = []
    for row, cells in enumerate(values, top):
        out: list[tuple[str, int, int]] = [("", left, 0)] if left else []
        until = 0
        shown: Any = None
        for column, value in enumerate(cells, left):
            if column < until:
                covered += [_cell(value)] if value != shown else []
                continue
            last_row, last_column, shown = open_until.get(column, (-1, 0, value))
            if last_row >= row:
                until = last_column + 1  # it goes on from a row above
                covered += [_cell(value)] if value != shown else []
                continue
            last_row, last_column = merged.get((row, column), (row, column))
            if last_row > row:
                open_until[column] = last_row, last_column, value
            until = last_column + 1
            out.append((_cell(value, seen.percent.get((row, column))), until - column, last_row - row))
        rows.append(out)
    hidden = metadata.visible != python_calamine.SheetVisibleEnum.Visible
    return _Sheet(metadata.name, rows, hidden, seen.hidden_rows, seen.without_value, [text for text in covered if text])


def _title(sheet: _Sheet) -> str:
    """What the name of a sheet is: a line of its text, furniture where the sheet has a title of its own, or nothing new."""
    name = sheet.name.strip()
    texts = [[text for text, _wide, _deep in row if text] for row in sheet.rows[:20]]
    first = [row for row in texts if row][:3]
    if not first or _NO_NAME.fullmatch(name) or len(_HAN.findall(name)) < 2:
        return ""
    if any(match_key(name) in match_key(text) for row in first for text in row):
        return ""
    return "furniture" if len(first[0]) == 1 else "line"


def _write(sheet: _Sheet, writer: Writer) -> Iterator[Finding]:
    """Write the rows of a sheet; what is hidden in it and what has no value is said at its place."""
    grid = Grid(writer, 20 * sum(map(len, sheet.rows)) + 100_000)
    begin = writer.end
    hidden = set(sheet.hidden_rows)
    told: list[Span] = []
    for index, row in enumerate(sheet.rows):
        span = grid.row(row)
        if span and index in hidden:
            told.append(span)
    where = Span(begin, max(begin, writer.end - 1))
    if sheet.hidden and writer.end > begin:
        yield Finding("hidden_cells", where, {"where": sheet.name})
    if told:
        yield Finding("hidden_cells", told[0], {"where": f"{sheet.name}: {len(told)} 行 / rows"})
    if sheet.covered:
        count = str(sum(map(len, sheet.covered)))
        yield Finding("text_left_out", where, {"count": count, "text": sheet.covered[0][:_SHOWN]})
    if sheet.without_value:
        shown = "、".join(sheet.without_value[:5])
        yield Finding("cell_without_value", where, {"count": str(len(sheet.without_value)), "cells": shown[:_SHOWN]})


def _cell(value: Any, percent: int | None = None) -> str:
    """A cell as it is printed: whole numbers without a point, days as days, one line; ``percent`` is its number of decimals.

    >>> _cell(12.0), _cell(1.5), _cell(" 甲\\n乙 "), _cell(None), _cell(0.125, 1), _cell(True)
    ('12', '1.5', '甲 乙', '', '12.5%', 'TRUE')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, (int, float)) and percent is not None:
        return f"{value * 100:.{percent}f}%"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    return " ".join(str(value).split())
