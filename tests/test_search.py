"""Search: everything published is found by its own name, nothing typed does harm, and a set is never written to."""

from __future__ import annotations

import json
import multiprocessing
from contextlib import suppress
from pathlib import Path

import pytest
import typer
from helpers import PAGE, SAMPLES
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

import pipeline
from pipeline.cli_report import add_to
from pipeline.publish import verify_set
from pipeline.report.published import NoSet, read_set
from pipeline.search.find import Hit, search
from pipeline.search.index import index_path
from pipeline.search.query import QueryError, expression, read_query
from pipeline.search.words import words

NAMES = (("schools", "school"), ("schools", "city"), ("schools", "county"), ("award_authors", "author"),
         ("award_authors", "unit"), ("honourees", "name"), ("awards", "work_title"), ("references", "title"))


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("search")
    pipeline.run([SAMPLES[0].parent], folder)
    return folder


@pytest.fixture(scope="module")
def current(out: Path) -> Path:
    return out / "current"


def marked(hit: Hit) -> list[str]:
    return [hit.snippet[m.start : m.end] for m in hit.marks]


def texts(current: Path) -> dict[str, str]:
    return dict(read_set(current).column("documents", "doc_id", "text"))


@pytest.mark.parametrize(("table", "column"), NAMES)
def test_every_published_name_is_found_by_itself(current: Path, table: str, column: str) -> None:
    names: dict[str, set[str]] = {}
    for row_id, value in read_set(current).column(table, "row_id", column):
        if value:
            names.setdefault(value, set()).add(row_id)
    assert names
    for name, rows in names.items():
        found = search(current, name, table=table, limit=10_000)
        assert rows <= {h.row_id for h in found.hits}, name
        assert name in "".join(marked(found.hits[0])) or marked(found.hits[0]), name


def test_a_part_of_a_name_that_jieba_cuts_otherwise_is_found(current: Path) -> None:
    assert "子实" not in words("杭州西子实验学校")
    assert [h.snippet.split(" · ")[0] for h in search(current, "子实").hits] == ["杭州西子实验学校"]


def test_words_are_found_in_any_order_and_the_phrase_only_as_it_stands(current: Path) -> None:
    assert search(current, "库容 造血干细胞").total == search(current, "造血干细胞 库容").total >= 1
    assert search(current, '"库容达到"').total >= 1
    assert search(current, '"库容造血干细胞"').total == 0
    assert search(current, "库容造血干细胞").total >= 1, "typed as one word it is found by its words"


def test_full_width_traditional_and_padding_make_no_difference(current: Path) -> None:
    plain = [h.row_id for h in search(current, "造血干细胞").hits]
    assert plain and [h.row_id for h in search(current, "造血幹細胞").hits] == plain
    assert search(current, "１．５亿").total == search(current, "1.5亿").total >= 1
    assert search(current, "“造血干细胞”").total == search(current, '"造血干细胞"').total


def test_alternatives_without_and_beginnings(current: Path) -> None:
    either, one, other = (search(current, q).total for q in ("审计 OR 微博", "审计", "微博"))
    assert either == one + other and one and other
    assert 0 < search(current, "募集 -救灾").total < search(current, "募集").total
    assert search(current, "201").total == 0 < search(current, "201*").total
    with pytest.raises(QueryError):
        search(current, "-救灾")


def test_a_phrase_does_not_reach_over_marks_or_from_value_to_value(current: Path) -> None:
    line = "南浔开发区实验学校、德清县乾元镇中心小学"
    assert any(line in text for text in texts(current).values())
    assert search(current, '"学校德清"').total == 0
    assert search(current, '"小学湖州市"', table="schools").total == 0


def test_a_line_gives_way_to_the_row_it_was_read_into(current: Path) -> None:
    hits = search(current, "杭州西子实验学校").hits
    assert [h.table for h in hits] == ["schools"]
    assert [h.table for h in search(current, "杭州西子实验学校", table="lines").hits] == ["lines"]


def test_values_from_headings_count_beside_a_word_of_the_row_or_in_a_named_table(current: Path) -> None:
    everywhere = search(current, "第三批红十字示范学校", limit=500)
    assert "schools" not in {h.table for h in everywhere.hits}
    named = search(current, "第三批红十字示范学校", table="schools", limit=500)
    assert named.total == 14
    both = search(current, "安吉县 示范学校", limit=500)
    assert [h.snippet.split(" · ")[0] for h in both.hits if h.table == "schools"] == ["安吉县昌硕高级中学"]


def test_years_are_those_of_the_article(current: Path) -> None:
    years = {h.year for h in search(current, "小学", table="schools", limit=500).hits}
    assert years == {2013, 2014}
    assert {h.year for h in search(current, "小学", table="schools", year=2014, limit=500).hits} == {2014}
    assert search(current, "小学", year=1900).total == 0


def test_the_place_in_the_source_is_exact(current: Path) -> None:
    text = texts(current)
    for query in ("红十字", "博爱", "1.5亿", "小学"):
        for hit in search(current, query, table="lines", limit=500).hits:
            shown = text[hit.doc_id][hit.span.start : hit.span.end]
            assert query in shown and shown.startswith(query) and shown.endswith(query)
            assert set(marked(hit)) == {query}
            assert text[hit.doc_id].count("\n", 0, hit.span.start) + 1 == hit.line


def test_limit_bounds_what_is_listed_and_not_what_is_counted(current: Path) -> None:
    found = search(current, "红十字", limit=3)
    assert len(found.hits) == 3 < found.total == search(current, "红十字", limit=10_000).total


