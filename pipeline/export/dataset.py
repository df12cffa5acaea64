"""A published set as the exports use it: tables with their descriptions, documents, articles, findings by row."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import regex

from pipeline.export.errors import ExportError
from pipeline.export.wording import words

Record = Mapping[str, Any]
# Columns that say where a row is from and how it was read; people look at the others.
TECHNICAL = ("row_id", "doc_id", "article_id", "seq", "span_start", "span_end", "line_first", "line_last", "page", "rule_id")
# A finding about more lines than this is about the document, not about each row of it.
_LONGEST_FINDING = 60
_GRAVE = ("error", "warning")
_END_OF_LABEL = regex.compile("[：，；]")


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its Arrow type by name, its descriptions and the header that people read."""

    name: str
    type: str
    zh: str
    en: str
    header: str


@dataclass(frozen=True, slots=True)
class TableData:
    """A table of the set with all its rows."""

    name: str
    zh: str
    en: str
    fields: tuple[Field, ...]
    rows: tuple[Record, ...]

    @property
    def label(self) -> str:
        """The table's name for people.

        >>> TableData("lines", "行账：每个非空行恰好一次", "", (), ()).label
        '行账'
        """
        return _label(self.zh) or self.name


@dataclass(slots=True)
class PublishedSet:
    """One complete set, read once. ``alone`` are the documents that hold a single article."""

    folder: Path
    name: str
    tables: Mapping[str, TableData]
    documents: Mapping[str, Record]
    articles: Mapping[str, Record]
    alone: frozenset[str]
    _of_row: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    _of_line: Mapping[tuple[str, int], Sequence[Record]] = field(default_factory=dict)

    def rows(self, table: str) -> tuple[Record, ...]:
        """The rows of a table; none where the set has no such table."""
        return self.tables[table].rows if table in self.tables else ()

    def document(self, row: Record) -> Record:
        """The document that a row is from."""
        return self.documents[row["doc_id"]]

    def article(self, row: Record) -> Record | None:
        """The article that a row is from."""
        return self.articles.get(row.get("article_id") or "")

    def year(self, row: Record) -> int | None:
        """The year of a row's article."""
        article = self.article(row)
        return article["year"] if article else None

    def grave(self, table: str, row: Record) -> list[Record]:
        """The errors and warnings about a row: those that name it, stand in it, or concern a value that it inherits."""
        if table == "findings":
            return [row] if row["severity"] in _GRAVE else []
        if "row_id" not in row:
            return []
        found = {f["row_id"]: f for f in self._of_row.get(row["row_id"], ())}
        if row["line_last"] - row["line_first"] <= _LONGEST_FINDING or table == "articles":
            for line in range(row["line_first"], row["line_last"] + 1):
                for f in self._of_line.get((row["doc_id"], line), ()):
                    if f["row_id"] not in found and _meets(f, table, row["span_start"], row["span_end"]):
                        found[f["row_id"]] = f
        for evidence, column in _evidence(row):
            for f in self._of_line.get((row["doc_id"], -1 - evidence["span_start"]), ()):
                if f["column"] == column and f["table"] in (None, table):
                    found[f["row_id"]] = f
        return sorted(found.values(), key=lambda f: (f["severity"], f["seq"]))


def _evidence(row: Record) -> list[tuple[Mapping[str, int], str]]:
    return [(value, name.removesuffix("_evidence")) for name, value in row.items() if value and name.endswith("_evidence")]


def _meets(finding: Record, table: str, start: int, end: int) -> bool:
    if finding["about_row_id"] or finding["table"] not in (None, table, "lines"):
        return False
    return bool(finding["span_start"] < end and start < finding["span_end"])


def read_set(folder: Path) -> PublishedSet:
    """Read a published set; FileNotFoundError where the folder is none, :class:`ExportError` where a file of it is damaged."""
    import pyarrow as pa

    manifest = folder / "manifest.json"
    if not manifest.is_file():
        raise FileNotFoundError(f"{folder} 不是已发布的一套表 / {folder} is not a published set: run hongzhi run, or name --set")
    try:
        files = json.loads(manifest.read_text("utf-8"))["files"]
        tables = {name: _read_table(folder, name) for name in files}
    except (ValueError, KeyError, OSError, pa.ArrowInvalid) as error:
        raise ExportError(f"{folder} 的文件已损坏 / a file of {folder} is damaged: {error}. Run hongzhi run --fresh") from None
    documents = {d["doc_id"]: d for d in tables["documents"].rows}
    articles = {a["row_id"]: a for a in tables["articles"].rows}
    counts = Counter(a["doc_id"] for a in articles.values())
    by_row, by_line = _indexed(tables["findings"].rows)
    return PublishedSet(folder, folder.resolve().name, tables, documents, articles,
                        frozenset(d for d, n in counts.items() if n == 1), by_row, by_line)


