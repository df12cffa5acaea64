"""ZIP and TAR as folders: the same rows, unsafe members refused by name, bombs refused within bounds."""

from __future__ import annotations

import io
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from helpers import SAMPLES

from pipeline import batch
from pipeline.batch import Options
from pipeline.exits import EXIT_SOME_FAILED
from pipeline.ingest.archive import expand
from pipeline.ingest.errors import UnreadableDocument
from pipeline.ingest.limits import Limits

GOOD = next(p for p in SAMPLES if p.name.startswith("county-plan")).read_bytes()
LIST = next(p for p in SAMPLES if p.name.startswith("school-list")).read_bytes()
Members = list[tuple[str, bytes]]


def zipped(members: Members, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as package:
        for name, data in members:
            package.writestr(name, data)
    return out.getvalue()


def tarred(members: Members, mode: str = "w:gz") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def run(folder: Path, *, limits: Limits | None = None) -> batch.RunResult:
    return batch.run([folder / "in"], folder / "out", Options(limits=limits or Limits()))


def table(folder: Path, name: str) -> list[dict[str, object]]:
    return list(pq.read_table(folder / "out" / "current" / name / "part-0.parquet").to_pylist())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path


@pytest.mark.parametrize(("name", "packed"), [
    ("a.zip", zipped), ("a.tar", lambda m: tarred(m, "w")), ("a.tar.gz", tarred), ("a.tgz", tarred),
    ("a.tar.bz2", lambda m: tarred(m, "w:bz2")), ("a.tar.xz", lambda m: tarred(m, "w:xz")),
    ("without-ending", zipped), ("stored.zip", lambda m: zipped(m, zipfile.ZIP_STORED)),
])
def test_an_archive_gives_the_rows_of_its_folder(folder: Path, name: str, packed: Callable[[Members], bytes]) -> None:
    members = [("2015/要点.txt", GOOD), ("名单.txt", LIST), ("README.md", b"notes"), ("__MACOSX/._a", b"x"), (".hidden", b"x")]
    (folder / "in" / name).write_bytes(packed(members))
    result = run(folder)
    assert {d.path: d.status for d in result.documents} == {f"{name}/2015/要点.txt": "parsed", f"{name}/名单.txt": "parsed"}
    packed_rows = {t: table(folder, t) for t in ("schools", "plan_items", "plan_targets")}
    for path, data in members[:2]:
        (folder / "plain" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "plain" / path).write_bytes(data)
    batch.run([folder / "plain"], folder / "out")
    assert packed_rows == {t: table(folder, t) for t in packed_rows} and packed_rows["schools"]


def test_names_written_by_chinese_windows_are_read(folder: Path) -> None:
    data = bytearray(zipped([("MARK", GOOD)]))
    out = bytes(data).replace(b"MARK", "要点".encode("gbk"))
    (folder / "in" / "a.zip").write_bytes(out)
    assert [d.path for d in run(folder).documents] == ["a.zip/要点"]


def test_archives_in_archives_down_to_the_limit(folder: Path) -> None:
    inner = zipped([("要点.txt", GOOD)])
    for _ in range(3):
        (folder / "in" / "a.zip").write_bytes(inner)
        inner = tarred([("inner", inner)])
    result = run(folder)
    assert [(d.path, d.status) for d in result.documents] == [("a.zip/inner/inner/要点.txt", "parsed")]
    (folder / "in" / "a.zip").write_bytes(inner)
    result = run(folder)
    assert [(d.path, d.code) for d in result.documents] == [("a.zip/inner/inner/inner", "over_limit")]
    assert "depth" in (result.documents[0].reason or "")


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, target
        archive.addfile(info)
        good = tarfile.TarInfo("good.txt")
        good.size = len(GOOD)
        archive.addfile(good, io.BytesIO(GOOD))
    return out.getvalue()


def zip_link() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        info = zipfile.ZipInfo("bad")
        info.external_attr = 0o120777 << 16
        package.writestr(info, "/etc/hostname")
        package.writestr("good.txt", GOOD)
    return out.getvalue()


@pytest.mark.parametrize("data", [
    zipped([("../../bad", b"x"), ("good.txt", GOOD)]), zipped([("/etc/bad", b"x"), ("good.txt", GOOD)]),
    zipped([("a\\..\\..\\bad", b"x"), ("good.txt", GOOD)]), tarred([("../bad", b"x"), ("good.txt", GOOD)]),
    tarred([("/bad", b"x"), ("good.txt", GOOD)]), link("bad", "/etc/hostname"), link("bad", "good.txt", tarfile.LNKTYPE),
    link("bad", "", tarfile.CHRTYPE), link("bad", "", tarfile.FIFOTYPE), zip_link(),
], ids=["zip-up", "zip-root", "zip-backslash", "tar-up", "tar-root", "tar-link", "tar-hard-link", "device", "pipe", "zip-link"])
def test_a_member_that_leads_elsewhere_is_refused_and_the_rest_is_read(folder: Path, data: bytes) -> None:
    (folder / "in" / "a").write_bytes(data)
    result = run(folder)
    assert result.exit_code == EXIT_SOME_FAILED and result.rows["plan_items"] > 0
    assert [d.code for d in result.documents if d.status == "failed"] == ["unsafe_path"]
    assert sorted(p.name for p in folder.iterdir()) == ["in", "out"]
    assert [f["code"] for f in table(folder, "findings") if f["severity"] == "error"] == ["unsafe_path"]


def claimed_small(data: bytes) -> bytes:
    """The archive with the sizes in its heads set to one byte, as a bomb would."""
    out = bytearray(data)
    for at in (i for i in range(len(out) - 4) if out[i : i + 4] == b"PK\x01\x02"):
        out[at + 24 : at + 28] = (1).to_bytes(4, "little")
    return bytes(out)


MB = bytes(1_000_000)


@pytest.mark.parametrize(("data", "code", "limit"), [
    (zipped([("a.txt", MB * 15)]), "over_limit", "ratio"),
    (zipped([(f"{n}.txt", MB) for n in range(12)]), "over_limit", "expanded"),
    (tarred([("a.txt", MB * 30)]), "over_limit", "bytes"),
    (tarred([(f"{n}.txt", MB) for n in range(12)]), "over_limit", "expanded"),
    (zipped([("outer.zip", zipped([(f"{n}.txt", MB) for n in range(12)]))]), "over_limit", "expanded"),
    (zipped([(f"{n}", b"") for n in range(300)]), "over_limit", "entries"),
    (tarred([(f"{n}", b"") for n in range(300)]), "over_limit", "entries"),
    (claimed_small(zipped([("a.txt", MB * 30)])), "damaged_file", None),
    (zipped([("a.txt", GOOD * 50)])[:-200], "damaged_file", None), (tarred([("a.txt", GOOD * 50)])[:-200], "damaged_file", None),
    (zipped([]), "unsupported_format", None), (tarred([("README", b"x")]), "unsupported_format", None),
], ids=["ratio", "zip-sum", "tar-one", "tar-sum", "nested", "zip-entries", "tar-entries", "false-sizes", "zip-cut", "tar-cut",
        "empty", "no-document"])
def test_a_bomb_or_a_damaged_archive_is_refused_whole(folder: Path, data: bytes, code: str, limit: str | None) -> None:
    (folder / "in" / "a").write_bytes(data)
    (folder / "in" / "good.txt").write_bytes(GOOD)
    limits = Limits(bytes=20_000_000, expanded=10_000_000, entries=200)
    began = time.monotonic()
    result = run(folder, limits=limits)
    assert time.monotonic() - began < 20
    failures = {(d.path.split("/")[0], d.code) for d in result.documents if d.status == "failed"}
    assert failures == {("a", code)} and result.rows["plan_items"] > 0
    if limit:
        assert f"limit {limit}" in next(d.reason or "" for d in result.failed)
    again = run(folder, limits=limits)
    assert again.changes["unchanged"] == len(again.documents) and again.exit_code == EXIT_SOME_FAILED


def test_an_encrypted_member_is_named_and_the_rest_is_read(folder: Path) -> None:
    data = bytearray(zipped([("secret.txt", GOOD), ("good.txt", GOOD)]))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.index(mark)
        data[start + at] |= 1
    (folder / "in" / "a.zip").write_bytes(bytes(data))
    result = run(folder)
    assert {d.path: d.code for d in result.documents} == {"a.zip/good.txt": None, "a.zip/secret.txt": "encrypted_file"}


def test_two_members_of_one_name_are_both_read(folder: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        (folder / "in" / "a.zip").write_bytes(zipped([("a.txt", GOOD), ("a.txt", LIST)]))
    assert [d.path for d in run(folder).documents] == ["a.zip/a.txt", "a.zip/a.txt (2)"]


def test_expand_writes_nothing_outside_its_folder(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped([("x/../../y.txt", b"1"), ("C:/z.txt", b"1"), ("good/a.txt", b"1")]))
    (tmp_path / "spool").mkdir()
    members = expand(tmp_path / "a.zip", "zip", tmp_path / "spool", Limits())
    assert [(m.name, m.path is not None) for m in members] == [
        ("x/../../y.txt", False), ("C:/z.txt", False), ("good/a.txt", True)]
    assert [p.name for p in (tmp_path / "spool").iterdir()] == ["000001"]
    with pytest.raises(UnreadableDocument, match="damaged"):
        (tmp_path / "b.zip").write_bytes(b"PK\x03\x04 and nothing more")
        expand(tmp_path / "b.zip", "zip", tmp_path / "spool", Limits())
