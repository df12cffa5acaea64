"""Files made by script: one text as web page, Word file, spreadsheet and the formats that LibreOffice writes."""

from __future__ import annotations

import io
import struct
import subprocess
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import docx
import openpyxl
from helpers import assert_honest

from pipeline.model import Document, Parsed
from pipeline.parse import parse_document
from pipeline.rules import load_rules

TABLES = ("plan_items", "plan_targets", "schools", "awards", "award_authors", "honourees", "speech_points")
KEYS = {
    "plan_items": ("section_no", "item_no", "heading", "level"),
    "plan_targets": ("item_no", "text", "value", "unit", "kind"),
    "schools": ("group_heading", "school", "city", "county", "honour"),
    "awards": ("prize", "entry_no", "work_title", "form"),
    "award_authors": ("prize", "entry_no", "author", "role", "unit"),
    "honourees": ("category", "role", "name", "post", "unit"),
    "speech_points": ("section_title", "marker", "heading"),
}
# A row of a made table: cells as text; a pair is a cell and the rows it takes up. None is covered by a cell above.
Row = Sequence[str | tuple[str, int] | None]


def read(document: Document) -> Parsed:
    """All tables of a document, checked to be honest."""
    parsed = parse_document(document, load_rules())
    assert_honest(parsed)
    return parsed


# Web pages: the same article in the frames that content systems put around it.

_HEAD = """<!DOCTYPE html><html><head><meta charset="utf-8">
<title>{title}_浙江省红十字会</title><style>p{{color:red}}</style></head>"""
_NAV = '<a href="/">首页</a> <a href="/x">新闻中心</a> <a href="/y">组织机构</a>'
INFO = "发布时间：2013-02-01 来源：某市红十字会"
_FOOT = "版权所有：浙江省红十字会"
_BEFORE = f"""<div class="nav">{_NAV}</div><script>var 学校 = "隐藏小学";</script><div style="display:none">隐藏中学</div>"""
FRAMES = {
    "trs": f"""<body>{_BEFORE}<h1 class="title">{{title}}</h1><div class="info">{INFO}</div>
        <div class="TRS_Editor">{{body}}</div><div class="foot">{_FOOT}</div></body></html>""",
    "jcms": f"""<body><table><tr><td>{_NAV}</td></tr><tr><td class="title">{{title}}</td></tr><tr><td>{INFO}</td></tr>
        <tr><td id="zoom"><!--ZJEG_RSS.content.begin-->{{body}}<!--ZJEG_RSS.content.end--></td></tr>
        <tr><td>{_FOOT}</td></tr></table></body></html>""",
    "vsb": f"""<body><div class="nav">{_NAV}</div><form name="_newscontent_fromname"><h1>{{title}}</h1><p class="xx">{INFO}</p>
        <div id="vsb_content"><div class="v_news_content">{{body}}</div></div></form>
        <div class="footer">{_FOOT}</div></body></html>""",
    "dedecms": f"""<body><ul class="menu">{_NAV}</ul><div class="viewbox"><div class="title"><h2>{{title}}</h2></div>
        <div class="info">{INFO}</div><div class="content"><table width="100%"><tr><td>{{body}}</td></tr></table></div></div>
        <div class="footer">{_FOOT}</div></body></html>""",
    "wordpress": f"""<body class="single"><nav>{_NAV}</nav><article><header><h1 class="entry-title">{{title}}</h1>
        <p>{INFO}</p></header>
        <div class="entry-content">{{body}}</div></article><footer>{_FOOT}</footer></body></html>""",
    "wechat": f"""<body><div class="top">{_NAV}</div><h1 class="rich_media_title">{{title}}</h1>
        <div id="meta_content">{INFO}</div>
        <div class="rich_media_content" id="js_content">{{body}}</div><div class="bottom">{_FOOT}</div></body></html>""",
}
# No known container: the whole page is text but for what leads elsewhere and its foot.
UNKNOWN = f"""<body><div class="top-nav">{_NAV}</div><div class="crumb"><a href="/">首页</a> &gt; <a href="/x">通知公告</a></div>
    <div class="zw"><h1>{{title}}</h1><div class="sub">{INFO}</div><div class="ny-zw">{{body}}</div></div>
    <div class="footer">{_FOOT}</div></body></html>"""
