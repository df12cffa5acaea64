"""Printed pages to text: pieces of print with their places become lines in reading order (:func:`compose`)."""

from __future__ import annotations

from pipeline.ingest.layout.assemble import compose
from pipeline.ingest.layout.model import Composed, Page, Piece, Ruling

__all__ = ["Composed", "Page", "Piece", "Ruling", "compose"]
