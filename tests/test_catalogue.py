"""The catalogue of layouts: a text each, and beside it the rows that a person read from it.

``rows`` has a table per name: its columns in the first line, then the rows in the order of the text; an
empty cell means no value. ``findings`` lists every finding as code and line.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from helpers import parse

CATALOGUE = sorted((Path(__file__).parent / "catalogue").glob("*.toml"))


def shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "、".join(map(str, value))
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


@pytest.mark.parametrize("path", CATALOGUE, ids=lambda p: p.stem)
def test_layout(path: Path) -> None:
    case = tomllib.loads(path.read_text("utf-8"))
    parsed = parse(path.with_suffix(".txt").read_bytes())
    for table, (columns, *rows) in case["rows"].items():
        found = [[shown(row.get(c)) for c in columns] for row in parsed.tables.get(table, ())]
        assert found == rows, table
    for table in ("plan_items", "plan_targets", "speech_points", "schools", "awards", "award_authors", "honourees"):
        assert table in case["rows"] or not parsed.tables.get(table), f"{table} has rows that the case does not list"
    assert findings(parsed.tables.get("findings", ())) == sorted(map(tuple, case["findings"]))


def findings(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, int]]:
    return sorted((row["code"], row["line"]) for row in rows)


def test_the_catalogue_is_there() -> None:
    assert len(CATALOGUE) >= 20
