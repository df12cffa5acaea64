"""A batch: files, folders, archives and lists in, one published set out; a bad file never stops the others.

What stands published and has not changed is taken over; the set is the same as a run from nothing would
give. Exit codes: :mod:`pipeline.exits`.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline import __version__
from pipeline.assemble import assemble
from pipeline.collect import Archive, collect
from pipeline.exits import EXIT_DONE, EXIT_SOME_FAILED, EXIT_STRICT
from pipeline.ingest.errors import UnreadableDocument
from pipeline.ingest.limits import Limits
from pipeline.plan import Entry, Published, basis, change_of, code_hash, environment, read_published, removed, unchanged
from pipeline.publish import publish, verify_set, writer
from pipeline.quarantine import keep_apart
from pipeline.reading import Made, Settings, Task, failed, path_id, read_file
from pipeline.resolve.places import LAST_YEAR
from pipeline.rules import RuleBook, RulesChanged, load_rules
from pipeline.schema import tables
from pipeline.sources import UsageError, discover
from pipeline.workers import run_all

__all__ = ["DocumentResult", "RulesChanged", "RunResult", "UsageError", "run"]

# Told of each step: what is done, how many are done, and of how many.
Progress = Callable[[str, int, int], None]

log = logging.getLogger("hongzhi")


@dataclass(frozen=True, slots=True)
class DocumentResult:
    """What came of one document: counts of rows per table and of findings per severity.

    ``change`` is new, changed (its bytes), stale (rules, code or settings) or unchanged, against the set before.
    """

    path: str
    status: str
    genres: tuple[str, ...]
    rows: Mapping[str, int]
    coverage: float | None
    findings: Mapping[str, int]
    reason: str | None = None
    code: str | None = None
    change: str = "new"
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunResult:
    """What came of a run; ``set_path`` is None for a dry run.

    ``corrected`` and ``stale`` count the corrections that were made and those that no longer fit; ``removed`` are the
    names of the set before that the inputs no longer have. ``published`` is false where nothing had changed.
    """

    exit_code: int
    set_path: Path | None
    documents: tuple[DocumentResult, ...]
    rows: Mapping[str, int]
    corrected: int = 0
    stale: int = 0
    removed: tuple[str, ...] = ()
    published: bool = False

    @property
    def failed(self) -> tuple[DocumentResult, ...]:
        """The documents that gave no text."""
        return tuple(d for d in self.documents if d.status == "failed")

    @property
    def changes(self) -> Mapping[str, int]:
        """How many documents are new, changed, stale, unchanged and removed."""
        counts = Counter(d.change for d in self.documents)
        return {**{name: counts[name] for name in ("new", "changed", "stale", "unchanged")}, "removed": len(self.removed)}


@dataclass(frozen=True, slots=True)
class Options:
    """How a run reads and publishes; see ``hongzhi run --help``. ``workers`` 0 reads in this process, without bounds."""

    keep: int = 3
    strict: bool = False
    min_coverage: float = 0.9
    as_of: int = LAST_YEAR
    workers: int = 0
    fresh: bool = False
    dry_run: bool = False
    limits: Limits = field(default_factory=Limits)


def run(inputs: Sequence[Path], out: Path, options: Options | None = None, *, lists: Sequence[Path] = (),
        rules: RuleBook | None = None, progress: Progress | None = None) -> RunResult:
    """Read what is new or changed in the inputs and publish one complete set under ``out``.

    ``rules`` are those of a folder, which workers load again. Raises :class:`UsageError`, :class:`RulesChanged`,
    :class:`pipeline.rules.RuleError`, :class:`pipeline.publish.Locked` and :class:`pipeline.publish.PublishError`; then the
    published set is unchanged.
    """
    options = options or Options()
    book = rules or load_rules()
    sources = discover(inputs, lists, out)
    with nullcontext() if options.dry_run else writer(out), tempfile.TemporaryDirectory(prefix="hongzhi-") as spool:
        started = datetime.now(UTC)
        rules_folder = _held_still(book, Path(spool)) if options.workers else book.folder
        settings = Settings(rules_folder, book.hash, options.as_of, options.limits)
        published = Published() if options.fresh else _sound(read_published(out))
        base = basis(book, settings)
        entries, archives = collect(sources, published, Path(spool), base, book, settings, options.workers)
        entries, made = _read(entries, published, book, settings, options.workers, progress)
        rows = assemble(entries, {doc_id: m.tables for doc_id, m in made.items()}, published.folder, book)
        documents = tuple(_result(e, made.get(e.doc_id), published) for e in entries)
        codes = Counter(rows["findings"]["code"].to_pylist())
        result = RunResult(
            _exit_code(documents, options), None, documents, {name: table.num_rows for name, table in rows.items()},
            codes["corrected"], codes["correction_stale"], removed(entries, published))
        if options.dry_run:
            return result
        manifest = _manifest(book, started, inputs, lists, entries, archives, result, options)
        same = published.folder is not None and published.says_the_same(manifest)
        if same and published.folder:
            folder = out / "sets" / published.folder.name
            log.info("nothing changed since %s", folder)
        else:
            folder = publish(out, rows, tables(book.tables), manifest, options.keep)
            log.info("published %s", folder)
        keep_apart(out, {d.path: d.reason or "" for d in result.failed}, {e.source.name: e.source.path for e in entries},
                   options.limits)
    return replace(result, set_path=folder, published=not same)


def _held_still(book: RuleBook, spool: Path) -> Path:
    """A copy of the rules for the time of a run, so that an edit in its middle waits for the next one."""
    return Path(shutil.copytree(book.folder, spool / "rules"))


def _sound(published: Published) -> Published:
    """The published set, or none where its files are no longer what its manifest says."""
    if published.folder is None:
        return published
    problems = verify_set(published.folder)
    if problems:
        log.warning("the published set is damaged and everything is read again: %s", "; ".join(problems))
        return Published()
    return published


def _read(entries: Sequence[Entry], published: Published, book: RuleBook, settings: Settings, workers: int,
          progress: Progress | None) -> tuple[tuple[Entry, ...], dict[str, Made]]:
    """Read the documents that changed; an entry whose bytes are not what they were a moment ago takes their new id."""
    todo = [number for number, e in enumerate(entries) if not unchanged(e, published)]
    out = list(entries)
    made: dict[str, Made] = {}
    done = len(entries) - len(todo)
    log.info("%d documents: %d to read, %d unchanged", len(entries), len(todo), done)
    for number, result in _results([entries[n] for n in todo], book, settings, workers):
        entry = entries[todo[number]]
        if result.doc_id != entry.doc_id:
            if result.failure is None:
                changed = UnreadableDocument("unreadable", "读取时文件正在改动", "it was changing while it was read: run again")
                result = failed(_task(entry), changed, book, path_id(entry.source.name))
            out[todo[number]] = entry = replace(entry, doc_id=result.doc_id, key="")
        made[entry.doc_id] = result
        done += 1
        log.debug("read %s", entry.source.name)
        if progress:
            progress(entry.source.name, done, len(entries))
    return tuple(out), made


def _results(entries: Sequence[Entry], book: RuleBook, settings: Settings, workers: int) -> Iterator[tuple[int, Made]]:
    readable = [number for number, e in enumerate(entries) if e.source.error is None]
    for number, entry in enumerate(entries):
        if entry.source.error is not None:
            yield number, failed(_task(entry), entry.source.error, book, entry.doc_id)
    calls = [(_task(entries[number]), settings) for number in readable]
    for at, result in run_all(read_file, calls, workers=workers, limits=settings.limits):
        entry = entries[readable[at]]
        made = failed(_task(entry), result, book, entry.doc_id) if isinstance(result, UnreadableDocument) else result
        yield readable[at], made


def _task(entry: Entry) -> Task:
    return Task(entry.source.path, entry.source.name, entry.source.listed)


def _result(entry: Entry, made: Made | None, published: Published) -> DocumentResult:
    if made is None:
        told = published.documents[entry.source.name]["result"]
        return DocumentResult(**{**told, "genres": tuple(told["genres"]), "change": "unchanged", "copies": entry.copies})
    rows = made.tables
    failure = made.failure
    return DocumentResult(
        entry.source.name, rows["documents"][0]["status"], tuple(sorted({a["genre"] for a in rows.get("articles", ())})),
        {t: len(r) for t, r in rows.items()}, None if failure else rows["documents"][0]["coverage"],
        dict(Counter(f["severity"] for f in rows["findings"])), str(failure) if failure else None,
        failure.code if failure else None, change_of(entry, published), entry.copies,
    )


def _exit_code(documents: Sequence[DocumentResult], options: Options) -> int:
    if any(d.status == "failed" for d in documents):
        return EXIT_SOME_FAILED
    low = any(d.coverage is not None and d.coverage < options.min_coverage for d in documents)
    errors = any(d.findings.get("error") for d in documents)
    return EXIT_STRICT if options.strict and (low or errors) else EXIT_DONE


def _manifest(book: RuleBook, started: datetime, inputs: Sequence[Path], lists: Sequence[Path], entries: Sequence[Entry],
              archives: Sequence[Archive], result: RunResult, options: Options) -> dict[str, Any]:
    documents = [
        {"path": e.source.name, "copies": list(e.copies), "doc_id": e.doc_id, "key": e.key, "archive": e.container,
         "result": _kept(r)}
        for e, r in zip(entries, result.documents, strict=True)
    ]
    return {
        "generator": f"hongzhi {__version__}", "rules_sha256": book.hash, "code_sha256": code_hash(),
        "codes_as_of": options.as_of, **environment(), "limits": asdict(options.limits),
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"), "inputs": list(map(str, inputs)),
        "lists": list(map(str, lists)), "documents": documents,
        "archives": [asdict(a) for a in archives], "changes": dict(result.changes), "removed": list(result.removed),
        "failed": [d.path for d in result.failed], "corrections": {"made": result.corrected, "stale": result.stale},
        "exit_code": result.exit_code,
    }


def _kept(result: DocumentResult) -> dict[str, Any]:
    told = asdict(result)
    return {name: value for name, value in told.items() if name not in ("change", "copies")}
