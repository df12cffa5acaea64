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
from made import KEYS, TABLES, read, rooted, saved, with_part, word, word_xml, workbook

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


# What Word prints and its file does not hold as text.


def level(at: int, text: str, form: str = "decimal", more: str = "") -> str:
    return f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>{more}<w:lvlText w:val="{text}"/></w:lvl>'


def numbered(levels: str, lines: list[tuple[str, int]], nums: str = "", style: str = "") -> list[str]:
    """The lines of a file with one list; each line is its text and its level."""
    given = nums or '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    parts = {"word/numbering.xml": rooted("numbering", f'<w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>{given}')}
    if style:
        parts["word/styles.xml"] = rooted("styles", style)
    body = "".join(
        made.paragraph(
            text.split("|")[-1],
            f'<w:numPr><w:ilvl w:val="{at}"/><w:numId w:val="{text.split("|")[0] if "|" in text else 1}"/></w:numPr>',
        )
        for text, at in lines
    )
    return opened("a.docx", word_xml(body, parts)).text.splitlines()


def test_numbers_of_several_levels_stand_in_one_label() -> None:
    levels = level(0, "%1") + level(1, "%1.%2") + level(2, "%1.%2.%3.")
    assert numbered(levels, [("总则", 0), ("目的", 1), ("依据", 1), ("国家", 2), ("附则", 0), ("解释", 1)]) == [
        "1 总则",
        "1.1 目的",
        "1.2 依据",
        "1.2.1.国家",
        "2 附则",
        "2.1 解释",
    ]


def test_a_level_begins_again_only_where_the_list_says_so() -> None:
    runs_on = level(0, "%1、", "chineseCounting") + level(1, "%2.", more='<w:lvlRestart w:val="0"/>')
    assert numbered(runs_on, [("甲", 0), ("一", 1), ("二", 1), ("乙", 0), ("三", 1)]) == [
        "一、甲",
        "1.一",
        "2.二",
        "二、乙",
        "3.三",
    ]
    by_first = level(0, "%1、") + level(1, "(%2)") + level(2, "%3.", more='<w:lvlRestart w:val="1"/>')
    assert numbered(by_first, [("甲", 0), ("乙", 1), ("一", 2), ("丙", 1), ("二", 2), ("丁", 0), ("三", 2)]) == [
        "1、甲",
        "(1)乙",
        "1.一",
        "(2)丙",
        "2.二",
        "2、丁",
        "1.三",
    ]


def test_legal_numbers_are_arabic_at_every_level() -> None:
    levels = level(0, "第%1章", "chineseCounting") + level(1, "%1.%2", more="<w:isLgl/>")
    assert numbered(levels, [("总则", 0), ("目的", 1)]) == ["第一章 总则", "1.1 目的"]


def test_lists_of_one_definition_count_on_unless_they_start_anew() -> None:
    nums = (
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="0"/></w:num>'
        '<w:num w:numId="3"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/>'
        "</w:lvlOverride></w:num>"
    )
    assert numbered(level(0, "%1."), [("1|甲", 0), ("2|乙", 0), ("3|丙", 0), ("3|丁", 0)], nums) == [
        "1.甲",
        "2.乙",
        "1.丙",
        "2.丁",
    ]


@pytest.mark.parametrize(
    ("form", "labels"),
    [
        ("chineseCountingThousand", ["一", "十一", "二十"]),
        ("decimalEnclosedCircle", ["①", "⑪", "⑳"]),
        ("upperRoman", ["I", "XI", "XX"]),
        ("chineseLegalSimplified", ["壹", "壹拾壹", "贰拾"]),
        ("decimalFullWidth", ["１", "１１", "２０"]),
        ("lowerLetter", ["a", "k", "t"]),
        ("decimalEnclosedParen", ["⑴", "⑾", "⒇"]),
        ("ideographTraditional", ["甲", "11", "20"]),
        ("decimalZero", ["01", "11", "20"]),
    ],
)
def test_forms_of_numbers(form: str, labels: list[str]) -> None:
    lines = numbered(level(0, "%1、", form), [("项", 0)] * 20)
    assert [lines[i - 1] for i in (1, 11, 20)] == [f"{label}、项" for label in labels]


