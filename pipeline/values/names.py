"""Lists of people's names as printed. Names are split only where the print shows it. Usable alone."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from itertools import groupby

import regex

from pipeline.paths import rules_dir

_SEPARATOR = regex.compile(r"[、,，;；/]|\s+和\s+")
_COUNT = regex.compile(r"(?P<et>等)?\s?(?P<count>\d{1,3})\s?[人名位]\Z")
_SHAPE = regex.compile(r"[\p{Han}*×某]{2,4}|[\p{Han}]{1,8}·[\p{Han}·]{1,12}")


@dataclass(frozen=True, slots=True)
class Person:
    """A name at ``text[start:end]``; ``name`` is printed without its padding."""

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class People:
    """The people of a printed list.

    ``ambiguous`` where two readings are possible: ``candidates`` then names them. ``count`` is a
    printed count (甲、乙等5人), ``collective`` is true where a group and no person is credited.
    """

    names: tuple[Person, ...]
    ambiguous: bool = False
    candidates: tuple[str, ...] = ()
    collective: bool = False
    count: int | None = None


@cache
def _surnames() -> tuple[frozenset[str], frozenset[str]]:
    rows = (rules_dir() / "values" / "surnames.txt").read_text("utf-8").splitlines()[1:]
    return frozenset(rows[0]), frozenset(rows[1].split())


@cache
def _collectives() -> tuple[str, ...]:
    return tuple(tomllib.loads((rules_dir() / "values" / "people.toml").read_text("utf-8"))["collective"])


def is_name(text: str) -> bool:
    """True where the text can be one person's name: a known surname and 2 to 4 characters, or with ·.

    >>> [is_name(t) for t in ("王佳", "欧阳建国", "王*明", "优秀作品", "阿依古丽·买买提")]
    [True, True, True, False, True]
    """
    if "·" in text:
        return bool(_SHAPE.fullmatch(text))
    single, compound = _surnames()
    if not _SHAPE.fullmatch(text):
        return False
    return text[:2] in compound or (text[0] in single and len(text) <= 3) or (text[0] in single and text[1] in single)


def split_people(text: str) -> People:
    """The people that a folded text lists.

    >>> [p.name for p in split_people("洪秀芳 李先根").names]
    ['洪秀芳', '李先根']
    >>> [p.name for p in split_people("张 旭、王 佳").names]
    ['张旭', '王佳']
    >>> split_people("李晓明张立").candidates
    ('李晓明张立', '李晓 明张立', '李晓明 张立')
    """
    count = None
    counted = _COUNT.search(text)
    body = text
    if counted:
        count, body = int(counted["count"]), text[: counted.start()]
    body = body.rstrip(" 、,等")
    if any(word == body.strip() or body.strip().endswith(word) for word in _collectives()):
        stripped = body.strip()
        start = text.index(stripped)
        return People((Person(start, start + len(stripped), stripped),), collective=True, count=count)
    people: list[Person] = []
    position = 0
    for cut in [*_SEPARATOR.finditer(body), None]:
        end = cut.start() if cut else len(body)
        people += _spaced(body, position, end)
        position = cut.end() if cut else end
    candidates = tuple(c for p in people for c in _unseparated(p.name))
    return People(tuple(people), bool(candidates), candidates, count=count)


def _spaced(text: str, start: int, end: int) -> list[Person]:
    """Words between separators; single characters with gaps are padded names (张 旭, 范 冰 冰)."""
    words = [(m.start(), m.end()) for m in regex.finditer(r"\S+", text[start:end])]
    out: list[Person] = []
    for padded, run in groupby(words, key=lambda w: w[1] - w[0] == 1):
        for part in _padded(text, start, list(run)) if padded else ([w] for w in run):
            first, last = start + part[0][0], start + part[-1][1]
            out.append(Person(first, last, "".join(text[first:last].split())))
    return out


def _padded(text: str, start: int, singles: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Single characters cut into names of two or three; one piece where more than one cut is possible."""
    letters = "".join(text[start + first] for first, _last in singles)
    cuts = [cut for cut in _compositions(len(letters)) if all(is_name(letters[i:j]) for i, j in cut)]
    return [singles[i:j] for i, j in cuts[0]] if len(cuts) == 1 else [singles]


def _compositions(length: int) -> list[list[tuple[int, int]]]:
    """Every way to cut ``length`` characters into pieces of two and three.

    >>> _compositions(5)
    [[(0, 2), (2, 5)], [(0, 3), (3, 5)]]
    """
    ways: list[list[list[tuple[int, int]]]] = [[[]], []]
    for end in range(2, min(length, 12) + 1):
        ways.append([[*way, (end - size, end)] for size in (3, 2) if end >= size for way in ways[end - size]])
    return ways[length] if length <= 12 else []


def _unseparated(name: str) -> tuple[str, ...]:
    # 李晓明张立: four or more characters without a separator may be several names.
    if "·" in name or len(name) < 4 or (is_name(name) and name[:2] in _surnames()[1]):
        return ()
    cuts = [
        " ".join(name[i:j] for i, j in cut) for cut in _compositions(len(name)) if all(is_name(name[i:j]) for i, j in cut)
    ]
    return (name, *cuts) if cuts else ()
