"""The commands ``hongzhi export`` and ``hongzhi corrections``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pipeline.corrections import Correction

Set = Annotated[Path, typer.Option("--set", help="The published set. 已发布的一套表。")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document. 输出 JSON。")]


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(export)
    corrections = typer.Typer(no_args_is_help=True, help="Corrections: list, take back, import. 更正。")
    corrections.command("list")(list_corrections)
    corrections.command("undo")(undo_correction)
    corrections.command("import")(import_corrections)
    app.add_typer(corrections, name="corrections")


@contextmanager
def _errors() -> Iterator[None]:
    from pipeline.corrections import CorrectionError
    from pipeline.exits import EXIT_UNEXPECTED, EXIT_USAGE
    from pipeline.export.errors import ExportError, MissingExtra

    try:
        yield
    except (FileNotFoundError, CorrectionError, ExportError) as error:
        typer.echo(f"hongzhi: {error}", err=True)
        raise typer.Exit(EXIT_UNEXPECTED if isinstance(error, MissingExtra) else EXIT_USAGE) from None
    except OSError as error:
        typer.echo(f"hongzhi: 无法读写 / cannot read or write: {error}", err=True)
        raise typer.Exit(EXIT_UNEXPECTED) from None


def export(
    formats: Annotated[list[str], typer.Argument(metavar="FORMAT…", help="xlsx, csv, docx (资料长编), chronicle (大事记), "
                                                                          "duckdb, jsonl; or all. 格式。")],
    folder: Set = Path("parsed/current"),
    out: Annotated[Path, typer.Option(help="Where the files are written. 输出文件夹。")] = Path("export"),
    as_of: Annotated[int, typer.Option(min=1981, max=2026, help="Year of the places in brackets: 上虞市(今绍兴市上虞区). "
                                                                "括注今地所据年份。")] = 2026,
    outline: Annotated[Path | None, typer.Option(help="A file of chapters of your own, as rules/compilation.toml. "
                                                      "自备章节文件。")] = None,
    as_json: Json = False,
) -> None:
    """Write a published set for Excel, WPS and Word, with sources. 导出为表格、资料长编、大事记等。

    Examples:

      hongzhi export xlsx docx --out export

      hongzhi export chronicle --as-of 2010

      hongzhi export all --set parsed/sets/000003

    xlsx has a column 更正 that hongzhi corrections import reads back. Exit codes: 0 done, 1 a library is missing or a file cannot
    be written, 2 usage.
    """
    from pipeline.export import FORMATS
    from pipeline.export import export as write

    with _errors():
        wanted = FORMATS if formats == ["all"] else tuple(formats)
        files = write(wanted, folder, out, as_of=as_of, outline=outline)
    if as_json:
        typer.echo(json.dumps([str(f) for f in files], ensure_ascii=False, indent=1))
    else:
        for f in files:
            typer.echo(str(f))


def import_corrections(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A workbook that hongzhi export xlsx wrote. 写好更正的工作簿。")],
    who: Annotated[str, typer.Option(help="Who corrects. 更正人。")],
    why: Annotated[str | None, typer.Option(help="On what ground, where the column 依据 is empty. 依据。")] = None,
    folder: Set = Path("parsed/current"),
    rules: Annotated[Path, typer.Option(help="The rules folder that keeps corrections.jsonl. 规则文件夹。")] = Path("rules"),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be added, write nothing. 只看不写。")] = False,
    as_json: Json = False,
) -> None:
    """Take up the corrections of an exported workbook; the next run applies them. 读回工作簿中的更正。

    Example: hongzhi corrections import export/数据表.xlsx --who 张三

    In the column 更正 write 列名=正确值, several parted by ；, and in 依据 the ground. Nothing is taken where the row or its
    value has changed since the export. Exit codes: 0 all taken, 3 some were not (each is listed with its cell), 2 usage.
    """
    from datetime import UTC, datetime

    from pipeline.exits import EXIT_SOME_FAILED
    from pipeline.export.marked import import_corrections as take

    with _errors():
        found = take(path, folder, rules, who=who, when=datetime.now(UTC).date().isoformat(), why=why, dry_run=dry_run)
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False, indent=1))
    else:
        for c in found.added:
            typer.echo(_told(c))
        for p in found.problems:
            typer.echo(f"未采纳 / not taken: {p.cell}: {p.written}: {p.reason}", err=True)
        typer.echo(f"新增 / added: {len(found.added)}; 已有 / already there: {found.already}; "
                   f"未采纳 / not taken: {len(found.problems)}")
    raise typer.Exit(EXIT_SOME_FAILED if found.problems else 0)


Rules = Annotated[Path, typer.Option(help="The rules folder that keeps corrections.jsonl. 规则文件夹。")]


def _told(c: Correction) -> str:
    return f"{c.table}.{c.column} “{c.quote[:40]}”: {c.published!r} -> {c.corrected!r}"


def list_corrections(rules: Rules = Path("rules"), as_json: Json = False) -> None:
    """List the corrections that hold, each with its id. 列出生效的更正。

    Example: hongzhi corrections list
    """
    from pipeline.corrections import read_corrections

    with _errors():
        found = read_corrections(rules)
    if as_json:
        typer.echo(json.dumps([{"id": c.id, **asdict(c)} for c in found], ensure_ascii=False, indent=1))
        return
    for c in found:
        typer.echo(f"{c.id}  {c.path}  {_told(c)}  {c.who} {c.when} {c.why}")


def undo_correction(
    correction: Annotated[str, typer.Argument(metavar="ID", help="As hongzhi corrections list prints it.")],
    who: Annotated[str, typer.Option(help="Who takes it back. 撤销人。")],
    why: Annotated[str, typer.Option(help="On what ground. 依据。")],
    rules: Rules = Path("rules"),
) -> None:
    """Take a correction back; the next run publishes what the rules read. 撤销一条更正。

    Example: hongzhi corrections undo 3f2a90c1d4e5 --who 张三 --why 误改

    The line that made it stays in corrections.jsonl, and a further line takes it back.
    """
    from datetime import UTC, datetime

    from pipeline.corrections import undo

    with _errors():
        found = undo(rules, correction, who=who, why=why, when=datetime.now(UTC).date().isoformat())
    typer.echo(f"已撤销 / taken back: {_told(found)}")
