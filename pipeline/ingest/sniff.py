"""What a file is, by its content first and its name second; imports no reader."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import regex

_HTML_ENDINGS = ("html", "htm", "shtml", "xhtml")
_TAG = regex.compile(rb"<(?:!doctype html|html|head|meta|body|div|p|span|table|tr|td|th|br)\b[^<>]*>", regex.IGNORECASE)
_IMAGES = (
    (b"\x89PNG\r\n", "png"), (b"\xff\xd8\xff", "jpeg"), (b"II*\0", "tiff"), (b"MM\0*", "tiff"), (b"BM", "bmp"), (b"GIF8", "gif"),
)
ARCHIVES = ("zip", "tar")
_ZIPS = (b"PK\x03\x04", b"PK\x05\x06")
_TARS = ((b"\x1f\x8b", "tar"), (b"BZh", "tar"), (b"\xfd7zXZ\0", "tar"))
# The part that only a file of this kind has.
_PARTS = (
    ("word/document.xml", "docx"), ("xl/workbook.xml", "xlsx"), ("xl/workbook.bin", "xlsx"), ("OFD.xml", "ofd"),
    ("ppt/presentation.xml", "pptx"),
)
_NUMBERED = regex.compile(r"word/document\d{1,6}\.xml")  # some programs number the part that holds the text
_PACKED_ENDINGS = ("docx", "xlsx", "ods", "odt", "ofd")
_MIMETYPES = {
    b"application/vnd.oasis.opendocument.spreadsheet": "ods", b"application/vnd.oasis.opendocument.text": "odt",
}
# Endings that office programs give to files of several kinds, with the kind that the ending stands for.
_OFFICE_ENDINGS = {"doc": "doc", "dot": "doc", "wps": "doc", "xls": "xls", "xlt": "xls", "et": "xls"}
# What the XML files of Office 2003 say of themselves; other XML of office programs is not read.
_OFFICE_XML = (
    (b'progid="Word.Document"', "doc"), (b"<w:wordDocument", "doc"), (b'progid="Excel.Sheet"', "xls"),
    (b"urn:schemas-microsoft-com:office:spreadsheet", "xls"), (b"<pkg:package", "unknown"), (b"<office:document", "unknown"),
)
_MIME = regex.compile(
    rb"\s{0,20}(?:[\w-]{1,40}: ?[^\r\n]{0,300}\r?\n(?:[ \t][^\r\n]{0,300}\r?\n){0,4}){0,12}?"
    rb"Content-Type: ?multipart/related", regex.IGNORECASE)
# Names of streams in an OLE2 file, as its directory holds them.
_STREAMS = (("EncryptedPackage", "encrypted"), ("WordDocument", "doc"), ("Workbook", "xls"), ("Book", "xls"))


def kind_of(name: str, data: bytes) -> str:
    """One of text, html, docx, xlsx, xls, ods, pdf, ofd, doc, rtf, odt, png, jpeg, tiff, bmp, gif, zip, tar, encrypted, unknown.

    >>> kind_of("a.txt", "一、会议".encode()), kind_of("a.txt", b"%PDF-1.7"), kind_of("名单.csv", "学校,地市".encode())
    ('text', 'pdf', 'text')
    """
    ending = name.lower().rsplit(".", 1)[-1] if "." in name else ""
    if data.startswith(_ZIPS):
        return _packed(ending, data)
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _compound(_OFFICE_ENDINGS.get(ending), data)
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(b"{\\rtf"):
        return "rtf"
    image = next((kind for magic, kind in _IMAGES if data.startswith(magic)), None)
    if image and not (image == "bmp" and b"\0" not in data[:64]):
        return image
    tar = next((kind for magic, kind in _TARS if data.startswith(magic)), None)
    if tar or data[257:262] == b"ustar":
        return "tar"
    return _office_xml(data) or ("html" if _is_html(ending, data) or is_mime(data) else "text")


def may_be_archive(path: Path) -> bool:
    """True for a file that begins as archives do, and as packed formats do; False where it cannot be read."""
    try:
        with path.open("rb") as handle:
            head = handle.read(512)
    except OSError:
        return False
    return head.startswith((*_ZIPS, *(magic for magic, _kind in _TARS))) or head[257:262] == b"ustar"


def is_mime(data: bytes) -> bool:
    """True for a page saved with its pictures in one file (MHTML), as Word does under the ending .doc."""
    return _MIME.match(data[:4000]) is not None


def _office_xml(data: bytes) -> str | None:
    head = data[:4000]
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml"):
        return None
    return next((kind for mark, kind in _OFFICE_XML if mark in head), None)


def _compound(wanted: str | None, data: bytes) -> str:
    found = [kind for stream, kind in _STREAMS if _utf16(stream) in data]
    if "encrypted" in found or wanted not in found:
        # A damaged file is read, and refused, as what its name says it is.
        return found[0] if found else wanted or "unknown"
    return str(wanted)


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-le") + b"\0\0"


def _packed(ending: str, data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            names = set(package.namelist())
            kind = next((kind for part, kind in _PARTS if part in names), None)
            if kind is None and any(_NUMBERED.fullmatch(n) for n in names):
                kind = "docx"
            if kind is None and "mimetype" in names and package.getinfo("mimetype").file_size < 200:
                kind = _MIMETYPES.get(package.read("mimetype").strip())
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, RuntimeError, EOFError):
        kind = None
    # A damaged file is read, and refused, as what its name says it is.
    return kind or (ending if ending in _PACKED_ENDINGS else "zip")


def _is_html(ending: str, data: bytes) -> bool:
    if ending in _HTML_ENDINGS:
        return True
    head = data[:4000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head.startswith(b"<"):
        return False
    least = 1 if ending in _OFFICE_ENDINGS else 3
    return head[:15].lower().startswith((b"<!doctype html", b"<html")) or len(_TAG.findall(head)) >= least
