"""Rows of a list genre that needs no code of its own: the groups of its rules are its columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.genres.listing import Entry, Listing
from pipeline.ids import row_id
from pipeline.model import Claim, Provenance, Reading, Row
from pipeline.scope import Scope
from pipeline.values.numbers import parse_number


def rows(scope: Scope, entries: Sequence[Entry], listing: Listing) -> Reading:
    """One row an entry; a column without a group of its own is inherited from the headings."""
    out: list[Row] = []
    claims: list[Claim] = []
    for entry in entries:
        table = entry.genre.table
        identity = row_id(scope.document.doc_id, table, entry.span)
        values: dict[str, Any] = {}
        origins: dict[str, Provenance] = {}
        for column in entry.genre.columns:
            field = entry.fields.get(column.name)
            if field is None and column.name in entry.context:
                field = entry.context[column.name]
                origins[column.name] = Provenance("carried" if field.carried else "inherited", field.span)
            if field is not None:
                values[column.name] = _typed(scope.printed(field.span), field.value, column.type)
            elif column.name == "entry_no":
                values[column.name] = entry.no
        out.append(Row(table, identity, entry.span, entry.rule.id, values, origins, scope.article_id))
        claims.append(Claim(entry.span, "entry", entry.rule.id, identity))
        claims += [Claim(block.span, "attribute", rule.id, identity) for rule, block, _fields in entry.attributes]
    return Reading(tuple(out), tuple(claims))


def _typed(printed: str, folded: str, kind: str) -> Any:
    if kind == "string":
        return printed.strip()
    number = parse_number(folded.strip())
    if number is None:
        return None
    return number if kind.startswith("decimal") else int(number) if kind.startswith("int") else float(number)
