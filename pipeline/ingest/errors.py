"""Why a file could not be read."""

from __future__ import annotations


class UnreadableDocument(Exception):
    """A file that gives no text. ``code`` is one of binary_file, too_large, unreadable."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(message)
