"""Stable identifiers: the same document, table and span always give the same row id."""

from __future__ import annotations

import hashlib

from pipeline.model import Span


def row_id(doc_id: str, table: str, span: Span, part: int = 0) -> str:
    """16 hex digits over document, table, span and, where rows share a span, their place in it.

    >>> row_id("d", "schools", Span(0, 4)) == row_id("d", "schools", Span(0, 4))
    True
    """
    key = f"{doc_id}\0{table}\0{span.start}\0{span.end}\0{part}"
    return hashlib.sha256(key.encode()).hexdigest()[:16]
