"""Which files a run reads: folders, patterns, lists, archives, and what is known of where each was published."""

from __future__ import annotations

import csv
import logging
import os
import stat
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatch
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.ingest.decode import decode
from pipeline.ingest.errors import UnreadableDocument
from pipeline.model import Publication
from pipeline.paths import rules_dir

LIST = "sources.tsv"
# Nothing is known of where a file was published.
NOWHERE = Publication()
_MAGIC = frozenset("*?[")

log = logging.getLogger("hongzhi")


class UsageError(Exception):
    """The inputs named do not exist or hold no file."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read and the name that is stored for it; ``error`` where it cannot be read at all.

    ``listed`` is what a ``sources.tsv`` says of its publication.
    """

    path: Path
    name: str
    error: UnreadableDocument | None = None
    listed: Publication = NOWHERE


@cache
def _rules() -> dict[str, Any]:
    return tomllib.loads((rules_dir() / "sources.toml").read_text("utf-8"))


def is_document_name(name: str) -> bool:
    """False for notes, lists of sources, hidden files and files that are still being written.

    >>> is_document_name("要点.docx"), is_document_name("README.md"), is_document_name("a.pdf.part")
    (True, False, False)
    """
    rules = _rules()
    return not any(fnmatch(name, pattern) for pattern in (*rules["left_out"]["names"], *rules["unfinished"]["names"]))


def readable_name(name: str) -> str:
    """A name as text: old Chinese systems wrote names in GBK, which Python keeps as lone surrogates that no file can hold.

    >>> readable_name(os.fsdecode("名单.txt".encode("gbk"))), readable_name("名单.txt"), readable_name("a\\udcff.txt")
    ('名单.txt', '名单.txt', 'a\\\\xff.txt')
    """
    try:
        name.encode()
    except UnicodeEncodeError:
        raw = name.encode(errors="surrogateescape")
        try:
            return raw.decode("gb18030")
        except UnicodeDecodeError:
            return raw.decode(errors="backslashreplace")
    return name


def discover(inputs: Sequence[Path], lists: Sequence[Path] = (), out: Path | None = None) -> tuple[Source, ...]:
    """Every file that the inputs name, sorted by its stored name, each once.

    An input is a file, a folder (with everything below it), or a pattern as ``2013/**/*.pdf``; ``lists`` are text
    files with a path on each line. A name is the path below the folder or pattern that was given; where two files would
    share one, both keep the path as given. Links inside folders are not followed and, like pipes and devices,
    give a source with its error. What was published under ``out`` is no document. Raises :class:`UsageError` where
    an input does not exist or nothing is found.
    """
    ours = frozenset(out.absolute() / name for name in ("sets", "current", "quarantine")) if out else frozenset()
    found = [
        source for given in [*inputs, *(path for listed in lists for path in read_list(listed))] for source in _under(given, ours)
    ]
    if not found:
        shown = ", ".join(map(str, [*inputs, *lists]))
        raise UsageError(f"{shown} 中没有文件 / there is no file in {shown}: add documents first")
    unique = {source.path.absolute(): source for source in reversed(found)}
    names = Counter(source.name for source in unique.values())
    sources = (s if names[s.name] == 1 else replace(s, name=readable_name(s.path.as_posix())) for s in unique.values())
    return tuple(sorted(sources, key=lambda s: s.name))


def read_list(path: Path) -> tuple[Path, ...]:
    """The paths of a list, one on each line, taken from the folder of the list; blank lines and lines with # are passed over."""
    try:
        lines = decode(path.read_bytes()).text.splitlines()
    except OSError as error:
        raise UsageError(f"无法读取清单 {path} / cannot read the list {path}: {error.strerror}") from None
    named = (line.strip().strip("\"'") for line in lines if not line.lstrip().startswith("#"))
    return tuple(path.parent / name for name in named if name)


def _under(given: Path, ours: frozenset[Path]) -> Iterable[Source]:
    if given.is_dir():
        return _folder(given, ours)
    if given.exists():
        listed = _listed(given.parent).get(given.name, NOWHERE)
        return [Source(given, readable_name(given.name), _irregular(given.stat()), listed)]
    if _MAGIC & set(str(given)):
        return _pattern(given)
    raise UsageError(f"找不到 {given} / {given} does not exist: name a file, a folder or a pattern")