OUTSIDE = ("首页", "新闻中心", "组织机构", _FOOT)


def framed(text: str, title: str = "通知公告", frame: str = "trs") -> str:
    """A page with a paragraph for each line that is not blank."""
    body = "".join(f"<p>{escape(line)}</p>\n" for line in text.splitlines() if line.strip())
    return page(body, title, frame)


def page(body: str, title: str = "通知公告", frame: str = "trs") -> str:
    """A page with this markup as its article."""
    return (_HEAD + (FRAMES.get(frame) or UNKNOWN)).format(title=title, body=body)


def html_table(rows: Iterable[Row]) -> str:
    out = ""
    for row in rows:
        out += "<tr>"
        for cell in row:
            if cell is not None:
                text, deep = cell if isinstance(cell, tuple) else (cell, 1)
                out += f"<td rowspan={deep}>{escape(text)}</td>" if deep > 1 else f"<td>{escape(text)}</td>"
        out += "</tr>"
    return f"<table>{out}</table>"


# Word files.


def saved(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def word(text: str) -> bytes:
    """A .docx with a paragraph for each line."""
    document = docx.Document()
    for line in text.splitlines():
        document.add_paragraph(line)
    return saved(document)


def word_table(title: str, rows: Sequence[Row]) -> bytes:
    document = docx.Document()
    document.add_paragraph(title)
    table = document.add_table(rows=len(rows), cols=max(map(len, rows)))
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            if cell is not None:
                table.cell(at, column).text = cell[0] if isinstance(cell, tuple) else cell
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, tuple):
                table.cell(at, column).merge(table.cell(at + cell[1] - 1, column))
    document.add_paragraph("")
    return saved(document)


def rooted(tag: str, inner: str) -> str:
    """A part of a Word file: its root with the namespaces, and what is in it."""
    spaces = (
        'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:v="urn:schemas-microsoft-com:vml"'
    )
    return f"<w:{tag} {spaces}>{inner}</w:{tag}>"


def word_xml(body: str, parts: Mapping[str, str] | None = None) -> bytes:
    """A .docx of hand-written markup."""
    return packed({"word/document.xml": rooted("document", f"<w:body>{body}</w:body>"), **(parts or {})})


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """A packed file with these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return out.getvalue()


def paragraph(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t xml:space='preserve'>{escape(text)}</w:t></w:r></w:p>"


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """A packed file with one part added or written anew."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            if entry != name:
                new.writestr(entry, old.read(entry))
        new.writestr(name, content)
    return out.getvalue()


def converted(data: bytes, ending: str, folder: Path, source: str = "docx") -> bytes:
    """A file in another format of LibreOffice's, written by LibreOffice itself."""
    (folder / f"made.{source}").write_bytes(data)
    command = [
        "soffice",
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        "--headless",
        "--convert-to",
        ending,
        "--outdir",
        str(folder / "made"),
        str(folder / f"made.{source}"),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return (folder / "made" / f"made.{ending}").read_bytes()


# Spreadsheets.


def workbook(rows: Iterable[Row], title: str | None = None) -> bytes:
    """An .xlsx with one sheet; a title stands in a row of its own, merged over the columns."""
    rows = list(rows)
    book = openpyxl.Workbook()
    sheet = book.active
    top = 1
    if title:
        sheet["A1"] = title
        sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=max(map(len, rows)))
        top = 2
    for at, row in enumerate(rows, top):
        for column, cell in enumerate(row, 1):
            if cell is not None:
                text, deep = cell if isinstance(cell, tuple) else (cell, 1)
                sheet.cell(at, column).value = text
                if deep > 1:
                    sheet.merge_cells(start_row=at, end_row=at + deep - 1, start_column=column, end_column=column)
    return saved(book)


def ods(rows: Iterable[Row], title: str = "") -> bytes:
    """An .ods with one sheet, by hand."""
    body = f"<table:table-row><table:table-cell><text:p>{title}</text:p></table:table-cell></table:table-row>" if title else ""
    for row in rows:
        body += "<table:table-row>"
        for cell in row:
            text, deep = cell if isinstance(cell, tuple) else (cell, 1)
            spans = f' table:number-columns-spanned="1" table:number-rows-spanned="{deep}"' if deep > 1 else ""
            body += (
                "<table:covered-table-cell/>"
                if text is None
                else (f"<table:table-cell{spans}><text:p>{escape(text)}</text:p></table:table-cell>")
            )
        body += "</table:table-row>"
    return ods_xml(f'<table:table table:name="Sheet1">{body}</table:table>')


