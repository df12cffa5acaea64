"""Values: numbers, quantities, dates, names and references, in every written form and the things that are none."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from pipeline.values.dates import document_date, periods
from pipeline.values.names import is_name, split_people
from pipeline.values.numbers import parse_number, parse_ordinal
from pipeline.values.quantities import quantities
from pipeline.values.references import references, unclosed

LOWER, FINANCIAL = "零一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖"


def in_words(number: int, digits: str, places: str, *, opening_ten: bool = False) -> str:
    """A numeral as people write it: 10203 is 一万零二百零三."""
    out, gap = "", False
    for power in range(12, -1, -1):
        digit = number // 10**power % 10
        if digit:
            ten = power % 4 == 1 and digit == 1 and not out and opening_ten
            out += ("" if ten else (digits[0] if gap else "") + digits[digit]) + ("", *places)[power % 4]
            gap = False
        else:
            gap = bool(out)
        if power in (8, 4) and out and number // 10**power % 10**4:
            out += "亿" if power == 8 else "万"
            gap = gap and bool(number % 10**power)
    return out or digits[0]


def written(number: int) -> list[str]:
    return [
        f"{number:,}",
        in_words(number, LOWER, "十百千", opening_ten=True),
        in_words(number, FINANCIAL, "拾佰仟"),
        "".join(LOWER[int(d)] for d in str(number)).replace("零", "〇"),
    ]


def test_the_writer_of_numerals_is_right() -> None:
    assert written(10203) == ["10,203", "一万零二百零三", "壹万零贰佰零叁", "一〇二〇三"]
    assert written(15)[1] == "十五" and written(100_000_000)[1] == "一亿" and written(10_010_000)[1] == "一千零一万"
    assert written(120_003_000)[1] == "一亿二千万零三千"


def test_every_integer_below_a_hundred_thousand_in_four_forms() -> None:
    wrong = [(n, form) for n in range(100_000) for form in written(n) if parse_number(form) != n]
    assert wrong == []


def test_a_sample_of_large_numbers_in_four_forms() -> None:
    draw = random.Random(8)
    numbers = [int(10 ** draw.uniform(5, 12)) for _ in range(5000)]
    assert [(n, form) for n in numbers for form in written(n) if parse_number(form) != n] == []


@pytest.mark.parametrize(("text", "value"), [
    ("1.5亿", "150000000"), ("4.5万", "45000"), ("2万3千", "23000"), ("1亿2000万", "120000000"), ("一百二", "120"),
    ("一千五", "1500"), ("三万五", "35000"), ("三万零五", "30005"), ("两千", "2000"), ("百万", "1000000"), ("廿一", "21"),
    ("一百十五", "115"), ("二○一三", "2013"), ("3.25", "3.25"), ("十亿", "1000000000"), ("一万亿", "1000000000000"),
])
def test_other_forms_of_numbers(text: str, value: str) -> None:
    assert parse_number(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "几", "若干", "三四百", "五百三百", "万", "一二万三", "1.2.3", "12,34", "3-5", "十二五百"])
def test_what_is_no_number(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.parametrize(("text", "number"), [("十二", 12), ("12", 12), ("⑳", 20), ("廿一", 21), ("甲", None), ("1.5", None)])
def test_ordinals(text: str, number: int | None) -> None:
    assert parse_ordinal(text) == number


# Text, then for each quantity: as printed, value, upper end, unit, qualifier, kind.
QUANTITIES = [
    ("年内募集款物力争超1.5亿元", [("力争超1.5亿元", 150_000_000, None, "元", "gt", "target")]),
    ("力争年内培训救护员12,345名", [("12,345名", 12_345, None, "名", "eq", "target")]),
    ("普及率达到85%以上", [("85%以上", 85, None, "%", "ge", "target")]),
    ("提高3.5个百分点", [("3.5个百分点", "3.5", None, "个百分点", "eq", "target")]),
    ("比上年提高3.5个百分点", [("3.5个百分点", "3.5", None, "个百分点", "eq", "target")]),
    ("筹资约300万元", [("约300万元", 3_000_000, None, "元", "approx", "target")]),
    ("发放救助金800多万元", [("800多万元", 8_000_000, None, "元", "approx", "target")]),
    ("救助1万余人次", [("1万余人次", 10_000, None, "人次", "approx", "target")]),
    ("惠及近百名儿童", [("近百名", 100, None, "名", "approx", "target")]),
    ("增长20%左右", [("20%左右", 20, None, "%", "approx", "target")]),
    ("招募志愿者三百二十人", [("三百二十人", 320, None, "人", "eq", "target")]),
    ("筹集壹佰贰拾万元", [("壹佰贰拾万元", 1_200_000, None, "元", "eq", "target")]),
    ("覆盖百分之八十以上", [("百分之八十以上", 80, None, "%", "ge", "target")]),
    ("发生率控制在千分之三", [("控制在千分之三", 3, None, "‰", "le", "target")]),
    ("覆盖45个乡镇、6个县", [("45个", 45, None, "个", "eq", "target"), ("6个", 6, None, "个", "eq", "target")]),
    ("各30件", [("各30件", 30, None, "件", "eq", "target")]),
    ("新建3—5个示范点", [("3—5个", 3, 5, "个", "range", "target")]),
    ("达到15%～20%", [("15%～20%", 15, 20, "%", "range", "target")]),
    ("培训3-5万人", [("3-5万人", 30_000, 50_000, "人", "range", "target")]),
    ("招募三十至五十名", [("三十至五十名", 30, 50, "名", "range", "target")]),
    ("培训六七百人", [("六七百人", 600, 700, "人", "range", "target")]),
    ("建立三五支队伍", [("三五支", 3, 5, "支", "range", "target")]),
    ("举办三场培训班", [("三场", 3, None, "场", "eq", "target")]),
    ("不少于５００人", [("不少于５００人", 500, None, "人", "ge", "target")]),
    ("获奖2 篇", [("2 篇", 2, None, "篇", "eq", "target")]),
    ("投入1亿2000万元", [("1亿2000万元", 120_000_000, None, "元", "eq", "target")]),
    ("培训2万3千人", [("2万3千人", 23_000, None, "人", "eq", "target")]),
    ("实现乡镇全覆盖", [("全覆盖", None, None, None, None, "target")]),
    ("力争志愿者人数翻一番", [("翻一番", None, None, None, None, "target")]),
    ("三分之二以上的村", [("三分之二以上", None, None, None, None, "target")]),
    ("新增12例（累计88例）", [("12例", 12, None, "例", "eq", "target"), ("88例", 88, None, "例", "eq", "cumulative")]),
    ("已累计培训1.5万人次", [("1.5万人次", 15_000, None, "人次", "eq", "cumulative")]),
    ("去年培训率达到30%，今年要达到40%", [("30%", 30, None, "%", "eq", "achieved"), ("40%", 40, None, "%", "eq", "target")]),
    ("完成了12例捐献", [("12例", 12, None, "例", "eq", "achieved")]),
    ("截至去年底，累计捐献88例", [("88例", 88, None, "例", "eq", "cumulative")]),
    ("到2025年，累计培训10万名", [("10万名", 100_000, None, "名", "eq", "target")]),
    ("力争累计募集1亿元", [("1亿元", 100_000_000, None, "元", "eq", "target")]),
]


@pytest.mark.parametrize(("text", "expected"), QUANTITIES, ids=[t for t, _e in QUANTITIES])
def test_quantities(text: str, expected: list[tuple[str, int | str | None, int | None, str | None, str | None, str]]) -> None:
    found = [(text[q.start : q.end], q.value, q.value_high, q.unit, q.qualifier, q.kind) for q in quantities(text)]
    assert found == [(t, None if v is None else Decimal(v), h, u, c, k) for t, v, h, u, c, k in expected]


@pytest.mark.parametrize("text", [
    "国发〔2012〕25号", "浙红[2013]3号文件", "第586号令", "2013年", "二〇一三年度", "2013—2015年", "3月5日至8日", "上午9时",
    "纪念5·8世界红十字日", "12·5志愿者日", "“三救三献”工作", "“4+1”模式", "“132”行动", "十二五规划", "“十二五”期间",
    "第三届理事会", "第12条", "第二年度", "温州、衢州两市", "千家万户", "百名志愿者", "一批学校", "三个一工程",
    "一个中心两个基本点", "十个方面", "一是抓好", "四个意识", "一对一帮扶", "五四青年节", "2012级学生", "年满18周岁以上",
    "24小时值班", "7×24小时", "0571-87654321", "A4纸", "1.2.3", "3.加强培训", "《三百六十五个故事》", "十八大精神", "几十人",
])
def test_what_is_no_quantity(text: str) -> None:
    assert quantities(text) == ()


@pytest.mark.parametrize(("text", "indicator"), [
    ("年内募集款物1.2亿元", "募集款物"), ("会员达到5万名", "会员"), ("新建50所示范校", "示范校"),
    ("完成了采集造血干细胞12例", "采集造血干细胞"), ("覆盖45个乡镇、6个县", "乡镇"), ("实现乡镇全覆盖", "乡镇"),
    ("全市各培训30人", None), ("增长20%", None), ("构建多层次、全覆盖", None),
])
def test_what_is_measured_is_a_noun_or_nothing(text: str, indicator: str | None) -> None:
    first = quantities(text)[0].indicator
    assert (text[slice(*first)] if first else None) == indicator


@pytest.mark.parametrize(("text", "hedges"), [
    ("争取普及率达到40%以上,知晓率达到50%以上。培训30人", ["争取", "争取", None]),
    ("力争募集款物2亿元、救助困难群众3万人次，其中孤儿500名", ["力争", "力争", "力争"]),
    ("力争2亿元，增长15%，3.5万至4万人次，不超过100件", ["力争", None, None, None]),
    ("发放救助金力争突破200万元，救助困难家庭600余户", ["力争", None]),
    ("力争会员达5万名，志愿者3万名，确保救护员2万名", ["力争", "力争", "确保"]),
])
def test_a_hedge_governs_its_clause_and_those_without_another_verb(text: str, hedges: list[str | None]) -> None:
    found = quantities(text)
    assert [q.hedge for q in found] == hedges
    assert [text[slice(*q.hedge_at)] if q.hedge_at else None for q in found] == hedges


@pytest.mark.parametrize(("text", "change", "indicator"), [
    ("合格率较2014年减少1.2个百分点", "减少", "合格率"), ("募捐收入比上年增长15%", "增长", "募捐收入"),
    ("比上年增长15%", "增长", None), ("同比下降8.5%", "下降", None), ("志愿者增加了约300名", "增加", "志愿者"),
    ("会员比去年同期多300名", "多", "会员"), ("资金支出与2014年相比下降3%", "下降", "资金支出"),
    ("覆盖率提高到15%", None, "覆盖率"), ("事故率降至2%", None, "事故率"), ("新增志愿者300名", None, "新增志愿者"),
])
def test_a_change_is_no_level(text: str, change: str | None, indicator: str | None) -> None:
    (found,) = quantities(text)
    assert (found.change, text[slice(*found.change_at)] if found.change_at else None) == (change, change)
    assert (text[slice(*found.indicator)] if found.indicator else None) == indicator


@pytest.mark.parametrize(("text", "bounds"), [
    ("2013年3月5日", ("2013-03-05", "2013-03-05")), ("二○一三年三月五日", ("2013-03-05", "2013-03-05")),
    ("２０１３年３月", ("2013-03-01", "2013-03-31")), ("2013-03-05", ("2013-03-05", "2013-03-05")),
    ("2013.3.5", ("2013-03-05", "2013-03-05")), ("二〇一二年十二月三十一日", ("2012-12-31", "2012-12-31")),
    ("2013年", ("2013-01-01", "2013-12-31")), ("一九五〇年十月", ("1950-10-01", "1950-10-31")),
    ("2013年2月30日", None), ("20130305", None), ("3月5日", None),
])
def test_printed_dates(text: str, bounds: tuple[str, str] | None) -> None:
    found = document_date(text)
    assert (found and tuple(d.isoformat() for d in found)) == bounds


PERIODS = [
    ("年内", "2013-01-01", "2013-12-31"), ("今年上半年", "2013-01-01", "2013-06-30"), ("去年底", "2012-01-01", "2012-12-31"),
    ("明年", "2014-01-01", "2014-12-31"), ("2013年底前", "2013-01-01", "2013-12-31"), ("年底前", "2013-01-01", "2013-12-31"),
    ("第一季度", "2013-01-01", "2013-03-31"), ("6月底前", None, "2013-06-30"), ("3月5日", "2013-03-05", "2013-03-05"),
    ("3月5日至8日", "2013-03-05", "2013-03-08"), ("3月5日至4月8日", "2013-03-05", "2013-04-08"),
    ("2013年3月至5月", "2013-03-01", "2013-05-31"), ("1—6月", "2013-01-01", "2013-06-30"),
    ("2011—2015年", "2011-01-01", "2015-12-31"), ("一九四九年至一九六五年", "1949-01-01", "1965-12-31"),
    ("“十二五”", "2011-01-01", "2015-12-31"), ("“十二五”末", "2015-01-01", "2015-12-31"),
    ("2020年以前", None, "2020-12-31"), ("2012年以来", "2012-01-01", None), ("1950年代", "1950-01-01", "1959-12-31"),
    ("20世纪80年代", "1980-01-01", "1989-12-31"), ("二○一三年", "2013-01-01", "2013-12-31"), ("2013年2月30日", None, None),
]


@pytest.mark.parametrize(("text", "first", "last"), PERIODS, ids=[p[0] for p in PERIODS])
def test_periods_in_2013(text: str, first: str | None, last: str | None) -> None:
    (found,) = periods(text, 2013)
    assert text[found.start : found.end] == text
    assert tuple(d and d.isoformat() for d in (found.first, found.last)) == (first, last)


@pytest.mark.parametrize("text", ["三年内", "3年内", "每年5月8日", "国发〔2012〕25号", "近年来", "13月", "本世纪中叶"])
def test_what_is_no_period(text: str) -> None:
    assert periods(text, 2013) == ()


def test_without_a_year_a_period_has_no_bounds() -> None:
    (found,) = periods("上半年", None)
    assert (found.first, found.last) == (None, None)


@pytest.mark.parametrize(("text", "names"), [
    ("王佳 李明", ["王佳", "李明"]), ("王　佳", ["王佳"]), ("张 旭、王 佳", ["张旭", "王佳"]), ("郑晓 陆 林", ["郑晓", "陆林"]),
    ("范 冰 冰", ["范冰冰"]), ("王 佳 李 明", ["王佳", "李明"]), ("欧阳修、司马光", ["欧阳修", "司马光"]), ("王*明", ["王*明"]),
    ("王佳,李明;张立", ["王佳", "李明", "张立"]), ("阿依古丽·买买提、王佳", ["阿依古丽·买买提", "王佳"]), ("陈某某", ["陈某某"]),
])
def test_lists_of_people(text: str, names: list[str]) -> None:
    people = split_people(text)
    assert [p.name for p in people.names] == names
    assert not people.ambiguous and not people.collective


@pytest.mark.parametrize(("text", "candidates"), [
    ("李晓明张立", ("李晓明张立", "李晓 明张立", "李晓明 张立")), ("王佳李明", ("王佳李明", "王佳 李明")),
    ("李晓明张立王佳", ("李晓明张立王佳", "李晓 明张立 王佳", "李晓明 张立 王佳")),
])
def test_names_that_nothing_separates_are_shown_and_not_settled(text: str, candidates: tuple[str, ...]) -> None:
    people = split_people(text)
    assert len(people.names) == 1 and people.ambiguous and set(people.candidates) == set(candidates)


def test_printed_counts_and_groups() -> None:
    three = split_people("王佳、李明、张三3人")
    assert [p.name for p in three.names] == ["王佳", "李明", "张三"] and three.count == 3
    others = split_people("王佳等3人")
    assert [p.name for p in others.names] == ["王佳"] and others.count == 3
    assert split_people("集体").collective and split_people("红十字志编写组").collective


@pytest.mark.parametrize("text", ["优秀作品", "我们", "红十字会", "王", "一等奖作者"])
def test_what_is_no_name(text: str) -> None:
    assert not is_name(text)


# Text, then title, document number, alias and kind of each mention.
REFERENCES = [
    ("《中华人民共和国红十字会法》（以下简称红十字会法）", [("中华人民共和国红十字会法", None, "红十字会法", "law")]),
    ("《意见》（国发〔2012〕25号，以下简称《意见》）", [("意见", "国发〔2012〕25号", "意见", "policy")]),
    ("《办法》（浙政发（2012）95号）", [("办法", "浙政发（2012）95号", None, "policy")]),
    ("国发[2012]25号《国务院关于加强救灾的意见》", [("国务院关于加强救灾的意见", "国发[2012]25号", None, "policy")]),
    ("《条例》（国务院令第586号）", [("条例", "国务院令第586号", None, "law")]),
    ("《关于印发〈工作要点〉的通知》", [("关于印发〈工作要点〉的通知", None, None, "policy")]),
    ("《关于印发《工作要点》的通知》", [("关于印发《工作要点》的通知", None, None, "policy")]),
    ("《管理办法》《“十二五”规划纲要》", [("管理办法", None, None, "policy"), ("“十二五”规划纲要", None, None, "plan")]),
    ("《浙江红十字》报和《博爱》杂志", [("浙江红十字", None, None, "periodical"), ("博爱", None, None, "periodical")]),
    ("《浙江省红十字志》", [("浙江省红十字志", None, None, "book")]),
    ("《工作》报告", [("工作", None, None, "other")]),
]


@pytest.mark.parametrize(("text", "expected"), REFERENCES, ids=[t for t, _e in REFERENCES])
def test_references(text: str, expected: list[tuple[str, str | None, str | None, str]]) -> None:
    found = references(text)
    assert [(r.title, r.doc_number, r.alias, r.kind) for r in found] == expected
    assert all(text[r.start] == "《" and text[r.end - 1] == "》" for r in found)


def test_a_mark_that_never_closes_is_no_reference() -> None:
    assert references("《办法") == () and unclosed("《意见》和《办法") == (5,)
