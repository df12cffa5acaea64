"""Web pages: the article as its text gives it, the frame of the page as furniture, nothing lost."""

from __future__ import annotations

import time
from pathlib import Path

import made
import pytest
from helpers import PAGE, SAMPLES, opened, parse, rows_of
from made import FRAMES, KEYS, OUTSIDE, TABLES

from pipeline import batch, parse_text
from pipeline.ingest import open_document
from pipeline.ingest.decode import decode
from pipeline.ingest.errors import UnreadableDocument
from pipeline.ingest.html import _rules
from pipeline.ingest.sniff import kind_of
from pipeline.model import Document, Parsed

# Short lines, headings, an entry, a signature: what extractors by density lose.
ITEMS = (
    "湖州市",
    "南浔中学",
    "德清中学",
    "一、健全组织",
    "1.年内建会15个。",
    "绍兴市：",
    "春晖中学",
    "（一）抓好培训",
    "作者：王佳",
    "二等奖（2件）",
    "《清明》",
    "附件：名单",
    "某市红十字会",
    "2013年3月1日",
)
TITLE = "某市红十字会2013年工作要点"
BODIES = {
    "p": "".join(f"<p>{i}</p>" for i in ITEMS),
    "div": "".join(f"<div>{i}</div>" for i in ITEMS),
    "br": "<br/>".join(ITEMS),
    "span": "".join(f"<p><span style='color:red'>{i[:1]}</span><font>{i[1:]}</font></p>" for i in ITEMS),
}


def read(page: str) -> Parsed:
    return made.read(opened("page.html", page.encode()))


def text_of(page: str) -> str:
    return opened("a.html", page.encode()).text


def furniture(document: Document) -> list[str]:
    return [document.text[s.start : s.end] for s in document.furniture]


def left_out(page: str) -> list[tuple[str, str]]:
    return [(f.params["text"], f.params["count"]) for f in opened("a.html", page.encode()).findings if f.code == "text_left_out"]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
def test_a_sample_in_a_frame_gives_the_same_rows(path: Path) -> None:
    plain = parse(path.read_bytes())
    page = read(made.framed(plain.document.text))
    for table in TABLES:
        assert rows_of(page, table, *KEYS[table]) == rows_of(plain, table, *KEYS[table]), table


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("frame", [*FRAMES, "unknown"])
def test_every_item_is_a_line_and_only_the_frame_is_furniture(frame: str, body: str) -> None:
    document = opened("a.html", made.page(BODIES[body], TITLE, frame).encode())
    outside = furniture(document)
    lines = [line for line in document.text.splitlines() if line not in outside]
    assert [line for line in lines if line in ITEMS] == list(ITEMS)
    assert [line for line in lines if line not in ITEMS] in ([TITLE], [TITLE, made.INFO])
    assert all(any(word in line for line in outside) for word in OUTSIDE)


@pytest.mark.parametrize("frame", [*FRAMES, "unknown"])
def test_the_line_under_the_title_tells_date_and_source(frame: str) -> None:
    said = opened("a.html", made.page(BODIES["p"], TITLE, frame).encode()).publication
    assert (said.published, said.publisher, said.author) == ("2013-02-01", "某市红十字会", None)


def test_meta_tags_tell_of_the_publication_before_the_lines_do() -> None:
    tags = {
        "ArticleTitle": " 关于表彰的决定 ",
        "PubDate": "2013-02-05 10:30",
        "ContentSource": "省红十字会",
        "Author": "王佳",
        "Url": "/art/1.html",
    }
    meta = "".join(f'<meta name="{k}" content="{v}">' for k, v in tags.items()) + '<meta property="og:title" content="别的">'
    page = made.page(BODIES["p"]).replace("</head>", meta + "</head>")
    said = opened("a.html", page.encode()).publication
    assert (said.title, said.published, said.publisher, said.author, said.url) == (
        "关于表彰的决定",
        "2013-02-05 10:30",
        "省红十字会",
        "王佳",
        "/art/1.html",
    )


