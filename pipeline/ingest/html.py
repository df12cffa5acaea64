"""Web pages to documents: the article's text line by line, the rest of the page kept as furniture.

Nothing that a reader sees is dropped: what stands outside the article's container is part of the text too, marked as
furniture, and what a page hides is said in a finding. Tables give a line for each row, cells set apart by tabs; a
merged cell is printed once, and where it goes on is kept. The page is walked without recursion, so that no depth of
nesting can exhaust the stack, and every step is linear in the size of the page.
"""

from __future__ import annotations

import hashlib
import tomllib
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from typing import Any

import regex
from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline.ingest.decode import decode
from pipeline.ingest.limits import Limits
from pipeline.ingest.mime import page_of_mime
from pipeline.ingest.sniff import is_mime
from pipeline.ingest.writer import Grid, Writer
from pipeline.model import Document, Finding, Publication, Span
from pipeline.paths import rules_dir
from pipeline.view import match_key

_HAN = regex.compile(r"\p{Han}")
_SPACES = regex.compile(r"[ \t\r\n\f]+")
_SENTENCE = regex.compile(r"[。！？；!?;]\Z")
_CHARSET = regex.compile(rb"charset\s{0,4}=\s{0,4}[\"']?\s{0,4}([\w-]{1,20})", regex.IGNORECASE)
_NAMES = regex.compile(r"[\s_]+|(?<=[a-z])-(?=[a-z])")
# No printed table is wider; a cell goes on over as many rows as HTML allows at most.
_WIDEST, _DEEPEST = 200, 65534
_MOST_TITLE_LINES, _SHORTEST_TITLE = 3, 4
_MOST_FINDINGS = 50
_SHOWN = 30
_LONGEST_INFO, _FIRST_LINES = 200, 8


@cache
def _rules() -> dict[str, Any]:
    return tomllib.loads((rules_dir() / "html.toml").read_text("utf-8"))


@cache
def _pattern(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern)


def read(name: str, data: bytes, kind: str, limits: Limits) -> Document:
    """The text of a page; its document id is that of the bytes.

    >>> page = "<nav>首页</nav><div id=zoom><p>一、会议</p><p>二、培训</p></div>"
    >>> document = read("a.html", page.encode(), "html", Limits())
    >>> document.text, [document.text[s.start:s.end] for s in document.furniture]
    ('首页\\n一、会议\\n二、培训\\n', ['首页'])
    """
    digest = hashlib.sha256(data).hexdigest()
    media = "text/html"
    if is_mime(data):
        media, data = "multipart/related", page_of_mime(data)
    declared = _CHARSET.search(data[:4096])
    decoded = decode(data, declared[1].decode("ascii", "replace") if declared else None)
    tree = LexborHTMLParser(decoded.text)
    page = _Page(tree)
    page.walk()
    text = page.writer.text
    findings = [*decoded.findings, *page.findings()]
    if not text.strip():
        findings.append(Finding("empty_document"))
    return Document(
        digest, name, media, decoded.encoding, f"html/2 selectolax {version('selectolax')}", text, (),
        tuple(findings), tuple(page.furniture), publication=_publication(tree, page), merged=page.writer.merged,
    )


@dataclass(slots=True)
class _Held:
    """How many Chinese characters an element holds, how many of them outside links, and where it stands in the page."""

    first: int
    last: int = 0
    whole: int = 0
    plain: int = 0


@dataclass(slots=True)
class _Inline:
    """The line that is being put together from inline pieces; ``emit`` takes it when it is whole."""

    emit: Callable[[str], None]
    pieces: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        self.pieces.append(text)

    def flush(self) -> None:
        if self.pieces:
            line = "".join(self.pieces).strip(" \t\r\n\f")
            self.pieces.clear()
            if line:
                self.emit(line)


