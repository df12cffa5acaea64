"""Pages to one text: reading order, paragraphs, furniture, boxes and findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.ingest.layout.columns import Known
from pipeline.ingest.layout.furniture import furniture_of
from pipeline.ingest.layout.model import Composed, Page
from pipeline.ingest.layout.order import Leaf, leaves_of
from pipeline.ingest.layout.paragraphs import Printed, frames_of, goes_on
from pipeline.ingest.layout.pieces import Row, rows_of, seam, upright
from pipeline.ingest.layout.tables import cell_reach, grids_of
from pipeline.ingest.layout.thresholds import begins_with_place, layout_rules
from pipeline.model import Box, Finding, Span

# An indent of a row with gaps is kept, in ideographic spaces, from so many characters on: it says what the row belongs to.
_KEPT_INDENT = 2.5
_MOST_INDENT = 40


@dataclass(frozen=True, slots=True)
class _Part:
    """A printed line on a line of the text, and what stands before it."""

    page: int
    row: Row
    lead: str = ""


def compose(pages: Sequence[Page]) -> Composed:
    """The text of laid-out pages, with where each page begins, what is no part of the article, boxes and findings.

    Every non-blank character of the pieces stands once in the text. A paragraph that goes on over columns or pages is one line;
    the row of a table is one line, its cells set apart by tabs.

    >>> from pipeline.ingest.layout import Piece
    >>> pieces = [Piece("2013年工作要点", 200, 50, 298, 64, 14), Piece("一、健全组织", 90, 90, 153, 100.5, 10.5)]
    >>> compose([Page(1, 595, 842, tuple(pieces))]).text
    '2013年工作要点\\n一、健全组织\\n'
    """
    writer = _Writer([page.number for page in pages])
    lines, margins, doubtful = _flow(pages)
    writer.write(lines, margins)
    for at, page in enumerate(pages):
        start = writer.starts[at]
        end = writer.first_line_end(start)
        unsure = [("reading_order_unsure", {"page": str(page.number)})] if at in doubtful else []
        writer.findings += [Finding(code, Span(start, end), params) for code, params in (*page.findings, *unsure)]
    writer.findings.sort(key=lambda f: f.span.start if f.span else 0)
    return Composed("".join(writer.parts), tuple(writer.starts), tuple(writer.furniture), tuple(writer.boxes),
                    tuple(writer.findings))


def _flow(pages: Sequence[Page]) -> tuple[list[list[_Part]], list[tuple[list[Row], list[Row]]], set[int]]:
    """The lines of the text, each of printed lines, the heads and feet of each page, and which pages are in doubtful order."""
    straight = [upright(page) for page in pages]
    margins = furniture_of(pages, [level for level, _aslant, _rulings in straight])
    known = Known([])
    doubtful: set[int] = set()
    leaves: list[tuple[int, Leaf]] = []
    for at, (page, (level, aslant, rulings)) in enumerate(zip(pages, straight, strict=True)):
        taken = {id(seg) for rows in margins[at] for row in rows for seg in row.segs}
        segs = [seg for seg in level if id(seg) not in taken]
        grids = grids_of(segs, rulings)
        inside = {id(seg) for grid in grids for seg in grid.segs}
        segs = [seg for seg in segs if id(seg) not in inside]
        known.refused, table = False, known.table
        found = leaves_of(segs, rulings, grids, page.width, known)
        if known.refused and known.columns:  # perhaps by columns that stand further down
            known.table = table
            found = leaves_of(segs, rulings, grids, page.width, known)
        if known.doubtful:
            doubtful.add(at)
        leaves += [(at, leaf) for leaf in found]
        leaves += [(at, Leaf("names", tuple(rows_of([seg])), 0, page.width)) for seg in aslant]
    return _lines(leaves, [page.width for page in pages]), margins, doubtful


def _lines(leaves: Sequence[tuple[int, Leaf]], widths: Sequence[float]) -> list[list[_Part]]:
    frames = frames_of(leaves, widths)
    lines: list[list[_Part]] = []
    paragraph: list[Printed] = []
    for number, ((page, leaf), frame) in enumerate(zip(leaves, frames, strict=True)):
        if leaf.kind != "text":
            lines += _paragraph(paragraph)
            paragraph = []
            lines += _table(page, leaf) if leaf.cells else [[_Part(page, row)] for row in leaf.rows]
            continue
        for row in leaf.rows:
            printed = Printed(page, row, frame, number)
            if paragraph and not goes_on(paragraph, printed):
                lines += _paragraph(paragraph)
                paragraph = []
            paragraph.append(printed)
    return [*lines, *_paragraph(paragraph)]


def _paragraph(paragraph: Sequence[Printed]) -> list[list[_Part]]:
    if not paragraph:
        return []
    first = paragraph[0]
    indent = (first.row.x0 - first.frame.left) / first.frame.size
    kept = len(first.row.segs) > 1 and indent >= _KEPT_INDENT
    parts = [_Part(first.page, first.row, "\u3000" * min(round(indent), _MOST_INDENT) if kept else "")]
    text = first.row.text
    for line in paragraph[1:]:
        parts.append(_Part(line.page, line.row, seam(text[-200:], line.row.text) or _field_gap(text, line.row.text)))
        text += line.row.text
    return [parts]


def _field_gap(text: str, after: str) -> str:
    """The space that a line break stands for between the fields of an entry: a name, and the unit in some place.

    >>> _field_gap("2.《水上练兵》 郑海波", "舟山市红十字会"), _field_gap("作者:殷建国 浙江省", "宁波市红十字会")
    (' ', '')
    """
    fields = len(text) < 80 and any(gap in text for gap in " \u3000") and "。" not in text
    return " " if fields and text[-1] not in "省市县区、，,（(:：" and begins_with_place(after) else ""


def _table(page: int, leaf: Leaf) -> list[list[_Part]]:
    """A line for each row of a table; a row of one cell is a heading or a line of text."""
    reach = cell_reach(leaf.cells)
    out: list[list[_Part]] = []
    for cells in leaf.cells:
        alone = sum(bool(cell) for cell in cells) == 1
        parts: list[_Part] = []
        lead = ""
        for column, cell in enumerate(cells):
            for at, row in enumerate(cell):
                if at:
                    before = cell[at - 1]
                    lead = seam(before.text, row.text) if before.x1 > reach[column] - 1.6 * row.size else " "
                parts.append(_Part(page, row, lead))
                lead = ""
            lead += "" if alone else "\t"
        if parts:
            out.append(parts)
    return out


@dataclass(slots=True)
class _Writer:
    """Puts the text together and writes down where everything stands."""

    numbers: Sequence[int]
    parts: list[str] = field(default_factory=list)
    length: int = 0
    starts: list[int] = field(default_factory=list)
    furniture: list[Span] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def write(self, lines: Sequence[Sequence[_Part]], margins: Sequence[tuple[list[Row], list[Row]]]) -> None:
        """Every line; heads and feet between them, after a line that goes on from page to page."""
        held: list[tuple[int, Row]] = []
        for line in lines:
            for page in range(len(self.starts), line[0].page + 1):
                self._turn(page, margins, held)
            self._furniture(held)
            for part in line:
                for page in range(len(self.starts), part.page + 1):
                    self._turn(page, margins, held, inside=True)
                self._add(part.lead)
                self._row(part.page, part.row)
            self._end()
            self._furniture(held)
        for page in range(len(self.starts), len(self.numbers) + 1):
            self._turn(page, margins, held)
            self._furniture(held)

    def _turn(self, page: int, margins: Sequence[tuple[list[Row], list[Row]]], held: list[tuple[int, Row]], *,
              inside: bool = False) -> None:
        """To the next page: the feet of the one before it, then its heads."""
        if page:
            held += [(page - 1, row) for row in margins[page - 1][1]]
        if not inside:
            self._furniture(held)
        if page < len(self.numbers):
            self.starts.append(self.length)
            held += [(page, row) for row in margins[page][0]]

    def _furniture(self, held: list[tuple[int, Row]]) -> None:
        for page, row in held:
            start = self.length
            self._row(page, row)
            self.furniture.append(Span(start, self.length))
            self._end()
        held.clear()

    def _add(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)

    def _end(self) -> None:
        self.ends.append(self.length)
        self._add("\n")

    def _row(self, page: int, row: Row) -> None:
        start = self.length
        self._add(row.text)
        span = Span(start, self.length)
        self.boxes.append(Box(span, self.numbers[page], *row.printed, row.confidence))
        self.findings += _doubts(row, span)

    def first_line_end(self, start: int) -> int:
        """The end of the line of the text that holds an offset."""
        from bisect import bisect_left

        at = bisect_left(self.ends, start)
        return self.ends[at] if at < len(self.ends) else self.length


def _doubts(row: Row, span: Span) -> list[Finding]:
    """What the recognition of a line leaves in doubt: low confidence, or far fewer characters than the line has room for."""
    rules = layout_rules()["recognition"]
    out: list[Finding] = []
    for seg in row.segs:
        if seg.confidence is None:
            continue
        params: Mapping[str, str] = {"text": seg.text, "confidence": f"{seg.confidence:.2f}"}
        if seg.confidence < rules["least_confidence"]:
            out.append(Finding("ocr_low_confidence", span, params))
        room = (seg.x1 - seg.x0) / seg.size
        held = sum(0.5 if c.isascii() else 1.0 for c in seg.text)
        if room >= rules["counted_from"] and held < rules["least_filled"] * room:
            out.append(Finding("ocr_line_lost", span, params))
    return out
