"""One text in every format that holds text: the same rows, whatever the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import made
import pytest
from helpers import PAGE, opened, parse, rows_of
from made import KEYS, TABLES, read

from pipeline.model import Parsed

# Shaped like the newspaper page of raw_docs: its plan, then a list of schools by city, then prizes.
TEXT = PAGE.read_text("utf-8")
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "utf-16")
MERGED: list[made.Row] = [
    ["序号", "地市", "学校名称", "备注"],
    ["1", ("湖州市", 3), "明德中学", "民办"],
    ["2", None, "求是中学", ""],
    ["3", None, "春晖小学", ""],
    ["4", ("绍兴市", 2), "育才小学", ""],
    ["5", None, "文澜中学", ""],
    ["6", "", "滨江小学", ""],
]
TWO_COLUMNS: list[made.Row] = [[row[1], row[2]] for row in MERGED]
TITLE = "2012年浙江省红十字示范学校名单"


def in_format(ending: str, folder: Path) -> bytes:
    lines = "\n".join(line for line in TEXT.splitlines() if line.strip())
    if ending in ENCODINGS:
        return TEXT.encode(ending)
    if ending == "html":
        return made.framed(TEXT).encode()
    if ending == "xlsx":
        return made.workbook([[line] for line in lines.splitlines()])
    return made.word(lines) if ending == "docx" else made.converted(made.word(lines), ending, folder)


def assert_same_rows(given: Parsed, wanted: Parsed) -> None:
    for table in TABLES:
        assert rows_of(given, table, *KEYS[table]) == rows_of(wanted, table, *KEYS[table]), table


@pytest.mark.parametrize("ending", [*ENCODINGS, "html", "docx", "xlsx", "doc", "rtf", "odt"])
def test_the_newspaper_page_gives_the_same_rows(ending: str, tmp_path: Path) -> None:
    wanted = parse(TEXT)
    assert len(wanted.tables["plan_items"]) >= 16 and wanted.tables["schools"] and wanted.tables["awards"]
    name = f"a.{'txt' if ending in ENCODINGS else ending}"
    assert_same_rows(read(opened(name, in_format(ending, tmp_path))), wanted)


def doc_of(rows: list[made.Row], folder: Path, ending: str) -> bytes:
    return made.converted(made.word_table(TITLE, rows), ending, folder)


MAKERS: dict[str, Callable[[list[made.Row], Path], bytes]] = {
    "html": lambda rows, _folder: made.page(made.html_table(rows), TITLE).encode(),
    "docx": lambda rows, _folder: made.word_table(TITLE, rows),
    "xlsx": lambda rows, _folder: made.workbook(rows, TITLE),
    "xls": lambda rows, _folder: made.xls(rows, TITLE),
    "ods": lambda rows, _folder: made.ods(rows, TITLE),
    "doc": lambda rows, folder: doc_of(rows, folder, "doc"),
    "rtf": lambda rows, folder: doc_of(rows, folder, "rtf"),
    "odt": lambda rows, folder: doc_of(rows, folder, "odt"),
}


@pytest.mark.parametrize("ending", MAKERS)
@pytest.mark.parametrize("rows", [MERGED, TWO_COLUMNS], ids=["numbered", "two_columns"])
def test_a_merged_city_reaches_every_row_of_its_schools_and_no_other(ending: str, rows: list[made.Row], tmp_path: Path) -> None:
    parsed = read(opened(f"a.{ending}", MAKERS[ending](rows, tmp_path)))
    assert rows_of(parsed, "schools", "school", "city", "city_origin") == [
        ("明德中学", "湖州市", "inherited"),
        ("求是中学", "湖州市", "inherited"),
        ("春晖小学", "湖州市", "inherited"),
        ("育才小学", "绍兴市", "inherited"),
        ("文澜中学", "绍兴市", "inherited"),
        ("滨江小学", None, None),
    ]
    text = parsed.document.text
    evidence = [text[e["span_start"] : e["span_end"]] for (e,) in rows_of(parsed, "schools", "city_evidence") if e]
    assert evidence == ["湖州市"] * 3 + ["绍兴市"] * 2


AWARDS: list[made.Row] = [
    ["序号", "奖次", "作品名称", "作者", "单位"],
    ["1", ("一等奖", 2), "《清明》", "王佳", ("绍兴市红十字会", 2)],
    ["2", None, "《夜航》", "李明华", None],
    [("3", 2), ("二等奖", 2), ("《远行》", 2), "张立", "宁波市红十字会"],
    [None, None, None, "赵强", "湖州日报社"],
]


@pytest.mark.parametrize("ending", ["html", "docx", "xlsx", "xls", "ods"])
def test_merged_prizes_units_and_works_with_several_rows_of_authors(ending: str, tmp_path: Path) -> None:
    rows = AWARDS
    parsed = read(
        opened(
            f"a.{ending}",
            {
                "html": lambda: made.page(made.html_table(rows), "2013年好新闻评选结果").encode(),
                "docx": lambda: made.word_table("2013年好新闻评选结果", rows),
                "xlsx": lambda: made.workbook(rows, "2013年好新闻评选结果"),
                "xls": lambda: made.xls(rows, "2013年好新闻评选结果"),
                "ods": lambda: made.ods(rows, "2013年好新闻评选结果"),
            }[ending](),
        )
    )
    assert rows_of(parsed, "awards", "prize", "prize_origin", "entry_no", "work_title") == [
        ("一等奖", "stated", 1, "清明"),
        ("一等奖", "inherited", 2, "夜航"),
        ("二等奖", "stated", 3, "远行"),
    ]
    assert rows_of(parsed, "award_authors", "author", "unit", "unit_origin") == [
        ("王佳", "绍兴市红十字会", "stated"),
        ("李明华", "绍兴市红十字会", "inherited"),
        ("张立", "宁波市红十字会", "stated"),
        ("赵强", "湖州日报社", "stated"),
    ]


def test_an_author_merged_over_two_works_is_credited_on_both() -> None:
    rows: list[made.Row] = [
        ["序号", "奖次", "作品名称", "作者"],
        ["1", "一等奖", "《清明》", ("王佳", 2)],
        ["2", "二等奖", "《夜航》", None],
    ]
    parsed = read(opened("a.html", made.page(made.html_table(rows), "2013年好新闻评选结果").encode()))
    assert sorted(rows_of(parsed, "award_authors", "prize", "author", "author_origin")) == [
        ("一等奖", "王佳", "stated"),
        ("二等奖", "王佳", "inherited"),
    ]
    assert len({row["row_id"] for row in parsed.tables["award_authors"]}) == 2


def test_a_header_of_two_lines_is_read_by_its_lower_labels() -> None:
    table = (
        "<table><tr><td rowspan=2>序号<td rowspan=2>奖次<td rowspan=2>作品名称<td colspan=2>作者信息</tr>"
        "<tr><td>作者<td>单位</tr><tr><td>1<td>一等奖<td>《清明》<td>王佳<td>绍兴市红十字会</tr></table>"
    )
    parsed = read(opened("a.html", made.page(table, "2013年好新闻评选结果").encode()))
    assert rows_of(parsed, "award_authors", "author", "unit") == [("王佳", "绍兴市红十字会")]
    assert rows_of(parsed, "awards", "work_title") == [("清明",)]


def test_several_schools_in_one_cell_are_a_row_each_and_said() -> None:
    rows: list[made.Row] = [["地市", "学校名称"], ["湖州市", "明德中学、求是中学"], ["杭州市", "杭州师范大学 附属小学"]]
    parsed = read(opened("a.html", made.page(made.html_table(rows), TITLE).encode()))
    assert rows_of(parsed, "schools", "school", "city") == [
        ("明德中学", "湖州市"),
        ("求是中学", "湖州市"),
        ("杭州师范大学 附属小学", "杭州市"),
    ]
    assert [f["code"] for f in parsed.tables["findings"] if f["table"] == "schools"] == ["cell_several"]


# Text tables: what is quoted, what is a list, how the file is encoded.

QUOTED = (
    '序号,奖次,作品名称,作者,单位\r\n1,一等奖,"《清明,\r\n在路上》","王佳、李明",绍兴市红十字会\r\n'
    '2,二等奖,《夜航》,李明华,"宁波市红十字会,办公室"\r\n'
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_quoted_field_keeps_its_commas_and_lists_stay_in_their_cell(encoding: str) -> None:
    data = ("2013年好新闻评选结果\r\n" + QUOTED.replace("\r\n在路上", "在路上")).encode(encoding)
    parsed = read(opened("a.csv", data))
    assert rows_of(parsed, "awards", "prize", "entry_no", "work_title") == [("一等奖", 1, "清明,在路上"), ("二等奖", 2, "夜航")]
    assert rows_of(parsed, "award_authors", "author") == [("王佳",), ("李明",), ("李明华",)]
    assert parsed.document.media_type == "text/csv"


def test_a_quoted_field_with_a_line_break_is_one_cell() -> None:
    broken = QUOTED.replace("王佳、李明", "王佳\r\n李明").replace("办公室", "\r\n办公室")
    parsed = read(opened("a.csv", ("2013年好新闻评选结果\r\n" + broken).encode()))
    assert rows_of(parsed, "awards", "prize", "entry_no", "work_title") == [("一等奖", 1, "清明,在路上"), ("二等奖", 2, "夜航")]
    assert rows_of(parsed, "award_authors", "author") == [("王佳",), ("李明",), ("李明华",)]
    assert {row["role"] for row in parsed.tables["lines"]} == {"title", "table_header", "entry"}


def test_tab_separated_text_names_its_media_type() -> None:
    parsed = read(opened("a.tsv", f"{TITLE}\n地市\t学校名称\n湖州市\t明德中学\n绍兴市\t育才小学\n".encode()))
    assert rows_of(parsed, "schools", "school", "city") == [("明德中学", "湖州市"), ("育才小学", "绍兴市")]
    assert parsed.document.media_type == "text/tab-separated-values"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.xls", "html"),
        ("a.xls", "tsv"),
        ("a.doc", "html"),
        ("a.txt", "docx"),
        ("a.doc", "docx"),
        ("a.docx", "xlsx"),
        ("a.wps", "docx"),
    ],
)
def test_a_file_with_another_ending_is_read_as_what_it_is(name: str, kind: str) -> None:
    rows: list[made.Row] = [["地市", "学校名称"], ["湖州市", "明德中学"], ["绍兴市", "育才小学"]]
    data = {
        "html": lambda: (
            f"<html><head><meta charset=gb2312></head><body><p>{TITLE}</p>{made.html_table(rows)}</body></html>".encode("gb18030")
        ),
        "tsv": lambda: (TITLE + "\n" + "\n".join("\t".join(str(c) for c in row) for row in rows)).encode("gb18030"),
        "docx": lambda: made.word_table(TITLE, rows),
        "xlsx": lambda: made.workbook(rows, TITLE),
    }[kind]()
    assert rows_of(read(opened(name, data)), "schools", "school", "city") == [("明德中学", "湖州市"), ("育才小学", "绍兴市")]
