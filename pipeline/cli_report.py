"""The commands ``report`` and ``search``: one call each into the library."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pipeline.search.find import Hit

Set = Annotated[Path, typer.Option("--set", help="The published set. 已发布的一套表。")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document. 输出 JSON。")]


def add_to(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(report)
    # A word to leave out begins with "-" and is no option.
    app.command(context_settings={"ignore_unknown_options": True})(search)


@contextmanager
def _errors() -> Iterator[None]:
    from pipeline.exits import EXIT_UNEXPECTED, EXIT_USAGE
    from pipeline.report.published import NoSet
    from pipeline.report.write import ReportError
    from pipeline.search.query import QueryError

    try:
        yield
    except (NoSet, QueryError) as error:
        typer.echo(f"hongzhi: {error}", err=True)
        raise typer.Exit(EXIT_USAGE) from None
    except ReportError as error:
        typer.echo(f"hongzhi: {error}", err=True)
        raise typer.Exit(EXIT_UNEXPECTED) from None


def report(
    folder: Set = Path("parsed/current"),
    out: Annotated[Path, typer.Option(help="Where the pages are written. 输出文件夹。")] = Path("report"),
    single: Annotated[bool, typer.Option("--single", help="One file with everything, for mailing. 合为一个文件。")] = False,
    as_json: Json = False,
) -> None:
    """Write pages to look at: a summary with charts, and each document's text beside its rows. 生成可阅读的报告。

    Examples:

      hongzhi report --set parsed/current --out report

      hongzhi report --out mail --single

    The pages need nothing else: no network, no server, no other file. Needs the extra: pip install "hongzhi[report]".
    Exit codes: 0 done, 1 the extra is missing or the folder cannot be written, 2 usage.
    """
    from pipeline.report.write import write_report

    with _errors():
        written = write_report(folder, out, single=single)
    if as_json:
        typer.echo(json.dumps({"files": [str(f) for f in written.files], "documents": written.documents, "bytes": written.bytes},
                              ensure_ascii=False, indent=1))
        return
    for path in written.files:
        typer.echo(str(path))
    typer.echo(f"{written.documents} 份文件 / documents, {len(written.files)} 页 / pages, {written.bytes / 1e6:.1f} MB")


def search(
    words: Annotated[list[str], typer.Argument(help="What to look for. 要查的字词。")],
    folder: Set = Path("parsed/current"),
    table: Annotated[str | None, typer.Option(help="Only rows of this table; lines for the text. 只查一张表。")] = None,
    year: Annotated[int | None, typer.Option(help="Only articles of this year. 只查某年。")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many. 至多列出几处。")] = 20,
    as_json: Json = False,
) -> None:
    """Search documents and rows for words; each hit with its place in the source. 全文检索，结果注明出处。

    Examples:

      hongzhi search 造血干细胞 库容

      hongzhi search 杭州 示范校 --table schools --year 2013

      hongzhi search '"应急救援能力"' OR 备灾 -演练

    All words must be there; "…" is a phrase, OR joins two, - leaves out, 红十* lets a word go on. Full width and
    traditional forms make no difference. The index stands beside the sets (parsed/search) and is made when needed.
    Exit codes: 0 also where nothing is found, 2 usage.
    """
    from pipeline.report.words import said
    from pipeline.search.find import search as find

    with _errors():
        found = find(folder, " ".join(words), table=table, year=year, limit=limit)
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False, indent=1))
        return
    for hit in found.hits:
        typer.echo(_shown(hit))
    told = said("search", "total", n=found.total, shown=len(found.hits)) if found.total else said("search", "none")
    typer.echo(f"{told.zh} / {told.en}")


def _shown(hit: Hit) -> str:
    from pipeline.report.words import said

    page = f" p.{hit.page}" if hit.page is not None else ""
    lines = str(hit.line) if hit.line == hit.line_last else f"{hit.line}-{hit.line_last}"
    kind = said("roles", "body") if hit.table == "lines" else said("tables", hit.table)
    place = typer.style(f"{hit.document}:{lines}{page}", bold=True)
    return f"{place}  [{hit.span.start}:{hit.span.end}]  {kind.zh} {hit.table} {hit.row_id}\n    {_marked(hit)}"


def _marked(hit: Hit) -> str:
    out, place = [], 0
    for mark in hit.marks:
        # The signs stay where a terminal's colours are taken out.
        out += [hit.snippet[place : mark.start], "«", typer.style(hit.snippet[mark.start : mark.end], fg="red", bold=True), "»"]
        place = mark.end
    return "".join([*out, hit.snippet[place:]])
