"""Batches: what fails is named and kept apart, the rest is published, exit codes say which."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from helpers import PAGE, SAMPLES

from pipeline import batch
from pipeline.batch import Options
from pipeline.exits import EXIT_SOME_FAILED, EXIT_STRICT
from pipeline.publish import Locked, PublishError, verify_set, writer

GOOD = next(p for p in SAMPLES if p.name.startswith("county-plan"))


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that another user may enter, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        inputs = Path(name) / "in"
        inputs.mkdir()
        (inputs / "good.txt").write_bytes(GOOD.read_bytes())
        yield Path(name)


@contextmanager
def unprivileged(*owned: Path) -> Iterator[None]:
    """Permissions do not bind root: drop to another user for the time being."""
    if os.name != "posix" or os.geteuid() != 0:
        yield
        return
    for path in owned:
        os.chown(path, 65534, 65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def statuses(result: batch.RunResult) -> dict[str, str]:
    return {d.path: d.status for d in result.documents}


def published(out: Path, table: str) -> list[dict[str, object]]:
    return list(pq.ParquetFile(out / "current" / table / "part-0.parquet").read().to_pylist())


def test_bad_files_do_not_stop_the_good_one(folder: Path) -> None:
    (folder / "in" / "empty.txt").write_bytes(b"")
    (folder / "in" / "blank.txt").write_text(" \n\n\u3000\n", "utf-8")
    (folder / "in" / "binary.bin").write_bytes(bytes(range(256)) * 64)
    result = batch.run([folder / "in"], folder / "out")
    assert result.exit_code == EXIT_SOME_FAILED
    assert statuses(result) == {"binary.bin": "failed", "blank.txt": "parsed", "empty.txt": "parsed", "good.txt": "parsed"}
    codes = {(f["code"], f["severity"]) for f in published(folder / "out", "findings")}
    assert {("unsupported_format", "error"), ("empty_document", "warning")} <= codes
    assert {d["source_path"]: d["status"] for d in published(folder / "out", "documents")}["binary.bin"] == "failed"
    kept = [p for p in (folder / "out" / "quarantine").iterdir() if not p.name.endswith(".json")]
    assert [p.read_bytes() for p in kept] == [bytes(range(256)) * 64]
    reason = json.loads(next((folder / "out" / "quarantine").glob("*.json")).read_text("utf-8"))
    assert reason["path"] == "binary.bin" and "not read" in reason["reason"]
    assert published(folder / "out", "plan_items")


def test_a_file_that_vanishes_during_the_run(folder: Path) -> None:
    gone = folder / "in" / "later.txt"
    gone.write_text("一、会议", "utf-8")

    def remove(name: str, number: int, total: int) -> None:
        assert total == 2
        if number == 1:
            gone.unlink()

    result = batch.run([folder / "in"], folder / "out", progress=remove)
    assert result.exit_code == EXIT_SOME_FAILED
    assert statuses(result) == {"good.txt": "parsed", "later.txt": "failed"}
    assert published(folder / "out", "plan_items")


def test_a_folder_and_a_file_that_cannot_be_read(folder: Path) -> None:
    closed = folder / "in" / "closed"
    closed.mkdir()
    secret = folder / "in" / "secret.txt"
    secret.write_text("一、会议", "utf-8")
    secret.chmod(0)
    closed.chmod(0)
    (folder / "out").mkdir()
    batch.run([GOOD], folder / "warm")  # modules are imported before the rights to read them are given up
    with unprivileged(folder / "out"):
        result = batch.run([folder / "in"], folder / "out")
    closed.chmod(0o755)
    assert result.exit_code == EXIT_SOME_FAILED
    assert statuses(result) == {"closed": "failed", "good.txt": "parsed", "secret.txt": "failed"}
    assert published(folder / "out", "plan_items")


def test_an_output_folder_that_cannot_be_written(folder: Path) -> None:
    (folder / "out").mkdir(mode=0o555)
    with unprivileged(), pytest.raises(PublishError, match="cannot"):
        batch.run([folder / "in"], folder / "out" / "below")
    (folder / "file").write_text("")
    with pytest.raises(PublishError, match="cannot"):
        batch.run([folder / "in"], folder / "file")


def test_a_second_writer_is_refused_at_once(folder: Path) -> None:
    with writer(folder / "out"), pytest.raises(Locked, match="another process"):
        batch.run([folder / "in"], folder / "out")
    assert batch.run([folder / "in"], folder / "out").exit_code == 0


def test_what_does_not_exist_is_a_usage_error(folder: Path) -> None:
    with pytest.raises(batch.UsageError, match="does not exist"):
        batch.run([folder / "nowhere"], folder / "out")
    (folder / "none").mkdir()
    with pytest.raises(batch.UsageError, match="no file"):
        batch.run([folder / "none"], folder / "out")
    assert not (folder / "out").exists()


def test_a_dry_run_writes_nothing(folder: Path) -> None:
    result = batch.run([folder / "in"], folder / "out", Options(dry_run=True))
    assert result.rows["plan_items"] > 0 and result.set_path is None
    assert not (folder / "out").exists()


def test_strict_asks_for_coverage_and_no_errors(folder: Path) -> None:
    assert batch.run([folder / "in"], folder / "out", Options(strict=True)).exit_code == 0
    assert batch.run([PAGE], folder / "out", Options(strict=True)).exit_code == EXIT_STRICT  # a list cut off is an error
    assert batch.run([PAGE], folder / "out").exit_code == 0
    result = batch.run([folder / "in"], folder / "out", Options(strict=True, min_coverage=1.01))
    assert result.exit_code == EXIT_STRICT


def test_the_same_file_twice_is_read_once_and_said(folder: Path) -> None:
    (folder / "in" / "copy.txt").write_bytes(GOOD.read_bytes())
    result = batch.run([folder / "in"], folder / "out")
    assert [(d.path, d.copies) for d in result.documents] == [("copy.txt", ("good.txt",))]
    assert [f["message_en"] for f in published(folder / "out", "findings") if f["code"] == "document_repeated"]
    documents = published(folder / "out", "documents")
    assert [d["paths"] for d in documents] == [["copy.txt", "good.txt"]]


def test_two_runs_give_the_same_bytes(folder: Path) -> None:
    first = batch.run([folder / "in"], folder / "a").set_path
    second = batch.run([folder / "in"], folder / "b").set_path
    assert first and second
    for path in first.rglob("*.parquet"):
        assert path.read_bytes() == (second / path.relative_to(first)).read_bytes(), path


def start(folder: Path) -> subprocess.Popen[str]:
    """A run in a process of its own that waits inside its first document."""
    program = (
        "import sys, time\nimport pipeline.batch as b\nfrom pathlib import Path\n"
        "def tell(name, number, total):\n    print('reading', flush=True)\n    time.sleep(60)\n"
        f"b.run([Path({str(folder / 'in')!r})], Path({str(folder / 'out')!r}), progress=tell)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout and process.stdout.readline() == "reading\n"
    return process


def test_killed_in_the_middle_the_published_set_stays(folder: Path) -> None:
    batch.run([folder / "in"], folder / "out")
    before = (folder / "out" / "current").resolve()
    (folder / "in" / "new.txt").write_text("一、会议", "utf-8")
    process = start(folder)
    process.kill()
    process.wait(30)
    assert (folder / "out" / "current").resolve() == before and verify_set(before) == []
    result = batch.run([folder / "in"], folder / "out")  # its lock died with it
    assert result.exit_code == 0 and result.set_path and result.set_path.name == "000002"


@pytest.mark.skipif(os.name != "posix", reason="signals as on POSIX")
def test_interrupted_by_the_user(folder: Path) -> None:
    command = [sys.executable, "-m", "pipeline", "run", str(folder / "in"), "--out", str(folder / "out")]
    many = folder / "in"
    for number in range(300):
        (many / f"{number}.txt").write_text(GOOD.read_text("utf-8") + f"\n{number}\n", "utf-8")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    limit = time.monotonic() + 60
    while not (folder / "out" / ".lock").exists() and time.monotonic() < limit:
        time.sleep(0.05)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert "interrupted" in told and not (folder / "out" / "current").exists()
