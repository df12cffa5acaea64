"""What a person types, read into terms, and the expression that the index is asked.

Words stand together unless told otherwise: all must be there. ``"…"`` (and “…”) is a phrase, ``OR`` joins the terms on its two
sides, ``-`` before a term leaves out what holds it, ``*`` after one lets its last word go on. Nothing that is typed can make
an error or reach the index as anything but words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import regex

from pipeline.search.words import GAP, tokens, trimmed, words

LONGEST = 1000
MOST_TERMS = 40
_PART = regex.compile(r'(?P<minus>[-－](?=\S))?(?:["“”＂](?P<phrase>[^"“”＂]*)["“”＂]?|(?P<word>[^\s"“”＂]+))(?P<star>[*＊])?')
_OR = frozenset({"OR", "|", "ＯＲ", "｜"})


class QueryError(ValueError):
    """A query that is too long, or that holds nothing to look for; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to look for: its ``tokens`` one after the other, or all of its ``words`` anywhere.

    ``prefix`` lets the last token go on (that of a Chinese word always may, for its characters stand alone).
    """

    tokens: tuple[str, ...]
    words: tuple[str, ...] = ()
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """Every group must be met by one of its terms, and none of ``without`` may be there."""

    typed: str
    groups: tuple[tuple[Term, ...], ...]
    without: tuple[Term, ...] = ()

    @property
    def terms(self) -> tuple[Term, ...]:
        """What is looked for, in order."""
        return tuple(term for group in self.groups for term in group)


def read_query(text: str) -> Query:
    """Read what was typed. Raises :class:`QueryError` where there is nothing to look for or too much.

    >>> [[t.tokens for t in group] for group in read_query('"红会" OR 学校 2013').groups]
    [[('红', '会'), ('学', '校')], [('2013',)]]
    """
    if len(text) > LONGEST:
        raise QueryError(f"查询超过 {LONGEST} 字，请缩短 / the query has more than {LONGEST} characters: shorten it")
    groups: list[list[Term]] = []
    without: list[Term] = []
    joined = False
    for part in _PART.finditer(text):
        if part["word"] in _OR:
            joined = True
            continue
        term = _term(part)
        if term is None:
            continue
        if part["minus"]:
            without.append(term)
        elif joined and groups:
            groups[-1].append(term)
        else:
            groups.append([term])
        joined = False
    if not groups:
        raise QueryError("没有可查的字词 / there is no word to look for")
    if sum(map(len, groups)) + len(without) > MOST_TERMS:
        raise QueryError(f"查询超过 {MOST_TERMS} 个词，请减少 / the query has more than {MOST_TERMS} words: use fewer")
    return Query(text, tuple(map(tuple, groups)), tuple(without))


def _term(part: regex.Match[str]) -> Term | None:
    phrase = part["phrase"] is not None
    typed = part["phrase"] if phrase else part["word"]
    star = bool(part["star"]) or (not phrase and typed.endswith(("*", "＊")))
    read = tuple(t.text for t in trimmed(tokens(typed)))
    if not read:
        return None
    # A phrase is meant as it stands; of a single word the characters already say all.
    apart = () if phrase or star or len(read) == 1 else tuple(dict.fromkeys(words(typed)))
    return Term(read, apart, star)


def expression(query: Query, *, context: bool) -> str:
    """The query in the language of the index (SQLite FTS5): only quoted words, column names and operators of ours.

    ``context`` says whether what a row takes from headings is enough by itself.
    """
    asked = [_any([_found(t, "{chars context}") for t in group]) for group in query.groups]
    if not context:
        asked.append(_any([_found(t, "{chars}") for t in query.terms]))
    whole = " AND ".join(asked)
    if query.without:
        return f"({whole}) NOT {_any([_phrase(t, '{chars context}') for t in query.without])}"
    return whole


def _any(parts: Sequence[str]) -> str:
    return "(" + " OR ".join(parts) + ")"


def _found(term: Term, columns: str) -> str:
    phrase = _phrase(term, columns)
    if not term.words:
        return phrase
    return "(" + phrase + " OR (" + " AND ".join(f"{{words}} : {_quoted([w])}" for w in term.words) + "))"


def _phrase(term: Term, columns: str) -> str:
    return f"{columns} : {_quoted(term.tokens)}" + (" *" if term.prefix and term.tokens[-1] != GAP else "")


def _quoted(said: Sequence[str]) -> str:
    return '"' + " ".join(said).replace('"', " ") + '"'
