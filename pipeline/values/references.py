"""Mentions of documents and publications 《…》, with their numbers and short names. Usable alone."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

import regex

from pipeline.paths import rules_dir

_LONGEST = 160
_NUMBER = r"[\p{Han}]{1,12}\s?[〔\[(【]\s?(?:19|20)\d\d\s?[〕\])】]\s?第?\s?\d{1,4}\s?号"


@dataclass(frozen=True, slots=True)
class Reference:
    """One mention; ``start`` and ``end`` include the marks, ``title`` leaves them out."""

    start: int
    end: int
    title: str
    kind: str
    doc_number: str | None
    alias: str | None


@cache
def _rules() -> tuple[dict[str, Any], regex.Pattern[str]]:
    data = tomllib.loads((rules_dir() / "values" / "references.toml").read_text("utf-8"))
    opens = "|".join(data["alias"]["opens"])
    tail = regex.compile(
        rf"\s?\((?:(?P<number>{_NUMBER}))?[,，、;；\s]{{0,3}}"
        rf"(?:(?:{opens})(?:为)?[:：]?\s?[《“\"‘]?(?P<alias>[^()《》“”\"’]{{2,40}})[》”\"’]?)?[^()]{{0,40}}\)"
        rf"(?:\s?\((?:(?:{opens})(?:为)?[:：]?\s?[《“\"‘]?(?P<alias>[^()《》“”\"’]{{2,40}})[》”\"’]?)\))?"
    )
    return data, tail


def references(text: str) -> tuple[Reference, ...]:
    """Every mention in folded text, outermost marks only; marks that never close are passed over.

    >>> r, = references("《关于促进发展的意见》(国发〔2012〕25号,以下简称《意见》)")
    >>> r.title, r.doc_number, r.alias, r.kind
    ('关于促进发展的意见', '国发〔2012〕25号', '意见', 'policy')
    """
    if "《" not in text:
        return ()
    out: list[Reference] = []
    hidden_until = 0
    for start, end in _marked(text):
        if start < hidden_until:
            continue
        found, alias_end = _reference(text, start, end)
        out.append(found)
        hidden_until = alias_end
    return tuple(out)


def unclosed(text: str) -> tuple[int, ...]:
    """Offsets of opening marks that are not closed within the longest title.

    >>> unclosed("《意见》和《办法")
    (5,)
    """
    closed = {i for start, end in _marked(text) for i in range(start, end)}
    return tuple(i for i, char in enumerate(text) if char == "《" and i not in closed)


def _marked(text: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    stack: list[int] = []
    for found in regex.finditer("[《》]", text):
        position = found.start()
        if stack and position - stack[0] > _LONGEST:
            stack.clear()
        if found[0] == "《":
            stack.append(position)
        elif stack:
            start = stack.pop()
            if not stack:
                spans.append((start, position + 1))
    return spans


def _reference(text: str, start: int, end: int) -> tuple[Reference, int]:
    data, tail_pattern = _rules()
    title = text[start + 1 : end - 1]
    tail = tail_pattern.match(text, end)
    number = tail["number"] if tail else None
    alias = tail["alias"] if tail else None
    useful = tail is not None and (number or alias)
    return (
        Reference(start, end, title, _kind(title, text[end : end + 2], data), number, alias),
        tail.end() if useful and tail else end,
    )


def _kind(title: str, after: str, data: dict[str, Any]) -> str:
    if after.startswith(tuple(data["after"]["periodical"])) and not after.startswith(("报告", "报道", "报送")):
        return "periodical"
    bare = regex.sub(r"\([^()]*\)\s*\Z", "", title)
    for kind, endings in data["kinds"].items():
        if bare.endswith(tuple(endings)):
            return str(kind)
    return "other"
