"""The list engine: headings that hold for what follows, and entries under them.

A genre file gives the rules; this module keeps the headings in force. A heading ends every deeper
one and its own kind, so nothing leaks past the heading that ends it. Each block is read by the
first rule that fits; what no rule fits is left to the ledger as unparsed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module, util
from itertools import groupby
from typing import Any

import regex

from pipeline.blocks import SHORT, Block, joined
from pipeline.genres import prose, tabular
from pipeline.ingest.physical import page_at
from pipeline.model import Claim, Document, Finding, Provenance, Reading, Span
from pipeline.resolve.places import places_in
from pipeline.rules import TOLD_ROLES, Genre, Rule
from pipeline.scope import Scope
from pipeline.values.names import is_name, split_people
from pipeline.values.numbers import parse_ordinal
from pipeline.view import View, match_key

_SEPARATED = regex.compile(r"[、,;；]|\s{1,}")
# What a rule sets about itself, not about the rows under it.
_BEHAVIOUR = ("waits", "odd", "is_unit")
_WORK = regex.compile("(?P<lead>[^《》]{0,60})《(?P<title>[^《》]{1,80})》")
_NOTE = regex.compile(r"\s?\((?:女|男|[\p{Han}]{1,5}族|女[,、]\s?[\p{Han}]{1,5}族)\)")
_OPEN_MARK = regex.compile("《[^《》]{1,80}$")
_CLOSING = regex.compile("[^《》]{1,80}》")
# Media types of text tables, in which quotes keep a cell together; and over how many lines at most.
_QUOTING, _MOST_QUOTED = ("text/csv", "text/tab-separated-values"), 20
# Media types of workbooks: their pages are sheets, each a table of its own.
_WORKBOOKS = ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/vnd.ms-excel",
              "application/vnd.oasis.opendocument.spreadsheet")
_HEADINGS = ("section_heading", "group_heading", "prize_heading")


@dataclass(frozen=True, slots=True)
class Field:
    """A matched group: its folded text, its place in the source, and whether damage carried it over."""

    value: str
    span: Span
    carried: bool = False


@dataclass(slots=True)
class Heading:
    """A heading in force and what it declares; ``entries`` counts what is under it, ``last_no`` is the last printed number."""

    level: float
    role: str
    rule: Rule
    block: Block
    fields: dict[str, Field]
    entries: int = 0
    last_no: int = 0


@dataclass(frozen=True, slots=True)
class Named:
    """A cell that names people, the label of its column and the unit of its row.

    ``merged`` is true where the cell goes on from a row above. ``header`` is the place of the label.
    """

    label: str
    cell: Block
    unit: Field | None = None
    merged: bool = False
    header: Span | None = None


@dataclass(slots=True)
class Entry:
    """One entry: its own fields, the fields of the headings in force, and lines that belong to it.

    ``people`` are the cells of a table row, and of rows that go on with it, that name people.
    """

    genre: Genre
    rule: Rule
    block: Block
    span: Span
    fields: dict[str, Field]
    context: dict[str, Field]
    sets: Mapping[str, Any]
    no: int
    attributes: list[tuple[Rule, Block, dict[str, Field]]] = field(default_factory=list)
    people: list[Named] = field(default_factory=list)


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
    listing.findings += [*_reconcile(listing), *_sequence(listing), *_told_counts(scope, listing)]
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
        self.table: tabular.Table | None = None
        self.above: dict[str, Field] = {}

    def read(self) -> Listing:
        """Read every block of the article."""
        blocks = _rejoined(self.scope.text, self.scope.article.blocks)
        if self.scope.document.media_type in _QUOTING:
            blocks = _requoted(self.scope.text, blocks)
        for number, sheet in enumerate(_sheets(self.scope.document, blocks)):
            if number:
                self._new_sheet()
            self._read_blocks(sheet)
        return self.listing

    def _new_sheet(self) -> None:
        """A sheet ends the table before it and all headings but the section."""
        self.table, self.above = None, {}
        self.stack = [h for h in self.stack if h.level == 0]

    def _read_blocks(self, blocks: Sequence[Block]) -> None:
        position = 0
        while position < len(blocks):
            used = self._table(blocks, position)
            if used:
                position += used
                continue
            block = blocks[position]
            position += 1
            readable = block.form in (None, "source") and len(block.text) <= SHORT
            if readable and self._block(block):
                continue
            if not readable or _is_sentence(block):
                self.listing.prose.append(block)
                self._told(block)
            elif block.text.endswith(":") or self._is_label(block):
                self._unread_heading(block)

    def _table(self, blocks: Sequence[Block], position: int) -> int:
        """Read a header or a row of a table; how many blocks it took, 0 where there is none."""
        again = tabular.is_header_again(self.scope, self.table, blocks, position) if self.table else 0
        if again:
            span = Span(blocks[position].span.start, blocks[position + again - 1].span.end)
            self.listing.claims.append(Claim(span, "table_header", "list.table_header"))
            return again
        table = tabular.table_at(self.scope, blocks, position)
        if table:
            self.table, self.above = table, {}
            self.listing.claims.append(Claim(table.header, "table_header", "list.table_header"))
            self.listing.findings += table.findings
            return table.used
        row = tabular.row_at(self.scope, self.table, blocks, position) if self.table else None
        if row is None or self.table is None:
            return 0
        self._row(self.table, row)
        return row.used

    def _row(self, table: tabular.Table, row: tabular.TableRow) -> None:
        """A row as an entry: its cells are its fields; an empty cell that spans rows has the value above it."""
        fields: dict[str, Field] = {}
        above: dict[str, Field] = {}
        people: list[Named] = []
        text = self.scope.text
        key = next(c.rule for c, _cell in row.cells if c.rule and c.rule.sets.get("key") == table.table)
        for index, (column, cell) in enumerate(row.cells):
            rule = column.rule
            if rule is None:
                continue
            where = cell.span or (cell.merged if cell.merged and cell.merged.start >= table.header.end else None)
            if rule.role == "people" and where:
                people.append(Named(column.label, cell_block(text, row.block, where), merged=cell.span is None,
                                    header=column.span))
                continue
            if cell.span is None:
                if where:
                    value = Field(View.of(text, where).folded, where)
                    above |= {rule.role: value} if rule.apply(value.value) else {}
                elif rule.sets.get("spans") and rule.role in self.above and index not in table.merging:
                    above[rule.role] = self.above[rule.role]
                continue
            value = _within_marks(Field(cell.text, cell.span)) if rule.role == "work_title" else Field(cell.text, cell.span)
            if rule is not key and rule.apply(cell.text) is None:
                self.above.pop(rule.role, None)
                self.listing.findings.append(Finding("cell_unusual", cell.span, {"label": column.label, "text": cell.text},
                                                     table.table, found=cell.text))
                continue
            fields[rule.role] = value
            if rule.sets.get("spans"):
                self.above[rule.role] = value
        unit = fields.get("unit") or above.get("unit")
        if row.goes_on:
            self._goes_on(table, row, fields, [replace(named, unit=unit) for named in people])
            return
        genre = self.home if self.home.table == table.table else next(g for g in self.lists if g.table == table.table)
        sets = {"tabular": True} | ({} if key.apply(tabular.key_cell(table, row).text) else {"odd": True})
        for number, part in enumerate(self._parts(key, row.block, fields[key.role])):
            held = {k: v for k, v in fields.items() if k != "entry_no" or number == 0}
            self._entry(genre, key, row.block, row.block.span if number == 0 else part.span, {**held, key.role: part})
            entry = self.listing.entries[-1]
            entry.context.update(above)
            whose = unit or entry.context.get("unit")
            entry.sets, entry.people = sets, [replace(named, unit=whose) for named in people]

    def _parts(self, key: Rule, block: Block, cell: Field) -> Sequence[Field]:
        """The names that one cell lists, where each of them is what the column holds; else the cell as a whole."""
        if not key.sets.get("several") or not _SEPARATED.search(cell.value):
            return (cell,)
        parts = tuple(_split(cell_block(self.scope.text, block, cell.span), cell))
        ends = self.scope.book.words["school_end"]
        if len(parts) < 2 or any(key.apply(p.value) is None or p.value in ends or p.value.startswith("附属") for p in parts):
            return (cell,)
        self.listing.findings.append(
            Finding("cell_several", cell.span, {"count": str(len(parts)), "text": cell.value[:60]}, str(key.sets["key"])))
        return parts

    def _goes_on(self, table: tabular.Table, row: tabular.TableRow, fields: Mapping[str, Field], people: Sequence[Named]) -> None:
        """A row whose key cell is merged with the one above: it names more people of the same entry."""
        begun = tabular.key_cell(table, row).merged
        entry = self.listing.entries[-1] if self.listing.entries else None
        if begun is None or entry is None or not entry.block.span.start <= begun.start < entry.block.span.end:
            return
        entry.people += [named for named in people if not named.merged]
        self.listing.claims.append(Claim(row.block.span, "entry", entry.rule.id))
        for role in fields.keys() - {"unit", "entry_no"}:
            cell = fields[role]
            self.listing.findings.append(
                Finding("cell_unusual", cell.span, {"label": role, "text": cell.value}, table.table, found=cell.value))

    def _is_label(self, block: Block) -> bool:
        """The header of a column or a role on a line of its own: a table whose columns were printed one after the other."""
        return any(match_key(block.text) in r.sets["labels"] for r in self.scope.book.groups["columns"])

    def _unread_heading(self, block: Block) -> None:
        """A heading that no rule reads still ends the headings before it: nothing below it is theirs."""
        self.stack = [h for h in self.stack if h.level == 0] if block.text.endswith(":") else []
        self.listing.findings.append(Finding("heading_unread", block.span, {"heading": block.text}))

    def _told(self, block: Block) -> None:
        """Works that a sentence names with their prize; the sentence itself stays a paragraph."""
        for genre in self.lists:
            who = next((r for r in genre.rules if r.role == "prose_people"), None)
            for rule in (r for r in genre.rules if r.role == "prose" and who):
                for found in rule.compiled.finditer(block.text):
                    prize = Field(found["prize"], block.view.source(*found.span("prize")))
                    for work in _WORK.finditer(block.text, *found.span("works")):
                        self._told_work(genre, rule, who, block, work, prize)

    def _told_work(self, genre: Genre, rule: Rule, who: Rule | None, block: Block, work: regex.Match[str], prize: Field) -> None:
        span = block.view.source(*work.span())
        fields = {"work_title": Field(work["title"], block.view.source(*work.span("title"))), "prize": prize}
        self._entry(genre, rule, cell_block(self.scope.text, block, span), span, fields)
        entry = self.listing.entries[-1]
        lead = work["lead"].strip("、,和及 ")
        for found in who.compiled.finditer(work["lead"]) if who else ():
            start = work.start("lead") + found.start("people")
            people = block.view.source(start, start + len(found["people"]))
            label = block.view.source(*(work.start("lead") + at for at in found.span("role"))) if found["role"] else None
            whose = entry.context.get("unit")
            entry.people.append(Named(found["role"] or "", cell_block(self.scope.text, block, people), whose, header=label))
        if lead and not entry.people:
            where = block.view.source(*work.span("lead"))
            self.listing.findings.append(Finding("credit_unread", where, {"text": lead}, genre.table))

    def _block(self, block: Block) -> bool:
        """Read one block; False where no rule fits."""
        if block.marker and self.title_key and match_key(block.body) == self.title_key:
            self._repeated_title(block)
            return True
        for genre in self._tried():
            for rule in genre.rules:
                found = None if rule.role in TOLD_ROLES else rule.apply(block.text)
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
        needs = [need.split(":") for need in rule.needs.split()]
        return all(
            not any(group in h.fields for h in self.stack) if test == "lacks" else self._passes(test, found[group])
            for test, group in needs
        )

    def _passes(self, test: str, text: str) -> bool:
        if test == "place":
            here = places_in(self.scope.year).exact(text, province=self.scope.province)
            return bool(here.city or here.county or here.province or here.candidates)
        if test == "lexicon":
            return "".join(text.split()) in self.scope.book.words["committee_role"]
        posts = self.scope.book.words["post_word"]
        people = split_people(_NOTE.sub("", text)).names
        return all(is_name(p.name) and p.name not in posts for p in people)

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
        if rule.role == "section_heading":
            scored = [(self._section_score(g, block.text), g is self.home, g.name) for g in self.lists]
            best = max(scored)
            if best[0] > 0:
                self.genre = next(g for g in self.lists if g.name == best[2])
            elif rule.level == genre.levels[0]:
                self.genre = self.home
            self._read_again(genre, block)

    def _read_again(self, genre: Genre, block: Block) -> None:
        """A section heading that opens another genre says what that genre's rules find in it."""
        if self.genre is genre:
            return
        for rule in (r for r in self.genre.rules if r.role == "section_heading"):
            found = rule.apply(block.text)
            if found and self._holds(rule, found):
                self.stack[-1].fields.update(_fields(rule, found, block))
                return

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
        self.above = {}
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
            self.listing.claims.append(Claim(Span(parts[-1].span.end, block.span.end), "partial_count", rule.id))
            self.listing.findings.append(
                Finding("partial_list", block.span, {"declared": partial.value, "found": str(len(parts))},
                        expected=partial.value, found=str(len(parts)))
            )

    def _entry(self, genre: Genre, rule: Rule, block: Block, span: Span, fields: dict[str, Field]) -> None:
        printed = fields.get("entry_no")
        number = parse_ordinal(printed.value) if printed else None
        if number == 1:
            self._begin_again(span)
        context: dict[str, Field] = {}
        for heading in self.stack:
            heading.entries += 1
            heading.last_no = number or 0
            context.update(heading.fields)
        under = self.stack[-1].entries if self.stack else len(self.listing.entries) + 1
        self.listing.entries.append(
            Entry(genre, rule, block, span, fields, context, rule.sets, number if number is not None else under)
        )


    def _begin_again(self, span: Span) -> None:
        """Numbers that begin again under a heading that has all it declares show that a heading is lost.

        What the lost heading would say is left empty. While entries are still to come, nothing is taken away.
        """
        heading = self.stack[-1] if self.stack else None
        if heading is None or heading.level <= 0 or heading.last_no == 0:
            return
        declared = heading.fields.get("declared_count")
        expected = parse_ordinal(declared.value) if declared else None
        if heading.last_no < 2 if expected is None else heading.entries < expected:
            return
        params = {"heading": heading.block.text, "count": str(heading.entries)}
        self.listing.findings.append(Finding("heading_lost", span, params))
        self.stack = self.stack[:-1]


