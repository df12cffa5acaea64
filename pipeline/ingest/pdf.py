"""PDF files to documents: the characters of each page with their places, set in order by :mod:`pipeline.ingest.layout`.

A page without text, or with a text layer that is not to be believed (fonts that do not say which characters they draw), is
recognised from its image. Scripts, links and attachments are never looked at. PDFium knows one thread only: nothing here
outlives a call.
"""

from __future__ import annotations

import ctypes
import hashlib
import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from itertools import pairwise
from typing import Any

import regex

from pipeline.ingest import ocr
from pipeline.ingest.errors import UnreadableDocument, damaged, encrypted, missing_extra
from pipeline.ingest.layout import Page, Piece, Ruling, compose
from pipeline.ingest.layout.believed import text_layer_problem
from pipeline.ingest.layout.thresholds import layout_rules
from pipeline.ingest.limits import Limits, over_limit
from pipeline.model import Document, Finding, Span

_RESOLUTION = 200.0  # dots per inch that a page is recognised at
_LEAST_RESOLUTION = 72.0  # below this no character can be told
# In heights of a character: a gap that parts two runs, and one that is a drawn space inside a run.
_RUN_GAP, _SPACE_GAP = 0.6, 0.8
_SAME_LINE = 0.45  # in heights of a character: how far the middles of characters of two fonts may differ on one line
_MARK = regex.compile(r"\p{P}")
_MOST_OBJECTS = 20_000  # drawn objects of a page that are looked at for lines
_MOST_FORMS = 4  # forms inside forms
_DEVICE = 10_000  # an edge of the square that a page is laid over to learn where its corners are
_PASSWORD = 4  # FPDF_ERR_PASSWORD


@dataclass(frozen=True, slots=True)
class _Frame:
    """From the space of a page's content to its upright face: its size, the point of its upper left corner, and the directions
    of its upper and left edges, in the space of the content."""

    size: tuple[float, float]
    corner: tuple[float, float]
    along: tuple[float, float]
    down: tuple[float, float]

    def point(self, x: float, y: float) -> tuple[float, float]:
        dx, dy = x - self.corner[0], y - self.corner[1]
        return dx * self.along[0] + dy * self.along[1], dx * self.down[0] + dy * self.down[1]

    def box(self, x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
        (ax, ay), (bx, by) = self.point(x0, y0), self.point(x1, y1)
        return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)


@dataclass(slots=True)
class _Drawn:
    """What a page draws besides text: straight lines, whether anything else is there, how much of it pictures cover."""

    rulings: list[Ruling]
    other: bool = False
    pictures: float = 0.0


def read(name: str, data: bytes, kind: str, limits: Limits) -> Document:
    """The text of a PDF. Raises :class:`UnreadableDocument` where it is damaged, encrypted, over a limit or needs an extra."""
    try:
        import pypdfium2
    except ImportError as error:
        raise missing_extra("pdf", "PDF 文件", "PDF files") from error
    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD or "assword" in str(error):
            raise encrypted() from error
        raise damaged(error) from error
    try:
        pages, recognised = _pages(pdf, limits)
    finally:
        pdf.close()
    composed = compose(pages)
    findings = list(composed.findings)
    if b"%%EOF" not in data[-4096:]:
        findings.append(Finding("file_cut", Span(0, 0)))
    if not composed.text.strip() and not findings:
        findings.append(Finding("empty_document"))
    extractor = f"pdf/1 pypdfium2 {version('pypdfium2')}" + (f" {ocr.extractor()}" if recognised else "")
    return Document(hashlib.sha256(data).hexdigest(), name, "application/pdf", None, extractor, composed.text,
                    composed.page_starts, tuple(findings), composed.furniture, composed.boxes)


def _pages(pdf: Any, limits: Limits) -> tuple[list[Page], bool]:
    """The pages, and whether one was recognised from its image."""
    count = len(pdf)
    if count > limits.pages:
        raise over_limit("pages", limits.pages, count)
    if not count:
        raise damaged("no pages")
    pages: list[Page] = []
    recognised = False
    missing: UnreadableDocument | None = None
    lost = 0
    for index in range(count):
        page, seen, refused = _page(pdf, index, limits)
        recognised, missing = recognised or seen, refused or missing
        lost += page is None
        pages.append(page or Page(index + 1, 0, 0, (), (), (("page_damaged", {"page": str(index + 1)}),)))
    if lost == count:
        raise damaged("no page can be opened")
    if missing is not None and not any(page.pieces for page in pages):
        raise missing
    return pages, recognised