class _Page:
    """One walk over the page in the order of its text."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        self.body = tree.body
        self.rules = _rules()
        self.blocks = frozenset(self.rules["blocks"]["tags"])
        self.code = frozenset(self.rules["code"]["tags"])
        self.hidden_tags = frozenset(self.rules["hidden"]["tags"])
        self.found = [(s, node) for container in self.rules["container"] for s in container["selectors"] for node in tree.css(s)]
        self.containers = {node.mem_id for _selector, node in self.found}
        self.held, self.layout, self.hidden = _measure(self.body, self)
        self.content = _content(self, self.rules)
        self.framed = set() if self.content else _frame(self.body, self.held, self.rules)
        self.layout |= _tables_around(self)
        self.titles = {n.mem_id for s in self.rules["title"]["selectors"] for n in tree.css(s)}
        self.head = match_key("".join(node.text() or "" for node in tree.css("title")[:1]))
        self.writer = Writer()
        self.furniture: list[Span] = []
        self.known: set[str] = set()
        self.begun = False
        self.open: dict[int, int] = {}
        self.offered: list[tuple[range, bool]] = []
        self.said: set[int] = set()
        self.within = 0
        self.outside = 0
        self.left_out: list[tuple[int, str]] = []
        self.elsewhere = sum(bool(n.attributes.get("src")) for n in tree.css("iframe, frame"))

    def is_hidden(self, node: LexborNode) -> bool:
        """True where a reader of the page does not see the element."""
        attributes = node.attributes
        if node.tag in self.hidden_tags or "hidden" in attributes:
            return True
        if (attributes.get("aria-hidden") or "").strip().lower() == "true":
            return True
        style = "".join((attributes.get("style") or "").lower().split())
        if style and node.mem_id in self.containers:
            style = _pattern(self.rules["hidden"]["veil"]).sub("", style)
        return bool(style) and bool(_pattern(self.rules["hidden"]["style"]).search(style))

    def findings(self) -> Iterator[Finding]:
        """What was left out of the text, and what stands in other files."""
        for at, text in self.left_out[:_MOST_FINDINGS]:
            yield Finding("text_left_out", Span(at, at), {"count": str(len(text)), "text": text[:_SHOWN]})
        rest = self.left_out[_MOST_FINDINGS:]
        if rest:
            count = sum(len(text) for _at, text in rest)
            yield Finding("text_left_out", Span(rest[0][0], rest[0][0]), {"count": str(count), "text": rest[0][1][:_SHOWN]})
        if self.elsewhere:
            yield Finding("content_elsewhere", None, {"count": str(self.elsewhere)})

    def walk(self) -> None:
        """Write every line of the page."""
        if self.body is None:
            return
        inline = _Inline(lambda line: self._line(line))
        counts: dict[int, int] = {}
        stack: list[tuple[LexborNode, bool]] = [(self.body, False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                self._leave(node, inline)
                continue
            if self._plain(node, inline):
                continue
            self._enter(node, inline)
            if node.tag == "table" and node.mem_id not in self.layout and self._table(node, inline):
                self._leave(node, inline)
                continue
            number = _number(node, counts)
            if number:
                inline.add(number)
            stack.append((node, True))
            stack += [(child, False) for child in reversed(list(node.iter(include_text=True)))]
        inline.flush()
        self._take_title()

    def _plain(self, node: LexborNode, inline: _Inline) -> bool:
        """Take what has no elements of its own to walk; False for an element that has."""
        tag = node.tag
        if tag is None or tag == "-comment" or tag in self.code:
            return True
        if tag == "-text":
            inline.add(_SPACES.sub(" ", node.text(deep=False) or ""))
        elif tag == "br":
            inline.flush()
        elif node.mem_id in self.hidden or (tag == "sup" and self._is_note_mark(node, inline)):
            self._leave_out(node)
        elif tag == "pre":
            inline.flush()
            for line in _text(node, self).splitlines():
                if line.strip():
                    self._line(line.rstrip())
        else:
            return False
        return True

    def _leave_out(self, node: LexborNode) -> None:
        if node.mem_id in self.said:  # a table is looked at before it is known to hold data
            return
        self.said.add(node.mem_id)
        text = " ".join(_text(node, self).split())
        if text:
            self.left_out.append((self.writer.end, text))

    def _is_note_mark(self, node: LexborNode, inline: _Inline) -> bool:
        mark = (node.text() or "")[:12].strip()
        before = "".join(inline.pieces[-2:])[-1:]
        return not (before.isascii() and before.isalnum()) and bool(_pattern(self.rules["note_mark"]["pattern"]).fullmatch(mark))

    def _enter(self, node: LexborNode, inline: _Inline) -> None:
        if node.tag in self.blocks:
            inline.flush()
        if node.mem_id in self.content:
            inline.flush()
            self.within += 1
            self.begun = True
        if node.mem_id in self.framed:
            self.outside += 1
        if node.mem_id in self.titles and self._is_frame():
            inline.flush()
            self.open[node.mem_id] = len(self.furniture)

    def _leave(self, node: LexborNode, inline: _Inline) -> None:
        if node.tag in self.blocks:
            inline.flush()
        began = self.open.pop(node.mem_id, None)
        if began is not None:
            inline.flush()
            self.offered.append((range(began, len(self.furniture)), self.begun))
        if node.mem_id in self.content:
            inline.flush()
            self.within -= 1
        if node.mem_id in self.framed:
            self.outside -= 1

    def _take_title(self) -> None:
        """The title that the frame prints is text: the one that the page's head names, else the last before the text."""
        named: range | None = None
        last: range | None = None
        for lines, begun in self.offered:
            if not 0 < len(lines) <= _MOST_TITLE_LINES:
                continue
            key = match_key("".join(self._printed(self.furniture[i]) for i in lines))
            if not key or key in self.known:
                continue
            if named is None and len(key) >= _SHORTEST_TITLE and key in self.head:
                named = lines
            if not begun and self.content:
                last = lines
        taken = named or last
        if taken:
            del self.furniture[taken.start : taken.stop]

    def _printed(self, span: Span) -> str:
        return self.writer.pieces[2 * bisect_left(self.writer.starts, span.start)]

    def _is_frame(self) -> bool:
        return self.outside > 0 or (bool(self.content) and self.within == 0)

    def _line(self, line: str) -> None:
        self._place(self.writer.line(line))

    def _place(self, span: Span) -> None:
        if self._is_frame():
            self.furniture.append(span)
        else:
            self.known.add(match_key(self.writer.pieces[-2]))

    def _table(self, table: LexborNode, inline: _Inline) -> bool:
        """Write a table of data row by row; False for a table that only lays out the page."""
        captions, rows = _rows(table, self)
        if sum(sum(bool(text) for text, _wide, _deep in row) >= 2 for row in rows) < 2:
            return False
        inline.flush()
        for line in captions:
            self._line(line)
        grid = Grid(self.writer, 20 * sum(map(len, rows)) + 100_000)
        for row in rows:
            span = grid.row(row)
            if span:
                self._place(span)
        return True


