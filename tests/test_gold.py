"""The samples against their gold; rules that earn their place; failures that are known and not yet mended."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from helpers import ROOT, SAMPLES, parse
from test_catalogue import CATALOGUE, shown

from pipeline.ablate import ablate
from pipeline.ingest import open_document
from pipeline.rules import RuleBook
from pipeline.score import GoldError, folded, read_gold, score

GOLD = ROOT / "tests" / "gold"
KNOWN = sorted((ROOT / "tests" / "known_failures").glob("*.toml"))


def published() -> dict[str, list[dict[str, Any]]]:
    out: dict[str, list[dict[str, Any]]] = {}
    for path in SAMPLES:
        for table, rows in parse_file(path).items():
            out.setdefault(table, []).extend(rows)
    return out


def parse_file(path: Path) -> dict[str, list[dict[str, Any]]]:
    parsed = parse(path.read_bytes())
    tables = {table: [dict(r) for r in rows] for table, rows in parsed.tables.items()}
    tables["documents"][0]["source_path"] = path.name
    return tables


def test_the_samples_agree_with_their_gold() -> None:
    scores = score(published(), read_gold(GOLD))
    assert [m for s in scores for m in s.misses] == []
    assert all(s.precision == s.recall == 1 for s in scores)
    linked = {s.table: s.tuples for s in scores if s.tuples}
    assert linked and all(right == wanted == found for right, wanted, found in linked.values())


def test_every_sample_has_gold() -> None:
    assert {p.name for p in GOLD.iterdir() if p.is_dir()} == {p.stem for p in SAMPLES}


def test_what_a_score_counts() -> None:
    documents = [{"doc_id": "d", "source_path": "a.txt"}]
    rows = [
        {"doc_id": "d", "school": "甲 小学", "honour": "示范校", "city_code": "1", "county_code": None},
        {"doc_id": "d", "school": "乙小学（东校区）", "honour": None, "city_code": "2", "county_code": None},
    ]
    gold = {"schools": [
        {"_source": "a", "school": "甲小学", "honour": "示范校", "city_code": "9", "county_code": None},
        {"_source": "a", "school": "乙小学(西校区)", "honour": None, "city_code": "2", "county_code": None},
        {"_source": "a", "school": "丙小学", "honour": None, "city_code": "3", "county_code": None},
    ]}
    (found,) = score({"documents": documents, "schools": rows}, gold)
    assert (found.hits, found.expected, found.found, found.close) == (1, 3, 2, 2)
    assert found.precision == 0.5 and found.recall == pytest.approx(1 / 3)
    assert (found.fields["city_code"].right, found.fields["city_code"].support) == (0, 1)
    assert found.tuples == (0, 3, 2)
    assert [m.split(":")[0] for m in found.misses] == ["school='甲小学'", "missing", "missing", "extra"]


def test_a_bad_gold_file_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "schools.jsonl").write_text('{"school": "甲"}\n{nonsense\n', "utf-8")
    with pytest.raises(GoldError, match=r"schools\.jsonl:2"):
        read_gold(tmp_path)
    with pytest.raises(GoldError, match=r"TABLE\.jsonl"):
        read_gold(tmp_path / "none")
    (tmp_path / "schools.jsonl").rename(tmp_path / "nothing.jsonl")
    (tmp_path / "nothing.jsonl").write_text(json.dumps({"a": 1}), "utf-8")
    with pytest.raises(GoldError, match="key fields"):
        score({}, read_gold(tmp_path))


def test_folding_compares_values_and_not_their_print() -> None:
    assert folded("《 清明 》") == folded("清明") and folded("２件") == folded("2 件") and folded([]) is None
    assert folded("《甲》和《乙》") != folded("甲和乙")


def test_every_rule_changes_a_row_of_some_document(book: RuleBook) -> None:
    documents = [open_document(p) for p in (*SAMPLES, *(c.with_suffix(".txt") for c in CATALOGUE))]
    assert [a.rule for a in ablate(documents, book) if not a.changed] == []


@pytest.mark.parametrize("path", KNOWN, ids=lambda p: p.stem)
@pytest.mark.xfail(strict=True, reason="known; each file says why")
def test_known_failure(path: Path) -> None:
    case = tomllib.loads(path.read_text("utf-8"))
    parsed = parse(path.with_suffix(".txt").read_bytes())
    for table, (columns, *rows) in case["rows"].items():
        assert [[shown(row.get(c)) for c in columns] for row in parsed.tables.get(table, ())] == rows


@pytest.mark.parametrize("path", KNOWN, ids=lambda p: p.stem)
def test_a_known_failure_is_not_silent(path: Path) -> None:
    codes = {f["code"] for f in parse(path.with_suffix(".txt").read_bytes()).tables["findings"]}
    assert set(tomllib.loads(path.read_text("utf-8"))["findings"]) <= codes