def _pattern(given: Path) -> list[Source]:
    fixed = [part for part in given.parts[: next(i for i, p in enumerate(given.parts) if _MAGIC & set(p))]]
    root = Path(*fixed) if fixed else Path()
    matches = sorted(root.glob(str(Path(*given.parts[len(fixed) :]))))
    files = [p for p in matches if not p.is_dir() and is_document_name(p.name)]
    if not files:
        raise UsageError(f"没有文件符合 {given} / no file matches {given}")
    return [_source(root, path) for path in files]


def _folder(root: Path, ours: frozenset[Path]) -> list[Source]:
    errors: list[OSError] = []
    out: list[Source] = []
    for folder, names, files in os.walk(root, onerror=errors.append):
        names[:] = sorted(n for n in names if not n.startswith(".") and Path(folder).absolute() / n not in ours)
        # A link to a folder is listed among the folders, and never entered.
        out += [_source(root, Path(folder) / n) for n in names if (Path(folder) / n).is_symlink()]
        out += [_source(root, Path(folder) / file) for file in files if is_document_name(file)]
        if LIST in files:
            _say_missing(Path(folder))
    for error in errors:
        place = Path(error.filename or root)
        name = readable_name(place.relative_to(root).as_posix() if place != root else place.name)
        told = error.strerror
        reason = UnreadableDocument("unreadable", f"文件夹无法读取：{told}", f"the folder cannot be read: {told}")
        out.append(Source(place, name, reason))
    return out


def _source(root: Path, path: Path) -> Source:
    name = readable_name(path.relative_to(root).as_posix())
    try:
        status = path.lstat()
    except OSError:
        return Source(path, name)  # gone since it was listed: reading it says so
    return Source(path, name, _irregular(status), _listing(root, name))


def _irregular(status: os.stat_result) -> UnreadableDocument | None:
    if stat.S_ISREG(status.st_mode):
        return None
    if stat.S_ISLNK(status.st_mode):
        return UnreadableDocument("unsafe_path", "是链接，不予跟随", "a link, which is not followed: name its target itself")
    return UnreadableDocument("unsafe_path", "不是普通文件", "not a regular file")


def _say_missing(folder: Path) -> None:
    """A misspelt name in a list would lose what it says, so it is told."""
    for name in _listed(folder):
        place = folder / name
        if not place.exists() and not any(above.is_file() for above in place.parents):
            log.warning("%s：清单中的文件不存在 / listed, but not there: %s", folder / LIST, name)


def listing_inside(archive: Source, member: str) -> Publication:
    """What is listed of a member of an archive (as 2013.zip/a.txt), or else of the archive."""
    return _listed(archive.path.parent).get(f"{archive.path.name}/{member}", archive.listed)


def _listing(root: Path, name: str) -> Publication:
    """What the nearest list above a file says of it; a list names files by their path below its own folder."""
    inner = PurePosixPath(name)
    for folder in inner.parents:
        found = _listed(root / folder).get(inner.relative_to(folder).as_posix())
        if found:
            return found
    return NOWHERE


def _listed(folder: Path) -> Mapping[str, Publication]:
    path = folder / LIST
    try:
        status = path.stat()
    except OSError:
        return {}
    return _read_sources(path, status.st_mtime_ns, status.st_size)


@cache
def _read_sources(path: Path, _changed: int, _size: int) -> Mapping[str, Publication]:
    """The entries of a ``sources.tsv`` by file."""
    try:
        text = decode(path.read_bytes()).text
    except OSError as error:
        raise UsageError(f"无法读取 {path} / cannot read {path}: {error.strerror}") from None
    rows = list(csv.reader(text.splitlines(), delimiter="\t"))
    meanings = {label: field for field, labels in _rules()["columns"].items() if field != "why" for label in labels}
    head = [meanings.get(cell.strip().lower()) for cell in rows[0]] if rows else []
    if "file" not in head:
        raise UsageError(f"{path} 没有“文件”列 / {path} has no column “file”: its first line names the columns")
    out: dict[str, Publication] = {}
    known = {f.name for f in fields(Publication)}
    for row in rows[1:]:
        entry = {field: cell.strip() for field, cell in zip(head, row, strict=False) if field and cell.strip()}
        if "file" in entry:
            out[entry["file"].replace("\\", "/")] = Publication(**{k: v for k, v in entry.items() if k in known})
    return out