def _sheets(document: Document, blocks: Sequence[Block]) -> Iterable[Sequence[Block]]:
    """The blocks of each sheet of a workbook, whose pages are its sheets; all blocks together for any other document."""
    if document.media_type not in _WORKBOOKS:
        return (blocks,)
    return [list(sheet) for _page, sheet in groupby(blocks, key=lambda b: page_at(document, b.span.start))]


def _rejoined(text: str, blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Lines put together again where a title in marks was broken: 《把红十字的光 / 留在人间》."""
    out: list[Block] = []
    for block in blocks:
        before = out[-1] if out else None
        if (before is not None and _OPEN_MARK.search(before.text) and _CLOSING.match(block.text) and block.form is None
                and block.marker is None):
            out[-1] = joined(text, before, block)
        else:
            out.append(block)
    return tuple(out)


def _requoted(text: str, blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Lines of a text table put together again where a quoted cell holds a line break."""
    out: list[Block] = []
    open_lines = 0
    for block in blocks:
        odd = block.text.count('"') % 2 == 1
        if open_lines:
            out[-1] = joined(text, out[-1], block)
            open_lines = 0 if odd else open_lines - 1
        else:
            out.append(block)
            open_lines = _MOST_QUOTED if odd else 0
    return tuple(out)


def number_origin(entry: Entry) -> Provenance:
    """Where the number of an entry comes from: printed before it, or counted under its heading."""
    printed = entry.fields.get("entry_no")
    return Provenance("stated", printed.span) if printed else Provenance("derived")


def cell_block(text: str, row: Block, span: Span) -> Block:
    """One cell of a row as a block of its own."""
    return replace(row, spans=(span,), view=View.of(text, span), form=None, form_rule=None, marker=None)


def _within_marks(title: Field) -> Field:
    """A title without the marks that stand around all of it."""
    if title.value.startswith("《") and title.value.endswith("》") and title.value.count("《") == 1:
        return Field(title.value[1:-1], Span(title.span.start + 1, title.span.end - 1))
    return title


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
        following = block.text[slice(*words[index + 1])] if index + 1 < len(words) else ""
        if last - first == 1 and len(_NOTE.sub("", following)) == 1:
            index += 1  # 张 旭 and 叶 菁(女): a padded name stays one
            last = words[index][1]
        yield Field(block.text[first:last], block.view.source(first, last))
        index += 1


def _sequence(listing: Listing) -> Iterable[Finding]:
    """A printed number that does not follow the one before it: under its heading, or over the headings of the list."""
    under: dict[int, int] = {}
    unnumbered: set[int] = set()
    before: int | None = None
    for entry in listing.entries:
        inner = max((f.span.start for f in entry.context.values() if f.span.start < entry.span.start), default=-1)
        if "entry_no" not in entry.fields:
            unnumbered.add(inner)
            continue
        if inner in unnumbered and inner not in under:
            under[inner] = before = entry.no
            continue
        last = under.get(inner)
        wanted = [n + 1 for n in (last, before) if n is not None] or [1]
        if entry.no not in (*wanted, 1 if last is None else wanted[0]):
            yield Finding("number_gap", entry.span, {"before": str(wanted[0] - 1), "after": str(entry.no)}, entry.genre.table,
                          column="entry_no", expected=str(wanted[0]), found=str(entry.no))
        under[inner] = before = entry.no


def _told_counts(scope: Scope, listing: Listing) -> Iterable[Finding]:
    """A total that the title or a sentence tells (甲校等14所) against what is listed."""
    title = scope.article.title
    counted = {str(h.entries) for h in listing.headings}
    counted |= {h.fields["declared_count"].value for h in listing.headings if "declared_count" in h.fields}
    for genre in {entry.genre.name: entry.genre for entry in listing.entries}.values():
        found = str(sum(entry.genre is genre for entry in listing.entries))
        for block in ([title] if title else []) + listing.prose:
            for rule in (r for r in genre.rules if r.role == "declared"):
                for told in rule.compiled.finditer(block.text):
                    if told["declared_count"] != found and told["declared_count"] not in counted:
                        span = block.view.source(*told.span())
                        yield Finding("partial_list", span, {"declared": told["declared_count"], "found": found}, genre.table,
                                      expected=told["declared_count"], found=found)


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
