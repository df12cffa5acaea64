"""Word files (.docx, .docm) to documents: paragraphs, tables, text boxes, notes, and the numbers that Word prints itself.

Deleted text of tracked changes is left out and inserted text is kept: the text is what a reader of the final paper sees.
Hidden text, readings, comments and content of other files are left out with a finding. Macros are never looked at.
Heads and feet of pages are kept as furniture.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterator
from importlib.metadata import version

import regex
from lxml import etree

from pipeline.ingest.errors import damaged
from pipeline.ingest.limits import Limits
from pipeline.ingest.numbering import Lists, W, is_on, read_lists, value, whole
from pipeline.ingest.package import open_package, parse_xml, read_part
from pipeline.ingest.writer import Writer
from pipeline.model import Document, Finding, Span

_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_STRICT, _USUAL = b"http://purl.oclc.org/ooxml/wordprocessingml/main", W[1:-1].encode()
# Stretches that are not part of the final text: deletions, moves away, field codes, properties, old versions of drawings.
_LEFT_OUT = frozenset({
    f"{W}del", f"{W}moveFrom", f"{W}instrText", f"{W}delText", f"{W}delInstrText", f"{W}pPr", f"{W}rPr", _FALLBACK,
})
_ELSEWHERE = frozenset({f"{W}altChunk", f"{W}subDoc"})
_BREAKS = frozenset({f"{W}br", f"{W}cr"})
_BOX = f"{W}txbxContent"
_MEDIA = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_WIDEST = 1000
# A cell with this many lines that end as sentences do is a column of text: such a table lays out the page.
_SENTENCES = 3
_SENTENCE = regex.compile(r"[。！？；!?;]\s{0,9}\Z")
_MOST_FINDINGS = 50
_SHOWN = 30


def read(name: str, data: bytes, kind: str, limits: Limits) -> Document:
    """The text of a .docx file. Raises :class:`UnreadableDocument` where it is damaged, encrypted or unsafe."""
    package = open_package(data, limits)
    names = package.namelist()
    body = _part(package, _main_part(package))
    if body is None:
        raise damaged("word/document.xml")
    reader = _Reader(read_lists(_part(package, "word/numbering.xml"), _part(package, "word/styles.xml")))
    reader.blocks(body)
    for part, tag in (("word/footnotes.xml", f"{W}footnote"), ("word/endnotes.xml", f"{W}endnote")):
        notes = _part(package, part)
        for note in notes.iter(tag) if notes is not None else ():
            if note.get(f"{W}type") is None:
                reader.blocks(note)
    starts = _page_starts(package, reader)
    furniture: list[Span] = []
    for part in sorted(n for n in names if regex.fullmatch(r"word/(?:header|footer)\d{0,6}\.xml", n)):
        head = _part(package, part)
        if head is not None:
            furniture += reader.frame(head)
    findings = list(reader.findings())
    comments = _part(package, "word/comments.xml")
    remarks = [_plain_text(c) for c in comments.iter(f"{W}comment")] if comments is not None else []
    if remarks:
        findings.append(Finding("comments_left_out", None, {"count": str(len(remarks)), "text": remarks[0][:_SHOWN]}))
    if any(n.lower().endswith("vbaproject.bin") for n in names):
        findings.append(Finding("macros_ignored"))
    text = reader.writer.text
    if not text.strip():
        findings.append(Finding("empty_document"))
    return Document(
        hashlib.sha256(data).hexdigest(), name, _MEDIA, None, f"docx/2 lxml {version('lxml')}", text, starts, tuple(findings),
        tuple(furniture), merged=reader.writer.merged,
    )


def _main_part(package: zipfile.ZipFile) -> str:
    """The part that holds the text: the usual one, or the one that the package names."""
    usual = "word/document.xml"
    if usual in package.NameToInfo:
        return usual
    return next((n for n in package.namelist() if regex.fullmatch(r"word/document\d{1,6}\.xml", n)), usual)


def _part(package: zipfile.ZipFile, name: str) -> etree._Element | None:
    data = read_part(package, name)
    return parse_xml(data.replace(_STRICT, _USUAL), name) if data is not None else None


def _page_starts(package: zipfile.ZipFile, reader: _Reader) -> tuple[int, ...]:
    """Where pages began when Word saved the file; empty where its own count of pages says otherwise."""
    data = read_part(package, "docProps/app.xml")
    found = regex.search(rb"<Pages>(\d{1,6})</Pages>", data or b"")
    if not reader.pages or found is None or int(found[1]) != len(reader.pages) + 1:
        return ()
    return tuple(dict.fromkeys((0, *reader.pages)))


def _plain_text(element: etree._Element) -> str:
    return "".join(node.text or "" for node in element.iter(f"{W}t")).strip()


class _Reader:
    """Writes paragraphs and tables in the order of the file; depth is bounded by that of the XML parser."""

    def __init__(self, lists: Lists) -> None:
        self.lists = lists
        self.writer = Writer()
        self.left_out: list[tuple[int, str]] = []
        self.elsewhere = 0
        self.pages: list[int] = []
        self.carried: list[str] = []
        self.carried_length = 0

    def findings(self) -> Iterator[Finding]:
        """What was left out, what stands in other files, numbers that could not be restored."""
        shown, rest = self.left_out[:_MOST_FINDINGS], self.left_out[_MOST_FINDINGS:]
        for at, text in shown:
            yield Finding("text_left_out", Span(at, at), {"count": str(len(text)), "text": text[:_SHOWN]})
        if rest:
            count = sum(len(text) for _at, text in rest)
            yield Finding("text_left_out", Span(rest[0][0], rest[0][0]), {"count": str(count), "text": rest[0][1][:_SHOWN]})
        if self.elsewhere:
            yield Finding("content_elsewhere", None, {"count": str(self.elsewhere)})
        for form in sorted(self.lists.unknown):
            yield Finding("number_format_unknown", None, {"form": form})

    def frame(self, root: etree._Element) -> list[Span]:
        """Write a head or foot of pages and say where its lines stand."""
        lists, self.lists = self.lists, Lists()
        lines = [line for line in self.lines(root) if line.strip()]
        self.lists = lists
        return [self.writer.line(line) for line in lines]

    def blocks(self, root: etree._Element) -> None:
        """Write the lines of paragraphs and tables below an element, containers opened."""
        for child in _opened(root, self):
            if child.tag == f"{W}p":
                for line in self.paragraph(child):
                    self.writer.line(line)
            else:
                self.table(child)
        self._end_carried(self.writer.line)

    def lines(self, root: etree._Element) -> Iterator[str]:
        """The lines of paragraphs below an element; a table in it gives a line for each cell that is a paragraph."""
        for child in _opened(root, self):
            if child.tag == f"{W}p":
                yield from self.paragraph(child)
            else:
                for row in _children(child, f"{W}tr"):
                    for cell in _children(row, f"{W}tc"):
                        yield from self.lines(cell)
        last: list[str] = []
        self._end_carried(last.append)
        yield from last

    def _end_carried(self, write: Callable[[str], object]) -> None:
        text = self._take_carried()
        if text.strip():
            write(text)

    def _take_carried(self) -> str:
        text = "".join(self.carried)
        self.carried.clear()
        self.carried_length = 0
        return text

    def paragraph(self, paragraph: etree._Element) -> list[str]:
        """The lines of a paragraph with its printed number, then those of text boxes that hang on it."""
        text = self.text(paragraph)
        carried, self.carried = self.carried, []  # what goes on here does not go on in a text box
        boxes = [line for box in _within(paragraph, _BOX) for line in self.lines(box)]
        self.carried = carried
        if paragraph.find(f"{W}pPr/{W}rPr/{W}del") is not None:
            self.carried.append(text)  # its end was deleted: the next paragraph goes on with it
            self.carried_length += len(text)
            return boxes
        text = self._take_carried() + text
        label = self.lists.label(paragraph) if text.strip() else ""
        return [*(label + text).split("\n"), *boxes]

    def text(self, paragraph: etree._Element) -> str:
        """The text of a paragraph without that of its text boxes."""
        out: list[str] = []
        length = self.carried_length
        stack = list(reversed(paragraph))
        while stack:
            node = stack.pop()
            tag = node.tag
            if tag in _LEFT_OUT or tag == _BOX or not isinstance(tag, str):
                continue
            if tag == f"{W}rt" or (tag == f"{W}r" and is_on(node.find(f"{W}rPr/{W}vanish"))):
                hidden = _plain_text(node)
                if hidden:
                    self.left_out.append((self.writer.end, hidden))
                continue
            piece = _piece(node)
            if piece:
                out.append(piece)
                length += len(piece)
            if tag == f"{W}lastRenderedPageBreak":
                self.pages.append(self.writer.end + (length if out else 0))
            stack += reversed(node)
        return "".join(out)

    def table(self, table: etree._Element) -> None:
        """Write a line for each row, cells set apart by tabs; a merged cell is printed once and is empty where it goes on."""
        rows = [row for row in _children(table, f"{W}tr") if row.find(f"{W}trPr/{W}del") is None]
        cells = [list(_children(row, f"{W}tc")) for row in rows]
        if all(len(r) <= 1 for r in cells) or any(next(c.iter(f"{W}tbl"), None) is not None for r in cells for c in r):
            for cell in (c for r in cells for c in r):
                self.blocks(cell)
            return
        texts = [[[line for line in self.lines(cell) if line.strip()] for cell in row] for row in cells]
        if any(sum(bool(_SENTENCE.search(line)) for line in lines) >= _SENTENCES for row in texts for lines in row):
            for lines in (lines for row in texts for lines in row):
                for line in lines:
                    self.writer.line(line)
            return
        going: dict[int, Span] = {}
        for row, parts, lines_of in zip(rows, cells, texts, strict=True):
            self._row(row, parts, lines_of, going)

    def _row(self, row: etree._Element, cells: list[etree._Element], texts: list[list[str]], going: dict[int, Span]) -> None:
        """Write one row; ``going`` holds the merged cells that are open, by their column."""
        columns = [""] * whole(value(row, "trPr/gridBefore"), 0, _WIDEST)
        above: dict[int, Span] = {}
        begun: list[int] = []
        for cell, lines in zip(cells, texts, strict=True):
            at = len(columns)
            text = " ".join(" ".join(lines).split())
            merge = cell.find(f"{W}tcPr/{W}vMerge")
            goes_on = merge is not None and merge.get(f"{W}val") in (None, "continue")
            beside = cell.find(f"{W}tcPr/{W}hMerge")
            is_beside = beside is not None and beside.get(f"{W}val") in (None, "continue")
            if goes_on and at in going:
                above[at] = going[at]
            elif not goes_on:
                going.pop(at, None)
                if merge is not None:
                    begun.append(at)
            if (goes_on or is_beside) and text:
                self.left_out.append((self.writer.end, text))
            wide = max(1, whole(value(cell, "tcPr/gridSpan"), 1, _WIDEST))
            columns += ["" if goes_on or is_beside else text, *[""] * (wide - 1)]
        spans = self.writer.row(columns, above)
        going.update({at: spans[at] for at in begun if spans[at].end > spans[at].start})


def _piece(node: etree._Element) -> str:
    """What one element of a run prints."""
    tag = node.tag
    if tag in (f"{W}t", _MATH_TEXT):
        return node.text or ""
    if tag in (f"{W}tab", f"{W}ptab"):
        return "\t"
    if tag in _BREAKS:
        return "\n"
    if tag == f"{W}noBreakHyphen":
        return "-"
    if tag == f"{W}sym":
        code = node.get(f"{W}char") or ""
        found = regex.fullmatch(r"[0-9A-Fa-f]{1,5}", code)
        number = int(code, 16) if found else 0
        return chr(number) if number >= 32 and not 0xD800 <= number <= 0xDFFF else ""
    return ""


def _opened(root: etree._Element, reader: _Reader) -> Iterator[etree._Element]:
    """The paragraphs and tables below an element in their order, containers opened, deletions left out."""
    stack = [iter(root)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
        elif child.tag in (f"{W}p", f"{W}tbl"):
            yield child
        elif child.tag in _ELSEWHERE:
            reader.elsewhere += 1
        elif child.tag not in _LEFT_OUT and isinstance(child.tag, str):
            stack.append(iter(child))


def _children(root: etree._Element, wanted: str) -> Iterator[etree._Element]:
    """Rows of a table or cells of a row, also inside content controls and insertions, but not those of a table inside."""
    stack = [iter(root)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
        elif child.tag == wanted:
            yield child
        elif child.tag not in _LEFT_OUT and child.tag not in (f"{W}p", f"{W}tbl") and isinstance(child.tag, str):
            stack.append(iter(child))


def _within(element: etree._Element, wanted: str) -> Iterator[etree._Element]:
    """The outermost elements of a kind below an element, what is left out of the text apart."""
    stack = list(reversed(element))
    while stack:
        node = stack.pop()
        if node.tag == wanted:
            yield node
        elif node.tag not in _LEFT_OUT:
            stack += reversed(node)
