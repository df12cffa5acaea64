"""PDF files: the same rows as the text however it is set, places that match, hostile files refused by name."""

from __future__ import annotations

import io
import re
from collections import Counter
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from helpers import PAGE, SAMPLES, assert_honest, opened, parse, rows_of
from printed import BROADSHEET, SONG, page_pdf, set_pages
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table
from test_html import KEYS, TABLES

from pipeline.ingest import ocr, read_document
from pipeline.ingest.errors import UnreadableDocument, missing_extra
from pipeline.ingest.layout import Page, Piece
from pipeline.ingest.limits import Limits
from pipeline.model import Document, Parsed
from pipeline.parse import parse_document
from pipeline.rules import load_rules

PLAIN = {path.stem: parse(path.read_bytes()) for path in SAMPLES}
SHORT = "2012年红十字示范学校名单\n湖州市：\n湖州市实验小学\n德清县乾元镇中心小学\n"


def read(data: bytes) -> Parsed:
    parsed = parse_document(opened("a.pdf", data), load_rules())
    assert_honest(parsed)
    return parsed


def drawn(*drawings: Any, size: tuple[float, float] = (595, 842)) -> bytes:
    """A PDF with a page for each function, which draws on it."""
    pdfmetrics.registerFont(UnicodeCIDFont(SONG))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=size)
    for draw in drawings:
        canvas.setFont(SONG, 10.5)
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def text_at(text: str, x: float = 72, y: float = 700) -> Any:
    return lambda canvas: canvas.drawString(x, y, text)


def picture(canvas: Canvas) -> None:
    from PIL import Image
    from reportlab.lib.utils import ImageReader

    canvas.drawImage(ImageReader(Image.new("L", (60, 80), 200)), 0, 0, 595, 842)


# The samples, set in columns


@pytest.mark.parametrize("columns", [1, 2, 3])
@pytest.mark.parametrize("sample", PLAIN)
def test_a_sample_set_in_columns_gives_the_same_rows(sample: str, columns: int) -> None:
    made = read(page_pdf(PLAIN[sample].document.text, columns=columns))
    for table in TABLES:
        assert rows_of(made, table, *KEYS[table]) == rows_of(PLAIN[sample], table, *KEYS[table]), table


@pytest.mark.parametrize(
    "how",
    [
        {"columns": 4, "page_size": BROADSHEET, "font_size": 12.0, "rule": True},
        {"columns": 5, "page_size": BROADSHEET, "font_size": 9.0, "leading": 1.3, "gap": 12.0},
        {"columns": 2, "hanging": 1.0, "leading": 2.0},
    ],
    ids=["broadsheet", "dense", "hanging"],
)
def test_the_newspaper_page_in_other_settings(how: dict[str, Any]) -> None:
    made, plain = read(page_pdf(PAGE.read_text("utf-8"), **how)), PLAIN[PAGE.stem]
    for table in ("schools", "awards", "award_authors", "plan_targets"):
        assert rows_of(made, table, *KEYS[table]) == rows_of(plain, table, *KEYS[table]), table


