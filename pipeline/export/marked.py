"""Corrections that a person wrote into an exported workbook, read back into ``rules/corrections.jsonl``.

A line is taken only where the row still stands in the published set and the value that it corrects is the one that was
exported; every line that cannot be taken is reported with its cell. Nothing is written twice.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import regex

from pipeline.corrections import Correction, anchor, append, plain, read_corrections, typed
from pipeline.export.clean import fitted, visible
from pipeline.export.dataset import Field, PublishedSet, Record, TableData, labels, read_set, shown
from pipeline.export.errors import ExportError, needed
from pipeline.export.wording import words
from pipeline.export.workbook import FIELDS_SHEET, correctable, headers, proof
from pipeline.ingest.errors import UnreadableDocument
from pipeline.ingest.limits import Limits
from pipeline.ingest.package import open_package
from pipeline.values.dates import document_date

_CHUNK = 8
_LONGEST_NAME = 40
# A name and an equals sign after a mark that parts corrections: what a value cannot hold without doubt.
_ANOTHER = regex.compile(rf"[；;\n]\s*+(?P<name>[^=＝；;\n]{{1,{_LONGEST_NAME}}}+)[=＝]")


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of the workbook that could not be taken: its cell as 学校名单!H12, what was written there and why not."""

    cell: str
    written: str
    reason: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a workbook: ``added`` corrections, ``already`` those that had been made before."""

    added: tuple[Correction, ...]
    already: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Wish:
    """One correction as it was written."""

    cell: str
    written: str
    table: TableData
    row: Record
    field: Field
    value: str
    why: str


class _NotTaken(Exception):
    """Why a line cannot be taken, in the words of ``rules/export.toml``."""

    def __init__(self, code: str, **told: str) -> None:
        super().__init__(words("refused")[code].format(**told))


def import_corrections(path: Path, folder: Path, rules: Path, *, who: str, when: str, why: str | None = None,
                       dry_run: bool = False) -> Imported:
    """Read the corrections of a workbook that :func:`pipeline.export.export` wrote and add them to the rules folder.

    ``folder`` is the published set, ``why`` the ground where a line gives none. Raises :class:`ExportError` for a file that is no
    such workbook, FileNotFoundError where file, set or rules folder is missing, and CorrectionError.
    """
    if not rules.is_dir():
        raise FileNotFoundError(f"没有规则文件夹 {rules} / no rules folder {rules}: name it with --rules")
    data = read_set(folder)
    problems: list[Problem] = []
    wishes = list(_wishes(path, data, why, problems))
    known: dict[tuple[str, ...], list[Correction]] = {}
    for c in read_corrections(rules):
        known.setdefault(_anchor(c), []).append(c)
    added: list[Correction] = []
    already = 0
    twins = {name: Counter((r["doc_id"], r["span_start"], r["span_end"]) for r in data.rows(name))
             for name in {w.table.name for w in wishes}}
    for wish in wishes:
        try:
            made = _made(wish, data, who, when)
            before = known.setdefault(_anchor(made), [])
            if before and before[-1].corrected == made.corrected:
                already += 1
                continue
            _check(wish, made, data, before, twins[wish.table.name])
        except _NotTaken as error:
            problems.append(Problem(wish.cell, wish.written, str(error)))
            continue
        before.append(made)
        added.append(made)
    if not dry_run:
        for made in added:
            append(rules, made)
    return Imported(tuple(added), already, tuple(problems))


def _anchor(c: Correction) -> tuple[str, ...]:
    return c.document, c.table, c.column, c.prefix, c.quote, c.suffix


def _made(wish: _Wish, data: PublishedSet, who: str, when: str) -> Correction:
    value = _stored(wish.value, wish.table.name, wish.field)
    row, document = wish.row, data.document(wish.row)
    # As correction_of makes it, which reads the set anew for each.
    prefix, quote, suffix = anchor(document["text"], row["span_start"], row["span_end"])
    return Correction(row["doc_id"], document["source_path"], wish.table.name, wish.field.name, prefix, quote, suffix,
                      plain(row[wish.field.name]), value or None, row["rule_id"], who, wish.why, when)


def _stored(value: str, table: str, field: Field) -> str:
    """The value as the correction keeps it: a code for its word, a day as its date."""
    code = {zh: code for code, zh in labels(table, field.name).items()}.get(value)
    if code is not None or not value:
        return code or ""
    if field.type.startswith("date"):
        found = document_date(value)
        if found and found[0] == found[1]:
            return found[0].isoformat()
    try:
        typed(value, _kind(field))
    except (ValueError, InvalidOperation):
        raise _NotTaken("kind", value=value, column=field.header, type=field.type) from None
    return value


def _kind(field: Field) -> str:
    """The type's name as the schema has it, for that of Arrow."""
    for begins, kind in (("decimal", "decimal"), ("date", "date32"), ("list", "list<string>"), ("double", "float64")):
        if field.type.startswith(begins):
            return kind
    return field.type


