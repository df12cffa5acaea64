"""Rows of school lists: honour, city and county from the heading, the name and the gazetteer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import regex

from pipeline.genres.listing import Entry, Field, Listing
from pipeline.ids import row_id
from pipeline.model import Claim, Finding, Origin, Provenance, Reading, Row, Span
from pipeline.resolve.places import Place, Resolution, codes_now, places_in
from pipeline.scope import Scope
from pipeline.values.numbers import parse_ordinal
from pipeline.view import fold

_YEAR = regex.compile(r"^\s*(?:(?:19|20)\d\d|[一二][〇零一二三四五六七八九]{3})\s*年度?")
_TAIL = regex.compile(r"(?:名单|名录|一览表|名册)(?:公示)?$|\([^()]*\)$")
_BATCH = regex.compile(r"^第[一二三四五六七八九十]{1,3}批(?:次)?")
_ACT = regex.compile(r"^.*?(?:关于)?(?:公布|命名|表彰|授予|认定|确认)(?:第[一二三四五六七八九十]+批)?")


def rows(scope: Scope, entries: Sequence[Entry], listing: Listing) -> Reading:
    """One row a school; what the print does not settle stays empty with candidates and a finding."""
    out: list[Row] = []
    claims: list[Claim] = []
    findings: list[Finding] = list(_structure(entries, listing))
    if scope.year is None:
        findings.append(Finding("year_unknown", entries[0].span, table="schools", column="city_code"))
    level = _level_of_groups(scope, listing)
    for entry in entries:
        row, found = _school(scope, entry, level)
        out.append(row)
        findings += found
        claims.append(Claim(entry.span, "entry", entry.rule.id, row.row_id))
    return Reading(tuple(out), tuple(claims), tuple(findings))


def _structure(entries: Sequence[Entry], listing: Listing) -> list[Finding]:
    findings: list[Finding] = []
    for heading in listing.headings:
        kind = heading.fields.get("group_kind")
        if kind and kind.value == "category" and heading.rule.level == "group":
            name = heading.fields["group_heading"]
            findings.append(Finding("group_not_a_place", heading.block.span, {"heading": name.value}, table="schools",
                                    column="group_heading", found=name.value))
    if not any("group_heading" in h.fields for h in listing.headings):
        return findings
    bare: list[Entry] = []
    for position, entry in enumerate(entries):
        if "group_heading" not in entry.context:
            bare.append(entry)
        is_last = position + 1 == len(entries) or "group_heading" in entries[position + 1].context
        if bare and is_last:
            span = Span(bare[0].span.start, bare[-1].span.end)
            findings.append(Finding("schools_before_group", span, {"count": str(len(bare))}, table="schools",
                                    column="group_heading", found=str(len(bare))))
            bare = []
    return findings


def _level_of_groups(scope: Scope, listing: Listing) -> str | None:
    """The level of places that the groups of the list are, where all clear ones agree: 绍兴 among cities is the city."""
    index = places_in(scope.year)
    headings = [h.fields["group_heading"].value for h in listing.headings if "group_heading" in h.fields]
    found = [index.exact(name, province=scope.province) for name in headings]
    levels = {"county" if r.county else "city" for r in found if r.county or r.city}
    return levels.pop() if len(levels) == 1 else None


def _school(scope: Scope, entry: Entry, level: str | None) -> tuple[Row, list[Finding]]:
    span = entry.fields["school"].span
    identity = row_id(scope.document.doc_id, "schools", span)
    values: dict[str, Any] = {"school": scope.printed(span).strip(), "entry_no": _entry_no(entry)}
    origins: dict[str, Provenance] = {}
    findings: list[Finding] = []

    def inherit(column: str, field: Field, value: Any) -> None:
        values[column] = value
        origins[column] = Provenance("carried" if field.carried else "inherited", field.span)

    title = scope.article.title
    if title:
        values["list_title"] = scope.printed(title.span)
        origins["list_title"] = Provenance("inherited", title.span)
    section = entry.fields.get("section_title") or entry.context.get("section_title")
    if section:
        inherit("section_title", section, scope.printed(section.span))
    honour = _honour(scope, section)
    if honour:
        values["honour"] = honour[0]
        origins["honour"] = Provenance("carried" if section and section.carried else "inherited", honour[1])
    else:
        findings.append(Finding("honour_unclear", span, {"school": values["school"]}, "schools", identity, "honour"))
    group = entry.context.get("group_heading")
    kind = entry.context.get("group_kind")
    place_kind = "none"
    if group:
        inherit("group_heading", group, scope.printed(group.span))
        place_kind = kind.value if kind else _kind_of(scope, group)
        inherit("group_kind", group, place_kind)
    else:
        values["group_kind"] = "none"
    declared = entry.context.get("declared_count")
    if declared and not declared.carried:
        inherit("declared_count", declared, parse_ordinal(declared.value))
    cell = entry.fields.get("place") or entry.context.get("place")
    found = _place(scope, entry, cell or (group if place_kind == "place" else None), identity, values, origins,
                   level)
    findings += found
    if entry.sets.get("odd"):
        findings.append(Finding("entry_unusual", span, {"text": values["school"]}, "schools", identity, "school"))
    values["stage"] = _stage(entry.fields["school"].value, scope)
    return Row("schools", identity, span, entry.rule.id, values, origins, scope.article_id), findings


def _entry_no(entry: Entry) -> int | None:
    printed = entry.fields.get("entry_no")
    return parse_ordinal(printed.value) if printed else None


def _kind_of(scope: Scope, group: Field) -> str:
    found = places_in(scope.year).exact(group.value, province=scope.province)
    return "place" if found.city or found.county or found.province or found.candidates else "category"


def _honour(scope: Scope, section: Field | None) -> tuple[str, Span] | None:
    """The honour as printed, without province, year, act and the word for list; None where several are named."""
    source: tuple[str, Span] | None = None
    if section:
        source = section.value, section.span
    elif scope.article.title:
        source = scope.article.title.text, scope.article.title.span
    if source is None:
        return None
    bodies = "|".join(regex.escape(w) for w in sorted(scope.book.words["org_end"], key=lambda w: -len(w)))
    text = regex.sub(rf"^[\p{{Han}}]{{0,24}}?(?:{bodies})(?=(?:19|20)\d\d年|关于)", "", source[0])
    text = _BATCH.sub("", _ACT.sub("", text))
    text = _YEAR.sub("", text)
    place = places_in(scope.year).prefix(text)
    text = _YEAR.sub("", text[place.end :] if place.province or place.city or place.county else text)
    text = regex.sub(r"的(?:通知|通报|决定|公示|公告)$", "", text)
    text = _TAIL.sub("", _TAIL.sub("", text)).strip(" :的")
    if not text or "、" in text or "和" in text or len(text) > 24:
        return None
    words = scope.book.words["honour_word"]
    if not any(text.endswith(w) for w in words):
        text = text.removesuffix("学校")  # 红十字会学校名单 lists schools; 示范学校 is itself the honour
    return (text, source[1]) if section or any(w in text for w in words) or text.endswith(("校", "学校")) else None


def _place(scope: Scope, entry: Entry, group: Field | None, identity: str, values: dict[str, Any],
           origins: dict[str, Provenance], level: str | None) -> list[Finding]:
    """Fill city and county; the heading gives the city, the name the county; a conflict leaves both readings."""
    index = places_in(scope.year)
    name = entry.fields["school"]
    heading = index.exact(group.value, province=scope.province, level=level) if group else Resolution()
    context_city = heading.city.code if heading.city else scope.city if not heading.candidates else None
    own = index.prefix(name.value, province=scope.province, city=context_city)
    name_evidence = entry.block.view.source(
        start := entry.block.text.find(name.value), start + max(own.end, 1)
    )
    findings: list[Finding] = []

    def put(column: str, place: Place, origin: Origin, evidence: Span) -> None:
        for key, value in ((column, place.name), (f"{column}_code", place.code)):
            values[key] = value
            # 湖州 as a heading shows the city, but its name is not printed in full.
            printed_in_full = place.name in fold(scope.text[evidence.start : evidence.end])
            origins[key] = Provenance(origin if printed_in_full else "derived", evidence)

    heading_city = heading.city
    county, city = own.county, own.city
    if heading_city and city and heading_city.code != city.code:
        values["candidates"] = [f"{heading_city.code} {heading_city.name}", f"{city.code} {city.name}"]
        findings.append(Finding("place_conflict", name.span, {"heading": heading_city.name, "name": city.name},
                                "schools", identity, "city", heading_city.name, city.name))
        return findings
    if city:
        printed = own.end and city.name in name.value[: own.end]
        put("city", city, "stated" if printed else "derived", name_evidence)
    elif heading_city and group:
        put("city", heading_city, "inherited", group.span)
    elif scope.city and scope.article.title and not heading.candidates:
        put("city", index.by_code[scope.city], "inherited", scope.article.title.span)
    if county:
        put("county", county, "stated" if county.name in name.value[: own.end] else "derived", name_evidence)
    elif heading.county and group:
        put("county", heading.county, "inherited", group.span)
    if values.get("county_code"):
        values["county_code_now"] = list(codes_now(values["county_code"], scope.year, scope.as_of))
    if own.candidates and not county:
        values["candidates"] = [f"{p.code} {p.name}" for p in own.candidates]
        findings.append(Finding(f"place_{own.reason}", name.span,
                                {"name": name.value, "candidates": "、".join(p.name for p in own.candidates[:6])},
                                "schools", identity, "county"))
    if heading.candidates and not city:
        values["candidates"] = [f"{p.code} {p.name}" for p in heading.candidates]
        findings.append(Finding("place_ambiguous", name.span, {"name": group.value if group else "", "candidates": "、".join(
            p.name for p in heading.candidates[:6])}, "schools", identity, "city"))
    if not values.get("city") and not values.get("county") and not findings:
        findings.append(Finding("place_unknown", name.span, {"name": name.value}, "schools", identity, "city"))
    return findings


def _stage(name: str, scope: Scope) -> str | None:
    """The stage that the name itself says, by the lexicon; None where it does not."""
    ends = scope.book.words["school_end"]
    bare = regex.sub(r"\([^()]*\)$", "", name)
    last = max((w for w in ends if bare.endswith(w)), key=len, default="")
    stages = {"stage_university": "高等院校", "stage_kindergarten": "幼儿园", "stage_primary": "小学",
              "stage_secondary": "中学", "stage_vocational": "中等职业学校"}
    return next((zh for key, zh in stages.items() if last in scope.book.words[key]), None)
