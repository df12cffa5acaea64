"""One document, from text to rows: read, segment, classify, read by genre, keep the ledger.

Pure: the same document and rules give the same result. Each step returns values and findings.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import regex

from pipeline.blocks import Block, read_blocks
from pipeline.classify import Verdict, classify
from pipeline.corrections import apply_corrections
from pipeline.genres import listing, outline, prose
from pipeline.ids import row_id
from pipeline.ingest.physical import LineIndex, page_at, physical_lines
from pipeline.ledger import build_ledger
from pipeline.model import Claim, Document, Finding, Parsed, Provenance, Publication, Reading, Row, Span
from pipeline.resolve.places import LAST_YEAR, places_in
from pipeline.rules import RuleBook
from pipeline.schema import tables as tables_of
from pipeline.scope import Dated, Scope
from pipeline.segment import Article, page_number, segment, years_in, years_of
from pipeline.values.dates import document_date
from pipeline.values.references import references, unclosed
from pipeline.view import View, match_key

_ENGINES = {"list": listing.read_list, "outline": outline.read_outline, "prose": prose.read_prose}
_REPEAT_LENGTH = 24
# Tables of rows that no header of a printed table announces.
_OUTLINES = ("plan_items", "plan_targets", "speech_points")


@dataclass(frozen=True, slots=True)
class ReadArticle:
    """An article with its scope, its verdict and what its genre made of it."""

    scope: Scope
    verdict: Verdict
    row: Row
    reading: Reading


def read_articles(document: Document, book: RuleBook, as_of: int = LAST_YEAR) -> tuple[ReadArticle, ...]:
    """Every article of the document, read by its genre; ``as_of`` is the year of the columns ``*_code_now``."""
    lines = physical_lines(document)
    blocks = read_blocks(document, lines, book)
    articles = segment(document.text, blocks, book)
    dated = _years(document, articles)
    provinces = _provinces(document, articles, dated)
    out: list[ReadArticle] = []
    for article, year, province in zip(articles, dated, provinces, strict=True):
        identity = row_id(document.doc_id, "articles", article.span)
        scope = Scope(document, article, identity, book, year, province, _city(article, year), as_of)
        verdict = classify(article, book)
        reading = _ENGINES[verdict.genre.shape](scope, verdict.genre)
        out.append(ReadArticle(scope, verdict, _article_row(scope, verdict), reading))
    return tuple(out)


def parse_document(document: Document, book: RuleBook, as_of: int = LAST_YEAR) -> Parsed:
    """All tables of one document. Never raises for what the text holds; see :mod:`pipeline.batch`."""
    lines = physical_lines(document)
    index = LineIndex.of(lines)
    articles = read_articles(document, book, as_of)
    rows = [a.row for a in articles] + [r for a in articles for r in a.reading.rows]
    claims = [c for a in articles for c in (*a.scope.article.claims, *a.reading.claims)]
    findings = [*document.findings, *(f for a in articles for f in (*a.scope.article.findings, *a.reading.findings))]
    rows += [r for a in articles for r in _references(a)]
    findings += [
        Finding("year_inferred", a.scope.dated.span, {"year": str(a.scope.dated.year)}, "articles", a.row.row_id, "year")
        for a in articles if a.scope.dated and a.scope.dated.inferred
    ]
    findings += [
        Finding("genre_inferred", a.scope.article.span, {"genre": a.verdict.genre.zh, "name": a.verdict.genre.name}, "articles",
                a.row.row_id, "genre")
        for a in articles if a.scope.article.title and a.verdict.genre.name != "narrative" and not _named_by_title(a.verdict)
    ]
    findings += [*_unclosed_marks(articles), *_damage(articles, book), *_without_rows(articles)]
    repeats, repeat_claims = _repeats(articles, claims)
    claims = repeat_claims
    findings += repeats
    ledger = build_ledger(document, lines, claims)
    rows += ledger.rows
    findings += ledger.findings
    rows = _resolve_aliases(_continuations(rows))
    tables = _tables(document, rows, findings, index, book)
    tables["rules_used"] = _rules_used(document, rows, claims, book)
    unread = any(r.table == "lines" and r.values["role"] == "unparsed" for r in ledger.rows)
    status = "partial" if unread or any(f.code == "bad_byte" for f in document.findings) else "parsed"
    tables["documents"] = (_document_row(document, len(lines), ledger.coverage, status),)
    return Parsed(document, "partial" if status == "partial" else "parsed", {k: tuple(v) for k, v in tables.items()})


def _document_row(document: Document, n_lines: int, coverage: float, status: str) -> dict[str, Any]:
    return {
        "doc_id": document.doc_id, "source_path": document.source_path, "paths": [document.source_path],
        **published(document.publication), "media_type": document.media_type,
        "encoding": document.encoding, "extractor": document.extractor, "text": document.text,
        "n_chars": len(document.text), "n_lines": n_lines, "n_pages": len(document.page_starts) or None,
        "coverage": round(coverage, 6), "status": status,
    }


def published(publication: Publication) -> dict[str, str | None]:
    """The columns of ``documents`` that tell of a publication."""
    return {f"source_{f.name}": getattr(publication, f.name) for f in fields(Publication)}


# Years and provinces: what an article says of itself, else what the rest of the document says.


def _years(document: Document, articles: Sequence[Article]) -> list[Dated | None]:
    stated = [_stated_year(document, a) for a in articles]
    out: list[Dated | None] = []
    for number, (article, own) in enumerate(zip(articles, stated, strict=True)):
        before = articles[number - 1] if number else None
        # What a signed notice promulgates follows it and is of its date.
        notice = stated[number - 1] if before and before.date and before.signature else None
        out.append(own or (replace(notice, inherited=True) if notice else _commonest_year(article)))
    # Without a year of its own an article shares the latest one: a page prints what is new.
    latest = max((d for d in out if d), key=lambda d: d.year, default=None)
    return [d or (replace(latest, inherited=True) if latest else None) for d in out]


def _stated_year(document: Document, article: Article) -> Dated | None:
    if article.title:
        found = years_in(article.title)
        if found:
            return Dated(found[-1][0], found[-1][1], False)
    for claim in article.claims:
        if claim.role == "subtitle" and (under := years_of(View.of(document.text, claim.span))):
            return Dated(under[0][0], under[0][1], True)
    if article.date:
        interval = document_date(document.text[article.date.start : article.date.end])
        if interval:
            return Dated(interval[0].year, article.date, False)
    return None


def _commonest_year(article: Article) -> Dated | None:
    counts: Counter[int] = Counter()
    places: dict[int, Span] = {}
    for block in article.blocks[:12]:
        for year, span in years_in(block):
            counts[year] += 1
            places.setdefault(year, span)
    if not counts:
        return None
    year, often = counts.most_common(1)[0]
    if any(2 * n > often for other, n in counts.items() if other != year):
        return None  # a report of one year and a plan for the next: neither is the paper's for certain
    return Dated(year, places[year], True, True)


def _provinces(document: Document, articles: Sequence[Article], dated: Sequence[Dated | None]) -> list[str | None]:
    own: list[str | None] = []
    for article, year in zip(articles, dated, strict=True):
        index = places_in(year.year if year else None)
        code = None
        for block in ((article.title,) if article.title else ()):
            found = index.prefix(regex.sub(r"^\d{4}年度?", "", block.text))
            code = found.province.code if found.province else None
        own.append(code)
    known = Counter(c for c in own if c)
    if not known:
        known = Counter(
            found.province.code
            for article, year in zip(articles, dated, strict=True)
            for block in article.blocks[:200]
            if len(block.text) < 60
            and (found := places_in(year.year if year else None).prefix(block.body)).province is not None
        )
        # One province that most lines name is the list's; without a majority there is none.
        total = sum(known.values())
        known = Counter({c: n for c, n in known.items() if n * 2 > total and n >= 3})
    common = known.most_common(1)[0][0] if known else None
    return [c or common for c in own]


def _city(article: Article, year: Dated | None) -> str | None:
    """The code of the city that the title begins with: whose list it is."""
    if article.title is None:
        return None
    found = places_in(year.year if year else None).prefix(regex.sub(r"^\d{4}年度?", "", article.title.text))
    return found.city.code if found.city and not found.county and not found.candidates else None


def _article_row(scope: Scope, verdict: Verdict) -> Row:
    article = scope.article
    values: dict[str, Any] = {
        "genre": verdict.genre.name, "genre_margin": round(verdict.margin, 3), "truncated": article.truncated,
        "title": "".join(scope.printed(s) for s in article.title.spans).strip() if article.title else None,
        "continued_from_page": page_number(article.continued_from),
        "continued_on_page": page_number(article.continued_on),
    }
    origins: dict[str, Provenance] = {}
    if scope.dated:
        values["year"] = scope.dated.year
        if scope.dated.inherited:
            origins["year"] = Provenance("inherited", scope.dated.span)
    if article.date:
        interval = document_date(scope.text[article.date.start : article.date.end])
        if interval and interval[0] == interval[1]:
            values["date"] = interval[0]
            origins["date"] = Provenance("stated", article.date)
    issuer = _issuer(scope)
    if issuer:
        values["issuer"] = scope.printed(issuer)
        if not article.title or not (article.title.span.start <= issuer.start < article.title.span.end):
            origins["issuer"] = Provenance("stated", issuer)
    return Row("articles", scope.article_id, article.span, article.title_rule, values, origins, scope.article_id)


def _issuer(scope: Scope) -> Span | None:
    """The body at the head of the title (…红十字会2013年…, …关于…), else the one that signed."""
    title = scope.article.title
    if title:
        ends = "|".join(regex.escape(w) for w in sorted(scope.book.words["org_end"], key=lambda w: -len(w)))
        followed = r"(?=\d{4}年|关于|印发|工作要点|工作计划|年度)"
        found = regex.compile(rf"(?P<body>\p{{Han}}[\p{{Han}} ]{{1,40}}?(?:{ends})){followed}").match(title.text)
        if found:
            return title.view.source(*found.span("body"))
    return scope.article.signature


# Over the whole document: references, repeats, aliases, continuations.


def _prose_blocks(read: ReadArticle) -> Iterable[Block]:
    if read.scope.article.title:
        yield read.scope.article.title
    works = {s for r in read.reading.rows if r.table == "awards" for s in (r.span,)}
    for block in read.scope.article.blocks:
        if not any(s.start < block.span.end and block.span.start < s.end for s in works):
            yield block


def _references(read: ReadArticle) -> Iterable[Row]:
    scope = read.scope
    for block in _prose_blocks(read):
        for found in references(block.text):
            span = block.view.source(found.start, found.end)
            outside = {name: block.view.source(*at)
                       for name, at in (("doc_number", found.number_at), ("alias", found.alias_at)) if at}
            values = {
                "title": scope.printed(block.view.source(found.start + 1, found.end - 1)).strip(), "kind": found.kind,
                "doc_number": None, "alias": None, **{name: scope.printed(at) for name, at in outside.items()},
            }
            origins = {name: Provenance("stated", at) for name, at in outside.items()}
            yield Row("references", row_id(scope.document.doc_id, "references", span), span, "reference", values, origins,
                      scope.article_id)


def _unclosed_marks(articles: Sequence[ReadArticle]) -> Iterable[Finding]:
    for read in articles:
        for block in _prose_blocks(read):
            for offset in unclosed(block.text):
                yield Finding("mark_unclosed", block.view.source(offset, offset + 1), {"text": block.text[offset : offset + 20]})


def _without_rows(articles: Sequence[ReadArticle]) -> Iterable[Finding]:
    """A header that says what a table lists, and no row of a list before the next header or the article's end."""
    for read in articles:
        heads = read.scope.article.headers
        rows = sorted(r.span.start for r in read.reading.rows if r.table not in ("paragraphs", *_OUTLINES))
        for number, head in enumerate(heads):
            end = heads[number + 1].span.start if number + 1 < len(heads) else read.scope.article.span.end
            if bisect_left(rows, head.span.end) == bisect_left(rows, end):
                printed = read.scope.printed(head.span)
                yield Finding("table_without_rows", head.span, {"header": " ".join(printed.split())[:60]}, "lines")


