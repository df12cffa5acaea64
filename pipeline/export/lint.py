"""Words that may not stand in a gazetteer, found and listed and never rewritten: 我省, 本会, 今年, 目前."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import regex

from pipeline.export.wording import words
from pipeline.resolve.places import places_in

# Characters shown on each side of a word.
_CONTEXT = 12
_QUOTED = regex.compile("“[^“”\n]*+”|「[^「」\n]*+」|『[^『』\n]*+』")


@dataclass(frozen=True, slots=True)
class Wording:
    """One word that needs a person; ``quoted`` where it stands between quotation marks."""

    word: str
    start: int
    context: str
    suggestion: str
    quoted: bool


def lint(text: str, *, year: int | None = None, issuer: str | None = None) -> list[Wording]:
    """Every such word of a text, in order, with what to write instead as far as it is known.

    ``year`` and ``issuer`` are those of the paper: they say what 今年 and 我会 mean.

    >>> [(w.word, w.suggestion) for w in lint("今年我省启动项目", year=2013, issuer="浙江省红十字会")]
    [('今年', '写年份：2013年'), ('我省', '写全称：浙江省')]
    >>> [w.suggestion for w in lint("去年")], [w.word for w in lint("常自我省察")], [w.quoted for w in lint("他说“我省”很好")]
    (['写年份：（须查明）'], [], [True])
    """
    pattern, suggestions = _pattern()
    if not text or not pattern.search(text):
        return []
    meant = _meant(year, issuer)
    quoted = _quoted(text)
    out = []
    for found in pattern.finditer(text):
        word = found["word"]
        if word is None:
            continue
        start = found.start()
        context = text[max(0, start - _CONTEXT) : found.end() + _CONTEXT].replace("\n", " ")
        out.append(Wording(word, start, context, _filled(suggestions[word], meant), _inside(quoted, start)))
    return out


def _inside(spans: list[tuple[int, int]], at: int) -> bool:
    number = bisect(spans, at, key=lambda span: span[0]) - 1
    return number >= 0 and spans[number][0] <= at < spans[number][1]


def _quoted(text: str) -> list[tuple[int, int]]:
    """The stretches between quotation marks, in order, on one line each."""
    return [m.span() for m in _QUOTED.finditer(text)]


@cache
def _pattern() -> tuple[regex.Pattern[str], Mapping[str, str]]:
    said = words("wording")
    suggestions = {word: str(entry["suggest"]) for entry in said["words"] for word in entry["words"]}
    alone = {word for entry in said["words"] if entry.get("alone") for word in entry["words"]}
    # The longest first; what belongs to another word is passed over before any.
    first, then = (sorted(names, key=lambda w: (-len(w), w)) for names in (said["inside"], suggestions))
    inside = "|".join(map(regex.escape, first))
    own = "|".join((r"(?<!\p{Han})" if w in alone else "") + regex.escape(w) for w in then)
    return regex.compile(f"(?:{inside})|(?P<word>{own})"), suggestions


@cache
def _meant(year: int | None, issuer: str | None) -> Mapping[str, Any]:
    found = places_in(year).prefix(issuer) if issuer else None
    return {"year": year, "issuer": issuer, "province": found.province.name if found and found.province else None,
            "city": found.city.name if found and found.city else None}


def _filled(suggestion: str, meant: Mapping[str, Any]) -> str:
    unknown = words("wording")["unknown"]

    def fill(found: regex.Match[str]) -> str:
        value = meant[found[1]]
        if value is None:
            return str(unknown)
        return f"{value + int(found[2] or 0)}年" if found[1] == "year" else str(value)

    return regex.sub(r"\{(\w+)([+-]\d)?\}", fill, suggestion)
