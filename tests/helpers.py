"""Shared helpers: the rules, parsing a text, and the checks that hold for every document."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pipeline import parse_text
from pipeline.ingest import read_document
from pipeline.ingest.limits import Limits
from pipeline.model import Document, Parsed

ROOT = Path(__file__).parent.parent
SAMPLES = sorted(p for p in (ROOT / "raw_docs").iterdir() if p.suffix == ".txt")
PAGE = ROOT / "raw_docs" / "zhejiang-2013-newspaper-page.txt"


def assert_honest(parsed: Parsed) -> None:
    """Every non-blank line once in the ledger, every span inside the text, every value in its span."""
    text = parsed.document.text
    shown = {"schools": "school", "awards": "work_title", "plan_targets": "text", "references": "title"}
    ledger = [row["line_no"] for row in parsed.tables.get("lines", ())]
    lines = [i for i, line in enumerate(split_lines(text), 1) if line.strip(" \t\u3000\xa0\u200b\ufeff\xad")]
    assert sorted(set(ledger)) == ledger, "a line stands twice, or out of order"
    assert ledger == [n for n in lines if split_lines(text)[n - 1].strip()], "a line is missing from the ledger"
    for table, rows in parsed.tables.items():
        for row in rows:
            if "span_start" not in row:
                continue
            assert 0 <= row["span_start"] <= row["span_end"] <= len(text)
            if table in shown:
                value = row[shown[table]]
                assert value in "".join(text[row["span_start"] : row["span_end"]].splitlines()), (table, value)


def opened(name: str, data: bytes) -> Document:
    return read_document(name, data, Limits())


def split_lines(text: str) -> list[str]:
    return re.split(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]", text)


def rows_of(parsed: Parsed, table: str, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row.get(c) for c in columns) for row in parsed.tables.get(table, ())]


def parse(text: str | bytes) -> Parsed:
    parsed = parse_text(text)
    assert_honest(parsed)
    return parsed
