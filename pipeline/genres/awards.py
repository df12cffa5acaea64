"""Rows of award lists: works with their prize, and the people credited on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pipeline.genres.credits import Credits, read_credits
from pipeline.genres.listing import Entry, Field, Listing, Named, number_origin
from pipeline.ids import row_id
from pipeline.model import Claim, Finding, Provenance, Reading, Row, Span
from pipeline.resolve.places import places_in
from pipeline.scope import Scope
from pipeline.values.numbers import parse_ordinal
from pipeline.view import fold, match_key


def rows(scope: Scope, entries: Sequence[Entry], listing: Listing) -> Reading:
    """One row a work, one row a credited person; a work without author is kept and flagged."""
    out: list[Row] = []
    claims: list[Claim] = []
    findings: list[Finding] = []
    for entry in entries:
        work, people, found = _work(scope, entry)
        out += [work, *people]
        findings += found
        claims.append(Claim(entry.span, "entry", entry.rule.id, work.row_id))
        claims += [Claim(b.span, "credits", rule.id, work.row_id) for rule, b, _fields in entry.attributes]
    return Reading(tuple(out), tuple(claims), tuple(findings))


def _work(scope: Scope, entry: Entry) -> tuple[Row, list[Row], list[Finding]]:
    title = entry.fields["work_title"]
    identity = row_id(scope.document.doc_id, "awards", entry.span)
    values: dict[str, Any] = {"work_title": scope.printed(title.span).strip(), "entry_no": entry.no}
    origins = {"entry_no": number_origin(entry)}

    def inherit(column: str, field: Field | None, value: Any) -> None:
        if field is not None:
            values[column] = value
            origins[column] = Provenance("carried" if field.carried else "inherited", field.span)

    if scope.article.title:
        values["list_title"] = scope.printed(scope.article.title.span)
        origins["list_title"] = Provenance("inherited", scope.article.title.span)
    if scope.dated:
        values["year"] = scope.dated.year
        origins["year"] = Provenance("inherited", scope.dated.span)
    own_category, own_prize, own_form = (entry.fields.get(f) for f in ("category", "prize", "form"))
    category = own_category or entry.context.get("prize_category") or entry.context.get("category")
    prize = own_prize or entry.context.get("prize")
    for column, field, own in (("category", category, own_category), ("prize", prize, own_prize)):
        if own:
            values[column] = scope.printed(own.span)
            origins[column] = Provenance("stated", own.span)
        elif field:
            inherit(column, field, scope.printed(field.span))
    if own_form:
        values["form"] = scope.printed(own_form.span)
    declared = entry.context.get("declared_count")
    if declared and not declared.carried:
        inherit("declared_count", declared, parse_ordinal(declared.value))
    findings: list[Finding] = []
    if prize is None:
        findings.append(Finding("prize_missing", entry.span, {"title": values["work_title"]}, "awards", identity, "prize"))
    if entry.sets.get("odd"):
        findings.append(_about_title("title_without_marks", title, values, identity))
    elif "》" not in entry.block.text and not entry.sets.get("tabular"):
        findings.append(_about_title("title_unclosed", title, values, identity))
    credited = _credits(scope, entry)
    form = next((c.form for c in credited if c.form), None)
    if form:
        values["form"] = scope.printed(form)
    for part in credited:
        findings += [Finding("credit_unread", s, {"text": scope.printed(s)}, "awards", identity) for s in part.unread]
    people = _people(scope, entry, identity, credited, values, origins, findings)
    if not people:
        findings.append(Finding("work_without_author", entry.span, {"title": values["work_title"]}, "awards", identity, "author"))
    work = Row("awards", identity, entry.span, entry.rule.id, values, origins, scope.article_id)
    return work, people, findings


def _about_title(code: str, title: Field, values: dict[str, Any], identity: str) -> Finding:
    return Finding(code, title.span, {"title": values["work_title"]}, "awards", identity, "work_title")


def _credits(scope: Scope, entry: Entry) -> list[Credits]:
    out: list[Credits] = []
    block = entry.block
    title_at = block.text.find("《")
    for name in ("lead", "credits"):
        field = entry.fields.get(name)
        if field is None or not field.value.strip():
            continue
        bare = field.value.strip(" :")
        if name == "lead" and bare in scope.book.words["work_form"]:
            first = block.text.find(bare)
            out.append(Credits(block.view.source(first, first + len(bare)), (), None, ()))
            continue
        start = title_at - len(field.value) if name == "lead" else block.text.rfind(field.value)
        out.append(read_credits(block, start, start + len(field.value), scope.book))
    for named in entry.people:
        out.append(_cell_credits(scope, named))
    for _rule, other, fields in entry.attributes:
        start = other.text.find(fields["credits"].value)
        out.append(read_credits(other, start, start + len(fields["credits"].value), scope.book))
    return out


def _cell_credits(scope: Scope, named: Named) -> Credits:
    """The people of a cell; the label of the column is their role, the unit cell of the row their unit."""
    read = read_credits(named.cell, 0, len(named.cell.text), scope.book)
    labels = sorted(scope.book.words["role_label"], key=len, reverse=True)
    role = next((w for w in labels if match_key(named.label).startswith(w)), None)
    label = named.header if role else None
    unit = named.unit
    people = tuple(
        replace(p, role=role if role and p.labelled is None else p.role, labelled=p.labelled or label,
                unit=p.unit or (unit.span if unit else None)) for p in read.people
    )
    return replace(read, people=people)


def _people(scope: Scope, entry: Entry, work: str, credited: Sequence[Credits], values: dict[str, Any],
            origins: dict[str, Provenance], findings: list[Finding]) -> list[Row]:
    out: list[Row] = []
    for part in credited:
        for credit in part.people:
            above = credit.span.end <= entry.block.span.start  # a cell merged over several works names its people for each
            identity = row_id(scope.document.doc_id, "award_authors", credit.span, entry.block.span.start if above else 0)
            own: dict[str, Any] = {
                "award_id": work, "prize": values.get("prize"), "entry_no": entry.no, "author_order": len(out) + 1,
                "author": credit.name, "role": credit.role,
            }
            held: dict[str, Provenance] = {k: _from_work(origins[k]) for k in ("prize", "entry_no") if k in origins}
            held["author"] = Provenance("inherited" if above else "stated", credit.span)
            held["role"] = Provenance("stated", credit.labelled) if credit.labelled else Provenance("derived")
            if credit.unit:
                own["unit"] = scope.printed(credit.unit).strip()
                own["unit_place_code"] = _place_code(scope, own["unit"])
                within = _is_within(scope, credit.unit, credit.span, entry)
                held["unit"] = Provenance("stated" if within else "inherited", credit.unit)
            if credit.candidates:
                own["candidates"] = list(credit.candidates)
            if credit.doubt:
                findings.append(Finding(credit.doubt, credit.span, {"name": credit.name}, "award_authors", identity,
                                        "author", found=credit.name))
            span = Span(credit.span.start, credit.span.end)
            out.append(Row("award_authors", identity, span, entry.rule.id, own, held, scope.article_id))
        named = [c for c in part.people if c.name]
        if part.count is not None and part.count != len(named) and named:
            findings.append(Finding("people_count", named[-1].span, {"declared": str(part.count), "found": str(len(named))},
                                    "award_authors", expected=str(part.count), found=str(len(named))))
    return out


def _from_work(origin: Provenance) -> Provenance:
    return replace(origin, origin="inherited") if origin.origin == "stated" else origin


def _is_within(scope: Scope, unit: Span, name: Span, entry: Entry) -> bool:
    if scope.text.find("\n", min(unit.start, name.start), max(unit.end, name.end)) < 0:
        return True
    lines = [entry.block.span, *(b.span for _r, b, _f in entry.attributes)]
    return any(s.start <= unit.start < s.end and s.start <= name.start < s.end for s in lines)


def _place_code(scope: Scope, unit: str) -> str | None:
    """The code of the place a unit's name begins with, where that is certain."""
    found = places_in(scope.year).prefix(fold(unit), province=scope.province)
    place = found.county or found.city or found.province
    return place.code if place and not found.candidates else None
