"""OFD files (GB/T 33190) to documents: the text objects of each page with their places, set in order by the layout.

The characters of a text code are what is printed; glyph numbers beside them only say how they are drawn. Templates, blocks and
composite objects are opened to a bounded depth, so that one that holds itself ends. A page that shows pictures and no text to be
believed is recognised. Attachments, signatures, notes and scripts are never looked at.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version

from lxml import etree

from pipeline.ingest.errors import UnreadableDocument, damaged, encrypted
from pipeline.ingest.layout import Page, compose
from pipeline.ingest.layout.believed import text_layer_problem
from pipeline.ingest.limits import Limits, over_limit
from pipeline.ingest.ofd.canvas import recognised
from pipeline.ingest.ofd.drawn import Drawn, Matrix, Resources, draw, pieces_of
from pipeline.ingest.ofd.package import Package, add_resources, path_from
from pipeline.ingest.ofd.xml import child_text, children, numbers
from pipeline.ingest.package import open_package
from pipeline.model import Document, Finding

_POINTS = 72 / 25.4  # in a millimetre, the unit of the format
_A4 = (0.0, 0.0, 210.0, 297.0)
_MOST_TEMPLATES = 6  # of one page


def read(name: str, data: bytes, kind: str, limits: Limits) -> Document:
    """The text of an OFD file. Raises :class:`UnreadableDocument` where it is damaged, encrypted, unsafe or over a limit."""
    package = Package(open_package(data, limits), limits)
    if any(path.rsplit("/", 1)[-1].lower() == "encryptions.xml" for path in package.names):
        raise encrypted()
    root = package.tree("OFD.xml")
    pages: list[Page] = []
    missing: UnreadableDocument | None = None
    for body in children(root, "DocBody"):
        place = child_text(body, "DocRoot")
        if place:
            made, refused = _document(package, path_from("", place), len(pages))
            pages += made
            missing = missing or refused
    if not pages or all(any(code == "page_damaged" for code, _params in page.findings) for page in pages):
        raise damaged("no page can be opened")
    if missing is not None and not any(page.pieces for page in pages):
        raise missing
    composed = compose(pages)
    findings = composed.findings or (() if composed.text.strip() else (Finding("empty_document"),))
    seen = any(piece.confidence is not None for page in pages for piece in page.pieces)
    extractor = f"ofd/1 lxml {version('lxml')}" + (f" rapidocr {version('rapidocr')}" if seen else "")
    return Document(hashlib.sha256(data).hexdigest(), name, "application/ofd", None, extractor, composed.text,
                    composed.page_starts, tuple(findings), composed.furniture, composed.boxes)


def _document(package: Package, path: str, before: int) -> tuple[list[Page], UnreadableDocument | None]:
    """The pages of one document of the file, and the error of the recognition that is not installed."""
    tree = package.tree(path)
    common = next(children(tree, "CommonData"), tree)
    box = _page_box(common)
    resources = Resources({}, {})
    for kind in ("PublicRes", "DocumentRes"):
        for place in children(common, kind):
            add_resources(package, path_from(path, place.text or ""), resources)
    templates = {t.get("ID", ""): path_from(path, t.get("BaseLoc", "")) for t in children(common, "TemplatePage")}
    listed = [page for pages in children(tree, "Pages") for page in children(pages, "Page")]
    if before + len(listed) > package.limits.pages:
        raise over_limit("pages", package.limits.pages, before + len(listed))
    out: list[Page] = []
    missing: UnreadableDocument | None = None
    for page in listed:
        number = before + len(out) + 1
        try:
            made, refused = _page(package, path_from(path, page.get("BaseLoc", "")), number, box, resources, templates)
        except UnreadableDocument as error:
            if error.code != "damaged_file":
                raise
            made, refused = Page(number, 0, 0, (), (), (("page_damaged", {"page": str(number)}),)), None
        out.append(made)
        missing = missing or refused
    return out, missing


def _page(package: Package, path: str, number: int, box: tuple[float, float, float, float] | None, common: Resources,
          templates: dict[str, str]) -> tuple[Page, UnreadableDocument | None]:
    tree = package.tree(path)
    resources = Resources(dict(common.pictures), dict(common.composites))
    for place in children(tree, "PageRes"):
        add_resources(package, path_from(path, place.text or ""), resources)
    drawn = Drawn()
    sheets = [tree]
    seen = {path}
    # What a template shows again is the template itself: each is shown once on a page.
    for sheet in sheets:
        box = _page_box(sheet) or box
        for used in children(sheet, "Template"):
            place = templates.get(used.get("TemplateID", ""), "")
            if place and place not in seen and len(sheets) <= _MOST_TEMPLATES:
                seen.add(place)
                sheets.append(package.tree(place))
    box = _page_box(tree) or box or _A4
    origin = Matrix(_POINTS, 0, 0, _POINTS, -box[0] * _POINTS, -box[1] * _POINTS)
    for sheet in reversed(sheets):
        for content in children(sheet, "Content"):
            draw(content, origin, resources, drawn)
    wide, high = box[2] * _POINTS, box[3] * _POINTS
    pieces = tuple(pieces_of(drawn.chars, wide, high))
    made = Page(number, wide, high, pieces, tuple(drawn.rulings))
    problem = text_layer_problem(made, pictured=_covered(made, drawn), drawn=bool(drawn.pictures))
    if problem is None:
        return made, None
    return recognised(package, made, drawn.pictures, problem)


def _covered(page: Page, drawn: Drawn) -> float:
    """The share of the page that its pictures take up."""
    areas = (abs(p.place.a * p.place.d - p.place.b * p.place.c) for p in drawn.pictures)
    return sum(areas) / max(page.width * page.height, 1.0)


def _page_box(element: etree._Element) -> tuple[float, float, float, float] | None:
    """The physical box of a page, in millimetres."""
    for area in (*children(element, "PageArea"), *children(element, "Area")):
        for box in children(area, "PhysicalBox"):
            given = numbers(box.text)
            if len(given) == 4 and 1 <= given[2] <= 20_000 and 1 <= given[3] <= 20_000:
                return given[0], given[1], given[2], given[3]
    return None
