"""OFD files for tests: a text set on pages as GB/T 33190 lays files out, and the parts to make odd ones from."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from printed import SONG, is_prose, is_title, wrapped
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont

NAMESPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
A4_BOX = "0 0 210 297"
_MM = 25.4 / 72
_MARGIN = 25.0


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return out.getvalue()


def xml(name: str, inside: str, attributes: str = "") -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<ofd:{name} {NAMESPACE} {attributes}>{inside}</ofd:{name}>'


def root(*documents: str) -> str:
    bodies = "".join(
        f"<ofd:DocBody><ofd:DocInfo><ofd:DocID>0{i}</ofd:DocID></ofd:DocInfo><ofd:DocRoot>{d}</ofd:DocRoot></ofd:DocBody>"
        for i, d in enumerate(documents))
    return xml("OFD", bodies, 'DocType="OFD" Version="1.0"')


def document(pages: Sequence[str], templates: Sequence[str] = (), resources: str = "PublicRes.xml") -> str:
    common = f"<ofd:MaxUnitID>9999</ofd:MaxUnitID><ofd:PageArea><ofd:PhysicalBox>{A4_BOX}</ofd:PhysicalBox></ofd:PageArea>"
    common += f"<ofd:PublicRes>{resources}</ofd:PublicRes>" if resources else ""
    common += "".join(f'<ofd:TemplatePage ID="{900 + i}" BaseLoc="{t}"/>' for i, t in enumerate(templates))
    listed = "".join(f'<ofd:Page ID="{i + 1}" BaseLoc="{p}"/>' for i, p in enumerate(pages))
    return xml("Document", f"<ofd:CommonData>{common}</ofd:CommonData><ofd:Pages>{listed}</ofd:Pages>")


def page(objects: str, before: str = "") -> str:
    return xml("Page", f'{before}<ofd:Content><ofd:Layer ID="800" Type="Body">{objects}</ofd:Layer></ofd:Content>')


def text_object(text: str, x: float, y: float, size: float, attributes: str = "", code: str = "") -> str:
    """A line whose upper left corner is at x, y, in millimetres, with the way to each next character."""
    steps = [round(width(c, size), 4) for c in text[:-1]]
    wide = sum(steps) + width(text[-1], size)
    deltas = code or f'DeltaX="{_runs(steps)}"' * bool(steps)
    place = f'Boundary="{x:.4f} {y:.4f} {wide:.4f} {size * 1.2:.4f}"'
    return (f'<ofd:TextObject ID="1" {place} Font="2" Size="{size:.4f}" {attributes}>'
            f'<ofd:FillColor Value="0 0 0"/><ofd:TextCode X="0" Y="{size * 0.86:.4f}" {deltas}>{escape(text)}</ofd:TextCode>'
            "</ofd:TextObject>")


def width(char: str, size: float) -> float:
    _font()
    return float(pdfmetrics.stringWidth(char, SONG, 1.0)) * size


def _font() -> None:
    if SONG not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(SONG))


def _runs(steps: Sequence[float]) -> str:
    """Steps as the format shortens them: ``g 3 4.2`` for three times 4.2."""
    out: list[str] = []
    at = 0
    while at < len(steps):
        end = at
        while end < len(steps) and steps[end] == steps[at]:
            end += 1
        out.append(f"g {end - at} {steps[at]}" if end - at > 2 else " ".join([str(steps[at])] * (end - at)))
        at = end
    return " ".join(out)


def made(text: str, size: float = 3.7, head: str = "浙江红十字") -> bytes:
    """A text on A4 pages: titles large and centred, prose indented by two characters, the running head in a template."""
    _font()
    sheets: list[list[str]] = [[]]
    top, room = _MARGIN, 210 - 2 * _MARGIN
    for line in (raw.strip() for raw in text.splitlines()):
        if not line:
            continue
        title = is_title(line)
        big = size * 1.6 if title else size
        indent = 2 * size if is_prose(line) and not title else 0.0
        for index, printed in enumerate(wrapped(line, SONG, big / _MM, room / _MM, indent / _MM)):
            if top + big * 1.6 > 297 - _MARGIN:
                sheets.append([])
                top = _MARGIN
            wide = sum(width(c, big) for c in printed)
            left = (210 - wide) / 2 if title else _MARGIN + (0 if index else indent)
            sheets[-1].append(text_object(printed, left, top, big))
            top += big * 1.6
        top += big if title else 0
    parts = {
        "OFD.xml": root("Doc_0/Document.xml"),
        "Doc_0/Document.xml": document([f"Pages/Page_{i}/Content.xml" for i in range(len(sheets))], ["Tpls/Tpl_0/Content.xml"]),
        "Doc_0/PublicRes.xml": xml("Res", '<ofd:Fonts><ofd:Font ID="2" FontName="宋体"/></ofd:Fonts>', 'BaseLoc="Res"'),
        "Doc_0/Tpls/Tpl_0/Content.xml": page(text_object(head, _MARGIN, 12, 3.2)),
    }
    used = '<ofd:Template TemplateID="900" ZOrder="Background"/>'
    for i, objects in enumerate(sheets):
        foot = text_object(f"— {i + 1} —", 100, 280, 3.2)
        parts[f"Doc_0/Pages/Page_{i}/Content.xml"] = page("".join(objects) + foot, used)
    return packed(parts)
