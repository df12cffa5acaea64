"""What a genre may know of the article it reads."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.model import Document, Span
from pipeline.rules import RuleBook
from pipeline.segment import Article


@dataclass(frozen=True, slots=True)
class Dated:
    """A year and where it is printed; ``inherited`` where another article of the document says it."""

    year: int
    span: Span
    inherited: bool
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """An article with its document, its year, and the codes of the province and of the city that the title names.

    ``as_of`` is the year for which the columns ``*_code_now`` are asked.
    """

    document: Document
    article: Article
    article_id: str
    book: RuleBook
    dated: Dated | None
    province: str | None
    city: str | None
    as_of: int

    @property
    def text(self) -> str:
        """The document's text."""
        return self.document.text

    @property
    def year(self) -> int | None:
        """The year the article belongs to."""
        return self.dated.year if self.dated else None

    def printed(self, span: Span) -> str:
        """The source text of a span, line breaks taken out."""
        return "".join(self.document.text[span.start : span.end].splitlines())