def _page(pdf: Any, index: int, limits: Limits) -> tuple[Page | None, bool, UnreadableDocument | None]:
    """One page, whether it was recognised from its image, and the error of the recognition that is not installed."""
    import pypdfium2

    try:
        page = pdf[index]
    except pypdfium2.PdfiumError:
        return None, False, None
    try:
        frame = _frame(page)
        drawn = _drawn(page, frame)
        text = page.get_textpage()
        try:
            pieces = tuple(_pieces(text, frame, drawn.rulings))
        finally:
            text.close()
        made = Page(index + 1, *frame.size, pieces, tuple(drawn.rulings))
        problem = text_layer_problem(made, pictured=drawn.pictures, drawn=drawn.other)
        params = {"page": str(made.number)}
        if problem is None:
            large = drawn.pictures >= layout_rules()["text_layer"]["picture_told"] and made.pieces
            return (replace(made, findings=(("picture_beside_text", params),)) if large else made), False, None
        try:
            ocr.need("扫描件", "scanned pages")
        except UnreadableDocument as error:
            params |= {"zh": error.zh, "en": error.en}
            return replace(made, findings=((problem, params),)), False, error
        image, dpi = _image(page, frame, limits)
        if image is None:
            return replace(made, findings=(("page_too_large", params),)), False, None
        return ocr.scanned_page(image, dpi, made.number), True, None
    except pypdfium2.PdfiumError:
        return None, False, None
    finally:
        page.close()


def _frame(page: Any) -> _Frame:
    import pypdfium2.raw as raw

    wide, high = page.get_size()
    x, y = ctypes.c_double(), ctypes.c_double()
    corners = []
    for across, down in ((0, 0), (_DEVICE, 0), (0, _DEVICE)):
        raw.FPDF_DeviceToPage(page.raw, 0, 0, _DEVICE, _DEVICE, 0, across, down, ctypes.byref(x), ctypes.byref(y))
        corners.append((x.value, y.value))
    (left, top), right, low = corners
    return _Frame((wide, high), (left, top), ((right[0] - left) / wide, (right[1] - top) / wide),
                  ((low[0] - left) / high, (low[1] - top) / high))


def _image(page: Any, frame: _Frame, limits: Limits) -> tuple[Any, float]:
    """The page as a picture and its resolution; None where it would be larger than allowed."""
    wide, high = frame.size
    allowed = math.sqrt(limits.pixels / max(wide * high, 1.0)) * 72 * 0.999
    dpi = min(_RESOLUTION, allowed)
    if dpi < _LEAST_RESOLUTION:
        return None, dpi
    bitmap = page.render(scale=dpi / 72)
    try:
        return bitmap.to_pil().convert("RGB"), dpi
    finally:
        bitmap.close()


def _pieces(text: Any, frame: _Frame, rulings: list[Ruling]) -> Iterator[Piece]:
    """The runs of characters on a page, in the order in which they are drawn."""
    verticals = sorted((r.x0, r.y0, r.y1) for r in rulings if abs(r.x1 - r.x0) < 1 and abs(r.y1 - r.y0) > 1)
    for run in _interleaved(_runs(_once(_chars(text, frame)), verticals), verticals):
        yield _piece(run)


