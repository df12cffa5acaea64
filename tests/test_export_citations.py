"""Citations: both styles, what is missing named, nothing more precise than it was told."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline.export.citations import Source, footnote, gbt7714, source_of

FULL = Source("关于公布示范学校的通知", "浙江省红十字会", "浙江日报", "2013年1月15日", "第3版")


def test_a_newspaper_in_both_styles() -> None:
    assert gbt7714(FULL) == "浙江省红十字会.关于公布示范学校的通知[N].浙江日报,2013-01-15(3)."
    assert footnote(FULL) == "浙江省红十字会：《关于公布示范学校的通知》，《浙江日报》2013年1月15日，第3版"


def test_what_is_missing_is_named_and_not_guessed() -> None:
    bare = Source(None, None, "浙江日报")
    assert gbt7714(bare) == "〔责任者不详〕.〔题名不详〕[N].浙江日报,〔日期不详〕(〔版次不详〕)."
    assert footnote(bare) == "〔责任者不详〕：〔题名不详〕，《浙江日报》〔日期不详〕，〔版次不详〕"


@pytest.mark.parametrize(("told", "digits", "chinese"), [
    ("2013", "2013", "2013年"), ("2013年1月", "2013-01", "2013年1月"), ("2013-01", "2013-01", "2013年1月"),
    ("2013/1/5", "2013-01-05", "2013年1月5日"), ("二〇一三年一月五日", "2013-01-05", "2013年1月5日"),
    ("2013-01-15 10:22:33", "2013-01-15", "2013年1月15日"),
    # What is no single date is given as it is printed.
    ("2013年春", "2013", "2013年"), ("癸巳年正月", "癸巳年正月", "癸巳年正月"),
    ("2013年1月15日至18日", "2013年1月15日至18日", "2013年1月15日至18日"),
    ("2013年2月30日", "2013年2月30日", "2013年2月30日"),
])
def test_a_date_is_as_precise_as_it_was_told(told: str, digits: str, chinese: str) -> None:
    source = Source("甲", "乙", "浙江日报", told, "1版")
    assert f"浙江日报,{digits}(1)." in gbt7714(source)
    assert f"《浙江日报》{chinese}，第1版" in footnote(source)


@pytest.mark.parametrize(("issue", "gbt", "note"), [
    ("A03版", "(A03)", "第A03版"), ("第二版", "(二)", "第二版"), ("总第215期第2版", "(2)", "第215期，第2版"),
    ("3", "(3)", "〔期号或版次〕3"),
])
def test_issue_and_page(issue: str, gbt: str, note: str) -> None:
    source = Source("甲", "乙", "浙江日报", "2013", issue)
    assert gbt in gbt7714(source) and footnote(source).endswith(note)


def test_a_page_on_the_net() -> None:
    source = Source("要点", "浙江省红十字会", None, "2013-01-15", None, "http://a.example/1.html")
    assert gbt7714(source) == "浙江省红十字会.要点[EB/OL].(2013-01-15)[〔引用日期不详〕].http://a.example/1.html."
    assert footnote(source) == "浙江省红十字会：《要点》，2013年1月15日，http://a.example/1.html"


def test_a_signature_is_no_date_of_publication() -> None:
    assert "〔日期不详〕（落款2015年2月10日）" in footnote(Source("甲", "乙", signed=date(2015, 2, 10)))
    assert "〔日期不详〕" in gbt7714(Source("甲", "乙", signed=date(2015, 2, 10)))


def test_a_journal_is_no_newspaper() -> None:
    assert gbt7714(Source("甲", "乙", "浙江大学学报", "2013", "第3期")) == "乙.甲[J].浙江大学学报,2013(3)."
    assert gbt7714(Source("甲", "乙", "工作简报", "2013")) == "乙.甲[Z].工作简报,2013(〔版次不详〕)."


def test_the_title_of_a_whole_page_is_not_that_of_one_of_its_articles() -> None:
    document = {"source_title": "工作要点等四篇", "source_author": "编辑部"}
    assert source_of(document, {"title": None, "issuer": None}, alone=False).title is None
    assert source_of(document, {"title": None, "issuer": None}, alone=True).title == "工作要点等四篇"
    assert source_of(document, {"title": "名单", "issuer": "省会"}, alone=False) == Source("名单", "省会")


def test_unseen_characters_are_shown() -> None:
    assert "〔U+202E〕" in footnote(Source("甲\u202e乙")) and "\x07" not in gbt7714(Source("甲\x07"))
