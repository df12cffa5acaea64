"""Tables and columns from ``rules/schema.toml``: Arrow schemas, the data dictionary, datapackage.json."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from pipeline.paths import rules_dir
from pipeline.rules import GenreColumn

if TYPE_CHECKING:
    import pyarrow as pa

_FOREIGN = {"article_id": "articles", "item_id": "plan_items", "award_id": "awards"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its Arrow type by name, descriptions in two languages, unit where it has one.

    ``printed`` is true where the value is text of the source: it stands in the span of its row, or of its evidence.
    """

    name: str
    type: str
    en: str
    zh: str
    unit: str | None = None
    printed: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table: descriptions, key and columns, provenance columns included."""

    name: str
    en: str
    zh: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]


@cache
def _source() -> dict[str, Any]:
    return tomllib.loads((rules_dir() / "schema.toml").read_text("utf-8"))


def version() -> str:
    """Version of the schema."""
    return str(_source()["version"])


def tables(extra: Mapping[str, tuple[GenreColumn, ...]] | None = None) -> dict[str, Table]:
    """Every table by name; ``extra`` are those that genre files declare.

    >>> [c.name for c in tables()["schools"].columns if c.name.startswith("city")][:4]
    ['city', 'city_origin', 'city_evidence', 'city_code']
    """
    out = {name: _table(name, entry) for name, entry in _source()["tables"].items()}
    for name, columns in (extra or {}).items():
        declared = {"en": name, "zh": name, "columns": [
            {"name": c.name, "type": c.type, "en": c.en, "zh": c.zh, "origin": True} for c in columns]}
        out[name] = _table(name, declared)
    return out


def _table(name: str, entry: Mapping[str, Any]) -> Table:
    columns = [_column(c) for c in _source()["common"]] if entry.get("common", True) else []
    for declared in entry["columns"]:
        columns.append(_column(declared))
        if declared.get("origin"):
            columns += _provenance(declared["name"])
    return Table(name, entry["en"], entry["zh"], tuple(entry.get("key", ("row_id",))), tuple(columns))


def _column(entry: Mapping[str, Any]) -> Column:
    return Column(entry["name"], entry["type"], entry["en"], entry["zh"], entry.get("unit"),
                  entry["type"] == "string" and not entry.get("normalised", False))


def _provenance(name: str) -> list[Column]:
    return [
        Column(f"{name}_origin", "string", f"Where {name} came from: stated, inherited, derived, carried or corrected",
               f"{name} 的来历"),
        Column(f"{name}_evidence", "span", f"Span of documents.text that shows {name}", f"{name} 的出处位置", "code points"),
    ]


def arrow_schema(table: Table) -> pa.Schema:
    """The Arrow schema of a table, descriptions in the metadata of its fields."""
    import pyarrow as pa

    span = pa.struct([("span_start", pa.int64()), ("span_end", pa.int64())])
    segment = pa.struct([*span, ("role", pa.string()), ("claimed_by", pa.string())])
    types = {
        "string": pa.string(), "int32": pa.int32(), "int64": pa.int64(), "float64": pa.float64(), "bool": pa.bool_(),
        "date32": pa.date32(), "decimal": pa.decimal128(38, 9), "list<string>": pa.list_(pa.string()), "span": span,
        "segments": pa.list_(segment),
        "boxes": pa.list_(pa.struct([("page", pa.int32()), *((edge, pa.float32()) for edge in ("x0", "y0", "x1", "y1"))])),
    }
    fields = [
        pa.field(c.name, types[c.type], metadata={
            "description_en": c.en, "description_zh": c.zh, **({"unit": c.unit} if c.unit else {})})
        for c in table.columns
    ]
    return pa.schema(fields, metadata={"schema_version": version(), "table": table.name,
                                       "description_en": table.en, "description_zh": table.zh})


def datapackage(described: Mapping[str, Table]) -> dict[str, Any]:
    """The Frictionless Data Package of a published set."""
    kinds = {"int32": "integer", "int64": "integer", "float64": "number", "decimal": "number", "bool": "boolean",
             "date32": "date", "list<string>": "array", "span": "object", "segments": "array", "boxes": "array"}
    resources = []
    for table in described.values():
        fields = [{"name": c.name, "type": kinds.get(c.type, "string"), "description": f"{c.zh} / {c.en}",
                   **({"unit": c.unit} if c.unit else {})} for c in table.columns]
        names = {c.name for c in table.columns}
        foreign = [{"fields": ["doc_id"], "reference": {"resource": "documents", "fields": ["doc_id"]}}]
        foreign = [] if table.name == "documents" else foreign
        foreign += [
            {"fields": [f], "reference": {"resource": t, "fields": ["row_id"]}} for f, t in _FOREIGN.items() if f in names
        ]
        resources.append({
            "name": table.name, "path": f"{table.name}/part-0.parquet", "format": "parquet",
            "mediatype": "application/vnd.apache.parquet", "title": table.zh, "description": f"{table.zh} / {table.en}",
            "schema": {"fields": fields, "primaryKey": list(table.key), "foreignKeys": foreign},
        })
    return {"profile": "data-package", "name": "hongzhi", "version": version(), "resources": resources}
