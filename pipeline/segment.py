"""Blocks to articles: titles, running heads, continuation marks, signatures and truncated tails.

Guarantees: every block lands in exactly one article, in the order of the text; a title is only
read where the text before it has ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import regex

from pipeline.blocks import Block, is_open, joined
from pipeline.columns import Header, header_at, headers
from pipeline.model import Claim, Finding, Span
from pipeline.rules import TOLD_ROLES, Rule, RuleBook
from pipeline.values.numbers import parse_ordinal
from pipeline.view import View, match_key

_FRONT = ("doc_number", "date", "subtitle", "source", "addressee")
_BREAKS = ("attachment", "date", "public_note", "signature", "truncation")
# 到2022年 and 2022年底 say when something is to be done, not when the text was written.
_YEAR = regex.compile(r"(?<![\d到至]|\d年?[—–~-]+)((?:19|20)\d\d)(?=年(?!底|末))")
_TAIL_WINDOW = 6
# Two bodies that issue together, and a title broken twice, take this many lines.
_LONGEST_TITLE = 5


@dataclass(frozen=True, slots=True)
class Article:
    """One article: its title, its content blocks, the claims made on its form, and the headers of tables in it."""

    title: Block | None
    title_rule: str
    blocks: tuple[Block, ...]
    claims: tuple[Claim, ...]
    findings: tuple[Finding, ...]
    span: Span
    continued_from: str | None = None
    continued_from_span: Span | None = None
    continued_on: str | None = None
    signature: Span | None = None
    date: Span | None = None
    truncated: bool = False
    subtitles: tuple[str, ...] = ()
    headers: tuple[Header, ...] = ()


@dataclass(slots=True)
class _Draft:
    """What :func:`segment` gathers while it walks; turned into an :class:`Article` at each border."""

    title: Block | None = None
    title_rule: str = "article.untitled"
    blocks: list[Block] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    continued_from: str | None = None
    continued_from_span: Span | None = None
    date: Span | None = None
    subtitles: list[str] = field(default_factory=list)
    seen: list[Block] = field(default_factory=list)


def segment(text: str, blocks: Sequence[Block], book: RuleBook) -> tuple[Article, ...]:
    """Cut a document's blocks into articles."""
    blocks = _with_mastheads(blocks)
    columns = book.groups["columns"]
    articles: list[Article] = []
    draft = _Draft()
    titles: dict[str, Block] = {}
    position = 0
    while position < len(blocks):
        block = blocks[position]
        if block.form == "continued_from" and _has_text(draft):
            articles.append(_close(draft, book))
            draft = _Draft()
        repeated = titles.get(match_key(block.text)) if block.marker is None else None
        if repeated is not None and block.form is None:
            draft.seen.append(block)
            draft.claims.append(Claim(block.span, "running_head", "article.repeated_title", None, repeated.span))
            draft.findings.append(Finding("title_repeated", block.span, {"title": repeated.text}))
            position += 1
            continue
        found = _title_at(text, blocks, position, draft, book)
        if found and not header_at(text, blocks, position, columns):
            title, rule_id, used = found
            if draft.blocks or draft.title:
                articles.append(_close(draft, book))
                draft = _Draft()
            elif draft.seen:
                articles_front = draft
                draft = _Draft(claims=articles_front.claims, findings=articles_front.findings, seen=articles_front.seen)
            draft.title, draft.title_rule = title, rule_id
            draft.seen += blocks[position : position + used]
            draft.claims.append(Claim(title.span, "title", rule_id))
            titles[match_key(title.text)] = title
            position += used
            continue
        _take(draft, block, book)
        position += 1
    if draft.seen or draft.blocks:
        articles.append(_close(draft, book))
    return tuple(replace(a, headers=tuple(headers(text, a.blocks, columns))) for a in articles)


def _with_mastheads(blocks: Sequence[Block]) -> Sequence[Block]:
    """The short line before the date and page of a newspaper's head is the paper's name and no title."""
    out = list(blocks)
    for index in range(len(out) - 1):
        is_name = out[index].form is None and out[index].marker is None and len(out[index].text) <= 20
        if is_name and out[index + 1].form_rule == "form.masthead":
            out[index] = replace(out[index], form="source", form_rule="form.masthead")
    return out


