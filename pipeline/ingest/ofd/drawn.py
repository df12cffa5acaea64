"""What a page of an OFD file draws: characters with their places, straight lines, pictures. Lengths come out in points."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

import regex
from lxml import etree

from pipeline.ingest.layout import Piece, Ruling
from pipeline.ingest.ofd.xml import NUMBER, children, kind_of, numbers

_DEPTH = 6  # composites inside composites
_MOST_CHARS, _MOST_RULINGS, _MOST_PICTURES, _MOST_OBJECTS = 200_000, 20_000, 200, 400_000  # of one page
# In heights of a character: what is drawn nearer than this is one run, and with a drawn space between, this.
_RUN_GAP, _SPACE_GAP = 0.6, 0.8
_ABOVE_BASELINE = 0.86  # share of a Chinese character
_PATH_TOKEN = regex.compile(rf"[A-Za-z]|{NUMBER.pattern}")
_PATH_NUMBERS = {"M": 2, "S": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}


class Matrix(NamedTuple):
    """x' = ax + cy + e, y' = bx + dy + f; y grows downwards."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def at(self, x: float, y: float) -> tuple[float, float]:
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def inside(self, o: Matrix) -> Matrix:
        """This one applied first, then ``o``."""
        e, f = o.at(self.e, self.f)
        return Matrix(o.a * self.a + o.c * self.b, o.b * self.a + o.d * self.b, o.a * self.c + o.c * self.d,
                       o.b * self.c + o.d * self.d, e, f)


@dataclass(frozen=True, slots=True)
class _Char:
    """One character: its box and size on the page in points, the slope of its line in degrees."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    angle: float
    down: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and where its unit square lies on the page, in points."""

    path: str
    place: Matrix


@dataclass(slots=True)
class Drawn:
    """What a page draws, in points."""

    chars: list[_Char] = field(default_factory=list)
    rulings: list[Ruling] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    objects: int = 0


@dataclass(frozen=True, slots=True)
class Resources:
    """What objects refer to by number: files of pictures, and composites with their content."""

    pictures: dict[str, str]
    composites: dict[str, etree._Element]


def draw(content: etree._Element, origin: Matrix, resources: Resources, drawn: Drawn) -> None:
    """Everything below an element of content, blocks and composites opened."""
    stack: list[tuple[etree._Element, Matrix, int]] = [(child, origin, 0) for child in reversed(content)]
    while stack:
        element, outer, depth = stack.pop()
        drawn.objects += 1
        kind = kind_of(element)
        if drawn.objects > _MOST_OBJECTS or element.get("Visible", "true").lower() == "false":
            continue
        if kind in ("Layer", "PageBlock"):
            stack += [(child, outer, depth) for child in reversed(element)]
            continue
        place = _placed(element).inside(outer)
        if kind == "TextObject":
            drawn.chars += _chars(element, place, _MOST_CHARS - len(drawn.chars))
        elif kind == "PathObject":
            drawn.rulings += _rulings(element, place, _MOST_RULINGS - len(drawn.rulings))
        elif kind == "ImageObject" and len(drawn.pictures) < _MOST_PICTURES:
            path = resources.pictures.get(element.get("ResourceID", ""))
            if path is not None:
                unit = place if element.get("CTM") else Matrix(*_unit(element)).inside(place)
                drawn.pictures.append(Picture(path, unit))
        elif kind == "CompositeObject" and depth < _DEPTH:
            inner = resources.composites.get(element.get("ResourceID", ""))
            if inner is not None:
                stack += [(child, place, depth + 1) for part in children(inner, "Content") for child in reversed(part)]


def _placed(element: etree._Element) -> Matrix:
    """From the space of an object to that around it: its own matrix, then the corner of its boundary."""
    x, y = (*numbers(element.get("Boundary")), 0.0, 0.0)[:2]
    own = numbers(element.get("CTM"))
    matrix = Matrix(*own) if len(own) == 6 else Matrix()
    return matrix.inside(Matrix(e=x, f=y))


