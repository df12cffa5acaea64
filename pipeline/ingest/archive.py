"""ZIP and TAR as folders: each member is written to a folder of its own name, within the limits, or refused by name."""

from __future__ import annotations

import lzma
import tarfile
import zipfile
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import IO, Any

from pipeline.ingest.errors import UnreadableDocument, damaged, encrypted
from pipeline.ingest.limits import Limits, over_limit
from pipeline.ingest.package import DAMAGE
from pipeline.ingest.sniff import ARCHIVES, kind_of, may_be_archive
from pipeline.sources import is_document_name, readable_name

_BLOCK = 1 << 20
_DAMAGE = (tarfile.TarError, lzma.LZMAError, *DAMAGE)


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an archive: its name inside, and where it was written or why it was not."""

    name: str
    path: Path | None
    error: UnreadableDocument | None = None


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    size: int
    packed: int | None
    error: UnreadableDocument | None
    open: Callable[[], IO[bytes]]


@dataclass(slots=True)
class _Budget:
    """What is left for an archive and all archives in it."""

    bytes: int
    entries: int
    number: int = 0


def expand(path: Path, kind: str, folder: Path, limits: Limits) -> tuple[Member, ...]:
    """Write the documents of an archive, and of archives in it, below ``folder``.

    ``kind`` is zip or tar. Files are numbered, so that no name can lead elsewhere. Members whose path leaves the archive,
    links, devices and damaged inner archives are refused one by one; an archive with too many entries, or that grows
    beyond the limit, or that is damaged at any place, is refused whole: half a folder would pass for a whole
    one. Raises :class:`UnreadableDocument`.
    """
    members = _expand(path, kind, folder, 0, _Budget(limits.expanded, limits.entries), limits)
    if not members:
        raise UnreadableDocument("unsupported_format", "压缩包里没有文件", "there is no file in the archive")
    return tuple(members)


def _expand(path: Path, kind: str, folder: Path, depth: int, budget: _Budget, limits: Limits) -> list[Member]:
    if depth > limits.depth:
        raise over_limit("depth", limits.depth)
    members: list[Member] = []
    names: Counter[str] = Counter()
    with closing(_zip(path, budget, limits) if kind == "zip" else _tar(path)) as entries:
        try:
            for entry in entries:
                budget.entries -= 1
                if budget.entries < 0:
                    raise over_limit("entries", limits.entries)
                if not is_document_name(PurePosixPath(entry.name).name) or "__MACOSX" in entry.name:
                    continue
                names[entry.name] += 1
                # An archive may hold two members of one name, and both are documents.
                name = entry.name if names[entry.name] == 1 else f"{entry.name} ({names[entry.name]})"
                if refused := entry.error or _over(entry, limits):
                    members.append(Member(name, None, refused))
                    continue
                budget.number += 1
                target = folder / f"{budget.number:06d}"
                _copy(entry, target, budget, limits)
                members += _inner(name, target, folder, depth, budget, limits)
        except _DAMAGE as error:
            raise damaged(error) from error
    return members


def _inner(name: str, path: Path, folder: Path, depth: int, budget: _Budget, limits: Limits) -> list[Member]:
    """A member that was written: itself, or what it holds where it is an archive too."""
    kind = kind_of(name, path.read_bytes()) if may_be_archive(path) else ""
    if kind not in ARCHIVES:
        return [Member(name, path)]
    try:
        return [replace(m, name=f"{name}/{m.name}") for m in _expand(path, kind, folder, depth + 1, budget, limits)]
    except UnreadableDocument as error:
        if error.limit in ("expanded", "entries"):
            raise
        return [Member(name, path, error)]


def _over(entry: _Entry, limits: Limits) -> UnreadableDocument | None:
    if entry.size > limits.bytes:
        return over_limit("bytes", limits.bytes, entry.size)
    if entry.packed is not None and entry.size > _BLOCK and entry.size > limits.ratio * max(1, entry.packed):
        return over_limit("ratio", limits.ratio, entry.size // max(1, entry.packed))
    return None


def _copy(entry: _Entry, target: Path, budget: _Budget, limits: Limits) -> None:
    """Write a member; what its head says of its size is not believed."""
    written = 0
    with entry.open() as source, target.open("wb") as out:
        while block := source.read(_BLOCK):
            written += len(block)
            budget.bytes -= len(block)
            if budget.bytes < 0:
                raise over_limit("expanded", limits.expanded)
            if written > limits.bytes:
                raise over_limit("bytes", limits.bytes)
            out.write(block)


def _refused(name: str) -> UnreadableDocument | None:
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in name:
        return UnreadableDocument("unsafe_path", f"路径越出压缩包：{name}", f"a path that leaves the archive: {name}")
    return None


def _zip(path: Path, budget: _Budget, limits: Limits) -> Generator[_Entry]:
    try:
        package = zipfile.ZipFile(path)
        entries = package.infolist()
    except _DAMAGE as error:
        raise damaged(error) from error
    with package:
        if len(entries) > budget.entries:
            raise over_limit("entries", limits.entries, len(entries))
        for info in entries:
            if info.is_dir():
                continue
            name = _zip_name(info)
            refused = _refused(name) or (encrypted() if info.flag_bits & 1 else _special(info))
            yield _Entry(name, info.file_size, info.compress_size, refused, lambda info=info: package.open(info))  # type: ignore[misc]


def _zip_name(info: zipfile.ZipInfo) -> str:
    """The name of a member; without the flag for UTF-8, Chinese systems write GBK, which zipfile takes for code page 437.

    >>> info = zipfile.ZipInfo("名单.txt".encode("gbk").decode("cp437")); _zip_name(info)
    '名单.txt'
    """
    if info.flag_bits & 0x800:
        return info.filename
    raw = info.filename.encode("cp437", errors="replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _special(info: zipfile.ZipInfo) -> UnreadableDocument | None:
    # Unix systems keep the kind of a file in the upper half; 8 is a plain file and 0 means that nothing is said.
    kind = info.external_attr >> 28
    return None if kind in (0, 8) else _link(info.filename)


def _link(name: str) -> UnreadableDocument:
    return UnreadableDocument("unsafe_path", f"是链接或设备，不予跟随：{name}",
                              f"a link or device, which is not followed: {name}")


def _tar(path: Path) -> Generator[_Entry]:
    try:
        archive = tarfile.open(path, "r:*")  # noqa: SIM115 - closed below, when the last member was read
    except _DAMAGE as error:
        raise damaged(error) from error
    with archive:
        for info in archive:
            if info.isdir():
                continue
            name = readable_name(info.name)
            refused = _refused(name) or (None if info.isreg() else _link(name))
            yield _Entry(name, info.size, None, refused, lambda info=info: _opened(archive, info))  # type: ignore[misc]


def _opened(archive: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    found: Any = archive.extractfile(info)
    if found is None:
        raise tarfile.ReadError(info.name)
    return found  # type: ignore[no-any-return]
