"""Exports of a published set: workbook, CSV, 资料长编, 大事记, DuckDB, JSON Lines; and corrections read back from the workbook.

Each file is written beside its place and then moved there, so that a reader never meets half of one. Libraries of the extra
``export`` are imported when a format needs them.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from pipeline.export.dataset import PublishedSet, read_set
from pipeline.export.errors import ExportError
from pipeline.export.wording import chapters_from, words
from pipeline.resolve.places import LAST_YEAR

FORMATS = ("xlsx", "csv", "docx", "chronicle", "duckdb", "jsonl")


def export(formats: Iterable[str], folder: Path, out: Path, *, as_of: int = LAST_YEAR,
           outline: Path | None = None) -> tuple[Path, ...]:
    """Write a published set in the formats named (see :data:`FORMATS`) under ``out``; returns the files.

    ``as_of`` is the year whose places stand in brackets, ``outline`` another file of chapters. Raises FileNotFoundError where
    ``folder`` is no set, :class:`ExportError` for a format that is not known or a file that cannot be written, and
    :class:`~pipeline.export.errors.MissingExtra`.
    """
    wanted = list(dict.fromkeys(formats))
    unknown = [f for f in wanted if f not in FORMATS]
    if unknown or not wanted:
        told = ", ".join(unknown) or "（未指定）"
        raise ExportError(f"没有格式 {told} / no such format; 可选 / choose from: {', '.join(FORMATS)}")
    chapters = chapters_from(outline)
    data = read_set(folder)
    makers: Mapping[str, Callable[[], list[Path]]] = {
        "xlsx": lambda: _xlsx(data, out, as_of), "csv": lambda: _csv(data, out, as_of), "jsonl": lambda: _jsonl(data, out),
        "docx": lambda: _docx(data, out, as_of, chapters), "chronicle": lambda: _chronicle(data, out, as_of, chapters),
        "duckdb": lambda: _duckdb(data, out),
    }
    return tuple(path for name in wanted for path in makers[name]())


def _xlsx(data: PublishedSet, out: Path, as_of: int) -> list[Path]:
    from pipeline.export.workbook import workbook

    return [_write(out / words("files")["xlsx"], workbook(data, as_of))]


def _csv(data: PublishedSet, out: Path, as_of: int) -> list[Path]:
    from pipeline.export.material import Sorter
    from pipeline.export.plainfiles import csv_of

    sorter = Sorter(data, as_of)
    to = out / words("files")["csv"]
    return [_write(to / f"{name}.csv", csv_of(data, table, sorter)) for name, table in data.tables.items()]


def _jsonl(data: PublishedSet, out: Path) -> list[Path]:
    from pipeline.export.plainfiles import jsonl_of

    return [_write(out / words("files")["jsonl"] / f"{name}.jsonl", jsonl_of(table)) for name, table in data.tables.items()]


def _docx(data: PublishedSet, out: Path, as_of: int, chapters: Mapping[str, Any]) -> list[Path]:
    from pipeline.export.compilation import compilation, wording_csv

    said = words("files")
    return [_write(out / said["docx"], compilation(data, chapters, as_of)),
            _write(out / said["wording"], wording_csv(data, chapters, as_of))]


def _chronicle(data: PublishedSet, out: Path, as_of: int, chapters: Mapping[str, Any]) -> list[Path]:
    from pipeline.export.chronicle import as_markdown, as_word

    said = words("files")
    return [_write(out / said["chronicle_docx"], as_word(data, as_of, chapters["check"])),
            _write(out / said["chronicle_md"], as_markdown(data, as_of, chapters["check"]))]


def _duckdb(data: PublishedSet, out: Path) -> list[Path]:
    from pipeline.export.plainfiles import write_duckdb

    target = out / words("files")["duckdb"]
    _prepare(target)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".hongzhi-") as beside:
        made = Path(beside) / "made.duckdb"
        write_duckdb(data, made)
        _move(made, target)
    return [target]


def _write(target: Path, made: bytes) -> Path:
    _prepare(target)
    beside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        beside.write_bytes(made)
        _move(beside, target)
    except OSError as error:
        raise _not_written(target, error) from None
    finally:
        beside.unlink(missing_ok=True)
    return target


def _prepare(target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _not_written(target, error) from None


def _move(made: Path, target: Path) -> None:
    try:
        os.replace(made, target)
    except OSError as error:
        raise _not_written(target, error) from None


def _not_written(target: Path, error: OSError) -> ExportError:
    told = error.strerror or error
    return ExportError(f"无法写入 {target}：{told}；若已在 Excel、WPS 或 Word 中打开，请先关闭 / cannot write {target}: {told}; "
                       "close it where it is open, or choose another --out")
