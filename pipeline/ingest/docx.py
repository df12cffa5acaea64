"""Word files (.docx) to documents: paragraphs, tables, text boxes, footnotes, and the numbers that Word prints itself.

Deleted text of tracked changes is left out and inserted text is kept: the text is what a reader of the final paper sees.
Macros are never looked at. Heads and feet of pages are kept as furniture.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import regex
from lxml import etree

from pipeline.ingest.errors import damaged
from pipeline.ingest.limits import Limits
from pipeline.ingest.package import open_package, parse_xml, read_part
from pipeline.model import Document, Finding, Span

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
# Stretches that are not part of the final text: deletions, moves away, field codes, old versions of drawings.
_LEFT_OUT = frozenset({f"{_W}del", f"{_W}moveFrom", f"{_W}instrText", f"{_W}delText", f"{_W}pPr", f"{_W}rPr", _FALLBACK})
_MEDIA = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_CHINESE_FORMS = frozenset({
    "chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCounting", "taiwaneseCountingThousand",
    "ideographDigital",
})
_DIGITS = "〇一二三四五六七八九"


@dataclass(slots=True)
class _Lists:
    """The numbering of a file: text and format of each level, and how far each list has counted."""

    levels: dict[str, dict[int, tuple[str, str, int]]] = field(default_factory=dict)
    of_style: dict[str, tuple[str, int]] = field(default_factory=dict)
    counts: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))

    def label(self, paragraph: etree._Element) -> str:
        """The number that Word prints before a paragraph; empty where there is none."""
        given = self._given(paragraph)
        if given is None or given[0] not in self.levels:
            return ""
        number, level = given
        levels, counts = self.levels[number], self.counts[number]
        text, _form, start = levels.get(level, ("", "none", 1))
        counts[level] = counts.get(level, start - 1) + 1
        for deeper in [n for n in counts if n > level]:
            del counts[deeper]

        def printed(found: regex.Match[str]) -> str:
            at = int(found[1]) - 1
            _text, form, first = levels.get(at, ("", "decimal", 1))
            return _printed(counts.get(at, first), form)

        return "" if levels.get(level, ("", "none", 1))[1] == "bullet" else str(regex.sub(r"%(\d)", printed, text))

    def _given(self, paragraph: etree._Element) -> tuple[str, int] | None:
        number, level = _value(paragraph, "pPr/numPr/numId"), _value(paragraph, "pPr/numPr/ilvl")
        if number == "0":
            return None
        style = self.of_style.get(_value(paragraph, "pPr/pStyle") or "")
        if number is None:
            return style
        return number, int(level or (style[1] if style else 0))


def read(name: str, data: bytes, kind: str, limits: Limits) -> Document:
    """The text of a .docx file. Raises :class:`UnreadableDocument` where it is damaged, encrypted or unsafe."""
    package = open_package(data, limits)
    body = read_part(package, "word/document.xml")
    if body is None:
        raise damaged("word/document.xml")
    lists = _lists(package)
    lines = list(_block_lines(parse_xml(body, "word/document.xml"), lists))
    notes = read_part(package, "word/footnotes.xml")
    if notes is not None:
        for note in parse_xml(notes, "word/footnotes.xml").iter(f"{_W}footnote"):
            if note.get(f"{_W}type") is None:
                lines += _block_lines(note, lists)
    lines = [line for whole in lines for line in whole.split("\n")]
    text = "".join(f"{line}\n" for line in lines)
    furniture: list[Span] = []
    for part in sorted(n for n in package.namelist() if regex.fullmatch(r"word/(?:header|footer)\d*\.xml", n)):
        for line in _block_lines(parse_xml(read_part(package, part) or b"", part), _Lists()):
            if line.strip():
                furniture.append(Span(len(text), len(text) + len(line)))
                text += f"{line}\n"
    findings = () if text.strip() else (Finding("empty_document"),)
    return Document(hashlib.sha256(data).hexdigest(), name, _MEDIA, None, "docx/1", text, (), findings, tuple(furniture))


def _value(element: etree._Element, path: str) -> str | None:
    found = element.find("/".join(f"{_W}{step}" for step in path.split("/")))
    return found.get(f"{_W}val") if found is not None else None


def _block_lines(root: etree._Element, lists: _Lists) -> Iterator[str]:
    """The lines of paragraphs and tables below an element, in their order, containers opened."""
    stack = [iter(root)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
        elif child.tag == f"{_W}p":
            yield from _paragraph(child, lists)
        elif child.tag == f"{_W}tbl":
            yield from _table(child, lists)
        elif child.tag not in _LEFT_OUT and isinstance(child.tag, str):
            stack.append(iter(child))


def _paragraph(paragraph: etree._Element, lists: _Lists) -> list[str]:
    """The paragraph with its printed number, then the lines of text boxes that hang on it."""
    text = _text(paragraph)
    boxes = [line for box in _within(paragraph, f"{_W}txbxContent") for line in _block_lines(box, lists)]
    label = lists.label(paragraph) if text.strip() else ""
    return [label + text, *boxes]


def _within(element: etree._Element, wanted: str) -> Iterator[etree._Element]:
    stack = list(reversed(element))
    while stack:
        node = stack.pop()
        if node.tag == wanted:
            yield node
        elif node.tag not in _LEFT_OUT:
            stack += reversed(node)


def _text(paragraph: etree._Element) -> str:
    out: list[str] = []
    stack = list(reversed(paragraph))
    while stack:
        node = stack.pop()
        if node.tag in _LEFT_OUT or node.tag == f"{_W}txbxContent":
            continue
        if node.tag == f"{_W}t":
            out.append(node.text or "")
        elif node.tag == f"{_W}tab":
            out.append("\t")
        elif node.tag in (f"{_W}br", f"{_W}cr"):
            out.append("\n")
        elif node.tag == f"{_W}noBreakHyphen":
            out.append("-")
        stack += reversed(node)
    return "".join(out)


def _table(table: etree._Element, lists: _Lists) -> Iterator[str]:
    """A line for each row, cells set apart by tabs; a merged cell is printed once and empty where it goes on."""
    rows: list[list[str]] = []
    single: list[list[str]] = []
    for row in table.iter(f"{_W}tr"):
        cells: list[str] = []
        for cell in row.iterchildren(f"{_W}tc"):
            goes_on = cell.find(f"{_W}tcPr/{_W}vMerge")
            hidden = goes_on is not None and goes_on.get(f"{_W}val") in (None, "continue")
            lines = [] if hidden else [line for line in _block_lines(cell, lists) if line.strip()]
            single.append(lines)
            wide = int(_value(cell, "tcPr/gridSpan") or 1)
            cells += [" ".join(" ".join(lines).split("\n")), *[""] * (min(wide, 100) - 1)]
        rows.append(cells)
    if all(len(r) <= 1 for r in rows):
        yield from (line for lines in single for line in lines)
        return
    for cells in rows:
        line = "\t".join(cells)
        if line.strip():
            yield line.strip("\t") if sum(bool(c.strip()) for c in cells) == 1 else line.rstrip("\t")


def _lists(package: zipfile.ZipFile) -> _Lists:
    """The numbering that the file defines, by the id of each list, and the styles that carry it."""
    out = _Lists()
    numbering = read_part(package, "word/numbering.xml")
    if numbering is None:
        return out
    root = parse_xml(numbering, "word/numbering.xml")
    abstract = {a.get(f"{_W}abstractNumId"): a for a in root.iterchildren(f"{_W}abstractNum")}
    for listed in root.iterchildren(f"{_W}num"):
        base = abstract.get(_value(listed, "abstractNumId"))
        if base is None:
            continue
        levels = {int(lvl.get(f"{_W}ilvl") or 0): (_value(lvl, "lvlText") or "", _value(lvl, "numFmt") or "decimal",
                                                   int(_value(lvl, "start") or 1)) for lvl in base.iterchildren(f"{_W}lvl")}
        for override in listed.iterchildren(f"{_W}lvlOverride"):
            at, start = int(override.get(f"{_W}ilvl") or 0), _value(override, "startOverride")
            if start is not None and at in levels:
                levels[at] = (*levels[at][:2], int(start))
        out.levels[str(listed.get(f"{_W}numId"))] = levels
    styles = read_part(package, "word/styles.xml")
    for style in parse_xml(styles, "word/styles.xml").iterchildren(f"{_W}style") if styles else ():
        number = _value(style, "pPr/numPr/numId")
        if number is not None:
            out.of_style[str(style.get(f"{_W}styleId"))] = (number, int(_value(style, "pPr/numPr/ilvl") or 0))
    return out


def _printed(number: int, form: str) -> str:
    """A number in one of the forms that Word knows.

    >>> _printed(12, "chineseCounting"), _printed(3, "decimalEnclosedCircle"), _printed(2, "upperLetter"), _printed(4, "decimal")
    ('十二', '③', 'B', '4')
    """
    if form in _CHINESE_FORMS:
        return _chinese(number)
    if form.startswith("decimalEnclosedCircle") and 1 <= number <= 20:
        return chr(0x245F + number)
    if form in ("upperLetter", "lowerLetter") and 1 <= number <= 26:
        return chr((65 if form == "upperLetter" else 97) + number - 1)
    return "" if form in ("bullet", "none") else str(number)


def _chinese(number: int) -> str:
    if number < 10:
        return _DIGITS[number]
    tens, ones = divmod(number, 10)
    return (("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")) if number < 100 else str(number)
