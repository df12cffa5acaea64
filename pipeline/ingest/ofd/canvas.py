"""Pages of an OFD file that are pictures: put together as printed, then recognised."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.ingest.errors import UnreadableDocument, missing_extra
from pipeline.ingest.image import DAMAGE
from pipeline.ingest.layout import Page
from pipeline.ingest.limits import over_limit
from pipeline.ingest.ofd.drawn import Matrix, Picture
from pipeline.ingest.ofd.package import Package

if TYPE_CHECKING:
    from PIL import Image

_LOW_DPI, _MOST_DPI, _LEAST_DPI = 100.0, 400.0, 72.0


def recognised(package: Package, page: Page, pictures: Sequence[Picture], problem: str) -> tuple[Page, UnreadableDocument | None]:
    """The page read from its pictures, and the error where recognition is not installed. A page that cannot be read so keeps
    its text, with a finding: the problem that it has, or picture_unread."""
    try:
        from pipeline.ingest import ocr

        ocr.need("扫描件", "scanned pages")
        image, dpi, lost = _canvas(package, page, pictures)
    except ImportError:
        error = missing_extra("ocr", "扫描件", "scanned pages")
        return _kept(page, problem, error.zh, error.en), error
    except UnreadableDocument as error:
        if error.code != "missing_extra":
            raise
        return _kept(page, problem, error.zh, error.en), error
    findings: tuple[tuple[str, Mapping[str, str]], ...] = (("picture_unread", {"count": str(lost)}),) if lost else ()
    if image is None:
        kept = _kept(page, problem, "没有可识别的图像", "it holds no picture that can be recognised") if page.pieces else page
        return replace(kept, findings=(*kept.findings, *findings)), None
    scanned = ocr.scanned_page(image, dpi, page.number)
    rulings = page.rulings if abs(scanned.width - page.width) < 1 else ()
    return replace(scanned, rulings=rulings, findings=(*scanned.findings, *findings)), None


def _kept(page: Page, problem: str, zh: str, en: str) -> Page:
    return replace(page, findings=((problem, {"page": str(page.number), "zh": zh, "en": en}),))


def _canvas(package: Package, page: Page, pictures: Sequence[Picture]) -> tuple[Image.Image | None, float, int]:
    """The page as its pictures show it, its resolution, and how many of them could not be opened; None where none could."""
    from PIL import Image

    limit = package.limits.pixels
    opened = [(_opened(package, picture.path), picture.place) for picture in pictures]
    whole = [(image, place) for image, place in opened if image is not None]
    pixels = sum(image.width * image.height for image, _place in whole)
    if pixels > 2 * limit:
        raise over_limit("pixels", 2 * limit, pixels)
    dpi = max((image.width / max(math.hypot(place.a, place.b), 1.0) * 72 for image, place in whole), default=_LOW_DPI)
    dpi = min(max(dpi, _LOW_DPI), _MOST_DPI, math.sqrt(limit / max(page.width * page.height, 1.0)) * 72 * 0.999)
    if dpi < _LEAST_DPI:
        raise over_limit("pixels", limit)
    scale = dpi / 72
    canvas = Image.new("RGB", (max(1, round(page.width * scale)), max(1, round(page.height * scale))), "white")
    drawn = 0
    for image, place in whole:
        try:
            _paste(canvas, image.convert("RGB"), place, scale)
        except DAMAGE:
            continue
        drawn += 1
    return canvas if drawn else None, dpi, len(pictures) - drawn


def _paste(canvas: Image.Image, image: Image.Image, place: Matrix, scale: float) -> None:
    """Draw a picture where its unit square lies."""
    from PIL import Image

    corners = [place.at(x, y) for x in (0, 1) for y in (0, 1)]
    left, top = (round(max(0.0, min(c[i] for c in corners)) * scale) for i in (0, 1))
    right = min(canvas.width, round(max(c[0] for c in corners) * scale))
    bottom = min(canvas.height, round(max(c[1] for c in corners) * scale))
    if right <= left or bottom <= top:
        return
    if not place.b and not place.c and place.a > 0 and place.d > 0 and place.e >= 0 and place.f >= 0 and (
            (right, bottom) == (round((place.e + place.a) * scale), round((place.f + place.d) * scale))):
        canvas.paste(image.resize((right - left, bottom - top), Image.Resampling.BICUBIC), (left, top))
        return
    m = place.inside(Matrix(scale, 0, 0, scale, -left, -top))
    whole = m.a * m.d - m.b * m.c
    if not whole:
        return
    # From a pixel of the canvas to one of the picture.
    wide, high = image.width / whole, image.height / whole
    back = (m.d * wide, -m.c * wide, (m.c * m.f - m.d * m.e) * wide, -m.b * high, m.a * high, (m.b * m.e - m.a * m.f) * high)
    size = (right - left, bottom - top)
    drawn = image.transform(size, Image.Transform.AFFINE, back, Image.Resampling.BICUBIC)
    shown = Image.new("L", image.size, 255).transform(size, Image.Transform.AFFINE, back)
    canvas.paste(drawn, (left, top), shown)


def _opened(package: Package, path: str) -> Image.Image | None:
    """A picture of the package, not decoded yet; None where it is missing, damaged or of a kind that is not known."""
    from PIL import Image

    data = package.read(path)
    if data is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            return Image.open(io.BytesIO(data))
        except Image.DecompressionBombError as error:
            raise over_limit("pixels", package.limits.pixels) from error
        except DAMAGE:
            return None
