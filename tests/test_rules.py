"""The rules' own examples, errors of bad files, and a genre that is only a file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from helpers import opened

from pipeline.parse import parse_document
from pipeline.rules import RuleBook, RuleError, check_rules, load_rules

ROOT = Path(__file__).parent.parent


def test_every_example_and_non_example_holds(book: RuleBook) -> None:
    assert [f"{p.rule}: {p.message}" for p in check_rules(book)] == []


@pytest.fixture
def own_rules(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    return tmp_path / "rules"


def test_a_broken_example_is_found(own_rules: Path) -> None:
    path = own_rules / "genres" / "school_list.toml"
    path.write_text(path.read_text("utf-8").replace('"高等院校:", fields', '"杭州市天水", fields', 1), "utf-8")
    assert any(p.rule == "school_list.group_category" for p in check_rules(load_rules(own_rules)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("id = \"marker.chapter\"", "id = \"marker.chapter"), "not valid TOML"),
        (("$cn_digits|\\d{1,2})(?:章", "$no_such|\\d{1,2})(?:章"), "$no_such is not in lexicon.toml"),
        (("why = \"chapters and parts", "reason = \"chapters and parts"), "unknown key reason"),
        (("match = \"start\"", "match = \"sideways\""), "match = 'sideways'"),
        (("(?:章|节", "(?:章|节((("), "does not compile"),
    ],
)
def test_a_bad_file_is_named_with_its_place(own_rules: Path, change: tuple[str, str], words: str) -> None:
    path = own_rules / "lines.toml"
    text = path.read_text("utf-8")
    assert change[0] in text
    path.write_text(text.replace(*change, 1), "utf-8")
    with pytest.raises(RuleError) as error:
        load_rules(own_rules)
    assert words in str(error.value)
    assert f"lines.toml:{error.value.line}" in str(error.value)
    assert error.value.hint


def test_an_id_is_used_once(own_rules: Path) -> None:
    path = own_rules / "lines.toml"
    path.write_text(path.read_text("utf-8").replace("marker.dash", "marker.is"), "utf-8")
    with pytest.raises(RuleError, match=r"marker\.is"):
        load_rules(own_rules)


NEW_GENRE = """
[genre]
name = "donation_list"
zh = "捐赠名单"
shape = "list"
table = "donations"
levels = ["section"]

[[column]]
name = "donor"
type = "string"
en = "Who gave"
zh = "捐赠者"

[[column]]
name = "amount"
type = "decimal"
en = "Amount in yuan"
zh = "金额（元）"

[[column]]
name = "month"
type = "string"
en = "Month heading"
zh = "月份"

[[evidence]]
id = "donation_list.says_title"
why = "the title says so"
on = "title"
match = "search"
weight = 9
pattern = "捐赠.{0,6}名单"
examples = ["爱心捐赠名单"]
non_examples = ["先进集体名单"]

[[rule]]
id = "donation_list.month"
role = "section_heading"
level = "section"
why = "months as headings"
pattern = '''(?P<month>\\d{1,2}月(?:份)?):?'''
examples = [{ text = "3月份：", fields = { month = "3月份" } }]
non_examples = ["王佳 100元"]

[[rule]]
id = "donation_list.entry"
role = "entry"
why = "a donor and an amount"
pattern = '''(?P<donor>[\\p{Han}]{2,20})[ :]+(?P<amount>[\\d,.]+万?)元'''
examples = [{ text = "王佳 100元", fields = { donor = "王佳", amount = "100" } }]
non_examples = ["3月份："]
"""


def test_a_new_list_genre_is_one_file(own_rules: Path) -> None:
    (own_rules / "genres" / "donation_list.toml").write_text(NEW_GENRE, "utf-8")
    book = load_rules(own_rules)
    assert check_rules(book) == ()
    text = "2014年云溪县红十字会爱心捐赠名单\n3月份：\n王佳　100元\n云溪中学：1.5万元\n4月份：\n李明 20元\n"
    parsed = parse_document(opened("d.txt", text.encode()), book)
    rows = [(r["donor"], r["amount"], r["month"], r["month_origin"]) for r in parsed.tables["donations"]]
    assert [(d, int(a), m, o) for d, a, m, o in rows] == [
        ("王佳", 100, "3月份", "inherited"), ("云溪中学", 15000, "3月份", "inherited"), ("李明", 20, "4月份", "inherited"),
    ]
    assert "donations" in book.tables
