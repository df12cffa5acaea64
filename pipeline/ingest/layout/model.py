"""What readers of laid-out pages hand over and what becomes of it. Lengths are in points (1/72 inch)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.model import Box, Finding, Span


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters printed together on one line, measured from the top left corner of the page.

    ``x0`` to ``y1`` is the upright box around it as printed. ``size`` is the height of a character (em). ``confidence`` is that
    of character recognition, 0 to 1, None where nothing was recognised. ``angle`` is the slope of its baseline in degrees,
    clockwise positive.
    """

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    confidence: float | None = None
    angle: float = 0.0


@dataclass(frozen=True, slots=True)
class Ruling:
    """A straight line drawn on the page, mostly the border of a table."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its number from 1, its size, what is printed on it in any order, and findings about it as a whole."""

    number: int
    width: float
    height: float
    pieces: tuple[Piece, ...]
    rulings: tuple[Ruling, ...] = ()
    findings: tuple[tuple[str, Mapping[str, str]], ...] = ()


@dataclass(frozen=True, slots=True)
class Composed:
    """The text of pages in reading order, with the places that :class:`pipeline.model.Document` keeps."""

    text: str
    page_starts: tuple[int, ...]
    furniture: tuple[Span, ...]
    boxes: tuple[Box, ...]
    findings: tuple[Finding, ...]