def _number(node: LexborNode, counts: dict[int, int]) -> str:
    """The number that the page prints before an item of an ordered list."""
    parent = node.parent
    if node.tag != "li" or parent is None or parent.tag != "ol":
        return ""
    if _pattern(r"list-style(?:-type)?:none").search("".join((parent.attributes.get("style") or "").lower().split())):
        return ""
    given = _digits(node.attributes.get("value"))
    number = int(given) if given else counts.get(parent.mem_id, int(_digits(parent.attributes.get("start")) or 1) - 1) + 1
    counts[parent.mem_id] = number
    return f"{number}."


def _measure(body: LexborNode | None, page: _Page) -> tuple[dict[int, _Held], set[int], set[int]]:
    """What each element holds, the tables that lay out the page by what is in them, and the hidden elements."""
    held: dict[int, _Held] = {}
    layout: set[int] = set()
    hidden: set[int] = set()
    if body is None:
        return held, layout, hidden
    signs = frozenset(page.rules["layout"]["tags"])
    longest = page.rules["layout"]["longest_cell"]
    links = order = 0
    path: list[LexborNode] = []
    tables: list[int] = []  # the tables around, outermost first; those before `marked` are known to lay out the page
    marked = 0
    stack: list[tuple[LexborNode, bool]] = [(body, False)]
    while stack:
        node, leaving = stack.pop()
        tag = node.tag
        if leaving:
            path.pop()
            own = held[node.mem_id]
            own.last = order
            if tag == "table":
                tables.pop()
                marked = min(marked, len(tables))
            if tag in ("td", "th") and own.whole > longest and tables:
                layout.add(tables[-1])
            links -= tag == "a"
            if path:
                around = held[path[-1].mem_id]
                around.whole += own.whole
                around.plain += own.plain
            continue
        if tag is None or tag == "-comment" or tag in page.code:
            continue
        if tag == "-text":
            count = len(_HAN.findall(node.text(deep=False) or ""))
            if count:
                around = held[path[-1].mem_id]
                around.whole += count
                around.plain += 0 if links else count
            continue
        if page.is_hidden(node):
            hidden.add(node.mem_id)
            continue
        if tag in signs or tag == "table":
            layout.update(tables[marked:])
            marked = len(tables)
        if tag == "table":
            if (node.attributes.get("role") or "") in ("presentation", "none"):
                layout.add(node.mem_id)
            tables.append(node.mem_id)
        links += tag == "a"
        order += 1
        held[node.mem_id] = _Held(order)
        path.append(node)
        stack.append((node, True))
        stack += [(child, False) for child in reversed(list(node.iter(include_text=True)))]
    return held, layout, hidden


