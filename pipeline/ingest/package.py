"""Packed formats (.docx, .xlsx, .ods, .ofd, .zip): what must hold before any part of one is opened."""

from __future__ import annotations

import io
import zipfile
import zlib

from lxml import etree

from pipeline.ingest.errors import damaged, encrypted
from pipeline.ingest.limits import Limits, over_limit

# Below this many bytes a part may be packed as tightly as it likes.
_SMALL = 1_000_000
DAMAGE = (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, EOFError, ValueError, RuntimeError)


def open_package(data: bytes, limits: Limits) -> zipfile.ZipFile:
    """The archive, refused where it is damaged, encrypted, or would grow beyond all measure.

    Raises :class:`UnreadableDocument` with code damaged_file, encrypted_file or over_limit.
    """
    try:
        package = zipfile.ZipFile(io.BytesIO(data))
        entries = package.infolist()
    except DAMAGE as error:
        raise damaged(error) from error
    if any(e.flag_bits & 1 for e in entries):
        raise encrypted()
    if len(entries) > limits.entries:
        raise over_limit("entries", limits.entries, len(entries))
    whole = sum(e.file_size for e in entries)
    if whole > limits.expanded:
        raise over_limit("expanded", limits.expanded, whole)
    for e in entries:
        if e.file_size > _SMALL and e.file_size > limits.ratio * max(1, e.compress_size):
            raise over_limit("ratio", limits.ratio, e.file_size // max(1, e.compress_size))
    return package


def read_part(package: zipfile.ZipFile, name: str) -> bytes | None:
    """One part of the archive; None where there is none of that name."""
    try:
        return package.read(name)
    except KeyError:
        return None
    except DAMAGE as error:
        raise damaged(f"{name}: {error}") from error


def parse_xml(data: bytes, name: str) -> etree._Element:
    """A part as a tree; entities are not resolved, nothing is fetched, and a huge text is refused."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise damaged(f"{name}: {error}") from error
