"""What the print itself says of stretches side by side: columns, read one after the other, or cells of rows, read across.

Geometry alone does not tell a short column of a list from a column of cells. What tells: markers that count on from the foot of
one stretch to the head of the next, headings of lists in a later stretch, sentences that are broken at the edge of a stretch,
and a last stretch that is over long before the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import regex

from pipeline.ingest.layout.pieces import Row, Seg, body_size, rows_of
from pipeline.ingest.layout.thresholds import ends_entry, is_name

_NUMERALS = {c: n for n, c in enumerate("一二三四五六七八九", 1)}
_MARKER = regex.compile(
    r"(?:(?P<level>[（(])?(?P<han>[一二三四五六七八九十]{1,3})(?(level)[)）]|、)|(?P<open>[（(])?(?P<digits>\d{1,3})(?(open)[)）]|[.．、](?!\d)))")
_MARKS = regex.compile(r"[，。；！？、]")
_PROSE_FROM = 3  # lines from which on a stretch can be prose
_STOPS = "。；！？：;!?:”）)》"


def evidence_for_columns(parts: Sequence[Sequence[Seg]]) -> int:
    """How much more speaks for columns than for rows: above 0 columns, below 0 rows, 0 where nothing tells."""
    stretches = [rows_of(part) for part in parts]
    votes = _counting(stretches)
    votes += _headings(stretches)
    votes += _prose(stretches)
    votes += _over_early(stretches)
    return votes


def alike(parts: Sequence[Sequence[Seg]]) -> bool:
    """True where the stretches hold the same kinds of lines, as columns of one list do and the cells of a row seldom do."""
    kinds = [Counter(_kind(row.text) for row in rows_of(part)) for part in parts]
    return all(_overlap(one, other) >= 0.5 for one, other in pairwise(kinds))


def _kind(text: str) -> str:
    if text.endswith(("：", ":")):
        return "entry"  # a heading of a list, which stands among entries
    if is_name(text):
        return "name"
    if _MARKER.match(text) or ends_entry(text):
        return "entry"
    return "prose" if _MARKS.search(text) or len(text) >= 12 else "other"


def _overlap(one: Counter[str], other: Counter[str]) -> float:
    """The share of the lines of the shorter stretch whose kind is found in the longer one too."""
    fewer, more = sorted((one, other), key=Counter.total)
    total = max(more.total(), 1)
    return sum(n for kind, n in fewer.items() if more[kind] >= 0.15 * total) / max(fewer.total(), 1)


def _counting(stretches: Sequence[Sequence[Row]]) -> int:
    """Markers that count on in one of the two orders only."""
    down = [row.segs[0] for rows in stretches for row in rows]
    across = sorted((row for rows in stretches for row in rows), key=lambda row: (round(row.middle / (0.5 * row.size)), row.x0))
    by_column, by_row = _successions(s.text for s in down), _successions(row.text for row in across)
    return 2 * (by_column > by_row) - 2 * (by_row > by_column)


def _successions(texts: Iterable[str]) -> int:
    """How many markers count on from the last one of their style, less those that do not."""
    last: dict[str, int] = {}
    found = 0
    for text in texts:
        marker = _MARKER.match(text)
        if marker is None:
            continue
        style = "".join(c for c in marker[0] if c not in "一二三四五六七八九十" and not c.isdigit()) + str(bool(marker["han"]))
        number = _number(marker["han"] or marker["digits"])
        if style in last:
            found += 1 if number == last[style] + 1 else 0 if number == 1 else -1
        last[style] = number
    return found


def _number(text: str) -> int:
    """
    >>> _number("十二"), _number("二十"), _number("三十一"), _number("7")
    (12, 20, 31, 7)
    """
    if text[0].isdigit():
        return int(text)
    tens, ten, ones = text.partition("十")
    if not ten:
        return _NUMERALS.get(text[-1], 0)
    return 10 * _NUMERALS.get(tens, 1) + _NUMERALS.get(ones, 0)


def _headings(stretches: Sequence[Sequence[Row]]) -> int:
    """Headings of lists (绍兴市：) in a stretch that is not the first, among lines that are none."""
    for rows in stretches[1:]:
        headings = sum(row.text.endswith(("：", ":")) for row in rows)
        if headings and 5 * headings <= 2 * len(rows):
            return 1
    return 0


def _prose(stretches: Sequence[Sequence[Row]]) -> int:
    """Sentences broken at the edge, in each stretch that is long enough to show it."""
    long = [rows for rows in stretches if len(rows) >= _PROSE_FROM]
    return 2 * (bool(long) and all(_is_broken_prose(rows) for rows in long) and any(_runs_on(rows) for rows in stretches[1:]))


def _is_broken_prose(rows: Sequence[Row]) -> bool:
    return _MARKS.search("".join(row.text for row in rows)) is not None and _runs_on(rows)


def _runs_on(rows: Sequence[Row]) -> bool:
    """True where many lines are full and break off in the middle of a sentence."""
    right = max(row.segs[-1].edge for row in rows)
    broken = [before for before, row in pairwise(rows)
              if before.segs[-1].edge > right - 1.6 * before.size and before.text[-1] not in _STOPS
              and not _MARKER.match(row.text) and not ends_entry(before.text)]
    return 3 * len(broken) >= len(rows) - 1 > 0


def _over_early(stretches: Sequence[Sequence[Row]]) -> int:
    """The last stretch is over long before the first, with a line of it beside each of the first lines of the others."""
    first, last = stretches[0], stretches[-1]
    if len(last) < 2 or len(last) > 0.7 * len(first) or len(first) - len(last) < 2:
        return 0
    size = body_size([s for row in first for s in row.segs])
    beside = [row for row in first if last[0].middle - size < row.middle < last[-1].middle + size]
    if abs(last[0].middle - first[0].middle) > 2 * size or not 0.75 <= len(beside) / len(last) <= 1.34:
        return 0
    gaps = [b.middle - a.middle for a, b in pairwise(first)]
    steady = max(gaps) < 2.3 * min(gaps) if gaps else False
    kinds = Counter(_kind(row.text) for row in first), Counter(_kind(row.text) for row in last)
    return int(steady and _overlap(*kinds) >= 0.5)
