"""Word files and spreadsheets: the same rows as the text, what Word prints itself restored, hostile files refused."""

from __future__ import annotations

import io
import time
import zipfile
from pathlib import Path

import docx
import made
import openpyxl
import pytest
from docx.oxml import OxmlElement
from helpers import SAMPLES, opened, parse, rows_of
from made import KEYS, TABLES, paragraph, read, saved, with_part, word, word_xml, workbook

from pipeline import batch
from pipeline.ingest import open_document, read_document
from pipeline.ingest.errors import UnreadableDocument
from pipeline.ingest.limits import Limits
from pipeline.model import Document

NUMBERING = """<w:numbering xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">
<w:abstractNum w:abstractNumId="0">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="%1、"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%2."/></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>"""


def codes(document: Document) -> list[str]:
    return [f.code for f in document.findings]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
def test_a_sample_as_a_word_file_gives_the_same_rows(path: Path) -> None:
    plain = parse(path.read_bytes())
    given = read(opened("a.docx", word(plain.document.text)))
    for table in TABLES:
        assert rows_of(given, table, *KEYS[table]) == rows_of(plain, table, *KEYS[table]), table


def test_numbers_that_word_prints_are_in_the_text() -> None:
    document = docx.Document()
    for text, level in (("健全组织", 0), ("发展会员", 1), ("加强管理", 1), ("抓好培训", 0), ("办班", 1)):
        properties = document.add_paragraph(text)._p.get_or_add_pPr()
        numbered = properties._add_numPr()
        numbered._add_ilvl().val = level
        numbered._add_numId().val = 1
    data = with_part(saved(document), "word/numbering.xml", NUMBERING.encode())
    assert opened("a.docx", data).text == "一、健全组织\n1.发展会员\n2.加强管理\n二、抓好培训\n1.办班\n"


def test_tables_text_boxes_changes_and_heads() -> None:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "浙江省红十字会文件"
    table = document.add_table(rows=3, cols=3)
    for index, cell in enumerate(["序号", "奖次", "作品名称", "1", "一等奖", "《清明》", "2", "", "《夜航》"]):
        table.cell(index // 3, index % 3).text = cell
    table.cell(1, 1).merge(table.cell(2, 1))
    paragraph = document.add_paragraph("保留")
    for tag, text in (("w:del", "删去"), ("w:ins", "插入")):
        change, run, piece = OxmlElement(tag), OxmlElement("w:r"), OxmlElement("w:t" if tag == "w:ins" else "w:delText")
        piece.text = text
        run.append(piece)
        change.append(run)
        paragraph._p.append(change)
    given = opened("a.docx", saved(document))
    assert given.text == "序号\t奖次\t作品名称\n1\t一等奖\t《清明》\n2\t\t《夜航》\n保留插入\n浙江省红十字会文件\n"
    assert [given.text[s.start : s.end] for s in given.furniture] == ["浙江省红十字会文件"]


def test_a_spreadsheet_gives_rows_with_their_columns() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["2013年好新闻评选结果"],
        ["序号", "奖次", "作品名称", "作者", "单位"],
        [1, "一等奖", "《清明》", "王佳", "绍兴市红十字会"],
        [2, None, "《夜航》", "李明华", "宁波市红十字会"],
    ):
        sheet.append(row)
    sheet.merge_cells("A1:E1")
    sheet.merge_cells("B3:B4")
    other = book.create_sheet("学校")
    for row in (
        ["2013年红十字示范学校名单"],
        ["学校名称", "所在地"],
        ["湖州市实验小学", "湖州市"],
        ["杭州市第二中学", "杭州市"],
    ):
        other.append(row)
    given = read(opened("a.xlsx", saved(book)))
    assert rows_of(given, "awards", "prize", "entry_no", "work_title") == [("一等奖", 1, "清明"), ("一等奖", 2, "夜航")]
    assert rows_of(given, "award_authors", "author", "unit") == [("王佳", "绍兴市红十字会"), ("李明华", "宁波市红十字会")]
    assert rows_of(given, "schools", "school", "city", "page") == [
        ("湖州市实验小学", "湖州市", 2),
        ("杭州市第二中学", "杭州市", 2),
    ]


def hostile() -> dict[str, tuple[bytes, str]]:
    good = word("一、会议")
    swollen = with_part(good, "word/document.xml", b"<a>" + b"0" * 50_000_000 + b"</a>")
    entities = (
        b'<!DOCTYPE a [<!ENTITY x "'
        + b"y" * 50
        + b'">'
        + b"".join(
            b'<!ENTITY %b "%b">' % (bytes([97 + i]) * 2, b"&x;" * 50 if i == 0 else b"&" + bytes([96 + i]) * 2 + b";" * 1)
            for i in range(5)
        )
        + b"]><a>&ee;</a>"
    )
    outside = (
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><w:document xmlns:w="http://schemas.openxmlformats.org/'
        b'wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>A&x;B</w:t></w:r></w:p></w:body></w:document>'
    )
    encrypted = bytearray(good)
    for at in (i for i in range(len(good) - 4) if good[i : i + 4] == b"PK\x01\x02"):
        encrypted[at + 8] |= 1
    return {
        "swollen": (swollen, "over_limit"),
        "entities": (with_part(good, "word/document.xml", entities), ""),
        "outside": (with_part(good, "word/document.xml", outside), ""),
        "cut": (good[: len(good) // 2], "damaged_file"),
        "encrypted": (bytes(encrypted), "encrypted_file"),
        "no_body": (with_part(b"PK\x05\x06" + bytes(18), "x", b"1"), "damaged_file"),
    }


@pytest.mark.parametrize("case", hostile())
def test_a_hostile_file_is_refused_or_harmless(case: str) -> None:
    data, code = hostile()[case]
    if code:
        with pytest.raises(UnreadableDocument) as raised:
            opened("a.docx", data)
        assert raised.value.code == code
        return
    try:
        text = opened("a.docx", data).text
    except UnreadableDocument as error:
        assert error.code == "damaged_file"
    else:
        assert (
            len(text) < 1000
            and "localhost" not in text
            and not any(line in text for line in Path("/etc/hostname").read_text().split())
        )


def test_a_batch_of_office_files_goes_on_after_a_bad_one(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "good.docx").write_bytes(word("2012年红十字示范学校名单\n湖州市\n湖州市实验小学"))
    (tmp_path / "in" / "bad.docx").write_bytes(b"PK\x03\x04nonsense")
    (tmp_path / "in" / "bad.xlsx").write_bytes(b"PK\x03\x04other nonsense")
    result = batch.run([tmp_path / "in"], tmp_path / "out")
    assert result.exit_code == batch.EXIT_SOME_FAILED and result.rows["schools"] == 1
    assert {d.path: d.status for d in result.documents} == {
        "good.docx": "parsed",
        "bad.docx": "failed",
        "bad.xlsx": "failed",
    }


def test_an_old_spreadsheet_that_is_none_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.xls").write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))
    with pytest.raises(UnreadableDocument):
        open_document(tmp_path / "a.xls")
