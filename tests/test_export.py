"""Workbook, CSV, JSON Lines, DuckDB: whole, safe, traceable, the same bytes each time."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import openpyxl
import pyarrow.parquet as pq
import pytest
import typer
from exported import csv_rows, printed, published, sheet
from helpers import ROOT
from typer.testing import CliRunner

from pipeline import batch
from pipeline.cli_export import add_to
from pipeline.export import FORMATS, export
from pipeline.export.clean import CELL, units
from pipeline.export.errors import ExportError, MissingExtra
from pipeline.export.naming import as_of
from pipeline.export.workbook import ROWS, workbook

HOSTILE = ['=HYPERLINK("http://a.example","点")', "+1", "@SUM(A1)", "-2+3", "控\x07制", "右\u202e到左\u202c", "救护🚑急救",
           "00123", "http://a.example/a", "_x000D_字面", "＝1+1"]


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("samples")
    batch.run([ROOT / "raw_docs"], out, batch.Options(workers=0))
    return out / "current"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    text = "红十字会简讯\n\n" + "\n".join(HOSTILE) + "\n" + "长" * 40_000 + "🚑" * 10_000 + "\n"
    return published(tmp_path_factory.mktemp("hostile"), {"a.txt": text})


def command() -> typer.Typer:
    app = typer.Typer()
    add_to(app)
    return app


def test_every_table_and_row_is_in_every_format(samples: Path, tmp_path: Path) -> None:
    export(["xlsx", "csv", "jsonl", "duckdb"], samples, tmp_path)
    book = openpyxl.load_workbook(tmp_path / "数据表.xlsx", read_only=True)
    labels = {name: title for title, name, *_ in book["说明"].iter_rows(values_only=True) if name}
    with duckdb.connect(str(tmp_path / "hongzhi.duckdb"), read_only=True) as db:
        for folder in sorted(p for p in samples.iterdir() if p.is_dir()):
            rows = pq.ParquetFile(folder / "part-0.parquet").metadata.num_rows
            assert len(list(book[labels[folder.name]].iter_rows(values_only=True))) == rows + 1
            assert len(csv_rows(tmp_path / "csv" / f"{folder.name}.csv")) == rows
            assert len((tmp_path / "jsonl" / f"{folder.name}.jsonl").read_bytes().splitlines()) == rows
            assert db.execute(f'select count(*) from "{folder.name}"').fetchall() == [(rows,)]


@pytest.mark.parametrize("name", [f for f in FORMATS if f != "duckdb"])
def test_the_same_set_gives_the_same_bytes(samples: Path, tmp_path: Path, name: str) -> None:
    first, second = ([p.read_bytes() for p in export([name], samples, tmp_path / side)] for side in "ab")
    assert first == second


def test_the_workbook_is_ready_to_be_used(samples: Path, tmp_path: Path) -> None:
    export(["xlsx"], samples, tmp_path)
    page = openpyxl.load_workbook(tmp_path / "数据表.xlsx")["学校名单"]
    head = [c.value for c in page[1]]
    assert page.freeze_panes == "A2" and page.auto_filter.ref and page.auto_filter.ref.startswith("A1")
    assert {"学校", "设区市", "县（市、区）", "今地", "性质", "出处", "待核", "更正", "依据"} <= set(head)
    assert len(set(head)) == len(head)
    hidden = {head[openpyxl.utils.column_index_from_string(k) - 1] for k, d in page.column_dimensions.items() if d.hidden}
    assert {"行标识", "校验"} <= hidden and not hidden & {"学校", "出处", "更正"}


def test_a_row_says_where_it_is_from_and_what_is_to_be_checked(samples: Path, tmp_path: Path) -> None:
    export(["xlsx"], samples, tmp_path)
    rows = {r["学校"]: r for r in sheet(tmp_path / "数据表.xlsx", "学校名单")}
    shangyu = rows["上虞市夏丐尊小学"]
    assert (shangyu["设区市代码"], shangyu["县（市、区）代码"], shangyu["今地"]) == ("330600", "330682", "上虞市(今绍兴市上虞区)")
    assert "zhejiang-2013-newspaper-page.txt，第144行" in shangyu["出处"] and shangyu["性质"] == "表彰"
    # Three schools stand below a heading that declares four.
    assert "称4，实有3" in rows["玉环县楚门中学"]["待核"] and rows["平湖市东湖小学"]["待核"] is None
    page = openpyxl.load_workbook(tmp_path / "数据表.xlsx")["学校名单"]
    school = [c.value for c in page[1]].index("学校")
    colours = {row[school].value: row[0].fill.start_color.rgb for row in page.iter_rows(min_row=2)}
    assert colours["玉环县楚门中学"] == "FFFFF2CC" and colours["平湖市东湖小学"] == "00000000"


def test_plans_reports_and_praise_are_told_apart(samples: Path, tmp_path: Path) -> None:
    export(["xlsx"], samples, tmp_path)
    path = tmp_path / "数据表.xlsx"
    assert {r["性质"] for r in sheet(path, "工作要点条目")} == {"规划"}
    assert {r["性质"] for r in sheet(path, "讲话要点")} == {"讲话"}
    assert {r["性质"] for r in sheet(path, "荣誉与组成人员名单")} == {"表彰", "任职"}
    assert {r["类别"] for r in sheet(path, "指标")} == {"目标"}


def test_hostile_text_stays_text_in_the_workbook(hostile: Path, tmp_path: Path) -> None:
    export(["xlsx"], hostile, tmp_path)
    book = openpyxl.load_workbook(tmp_path / "数据表.xlsx")
    cells = [c for page in book for row in page.iter_rows() for c in row]
    assert not [c for c in cells if c.data_type == "f" or c.hyperlink]
    texts = [r["原文"] for r in sheet(tmp_path / "数据表.xlsx", "行账")]
    shown = {"控\x07制": "控〔U+0007〕制", "右\u202e到左\u202c": "右〔U+202E〕到左〔U+202C〕"}
    assert texts[1:-1] == [shown.get(t, t) for t in HOSTILE]
    assert all(isinstance(t, str) for t in texts)


def test_a_cell_that_is_too_long_is_cut_with_a_note(hostile: Path, tmp_path: Path) -> None:
    export(["xlsx"], hostile, tmp_path)
    long = sheet(tmp_path / "数据表.xlsx", "行账")[-1]["原文"]
    # 50,000 characters were there; the note tells how many are missing and on which line the whole stands.
    kept = long.index("〔")
    assert units(long) <= CELL and long[kept:] == f"〔以下{50_000 - kept}字未列，见原文第14行〕"
    about = openpyxl.load_workbook(tmp_path / "数据表.xlsx")["说明"]
    assert any(str(row[0]).startswith("行账!") and row[1] == 50_000 for row in about.iter_rows(values_only=True))


def test_hostile_text_stays_text_in_csv(hostile: Path, tmp_path: Path) -> None:
    export(["csv"], hostile, tmp_path)
    data = (tmp_path / "csv" / "lines.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf") and b"\r\n" in data and b"\n" not in data.replace(b"\r\n", b"")
    cells = [c for p in (tmp_path / "csv").iterdir() for row in csv_rows(p) for c in row.values()]
    assert not [c for c in cells if c.startswith(("=", "+", "-", "@", "\t", "\r", "＝"))]
    assert [r["原文"] for r in csv_rows(tmp_path / "csv" / "lines.csv")][1:4] == [f"'{HOSTILE[0]}", "'+1", "'@SUM(A1)"]


def test_json_lines_keep_every_value(hostile: Path, tmp_path: Path) -> None:
    export(["jsonl"], hostile, tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "jsonl" / "lines.jsonl").read_bytes().splitlines()]
    assert rows == pq.ParquetFile(hostile / "lines" / "part-0.parquet").read().to_pylist()


def test_the_database_has_comments_and_views(samples: Path, tmp_path: Path) -> None:
    export(["duckdb"], samples, tmp_path)
    with duckdb.connect(str(tmp_path / "hongzhi.duckdb"), read_only=True) as db:
        comments = db.execute("select column_name, comment from duckdb_columns() where table_name = 'schools'").fetchall()
        assert all(comment for _name, comment in comments) and "学校" in dict(comments)["school"]
        assert db.execute("select 县代码 from 学校按市按年 where 学校 = '新昌县南明小学'").fetchall() == [("330624",)]
        authors = "select 奖项, 姓名, 单位 from 获奖作品与作者 where 作品 = '把“最美的”留在世间' order by 署名次序"
        assert db.execute(authors).fetchall() == [("一等奖", "洪秀芳", "象山县红十字会"), ("一等奖", "李先根", "象山县红十字会")]
        assert db.execute("select 数量原文 from 指标 where 指标 = '初级救护员'").fetchall() == [("10万名",)]
        assert db.execute("select 级别 from 待核 limit 1").fetchall() == [("error",)]


def test_a_table_longer_than_a_sheet_goes_on_on_another(samples: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from pipeline.export import workbook as module
    from pipeline.export.dataset import read_set

    assert ROWS == 2**20
    monkeypatch.setattr(module, "ROWS", 31)
    (tmp_path / "a.xlsx").write_bytes(workbook(read_set(samples), 2026))
    rows = [r["学校"] for name in ("学校名单", "学校名单(2)") for r in sheet(tmp_path / "a.xlsx", name)]
    assert rows == pq.ParquetFile(samples / "schools" / "part-0.parquet").read()["school"].to_pylist()


@pytest.mark.parametrize(("name", "code", "since", "year", "shown"), [
    ("上虞市", "330682", 2013, 2026, "上虞市(今绍兴市上虞区)"), ("上虞市", "330682", 2013, 2010, "上虞市"),
    ("绍兴县", "330621", 2012, 2026, "绍兴县(今绍兴市越城区、柯桥区)"), ("杭州市", "330100", 2013, 2026, "杭州市"),
    ("襄樊市", "420600", 2009, 2026, "襄樊市(今襄阳市)"), ("绍兴县", None, 2012, 2026, "绍兴县"), (None, None, 2012, 2026, None),
])
def test_places_as_of_a_year(name: str | None, code: str | None, since: int, year: int, shown: str | None) -> None:
    assert as_of(name, code, since, year) == shown


def test_the_command_writes_and_names_its_files(samples: Path, tmp_path: Path) -> None:
    asked = ["export", "csv", "jsonl", "--set", str(samples), "--out", str(tmp_path), "--json"]
    result = CliRunner().invoke(command(), asked)
    assert result.exit_code == 0 and all(Path(p).is_file() for p in json.loads(result.stdout))


@pytest.mark.parametrize(("asked", "words"), [
    (["pdf"], "xlsx, csv, docx"), (["xlsx", "--set", "nowhere"], "nowhere"), (["docx", "--outline", "no.toml"], "no.toml"),
])
def test_what_cannot_be_exported_is_said(samples: Path, tmp_path: Path, asked: list[str], words: str) -> None:
    where = [] if "--set" in asked else ["--set", str(samples)]
    result = CliRunner().invoke(command(), ["export", *asked, *where, "--out", str(tmp_path)])
    assert result.exit_code == 2 and words in result.stderr


def test_a_folder_that_cannot_be_written_is_named(samples: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(ExportError, match="file"):
        export(["jsonl"], samples, tmp_path / "file")


def test_a_missing_library_is_named(samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "xlsxwriter", None)
    with pytest.raises(MissingExtra, match=r'pip install "hongzhi\[export\]"'):
        export(["xlsx"], samples, tmp_path)


def test_libreoffice_opens_the_workbook(samples: Path, tmp_path: Path) -> None:
    written = export(["xlsx"], samples, tmp_path / "out")
    text = "".join(printed(next(p for p in written if p.suffix == ".xlsx"), tmp_path).split())
    for fact in ("上虞市夏丐尊小学", "洪秀芳", "出处", "待核"):
        assert fact in text