def ods_xml(tables: str) -> bytes:
    names = " ".join(f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text", "style"))
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": f"<office:document-content {names}><office:body><office:spreadsheet>{tables}"
            "</office:spreadsheet></office:body></office:document-content>",
        }
    )


def xls(rows: Iterable[Row], title: str = "", *, encrypted: bool = False) -> bytes:
    """An .xls with one sheet, by hand: labels and merged cells."""
    rows = [*([[title]] if title else []), *rows]
    head = struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 6)
    cells, merged = b"", b""
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            if cell is None:
                continue
            text, deep = cell if isinstance(cell, tuple) else (cell, 1)
            cells += _record(0x0204, struct.pack("<HHHHB", at, column, 0, len(text), 1) + text.encode("utf-16-le"))
            if deep > 1:
                merged += struct.pack("<HHHH", at, at + deep - 1, column, column)
    sheet = _record(0x0809, head) + cells + _record(0x00E5, struct.pack("<H", len(merged) // 8) + merged) + _record(0x000A, b"")
    locked = _record(0x002F, struct.pack("<HHH", 1, 1, 1) + bytes(48)) if encrypted else b""
    name = struct.pack("<BB", 6, 0) + b"Sheet1"
    globals_ = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 6)) + locked
    start = len(globals_) + 4 + 6 + len(name) + 4
    globals_ += _record(0x0085, struct.pack("<IBB", start, 0, 0) + name) + _record(0x000A, b"")
    return ole({"Workbook": globals_ + sheet})


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def ole(streams: Mapping[str, bytes]) -> bytes:
    """An OLE2 file with these streams, each padded to at least 4096 bytes."""
    sector = 512
    padded = {name: data.ljust(-(-max(len(data), 4096) // sector) * sector, b"\0") for name, data in streams.items()}
    folder_sectors = -(-(1 + len(streams)) // 4)
    chains, at = [], folder_sectors
    for data in padded.values():
        chains.append((at, len(data) // sector))
        at += len(data) // sector
    fat_sectors = -(-(at + 1) // 128)
    while fat_sectors * 128 < at + fat_sectors:
        fat_sectors += 1
    fat = [i + 1 for i in range(at)] + [0xFFFFFFFD] * fat_sectors
    for first, count in ((0, folder_sectors), *chains):
        fat[first + count - 1] = 0xFFFFFFFE
    fat += [0xFFFFFFFF] * (fat_sectors * 128 - len(fat))
    entries = _entry("Root Entry", 5, 0xFFFFFFFE, 0, 1)
    for number, (name, (first, _count)) in enumerate(zip(padded, chains, strict=True), 1):
        entries += _entry(name, 2, first, len(padded[name]), 0xFFFFFFFF, number + 1 if number < len(padded) else 0xFFFFFFFF)
    entries = entries.ljust(folder_sectors * sector, b"\0")
    header = struct.pack(
        "<8s16sHHHHH6sIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        bytes(16),
        0x3E,
        3,
        0xFFFE,
        9,
        6,
        bytes(6),
        0,
        fat_sectors,
        0,
        0,
        4096,
        0xFFFFFFFE,
        0,
        0xFFFFFFFE,
        0,
    )
    places = [at + i for i in range(fat_sectors)] + [0xFFFFFFFF] * (109 - fat_sectors)
    return header + struct.pack("<109I", *places) + entries + b"".join(padded.values()) + struct.pack(f"<{len(fat)}I", *fat)


def _entry(name: str, kind: int, first: int, size: int, child: int, right: int = 0xFFFFFFFF) -> bytes:
    raw = name.encode("utf-16-le") + b"\0\0"
    return struct.pack("<64sHBBIII16sIQQIQ", raw, len(raw), kind, 1, 0xFFFFFFFF, right, child, bytes(16), 0, 0, 0, first, size)