def test_an_unknown_form_is_written_in_arabic_and_said() -> None:
    parts = {
        "word/numbering.xml": rooted(
            "numbering",
            f'<w:abstractNum w:abstractNumId="0">{level(0, "%1.", "bahtText")}</w:abstractNum>'
            '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>',
        )
    }
    document = opened("a.docx", word_xml(made.paragraph("甲", '<w:numPr><w:numId w:val="1"/></w:numPr>'), parts))
    assert document.text == "1.甲\n" and codes(document) == ["number_format_unknown"]


def test_headings_are_numbered_through_their_styles() -> None:
    parts = {
        "word/numbering.xml": rooted(
            "numbering",
            '<w:abstractNum w:abstractNumId="0">'
            + level(0, "%1、", "chineseCounting", '<w:pStyle w:val="H1"/>')
            + level(1, "%2.", "decimal", '<w:pStyle w:val="H2"/>')
            + '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>',
        ),
        "word/styles.xml": rooted(
            "styles",
            "".join(
                f'<w:style w:styleId="{name}"><w:basedOn w:val="{base}"/><w:pPr>{numbers}</w:pPr></w:style>'
                for name, base, numbers in (
                    ("H1", "x", '<w:numPr><w:numId w:val="1"/></w:numPr>'),
                    ("H2", "H1", '<w:numPr><w:numId w:val="1"/></w:numPr>'),
                    ("H1a", "H1", ""),
                    ("loop", "loop", ""),
                )
            ),
        ),
    }
    body = "".join(
        made.paragraph(text, f'<w:pStyle w:val="{style}"/>{own}')
        for text, style, own in (
            ("健全组织", "H1", ""),
            ("发展会员", "H2", ""),
            ("抓好培训", "H1a", ""),
            ("结语", "H1", '<w:numPr><w:numId w:val="0"/></w:numPr>'),
            ("落款", "loop", ""),
        )
    )
    assert opened("a.docx", word_xml(body, parts)).text.splitlines() == [
        "一、健全组织",
        "1.发展会员",
        "二、抓好培训",
        "结语",
        "落款",
    ]


