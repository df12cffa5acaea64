"""What a workbook (.xlsx, .xlsm, .xlsb) says of its cells besides their values, and how far they reach.

The values themselves are read by calamine, which lays out the whole area between the outermost cells: so how far they reach
must be known before. Parts are walked as a stream.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

import regex
from lxml import etree

from pipeline.ingest.errors import damaged
from pipeline.ingest.package import parse_xml, read_part

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_REFERENCE = regex.compile(r"([A-Za-z]{1,3})(\d{1,7})")
_QUOTED = regex.compile(r'"[^"]{0,200}"|\\.|\[[^\]]{0,60}\]')
_PERCENT = regex.compile(r"0(?:\.(0{1,10}))?%")
_BUILT_IN = {9: 0, 10: 2}  # the formats 0% and 0.00%
# Records of .xlsb: a row, and the kinds of cells, which begin with the number of their column.
_ROW_RECORD, _CELL_RECORDS = 0, range(1, 12)


@dataclass(slots=True)
class Seen:
    """What was seen in one sheet: rows and columns of its outermost values, percentages with their decimals, hidden rows.

    Rows and columns count from 0. ``without_value`` are cells whose formula was never worked out, and errors.
    """

    top: int = 1 << 30
    left: int = 1 << 30
    bottom: int = -1
    right: int = -1
    percent: dict[tuple[int, int], int] = field(default_factory=dict)
    hidden_rows: list[int] = field(default_factory=list)
    without_value: list[str] = field(default_factory=list)

    @property
    def area(self) -> int:
        """How many cells the area of the values has."""
        return max(0, self.bottom - self.top + 1) * max(0, self.right - self.left + 1)

    def reach(self, row: int, column: int) -> None:
        """Take a cell with a value into the area."""
        self.top, self.bottom = min(self.top, row), max(self.bottom, row)
        self.left, self.right = min(self.left, column), max(self.right, column)


def look(package: zipfile.ZipFile) -> dict[str, Seen]:
    """What there is to know of each sheet, by its name."""
    if "xl/workbook.bin" in package.NameToInfo:
        found = [n for n in package.namelist() if regex.fullmatch(r"xl/worksheets/[\w-]{1,60}\.bin", n)]
        return {name: _look_binary(read_part(package, name) or b"") for name in found}
    book = read_part(package, "xl/workbook.xml")
    relations = read_part(package, "xl/_rels/workbook.xml.rels")
    if book is None or relations is None:
        raise damaged("xl/workbook.xml")
    listed = parse_xml(relations, "xl/_rels/workbook.xml.rels").iter("{*}Relationship")
    targets = {r.get("Id"): r.get("Target") or "" for r in listed}
    decimals = _percent_styles(package)
    out: dict[str, Seen] = {}
    for sheet in parse_xml(book, "xl/workbook.xml").iter("{*}sheet"):
        target = targets.get(sheet.get(_RELATION), "")
        part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        data = read_part(package, part)
        if data is not None:
            out[sheet.get("name") or ""] = _look_sheet(data, part, decimals)
    return out


def _look_sheet(data: bytes, name: str, decimals: list[int | None]) -> Seen:
    seen = Seen()
    row = column = -1
    try:
        for element in _elements(data):
            tag = etree.QName(element).localname
            if tag == "row":
                at = element.get("r")
                row, column = (int(at) - 1 if at and at.isdigit() else row + 1), -1
                if element.get("hidden") in ("1", "true"):
                    seen.hidden_rows.append(row)
                element.clear()
            elif tag == "c":
                row_at, column = _place(element.get("r"), row if row >= 0 else 0, column + 1)
                _look_cell(seen, element, row_at, column, decimals)
    except etree.XMLSyntaxError as error:
        raise damaged(f"{name}: {error}") from error
    return seen


def _elements(data: bytes) -> Iterator[etree._Element]:
    """Rows as they begin and cells as they end; what was passed is let go."""
    events = etree.iterparse(
        io.BytesIO(data), events=("start", "end"), tag=("{*}row", "{*}c"), resolve_entities=False, no_network=True,
        load_dtd=False, huge_tree=False)
    for event, element in events:
        is_row = etree.QName(element).localname == "row"
        if (event == "start") == is_row:
            yield element
        elif event == "end" and is_row:
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]


def _look_cell(seen: Seen, cell: etree._Element, row: int, column: int, decimals: list[int | None]) -> None:
    kind = cell.get("t") or "n"
    text = next((v.text for v in cell.iterchildren("{*}v")), None)
    has_formula = next(cell.iterchildren("{*}f"), None) is not None
    if text is None and kind != "inlineStr":
        if has_formula:
            seen.without_value.append(cell.get("r") or "")
        return
    seen.reach(row, column)
    if kind == "e":
        seen.without_value.append(cell.get("r") or "")
    style = cell.get("s") or "0"
    number = int(style) if style.isdigit() and len(style) < 6 else 0
    places = decimals[number] if number < len(decimals) else None
    if kind == "n" and places is not None:
        seen.percent[row, column] = places


def _place(reference: str | None, row: int, column: int) -> tuple[int, int]:
    """Row and column of a reference such as B12; those given where there is none."""
    found = _REFERENCE.fullmatch(reference or "")
    if found is None:
        return row, column
    at = 0
    for letter in found[1].upper():
        at = at * 26 + ord(letter) - 64
    return int(found[2]) - 1, at - 1


def _percent_styles(package: zipfile.ZipFile) -> list[int | None]:
    """For each cell style how many decimals of a percentage it prints; None where it prints none."""
    data = read_part(package, "xl/styles.xml")
    if data is None:
        return []
    root = parse_xml(data, "xl/styles.xml")
    custom = {f.get("numFmtId"): f.get("formatCode") or "" for f in root.iter("{*}numFmt")}
    out: list[int | None] = []
    for formats in root.iterchildren("{*}cellXfs"):
        for style in formats.iterchildren("{*}xf"):
            number = style.get("numFmtId") or "0"
            found = _PERCENT.search(_QUOTED.sub("", custom.get(number, "")))
            own = len(found[1] or "") if found else None
            out.append(_BUILT_IN.get(int(number)) if number not in custom and number.isdigit() and len(number) < 6 else own)
    return out


def _look_binary(data: bytes) -> Seen:
    """The area of a sheet of .xlsb, by the heads of its records."""
    seen = Seen()
    at = row = 0
    while at < len(data):
        kind, at = _varint(data, at, 2)
        size, at = _varint(data, at, 4)
        number = int.from_bytes(data[at : at + 4], "little")
        if kind == _ROW_RECORD:
            row = number
        elif kind in _CELL_RECORDS:
            seen.reach(row, number)
        at += size
    return seen


def _varint(data: bytes, at: int, most: int) -> tuple[int, int]:
    number = 0
    for index in range(most):
        byte = data[at] if at < len(data) else 0
        number |= (byte & 0x7F) << (7 * index)
        at += 1
        if byte < 0x80:
            break
    return number, at
