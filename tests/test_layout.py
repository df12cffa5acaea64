"""Reading order and paragraphs of printed pages: pages are put together here piece by piece."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ingest.layout import Composed, Page, Piece, Ruling, compose

WIDTH, HEIGHT, SIZE, PITCH = 600.0, 840.0, 10.0, 16.0
PROSE = "全省各级红十字会要围绕中心工作办好救护培训把服务送到群众身边让更多的人学会自救互救本领并且长期坚持下去不断取得新的成效"


def piece(text: str, x: float, y: float, size: float = SIZE) -> Piece:
    wide = sum(size / 2 if c.isascii() else size for c in text)
    return Piece(text, x, y, x + wide, y + size, size)


def column(lines: Iterable[str], x: float, y: float, size: float = SIZE) -> list[Piece]:
    """Lines one under the other; two full-width spaces before a line are its indent."""
    out = []
    for number, line in enumerate(lines):
        text = line.lstrip("\u3000")
        if text:
            out.append(piece(text, x + size * (len(line) - len(text)), y + number * PITCH, size))
    return out


def page(pieces: Iterable[Piece], number: int = 1, rulings: Sequence[Ruling] = ()) -> Page:
    return Page(number, WIDTH, HEIGHT, tuple(pieces), tuple(rulings))


def filled(width: int, count: int, start: str = "") -> list[str]:
    """Full lines of prose, ``width`` characters each."""
    text = start + PROSE * 40
    return [text[i * width : (i + 1) * width] for i in range(count)]


def lines_of(*pages: Page) -> list[str]:
    return composed(*pages).text.splitlines()


def composed(*pages: Page) -> Composed:
    """The composed pages, with what holds for all of them: nothing lost, nothing made up, boxes that match."""
    made = compose(pages)
    printed = Counter(c for p in pages for q in p.pieces for c in q.text if not c.isspace())
    assert Counter(c for c in made.text if not c.isspace()) == printed
    assert made.text.endswith("\n") or not made.text
    assert len(made.page_starts) == len(pages) and list(made.page_starts) == sorted(made.page_starts)
    for before, after in zip(made.boxes, made.boxes[1:], strict=False):
        assert before.span.end <= after.span.start
    assert Counter(c for b in made.boxes for c in made.text[slice(*b.span)] if not c.isspace()) == printed
    return made


def table(rows: Sequence[Sequence[str]], xs: Sequence[float], y: float, height: float = 20) -> tuple[list[Piece], list[Ruling]]:
    """A ruled table: a line of print in the middle of each cell."""
    pieces = [piece(text, xs[c] + 4, y + r * height + 5) for r, row in enumerate(rows) for c, text in enumerate(row) if text]
    bottom = y + height * len(rows)
    level = [Ruling(xs[0], y + r * height, xs[-1], y + r * height) for r in range(len(rows) + 1)]
    return pieces, level + [Ruling(x, y, x, bottom) for x in xs]


# Columns

SCHOOLS = [
    "杭州市:",
    "杭州市天水小学",
    "萧山区湘湖小学",
    "杭州市饮马井巷小学",
    "宁波市:",
    "象山县丹城第二中学",
    "宁波市镇海区骆驼学校",
    "温州市:",
    "瑞安市第十中学",
    "绍兴市:",
    "绍兴市元培中学",
    "衢州市:",
    "开化县实验小学",
    "舟山市:",
    "普陀区沈家门小学",
]


@pytest.mark.parametrize("lefts", [(60, 310), (60, 230, 400), (60, 190, 320, 450)], ids=["two", "three", "four"])
def test_short_lines_on_one_grid_are_read_column_by_column(lefts: tuple[float, ...]) -> None:
    deep = -(-len(SCHOOLS) // len(lefts))
    parts = [p for i, x in enumerate(lefts) for p in column(SCHOOLS[i * deep : (i + 1) * deep], x, 100)]
    assert lines_of(page(parts)) == SCHOOLS


def test_headlines_over_one_two_and_three_columns() -> None:
    pieces = [piece("全省红十字会工作会议召开", 192, 60, 18)]
    pieces += [piece("救护培训进校园", 336, 100, 14)]
    lefts = (60, 230, 400)
    pieces += column(["　　甲" + "一" * 11 + "，", *("一" * 14 for _ in range(19)), "一一。"], lefts[0], 100)
    pieces += column(["　　乙" + "二" * 11 + "，", *("二" * 14 for _ in range(17))], lefts[1], 130)
    pieces += column(["二" * 14 for _ in range(17)] + ["二二。"], lefts[2], 130)
    # The comma hangs out over the edge of its column.
    made = lines_of(page(pieces))
    assert made[0] == "全省红十字会工作会议召开" and made[1].startswith("甲一") and made[1].endswith("一一。")
    assert made[2] == "救护培训进校园" and made[3].startswith("乙二") and made[3].endswith("二二。")
    assert len(made) == 4


def test_a_short_headline_in_the_middle_is_no_line_of_the_middle_column() -> None:
    lefts = (60, 230, 400)
    above = [p for x, c in zip(lefts, "甲乙丙", strict=True) for p in column([c * 14] * 6, x, 60)]
    below = [p for x, c in zip(lefts, "丁戊己", strict=True) for p in column([c * 14] * 6, x, 200)]
    made = "".join(lines_of(page([*above, piece("救在身边", 266, 168, 17), *below])))
    assert made.index("丙") < made.index("救在身边") < made.index("丁") < made.index("戊") < made.index("己")


def test_columns_with_lines_at_different_heights() -> None:
    left = column(filled(22, 20), 60, 100)
    right = column(["乙" * 22] * 20, 310, 107)
    made = "".join(lines_of(page([*left, *right])))
    assert made.rindex(PROSE[5]) < made.index("乙")


def test_a_short_last_stretch_in_known_columns_is_read_by_columns() -> None:
    lefts = (60, 230, 400)
    first = [p for i, x in enumerate(lefts) for p in column(SCHOOLS[i * 5 : i * 5 + 5], x, 100)]
    last = [piece(text, x, 60) for text, x in zip(("丽水市:", "龙泉市剑池小学", "遂昌县妙高小学"), lefts, strict=True)]
    assert lines_of(page(first), page(last, 2)) == [*SCHOOLS, "丽水市:", "龙泉市剑池小学", "遂昌县妙高小学"]


def codes(*pages: Page) -> list[str]:
    return [f.code for f in composed(*pages).findings]


def test_a_stop_that_hangs_over_the_edge_does_not_close_a_narrow_gutter() -> None:
    left, right = filled(20, 12), filled(20, 12, "乙")
    left[4] += "，"
    left[8] += "。"
    made = page([*column(left, 60, 100), *column(right, 272, 100)])  # the gutter is 12 wide, 2 beside a stop
    assert lines_of(made) == ["".join(left) + "".join(right)] and codes(made) == []


def test_a_gutter_narrower_than_a_character_is_seen_where_it_runs_straight_beside_full_lines() -> None:
    left, right = filled(20, 12), filled(20, 12, "乙")
    made = page([*column(left, 60, 100), *column(right, 266, 100)])
    assert lines_of(made) == ["".join(left) + "".join(right)] and codes(made) == []


def test_a_short_page_whose_last_column_stays_empty_is_read_by_columns() -> None:
    made = page([*column(SCHOOLS[:11], 60, 500), *column(SCHOOLS[11:], 230, 500)])
    assert lines_of(made) == SCHOOLS and codes(made) == []


def test_prose_on_a_short_page_is_read_by_columns() -> None:
    left = [
        "　　2016年，全省各级红十",
        "字会要围绕省委、省政府中",
        "心工作，依法履行职责。",
        "　　一、推进应急救援工作",
        "　　1.完善备灾体系，新建",
        "备灾仓库12个。",
    ]
    right = ["　　2.加强救援队伍建设，", "年内举办救援演练四次。"]
    made = page([*column(left, 60, 500), *column(right, 200, 500)])
    assert "".join(lines_of(made)) == "".join([*left, *right]).replace("\u3000", "") and codes(made) == []


def test_numbers_tell_columns_from_rows() -> None:
    names = ["临海市哲商小学", "温岭市太平小学", "玉环县楚门中学", "瑞安市第十中学", "象山县丹城中学", "开化县实验小学"]
    down = [f"{n}.{name}" for n, name in enumerate(names, 1)]
    made = page([*column(down[:3], 60, 500), *column(down[3:], 230, 500)])
    assert lines_of(made) == down and codes(made) == []
    across = page([*column(down[::2], 60, 500), *column(down[1::2], 230, 500)])
    assert [line.split() for line in lines_of(across)] == [down[i : i + 2] for i in (0, 2, 4)]


def test_a_page_that_may_be_columns_or_rows_is_told() -> None:
    posts = [
        ("赵建平", "省红十字会副会长"),
        ("张一旭", "省志愿者协会秘书长"),
        ("钱红梅", "市中心医院副院长"),
        ("孙立群", "省红十字会部长"),
    ]
    pieces = [
        q
        for x, part in ((60, posts), (330, posts[:3]))
        for row, (name, post) in enumerate(part)
        for q in (piece(name, x, 100 + PITCH * row), piece(post, x + 50, 100 + PITCH * row))
    ]
    pieces.append(piece("委员会办公室设在省红十字会。", 330, 100 + PITCH * 3))
    made = composed(page([piece("前页", 60, 100)]), page(pieces, 2))
    assert [(f.code, f.params) for f in made.findings] == [("reading_order_unsure", {"page": "2"})]
    assert made.findings[0].span and made.text[slice(*made.findings[0].span)].startswith("赵建平")


def test_rows_without_doubt_are_not_told_of() -> None:
    rows = [
        ("湖州市实验小学", "湖州市", "示范校"),
        ("杭州市第二中学", "杭州市", "达标校"),
        ("开化县实验小学", "开化县", "示范校"),
    ]
    table_rows = [piece(t, (60, 200, 340)[c], 100 + PITCH * r) for r, row in enumerate(rows) for c, t in enumerate(row)]
    grid = [piece("王小明", 60 + 90 * c, 100 + PITCH * r) for r in range(5) for c in range(4)]
    assert codes(page(table_rows)) == codes(page(grid)) == codes(page(column(filled(40, 9), 60, 100))) == []


# What stands side by side and belongs together


def test_names_in_a_grid_stay_in_rows() -> None:
    rows = [
        ["王　佳", "李小明", "张　三", "欧阳建国"],
        ["陈　红", "赵建平", "孙　丽", "周　敏"],
        ["吴　越", "郑一鸣", "马腾飞", "朱　文"],
    ]
    pieces = [piece("优秀志愿者名单", 230, 60, 16)]
    pieces += [piece(name, 60 + 110 * c, 100 + PITCH * r) for r, row in enumerate(rows) for c, name in enumerate(row)]
    assert [line.split() for line in lines_of(page(pieces))[1:]] == [
        ["王", "佳", "李小明", "张", "三", "欧阳建国"],
        ["陈", "红", "赵建平", "孙", "丽", "周", "敏"],
        ["吴", "越", "郑一鸣", "马腾飞", "朱", "文"],
    ]


def test_a_name_and_its_post_stay_on_one_line_with_their_gap() -> None:
    pieces = column(["主　任：", "副主任：", "", "秘书长："], 60, 100)
    for number, (name, post) in enumerate(
        [
            ("赵建平", "省红十字会副会长"),
            ("张旭", "省志愿者协会秘书长"),
            ("钱红梅", "浙江大学医学院附属医院副院长"),
            ("孙立群", "省红十字会部长"),
        ]
    ):
        pieces += [piece(name, 100, 100 + number * PITCH), piece(post, 160, 100 + number * PITCH)]
    assert lines_of(page(pieces)) == [
        "主　任：赵建平　　　省红十字会副会长",
        "副主任：张旭　　　　省志愿者协会秘书长",
        "　　　　钱红梅　　　浙江大学医学院附属医院副院长",
        "秘书长：孙立群　　　省红十字会部长",
    ]


def test_a_ruled_table_gives_a_line_a_row() -> None:
    rows = [
        ["序号", "奖次", "作品名称", "作者"],
        ["1", "一等奖", "《清明》", "王佳"],
        ["2", "", "《夜航》", "李明华"],
        ["3", "二等奖", "《归来》", "陈红"],
    ]
    pieces, rulings = table(rows, (60, 110, 200, 380, 520), 100)
    rulings = [r for r in rulings if r.y0 != 140 or r.x1 == r.x0]  # the prize of rows 1 and 2 is one merged cell
    rulings += [Ruling(60, 140, 110, 140), Ruling(200, 140, 520, 140)]
    pieces = [p if p.text != "一等奖" else replace(p, y0=p.y0 + 10, y1=p.y1 + 10) for p in pieces]
    before, after = piece("2013年好新闻评选结果", 60, 70), piece("注：按得票多少为序。", 60, 200)
    assert lines_of(page([before, *pieces, after], rulings=rulings)) == [
        "2013年好新闻评选结果",
        "序号\t奖次\t作品名称\t作者",
        "1\t一等奖\t《清明》\t王佳",
        "2\t\t《夜航》\t李明华",
        "3\t二等奖\t《归来》\t陈红",
        "注：按得票多少为序。",
    ]


def test_lines_in_one_cell_are_joined() -> None:
    pieces, rulings = table([["序号", "学校名称"], ["1", ""]], (60, 110, 200), 100, 40)
    pieces += [piece("杭州市萧山区第", 114, 144), piece("四中等职业学校", 114, 158)]
    assert lines_of(page(pieces, rulings=rulings)) == ["序号\t学校名称", "1\t杭州市萧山区第四中等职业学校"]


def test_a_table_without_lines_is_known_by_its_labels() -> None:
    rows = [
        ["学校名称", "所在地", "命名类别"],
        ["湖州市实验小学", "湖州市", "示范校"],
        ["杭州市第二中学", "杭州市", "达标校"],
        ["开化县实验小学", "开化县", "示范校"],
    ]
    pieces = [piece(t, (60, 250, 400)[c], 100 + PITCH * r) for r, row in enumerate(rows) for c, t in enumerate(row)]
    assert lines_of(page(pieces)) == ["\t".join(row) for row in rows]


def test_a_table_printed_in_two_halves_is_read_half_by_half() -> None:
    half = [["序号", "学校名称"], ["1", "湖州市实验小学"], ["2", "杭州市第二中学"], ["3", "开化县实验小学"]]
    other = [["序号", "学校名称"], ["4", "瑞安市第十中学"], ["5", "绍兴市元培中学"], ["6", "临海市哲商小学"]]
    pieces = [
        piece(t, x + 40 * c, 100 + PITCH * r)
        for x, part in ((60, half), (320, other))
        for r, row in enumerate(part)
        for c, t in enumerate(row)
    ]
    assert lines_of(page(pieces)) == ["\t".join(row) for row in [*half, *other]]


def test_boxes_that_lay_out_a_page_are_no_table() -> None:
    frame = [Ruling(50, y, 550, y) for y in (90, 400, 700)] + [Ruling(x, 90, x, 700) for x in (50, 300, 550)]
    parts = [p for x, c in ((60, "甲"), (310, "乙")) for p in column([c * 23] * 18, x, 100)]
    parts += [p for x, c in ((60, "丙"), (310, "丁")) for p in column([c * 23] * 18, x, 410)]
    made = lines_of(page(parts, rulings=frame))
    assert not any("\t" in line for line in made)


# Paragraphs


def test_a_paragraph_goes_on_over_columns_and_pages() -> None:
    text = filled(22, 30)
    pages = [page([*column(text[:10], 60, 100), *column(text[10:20], 310, 100)]), page(column(text[20:], 60, 100), 2)]
    made = composed(*pages)
    assert made.text == "".join(text) + "\n"
    assert made.page_starts == (0, 440) and [b.page for b in made.boxes] == [1] * 20 + [2] * 10


def test_an_indent_or_a_marker_begins_a_line_after_a_full_one() -> None:
    full = filled(40, 9)
    lines = [
        "　　" + full[0][2:],
        full[1],
        "　　" + full[2][2:],
        "（一）" + full[3][3:],
        full[4],
        "2．" + full[5][2:],
        full[6][:8],
    ]
    assert lines_of(page(column(lines, 60, 100))) == [
        full[0][2:] + full[1],
        full[2][2:],
        "（一）" + full[3][3:] + full[4],
        "2．" + full[5][2:] + full[6][:8],
    ]


def test_latin_words_are_joined_with_a_space() -> None:
    lines = [
        "Henry Dunant founded the movement after he had seen the field of Solferino where the wounded",
        "of both sides were left without any help; this is what the book says and how the work began,",
        "in 1863.",
    ]
    assert lines_of(page(column(lines, 60, 100))) == [" ".join(lines)]


def test_a_wrapped_title_is_one_line() -> None:
    pieces = [
        piece("关于公布二〇一二年度全省红十字示范学校达标学校和优秀通讯员", 60, 60, 17),
        piece("评选结果的通知", 240, 86, 17),
    ]
    pieces += column(["　　" + filled(48, 1)[0][2:], *filled(48, 4)[1:], "完。"], 60, 130)
    assert lines_of(page(pieces))[0] == "关于公布二〇一二年度全省红十字示范学校达标学校和优秀通讯员评选结果的通知"


def test_an_entry_that_wraps_is_joined_and_a_full_one_is_not() -> None:
    lines = [
        "杭州西子实验学校",
        "杭州市萧山区第四中等职业技术",
        "学校",
        "象山县丹城第二中学",
        "宁波市余姚市第二高级中学附中",
        "宁波市海曙区镇明街道中心小学",
        "宁波市:",
        "作者:洪秀芳李先根(象山县红十",
        "字会)",
        "瑞安市第十中学",
    ]
    other = column(["绍兴市元培中学"] * 9, 230, 100) + column(["衢州市开化县小学"] * 9, 400, 100)
    made = lines_of(page([*column(lines, 60, 100), *other]))
    assert made[:8] == [
        "杭州西子实验学校",
        "杭州市萧山区第四中等职业技术学校",
        "象山县丹城第二中学",
        "宁波市余姚市第二高级中学附中",
        "宁波市海曙区镇明街道中心小学",
        "宁波市:",
        "作者:洪秀芳李先根(象山县红十字会)",
        "瑞安市第十中学",
    ]


def test_hanging_entries() -> None:
    lines = [
        "1.《善举绵延自主寒清学子爱心接",
        "　　力点亮希望之光》",
        "作者:孙晓波",
        "2.《浅谈红十字会独立性与政府人",
        "　　道助手的关系》",
        "作者:陈良龙",
    ]
    other = column(["绍兴市元培中学"] * 6, 230, 100) + column(["衢州市开化县小学"] * 6, 400, 100)
    assert lines_of(page([*column(lines, 60, 100), *other]))[:4] == [
        "1.《善举绵延自主寒清学子爱心接力点亮希望之光》",
        "作者:孙晓波",
        "2.《浅谈红十字会独立性与政府人道助手的关系》",
        "作者:陈良龙",
    ]


def test_a_list_of_short_lines_alone_on_a_page_is_not_joined() -> None:
    lines = ["杭州市萧山区第四中等职业学校", "宁波市余姚第二高级中学附属校", "象山县丹城第二中学", "绍兴市元培中学"]
    assert lines_of(page(column(lines, 60, 100))) == lines


# Heads, feet and page numbers


def furnished(number: int) -> Page:
    body = column(["　　" + filled(48, 1)[0][2:], *filled(48, 40)[1:]], 60, 80)
    return page([piece(f"浙江红十字　2013年第{number}期", 60, 30, 9), *body, piece(f"— {number} —", 290, 800)], number)


def test_heads_and_feet_are_furniture_and_do_not_cut_a_paragraph() -> None:
    made = composed(*(furnished(n) for n in (1, 2, 3)))
    outside = [made.text[slice(*span)] for span in made.furniture]
    assert sorted(outside) == sorted([f"— {n} —" for n in (1, 2, 3)] + [f"浙江红十字　2013年第{n}期" for n in (1, 2, 3)])
    assert len(made.text.splitlines()) == 6 + 3
    for span in made.furniture:
        assert made.text[span.end] == "\n" and (span.start == 0 or made.text[span.start - 1] == "\n")


def test_a_page_alone_keeps_its_headline_and_loses_its_number() -> None:
    made = composed(
        page([piece("浙江省红十字会文件", 180, 40, 22), *column(filled(48, 5), 60, 100), piece("第3页 共9页", 270, 800)])
    )
    assert [made.text[slice(*s)] for s in made.furniture] == ["第3页 共9页"] and made.text.startswith("浙江省红十字会文件\n")


def test_the_header_of_a_table_that_pages_repeat_is_no_furniture() -> None:
    pages = []
    for number in (1, 2, 3):
        rows = [["序号", "学校名称"], *([str(number * 10 + i), "湖州市实验小学"] for i in range(5))]
        pages.append(
            page([piece(t, (60, 120)[c], 60 + PITCH * r) for r, row in enumerate(rows) for c, t in enumerate(row)], number)
        )
    made = composed(*pages)
    assert not made.furniture and made.text.count("序号\t学校名称\n") == 3


# Skew, recognition, whole pages


@pytest.mark.parametrize("angle", [0.7, -1.5])
def test_a_skewed_page_is_read_as_a_straight_one(angle: float) -> None:
    straight = page(
        [p for i, x in enumerate((60, 230, 400)) for p in column(SCHOOLS[i * 5 : i * 5 + 5], x, 100)]
        + [p for x in (60, 230, 400) for p in column(filled(14, 15), x, 250)]
    )
    turn = math.radians(angle)

    def skewed(p: Piece) -> Piece:
        x, y = (p.x0 + p.x1) / 2 - WIDTH / 2, (p.y0 + p.y1) / 2 - HEIGHT / 2
        cx, cy = x * math.cos(turn) - y * math.sin(turn) + WIDTH / 2, x * math.sin(turn) + y * math.cos(turn) + HEIGHT / 2
        wide = (p.x1 - p.x0) * math.cos(turn) + p.size * abs(math.sin(turn))
        high = (p.x1 - p.x0) * abs(math.sin(turn)) + p.size * math.cos(turn)
        return replace(p, x0=cx - wide / 2, x1=cx + wide / 2, y0=cy - high / 2, y1=cy + high / 2, angle=angle)

    crooked = replace(straight, pieces=tuple(skewed(p) for p in straight.pieces))
    assert lines_of(crooked) == lines_of(straight)
    assert {(b.x0, b.y0) for b in composed(crooked).boxes} == {(p.x0, p.y0) for p in crooked.pieces}


def test_doubtful_and_short_readings_are_told() -> None:
    sure = replace(piece("杭州市天水小学", 60, 100), confidence=0.99)
    doubtful = replace(piece("杭州市元水小学", 60, 120), confidence=0.6)
    lost = replace(piece("《0》《》", 60, 140), x1=440.0, confidence=0.98)
    made = composed(page([sure, doubtful, lost]))
    assert [(f.code, made.text[slice(*f.span)], f.params["confidence"]) for f in made.findings if f.span] == [
        ("ocr_low_confidence", "杭州市元水小学", "0.60"),
        ("ocr_line_lost", "《0》《》", "0.98"),
    ]
    assert [b.confidence for b in made.boxes] == [0.99, 0.6, 0.98]


def test_findings_about_a_page_stand_at_its_beginning() -> None:
    pages = (page([piece("甲", 60, 100)]), replace(page([piece("乙", 60, 100)], 2), findings=(("page_damaged", {"page": "2"}),)))
    assert [(f.code, f.span, f.params) for f in composed(*pages).findings] == [("page_damaged", (2, 3), {"page": "2"})]


def test_stamps_that_stand_aslant_and_upright_writing_are_kept() -> None:
    upright = [piece(c, 500, 100 + 12 * i) for i, c in enumerate("救在身边")]
    stamp = replace(piece("作废", 200, 300, 40), angle=45.0)
    assert "作废" in lines_of(page([*column(filled(30, 6), 60, 100), *upright, stamp]))


def test_pages_without_print() -> None:
    assert composed() == Composed("", (), (), (), ()) and composed(page([]), page([], 2)).page_starts == (0, 0)


PIECES = st.builds(
    lambda text, x, y, size, angle: replace(piece(text, x, y, size), angle=angle),
    st.text("红十字会学校一二1a.，。（）：　 —序号", min_size=1, max_size=12),
    st.floats(0, 590),
    st.floats(0, 830),
    st.sampled_from((6.0, 10.0, 10.5, 22.0)),
    st.sampled_from((0.0, 0.0, 0.0, 0.7, 90.0)),
)
LINES = st.builds(
    lambda x, y, length, level: Ruling(x, y, x + length * level, y + length * (1 - level)),
    st.floats(0, 500),
    st.floats(0, 800),
    st.floats(5, 400),
    st.sampled_from((0, 1)),
)
GRIDS = st.builds(
    lambda xs, ys: [Ruling(min(xs), y, max(xs), y) for y in ys] + [Ruling(x, min(ys), x, max(ys)) for x in xs],
    st.lists(st.integers(0, 590), min_size=2, max_size=6),
    st.lists(st.integers(0, 830), min_size=2, max_size=6),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.lists(PIECES, max_size=25), st.one_of(GRIDS, st.lists(LINES, max_size=8))), max_size=3))
def test_nothing_is_lost_or_made_up_wherever_it_stands(drawn: list[tuple[list[Piece], list[Ruling]]]) -> None:
    composed(*(page(pieces, number, rulings) for number, (pieces, rulings) in enumerate(drawn, 1)))


@pytest.mark.parametrize("count", [4_000, 16_000])
def test_a_page_full_of_scraps_takes_time_in_line_with_its_size(count: int) -> None:
    from time import perf_counter

    pieces = [piece("红", (i * 37 % 590) + 0.1, (i * 101 % 8300) / 10, 3) for i in range(count)]
    start = perf_counter()
    composed(page(pieces))
    assert perf_counter() - start < count / 1_000
