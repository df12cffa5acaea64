"""Charts as SVG, drawn by hand: bars, columns in small multiples, stacked columns and a matrix of bars.

Every drawing is 360 units wide, so that its words can be read on a telephone, and has a title, a description and the same
numbers as a table beside it. Colours are classes of the page's style sheet (``s0``, ``s1``, … and the severities).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from markupsafe import Markup

from pipeline.report.words import Said, finding_names, genre_names, said

_WIDTH = 360
_TEXT = 12
# More bars than this are hard to take in; the table beside holds all.
MOST_BARS = 20
_MOST_YEARS = 8


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with its words and its numbers: ``head`` and ``rows`` of the table beside it."""

    key: str
    title: Said
    description: Said
    svg: Markup
    head: tuple[Said, ...]
    rows: tuple[tuple[Said, ...], ...]
    note: Said | None = None
    legend: tuple[tuple[str, Said], ...] = ()


def _width(text: str) -> float:
    """Rough width of a text in units: a Chinese character is as wide as the type is high."""
    return sum(_TEXT if unicodedata.east_asian_width(c) in "WF" else _TEXT * 0.56 for c in text)


def fitted(text: str, room: float) -> str:
    """The text, cut with a sign where it is wider than the room.

    >>> fitted("浙江省红十字会", 50)
    '浙江省…'
    """
    if _width(text) <= room:
        return text
    widths = list(accumulate(_width(c) for c in text))
    kept = sum(1 for w in widths if w <= room - _TEXT)
    return text[:kept] + "…"


def _words(x: float, y: float, words: Said, room: float, *, kind: str = "", anchor: str = "start") -> Markup:
    return Markup('<text x="{}" y="{}" class="{}" text-anchor="{}" data-en="{}">{}</text>').format(
        _n(x), _n(y), kind, anchor, fitted(words.en, room), fitted(words.zh, room))


