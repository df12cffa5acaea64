"""Rules as data: load, expand, compile, check and hash the files under ``rules/``.

A rule is a TOML table with ``id``, ``why``, ``role``, ``pattern`` (which may use the shared
``$names`` of ``rules/lexicon.toml``), ``examples`` with the fields they give, and
``non_examples``. Patterns see folded text (see :mod:`pipeline.view`), so they are written with
half-width punctuation once.

Files: ``lexicon.toml`` (words and pattern parts), ``findings.toml`` (wordings), ``lines.toml``,
``blocks.toml``, ``titles.toml``, ``signatures.toml`` (rule groups used before the genre is known) and
``genres/*.toml``, one genre each, found by their presence alone.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import regex

from pipeline.corrections import FILE, Correction, CorrectionError, read_corrections
from pipeline.paths import rules_dir
from pipeline.view import fold

# Corrections concern single documents; the others say how published rows are shown, and change none.
_NOT_READING = (FILE, "report.toml", "export.toml", "compilation.toml", "score.toml")
_NAME = regex.compile(r"\$([a-z][a-z0-9_]*)")
_MATCH_MODES = ("full", "start", "search")
_RULE_KEYS = {"id", "why", "role", "pattern", "match", "examples", "non_examples", "sets", "weight", "at_most",
              "on", "level", "context", "each", "needs"}


class RuleError(Exception):
    """A rule file that cannot be used: says the file, the line, the rule and what to do."""

    def __init__(self, file: Path, line: int | None, rule: str | None, message: str, hint: str) -> None:
        self.file, self.line, self.rule, self.message, self.hint = file, line, rule, message, hint
        place = f"{file}:{line}" if line else str(file)
        about = f" [{rule}]" if rule else ""
        super().__init__(f"{place}{about}: {message}. {hint}")


class RulesChanged(Exception):
    """The rules were edited between their loading and the begin of a run."""


# Roles of list rules that are searched for in sentences; the others read a whole line, the first that fits.
TOLD_ROLES = ("prose", "prose_people", "declared")


@dataclass(frozen=True, slots=True)
class Example:
    """A text that a rule must match, and the named groups it must give."""

    text: str
    fields: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One compiled rule.

    ``sets`` are fixed values it adds; ``weight``, ``at_most`` and ``on`` count only for evidence.
    In a list, ``level`` is the heading level that the rule opens, ``context`` the groups that hold
    for what follows, ``each`` the group that is a list of entries in itself, and ``needs`` tests of
    a group, by the gazetteer (``place:group``) or the words of lists (``lexicon:group``, ``names:group``); ``lacks:group``
    holds where no heading in force gives that group.
    """

    id: str
    why: str
    role: str
    pattern: str
    match: str
    examples: tuple[Example, ...]
    non_examples: tuple[str, ...]
    sets: Mapping[str, Any]
    weight: float
    at_most: int
    on: str
    level: str
    context: tuple[str, ...]
    each: str
    needs: str
    file: Path
    line: int | None
    compiled: regex.Pattern[str] = field(repr=False, compare=False)

    def apply(self, folded: str, pos: int = 0) -> regex.Match[str] | None:
        """Match folded text in the rule's own mode, from ``pos`` on; None where it does not hold."""
        if self.match == "full":
            return self.compiled.fullmatch(folded, pos)
        if self.match == "start":
            return self.compiled.match(folded, pos)
        return self.compiled.search(folded, pos)


@dataclass(frozen=True, slots=True)
class GenreColumn:
    """A column that a genre file declares for a table of its own."""

    name: str
    type: str
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Genre:
    """A genre file: what speaks for it, how its text is shaped and which rules read it.

    ``shape`` names the engine (``list``, ``outline`` or ``prose``); ``levels`` orders the heading
    roles of a list from outer to inner, so that a heading ends the deeper ones. ``falls_back_to``
    names the list genres whose entries may stand under this genre's headings.
    """

    name: str
    zh: str
    shape: str
    table: str
    levels: tuple[str, ...]
    falls_back_to: tuple[str, ...]
    evidence: tuple[Rule, ...]
    rules: tuple[Rule, ...]
    columns: tuple[GenreColumn, ...]
    file: Path


