"""The same text in traditional characters gives the same rows: only the characters of its values differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import opencc
import pytest
from helpers import SAMPLES, opened, rows_of

from pipeline import parse_text
from pipeline.ingest import open_document
from pipeline.model import Document
from pipeline.parse import parse_document
from pipeline.rules import RuleBook
from pipeline.view import fold

TEXTS = (*SAMPLES, *sorted((Path(__file__).parent / "catalogue").glob("*.txt")))
# Ids are hashes of the bytes, messages quote the text, keywords are hints that know 了解 and not 瞭解; the rest must be the same.
ASIDE = ("documents", "rules_used")
IDS = ("row_id", "doc_id", "article_id", "item_id", "award_id", "claimed_by", "about_row_id", "resolved_row_id", "duplicate_of",
       "continues_article_id", "message", "message_zh", "message_en", "keywords")


@cache
def converter(form: str) -> Any:
    return opencc.OpenCC(form)


def simple(value: Any) -> Any:
    if isinstance(value, str):
        return fold(converter("t2s").convert(value))
    if isinstance(value, Mapping):
        return {k: simple(v) for k, v in value.items() if k not in IDS and v is not None}
    return [simple(v) for v in value] if isinstance(value, list) else value


def comparable(document: Document, book: RuleBook) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    return {
        table: [simple(row) for row in rows]
        for table, rows in parse_document(document, book).tables.items()
        if table not in ASIDE
    }


@pytest.mark.parametrize("form", ["s2t", "s2hk"])
@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.stem)
def test_the_rows_are_the_same(path: Path, form: str, book: RuleBook) -> None:
    text = open_document(path).text
    traditional = converter(form).convert(text)
    assert len(traditional) == len(text)
    plain, other = (comparable(opened("a.txt", t.encode()), book) for t in (text, traditional))
    assert plain.keys() == other.keys()
    for table, rows in plain.items():
        assert [r for r in rows if r not in other[table]] == [r for r in other[table] if r not in rows], table
        assert rows == other[table], table


def test_bounds_and_places_of_traditional_text() -> None:
    plan = parse_text("2014年工作要點\n一、組織建設\n1.檢查不少於4次，滿意率不低於90%，較2014年減少1.2個百分點。\n")
    assert rows_of(plan, "plan_targets", "text", "qualifier", "change") == [
        ("不少於4次", "ge", None), ("不低於90%", "ge", None), ("1.2個百分點", "eq", "減少"),
    ]
    roll = parse_text("優秀通訊員名單\n1.陳麗華（寧波市紅十字會）\n2.張偉（溫嶺市紅十字會）\n")
    assert rows_of(roll, "honourees", "name", "unit_place_code") == [("陳麗華", "330200"), ("張偉", "331081")]
    assert rows_of(roll, "findings", "code") == []
