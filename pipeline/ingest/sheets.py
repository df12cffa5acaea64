"""Spreadsheets (.xlsx, .xls, .ods) to documents: a line for each row, cells set apart by tabs, a page for each sheet."""

from __future__ import annotations

import hashlib
import io
from importlib.metadata import version
from typing import Any

import python_calamine

from pipeline.ingest.errors import damaged
from pipeline.ingest.limits import Limits, over_limit
from pipeline.ingest.package import open_package
from pipeline.model import Document, Finding

_MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xls": "application/vnd.ms-excel",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}


def read(name: str, data: bytes, kind: str, limits: Limits) -> Document:
    """The text of a spreadsheet; ``kind`` is xlsx, xls or ods. Raises :class:`UnreadableDocument`."""
    if kind != "xls":
        open_package(data, limits)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [book.get_sheet_by_name(s).to_python(skip_empty_area=False) for s in book.sheet_names]
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise damaged(error) from error
    if len(sheets) > limits.pages:
        raise over_limit("pages", limits.pages, len(sheets))
    text = ""
    starts: list[int] = []
    for rows in sheets:
        starts.append(len(text))
        for row in rows:
            line = "\t".join(_cell(value) for value in row)
            filled = sum(bool(_cell(value)) for value in row)
            text += (line.strip("\t") if filled == 1 else line.rstrip("\t")) + "\n"
    findings = () if text.strip() else (Finding("empty_document"),)
    return Document(hashlib.sha256(data).hexdigest(), name, _MEDIA[kind], None,
                    f"sheets/1 python-calamine {version('python-calamine')}", text, tuple(starts), findings)


def _cell(value: Any) -> str:
    """A cell as it is printed: whole numbers without a point, days as days, one line.

    >>> _cell(12.0), _cell(1.5), _cell(" 甲\\n乙 "), _cell(None)
    ('12', '1.5', '甲 乙', '')
    """
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return " ".join(str(value).split())
