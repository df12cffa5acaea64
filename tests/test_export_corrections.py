"""Corrections in an exported workbook: read back once, never onto what has changed, each refusal with its cell."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
import typer
from helpers import ROOT
from typer.testing import CliRunner

from pipeline import batch
from pipeline.cli_export import add_to
from pipeline.corrections import correction_of
from pipeline.export import export
from pipeline.export.errors import ExportError
from pipeline.export.marked import Imported, import_corrections
from pipeline.rules import load_rules

LIST = "2012年红十字示范学校名单\n绍兴市\n绍兴县实验小学\n上虞市第一中学\n上虞市春晖中学\n"
Write = Callable[..., None]


class Desk:
    """A folder with a set, its rules and its exported workbook."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.rules, self.set = folder, folder / "rules", folder / "out" / "current"
        self.path = folder / "made" / "数据表.xlsx"
        shutil.copytree(ROOT / "rules", self.rules)
        (self.rules / "corrections.jsonl").unlink(missing_ok=True)
        (folder / "in").mkdir()
        (folder / "in" / "list.txt").write_text(LIST, "utf-8")
        self.run()
        export(["xlsx"], self.set, folder / "made")

    def run(self) -> batch.RunResult:
        return batch.run([self.folder / "in"], self.folder / "out", batch.Options(workers=0), rules=load_rules(self.rules))

    def write(self, row: int, why: str | None = "《县志》", sheet: str = "学校名单", **cells: str) -> None:
        """Write into cells of a line; line 2 is the first school."""
        book = openpyxl.load_workbook(self.path)
        head = [c.value for c in book[sheet][1]]
        for name, text in {**cells, **({"依据": why} if why else {})}.items():
            book[sheet].cell(row, head.index(name) + 1).value = text
        book.save(self.path)

    def take(self, **options: Any) -> Imported:
        return import_corrections(self.path, self.set, self.rules, who="张三", when="2026-01-05", **options)

    def schools(self) -> list[dict[str, Any]]:
        return pq.ParquetFile(self.set / "schools" / "part-0.parquet").read().to_pylist()

    def kept(self) -> list[dict[str, Any]]:
        path = self.rules / "corrections.jsonl"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.is_file() else []


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_correction_goes_into_excel_and_comes_out_in_the_tables(desk: Desk) -> None:
    desk.write(2, 更正="县（市、区）=越城区；县（市、区）代码＝330602；学段=")
    found = desk.take()
    assert [(c.column, c.published, c.corrected, c.who, c.why) for c in found.added] == [
        ("county", "绍兴县", "越城区", "张三", "《县志》"), ("county_code", "330621", "330602", "张三", "《县志》"),
        ("stage", "小学", None, "张三", "《县志》")]
    assert not found.problems and desk.run().corrected == 3
    row = desk.schools()[0]
    assert (row["county"], row["county_code"], row["stage"]) == ("越城区", "330602", None)


def test_it_is_the_correction_that_the_command_correct_makes(desk: Desk) -> None:
    desk.write(3, 更正="县（市、区）=上虞区")
    row = desk.schools()[1]
    made = correction_of(desk.set, "schools", row["row_id"], "county", "上虞区", who="张三", why="《县志》", when="2026-01-05")
    assert desk.take().added == (made,)


def test_importing_twice_adds_nothing_twice(desk: Desk) -> None:
    desk.write(2, 更正="县（市、区）=越城区")
    assert len(desk.take().added) == 1
    again = desk.take()
    assert (again.added, again.already, again.problems) == ((), 1, ())
    desk.run()
    after_the_run = desk.take()
    assert (after_the_run.added, after_the_run.already, after_the_run.problems) == ((), 1, ())
    assert len(desk.kept()) == 1


def test_another_value_of_the_same_row_can_follow_after_the_run(desk: Desk) -> None:
    desk.write(2, 更正="县（市、区）=越城区")
    desk.take()
    desk.run()
    desk.write(2, 更正="县（市、区）=越城区；学段=中学")
    found = desk.take()
    assert [c.column for c in found.added] == ["stage"] and found.already == 1


def test_a_value_that_changed_since_the_export_is_left_alone(desk: Desk) -> None:
    desk.write(2, 更正="县（市、区）=柯桥区")
    other = Desk.__new__(Desk)
    other.__dict__.update(desk.__dict__, path=desk.folder / "again" / "数据表.xlsx")
    export(["xlsx"], desk.set, desk.folder / "again")
    other.write(2, 更正="县（市、区）=越城区")
    other.take()
    waiting = desk.take()
    assert not waiting.added and "尚未生效" in waiting.problems[0].reason
    desk.run()
    found = desk.take()
    assert not found.added and "值已变" in found.problems[0].reason and found.problems[0].cell.startswith("学校名单!")
    assert [c["corrected"] for c in desk.kept()] == ["越城区"]


