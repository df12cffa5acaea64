"""Workers that hang, crash or eat memory are ended, and nobody else's work is lost."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import poison
import psutil
import pyarrow.parquet as pq
import pytest
from helpers import SAMPLES

from pipeline import batch
from pipeline.batch import Options
from pipeline.ingest.errors import UnreadableDocument
from pipeline.ingest.limits import Limits
from pipeline.workers import run_all

LIMITS = Limits(seconds=3, memory=1_000_000_000)


def test_results_are_those_of_plain_calls_whatever_the_number_of_workers() -> None:
    calls = [(n,) for n in range(40)]
    plain = dict(run_all(poison.square, calls, workers=0, limits=LIMITS))
    assert plain == {n: n * n for n in range(40)}
    assert dict(run_all(poison.square, calls, workers=2, limits=LIMITS)) == plain


def test_poison_among_healthy_calls_is_named_and_the_healthy_are_done() -> None:
    kinds = ["fine", "hang", "fine", "crash", "spin", "exit", "eat", "fine", "connect", *["fine"] * 12]
    began = time.monotonic()
    results = dict(run_all(poison.misbehave, [(kind,) for kind in kinds], workers=2, limits=LIMITS))
    assert time.monotonic() - began < 90
    told: dict[str, set[str]] = {}
    for number, result in results.items():
        shown = f"{result.code} {result.limit}" if isinstance(result, UnreadableDocument) else result
        told.setdefault(kinds[number], set()).add(shown)
    assert told == {
        "fine": {"fine"}, "hang": {"over_limit seconds"}, "spin": {"over_limit seconds"}, "crash": {"worker_died None"},
        "exit": {"worker_died None"}, "eat": {"over_limit memory"}, "connect": {"hongzhi makes no connection to any network"},
    }


def test_a_call_that_kills_its_worker_once_is_tried_again(tmp_path: Path) -> None:
    results = dict(run_all(poison.crash_once, [(str(tmp_path / "marker"),)], workers=1, limits=LIMITS))
    assert results == {0: "read at the second try"}


def test_a_document_over_its_memory_or_time_is_a_finding_and_the_others_are_published(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "good.txt").write_bytes(SAMPLES[0].read_bytes())
    item = "1.会议。年内新增会员20人以上。"
    # 20 million characters on a line are more than may be held, 300,000 items more than can be read in the time.
    huge = {"memory": item * 1_200_000, "seconds": f"{item}\n" * 300_000}
    for limits, name in ((Limits(memory=120_000_000), "memory"), (Limits(seconds=10), "seconds")):
        (tmp_path / "in" / "huge.txt").write_text(huge[name], "utf-8")
        result = batch.run([tmp_path / "in"], tmp_path / "out", Options(workers=2, limits=limits))
        assert {d.path: d.status for d in result.documents} == {"good.txt": "parsed", "huge.txt": "failed"}
        findings = pq.read_table(tmp_path / "out" / "current" / "findings" / "part-0.parquet").to_pylist()
        assert [f["message_en"] for f in findings if f["code"] == "over_limit"] == [
            f"not read: over the limit {name}: {limits.memory if name == 'memory' else limits.seconds:.15g}"
        ]
        assert result.rows["awards"] + result.rows["plan_items"] + result.rows["honourees"] > 0
        assert [p for p in (tmp_path / "out" / "quarantine").iterdir() if p.name.endswith("huge.txt")]


def test_workers_and_one_process_publish_the_same_bytes(tmp_path: Path) -> None:
    folder = SAMPLES[0].parent
    one = batch.run([folder], tmp_path / "one", Options(workers=0)).set_path
    two = batch.run([folder], tmp_path / "two", Options(workers=2)).set_path
    assert one and two
    for path in sorted(one.rglob("*.parquet")):
        assert path.read_bytes() == (two / path.relative_to(one)).read_bytes(), path.parent.name


@pytest.mark.skipif(os.name != "posix", reason="processes as on POSIX")
def test_no_worker_outlives_a_run_that_was_killed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "huge.txt").write_text("一、会议。年内新增会员20人以上，" * 400_000, "utf-8")
    command = [sys.executable, "-m", "pipeline", "run", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--workers", "2"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    family: list[psutil.Process] = []
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        family = psutil.Process(process.pid).children(recursive=True)
        if any(p.cpu_times().user > 2 for p in family):
            break
        time.sleep(0.1)
    process.kill()
    process.wait(30)
    _, alive = psutil.wait_procs(family, timeout=30)
    assert family and alive == []
