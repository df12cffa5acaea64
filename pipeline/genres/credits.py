"""Who is credited on a work: 作者:甲 乙(单位),编辑:丙 and its looser forms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import regex

from pipeline.blocks import Block
from pipeline.model import Span
from pipeline.rules import RuleBook
from pipeline.values.names import is_name, split_people


@dataclass(frozen=True, slots=True)
class Credit:
    """One name as credited; ``doubt`` is the finding code where the print can be read otherwise.

    ``labelled`` is where the role is printed; None where nothing says it and the name is taken for an author's.
    """

    role: str
    name: str
    span: Span
    unit: Span | None = None
    doubt: str | None = None
    candidates: tuple[str, ...] = ()
    labelled: Span | None = None


@dataclass(frozen=True, slots=True)
class Credits:
    """The credits of a stretch of a block; ``unread`` are stretches that were not understood."""

    form: Span | None
    people: tuple[Credit, ...]
    count: int | None
    unread: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class _Patterns:
    label: regex.Pattern[str]
    units: frozenset[str]
    form: regex.Pattern[str]
    body: regex.Pattern[str]
    glued: regex.Pattern[str]
    suffix: regex.Pattern[str]
    roles: frozenset[str]


def _any_of(words: tuple[str, ...]) -> str:
    return "|".join(regex.escape(w) for w in sorted(words, key=lambda w: (-len(w), w)))


@cache
def _compiled(roles: tuple[str, ...], units: tuple[str, ...], forms: tuple[str, ...], bodies: tuple[str, ...],
              suffixes: tuple[str, ...]) -> _Patterns:
    return _Patterns(
        regex.compile(rf"(?<![\p{{Han}}])(?P<label>{_any_of(roles + units)})\s?(?:[:/]|\s(?=\s*[\p{{Han}}]))\s*"),
        frozenset(units),
        regex.compile(rf"\s*[(](?P<form>{_any_of(forms)})[)]"),
        regex.compile(rf".{{2,40}}(?:{_any_of(bodies)})"),
        regex.compile(rf"(?P<unit>[\p{{Han}}]{{3,24}}?(?:{_any_of(bodies)}))(?P<name>[\p{{Han}}]{{2,4}})"),
        regex.compile(rf"(?P<names>.*?[\p{{Han}}*]{{2}})\s*(?:/\s*|\s)(?P<role>{_any_of(suffixes)})"),
        frozenset(roles),
    )


def _patterns(book: RuleBook) -> _Patterns:
    words = book.words
    bodies = (*words["org_end"], *words["school_end"], *words["body_end"])
    return _compiled(words["role_label"], words["unit_label"], words["work_form"], bodies, words["role_suffix"])


def read_credits(block: Block, start: int, end: int, book: RuleBook) -> Credits:
    """The credits printed at ``block.text[start:end]`` (folded offsets)."""
    patterns = _patterns(book)
    text = block.text
    form = None
    found = patterns.form.match(text, start, end)
    if found:
        form = block.view.source(*found.span("form"))
        start = found.end()
    start, end = _trim(text, start, end)
    if start < end and text[start] == "(" and text[end - 1] == ")" and ")" not in text[start + 1 : end - 1]:
        start, end = _trim(text, start + 1, end - 1)
    people: list[Credit] = []
    unread: list[Span] = []
    units: list[Span] = []
    count: int | None = None
    for label, printed, first, last in _segments(patterns, text, start, end):
        if label in patterns.units:
            units.append(block.view.source(first, last))
            continue
        named, number, rest = _people(block, first, last, label or book.words["role_label"][0], patterns)
        labelled = block.view.source(*printed) if printed else None
        people += [p if p.labelled else replace(p, labelled=labelled) for p in named]
        count = count if number is None else number
        unread += rest
    if units and people:
        joint = Span(units[0].start, units[-1].end)
        people = [p if p.unit else replace(p, unit=joint) for p in people]
    elif units:
        unread += units
    return Credits(form, tuple(people), count, tuple(unread))


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in " ,、;。":
        start += 1
    while end > start and text[end - 1] in " ,、;。":
        end -= 1
    return start, end


def _segments(patterns: _Patterns, text: str, start: int, end: int) -> list[
    tuple[str | None, tuple[int, int] | None, int, int]
]:
    """The stretches that one label each governs: the label, its place, and where the names begin and end."""
    labels = list(patterns.label.finditer(text, start, end))
    out: list[tuple[str | None, tuple[int, int] | None, int, int]] = []
    first = labels[0].start() if labels else end
    if first > start:
        out.append((None, None, *_trim(text, start, first)))
    for index, found in enumerate(labels):
        last = labels[index + 1].start() if index + 1 < len(labels) else end
        out.append((found["label"], found.span("label"), *_trim(text, found.end(), last)))
    return [segment for segment in out if segment[2] < segment[3]]


def _people(
    block: Block, start: int, end: int, role: str, patterns: _Patterns
) -> tuple[list[Credit], int | None, list[Span]]:
    """Names up to a bracket share the unit in the bracket; words that end like a body are units."""
    text = block.text
    out: list[Credit] = []
    unread: list[Span] = []
    count: int | None = None
    position = start
    for bracket in [*regex.finditer(r"\((?P<unit>(?:[^()]|\([^()]*\)){1,60})\)", text[start:end]), None]:
        until = start + bracket.start() if bracket else end
        group, number, bare = _group(block, position, until, role, patterns)
        count = count if number is None else number
        if bracket:
            inside = bracket["unit"]
            if inside in patterns.roles:
                said = block.view.source(start + bracket.start("unit"), start + bracket.end("unit"))
                group = [replace(c, role=inside, labelled=said) for c in group]
            elif group:
                unit = block.view.source(start + bracket.start("unit"), start + bracket.end("unit"))
                group = [c if c.unit else replace(c, unit=unit) for c in group]
            else:
                unread.append(block.view.source(start + bracket.start(), start + bracket.end()))
            position = start + bracket.end()
        out += group
        unread += bare
    return out, count, unread


def _group(
    block: Block, start: int, end: int, role: str, patterns: _Patterns
) -> tuple[list[Credit], int | None, list[Span]]:
    text = block.text
    start, end = _trim(text, start, end)
    if start >= end:
        return [], None, []
    suffixed = patterns.suffix.fullmatch(text, start, end)
    said = block.view.source(*suffixed.span("role")) if suffixed else None
    if suffixed:
        end, role = suffixed.end("names"), suffixed["role"]
    if not regex.search(r"[\p{L}\p{N}]", text[start:end]):
        return [], None, [block.view.source(start, end)]  # marks alone are nobody's name
    listed = split_people(text[start:end])
    out: list[Credit] = []
    units: list[tuple[int, Span]] = []
    for person in listed.names:
        first, last = start + person.start, start + person.end
        span = block.view.source(first, last)
        if is_name(person.name) or listed.collective:
            doubt = "names_unseparated" if listed.candidates and person.name in listed.candidates else None
            out.append(Credit(role, person.name, span, None, doubt, listed.candidates if doubt else ()))
        elif patterns.body.fullmatch(person.name):
            units.append((len(out), span))
        elif (glued := patterns.glued.fullmatch(text, first, last)) and is_name(glued["name"]):
            unit = block.view.source(*glued.span("unit"))
            out.append(Credit(role, glued["name"], block.view.source(*glued.span("name")), unit, "unit_glued"))
        else:
            doubt = "names_unseparated" if listed.candidates and person.name in listed.candidates else "name_unusual"
            out.append(Credit(role, person.name, span, None, doubt, listed.candidates if doubt == "names_unseparated" else ()))
    # A unit stands after its people; one that stands before all of them is theirs too.
    for place, span in units:
        owners = range(0, place) if place else range(len(out))
        out = [replace(c, unit=span) if i in owners and c.unit is None else c for i, c in enumerate(out)]
    out = [replace(c, labelled=said) for c in out]
    bare = [span for _place, span in units] if units and not out else []
    return out, listed.count, bare
