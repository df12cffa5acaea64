"""Whole pages: the samples against rows checked by hand, and the same page in other clothes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from helpers import PAGE, SAMPLES, assert_honest, parse, rows_of

from pipeline import parse_text
from pipeline.model import Parsed
from pipeline.view import match_key

TEXT = PAGE.read_text("utf-8")
TABLES = {
    "articles": ("genre", "title", "issuer", "year"),
    "plan_items": ("section_no", "section_title", "item_no", "heading", "text"),
    "plan_targets": ("item_no", "text", "value", "unit", "qualifier", "hedge"),
    "speech_points": ("section_title", "marker", "text"),
    "schools": ("school", "honour", "group_heading", "city_code", "county_code"),
    "awards": ("category", "prize", "declared_count", "entry_no", "work_title", "form"),
    "award_authors": ("prize", "entry_no", "author", "unit"),
    "references": ("title", "doc_number", "alias"),
}


def folded(parsed: Parsed) -> dict[str, list[tuple[object, ...]]]:
    return {
        table: [tuple(match_key(v) if isinstance(v, str) else v for v in row) for row in rows_of(parsed, table, *columns)]
        for table, columns in TABLES.items()
    }


@pytest.fixture(scope="module")
def plain() -> dict[str, list[tuple[object, ...]]]:
    return folded(parse(TEXT))


def full_width(text: str, chars: str) -> str:
    return text.translate({ord(c): ord(c) + 0xFEE0 for c in chars})


def without_blank_lines(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if line.strip())


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(full_width(TEXT, ",:;()"), id="full-width punctuation"),
        pytest.param(full_width(TEXT, "0123456789"), id="full-width digits"),
        pytest.param(TEXT.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(TEXT.replace("\n\n", "\n\n\n\n"), id="blank lines doubled"),
        pytest.param(without_blank_lines(TEXT), id="blank lines removed"),
        pytest.param(TEXT.encode("gb18030"), id="GB18030"),
        pytest.param(TEXT.encode("utf-16"), id="UTF-16 with mark"),
        pytest.param(TEXT.encode("utf-16-le"), id="UTF-16 without mark"),
        pytest.param("\u3000\u3000" + TEXT.replace("\n\n", "\n\n\u3000\u3000"), id="ideographic indents"),
    ],
)
def test_the_same_page_in_other_clothes_gives_the_same_rows(
    other: str | bytes, plain: dict[str, list[tuple[object, ...]]]
) -> None:
    assert folded(parse(other)) == plain


@pytest.mark.parametrize("seed", range(200))
def test_a_page_cut_anywhere_is_read_to_its_end(seed: int) -> None:
    cut = random.Random(seed).randrange(len(TEXT))
    parse(TEXT[:cut])


def test_the_page(plain: dict[str, list[tuple[object, ...]]]) -> None:
    parsed = parse(TEXT)
    assert [a["genre"] for a in parsed.tables["articles"]] == ["work_plan", "speech", "school_list", "award_list"]
    assert parsed.tables["articles"][1]["continued_from_page"] == 1
    assert [r["item_no"] for r in parsed.tables["plan_items"]] == list(range(1, 17))
    assert [(t["item_no"], t["text"], int(t["value"]), t["hedge"]) for t in parsed.tables["plan_targets"]] == [
        (4, "力争超1.5亿元", 150_000_000, "力争"), (7, "10万名", 100_000, None), (7, "90万人次以上", 900_000, None),
        (9, "4.5万人份以上", 45_000, None), (9, "50例以上", 50, "争取"), (13, "40%以上", 40, "争取"), (13, "50%以上", 50, "争取"),
    ]
    assert "列入各级政府年度实事项目" in parsed.tables["plan_items"][6]["text"], "joined over the page break"
    assert parsed.tables["plan_items"][14]["heading"] is None
    assert parsed.tables["plan_items"][15]["text"].endswith("改进文风会风。"), "the closing paragraph is not swallowed"
    assert len(parsed.tables["schools"]) == 31
    assert len(parsed.tables["awards"]) == 15 and len(parsed.tables["award_authors"]) == 18
    codes = {(f["code"], f["line"]) for f in parsed.tables["findings"]}
    assert {("continued_from", 59), ("paragraph_repeated", 75), ("paragraph_repeated", 77), ("paragraph_repeated", 79),
            ("schools_before_group", 89), ("title_as_heading", 130), ("group_not_a_place", 158), ("count_mismatch", 214),
            ("work_without_author", 232), ("truncated", 234)} <= codes


def test_a_heading_never_leaks_past_the_heading_that_ends_it() -> None:
    parsed = parse(TEXT)
    schools = {r["school"]: r for r in parsed.tables["schools"]}
    carried = schools["绍兴文理学院附属中学"]
    assert carried.get("group_heading") is None
    assert (carried["honour"], carried["honour_origin"]) == ("红十字达标校", "carried")
    assert schools["浙江工商大学"].get("city") is None
    assert (schools["绍兴县安昌镇中学"]["county_code"], schools["绍兴县安昌镇中学"]["county_code_now"]) == (
        "330621", ["330602", "330603"])


def test_aliases_resolve_to_the_full_mention() -> None:
    references = parse(TEXT).tables["references"]
    full = next(r for r in references if r["alias"] == "国务院意见")
    short = [r for r in references if r["title"] == "国务院意见"]
    assert short and all(r["resolved_row_id"] == full["row_id"] for r in short)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
def test_samples_are_covered_and_honest(path: Path) -> None:
    parsed = parse_text(path.read_bytes())
    assert_honest(parsed)
    assert parsed.tables["documents"][0]["coverage"] == 1.0


def test_plan_with_responsible_units() -> None:
    parsed = parse((PAGE.parent / "county-plan-2015.txt").read_bytes())
    assert rows_of(parsed, "plan_items", "section_no", "item_no", "heading", "responsible_units") == [
        (None, 1, "总体目标", None),
        (2, 1, "健全应急救援体系", ["县红十字会", "县民政局", "县应急办"]),
        (2, 2, "深化救护培训进村居", ["县红十字会", "县卫生局"]),
        (2, 3, "规范人道救助", None),
        (2, 4, "加强组织建设", ["县红十字会", "县教育局"]),
        (3, 1, "加强组织领导", None),
        (3, 2, "强化督查考核", None),
    ]
    closing = [r["text"] for r in parsed.tables["paragraphs"] if r["kind"] == "closing"]
    assert len(closing) == 1 and closing[0].startswith("各乡镇（街道）红十字会要根据本计划")
    article = parsed.tables["articles"][0]
    assert (article["issuer"], article["year"], str(article["date"])) == ("云溪县红十字会", 2015, "2015-02-10")


def test_inline_school_list() -> None:
    parsed = parse((PAGE.parent / "school-list-inline.txt").read_bytes())
    assert rows_of(parsed, "schools", "school", "group_heading", "city", "county")[:7] == [
        ("南浔开发区实验学校", "湖州市", "湖州市", None),
        ("德清县乾元镇中心小学", "湖州市", "湖州市", "德清县"),
        ("安吉县昌硕高级中学", "湖州市", "湖州市", "安吉县"),
        ("海宁市紫微高级中学", "嘉兴市", "嘉兴市", "海宁市"),
        ("平湖市东湖小学", "嘉兴市", "嘉兴市", "平湖市"),
        ("龙泉市剑池小学", "丽水", "丽水市", "龙泉市"),
        ("景宁畲族自治县民族中学", "丽水", "丽水市", "景宁畲族自治县"),
    ]
    assert [(f["expected"], f["found"]) for f in parsed.tables["findings"] if f["code"] == "count_mismatch"] == [("4", "3")]


def test_one_line_awards_and_rolls() -> None:
    parsed = parse((PAGE.parent / "award-list-oneline.txt").read_bytes())
    assert rows_of(parsed, "award_authors", "prize", "author", "role", "unit") == [
        ("一等奖", "林晓东", "作者", "丽水市红十字会"), ("一等奖", "陈亚琴", "作者", "丽水市红十字会"),
        ("一等奖", "吴建华", "编辑", None), ("二等奖", "周敏", "作者", "嘉兴市红十字会"),
        ("二等奖", "何立新", "作者", "龙泉市红十字会"), ("二等奖", "徐涛", "作者", "台州日报社"),
        ("二等奖", "高飞", "作者", "台州日报社"), ("优秀奖", "本报记者", "作者", None),
        ("优秀奖", "郑海波", "作者", "舟山市红十字会"),
    ]
    assert rows_of(parsed, "honourees", "category", "name", "unit") == [
        ("优秀通讯员", "王志强", "杭州市红十字会"), ("优秀通讯员", "刘洋", "温州市红十字会"),
        ("优秀通讯员", "方小红", "德清县红十字会"), ("优秀通讯员", "陈国平", "金华市红十字会"),
        ("优秀通讯员", "李秀英", "金华市红十字会"), ("报道先进单位", "绍兴市红十字会", None),
        ("报道先进单位", "宁波市鄞州区红十字会", None),
    ]


def test_roster_with_roles_over_sections() -> None:
    parsed = parse((PAGE.parent / "committee-roster.txt").read_bytes())
    assert rows_of(parsed, "honourees", "role", "category", "name", "post")[2:6] == [
        ("副主任", None, "钱红梅", "浙江大学医学院附属医院副院长"),
        ("秘书长", None, "孙立群", "省红十字会赈济救护部部长"),
        ("委员", "单位委员", "周国强", "团省委青年发展部部长"),
        ("委员", "单位委员", "吴芳", "省教育厅体育卫生处副处长"),
    ]


def test_one_line_document_is_read_by_its_wide_gaps() -> None:
    filler = "各级红十字会认真履行职责，积极开展救护培训和人道救助，群众满意度不断提高。" * 12
    text = (
        f"各位代表：　　现在，我代表理事会报告工作。　　一、过去一年的工作 　　{filler}"
        "　　二、今年工作安排 　　一是强化培训。　　二是规范管理。"
    )
    parsed = parse(text)
    assert len(parsed.tables["lines"]) == 1
    assert rows_of(parsed, "speech_points", "section_title", "marker", "text") == [
        (None, "一、", "过去一年的工作\n" + filler),
        ("今年工作安排", "一是", "强化培训。"),
        ("今年工作安排", "二是", "规范管理。"),
    ]