def run(text: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"


def test_fields_symbols_moves_controls_and_notes() -> None:
    body = (
        "<w:p>"
        + run("见")
        + '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>HYPERLINK "http://a"</w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:hyperlink>'
        + run("附件")
        + '</w:hyperlink><w:r><w:fldChar w:fldCharType="end"/></w:r>'
        "<w:moveFrom>" + run("移走") + "</w:moveFrom><w:moveTo>" + run("移来") + "</w:moveTo>"
        '<w:r><w:sym w:font="SimSun" w:char="25A0"/><w:t>救</w:t><w:softHyphen/>'
        "<w:t>护</w:t><w:noBreakHyphen/><w:t>员</w:t></w:r>"
        "</w:p><w:sdt><w:sdtContent><w:p>" + run("控件") + "</w:p></w:sdtContent></w:sdt>"
    )
    parts = {
        "word/footnotes.xml": rooted(
            "footnotes",
            '<w:footnote w:type="separator"><w:p>'
            + run("线")
            + "</w:p></w:footnote><w:footnote><w:p>"
            + run("脚注")
            + "</w:p></w:footnote>",
        ),
        "word/endnotes.xml": rooted("endnotes", "<w:endnote><w:p>" + run("尾注") + "</w:p></w:endnote>"),
    }
    assert opened("a.docx", word_xml(body, parts)).text == "见附件移来■救护-员\n控件\n脚注\n尾注\n"


def test_text_boxes_follow_their_paragraph_and_their_old_versions_are_left_out() -> None:
    box = f"<w:txbxContent><w:p>{run('框内')}</w:p></w:txbxContent>"
    versions = f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    body = f"<w:p>{run('正文')}<w:r>{versions}</w:r></w:p>"
    assert opened("a.docx", word_xml(body)).text == "正文\n框内\n"
    assert opened("a.docx", word_xml(f"<w:p><w:r><v:textbox>{box}</v:textbox></w:r></w:p>")).text == "\n框内\n"


def test_hidden_text_readings_comments_and_other_files_are_left_out_and_said() -> None:
    body = (
        "<w:p>"
        + run("湖州")
        + run("隐藏", "<w:vanish/>")
        + run("市", '<w:vanish w:val="0"/>')
        + "<w:r><w:ruby><w:rt>"
        + run("huì")
        + "</w:rt><w:rubyBase>"
        + run("会")
        + '</w:rubyBase></w:ruby></w:r></w:p><w:altChunk w:id="x"/>'
    )
    comments = rooted("comments", "<w:comment><w:p>" + run("请核对") + "</w:p></w:comment>")
    document = opened("a.docx", word_xml(body, {"word/comments.xml": comments, "word/vbaProject.bin": "x"}))
    assert document.text == "湖州市会\n"
    assert codes(document) == ["text_left_out", "text_left_out", "content_elsewhere", "comments_left_out", "macros_ignored"]
    assert [f.params["text"] for f in document.findings if "text" in f.params] == ["隐藏", "huì", "请核对"]


def test_a_paragraph_whose_end_was_deleted_goes_on_in_the_next() -> None:
    body = "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>" + run("湖州市") + "</w:p><w:p>" + run("实验小学") + "</w:p>"
    assert opened("a.docx", word_xml(body)).text == "湖州市实验小学\n"


def cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr><w:p>{run(text)}</w:p></w:tc>"


def test_rows_in_controls_deleted_rows_and_cells_left_out_before_a_row() -> None:
    rows = (
        "<w:tr>"
        + cell("地市")
        + cell("学校")
        + "</w:tr><w:sdt><w:sdtContent><w:tr>"
        + cell("湖州市")
        + cell("甲校")
        + "</w:tr></w:sdtContent></w:sdt>"
        "<w:tr><w:trPr><w:del/></w:trPr>"
        + cell("删")
        + cell("去")
        + '</w:tr><w:tr><w:trPr><w:gridBefore w:val="1"/></w:trPr>'
        + cell("乙校")
        + "</w:tr>"
    )
    assert opened("a.docx", word_xml(f"<w:tbl>{rows}</w:tbl>")).text == "地市\t学校\n湖州市\t甲校\n\t乙校\n"


def test_a_table_inside_a_table_is_read_once() -> None:
    inner = "<w:tbl><w:tr>" + cell("甲") + cell("乙") + "</w:tr></w:tbl>"
    outer = f"<w:tbl><w:tr><w:tc>{inner}<w:p/></w:tc>" + cell("丙") + "</w:tr></w:tbl>"
    assert opened("a.docx", word_xml(outer)).text.split() == ["甲", "乙", "丙"]


def test_pages_are_told_only_where_the_file_agrees_with_itself() -> None:
    body = made.paragraph("第一页") + "<w:p><w:r><w:lastRenderedPageBreak/><w:t>第二页</w:t></w:r></w:p>"
    for pages, starts in (("2", (0, 4)), ("7", ())):
        app = f"<Properties><Pages>{pages}</Pages></Properties>"
        assert opened("a.docx", word_xml(body, {"docProps/app.xml": app})).page_starts == starts


def test_a_numbered_main_part_and_the_strict_namespace_are_read() -> None:
    strict = rooted("document", f"<w:body>{made.paragraph('湖州市')}</w:body>").replace(
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main", "http://purl.oclc.org/ooxml/wordprocessingml/main"
    )
    assert opened("a.docx", made.packed({"word/document2.xml": strict})).text == "湖州市\n"


@pytest.mark.parametrize(
    "body",
    [
        '<w:p><w:pPr><w:numPr><w:ilvl w:val="abc"/><w:numId w:val="x"/></w:numPr></w:pPr>' + run("湖州市") + "</w:p>",
        '<w:tbl><w:tr><w:trPr><w:gridBefore w:val="-3"/></w:trPr>'
        + cell("湖州市", '<w:gridSpan w:val="99999999999"/>')
        + cell("甲", '<w:gridSpan w:val="1e9"/>')
        + "</w:tr></w:tbl>",
        "<w:p>" + run("湖州市") + '<w:r><w:sym w:char="zz"/><w:sym w:char="D800"/><w:sym/></w:r></w:p>',
    ],
)
def test_attributes_that_are_no_numbers_do_no_harm(body: str) -> None:
    lvl = '<w:lvl w:ilvl="q"><w:start w:val="99999999999"/><w:lvlRestart w:val="x"/></w:lvl>'
    levels = f'<w:abstractNum w:abstractNumId="0">{lvl}</w:abstractNum>'
    override = '<w:lvlOverride w:ilvl="y"><w:startOverride w:val="z"/></w:lvlOverride>'
    nums = f'<w:num w:numId="x"><w:abstractNumId w:val="0"/>{override}</w:num>'
    document = opened("a.docx", word_xml(body, {"word/numbering.xml": rooted("numbering", levels + nums)}))
    assert document.text.strip().startswith("湖州市")


def test_nesting_beyond_all_measure_is_refused() -> None:
    body = "<w:sdt><w:sdtContent>" * 100_000 + "</w:sdtContent></w:sdt>" * 100_000
    with pytest.raises(UnreadableDocument) as raised:
        read_document("a.docx", word_xml(body), Limits(ratio=1_000_000))
    assert raised.value.code == "damaged_file"


def test_a_long_table_is_read_in_time() -> None:
    row = "<w:tr>" + cell("湖州市", '<w:vMerge w:val="restart"/>') + cell("明德中学") + "</w:tr>"
    more = "<w:tr>" + cell("", "<w:vMerge/>") + cell("求是中学") + "</w:tr>"
    begin = time.process_time()
    document = opened("a.docx", word_xml(f"<w:tbl>{row}{more * 10_000}</w:tbl>"))
    assert document.merged is not None and len(document.merged) == 10_000 and time.process_time() - begin < 10


# Spreadsheets.


def test_numbers_days_and_percentages_are_as_printed() -> None:
    import datetime

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append([12.0, 0.1 + 0.2, 0.125, 0.5, datetime.date(2013, 2, 1), True, "甲\n乙", 12345678901234])
    sheet["C1"].number_format, sheet["D1"].number_format = "0.0%", "0%"
    assert opened("a.xlsx", saved(book)).text == "12\t0.3\t12.5%\t50%\t2013-02-01\tTRUE\t甲 乙\t12345678901234\n"


def test_a_sheet_ends_the_table_and_the_groups_of_the_sheet_before() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["2013年好新闻评选结果"], ["奖次", "作品名称", "作者"], ["一等奖", "《清明》", "王佳"]):
        sheet.append(row)
    other = book.create_sheet("备注")
    other.append(["二等奖", 3.5, "篇"])
    given = read(opened("a.xlsx", saved(book)))
    assert rows_of(given, "awards", "work_title", "prize", "page") == [("清明", "一等奖", 1)]
    assert ("unparsed", 2) in rows_of(given, "findings", "code", "page")


