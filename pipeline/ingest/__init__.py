"""Files to documents: one small module per media type behind :func:`open_document`."""

from __future__ import annotations

from pathlib import Path

from pipeline.ingest.decode import looks_binary
from pipeline.ingest.errors import UnreadableDocument
from pipeline.ingest.sniff import is_html, office_kind
from pipeline.ingest.text import open_text
from pipeline.model import Document

MAX_BYTES = 200_000_000


def open_document(path: Path, *, name: str | None = None, max_bytes: int = MAX_BYTES) -> Document:
    """Read a file. Raises :class:`UnreadableDocument` where it is no text, too large or not readable."""
    try:
        if path.stat().st_size > max_bytes:
            raise UnreadableDocument(
                "too_large", f"文件超过 {max_bytes} 字节 / larger than {max_bytes} bytes: split it and run again"
            )
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableDocument("unreadable", f"无法读取 / cannot be read: {error.strerror or error}") from error
    shown = name or path.as_posix()
    kind = office_kind(shown, data)
    if kind == "docx":
        from pipeline.ingest.docx import open_docx

        return open_docx(shown, data)
    if kind is not None:
        from pipeline.ingest.sheets import open_sheets

        return open_sheets(shown, data, kind)
    if looks_binary(data):
        raise UnreadableDocument(
            "binary_file", "不是文本文件，请先另存为 .txt / not a text file: save it as .txt first"
        )
    if is_html(shown, data):
        from pipeline.ingest.html import open_html

        return open_html(shown, data)
    return open_text(shown, data)
