"""A published set against hand-checked gold: precision and recall of rows, accuracy of fields, linked tuples.

Gold is a folder of ``TABLE.jsonl`` files, or of folders of them named after the document (its file name
without ending). A gold row holds only the fields that are checked; null means that the value must be empty.
Rows are matched by what they are about, whatever their order; width, spaces and outer 《》 do not count.
"""

from __future__ import annotations

import json
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.paths import rules_dir
from pipeline.view import match_key

# As alike as this, two values count as softly equal: a title with a lost mark, a name with its post.
SOFT = 0.8


class GoldError(Exception):
    """A gold folder that cannot be read; the message names the file and the line."""


@dataclass(frozen=True, slots=True)
class FieldScore:
    """One field over the matched rows: how many agree exactly, how many closely, and how many were asked."""

    right: int
    close: int
    support: int


@dataclass(frozen=True, slots=True)
class TableScore:
    """One table. ``hits`` agree in their key exactly, ``close`` counts those that are only alike too.

    ``tuples`` are the linked facts that are right, those of the gold and those published.
    """

    table: str
    expected: int
    found: int
    hits: int
    close: int
    fields: Mapping[str, FieldScore]
    tuples: tuple[int, int, int] | None
    misses: tuple[str, ...]

    @property
    def precision(self) -> float:
        """Share of the published rows that the gold has; 1 where nothing was published."""
        return self.hits / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of the gold's rows that were published; 1 where the gold has none."""
        return self.hits / self.expected if self.expected else 1.0


@cache
def _keys() -> Mapping[str, Any]:
    return tomllib.loads((rules_dir() / "score.toml").read_text("utf-8"))


def folded(value: Any) -> Any:
    """A value as it is compared: numbers by value, text without width, spaces and outer marks; empty is None.

    >>> folded("《 清明 》"), folded("２ 件"), folded(1.50), folded("")
    ('清明', '2件', Decimal('1.5'), None)
    """
    if value is None or value == "" or value == []:
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float, Decimal)):
        return Decimal(str(value)).normalize()
    if isinstance(value, (list, tuple)):
        return tuple(folded(v) for v in value)
    text = match_key(str(value))
    if text.startswith("《") and text.endswith("》") and text.count("《") == 1:
        text = text[1:-1]
    return text or None


