"""Rows of a run to the tables of a set: what stands published and is unchanged, and what was read anew.

Everything here is by column; rows that stand published are never turned into Python objects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.plan import Entry
from pipeline.reading import Rows, document_finding
from pipeline.rules import RuleBook
from pipeline.schema import Table, arrow_schema, tables

if TYPE_CHECKING:
    import pyarrow as pa

# Said of the set and not of one document's text, so made for each set.
_OF_THE_SET = "document_repeated"


def assemble(entries: Sequence[Entry], made: Mapping[str, Rows], before: Path | None, book: RuleBook) -> dict[str, pa.Table]:
    """Every table of the set, documents in the order of ``entries``.

    ``made`` holds the rows of the documents that were read, by document id; the rows of all others are
    taken from the published set in the folder ``before``.
    """
    import pyarrow as pa

    order = [e.doc_id for e in entries]
    kept = [e.doc_id for e in entries if e.doc_id not in made]
    repeated = [row for e in entries for row in _repeated(e, book)]
    out: dict[str, pa.Table] = {}
    for name, described in tables(book.tables).items():
        fresh = [row for doc_id in order for row in made.get(doc_id, {}).get(name, ())]
        parts = [_published(before, name, kept)] if before and kept else []
        parts.append(to_arrow(described, [*fresh, *(repeated if name == "findings" else ())]))
        whole = _in_order(pa.concat_tables(parts), order)
        columns = dict(zip(whole.column_names, whole.columns, strict=True)) | (_paths(entries) if name == "documents" else {})
        # The schema anew: what a file gives back holds the same, but writes other bytes.
        out[name] = pa.table(columns, schema=arrow_schema(described))
    return out


def to_arrow(described: Table, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows as an Arrow table with the schema of their table."""
    import pyarrow as pa

    schema = arrow_schema(described)
    columns = {f.name: pa.array([row.get(f.name) for row in rows], type=f.type) for f in schema}
    return pa.table(columns, schema=schema)


def _published(folder: Path, name: str, kept: Sequence[str]) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.ParquetFile(folder / name / "part-0.parquet").read()
    mask = pc.is_in(table["doc_id"], value_set=pa.array(kept, pa.string()))
    if name == "findings":
        mask = pc.and_(mask, pc.not_equal(table["code"], _OF_THE_SET))
    return table.filter(mask)


def _in_order(table: pa.Table, order: Sequence[str]) -> pa.Table:
    """The rows by document; those of one document stay in their order, for the sort is stable."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rank = pc.index_in(table["doc_id"], value_set=pa.array(order, pa.string()))
    return table.take(pc.sort_indices(rank)).combine_chunks()


def _paths(entries: Sequence[Entry]) -> dict[str, pa.Array]:
    """The column of ``documents`` that depends on the other files of the set."""
    import pyarrow as pa

    return {"paths": pa.array([[e.source.name, *e.copies] for e in entries], pa.list_(pa.string()))}


def _repeated(entry: Entry, book: RuleBook) -> list[dict[str, Any]]:
    return [document_finding(entry.doc_id, _OF_THE_SET, book, {"path": entry.source.name, "copy": name}) for name in entry.copies]