def _n(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _bar(x: float, y: float, width: float, height: float, kind: str) -> Markup:
    # What is there is visible, however little.
    return Markup('<rect x="{}" y="{}" width="{}" height="{}" rx="1.5" class="{}"/>').format(
        _n(x), _n(y), _n(max(width, 1.5)), _n(max(height, 1.5)), kind)


def _svg(key: str, title: Said, description: Said, height: float, parts: Sequence[Markup]) -> Markup:
    return Markup(
        '<svg viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-labelledby="{k}-t {k}-d">'
        '<title id="{k}-t" data-en="{te}">{tz}</title><desc id="{k}-d" data-en="{de}">{dz}</desc>{parts}</svg>'
    ).format(w=_WIDTH, h=_n(height), k=key, tz=title.zh, te=title.en, dz=description.zh, de=description.en,
             parts=Markup("").join(parts))


def _plain(value: object) -> Said:
    return Said(str(value), str(value))


def bars(key: str, entries: Sequence[tuple[Said, float, str, str]], most: float) -> Markup:
    """Bars with their names above: name, value, the value as written, class of the colour."""
    parts: list[Markup] = []
    y = 0.0
    for name, value, written, kind in entries:
        parts.append(_words(0, y + 12, name, _WIDTH - 12 - _width(written)))
        parts.append(_words(_WIDTH, y + 12, _plain(written), _WIDTH, kind="n", anchor="end"))
        parts.append(_bar(0, y + 17, _WIDTH, 8, "rail"))
        if value > 0:
            parts.append(_bar(0, y + 17, _WIDTH * value / most if most else 0, 8, kind))
        y += 34
    return _svg(key, said("words", f"chart_{key}"), said("words", f"chart_{key}_desc"), y, parts)


def coverage_chart(documents: Sequence[tuple[str, float | None]]) -> Chart | None:
    """Share of each document that was read as something, the lowest first."""
    known = sorted(((name, share) for name, share in documents if share is not None), key=lambda d: d[1])
    if not known:
        return None
    # 99.96 % is not all of it: cut, never rounded up.
    written = {name: f"{int(share * 1000) / 10:.1f}%" for name, share in known}
    shown = [(_plain(name), share, written[name], "s2" if share >= 1 else "warning" if share >= 0.9 else "error")
             for name, share in known[:MOST_BARS]]
    note = said("words", "documents_more", n=MOST_BARS) if len(known) > MOST_BARS else None
    return Chart("coverage", said("words", "chart_coverage"), said("words", "chart_coverage_desc"), bars("coverage", shown, 1),
                 (said("words", "documents"), said("words", "coverage")),
                 tuple((_plain(name), _plain(written[name])) for name, _ in known), note)


def findings_chart(findings: Mapping[tuple[str, str], int]) -> Chart | None:
    """How often each finding was made, errors first."""
    if not findings:
        return None
    order = ("error", "warning", "info")
    listed = sorted(findings.items(), key=lambda f: (order.index(f[0][0]), -f[1], f[0][1]))
    names = finding_names()
    shown = [(names.get(code, _plain(code)), float(n), str(n), severity) for (severity, code), n in listed]
    rows = tuple((names.get(code, _plain(code)), _plain(code), said("severities", severity), _plain(n))
                 for (severity, code), n in listed)
    head = (said("words", "findings_long"), said("words", "code"), said("words", "status"), said("words", "number"))
    legend = tuple((s, said("severities", s)) for s in order if any(k[0] == s for k in findings))
    return Chart("findings", said("words", "chart_findings"), said("words", "chart_findings_desc"),
                 bars("findings", shown[:MOST_BARS * 2], max(findings.values())), head, rows, None, legend)


def _years(counts: Iterable[Mapping[int | None, int]]) -> list[int | None]:
    years = {year for by_year in counts for year in by_year}
    return [*sorted(y for y in years if y is not None), *([None] if None in years else [])]


def _year(year: int | None) -> Said:
    return said("words", "no_year") if year is None else _plain(year)


def _short(year: int | None) -> Said:
    return said("words", "undated") if year is None else _plain(year)


def _year_axis(years: Sequence[int | None], x: float, step: float, y: float) -> list[Markup]:
    every = max(1, round(30 / step + 0.49))
    out = []
    for place, year in enumerate(years):
        if place % every == 0 or year is None:
            out.append(_words(x + step * (place + 0.5), y, _short(year), max(step * every, 36), kind="n", anchor="middle"))
    return out


def _table(counts: Mapping[str, Mapping[int | None, int]], names: Mapping[str, Said], first: Said,
           years: Sequence[int | None]) -> tuple[tuple[Said, ...], tuple[tuple[Said, ...], ...]]:
    head = (first, *(_year(y) for y in years))
    return head, tuple((names[k], *(_plain(by_year.get(y, 0)) for y in years)) for k, by_year in counts.items())


def genres_chart(counts: Mapping[str | None, Mapping[int | None, int]]) -> Chart | None:
    """Rows by year, a panel for each genre, all to one scale."""
    if not counts:
        return None
    known = genre_names()
    names = {k or "": known.get(k, _plain(k)) if k else said("words", "no_genre") for k in counts}
    ordered = {k or "": v for k, v in sorted(counts.items(), key=lambda c: (c[0] is None, -sum(c[1].values())))}
    years = _years(counts.values())
    most = max(n for by_year in counts.values() for n in by_year.values())
    parts: list[Markup] = []
    across = 2 if len(ordered) > 1 and len(years) <= 5 else 1
    room = (_WIDTH - 16 * (across - 1)) / across
    step = min(room / len(years), 60)
    y = 0.0
    for place, (key, by_year) in enumerate(ordered.items()):
        x = (place % across) * (room + 16)
        parts.append(_words(x, y + 12, names[key], room, kind="h"))
        base = y + 92
        parts.append(Markup('<path d="M{} {}h{}" class="axis"/>').format(_n(x), _n(base), _n(room)))
        for column, year in enumerate(years):
            n = by_year.get(year, 0)
            if n:
                height = 54 * n / most
                left = x + step * (column + 0.5) - min(step * 0.36, 14)
                parts.append(_bar(left, base - height, min(step * 0.72, 28), height, f"s{place % 8}"))
                if step >= 20:
                    parts.append(_words(x + step * (column + 0.5), base - height - 4, _plain(n), 60, kind="n", anchor="middle"))
        parts += _year_axis(years, x, step, base + 14)
        if place % across == across - 1 or place == len(ordered) - 1:
            y += 120
    head, rows = _table(ordered, names, said("words", "genres"), years)
    title, description = said("words", "chart_genres"), said("words", "chart_genres_desc")
    return Chart("genres", title, description, _svg("genres", title, description, y, parts), head, rows)


def schools_chart(counts: Mapping[str | None, Mapping[int | None, int]]) -> Chart | None:
    """Schools of each city, a column of bars for each year, all to one scale."""
    if not counts:
        return None
    names = {k or "": _plain(k) if k else said("words", "no_city") for k in counts}
    ordered = {k or "": v for k, v in sorted(counts.items(), key=lambda c: (c[0] is None, -sum(c[1].values()), c[0] or ""))}
    years = _years(counts.values())
    head, rows = _table(ordered, names, said("words", "city"), years)
    # The latest years are drawn where there are many; the table has all.
    drawn = years[-_MOST_YEARS:]
    label = min(max(_width(words) for n in names.values() for words in (n.zh, n.en)), 92) + 8
    step = (_WIDTH - label) / len(drawn)
    most = max((by_year.get(y, 0) for by_year in counts.values() for y in drawn), default=0) or 1
    parts = _year_axis_left(drawn, label, step)
    y = 22.0
    for key, by_year in ordered.items():
        parts.append(_words(0, y + 13, names[key], label - 6))
        for column, year in enumerate(drawn):
            n = by_year.get(year, 0)
            x = label + step * column
            if n:
                longest = max(step - 30, 8)
                parts.append(_bar(x, y + 4, longest * n / most, 11, "s1" if key else "info"))
                parts.append(_words(x + max(longest * n / most, 1.5) + 4, y + 13, _plain(n), 40, kind="n"))
            else:
                parts.append(_words(x, y + 13, _plain("·"), 20, kind="n"))
        y += 22
    title, description = said("words", "chart_schools"), said("words", "chart_schools_desc")
    return Chart("schools", title, description, _svg("schools", title, description, y + 2, parts), head, rows)


def _year_axis_left(years: Sequence[int | None], x: float, step: float) -> list[Markup]:
    return [_words(x + step * i, 12, _short(year), step, kind="n") for i, year in enumerate(years)]


def targets_chart(counts: Mapping[str, Mapping[int | None, int]]) -> Chart | None:
    """Targets by year, stacked by kind."""
    if not counts:
        return None
    order = ("target", "achieved", "cumulative")
    ordered = {k: counts[k] for k in sorted(counts, key=lambda k: order.index(k) if k in order else 9)}
    names = {k: said("kinds", k) for k in ordered}
    years = _years(ordered.values())
    totals = {y: sum(by_year.get(y, 0) for by_year in ordered.values()) for y in years}
    most = max(totals.values())
    step = min(_WIDTH / len(years), 72)
    base = 150.0
    parts = [Markup('<path d="M0 {}h{}" class="axis"/>').format(_n(base), _WIDTH)]
    for column, year in enumerate(years):
        top = base
        for place, by_year in enumerate(ordered.values()):
            n = by_year.get(year, 0)
            if n:
                height = 120 * n / most
                top -= height
                left = step * (column + 0.5) - min(step * 0.36, 20)
                parts.append(_bar(left, top, min(step * 0.72, 40), height - 1, f"s{place}"))
        if step >= 20:
            parts.append(_words(step * (column + 0.5), top - 5, _plain(totals[year]), 60, kind="n", anchor="middle"))
    parts += _year_axis(years, 0, step, base + 15)
    head, rows = _table(ordered, names, said("words", "targets_listed"), years)
    title, description = said("words", "chart_targets"), said("words", "chart_targets_desc")
    return Chart("targets", title, description, _svg("targets", title, description, base + 24, parts), head, rows, None,
                 tuple((f"s{i}", names[k]) for i, k in enumerate(ordered)))
