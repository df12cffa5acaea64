"""The index of a published set: one SQLite file beside the sets, named after what it was made from.

A set is never written to. The file stands in ``parsed/search``; it is made beside and moved into place in one step, so that two
who make it at once both find a whole one, and one who may not write there searches in memory.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
import uuid
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.paths import rules_dir
from pipeline.report.published import PublishedSet, read_set, set_digest
from pipeline.search.words import GAP, characters, words

if TYPE_CHECKING:
    import pyarrow as pa

# Changes when the index is made otherwise, so that one made before is not read.
_VERSION = "1"
LINES = "lines"
# Seconds after which an index that is not finished belongs to nobody any more.
_ABANDONED = 86_400
_SCHEMA = """
create table meta (name text primary key, value text) without rowid;
create table documents (number integer primary key, doc_id text, path text, title text);
create table entries (number integer primary key, document integer, kind text, row_id text, span_start integer, span_end integer,
                      line integer, line_last integer, page integer, year integer, own text, context text);
create virtual table looked using fts5(chars, words, context, content='', tokenize="ascii tokenchars '.'");
"""
# Columns of codes and of links: they name nothing that is printed.
_NOT_TEXT = ("_origin", "_code", "_code_now", "_id")
_CODES = frozenset({"kind", "qualifier", "group_kind", "genre", "duplicate_of", "corrected", "keywords", "rule_id"})


@contextmanager
def opened(folder: Path, *, anew: bool = False) -> Iterator[sqlite3.Connection]:
    """The index of a set, made first where it is not there, or ``anew`` where what is there turned out to be damaged.

    Raises :class:`~pipeline.report.published.NoSet`.
    """
    folder = folder.resolve()
    path = index_path(folder)
    connection = (None if anew else _open(path)) or _make(folder, path)
    with closing(connection):
        yield connection


def index_path(folder: Path) -> Path:
    """Where the index of a set stands: ``parsed/search/<key>.sqlite`` for ``parsed/sets/000001``."""
    folder = folder.resolve()
    home = folder.parent.parent if folder.parent.name == "sets" else folder.parent
    return home / "search" / f"{_key(folder)}.sqlite"


def _key(folder: Path) -> str:
    digest = hashlib.sha256(f"{_VERSION} {set_digest(folder)}".encode())
    for name in ("fold.tsv", "fold_traditional.tsv", "fold_dropped.toml", "jieba/userdict.txt"):
        digest.update((rules_dir() / name).read_bytes())
    return digest.hexdigest()[:32]


def _open(path: Path) -> sqlite3.Connection | None:
    """The index at that place; None where there is none, or what is there is not whole."""
    if not path.is_file():
        return None
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        meta = dict(connection.execute("select name, value from meta"))
        (entries,) = connection.execute("select count(*) from entries").fetchone()
        if meta.get("entries") == str(entries) and meta.get("bytes") == str(path.stat().st_size):
            return connection
    except sqlite3.DatabaseError:
        pass
    connection.close()
    return None


def _make(folder: Path, path: Path) -> sqlite3.Connection:
    published = read_set(folder)
    beside = path.with_name(f".{uuid.uuid4().hex}.sqlite")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(beside)) as connection:
            _fill(connection, published)
            (size,) = connection.execute("select page_count * page_size from pragma_page_count, pragma_page_size").fetchone()
            connection.execute("insert into meta values ('bytes', ?)", (str(size),))
            connection.commit()
        os.replace(beside, path)
    except (OSError, sqlite3.OperationalError):
        # A folder that may not be written to, or is full: the same search, made anew each time.
        connection = sqlite3.connect(":memory:")
        _fill(connection, published)
        return connection
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
    _drop_others(folder, path)
    return _open(path) or sqlite3.connect(path)


def _drop_others(folder: Path, path: Path) -> None:
    """Remove the indexes of sets that are gone, and what a process that was killed left behind."""
    sets = [p for p in folder.parent.iterdir() if (p / "manifest.json").is_file()] if folder.parent.name == "sets" else [folder]
    kept = {f"{_key(p)}.sqlite" for p in sets}
    for other in path.parent.glob("[0-9a-f]*.sqlite"):
        if other.name not in kept:
            # Where another process has it open, on a system that minds, the next index made removes it.
            with suppress(OSError):
                other.unlink()
    for other in path.parent.glob(".*.sqlite"):
        with suppress(OSError):
            if time.time() - other.stat().st_mtime > _ABANDONED:
                other.unlink()


def _fill(connection: sqlite3.Connection, published: PublishedSet) -> None:
    connection.executescript(_SCHEMA)
    numbers = {}
    described = published.column("documents", "doc_id", "source_path", "source_title")
    for number, (doc_id, path, title) in enumerate(described, 1):
        numbers[doc_id] = number
        connection.execute("insert into documents values (?, ?, ?, ?)", (number, doc_id, path, title))
    years = dict(published.column("articles", "row_id", "year"))
    count = 0
    for entry in _entries(published, years):
        count += 1
        doc_id, own, context = entry.pop("doc_id"), entry["own"], entry["context"]
        connection.execute(
            "insert into entries values (:number, :document, :kind, :row_id, :span_start, :span_end, :line_first, :line_last, "
            ":page, :year, :own, :context)", entry | {"number": count, "document": numbers[doc_id],
                                                      "own": " · ".join(own), "context": " · ".join(context)})
        # Values are told apart, so that no phrase reaches from one into the next.
        chars, around = (f" {GAP} ".join(map(characters, values)) for values in (own, context))
        connection.execute("insert into looked (rowid, chars, words, context) values (?, ?, ?, ?)",
                           (count, chars, " ".join(w for value in own for w in words(value)), around))
    connection.execute("insert into meta values ('entries', ?)", (str(count),))
    connection.execute("insert into looked (looked) values ('optimize')")
    connection.commit()


def _entries(published: PublishedSet, years: dict[str, int | None]) -> Iterator[dict[str, Any]]:
    places = ("doc_id", "row_id", "span_start", "span_end", "line_first", "line_last", "page")
    starts = _article_years(published, years)
    for doc_id, row_id, start, end, first, last, page, text in published.column(LINES, *places, "text"):
        yield {"doc_id": doc_id, "kind": LINES, "row_id": row_id, "span_start": start, "span_end": end, "line_first": first,
               "line_last": last, "page": page, "year": starts(doc_id, start), "own": (text,), "context": ()}
    for table in published.row_tables:
        yield from _rows(published, table, years)


def _rows(published: PublishedSet, table: str, years: dict[str, int | None]) -> Iterator[dict[str, Any]]:
    schema: pa.Schema = published.tables[table].schema
    named = [f.name for f in schema if str(f.type) in ("string", "list<element: string>", "list<item: string>")
             and f.name not in _CODES and not f.name.endswith(_NOT_TEXT)]
    common = ("doc_id", "row_id", "article_id", "span_start", "span_end", "line_first", "line_last", "page")
    for batch in published.tables[table].to_batches(max_chunksize=5000):
        for row in batch.to_pylist():
            own: dict[str, None] = {}
            context: dict[str, None] = {}
            for name in named:
                if not row[name]:
                    continue
                value = row[name] if isinstance(row[name], str) else "、".join(row[name])
                shown = row.get(f"{name}_evidence")
                far = shown and not (row["span_start"] <= shown["span_start"] and shown["span_end"] <= row["span_end"])
                (context if far or name == "list_title" else own)[value] = None
            yield {c: row[c] for c in common} | {
                "kind": table, "year": years.get(row["article_id"]), "own": _apart(own), "context": _apart(context)}


def _apart(values: Iterable[str]) -> tuple[str, ...]:
    """The values that are no part of another: a heading stands in its item's text too."""
    listed = tuple(values)
    return tuple(v for v in listed if not any(v != other and v in other for other in listed))


def _article_years(published: PublishedSet, years: dict[str, int | None]) -> Callable[[str, int], int | None]:
    """From a document and an offset to the year of the article there."""
    stretches: dict[str, list[tuple[int, int, int | None]]] = {}
    for doc_id, row_id, start, end in published.column("articles", "doc_id", "row_id", "span_start", "span_end"):
        stretches.setdefault(doc_id, []).append((start, end, years[row_id]))
    for listed in stretches.values():
        listed.sort(key=lambda s: s[:2])

    def at(doc_id: str, offset: int) -> int | None:
        listed = stretches.get(doc_id, [])
        place = bisect_right(listed, offset, key=lambda s: s[0]) - 1
        return listed[place][2] if place >= 0 and offset < listed[place][1] else None

    return at

