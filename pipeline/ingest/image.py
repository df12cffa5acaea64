"""Page images (scans, photographs, faxes) to documents: each picture is a page, its lines are recognised.

The size of a picture is looked at before anything of it is decoded. Of an animation the first picture is read, and a
finding tells of the others.
"""

from __future__ import annotations

import hashlib
import io
import math
import struct
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.ingest import ocr
from pipeline.ingest.errors import damaged, missing_extra
from pipeline.ingest.layout import Page, compose
from pipeline.ingest.limits import Limits, over_limit
from pipeline.model import Document, Finding, Span

if TYPE_CHECKING:
    from PIL import Image

# What a picture is taken for that does not say, or not credibly, how many pixels it has to the inch.
_ASSUMED_DPI = 200.0
_LEAST_DPI, _MOST_DPI = 72.0, 1200.0
# No paper is longer, in inches: a photograph that says 72 dpi does not know.
_LONGEST = 36.0
# What Pillow raises on files that are not whole.
DAMAGE = (
    OSError, SyntaxError, ValueError, TypeError, struct.error, EOFError, IndexError, KeyError, OverflowError, ZeroDivisionError,
)


def read(name: str, data: bytes, kind: str, limits: Limits) -> Document:
    """The text of a picture. Raises :class:`UnreadableDocument` where it is damaged, too large or needs an extra."""
    try:
        from PIL import Image
    except ImportError as error:
        raise missing_extra("ocr", "扫描件和图片", "scans and images") from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            opened = Image.open(io.BytesIO(data))
        except Image.DecompressionBombError as error:
            raise over_limit("pixels", limits.pixels) from error
        except DAMAGE as error:
            raise damaged(error) from error
        with opened:
            _check(opened, limits)
            ocr.need()
            pages = tuple(_pages(opened, kind, limits))
            more = kind != "tiff" and kind != "jpeg" and bool(getattr(opened, "is_animated", False))
    composed = compose(pages)
    findings = list(composed.findings)
    if more:
        findings.append(Finding("frames_not_read", Span(0, 0)))
    if not composed.text.strip():
        findings.append(Finding("empty_document"))
    return Document(hashlib.sha256(data).hexdigest(), name, f"image/{kind}", None, f"image/1 {ocr.extractor()}", composed.text,
                    composed.page_starts, tuple(findings), composed.furniture, composed.boxes)


def _check(image: Image.Image, limits: Limits) -> None:
    wide, high = image.size
    if wide * high > limits.pixels:
        raise over_limit("pixels", limits.pixels, wide * high)


def _pages(image: Image.Image, kind: str, limits: Limits) -> Iterator[Page]:
    number = 0
    while True:
        _check(image, limits)
        try:
            picture, dpi = upright(image)
        except DAMAGE as error:
            raise damaged(error) from error
        number += 1
        yield ocr.scanned_page(picture, dpi, number)
        if kind != "tiff":
            return
        try:
            image.seek(number)
        except EOFError:
            return
        except DAMAGE as error:
            raise damaged(error) from error
        if number >= limits.pages:
            raise over_limit("pages", limits.pages)


def upright(image: Image.Image) -> tuple[Image.Image, float]:
    """The picture as a viewer shows it, its pixels square, and how many of them make an inch."""
    from PIL import Image, ImageOps

    across, down = _resolution(image)
    image.load()
    picture: Image.Image = image.convert("L") if image.mode == "1" else image.copy()
    if not 0.95 < across / down < 1.05:  # a fax has wide lines
        most = max(across, down)
        size = (round(picture.width * most / across), round(picture.height * most / down))
        picture = picture.resize(size, Image.Resampling.BICUBIC)
        across = most
    return ImageOps.exif_transpose(picture) or picture, across


def _resolution(image: Image.Image) -> tuple[float, float]:
    """Pixels to the inch, across and down; as assumed where the file does not say so credibly."""
    try:
        across, down = (float(value) for value in image.info.get("dpi", ()))
    except (TypeError, ValueError, ZeroDivisionError):
        return _ASSUMED_DPI, _ASSUMED_DPI
    credible = all(math.isfinite(d) and _LEAST_DPI <= d <= _MOST_DPI for d in (across, down))
    if not credible or not 0.25 < across / down < 4 or max(image.width / across, image.height / down) > _LONGEST:
        return _ASSUMED_DPI, _ASSUMED_DPI
    return across, down
