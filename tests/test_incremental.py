"""Runs again and again: only what changed is read, and the set is the same as a run from nothing gives."""

from __future__ import annotations

import io
import json
import random
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from helpers import ROOT, SAMPLES

from pipeline import batch
from pipeline.batch import Options
from pipeline.rules import load_rules
from pipeline.status import status

TEXTS = (
    "{year}年红十字示范学校名单\n湖州市\n1.湖州市第{n}小学\n2.德清县第{n}中学\n",
    "{year}年工作要点\n一、组织建设\n1.发展会员。年内新增会员{n}人以上。\n2.办好培训。\n",
    "{year}年好新闻评选结果\n一等奖(1件)\n1.《第{n}次献血》\n作者:王佳(湖州日报社)\n",
    "本会于{year}年举行第{n}次会议。\n",
)


def files(folder: Path) -> dict[str, str]:
    """The checksum of each table of the published set."""
    manifest = json.loads((folder / "current" / "manifest.json").read_text("utf-8"))
    return {name: entry["sha256"] for name, entry in manifest["files"].items()}


class Author:
    """Adds, changes and removes documents, rules and lists, by chance from a seed."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.inputs, self.rules = folder / "in", folder / "rules"
        self.inputs.mkdir()
        shutil.copytree(ROOT / "rules", self.rules)
        for _ in range(4):
            self.add()

    def text(self) -> bytes:
        return self.chance.choice(TEXTS).format(year=self.chance.randrange(2011, 2016), n=self.chance.randrange(1, 9)).encode()

    def documents(self) -> list[Path]:
        return sorted(p for p in self.inputs.rglob("*") if p.is_file() and p.name != "sources.tsv")

    def add(self) -> None:
        path = self.inputs / self.chance.choice(("", "2013", "2014")) / f"{self.chance.randrange(30):02d}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(self.text())

    def copy(self) -> None:
        shutil.copy(self.chance.choice(self.documents()), self.inputs / f"copy{self.chance.randrange(5)}.txt")

    def change(self) -> None:
        self.chance.choice(self.documents()).write_bytes(self.text())

    def remove(self) -> None:
        if len(self.documents()) > 1:
            self.chance.choice(self.documents()).unlink()

    def rename(self) -> None:
        self.chance.choice(self.documents()).rename(self.inputs / f"moved{self.chance.randrange(5)}.txt")

    def damage(self) -> None:
        (self.inputs / "bad.pdf").write_bytes(b"%PDF-1.7 " + self.text())

    def pack(self) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as package:
            for number in range(self.chance.randrange(1, 4)):
                package.writestr(f"{number}.txt", self.text())
            package.writestr("../out.txt", b"x")
        (self.inputs / f"{self.chance.randrange(2)}.zip").write_bytes(out.getvalue())

    def list_sources(self) -> None:
        name = self.chance.choice(self.documents()).relative_to(self.inputs).as_posix()
        (self.inputs / "sources.tsv").write_text(f"文件\t报刊\t日期\n{name}\t浙江日报\t{self.chance.randrange(1, 29)}\n", "utf-8")

    def edit_rules(self) -> None:
        path = self.rules / "lexicon.toml"
        path.write_text(path.read_text("utf-8").replace("会员", "会 员" if "会员" in path.read_text("utf-8") else "会员")
                        + f"\n# {self.chance.random()}\n", "utf-8")

    def correct(self) -> None:
        current = self.inputs.parent / "out" / "current" / "schools" / "part-0.parquet"
        rows = pq.read_table(current).to_pylist() if current.exists() else []
        if rows:
            from pipeline.corrections import append, correction_of

            row = self.chance.choice(rows)
            append(self.rules, correction_of(current.parent.parent, "schools", row["row_id"], "stage", f"{self.chance.random()}",
                                             who="甲", why="试", when="2026-01-01"))

    def step(self) -> str:
        name = self.chance.choice(("add", "add", "copy", "change", "remove", "rename", "damage", "pack", "pack", "list_sources",
                                   "edit_rules", "correct"))
        getattr(self, name)()
        return name


@pytest.mark.parametrize("seed", range(6))
def test_any_sequence_of_changes_gives_what_a_run_from_nothing_gives(tmp_path: Path, seed: int) -> None:
    author = Author(tmp_path, seed)
    done: list[str] = []
    for number in range(9):
        book = load_rules(author.rules)
        again = batch.run([author.inputs], tmp_path / "out", rules=book)
        anew = batch.run([author.inputs], tmp_path / f"new{number}", rules=book)
        assert files(tmp_path / "out") == files(tmp_path / f"new{number}"), done
        assert again.exit_code == anew.exit_code and again.rows == anew.rows
        quarantine = [sorted(p.name for p in (tmp_path / f / "quarantine").glob("*")) for f in ("out", f"new{number}")]
        assert quarantine[0] == quarantine[1]
        done.append(author.step())


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    read: list[str] = []
    original = batch.read_file

    def counting(task: batch.Task, settings: batch.Settings) -> batch.Made:
        read.append(task.name)
        return original(task, settings)

    with monkeypatch.context() as patch:
        patch.setattr(batch, "read_file", counting)
        yield read


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    for number in range(5):
        (tmp_path / "in" / f"{number}.txt").write_text(TEXTS[number % 3].format(year=2012, n=number), "utf-8")
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    return tmp_path


def test_only_what_is_new_or_changed_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read() -> list[str]:
        with counted(monkeypatch) as names:
            batch.run([folder / "in"], folder / "out", rules=load_rules(folder / "rules"))
        return sorted(names)

    everything = [f"{n}.txt" for n in range(5)]
    assert read() == everything and read() == []
    (folder / "in" / "1.txt").write_text("一、会议\n", "utf-8")
    (folder / "in" / "5.txt").write_text("二、培训\n", "utf-8")
    (folder / "in" / "2.txt").unlink()
    assert read() == ["1.txt", "5.txt"]
    (folder / "in" / "0.txt").touch()
    assert read() == []
    (folder / "rules" / "damage.toml").open("a").write("\n# a remark\n")
    assert read() == ["0.txt", "1.txt", "3.txt", "4.txt", "5.txt"]
    (folder / "in" / "sources.tsv").write_text("file\tpublisher\n3.txt\t浙江日报\n", "utf-8")
    assert read() == ["3.txt"]
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.plan.code_hash", lambda: "other code")
        assert len(read()) == 5


def test_nothing_new_publishes_nothing(folder: Path) -> None:
    first = batch.run([folder / "in"], folder / "out").set_path
    assert batch.run([folder / "in"], folder / "out").set_path == first
    assert [p.name for p in (folder / "out" / "sets").iterdir()] == ["000001"]
    strict = batch.run([folder / "in"], folder / "out", Options(strict=True))
    assert not strict.published and strict.set_path == first
    other = batch.run([folder / "in"], folder / "out", Options(as_of=2010))
    assert other.published and other.set_path != first


def test_a_published_set_that_was_damaged_is_not_built_upon(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    batch.run([folder / "in"], folder / "out")
    good = files(folder / "out")
    path = folder / "out" / "current" / "schools" / "part-0.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    with counted(monkeypatch) as names:
        batch.run([folder / "in"], folder / "out")
    assert len(names) == 5 and files(folder / "out") == good


def test_fresh_reads_everything_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    batch.run([folder / "in"], folder / "out")
    with counted(monkeypatch) as names:
        batch.run([folder / "in"], folder / "out", Options(fresh=True))
    assert len(names) == 5


def test_a_failed_document_is_read_again_when_what_it_lacked_is_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "in" / "old.rtf").write_text("{\\rtf1\\ansi meeting}", "ascii")
    with monkeypatch.context() as patch:
        patch.setenv("PATH", "")
        for expected in (True, False):
            with counted(monkeypatch) as names:
                result = batch.run([folder / "in"], folder / "out")
            assert [(d.path, d.code) for d in result.failed] == [("old.rtf", "missing_program")]
            assert ("old.rtf" in names) is expected
    with counted(monkeypatch) as names:
        assert batch.run([folder / "in"], folder / "out").failed == ()
    assert "old.rtf" in names


def test_status_tells_what_a_run_would_do(folder: Path) -> None:
    book = load_rules(folder / "rules")
    assert len(status([folder / "in"], folder / "out", rules=book).new) == 5
    (folder / "in" / "bad.pdf").write_bytes(b"%PDF-1.7 nothing")
    batch.run([folder / "in"], folder / "out", rules=book)
    found = status([], folder / "out", rules=book)
    assert found.up_to_date and len(found.unchanged) == 6 and list(found.quarantined) == ["bad.pdf"]
    (folder / "in" / "0.txt").unlink()
    (folder / "in" / "1.txt").write_text("一、会议", "utf-8")
    (folder / "in" / "9.txt").write_text("一、培训", "utf-8")
    found = status([], folder / "out", rules=book)
    assert (found.removed, found.changed, found.new, found.stale) == (("0.txt",), ("1.txt",), ("9.txt",), ())
    (folder / "rules" / "damage.toml").open("a").write("\n# a remark\n")
    assert status([], folder / "out", rules=load_rules(folder / "rules")).stale == ("2.txt", "3.txt", "4.txt", "bad.pdf")
    assert not found.up_to_date


def test_what_leaves_the_inputs_leaves_set_and_quarantine(folder: Path) -> None:
    (folder / "in" / "bad.pdf").write_bytes(b"%PDF-1.7 nothing")
    batch.run([folder / "in"], folder / "out")
    assert len(list((folder / "out" / "quarantine").iterdir())) == 2
    (folder / "in" / "bad.pdf").unlink()
    result = batch.run([folder / "in"], folder / "out")
    assert result.removed == ("bad.pdf",) and result.exit_code == 0
    assert list((folder / "out" / "quarantine").iterdir()) == []


def test_samples_over_an_earlier_set_of_other_files(tmp_path: Path) -> None:
    batch.run([SAMPLES[0]], tmp_path / "out")
    batch.run([SAMPLES[0].parent], tmp_path / "out")
    batch.run([SAMPLES[0].parent], tmp_path / "new")
    assert files(tmp_path / "out") == files(tmp_path / "new")
