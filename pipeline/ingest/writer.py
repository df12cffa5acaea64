"""The text of a document as a reader puts it together: lines, and rows of tables with what is merged in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.model import Span


@dataclass(slots=True)
class Writer:
    """Lines in order; ``end`` is the offset at which the next one begins."""

    pieces: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    merged: dict[int, Span] = field(default_factory=dict)
    end: int = 0

    @property
    def text(self) -> str:
        """Everything written, each line with its end."""
        return "".join(self.pieces)

    def line(self, text: str) -> Span:
        """Write one line and say where it stands."""
        span = Span(self.end, self.end + len(text))
        self.pieces += (text, "\n")
        self.starts.append(self.end)
        self.end += len(text) + 1
        return span

    def row(self, cells: Sequence[str], above: Mapping[int, Span]) -> list[Span]:
        """Write the cells of a row, set apart by tabs, and say where each stands; a row without text is not written.

        ``above`` holds, for each empty cell that goes on from a merged one, where the text of that one stands. Empty cells at
        the end of a row are not written, unless they go on from one above.

        >>> writer = Writer()
        >>> first = writer.row(["湖州市", "南浔中学"], {})
        >>> _ = writer.row(["", "德清中学"], {0: first[0]})
        >>> writer.text, writer.merged
        ('湖州市\\t南浔中学\\n\\t德清中学\\n', {9: Span(start=0, end=3)})
        """
        last = max((i for i, cell in enumerate(cells) if cell), default=-1)
        if last < 0:
            return [Span(self.end, self.end)] * len(cells)
        kept = max((last, *above)) + 1
        spans: list[Span] = []
        at = self.end
        for index, cell in enumerate(cells):
            spans.append(Span(at, at + len(cell)))
            if index in above and index < kept:
                self.merged[at] = above[index]
            at += len(cell) + 1
        self.line("\t".join(cells[:kept]))
        return spans


@dataclass(slots=True)
class Grid:
    """The merged cells of one table that are still open, while its rows are written from top to bottom.

    ``room`` bounds how many cells may go on in all, so that a table cannot claim more than its size allows.
    """

    writer: Writer
    room: int
    open: dict[int, tuple[int, Span | None]] = field(default_factory=dict)

    def row(self, cells: Sequence[tuple[str, int, int]]) -> Span | None:
        """Write a row of cells (text, columns, rows that it goes on below); None where the row holds no text."""
        texts: list[str] = []
        above: dict[int, Span] = {}
        starts: list[tuple[int, int, int]] = []
        for text, wide, deep in cells:
            self._go_on(texts, above)
            starts.append((len(texts), wide, deep))
            texts += [text, *[""] * (wide - 1)]
        self._go_on(texts, above)
        begin = self.writer.end
        spans = self.writer.row(texts, above)
        for column, wide, deep in starts:
            for index in range(wide if deep else 0):
                origin = spans[column] if index == 0 and spans[column].end > spans[column].start else None
                self.open[column + index] = (deep, origin)
        return Span(begin, self.writer.end - 1) if self.writer.end > begin else None

    def _go_on(self, texts: list[str], above: dict[int, Span]) -> None:
        while (going := self.open.get(len(texts))) is not None:
            left, origin = going
            self.room -= 1
            if left <= 1 or self.room < 0:
                del self.open[len(texts)]
            else:
                self.open[len(texts)] = (left - 1, origin)
            if origin:
                above[len(texts)] = origin
            texts.append("")