@pytest.mark.parametrize("columns", [1, 3])
def test_boxes_lie_where_their_text_is_drawn(columns: int) -> None:
    data, lines = set_pages(PAGE.read_text("utf-8"), columns=columns)
    document = opened("a.pdf", data)
    at = {(line.page, re.sub(r"\s", "", line.text), round(line.x0), round(line.y0 / 8)): line for line in lines}
    found = 0
    for box in document.boxes:
        text = re.sub(r"\s", "", document.text[slice(*box.span)])
        places = [(box.page, text, round(box.x0) + dx, round(box.y0 / 8) + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
        assert any(place in at for place in places), (text, box)
        assert 0 <= box.x0 < box.x1 <= 596 and 0 <= box.y0 < box.y1 <= 842
        found += 1
    assert found == len(lines)
    assert Counter("".join(line.text for line in lines).replace(" ", "")) == Counter(re.sub(r"\s", "", document.text))


def test_pages_furniture_and_names() -> None:
    document = opened("a.pdf", page_pdf(PAGE.read_text("utf-8"), head="浙江红十字　2013年1月15日　第2版"))
    outside = [document.text[slice(*span)] for span in document.furniture]
    pages = len(document.page_starts)
    assert (
        pages > 2
        and len(outside) == 2 * pages
        and set(outside) == {"浙江红十字　2013年1月15日　第2版", *(f"— {n} —" for n in range(1, pages + 1))}
    )
    assert document.media_type == "application/pdf" and document.extractor.startswith("pdf/1 pypdfium2 ")
    assert "rapidocr" not in document.extractor and document.findings == ()


# What stands on a page


def test_spaces_as_drawn_and_letters_spaced_out() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "作者：洪秀芳 李先根　　王　佳")
        canvas.drawString(72, 680, "Henry Dunant 1863", charSpace=1.5)
        canvas.drawString(72, 660, "工作要点", charSpace=5)

    assert opened("a.pdf", drawn(draw)).text == "作者：洪秀芳 李先根　　王　佳\nHenry Dunant 1863\n工作要点\n"


def test_bold_made_by_drawing_twice_is_read_once() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "红十字会工作要点")
        canvas.drawString(72.3, 700, "红十字会工作要点")
        canvas.drawString(72, 660, "人人人人")

    assert opened("a.pdf", drawn(draw)).text == "红十字会工作要点\n人人人人\n"


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_turned_pages_are_read_upright(turn: int) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setPageRotation(turn)
        canvas.translate(*{0: (0, 0), 90: (595, 0), 180: (595, 842), 270: (0, 595)}[turn])  # reportlab lays 270 on its side
        canvas.rotate(turn)
        canvas.drawString(72, 500, "一、健全组织")
        canvas.drawString(72, 480, "二、抓好培训")

    document = opened("a.pdf", drawn(draw))
    assert document.text == "一、健全组织\n二、抓好培训\n"
    assert [round(b.x0) for b in document.boxes] == [72, 72] and document.boxes[0].y0 < document.boxes[1].y0


def ruled(spans: list[Any]) -> bytes:
    pdfmetrics.registerFont(UnicodeCIDFont(SONG))
    style = ParagraphStyle("cell", fontName=SONG, fontSize=10.5, leading=14, wordWrap="CJK")
    rows = [
        ["序号", "奖次", "作品名称", "作者", "单位"],
        ["1", "一等奖", "《清明时节忆英雄不忘初心跟党走的红十字人》", "王佳", "绍兴市红十字会"],
        ["2", "", "《夜航》", "李明华、陈红", "宁波市红十字会镇海区分会"],
        ["3", "二等奖", "《归来》", "陈红", "杭州市红十字会"],
    ]
    out = io.BytesIO()
    cells = [[Paragraph(text, style) for text in row] for row in rows]
    look = [("GRID", (0, 0), (-1, -1), 0.5, (0, 0, 0)), ("VALIGN", (0, 0), (-1, -1), "MIDDLE"), *spans]
    SimpleDocTemplate(out).build(
        [
            Paragraph("2013年好新闻评选结果", style),
            Table(cells, colWidths=[40, 60, 140, 80, 110], style=look),
            Paragraph("（此件公开发布）", style),
        ]
    )
    return out.getvalue()


def test_a_ruled_table_with_wrapped_and_merged_cells() -> None:
    made = read(ruled([("SPAN", (1, 1), (1, 2))]))
    assert rows_of(made, "awards", "prize", "entry_no", "work_title") == [
        ("一等奖", 1, "清明时节忆英雄不忘初心跟党走的红十字人"),
        ("一等奖", 2, "夜航"),
        ("二等奖", 3, "归来"),
    ]
    assert rows_of(made, "award_authors", "author", "unit") == [
        ("王佳", "绍兴市红十字会"),
        ("李明华", "宁波市红十字会镇海区分会"),
        ("陈红", "宁波市红十字会镇海区分会"),
        ("陈红", "杭州市红十字会"),
    ]


# Pages that must be recognised


def not_installed(*_words: str) -> None:
    raise missing_extra("ocr", "扫描件", "scanned pages")


def recognised(_image: Any, dpi: float, number: int) -> Page:
    return Page(
        number,
        595,
        842,
        (Piece("湖州市实验小学", 72, 100, 146, 111, 10.5, 0.9),),
        (),
        (("ocr_print_unread", {"count": str(round(dpi))}),),
    )


PRIVATE = "".join(chr(0xE000 + i) for i in range(12))
RARE = "龘靐齉爩鱻麤灪籱饢鸞厵滟爨癵驫麷鸜郁黷钃鑱讟驧鸓虋齾鸝纞虪讞躞鑾"


