"""Composed documents give all of their rows, fields and flags: 2,000 seeded examples over the strategies."""

from __future__ import annotations

import pytest
from composed import Composed, award_lists, award_tables, plans, rosters, school_lists, speeches
from helpers import parse, rows_of
from hypothesis import HealthCheck, given, settings

from pipeline.model import Parsed

COLUMNS = {
    "schools": ("group_heading", "declared_count", "school", "city"),
    "awards": ("prize", "entry_no", "work_title"),
    "award_authors": ("prize", "entry_no", "author", "role", "unit"),
    "honourees": ("role", "name", "post"),
    "plan_items": ("section_title", "item_no", "heading", "text", "responsible_units"),
    "plan_targets": ("item_no", "text", "value", "qualifier", "hedge"),
    "speech_points": ("section_title", "marker", "text"),
}
# Findings that a composed document may only raise where it was made to.
FLAGS = (
    "count_mismatch",
    "preview_of_sections",
    "number_gap",
    "number_repeated",
    "unparsed",
    "work_without_author",
    "cell_unusual",
    "column_unlike_label",
    "column_by_content",
    "column_unread",
    "name_unusual",
    "names_unseparated",
    "credit_unread",
    "place_conflict",
    "partial_list",
    "title_unclosed",
    "truncated",
    "heading_without_entries",
    "heading_unread",
)
EXAMPLES = settings(max_examples=334, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def plain(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def check(document: Composed, parsed: Parsed) -> None:
    for table, columns in COLUMNS.items():
        found = [tuple(map(plain, row)) for row in rows_of(parsed, table, *columns)]
        assert found == document.rows.get(table, []), f"{table}\n{document.text}"
    raised = sorted(f["code"] for f in parsed.tables["findings"] if f["code"] in FLAGS)
    assert raised == sorted(document.flags), document.text


STRATEGIES = {
    "school_lists": school_lists(),
    "award_lists": award_lists(),
    "award_tables": award_tables(),
    "rosters": rosters(),
    "plans": plans(),
    "speeches": speeches(),
}


@pytest.mark.parametrize("kind", STRATEGIES)
def test_a_composed_document_gives_its_rows(kind: str) -> None:
    @EXAMPLES
    @given(document=STRATEGIES[kind])
    def run(document: Composed) -> None:
        check(document, parse(document.text))

    run()