_CROOKED = st.one_of(st.sampled_from('"“”*()-^:{}+|\\\';%_ORANDNOT 红十字\x00\ud800'), st.characters())


@given(st.text(alphabet=_CROOKED, max_size=60))
@settings(max_examples=300)
def test_nothing_typed_raises_or_reaches_the_index(current: Path, typed: str) -> None:
    with suppress(QueryError):
        search(current, typed, limit=2)


@pytest.mark.parametrize("typed", ['"', "a" * 1000, "红" * 1000, "红十字 " * 40, "(" * 900 + "红", 'x" OR chars : "y',
                                   "x'; drop table entries; --", "红十字会学校" * 160])
def test_long_and_crooked_queries_are_answered(current: Path, typed: str) -> None:
    try:
        assert search(current, typed).total >= 0
    except QueryError as error:
        assert "/" in str(error)
    assert search(current, "红十字").total > 0


@pytest.mark.parametrize("typed", ["", "   ", "《》", "***", "红" * 1001, "甲 " * 41])
def test_what_cannot_be_looked_for_is_said(current: Path, typed: str) -> None:
    with pytest.raises(QueryError, match="/"):
        search(current, typed)


def test_only_words_reach_the_index() -> None:
    asked = expression(read_query('x") OR words : ("y OR {chars} : "z'), context=True)
    quoted = asked.split('"')[1::2]
    assert quoted and all(c.isalnum() or c in " .¦" for part in quoted for c in part)


def test_the_set_is_not_written_to_and_the_index_is_made_once(out: Path) -> None:
    before = sorted(p.name for p in (out / "current").iterdir())
    search(out / "current", "红十字")
    path = index_path(out / "current")
    made = path.stat().st_mtime_ns
    search(out / "current", "学校")
    assert path.parent == out / "search" and path.stat().st_mtime_ns == made
    assert sorted(p.name for p in (out / "current").iterdir()) == before and verify_set(out / "current") == []


def test_a_new_set_has_its_own_index_and_those_of_sets_that_are_gone_are_removed(tmp_path: Path) -> None:
    pipeline.run([SAMPLES[0]], tmp_path, keep=1)
    search(tmp_path / "current", "红十字")
    first = index_path(tmp_path / "current")
    pipeline.run([PAGE], tmp_path, keep=1)
    assert search(tmp_path / "current", "绍兴市少儿艺术学校").total == 1
    assert [p.name for p in (tmp_path / "search").iterdir()] == [index_path(tmp_path / "current").name] != [first.name]


@pytest.mark.parametrize("damage", [b"", b"no database", None])
def test_a_damaged_index_is_made_again(tmp_path: Path, damage: bytes | None) -> None:
    pipeline.run([PAGE], tmp_path)
    right = search(tmp_path / "current", "红十字").total
    path = index_path(tmp_path / "current")
    whole = path.read_bytes()
    # None: pages in the middle are overwritten, and only reading them shows it.
    path.write_bytes(whole[:8192] + b"\xff" * (len(whole) - 8192) if damage is None else damage)
    assert search(tmp_path / "current", "红十字").total == right
    assert search(tmp_path / "current", "红十字").total == right


def test_where_nothing_may_be_written_the_search_is_in_memory(tmp_path: Path) -> None:
    pipeline.run([PAGE], tmp_path)
    (tmp_path / "search").write_text("not a folder", "utf-8")
    assert search(tmp_path / "current", "绍兴市少儿艺术学校").total == 1
    assert (tmp_path / "search").read_text("utf-8") == "not a folder"


def _totals(folder: str) -> int:
    return search(Path(folder), "红十字").total


def test_several_that_make_the_index_at_once_all_find_the_same(tmp_path: Path) -> None:
    pipeline.run([PAGE], tmp_path)
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        totals = pool.map(_totals, [str(tmp_path / "current")] * 6)
    assert len(set(totals)) == 1 and totals[0] > 0
    assert [p.name for p in (tmp_path / "search").iterdir()] == [index_path(tmp_path / "current").name]


def test_no_set_and_no_table_are_said(current: Path, tmp_path: Path) -> None:
    with pytest.raises(NoSet, match="not a published set"):
        search(tmp_path, "红十字")
    with pytest.raises(QueryError, match=r"no table nosuch; there are: .*schools"):
        search(current, "红十字", table="nosuch")


def call(*arguments: object) -> Result:
    app = typer.Typer()
    add_to(app)
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_the_command_prints_places_for_people_and_json_for_scripts(current: Path) -> None:
    shown = call("search", "绍兴市少儿艺术学校", "--set", current)
    assert shown.exit_code == 0 and f"{PAGE.name}:114" in shown.stdout and "«绍兴市少儿艺术学校»" in shown.stdout
    told = json.loads(call("search", "募集", "-救灾", "--set", current, "--json").stdout)
    assert told["total"] == 1 and told["hits"][0]["document"] == "report-speech-gb18030.txt"
    nothing = call("search", "没有这样的字词", "--set", current)
    assert nothing.exit_code == 0 and "nothing found" in nothing.stdout


def test_the_command_says_what_is_wrong(current: Path) -> None:
    for arguments, said in ((("search", "x", "--set", "/nowhere"), "not a published set"),
                            (("search", "《", "--set", current), "no word"),
                            (("search", "x", "--table", "nosuch", "--set", current), "no table nosuch")):
        result = call(*arguments)
        assert result.exit_code == 2 and said in result.stderr and "Traceback" not in result.stderr