def test_an_author_in_the_text_is_not_the_author_of_the_page() -> None:
    assert opened("a.html", "<body><p>一等奖</p><p>《清明》</p><p>作者：王佳</p></body>".encode()).publication.author is None


def test_what_the_frame_prints_is_furniture_and_what_it_hides_is_said() -> None:
    page = read(made.framed("一、健全组织。年内建会15个。\n二、抓好培训。培训救护员20名。", TITLE))
    roles = {r["text"]: r["role"] for r in page.tables["lines"]}
    assert roles["首页 新闻中心 组织机构"] == roles["版权所有：浙江省红十字会"] == "furniture"
    assert roles[TITLE] == "title" and roles[made.INFO] in ("source", "furniture")
    assert "隐藏" not in page.document.text
    assert [r["genre"] for r in page.tables["articles"]] == ["work_plan"] and page.document.media_type == "text/html"
    assert [f["message_zh"][:6] for f in page.tables["findings"] if f["code"] == "text_left_out"] == ["“隐藏中学”"]


@pytest.mark.parametrize(
    "attribute",
    [
        'style="display:none"',
        'style="DISPLAY : none ;"',
        'style="color:red;display:none!important"',
        "hidden",
        'aria-hidden="true"',
        'style="visibility: hidden"',
        'style="font-size:0px"',
        'style="position:absolute;left:-9999px"',
    ],
)
def test_hidden_text_is_left_out_and_said_with_its_length(attribute: str) -> None:
    page = f"<p>湖州市</p><div {attribute}>澳门赌场<b>开户</b></div><p>德清中学</p>"
    assert text_of(page) == "湖州市\n德清中学\n" and left_out(page) == [("澳门赌场开户", "6")]


@pytest.mark.parametrize(
    "attribute", ['style="display:block"', 'style="font-size:0.9em"', 'class="hidden-xs"', 'aria-hidden="false"']
)
def test_what_only_looks_hidden_is_kept(attribute: str) -> None:
    assert text_of(f"<div {attribute}>德清中学</div>") == "德清中学\n"


def test_a_container_that_a_script_unveils_is_text_and_a_hidden_one_is_not() -> None:
    page = '<body><div>菜单</div><div id="js_content" style="{}"><p>湖州市</p><p>明德中学</p></div></body>'
    assert text_of(page.format("visibility: hidden; opacity: 0; ")) == "菜单\n湖州市\n明德中学\n"
    assert text_of(page.format("display:none")) == "菜单\n"


def test_a_body_that_is_hidden_is_an_empty_document_that_says_so() -> None:
    document = opened("a.html", '<body style="display:none"><p>湖州市</p></body>'.encode())
    assert [f.code for f in document.findings] == ["text_left_out", "empty_document"]


def test_a_table_of_data_inside_one_that_lays_out_the_page_keeps_its_columns() -> None:
    inner = "<table><tr><td>地市</td><td>学校</td></tr><tr><td>湖州市</td><td>明德中学</td></tr></table>"
    assert text_of(f"<table><tr><td>菜单</td><td>{inner}</td></tr></table>") == "菜单\n地市\t学校\n湖州市\t明德中学\n"


def test_readings_and_note_marks_are_left_out_and_said() -> None:
    page = "<p><ruby>绍<rt>shào</rt></ruby>兴市<sup>[1]</sup>实验小学<sup>①</sup>，占地3m<sup>2</sup></p>"
    assert text_of(page) == "绍兴市实验小学，占地3m2\n"
    assert left_out(page) == [("shào", "4"), ("[1]", "3"), ("①", "1")]


def test_frames_are_not_followed_and_said() -> None:
    document = opened("a.html", b"<html><frameset><frame src='http://127.0.0.1:9/a.html'></frameset></html>")
    assert {f.code for f in document.findings} == {"content_elsewhere", "empty_document"}


