"""What ``rules/layout.toml`` says, compiled once."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

import regex

from pipeline.paths import rules_dir
from pipeline.view import match_key

_LONGEST_TAIL = 14
_STOPS = tuple("。；！？：;!?:")
_STOP = regex.compile(r"[。；！？;!?]")


@cache
def layout_rules() -> dict[str, Any]:
    """The whole file, section by section."""
    return tomllib.loads((rules_dir() / "layout.toml").read_text("utf-8"))


@cache
def _pattern(section: str) -> regex.Pattern[str]:
    rules = layout_rules()[section]
    return regex.compile("|".join(f"(?:{p})" for p in rules.get("patterns") or [rules["pattern"]]))


def begins_line(text: str, before: str, *, in_prose: bool = False) -> bool:
    """True for a printed line that begins a new line of the text although the one before it, ``before``, is full.

    ``in_prose``: it stands in a paragraph that was set in, where a line that begins at the edge is told off inside it.

    >>> begins_line("（一）健全制度", "加强管理"), begins_line("健全", "加强管理")
    (True, False)
    >>> begins_line("二是练兵", "一是建队；"), begins_line("二是练兵", "一是建队")
    (True, False)
    >>> begins_line("作者：王佳", "《清明》"), begins_line("几点意见：", "我讲以下"), begins_line("1.5亿元", "募集")
    (True, False, False)
    """
    if _pattern("begins").match(text):
        return True
    if not in_prose and before.endswith(_STOPS) and _pattern("begins_after_a_stop").match(text):
        return True
    over = before.endswith(("：", ":")) or (ends_entry(before) and not _STOP.search(before))
    return over and _pattern("begins_after_an_entry").match(text) is not None


def is_page_number(text: str) -> bool:
    """True for a page number printed alone.

    >>> is_page_number("— 3 —"), is_page_number("第3页 共9页"), is_page_number("3/12"), is_page_number("3.推进")
    (True, True, True, False)
    """
    return len(text) < 40 and _pattern("page_number").fullmatch(text.strip()) is not None


def is_name(text: str) -> bool:
    """True for what may be a person's name, gaps inside it left out.

    >>> is_name("王　佳"), is_name("欧阳建国"), is_name("湖州中学")
    (True, True, False)
    """
    key = "".join(text.split())
    return bool(_pattern("names").fullmatch(key)) and not key.endswith(tuple(layout_rules()["names"]["not_ends"]))


def ends_entry(text: str) -> bool:
    """True where a whole entry of a list may end.

    >>> ends_entry("湖州市实验小学"), ends_entry("湖州市实验"), ends_entry("王佳（绍兴市红")
    (True, False, False)
    """
    opened = sum(text.count(c) for c in "(（《【〔“") - sum(text.count(c) for c in ")）》】〕”")
    return opened <= 0 and text.endswith(_entry_ends())


def ends_post(text: str) -> bool:
    """True where a person's post ends.

    >>> ends_post("孙立群　　省红十字会秘书长"), ends_post("孙立群　　省红十字会")
    (True, False)
    """
    return text.endswith(_words("post_word"))


def begins_with_place(text: str) -> bool:
    """True for a line that begins with the name of a city, county or district.

    >>> begins_with_place("绍兴市蕺山中心小学"), begins_with_place("附属中学")
    (True, False)
    """
    return _pattern("place").match(text) is not None


@cache
def _words(name: str) -> tuple[str, ...]:
    lexicon = tomllib.loads((rules_dir() / "lexicon.toml").read_text("utf-8"))
    return tuple(lexicon["words"][name]["list"])


@cache
def _entry_ends() -> tuple[str, ...]:
    entry = layout_rules()["entry"]
    return (*entry["ends"], *(word for name in entry["words"] for word in _words(name)))


def is_tail(text: str) -> bool:
    """True for the rest of an entry that was broken in two.

    >>> is_tail("附属中学"), is_tail("南浔中学")
    (True, False)
    """
    if len("".join(text.split())) <= 3 and text[-1] not in ":：":
        return True
    begins = len(text) <= _LONGEST_TAIL and text.startswith(tuple(layout_rules()["entry"]["tails"]))
    return begins or text.rstrip("。；;，,、") in _entry_ends()


@cache
def _labels() -> frozenset[str]:
    columns = tomllib.loads((rules_dir() / "columns.toml").read_text("utf-8"))
    return frozenset(match_key(label) for rule in columns["rule"] for label in rule["sets"]["labels"])


def is_label(text: str) -> bool:
    """True for the label of a column that ``rules/columns.toml`` knows.

    >>> is_label("学校　名称"), is_label("湖州市")
    (True, False)
    """
    return match_key(text) in _labels()