def _check(wish: _Wish, made: Correction, data: PublishedSet, before: Sequence[Correction], twins: Mapping[Any, int]) -> None:
    """Refuse what could not be applied, or not to this row alone."""
    if any(c.published == made.published for c in before):
        raise _NotTaken("pending")
    if plain(typed(made.corrected, _kind(wish.field))) == made.published:
        raise _NotTaken("same")
    text = data.document(wish.row)["text"]
    whole = made.prefix + made.quote + made.suffix
    first = text.find(whole)
    if first < 0 or text.find(whole, first + 1) >= 0:
        raise _NotTaken("not_unique")
    if twins[wish.row["doc_id"], wish.row["span_start"], wish.row["span_end"]] > 1:
        raise _NotTaken("twins")


def _wishes(path: Path, data: PublishedSet, why: str | None, problems: list[Problem]) -> Iterator[_Wish]:
    book = _opened(path)
    try:
        known = headers(list(_values(book[FIELDS_SHEET]))[1:])
        for sheet in book.worksheets:
            if sheet.title in known:
                yield from _sheet_wishes(sheet, known[sheet.title], data, why, problems)
            elif sheet.title not in (FIELDS_SHEET, words("sheet")["about"]):
                problems.append(Problem(f"{sheet.title}!A1", "", words("refused")["other_sheet"]))
    finally:
        book.close()


def _opened(path: Path) -> Any:
    openpyxl = needed("openpyxl")
    if not path.is_file():
        raise FileNotFoundError(f"没有文件 {path} / no file {path}")
    told = f"{path} 不是红志导出的工作簿（.xlsx）/ is not a workbook that hongzhi exported"
    try:
        data = path.read_bytes()
        package = open_package(data, Limits())
        for entry in package.infolist():
            with package.open(entry) as part:
                if b"<!DOCTYPE" in part.read(2_000):
                    raise ExportError(f"{told}: {entry.filename}")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    except ExportError:
        raise
    except UnreadableDocument as error:
        raise ExportError(f"{told}: {error}") from None
    except Exception as error:  # the library raises whatever a damaged part makes it raise
        raise ExportError(f"{told}: {error}") from None
    if FIELDS_SHEET not in book.sheetnames:
        raise ExportError(f"{told}; 请另存为 .xlsx 且勿删除隐藏的工作表 / keep its hidden sheet and save it as .xlsx")
    return book


def _values(sheet: Any) -> Iterator[tuple[Any, ...]]:
    sheet.reset_dimensions()
    yield from sheet.iter_rows(values_only=True)


def _sheet_wishes(sheet: Any, known: Mapping[str, tuple[str, str]], data: PublishedSet, why: str | None,
                  problems: list[Problem]) -> Iterator[_Wish]:
    fields = dict(known.values())
    if "*correction" not in fields:
        return
    table = data.tables.get(fields["*correction"])
    rows = _values(sheet)
    at = {known[str(h)][0]: i for i, h in enumerate(next(rows, ())) if h is not None and str(h) in known}
    missing = [h for h, (name, _t) in known.items() if name in ("row_id", "*proof", "*correction", "*reason") and name not in at]
    if missing or table is None:
        told = "、".join(missing) or fields["*correction"]
        problems.append(Problem(f"{sheet.title}!A1", "", words("refused")["no_columns"].format(names=told)))
        return
    reader = _Reader(sheet.title, table, at, why, problems)
    for number, cells in enumerate(rows, 2):
        yield from reader.read(number, cells)