def test_hidden_sheets_and_rows_are_kept_and_said() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["地市", "学校名称"], ["湖州市", "明德中学"], ["湖州市", "求是中学"]):
        sheet.append(row)
    sheet.row_dimensions[3].hidden = True
    other = book.create_sheet("底稿")
    other.append(["绍兴市", "育才小学"])
    other.sheet_state = "hidden"
    document = opened("a.xlsx", saved(book))
    assert "求是中学" in document.text and "育才小学" in document.text
    assert [(f.code, document.text[slice(*f.span or (0, 0))].split()[-1]) for f in document.findings] == [
        ("hidden_cells", "求是中学"),
        ("hidden_cells", "育才小学"),
    ]


@pytest.mark.parametrize(
    ("name", "first", "text", "framed"),
    [
        ("湖州市", ["明德中学", "民办"], "湖州市\n明德中学\t民办\n", []),
        ("Sheet1", ["明德中学", "民办"], "明德中学\t民办\n", []),
        ("示范学校", ["2012年红十字示范学校名单"], "2012年红十字示范学校名单\n", []),
        ("汇总表", ["2012年红十字示范学校名单"], "汇总表\n2012年红十字示范学校名单\n", ["汇总表"]),
    ],
)
def test_the_name_of_a_sheet_is_kept_where_it_says_something(name: str, first: list[str], text: str, framed: list[str]) -> None:
    book = openpyxl.Workbook()
    book.active.title = name
    book.active.append(first)
    document = opened("a.xlsx", saved(book))
    assert document.text == text and [text[s.start : s.end] for s in document.furniture] == framed


