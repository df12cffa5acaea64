"""The set as a workbook: a sheet for each table, with source, findings and a column for corrections.

No text becomes a formula, a number or a link. Every row carries its ``row_id`` and a proof of its values at the time of the
export in hidden columns, so that :mod:`pipeline.export.marked` can read corrections back.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import regex

from pipeline.corrections import plain
from pipeline.export.clean import fitted, visible
from pipeline.export.dataset import TECHNICAL, Field, PublishedSet, Record, TableData, labels, shown
from pipeline.export.errors import needed
from pipeline.export.material import Sorter, unit_place
from pipeline.export.modality import UNDETERMINED, modality
from pipeline.export.naming import as_of
from pipeline.export.wordfile import MADE
from pipeline.export.wording import words

ROWS = 1_048_576
FIELDS_SHEET = "_fields"
# Tables that are records of the reading and hold no value a person could set right.
NOT_CORRECTABLE = frozenset({"documents", "lines", "findings", "rules_used"})
_LEFT_OUT = {"documents": ("text",)}
_FORBIDDEN = regex.compile(r"[\[\]:*?/\\\x00-\x1f]")
_LONGEST_NAME = 31
_DIGITS = 8
_COLOURS = {"error": "#F8CBAD", "warning": "#FFF2CC"}
_WIDEST, _NARROWEST = 60, 7
# Points of a line, and how many of them a row shows at most.
_LINE, _MOST_LINES = 15, 12


def correctable(table: TableData) -> tuple[Field, ...]:
    """The columns of a table whose values a person can set right."""
    if table.name in NOT_CORRECTABLE:
        return ()
    return tuple(
        f for f in table.fields
        if f.name not in TECHNICAL and f.name != "corrected" and not f.name.endswith(("_origin", "_evidence", "_id"))
        and not f.type.startswith(("struct", "list<element: struct", "bool")))


def proof(row: Record, columns: Iterable[str]) -> str:
    """What a row was when it was exported: eight hex digits for where it stands and who read it, and eight for each value.

    >>> len(proof({"doc_id": "a", "span_start": 0, "span_end": 1, "rule_id": "r", "city": "杭州市"}, ["city"]))
    16
    """
    where = [row["doc_id"], row["span_start"], row["span_end"], row["rule_id"]]
    return "".join(_digest(v) for v in (where, *([c, plain(row.get(c))] for c in columns)))


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, default=str).encode()).hexdigest()[:_DIGITS]


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of a sheet: its header, the field it shows (None for one that is made) and whether it is hidden."""

    header: str
    field: Field | None
    hidden: bool = False
    made: str | None = None


