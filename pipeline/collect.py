"""The files of a run with the ids of their bytes, archives opened, equal bytes brought together."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.ingest.archive import Member
from pipeline.ingest.errors import UnreadableDocument
from pipeline.ingest.sniff import may_be_archive
from pipeline.plan import Entry, Found, Published, archive_key, grouped, unchanged
from pipeline.reading import Settings, Task, doc_id_of, expand_file, path_id
from pipeline.rules import RuleBook
from pipeline.sources import NOWHERE, Source, listing_inside
from pipeline.workers import run_all

log = logging.getLogger("hongzhi")


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive of the run: its key, and the id of each document that it holds by name."""

    path: str
    key: str
    members: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Opened:
    """What a packed file holds: its members, or itself where it is no archive."""

    found: tuple[Found, ...]
    archive: Archive | None


def collect(sources: Sequence[Source], published: Published, spool: Path, base: str, book: RuleBook, settings: Settings,
            workers: int) -> tuple[tuple[Entry, ...], tuple[Archive, ...]]:
    """Every document of the run and every archive.

    An archive that stands in the published set is not opened again, unless a document in it has to be read.
    """
    plain = [_found(source, settings) for source in sources]
    suspects = [f for f in plain if f.readable and may_be_archive(f.source.path)]
    known = {f.source.name: o for f in suspects if (o := _known(f, published, base, book))}
    unknown = [f for f in suspects if f.source.name not in known]
    known |= _open(unknown, spool / "new", base, settings, workers)
    entries = grouped(_found_in(plain, known), base, book)
    stale = {e.container for e in entries if e.container and not unchanged(e, published)}
    again = [f for f in suspects if f.source.name in stale and f not in unknown]
    if again:
        # A correction, or a copy elsewhere, changed what one of its documents gives.
        known |= _open(again, spool / "again", base, settings, workers)
        entries = grouped(_found_in(plain, known), base, book)
    return entries, tuple(o.archive for _name, o in sorted(known.items()) if o.archive)


def _found(source: Source, settings: Settings) -> Found:
    doc_id = None if source.error else doc_id_of(source.path, settings.limits.bytes)
    return Found(source, doc_id or path_id(source.name), doc_id is not None)


def _found_in(plain: Iterable[Found], opened: Mapping[str, _Opened]) -> list[Found]:
    """The files of the run, with what an archive holds in the place of the archive."""
    return [found for f in plain for found in (opened[f.source.name].found if f.source.name in opened else (f,))]


def _known(f: Found, published: Published, base: str, book: RuleBook) -> _Opened | None:
    """What the published set knows of a packed file: its members, or that it is a document; None where it must be opened."""
    key = archive_key(base, f)
    before = published.archives.get(f.source.name)
    if before is not None and before["key"] == key:
        members: Mapping[str, str] = before["members"]
        found = (Found(Source(Path(), name, None, listing_inside(f.source, name[len(f.source.name) + 1 :])), doc_id, True,
                       f.source.name, key) for name, doc_id in members.items())
        return _Opened(tuple(found), Archive(f.source.name, key, members))
    for same in (f, replace(f, archive_key=key)):  # a packed document, and an archive that was refused
        if any(unchanged(e, published) for e in grouped([same], base, book)):
            return _Opened((same,), None)
    return None


def _open(suspects: Sequence[Found], spool: Path, base: str, settings: Settings, workers: int) -> dict[str, _Opened]:
    calls = [(Task(f.source.path, f.source.name, NOWHERE), spool / str(n), settings.limits) for n, f in enumerate(suspects)]
    out: dict[str, _Opened] = {}
    for number, members in run_all(expand_file, calls, workers=workers, limits=settings.limits):
        f = suspects[number]
        key = archive_key(base, f)
        if members is None:
            out[f.source.name] = _Opened((f,), None)
        elif isinstance(members, UnreadableDocument):
            out[f.source.name] = _Opened((replace(f, source=replace(f.source, error=members), archive_key=key),), None)
        else:
            log.info("opened %s: %d members", f.source.name, len(members))
            found = tuple(_member(f, m, key, settings) for m in members)
            out[f.source.name] = _Opened(found, Archive(f.source.name, key, {i.source.name: i.doc_id for i in found}))
    return out


def _member(f: Found, member: Member, key: str, settings: Settings) -> Found:
    name = f"{f.source.name}/{member.name}"
    source = Source(member.path or Path(), name, member.error, listing_inside(f.source, member.name))
    doc_id = doc_id_of(member.path, settings.limits.bytes) if member.path else None
    return Found(source, doc_id or path_id(name), True, f.source.name, key)