def test_tables_give_a_line_a_row_and_merged_cells_stay_one() -> None:
    page = read(
        made.page(
            """<table><caption>评选结果</caption>
        <tr><th>序号</th><th>奖次</th><th>作品名称</th><th>作者</th></tr>
        <tr><td>1</td><td rowspan="2">一等奖</td><td>《清明》</td><td>王佳</td></tr>
        <tr><td>2</td><td>《夜<br>航》</td><td>李<b>明</b>华</td></tr>
        <tr><td>3</td><td>二等奖</td><td>《归来》</td><td>陈红</td></tr></table>""",
            "2013年好新闻评选结果",
        )
    )
    assert rows_of(page, "awards", "prize", "entry_no", "work_title") == [
        ("一等奖", 1, "清明"),
        ("一等奖", 2, "夜 航"),
        ("二等奖", 3, "归来"),
    ]
    assert rows_of(page, "award_authors", "author") == [("王佳",), ("李明华",), ("陈红",)]
    assert "评选结果\n序号\t" in page.document.text


@pytest.mark.parametrize(
    "cell",
    [
        "<p>湖州市</p><p>南浔中学</p>",
        "<h2>湖州市</h2>南浔中学",
        "<table><tr><td>湖州市</td></tr><tr><td>南浔中学</td></tr></table>",
    ],
)
def test_a_table_that_lays_out_the_page_is_no_table(cell: str) -> None:
    page = f"<table><tr><td>菜单</td><td>{cell}</td></tr></table>"
    assert text_of(page) == "菜单\n湖州市\n南浔中学\n"


def test_a_column_of_sentences_beside_a_menu_keeps_its_lines() -> None:
    text = "".join(f"<p>{i}、健全组织，加强管理。</p>" for i in "一二三四")
    page = f"<table><tr><td>甲</td><td>乙</td></tr><tr><td>菜单</td><td>{text}</td></tr></table>"
    assert [line for line in text_of(page).splitlines() if line.endswith("管理。")] == [
        f"{i}、健全组织，加强管理。" for i in "一二三四"
    ]


def test_numbers_of_ordered_lists_are_in_the_text() -> None:
    assert (
        text_of("<ol start=3><li>办好培训</li><li>加强宣传</li><li value=9>健全组织</li></ol>")
        == "3.办好培训\n4.加强宣传\n9.健全组织\n"
    )


def test_short_lines_breaks_and_spaces() -> None:
    page = opened("a.html", "<div>湖州市<br>南浔\n 中学</div><div>　　德清&nbsp;中学</div>无标签<img alt='图'>".encode("gb18030"))
    assert page.text == "湖州市\n南浔 中学\n　　德清\u00a0中学\n无标签\n" and page.encoding == "gb18030"


def test_lists_of_terms_and_preformatted_text_keep_their_lines() -> None:
    assert (
        text_of("<dl><dt>湖州市</dt><dd>明德中学</dd></dl><pre>绍兴市\n  育才小学\n</pre>")
        == "湖州市\n明德中学\n绍兴市\n  育才小学\n"
    )


def test_a_text_split_over_containers_side_by_side_is_whole() -> None:
    parts = "".join(f'<div class="TRS_Editor"><p>{line}</p></div>' for line in ("一、健全组织", "二、抓好培训", "三、加强宣传"))
    document = opened("a.html", f"<body><div>菜单栏目</div>{parts}</body>".encode())
    assert furniture(document) == ["菜单栏目"] and document.text == "菜单栏目\n一、健全组织\n二、抓好培训\n三、加强宣传\n"


def test_a_short_article_beside_many_links_is_still_the_article() -> None:
    menu = "".join(f"<a href=/{i}>栏目名称之{i}</a>" for i in range(60))
    document = opened("a.html", f"<body><div>{menu}</div><div id=zoom><p>湖州市</p><p>明德中学</p></div></body>".encode())
    assert document.text.splitlines()[1:] == ["湖州市", "明德中学"] and len(furniture(document)) == 1