class _Reader:
    """Reads the lines of one sheet."""

    def __init__(self, title: str, table: TableData, at: Mapping[str, int], why: str | None, problems: list[Problem]) -> None:
        self._title, self._table, self._at, self._why, self._problems = title, table, at, why, problems
        self._rows = {r["row_id"]: r for r in table.rows}
        self._fields = correctable(table)
        self._names = {name: f for f in self._fields for name in (f.header, f.name)}
        self._codes = {f.name: labels(table.name, f.name) for f in self._fields}
        any_name = "|".join(regex.escape(n) for n in sorted(self._names, key=lambda n: (-len(n), n)))
        self._part = regex.compile(rf"(?:\A|[；;\n])\s*+(?P<name>{any_name})\s*+[=＝]")

    def _cell(self, column: str, number: int) -> str:
        return f"{self._title}!{needed('openpyxl.utils').get_column_letter(self._at[column] + 1)}{number}"

    def _said(self, cells: Sequence[Any], column: str) -> str:
        index = self._at[column]
        value = cells[index] if index < len(cells) else None
        return "" if value is None else str(value).strip()

    def read(self, number: int, cells: Sequence[Any]) -> Iterator[_Wish]:
        """The wishes of a line; what is wrong with it goes into the list of problems."""
        row_id, wanted = self._said(cells, "row_id"), self._said(cells, "*correction")
        cell = self._cell("*correction", number)
        row = self._rows.get(row_id)
        if row is None:
            if wanted:
                self._problems.append(Problem(cell, wanted, words("refused")["row_gone"]))
            return
        exported = self._said(cells, "*proof")
        now = proof(row, [f.name for f in self._fields])
        same_place = exported[:_CHUNK] == now[:_CHUNK]
        same = {f.name: same_place and len(exported) == len(now) and _chunk(exported, i) == _chunk(now, i)
                for i, f in enumerate(self._fields, 1)}
        self._look_for_edits(number, cells, row, same)
        if not wanted:
            return
        why = self._said(cells, "*reason") or self._why
        try:
            if wanted.startswith("="):
                raise _NotTaken("formula")
            if not why:
                raise _NotTaken("no_ground")
            for f, value in self._parts(wanted):
                yield self._judged(_Wish(cell, wanted, self._table, row, f, value, why), same[f.name])
        except _NotTaken as error:
            self._problems.append(Problem(cell, wanted, str(error)))

    def _judged(self, wish: _Wish, is_same: bool) -> _Wish:
        value = _stored(wish.value, self._table.name, wish.field)
        is_made = wish.field.name in (wish.row.get("corrected") or ()) and plain(
            wish.row[wish.field.name]) == plain(typed(value or None, _kind(wish.field)))
        if not is_same and not is_made:
            raise _NotTaken("changed", column=wish.field.header)
        return wish

    def _parts(self, wanted: str) -> list[tuple[Field, str]]:
        """列名=正确值, several parted by ；."""
        found = list(self._part.finditer(wanted))
        if not found or found[0].start() != 0:
            name = regex.split("[=＝]", wanted, maxsplit=1)[0][:_LONGEST_NAME]
            raise _NotTaken("unclear", name=name, names="、".join(f.header for f in self._fields))
        out = []
        for part, after in zip(found, [*found[1:], None], strict=True):
            value = wanted[part.end() : after.start() if after else len(wanted)].strip()
            other = _ANOTHER.search(value)
            if other:
                raise _NotTaken("no_column", name=other["name"].strip())
            out.append((self._names[part["name"]], value))
        if len({f.name for f, _v in out}) < len(out):
            raise _NotTaken("named_twice")
        return out

    def _look_for_edits(self, number: int, cells: Sequence[Any], row: Record, same: Mapping[str, bool]) -> None:
        """A cell that was changed itself is reported: it would be lost otherwise."""
        for f in self._fields:
            if f.name not in self._at or not same[f.name]:
                continue
            index = self._at[f.name]
            value = cells[index] if index < len(cells) else None
            if not _alike(value, shown(row[f.name], self._codes[f.name]), row):
                self._problems.append(Problem(self._cell(f.name, number), "" if value is None else str(value)[:80],
                                              words("refused")["edited"]))


def _chunk(told: str, number: int) -> str:
    return told[number * _CHUNK : (number + 1) * _CHUNK]


def _alike(found: Any, exported: Any, row: Record) -> bool:
    if isinstance(exported, str):
        exported = fitted(visible(exported), f"第{row.get('line_first', '')}行")[0]
        return _flat(found) == _flat(exported)
    if found is None or exported is None:
        return _flat(found) == _flat(exported)
    try:
        return Decimal(str(found)) == Decimal(str(exported))
    except InvalidOperation:
        return False


def _flat(value: Any) -> str:
    return "" if value is None else regex.sub(r"\s++|_x000D_", "", str(value))