def test_a_value_can_be_set_back_after_a_new_export(desk: Desk) -> None:
    for county in ("越城区", "柯桥区", "越城区"):
        export(["xlsx"], desk.set, desk.folder / "made")
        desk.write(2, 更正=f"县（市、区）={county}")
        assert len(desk.take().added) == 1
        desk.run()
    assert desk.schools()[0]["county"] == "越城区" and len(desk.kept()) == 3


def test_a_row_that_is_gone_is_told(desk: Desk) -> None:
    desk.write(2, 更正="学段=中学")
    (desk.folder / "in" / "list.txt").write_text(LIST.replace("绍兴县实验小学", "绍兴县育才小学"), "utf-8")
    desk.run()
    found = desk.take()
    assert not found.added and "已不在" in found.problems[0].reason and not desk.kept()


@pytest.mark.parametrize(("written", "told"), [
    ("越城区", "看不懂"), ("不存在=1", "看不懂“不存在”"), ("学段=中学；不存在=1", "没有可更正的列“不存在”"),
    ("编号=五个", "类型"),
    ("学段=小学", "与现值相同"), ("学段=中学；学段=大学", "两次"), ("行标识=1", "看不懂“行标识”"), ("=1+1", "公式"),
])
def test_what_cannot_be_taken_is_told_with_its_cell(desk: Desk, written: str, told: str) -> None:
    desk.write(2, 更正=written)
    found = desk.take()
    column = openpyxl.load_workbook(desk.path)["学校名单"][1]
    cell = next(c.column_letter for c in column if c.value == "更正")
    assert [p.cell for p in found.problems] == [f"学校名单!{cell}2"] and told in found.problems[0].reason and not desk.kept()


def test_a_ground_is_asked_for(desk: Desk) -> None:
    desk.write(2, why=None, 更正="学段=中学")
    assert "依据" in desk.take().problems[0].reason
    assert [c.why for c in desk.take(why="实地核对").added] == ["实地核对"]


def test_a_cell_that_was_changed_itself_is_told(desk: Desk) -> None:
    desk.write(3, why=None, 学校="上虞中学")
    found = desk.take()
    assert not found.added and [(p.cell[-1], p.written) for p in found.problems] == [("3", "上虞中学")]


def test_an_untouched_workbook_gives_nothing(desk: Desk) -> None:
    book = openpyxl.load_workbook(desk.path)
    book.save(desk.path)
    assert desk.take() == Imported((), 0, ())


def test_sorted_and_moved_columns_are_understood(desk: Desk) -> None:
    desk.write(2, 更正="学段=中学")
    book = openpyxl.load_workbook(desk.path)
    page = book["学校名单"]
    head, first, second, third = [list(r) for r in page.iter_rows(values_only=True)]
    page.delete_rows(1, 4)
    for row in (head, third, second, first):
        page.append(list(reversed(row)))
    book.save(desk.path)
    assert [c.quote for c in desk.take().added] == ["绍兴县实验小学"]


def test_words_for_codes_are_understood(desk: Desk) -> None:
    desk.write(2, 更正="分组类别=类别")
    assert [(c.published, c.corrected) for c in desk.take().added] == [("place", "category")]


def test_a_dry_run_writes_nothing(desk: Desk) -> None:
    desk.write(2, 更正="学段=中学")
    assert len(desk.take(dry_run=True).added) == 1 and not desk.kept()


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04nonsense", b"<html>"])
def test_what_is_no_workbook_is_refused(desk: Desk, data: bytes) -> None:
    desk.path.write_bytes(data)
    with pytest.raises(ExportError, match=r"数据表\.xlsx"):
        desk.take()


def test_another_workbook_is_refused(desk: Desk) -> None:
    openpyxl.Workbook().save(desk.path)
    with pytest.raises(ExportError, match="hidden sheet"):
        desk.take()


def test_the_command_says_what_was_taken_and_what_was_not(desk: Desk) -> None:
    app = typer.Typer()
    add_to(app)
    desk.write(2, 更正="学段=中学")
    desk.write(3, 更正="胡写")
    asked = ["corrections", "import", str(desk.path), "--who", "张三", "--set", str(desk.set), "--rules", str(desk.rules)]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 3 and "added: 1" in result.stdout and "胡写" in result.stderr
    (desk.rules / "corrections.jsonl").write_text("{nonsense\n", "utf-8")
    assert CliRunner().invoke(app, asked).exit_code == 2
