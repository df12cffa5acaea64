"""Web pages to documents: the article's text line by line, the rest of the page kept as furniture.

Nothing that a reader sees is dropped: what stands outside the article's container is part of the text too,
marked as furniture. Tables give a line for each row, cells set apart by tabs, merged cells left empty where
they go on. The page is walked without recursion, so that no depth of nesting can exhaust the stack.
"""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache
from importlib.metadata import version
from typing import Any

import regex
from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline.ingest.decode import decode
from pipeline.ingest.limits import Limits
from pipeline.model import Document, Finding, Span
from pipeline.paths import rules_dir
from pipeline.view import match_key

_HAN = regex.compile(r"\p{Han}")
_SPACES = regex.compile(r"[ \t\r\n\f]+")


@cache
def _rules() -> dict[str, Any]:
    return tomllib.loads((rules_dir() / "html.toml").read_text("utf-8"))


def read(name: str, data: bytes, kind: str, limits: Limits) -> Document:
    """The text of a page; its document id is that of the bytes.

    >>> page = "<nav>首页</nav><div id=zoom><p>一、会议</p><p>二、培训</p></div>"
    >>> document = read("a.html", page.encode(), "html", Limits())
    >>> document.text, [document.text[s.start:s.end] for s in document.furniture]
    ('首页\\n一、会议\\n二、培训\\n', ['首页'])
    """
    decoded = decode(data)
    tree = LexborHTMLParser(decoded.text)
    for selector in _rules()["hidden"]["selectors"]:
        for node in tree.css(selector):
            node.decompose()
    lines = _Walker(tree).lines()
    text = "".join(f"{line}\n" for line, _inside in lines)
    furniture: list[Span] = []
    start = 0
    for line, inside in lines:
        if not inside:
            furniture.append(Span(start, start + len(line)))
        start += len(line) + 1
    findings = decoded.findings if text.strip() else (*decoded.findings, Finding("empty_document"))
    return Document(hashlib.sha256(data).hexdigest(), name, "text/html", decoded.encoding,
                    f"html/1 selectolax {version('selectolax')}", text, (), findings, tuple(furniture))


class _Walker:
    """One walk over the page in the order of its text."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        self.body = tree.body
        self.blocks = frozenset(_rules()["blocks"]["tags"])
        self.content = _content(tree)
        self.titles = {n.mem_id for s in _rules()["title"]["selectors"] for n in tree.css(s)}
        self.out: list[tuple[str, bool]] = []
        self.buffer: list[str] = []
        self.inside = self.content is None

    def lines(self) -> list[tuple[str, bool]]:
        """Each printed line, and whether it belongs to the article."""
        stack: list[tuple[LexborNode, bool]] = [(self.body, False)] if self.body is not None else []
        counts: dict[int, int] = {}
        while stack:
            node, leaving = stack.pop()
            if leaving:
                self._leave(node)
                continue
            tag = node.tag
            if tag == "-text":
                self.buffer.append(_SPACES.sub(" ", node.text(deep=False) or ""))
                continue
            if tag == "br":
                self._flush()
                continue
            if tag == "table" and (grid := _grid(node)):
                self._flush()
                self.out += [(_row(row), self.inside) for row in grid if any(row)]
                continue
            self._enter(node)
            if tag == "li" and node.parent is not None and node.parent.tag == "ol":
                number = counts.get(node.parent.mem_id, int(_digits(node.parent.attributes.get("start")) or 1) - 1) + 1
                counts[node.parent.mem_id] = number
                self.buffer.append(f"{number}.")
            stack.append((node, True))
            stack += [(child, False) for child in reversed(list(node.iter(include_text=True)))]
        self._flush()
        return self.out

    def _enter(self, node: LexborNode) -> None:
        if node.tag in self.blocks:
            self._flush()
        if self.content is not None and node.mem_id == self.content.mem_id:
            self.inside = True

    def _leave(self, node: LexborNode) -> None:
        is_title = not self.inside and node.mem_id in self.titles
        if node.tag in self.blocks:
            self._flush(is_title=is_title)
        if self.content is not None and node.mem_id == self.content.mem_id:
            self.inside = False

    def _flush(self, *, is_title: bool = False) -> None:
        line = "".join(self.buffer).strip(" \t\r\n")
        self.buffer = []
        if line:
            known = {match_key(text) for text, inside in self.out if inside}
            self.out.append((line, self.inside or (is_title and match_key(line) not in known)))


def _content(tree: LexborHTMLParser) -> LexborNode | None:
    """The container of the article; None where no known one holds enough of the page."""
    body = tree.body
    if body is None:
        return None
    whole = len(_HAN.findall(body.text() or ""))
    best: LexborNode | None = None
    most = 0
    for selector in _rules()["content"]["selectors"]:
        for node in tree.css(selector):
            held = len(_HAN.findall(node.text() or ""))
            if held > most:
                best, most = node, held
    return best if best is not None and most >= whole * _rules()["content"]["least_share"] else None


def _grid(table: LexborNode) -> list[list[str]]:
    """The rows of a table of data; empty for a table that only lays out the page."""
    if len(table.css("table")) > 1:
        return []
    rows = table.css("tr")
    grid: list[list[str]] = []
    spans: dict[int, int] = {}
    for row in rows:
        cells: list[str] = []
        for cell in (n for n in row.iter() if n.tag in ("td", "th")):
            while spans.get(len(cells), 0) > 0:  # a merged cell goes on: it was printed once
                spans[len(cells)] -= 1
                cells.append("")
            wide = max(1, min(100, int(_digits(cell.attributes.get("colspan")) or 1)))
            deep = max(1, min(1000, int(_digits(cell.attributes.get("rowspan")) or 1)))
            for index in range(wide):
                spans[len(cells)] = deep - 1
                cells.append(_SPACES.sub(" ", cell.text(separator=" ", strip=True) or "").strip() if index == 0 else "")
        while spans.get(len(cells), 0) > 0:
            spans[len(cells)] -= 1
            cells.append("")
        grid.append(cells)
    several = sum(sum(map(bool, row)) >= 2 for row in grid)
    return grid if several >= 2 else []


def _row(cells: list[str]) -> str:
    # A row of one cell is a heading of the table or a line of text.
    line = "\t".join(cells)
    return line.strip("\t") if sum(map(bool, cells)) == 1 else line.rstrip("\t")


def _digits(value: str | None) -> str:
    found = regex.match(r"\d{1,5}", value or "")
    return found[0] if found else ""