def _unit(element: etree._Element) -> tuple[float, ...]:
    _x, _y, wide, high = (*numbers(element.get("Boundary")), 0.0, 0.0, 0.0, 0.0)[:4]
    return wide, 0.0, 0.0, high, 0.0, 0.0


def _chars(element: etree._Element, place: Matrix, room: int) -> Iterator[_Char]:
    """The characters of a text object in the order in which they are drawn."""
    size = (numbers(element.get("Size")) or [0.0])[0]
    stretch = (numbers(element.get("HScale")) or [1.0])[0] or 1.0
    high = size * math.hypot(place.c, place.d)
    if not 0 < high < 10_000:
        return
    turn = math.degrees(math.atan2(place.b, place.a))
    x = y = 0.0
    for code in children(element, "TextCode"):
        text = (code.text or "").strip("\r\n\t")
        start_x, start_y = numbers(code.get("X")), numbers(code.get("Y"))
        x, y = start_x[0] if start_x else x, start_y[0] if start_y else y
        steps_x, steps_y = _steps(code.get("DeltaX"), len(text)), _steps(code.get("DeltaY"), len(text))
        down = bool(steps_y) and sum(map(abs, steps_y)) > sum(map(abs, steps_x or []))
        for index, char in enumerate(text):
            if room <= 0:
                return
            room -= 1
            width = _em(char) * size * stretch
            step_x = _step(steps_x, index, 0.0 if steps_y else width)
            if not down and 0 < step_x < width:
                width = step_x
            corners = [place.at(x + dx, y + dy) for dx in (0.0, width)
                       for dy in (-_ABOVE_BASELINE * size, (1 - _ABOVE_BASELINE) * size)]
            xs, ys = [c[0] for c in corners], [c[1] for c in corners]
            yield _Char(char, min(xs), min(ys), max(xs), max(ys), high, turn, down)
            x, y = x + step_x, y + _step(steps_y, index, 0.0)


def _em(char: str) -> float:
    """The usual width of a character, in heights of it."""
    return 1.0 if char >= "\u2e80" or char in "—…“”‘’①②③④⑤⑥⑦⑧⑨⑩·" else 0.5


def _steps(value: str | None, count: int) -> list[float]:
    """The way from each character to the next; ``g 3 4.2`` stands for three times 4.2.

    >>> _steps("g 2 4.2 2.1", 10), _steps(None, 3), _steps("g 999999999999 1", 2), _steps("g x 1 g", 2)
    ([4.2, 4.2, 2.1], [], [1.0, 1.0], [])
    """
    tokens = (value or "").split(None, 3 * count)[: 3 * count]
    out: list[float] = []
    at = 0
    while at < len(tokens) and len(out) < count:
        if tokens[at] == "g":
            times, step = [*tokens[at + 1 : at + 3], "", ""][:2]
            out += numbers(step)[:1] * (min(int(times), count - len(out)) if times.isascii() and times.isdigit() else 0)
            at += 3
        else:
            out += numbers(tokens[at])[:1]
            at += 1
    return out


def _step(steps: list[float], index: int, without: float) -> float:
    """The step after a character; a list that is too short goes on as it ends."""
    if not steps:
        return without
    return steps[index] if index < len(steps) else steps[-1]


def pieces_of(chars: list[_Char], wide: float, high: float) -> Iterator[Piece]:
    """Runs of characters on a line, in the order in which they are drawn."""
    run: list[_Char] = []
    blank: _Char | None = None
    seen: set[tuple[str, int, int]] = set()
    for char in chars:
        if not (0 <= (char.x0 + char.x1) / 2 <= wide and 0 <= (char.y0 + char.y1) / 2 <= high):
            continue
        if char.text.isspace():
            blank = char if run else None
            continue
        # Bold made by drawing twice: the same character again in the same place.
        at = (round(char.x0 / char.size * 4), round(char.y0 / char.size * 4))
        if any((char.text, at[0] + dx, at[1] + dy) in seen for dx in (-1, 0, 1) for dy in (-1, 0, 1)):
            continue
        seen.add((char.text, *at))
        if run and not _same_run(run[-1], char, blank is not None):
            yield _piece(run)
            run, blank = [], None
        if blank is not None:
            run.append(replace(blank, text=" ", x0=run[-1].x1, y0=run[-1].y0, x1=run[-1].x1, y1=run[-1].y1))
        run.append(char)
        blank = None
    if run:
        yield _piece(run)


