"""Scans for tests: pages set in print (``printed.py``), made into pictures and worn as paper and scanners wear them."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from pathlib import Path

import pypdfium2
from PIL import Image, ImageChops, ImageFilter

DPI = 200
# A font must be installed to draw Chinese characters; any of these will do.
FONTS = (
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/arphic/uming.ttc", "C:/Windows/Fonts/simsun.ttc", "/System/Library/Fonts/STHeiti Light.ttc",
)
WEAR = ("clean", "skew", "noisy", "jpeg")


def font() -> str:
    """The path of a font with Chinese characters."""
    found = next((path for path in FONTS if Path(path).is_file()), None)
    assert found, "no Chinese font is installed (Debian: fonts-wqy-zenhei)"
    return found


def scans(pdf: bytes, dpi: float = DPI) -> list[Image.Image]:
    """A grey picture of each page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=dpi / 72).to_pil().convert("L") for page in document]
    finally:
        document.close()


def worn(page: Image.Image, wear: str, seed: int = 1) -> Image.Image:
    """A page as one kind of scanner gives it: skew turns it by 0.7 degrees, noisy blurs it, greys the paper and adds noise,
    jpeg packs it with quality 60."""
    if wear == "skew":
        return page.rotate(-0.7, Image.Resampling.BICUBIC, fillcolor=255)
    if wear == "noisy":
        blurred = page.filter(ImageFilter.GaussianBlur(0.9)).point(lambda v: 30 + v * 0.8)
        noise = Image.frombytes("L", (512, 512), random.Random(seed).randbytes(512 * 512)).point(lambda v: 108 + v * 40 // 255)
        paper = Image.new("L", page.size)
        for x in range(0, page.width, 512):
            for y in range(0, page.height, 512):
                paper.paste(noise, (x, y))
        return ImageChops.add(blurred, paper, 1.0, -128)
    if wear == "jpeg":
        return Image.open(io.BytesIO(saved([page], "JPEG", quality=60))).convert("L")
    return page


def saved(pages: Sequence[Image.Image], kind: str = "TIFF", **options: object) -> bytes:
    """The pictures as one file."""
    out = io.BytesIO()
    more = {"save_all": True, "append_images": list(pages[1:])} if len(pages) > 1 else {}
    pages[0].save(out, kind, dpi=(DPI, DPI), **more, **options)
    return out.getvalue()
