"""A .docx file with real headings, footnotes and tables whose head repeats; the same content gives the same bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree

from pipeline.export.clean import visible
from pipeline.export.errors import needed

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_NOTES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
_NOTES_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
_XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
# Files carry no time of their making: the same set gives the same bytes.
MADE = datetime(2000, 1, 1)
_LATIN, _SONG, _HEI = "Times New Roman", "宋体", "黑体"
# Twips: A4 with the margins of a book, and the width between them.
_PAGE, _MARGIN = (11906, 16838), (1440, 1588)
_WIDTH = _PAGE[0] - 2 * _MARGIN[1]
# A text node beyond a few megabytes is refused by readers of XML.
_LONGEST_RUN = 1_000_000


@dataclass(frozen=True, slots=True)
class Noted:
    """A text with the footnote that belongs to it."""

    text: str
    note: str | None = None


class WordFile:
    """A document that grows from top to bottom; :meth:`to_bytes` gives the file."""

    def __init__(self, title: str) -> None:
        self._document = needed("docx").Document()
        self._body = self._document.element.body
        self._section = self._body[-1]
        for child in list(self._body)[:-1]:
            self._body.remove(child)
        self._notes = _new_notes()
        self._count = 0
        self._title = title
        _set_styles(self._document)
        _set_page(self._document, self._section)
        _set_settings(self._document)

    def title(self, text: str) -> None:
        """The title of the whole."""
        self._add(self._paragraph("Title", [Noted(text)]))

    def heading(self, level: int, text: str) -> None:
        """A heading of level 1 to 4."""
        self._add(self._paragraph(f"Heading{level}", [Noted(text)]))

    def paragraph(self, texts: Sequence[Noted], style: str = "BodyText") -> None:
        """A paragraph; styles are BodyText, Remark and Check."""
        self._add(self._paragraph(style, texts))

    def contents(self, title: str, hint: str) -> None:
        """A table of contents that Word fills in when its field is updated."""
        self._add(self._paragraph("ContentsTitle", [Noted(title)]))
        line = _element("p")
        for kind in ("begin", None, "separate", hint, "end"):
            run = _child(line, "r")
            if kind in ("begin", "separate", "end"):
                _child(run, "fldChar", fldCharType=str(kind))
            elif kind is None:
                _text(_child(run, "instrText"), ' TOC \\o "1-3" \\h \\z \\u ')
            else:
                _text(_child(run, "t"), kind)
        self._add(line)

    def table(self, head: Sequence[str], rows: Iterable[Sequence[Noted]], widths: Sequence[int]) -> None:
        """A ruled table; ``widths`` are the shares of its columns."""
        table = _element("tbl")
        properties = _child(table, "tblPr")
        _child(properties, "tblStyle", val="TableGrid")
        _child(properties, "tblW", w=str(_WIDTH), type="dxa")
        _child(properties, "tblLayout", type="fixed")
        grid = _child(table, "tblGrid")
        twips = [_WIDTH * w // sum(widths) for w in widths]
        for w in twips:
            _child(grid, "gridCol", w=str(w))
        self._row(table, [Noted(h) for h in head], twips, "TableHead", head=True)
        for row in rows:
            self._row(table, row, twips, "TableText")
        self._add(table)
        # Word joins tables that nothing parts.
        self._add(self._paragraph("TableText", []))

    def _row(self, table: etree._Element, cells: Sequence[Noted], twips: Sequence[int], style: str, *,
             head: bool = False) -> None:
        row = _child(table, "tr")
        if head:
            _child(_child(row, "trPr"), "tblHeader")
        for cell, w in zip(cells, twips, strict=True):
            box = _child(row, "tc")
            _child(_child(box, "tcPr"), "tcW", w=str(w), type="dxa")
            box.append(self._paragraph(style, [cell]))

    def _add(self, element: etree._Element) -> None:
        self._section.addprevious(element)

    def _paragraph(self, style: str, texts: Sequence[Noted]) -> etree._Element:
        paragraph = _element("p")
        _child(_child(paragraph, "pPr"), "pStyle", val=style)
        for part in texts:
            _runs(paragraph, part.text)
            if part.note:
                self._count += 1
                self._note(part.note)
                run = _child(paragraph, "r")
                _child(_child(run, "rPr"), "rStyle", val="FootnoteReference")
                _child(run, "footnoteReference", id=str(self._count))
        return paragraph

    def _note(self, text: str) -> None:
        note = _child(self._notes, "footnote", id=str(self._count))
        paragraph = _child(note, "p")
        _child(_child(paragraph, "pPr"), "pStyle", val="FootnoteText")
        mark = _child(paragraph, "r")
        _child(_child(mark, "rPr"), "rStyle", val="FootnoteReference")
        _child(mark, "footnoteRef")
        _runs(paragraph, f" {text}")

    def to_bytes(self) -> bytes:
        """The file."""
        opc = needed("docx.opc.part")
        uri = needed("docx.opc.packuri").PackURI("/word/footnotes.xml")
        main = self._document.part
        blob = etree.tostring(self._notes, xml_declaration=True, encoding="UTF-8", standalone=True)
        main.relate_to(opc.Part(uri, _NOTES_TYPE, blob, main.package), _NOTES)
        properties = self._document.core_properties
        properties.title, properties.author, properties.comments = visible(self._title), "hongzhi", ""
        properties.created = properties.modified = MADE
        properties.last_modified_by, properties.revision = "hongzhi", 1
        made = io.BytesIO()
        self._document.save(made)
        return _without_times(made.getvalue())


def _without_times(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            member = zipfile.ZipInfo(entry.filename, (1980, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(member, old.read(entry))
    return out.getvalue()


def _element(tag: str, **attributes: str) -> Any:
    # Elements of the library's own classes, so that its part writes them.
    made = needed("docx.oxml").OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        made.set(f"{{{_W}}}{name}", value)
    return made


def _child(parent: etree._Element, tag: str, **attributes: str) -> Any:
    made = etree.SubElement(parent, f"{{{_W}}}{tag}")
    for name, value in attributes.items():
        made.set(f"{{{_W}}}{name}", value)
    return made


def _text(element: etree._Element, text: str) -> None:
    element.text = text
    element.set(_XML_SPACE, "preserve")


def _runs(paragraph: etree._Element, text: str) -> None:
    """The text as runs, line breaks and tabs as Word has them."""
    shown = visible(text)
    for number, line in enumerate(shown.split("\n")):
        if number:
            _child(_child(paragraph, "r"), "br")
        for count, stretch in enumerate(line.split("\t")):
            if count:
                _child(_child(paragraph, "r"), "tab")
            for start in range(0, len(stretch), _LONGEST_RUN):
                _text(_child(_child(paragraph, "r"), "t"), stretch[start : start + _LONGEST_RUN])


def _new_notes() -> Any:
    notes = etree.Element(f"{{{_W}}}footnotes", nsmap={"w": _W})
    for number, kind in ((-1, "separator"), (0, "continuationSeparator")):
        note = _child(notes, "footnote", type=kind, id=str(number))
        paragraph = _child(note, "p")
        _child(_child(paragraph, "pPr"), "spacing", after="0", line="240", lineRule="auto")
        _child(_child(paragraph, "r"), kind)
    return notes


def _set_settings(document: Any) -> None:
    """The separators of the notes, and numbers that begin anew on each page as in Chinese books."""
    settings = document.settings.element
    found = _element("footnotePr")
    _child(found, "numRestart", val="eachPage")
    _child(found, "footnote", id="-1")
    _child(found, "footnote", id="0")
    # The order of elements is fixed; this one stands before compat.
    compat = settings.find(f"{{{_W}}}compat")
    if compat is not None:
        compat.addprevious(found)
    else:
        settings.append(found)


def _set_page(document: Any, section: etree._Element) -> None:
    for child in list(section):
        section.remove(child)
    _child(_child(section, "footnotePr"), "numRestart", val="eachPage")
    _child(section, "pgSz", w=str(_PAGE[0]), h=str(_PAGE[1]))
    top, side = str(_MARGIN[0]), str(_MARGIN[1])
    _child(section, "pgMar", top=top, bottom=top, left=side, right=side, header="851", footer="992", gutter="0")
    foot = document.sections[0].footer
    foot.is_linked_to_previous = False
    line = foot.paragraphs[0]._p
    _child(line.get_or_add_pPr(), "jc", val="center")
    for kind in ("begin", None, "end"):
        run = _child(line, "r")
        if kind is None:
            _text(_child(run, "instrText"), " PAGE ")
        else:
            _child(run, "fldChar", fldCharType=kind)


def _set_styles(document: Any) -> None:
    styles = document.styles
    types = needed("docx.enum.style").WD_STYLE_TYPE
    normal = styles["Normal"]
    _look(normal, _SONG, 12)
    body = styles["Body Text"]
    body.base_style = normal
    _shape(body, first_line=True, line=360)
    # Sizes in points, as Chinese printing names them: 二号, 小二, 三号, 四号, 小四.
    for name, size in (("Title", 22), ("Heading 1", 18), ("Heading 2", 16), ("Heading 3", 14), ("Heading 4", 12)):
        _look(styles[name], _HEI, size)
        _shape(styles[name], before=240, after=120, center=name in ("Title", "Heading 1"), keep=True)
    small = 10.5
    for name, font, points in (
        ("Remark", "楷体", small), ("Check", "楷体", small), ("Table Text", _SONG, small), ("Table Head", _HEI, small),
        ("Contents Title", _HEI, 16.0), ("footnote text", _SONG, 9.0),
    ):
        style = styles.add_style(name, types.PARAGRAPH)
        style.base_style = normal
        _look(style, font, points)
        _shape(style, after=0 if name in ("Table Text", "Table Head", "footnote text") else 120, center=name == "Contents Title")
    styles["Check"].element.get_or_add_rPr().append(_element("color", val="A61C00"))
    styles["footnote text"].element.set(f"{{{_W}}}styleId", "FootnoteText")
    mark = styles.add_style("footnote reference", types.CHARACTER)
    mark.element.set(f"{{{_W}}}styleId", "FootnoteReference")
    mark.element.get_or_add_rPr().append(_element("vertAlign", val="superscript"))


def _look(style: Any, font: str, size: float) -> None:
    properties = style.element.get_or_add_rPr()
    for child in list(properties):
        properties.remove(child)
    _child(properties, "rFonts", ascii=_LATIN, hAnsi=_LATIN, cs=_LATIN, eastAsia=font)
    if font == _HEI and style.name == "Heading 4":
        _child(properties, "b")
    _child(properties, "sz", val=f"{size * 2:g}")
    _child(properties, "szCs", val=f"{size * 2:g}")
    _child(properties, "lang", val="en-US", eastAsia="zh-CN")


def _shape(style: Any, *, before: int = 0, after: int = 0, line: int = 300, first_line: bool = False, center: bool = False,
           keep: bool = False) -> None:
    properties = style.element.get_or_add_pPr()
    level = properties.find(f"{{{_W}}}outlineLvl")
    for child in list(properties):
        properties.remove(child)
    if keep:
        _child(properties, "keepNext")
        _child(properties, "keepLines")
    _child(properties, "spacing", before=str(before), after=str(after), line=str(line), lineRule="auto")
    if first_line:
        _child(properties, "ind", firstLineChars="200", firstLine="480")
    if center:
        _child(properties, "jc", val="center")
    if level is not None:
        properties.append(level)
