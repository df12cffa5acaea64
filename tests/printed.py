"""Pages for tests: a text set like a paper or a newspaper, as a PDF whose characters are text."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import regex
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

SONG = "STSong-Light"  # a font that every PDF reader replaces by one of its own: no font file is needed
BROADSHEET = (1000.0, 1400.0)  # a newspaper page, smaller than life
_CLOSING = "，。、；：！？）》」』】〕”’…,.;:!?)]}%℃"
_OPENING = "（《「『【〔“‘([{"
# What may not be broken: a Latin word or a number, with opening marks before it and closing marks after it.
_UNIT = regex.compile(rf"[{regex.escape(_OPENING)}]*(?:[A-Za-z0-9.]+|.)[{regex.escape(_CLOSING)}]*")
_MARK = regex.compile(r"[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十\d]{1,3}[）)]|\d{1,3}[.、．]|[①-⑳]")
_TITLE = regex.compile(r".{4,60}(?:要点|计划|名单|通知|讲话|结果|方案|决定|报告)")


class Line(NamedTuple):
    """A printed line and its place, in points from the top left corner of its page."""

    page: int
    text: str
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(slots=True)
class _Sheet:
    """Where the next line goes: page, column and height."""

    canvas: Canvas
    width: float
    height: float
    margin: float
    columns: int
    gap: float
    font: str
    head: str
    foot: str
    rule: bool
    page: int = 0
    top: float = 0.0
    drawn: list[Line] = field(default_factory=list)

    @property
    def column_width(self) -> float:
        return (self.width - 2 * self.margin - self.gap * (self.columns - 1)) / self.columns

    @property
    def is_new(self) -> bool:
        return self.page == 1 and self.top == self.margin

    @property
    def bottom(self) -> float:
        return self.height - self.margin

    def turn(self) -> None:
        if self.page:
            self.canvas.showPage()
        self.page += 1
        self.top = self.margin
        if self.head:
            self.put(self.margin, self.margin - 22, self.head, 9)
        if self.foot:
            text = self.foot.format(page=self.page)
            self.put((self.width - self.measure(text, 9)) / 2, self.height - self.margin + 18, text, 9)

    def measure(self, text: str, size: float) -> float:
        return float(pdfmetrics.stringWidth(text, self.font, size))

    def put(self, x: float, y: float, text: str, size: float) -> None:
        """Draw a line whose upper edge is at y."""
        self.canvas.setFont(self.font, size)
        self.canvas.drawString(x, self.height - y - size * 0.85, text)
        self.drawn.append(Line(self.page, text, x, y, x + self.measure(text, size), y + size))


def wrapped(text: str, font: str, size: float, width: float, indent: float = 0.0, hanging: float = 0.0) -> list[str]:
    """The printed lines of a paragraph: the first one indented, those after it by ``hanging``."""
    lines, line, room = [], "", width - indent
    for unit in _UNIT.findall(text):
        if line and pdfmetrics.stringWidth(line + unit, font, size) > room + 0.01:
            lines.append(line)
            line, room = "", width - hanging
            unit = unit.lstrip(" ")
        line += unit
    return [*lines, line] if line else lines


def is_title(line: str) -> bool:
    return bool(_TITLE.fullmatch(line)) and not _MARK.match(line) and "。" not in line


def is_prose(line: str) -> bool:
    return any(mark in line for mark in "。；！？!?") or len(line) > 60


def page_pdf(text: str, **how: Any) -> bytes:
    """The PDF of :func:`set_pages` alone."""
    return set_pages(text, **how)[0]


def set_pages(
    text: str,
    *,
    columns: int = 1,
    font_size: float = 10.5,
    page_size: tuple[float, float] = A4,
    margin: float = 64.0,
    gap: float = 21.0,
    leading: float = 1.6,
    head: str = "浙江红十字",
    foot: str = "— {page} —",
    rule: bool = False,
    font: str | None = None,
    titles: Sequence[str] | None = None,
    hanging: float = 0.0,
    title_scale: float = 1.7,
    encrypt: Any = None,
) -> tuple[bytes, list[Line]]:
    """A PDF of the text and what is drawn on it.

    Titles (``titles``, or lines that look so) stand large and centred over all columns, prose has its first line indented by
    two characters, other lines have no indent; ``hanging`` indents what follows the first line of an entry, in characters.
    ``font`` is the path of a TrueType font to embed; ``rule`` draws lines between the columns.
    """
    name = SONG
    if font:
        name = "printed"
        pdfmetrics.registerFont(TTFont(name, font, subfontIndex=0))
    else:
        pdfmetrics.registerFont(UnicodeCIDFont(SONG))
    out = io.BytesIO()
    sheet = _Sheet(Canvas(out, pagesize=page_size, encrypt=encrypt), *page_size, margin, columns, gap, name, head, foot, rule)
    sheet.turn()
    story: list[tuple[float, str]] = []
    for raw in text.splitlines():
        line = raw.strip() if is_prose(raw) else raw.rstrip()
        if not line.strip():
            continue
        if line in titles if titles is not None else is_title(line) or (sheet.is_new and not story):
            _flow(sheet, story, font_size, leading)
            story = []
            _title(sheet, line, font_size * title_scale)
            continue
        indent = 2 * font_size if is_prose(line) else 0.0
        hang = 0.0 if indent else hanging * font_size
        for index, printed in enumerate(wrapped(line, name, font_size, sheet.column_width, indent, hang)):
            story.append((hang if index else indent, printed))
    _flow(sheet, story, font_size, leading)
    sheet.canvas.save()
    return out.getvalue(), sheet.drawn


def _title(sheet: _Sheet, line: str, size: float) -> None:
    lines = wrapped(line, sheet.font, size, sheet.width - 2 * sheet.margin)
    if sheet.top + size * 1.6 * (len(lines) + 3) > sheet.bottom:
        sheet.turn()
    sheet.top += size * 0.8 if sheet.top > sheet.margin else 0
    for printed in lines:
        sheet.put((sheet.width - sheet.measure(printed, size)) / 2, sheet.top, printed, size)
        sheet.top += size * 1.4
    sheet.top += size * 0.5


def _flow(sheet: _Sheet, story: list[tuple[float, str]], size: float, leading: float) -> None:
    """Set lines in columns: as deep as needed on the last page, to the foot of the page before it."""
    pitch = size * leading
    while story:
        room = int((sheet.bottom - sheet.top) // pitch)
        if room < 1:
            sheet.turn()
            continue
        deep = min(room, -(-len(story) // sheet.columns))
        for column in range(sheet.columns):
            left = sheet.margin + column * (sheet.column_width + sheet.gap)
            for row, (indent, line) in enumerate(story[column * deep : (column + 1) * deep]):
                sheet.put(left + indent, sheet.top + row * pitch, line, size)
            if column and sheet.rule:
                x = left - sheet.gap / 2
                sheet.canvas.line(x, sheet.height - sheet.top, x, sheet.height - sheet.top - deep * pitch)
        story = story[deep * sheet.columns :]
        sheet.top += deep * pitch
        if story:
            sheet.turn()