@dataclass(frozen=True, slots=True)
class _Char:
    """A character; ``blank`` is true where a space is drawn before it."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    angle: float
    blank: bool = False


def _once(chars: Iterable[_Char]) -> Iterator[_Char]:
    """The characters without spaces, and without those drawn again in the same place to make them bold."""
    seen: set[tuple[str, int, int]] = set()
    blank = False
    for char in chars:
        if char.text.isspace():
            blank = True
            continue
        where = [(char.text, round(char.x0 / char.size * 8) + dx, round(char.y0 / char.size * 8) + dy)
                 for dx in (0, 1, -1) for dy in (0, 1, -1)]
        if any(place in seen for place in where):
            continue
        seen.add(where[0])
        yield replace(char, blank=True) if blank else char
        blank = False


def _runs(chars: Iterable[_Char], verticals: list[tuple[float, float, float]], *, level: bool = True) -> list[list[_Char]]:
    """Characters that follow each other without a gap or a drawn line between them; ``level`` asks for one base line."""
    runs: list[list[_Char]] = []
    for char in chars:
        before = runs[-1][-1] if runs else None
        if before and _same_run(before, char, level=level) and not _parted(before, char, verticals):
            runs[-1].append(char)
        else:
            runs.append([char])
    return runs


def _interleaved(runs: list[list[_Char]], verticals: list[tuple[float, float, float]]) -> Iterator[list[_Char]]:
    """Runs of which one stands in the gaps of another, put together from left to right.

    Programs draw the characters that a font lacks, as the quotation marks, after the rest of the line.
    """
    flat = [run for run in runs if abs(run[0].angle) < 1]
    yield from (run for run in runs if abs(run[0].angle) >= 1)
    flat.sort(key=lambda run: (run[0].y0 + run[0].y1, run[0].x0))
    lines: list[list[list[_Char]]] = []
    for run in flat:
        first = lines[-1][0][0] if lines else None
        size = max(first.size, run[0].size) if first else 0.0
        if first and abs(first.y0 + first.y1 - run[0].y0 - run[0].y1) / 2 < _SAME_LINE * size:
            lines[-1].append(run)
        else:
            lines.append([run])
    for line in lines:
        line.sort(key=lambda run: run[0].x0)
        group: list[list[_Char]] = []
        end = -math.inf
        for run in line:
            inside = run[0].x0 < end - 0.3 * run[0].size
            if group and not inside:
                yield from _together(group, verticals)
                group = []
            group.append(run)
            end = max(end if inside else -math.inf, run[-1].x1)
        if group:
            yield from _together(group, verticals)


def _together(group: list[list[_Char]], verticals: list[tuple[float, float, float]]) -> list[list[_Char]]:
    if len(group) == 1:
        return group
    chars = sorted((char for run in group for char in run), key=lambda char: char.x0 + char.x1)
    crossed = any(a.x1 - b.x0 > 0.5 * min(a.size, b.size) for a, b in pairwise(chars))
    return group if crossed else _runs(chars, verticals, level=False)


def _chars(text: Any, frame: _Frame) -> Iterator[_Char]:
    """Each character that the page draws, upright and on the page."""
    import pypdfium2.raw as raw

    handle, box = text.raw, raw.FS_RECTF()
    wide, high = frame.size
    turned = math.degrees(math.atan2(frame.along[1], frame.along[0]))
    half = 0
    for index in range(raw.FPDFText_CountChars(handle)):
        code = raw.FPDFText_GetUnicode(handle, index)
        if 0xD800 <= code < 0xDC00:  # a character in two halves
            half = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((half - 0xD800) << 10) + (code - 0xDC00) if half else 0xFFFD
        half = 0
        # PDFium makes up spaces and line ends of its own: the places of the characters say more.
        if raw.FPDFText_IsGenerated(handle, index) or not raw.FPDFText_GetLooseCharBox(handle, index, ctypes.byref(box)):
            continue
        if raw.FPDFText_IsHyphen(handle, index) == 1:
            code = 0x2D
        char = chr(code) if 0 < code <= 0x10FFFF else "\ufffd"
        x0, y0, x1, y1 = frame.box(box.left, box.bottom, box.right, box.top)
        if not all(map(math.isfinite, (x0, y0, x1, y1))) or not (0 <= (x0 + x1) / 2 <= wide and 0 <= (y0 + y1) / 2 <= high):
            continue
        angle = (math.degrees(raw.FPDFText_GetCharAngle(handle, index)) + turned + 180) % 360 - 180
        yield _Char(char, x0, y0, x1, y1, _size(char, x1 - x0, y1 - y0), angle)


def _size(char: str, wide: float, high: float) -> float:
    """The height of a character: that of a Chinese one is its width."""
    if char >= "\u2e80" and 0.6 * high <= wide <= 1.4 * high:
        return max(wide, 0.5)
    return max(0.9 * high, 0.5)


def _same_run(before: _Char, char: _Char, *, level: bool) -> bool:
    size, gap = min(before.size, char.size), char.x0 - before.x1
    if level and abs((before.y0 + before.y1) - (char.y0 + char.y1)) / 2 >= 0.3 * size:
        return False
    most = _SPACE_GAP if char.blank else _RUN_GAP
    return -0.6 * size < gap < most * size and abs(before.angle - char.angle) < 1 and max(before.size, char.size) < 1.5 * size


def _parted(before: _Char, char: _Char, verticals: list[tuple[float, float, float]]) -> bool:
    """True where a line is drawn between two characters."""
    if char.x0 - before.x1 < 0.1 * char.size or not verticals:
        return False
    middle = (char.y0 + char.y1) / 2
    at = bisect_left(verticals, (before.x1 - 0.5, -math.inf, 0.0))
    while at < len(verticals) and verticals[at][0] <= char.x0 + 0.5:
        if verticals[at][1] <= middle <= verticals[at][2]:
            return True
        at += 1
    return False


def _piece(run: list[_Char]) -> Piece:
    # Chinese characters show the size best.
    sizes = sorted(c.size for c in run if c.text >= "\u2e80") or sorted(c.size for c in run)
    size = sizes[len(sizes) // 2]
    gaps = [b.x0 - a.x1 for a, b in pairwise(run)]
    usual = sorted(gaps)[len(gaps) // 2] if gaps else 0.0
    text = run[0].text
    for (before, char), gap in zip(pairwise(run), gaps, strict=True):
        # A space is drawn, or there is room for one that the letters of the run do not have between them. Beside a mark
        # there always may be: a narrow one stands at the edge of a square.
        room = 0.75 if _MARK.match(before.text) or _MARK.match(char.text) else 0.22
        spaced = gap > 0.1 * size if char.blank else gap > usual + room * size
        text += f" {char.text}" if spaced else char.text
    return Piece(text, min(c.x0 for c in run), min(c.y0 for c in run), max(c.x1 for c in run), max(c.y1 for c in run), size, None,
                 run[0].angle)


def _drawn(page: Any, frame: _Frame) -> _Drawn:
    """The straight lines of a page and what else it draws."""
    import pypdfium2.raw as raw

    out = _Drawn([])
    wide, high = frame.size
    count = min(raw.FPDFPage_CountObjects(page.raw), _MOST_OBJECTS)
    queue = [(raw.FPDFPage_GetObject, page.raw, index, 0) for index in range(count)]
    corners = [ctypes.c_float() for _ in range(4)]
    for get, holder, index, depth in queue:
        thing = get(holder, index)
        kind = raw.FPDFPageObj_GetType(thing) if thing else None
        if kind == raw.FPDF_PAGEOBJ_FORM and depth < _MOST_FORMS:
            inside = min(raw.FPDFFormObj_CountObjects(thing), _MOST_OBJECTS - len(queue))
            queue += [(raw.FPDFFormObj_GetObject, thing, i, depth + 1) for i in range(max(inside, 0))]
        elif kind == raw.FPDF_PAGEOBJ_IMAGE:
            out.other = True
            if raw.FPDFPageObj_GetBounds(thing, *(ctypes.byref(c) for c in corners)):
                x0, y0, x1, y1 = frame.box(*(c.value for c in corners))
                shown = max(0.0, min(x1, wide) - max(x0, 0.0)) * max(0.0, min(y1, high) - max(y0, 0.0))
                out.pictures += shown / max(wide * high, 1.0)
        elif kind == raw.FPDF_PAGEOBJ_PATH:
            lines = list(_lines(thing, frame)) if depth == 0 else []
            out.rulings += lines[: _MOST_OBJECTS - len(out.rulings)]
            out.other = out.other or not lines
        elif kind == raw.FPDF_PAGEOBJ_SHADING:
            out.other = True
    return out


def _lines(path: Any, frame: _Frame) -> Iterator[Ruling]:
    """The level and upright lines of one path; thin filled boxes are lines too."""
    import pypdfium2.raw as raw

    matrix, x, y = raw.FS_MATRIX(), ctypes.c_float(), ctypes.c_float()
    raw.FPDFPageObj_GetMatrix(path, matrix)
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(path, fill, stroke)
    corners: list[tuple[float, float]] = []
    count = min(raw.FPDFPath_CountSegments(path), _MOST_OBJECTS)
    for index in range(count + 1):
        segment = raw.FPDFPath_GetPathSegment(path, index) if index < count else None
        kind = raw.FPDFPathSegment_GetType(segment) if segment else raw.FPDF_SEGMENT_MOVETO
        if kind == raw.FPDF_SEGMENT_MOVETO and corners:
            yield from _sides(corners, bool(stroke.value))
            corners = []
        if segment is None:
            return
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        there = frame.point(matrix.a * x.value + matrix.c * y.value + matrix.e,
                            matrix.b * x.value + matrix.d * y.value + matrix.f)
        if kind == raw.FPDF_SEGMENT_BEZIERTO:
            corners = []
        else:
            corners.append(there)
        if raw.FPDFPathSegment_GetClose(segment) and corners:
            corners.append(corners[0])


def _sides(corners: list[tuple[float, float]], stroked: bool) -> Iterator[Ruling]:
    xs, ys = [c[0] for c in corners], [c[1] for c in corners]
    x0, y0, x1, y1 = min(xs), min(ys), max(xs), max(ys)
    if not all(map(math.isfinite, (x0, y0, x1, y1))):
        return
    if min(x1 - x0, y1 - y0) < 2.5:  # a line, or a box as thin as one
        if max(x1 - x0, y1 - y0) > 3:
            level = x1 - x0 > y1 - y0
            middle = (y0 + y1) / 2 if level else (x0 + x1) / 2
            yield Ruling(x0, middle, x1, middle) if level else Ruling(middle, y0, middle, y1)
    elif stroked:
        for (ax, ay), (bx, by) in pairwise(corners):
            if abs(ay - by) < 1 < abs(ax - bx) or abs(ax - bx) < 1 < abs(ay - by):
                yield Ruling(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))
