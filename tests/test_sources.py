"""Which files are read: folders, patterns, lists, and what is listed of their publication."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from pipeline import batch
from pipeline.cli import app
from pipeline.sources import UsageError, discover


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    left_out = ("README.md", ".hidden", "x.pdf.part", "~$a.docx", "Thumbs.db")
    for name in ("a.txt", "2013/b.txt", "2013/c.csv", "2014/b.txt", *left_out):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"一、{name}", "utf-8")
    return tmp_path


def names(*inputs: Path, lists: tuple[Path, ...] = ()) -> list[str]:
    return [s.name for s in discover(inputs, lists)]


def test_a_folder_gives_its_documents_and_nothing_else(folder: Path) -> None:
    assert names(folder / "in") == ["2013/b.txt", "2013/c.csv", "2014/b.txt", "a.txt"]


def test_patterns_name_files_below_their_fixed_part(folder: Path) -> None:
    assert names(folder / "in" / "**" / "*.txt") == ["2013/b.txt", "2014/b.txt", "a.txt"]
    assert names(folder / "in" / "20*" / "[bc].*") == ["2013/b.txt", "2013/c.csv", "2014/b.txt"]
    with pytest.raises(UsageError, match="no file matches"):
        discover([folder / "in" / "*.ofd"])


def test_a_list_names_files_from_its_own_folder(folder: Path) -> None:
    listed = folder / "in" / "list"
    listed.write_bytes("# 待读\r\n2013/b.txt\r\n\r\n  a.txt\r\n".encode("gb18030"))
    assert names(lists=(listed,)) == ["a.txt", "b.txt"]
    listed.write_text("nowhere.txt", "utf-8")
    with pytest.raises(UsageError, match=r"nowhere\.txt"):
        discover([], [listed])
    with pytest.raises(UsageError, match="cannot read the list"):
        discover([], [folder / "none"])


def test_one_file_named_twice_is_one_and_two_of_one_name_keep_their_paths(folder: Path) -> None:
    inputs = folder / "in"
    assert names(inputs / "a.txt", inputs / "*.txt", inputs / "a.txt") == ["a.txt"]
    both = names(inputs / "2013", inputs / "2014")
    assert both == [(inputs / "2013/b.txt").as_posix(), (inputs / "2014/b.txt").as_posix(), "c.csv"]


def test_what_was_published_inside_the_input_folder_is_no_document(folder: Path) -> None:
    for out in (folder / "in", folder / "in" / "2013" / "out"):
        for _ in range(2):
            result = batch.run([folder / "in"], out)
            assert [d.path for d in result.documents] == ["2013/b.txt", "2013/c.csv", "2014/b.txt", "a.txt"]
        for name in ("sets", "current"):
            (out / name).rename(folder / name)
            (folder / name).unlink() if name == "current" else shutil.rmtree(folder / name)


@pytest.mark.skipif(os.name != "posix", reason="links and pipes as on POSIX")
def test_links_pipes_and_loops_are_named_and_never_followed(folder: Path) -> None:
    (folder / "secret.txt").write_text("一、机密", "utf-8")
    (folder / "in" / "link.txt").symlink_to(folder / "secret.txt")
    (folder / "in" / "loop").symlink_to(folder / "in", target_is_directory=True)
    os.mkfifo(folder / "in" / "pipe")
    result = batch.run([folder / "in"], folder / "out")
    assert {d.path: d.code for d in result.failed} == {"link.txt": "unsafe_path", "loop": "unsafe_path", "pipe": "unsafe_path"}
    texts = pq.read_table(folder / "out" / "current" / "documents" / "part-0.parquet")["text"].to_pylist()
    assert not any("机密" in text for text in texts)
    assert not any(p.is_symlink() or "机密" in p.read_text() for p in (folder / "out" / "quarantine").iterdir())
    assert [s.error for s in discover([folder / "in" / "link.txt"])] == [None]  # named by the user, so meant


def test_sources_tsv_says_where_and_when(folder: Path) -> None:
    head = "文件\t题名\t报刊\t版次\t发布日期\t责任者\t网址\t备注\n"
    (folder / "in" / "sources.tsv").write_bytes(
        (head + "a.txt\t要点\t浙江日报\t5\t2013-01-05\t王佳\thttp://example.com/1\t甲\n2013/b.txt\t二\t\t\t\t\t\t\n").encode("gb18030"))
    (folder / "in" / "2014" / "sources.tsv").write_text("file\tpublisher\nb.txt\t杭州日报\n", "utf-8")
    batch.run([folder / "in"], folder / "out")
    rows = pq.read_table(folder / "out" / "current" / "documents" / "part-0.parquet").to_pylist()
    told = {r["source_path"]: {k: v for k, v in r.items() if k.startswith("source_") and k != "source_path" and v} for r in rows}
    assert told == {
        "a.txt": {"source_title": "要点", "source_publisher": "浙江日报", "source_issue": "5", "source_published": "2013-01-05",
                  "source_author": "王佳", "source_url": "http://example.com/1"},
        "2013/b.txt": {"source_title": "二"}, "2013/c.csv": {}, "2014/b.txt": {"source_publisher": "杭州日报"},
    }


def test_a_list_of_sources_without_a_column_of_files_is_said(folder: Path) -> None:
    (folder / "in" / "sources.tsv").write_text("题名\n要点\n", "utf-8")
    with pytest.raises(UsageError, match="no column"):
        discover([folder / "in"])


def test_the_listed_publication_wins_over_the_page(folder: Path) -> None:
    meta = '<meta name="ContentSource" content="新华网"><meta name="PubDate" content="2013-01-01">'
    page = f"<html><head>{meta}</head><p>一、会议</p></html>"
    (folder / "in" / "2013" / "page.html").write_text(page, "utf-8")
    (folder / "in" / "sources.tsv").write_text("file\tpublisher\n2013/page.html\t浙江日报\n", "utf-8")
    batch.run([folder / "in" / "2013"], folder / "out")
    rows = pq.read_table(folder / "out" / "current" / "documents" / "part-0.parquet").to_pylist()
    page_row = next(r for r in rows if r["source_path"] == "page.html")
    assert (page_row["source_publisher"], page_row["source_published"]) == ("新华网", "2013-01-01")
    batch.run([folder / "in"], folder / "out")
    rows = pq.read_table(folder / "out" / "current" / "documents" / "part-0.parquet").to_pylist()
    page_row = next(r for r in rows if r["source_path"] == "2013/page.html")
    assert (page_row["source_publisher"], page_row["source_published"]) == ("浙江日报", "2013-01-01")


def test_files_that_the_list_names_and_the_folder_lacks_are_said(folder: Path) -> None:
    listed = "file\tpublisher\na.txt\t浙江日报\ngone.txt\t浙江日报\na.zip/b.txt\t杭州日报\n"
    (folder / "in" / "sources.tsv").write_text(listed, "utf-8")
    with zipfile.ZipFile(folder / "in" / "a.zip", "w") as package:
        package.writestr("b.txt", "一、抓好培训工作")
    result = CliRunner().invoke(app, ["run", str(folder / "in"), "--out", str(folder / "out"), "--workers", "0"])
    told = [line.split(": ")[-1] for line in result.stderr.splitlines() if "not there" in line]
    assert result.exit_code == 0 and told == ["gone.txt"]
    rows = pq.read_table(folder / "out" / "current" / "documents" / "part-0.parquet").to_pylist()
    assert {r["source_path"]: r["source_publisher"] for r in rows if r["source_publisher"]} == {
        "a.txt": "浙江日报", "a.zip/b.txt": "杭州日报"}


@pytest.mark.skipif(os.name != "posix", reason="names of bytes as on POSIX")
def test_names_in_gbk_and_names_of_no_encoding_are_stored_as_text(folder: Path) -> None:
    for number, name in enumerate(("名单.txt".encode("gbk"), b"\xff\xfe.txt")):
        with open(os.fsencode(folder / "in" / "2013") + b"/" + name, "w") as out:
            out.write(f"meeting {number}")
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", encoding="gbk", format=tarfile.GNU_FORMAT) as packed:
        info = tarfile.TarInfo("学校/名单.txt")
        info.size = 6
        packed.addfile(info, io.BytesIO("名单".encode()))
    (folder / "in" / "2014" / "a.tar").write_bytes(archive.getvalue())
    result = batch.run([folder / "in"], folder / "out")
    assert result.exit_code == 0
    assert {d.path for d in result.documents} >= {"2013/名单.txt", "2013/\\xff\\xfe.txt", "2014/a.tar/学校/名单.txt"}
    assert batch.run([folder / "in"], folder / "out").changes["unchanged"] == len(result.documents)


def test_lists_may_quote_their_paths(folder: Path) -> None:
    (folder / "in" / "list").write_text('"2013/b.txt"\n\'a.txt\'\n', "utf-8")
    assert names(lists=(folder / "in" / "list",)) == ["a.txt", "b.txt"]
