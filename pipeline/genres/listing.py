"""The list engine: headings that hold for what follows, and entries under them.

A genre file gives the rules; this module keeps the headings in force. A heading ends every deeper
one and its own kind, so nothing leaks past the heading that ends it. Each block is read by the
first rule that fits; what no rule fits is left to the ledger as unparsed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module, util
from typing import Any

import regex

from pipeline.blocks import SHORT, Block
from pipeline.genres import prose
from pipeline.model import Claim, Finding, Reading, Span
from pipeline.resolve.places import places_in
from pipeline.rules import Genre, Rule
from pipeline.scope import Scope
from pipeline.values.names import is_name, split_people
from pipeline.values.numbers import parse_ordinal
from pipeline.view import match_key

_SEPARATED = regex.compile(r"[、,;；]|\s{1,}")
# What a rule sets about itself, not about the rows under it.
_BEHAVIOUR = ("waits", "odd", "is_unit")
_HEADINGS = ("section_heading", "group_heading", "prize_heading")


@dataclass(frozen=True, slots=True)
class Field:
    """A matched group: its folded text, its place in the source, and whether damage carried it over."""

    value: str
    span: Span
    carried: bool = False


@dataclass(slots=True)
class Heading:
    """A heading in force and what it declares; ``entries`` counts what stands under it."""

    level: float
    role: str
    rule: Rule
    block: Block
    fields: dict[str, Field]
    entries: int = 0


@dataclass(slots=True)
class Entry:
    """One entry: its own fields, the fields of the headings in force, and lines that belong to it."""

    genre: Genre
    rule: Rule
    block: Block
    span: Span
    fields: dict[str, Field]
    context: dict[str, Field]
    sets: Mapping[str, Any]
    no: int
    attributes: list[tuple[Rule, Block, dict[str, Field]]] = field(default_factory=list)


@dataclass(slots=True)
class Listing:
    """A list as read: headings and entries in order, claims on heading lines, findings."""

    headings: list[Heading] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    prose: list[Block] = field(default_factory=list)


def read_list(scope: Scope, genre: Genre) -> Reading:
    """The rows, claims and findings of an article that is a list."""
    listing = _Reader(scope, genre).read()
    listing.findings += _reconcile(listing)
    claims, findings = list(listing.claims), list(listing.findings)
    rows: list[Any] = []
    around = prose.paragraphs(scope, listing.prose, "preamble" if not listing.entries else "body")
    rows += around.rows
    claims += around.claims
    tables = dict.fromkeys(entry.genre.table for entry in listing.entries)
    for table in tables:
        entries = [e for e in listing.entries if e.genre.table == table]
        reading = _finisher(table)(scope, entries, listing)
        rows += reading.rows
        claims += reading.claims
        findings += reading.findings
    return Reading(tuple(rows), tuple(claims), tuple(findings))


def _finisher(table: str) -> Any:
    name = f"pipeline.genres.{table}"
    return import_module(name if util.find_spec(name) else "pipeline.genres.generic").rows


class _Reader:
    """Walks the blocks once; the only state is the headings in force."""

    def __init__(self, scope: Scope, genre: Genre) -> None:
        self.scope = scope
        self.home = genre
        self.genre = genre
        self.lists = [g for g in scope.book.genres if g.shape == "list"]
        self.stack: list[Heading] = []
        self.listing = Listing()
        title = scope.article.title
        self.title_key = match_key(title.text) if title else None

    def read(self) -> Listing:
        """Read every block of the article."""
        for block in self.scope.article.blocks:
            readable = block.form in (None, "source") and len(block.text) <= SHORT
            if not (readable and self._block(block)) and (not readable or _is_sentence(block)):
                self.listing.prose.append(block)
        return self.listing

    def _block(self, block: Block) -> bool:
        """Read one block; False where no rule fits."""
        if block.marker and self.title_key and match_key(block.body) == self.title_key:
            self._repeated_title(block)
            return True
        for genre in self._tried():
            for rule in genre.rules:
                found = rule.apply(block.text)
                if found and self._holds(rule, found):
                    self._apply(genre, rule, found, block)
                    return True
        return False

    def _tried(self) -> Iterable[Genre]:
        yield self.genre
        others = [self.home.name, *self.genre.falls_back_to, *self.home.falls_back_to]
        seen = {self.genre.name}
        for name in others:
            if name not in seen:
                seen.add(name)
                yield next(g for g in self.lists if g.name == name)

    def _holds(self, rule: Rule, found: regex.Match[str]) -> bool:
        if not rule.needs:
            return True
        test, group = rule.needs.split(":")
        text = found[group]
        if test == "place":
            here = places_in(self.scope.year).exact(text, province=self.scope.province)
            return bool(here.city or here.county or here.province or here.candidates)
        if test == "lexicon":
            return "".join(text.split()) in self.scope.book.words["committee_role"]
        return all(is_name(p.name) for p in split_people(text).names)

    def _apply(self, genre: Genre, rule: Rule, found: regex.Match[str], block: Block) -> None:
        fields = _fields(rule, found, block)
        if rule.role in _HEADINGS:
            self._heading(genre, rule, block, fields)
        elif rule.role == "attribute":
            self._attribute(rule, block, fields)
        else:
            if rule.level:
                held = {k: v for k, v in fields.items() if k in rule.context}
                self._open(genre, rule, block, held)
                self._claim_head(rule, block, fields)
            self._entries(genre, rule, block, fields)

    def _claim_head(self, rule: Rule, block: Block, fields: dict[str, Field]) -> None:
        """The heading part of a line that goes on with its entries."""
        first = fields.get(rule.each)
        if first and first.span.start > block.span.start:
            self.listing.claims.append(Claim(Span(block.span.start, first.span.start), "group_heading", rule.id))

    def _heading(self, genre: Genre, rule: Rule, block: Block, fields: dict[str, Field]) -> None:
        self._open(genre, rule, block, fields)
        self.listing.claims.append(Claim(block.span, rule.role, rule.id))
        if rule.level == genre.levels[0]:
            scored = [(self._section_score(g, block.text), g is self.home, g.name) for g in self.lists]
            best = max(scored)
            self.genre = next(g for g in self.lists if g.name == best[2]) if best[0] > 0 else self.home

    def _section_score(self, genre: Genre, text: str) -> float:
        return max((r.weight for r in genre.evidence if r.on == "section" and r.apply(text)), default=0.0)

    def _open(self, genre: Genre, rule: Rule, block: Block, fields: dict[str, Field]) -> None:
        level = genre.levels.index(rule.level)
        last = self.stack[-1] if self.stack else None
        if last and last.rule.sets.get("waits") and last.entries == 0 and level <= last.level:
            # 委员: with sections (一)(二) of its own below: the role holds over them.
            last.level = level - 0.5
        ended = next((i for i, h in enumerate(self.stack) if h.level >= level or h.rule.level == rule.level), None)
        self.stack = self.stack[:ended]
        heading = Heading(level, rule.role, rule, block, fields)
        fields.update({k: Field(str(v), block.span) for k, v in rule.sets.items() if k not in _BEHAVIOUR})
        self.stack.append(heading)
        self.listing.headings.append(heading)

    def _repeated_title(self, block: Block) -> None:
        """A title printed again as a numbered heading: the section before it goes on, its groups end."""
        kept = [h for h in self.stack if h.level == 0]
        for heading in kept:
            heading.fields = {k: Field(f.value, f.span, True) for k, f in heading.fields.items() if k != "declared_count"}
        self.stack = kept
        self.listing.claims.append(Claim(block.span, "repeated_title", "list.repeated_title"))
        carried = kept[0].block.text if kept else ""
        self.listing.findings.append(
            Finding("title_as_heading", block.span, {"heading": block.text, "carried": carried}, found=block.text)
        )

    def _attribute(self, rule: Rule, block: Block, fields: dict[str, Field]) -> None:
        if not self.listing.entries:
            self.listing.findings.append(Finding("attribute_without_entry", block.span, {"text": block.text}))
            return
        self.listing.entries[-1].attributes.append((rule, block, fields))

    def _entries(self, genre: Genre, rule: Rule, block: Block, fields: dict[str, Field]) -> None:
        whole = fields.get(rule.each) if rule.each else None
        if whole is None or rule.each not in fields:
            self._entry(genre, rule, block, block.span, fields)
            return
        parts = list(_split(block, fields[rule.each]))
        for index, part in enumerate(parts):
            # The first part keeps what stands before it on the line, so the line is covered whole.
            span = Span(block.span.start, part.span.end) if index == 0 and not rule.context else part.span
            self._entry(genre, rule, block, span, {**fields, rule.each: part})
        partial = fields.get("partial_count")
        if partial:
            self.listing.findings.append(
                Finding("partial_list", block.span, {"declared": partial.value, "found": str(len(parts))},
                        expected=partial.value, found=str(len(parts)))
            )

    def _entry(self, genre: Genre, rule: Rule, block: Block, span: Span, fields: dict[str, Field]) -> None:
        context: dict[str, Field] = {}
        for heading in self.stack:
            heading.entries += 1
            context.update(heading.fields)
        printed = fields.get("entry_no")
        number = parse_ordinal(printed.value) if printed else None
        under = self.stack[-1].entries if self.stack else len(self.listing.entries) + 1
        self.listing.entries.append(
            Entry(genre, rule, block, span, fields, context, rule.sets, number if number is not None else under)
        )


def _is_sentence(block: Block) -> bool:
    """Running text among the entries: an introduction, a remark, a closing sentence."""
    return block.is_closed or ("," in block.text and len(block.text) >= 12)


def _fields(rule: Rule, found: regex.Match[str], block: Block) -> dict[str, Field]:
    out: dict[str, Field] = {}
    for name, value in found.groupdict().items():
        if value:
            out[name] = Field(value, block.view.source(*found.span(name)))
    return out


def _split(block: Block, whole: Field) -> Iterable[Field]:
    """The parts of a field that lists several, brackets kept whole."""
    start = block.text.find(whole.value)
    depth = 0
    begin = position = start
    text = block.text
    end = start + len(whole.value)
    while position <= end:
        char = text[position] if position < end else "、"
        if char == "(":
            depth += 1
        elif char == ")":
            depth = max(0, depth - 1)
        if position == end or (depth == 0 and char in "、,;；"):
            yield from _spaced(block, begin, position)
            begin = position + 1
        position += 1


def _spaced(block: Block, begin: int, end: int) -> Iterable[Field]:
    text = block.text[begin:end]
    words = [(begin + m.start(), begin + m.end()) for m in regex.finditer(r"\S+", text)]
    index = 0
    while index < len(words):
        first, last = words[index]
        if last - first == 1 and index + 1 < len(words) and words[index + 1][1] - words[index + 1][0] == 1:
            index += 1  # 张 旭: a padded name stays one
            last = words[index][1]
        yield Field(block.text[first:last], block.view.source(first, last))
        index += 1


def _reconcile(listing: Listing) -> Iterable[Finding]:
    for heading in listing.headings:
        declared = heading.fields.get("declared_count")
        if declared and not declared.carried:
            expected = parse_ordinal(declared.value)
            if expected is not None and expected != heading.entries:
                yield Finding(
                    "count_mismatch", heading.block.span,
                    {"heading": heading.block.text, "declared": str(expected), "found": str(heading.entries)},
                    column="declared_count", expected=str(expected), found=str(heading.entries),
                )
        elif heading.entries == 0 and "vacant" not in heading.fields:
            yield Finding("heading_without_entries", heading.block.span, {"heading": heading.block.text})
