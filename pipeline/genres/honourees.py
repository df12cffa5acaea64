"""Rows of rolls: people with unit or role and post, and units honoured themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import regex

from pipeline.genres.listing import Entry, Field, Listing, number_origin
from pipeline.ids import row_id
from pipeline.model import Claim, Finding, Provenance, Reading, Row, Span
from pipeline.resolve.places import places_in
from pipeline.scope import Scope
from pipeline.values.names import is_name
from pipeline.values.numbers import parse_ordinal
from pipeline.view import fold

_NOTE = regex.compile(r"\s?\((?:女|男|[\p{Han}]{1,5}族|女[,、]\s?[\p{Han}]{1,5}族)\)\Z")
_PAIR = regex.compile(r"(?P<name>[^()]+)\((?P<unit>[^()]+)\)")


def rows(scope: Scope, entries: Sequence[Entry], listing: Listing) -> Reading:
    """One row a name or unit; the role or category in force is inherited with its place."""
    out: list[Row] = []
    claims: list[Claim] = []
    findings: list[Finding] = []
    for entry in entries:
        row, found = _honouree(scope, entry)
        out.append(row)
        findings += found
        claims.append(Claim(entry.span, "entry", entry.rule.id, row.row_id))
        claims += [Claim(b.span, "attribute", rule.id, row.row_id) for rule, b, _fields in entry.attributes]
    return Reading(tuple(out), tuple(claims), tuple(findings))


def _named(entry: Entry) -> tuple[Field, Field | None]:
    """The name and the unit of an entry, also where they were printed as one pair."""
    pair = entry.fields.get("pair")
    if pair is None:
        return entry.fields["name"], entry.fields.get("unit") or entry.context.get("unit")
    found = _PAIR.search(pair.value)
    if found is None:
        return pair, None
    start = entry.block.text.find(pair.value)
    view = entry.block.view
    return (
        Field(found["name"], view.source(start + found.start("name"), start + found.end("name"))),
        Field(found["unit"], view.source(start + found.start("unit"), start + found.end("unit"))),
    )


def _without_note(name: Field) -> Field:
    """A name without the remark that a list prints after it: 叶菁（女）."""
    found = _NOTE.search(name.value)
    if found is None:
        return name
    return Field(name.value[: found.start()], Span(name.span.start, name.span.end - (len(name.value) - found.start())))


def _category_of_title(scope: Scope) -> Field | None:
    """The one category that the title names: 先进集体名单."""
    title = scope.article.title
    if title is None:
        return None
    words = sorted(scope.book.words["roll_category"], key=lambda w: -len(w))
    found = list(regex.finditer("|".join(regex.escape(w) for w in words), title.text))
    if len(found) != 1:
        return None
    return Field(found[0][0], title.view.source(*found[0].span()))


def _honouree(scope: Scope, entry: Entry) -> tuple[Row, list[Finding]]:
    name, unit = _named(entry)
    name = _without_note(name)
    identity = row_id(scope.document.doc_id, "honourees", name.span)
    is_unit = bool(entry.sets.get("is_unit"))
    printed = scope.printed(name.span).strip()
    values: dict[str, Any] = {"name": printed if is_unit else "".join(printed.split()), "entry_no": entry.no}
    origins = {"entry_no": number_origin(entry)}
    findings: list[Finding] = []
    if scope.article.title:
        values["list_title"] = scope.printed(scope.article.title.span)
        origins["list_title"] = Provenance("inherited", scope.article.title.span)
    own = entry.fields.get("category") or entry.fields.get("section_title") or entry.fields.get("prize")
    category = own or next((entry.context[k] for k in ("category", "section_title", "prize") if k in entry.context), None)
    category = category or _category_of_title(scope)
    if own:
        values["category"] = scope.printed(own.span)
        origins["category"] = Provenance("stated", own.span)
    elif category:
        values["category"] = scope.printed(category.span)
        origins["category"] = Provenance("carried" if category.carried else "inherited", category.span)
    declared = entry.context.get("declared_count")
    if declared and not declared.carried:
        values["declared_count"] = parse_ordinal(declared.value)
        origins["declared_count"] = Provenance("inherited", declared.span)
    role = entry.fields.get("role") or entry.context.get("role")
    if role:
        values["role"] = "".join(scope.printed(role.span).split())
        origins["role"] = Provenance("stated" if "role" in entry.fields else "inherited", role.span)
    post = entry.fields.get("post") or entry.context.get("post")
    if post:
        values["post"] = scope.printed(post.span).strip()
        origins["post"] = Provenance("stated" if "post" in entry.fields else "inherited", post.span)
    if unit:
        values["unit"] = scope.printed(unit.span).strip()
        origins["unit"] = Provenance("inherited" if unit is entry.context.get("unit") else "stated", unit.span)
    place_of = values.get("unit") or (values["name"] if is_unit else None)
    if place_of:
        found = places_in(scope.year).prefix(fold(place_of), province=scope.province)
        place = found.county or found.city or found.province
        values["unit_place_code"] = place.code if place and not found.candidates else None
    if unit and entry.sets.get("unit_unsure"):
        findings.append(Finding("unit_or_post", unit.span, {"text": values["unit"]}, "honourees", identity, "unit",
                                found=values["unit"]))
    if not is_unit and not is_name(fold(values["name"])):
        findings.append(Finding("name_unusual", name.span, {"name": values["name"]}, "honourees", identity, "name",
                                found=values["name"]))
    return Row("honourees", identity, name.span, entry.rule.id, values, origins, scope.article_id), findings
