"""Web pages: the article as its text gives it, the frame of the page as furniture, nothing lost."""

from __future__ import annotations

from html import escape
from pathlib import Path

import pytest
from helpers import PAGE, SAMPLES, assert_honest, opened, parse, rows_of

from pipeline import batch, parse_text
from pipeline.ingest import open_document
from pipeline.ingest.sniff import kind_of
from pipeline.model import Parsed
from pipeline.parse import parse_document
from pipeline.rules import load_rules

FRAME = """<!DOCTYPE html><html><head><meta charset="utf-8">
<title>{title}_浙江省红十字会</title><style>p{{color:red}}</style></head>
<body><div class="nav"><a href="/">首页</a> <a href="/x">新闻中心</a></div>
<script>var 学校 = "隐藏小学";</script>
<div style="display:none">隐藏中学</div><h1 class="title">{title}</h1><div class="info">发布时间：2013-02-01</div>
<div class="TRS_Editor">{body}</div><div class="foot">版权所有：浙江省红十字会</div></body></html>"""
TABLES = ("plan_items", "plan_targets", "schools", "awards", "award_authors", "honourees", "speech_points")
KEYS = {
    "plan_items": ("section_no", "item_no", "heading", "level"), "plan_targets": ("item_no", "text", "value", "unit", "kind"),
    "schools": ("group_heading", "school", "city", "county", "honour"), "awards": ("prize", "entry_no", "work_title", "form"),
    "award_authors": ("prize", "entry_no", "author", "role", "unit"), "honourees": ("category", "role", "name", "post", "unit"),
    "speech_points": ("section_title", "marker", "heading"),
}


def read(page: str) -> Parsed:
    parsed = parse_document(opened("page.html", page.encode()), load_rules())
    assert_honest(parsed)
    return parsed


def framed(text: str, title: str = "通知公告") -> str:
    return FRAME.format(title=title, body="".join(f"<p>{escape(line)}</p>\n" for line in text.splitlines() if line.strip()))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
def test_a_sample_in_a_frame_gives_the_same_rows(path: Path) -> None:
    plain = parse(path.read_bytes())
    page = read(framed(plain.document.text))
    for table in TABLES:
        assert rows_of(page, table, *KEYS[table]) == rows_of(plain, table, *KEYS[table]), table


def test_what_the_frame_prints_is_furniture_and_what_it_hides_is_gone() -> None:
    page = read(framed("一、健全组织。年内建会15个。\n二、抓好培训。培训救护员20名。", "某市红十字会2013年工作要点"))
    roles = {r["text"]: r["role"] for r in page.tables["lines"]}
    assert roles["首页 新闻中心"] == roles["版权所有：浙江省红十字会"] == "furniture"
    assert roles["某市红十字会2013年工作要点"] == "title" and roles["发布时间：2013-02-01"] in ("source", "furniture")
    assert "隐藏" not in page.document.text
    assert [r["genre"] for r in page.tables["articles"]] == ["work_plan"] and page.document.media_type == "text/html"


def test_tables_give_a_line_a_row_and_merged_cells_stay_one() -> None:
    page = read(FRAME.format(title="2013年好新闻评选结果", body="""<table>
        <tr><th>序号</th><th>奖次</th><th>作品名称</th><th>作者</th></tr>
        <tr><td>1</td><td rowspan="2">一等奖</td><td>《清明》</td><td>王佳</td></tr>
        <tr><td>2</td><td>《夜<br>航》</td><td>李明华</td></tr>
        <tr><td>3</td><td>二等奖</td><td>《归来》</td><td>陈红</td></tr></table>"""))
    assert rows_of(page, "awards", "prize", "entry_no", "work_title") == [
        ("一等奖", 1, "清明"), ("一等奖", 2, "夜 航"), ("二等奖", 3, "归来")]
    assert rows_of(page, "award_authors", "author") == [("王佳",), ("李明华",), ("陈红",)]


def test_a_table_that_lays_out_the_page_is_no_table() -> None:
    page = opened("a.html", "<table><tr><td><p>湖州市</p><p>南浔中学</p></td></tr></table>".encode())
    assert page.text == "湖州市\n南浔中学\n"


def test_numbers_of_ordered_lists_are_in_the_text() -> None:
    page = opened("a.html", "<ol start=3><li>办好培训</li><li>加强宣传</li></ol>".encode())
    assert page.text == "3.办好培训\n4.加强宣传\n"


def test_short_lines_breaks_and_spaces() -> None:
    page = opened("a.html", "<div>湖州市<br>南浔\n 中学</div><div>　　德清&nbsp;中学</div>无标签".encode("gb18030"))
    assert page.text == "湖州市\n南浔 中学\n　　德清\u00a0中学\n无标签\n" and page.encoding == "gb18030"


def test_without_a_known_container_the_whole_page_is_read() -> None:
    page = opened("a.html", "<body><div>菜单</div><div id=zoom>短</div><p>湖州市实验小学校红十字会</p></body>".encode())
    assert page.text == "菜单\n短\n湖州市实验小学校红十字会\n" and page.furniture == ()


def test_deep_nesting_is_read_to_its_end() -> None:
    page = opened("a.html", ("<div>" * 20_000 + "湖州市" + "</div>" * 20_000).encode())
    assert page.text == "湖州市\n"


@pytest.mark.parametrize(("name", "data", "answer"), [
    ("a.htm", b"", True), ("a.txt", b"<html><body>", True), ("a", b"<p><span>1</span></p><p>2</p>", True),
    ("a.txt", b"</", False),
    ("a.txt", "一、会议<br>".encode(), False),
])
def test_what_is_a_page(name: str, data: bytes, answer: bool) -> None:
    assert (kind_of(name, data) == "html") is answer


def test_pages_and_texts_in_one_batch(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "page.html").write_text(framed(PAGE.read_text("utf-8")), "utf-8")
    (tmp_path / "in" / "empty.html").write_text("<html><body></body></html>", "utf-8")
    (tmp_path / "in" / "list.txt").write_text("2012年红十字示范学校名单\n湖州市\n湖州市实验小学\n", "utf-8")
    result = batch.run([tmp_path / "in"], tmp_path / "out")
    assert result.exit_code == 0 and {d.path for d in result.documents} == {"page.html", "empty.html", "list.txt"}
    assert result.rows["schools"] == 1 + len(parse_text(PAGE.read_bytes()).tables["schools"])


def test_open_document_names_the_reader(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<p>红十字会</p>", "utf-8")
    document = open_document(tmp_path / "a.html")
    assert document.media_type == "text/html" and document.extractor.startswith("html/2 selectolax ")