def _named_by_title(verdict: Verdict) -> bool:
    """True where the title itself speaks for the genre that was chosen."""
    on_title = {r.id for r in verdict.genre.evidence if r.on == "title"}
    won = next(s for s in verdict.scores if s.genre == verdict.genre.name)
    return any(rule in on_title for rule, _count in won.evidence)


def _damage(articles: Sequence[ReadArticle], book: RuleBook) -> Iterable[Finding]:
    """Lost bytes and dates that ran together: said, never mended."""
    for read in articles:
        article = read.scope.article
        front = [View.of(read.scope.text, c.span) for c in article.claims if c.role not in ("furniture", "title")]
        for view in (*((article.title.view,) if article.title else ()), *(b.view for b in article.blocks), *front):
            for rule in book.groups["damage"]:
                for found in rule.compiled.finditer(view.folded):
                    span = view.source(*found.span())
                    if rule.sets.get("as_printed") and read.scope.text[span.start : span.end] != found[0]:
                        continue
                    around = view.folded[max(0, found.start() - 6) : found.end() + 6]
                    shown = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in around)
                    yield Finding(rule.role, span, {"text": shown}, "lines")


def _repeats(articles: Sequence[ReadArticle], claims: Sequence[Claim]) -> tuple[list[Finding], list[Claim]]:
    """Paragraphs printed again: the later one points to the first, on its claim and in a finding."""
    first: dict[str, Span] = {}
    again: dict[int, Span] = {}
    findings: list[Finding] = []
    for read in articles:
        for block in read.scope.article.blocks:
            key = match_key(block.text)
            if len(key) < _REPEAT_LENGTH:
                continue
            if key in first:
                again[block.span.start] = first[key]
                findings.append(Finding("paragraph_repeated", block.span, {"text": block.text[:30]}, table="lines"))
            else:
                first[key] = block.span
    marked = [replace(c, duplicate_of=again[c.span.start]) if c.span.start in again else c for c in claims]
    return findings, marked


