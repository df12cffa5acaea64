"""Why a file was read as it was: genre scores, the rules that fired and what each value rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.ingest import open_document
from pipeline.model import Document
from pipeline.parse import parse_document, read_articles
from pipeline.rules import RuleBook, load_rules
from pipeline.view import fold


@dataclass(frozen=True, slots=True)
class ArticleExplanation:
    """An article with the score of every genre and the evidence behind it."""

    title: str | None
    genre: str
    margin: float
    line_first: int
    line_last: int
    scores: tuple[tuple[str, float, tuple[tuple[str, int], ...]], ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Articles of a document and, where a line was asked for, its ledger entry, rules and rows."""

    path: str
    articles: tuple[ArticleExplanation, ...]
    line: Mapping[str, Any] | None
    tried: tuple[tuple[str, str, bool], ...]
    rows: tuple[tuple[str, Mapping[str, Any]], ...]
    findings: tuple[Mapping[str, Any], ...]


def explain_file(path: Path, line: int | None = None, rules: RuleBook | None = None) -> Explanation:
    """Explain a file, or one line of it (from 1). Raises UnreadableDocument as reading does."""
    book = rules or load_rules()
    return explain_document(open_document(path, name=path.name), book, line)


def explain_document(document: Document, book: RuleBook, line: int | None = None) -> Explanation:
    """Explain a document that is open already."""
    parsed = parse_document(document, book)
    lines = {row["row_id"]: row for row in parsed.tables.get("articles", ())}
    articles = tuple(
        ArticleExplanation(
            a.row.values["title"], a.verdict.genre.name, a.verdict.margin, lines[a.row.row_id]["line_first"],
            lines[a.row.row_id]["line_last"], tuple((s.genre, s.points, s.evidence) for s in a.verdict.scores),
        )
        for a in read_articles(document, book)
    )
    entry = next((r for r in parsed.tables.get("lines", ()) if r["line_no"] == line), None) if line else None
    rows = tuple(
        (table, row)
        for table, members in parsed.tables.items()
        if table not in ("documents", "lines", "findings", "rules_used")
        for row in members
        if line and row["line_first"] <= line <= row["line_last"] and (table != "articles")
    )
    findings = tuple(f for f in parsed.tables["findings"] if line is None or f["line_first"] <= line <= f["line_last"])
    return Explanation(document.source_path, articles, entry, _tried(entry, book), rows, findings)


def _tried(entry: Mapping[str, Any] | None, book: RuleBook) -> tuple[tuple[str, str, bool], ...]:
    """Every rule with its group and whether its pattern holds on the line."""
    if entry is None:
        return ()
    text = fold(str(entry["text"])).strip()
    return tuple((group, rule.id, rule.apply(text) is not None) for group, rule in book.every_rule())
