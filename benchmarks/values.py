"""Values beside those of other libraries: cn2an for numerals, cpca and JioNLP for places, JioNLP for dates and money.

    pip install -e '.[test,bench]'
    python benchmarks/values.py

The forms are those of the tests' tables. Right, wrong (an answer that is not the right one) and missed (no answer) are
counted for each; where the right answer is none, any answer is wrong. Losses of ours are listed at the end.
"""

from __future__ import annotations

import contextlib
import io
import random
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
warnings.simplefilter("ignore")

from test_places import COUNTIES  # noqa: E402
from test_values import PERIODS, QUANTITIES, written  # noqa: E402

from pipeline.resolve.places import places_in  # noqa: E402
from pipeline.values.dates import periods  # noqa: E402
from pipeline.values.numbers import parse_number  # noqa: E402
from pipeline.values.quantities import quantities  # noqa: E402

Case = tuple[str, Any]
Reader = Callable[[str], Any]
HOMONYMS = ("鼓楼区", "城关区", "朝阳区", "西湖区", "新华区", "和平区", "城中区", "桥西区")
NO_NUMBERS = ("几", "若干", "三四百", "五百三百", "一二万三", "12,34")


def numerals() -> list[Case]:
    """Integers in four written forms, and texts that are no number."""
    draw = random.Random(4)
    numbers = [*range(0, 1000, 7), *(int(10 ** draw.uniform(3, 11)) for _ in range(300))]
    return [(form, n) for n in numbers for form in written(n)] + [(text, None) for text in NO_NUMBERS]


def places() -> list[Case]:
    """The counties of Zhejiang by their code of 2012, under their city and alone; homonyms without context have none."""
    index = places_in(2012)
    districts = [p for p in index.by_code.values() if p.city_code and p.level == "county"]
    known = {(index.by_code[p.city_code].name, p.name): p.code for p in districts if p.city_code}
    counties = [(f"浙江省{city}{county}", known[city, county]) for city, county in COUNTIES]
    return counties + [(f"{county}实验小学", None if _many(county) else known[city, county]) for city, county in COUNTIES] + [
        (f"{name}实验小学", None) for name in HOMONYMS]


def _many(name: str) -> bool:
    return sum(p.name == name for p in places_in(2012).by_code.values()) > 1


def dates() -> list[Case]:
    """Periods in a paper of 2013, as their first and last day."""
    return [(text, (first, last)) for text, first, last in PERIODS if first and last]


def money() -> list[Case]:
    """Sums of money among the quantities."""
    return [(text, float(found[0][1] or 0)) for text, found in QUANTITIES if len(found) == 1 and found[0][3] == "元"]


def ours_place(text: str) -> str | None:
    """The code of the county, or None where it is not certain."""
    found = places_in(2012).prefix(text + "实验小学")
    return found.county.code if found.county else None


def ours_period(text: str) -> tuple[str, str] | None:
    """First and last day of the one period."""
    found = periods(text, 2013)
    return (str(found[0].first), str(found[0].last)) if found else None


def ours_money(text: str) -> float | None:
    """The value of the one quantity."""
    found = quantities(text)
    return float(found[0].value) if found and found[0].value is not None else None


def readers() -> dict[str, dict[str, Reader]]:
    """Who reads what; the other libraries are imported here, as they print on import."""
    with contextlib.redirect_stdout(io.StringIO()):
        import cn2an
        import cpca
        import jionlp as jio

    def by_cpca(text: str) -> str | None:
        code = cpca.transform([text]).to_dict("records")[0]["adcode"]
        return code if code and not code.endswith("00") else None

    names = {(p.name, places_in(2026).by_code[p.city_code].name if p.city_code else ""): p.code
             for p in places_in(2026).by_code.values() if p.level == "county"}

    def by_jionlp(text: str) -> str | None:
        found = jio.parse_location(text)
        return names.get((found["county"], found["city"]), "no such code") if found["county"] else None

    def time_of(text: str) -> tuple[str, str] | None:
        found = jio.parse_time(text, time_base={"year": 2013})
        return tuple(str(t)[:10] for t in found["time"]) if found and isinstance(found.get("time"), list) else None

    def money_of(text: str) -> float | None:
        found = jio.ner.extract_money(text, with_parsing=True)
        value = found[0]["detail"]["num"] if found else None
        return float(value[0] if isinstance(value, list) else value) if value is not None else None

    return {
        "numerals": {"hongzhi": parse_number, "cn2an": lambda t: cn2an.cn2an(t, "smart")},
        "places": {"hongzhi": ours_place, "cpca": by_cpca, "JioNLP": by_jionlp},
        "dates": {"hongzhi": ours_period, "JioNLP": time_of},
        "money": {"hongzhi": ours_money, "JioNLP": money_of},
    }


def tally(reader: Reader, cases: Iterable[Case]) -> tuple[Counter[str], list[str]]:
    """How often the reader is right, wrong or silent, and what it got wrong."""
    counts: Counter[str] = Counter()
    losses: list[str] = []
    for text, want in cases:
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                got = reader(text)
        except Exception:  # a library that raises gives no answer
            got = None
        outcome = "right" if got == want else "missed" if got is None else "wrong"
        counts[outcome] += 1
        if outcome != "right":
            losses.append(f"{text}: {got}, not {want}")
    return counts, losses


def main() -> None:
    """Print one line for each kind of value and reader, then our losses."""
    tables = {"numerals": numerals(), "places": places(), "dates": dates(), "money": money()}
    lost: list[str] = []
    print(f"{'values':<10}{'reader':<10}{'right':>7}{'wrong':>7}{'missed':>8}")
    for kind, by in readers().items():
        for name, reader in by.items():
            counts, losses = tally(reader, tables[kind])
            print(f"{kind:<10}{name:<10}{counts['right']:>7}{counts['wrong']:>7}{counts['missed']:>8}")
            lost += [f"{kind}: {loss}" for loss in losses] if name == "hongzhi" else []
    print("\n".join(["", "losses of hongzhi:", *(lost or ["none"])]))


if __name__ == "__main__":
    main()
