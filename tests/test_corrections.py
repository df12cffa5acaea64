"""Corrections: anchored on the text, applied last, never to what has changed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from helpers import ROOT
from typer.testing import CliRunner

from pipeline import batch
from pipeline.cli import app
from pipeline.corrections import append, correction_of, read_corrections, undo
from pipeline.rules import RuleError, load_rules

LIST = "2012年红十字示范学校名单\n绍兴市\n绍兴县实验小学\n上虞市第一中学\n"


@pytest.fixture
def bench(tmp_path: Path) -> Callable[..., tuple[batch.RunResult, list[dict[str, Any]]]]:
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    (tmp_path / "rules" / "corrections.jsonl").unlink(missing_ok=True)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "list.txt").write_text(LIST, "utf-8")

    def run(table: str = "schools") -> tuple[batch.RunResult, list[dict[str, Any]]]:
        result = batch.run([tmp_path / "in"], tmp_path / "out", rules=load_rules(tmp_path / "rules"))
        return result, pq.ParquetFile(tmp_path / "out" / "current" / table / "part-0.parquet").read().to_pylist()

    return run


def correct(tmp_path: Path, row: dict[str, Any], column: str, value: str) -> None:
    where = ["--set", str(tmp_path / "out" / "current"), "--rules", str(tmp_path / "rules")]
    signed = ["--who", "张三", "--why", "《县志》第12页"]
    result = CliRunner().invoke(app, ["correct", "schools", row["row_id"], column, value, *signed, *where])
    assert result.exit_code == 0, result.output


def test_a_correction_is_made_last_and_shown(tmp_path: Path, bench: Callable[..., Any]) -> None:
    _result, (first, second) = bench()
    assert first["county"] == "绍兴县" and first["corrected"] is None
    correct(tmp_path, first, "county", "越城区")
    result, (first, again) = bench()
    assert (first["county"], first["county_origin"], first["corrected"]) == ("越城区", "corrected", ["county"])
    assert again == second and result.corrected == 1 and result.stale == 0
    finding = next(f for f in bench("findings")[1] if f["code"] == "corrected")
    assert (finding["about_row_id"], finding["found"], finding["expected"]) == (first["row_id"], "绍兴县", "越城区")
    assert "张三" in finding["message"] and "第12页" in finding["message"]
    manifest = json.loads((tmp_path / "out" / "current" / "manifest.json").read_text("utf-8"))
    assert manifest["corrections"] == {"made": 1, "stale": 0}


def test_lines_are_only_ever_added(tmp_path: Path, bench: Callable[..., Any]) -> None:
    _result, (first, second) = bench()
    correct(tmp_path, first, "county", "越城区")
    before = (tmp_path / "rules" / "corrections.jsonl").read_text("utf-8")
    correct(tmp_path, second, "stage", "")
    assert (tmp_path / "rules" / "corrections.jsonl").read_text("utf-8").startswith(before)
    assert bench()[0].corrected == 2 and bench()[1][1]["stage"] is None


@pytest.mark.parametrize("change", [
    {"rule": "school_list.other"}, {"published": "柯桥区"}, {"quote": "绍兴县育才小学"}, {"column": "nothing"},
    {"document": "0" * 64}, {"suffix": "\n别的学校"},
])
def test_what_has_changed_makes_a_correction_stale(tmp_path: Path, bench: Callable[..., Any], change: dict[str, str]) -> None:
    first = bench()[1][0]
    correct(tmp_path, first, "county", "越城区")
    path = tmp_path / "rules" / "corrections.jsonl"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change, ensure_ascii=False) + "\n", "utf-8")
    result, (row, _second) = bench()
    assert row["county"] == "绍兴县" and (result.corrected, result.stale) == (0, 1)
    assert [f["severity"] for f in bench("findings")[1] if f["code"] == "correction_stale"] == ["warning"]


def test_a_correction_of_another_document_is_passed_over(tmp_path: Path, bench: Callable[..., Any]) -> None:
    correct(tmp_path, bench()[1][0], "county", "越城区")
    path = tmp_path / "rules" / "corrections.jsonl"
    other = json.loads(path.read_text("utf-8")) | {"document": "0" * 64, "path": "other.txt"}
    path.write_text(json.dumps(other, ensure_ascii=False) + "\n", "utf-8")
    result, _rows = bench()
    assert (result.corrected, result.stale) == (0, 0)


@pytest.mark.parametrize("line", ["{nonsense", '{"table": "schools"}', "[]"])
def test_a_bad_line_is_named(tmp_path: Path, bench: Callable[..., Any], line: str) -> None:
    (tmp_path / "rules" / "corrections.jsonl").write_text(f"\n{line}\n", "utf-8")
    with pytest.raises(RuleError, match=r"corrections\.jsonl:2"):
        bench()


@pytest.mark.parametrize(("row", "column", "words"), [("none", "county", "row_id none"), (None, "span_start", "no column")])
def test_what_cannot_be_corrected_is_said(tmp_path: Path, bench: Callable[..., Any], row: str | None, column: str,
                                          words: str) -> None:
    first = bench()[1][0]
    result = CliRunner().invoke(app, ["correct", "schools", row or first["row_id"], column, "x", "--who", "a", "--why", "b",
                                      "--set", str(tmp_path / "out" / "current"), "--rules", str(tmp_path / "rules")])
    assert result.exit_code == 2 and words in result.stderr


def test_codes_as_of_a_year(tmp_path: Path, bench: Callable[..., Any]) -> None:
    bench()
    for year, codes in ((2012, ["330621"]), (2026, ["330602", "330603"])):
        batch.run([tmp_path / "in"], tmp_path / "out", batch.Options(as_of=year))
        rows = pq.ParquetFile(tmp_path / "out" / "current" / "schools" / "part-0.parquet").read().to_pylist()
        assert rows[0]["county_code"] == "330621" and rows[0]["county_code_now"] == codes


def test_a_correction_is_taken_back_by_a_further_line_and_may_be_made_again(tmp_path: Path, bench: Callable[..., Any]) -> None:
    first = bench()[1][0]
    correct(tmp_path, first, "county", "越城区")
    assert bench()[1][0]["county"] == "越城区"
    made = read_corrections(tmp_path / "rules")
    undo(tmp_path / "rules", made[0].id, who="李四", why="误改", when="2026-11-24")
    result, (row, _second) = bench()
    assert row["county"] == "绍兴县" and (result.corrected, result.stale) == (0, 0)
    assert len((tmp_path / "rules" / "corrections.jsonl").read_text("utf-8").splitlines()) == 2
    with pytest.raises(FileNotFoundError, match=made[0].id):
        undo(tmp_path / "rules", made[0].id, who="李四", why="误改", when="2026-11-24")
    correct(tmp_path, row, "county", "越城区")
    assert bench()[1][0]["county"] == "越城区"


def test_many_writers_at_once_lose_nothing(tmp_path: Path, bench: Callable[..., Any]) -> None:
    first = bench()[1][0]
    made = correction_of(tmp_path / "out" / "current", "schools", first["row_id"], "stage", "0", who="a", why="b", when="c")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: append(tmp_path / "rules", replace(made, corrected=str(n))), range(100)))
    assert sorted(int(c.corrected) for c in read_corrections(tmp_path / "rules")) == list(range(100))


def test_a_line_left_open_stays_a_line_of_its_own(tmp_path: Path, bench: Callable[..., Any]) -> None:
    first = bench()[1][0]
    correct(tmp_path, first, "county", "越城区")
    path = tmp_path / "rules" / "corrections.jsonl"
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    correct(tmp_path, first, "stage", "小学")
    assert [c.column for c in read_corrections(tmp_path / "rules")] == ["county", "stage"]


def test_a_value_of_the_wrong_kind_is_refused_and_never_harms_a_document(tmp_path: Path, bench: Callable[..., Any]) -> None:
    (tmp_path / "in" / "plan.txt").write_text("2013年工作要点\n一、救护\n1.办好培训。年内新增会员20人以上。\n", "utf-8")
    bench()
    target = pq.ParquetFile(tmp_path / "out" / "current" / "plan_targets" / "part-0.parquet").read().to_pylist()[0]
    where = ["--set", str(tmp_path / "out" / "current"), "--rules", str(tmp_path / "rules"), "--who", "a", "--why", "b"]
    refused = CliRunner().invoke(app, ["correct", "plan_targets", target["row_id"], "value", "二十", *where])
    assert refused.exit_code == 2 and "holds decimal" in refused.stderr
    folder = tmp_path / "out" / "current"
    made = correction_of(folder, "plan_targets", target["row_id"], "value", "30", who="a", why="b", when="c")
    append(tmp_path / "rules", replace(made, corrected="二十"))
    result, rows = bench("plan_targets")
    assert (result.corrected, result.stale, result.failed) == (0, 1, ()) and rows[0]["value"] == target["value"]


def test_corrections_are_listed_and_taken_back_on_the_command_line(tmp_path: Path, bench: Callable[..., Any]) -> None:
    correct(tmp_path, bench()[1][0], "county", "越城区")
    rules = ["--rules", str(tmp_path / "rules")]
    told = json.loads(CliRunner().invoke(app, ["corrections", "list", "--json", *rules]).stdout)
    assert [(c["column"], c["corrected"]) for c in told] == [("county", "越城区")]
    assert told[0]["id"] in CliRunner().invoke(app, ["corrections", "list", *rules]).stdout
    signed = ["--who", "李四", "--why", "误改", *rules]
    assert CliRunner().invoke(app, ["corrections", "undo", told[0]["id"], *signed]).exit_code == 0
    assert CliRunner().invoke(app, ["corrections", "undo", told[0]["id"], *signed]).exit_code == 2
    assert bench()[1][0]["county"] == "绍兴县"
