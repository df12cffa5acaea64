"""Published sets: whole, verified, kept, readable by other tools, never a mixture."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest
from helpers import SAMPLES

import pipeline
from pipeline import publish as publishing
from pipeline.publish import PublishError, diff_sets, verify_set


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("set")
    pipeline.run([SAMPLES[0].parent], folder)
    return folder


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if p.is_dir())


def test_pandas_duckdb_and_polars_read_the_same_rows(out: Path) -> None:
    for table in names(out / "current"):
        path = str(out / "current" / table / "part-0.parquet")
        count = pq.ParquetFile(path).metadata.num_rows
        assert len(pd.read_parquet(path)) == count
        assert len(pipeline.load_table(out / "current", table)) == count
        assert duckdb.execute(f"select count(*) from '{path}'").fetchall() == [(count,)]
        assert pl.read_parquet(path).height == count
    schools = str(out / "current" / "schools" / "part-0.parquet")
    ours = set(pipeline.load_table(out / "current", "schools")["school"])
    assert ours == {r[0] for r in duckdb.execute(f"select school from '{schools}'").fetchall()}
    assert ours == set(pl.read_parquet(schools)["school"])


def test_every_value_is_proved_by_the_text_of_the_set(out: Path) -> None:
    query = f"""
        select t.text, substr(d.text, t.span_start + 1, t.span_end - t.span_start)
        from '{out}/current/plan_targets/*.parquet' t join '{out}/current/documents/*.parquet' d using (doc_id)
    """
    rows = duckdb.execute(query).fetchall()
    assert rows and all(text == "".join(printed.splitlines()) for text, printed in rows)


def test_row_ids_are_keys_and_links_lead_somewhere(out: Path) -> None:
    tables = {t: pipeline.load_table(out / "current", t) for t in names(out / "current")}
    for name, table in tables.items():
        if "row_id" in table:
            assert table["row_id"].is_unique, name
    for child, column, parent in (
        ("award_authors", "award_id", "awards"), ("plan_targets", "item_id", "plan_items"), ("schools", "article_id", "articles"),
        ("references", "resolved_row_id", "references"), ("speech_points", "duplicate_of", "speech_points"),
    ):
        assert set(tables[child][column].dropna()) <= set(tables[parent]["row_id"]), (child, column)


def test_manifest_and_datapackage_describe_the_files(out: Path) -> None:
    folder = out / "current"
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert len(manifest["rules_sha256"]) == 64 and manifest["failed"] == []
    assert {e["path"] for e in manifest["files"].values()} == {f"{t}/part-0.parquet" for t in names(folder)}
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    for resource in package["resources"]:
        schema = pq.ParquetFile(folder / resource["path"]).schema_arrow
        assert [f["name"] for f in resource["schema"]["fields"]] == schema.names
    field = pq.ParquetFile(folder / "schools" / "part-0.parquet").schema_arrow.field("school")
    assert field.metadata


def test_the_last_sets_are_kept(tmp_path: Path) -> None:
    for year in range(2011, 2015):
        pipeline.run([SAMPLES[0]], tmp_path, keep=2, as_of=year)
    assert names(tmp_path / "sets") == ["000003", "000004"]
    assert (tmp_path / "current").resolve().name == "000004"
    assert not list(tmp_path.glob(".current-*")) and not (tmp_path / ".staging").exists()


def test_a_set_changed_on_disk_does_not_verify(out: Path, tmp_path: Path) -> None:
    pipeline.run([SAMPLES[0]], tmp_path)
    folder = (tmp_path / "current").resolve()
    assert verify_set(folder) == []
    path = folder / "lines" / "part-0.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    assert verify_set(folder) == ["lines: checksum differs"]
    path.unlink()
    assert verify_set(folder) == ["lines: missing"]


@pytest.mark.parametrize("step", ["_write_table", "verify_set", "_switch"])
def test_a_failure_at_any_step_leaves_the_published_set(step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline.run([SAMPLES[0]], tmp_path)
    before = (tmp_path / "current").resolve()

    def broken(*_: object) -> list[str]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publishing, step, broken)
    with pytest.raises(PublishError, match="No space left"):
        pipeline.run([SAMPLES[1]], tmp_path)
    assert (tmp_path / "current").resolve() == before and verify_set(before) == []
    assert not (tmp_path / ".staging").exists()


def test_the_same_input_differs_in_nothing(tmp_path: Path) -> None:
    first = pipeline.run([SAMPLES[0]], tmp_path).set_path
    second = pipeline.run([SAMPLES[0]], tmp_path / "other").set_path
    assert first and second
    assert all(not change[k] for change in diff_sets(first, second).values() for k in ("gained", "lost", "changed"))


def test_a_table_that_is_not_there_is_named(out: Path) -> None:
    with pytest.raises(FileNotFoundError, match="schools"):
        pipeline.load_table(out / "current", "nosuch")
