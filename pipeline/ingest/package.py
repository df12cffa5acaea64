"""Office files are archives: what must hold before any part of one is opened."""

from __future__ import annotations

import io
import zipfile

from lxml import etree

from pipeline.ingest.errors import UnreadableDocument

MAX_ENTRIES, MAX_BYTES, MAX_RATIO = 3000, 300_000_000, 300


def open_package(data: bytes) -> zipfile.ZipFile:
    """The archive, refused where it is damaged, encrypted, or would grow beyond all measure.

    Raises :class:`UnreadableDocument` with code damaged_file, encrypted_file or unsafe_archive.
    """
    try:
        package = zipfile.ZipFile(io.BytesIO(data))
        entries = package.infolist()
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
        raise UnreadableDocument("damaged_file", f"文件已损坏 / the file is damaged: {error}") from error
    if any(e.flag_bits & 1 for e in entries):
        raise UnreadableDocument("encrypted_file", "文件已加密，请先解密 / the file is encrypted: save it without a password")
    whole = sum(e.file_size for e in entries)
    swollen = any(e.file_size > 1_000_000 and e.file_size > MAX_RATIO * max(1, e.compress_size) for e in entries)
    if len(entries) > MAX_ENTRIES or whole > MAX_BYTES or swollen:
        raise UnreadableDocument(
            "unsafe_archive",
            f"压缩包展开后过大（上限 {MAX_ENTRIES} 项、{MAX_BYTES} 字节、{MAX_RATIO} 倍） / the archive would grow too large "
            f"(limits: {MAX_ENTRIES} entries, {MAX_BYTES} bytes, a ratio of {MAX_RATIO})",
        )
    return package


def read_part(package: zipfile.ZipFile, name: str) -> bytes | None:
    """One part of the archive; None where there is none of that name."""
    try:
        return package.read(name)
    except KeyError:
        return None
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError) as error:
        raise UnreadableDocument("damaged_file", f"文件已损坏 / the file is damaged: {name}: {error}") from error


def parse_xml(data: bytes, name: str) -> etree._Element:
    """A part as a tree; entities are not resolved, nothing is fetched, and a huge text is refused."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableDocument("damaged_file", f"文件已损坏 / the file is damaged: {name}: {error}") from error
