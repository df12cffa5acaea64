"""The outline engine: plans and speeches, read by their numbering.

Which level a numbering system stands on is decided by the order in which the article uses them;
what is told off in prose (一是, ——) stands below every numbered system.
A node without number goes on with the one before it; what follows the last item beyond what other
items hold is a closing paragraph.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

import regex

from pipeline.blocks import Block, Marker, join_cut, split_points
from pipeline.genres import prose
from pipeline.ids import row_id
from pipeline.keywords import keywords
from pipeline.model import Claim, Finding, Provenance, Reading, Row, Span
from pipeline.paths import rules_dir
from pipeline.rules import Genre
from pipeline.scope import Scope
from pipeline.values.dates import periods
from pipeline.values.quantities import quantities
from pipeline.view import View, fold, match_key

# 一是 and —— count as items only where a speech is read point by point.
_SPOKEN = ("is", "dash")
_COLUMN_GAP = regex.compile(r"\t|\s{4}")
_LINE_BREAK = regex.compile(r"[\r\n\x0b\x0c\x85\u2028\u2029]")
_RESPONSIBLE_TAIL = regex.compile(r"[(](?P<units>[^()]{2,120})[)][。.;；]?\Z")


@dataclass(slots=True)
class Node:
    """A numbered stretch: its marker, its blocks (the first holds the marker) and what is below it."""

    marker: Marker
    blocks: list[Block]
    depth: int
    parent: Node | None
    children: list[Node] = field(default_factory=list)


@cache
def _settings() -> dict[str, Any]:
    return tomllib.loads((rules_dir() / "outline.toml").read_text("utf-8"))


def read_outline(scope: Scope, genre: Genre) -> Reading:
    """The rows, claims and findings of a plan or a speech."""
    blocks, lifted = join_cut(scope.text, scope.article.blocks)
    spoken = genre.table == "speech_points"
    if spoken or not _systems(blocks, False) - set(_SPOKEN):
        blocks = tuple(part for b in blocks for part in split_points(scope.text, b, scope.book))
    preamble, nodes, closing = _tree(blocks, _systems(blocks, spoken))
    preamble, nodes, preview = _take_preview(preamble, nodes)
    rows: list[Row] = []
    claims = [Claim(b.span, "furniture", b.form_rule or "furniture.in_cut") for b in lifted]
    findings: list[Finding] = [*_numbering(nodes), *_declared(scope, nodes)]
    if preview:
        findings.append(Finding("preview_of_sections", Span(preview[0].span.start, preview[-1].span.end),
                                {"count": str(len(preview))}, genre.table))
    kind = "preamble" if nodes else "body"
    for unnumbered, role in ((preamble, kind), (closing, "closing")):
        part = prose.paragraphs(scope, unnumbered, role)
        if not spoken:
            rows += _promised(scope, unnumbered)
        rows += part.rows
        claims += part.claims
        findings += part.findings
    seen: dict[str, str] = {}
    sections = _sections(nodes, scope.article.truncated)
    for node in nodes:
        reading = _section(scope, node, spoken) if id(node) in sections else _node(
            scope, genre, node, seen, cut=scope.article.truncated and node is nodes[-1])
        rows += reading.rows
        claims += reading.claims
        findings += reading.findings
    return Reading(tuple(rows), tuple(claims), (*findings, *_not_a_level(rows)))


def _tree(blocks: Sequence[Block], systems: frozenset[str]) -> tuple[list[Block], list[Node], list[Block]]:
    preamble: list[Block] = []
    nodes: list[Node] = []
    stack: list[Node] = []
    for block in blocks:
        marker = block.marker
        if marker is None or marker.system not in systems or block.form not in (None, "continued_on"):
            (nodes[-1].blocks if nodes else preamble).append(block)
            continue
        level = next((i for i, n in enumerate(stack) if n.marker.system == marker.system), len(stack))
        if marker.system not in _SPOKEN:
            level = next((i for i, n in enumerate(stack[:level]) if n.marker.system in _SPOKEN), level)
        stack = stack[:level]
        parent = stack[-1] if stack else None
        node = Node(marker, [block], len(stack), parent)
        if parent:
            parent.children.append(node)
        nodes.append(node)
        stack.append(node)
    return preamble, nodes, _take_closing(nodes)


def _systems(blocks: Sequence[Block], spoken: bool) -> frozenset[str]:
    """The numbering systems that the article really uses.

    一是 counts in a speech, and in a plan that has no other numbers; 1 总则 only above 1.1.
    """
    used = {b.marker.system for b in blocks if b.marker is not None and b.form in (None, "continued_on")}
    if not {"decimal.1", "decimal.2"} & used:
        used.discard("decimal.0")
    if not spoken and used - set(_SPOKEN):
        used -= set(_SPOKEN)
    return frozenset(used)


def _take_preview(preamble: list[Block], nodes: list[Node]) -> tuple[list[Block], list[Node], list[Block]]:
    """Points that only announce the sections (三点意见:一是…;二是…;三是…) go to the preamble: they are no points."""
    first = next((i for i, n in enumerate(nodes) if n.marker.system not in _SPOKEN), 0)
    told = nodes[:first]
    sections = [n for n in nodes[first:] if n.parent is None]
    if len(told) < 2 or not sections or any(n.parent is not None for n in told):
        return preamble, nodes, []
    announced = bool(preamble) and regex.search(_settings()["preview"]["opens"], preamble[-1].text[-60:]) is not None
    headings = "|".join(n.blocks[0].body[:60] for n in sections)
    repeated = sum(_shares_words(n.blocks[0].body, headings) for n in told)
    if not (announced and len(told) == len(sections)) and repeated * 2 <= len(told):
        return preamble, nodes, []
    taken = [b for n in told for b in n.blocks]
    return [*preamble, *taken], nodes[first:], taken


def _shares_words(point: str, headings: str) -> bool:
    words = regex.split(r"[,，、。；;:：]", point)[0]
    return len(words) >= 4 and any(words[i : i + 4] in headings for i in range(len(words) - 3))


def _take_closing(nodes: list[Node]) -> list[Block]:
    """Unnumbered paragraphs after the last item that are more than items of this article hold."""
    if not nodes:
        return []
    last = nodes[-1]
    # The paragraph under a heading line is its body; only what comes beyond it is compared.
    extra = [len(n.blocks) - 1 - _body_below(n) for n in nodes[:-1] if not n.children]
    alone = _body_below(last)
    keep = 1 + alone + max([0, *extra])
    opens = tuple(_settings()["closing"]["opens"])
    for index in range(1 + alone, len(last.blocks)):
        if index >= keep or last.blocks[index].text.startswith(opens):
            keep = index
            break
    closing = last.blocks[keep:]
    last.blocks = last.blocks[:keep]
    return closing


def _body_below(node: Node) -> int:
    return 0 if node.blocks[0].is_closed else 1


def _numbering(nodes: Sequence[Node]) -> Iterator[Finding]:
    """Gaps and repeats: a number follows its own kind under its parent, or runs on over the sections."""
    under: dict[tuple[int, str], int] = {}
    running: dict[str, int] = {}
    for node in nodes:
        number, system = node.marker.num, node.marker.system
        if number is None:
            continue
        key = (id(node.parent), system)
        before = under.get(key)
        expected = {1} if before is None else {before + 1}
        if system in running:
            expected.add(running[system] + 1)
        if number not in expected and not (before is None and system not in running and system == "is"):
            want = (before if before is not None else running.get(system, 0)) + 1
            code = "number_repeated" if number < want else "number_gap" if want > 1 else "number_starts_late"
            yield Finding(code, node.blocks[0].span, {"before": str(want - 1), "after": str(number), "label": node.marker.label},
                          expected=str(want), found=str(number))
        under[key] = number
        running[system] = number


def _declared(scope: Scope, nodes: Sequence[Node]) -> Iterator[Finding]:
    """Where a subtitle or a heading declares how many items there are, and there are not so many."""
    pattern = regex.compile(_settings()["declared"]["heading"])
    roots = [n for n in nodes if n.parent is None]
    for claim in scope.article.claims:
        if claim.role == "subtitle":
            yield from _compare(View.of(scope.text, claim.span).folded, claim.span, pattern, roots)
    for node in nodes:
        title = split_heading(node.blocks[0], True)
        if title:
            yield from _compare(node.blocks[0].text[: title[1]], node.blocks[0].span, pattern, node.children)


def _compare(text: str, span: Span, pattern: regex.Pattern[str], below: Sequence[Node]) -> Iterator[Finding]:
    stated = pattern.search(text)
    if not stated:
        return
    inner = regex.compile(_settings()["declared"]["child"])
    parts = [m for n in below if (m := inner.search(n.blocks[0].text)) and m["unit"] == stated["unit"]]
    possible = {len(below), sum(_leaves(n) for n in below), sum(int(m["number"]) for m in parts)}
    if int(stated["number"]) not in possible:
        found = str(len(below))
        yield Finding("count_mismatch", span, {"heading": text, "declared": stated["number"], "found": found},
                      expected=stated["number"], found=found)


def _leaves(node: Node) -> int:
    return sum(_leaves(n) for n in node.children) or 1


def _sections(nodes: Sequence[Node], truncated: bool) -> frozenset[int]:
    """The ids of the nodes that are headings: those with numbers below them, and bare lines where others have such.

    A bare last line of a text that was cut off is an item of which the rest is lost.
    """
    roots = [n for n in nodes if n.parent is None]
    nested = any(n.children for n in roots)
    bare = [n for n in roots if len(n.blocks) == 1 and "。" not in n.blocks[0].text and not n.blocks[0].is_closed]
    if truncated and bare and bare[-1] is nodes[-1]:
        bare.pop()
    return frozenset(id(n) for n in (*(r for r in roots if r.children), *(bare if nested else ())))


def _top(node: Node) -> Node | None:
    top = node
    while top.parent:
        top = top.parent
    return top if top is not node else None


def split_heading(block: Block, more: bool) -> tuple[int, int] | None:
    """The folded range of a heading sentence after the marker; None where the item has none.

    ``more`` says that text follows in other blocks. A heading is short and has few commas.
    """
    limits = _settings()["heading"]
    start = block.body_start
    tail = _responsible_tail(block.text)
    length = tail.start() if tail else len(block.text)  # (民政厅牵头) is no text that a heading could stand above
    stop = block.text.find("。", start, length)
    end = stop if stop >= 0 else length
    follows = more or (0 <= stop < length - 1)
    sentence = block.text[start:end].rstrip(":；;, ")
    ended = stop >= 0 or block.text[end - 1 : end] in "；;,!?"
    if not sentence or (ended and not follows):
        return None
    # A line of its own, ended by its end, may be longer than a first sentence.
    limit = limits["longest"] if stop >= 0 else limits["longest"] * 2
    commas = sentence.count(",") + sentence.count("；") + sentence.count(";")
    if len(sentence) > limit or (stop >= 0 and commas > limits["most_commas"]):
        return None
    return start, start + len(sentence)


def _node(scope: Scope, genre: Genre, node: Node, seen: dict[str, str], *, cut: bool) -> Reading:
    first = node.blocks[0]
    spoken = genre.table == "speech_points"
    span = Span(first.span.start, node.blocks[-1].span.end)
    identity = row_id(scope.document.doc_id, genre.table, span)
    # A sentence that the end of the file cut off is no heading.
    heading = None if cut and len(node.blocks) == 1 and "。" not in first.text else split_heading(first, len(node.blocks) > 1)
    text = "\n".join(scope.printed(s) if not p else "".join(scope.printed(x) for x in p) for s, p in _paragraphs(scope, node))
    values: dict[str, Any] = {
        "level": node.depth + 1,
        "heading": scope.printed(first.view.source(*heading)).strip() if heading else None,
        "text": text,
    }
    origins: dict[str, Provenance] = {}
    top = _top(node)
    if top is not None:
        title = split_heading(top.blocks[0], True)
        title_span = top.blocks[0].view.source(*title) if title else top.blocks[0].span
        values["section_title"] = scope.printed(title_span).strip()
        origins["section_title"] = Provenance("inherited", title_span)
    rows: list[Row] = []
    if spoken:
        key = match_key(text)
        original = seen.setdefault(key, identity) if len(key) >= 20 else identity
        values |= {"marker": _label(scope, node), "duplicate_of": original if original != identity else None}
    else:
        values |= _plan_values(scope, node, top)
        if top is not None:
            origins["section_no"] = Provenance("inherited", top.blocks[0].view.source(0, top.marker.end))
        values["keywords"] = keywords(fold(text))
        told = _told(scope, values.get("section_title") or (top.blocks[0].text if top else None))
        for _whole, pieces in _paragraphs(scope, node):
            rows += _targets(scope, View.of(scope.text, *pieces), node, identity, told)
    rows.insert(0, Row(genre.table, identity, span, node.marker.rule_id, values, origins, scope.article_id))
    # Piece by piece: what a page break put between two of them is no part of the item.
    begin, *more = (s for b in node.blocks for s in b.spans)
    claims = [Claim(begin, "item", node.marker.rule_id, identity)]
    claims += [Claim(s, "item_continuation", node.marker.rule_id, identity) for s in more]
    return Reading(tuple(rows), tuple(claims))


def _paragraphs(scope: Scope, node: Node) -> Iterator[tuple[Span, tuple[Span, ...]]]:
    for index, block in enumerate(node.blocks):
        start = block.body_start if index == 0 else 0
        yield block.span, _as_printed(scope.text, block.view.pieces(start, len(block.text)))


def _as_printed(text: str, pieces: Sequence[Span]) -> tuple[Span, ...]:
    """Pieces of one printed line put together again, with what only the match view leaves out."""
    out: list[Span] = []
    for piece in pieces:
        if out and not _LINE_BREAK.search(text, out[-1].end, piece.start):
            out[-1] = Span(out[-1].start, piece.end)
        else:
            out.append(piece)
    return tuple(out)


def _label(scope: Scope, node: Node) -> str:
    return scope.printed(node.blocks[0].view.source(0, node.marker.end)).strip()


def _plan_values(scope: Scope, node: Node, top: Node | None) -> dict[str, Any]:
    return {
        "section_no": top.marker.num if top else None,
        "item_no": node.marker.num,
        "item_label": _label(scope, node),
        "responsible_units": _responsible(node.blocks[-1].text),
    }


def _responsible_tail(text: str) -> regex.Match[str] | None:
    tail = _RESPONSIBLE_TAIL.search(text, max(0, len(text) - 140))
    return tail if tail and any(w in tail["units"] for w in _settings()["responsible"]["words"]) else None


def _responsible(text: str) -> list[str] | None:
    """The bodies named at the end of an item: (民政厅牵头,财政厅负责)."""
    tail = _responsible_tail(text)
    if not tail:
        return None
    pattern = "|".join(regex.escape(w) for w in sorted(_settings()["responsible"]["words"], key=lambda w: -len(w)))
    out: list[str] = []
    for part in regex.split(r"[、,;；:。]|等(?=按|牵|负|配|参|分|共|$)", tail["units"]):
        name = regex.sub(rf"(?:{pattern})+\Z|\A(?:{pattern})+", "", part.strip()).strip()
        if name and not periods(name, None) and not name.endswith(tuple(_settings()["responsible"]["not_last"])):
            out.append(name)
    return out or None


def _section(scope: Scope, node: Node, spoken: bool) -> Reading:
    """A section heading; text of its own under it is kept as paragraphs."""
    first = node.blocks[0]
    heading = split_heading(first, True)
    claims = [Claim(first.span, "section_heading", node.marker.rule_id)]
    rest: list[Block] = list(node.blocks[1:])
    title = first.view.source(*heading) if heading else None
    if heading is None or len(first.text) - heading[1] > 1:
        # Text on the heading's own line: the line is kept whole as a paragraph.
        rest, claims = [first, *rest], []
    reading = prose.paragraphs(scope, rest, "body", section=title)
    promised = () if spoken else tuple(_promised(scope, rest))
    return Reading((*reading.rows, *promised), (*claims, *reading.claims), reading.findings)


def _not_a_level(rows: Sequence[Row]) -> Iterator[Finding]:
    """What a value alone does not say: that there is none (全覆盖, 翻一番), or that it is a change (减少1.2个百分点)."""
    for row in rows:
        if row.table == "plan_targets" and row.values["value"] is None:
            yield Finding("target_without_number", row.span, {"text": row.values["text"]}, "plan_targets", row.row_id, "value")
        elif row.table == "plan_targets" and row.values["change"]:
            params = {"text": row.values["text"], "change": row.values["change"]}
            yield Finding("change_not_level", row.span, params, "plan_targets", row.row_id, "value")


def _promised(scope: Scope, blocks: Sequence[Block]) -> list[Row]:
    """Targets in unnumbered text, where a hedge or a period shows that they are still to be reached."""
    return [row for block in blocks for row in _targets(scope, block.view) if row.values["kind"] == "target"]


def _ahead(end: date | None, scope: Scope) -> bool:
    return end is not None and scope.year is not None and end.year >= scope.year


def _told(scope: Scope, section: str | None) -> tuple[int | None, bool]:
    """The year that a section is about, and whether it tells what was done: 2017年工作总结 in a paper of 2018."""
    title = scope.article.title.text if scope.article.title else ""
    words = _settings()["summary"]
    ahead = any(w in (section or title) for w in words["ahead"])
    done = not ahead and any(w in (section or title) for w in words["done"])
    if not done and not ahead and section and not any(w in title for w in words["ahead"]):
        done = any(w in title for w in words["done"])
    found = regex.search(r"(?<!\d)((?:19|20)\d\d)年", section or "")
    year = int(found[1]) if found else scope.year
    return year, done or (year is not None and scope.year is not None and year < scope.year and not ahead)


def _targets(scope: Scope, view: View, node: Node | None = None, item: str | None = None,
             told: tuple[int | None, bool] | None = None) -> list[Row]:
    out: list[Row] = []
    text = view.folded
    if not text:
        return out
    year, done = told or (scope.year, False)
    # 较2015年增长20%: a year that is compared with is no term.
    mentions = tuple(p for p in periods(text, year) if text[max(0, p.start - 1) : p.start] not in tuple("比较同与超"))
    head = regex.split("[:。\n]", text, maxsplit=1)[0]
    declared = len(head) if regex.search(_settings()["declared"]["heading"], head) else 0
    # A date by which all of the item is due: (赈济部负责,2016年12月底前完成)
    tail = _responsible_tail(text)
    due = next((p for p in mentions if tail and p.start >= tail.start()), None)
    for quantity in quantities(text):
        span = view.source(quantity.start, quantity.end)
        if _COLUMN_GAP.search(scope.printed(span)) or quantity.start < declared:
            continue  # two cells of a table, or a number of items that the heading declares
        sentence = max(text.rfind("。", 0, quantity.start), 0)
        period = next((p for p in reversed(mentions) if sentence <= p.start < quantity.start), due)
        past = period is not None and period.last is not None and scope.year is not None and period.last.year < scope.year
        if node is None and not (quantity.promised or (period is not None and _ahead(period.last, scope))):
            continue
        over = past or (done and not quantity.promised)
        values: dict[str, Any] = {
            "item_id": item, "item_no": node.marker.num if node else None, "text": scope.printed(span),
            "value": quantity.value,
            "value_high": quantity.value_high, "unit": quantity.unit, "qualifier": quantity.qualifier,
            "kind": "achieved" if over and quantity.kind == "target" else quantity.kind,
            "period_start": period.first if period else None, "period_end": period.last if period else None,
        }
        origins = {"item_no": Provenance("inherited", node.blocks[0].span)} if node else {}
        outside = {"indicator": quantity.indicator, "hedge": quantity.hedge_at, "change": quantity.change_at,
                   "period_text": (period.start, period.end) if period else None}
        shown = {name: view.source(*place) for name, place in outside.items() if place}
        values |= {name: scope.printed(shown[name]) if name in shown else None for name in outside}
        origins |= {name: Provenance("stated", place) for name, place in shown.items()}
        out.append(Row("plan_targets", row_id(scope.document.doc_id, "plan_targets", span), span, "quantity", values,
                       origins, scope.article_id))
    return out