def test_a_scan_without_the_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "need", not_installed)
    with pytest.raises(UnreadableDocument) as raised:
        opened("a.pdf", drawn(picture))
    assert raised.value.code == "missing_extra" and "hongzhi[ocr]" in raised.value.en


@pytest.mark.parametrize("broken", [text_at(PRIVATE), text_at(RARE), picture], ids=["private", "rare", "picture"])
def test_a_page_in_doubt_beside_text_is_kept_and_told(broken: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "need", not_installed)
    document = opened("a.pdf", drawn(text_at("湖州市实验小学"), broken))
    assert document.text.startswith("湖州市实验小学\n") and len(document.page_starts) == 2
    (finding,) = document.findings
    assert finding.code == ("page_without_text" if broken is picture else "page_text_broken")
    assert finding.params["page"] == "2" and "hongzhi[ocr]" in finding.params["en"]
    assert set(finding.params) == {"page", "zh", "en"} and load_rules().wordings[finding.code].severity == "error"


def test_a_page_in_doubt_is_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "need", lambda *_words: None)
    monkeypatch.setattr(ocr, "scanned_page", recognised)
    document = opened("a.pdf", drawn(text_at("德清县乾元镇中心小学"), text_at(PRIVATE), picture))
    assert document.text == "德清县乾元镇中心小学\n湖州市实验小学\n湖州市实验小学\n"
    assert [b.confidence for b in document.boxes] == [None, 0.9, 0.9]
    assert [(f.code, f.params["count"]) for f in document.findings] == [("ocr_print_unread", "200")] * 2
    assert "pypdfium2" in document.extractor and "rapidocr" in document.extractor


def test_a_blank_page_is_blank_and_a_picture_beside_text_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "need", not_installed)
    words = "湖州市实验小学校红十字会举办活动" + "并培训救护员" * 4

    def both(canvas: Canvas) -> None:
        picture(canvas)
        canvas.drawString(72, 700, "二、" + words)

    document = opened("a.pdf", drawn(text_at(words), lambda canvas: None, both))
    assert [(f.code, f.params["page"]) for f in document.findings] == [("picture_beside_text", "3")]
    assert document.page_starts == (0, 41, 41)


def test_only_blank_pages_are_an_empty_document() -> None:
    assert [f.code for f in opened("a.pdf", drawn(lambda canvas: None)).findings] == ["empty_document"]


# Hostile files


def refused(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(UnreadableDocument) as raised:
        read_document("a.pdf", data, limits or Limits())
    return raised.value.code


def test_a_password_is_asked_for_only_where_one_is_needed_to_read() -> None:
    assert refused(page_pdf(SHORT, encrypt=StandardEncryption("geheim", "meister", strength=128))) == "encrypted_file"
    owned = opened("a.pdf", page_pdf(SHORT, encrypt=StandardEncryption("", "meister", canCopy=0, strength=128)))
    assert "德清县乾元镇中心小学" in owned.text


def test_files_cut_short_are_refused_or_told() -> None:
    data = page_pdf(PAGE.read_text("utf-8"))
    for share in (0.02, 0.3, 0.6, 0.9, 0.999):
        cut = data[: int(len(data) * share)]
        try:
            document = read_document("a.pdf", cut, Limits())
        except UnreadableDocument as error:
            assert error.code == "damaged_file"
        else:
            assert "file_cut" in [f.code for f in document.findings]


@pytest.mark.parametrize("data", [b"%PDF-1.7", b"%PDF-1.7\n" + bytes(5000), b"%PDF-1.4\n" + b"1 0 obj<<" * 20_000 + b"\n%%EOF"])
def test_what_only_begins_like_a_pdf_is_damaged(data: bytes) -> None:
    assert refused(data) == "damaged_file"


def raw_pdf(*objects: str) -> bytes:
    """A PDF of these objects, the first the catalogue."""
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % at for at in places)
    return out + table + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, len(out))


def test_a_page_tree_that_goes_in_circles_ends() -> None:
    data = raw_pdf(
        "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 5>>", "<</Type/Pages/Kids[2 0 R]/Parent 2 0 R/Count 5>>"
    )
    start = perf_counter()
    assert refused(data) == "damaged_file" and perf_counter() - start < 5


