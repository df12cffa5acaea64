"""Files to documents: one small module per media type behind :func:`open_document`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import cast

from pipeline.ingest.decode import looks_binary
from pipeline.ingest.errors import UnreadableDocument, encrypted
from pipeline.ingest.limits import Limits, over_limit
from pipeline.ingest.sniff import ARCHIVES, kind_of
from pipeline.model import Document

# A reader takes the name that is stored, the bytes, the kind of file and the limits.
Open = Callable[[str, bytes, str, Limits], Document]


@dataclass(frozen=True, slots=True)
class Reader:
    """A module that reads some kinds of files; ``packages`` and ``programs`` are what its result depends on."""

    module: str
    packages: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()

    def load(self) -> Open:
        """The reader's function, imported only when a file needs it."""
        return cast(Open, import_module(f"pipeline.ingest.{self.module}").read)


_TEXT, _HTML, _DOCX = Reader("text"), Reader("html", ("selectolax",)), Reader("docx", ("lxml",))
_SHEETS, _LEGACY = Reader("sheets", ("python-calamine", "lxml")), Reader("legacy", ("lxml",), ("soffice",))
_OCR_PACKAGES = ("rapidocr", "onnxruntime", "pillow")
_PDF, _OFD = Reader("pdf", ("pypdfium2", *_OCR_PACKAGES)), Reader("ofd", ("lxml", *_OCR_PACKAGES))
_IMAGE = Reader("image", _OCR_PACKAGES)
READERS: dict[str, Reader] = {
    "text": _TEXT, "html": _HTML, "docx": _DOCX, "xlsx": _SHEETS, "xls": _SHEETS, "ods": _SHEETS, "pdf": _PDF, "ofd": _OFD,
    "doc": _LEGACY, "rtf": _LEGACY, "odt": _LEGACY, "png": _IMAGE, "jpeg": _IMAGE, "tiff": _IMAGE, "bmp": _IMAGE, "gif": _IMAGE,
}


def open_document(path: Path, *, name: str | None = None, limits: Limits | None = None) -> Document:
    """Read a file. Raises :class:`UnreadableDocument` where it gives no text, with what is wrong and what to do."""
    limits = limits or Limits()
    try:
        size = path.stat().st_size
        if size > limits.bytes:
            raise over_limit("bytes", limits.bytes, size)
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise UnreadableDocument("unreadable", f"无法读取：{reason}", f"cannot be read: {reason}") from error
    return read_document(name or path.as_posix(), data, limits)


def read_document(name: str, data: bytes, limits: Limits) -> Document:
    """Read the bytes of a file; ``name`` is stored as its source path."""
    kind = kind_of(name, data)
    if kind == "encrypted":
        raise encrypted()
    if kind in ARCHIVES:
        raise UnreadableDocument("unsupported_format", "压缩包请用 hongzhi run 读取", "an archive: read it with hongzhi run")
    if kind not in READERS or (kind == "text" and looks_binary(data)):
        raise UnreadableDocument(
            "unsupported_format", "不支持这种格式，请另存为 PDF、.docx 或 .txt",
            "this format is not read: save it as PDF, .docx or .txt")
    return READERS[kind].load()(name, data, kind, limits)


def versions_for(kind: str) -> dict[str, str]:
    """What the reading of this kind of file depends on here: packages with versions, programs with their paths."""
    from shutil import which

    reader = READERS.get(kind, Reader(""))
    out: dict[str, str] = {}
    for package in reader.packages:
        try:
            out[package] = version(package)
        except PackageNotFoundError:
            out[package] = ""
    for program in reader.programs:
        out[program] = which(program) or ""
    return out
