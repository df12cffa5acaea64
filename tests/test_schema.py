"""The data dictionary: the names that others rely on, described in both languages, in every published file."""

from __future__ import annotations

import pyarrow as pa
import pytest

from pipeline.schema import arrow_schema, datapackage, tables

# What every genre's rows are published as; a name may be added here, never taken away.
PROMISED = {
    "documents": "doc_id source_path",
    "plan_items": "section_title section_no item_no item_label level heading text responsible_units",
    "plan_targets": "item_id item_no indicator text value value_high unit qualifier hedge period_text "
                    "period_start period_end kind",
    "speech_points": "section_title marker level heading text duplicate_of",
    "schools": "list_title section_title honour group_heading group_kind declared_count school stage city city_code county "
               "county_code county_code_now candidates",
    "awards": "list_title year category prize declared_count entry_no work_title form",
    "award_authors": "award_id prize entry_no author_order author role unit unit_place_code",
    "honourees": "list_title category declared_count entry_no name role post unit unit_place_code",
    "references": "title kind doc_number alias resolved_row_id",
    "findings": "code severity line table about_row_id column message expected found hint",
    "rules_used": "rule_id rule_file fired rows",
    "lines": "line_no role",
}


@pytest.mark.parametrize(("table", "columns"), PROMISED.items())
def test_the_promised_columns_are_there(table: str, columns: str) -> None:
    assert [c for c in columns.split() if c not in {column.name for column in tables()[table].columns}] == []


@pytest.mark.parametrize("table", tables().values(), ids=lambda t: t.name)
def test_every_column_is_described_in_both_languages(table: object) -> None:
    schema = arrow_schema(table)  # type: ignore[arg-type]
    for field in schema:
        described = {k.decode(): v.decode() for k, v in (field.metadata or {}).items()}
        assert described.get("description_en") and described.get("description_zh"), field.name
    assert schema.names and len(set(schema.names)) == len(schema.names)


def test_values_are_exact_and_days_are_days() -> None:
    targets = arrow_schema(tables()["plan_targets"])
    assert pa.types.is_decimal(targets.field("value").type)
    assert targets.field("period_end").type == pa.date32()
    assert pa.types.is_list(arrow_schema(tables()["schools"]).field("candidates").type)


def test_an_inherited_value_has_its_origin_and_evidence() -> None:
    names = set(arrow_schema(tables()["schools"]).names)
    for column in ("city", "county", "honour"):
        assert {f"{column}_origin", f"{column}_evidence"} <= names


def test_the_package_names_each_table_once() -> None:
    package = datapackage(tables())
    assert [r["name"] for r in package["resources"]] == list(tables())