def _resolve_aliases(rows: Sequence[Row]) -> list[Row]:
    """A short mention means the full one that announced it earlier in the document (以下简称)."""
    announced: dict[str, str] = {}
    out: list[Row] = []
    for row in sorted((r for r in rows if r.table == "references"), key=lambda r: r.span):
        title = match_key(row.values["title"])
        if title in announced:
            out.append(replace(row, values={**row.values, "resolved_row_id": announced[title]}))
            continue
        if row.values["alias"]:
            announced[match_key(row.values["alias"])] = row.row_id
        out.append(row)
    return [r for r in rows if r.table != "references"] + out


def _continuations(rows: Sequence[Row]) -> list[Row]:
    """Link a text that goes on (紧接第1版) to the one article of the document that was left (下转第4版)."""
    left = [r for r in rows if r.table == "articles" and r.values["continued_on_page"] is not None]
    if len(left) != 1:
        return list(rows)
    return [
        replace(r, values={**r.values, "continues_article_id": left[0].row_id})
        if r.table == "articles" and r.values["continued_from_page"] is not None and r.row_id != left[0].row_id else r
        for r in rows
    ]


# Rows to tables: the common columns, provenance columns, findings and rules used.


def _tables(document: Document, rows: Sequence[Row], findings: Sequence[Finding], index: LineIndex,
            book: RuleBook) -> dict[str, Sequence[dict[str, Any]]]:
    by_table: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_table[row.table].append(row)
    tables: dict[str, Sequence[dict[str, Any]]] = {}
    described = tables_of(book.tables)
    for table, members in by_table.items():
        ordered = sorted(members, key=lambda r: (r.span.start, r.span.end, r.row_id))
        names = {c.name for c in described[table].columns}
        traced = frozenset(n for n in names if f"{n}_origin" in names)
        tables[table] = [_published(document, row, seq, index, traced) for seq, row in enumerate(ordered, 1)]
    corrected, said = apply_corrections(document, tables, book.corrections, _types(book))
    return {**corrected, "findings": _findings(document, [*findings, *said], index, book)}


