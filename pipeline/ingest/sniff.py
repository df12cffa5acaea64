"""What a file is, by its name and its first bytes; imports no reader."""

from __future__ import annotations

import regex

_ENDINGS = (".html", ".htm", ".shtml", ".xhtml")
_TAG = regex.compile(rb"<(?:!doctype html|html|head|body|div|p|span|table|br)\b[^<>]*>", regex.IGNORECASE)


def is_html(name: str, data: bytes) -> bool:
    """True for a page by its name, or by what it begins with.

    >>> is_html("a.html", b""), is_html("a.txt", b"<!DOCTYPE html><html>"), is_html("a.txt", "一、会议 <".encode())
    (True, True, False)
    """
    if name.lower().endswith(_ENDINGS):
        return True
    head = data[:4000].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith(b"<") and (head[:15].lower().startswith((b"<!doctype html", b"<html")) or len(_TAG.findall(head)) >= 3)


def office_kind(name: str, data: bytes) -> str | None:
    """docx, xlsx, xls or ods by the first bytes and the name; None for everything else.

    >>> office_kind("名单.xlsx", b"PK\\x03\\x04"), office_kind("a.txt", b"abc"), office_kind("a.docx", b"abc")
    ('xlsx', None, None)
    """
    ending = name.lower().rsplit(".", 1)[-1]
    if data.startswith(b"PK\x03\x04"):
        return ending if ending in ("docx", "xlsx", "ods") else None
    return "xls" if data.startswith(b"\xd0\xcf\x11\xe0") and ending == "xls" else None
