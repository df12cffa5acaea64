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
_LABEL = regex.compile(r"[^：:]{1,12}[：:]\s{0,3}")
_MARKS = regex.compile(r"[，。；！？、]")
_PROSE_FROM = 3  # lines from which on a stretch can be prose
_STOPS = "。；！？：;!?:”）)》"


def evidence_for_columns(parts: Sequence[Sequence[Seg]]) -> int:
    """How much more speaks for columns than for rows: above 0 columns, below 0 rows, 0 where nothing tells."""
    stretches = [rows for part in parts if (rows := rows_of([s for s in part if s.size]))]
    if len(stretches) < 2:
        return 0
    return _counting(stretches) + _headings(stretches) + _prose(stretches) + _over_early(stretches)


def alike(parts: Sequence[Sequence[Seg]]) -> bool:
    """True where the stretches hold the same kinds of lines, as columns of one list do and the cells of a row seldom do."""
    kinds = [Counter("-".join(_kind(s.text) for s in row.segs) for row in rows_of(part)) for part in parts]
    return all(_overlap(one, other) >= 0.5 for one, other in pairwise(kinds))


def begins_with_names(parts: Sequence[Sequence[Seg]]) -> bool:
    """True where most lines of the first stretch are names, with or without a label: what stands beside them is their post."""
    kinds = [_kind(row.text) for row in rows_of(parts[0])]
    return 2 * kinds.count("name") > len(kinds)


def _kind(text: str) -> str:
    if text.endswith(("：", ":")):
        return "entry"  # a heading of a list, which stands among entries
    if is_name(_LABEL.sub("", text)):
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
    across = [s for row in rows_of(down) for s in row.segs]
    by_column, by_row = _successions(s.text for s in down), _successions(s.text for s in across)
    return max(-2, min(by_column - by_row, 2))


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
    if 2 * sum(_is_broken_prose(rows) for rows in long) <= len(long):
        return 0
    over = any(_breaks_off(before[-1], rows[0], _right(before)) for before, rows in pairwise(stretches))
    return 2 * (over or any(_runs_on(rows) for rows in stretches[1:]))


def _is_broken_prose(rows: Sequence[Row]) -> bool:
    return _MARKS.search("".join(row.text for row in rows)) is not None and _runs_on(rows)


def _runs_on(rows: Sequence[Row]) -> bool:
    """True where many lines are full and break off in the middle of a sentence."""
    right = _right(rows)
    return 3 * sum(_breaks_off(before, row, right) for before, row in pairwise(rows)) >= len(rows) - 1 > 0


def _right(rows: Sequence[Row]) -> float:
    return max(row.segs[-1].edge for row in rows)


def _breaks_off(before: Row, row: Row, right: float) -> bool:
    return (before.segs[-1].edge > right - 1.6 * before.size and before.text[-1] not in _STOPS
            and not _MARKER.match(row.text) and not ends_entry(before.text))


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
    kinds, near, all_kinds = (Counter(_kind(row.text) for row in rows) for rows in (last, beside, first))
    posts = near["name"] > 0.5 * len(beside) and 2 * kinds["name"] <= len(last)
    return int(steady and not posts and _overlap(kinds, all_kinds) >= 0.5)
