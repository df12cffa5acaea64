"""Corrections by hand: kept beside the rules, anchored on the text, applied last.

A correction is a line of ``rules/corrections.jsonl``, which is only ever added to; what was wrong is taken back by a further
line that names it. It is anchored as the Web
Annotation model's TextQuoteSelector is: on the quoted text with what stands before and after it, never on a
row number. One whose document, rule or published value has changed since is reported as stale and not applied.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from pipeline.model import Document, Finding, Span

# Characters of context on each side of the quote.
CONTEXT = 20
FILE = "corrections.jsonl"
_TRUTH = {"true": True, "false": False, "是": True, "否": False}
# Columns that say where a row is from: they follow from the text and are never a matter of opinion.
_FIXED = frozenset({
    "row_id", "doc_id", "article_id", "seq", "span_start", "span_end", "line_first", "line_last", "page", "rule_id", "corrected",
})


class CorrectionError(Exception):
    """A line of the corrections file that cannot be used; the message names file, line and what to do."""


@dataclass(frozen=True, slots=True)
class Correction:
    """One value set right. ``document`` is the SHA-256 of the file's bytes, ``path`` its name in the batch.

    ``published`` is the value that was wrong and ``rule`` the rule that had read its row: both must still hold.
    """

    document: str
    path: str
    table: str
    column: str
    prefix: str
    quote: str
    suffix: str
    published: Any
    corrected: Any
    rule: str
    who: str
    why: str
    when: str

    @property
    def id(self) -> str:
        """Names the correction where it is listed and taken back."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Undo:
    """A correction taken back; ``undo`` is its id."""

    undo: str
    who: str
    why: str
    when: str


def read_corrections(folder: Path) -> tuple[Correction, ...]:
    """The corrections of a rules folder that hold, in the order in which they were made; none where there is no file."""
    entries = read_entries(folder)
    out: list[Correction] = []
    for entry in entries:
        if isinstance(entry, Correction):
            out.append(entry)
        else:
            # The same correction made again after it was taken back is a new one.
            out = [c for c in out if c.id != entry.undo]
    return tuple(out)


def read_entries(folder: Path) -> tuple[Correction | Undo, ...]:
    """Every line of the file of corrections; :class:`CorrectionError` names one that cannot be used."""
    path = folder / FILE
    if not path.is_file():
        return ()
    out: list[Correction | Undo] = []
    shapes = {frozenset(f.name for f in fields(kind)): kind for kind in (Correction, Undo)}
    names = {f.name for f in fields(Correction)}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except json.JSONDecodeError as error:
            raise CorrectionError(f"{path}:{number}: 不是 JSON / not JSON: {error}. Mend the line") from None
        shape = shapes.get(frozenset(entry)) if isinstance(entry, dict) else None
        if shape is None:
            wrong = sorted(set(entry) ^ names) if isinstance(entry, dict) else sorted(names)
            raise CorrectionError(f"{path}:{number}: 字段不符 / wrong fields: {', '.join(wrong)}. Write it with hongzhi correct")
        out.append(shape(**entry))
    return tuple(out)


def anchor(text: str, start: int, end: int) -> tuple[str, str, str]:
    """The text before, of and after a span, as a correction keeps it.

    >>> anchor("优秀通讯员名单：王佳、李明", 8, 10)
    ('优秀通讯员名单：', '王佳', '、李明')
    """
    return text[max(0, start - CONTEXT) : start], text[start:end], text[end : end + CONTEXT]


def correction_of(folder: Path, table: str, row_id: str, column: str, value: str, *, who: str, why: str, when: str) -> Correction:
    """The correction of one cell of a published set.

    FileNotFoundError where there is no such table, row or column; :class:`CorrectionError` for a value that the
    column cannot hold.
    """
    import pyarrow.parquet as pq

    from pipeline.schema import tables

    path = folder / table / "part-0.parquet"
    if not path.is_file():
        raise FileNotFoundError(f"{folder} 中没有表 {table} / no table {table} in {folder}")
    rows = pq.ParquetFile(path).read().to_pylist()
    row = next((r for r in rows if r.get("row_id") == row_id), None)
    if row is None:
        raise FileNotFoundError(f"{table} 中没有 row_id {row_id} / no row_id {row_id} in {table}")
    if column not in row or column in _FIXED:
        raise FileNotFoundError(f"{table}.{column} 不能更正 / {table}.{column} is no column that can be corrected")
    kind = next((c.type for t in tables().values() if t.name == table for c in t.columns if c.name == column), "string")
    try:
        typed(value or None, kind)
    except ValueError:
        raise CorrectionError(f"{table}.{column} 的值须是 {kind} / {table}.{column} holds {kind}: {value}") from None
    documents = pq.ParquetFile(folder / "documents" / "part-0.parquet").read(["doc_id", "source_path", "text"]).to_pylist()
    document = next(d for d in documents if d["doc_id"] == row["doc_id"])
    prefix, quote, suffix = anchor(document["text"], row["span_start"], row["span_end"])
    return Correction(row["doc_id"], document["source_path"], table, column, prefix, quote, suffix, plain(row[column]),
                      value or None, row["rule_id"], who, why, when)


