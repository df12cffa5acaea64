"""Words, colours and names from ``rules/report.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pipeline.paths import rules_dir

_COLOUR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Said:
    """One thing in two languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class TableLook:
    """How a table is named and coloured, and the columns whose first value names a row."""

    zh: str
    en: str
    colour: str
    main: tuple[str, ...]


@cache
def _source() -> dict[str, Any]:
    return tomllib.loads((rules_dir() / "report.toml").read_text("utf-8"))


def said(section: str, key: str, **params: object) -> Said:
    """The wording of a key; the key itself where nothing is written for it (a role that a new rule brings).

    >>> said("words", "line", n=3)
    Said(zh='第 3 行', en='line 3')
    """
    entry = _source()[section].get(key)
    if entry is None:
        return Said(key, key)
    return Said(entry["zh"].format(**params) if params else entry["zh"], entry["en"].format(**params) if params else entry["en"])


def keys(section: str) -> tuple[str, ...]:
    """The keys that a section has words for."""
    return tuple(_source()[section])


def look(name: str) -> str:
    """A colour by name.

    >>> look("accent").startswith("#")
    True
    """
    return _checked(_source()["look"][name])


def series() -> tuple[str, ...]:
    """The colours of a chart's series, in turn."""
    return tuple(_checked(colour) for colour in _source()["look"]["series"])


def table_looks(tables: tuple[str, ...], described: Mapping[str, Said]) -> dict[str, TableLook]:
    """The look of every table of rows; one that the file does not name gets its own description and a spare colour."""
    out: dict[str, TableLook] = {}
    spare = [_checked(colour) for colour in _source()["look"]["spare"]]
    unknown = [name for name in tables if name not in _source()["tables"]]
    for name in tables:
        entry = _source()["tables"].get(name)
        if entry:
            out[name] = TableLook(entry["zh"], entry["en"], _checked(entry["colour"]), tuple(entry["main"]))
        else:
            words = described.get(name, Said(name, name))
            out[name] = TableLook(words.zh, words.en, spare[unknown.index(name) % len(spare)], ())
    return out


@cache
def genre_names() -> dict[str, Said]:
    """The genres by name; English is the name itself."""
    out: dict[str, Said] = {}
    for path in sorted((rules_dir() / "genres").glob("*.toml")):
        head = tomllib.loads(path.read_text("utf-8"))["genre"]
        out[head["name"]] = Said(head["zh"], head["name"].replace("_", " "))
    return out


def coded_value(column: str, value: str) -> Said | None:
    """What a value of a column of codes means; None for a value that is no code.

    >>> coded_value("qualifier", "ge")
    Said(zh='不少于', en='at least')
    >>> coded_value("school", "ge") is None
    True
    """
    if column == "genre":
        return genre_names().get(value)
    entry = _source()["codes"].get(column, {}).get(value)
    return Said(entry["zh"], entry["en"]) if entry else None


@cache
def finding_names() -> dict[str, Said]:
    """What each code of a finding says, with its blanks open.

    >>> finding_names()["continued_on"].zh
    '文字转至第…版'
    """
    entries = tomllib.loads((rules_dir() / "findings.toml").read_text("utf-8"))
    blank = re.compile(r"\{\w+\}")
    return {code: Said(blank.sub("…", entry["zh"]), blank.sub("…", entry["en"])) for code, entry in entries.items()}


def _checked(colour: str) -> str:
    # Colours go into a style sheet, where anything else could be more than a colour.
    if not _COLOUR.fullmatch(colour):
        raise ValueError(f"rules/report.toml: not a colour of the form #rrggbb: {colour!r}")
    return colour
