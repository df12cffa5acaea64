"""The numbers of a whole set that the summary page shows: plain counts, without drawing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.report.model import as_text, in_order
from pipeline.report.published import PublishedSet


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One document in the list: its state, genres and years, and how many rows and findings it has."""

    doc_id: str
    path: str
    title: str
    status: str
    coverage: float | None
    genres: tuple[str, ...]
    years: tuple[int, ...]
    rows: int
    findings: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Target:
    """One quantity of a plan, as printed."""

    doc_id: str
    line: int
    year: int | None
    indicator: str
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts over the set. Years are those of the articles; None where an article has none."""

    documents: tuple[DocumentLine, ...]
    lines: int
    rows: int
    findings: Mapping[tuple[str, str], int]
    rows_by_genre: Mapping[str | None, Mapping[int | None, int]]
    schools_by_city: Mapping[str | None, Mapping[int | None, int]]
    targets_by_kind: Mapping[str, Mapping[int | None, int]]
    targets: tuple[Target, ...]


def summarise(published: PublishedSet) -> Summary:
    """Count a set, each table once."""
    articles = {a: (doc, genre, year) for a, doc, genre, year in
                published.column("articles", "row_id", "doc_id", "genre", "year")}
    genre_of = {a: genre for a, (_, genre, _) in articles.items()}
    year_of = {a: year for a, (_, _, year) in articles.items()}
    rows_of: Counter[str] = Counter()
    by_genre: dict[str | None, Counter[int | None]] = {}
    for table in published.row_tables:
        if table == "articles":
            continue
        for doc_id, article in published.column(table, "doc_id", "article_id"):
            rows_of[doc_id] += 1
            by_genre.setdefault(genre_of.get(article), Counter())[year_of.get(article)] += 1
    by_city: dict[str | None, Counter[int | None]] = {}
    for article, city in published.column("schools", "article_id", "city"):
        by_city.setdefault(city, Counter())[year_of.get(article)] += 1
    by_kind: dict[str, Counter[int | None]] = {}
    targets = []
    names = ("doc_id", "line_first", "article_id", "indicator", "text", "kind")
    for doc_id, line, article, indicator, text, kind in published.column("plan_targets", *names):
        by_kind.setdefault(kind or "target", Counter())[year_of.get(article)] += 1
        targets.append(Target(doc_id, line, year_of.get(article), indicator or "", as_text(text or ""), kind or "target"))
    targets.sort(key=lambda t: (t.year is None, t.year or 0))
    findings: Counter[tuple[str, str]] = Counter()
    findings_of: dict[str, Counter[str]] = {}
    for doc_id, severity, code in published.column("findings", "doc_id", "severity", "code"):
        findings[severity, code] += 1
        findings_of.setdefault(doc_id, Counter())[severity] += 1
    about: dict[str, tuple[list[str], list[int]]] = {}
    for doc_id, genre, year in articles.values():
        genres, years = about.setdefault(doc_id, ([], []))
        if genre and genre not in genres:
            genres.append(genre)
        if year is not None and year not in years:
            years.append(year)
    described = {d: rest for d, *rest in
                 published.column("documents", "doc_id", "source_path", "source_title", "status", "coverage")}
    documents = []
    for doc_id in in_order(published):
        path, title, status, coverage = described[doc_id]
        genres, years = about.get(doc_id, ([], []))
        documents.append(DocumentLine(doc_id, path, title or path, status, coverage, tuple(genres), tuple(sorted(years)),
                                      rows_of[doc_id], findings_of.get(doc_id, Counter())))
    return Summary(tuple(documents), published.tables["lines"].num_rows, sum(rows_of.values()), findings, by_genre, by_city,
                   by_kind, tuple(targets))
