"""Pages from views: one self-contained HTML file each, without a request, with a policy that allows none.

The text is written by :func:`text_html`, everything else by templates that escape what they are given.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import regex
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipeline.report.charts import Chart, coverage_chart, findings_chart, genres_chart, schools_chart, targets_chart
from pipeline.report.model import DocumentView, Part, Row, Value
from pipeline.report.summary import Summary
from pipeline.report.words import Said, TableLook, coded_value, genre_names, keys, look, said, series

_HERE = Path(__file__).parent
# What one block holds; a browser lays a block out when it comes into sight.
_PIECES_A_BLOCK, _ROWS_A_BLOCK = 600, 100
# With more than this a page opens slowly, and all blocks but the first come later.
_AT_ONCE_TEXT, _AT_ONCE_ROWS = 150_000, 1500
# So many characters of the place that shows a value are quoted beside it.
_QUOTED = 24
MOST_TARGETS = 200
# Characters that would change or hide what stands around them: shown by their number.
_ODD = regex.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc]")
_ESCAPES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord("\r"): "&#13;"}
# An article covers all that stands in it: its first line stands for it.
_ARTICLE_SHOWN = 60


@dataclass(frozen=True, slots=True)
class NumberedLook:
    """The name of a table and the number of its colour in the style sheet."""

    name: Said
    number: int


@cache
def _environment() -> Environment:
    made = Environment(loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined,
                       trim_blocks=True, auto_reload=False)
    made.filters.update(seen=lambda text: Markup(escaped(text)), spelt=spelt)
    made.globals.update(said=said, share=share, genre=lambda name: genre_names().get(name, Said(name, name)))
    return made


def share(value: float) -> str:
    """A share in per cent, never rounded up to the whole.

    >>> share(0.99996), share(1.0)
    ('99.9%', '100%')
    """
    return "100%" if value >= 1 else f"{int(value * 1000) / 10:.1f}%"


def escaped(text: str) -> str:
    """Source text as HTML that shows all of it and does nothing.

    A character that would hide or turn what stands around it is wrapped, with its number; U+0000, which HTML cannot hold,
    is left to the wrapping alone.

    >>> escaped('<b> & "甲"')
    '&lt;b&gt; &amp; "甲"'
    """
    def wrapped(found: regex.Match[str]) -> str:
        char = found[0]
        return f'<span class="odd" data-c="{ord(char):04X}">{"" if char == chr(0) else char}</span>'

    return str(_ODD.sub(wrapped, text.translate(_ESCAPES)))


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a page: from which to which offset, row or finding it goes (the end excluded), and how many things it holds.

    Where it is to come ``later`` the page holds it as plain text until it comes into sight, for a browser takes half a minute
    to lay out what it would show of twenty thousand rows.
    """

    start: int
    end: int
    size: int
    html: Markup
    later: bool


def is_large(view: DocumentView) -> bool:
    """Whether a page would be slow to open if it held everything at once."""
    return len(view.text) > _AT_ONCE_TEXT or len(view.rows) + len(view.findings) > _AT_ONCE_ROWS


def spelt(text: str) -> str:
    """A text in which what would hide or turn its surroundings is written out, for places that hold words only.

    >>> spelt("甲\u202e乙")
    '甲[U+202E]乙'
    """
    return str(_ODD.sub(lambda found: f"[U+{ord(found[0]):04X}]", text))


def text_blocks(view: DocumentView, prefix: str, numbers: Mapping[str, NumberedLook]) -> list[Block]:
    """The text of a document: a block for some lines, in it an element for each line and one for each piece with its place."""
    tables = [numbers[row.table].number for row in view.rows]
    severities = [f.severity for f in view.findings]
    out: list[Block] = []
    page = None
    for group in _in_blocks(view.parts, lambda part: sum(len(p.rows) + 1 for p in part.pieces) + 4, _PIECES_A_BLOCK):
        html: list[str] = []
        for part in group:
            if part.page is not None and part.page != page:
                page = part.page
                words = said("words", "page_break", n=page)
                html.append(f'<div class="page"><span data-en="{words.en}">{words.zh}</span></div>')
            html.append(_part_html(part, view.text, prefix, tables, severities))
        start, end = group[0].pieces[0].start, group[-1].pieces[-1].end
        out.append(Block(start, end, len(group), Markup("".join(html)), is_large(view) and bool(out)))
    return out