def _types(book: RuleBook) -> Mapping[str, Mapping[str, str]]:
    if not book.corrections:
        return {}
    return {name: {c.name: c.type for c in table.columns} for name, table in tables_of(book.tables).items()}


def _common(document: Document, span: Span, seq: int, index: LineIndex) -> dict[str, Any]:
    first, last = index.at(span.start), index.at(max(span.start, span.end - 1))
    return {
        "doc_id": document.doc_id, "seq": seq, "span_start": span.start, "span_end": span.end,
        "line_first": first.no, "line_last": last.no, "page": page_at(document, span.start),
    }


def _published(document: Document, row: Row, seq: int, index: LineIndex, traced: frozenset[str]) -> dict[str, Any]:
    """A row with its common columns and, for the columns in ``traced``, where each value comes from."""
    out = {"row_id": row.row_id, "article_id": row.article_id, "rule_id": row.rule_id,
           **_common(document, row.span, seq, index), **row.values}
    for column, value in row.values.items():
        if value is None or column not in traced:
            continue
        provenance = row.origins.get(column, Provenance("stated", row.span))
        out[f"{column}_origin"] = provenance.origin
        evidence = provenance.evidence
        out[f"{column}_evidence"] = {"span_start": evidence.start, "span_end": evidence.end} if evidence else None
    return out


