"""The folded match view of a text, with a map back that is exact by construction.

Rules match the view; values and spans come from the source. Folding replaces one character by one
(full width, odd spaces, radicals, traditional forms) or drops characters without width and readings
in brackets (会(hui)员), so the map is never computed
by comparison: it is written down while the view is made. ``①``, ``……``, ``。`` and quotation marks
stay, which is why Unicode's NFKC is not used.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import regex

from pipeline.model import Span
from pipeline.paths import rules_dir


@cache
def _table() -> Mapping[int, int | None]:
    table: dict[int, int | None] = {}
    rows = (rules_dir() / "fold.tsv").read_text("utf-8").splitlines()[1:]
    for row in rows:
        source, target, _why = row.split("\t")
        table[int(source, 16)] = int(target, 16) if target else None
    for row in (rules_dir() / "fold_traditional.tsv").read_text("utf-8").splitlines()[2:]:
        traditional, simplified = row.split("\t")
        table[ord(traditional)] = ord(simplified)
    return table


@cache
def _needs_folding() -> re.Pattern[str]:
    # A letter right after a bracket may be the reading of a character, which is dropped. The standard library's matcher
    # is a hundred times quicker than regex at a class of thousands of characters.
    return re.compile("[" + "".join(f"\\U{cp:08x}" for cp in _table()) + "]|\\([a-zü-ǜ]")


@cache
def _dropped() -> regex.Pattern[str]:
    chars = "[" + "".join(f"\\u{cp:04x}" for cp, to in _table().items() if to is None) + "]"
    insertions = tomllib.loads((rules_dir() / "fold_dropped.toml").read_text("utf-8"))["dropped"]
    return regex.compile("|".join([chars, *(entry["pattern"] for entry in insertions)]))


def fold(text: str) -> str:
    """The text as rules see it.

    >>> fold("２０１３年（２件）：①……")
    '2013年(2件):①……'
    """
    return text.translate(_table()) if _needs_folding().search(text) else text


def match_key(text: str) -> str:
    """The folded text without any spaces, for comparing titles and names.

    >>> match_key("张　旭 ") == match_key("张旭")
    True
    """
    return "".join(fold(text).split())


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of the view that maps to the source by one subtraction."""

    folded_start: int
    source_start: int
    length: int


@dataclass(frozen=True, slots=True)
class View:
    """Folded text and its map: ``source(i, j)`` is the place of ``folded[i:j]`` in the document."""

    folded: str
    _pieces: tuple[_Piece, ...]

    @classmethod
    def of(cls, text: str, *spans: Span) -> View:
        """The folded forms of the given spans of ``text``, one after the other.

        >>> view = View.of("进入各级政府\\n\\n为民办实事", Span(0, 6), Span(8, 13))
        >>> view.folded, view.source(4, 8)
        ('进入各级政府为民办实事', Span(start=4, end=10))
        """
        folded: list[str] = []
        pieces: list[_Piece] = []
        length = 0
        for span in spans:
            raw = text[span.start : span.end]
            start = 0
            cuts = [(m.start(), m.end()) for m in _dropped().finditer(raw)] if _needs_folding().search(raw) else []
            for cut_start, cut_end in (*cuts, (len(raw), len(raw))):
                if cut_start > start:
                    part = fold(raw[start:cut_start])
                    folded.append(part)
                    pieces.append(_Piece(length, span.start + start, len(part)))
                    length += len(part)
                start = cut_end
        return cls("".join(folded), tuple(pieces))

    def _at(self, index: int) -> int:
        piece = self._pieces[bisect_right(self._pieces, index, key=lambda p: p.folded_start) - 1]
        return piece.source_start + index - piece.folded_start

    def source(self, start: int, end: int) -> Span:
        """The span of the source from the first to the last character of ``folded[start:end]``.

        An empty range gives an empty span at its place. IndexError where there is no such range.
        """
        if not 0 <= start <= end <= len(self.folded):
            raise IndexError(f"{start}:{end} of {len(self.folded)}")
        if start == end:
            if not self._pieces:
                return Span(0, 0)
            place = self._at(start) if start < len(self.folded) else self._at(start - 1) + 1
            return Span(place, place)
        return Span(self._at(start), self._at(end - 1) + 1)

    def pieces(self, start: int, end: int) -> tuple[Span, ...]:
        """The exact stretches of the source behind ``folded[start:end]``, more than one over a join."""
        out: list[Span] = []
        for piece in self._pieces:
            first = max(start, piece.folded_start)
            last = min(end, piece.folded_start + piece.length)
            if first < last:
                offset = piece.source_start - piece.folded_start
                out.append(Span(first + offset, last + offset))
        return tuple(out)
