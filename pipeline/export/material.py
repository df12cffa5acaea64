"""The material of a 资料长编: rows sorted into the chapters of ``rules/compilation.toml``, by heading and date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pipeline.export.citations import footnote, place_in, source_of
from pipeline.export.dataset import PublishedSet, Record, labels, shown
from pipeline.export.modality import modality
from pipeline.export.naming import as_of
from pipeline.resolve.places import places_in

# Tables whose rows are material; the rest are the ledger of the reading.
_NOT_MATERIAL = frozenset({"documents", "articles", "lines", "findings", "rules_used", "award_authors"})


@dataclass(frozen=True, slots=True)
class Piece:
    """A row with what an export says of it; ``place`` is where it stands, for sorting."""

    table: str
    row: Record
    kind: str
    note: str
    checks: tuple[str, ...]
    place: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The pieces below one heading; ``headings`` are those that open here, with their level."""

    headings: tuple[tuple[int, str], ...]
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter as the file of chapters has it, with its groups in order."""

    title: str
    kind: str
    form: str
    columns: tuple[tuple[str, str], ...] = ()
    cite: str = ""
    groups: tuple[Group, ...] = field(default=())


class Sorter:
    """Sorts the rows of a set into chapters; places are named as of ``year``."""

    def __init__(self, data: PublishedSet, year: int) -> None:
        self.data, self.year = data, year
        self._authors: dict[str, list[Record]] = defaultdict(list)
        for row in data.rows("award_authors"):
            self._authors[row["award_id"]].append(row)
        self._cited: dict[tuple[str, str | None], str] = {}

    def cite(self, row: Record) -> str:
        """The footnote of a row: publication, issue, and its page and lines in the file."""
        key = (row["doc_id"], row.get("article_id"))
        if key not in self._cited:
            source = source_of(self.data.document(row), self.data.article(row), alone=row["doc_id"] in self.data.alone)
            self._cited[key] = footnote(source)
        document = self.data.document(row)
        place = place_in(document["source_path"], row["page"], row["line_first"], row["line_last"])
        return f"{self._cited[key]}{place}。"

    def pieces(self) -> Iterator[Piece]:
        """Every row of material."""
        for name, table in self.data.tables.items():
            if name in _NOT_MATERIAL:
                continue
            for row in table.rows:
                checks = tuple(f["message_zh"] for f in self.data.grave(name, row))
                yield Piece(name, row, modality(name, row, self.data.article(row)), self.cite(row), checks, self._place(row))

    def _place(self, row: Record) -> tuple[Any, ...]:
        article = self.data.article(row) or {}
        dated: date | None = article.get("date")
        year = article.get("year") or (dated.year if dated else None)
        return (year is None, year or 0, dated is None, dated or date.min, self.data.document(row)["source_path"], row["doc_id"],
                row["span_start"], row["seq"])

    def value(self, piece: Piece, column: str) -> str:
        """What a table of the 资料长编 shows in a column."""
        made: Mapping[str, Callable[[Piece], str | None]] = {
            "county_today": lambda p: self.place_today(p, "county"), "city_today": lambda p: self.place_today(p, "city"),
            "unit_place_today": self._unit_place, "authors": self._credits, "check": lambda p: "；".join(p.checks),
        }
        if column in made:
            return made[column](piece) or ""
        found = shown(piece.row.get(column), labels(piece.table, column))
        return "" if found is None else str(found)

    def place_today(self, piece: Piece, level: str) -> str | None:
        """The city or county of a row, with what it is in the chosen year."""
        return as_of(piece.row.get(level), piece.row.get(f"{level}_code"), self.data.year(piece.row), self.year)

    def _unit_place(self, piece: Piece) -> str | None:
        return unit_place(piece.row.get("unit_place_code"), self.data.year(piece.row), self.year)

    def _credits(self, piece: Piece) -> str:
        """洪秀芳、李先根（象山县红十字会）；编辑：吴建华"""
        parts: list[tuple[str | None, str | None, list[str]]] = []
        for row in sorted(self._authors.get(piece.row["row_id"], ()), key=lambda r: (r["author_order"] or 0, r["seq"])):
            if not parts or parts[-1][:2] != (row["role"], row["unit"]):
                parts.append((row["role"], row["unit"], []))
            parts[-1][2].append(row["author"] or "")
        several = len({role for role, _unit, _names in parts}) > 1
        return "；".join(
            (f"{role}：" if role and several else "") + "、".join(names) + (f"（{unit}）" if unit else "")
            for role, unit, names in parts)


def unit_place(code: str | None, since: int | None, year: int) -> str | None:
    """The place that a unit's name begins with and what it is in ``year``; None where it is the same.

    >>> unit_place("330682", 2012, 2026), unit_place("330681", 2012, 2026)
    ('上虞市(今绍兴市上虞区)', None)
    """
    place = places_in(since).by_code.get(code or "")
    found = as_of(place.name, place.code, since, year) if place else None
    return found if place and found != place.name else None


def chapters(sorter: Sorter, outline: Mapping[str, Any]) -> tuple[Chapter, ...]:
    """The chapters that hold something, in the order of the outline; what none takes stands in the last."""
    wanted = outline["chapter"]
    taken: list[list[Piece]] = [[] for _ in wanted]
    left: list[Piece] = []
    for piece in sorter.pieces():
        home = next((i for i, c in enumerate(wanted) if piece.table in c["tables"] and piece.kind == c["modality"]), None)
        (left if home is None else taken[home]).append(piece)
    out = []
    for entry, pieces in zip(wanted, taken, strict=True):
        if pieces:
            columns = tuple((str(h), str(c)) for h, c in entry.get("columns", ()))
            groups = tuple(_groups(sorter, pieces, entry["group"], outline["headings"]))
            out.append(Chapter(entry["title"], entry["modality"], entry["form"], columns, entry.get("cite", ""), groups))
    left += _unread(sorter, outline["leftover_roles"])
    if left:
        groups = tuple(_groups(sorter, left, ("year", "article"), outline["headings"]))
        out.append(Chapter(outline["leftover"], "undetermined", "text", groups=groups))
    return tuple(out)


def _unread(sorter: Sorter, roles: Sequence[str]) -> list[Piece]:
    data = sorter.data
    return [Piece("lines", row, "undetermined", sorter.cite(row), (), sorter._place(row))
            for row in data.rows("lines") if row["role"] in roles]


def _groups(sorter: Sorter, pieces: Sequence[Piece], by: Sequence[str], words: Mapping[str, str]) -> Iterator[Group]:
    """The pieces by their headings, each heading once; unknown years and cities come last."""
    keyed: dict[tuple[Any, ...], list[Piece]] = defaultdict(list)
    for piece in pieces:
        keyed[tuple(_key(sorter, piece, name) for name in by)].append(piece)
    before: tuple[Any, ...] = ()
    for key in sorted(keyed, key=lambda k: tuple(part[0] for part in k)):
        changed = next((i for i, part in enumerate(key) if i >= len(before) or part != before[i]), len(key))
        opened = tuple((2 + i, _heading(by[i], key[i][1], words)) for i in range(changed, len(key)))
        before = key
        yield Group(opened, tuple(sorted(keyed[key], key=lambda p: p.place)))


def _key(sorter: Sorter, piece: Piece, name: str) -> tuple[tuple[Any, ...], str | None]:
    """What a heading sorts by, and what it shows."""
    row, data = piece.row, sorter.data
    article = data.article(row) or {}
    if name == "year":
        year = row.get("year") or article.get("year")
        return (year is None, year or 0), None if year is None else str(year)
    if name == "city":
        code, city = row.get("city_code"), sorter.place_today(piece, "city")
        return (city is None, code is None, code or "", city or ""), city
    title = (row.get("list_title") if name == "list" else None) or article.get("title")
    # Articles stand by their dates, and two of one title stay two.
    place = sorter._place(article) if article else piece.place[:6]
    return place, title


def _heading(name: str, value: str | None, words: Mapping[str, str]) -> str:
    return words[name].format(value=value) if value else words[f"unknown_{name}"]