def test_without_a_known_container_the_whole_page_is_read() -> None:
    page = opened("a.html", "<body><div>菜单</div><div id=zoom>短</div><p>湖州市实验小学校红十字会</p></body>".encode())
    assert page.text == "菜单\n短\n湖州市实验小学校红十字会\n" and page.furniture == ()


def test_a_list_of_links_by_no_frame_name_stays_text() -> None:
    schools = "".join(f"<p><a href=/{i}>第{i}中学</a></p>" for i in "一二三")
    assert opened("a.html", f"<body><div class=list>{schools}</div></body>".encode()).furniture == ()


# Encodings: what a page declares settles a tie and nothing else.


@pytest.mark.parametrize(
    ("declared", "encoding"), [("gb2312", "utf-8"), ("utf-8", "gb18030"), ("utf-8", "utf-16"), ("big5", "gb18030")]
)
def test_a_page_that_declares_another_encoding_is_read_by_its_bytes(declared: str, encoding: str) -> None:
    page = f"<html><head><meta charset={declared}></head><body><p>湖州市实验小学红十字会</p></body></html>"
    assert opened("a.html", page.encode(encoding)).text == "湖州市实验小学红十字会\n"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_lost_byte_among_many_tags_does_not_change_the_encoding(encoding: str) -> None:
    data = ("<div class='abc'><span>" * 30 + "湖州市实验小学红十字会，德清县中学。" * 4 + "</span></div>" * 30).encode(encoding)
    at = data.index("德".encode(encoding))
    document = opened("a.html", data[:at] + data[at + 1 :])
    assert document.encoding == encoding and document.text.startswith("湖州市实验小学红十字会")


def test_a_declared_encoding_settles_a_tie() -> None:
    data = "國".encode("big5")  # the same two bytes are 瓣 in GB18030
    assert (decode(data).text, decode(data).runner_up) == ("瓣", "big5hkscs")
    assert (decode(data, "Big5").text, decode(data, "Big5").runner_up) == ("國", None)
    assert decode("湖州市红十字会".encode("gb18030"), "big5").encoding == "gb18030"


# Kinds of files that hold a page.


@pytest.mark.parametrize(
    ("name", "data", "answer"),
    [
        ("a.htm", b"", True),
        ("a.txt", b"<html><body>", True),
        ("a", b"<p><span>1</span></p><p>2</p>", True),
        ("a.txt", b"</", False),
        ("a.xls", b"<table border=1><tr><td>1</td></tr></table>", True),
        ("a.txt", "一、会议<br>".encode(), False),
    ],
)
def test_what_is_a_page(name: str, data: bytes, answer: bool) -> None:
    assert (kind_of(name, data) == "html") is answer


def mime(page: str, encoding: str = "gb18030") -> bytes:
    from base64 import encodebytes

    head = (
        'MIME-Version: 1.0\nContent-Type: multipart/related; boundary="x"\n\n--x\nContent-Location: a.htm\n'
        f'Content-Transfer-Encoding: base64\nContent-Type: text/html; charset="{encoding}"\n\n'
    )
    return head.encode() + encodebytes(page.encode(encoding)) + b"\n--x--\n"


def test_a_page_saved_as_one_file_under_a_word_ending_is_read() -> None:
    document = opened("a.doc", mime("<html><body><p>湖州市实验小学红十字会</p></body></html>"))
    assert document.text == "湖州市实验小学红十字会\n" and document.media_type == "multipart/related"


@pytest.mark.parametrize(
    "data",
    [
        b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=x\n\n--x\nContent-Type: image/png\n\nabc\n--x--\n",
        b"MIME-Version: 1.0\n"
        + b"".join(b"Content-Type: multipart/related; boundary=%d\n\n--%d\n" % (i, i) for i in range(5000)),
    ],
)
def test_a_mime_file_without_a_page_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableDocument) as raised:
        opened("a.doc", data)
    assert raised.value.code == "damaged_file"


