"""Mentions of documents and publications 《…》, with their numbers and short names. Usable alone."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import regex

from pipeline.model import Span
from pipeline.paths import rules_dir
from pipeline.view import View

_LONGEST = 160
_NUMBER = (
    r"(?:[\p{Han}]{1,12}\s?[〔\[(【]\s?(?:19|20)\d\d\s?[〕\])】]\s?第?\s?\d{1,4}\s?号"
    r"|[\p{Han}]{2,16}令\s?第?\s?(?:\d{1,4}|[一二三四五六七八九十百零〇]{1,7})\s?号)"
)
_NUMBER_BEFORE = regex.compile(rf"(?P<number>{_NUMBER})(?:文件?)?\s?\Z")


@dataclass(frozen=True, slots=True)
class Reference:
    """One mention; ``start`` and ``end`` include the marks, ``title`` leaves them out.

    ``number_at`` is where the document number stands, before the mention or in the brackets after it; ``alias_at`` where
    the short name does.
    """

    start: int
    end: int
    title: str
    kind: str
    doc_number: str | None
    alias: str | None
    number_at: tuple[int, int] | None = None
    alias_at: tuple[int, int] | None = None


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
    """Every mention in the text, outermost marks only; marks that never close are passed over.

    >>> r, = references("《关于促进发展的意见》（国发〔2012〕25号，以下简称《意见》）")
    >>> r.title, r.doc_number, r.alias, r.kind
    ('关于促进发展的意见', '国发〔2012〕25号', '意见', 'policy')
    >>> [(r.title, r.doc_number, r.kind) for r in references("浙红〔2013〕25号《救护管理办法》和《浙江红十字》报")]
    [('救护管理办法', '浙红〔2013〕25号', 'policy'), ('浙江红十字', None, 'periodical')]
    """
    if "《" not in text:
        return ()
    view = View.of(text, Span(0, len(text)))
    out: list[Reference] = []
    for found in _references(view.folded):
        span = view.source(found.start, found.end)
        title = text[span.start + 1 : span.end - 1]
        number = view.source(*found.number_at) if found.number_at else None
        out.append(replace(
            found, start=span.start, end=span.end, title=title, doc_number=text[number.start : number.end] if number else None,
            number_at=(number.start, number.end) if number else None,
            alias_at=view.source(*found.alias_at) if found.alias_at else None,
        ))
    return tuple(out)


def _references(text: str) -> tuple[Reference, ...]:
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
    before = _NUMBER_BEFORE.search(text, max(0, start - 40), start)
    number = tail.span("number") if tail and tail["number"] else before.span("number") if before else None
    alias = tail["alias"] if tail else None
    useful = tail is not None and (tail["number"] or alias)
    return (
        Reference(start, end, title, _kind(title, text[end : end + 2], data), text[slice(*number)] if number else None,
                  alias, number, tail.span("alias") if tail and alias else None),
        tail.end() if useful and tail else end,
    )


def _kind(title: str, after: str, data: dict[str, Any]) -> str:
    if after.startswith(tuple(data["after"]["periodical"])) and not after.startswith(("报告", "报道", "报送")):
        return "periodical"
    bare = regex.sub(r"\([^()]*\)\s*\Z", "", title)
    # The longest ending decides: 管理办法 ends in 办法 before it ends in 法.
    endings = ((len(e), str(kind)) for kind, words in data["kinds"].items() for e in words if bare.endswith(e))
    return max(endings, default=(0, "other"))[1]