def _findings(document: Document, findings: Sequence[Finding], index: LineIndex, book: RuleBook) -> list[dict[str, Any]]:
    ordered = sorted(findings, key=lambda f: (f.span or Span(0, 0), f.code, f.about_row_id or ""))
    out: list[dict[str, Any]] = []
    parts: Counter[tuple[str, Span]] = Counter()
    for seq, finding in enumerate(ordered, 1):
        span = finding.span or Span(0, 0)
        wording = book.wordings[finding.code]
        zh, en = _worded(wording.zh, finding.params), _worded(wording.en, finding.params)
        part = parts[(finding.code, span)]
        parts[(finding.code, span)] += 1
        common = _common(document, span, seq, index) if index.lines else {
            "doc_id": document.doc_id, "seq": seq, "span_start": 0, "span_end": 0, "line_first": 1, "line_last": 1}
        out.append({
            "row_id": row_id(document.doc_id, f"findings:{finding.code}", span, part), "rule_id": f"finding.{finding.code}",
            **common, "code": finding.code, "severity": wording.severity, "line": common["line_first"],
            "table": finding.table, "about_row_id": finding.about_row_id, "column": finding.column,
            "message": f"{zh} / {en}", "message_zh": zh, "message_en": en, "expected": finding.expected,
            "found": finding.found, "hint": wording.hint,
        })
    return out


def _worded(template: str, params: Mapping[str, str]) -> str:
    return str(regex.sub(r"\{(\w+)\}", lambda m: str(params.get(m[1], m[0])), template))


def _rules_used(document: Document, rows: Sequence[Row], claims: Sequence[Claim], book: RuleBook) -> list[dict[str, Any]]:
    files = {rule.id: rule.file.relative_to(book.folder).as_posix() for _group, rule in book.every_rule()}
    fired = Counter(c.rule_id for c in claims)
    made = Counter(r.rule_id for r in rows if r.table != "lines")
    return [
        {"doc_id": document.doc_id, "rule_id": rule, "rule_file": files.get(rule), "fired": max(fired[rule], made[rule]),
         "rows": made[rule]}
        for rule in sorted(set(fired) | set(made)) if rule
    ]