# Hostile pages: nothing lost, in time that grows with the size of the page.


HOSTILE = {
    "nested": ("<div>" * 20_000 + "湖州市" + "</div>" * 20_000, 3),
    "containers": ("<article>" * 20_000 + "湖州市", 3),
    "tables": ("<table><tr><td>" * 20_000 + "湖州市", 3),
    "one_line": ("<p>" + "湖州市南浔中学" * 240_000 + "</p>", 1_680_000),
    "short_lines": ("<div id=zoom>" + "<p>南浔中学</p>" * 60_000 + "</div>", 240_000),
    "titles": ("<h1 class=title>名单</h1>" * 20_000 + "<div id=zoom><p>南浔中学</p></div>", 40_004),
    "cells": ("<table>" + ("<tr>" + "<td>甲</td>" * 5 + "</tr>") * 10_000 + "</table>", 50_000),
    "spans": ("<table>" + "<tr><td colspan=1000000 rowspan=1000000>甲</td><td>乙</td></tr>" * 2_000 + "</table>", 4_000),
    "hidden": ("<div style='display : none'>隐藏</div>" * 20_000 + "<p>甲</p>", 1),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_page_is_read_to_its_end_in_time(case: str) -> None:
    page, count = HOSTILE[case]
    begin = time.process_time()
    document = opened("a.html", page.encode())
    assert time.process_time() - begin < 12
    assert sum("\u4e00" <= char <= "\u9fff" for char in document.text) == count
    assert len(document.findings) <= 60


def test_an_unclosed_soup_of_tags_loses_no_text() -> None:
    assert sorted(text_of("<p><b><table><tr>甲<td>乙<span>丙").replace("\n", "").replace("\t", "")) == ["丙", "乙", "甲"]


def test_the_rules_of_pages_hold_their_own_examples() -> None:
    import regex

    rules = _rules()
    hidden = regex.compile(rules["hidden"]["style"])
    assert all(hidden.search(e) for e in rules["hidden"]["examples"]) and not any(
        hidden.search(e) for e in rules["hidden"]["non_examples"]
    )
    mark = regex.compile(rules["note_mark"]["pattern"])
    assert all(mark.fullmatch(e) for e in rules["note_mark"]["examples"])
    assert not any(mark.fullmatch(e) for e in rules["note_mark"]["non_examples"])
    for rule in rules["frame_line"]:
        pattern = regex.compile(rule["pattern"])
        assert all(pattern.search(e) for e in rule["examples"]), rule["why"]
        assert not any(pattern.search(e) for e in rule["non_examples"]), rule["why"]


def test_pages_and_texts_in_one_batch(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "page.html").write_text(made.framed(PAGE.read_text("utf-8")), "utf-8")
    (tmp_path / "in" / "empty.html").write_text("<html><body></body></html>", "utf-8")
    (tmp_path / "in" / "list.txt").write_text("2012年红十字示范学校名单\n湖州市\n湖州市实验小学\n", "utf-8")
    result = batch.run([tmp_path / "in"], tmp_path / "out")
    assert result.exit_code == 0 and {d.path for d in result.documents} == {"page.html", "empty.html", "list.txt"}
    assert result.rows["schools"] == 1 + len(parse_text(PAGE.read_bytes()).tables["schools"])


def test_open_document_names_the_reader(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<p>红十字会</p>", "utf-8")
    document = open_document(tmp_path / "a.html")
    assert document.media_type == "text/html" and document.extractor.startswith("html/2 selectolax ")


def test_text_of_drawings_is_left_out_and_said() -> None:
    page = opened("a.html", "<p>湖州市</p><svg><text>某某小学</text></svg><canvas>某某中学</canvas><p>嘉兴市</p>".encode())
    assert page.text == "湖州市\n嘉兴市\n" and {f.code for f in page.findings} == {"text_left_out"}