def append(folder: Path, entry: Correction | Undo) -> Path:
    """Write an entry at the end of the file; nothing that stands there is ever changed.

    It is written in one piece and flushed to disk, and writers wait for each other, so that two at once lose nothing.
    """
    from filelock import FileLock

    path = folder / FILE
    line = json.dumps(asdict(entry), ensure_ascii=False).encode() + b"\n"
    with FileLock(folder / f".{FILE}.lock", timeout=30), path.open("ab+") as handle:
        if handle.tell() and (handle.seek(-1, os.SEEK_END), handle.read(1))[1] != b"\n":
            line = b"\n" + line  # a line that someone's editor, or a crash, left open stays a line of its own
        handle.write(line)
        handle.flush()
        os.fsync(handle.fileno())
    return path


def undo(folder: Path, correction_id: str, *, who: str, why: str, when: str) -> Correction:
    """Take a correction back; FileNotFoundError where none that holds has this id."""
    found = next((c for c in read_corrections(folder) if c.id == correction_id), None)
    if found is None:
        raise FileNotFoundError(f"没有生效的更正 {correction_id} / no correction {correction_id} holds in {folder / FILE}")
    append(folder, Undo(correction_id, who, why, when))
    return found


def apply_corrections(
    document: Document, tables: Mapping[str, Sequence[Mapping[str, Any]]], corrections: Sequence[Correction],
    types: Mapping[str, Mapping[str, str]],
) -> tuple[dict[str, list[dict[str, Any]]], list[Finding]]:
    """The tables with the corrections made, and a finding for each that was made or is stale.

    ``types`` gives the type of each column by table.
    """
    out = {table: [dict(row) for row in rows] for table, rows in tables.items()}
    findings: list[Finding] = []
    for correction in corrections:
        if correction.document != document.doc_id:
            if correction.path == document.source_path:
                findings.append(_stale(correction, "文件已改动 / the file has changed"))
            continue
        findings.append(_apply(document, out, correction, types))
    return out, findings


def _apply(document: Document, tables: Mapping[str, list[dict[str, Any]]], correction: Correction,
           types: Mapping[str, Mapping[str, str]]) -> Finding:
    start = _place(document.text, correction)
    if start is None:
        return _stale(correction, "引文在文中不唯一或不存在 / the quote is not there, or not only once")
    kind = types.get(correction.table, {}).get(correction.column)
    if kind is None:
        return _stale(correction, "没有这张表或这一列 / there is no such table or column")
    span = Span(start, start + len(correction.quote))
    row = next((r for r in tables.get(correction.table, ()) if (r["span_start"], r["span_end"]) == tuple(span)), None)
    if row is None:
        return _stale(correction, "该处已无此行 / no row stands there any more")
    if row["rule_id"] != correction.rule:
        return _stale(correction, f"规则已变：{row['rule_id']} / another rule reads it now: {row['rule_id']}")
    if plain(row.get(correction.column)) != correction.published:
        now = row.get(correction.column)
        return _stale(correction, f"发布值已变：{now} / the published value has changed: {now}")
    try:
        row[correction.column] = typed(correction.corrected, kind)
    except ValueError:
        return _stale(correction, f"“{correction.corrected}”不是这一列的值 / “{correction.corrected}” is no value of this column")
    row[f"{correction.column}_origin"] = "corrected"
    row[f"{correction.column}_evidence"] = {"span_start": span.start, "span_end": span.end}
    row["corrected"] = sorted({*(row.get("corrected") or ()), correction.column})
    params = {"column": correction.column, "old": str(correction.published), "new": str(correction.corrected),
              "who": correction.who, "when": correction.when, "why": correction.why}
    return Finding("corrected", span, params, correction.table, row["row_id"], correction.column,
                   str(correction.corrected), str(correction.published))


def _place(text: str, correction: Correction) -> int | None:
    whole = correction.prefix + correction.quote + correction.suffix
    first = text.find(whole)
    if first < 0 or text.find(whole, first + 1) >= 0:
        return None
    return first + len(correction.prefix)


def _stale(correction: Correction, reason: str) -> Finding:
    params = {"quote": correction.quote[:40], "column": correction.column, "who": correction.who, "reason": reason}
    return Finding("correction_stale", None, params, correction.table, None, correction.column)


def plain(value: Any) -> Any:
    """A published value as JSON keeps it.

    >>> plain(Decimal("1.50")), plain(date(2013, 1, 5)), plain(["甲"])
    ('1.5', '2013-01-05', ['甲'])
    """
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else value


def typed(value: Any, kind: str) -> Any:
    """A JSON value as the column's type has it; ValueError where it cannot be.

    >>> typed("1.5", "decimal"), typed("2013", "int32"), typed("2013-01-05", "date32"), typed(None, "string")
    (Decimal('1.5'), 2013, datetime.date(2013, 1, 5), None)
    """
    if value is None:
        return None
    if kind == "decimal":
        try:
            return Decimal(str(value))
        except InvalidOperation:
            raise ValueError(str(value)) from None
    if kind.startswith("int"):
        return int(value)
    if kind == "date32":
        return date.fromisoformat(str(value))
    if kind == "bool":
        if isinstance(value, bool) or str(value).lower() in _TRUTH:
            return value if isinstance(value, bool) else _TRUTH[str(value).lower()]
        raise ValueError(f"{value}: true, false")
    if kind == "list<string>":
        return [str(v) for v in value] if isinstance(value, list) else str(value).split("、")
    return str(value)