def _indexed(findings: Sequence[Record]) -> tuple[Mapping[str, Sequence[Record]], Mapping[tuple[str, int], Sequence[Record]]]:
    """Errors and warnings by the row they name and by the lines they touch.

    Those about a column stand under the place where that column's value is printed too (a negative key), for the rows that
    inherit it from there.
    """
    by_row: dict[str, list[Record]] = defaultdict(list)
    by_line: dict[tuple[str, int], list[Record]] = defaultdict(list)
    for f in findings:
        if f["severity"] not in _GRAVE:
            continue
        if f["about_row_id"]:
            by_row[f["about_row_id"]].append(f)
        elif f["span_start"] is not None and f["line_last"] - f["line_first"] <= _LONGEST_FINDING:
            for line in range(f["line_first"], f["line_last"] + 1):
                by_line[f["doc_id"], line].append(f)
            if f["column"]:
                for at in range(f["span_start"], min(f["span_end"], f["span_start"] + 200)):
                    by_line[f["doc_id"], -1 - at].append(f)
    return by_row, by_line


def _read_table(folder: Path, name: str) -> TableData:
    import pyarrow.parquet as pq

    file = pq.ParquetFile(folder / name / "part-0.parquet")
    schema = file.schema_arrow
    told = {k.decode(): v.decode() for k, v in (schema.metadata or {}).items()}
    found: list[Field] = []
    for entry in schema:
        said = {k.decode(): v.decode() for k, v in (entry.metadata or {}).items()}
        zh = said.get("description_zh", entry.name)
        found.append(Field(entry.name, str(entry.type), zh, said.get("description_en", entry.name), zh))
    headers = _headers(found)
    fields = tuple(Field(f.name, f.type, f.zh, f.en, headers[f.name]) for f in found)
    rows = tuple(file.read().to_pylist())
    return TableData(name, told.get("description_zh", name), told.get("description_en", name), fields, rows)


def _label(description: str) -> str:
    return _END_OF_LABEL.split(description, 1)[0]


def _headers(fields: Sequence[Field]) -> dict[str, str]:
    """A header for each column, no two the same."""
    own, sheet = words("headers"), words("sheet")
    out: dict[str, str] = {}
    for f in fields:
        header = str(own.get(f.name) or _label(f.zh))
        for suffix, form in (("_origin", sheet["origin"]), ("_evidence", sheet["evidence"])):
            base = f.name.removesuffix(suffix)
            if base != f.name and base in out:
                header = form.format(name=out[base])
        taken = {h.casefold() for h in out.values()}
        out[f.name] = f"{header}（{f.name}）" if header.casefold() in taken else header
    return out


def labels(table: str, column: str) -> Mapping[str, str]:
    """The words that people read for the codes of a column; empty where its values are printed ones.

    >>> labels("schools", "city_origin")["inherited"], labels("plan_targets", "kind")["target"], labels("schools", "school")
    ('承上', '目标', {})
    """
    known = words("values")
    found = known.get(f"{table}.{column}") or known.get("origin" if column.endswith("_origin") else column)
    return found if isinstance(found, Mapping) else {}


def shown(value: Any, codes: Mapping[str, str]) -> str | int | float | None:
    """A value as people read it: numbers stay numbers where they are exact, everything else is text.

    >>> shown(Decimal("150000000.000000000"), {}), shown(["甲", "乙"], {}), shown(True, {}), shown(date(2013, 1, 5), {})
    (150000000, '甲、乙', '是', '2013-01-05')
    >>> shown({"span_start": 3, "span_end": 9}, {}), shown("target", {"target": "目标"})
    ('3–9', '目标')
    """
    if value is None or isinstance(value, str):
        return codes.get(value, value) if value is not None else None
    if isinstance(value, bool):
        return str(words("sheet")["yes" if value else "no"])
    if isinstance(value, int | float):
        return value
    if isinstance(value, Decimal):
        exact = value.normalize()
        # A spreadsheet keeps 15 digits.
        if len(exact.as_tuple().digits) > 15:
            return f"{exact:f}"
        return int(exact) if exact == exact.to_integral_value() else float(exact)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict) and set(value) == {"span_start", "span_end"}:
        return f"{value['span_start']}–{value['span_end']}"
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return "、".join(value)
    return json.dumps(value, ensure_ascii=False)