def _same_run(before: _Char, char: _Char, blank: bool) -> bool:
    size = min(before.size, char.size)
    if before.down != char.down or abs(before.angle - char.angle) >= 1 or max(before.size, char.size) >= 1.5 * size:
        return False
    most = (_SPACE_GAP if blank else _RUN_GAP) * size
    across, down = char.x0 - before.x1, char.y0 - before.y1
    level = abs((before.y0 + before.y1) - (char.y0 + char.y1)) / 2 < 0.3 * size
    upright = abs((before.x0 + before.x1) - (char.x0 + char.x1)) / 2 < 0.3 * size
    if char.down or 45 < abs(char.angle) < 135:
        return upright and -0.6 * size < max(down, before.y0 - char.y1) < most
    return level and -0.6 * size < across < most


def _piece(run: list[_Char]) -> Piece:
    sizes = sorted(c.size for c in run)
    return Piece("".join(c.text for c in run), min(c.x0 for c in run), min(c.y0 for c in run), max(c.x1 for c in run),
                 max(c.y1 for c in run), sizes[len(sizes) // 2], None, 90.0 if run[0].down and len(run) > 1 else run[0].angle)


def _rulings(element: etree._Element, place: Matrix, room: int) -> Iterator[Ruling]:
    """The level and upright lines of a path; a filled box as thin as a line is one."""
    data = next((c.text or "" for c in children(element, "AbbreviatedData")), "")
    stroked = element.get("Stroke", "true").lower() != "false"
    for corners in _outlines(data[:100_000]):
        if room <= 0:
            return
        points = [place.at(*corner) for corner in corners]
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        x0, y0, x1, y1 = min(xs), min(ys), max(xs), max(ys)
        if min(x1 - x0, y1 - y0) < 2.5:
            if max(x1 - x0, y1 - y0) > 3:
                room -= 1
                x, y = (x0 + x1) / 2, (y0 + y1) / 2
                yield Ruling(x0, y, x1, y) if x1 - x0 > y1 - y0 else Ruling(x, y0, x, y1)
        elif stroked:
            for (ax, ay), (bx, by) in pairwise(points):
                if room > 0 and (abs(ay - by) < 1 < abs(ax - bx) or abs(ax - bx) < 1 < abs(ay - by)):
                    room -= 1
                    yield Ruling(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))


def _outlines(data: str) -> Iterator[list[tuple[float, float]]]:
    """The corners of each straight-sided part of a path.

    >>> list(_outlines("M 0 0 L 5 0 L 5 2 C M 1 1 B 1 2 3 4 5 6 L 9 9"))
    [[(0.0, 0.0), (5.0, 0.0), (5.0, 2.0), (0.0, 0.0)], [(1.0, 1.0)], [(5.0, 6.0), (9.0, 9.0)]]
    """
    tokens = _PATH_TOKEN.findall(data)
    corners: list[tuple[float, float]] = []
    at = 0
    while at < len(tokens):
        command = tokens[at]
        count = _PATH_NUMBERS.get(command)
        at += 1
        if count is None:
            continue
        given = [float(t) for t in tokens[at : at + count] if not t.isalpha()]
        if len(given) < count:
            break
        at += count
        if command == "C":
            if corners:
                corners.append(corners[0])
        elif command == "L":
            corners.append((given[0], given[1]))
        else:
            if corners:
                yield corners
            corners = [(given[-2], given[-1])]
    if corners:
        yield corners
