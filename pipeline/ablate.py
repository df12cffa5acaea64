"""Which rules earn their place: each is switched off in turn, and the rows of some documents are compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.model import Document
from pipeline.parse import parse_document
from pipeline.rules import RuleBook

# Tables that say how rows were made rather than what was read.
_ASIDE = ("rules_used",)


@dataclass(frozen=True, slots=True)
class Ablation:
    """One rule and how many of the documents read otherwise without it."""

    rule: str
    group: str
    changed: int


def ablate(documents: Sequence[Document], book: RuleBook,
           tell: Callable[[str, int, int], None] | None = None) -> tuple[Ablation, ...]:
    """Read every document without each rule; a rule whose loss changes nothing is dead weight there."""
    before = [_rows(d, book) for d in documents]
    rules = list(book.every_rule())
    out: list[Ablation] = []
    for number, (group, rule) in enumerate(rules, 1):
        lesser = book.without(rule.id)
        changed = sum(_rows(d, lesser) != rows for d, rows in zip(documents, before, strict=True))
        out.append(Ablation(rule.id, group, changed))
        if tell:
            tell(rule.id, number, len(rules))
    return tuple(out)


def _rows(document: Document, book: RuleBook) -> Mapping[str, list[dict[str, Any]]] | str:
    try:
        tables = parse_document(document, book).tables
    except LookupError as error:  # a rule that the reading cannot do without
        return repr(error)
    return {
        table: [{k: v for k, v in row.items() if k != "rule_id"} for row in rows]
        for table, rows in tables.items() if table not in _ASIDE
    }