def _in_blocks(things: Sequence[Any], weight: Callable[[Any], int], most: int) -> Iterator[list[Any]]:
    """The things in order, in lists of at most so much weight, each with one at least."""
    group: list[Any] = []
    weighs = 0
    for thing in things:
        if group and weighs + weight(thing) > most:
            yield group
            group, weighs = [], 0
        group.append(thing)
        weighs += weight(thing)
    if group:
        yield group


def _part_html(part: Part, text: str, prefix: str, tables: Sequence[int], severities: Sequence[str]) -> str:
    kind = "ln blank" if part.blank else "ln" if part.first else "ln on"
    about = f' id="{prefix}L{part.line}" data-n="{part.line}"' if part.first else ""
    if part.role:
        about += f' data-role="{escaped(part.role)}"'
    if part.duplicate_of:
        about += f' data-dup="{part.duplicate_of}"'
    if part.confidence is not None:
        about += f' data-sure="{part.confidence:.2f}"'
    if part.boxes:
        about += ' data-box="' + "; ".join(f"{b[0]}: {b[1]:.0f} {b[2]:.0f} {b[3]:.0f} {b[4]:.0f}" for b in part.boxes) + '"'
    pieces = []
    for piece in part.pieces:
        css = [f"m k{tables[piece.rows[0]]}"] if piece.rows else []
        css += [f"f {severities[min(piece.findings)]}"] if piece.findings else []
        css += ["g"] if piece.gives else []
        css += ["u"] if piece.unparsed else []
        rows = f' data-r="{" ".join(map(str, piece.rows))}"' if piece.rows else ""
        findings = f' data-f="{" ".join(map(str, piece.findings))}"' if piece.findings else ""
        named = f' class="{" ".join(css)}"' if css else ""
        pieces.append(f'<span data-s="{piece.start}"{named}{rows}{findings}>{escaped(text[piece.start : piece.end])}</span>')
    return f'<div class="{kind}"{about}><bdi class="t">{"".join(pieces)}</bdi></div>'


def document_html(view: DocumentView, prefix: str) -> Markup:
    """The part of a page that shows one document; ``prefix`` begins all its ids."""
    numbers = numbered(view.looks)
    counts: dict[str, int] = {}
    for row in view.rows:
        counts[row.table] = counts.get(row.table, 0) + 1
    shown = tuple((t, n) for t, n in counts.items() if t != "articles")
    template = _environment().get_template("document.html.j2")
    return Markup(template.render(
        view=view, p=prefix, looks=numbers, counts=shown, later=is_large(view), text_blocks=text_blocks(view, prefix, numbers),
        row_blocks=_row_blocks(view, prefix, numbers), finding_blocks=_finding_blocks(view, prefix),
        tables=" ".join(str(numbers[row.table].number) for row in view.rows),
    ))


def _row_blocks(view: DocumentView, prefix: str, numbers: Mapping[str, NumberedLook]) -> list[Block]:
    flagged: dict[int, str] = {}
    for finding in view.findings:
        if finding.row is not None:
            flagged.setdefault(finding.row, finding.severity)

    def origin(value: Value) -> Markup:
        words = said("origins", value.origin or "stated")
        line = said("words", "line", n=value.place_line)
        shown = Markup('<span data-en="{}">{}</span>').format(words.en, words.zh)
        if value.inherited and value.place:
            quoted = " ".join(view.text[value.place.start : min(value.place.end, value.place.start + _QUOTED)].split())
            cut = "…" if value.place.end - value.place.start > _QUOTED else ""
            shown += Markup(' <q lang="zh"><bdi>{}</bdi></q> <span data-en="{}">{}</span>').format(
                spelt(quoted + cut), line.en, line.zh)
        return shown

    def coded(value: Value) -> Said | None:
        return coded_value(value.column, value.text)

    def shown_end(row: Row) -> int:
        return min(row.span.end, row.span.start + _ARTICLE_SHOWN) if row.table == "articles" else row.span.end

    template = _environment().get_template("rows.html.j2")
    out: list[Block] = []
    for group in _in_blocks(view.rows, lambda row: 1, _ROWS_A_BLOCK):
        html = template.render(rows=group, view=view, p=prefix, looks=numbers, flagged=flagged, origin=origin, coded=coded,
                               shown_end=shown_end)
        out.append(Block(group[0].index, group[-1].index + 1, len(group), Markup(html), is_large(view) and bool(out)))
    return out


