"""OFD files: the same rows as the text, places from steps and matrices, hostile files refused."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers import SAMPLES, assert_honest, opened, parse, rows_of
from made_ofd import document, made, packed, page, root, text_object, xml
from PIL import Image, ImageDraw, ImageFont
from scanned import font
from test_html import KEYS, TABLES

from pipeline.ingest import ocr
from pipeline.ingest.errors import UnreadableDocument, missing_extra
from pipeline.ingest.limits import Limits
from pipeline.model import Document
from pipeline.parse import parse_document
from pipeline.rules import load_rules

PATH = ('<ofd:PathObject ID="3" Boundary="{x} {y} 120 120"><ofd:AbbreviatedData>M 0 0 L {line}</ofd:AbbreviatedData>'
        "</ofd:PathObject>")
LIST = "\n".join(f"{a}{b}县实验小学" for a in "东西南北上下前后新旧" for b in "山水田村湖海江河林")


def one_page(objects: str, before: str = "", **more: str | bytes) -> bytes:
    return packed({"OFD.xml": root("Doc_0/Document.xml"), "Doc_0/Document.xml": document(["P/C.xml"], ["T.xml"], "Res.xml"),
                   "Doc_0/P/C.xml": page(objects, before), "Doc_0/T.xml": page(""), **more})


def code(text: str, attributes: str, boundary: str = "20 30 150 20", size: float = 4.0, around: str = "") -> str:
    return (f'<ofd:TextObject ID="5" Boundary="{boundary}" Font="2" Size="{size}" {around}>'
            f"<ofd:TextCode {attributes}>{text}</ofd:TextCode></ofd:TextObject>")


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
def test_a_sample_as_an_ofd_file_gives_the_same_rows(path: Path) -> None:
    plain = parse(path.read_bytes())
    document = opened("a.ofd", made(plain.document.text))
    parsed = parse_document(document, load_rules())
    assert_honest(parsed)
    for table in TABLES:
        assert rows_of(parsed, table, *KEYS[table]) == rows_of(plain, table, *KEYS[table]), table
    assert document.media_type == "application/ofd" and document.boxes


def test_heads_in_templates_and_page_numbers_are_furniture() -> None:
    document = opened("a.ofd", made(LIST, head="浙江红十字"))
    shown = [document.text[s.start : s.end] for s in document.furniture]
    assert len(document.page_starts) == len(shown) / 2 > 1 and set(shown[::2]) == {"浙江红十字"} and shown[1] == "— 1 —"


@pytest.mark.parametrize(("objects", "text"), [
    (code("湖州市南浔中学", 'X="0" Y="4" DeltaX="g 3 4 4 4 4"'), "湖州市南浔中学\n"),
    # One code that goes back to the left for its second line, as producers of tickets write it.
    (code("湖州市南浔中学", 'X="0" Y="4" DeltaX="4 4 -8 4 4 4" DeltaY="0 0 9 g 3 0"'), "湖州市\n南浔中学\n"),
    (code("南浔", 'X="56.7" Y="11.34" DeltaX="11.34"', "20 30 150 20", 11.34, 'CTM="0.3527 0 0 0.3527 0 0"'), "南浔\n"),
    ("".join(code(c, f'X="{4 * i}" Y="4"') for i, c in enumerate("象山县红十字会")), "象山县红十字会\n"),
    (code("王佳", 'X="0" Y="4" DeltaX="12"'), "王\u3000\u3000佳\n"),
    (code("ab 12", 'X="0" Y="4" DeltaX="2 2 2 2"'), "ab 12\n"),
    (code("德清", 'X="0" Y="4" DeltaX="4"') * 2, "德清\n"),
    (code("德清", 'X="0" Y="4" DeltaX="4"', around='Visible="false"') + code("中学", 'X="0" Y="4"'), "中学\n"),
    (code("纸外", 'X="0" Y="4" DeltaX="4"', "250 30 20 20") + code("纸内", 'X="0" Y="4" DeltaX="4"'), "纸内\n"),
    (code("名单", 'X="0" Y="4" DeltaX="0" DeltaY="4"', "180 30 5 20"), "名单\n"),
    ('<ofd:PageBlock ID="8">' + code("示范校", 'X="0" Y="4" DeltaX="g 2 4"') + "</ofd:PageBlock>", "示范校\n"),
], ids=["steps", "two_lines", "matrix", "one_by_one", "apart", "latin", "bold", "hidden", "outside", "downwards", "block"])
def test_characters_stand_where_the_page_draws_them(objects: str, text: str) -> None:
    assert opened("a.ofd", one_page(objects)).text == text


def test_boxes_are_in_points_from_the_top() -> None:
    (box,) = opened("a.ofd", one_page(text_object("红十字会", 25.4, 50.8, 4.0))).boxes
    assert (round(box.x0), round(box.y0), round(box.x1), round(box.y1)) == (72, 144, 117, 155) and box.confidence is None


def test_a_ruled_table_gives_a_line_a_row() -> None:
    cells = [["序号", "奖次", "作品名称"], ["1", "一等奖", "《清明》"], ["2", "二等奖", "《夜航》"]]
    drawn = "".join(PATH.format(x=20, y=40 + 8 * i, line="120 0") for i in range(4))
    drawn += "".join(PATH.format(x=x, y=40, line="0 24") for x in (20, 40, 80, 140))
    drawn += "".join(text_object(cell, (22, 42, 82)[column], 42 + 8 * row, 4.0)
                     for row, line in enumerate(cells) for column, cell in enumerate(line))
    assert opened("a.ofd", one_page(drawn)).text == "序号\t奖次\t作品名称\n1\t一等奖\t《清明》\n2\t二等奖\t《夜航》\n"


def test_documents_and_pages_come_in_the_order_of_their_lists() -> None:
    parts: dict[str, str | bytes] = {"OFD.xml": root("/Doc_1/Document.xml", "Doc_0/Document.xml")}
    for folder, texts in (("Doc_0", ("四明", "五云")), ("Doc_1", ("一心", "二水", "三门"))):
        parts[f"{folder}/Document.xml"] = document([f"Pages/Page_{len(texts) - i}/Content.xml" for i in range(len(texts))])
        for i, text in enumerate(texts):
            parts[f"{folder}/Pages/Page_{len(texts) - i}/Content.xml"] = page(text_object(text, 25, 30, 4.0))
    made_of_two = opened("a.ofd", packed(parts))
    assert made_of_two.text == "一心\n二水\n三门\n四明\n五云\n" and made_of_two.page_starts == (0, 3, 6, 9, 12)


def test_a_composite_is_drawn_where_it_is_used() -> None:
    unit = xml("Res", '<ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID="40" Width="50" Height="10"><ofd:Content>'
               + code("绍兴文理学院", 'X="0" Y="4" DeltaX="g 5 4"', "1 1 40 6") + "</ofd:Content></ofd:CompositeGraphicUnit>"
               "</ofd:CompositeGraphicUnits>")
    used = '<ofd:CompositeObject ID="9" ResourceID="40" Boundary="30 60 50 10"/>'
    made_of_it = opened("a.ofd", one_page(used, **{"Doc_0/Res.xml": unit}))
    assert made_of_it.text == "绍兴文理学院\n" and round(made_of_it.boxes[0].x0) == round(31 / 25.4 * 72)


def test_a_damaged_page_is_told_and_the_others_are_read() -> None:
    parts: dict[str, str | bytes] = {
        "OFD.xml": root("D.xml"), "D.xml": document(["1.xml", "2.xml", "3.xml"]),
        "1.xml": page(text_object("一、会议", 25, 30, 4.0)),
        "2.xml": "<ofd:Page", "3.xml": page(text_object("二、培训", 25, 30, 4.0))}
    made_of_three = opened("a.ofd", packed(parts))
    assert made_of_three.text == "一、会议\n二、培训\n"
    assert [(f.code, f.params["page"]) for f in made_of_three.findings] == [("page_damaged", "2")]


def picture(text: str) -> bytes:
    drawn = Image.new("L", (1240, 400), 255)
    ImageDraw.Draw(drawn).text((150, 150), text, 0, ImageFont.truetype(font(), 44))
    out = io.BytesIO()
    drawn.save(out, "PNG")
    return out.getvalue()


def scanned_file() -> bytes:
    media = xml("Res", '<ofd:MultiMedias><ofd:MultiMedia ID="70" Type="Image" Format="PNG"><ofd:MediaFile>a.png</ofd:MediaFile>'
                "</ofd:MultiMedia></ofd:MultiMedias>", 'BaseLoc="Res"')
    shown = '<ofd:ImageObject ID="71" ResourceID="70" Boundary="0 20 210 67.74" CTM="210 0 0 67.74 0 0"/>'
    return one_page(shown, **{"Doc_0/Res.xml": media, "Doc_0/Res/a.png": picture("湖州市南浔中学")})


def test_a_page_that_is_a_picture_is_recognised() -> None:
    read = opened("a.ofd", scanned_file())
    assert read.text == "湖州市南浔中学\n" and "rapidocr" in read.extractor
    (box,) = read.boxes
    assert abs(box.x0 - 150 / 1240 * 210 / 25.4 * 72) < 6 and box.confidence is not None


def test_without_recognition_a_picture_is_named_and_text_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_args: str) -> None:
        raise missing_extra("ocr", "扫描件", "scanned pages")

    monkeypatch.setattr(ocr, "need", none)
    with pytest.raises(UnreadableDocument) as raised:
        opened("a.ofd", scanned_file())
    assert raised.value.code == "missing_extra" and "hongzhi[ocr]" in raised.value.en


def deep(**_: str) -> bytes:
    inside = "<ofd:PageBlock>" * 200 + text_object("深处", 25, 30, 4.0) + "</ofd:PageBlock>" * 200
    return one_page(inside)


def hostile() -> dict[str, tuple[Callable[[], bytes], str]]:
    """Files that must be refused by this code, or read ("")."""
    entities = '<!DOCTYPE a [<!ENTITY x "yyyyyyyyyyyyyyyyyyyy">' + "".join(
        f'<!ENTITY x{i} "{("&x" + (str(i - 1) if i else "") + ";") * 20}">' for i in range(8)) + "]>"
    outside = f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{Path(__file__).as_posix()}">]>'

    def with_entity(doctype: str, name: str) -> bytes:
        return one_page("", **{"Doc_0/P/C.xml": doctype + page(code(f"A&{name};", 'X="0" Y="4"')).split("\n", 1)[1]})

    itself = '<ofd:Template TemplateID="900"/>'
    unit = xml("Res", '<ofd:CompositeGraphicUnit ID="40"><ofd:Content>' + '<ofd:CompositeObject ResourceID="40"/>' * 3
               + "</ofd:Content></ofd:CompositeGraphicUnit>")
    pages = [f"P/{i}.xml" for i in range(3_001)]
    return {
        "entities": (lambda: with_entity(entities, "x7"), "damaged_file"),
        "file_entity": (lambda: with_entity(outside, "x"), ""),
        "leaves_archive": (lambda: packed({"OFD.xml": root("../Document.xml")}), "unsafe_path"),
        "page_leaves": (lambda: packed({"OFD.xml": root("D.xml"), "D.xml": document(["../../etc/hostname"])}), "unsafe_path"),
        "entry_leaves": (lambda: one_page("", **{"../a.xml": "<a/>"}), "unsafe_path"),
        "entry_absolute": (lambda: one_page("", **{"/etc/a.xml": "<a/>"}), "unsafe_path"),
        "page_is_its_document": (lambda: packed({"OFD.xml": root("D.xml"), "D.xml": document(["D.xml"] * 50)}), ""),
        "template_in_itself": (lambda: one_page("", itself, **{"Doc_0/T.xml": page(text_object("头", 25, 9, 3.0), itself)}), ""),
        "composite_in_itself": (lambda: one_page('<ofd:CompositeObject ResourceID="40"/>', **{"Doc_0/Res.xml": unit}), ""),
        "deep": (deep, ""),
        "too_many_pages": (lambda: packed({"OFD.xml": root("D.xml"), "D.xml": document(pages)}), "over_limit"),
        "long_text": (lambda: one_page(code("红" * 70_000_000, 'X="0" Y="4"')), "over_limit"),
        "long_steps": (lambda: one_page(code("红" * 30, 'X="0" Y="4" DeltaX="g 999999999 4"')), ""),
        "huge_numbers": (lambda: one_page(code("红", 'X="1e300" Y="nan" DeltaX="1e309"', size=1e30)), ""),
        "encrypted": (lambda: one_page("", **{"Doc_0/Encryptions.xml": "<a/>"}), "encrypted_file"),
        "cut": (lambda: made("一、会议")[:900], "damaged_file"),
        "no_root": (lambda: packed({"OFD.xml": "<a/>"}), "damaged_file"),
        "no_pages": (lambda: packed({"OFD.xml": root("D.xml")}), "damaged_file"),
    }


@pytest.mark.parametrize("case", hostile())
def test_a_hostile_file_is_refused_or_harmless(case: str) -> None:
    make, expected = hostile()[case]
    data = make()
    start = time.perf_counter()
    try:
        read: Document | None = opened("a.ofd", data)
        found = ""
    except UnreadableDocument as error:
        read, found = None, error.code
    assert found == expected and time.perf_counter() - start < 5
    assert read is None or "annotations" not in read.text


def test_the_limits_that_are_given_hold() -> None:
    from pipeline.ingest import read_document

    data = made(LIST)
    with pytest.raises(UnreadableDocument) as raised:
        read_document("a.ofd", data, Limits(pages=1))
    assert raised.value.code == "over_limit" and raised.value.limit == "pages"
