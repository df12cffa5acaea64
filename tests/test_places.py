"""Places: valid at the date of the document; homonyms and doubtful short names are shown, not settled."""

from __future__ import annotations

import pytest

from pipeline.resolve.places import codes_now, places_in, short_name

# The counties of Zhejiang at the end of 2012 (GB/T 2260), hand-checked: 32 districts, 22 cities, 36 counties.
ZHEJIANG_2012 = {
    "杭州市": "上城区 下城区 江干区 拱墅区 西湖区 滨江区 萧山区 余杭区 桐庐县 淳安县 建德市 富阳市 临安市",
    "宁波市": "海曙区 江东区 江北区 北仑区 镇海区 鄞州区 象山县 宁海县 余姚市 慈溪市 奉化市",
    "温州市": "鹿城区 龙湾区 瓯海区 洞头县 永嘉县 平阳县 苍南县 文成县 泰顺县 瑞安市 乐清市",
    "嘉兴市": "南湖区 秀洲区 嘉善县 海盐县 海宁市 平湖市 桐乡市",
    "湖州市": "吴兴区 南浔区 德清县 长兴县 安吉县",
    "绍兴市": "越城区 绍兴县 新昌县 诸暨市 上虞市 嵊州市",
    "金华市": "婺城区 金东区 武义县 浦江县 磐安县 兰溪市 义乌市 东阳市 永康市",
    "衢州市": "柯城区 衢江区 常山县 开化县 龙游县 江山市",
    "舟山市": "定海区 普陀区 岱山县 嵊泗县",
    "台州市": "椒江区 黄岩区 路桥区 玉环县 三门县 天台县 仙居县 温岭市 临海市",
    "丽水市": "莲都区 青田县 缙云县 遂昌县 松阳县 云和县 庆元县 景宁畲族自治县 龙泉市",
}
COUNTIES = [(city, county) for city, counties in ZHEJIANG_2012.items() for county in counties.split()]


def test_zhejiang_had_ninety_counties_in_2012() -> None:
    listed = {p.name for p in places_in(2012).by_code.values() if p.level == "county" and p.province_code == "330000"}
    assert listed == {county for _city, county in COUNTIES} and len(COUNTIES) == 90


@pytest.mark.parametrize(("city", "county"), COUNTIES)
def test_every_county_resolves_to_its_code_then_and_now(city: str, county: str) -> None:
    index = places_in(2012)
    found = index.exact(county, province="330000")
    assert found.county and found.city and (found.city.name, found.county.name) == (city, county)
    now = places_in(2026).by_code
    assert codes_now(found.county.code) and all(code in now for code in codes_now(found.county.code))
    short = index.exact(short_name(county), province="330000", city=found.city.code)
    if short_name(county) == short_name(city):  # 绍兴 names the city as well as the county
        assert short.reason == "ambiguous" and {p.code for p in short.candidates} == {found.city.code, found.county.code}
    else:
        assert short.county == found.county


@pytest.mark.parametrize(("then", "now"), [
    ("330621", ("330602", "330603")), ("330682", ("330604",)), ("330183", ("330111",)), ("330185", ("330112",)),
    ("330283", ("330213",)), ("330322", ("330305",)), ("331021", ("331083",)), ("330103", ("330105",)),
    ("330104", ("330102", "330114")), ("330110", ("330110", "330113")), ("330204", ("330212",)), ("330624", ("330624",)),
])
def test_what_followed(then: str, now: tuple[str, ...]) -> None:
    assert codes_now(then) == now


@pytest.mark.parametrize("name", ["鼓楼区", "城关区", "朝阳区", "西湖区"])
def test_homonyms_without_context_give_candidates(name: str) -> None:
    found = places_in(2012).exact(name)
    same_name = {p.code for p in places_in(2012).by_code.values() if p.name == name}
    if len(same_name) == 1:
        assert found.county and found.county.code in same_name
    else:
        assert found.reason == "ambiguous" and found.county is None and {p.code for p in found.candidates} == same_name


@pytest.mark.parametrize(("name", "city", "code"), [
    ("鼓楼区", "320100", "320106"), ("鼓楼区", "350100", "350102"),
    ("西湖区", "330100", "330106"), ("西湖区", "360100", "360103"),
    ("朝阳区", "220100", "220104"), ("普陀区", "330900", "330903"),
])
def test_homonyms_with_their_city_are_right(name: str, city: str, code: str) -> None:
    found = places_in(2012).exact(name, province=city[:2] + "0000", city=city)
    assert found.county is not None and found.county.code == code


@pytest.mark.parametrize(("text", "city", "county"), [
    ("浙江省新昌中学", "330600", "330624"), ("宁波市余姚第二高级中学", "330200", "330281"),
    ("杭州市萧山区高桥小学", "330100", "330109"), ("湖州市德清县第一中学", "330500", "330521"),
    ("景宁畲族自治县民族中学", "331100", "331127"), ("绍兴县柯桥中学", "330600", "330621"),
])
def test_places_that_a_name_begins_with(text: str, city: str, county: str) -> None:
    found = places_in(2012).prefix(text, province="330000")
    assert found.city and found.county and (found.city.code, found.county.code) == (city, county)


@pytest.mark.parametrize(("text", "reason"), [
    ("朝阳区第一小学", "ambiguous"), ("鼓楼区实验小学", "ambiguous"), ("杭州市余姚市第一中学", "outside_city"),
])
def test_what_a_name_leaves_open_is_said(text: str, reason: str) -> None:
    found = places_in(2012).prefix(text)
    assert found.reason == reason and found.county is None and found.candidates


@pytest.mark.parametrize("text", ["红十字小学", "育才学校", "第一中学", "江南水乡文化学校"])
def test_a_name_without_a_place_gives_none(text: str) -> None:
    found = places_in(2012).prefix(text, province="330000")
    assert (found.city, found.county, found.end) == (None, None, 0)


def test_a_paper_of_2013_may_use_the_names_before_and_after_the_change() -> None:
    index = places_in(2013)
    for name in ("绍兴县", "柯桥区", "上虞市", "上虞区"):
        found = index.exact(name, province="330000")
        assert found.county is not None and found.county.name == name
    assert places_in(2012).exact("柯桥区", province="330000").county is None
    assert places_in(2015).exact("绍兴县", province="330000").county is None


@pytest.mark.parametrize(("name", "short"), [("杭州市", "杭州"), ("新昌县", "新昌"), ("景宁畲族自治县", "景宁")])
def test_short_names(name: str, short: str) -> None:
    assert short_name(name) == short