def test_what_a_merged_cell_covers_is_left_out_and_said_unless_it_repeats_it() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["湖州市", "明德中学"], ["湖州市", "求是中学"], ["绍兴市", "育才小学"]):
        sheet.append(row)
    data = saved(book)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        old = package.read("xl/worksheets/sheet1.xml").decode()
    new = old.replace("</sheetData>", '</sheetData><mergeCells><mergeCell ref="A1:A3"/></mergeCells>')
    document = opened("a.xlsx", with_part(data, "xl/worksheets/sheet1.xml", new.encode()))
    assert document.text == "湖州市\t明德中学\n\t求是中学\n\t育才小学\n"
    assert [(f.code, f.params["text"]) for f in document.findings] == [("text_left_out", "绍兴市")]


def test_formulas_without_a_result_and_errors_are_said() -> None:
    book = openpyxl.Workbook()
    book.active.append(["合计", "=SUM(A1:A2)", "尾"])
    document = opened("a.xlsx", saved(book))
    assert document.text == "合计\t\t尾\n" and codes(document) == ["cell_without_value"]


def test_a_table_that_begins_in_the_middle_of_a_sheet_keeps_its_merged_cells() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for at, row in enumerate((["地市", "学校名称"], ["湖州市", "明德中学"], [None, "求是中学"]), 4):
        for column, value in enumerate(row, 3):
            sheet.cell(at, column).value = value
    sheet.merge_cells("C5:C6")
    document = opened("a.xlsx", saved(book))
    assert document.text == "\t\t地市\t学校名称\n\t\t湖州市\t明德中学\n\t\t\t求是中学\n"
    assert [document.text[s.start : s.end] for s in (document.merged or {}).values()] == ["湖州市"]


def far() -> bytes:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "甲", "乙"
    return saved(book)


def far_binary() -> bytes:
    """An .xlsb whose one sheet has a cell in the last row and column: a record is its kind, its size and its bytes."""

    def cell(row: int, column: int) -> bytes:
        return bytes((0, 4)) + row.to_bytes(4, "little") + bytes((1, 8)) + column.to_bytes(4, "little") + bytes(4)

    return made.packed({"xl/workbook.bin": "", "xl/worksheets/sheet1.bin": cell(0, 0) + cell(1_048_575, 16_383)})


def with_macros() -> bytes:
    return with_part(workbook([["甲", "乙"]]), "xl/vbaProject.bin", b"x")


def test_macros_of_a_workbook_are_said() -> None:
    assert codes(opened("a.xlsm", with_macros())) == ["macros_ignored"]


def repeated(rows: int, columns: int) -> bytes:
    return made.ods_xml(
        f'<table:table table:name="s"><table:table-row table:number-rows-repeated="{rows}"><table:table-cell '
        f'table:number-columns-repeated="{columns}"><text:p>甲</text:p></table:table-cell></table:table-row></table:table>'
    )


def test_repeated_cells_of_an_open_spreadsheet() -> None:
    assert opened("a.ods", repeated(2, 3)).text == "甲\t甲\t甲\n" * 2
    empty = made.ods_xml(
        '<table:table table:name="s"><table:table-row table:number-rows-repeated="1048576"><table:table-cell '
        'table:number-columns-repeated="16384"/></table:table-row></table:table>'
    )
    assert codes(opened("a.ods", empty)) == ["empty_document"]


