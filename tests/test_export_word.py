"""资料长编 and 大事记: chapters, headings, footnotes that lead to the fact, order of dates, words to be looked at."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import regex
from exported import W, csv_rows, headings, noted, printed, published, text_of, word_parts
from helpers import ROOT, split_lines
from lxml import etree

from pipeline import batch
from pipeline.export import export
from pipeline.export.chronicle import dated, events
from pipeline.export.dataset import read_set
from pipeline.export.errors import ExportError
from pipeline.export.lint import lint
from pipeline.export.material import Sorter

_PLACE = regex.compile(r"（文件：(?P<path>[^，]+)(?:，第\d+页)?，第(?P<first>\d+)(?:—(?P<last>\d+))?行）。\Z")
HEAD = "file\tpublisher\tpublished\tissue\n"


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("samples")
    batch.run([ROOT / "raw_docs"], out, batch.Options(workers=0))
    return out / "current"


@pytest.fixture(scope="module")
def book(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(["docx"], samples, tmp_path_factory.mktemp("book"))[0]


def squeezed(text: str) -> str:
    return regex.sub(r"\s+", "", text)


def lines_of(samples: Path, note: str) -> str:
    """The lines of the document that a footnote names."""
    found = _PLACE.search(note)
    assert found, note
    documents = pq.ParquetFile(samples / "documents" / "part-0.parquet").read(["source_path", "text"]).to_pylist()
    text = next(d["text"] for d in documents if d["source_path"] == found["path"])
    first = int(found["first"])
    return "\n".join(split_lines(text)[first - 1 : int(found["last"] or first)])


def test_thirty_facts_stand_where_their_footnotes_say(samples: Path, book: Path) -> None:
    pairs = [(text, note) for text, note in noted(book) if text]
    sampled = random.Random(30).sample(pairs, 30)
    for text, note in sampled:
        there, fact = squeezed(lines_of(samples, note)), squeezed(text)
        # Words of the list of wordings stand in their line as well; a paragraph's last line ends the stretch that is named.
        assert fact in there or there.endswith(fact), (text, note)


def test_every_row_of_material_has_its_footnote(samples: Path, book: Path) -> None:
    noted_texts = [squeezed(text) for text, _note in noted(book)]
    for table, column in (("schools", "school"), ("awards", "work_title"), ("honourees", "name"), ("plan_targets", "text"),
                          ("references", "title")):
        for value in pq.ParquetFile(samples / table / "part-0.parquet").read()[column].to_pylist():
            assert squeezed(value) in noted_texts, (table, value)
    for table in ("plan_items", "speech_points", "paragraphs"):
        for value in pq.ParquetFile(samples / table / "part-0.parquet").read()["text"].to_pylist():
            last = squeezed(value.strip().split("\n")[-1])
            assert any(text.endswith(last) for text in noted_texts), (table, value)


def test_chapters_keep_what_was_planned_apart(book: Path) -> None:
    chapters = [text for level, text in headings(book) if level == 1]
    assert chapters[:3] == ["第一章　工作规划", "第二章　规划指标", "第三章　工作记述"]
    assert not any("未入章" in c for c in chapters)
    body, _notes = word_parts(book)
    chapter, told = "", {}
    for element in body.iter(f"{W}p"):
        style = element.find(f"{W}pPr/{W}pStyle")
        if style is not None and style.get(f"{W}val") == "Heading1":
            chapter = text_of(element)
        told.setdefault(chapter, []).append(text_of(element))
    assert any("情暖浙江" in t for t in told["第一章　工作规划"])
    elsewhere = [t for c, texts in told.items() for t in texts if c not in ("第一章　工作规划", "附录二　用语核对")]
    assert not any("情暖浙江" in t for t in elsewhere)
    assert any("所列均为计划" in t for t in told["第一章　工作规划"])


def test_honours_stand_by_city_and_year(book: Path) -> None:
    found = headings(book)
    start = found.index((1, "第六章　学校荣誉"))
    assert found[start + 1 : start + 5] == [(2, "杭州市"), (3, "2013年"), (2, "宁波市"), (3, "2013年")]
    body, _notes = word_parts(book)
    cells = [text_of(c) for c in body.iter(f"{W}tc")]
    assert "上虞市(今绍兴市上虞区)" in cells and "绍兴县(今绍兴市越城区、柯桥区)" in cells


def test_findings_stand_below_what_they_are_about(book: Path) -> None:
    body, _notes = word_parts(book)
    texts = [text_of(p) for p in body.iter(f"{W}p")]
    assert "〔待核1〕“台州市(4所):”称4，实有3" in texts
    at = next(i for i, t in enumerate(texts) if t.startswith("〔待核〕段落与前文重复：“二是要打响品牌"))
    assert texts[at - 1].startswith("二是要打响品牌。")


def test_the_file_is_a_word_file_with_styles_fonts_and_repeated_heads(book: Path) -> None:
    with zipfile.ZipFile(book) as package:
        styles = etree.fromstring(package.read("word/styles.xml"))
        types = package.read("[Content_Types].xml").decode()
        links = package.read("word/_rels/document.xml.rels").decode()
    fonts = {s.get(f"{W}styleId"): f.get(f"{W}eastAsia") for s in styles.iter(f"{W}style") for f in s.iter(f"{W}rFonts")}
    assert fonts["Normal"] == "宋体" and fonts["Heading1"] == "黑体" and fonts["FootnoteText"] == "宋体"
    assert "footnotes+xml" in types and "relationships/footnotes" in links
    body, notes = word_parts(book)
    tables = list(body.iter(f"{W}tbl"))
    assert tables and all(t.find(f"{W}tr/{W}trPr/{W}tblHeader") is not None for t in tables)
    references = [r.get(f"{W}id") for r in body.iter(f"{W}footnoteReference")]
    assert sorted(references, key=int) == [n for n in notes if int(n) > 0] and len(set(references)) == len(references)


def test_libreoffice_opens_it(book: Path, tmp_path: Path) -> None:
    text = squeezed(printed(book, tmp_path))
    for fact in ("年内完成10万名初级救护员", "上虞市夏丐尊小学", "把“最美的”留在世间", "洪秀芳、李先根", "第144行"):
        assert fact in text


def test_what_no_chapter_takes_stands_at_the_end(samples: Path, tmp_path: Path) -> None:
    outline = (ROOT / "rules" / "compilation.toml").read_text("utf-8")
    head, *chapters = outline.split("[[chapter]]")
    kept = [c for c in chapters if '"schools"' not in c]
    (tmp_path / "mine.toml").write_text("[[chapter]]".join([head, *kept]), "utf-8")
    path = export(["docx"], samples, tmp_path, outline=tmp_path / "mine.toml")[0]
    assert (1, "未入章的材料") in headings(path) and any(text == "新昌县南明小学" for text, _note in noted(path))


@pytest.mark.parametrize(("old", "new", "told"), [
    ('modality = "spoken"', 'modality = "sung"', "sung"), ('form = "text"', "", "form"),
    ('group = ["city", "year"]', 'group = ["river"]', "river"), ("title", "= title", "TOML"),
])
def test_a_wrong_outline_is_named(samples: Path, tmp_path: Path, old: str, new: str, told: str) -> None:
    text = (ROOT / "rules" / "compilation.toml").read_text("utf-8").replace(old, new, 1)
    (tmp_path / "mine.toml").write_text(text, "utf-8")
    with pytest.raises(ExportError, match=told):
        export(["docx"], samples, tmp_path, outline=tmp_path / "mine.toml")


PAPERS = {
    "a.txt": "关于表彰先进集体的通知\n\n各市红十字会：\n经研究，决定表彰下列单位。\n\n浙江省红十字会\n2013年3月5日\n",
    "b.txt": "关于公布示范学校的通知\n\n各市红十字会：\n现将名单公布如下。\n\n浙江省红十字会\n2013年3月5日\n",
    "c.txt": "救护培训走进校园\n\n三月里，志愿者来到学校，受到欢迎。\n", "d.txt": "博爱超市开张\n\n街坊们来到超市，挑选米面。\n",
    "e.txt": "志愿者看望老人\n\n2012年12月28日，志愿者看望了三位老人。2013年5月8日将举行义诊。老人们很高兴。\n",
    "f.txt": "红十字会2013年工作要点\n\n一、2013年6月1日前建成仓库。\n二、2013年8月启动培训。\n",
}
TOLD = HEAD + "c.txt\t浙江日报\t2013年3月\t2\nd.txt\t浙江日报\t2013\t\ne.txt\t浙江日报\t2013年1月4日\t第4版\n"


def test_the_chronicle_puts_unknown_days_after_known_ones(tmp_path: Path) -> None:
    made = events(Sorter(read_set(published(tmp_path, PAPERS, TOLD)), 2026))
    expected = [
        (2012, "12月28日", "2012年12月28日，志愿"),
        (2013, "1月4日", "《志愿者看望老人》发布（据发"),
        (None, "3月5日", "浙江省红十字会发文《关于表"),
        (None, "同日", "浙江省红十字会发文《关于公"),
        (None, "是月", "《救护培训走进校园》发布（据"),
        (None, "是年", "《博爱超市开张》发布（据发布"),
    ]
    found = [(year, when, event.text) for year, when, event in dated(made)]
    assert [(y, w) for y, w, _t in found] == [(y, w) for y, w, _t in expected]
    assert all(text.startswith(begins) for (*_w, text), (*_v, begins) in zip(found, expected, strict=True))


def test_plans_and_announcements_are_no_events(tmp_path: Path) -> None:
    path = export(["chronicle"], published(tmp_path, PAPERS, TOLD), tmp_path / "made")[1]
    text = path.read_text("utf-8")
    assert "建成仓库" not in text and "启动培训" not in text and "举行义诊" not in text
    assert "红十字会2013年工作要点" in text.split("未收入大事记的篇目")[1]


def test_the_chronicle_in_word_has_years_and_footnotes(tmp_path: Path) -> None:
    path = export(["chronicle"], published(tmp_path, PAPERS, TOLD), tmp_path / "made")[0]
    assert [h for h in headings(path)][:2] == [(1, "2012年"), (1, "2013年")]
    assert all("（文件：" in note for _text, note in noted(path))
    assert "《志愿者看望老人》" in squeezed(printed(path, tmp_path))


def test_words_of_the_first_person_and_of_the_hour_are_listed(tmp_path: Path) -> None:
    text = ("关于开展培训的报告\n\n今年我省培训十万人。会长说：“我会要带头。”浙江省红十字会去年也办了班，由省红十字会承办。\n\n"
            "浙江省红十字会\n2013年3月5日\n")
    folder = published(tmp_path, {"a.txt": text})
    book, listed = export(["docx"], folder, tmp_path / "made")
    rows = csv_rows(listed)
    assert [(r["用语"], r["建议"], r["引文内"]) for r in rows] == [
        ("今年", "写年份：2013年", ""), ("我省", "写全称：浙江省", ""), ("我会", "写单位全称：浙江省红十字会", "引文内，照录"),
        ("去年", "写年份：2012年", "")]
    assert all("第3行" in r["出处"] for r in rows)
    assert any("今年我省培训十万人。" in t for t, _n in noted(book))


@pytest.mark.parametrize(("text", "found"), [
    ("常自我省察", []), ("温州市红十字会", []), ("其中，市红十字会承办", ["市红十字会"]), ("目前，近年来", ["目前", "近年来"]),
    ("日本会议", []),
])
def test_words_inside_other_words_are_passed_over(text: str, found: list[str]) -> None:
    assert [w.word for w in lint(text)] == found