def _content(page: _Page, rules: dict[str, Any]) -> set[int]:
    """The containers of the article; empty where no known one holds enough of the page."""
    held = page.held
    whole = held[page.body.mem_id].plain if page.body is not None and page.body.mem_id in held else 0
    found = [(held[node.mem_id].plain, selector, node) for selector, node in page.found if node.mem_id in held]
    shares = {s: c.get("nested_share", rules["content"]["nested_share"]) for c in rules["container"] for s in c["selectors"]}
    if not found:
        return set()
    most, chosen, best = max(found, key=lambda f: f[0])
    if most == 0 or most < whole * rules["content"]["least_share"]:
        # Split over several of its kind: together they may hold enough.
        likes = [f for f in found if f[1] == chosen]
        if most == 0 or sum(f[0] for f in likes) < whole * rules["content"]["least_share"]:
            return set()
    for plain, selector, node in sorted(found, key=lambda f: (-f[0], held[f[2].mem_id].first)):
        inside = held[best.mem_id].first < held[node.mem_id].first <= held[best.mem_id].last
        if inside and plain >= most * shares[chosen]:
            most, chosen, best = plain, selector, node
    siblings = {node.mem_id for _plain, selector, node in found if selector == chosen and _are_beside(node, best)}
    return siblings | {best.mem_id}


def _are_beside(node: LexborNode, other: LexborNode) -> bool:
    one, two = node.parent, other.parent
    return one is not None and two is not None and one.mem_id == two.mem_id


def _tables_around(page: _Page) -> set[int]:
    """The tables that the containers of the article stand in: they lay out the page."""
    out: set[int] = set()
    seen: set[int] = set()
    for _selector, node in page.found:
        step = node.parent if node.mem_id in page.content else None
        while step is not None and step.mem_id not in seen:
            seen.add(step.mem_id)
            if step.tag == "table":
                out.add(step.mem_id)
            step = step.parent
    return out


def _frame(body: LexborNode | None, held: dict[int, _Held], rules: dict[str, Any]) -> set[int]:
    """Elements that are the page's frame by their kind or name and by the links in them."""
    frame = rules["frame"]
    tags, names, feet = frozenset(frame["tags"]), frozenset(frame["names"]), frozenset(frame["foot_names"])
    out: set[int] = set()
    stack = [body] if body is not None else []
    while stack:
        node = stack.pop()
        own = held.get(node.mem_id)
        if own is None:
            continue
        words = set(_NAMES.split(f"{node.attributes.get('id') or ''} {node.attributes.get('class') or ''}".lower()))
        links = own.whole - own.plain
        leads_on = (node.tag in tags or bool(words & names)) and links >= own.whole * frame["least_links"] > 0
        leads_on = leads_on and own.plain <= frame["longest_plain"]
        is_foot = (node.tag in frame["foot_tags"] or bool(words & feet)) and 0 < own.whole <= frame["longest_foot"]
        if leads_on or is_foot:
            out.add(node.mem_id)
        else:
            stack += list(node.iter())
    return out


