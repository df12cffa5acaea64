"""OFD files: see :mod:`pipeline.ingest.ofd.reader`."""

from __future__ import annotations

from pipeline.ingest.ofd.reader import read

__all__ = ["read"]