def _finding_blocks(view: DocumentView, prefix: str) -> list[Block]:
    template = _environment().get_template("findings.html.j2")
    out: list[Block] = []
    for group in _in_blocks(view.findings, lambda finding: 1, _ROWS_A_BLOCK):
        html = template.render(findings=group, p=prefix)
        out.append(Block(group[0].index, group[-1].index + 1, len(group), Markup(html), is_large(view) and bool(out)))
    return out


def numbered(looks: Mapping[str, TableLook]) -> dict[str, NumberedLook]:
    """The tables with the numbers of their colours, which :func:`page` writes into the style sheet."""
    return {name: NumberedLook(Said(each.zh, each.en), number) for number, (name, each) in enumerate(looks.items())}


def summary_html(summary: Summary, links: Mapping[str, str], line_links: Mapping[str, str]) -> Markup:
    """The part of a page that shows the whole set; ``links`` lead to documents, ``line_links`` end where a line's number goes."""
    found = (
        findings_chart(summary.findings),
        coverage_chart([(d.path, d.coverage) for d in summary.documents]),
        genres_chart(summary.rows_by_genre),
        schools_chart(summary.schools_by_city),
        targets_chart(summary.targets_by_kind),
    )
    charts: list[Chart] = [chart for chart in found if chart]
    lead = said("words", "lead", documents=len(summary.documents), lines=summary.lines, rows=summary.rows,
                findings=sum(summary.findings.values()))
    template = _environment().get_template("summary.html.j2")
    return Markup(template.render(
        summary=summary, charts=charts, lead=lead, links=links, targets=summary.targets[:MOST_TARGETS],
        more_targets=max(0, len(summary.targets) - MOST_TARGETS), line_link=lambda doc_id, line: f"{line_links[doc_id]}{line}",
    ))


def page(title: str, parts: Sequence[Markup], looks: Mapping[str, TableLook], *, kind: str, home: str | None = None) -> str:
    """A whole page around its parts. It holds its style and script, and a policy that lets nothing else run or load."""
    style, script = style_sheet(looks), _asset("report.js")
    policy = (f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; "
              "base-uri 'none'; form-action 'none'")
    template = _environment().get_template("page.html.j2")
    return template.render(title=spelt(title), parts=parts, kind=kind, home=home, style=Markup(style), script=Markup(script),
                           policy=policy, words=Markup(_words_of_script()))


def style_sheet(looks: Mapping[str, TableLook]) -> str:
    """The style of a page, with the colours of the tables and series."""
    named = [f"--{name}:{look(name)};" for name in ("accent", "error", "warning", "info")]
    tables = [f".k{i}{{--c:{each.colour};--w:{each.colour}24}}.off{i} .m.k{i}{{background:none;box-shadow:none}}"
              f".off{i} .row.k{i}{{display:none}}" for i, each in enumerate(looks.values())]
    drawn = [f".s{i}{{fill:{colour};background:{colour}}}" for i, colour in enumerate(series())]
    return ":root{" + "".join(named) + "}\n" + "\n".join([*tables, *drawn]) + "\n" + _asset("report.css")


def _words_of_script() -> str:
    """What the script says itself: roles of lines and a few words, as JSON that cannot end its element."""
    words: dict[str, Any] = {"roles": {}, "words": {}}
    for role in keys("roles"):
        spoken = said("roles", role)
        words["roles"][role] = [spoken.zh, spoken.en]
    for key in ("line", "hits", "repeats", "confidence", "box"):
        template = said("words", key, n="{n}")
        words["words"][key] = [template.zh, template.en]
    return json.dumps(words, ensure_ascii=False).replace("<", "\\u003c").replace("\u2028", "\\u2028")


@cache
def _asset(name: str) -> str:
    return (_HERE / "assets" / name).read_text("utf-8").replace("\r\n", "\n")


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode("utf-8")).digest()).decode("ascii")
