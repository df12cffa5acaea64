"""What one document may cost; over a limit it is refused by the name of the limit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from pipeline.ingest.errors import UnreadableDocument


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one document. ``seconds`` and ``memory`` hold in a worker process only.

    ``bytes``: size of the file. ``pages``: pages of a PDF or OFD, sheets of a workbook. ``expanded``: bytes that a packed
    file may grow to. ``ratio``: how many times a packed part of over a megabyte may grow. ``entries``: parts of a packed
    file. ``depth``: archives inside archives. ``pixels``: of one page image. ``seconds``: time of one document.
    ``memory``: bytes that a worker may take for one document, above what it holds when it begins.
    """

    bytes: int = 200_000_000
    pages: int = 3_000
    expanded: int = 500_000_000
    ratio: int = 300
    entries: int = 20_000
    depth: int = 2
    pixels: int = 60_000_000
    seconds: float = 300.0
    memory: int = 4_000_000_000


def limits_from(given: Iterable[str], base: Limits) -> Limits:
    """Limits with some set anew by ``name=number``; ValueError says which are known.

    >>> limits_from(["pages=10", "seconds=2.5"], Limits()).seconds
    2.5
    """
    known = {f.name: type(getattr(base, f.name)) for f in fields(base)}
    out: dict[str, Any] = {}
    for entry in given:
        name, _, number = entry.partition("=")
        try:
            out[name] = known[name](float(number))
        except (KeyError, ValueError, OverflowError):
            told = f"{entry}; NAME=NUMBER, {', '.join(known)}"
            raise ValueError(f"上限写法有误 / not a limit: {told}") from None
        if out[name] <= 0:
            raise ValueError(f"上限须大于零 / a limit must be above zero: {entry}")
    return replace(base, **out)


def over_limit(limit: str, allowed: float, found: object = None) -> UnreadableDocument:
    """The error of a document that is over the limit of this name.

    >>> str(over_limit("pages", 10, 12))
    '超过上限 pages：12 > 10 / over the limit pages: 12 > 10'
    """
    shown = f"{found} > {allowed:.15g}" if found is not None else f"{allowed:.15g}"
    return UnreadableDocument("over_limit", f"超过上限 {limit}：{shown}", f"over the limit {limit}: {shown}", limit)
