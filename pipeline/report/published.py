"""A published set, document by document. Tables stay in Arrow; only the rows of the document asked for become objects."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

# What the machinery keeps for itself; every other table holds rows read from texts.
LEDGER = ("documents", "lines", "findings", "rules_used")


class NoSet(FileNotFoundError):
    """The folder is not a published set."""


@dataclass(frozen=True, slots=True)
class ColumnName:
    """A column with what it means, as the set itself says."""

    name: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class PublishedSet:
    """Every table of a set, and where the rows of each document stand in it: table, then document, then stretches."""

    folder: Path
    digest: str
    tables: Mapping[str, pa.Table]
    places: Mapping[str, Mapping[str, tuple[tuple[int, int], ...]]]

    @property
    def doc_ids(self) -> tuple[str, ...]:
        """The documents in their published order."""
        return tuple(self.tables["documents"]["doc_id"].to_pylist())

    @property
    def row_tables(self) -> tuple[str, ...]:
        """The tables that hold rows read from texts, in the order of the schema."""
        return tuple(name for name in self.tables if name not in LEDGER)

    def rows(self, table: str, doc_id: str) -> list[dict[str, Any]]:
        """The rows of one document, in order; none where the set has no such table."""
        out: list[dict[str, Any]] = []
        for start, length in self.places.get(table, {}).get(doc_id, ()):
            out += self.tables[table].slice(start, length).to_pylist()
        return out

    def document(self, doc_id: str) -> dict[str, dict[str, Any]] | dict[str, list[dict[str, Any]]]:
        """All rows of one document by table."""
        return {name: self.rows(name, doc_id) for name in self.tables}

    def columns(self, table: str) -> tuple[ColumnName, ...]:
        """The columns of a table in order, described."""
        out = []
        for column in self.tables[table].schema:
            about = column.metadata or {}
            zh, en = (about.get(key, b"").decode("utf-8") or column.name for key in (b"description_zh", b"description_en"))
            out.append(ColumnName(column.name, zh, en))
        return tuple(out)

    def column(self, table: str, *names: str) -> Iterator[tuple[Any, ...]]:
        """The values of some columns, row by row over the whole set; nothing where the table is not there."""
        if table in self.tables:
            yield from zip(*(self.tables[table][name].to_pylist() for name in names), strict=True)


def set_digest(folder: Path) -> str:
    """SHA-256 of the manifest, which names every file of the set by its own; raises :class:`NoSet`."""
    path = folder / "manifest.json"
    if not path.is_file():
        raise NoSet(f"{folder} 不是已发布的一套表，请先运行 hongzhi run / "
                    f"{folder} is not a published set: make one with hongzhi run")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_set(folder: Path) -> PublishedSet:
    """Read a set (``parsed/current``, or one of ``parsed/sets``). Raises :class:`NoSet` where there is none.

    The link is followed once, so that a set published meanwhile is not mixed in.
    """
    import pyarrow.parquet as pq

    folder = folder.resolve()
    digest = set_digest(folder)
    files = json.loads((folder / "manifest.json").read_text("utf-8"))["files"]
    tables = {name: pq.ParquetFile(folder / entry["path"]).read() for name, entry in files.items()}
    if not {"documents", "lines", "findings"} <= set(tables):
        raise NoSet(f"{folder} 缺少 documents、lines 或 findings 表 / {folder} lacks the table documents, lines or findings")
    return PublishedSet(folder, digest, tables, {name: _places(table) for name, table in tables.items()})


def _places(table: pa.Table) -> dict[str, tuple[tuple[int, int], ...]]:
    """The stretches of rows of each document, from one pass over the column."""
    out: dict[str, list[tuple[int, int]]] = {}
    first, current = 0, None
    ids = table["doc_id"].to_pylist()
    for place, doc_id in enumerate([*ids, None]):
        if doc_id != current:
            if current is not None:
                out.setdefault(current, []).append((first, place - first))
            first, current = place, doc_id
    return {doc_id: tuple(stretches) for doc_id, stretches in out.items()}
