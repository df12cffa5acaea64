"""Physical lines and pages of a decoded text."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import regex

from pipeline.model import Document, Line

_LINE_END = regex.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")


def physical_lines(document: Document) -> tuple[Line, ...]:
    """Every line of the text, blank ones too; a form feed ends a line and a page."""
    text = document.text
    lines: list[Line] = []
    start = 0
    for found in _LINE_END.finditer(text):
        lines.append(Line(len(lines) + 1, start, found.start(), page_at(document, start)))
        start = found.end()
    if start < len(text):
        lines.append(Line(len(lines) + 1, start, len(text), page_at(document, start)))
    return tuple(lines)


def page_at(document: Document, offset: int) -> int | None:
    """The page on which a place of the text stands, from 1; None where there are no pages."""
    return bisect_right(document.page_starts, offset) or None if document.page_starts else None


@dataclass(frozen=True, slots=True)
class LineIndex:
    """From an offset to its line."""

    lines: tuple[Line, ...]
    starts: tuple[int, ...]

    @classmethod
    def of(cls, lines: tuple[Line, ...]) -> LineIndex:
        """An index over the lines of one document."""
        return cls(lines, tuple(line.start for line in lines))

    def at(self, offset: int) -> Line:
        """The line that holds the offset (the line before it, for an offset in a line end)."""
        return self.lines[max(0, bisect_right(self.starts, offset) - 1)]