def _has_text(draft: _Draft) -> bool:
    """True where the draft holds more than a headline: what a page goes on with may stand under one."""
    if draft.blocks and any(b.is_closed or b.marker or len(b.text) > 60 for b in draft.blocks):
        return True
    return draft.title is not None and bool(draft.blocks) and draft.title_rule != "title.first_line"


def _take(draft: _Draft, block: Block, book: RuleBook) -> None:
    draft.seen.append(block)
    if block.form == "furniture":
        draft.claims.append(Claim(block.span, "furniture", block.form_rule or ""))
        return
    if block.form == "continued_from":
        rule = _by_role(book, "continued_from")
        match = rule.apply(block.text)
        if match:
            draft.continued_from = match["page"]
            draft.continued_from_span = block.view.source(*match.span())
            draft.findings.append(
                Finding("continued_from", draft.continued_from_span, {"page": match["page"]}, table="articles")
            )
    subtitle = _subtitle(block, book) if draft.title is not None and not draft.blocks else None
    if subtitle is not None:
        draft.claims.append(Claim(block.span, "subtitle", subtitle.id))
        draft.subtitles.append(block.text)
        return
    front = draft.title is not None and not draft.blocks
    if front and block.form in _FRONT:
        draft.date = block.span if block.form == "date" else draft.date
        draft.claims.append(Claim(block.span, block.form or "", block.form_rule or ""))
        return
    if block.form == "source" and not draft.blocks:
        # In the body such a line is content; at the edges of a page it is its imprint.
        draft.claims.append(Claim(block.span, "source", block.form_rule or ""))
        return
    draft.blocks.append(block)


def _subtitle(block: Block, book: RuleBook) -> Rule | None:
    if block.form is not None:
        return None
    return next((r for r in book.groups["titles"] if r.role == "subtitle" and r.apply(block.text)), None)


def _by_role(book: RuleBook, role: str) -> Rule:
    return next(r for r in book.groups["blocks"] if r.role == role)


def _title_at(
    text: str, blocks: Sequence[Block], position: int, draft: _Draft, book: RuleBook
) -> tuple[Block, str, int] | None:
    """The title that begins at ``position``: the block, the rule and how many blocks it takes."""
    block = blocks[position]
    if block.form is not None or block.marker is not None or len(block.text) > 90:
        return None
    following = blocks[position + 1] if position + 1 < len(blocks) else None
    if following is not None and following.form == "date" and draft.title is not None and _is_signature(block, book):
        return None
    before = next((b for b in reversed(draft.seen) if b.form != "furniture"), None)
    if before is not None and is_open(before):
        return None
    at_start = not draft.blocks and draft.title is None
    after_break = before is not None and before.form in _BREAKS
    rules = book.groups["titles"]
    for used in range(1, _LONGEST_TITLE + 1):
        if position + used > len(blocks):
            break
        parts = blocks[position : position + used]
        if used > 1 and not _may_wrap(parts, rules, at_start or after_break):
            break
        whole = parts[0]
        for part in parts[1:]:
            whole = joined(text, whole, part)
        strong = next((r for r in rules if r.role == "title" and r.apply(whole.text)), None)
        if strong and (at_start or after_break or _stands_out(whole.text)):
            if used == 1 and _wraps_on(text, blocks, position, rules, at_start or after_break):
                continue
            return whole, strong.id, used
    weak = next((r for r in rules if r.role == "title_weak" and r.apply(block.text)), None)
    if weak and (at_start or (before is not None and before.form == "attachment")) and not _read_as_content(block, book):
        return block, weak.id, 1
    return None


def _wraps_on(text: str, blocks: Sequence[Block], position: int, rules: Sequence[Rule], border: bool) -> bool:
    """True where a first line is a title by itself but, with the next line, a fuller one: 关于…方案 / 的通知."""
    parts = blocks[position : position + 2]
    if len(parts) < 2 or not parts[1].text.startswith("的") or not _may_wrap(parts, rules, border):
        return False
    return any(r.role == "title" and r.apply(joined(text, parts[0], parts[1]).text) for r in rules)