def read_gold(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The gold rows by table; ``_source`` is the document they belong to, None for every document."""
    out: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for path in sorted(folder.rglob("*.jsonl")):
        source = path.parent.name if path.parent != folder else None
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise GoldError(f"{path}:{number}: 不是 JSON / not JSON: {error}. Mend the line") from None
            out[path.stem].append({**row, "_source": source})
    if not out:
        raise GoldError(f"{folder}: 没有 .jsonl 文件 / no .jsonl file. Name the files TABLE.jsonl")
    return dict(out)


def score(published: Mapping[str, Sequence[Mapping[str, Any]]],
          gold: Mapping[str, Sequence[Mapping[str, Any]]]) -> tuple[TableScore, ...]:
    """Score every table that the gold has; ``published`` is the rows of a set by table."""
    names = {d["doc_id"]: Path(d["source_path"]).stem for d in published.get("documents", ())}
    out = []
    for table, wanted in sorted(gold.items()):
        if table not in _keys()["keys"]:
            raise GoldError(f"{table}.jsonl: 没有这张表的比对字段 / no key fields for this table; there are: "
                            f"{', '.join(sorted(_keys()['keys']))}")
        rows = [{**r, "_source": names.get(r.get("doc_id"))} for r in published.get(table, ())]
        asked = {r["_source"] for r in wanted}
        rows = [r for r in rows if None in asked or r["_source"] in asked]
        out.append(_table(table, rows, wanted, published, gold, names))
    return tuple(out)


def _table(table: str, rows: Sequence[Mapping[str, Any]], wanted: Sequence[Mapping[str, Any]],
           published: Mapping[str, Sequence[Mapping[str, Any]]], gold: Mapping[str, Sequence[Mapping[str, Any]]],
           names: Mapping[str, str]) -> TableScore:
    keys = _keys()["keys"][table]
    exact, loose, left = _matched(keys, rows, wanted)
    fields: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    misses: list[str] = []
    for want, row in exact:
        for name, value in want.items():
            if name == "_source":
                continue
            right, close = _agree(value, row.get(name))
            tally = fields[name]
            tally[0] += right
            tally[1] += close
            tally[2] += 1
            if not right:
                misses.append(f"{_shown(keys, want)}: {name} is {row.get(name)!r}, not {value!r}")
    misses += [f"missing: {_shown(keys, w)}" for w in _without(wanted, [w for w, _r in exact])]
    is_open = table in _keys()["open"]["tables"]
    misses += [] if is_open else [f"extra: {_shown(keys, r)}" for r in left]
    tuples = _tuples(table, published, gold, names)
    found = len(exact) if is_open else len(rows)
    return TableScore(table, len(wanted), found, len(exact), len(exact) + len(loose),
                      {n: FieldScore(*t) for n, t in sorted(fields.items())}, tuples, tuple(misses))


_Pair = tuple[Mapping[str, Any], Mapping[str, Any]]


def _matched(keys: Sequence[str], rows: Sequence[Mapping[str, Any]],
             wanted: Sequence[Mapping[str, Any]]) -> tuple[list[_Pair], list[_Pair], list[Mapping[str, Any]]]:
    """Pairs of equal key, pairs of like key, and the rows that are left."""
    indexes: dict[tuple[str, ...], dict[tuple[Any, ...], list[Mapping[str, Any]]]] = {}
    taken: set[int] = set()
    exact: list[_Pair] = []
    unmatched: list[Mapping[str, Any]] = []
    for want in wanted:
        given = tuple(k for k in ("_source", *keys) if k in want and (k != "_source" or want[k]))
        index = indexes.get(given)
        if index is None:
            index = indexes[given] = defaultdict(list)
            for each in rows:
                index[_key(given, each)].append(each)
        row = next((r for r in index.get(_key(given, want), ()) if id(r) not in taken), None)
        if row is None:
            unmatched.append(want)
            continue
        taken.add(id(row))
        exact.append((want, row))
    left = [r for r in rows if id(r) not in taken]
    loose: list[_Pair] = []
    for want in unmatched:
        near = next((r for r in left if id(r) not in taken and _is_near(keys, want, r)), None)
        if near is not None:
            taken.add(id(near))
            loose.append((want, near))
    return exact, loose, left


def _key(keys: Sequence[str], row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(folded(row.get(k)) for k in keys)


def _is_near(keys: Sequence[str], want: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    return want["_source"] in (None, row["_source"]) and all(_agree(want[k], row.get(k))[1] for k in keys if k in want)


def _agree(want: Any, got: Any) -> tuple[bool, bool]:
    a, b = folded(want), folded(got)
    if a == b:
        return True, True
    close = isinstance(a, str) and isinstance(b, str) and SequenceMatcher(None, a, b, autojunk=False).ratio() >= SOFT
    return False, close


def _without(rows: Sequence[Mapping[str, Any]], matched: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    taken = {id(r) for r in matched}
    return (r for r in rows if id(r) not in taken)


def _shown(keys: Sequence[str], row: Mapping[str, Any]) -> str:
    return ", ".join(f"{k}={row.get(k)!r}" for k in keys)


def _tuples(table: str, published: Mapping[str, Sequence[Mapping[str, Any]]], gold: Mapping[str, Sequence[Mapping[str, Any]]],
            names: Mapping[str, str]) -> tuple[int, int, int] | None:
    """Linked facts (work, author, unit, prize): how many of the gold's are published, how many it has, how many are published."""
    spec = _keys()["tuples"].get(table)
    if spec is None:
        return None
    wanted = Counter(_facts(spec, gold.get(table, ()), gold.get(spec.get("parent", ""), ()), lambda r: r["_source"]))
    ours = Counter(_facts(spec, published.get(table, ()), published.get(spec.get("parent", ""), ()),
                          lambda r: names.get(r["doc_id"]) if None not in {g["_source"] for g in gold[table]} else None))
    ours = Counter({k: n for k, n in ours.items() if k[0] in {w[0] for w in wanted}})
    return sum((wanted & ours).values()), sum(wanted.values()), sum(ours.values())


def _facts(spec: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], parents: Sequence[Mapping[str, Any]],
           source: Any) -> Iterator[tuple[Any, ...]]:
    link = spec.get("link", [])
    above: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for parent in parents:
        above.setdefault((source(parent), *(folded(parent.get(k)) for k in link)), parent)
    for row in rows:
        parent = above.get((source(row), *(folded(row.get(k)) for k in link)), {}) if link else {}
        yield (source(row), *(folded(row.get(f, parent.get(f))) for f in spec["fields"]))
