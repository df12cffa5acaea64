"""The command line as its users and their scripts meet it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from helpers import PAGE, ROOT, SAMPLES
from typer.testing import CliRunner, Result

from pipeline.cli import app
from pipeline.publish import writer

PLAN = next(p for p in SAMPLES if p.name.startswith("county-plan"))
SCHOOLS = next(p for p in SAMPLES if p.name.startswith("school-list"))


def call(*arguments: object) -> Result:
    # Tables are as wide as the terminal says, and a narrow one folds names.
    return CliRunner(env={"COLUMNS": "160"}).invoke(app, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    assert call("run", PLAN, SCHOOLS, "--out", folder).exit_code == 0
    return folder


def test_help_of_every_command_shows_how() -> None:
    top = call("--help")
    assert top.exit_code == 0
    for command in ("run", "status", "watch", "explain", "schema", "diff", "show", "rules"):
        assert command in top.stdout
        assert call(command, "--help").exit_code == 0
    assert "Exit codes" in call("run", "--help").stdout
    assert call("--version").stdout.startswith("hongzhi ")


def test_run_prints_tables_for_people_and_json_for_scripts(tmp_path: Path) -> None:
    shown = call("run", PLAN, "--out", tmp_path)
    assert shown.exit_code == 0
    assert "plan_items" in shown.stdout and "100.0%" in shown.stdout and "published: " in shown.stdout
    told = json.loads(call("run", PLAN, "--out", tmp_path, "--json").stdout)
    assert told["exit_code"] == 0 and told["rows"]["plan_items"] == 7
    assert Path(told["set"]).name == "000001" and told["changes"]["unchanged"] == 1
    assert told["documents"][0]["genres"] == ["work_plan"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["run", "/nowhere/at/all"], 2, "does not exist"),
        (["run"], 2, "name the files or folders"),
        (["run", PLAN, "--keep", "0"], 2, "--keep"),
        (["run", PLAN, "--limit", "pages=many"], 2, "not a limit: pages=many"),
        (["run", PLAN, "--limit", "speed=1"], 2, "bytes, pages"),
        (["run", PLAN, "--limit", "seconds=-1"], 2, "above zero"),
        (["--log-file", "/nowhere/at/all.log", "run", PLAN], 2, "cannot write the log"),
        (["status", "--out", "/nowhere"], 2, "nothing is published"),
        (["explain", "/nowhere/at/all.txt"], 2, "/nowhere/at/all.txt"),
        (["explain", f"{PLAN}:9999"], 2, "9999"),
        (["schema", "nosuch"], 2, "no table nosuch"),
        (["show", "schools", "--set", "/nowhere"], 2, "no table schools"),
        (["diff", "/nowhere", "/nowhere"], 2, "not a published set"),
        (["run", PLAN, "--rules", "/nowhere"], 2, "/nowhere"),
        (["rules", "check", "--rules", "/nowhere"], 2, "/nowhere"),
    ],
)
def test_what_is_wrong_is_said_with_its_exit_code(arguments: list[object], code: int, words: str) -> None:
    result = call(*arguments)
    assert result.exit_code == code
    assert words in " ".join(result.stderr.split()) and "Traceback" not in result.stderr


def test_failed_documents_are_named_with_exit_code_3(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(bytes(range(256)) * 64)
    result = call("run", tmp_path / "x.bin", PLAN, "--out", tmp_path / "out")
    assert result.exit_code == 3 and "failed: x.bin: " in result.stderr
    assert call("run", tmp_path / "x.bin", PLAN, "--out", tmp_path / "out", "--strict").exit_code == 3


def test_strict_ends_with_4_and_a_lock_with_5(tmp_path: Path) -> None:
    assert call("run", PAGE, "--out", tmp_path / "out").exit_code == 0
    assert call("run", PAGE, "--out", tmp_path / "out", "--strict").exit_code == 4  # its list is cut off: an error
    with writer(tmp_path / "out"):
        result = call("run", PLAN, "--out", tmp_path / "out")
    assert result.exit_code == 5 and "another process" in result.stderr


def test_dry_run_publishes_nothing(tmp_path: Path) -> None:
    result = call("run", PLAN, "--out", tmp_path / "out", "--dry-run")
    assert result.exit_code == 0 and "nothing was published" in result.stdout
    assert not (tmp_path / "out").exists()


def test_explain_shows_genres_rules_and_inherited_values() -> None:
    whole = call("explain", SCHOOLS)
    assert whole.exit_code == 0 and "school_list" in whole.stdout
    lines = SCHOOLS.read_text("utf-8").splitlines()
    number = next(i for i, line in enumerate(lines, 1) if "、" in line and "小学" in line)
    one = call("explain", f"{SCHOOLS}:{number}")
    assert "role: " in one.stdout and "holds: " in one.stdout and "inherited" in one.stdout
    told = json.loads(call("explain", f"{SCHOOLS}:{number}", "--json").stdout)
    assert told["line"]["line_no"] == number and told["tried"]


def test_schema_describes_every_column_in_two_languages() -> None:
    described: dict[str, Any] = json.loads(call("schema", "--json").stdout)
    assert {"documents", "articles", "schools", "awards", "plan_targets", "findings"} <= set(described)
    for table in described.values():
        assert table["zh"] and table["en"]
        assert all(c["zh"] and c["en"] and c["type"] for c in table["columns"])
    assert "school" in call("schema", "schools").stdout


def test_show_prints_chosen_columns(out: Path) -> None:
    chosen = ("--columns", "school,city", "--limit", 2, "--json")
    rows = json.loads(call("show", "schools", "--set", out / "current", *chosen).stdout)
    assert len(rows) == 2 and set(rows[0]) == {"school", "city"}
    assert rows[0]["school"] in SCHOOLS.read_text("utf-8")
    missing = call("show", "schools", "--set", out / "current", "--columns", "nosuch")
    assert missing.exit_code == 2 and "no column nosuch" in missing.stderr
    assert "school" in call("show", "schools", "--set", out / "current").stdout


def test_diff_counts_rows_gained_and_lost(out: Path, tmp_path: Path) -> None:
    assert call("run", PLAN, "--out", tmp_path).exit_code == 0
    found = json.loads(call("diff", tmp_path / "current", out / "current", "--json").stdout)
    assert len(found["schools"]["gained"]) == 14 and not found["schools"]["lost"]
    assert not found["plan_items"]["gained"] and not found["plan_items"]["changed"]
    assert "schools: +14 -0 ~0" in call("diff", tmp_path / "current", out / "current").stdout
    back = json.loads(call("diff", out / "current", tmp_path / "current", "--json").stdout)
    assert len(back["schools"]["lost"]) == 14


def test_rules_check_holds_for_the_rules_of_the_project() -> None:
    result = call("rules", "check")
    assert result.exit_code == 0 and "0 problems" in result.stdout
    assert json.loads(call("rules", "check", "--json").stdout)["problems"] == []


def test_the_readmes_name_the_commands_that_exist() -> None:
    for name in ("README.md", "README.zh.md"):
        text = (ROOT / name).read_text("utf-8")
        for words in ("make run", "make test", "hongzhi run", "hongzhi explain", "pip install"):
            assert words in text, (name, words)


def test_the_example_of_explain_works() -> None:
    said = next(line for line in call("explain", "--help").stdout.splitlines() if "Example:" in line)
    place = said.split()[-2] if said.split()[-1] == "│" else said.split()[-1]
    result = call("explain", ROOT / place)
    assert result.exit_code == 0 and "schools" in result.stdout


def test_status_lists_what_waits_and_ends_with_4(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_bytes(PLAN.read_bytes())
    (tmp_path / "in" / "bad.pdf").write_bytes(b"%PDF-1.7 nothing")
    waiting = call("status", tmp_path / "in", "--out", tmp_path / "out")
    assert waiting.exit_code == 4 and "new: 2" in waiting.stdout and "  a.txt" in waiting.stdout
    assert call("run", tmp_path / "in", "--out", tmp_path / "out").exit_code == 3
    done = call("status", "--out", tmp_path / "out")
    assert done.exit_code == 0 and "unchanged: 2" in done.stdout and "  bad.pdf: " in done.stdout
    told = json.loads(call("status", "--out", tmp_path / "out", "--json").stdout)
    assert told["up_to_date"] and list(told["quarantined"]) == ["bad.pdf"]


def test_the_summary_names_what_changed_and_counts_the_rest(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "plan.txt").write_bytes(PLAN.read_bytes())
    call("run", tmp_path / "in", "--out", tmp_path / "out")
    (tmp_path / "in" / "[red]list.txt").write_bytes(SCHOOLS.read_bytes())
    shown = call("run", tmp_path / "in", "--out", tmp_path / "out").stdout
    assert "[red]list.txt" in shown and "plan.txt" not in shown and "1 new, 0 changed, 0 stale, 1 unchanged" in shown


def test_logs_have_levels_and_a_file_for_machines(tmp_path: Path) -> None:
    quiet = call("run", PLAN, "--out", tmp_path / "a")
    assert quiet.stderr == ""
    told = call("--log-level", "info", "--log-file", tmp_path / "log", "run", PLAN, "--out", tmp_path / "b")
    assert "INFO 1 documents: 1 to read" in told.stderr and "1 of 1 documents" in told.stderr
    lines = [json.loads(line) for line in (tmp_path / "log").read_text("utf-8").splitlines()]
    assert {line["level"] for line in lines} == {"info"} and any("published" in line["message"] for line in lines)
    assert "read county-plan" in call("--log-level", "debug", "run", PLAN, "--out", tmp_path / "c").stderr


def test_limits_are_set_on_the_command_line(tmp_path: Path) -> None:
    result = call("run", PLAN, "--out", tmp_path, "--limit", "bytes=100")
    assert result.exit_code == 3 and "over the limit bytes" in result.stderr
    assert call("run", PLAN, "--out", tmp_path, "--limit", "bytes=100000").exit_code == 0


def test_lists_and_patterns_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text(f"{PLAN}\n", "utf-8")
    result = call("run", PLAN.parent / "school*.txt", "--list", tmp_path / "list.txt", "--out", tmp_path, "--json")
    told = json.loads(result.stdout)
    assert [d["path"] for d in told["documents"]] == [PLAN.name, SCHOOLS.name]