def _may_wrap(parts: Sequence[Block], rules: Sequence[Rule], border: bool) -> bool:
    if any(b.form is not None or b.marker is not None or len(b.text) > 44 or b.is_closed for b in parts):
        return False
    roles = {"title_start", "title_start_body"} if border else {"title_start"}
    return any(r.role in roles and r.apply(parts[0].text) for r in rules)


def _stands_out(title: str) -> bool:
    return bool(regex.search(r"\d{4}年|关于|红十字|上的讲话|[省市县]", title))


def _read_as_content(block: Block, book: RuleBook) -> bool:
    rules = (r for g in book.genres if g.shape == "list" for r in g.rules if r.role not in TOLD_ROLES)
    return any(r.apply(block.text) for r in rules if not r.needs.startswith("place"))


def _close(draft: _Draft, book: RuleBook) -> Article:
    blocks = list(draft.blocks)
    claims, findings = list(draft.claims), list(draft.findings)
    truncated = False
    signature = None
    date = draft.date
    continued_on = None
    kept: list[Block] = []
    last = len(blocks) - 1
    for index, block in enumerate(blocks):
        near_end = index > last - _TAIL_WINDOW
        role = block.form
        if role == "truncation" and index == last:
            truncated = True
            claims.append(Claim(block.span, "truncation", block.form_rule or ""))
            findings.append(Finding("truncated", block.span, {"tail": block.text}, table="articles", found=block.text))
        elif role == "date" and near_end:
            date = block.span
            claims.append(Claim(block.span, "date", block.form_rule or ""))
            if kept and _is_signature(kept[-1], book):
                signed = kept.pop()
                signature = signed.span
                claims.append(Claim(signed.span, "signature", "article.signature"))
        elif _goes_on_attachments(block, blocks[index - 1] if index else None, claims, book):
            claims.append(Claim(block.span, "attachment", "article.attachment_list"))
        elif role in ("public_note", "attachment", "doc_number") or (role in ("source", "addressee") and (near_end or not kept)):
            claims.append(Claim(block.span, role, block.form_rule or ""))
        else:
            if role == "continued_on":
                match = _by_role(book, "continued_on").compiled.search(block.text[-40:])
                if match:
                    continued_on = match["page"]
                    findings.append(Finding("continued_on", block.span, {"page": match["page"]}, table="articles"))
            kept.append(block)
    everything = draft.seen
    span = Span(everything[0].span.start, everything[-1].span.end)
    return Article(
        draft.title, draft.title_rule, tuple(kept), tuple(claims), tuple(findings), span, draft.continued_from,
        draft.continued_from_span, continued_on, signature, date, truncated, tuple(draft.subtitles),
    )


def _goes_on_attachments(block: Block, before: Block | None, claims: Sequence[Claim], book: RuleBook) -> bool:
    """A further line of the list of attachments: 附件：1.先进集体名单 / 2.先进个人名单."""
    if before is None or block.marker is None or block.marker.system != "arabic_dot" or len(block.text) > 60:
        return False
    listed = any(c.span == before.span and c.role == "attachment" for c in claims)
    return listed and block.body.rstrip("。；;)").endswith(book.words["doc_kind"])


def _is_signature(block: Block, book: RuleBook) -> bool:
    return block.form is None and block.marker is None and any(
        r.apply(block.text) for r in book.groups["signatures"]
    )


def page_number(printed: str | None) -> int | None:
    """The page of a continuation mark, where it is a plain number.

    >>> page_number("1"), page_number("二"), page_number("A2")
    (1, 2, None)
    """
    if printed is None:
        return None
    return int(printed) if printed.isdigit() else parse_ordinal(printed)


def years_in(block: Block) -> tuple[tuple[int, Span], ...]:
    """Every year printed in the block as 2013年, with its place; not one that is a target (到2022年)."""
    return years_of(block.view)


def years_of(view: View) -> tuple[tuple[int, Span], ...]:
    """The same for any view."""
    return tuple((int(m[1]), view.source(m.start(1), m.end(1))) for m in _YEAR.finditer(view.folded))