def _rows(table: LexborNode, page: _Page) -> tuple[list[str], list[list[tuple[str, int, int]]]]:
    """The captions of a table and its rows as cells (text, columns, rows below); no rows where a cell is a column of text."""
    captions: list[str] = []
    rows: list[list[tuple[str, int, int]]] = []
    sentences = page.rules["layout"]["sentences"]
    for part in table.css("caption, tr"):
        if part.mem_id not in page.held:
            continue
        if part.tag == "caption":
            captions += _lines_of(part, page)
            continue
        row: list[tuple[str, int, int]] = []
        wide_left = _WIDEST
        for cell in part.iter():
            if cell.tag not in ("td", "th") or cell.mem_id not in page.held:
                continue
            lines = _lines_of(cell, page)
            if sum(bool(_SENTENCE.search(line)) for line in lines) >= sentences:
                return [], []
            wide = max(1, min(wide_left, int(_digits(cell.attributes.get("colspan")) or 1)))
            wide_left = max(1, wide_left - wide)
            rowspan = _digits(cell.attributes.get("rowspan"))
            deep = _DEEPEST if rowspan == "0" else max(0, min(_DEEPEST, int(rowspan or 1) - 1))
            row.append((_SPACES.sub(" ", " ".join(lines)).strip(), wide, deep))
        rows.append(row)
    return captions, rows


def _lines_of(root: LexborNode, page: _Page) -> list[str]:
    """The lines below an element that holds no table."""
    out: list[str] = []
    inline = _Inline(out.append)
    stack: list[tuple[LexborNode, bool]] = [(c, False) for c in reversed(list(root.iter(include_text=True)))]
    counts: dict[int, int] = {}
    while stack:
        node, leaving = stack.pop()
        if leaving:
            inline.flush()
            continue
        if node.tag == "pre":
            inline.flush()
            out += [line.strip() for line in _text(node, page).splitlines() if line.strip()]
            continue
        if page._plain(node, inline):
            continue
        if node.tag in page.blocks:
            inline.flush()
            stack.append((node, True))
        number = _number(node, counts)
        if number:
            inline.add(number)
        stack += [(child, False) for child in reversed(list(node.iter(include_text=True)))]
    inline.flush()
    return out


def _text(root: LexborNode, page: _Page) -> str:
    """All text below an element, as it stands in the file."""
    out: list[str] = []
    stack = [root]
    while stack:
        node = stack.pop()
        if node.tag == "-text":
            out.append(node.text(deep=False) or "")
        elif node.tag == "br":
            out.append("\n")
        elif node.tag is not None and node.tag != "-comment" and node.tag not in page.code:
            stack += reversed(list(node.iter(include_text=True)))
    return "".join(out)


def _digits(value: str | None) -> str:
    found = regex.match(r"\s{0,9}(\d{1,5})", value or "")
    return found[1] if found else ""


def _publication(tree: LexborHTMLParser, page: _Page) -> Publication:
    """What the page says of itself: its meta tags, then the lines of its frame."""
    meta: dict[str, str] = {}
    for node in tree.css("meta"):
        key = (node.attributes.get("name") or node.attributes.get("property") or "").strip().lower()
        value = (node.attributes.get("content") or "").strip()
        if key and value:
            meta.setdefault(key, value)
    said: dict[str, str] = {}
    for column in ("title", "published", "publisher", "author", "url"):
        given = next((meta[key] for key in _rules()["publication"][column] if key in meta), None)
        if given:
            said[column] = given
    lines = _frame_lines(page)
    for rule in _rules()["frame_line"]:
        if rule["field"] not in said:
            found = next((m for line in lines if (m := _pattern(rule["pattern"]).search(line))), None)
            if found:
                said[rule["field"]] = found["value"].strip()
    return Publication(**said)


def _frame_lines(page: _Page) -> list[str]:
    """The lines that tell of the publication: those of the frame, and of the text's first ones that which is dated."""
    dated = next(_pattern(rule["pattern"]) for rule in _rules()["frame_line"] if rule["field"] == "published")
    frame = {span.start for span in page.furniture}
    written = zip(page.writer.starts, page.writer.pieces[::2], strict=True)
    lines = [(start, line) for start, line in written if len(line) <= _LONGEST_INFO]
    first = [line for start, line in lines if start not in frame][:_FIRST_LINES]
    return [line for start, line in lines if start in frame] + [line for line in first if dated.search(line)]
