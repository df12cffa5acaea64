"""One complete set of tables, published in one step.

``out/sets/000001/<table>/part-0.parquet`` holds a set; ``out/current`` is a symbolic link that is
replaced in one atomic step, so a reader sees the whole previous set or the whole new one. A set is
staged under ``out/.staging``, flushed to disk, read back and verified before it is moved.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.schema import Table, datapackage, tables

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_ROWS_A_GROUP = 64_000


class Locked(Exception):
    """Another process is writing to the same output folder."""


class PublishError(Exception):
    """The output folder cannot be written, or what was written does not read back the same."""


@contextmanager
def writer(out: Path) -> Iterator[None]:
    """Hold the output folder's lock; raises :class:`Locked` at once when another writer has it."""
    from filelock import FileLock, Timeout

    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = FileLock(out / ".lock", timeout=0)
        lock.acquire()
    except Timeout:
        raise Locked(f"{out} 正由另一进程写入，请稍后再试 / another process is writing to {out}: try again later") from None
    except OSError as error:
        raise PublishError(
            f"无法写入 {out}：{error.strerror or error}，请换一个输出文件夹 / cannot write to {out}: choose another --out"
        ) from error
    try:
        yield
    finally:
        lock.release()


def publish(out: Path, made: Mapping[str, pa.Table], described: Mapping[str, Table], manifest: Mapping[str, Any],
            keep: int = 3) -> Path:
    """Write, verify and switch to a new set; returns its folder. Call it inside :func:`writer`.

    The last ``keep`` sets stay. Raises :class:`PublishError`; then the published set is unchanged.
    """
    staging = out / ".staging" / uuid.uuid4().hex
    try:
        _clear_leftovers(out)
        staging.mkdir(parents=True)
        files = {name: _write_table(staging, name, table) for name, table in made.items()}
        _write_json(staging / "datapackage.json", datapackage(described))
        _write_json(staging / "manifest.json", {**manifest, "files": files})
        problems = verify_set(staging)
        if problems:
            raise PublishError(f"写入后校验不符 / what was written does not verify: {'; '.join(problems)}")
        target = _next_set(out)
        os.rename(staging, target)
        _flush_folder(target.parent)
        _switch(out, target)
        _drop_old(out, keep, target)
        return target
    except OSError as error:
        raise PublishError(f"无法发布到 {out}：{error} / cannot publish to {out}: {error}") from error
    finally:
        shutil.rmtree(out / ".staging", ignore_errors=True)


def _clear_leftovers(out: Path) -> None:
    shutil.rmtree(out / ".staging", ignore_errors=True)
    for path in out.glob(".current-*"):
        path.unlink(missing_ok=True)


def _write_table(staging: Path, name: str, table: pa.Table) -> dict[str, Any]:
    import pyarrow.parquet as pq

    folder = staging / name
    folder.mkdir()
    path = folder / "part-0.parquet"
    pq.write_table(table, path, compression="zstd", write_page_checksum=True, row_group_size=_ROWS_A_GROUP, store_schema=True)
    with path.open("rb+") as handle:
        os.fsync(handle.fileno())
    _flush_folder(folder)
    relative = path.relative_to(staging).as_posix()
    return {"path": relative, "rows": table.num_rows, "bytes": path.stat().st_size, "sha256": _sha256(path)}


def _write_json(path: Path, data: Mapping[str, Any]) -> None:
    with path.open("w", encoding="utf-8") as handle:
        json.dump(data, handle, ensure_ascii=False, indent=1)
        handle.flush()
        os.fsync(handle.fileno())


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _flush_folder(folder: Path) -> None:
    # A rename is durable only when its folder is flushed; Windows cannot open folders and needs none.
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def verify_set(folder: Path) -> list[str]:
    """Read a set back: checksums, page checksums and row counts against its manifest; problems as text."""
    import pyarrow.parquet as pq

    problems: list[str] = []
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    for name, entry in manifest["files"].items():
        path = folder / entry["path"]
        if not path.is_file():
            problems.append(f"{name}: missing")
        elif _sha256(path) != entry["sha256"]:
            problems.append(f"{name}: checksum differs")
        else:
            # The file itself, not a dataset: a folder scan would add partition columns.
            found = pq.ParquetFile(path, page_checksum_verification=True).read().num_rows
            if found != entry["rows"]:
                problems.append(f"{name}: {found} rows, {entry['rows']} expected")
    return problems


def _sets(out: Path) -> list[Path]:
    return sorted(p for p in (out / "sets").glob("[0-9]*") if p.is_dir())


def _next_set(out: Path) -> Path:
    (out / "sets").mkdir(exist_ok=True)
    numbers = [int(p.name) for p in _sets(out)]
    return out / "sets" / f"{max(numbers, default=0) + 1:06d}"


def _switch(out: Path, target: Path) -> None:
    link = out / f".current-{uuid.uuid4().hex}"
    try:
        os.symlink(Path("sets") / target.name, link, target_is_directory=True)
        os.replace(link, out / "current")
    except OSError as error:
        link.unlink(missing_ok=True)
        raise PublishError(
            f"无法切换 {out / 'current'}：{error}；请使用支持符号链接的文件夹 / cannot switch {out / 'current'}: {error}; "
            "use a folder where symbolic links are allowed"
        ) from error
    _flush_folder(out)


def _drop_old(out: Path, keep: int, current: Path) -> None:
    for path in _sets(out)[:-keep]:
        if path != current:
            shutil.rmtree(path, ignore_errors=True)


def load_table(folder: Path | str, table: str) -> pd.DataFrame:
    """A published table as a pandas DataFrame; FileNotFoundError names the tables that are there."""
    import pandas as pd

    path = Path(folder) / table
    if not path.is_dir():
        there = ", ".join(sorted(p.name for p in Path(folder).glob("*") if p.is_dir()))
        raise FileNotFoundError(f"no table {table!r} in {folder}; there are: {there or 'none'}")
    return pd.read_parquet(path)


def diff_sets(first: Path, second: Path) -> dict[str, dict[str, Any]]:
    """Rows gained, lost and changed per table, by row id; changed rows name their columns."""
    import pyarrow.parquet as pq

    out: dict[str, dict[str, Any]] = {}
    described = tables()
    names = sorted({p.name for s in (first, second) for p in s.glob("*") if p.is_dir()})
    for name in names:
        key = described[name].key if name in described else ("row_id",)
        sides = []
        for side in (first, second):
            path = side / name / "part-0.parquet"
            rows = pq.ParquetFile(path).read().to_pylist() if path.is_file() else []
            sides.append({tuple(row[k] for k in key): row for row in rows})
        old, new = sides
        changed = [
            {"key": list(k), "columns": sorted(c for c in new[k] if old[k].get(c) != new[k][c])}
            for k in new if k in old and old[k] != new[k]
        ]
        out[name] = {"gained": [list(k) for k in new if k not in old], "lost": [list(k) for k in old if k not in new],
                     "changed": changed}
    return out
