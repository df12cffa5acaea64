"""CSV for Excel and WPS, JSON Lines, and a DuckDB file with views."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipeline.corrections import plain
from pipeline.export.clean import for_csv, visible
from pipeline.export.dataset import TECHNICAL, PublishedSet, TableData, labels, shown
from pipeline.export.errors import ExportError, needed
from pipeline.export.material import Sorter
from pipeline.export.wording import views, words


def csv_of(data: PublishedSet, table: TableData, sorter: Sorter) -> bytes:
    """A table as CSV: UTF-8 with a byte order mark, Chinese headers, the source of each row; no cell is a formula.

    Codes are given as people read them. ``documents.text`` stands in the table ``lines``, line by line.
    """
    said = words("sheet")
    fields = [f for f in table.fields if (table.name, f.name) != ("documents", "text")]
    has_source = any(f.name == "line_first" for f in fields)
    if has_source:
        # What people read comes first, then where it is from.
        fields.sort(key=lambda f: f.name in TECHNICAL or f.name.endswith(("_origin", "_evidence")))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([for_csv(f.header) for f in fields] + ([said["source"], said["check"]] if has_source else []))
    codes = [labels(table.name, f.name) for f in fields]
    for row in table.rows:
        cells: list[Any] = []
        for f, known in zip(fields, codes, strict=True):
            value = shown(row[f.name], known)
            cells.append(for_csv(visible(value)) if isinstance(value, str) else value)
        if has_source:
            checks = "；".join(f["message_zh"] for f in data.grave(table.name, row))
            cells += [for_csv(visible(sorter.cite(row))), for_csv(visible(checks))]
        writer.writerow(cells)
    return out.getvalue().encode("utf-8-sig")


def jsonl_of(table: TableData) -> bytes:
    """A table as JSON Lines: every column as it is published; decimals and dates as text."""
    lines = (json.dumps(row, ensure_ascii=False, default=_json) for row in table.rows)
    return "".join(f"{line}\n" for line in lines).encode()


def _json(value: Any) -> Any:
    if isinstance(value, Decimal | date):
        return plain(value)
    raise TypeError(type(value).__name__)


def write_duckdb(data: PublishedSet, path: Path) -> None:
    """The set as a DuckDB file: its tables with comments from the data dictionary, and the views of ``rules/export.toml``.

    A view that speaks of a table the set does not have raises :class:`ExportError` with the view's name.
    """
    duckdb = needed("duckdb")
    with duckdb.connect(str(path)) as db:
        # The file of a set is read and nothing else: no extension is loaded, nothing is fetched.
        db.execute("SET autoinstall_known_extensions = false; SET autoload_known_extensions = false")
        for table in data.tables.values():
            source = _quoted(str((data.folder / table.name / "part-0.parquet").resolve()))
            name = _name(table.name)
            db.execute(f"CREATE TABLE {name} AS SELECT * FROM read_parquet({source})")
            db.execute(f"COMMENT ON TABLE {name} IS {_quoted(f'{table.zh} / {table.en}')}")
            for f in table.fields:
                db.execute(f"COMMENT ON COLUMN {name}.{_name(f.name)} IS {_quoted(f'{f.zh} / {f.en}')}")
        for view in views():
            try:
                db.execute(f"CREATE VIEW {_name(view['name'])} AS {view['sql']}")
                db.execute(f"COMMENT ON VIEW {_name(view['name'])} IS {_quoted(view['why'])}")
            except duckdb.Error as error:
                raise ExportError(f"视图“{view['name']}”有误 / the view of rules/export.toml is wrong: {error}") from None


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
