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
