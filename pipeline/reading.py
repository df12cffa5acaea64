"""One file from its bytes to its rows, or to the reason why not: what a worker does, and never raises."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline.ids import row_id
from pipeline.ingest import open_document
from pipeline.ingest.archive import Member, expand
from pipeline.ingest.errors import UnreadableDocument
from pipeline.ingest.limits import Limits, over_limit
from pipeline.ingest.sniff import ARCHIVES, kind_of
from pipeline.model import Document, Publication, Span
from pipeline.parse import parse_document, published
from pipeline.rules import RuleBook, RulesChanged, load_rules

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Task:
    """One file to read: where it lies, the name that is stored, and what a list says of its publication."""

    path: Path
    name: str
    listed: Publication


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for every file of a run. ``rules_hash`` must be that of the folder when a worker loads it."""

    rules: Path
    rules_hash: str
    as_of: int
    limits: Limits


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a file: its document id and its rows by table; ``failure`` where it gave no text."""

    doc_id: str
    tables: Rows
    failure: UnreadableDocument | None = None


def read_file(task: Task, settings: Settings) -> Made:
    """Read one file by the rules of the run; raises only :class:`RulesChanged`."""
    book = _book(settings.rules, settings.rules_hash)
    try:
        document = listed(open_document(task.path, name=task.name, limits=settings.limits), task.listed)
        # What no file can hold (half a character) must fail here, and not when the whole set is written.
        f"{document.text}{document.publication}".encode()
        return Made(document.doc_id, parse_document(document, book, settings.as_of).tables)
    except Exception as error:  # whatever goes wrong in one file is its own failure and nobody else's
        doc_id = doc_id_of(task.path, settings.limits.bytes) or path_id(task.name)
        return failed(task, failure_of(error, settings.limits), book, doc_id)


@lru_cache(maxsize=2)
def _book(folder: Path, expected: str) -> RuleBook:
    # Once for each run and process: even to hash the folder for every file would cost more than a short file does.
    book = load_rules(folder)
    if book.hash != expected:
        raise RulesChanged("规则刚被改动，请再运行一次 / the rules have just been changed: run again")
    return book


def expand_file(task: Task, folder: Path, limits: Limits) -> tuple[Member, ...] | UnreadableDocument | None:
    """The members of an archive, written below ``folder``; None for every other file."""
    try:
        with task.path.open("rb") as handle:
            kind = kind_of(task.name, handle.read(limits.bytes))
        if kind not in ARCHIVES:
            return None
        folder.mkdir(parents=True, exist_ok=True)
        return expand(task.path, kind, folder, limits)
    except Exception as error:
        return failure_of(error, limits)


def failure_of(error: Exception, limits: Limits) -> UnreadableDocument:
    """Any exception as the reason of a failure."""
    if isinstance(error, UnreadableDocument):
        return error
    if isinstance(error, MemoryError):
        return over_limit("memory", limits.memory)
    if isinstance(error, OSError):
        return UnreadableDocument("unreadable", f"无法读取：{error.strerror}", f"cannot be read: {error.strerror}")
    # A defect of ours in one document must not lose the others.
    told = f"{type(error).__name__}: {error}"
    return UnreadableDocument("document_failed", told, told)


def listed(document: Document, known: Publication) -> Document:
    """The document with its publication as the list gives it, and as the file itself gives it where the list is silent."""
    own = document.publication
    both = {f.name: getattr(known, f.name) or getattr(own, f.name) for f in fields(Publication)}
    return replace(document, publication=Publication(**both))


def failed(task: Task, failure: UnreadableDocument, book: RuleBook, doc_id: str) -> Made:
    """The rows of a file that gave no text: a document without text and a finding that says why."""
    document = {
        "doc_id": doc_id, "source_path": task.name, "paths": [task.name], "media_type": "application/octet-stream",
        "extractor": "none", "text": "", "n_chars": 0, "n_lines": 0, "coverage": 0.0, "status": "failed",
        **published(task.listed),
    }
    finding = document_finding(doc_id, failure.code, book, {"zh": failure.zh, "en": failure.en})
    return Made(doc_id, {"documents": [document], "findings": [finding]}, failure)


def doc_id_of(path: Path, most: int) -> str | None:
    """The SHA-256 of a file's bytes, in hex; None where it cannot be read or is larger than ``most`` bytes."""
    try:
        if path.stat().st_size > most:
            return None
        with path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError:
        return None


def path_id(name: str) -> str:
    """The document id of a file whose bytes cannot be had: its name stands for them."""
    return hashlib.sha256(b"path:" + name.encode()).hexdigest()


def document_finding(doc_id: str, code: str, book: RuleBook, params: Mapping[str, str]) -> dict[str, Any]:
    """A finding about a whole document, as a row."""
    wording = book.wordings[code]
    zh, en = wording.zh.format(**params), wording.en.format(**params)
    return {
        "row_id": row_id(doc_id, f"findings:{code}:{sorted(params.items())}", Span(0, 0)), "doc_id": doc_id, "seq": 0,
        "span_start": 0, "span_end": 0, "line_first": 1, "line_last": 1, "line": 1, "rule_id": f"finding.{code}",
        "code": code, "severity": wording.severity, "table": "documents", "message": f"{zh} / {en}", "message_zh": zh,
        "message_en": en, "hint": wording.hint,
    }
