"""Prose: paragraphs that no other table holds, so that nothing printed is lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.blocks import Block, join_cut
from pipeline.ids import row_id
from pipeline.model import Claim, Provenance, Reading, Row, Span
from pipeline.rules import Genre
from pipeline.scope import Scope


def read_prose(scope: Scope, genre: Genre) -> Reading:
    """Every block of the article as a paragraph, sentences cut by a page break joined."""
    blocks, lifted = join_cut(scope.text, scope.article.blocks)
    reading = paragraphs(scope, blocks, "body")
    claims = [Claim(b.span, "furniture", b.form_rule or "furniture.in_cut") for b in lifted]
    return Reading(reading.rows, (*claims, *reading.claims), reading.findings)


def paragraphs(scope: Scope, blocks: Sequence[Block], kind: str, section: Span | None = None) -> Reading:
    """One row a block, under the heading at ``section``; page furniture and salutations keep their own role."""
    rows: list[Row] = []
    claims: list[Claim] = []
    for block in blocks:
        if block.form == "furniture":
            claims.append(Claim(block.span, "furniture", block.form_rule or ""))
            continue
        identity = row_id(scope.document.doc_id, "paragraphs", block.span)
        values: dict[str, Any] = {
            "text": "".join(scope.printed(s) for s in block.spans),
            "kind": block.form if block.form in ("salutation", "addressee") else kind,
        }
        origins: dict[str, Provenance] = {}
        if section:
            values["section_title"] = scope.printed(section).strip()
            origins["section_title"] = Provenance("inherited", section)
        rows.append(Row("paragraphs", identity, block.span, block.form_rule or "prose.paragraph", values, origins,
                        scope.article_id))
        claims.append(Claim(block.span, values["kind"] if values["kind"] != "body" else "paragraph",
                            block.form_rule or "prose.paragraph", identity))
    return Reading(tuple(rows), tuple(claims))