def test_more_pages_than_allowed_are_refused_at_once() -> None:
    kids = " ".join(f"{n} 0 R" for n in range(3, 10_003))
    pages = (f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {n % 7 + 100} 100]>>" for n in range(10_000))
    data = raw_pdf("<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Kids[{kids}]/Count 10000>>", *pages)
    start = perf_counter()
    assert refused(data) == "over_limit" and perf_counter() - start < 2


def test_a_page_of_enormous_size_is_never_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "need", lambda *_words: None)
    monkeypatch.setattr(ocr, "scanned_page", recognised)
    document = opened("a.pdf", drawn(lambda canvas: canvas.circle(300, 300, 100), size=(500_000, 500_000)))
    assert [f.code for f in document.findings] == ["page_too_large"] and document.text == ""
    large = opened("a.pdf", drawn(lambda canvas: canvas.circle(300, 300, 100), size=(3_000, 4_000)))
    (dpi,) = (int(f.params["count"]) for f in large.findings)
    assert 72 <= dpi < 200 and (3_000 * dpi / 72) * (4_000 * dpi / 72) <= Limits().pixels * 1.02


def test_scripts_links_and_attachments_are_left_alone() -> None:
    data = raw_pdf(
        "<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>"
        "/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 300 300]/A<</S/URI/URI(http://example.invalid/)>>>>]>>",
        "<</Length 40>>\nstream\nBT /F 12 Tf 20 200 Td (Red Cross) Tj ET  \nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    assert opened("a.pdf", data).text == "Red Cross\n"


@pytest.mark.parametrize("lines", [60, 600])
def test_time_is_in_line_with_size(lines: int) -> None:
    def draw(canvas: Canvas) -> None:
        for number in range(lines):
            canvas.drawString(20, 15 * number, "红十字会救护培训" * 6)

    data = drawn(draw, size=(595, 15 * lines + 15))
    start = perf_counter()
    document = opened("a.pdf", data)
    assert perf_counter() - start < 0.5 + lines * 0.01 and len(document.text) > lines * 40


def test_without_the_library_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    assert refused(page_pdf(SHORT)) == "missing_extra"


def test_a_batch_goes_on_after_a_bad_pdf(tmp_path: Path) -> None:
    from pipeline import batch

    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "good.pdf").write_bytes(page_pdf(SHORT))
    (tmp_path / "in" / "bad.pdf").write_bytes(b"%PDF-1.7")
    result = batch.run([tmp_path / "in"], tmp_path / "out")
    assert result.exit_code == batch.EXIT_SOME_FAILED and result.rows["schools"] == 2
    assert {d.path: d.status for d in result.documents} == {"good.pdf": "parsed", "bad.pdf": "failed"}


def same(document: Document) -> tuple[Any, ...]:
    return document.text, document.boxes, document.furniture, document.findings


def test_reading_twice_gives_the_same() -> None:
    data = page_pdf(PAGE.read_text("utf-8"), columns=3)
    assert same(opened("a.pdf", data)) == same(opened("a.pdf", data))


def test_characters_of_another_font_that_are_drawn_last_stand_where_they_are_printed() -> None:
    """Office programs draw what a font lacks, mostly quotation marks, after the rest of the line."""
    pdfmetrics.registerFont(UnicodeCIDFont(SONG))
    out, size = io.BytesIO(), 12.0
    canvas = Canvas(out, pagesize=(600, 300))
    line = "1.对照“四有一独立”的要求，办好“情暖浙江”和“母婴平安”项目，年内新增会员20人以上。"
    for top in (250, 220):
        marks = [at for at, char in enumerate(line) if char in "“”"]
        square = line.replace("“", "口").replace("”", "口")
        places = [60 + pdfmetrics.stringWidth(square[:at], SONG, size) for at in range(len(line))]
        canvas.setFont(SONG, size)
        start = 0
        for at in [*marks, len(line)]:
            canvas.drawString(places[start], top, line[start:at])
            start = at + 1
        # The marks are lower and smaller than the Chinese characters, as those of a Latin font are.
        for at in marks:
            canvas.setFont("Times-Roman", size)
            canvas.drawString(places[at], top - 1.5, line[at])
    canvas.save()
    assert opened("a.pdf", out.getvalue()).text.split("\n")[:2] == [line, line]
