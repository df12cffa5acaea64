"""Scans and pictures: rows right or shown to be doubtful, any way up, in any kind of picture; hostile pictures refused."""

from __future__ import annotations

import importlib.util
import io
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from helpers import PAGE, ROOT, opened
from PIL import Image, ImageDraw, ImageFont
from scanned import font, saved, worn

from pipeline.ingest import ocr
from pipeline.ingest.errors import UnreadableDocument
from pipeline.ingest.layout import compose
from pipeline.ingest.layout.thresholds import layout_rules

LINES = ("湖州市南浔中学", "作者:洪秀芳 李先根(象山县红十字会)", "2012年红十字示范学校名单")


def drawn(lines: tuple[str, ...] = LINES, size: int = 32, width: int = 900) -> Image.Image:
    out = Image.new("L", (width, 80 + len(lines) * size * 2), 255)
    for row, line in enumerate(lines):
        ImageDraw.Draw(out).text((60, 50 + row * size * 2), line, 0, ImageFont.truetype(font(), size))
    return out


def lines_of(image: Image.Image, kind: str = "PNG") -> list[str]:
    return ["".join(line.split()) for line in opened(f"a.{kind}", saved([image], kind)).text.splitlines()]


SHOWN = ["".join(line.split()) for line in LINES]


@pytest.fixture(scope="module")
def scans() -> ModuleType:
    spec = importlib.util.spec_from_file_location("scans", ROOT / "benchmarks" / "scans.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["scans"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("columns", "wear"), [(3, "clean"), (1, "noisy")])
def test_rows_of_a_scan_are_right_or_shown_to_be_doubtful(scans: ModuleType, columns: int, wear: str) -> None:
    text = scans.lists_of(PAGE.read_text("utf-8"))
    parsed, _seconds = scans.scan_read(text, columns, wear, scans.LAYOUTS[columns])
    made = scans.outcome(parsed, columns, wear, 0)
    assert made.right >= 0.98 * made.expected and made.silent == 0, made.examples


def test_gaps_between_names_are_kept_and_none_are_made_up() -> None:
    pieces = ocr.scanned_page(drawn(("洪秀芳 李先根", "王  佳   卜 川一", "第四小学刘卜一")), 200, 1).pieces
    assert [p.text for p in pieces] == ["洪秀芳 李先根", "王 佳\u3000卜 川一", "第四小学刘卜一"]


def test_a_line_has_its_place_its_size_and_a_confidence() -> None:
    first = ocr.scanned_page(drawn(), 200, 1).pieces[0]
    assert (first.text, first.angle) == (LINES[0], 0) and 0.9 < (first.confidence or 0) <= 1
    assert abs(first.x0 - 60 * 72 / 200) < 2 and abs(first.x1 - (60 + 7 * 32) * 72 / 200) < 2
    assert abs(first.size - 32 * 72 / 200) < 1


def test_a_page_read_twice_is_the_same() -> None:
    page = worn(drawn(), "noisy")
    assert ocr.scanned_page(page, 200, 1).pieces == ocr.scanned_page(page, 200, 1).pieces


def test_a_line_that_came_back_short_with_a_good_score_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    page = drawn(("1.善举绵延自主寒清学子爱心接力点亮希望之光", "湖州市南浔中学"))
    whole = ocr._read

    def short(strips: Any) -> list[Any]:
        return [replace(r, text="《0》《》", places=(1, 4, 7, 11, 14), chances=(0.95,) * 5) if len(r.text) > 15 else r
                for r in whole(strips)]

    monkeypatch.setattr(ocr, "_read", short)
    composed = compose([ocr.scanned_page(page, 200, 1)])
    shown = {(f.code, composed.text[f.span.start : f.span.end]) for f in composed.findings if f.span}
    assert {("ocr_low_confidence", "《0》《》"), ("ocr_line_lost", "《0》《》")} <= shown and len({t for _c, t in shown}) == 1


def test_two_readings_that_differ_are_doubted(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, calls = ocr._read, []

    def differing(strips: Any) -> list[Any]:
        calls.append(len(strips))
        first = len([n for n in calls if n]) == 1
        return [replace(r, text=r.text if first else "湖洲市南浔中学", chances=(0.98 if first else 0.97,) * len(r.text))
                for r in whole(strips)]

    monkeypatch.setattr(ocr, "_read", differing)
    monkeypatch.setattr(ocr, "_turns", lambda *_: 0)  # it reads lines too, to learn which way is up
    (piece,) = ocr.scanned_page(drawn(LINES[:1]), 200, 1).pieces
    assert piece.text == LINES[0] and (piece.confidence or 0) <= 0.5 < layout_rules()["recognition"]["least_confidence"]


def test_print_that_no_line_was_found_for_is_read_or_told(monkeypatch: pytest.MonkeyPatch) -> None:
    found = ocr._boxes
    monkeypatch.setattr(ocr, "_boxes", lambda pixels: found(pixels)[1:])
    page = ocr.scanned_page(drawn(), 200, 1)
    assert ["".join(p.text.split()) for p in page.pieces] == SHOWN and page.findings == ()
    scrawl = drawn()
    for x in range(650, 760, 8):
        ImageDraw.Draw(scrawl).line((x, 60 + x % 3 * 4, x + 12, 78 - x % 5 * 3), 0, 3)
    page = ocr.scanned_page(scrawl, 200, 1)
    assert page.findings == (("ocr_print_unread", {"count": "1"}),) or any((p.confidence or 0) < 0.9 for p in page.pieces)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_on_its_side_or_its_head_is_turned(turn: int) -> None:
    page = ocr.scanned_page(drawn().rotate(turn, expand=True), 200, 1)
    assert ["".join(p.text.split()) for p in page.pieces] == SHOWN and page.width > page.height


@pytest.mark.parametrize(("kind", "mode"), [
    ("PNG", "L"), ("PNG", "1"), ("PNG", "P"), ("PNG", "I;16"), ("JPEG", "RGB"), ("JPEG", "CMYK"), ("BMP", "RGB"), ("GIF", "P"),
    ("TIFF", "1"),
])
def test_kinds_of_pictures(kind: str, mode: str) -> None:
    page = drawn()
    page = page.convert("I").point(lambda v: v * 257).convert("I;16") if mode == "I;16" else page.convert(mode)
    assert lines_of(page, kind) == SHOWN


def test_transparent_paper_is_white() -> None:
    page = Image.new("RGBA", drawn().size, (0, 0, 0, 0))
    page.putalpha(drawn().point(lambda v: 255 - v))
    assert lines_of(page) == SHOWN


def test_each_picture_of_a_tiff_is_a_page() -> None:
    made = opened("a.tif", saved([drawn(LINES[:1]), drawn(LINES[2:])], "TIFF"))
    assert made.text == f"{LINES[0]}\n{LINES[2]}\n" and made.page_starts == (0, len(LINES[0]) + 1)
    assert made.media_type == "image/tiff" and made.extractor.startswith("image/1 rapidocr ")
    assert [b.page for b in made.boxes] == [1, 2]


def test_a_fax_with_wide_lines_and_a_photograph_on_its_side() -> None:
    fax = io.BytesIO()
    drawn().resize((900, drawn().height // 2)).convert("1").save(fax, "TIFF", dpi=(204, 98), compression="group4")
    assert opened("a.tif", fax.getvalue()).text.startswith(LINES[0])
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = io.BytesIO()
    drawn().rotate(90, expand=True).save(photo, "JPEG", exif=exif, dpi=(72, 72), quality=90)
    made = opened("a.jpg", photo.getvalue())
    assert made.text.startswith(LINES[0]) and abs(made.boxes[0].x0 - 60 * 72 / 72) < 4


def png(side: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")

    packer = zlib.compressobj(9)
    row = b"\0" + bytes((side + 7) // 8)
    body = b"".join(packer.compress(row * 100) for _ in range(side // 100)) + packer.flush()
    size = side.to_bytes(4, "big") * 2
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size + b"\x01\0\0\0\0") + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def animation(frames: int) -> bytes:
    return (b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0" + b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0" * frames + b"\x3b")


def jpeg() -> bytes:
    return saved([drawn().convert("RGB")], "JPEG")


@pytest.mark.parametrize(("make", "expected"), [
    (lambda: png(30_000), "over_limit pixels"), (lambda: png(9_000), "over_limit pixels"),
    (lambda: jpeg()[:-3000], "damaged_file"), (lambda: jpeg()[:40], "damaged_file"),
    (lambda: saved([drawn()], "PNG")[:2000], "damaged_file"),
    (lambda: b"II*\0\x08\0\0\0" + bytes(50), "damaged_file"), (lambda: b"GIF89a", "damaged_file"),
    (lambda: animation(100_000), "read frames_not_read empty_document"),
    (lambda: saved([Image.new("L", (1, 1))], "PNG"), "read empty_document"),
    (lambda: saved([Image.new("L", (4000, 3))], "PNG"), "read empty_document"),
    (lambda: saved([Image.new("L", (800, 800), 255)], "PNG"), "read empty_document"),
], ids=["huge", "large", "cut_jpeg", "no_jpeg", "cut_png", "no_tiff", "no_gif", "animation", "dot", "thread", "blank"])
def test_a_hostile_picture_is_refused_or_harmless(make: Callable[[], bytes], expected: str) -> None:
    data = make()
    start = time.perf_counter()
    try:
        found = " ".join(["read", *(f.code for f in opened("a", data).findings)])
    except UnreadableDocument as error:
        found = f"{error.code} {error.limit or ''}".strip()
    assert found == expected and time.perf_counter() - start < 10


def test_it_works_without_a_network_and_in_silence() -> None:
    program = (
        "import socket, sys\n"
        "def none(*a, **k): raise OSError('no network')\n"
        "socket.socket.connect = socket.create_connection = socket.getaddrinfo = none\n"
        "from test_ocr import drawn\nfrom pipeline.ingest import ocr\n"
        "assert ocr.scanned_page(drawn(), 200, 1).pieces[0].text == '湖州市南浔中学'\n")
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT / "tests", capture_output=True, text=True, timeout=120)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


@pytest.fixture
def unloaded() -> Any:
    ocr._engine.cache_clear()
    yield
    ocr._engine.cache_clear()


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch, unloaded: None) -> None:
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    with pytest.raises(UnreadableDocument) as raised:
        opened("a.png", saved([drawn()], "PNG"))
    assert raised.value.code == "missing_extra" and 'pip install "hongzhi[ocr]"' in raised.value.en


def test_a_model_that_is_missing_is_named_and_not_fetched(monkeypatch: pytest.MonkeyPatch, unloaded: None, tmp_path: Any) -> None:
    import rapidocr

    monkeypatch.setattr(rapidocr, "__file__", str(tmp_path / "__init__.py"))
    with pytest.raises(UnreadableDocument) as raised:
        opened("a.png", saved([drawn()], "PNG"))
    assert raised.value.code == "missing_extra" and "model" in raised.value.en
