"""Places as of a year: 上虞市(今绍兴市上虞区)."""

from __future__ import annotations

from functools import lru_cache

from pipeline.export.wording import words
from pipeline.resolve.places import Place, PlaceIndex, codes_now, places_in


@lru_cache(maxsize=20_000)
def as_of(name: str | None, code: str | None, since: int | None, year: int) -> str | None:
    """A place's name, followed in brackets by what it is in another year where that is something else.

    ``since`` is the year that ``name`` and ``code`` hold for. All successors are named where there are several; where the code
    or what became of it is not known, or the year is an earlier one, nothing is added.

    >>> as_of("上虞市", "330682", 2012, 2026), as_of("上虞市", "330682", 2012, 2012), as_of("诸暨市", "330681", 2012, 2026)
    ('上虞市(今绍兴市上虞区)', '上虞市', '诸暨市')
    >>> as_of("绍兴县", "330621", 2012, 2026), as_of("玉环县", "331021", 2014, 2026)
    ('绍兴县(今绍兴市越城区、柯桥区)', '玉环县(今玉环市)')
    """
    if not name or not code or (since is not None and year < since):
        return name
    today = places_in(year)
    found = [today.by_code[c] for c in codes_now(code, since, year) if c in today.by_code]
    if not found or (len(found) == 1 and not _changed(name, code, since, found[0], today)):
        return name
    said = words("place")
    return str(said["form"]).format(name=name, now=_listed(found, _city_then(code, since), today, said["joined"]))


def _changed(name: str, code: str, since: int | None, now: Place, today: PlaceIndex) -> bool:
    city = today.city_of(now)
    return now.name != name or (now.level == "county" and (city.name if city else None) != _city_then(code, since))


def _city_then(code: str, since: int | None) -> str | None:
    index = places_in(since)
    place = index.by_code.get(code)
    city = index.city_of(place) if place else None
    return city.name if city else None


def _listed(places: list[Place], city_then: str | None, today: PlaceIndex, joined: str) -> str:
    """The places, each under its city where that is needed to know it, a city only once."""
    out: list[str] = []
    before: str | None = None
    for place in places:
        city = today.city_of(place)
        named = city.name if city and place.level == "county" and (place.is_district or city.name != city_then) else None
        out.append(f"{named}{place.name}" if named and named != before else place.name)
        before = named
    return joined.join(out)
