"""Watching folders: what arrives is published, slow copies are waited for, a restart finds what it missed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from helpers import ROOT

from pipeline.cli import app

TEXT = "2012年红十字示范学校名单\n湖州市\n1.湖州市第{n}小学\n"


@contextmanager
def watching(folder: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "pipeline", "watch", str(folder / "in"), "--out", str(folder / "out"), "--rules",
               str(folder / "rules"), "--settle", "0.4", "--workers", "1", "--json"]
    with (folder / "log").open("a") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            yield process
        finally:
            process.kill()
            process.wait(30)


def schools(folder: Path) -> set[str]:
    path = folder / "out" / "current" / "schools" / "part-0.parquet"
    return set(pq.read_table(path, columns=["school"])["school"].to_pylist()) if path.exists() else set()


def until(holds: Callable[[], bool], seconds: float = 60) -> bool:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if holds():
            return True
        time.sleep(0.1)
    return False


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    (tmp_path / "in" / "1.txt").write_text(TEXT.format(n="一"), "utf-8")
    return tmp_path


@pytest.mark.skipif(os.name != "posix", reason="signals as on POSIX")
def test_what_arrives_is_published_also_after_a_crash(folder: Path) -> None:
    with watching(folder) as process:
        assert until(lambda: schools(folder) == {"湖州市第一小学"}), (folder / "log").read_text()
        (folder / "in" / "2.txt").write_text(TEXT.format(n="二"), "utf-8")
        (folder / "in" / "3.txt.part").write_text(TEXT.format(n="三"), "utf-8")
        assert until(lambda: schools(folder) == {"湖州市第一小学", "湖州市第二小学"})
        (folder / "in" / "3.txt.part").rename(folder / "in" / "3.txt")
        assert until(lambda: "湖州市第三小学" in schools(folder))
        process.kill()
        process.wait(30)
    (folder / "in" / "4.txt").write_text(TEXT.format(n="四"), "utf-8")
    (folder / "in" / "1.txt").unlink()
    with watching(folder) as process:
        assert process.stdout
        told = json.loads(process.stdout.readline())
        assert told["changes"] == {"new": 1, "changed": 0, "stale": 0, "unchanged": 2, "removed": 1}
        assert schools(folder) == {f"湖州市第{n}小学" for n in "二三四"}
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130


def test_a_slow_copy_is_read_when_it_is_whole_and_a_mended_rule_tries_again(folder: Path) -> None:
    with watching(folder):
        assert until(lambda: bool(schools(folder)))
        with (folder / "in" / "slow.txt").open("w", encoding="utf-8") as out:
            for n in "五六七八九":
                out.write(TEXT.format(n=n))
                out.flush()
                time.sleep(0.3)
        assert until(lambda: "湖州市第九小学" in schools(folder))
        texts = pq.read_table(folder / "out" / "current" / "documents" / "part-0.parquet").to_pylist()
        assert [d["text"].count("名单") for d in texts if d["source_path"] == "slow.txt"] == [5]
        sets = sorted(p.name for p in (folder / "out" / "sets").iterdir())
        assert len(sets) == 2, "a part of the file was published"
        rules = folder / "rules" / "damage.toml"
        good = rules.read_text("utf-8")
        rules.write_text(good + "\nnot toml", "utf-8")
        assert until(lambda: "damage.toml" in (folder / "log").read_text())
        rules.write_text(good + "\n# a remark\n", "utf-8")
        assert until(lambda: (folder / "out" / "current").resolve().name == "000003")


def test_watching_asks_for_folders_and_for_its_library(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    result = CliRunner().invoke(app, ["watch", str(folder / "in" / "1.txt"), "--out", str(folder / "out")])
    assert result.exit_code == 2 and "not a folder" in result.stderr
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    result = CliRunner().invoke(app, ["watch", str(folder / "in"), "--out", str(folder / "out")])
    assert result.exit_code == 2 and 'pip install "hongzhi[watch]"' in result.stderr