@dataclass(frozen=True, slots=True)
class Wording:
    """How a finding is said."""

    severity: str
    zh: str
    en: str
    hint: str


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Everything under ``rules/`` that steers the reading, compiled.

    ``hash`` covers every file, ``reading_hash`` those that steer the reading of every document.
    """

    folder: Path
    hash: str
    reading_hash: str
    groups: Mapping[str, tuple[Rule, ...]]
    genres: tuple[Genre, ...]
    wordings: Mapping[str, Wording]
    words: Mapping[str, tuple[str, ...]]
    corrections: tuple[Correction, ...] = ()

    def genre(self, name: str) -> Genre:
        """The genre of that name; KeyError when no file declares it."""
        for genre in self.genres:
            if genre.name == name:
                return genre
        raise KeyError(name)

    @property
    def tables(self) -> Mapping[str, tuple[GenreColumn, ...]]:
        """Tables that genre files declare themselves, with their columns."""
        return MappingProxyType({g.table: g.columns for g in self.genres if g.columns})

    def without(self, rule_id: str) -> RuleBook:
        """The same book with one rule switched off."""

        def kept(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
            return tuple(r for r in rules if r.id != rule_id)

        groups = {name: kept(rules) for name, rules in self.groups.items()}
        genres = tuple(replace(g, evidence=kept(g.evidence), rules=kept(g.rules)) for g in self.genres)
        return replace(self, groups=MappingProxyType(groups), genres=genres)

    def every_rule(self) -> Iterable[tuple[str, Rule]]:
        """Each rule once, with the name of the group whose order it is tried in."""
        for name, rules in self.groups.items():
            for rule in rules:
                yield name, rule
        for genre in self.genres:
            for rule in genre.evidence:
                yield f"{genre.name}.evidence", rule
            for rule in genre.rules:
                yield genre.name, rule


@dataclass(frozen=True, slots=True)
class Problem:
    """What ``hongzhi rules check`` found wrong with one rule."""

    file: Path
    line: int | None
    rule: str
    message: str
    hint: str


def hash_folder(folder: Path, *, only_reading: bool = False) -> str:
    """SHA-256, in hex, over the names and bytes of every file below ``folder``, or of those alone that steer the reading."""
    digest = hashlib.sha256()
    left_out = [folder / name for name in _NOT_READING] if only_reading else []
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith(".") and p not in left_out):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def load_rules(folder: Path | None = None) -> RuleBook:
    """Load and compile a rules folder (the project's own by default).

    Raises :class:`RuleError` with file, line, rule and what to do. The result is cached by the
    content of the folder.
    """
    folder = folder or rules_dir()
    return _load(folder, hash_folder(folder), hash_folder(folder, only_reading=True))


@cache
def _load(folder: Path, digest: str, reading_digest: str) -> RuleBook:
    lexicon_file = folder / "lexicon.toml"
    lexicon = _read_toml(lexicon_file)
    words = {name: tuple(entry["list"]) for name, entry in lexicon.get("words", {}).items()}
    parts = {name: _alternation(listed) for name, listed in words.items()}
    parts.update(lexicon.get("patterns", {}))
    groups = {
        path.stem: _rules(path, _read_toml(path).get("rule", []), parts)
        for path in [folder / f"{name}.toml" for name in ("blocks", "columns", "damage", "lines", "signatures", "titles")]
    }
    genres = tuple(_genre(path, parts) for path in sorted((folder / "genres").glob("*.toml")))
    _reject_repeated_ids(folder, groups, genres)
    wordings = {
        code: _wording(folder / "findings.toml", code, entry)
        for code, entry in _read_toml(folder / "findings.toml").items()
    }
    return RuleBook(folder, digest, reading_digest, MappingProxyType(groups), genres, MappingProxyType(wordings),
                    MappingProxyType(words), _corrections(folder))


def _corrections(folder: Path) -> tuple[Correction, ...]:
    try:
        return read_corrections(folder)
    except CorrectionError as error:
        raise RuleError(folder / FILE, None, None, str(error), "Mend that line") from None


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise RuleError(path, None, None, "the file is missing", "Restore it from the project's rules folder") from None
    except tomllib.TOMLDecodeError as error:
        found = regex.search(r"line (\d+)", str(error))
        raise RuleError(path, int(found[1]) if found else None, None, f"not valid TOML: {error}",
                        "Mend the syntax; patterns are best written in ''' quotes") from None


def _alternation(words: Iterable[str]) -> str:
    # Longest first, or a short word would hide a longer one that starts with it.
    return "|".join(regex.escape(fold(w)) for w in sorted(words, key=lambda w: (-len(w), w)))


def _expand(pattern: str, parts: Mapping[str, str], seen: tuple[str, ...] = ()) -> str:
    """Replace each ``$name`` by its part; KeyError names an unknown one, RecursionError a circle."""

    def part(found: regex.Match[str]) -> str:
        name = found[1]
        if name in seen:
            raise RecursionError(name)
        return f"(?:{_expand(parts[name], parts, (*seen, name))})"

    return str(_NAME.sub(part, pattern))


def _line_of(path: Path, rule_id: str) -> int | None:
    needle = regex.compile(rf"""^\s*id\s*=\s*["']{regex.escape(rule_id)}["']""")
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if needle.match(line):
            return number
    return None


def _rules(path: Path, entries: list[dict[str, Any]], parts: Mapping[str, str]) -> tuple[Rule, ...]:
    return tuple(_rule(path, entry, parts) for entry in entries)


def _rule(path: Path, entry: dict[str, Any], parts: Mapping[str, str]) -> Rule:
    rule_id = entry.get("id")
    if not isinstance(rule_id, str) or not rule_id:
        raise RuleError(path, None, None, f"a rule has no id: {str(entry)[:80]}", 'Add id = "group.name"')
    line = _line_of(path, rule_id)

    def bad(message: str, hint: str) -> RuleError:
        return RuleError(path, line, rule_id, message, hint)

    unknown = set(entry) - _RULE_KEYS
    if unknown:
        raise bad(f"unknown key {', '.join(sorted(unknown))}", f"Known keys: {', '.join(sorted(_RULE_KEYS))}")
    for key in ("why", "pattern", "examples", "non_examples"):
        if key not in entry:
            raise bad(f"{key} is missing", "Every rule says why it is there and shows texts it does and does not fit")
    mode = entry.get("match", "full")
    if mode not in _MATCH_MODES:
        raise bad(f"match = {mode!r}", f"Use one of {', '.join(_MATCH_MODES)}")
    try:
        expanded = _expand(entry["pattern"], parts)
    except KeyError as error:
        raise bad(f"${error.args[0]} is not in lexicon.toml", "Add it there or mend the name") from None
    except RecursionError as error:
        raise bad(f"${error.args[0]} stands for itself", "Break the circle in lexicon.toml") from None
    try:
        compiled = regex.compile(expanded)
    except regex.error as error:
        raise bad(f"the pattern does not compile: {error}", "Mend the pattern; $ before a letter starts a name") from None
    return Rule(
        id=rule_id, why=entry["why"], role=entry.get("role", ""), pattern=expanded, match=mode,
        examples=tuple(_example(e, bad) for e in entry["examples"]), non_examples=tuple(entry["non_examples"]),
        sets=MappingProxyType(dict(entry.get("sets", {}))), weight=float(entry.get("weight", 0)),
        at_most=int(entry.get("at_most", 1)), on=entry.get("on", "line"),
        level=entry.get("level", ""), context=tuple(entry.get("context", ())), each=entry.get("each", ""),
        needs=entry.get("needs", ""), file=path, line=line, compiled=compiled,
    )


def _example(entry: Any, bad: Any) -> Example:
    if isinstance(entry, str):
        return Example(entry, MappingProxyType({}))
    if not isinstance(entry, dict) or "text" not in entry:
        raise bad("an example has no text", 'Write { text = "…", fields = { name = "…" } }')
    return Example(entry["text"], MappingProxyType(dict(entry.get("fields", {}))))


def _genre(path: Path, parts: Mapping[str, str]) -> Genre:
    data = _read_toml(path)
    head = data.get("genre")
    if not isinstance(head, dict) or not {"name", "zh", "shape", "table"} <= set(head):
        raise RuleError(path, None, None, "[genre] needs name, zh, shape and table", "See rules/genres/school_list.toml")
    if head["shape"] not in ("list", "outline", "prose"):
        raise RuleError(path, None, None, f"shape = {head['shape']!r}", "Use list, outline or prose")
    for column in data.get("column", []):
        if not {"name", "type", "en", "zh"} <= set(column):
            raise RuleError(path, None, None, f"a column needs name, type, en and zh: {column}", "Complete it")
    return Genre(
        name=head["name"], zh=head["zh"], shape=head["shape"], table=head["table"],
        levels=tuple(head.get("levels", ())), falls_back_to=tuple(head.get("falls_back_to", ())),
        evidence=_rules(path, data.get("evidence", []), parts),
        rules=_rules(path, data.get("rule", []), parts),
        columns=tuple(GenreColumn(c["name"], c["type"], c["en"], c["zh"]) for c in data.get("column", [])),
        file=path,
    )


def _wording(path: Path, code: str, entry: dict[str, str]) -> Wording:
    missing = {"severity", "zh", "en", "hint"} - set(entry)
    if missing or entry["severity"] not in ("error", "warning", "info"):
        raise RuleError(path, None, code, f"needs severity (error, warning, info), zh, en, hint; missing: {missing}",
                        "Complete the entry")
    return Wording(entry["severity"], entry["zh"], entry["en"], entry["hint"])


def _reject_repeated_ids(folder: Path, groups: Mapping[str, tuple[Rule, ...]], genres: tuple[Genre, ...]) -> None:
    seen: dict[str, Rule] = {}
    listed = [r for rules in groups.values() for r in rules]
    listed += [r for g in genres for r in (*g.evidence, *g.rules)]
    for rule in listed:
        if rule.id in seen:
            raise RuleError(rule.file, rule.line, rule.id, f"the id is used in {seen[rule.id].file.name} too",
                            "Give each rule an id of its own")
        seen[rule.id] = rule


def check_rules(book: RuleBook) -> tuple[Problem, ...]:
    """Try every example and non-example, both ways.

    An example must be matched by its own rule with the fields it lists, and must not be taken by
    a rule that is tried earlier in the same group; a non-example must not be matched.
    """
    problems: list[Problem] = []
    earlier: dict[str, list[Rule]] = {}
    for group, rule in book.every_rule():
        before = earlier.setdefault(group, [])
        problems += [Problem(rule.file, rule.line, rule.id, m, h) for m, h in _rule_problems(rule, before, group)]
        before.append(rule)
    return tuple(problems)


def _rule_problems(rule: Rule, before: list[Rule], group: str) -> Iterable[tuple[str, str]]:
    if not rule.examples:
        yield "has no example, so nothing exercises it", "Add at least one example"
    for example in rule.examples:
        found = rule.apply(fold(example.text))
        if found is None:
            yield f"does not match its example {example.text!r}", "Mend the pattern or the example"
            continue
        given = found.groupdict()
        for name, want in example.fields.items():
            got = rule.sets.get(name, given.get(name))
            if (got or None) != (fold(want) if want else None):
                yield f"example {example.text!r} gives {name} = {got!r}, not {want!r}", "Mend the pattern or the field"
        # A column is chosen by its label and what sentences tell is searched for: neither by order.
        if group != "columns" and not group.endswith(".evidence") and rule.role not in TOLD_ROLES:
            for other in before:
                if not other.needs and other.role not in TOLD_ROLES and other.apply(fold(example.text)):
                    yield f"example {example.text!r} is taken by {other.id}", "Change the order or narrow that rule"
    for text in rule.non_examples:
        if rule.apply(fold(text)):
            yield f"matches its non-example {text!r}", "Narrow the pattern"