SHEET_XML = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Worksheet ss:Name="Sheet1"><Table><Row><Cell><Data ss:Type="String">地市</Data></Cell>
<Cell><Data ss:Type="String">学校名称</Data></Cell></Row>
<Row><Cell ss:MergeDown="1"><Data ss:Type="String">湖州市</Data></Cell><Cell><Data ss:Type="String">明德中学</Data></Cell></Row>
<Row><Cell ss:Index="2"><Data ss:Type="String">求是中学</Data></Cell></Row></Table></Worksheet></Workbook>"""


def test_a_spreadsheet_that_is_xml_is_read() -> None:
    document = opened("a.xls", SHEET_XML.encode())
    assert document.text == "地市\t学校名称\n湖州市\t明德中学\n\t求是中学\n" and len(document.merged or {}) == 1


REFUSED = {
    "far_cell": ("a.xlsx", far(), "over_limit"),
    "far_binary": ("a.xlsb", far_binary(), "over_limit"),
    "far_repeats": ("a.ods", repeated(1_000_000, 16_000), "over_limit"),
    "swollen_xlsx": (
        "a.xlsx",
        with_part(workbook([["甲"]]), "xl/worksheets/sheet1.xml", b"<a>" + b"0" * 50_000_000 + b"</a>"),
        "over_limit",
    ),
    "swollen_ods": ("a.ods", with_part(repeated(1, 1), "content.xml", b"<a>" + b"0" * 50_000_000 + b"</a>"), "over_limit"),
    "cut_xlsx": ("a.xlsx", workbook([["甲"]])[:900], "damaged_file"),
    "cut_ods": ("a.ods", repeated(1, 1)[:200], "damaged_file"),
    "cut_xls": ("a.xls", made.xls([["甲"]])[:1500], "damaged_file"),
    "no_sheets": ("a.xlsx", made.packed({"xl/workbook.xml": "<a/>"}), "damaged_file"),
    "bad_sheet": (
        "a.xlsx",
        with_part(workbook([["甲"]]), "xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row"),
        "damaged_file",
    ),
    "encrypted_xls": ("a.xls", made.xls([["甲"]], encrypted=True), "encrypted_file"),
    "encrypted_office": ("a.docx", made.ole({"EncryptionInfo": b"x", "EncryptedPackage": b"x"}), "encrypted_file"),
    "encrypted_xlsx": ("a.xlsx", made.ole({"EncryptionInfo": b"x", "EncryptedPackage": b"x"}), "encrypted_file"),
    "encrypted_ods": (
        "a.ods",
        with_part(repeated(1, 1), "META-INF/manifest.xml", b"<a><encryption-data/></a>"),
        "encrypted_file",
    ),
    "flat_xml": ("a.doc", b'<?xml version="1.0"?><pkg:package xmlns:pkg="a"/>', "unsupported_format"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_hostile_spreadsheet_or_locked_file_is_refused_by_name(case: str) -> None:
    name, data, code = REFUSED[case]
    begin = time.process_time()
    with pytest.raises(UnreadableDocument) as raised:
        opened(name, data)
    assert raised.value.code == code and time.process_time() - begin < 5


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"])
@pytest.mark.parametrize("entity", ["bomb", "outside"])
def test_entities_in_a_workbook_are_harmless(part: str, entity: str) -> None:
    inside = (
        '<!ENTITY a "yyyyyyyyyy">'
        + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
        if entity == "bomb"
        else '<!ENTITY i SYSTEM "file:///etc/hostname">'
    )
    data = workbook([["甲", "乙"]])
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        old = package.read(part).decode()
    root = old[old.index("<", old.index("?>") + 2 if old.startswith("<?xml") else 0) :]
    name = root[1:].split(maxsplit=1)[0].rstrip(">")
    new = f"<!DOCTYPE x [{inside}]>{root}".replace("</" + name, "&i;</" + name)
    begin = time.process_time()
    try:
        text = opened("a.xlsx", with_part(data, part, new.encode())).text
    except UnreadableDocument as error:
        assert error.code == "damaged_file"
    else:
        assert text == "甲\t乙\n"
    assert time.process_time() - begin < 5


@pytest.mark.parametrize("ending", ["txt", "csv", "tsv", "html", "docx", "xlsx", "xls", "ods", "doc", "rtf", "odt", "wps"])
def test_an_empty_file_is_an_empty_document_or_refused(ending: str) -> None:
    try:
        document = opened(f"a.{ending}", b"")
    except UnreadableDocument as error:
        assert error.code == "damaged_file"
    else:
        assert codes(document) == ["empty_document"]


def test_more_sheets_than_allowed_are_refused() -> None:
    book = openpyxl.Workbook()
    book.create_sheet("二")
    with pytest.raises(UnreadableDocument) as raised:
        read_document("a.xlsx", saved(book), Limits(pages=1))
    assert raised.value.limit == "pages"
