"""The ledger: every non-blank line exactly once, with what it was read as.

Guarantees: each physical line that is not blank gives one row; a line that no claim covers is
``unparsed`` with a finding; coverage counts the non-blank characters that claims cover.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.blocks import strip_span
from pipeline.ids import row_id
from pipeline.ingest.physical import LineIndex
from pipeline.model import Box, Claim, Document, Finding, Line, Row, Span


@dataclass(frozen=True, slots=True)
class Ledger:
    """The rows of ``lines``, the findings of unparsed stretches and the share of text covered."""

    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]
    coverage: float


def build_ledger(document: Document, lines: Sequence[Line], claims: Sequence[Claim]) -> Ledger:
    """Lay the claims over the lines; a claim that covers several lines counts on each of them."""
    ordered = sorted((c for c in claims if c.span.end > c.span.start), key=lambda c: (c.span.start, -c.span.end))
    longest = max((c.span.end - c.span.start for c in ordered), default=0)
    starts = [c.span.start for c in ordered]
    index = LineIndex.of(tuple(lines))
    begins, ends = [b.span.start for b in document.boxes], [b.span.end for b in document.boxes]
    rows: list[Row] = []
    findings: list[Finding] = []
    covered = total = 0
    for line in lines:
        span = strip_span(document.text, line.start, line.end)
        if span is None:
            continue
        here = _claims_on(span, ordered, starts, longest)
        segments, count = _segments(document.text, span, here)
        covered += count
        total += _non_blank(document.text, span)
        first = bisect_right(ends, span.start)
        boxes = document.boxes[first : bisect_left(begins, span.end, first)]
        rows.append(_row(document, line, span, segments, here, index, boxes))
        for segment in segments:
            if segment["role"] == "unparsed":
                where = Span(segment["span_start"], segment["span_end"])
                shown = document.text[where.start : where.end][:60]
                findings.append(Finding("unparsed", where, {"text": shown}, table="lines"))
    return Ledger(tuple(rows), tuple(findings), covered / total if total else 1.0)


def _claims_on(span: Span, ordered: Sequence[Claim], starts: Sequence[int], longest: int) -> list[Claim]:
    first = bisect_right(starts, span.start - longest - 1)
    last = bisect_right(starts, span.end - 1)
    return [c for c in ordered[first:last] if c.span.end > span.start]


def _non_blank(text: str, span: Span) -> int:
    return len("".join(text[span.start : span.end].split()))


def _segments(text: str, span: Span, claims: Sequence[Claim]) -> tuple[list[dict[str, Any]], int]:
    """The stretches of a line in order, the unclaimed ones too; and how many characters are claimed."""
    out: list[dict[str, Any]] = []
    covered = 0
    position = span.start
    for claim in claims:
        start, end = max(claim.span.start, position), min(claim.span.end, span.end)
        if start >= end:
            continue
        _gap(text, position, start, out)
        out.append({"span_start": start, "span_end": end, "role": claim.role, "claimed_by": claim.row_id})
        covered += _non_blank(text, Span(start, end))
        position = end
    _gap(text, position, span.end, out)
    # A separator between two entries of one line belongs to the list and is no lost text.
    return out, covered + sum(
        _non_blank(text, Span(s["span_start"], s["span_end"])) for s in out if s["role"] == "separator"
    )


_SEPARATORS = frozenset("、,，;；。.·:：()（）[]【】")


def _gap(text: str, start: int, end: int, out: list[dict[str, Any]]) -> None:
    left = strip_span(text, start, end)
    if left is None:
        return
    printed = set("".join(text[left.start : left.end].split()))
    role = "separator" if out and printed <= _SEPARATORS else "unparsed"
    out.append({"span_start": left.start, "span_end": left.end, "role": role, "claimed_by": None})


def _printed(boxes: Sequence[Box]) -> dict[str, Any]:
    """Where a line stands on its page, and how sure its characters are."""
    if not boxes:
        return {}
    sure = [b.confidence for b in boxes if b.confidence is not None]
    placed = [{"page": b.page, "x0": b.x0, "y0": b.y0, "x1": b.x1, "y1": b.y1} for b in boxes]
    return {"boxes": placed, "confidence": min(sure, default=None)}


def _row(document: Document, line: Line, span: Span, segments: Sequence[dict[str, Any]], claims: Sequence[Claim],
         index: LineIndex, boxes: Sequence[Box]) -> Row:
    roles = [s["role"] for s in segments if s["role"] != "separator"]
    first = next((s for s in segments if s["role"] not in ("separator", "unparsed")), segments[0])
    duplicate = next((c.duplicate_of for c in claims if c.duplicate_of), None)
    role = "unparsed" if all(r == "unparsed" for r in roles) else first["role"]
    values: dict[str, Any] = {
        "line_no": line.no,
        "text": document.text[line.start : line.end],
        "role": "duplicate" if duplicate and role not in ("running_head", "unparsed") else role,
        "claimed_by": first["claimed_by"],
        "duplicate_of": index.at(duplicate.start).no if duplicate else None,
        "segments": list(segments) if len(segments) > 1 else None,
        **_printed(boxes),
    }
    return Row("lines", row_id(document.doc_id, "lines", Span(line.start, line.end)), span, "ledger", values)
