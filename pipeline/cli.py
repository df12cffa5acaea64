"""The command line. Each command is one call into the library; results go to standard output."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline import cli_export, cli_report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.batch import RunResult
    from pipeline.explain import Explanation
    from pipeline.ingest.limits import Limits

app = typer.Typer(
    name="hongzhi", no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False,
    help="红志: published Chinese Red Cross texts to Parquet tables, by rules, each value traceable. "
    "把红十字会公开文本整理成可溯源的表。",
)
rules_app = typer.Typer(no_args_is_help=True, help="Look after the rules. 规则。")
app.add_typer(rules_app, name="rules")


class LogLevel(StrEnum):
    """How much is told on standard error."""

    debug = "debug"
    info = "info"
    warning = "warning"
    error = "error"


Out = Annotated[Path, typer.Option(help="Where the set is published: OUT/current. 输出文件夹。")]
Lists = Annotated[list[Path] | None, typer.Option("--list", help="A text file that names a file on each line. 文件清单。")]
Rules = Annotated[Path | None, typer.Option(help="A rules folder of your own. 自备规则文件夹。")]
AsOf = Annotated[int, typer.Option(min=1981, max=2026, help="Year of the columns *_code_now. 现行代码所据年份。")]
Workers = Annotated[int | None, typer.Option(min=0, help="Processes that read; as many as there are processors where it is left "
                                              "out. 0 reads in this process, without limits of time and memory. 进程数。")]
LimitOption = Annotated[list[str] | None, typer.Option(
    "--limit", metavar="NAME=NUMBER", help="What one document may cost: bytes, pages, expanded, ratio, entries, depth, pixels, "
    "seconds, memory. 单个文件的上限。")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document. 输出 JSON。")]


def main() -> None:
    """The entry point of the command ``hongzhi``."""
    for stream in (sys.stdout, sys.stderr):
        # A console that is not UTF-8 must not end a run over one character.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    app()


def _fail(message: object, code: int) -> typer.Exit:
    typer.echo(f"hongzhi: {message}", err=True)
    return typer.Exit(code)


@contextmanager
def _errors() -> Iterator[None]:
    """What a user can mend is said in one line, with the exit code that stands for it."""
    from pipeline.corrections import CorrectionError
    from pipeline.exits import EXIT_INTERRUPTED, EXIT_LOCKED, EXIT_UNEXPECTED, EXIT_USAGE
    from pipeline.ingest.errors import UnreadableDocument
    from pipeline.publish import Locked, PublishError
    from pipeline.rules import RuleError, RulesChanged
    from pipeline.sources import UsageError

    try:
        yield
    except (UsageError, CorrectionError, RuleError, RulesChanged, UnreadableDocument, FileNotFoundError, KeyError) as error:
        raise _fail(error, EXIT_USAGE) from None
    except Locked as error:
        raise _fail(error, EXIT_LOCKED) from None
    except PublishError as error:
        raise _fail(error, EXIT_UNEXPECTED) from None
    except ModuleNotFoundError as error:
        raise _fail(f"缺少组件 / a package is missing: {error}", EXIT_UNEXPECTED) from None
    except KeyboardInterrupt:
        raise _fail("已中断，已发布的表未变 / interrupted; the published set is unchanged", EXIT_INTERRUPTED) from None


def _workers(given: int | None) -> int:
    return (os.cpu_count() or 1) if given is None else given


def _limits(given: Sequence[str] | None) -> Limits:
    from pipeline.ingest.limits import Limits, limits_from

    try:
        return limits_from(given or (), Limits())
    except ValueError as error:
        raise _fail(error, 2) from None


def _named(inputs: Sequence[Path] | None, lists: Sequence[Path] | None) -> list[Path]:
    if not inputs and not lists:
        raise _fail("请指定要读的文件或文件夹 / name the files or folders to read: hongzhi run FOLDER", 2)
    return list(inputs or ())


def _print_json(data: Any) -> None:
    typer.echo(json.dumps(data, ensure_ascii=False, indent=1, default=str))


def _version(wanted: bool) -> None:
    if wanted:
        from pipeline import __version__

        typer.echo(f"hongzhi {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
    log_level: Annotated[LogLevel, typer.Option(help="What is told on standard error. 日志级别。",
                                                envvar="HONGZHI_LOG_LEVEL")] = LogLevel.warning,
    log_file: Annotated[Path | None, typer.Option(help="Write the log, a JSON object a line, to this file too. 日志文件。",
                                                  envvar="HONGZHI_LOG_FILE")] = None,
) -> None:
    from pipeline.logs import start

    # Not by _errors(), which brings in what reading needs: this stands before every command.
    try:
        start(log_level.value, log_file)
    except FileNotFoundError as error:
        raise _fail(error, 2) from None


@app.command()
def run(
    inputs: Annotated[list[Path] | None, typer.Argument(help="Files, folders, archives (ZIP, TAR) and patterns. "
                                                              "文件、文件夹、压缩包、通配符。")] = None,
    out: Out = Path("parsed"),
    lists: Lists = None,
    keep: Annotated[int, typer.Option(min=1, help="How many sets to keep. 保留几套。")] = 3,
    rules: Rules = None,
    strict: Annotated[bool, typer.Option(help="Exit with 4 on an error finding or low coverage. 从严。")] = False,
    min_coverage: Annotated[float, typer.Option(min=0, max=1, help="Coverage that --strict asks of each document.")] = 0.9,
    as_of: AsOf = 2026,
    workers: Workers = None,
    limit: LimitOption = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Read everything again, changed or not. 全部重读。")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read what changed, publish nothing. 只读不写。")] = False,
    as_json: Json = False,
) -> None:
    """Read what is new or changed and publish one complete set of tables. 读取新增和改动的文件，发布一套完整的表。

    Examples:

      hongzhi run raw_docs --out parsed

      hongzhi run issues-2013.zip '2014/**/*.pdf' --list more.txt

      hongzhi run volume-7 --as-of 2010 --strict --json

      hongzhi run big.pdf --limit seconds=1200 --limit pages=5000

    A file sources.tsv beside the documents says where and when each was published: its first line names the columns
    (file, title, publisher, issue, published, author, url, or 文件, 题名, 报刊, 版次, 发布日期, 责任者, 网址).

    Exit codes: 0 done, 1 unexpected or output not writable, 2 usage, 3 some documents failed and the
    others were published, 4 --strict and an error finding or low coverage, 5 locked, 130 interrupted.
    """
    from pipeline.batch import Options
    from pipeline.batch import run as run_batch
    from pipeline.rules import load_rules

    with _errors():
        options = Options(keep, strict, min_coverage, as_of, _workers(workers), fresh, dry_run, _limits(limit))
        book = load_rules(rules)
        with _progress() as tell:
            result = run_batch(_named(inputs, lists), out, options, lists=lists or (), progress=tell, rules=book)
    if as_json:
        _print_json(_result(result))
    else:
        _print_result(result)
    raise typer.Exit(result.exit_code)


@contextmanager
def _progress() -> Iterator[Any]:
    if not sys.stderr.isatty():
        with _logged_progress() as tell:
            yield tell
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]} 件/s"), TimeElapsedColumn(),
               TextColumn("余 / left"), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, rate="-")

        def tell(name: str, number: int, total: int) -> None:
            speed = bar.tasks[task].speed
            bar.update(task, description=escape(name), completed=number, total=total, rate=f"{speed:.1f}" if speed else "-")

        yield tell


@contextmanager
def _logged_progress() -> Iterator[Any]:
    """Progress for a log: a line every few seconds with rate and time left."""
    from pipeline.logs import Pace

    pace = Pace()
    yield pace.tell


def _result(result: RunResult) -> dict[str, Any]:
    return {
        "exit_code": result.exit_code, "set": str(result.set_path) if result.set_path else None, "published": result.published,
        "changes": dict(result.changes), "removed": list(result.removed), "documents": [asdict(d) for d in result.documents],
        "rows": dict(result.rows), "corrected": result.corrected, "stale": result.stale,
    }


def _console() -> Any:
    from rich.console import Console

    # Output to a file or a pipe is not cut to the width of a terminal.
    return Console() if sys.stdout.isatty() else Console(width=int(os.environ.get("COLUMNS", "160")))


def _print_result(result: RunResult) -> None:
    from rich.markup import escape
    from rich.table import Table

    console = _console()
    table = Table(title="文件 / documents")
    names = ("文件 / file", "变动 / change", "状态 / status", "体裁 / genres", "行 / rows", "覆盖 / coverage", "错 / errors")
    for name in (*names, "警 / warnings", "注 / notes"):
        table.add_column(name, overflow="fold")
    ledger = ("documents", "lines", "findings", "rules_used")
    shown_documents = [d for d in result.documents if d.change != "unchanged" or d.status == "failed"]
    for d in shown_documents:
        rows = sum(n for t, n in d.rows.items() if t not in ledger)
        shown = "\n= ".join((d.path, *d.copies))
        coverage = "" if d.coverage is None else f"{d.coverage:.1%}"
        table.add_row(escape(shown), d.change, d.status, ", ".join(d.genres), str(rows), coverage,
                      *(str(d.findings.get(s, 0)) for s in ("error", "warning", "info")))
    if shown_documents:
        console.print(table)
    counts = Table(title="表 / tables")
    counts.add_column("表 / table")
    counts.add_column("行 / rows", justify="right")
    for name, number in result.rows.items():
        counts.add_row(name, str(number))
    console.print(counts)
    for d in result.failed:
        typer.echo(f"failed: {d.path}: {d.reason}", err=True)
    if result.corrected or result.stale:
        typer.echo(f"更正 / corrections: {result.corrected} made, {result.stale} stale")
    typer.echo("变动 / changes: " + ", ".join(f"{number} {name}" for name, number in result.changes.items()))
    if result.set_path is None:
        typer.echo("dry run: nothing was published")
    else:
        typer.echo(f"published: {result.set_path}" if result.published else f"nothing changed since {result.set_path}")


@app.command()
def status(
    inputs: Annotated[list[Path] | None, typer.Argument(help="As for run; those of the last run where left out.")] = None,
    out: Out = Path("parsed"),
    lists: Lists = None,
    rules: Rules = None,
    as_of: AsOf = 2026,
    limit: LimitOption = None,
    as_json: Json = False,
) -> None:
    """Show what is new, changed, stale, removed or in quarantine since the last run. 查看待处理的变动。

    Examples:

      hongzhi status

      hongzhi status raw_docs --out parsed --json

    Stale documents were read by other rules, code or settings. Exit codes: 0 up to date, 4 a run would change the
    set, 2 usage.
    """
    from pipeline.batch import Options
    from pipeline.exits import EXIT_STRICT
    from pipeline.rules import load_rules
    from pipeline.status import status as compare

    with _errors():
        options = Options(as_of=as_of, workers=_workers(None), limits=_limits(limit))
        found = compare(inputs or (), out, options, lists=lists or (), rules=load_rules(rules))
    if as_json:
        _print_json({**asdict(found), "up_to_date": found.up_to_date})
    else:
        named = (("new", "新增", found.new), ("changed", "内容已改", found.changed), ("stale", "规则或代码已改", found.stale),
                 ("removed", "已移除", found.removed))
        for name, zh, members in named:
            typer.echo(f"{zh} / {name}: {len(members)}")
            for member in members:
                typer.echo(f"  {member}")
        typer.echo(f"未变 / unchanged: {len(found.unchanged)}")
        typer.echo(f"隔离 / quarantined: {len(found.quarantined)}")
        for path, reason in found.quarantined.items():
            typer.echo(f"  {path}: {reason}")
    raise typer.Exit(0 if found.up_to_date else EXIT_STRICT)


@app.command()
def watch(
    folders: Annotated[list[Path], typer.Argument(help="Folders to watch. 要监视的文件夹。")],
    out: Out = Path("parsed"),
    keep: Annotated[int, typer.Option(min=1, help="How many sets to keep. 保留几套。")] = 3,
    rules: Rules = None,
    as_of: AsOf = 2026,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes that read. 进程数。")] = None,
    limit: LimitOption = None,
    settle: Annotated[float, typer.Option(min=0.1, help="Seconds without change before a run begins. 静默秒数。")] = 2.0,
    as_json: Json = False,
) -> None:
    """Publish when files arrive or rules change, until interrupted. 监视文件夹，有变动即发布。

    Example: hongzhi watch raw_docs --out parsed

    What arrived while nobody watched is read at the start. Needs the extra: pip install "hongzhi\\[watch]".
    """
    from pipeline.batch import Options
    from pipeline.watch import watch as watch_folders

    def tell(result: RunResult) -> None:
        if as_json:
            typer.echo(json.dumps({"exit_code": result.exit_code, "set": str(result.set_path), "changes": dict(result.changes),
                                   "failed": [d.path for d in result.failed]}, ensure_ascii=False))
        else:
            told = ", ".join(f"{number} {name}" for name, number in result.changes.items())
            typer.echo(f"{result.set_path}: {told}; {len(result.failed)} failed")
        sys.stdout.flush()

    with _errors():
        options = Options(keep=keep, as_of=as_of, workers=_workers(workers), limits=_limits(limit))
        watch_folders(folders, out, options, tell, rules=rules, settle=settle)


@app.command()
def explain(
    place: Annotated[str, typer.Argument(metavar="FILE[:LINE]", help="A file, or one line of it.")],
    as_json: Json = False,
) -> None:
    """Show articles, genre scores, rules tried and fired, and inherited values with evidence. 说明读法。

    Example: hongzhi explain raw_docs/school-list-inline.txt:8
    """
    from pipeline.explain import explain_file
    from pipeline.ingest.errors import UnreadableDocument

    path, line = Path(place), None
    head, _, tail = place.rpartition(":")
    if head and tail.isdigit() and not path.exists():
        path, line = Path(head), int(tail)
    with _errors():
        try:
            found = explain_file(path, line)
        except UnreadableDocument as error:
            raise UnreadableDocument(error.code, f"{path}：{error.zh}", f"{path}: {error.en}") from error
        if line is not None and found.line is None:
            raise FileNotFoundError(f"{path} 第 {line} 行为空或不存在 / line {line} of {path} is blank or not there")
    if as_json:
        _print_json(asdict(found))
    else:
        _print_explanation(found)


def _print_explanation(found: Explanation) -> None:
    for article in found.articles:
        typer.echo(f"{article.line_first}-{article.line_last}  {article.genre} (+{article.margin:g})  {article.title or '—'}")
        for genre, points, evidence in article.scores:
            typer.echo(f"    {genre} {points:g}  " + ", ".join(f"{rule}×{count}" for rule, count in evidence))
    if found.line is not None:
        typer.echo(f"\n{found.line['line_no']}: {found.line['text']}\n  role: {found.line['role']}")
        for group, rule, holds in found.tried:
            if holds:
                typer.echo(f"  holds: {group} / {rule}")
        typer.echo(f"  tried: {len(found.tried)}")
        for table, row in found.rows:
            typer.echo(f"  {table} {row['row_id']} by {row['rule_id']}")
            for name, value in row.items():
                origin = row.get(f"{name}_origin")
                if origin and value is not None:
                    typer.echo(f"    {name} = {value}  ({origin}, {row.get(f'{name}_evidence')})")
    for finding in found.findings:
        typer.echo(f"  {finding['severity']} {finding['code']} line {finding['line']}: {finding['message']}")


@rules_app.command()
def check(
    folder: Annotated[Path | None, typer.Option("--rules", help="A rules folder of your own.")] = None,
    as_json: Json = False,
) -> None:
    """Try every example and non-example of every rule, both ways. 检查规则。

    Exit codes: 0 all hold, 4 some do not, 2 a file cannot be used.
    """
    from pipeline.rules import check_rules, load_rules

    with _errors():
        book = load_rules(folder)
        problems = check_rules(book)
    count = sum(1 for _ in book.every_rule())
    if as_json:
        _print_json({"rules": count, "problems": [asdict(p) for p in problems]})
    else:
        for p in problems:
            typer.echo(f"{p.file}:{p.line or ''} [{p.rule}] {p.message}. {p.hint}")
        typer.echo(f"{count} rules, {len(problems)} problems")
    raise typer.Exit(4 if problems else 0)


@rules_app.command()
def ablate(
    inputs: Annotated[list[Path], typer.Argument(help="Files and folders to read without each rule. 用来检验的文件。")],
    folder: Annotated[Path | None, typer.Option("--rules", help="A rules folder of your own.")] = None,
    as_json: Json = False,
) -> None:
    """Switch each rule off in turn and list those whose loss changes no row. 逐条停用规则，列出无用者。

    Example: hongzhi rules ablate raw_docs tests/catalogue

    Exit codes: 0 every rule changes a row of some file, 4 some change none, 2 usage.
    """
    from pipeline.ablate import ablate as try_without
    from pipeline.ingest import open_document
    from pipeline.ingest.errors import UnreadableDocument
    from pipeline.rules import load_rules
    from pipeline.sources import discover

    with _errors():
        book = load_rules(folder)
        documents = []
        for source in discover(inputs):
            try:
                documents.append(open_document(source.path, name=source.name))
            except UnreadableDocument as error:
                typer.echo(f"{source.name}: {error}", err=True)
        with _progress() as tell:
            found = try_without(documents, book, tell)
    dead = [a for a in found if not a.changed]
    if as_json:
        _print_json([asdict(a) for a in found])
    else:
        for a in dead:
            typer.echo(f"{a.group} / {a.rule}: 停用后无任何变化 / changes nothing when it is off")
        typer.echo(f"{len(found)} rules, {len(dead)} change nothing in {len(documents)} files")
    raise typer.Exit(4 if dead else 0)


@app.command()
def schema(
    table: Annotated[str | None, typer.Argument(help="One table; all where it is left out.")] = None,
    as_json: Json = False,
) -> None:
    """Print the data dictionary. 数据字典。"""
    from pipeline.schema import tables

    described = tables()
    if table is not None and table not in described:
        raise _fail(f"没有表 {table} / no table {table}; there are: {', '.join(described)}", 2)
    chosen = {table: described[table]} if table else described
    if as_json:
        _print_json({name: asdict(t) for name, t in chosen.items()})
        return
    for t in chosen.values():
        typer.echo(f"{t.name}: {t.zh} / {t.en}")
        for c in t.columns:
            typer.echo(f"  {c.name}  {c.type}{' [' + c.unit + ']' if c.unit else ''}  {c.zh} / {c.en}")


@app.command()
def diff(
    set_a: Annotated[Path, typer.Argument(help="The earlier set, as parsed/sets/000001.")],
    set_b: Annotated[Path, typer.Argument(help="The later set, as parsed/current.")],
    as_json: Json = False,
) -> None:
    """Rows gained, lost and changed between two published sets. 比较两套表。"""
    from pipeline.publish import diff_sets

    with _errors():
        for folder in (set_a, set_b):
            if not (folder / "manifest.json").is_file():
                raise FileNotFoundError(f"{folder} 不是已发布的一套表 / {folder} is not a published set")
        found = diff_sets(set_a, set_b)
    if as_json:
        _print_json(found)
        return
    for name, change in found.items():
        columns = sorted({c for row in change["changed"] for c in row["columns"]})
        typer.echo(f"{name}: +{len(change['gained'])} -{len(change['lost'])} ~{len(change['changed'])}"
                   + (f" ({', '.join(columns)})" if columns else ""))


@app.command()
def correct(
    table: Annotated[str, typer.Argument(help="A table, as schools.")],
    row_id: Annotated[str, typer.Argument(help="The row_id of the row, as hongzhi explain prints it.")],
    column: Annotated[str, typer.Argument(help="The column that is wrong.")],
    value: Annotated[str, typer.Argument(help="The right value; an empty text for no value.")],
    who: Annotated[str, typer.Option(help="Who corrects. 更正人。")],
    why: Annotated[str, typer.Option(help="On what ground. 依据。")],
    folder: Annotated[Path, typer.Option("--set", help="The published set.")] = Path("parsed/current"),
    rules: Annotated[Path, typer.Option(help="The rules folder that keeps corrections.jsonl.")] = Path("rules"),
) -> None:
    """Write down the right value of one cell; the next run applies it. 更正一个值。

    Example: hongzhi correct schools 3f2a90c1d4e5b678 county 柯桥区 --who 张三 --why "《绍兴县志》第12页"

    The correction is anchored on the text around the row and added to corrections.jsonl; it is never applied to
    a text, a rule or a value that has changed since, but reported as stale.
    """
    from datetime import UTC, datetime

    from pipeline.corrections import append as append_correction
    from pipeline.corrections import correction_of

    with _errors():
        if not rules.is_dir():
            raise FileNotFoundError(f"没有规则文件夹 {rules} / no rules folder {rules}: name it with --rules")
        made = correction_of(folder, table, row_id, column, value, who=who, why=why,
                             when=datetime.now(UTC).date().isoformat())
        path = append_correction(rules, made)
    typer.echo(f"{path}: {table}.{column} “{made.quote[:40]}”: {made.published!r} -> {made.corrected!r}")


@app.command()
def score(
    folder: Annotated[Path, typer.Argument(metavar="SET", help="A published set, as parsed/current.")],
    gold: Annotated[Path, typer.Argument(help="A folder of TABLE.jsonl, or of such folders named after documents.")],
    as_json: Json = False,
) -> None:
    """Compare a published set with hand-checked rows. 与人工核对的行比对。

    Example: hongzhi score parsed/current tests/gold

    Prints precision and recall of rows (strict, and soft for values that are alike), each field with its support,
    linked facts such as work, author, unit and prize, and every miss. Exit codes: 0 all agree, 4 some do not, 2 usage.
    """
    import pyarrow.parquet as pq

    from pipeline.score import GoldError, read_gold
    from pipeline.score import score as compare

    with _errors():
        if not (folder / "manifest.json").is_file():
            raise FileNotFoundError(f"{folder} 不是已发布的一套表 / {folder} is not a published set")
        try:
            wanted = read_gold(gold)
            tables = {*wanted, "documents", "awards"}
            there = {t: folder / t / "part-0.parquet" for t in tables}
            rows = {t: pq.ParquetFile(path).read().to_pylist() for t, path in there.items() if path.is_file()}
            scores = compare(rows, wanted)
        except GoldError as error:
            raise FileNotFoundError(str(error)) from error
    misses = [m for s in scores for m in s.misses]
    if as_json:
        _print_json([asdict(s) | {"precision": s.precision, "recall": s.recall} for s in scores])
    else:
        for s in scores:
            linked = f", linked facts {s.tuples[0]}/{s.tuples[1]} of {s.tuples[2]} published" if s.tuples else ""
            typer.echo(f"{s.table}: precision {s.precision:.3f} recall {s.recall:.3f} soft recall "
                       f"{s.close / s.expected if s.expected else 1:.3f} ({s.hits}/{s.expected} rows){linked}")
            for name, f in s.fields.items():
                typer.echo(f"  {name}: {f.right}/{f.support} right, {f.close}/{f.support} alike")
            for miss in s.misses:
                typer.echo(f"    {miss}")
        typer.echo("all agree" if not misses else f"{len(misses)} disagreements")
    raise typer.Exit(4 if misses else 0)


@app.command()
def show(
    table: Annotated[str, typer.Argument(help="A table, as schools.")],
    folder: Annotated[Path, typer.Option("--set", help="The published set.")] = Path("parsed/current"),
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows.")] = 20,
    columns: Annotated[str | None, typer.Option(help="Columns, joined by commas.")] = None,
    as_json: Json = False,
) -> None:
    """Print rows of a published table. 查看一张表。

    Example: hongzhi show schools --columns school,city,county,honour
    """
    import pyarrow.parquet as pq

    with _errors():
        path = folder / table / "part-0.parquet"
        if not path.is_file():
            there = ", ".join(sorted(p.name for p in folder.glob("*") if p.is_dir()))
            raise FileNotFoundError(f"{folder} 中没有表 {table} / no table {table} in {folder}; there are: {there or 'none'}")
        data = pq.ParquetFile(path).read()
        common = {"row_id", "doc_id", "article_id", "seq", "span_start", "span_end", "line_last", "page", "rule_id"}
        names = columns.split(",") if columns else [
            c for c in data.column_names if c not in common and not c.endswith(("_origin", "_evidence"))]
        missing = [n for n in names if n not in data.column_names]
        if missing:
            raise FileNotFoundError(f"{table} 没有列 {', '.join(missing)} / {table} has no column {', '.join(missing)}")
    rows = data.select(names).slice(0, limit).to_pylist()
    if as_json:
        _print_json(rows)
        return
    from rich.table import Table

    shown = Table(title=f"{table} ({data.num_rows})")
    for name in names:
        shown.add_column(name, overflow="fold")
    for row in rows:
        shown.add_row(*("" if row[n] is None else str(row[n])[:80] for n in names))
    _console().print(shown)


cli_report.add_to(app)
cli_export.add_to(app)
