"""Every printed value leads back to its place: in the span of its row, or in the span that its evidence column gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from helpers import SAMPLES

from pipeline.ingest import open_document
from pipeline.model import Document
from pipeline.parse import parse_document
from pipeline.rules import RuleBook
from pipeline.schema import tables
from pipeline.view import match_key

TEXTS = (*SAMPLES, *sorted((Path(__file__).parent / "catalogue").glob("*.txt")))
# Tables that tell of the reading and not of the text.
ASIDE = ("documents", "findings", "rules_used")
ELSEWHERE = ("derived", "corrected")


def astray(document: Document, book: RuleBook) -> Iterator[tuple[str, str, str]]:
    """Every printed value that its evidence does not hold, as table, column and value."""
    parsed = parse_document(document, book)
    lines = parsed.tables.get("lines", ())
    printed = [part for line in lines for part in (line, *(line.get("segments") or ()))]
    frame = sorted({(p["span_start"], p["span_end"]) for p in printed if p["role"] == "furniture"})
    for table, rows in parsed.tables.items():
        if table in ASIDE:
            continue
        described = tables()[table].columns
        traced = {c.name for c in described}
        for row in rows:
            for column in described:
                value = row.get(column.name)
                if column.printed and value is not None and row.get(f"{column.name}_origin") not in ELSEWHERE:
                    own = row.get(f"{column.name}_evidence") if f"{column.name}_evidence" in traced else None
                    if not is_held(document.text, value, own or row, frame):
                        yield table, column.name, value


def is_held(text: str, value: str, place: Mapping[str, Any], frame: Sequence[tuple[int, int]]) -> bool:
    """True where the value, line by line, stands in the place but for spaces and lines of the page's frame."""
    start, end = place["span_start"], place["span_end"]
    pieces: list[str] = []
    for first, last in frame:
        if start < first and last < end:
            pieces.append(text[start:first])
            start = last
    shown = match_key("".join([*pieces, text[start:end]]))
    return all(match_key(part) in shown for part in value.split("\n"))


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.stem)
def test_every_printed_value_stands_where_it_says(path: Path, book: RuleBook) -> None:
    assert list(astray(open_document(path), book)) == []