def workbook(data: PublishedSet, year: int) -> bytes:
    """The set as .xlsx; places are named as of ``year``."""
    made = io.BytesIO()
    book = needed("xlsxwriter").Workbook(made, {
        "in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False})
    book.set_properties({"title": words("sheet")["about"], "author": "hongzhi", "created": MADE})
    writer = _Writer(book, data, year)
    about = book.add_worksheet(writer.name(words("sheet")["about"]))
    for table in data.tables.values():
        writer.write(table)
    writer.describe(about)
    book.close()
    return made.getvalue()


class _Writer:
    def __init__(self, book: Any, data: PublishedSet, year: int) -> None:
        self.book, self.data, self.year = book, data, year
        self.sorter = Sorter(data, year)
        self._names: set[str] = set()
        self._sheets: list[tuple[str, TableData, int]] = []
        self._cut: list[tuple[str, str, int]] = []
        self._listed: list[tuple[str, str, str, str]] = []
        self._head = book.add_format({"bold": True, "bg_color": "#D9E2F3", "border": 1, "text_wrap": True, "valign": "vcenter"})
        self._plain = self._format("")
        self._coloured = {severity: self._format(colour) for severity, colour in _COLOURS.items()}
        self._to_fill = book.add_format({"num_format": "@", "valign": "top", "text_wrap": True, "bg_color": "#E2EFDA",
                                         "border": 1, "border_color": "#A9D08E"})

    def _format(self, colour: str) -> tuple[Any, Any]:
        """Formats of text and of numbers."""
        ruled = {"bg_color": colour, "border": 1, "border_color": "#D9D9D9"} if colour else {}
        base = {"valign": "top", "text_wrap": True, **ruled}
        return self.book.add_format({**base, "num_format": "@"}), self.book.add_format({**base, "align": "left"})

    def name(self, wanted: str) -> str:
        """A legal name of a sheet that no other sheet has."""
        base = _FORBIDDEN.sub("_", visible(wanted)).strip("' ") or "_"
        number, name = 1, base[:_LONGEST_NAME]
        while name.casefold() in self._names or name.casefold() in (FIELDS_SHEET, "history"):
            number += 1
            name = f"{base[: _LONGEST_NAME - 5]}({number})"
        self._names.add(name.casefold())
        return name

    def write(self, table: TableData) -> None:
        columns = self._columns(table)
        room = ROWS - 1
        for start in range(0, max(1, len(table.rows)), room):
            self._write_sheet(table, columns, table.rows[start : start + room])

    def _columns(self, table: TableData) -> tuple[_Column, ...]:
        said = words("sheet")
        left_out = _LEFT_OUT.get(table.name, ())
        seen = [f for f in table.fields if f.name not in left_out]
        technical = [f for f in seen if f.name in TECHNICAL and table.name not in ("documents", "rules_used")]
        technical += [f for f in seen if f.name.endswith(("_origin", "_evidence", "_id")) and f not in technical]
        technical += [f for f in seen if f.type.startswith(("struct", "list<element: struct")) and f not in technical]
        columns = [_Column(f.header, f) for f in seen if f not in technical and f.name != "corrected"]
        names = {f.name for f in table.fields}
        if {"county_code", "unit_place_code"} & names:
            columns.append(_Column(said["today"], None, made="today"))
        has_source = "doc_id" in names and table.name != "rules_used"
        if has_source and table.name not in NOT_CORRECTABLE and table.name != "articles":
            columns.append(_Column(said["modality"], None, made="modality"))
        if has_source:
            columns.append(_Column(said["source"], None, made="source"))
        if has_source and table.name not in ("documents", "findings"):
            columns.append(_Column(said["check"], None, made="check"))
        if correctable(table):
            columns += [_Column(f.header, f) for f in seen if f.name == "corrected"]
            columns += [_Column(said["correction"], None, made="correction"), _Column(said["reason"], None, made="reason")]
        columns += [_Column(f.header, f, hidden=True) for f in technical]
        if correctable(table):
            columns.append(_Column(said["proof"], None, hidden=True, made="proof"))
        return tuple(columns)

    def _write_sheet(self, table: TableData, columns: Sequence[_Column], rows: Sequence[Record]) -> None:
        name = self.name(table.label)
        sheet = self.book.add_worksheet(name)
        self._sheets.append((name, table, len(rows)))
        for at, column in enumerate(columns):
            sheet.write_string(0, at, column.header, self._head)
            self._listed.append((name, column.header, column.field.name if column.field else f"*{column.made}", table.name))
        codes = {c.field.name: labels(table.name, c.field.name) for c in columns if c.field}
        judged = [f.name for f in correctable(table)]
        widths = [_width(c.header) for c in columns]
        for number, row in enumerate(rows, 1):
            checks = self.data.grave(table.name, row)
            formats = self._coloured[checks[0]["severity"]] if checks else self._plain
            tall = 1
            for at, column in enumerate(columns):
                value = (shown(row[column.field.name], codes[column.field.name]) if column.field
                         else self._made(table, row, column.made, checks, judged))
                if column.made in ("correction", "reason"):
                    sheet.write_blank(number, at, None, self._to_fill)
                elif value is None:
                    if checks:
                        sheet.write_blank(number, at, None, formats[0])
                elif isinstance(value, str):
                    text = self._fitted(name, visible(value), row, (number, at))
                    sheet.write_string(number, at, text, formats[0])
                    if not column.hidden:
                        widths[at] = max(widths[at], _width(text[:80]))
                        tall = max(tall, _lines(text))
                else:
                    sheet.write_number(number, at, value, formats[1])
            # Not every program makes a row as high as its wrapped text.
            sheet.set_row(number, _LINE * tall)
        for at, column in enumerate(columns):
            width = 24 if column.made in ("correction", "reason") else min(_WIDEST, max(_NARROWEST, widths[at]))
            sheet.set_column(at, at, width, None, {"hidden": column.hidden})
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(1, len(rows)), len(columns) - 1)
        sheet.set_landscape()
        sheet.repeat_rows(0)
        sheet.fit_to_pages(1, 0)

    def _fitted(self, sheet: str, text: str, row: Record, at: tuple[int, int]) -> str:
        place = f"{row.get('line_first', '')}"
        kept, left = fitted(text, f"第{place}行" if place else "")
        if left:
            self._cut.append((sheet, _cell(*at), len(text)))
        return kept

    def _made(self, table: TableData, row: Record, made: str | None, checks: Sequence[Record],
              judged: Sequence[str]) -> str | None:
        if made == "source":
            if table.name == "documents":
                return self.sorter.cite({**row, "page": None, "line_first": 1, "line_last": max(1, row["n_lines"] or 1)})
            return self.sorter.cite(row)
        if made == "modality":
            kind = modality(table.name, row, self.data.article(row))
            return str(words("modality")["names"][kind]) if kind != UNDETERMINED else None
        if made == "check":
            return "；".join(f["message_zh"] for f in checks) or None
        if made == "proof":
            return proof(row, judged)
        if made == "today":
            return self._today(row)
        return None

    def _today(self, row: Record) -> str | None:
        """Only what is another place today is named."""
        since = self.data.year(row)
        if "unit_place_code" in row:
            return unit_place(row["unit_place_code"], since, self.year)
        level = "county" if row["county"] else "city"
        found = as_of(row[level], row[f"{level}_code"], since, self.year)
        return found if found != row[level] else None

    def describe(self, about: Any) -> None:
        """The first sheet: how to use the workbook, what is in it and what did not fit; and the hidden list of columns."""
        said = words("sheet")
        about.set_column(0, 0, 28)
        about.set_column(1, 2, 40)
        at = 0
        for note in said["notes"]:
            about.write_string(at, 0, note)
            at += 1
        for column, header in enumerate(said["tables"]):
            about.write_string(at + 1, column, header, self._head)
        at += 2
        for name, table, rows in self._sheets:
            for column, text in enumerate((name, table.name, table.zh)):
                about.write_string(at, column, text)
            about.write_number(at, 3, rows)
            at += 1
        if self._cut:
            for column, header in enumerate(said["cut_list"]):
                about.write_string(at + 1, column, header, self._head)
            at += 2
            for name, cell, length in self._cut:
                about.write_string(at, 0, f"{name}!{cell}")
                about.write_number(at, 1, length)
                at += 1
        about.set_landscape()
        listed = self.book.add_worksheet(FIELDS_SHEET)
        listed.very_hidden()
        for number, entry in enumerate([tuple(said["columns"]), *self._listed]):
            for column, text in enumerate(entry):
                listed.write_string(number, column, text)


def _cell(row: int, column: int) -> str:
    return str(needed("xlsxwriter.utility").xl_rowcol_to_cell(row, column))


def _width(text: str) -> int:
    """Width of a cell in characters of a spreadsheet: a Chinese one is two."""
    first = text.split("\n", 1)[0]
    return 2 + sum(2 if ord(c) > 0x2E80 else 1 for c in first)


def _lines(text: str) -> int:
    """How many lines a wrapped text takes in the widest column."""
    return min(_MOST_LINES, sum(-(-_width(line) // _WIDEST) for line in text[: _WIDEST * _MOST_LINES].split("\n")))


def headers(listed: Iterable[Sequence[Any]]) -> Mapping[str, Mapping[str, tuple[str, str]]]:
    """Of the hidden list of columns: sheet to header to field and table."""
    out: dict[str, dict[str, tuple[str, str]]] = {}
    for sheet, header, name, table in listed:
        out.setdefault(str(sheet), {})[str(header)] = (str(name), str(table))
    return out
