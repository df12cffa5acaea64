"""Plain text files to documents."""

from __future__ import annotations

import hashlib

from pipeline.ingest.decode import decode
from pipeline.ingest.limits import Limits
from pipeline.model import Document, Finding

EXTRACTOR = "text/1"
# Tables as text are told by the ending of their name only: a comma or a tab shows nothing.
_MEDIA = {"csv": "text/csv", "tsv": "text/tab-separated-values", "tab": "text/tab-separated-values"}


def read(name: str, data: bytes, kind: str, limits: Limits) -> Document:
    """Decode a text file's bytes; ``name`` is stored as the source path.

    >>> read("a.txt", "红十字".encode(), "text", Limits()).text
    '红十字'
    """
    decoded = decode(data)
    findings = decoded.findings if decoded.text.strip() else (*decoded.findings, Finding("empty_document"))
    breaks = [i + 1 for i, char in enumerate(decoded.text) if char == "\f"] if "\f" in decoded.text else []
    media = _MEDIA.get(name.lower().rpartition(".")[2], "text/plain")
    return Document(
        hashlib.sha256(data).hexdigest(), name, media, decoded.encoding, EXTRACTOR, decoded.text,
        (0, *breaks) if breaks else (), findings,
    )
