"""Reports: the text exactly, everything escaped, nothing requested, and pages that a person can walk through in a browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import typer
from helpers import PAGE, ROOT, SAMPLES
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup
from typer.testing import CliRunner, Result

import pipeline
from pipeline.cli_report import add_to
from pipeline.model import Span
from pipeline.report import write as writing
from pipeline.report.charts import coverage_chart, findings_chart, genres_chart, schools_chart, targets_chart
from pipeline.report.model import MOST_ON_A_PIECE, DocumentView, Mark, Part, cut, in_order, view_document
from pipeline.report.published import NoSet, PublishedSet, read_set
from pipeline.report.render import document_html, page, text_blocks
from pipeline.report.render import numbered as numbered_looks
from pipeline.report.summary import summarise
from pipeline.report.words import look, series
from pipeline.report.write import ReportError, file_name, write_report

HOSTILE = (
    '<script>document.title="run"</script>\n</textarea></style><img src=x onerror="document.title=1">\n'
    "甲\u202e乙丙\u2066丁\u200f戊\x00己\x85庚\u2028辛\ufeff\n&lt;b&gt; ' \" ` {{7*7}} {% raw %} --> <!-- ]]>\nא ב ג 红十字会\r\n"
    "一、</script><script>document.title=2</script>工作\r第二行\x0b第三行\n"
)


def views_of(published: PublishedSet) -> list[DocumentView]:
    return [view_document(published, doc_id) for doc_id in in_order(published)]


@pytest.fixture(scope="module")
def current(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    inputs = folder / "in"
    shutil.copytree(ROOT / "raw_docs", inputs)
    (inputs / "hostile.txt").write_bytes(HOSTILE.encode("utf-8"))
    (inputs / "broken.pdf").write_bytes(b"%PDF-1.4 nothing more")
    pipeline.run([inputs], folder / "out")
    return folder / "out" / "current"


@pytest.fixture(scope="module")
def written(current: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    write_report(current, folder)
    write_report(current, folder / "single", single=True)
    return folder


def view_of(current: Path, name: str) -> DocumentView:
    return next(v for v in views_of(read_set(current)) if v.path == name)


def document_page(written: Path, name: str) -> Path:
    return next((written / "documents").glob(f"{Path(name).stem}-*.html"))


class Shown(HTMLParser):
    """What a page shows of the text, and which elements and attributes it has."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, str]] = []
        self.text: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        named = {k: v or "" for k, v in attrs}
        self.attributes += [(tag, k, v) for k, v in named.items()]
        if tag not in ("meta", "input", "br", "path", "rect"):
            self.open.append((tag, named.get("class", "")))
        if named.get("data-c") == "0000" and self._in_text():
            self.text.append("\x00")

    def handle_endtag(self, tag: str) -> None:
        if self.open and tag == self.open[-1][0]:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if self._in_text():
            self.text.append(data)

    def _in_text(self) -> bool:
        return ("bdi", "t") in self.open


def shown(html: str) -> Shown:
    parser = Shown()
    parser.feed(html)
    parser.close()
    return parser


spans = st.lists(st.tuples(st.integers(-2, 24), st.integers(-2, 24), st.sampled_from(["row", "finding", "gives", "unparsed"])))


@given(st.text(max_size=20), spans)
def test_pieces_are_the_text_and_name_what_covers_them(text: str, given_spans: list[tuple[int, int, str]]) -> None:
    marks = [Mark(Span(a, b), kind, i) for i, (a, b, kind) in enumerate(given_spans)]
    pieces = cut(text, marks)
    assert "".join(text[p.start : p.end] for p in pieces) == text
    inside = [m for m in marks if 0 <= m.span.start < m.span.end <= len(text)]
    for piece in pieces:
        over = [m for m in inside if m.span.start <= piece.start and piece.end <= m.span.end]
        assert not any(piece.start < bound < piece.end for m in inside for bound in m.span)
        for kind, found in (("row", piece.rows), ("finding", piece.findings)):
            narrowest = sorted((m for m in over if m.kind == kind), key=lambda m: (m.span.end - m.span.start, m.index))
            assert found == tuple(m.index for m in narrowest[:MOST_ON_A_PIECE])
        assert piece.gives == any(m.kind == "gives" for m in over)
        assert piece.unparsed == any(m.kind == "unparsed" for m in over)


def test_many_marks_over_one_place_are_cut_in_time() -> None:
    text = "红" * 40_000
    pieces = cut(text, [Mark(Span(i, len(text) - i), "row", i) for i in range(20_000)])
    assert len(pieces) == 39_999 and pieces[0].rows == (0,) and len(pieces[20_000].rows) == MOST_ON_A_PIECE


def test_every_document_is_shown_to_the_last_character(current: Path) -> None:
    views = list(views_of(read_set(current)))
    assert {v.path for v in views} >= {p.name for p in SAMPLES} | {"hostile.txt", "broken.pdf"}
    for view in views:
        assert "".join(view.text[p.start : p.end] for part in view.parts for p in part.pieces) == view.text
        assert "".join(shown(document_html(view, "d")).text) == view.text, view.path


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
@settings(max_examples=150)
def test_any_text_is_shown_exactly_and_makes_no_element(text: str) -> None:
    marks = [Mark(Span(i, min(i + 3, len(text))), "unparsed") for i in range(0, len(text), 5)]
    parts = (Part(1, True, False, None, "unparsed", None, None, (), cut(text, marks)),) if text else ()
    view = DocumentView("0" * 64, "a.txt", "a", "parsed", 1.0, None, (), text, parts, (), (), {})
    found = shown(Markup("").join(b.html for b in text_blocks(view, "d", numbered_looks({}))))
    assert "".join(found.text) == text
    assert found.tags <= {"div", "bdi", "span"}


def test_failed_documents_and_errors_come_first_and_say_why(current: Path) -> None:
    views = list(views_of(read_set(current)))
    assert views[0].path == "broken.pdf" and views[0].status == "failed" and views[0].findings
    assert views[1].path == PAGE.name
    html = document_html(views[0], "d")
    assert views[0].findings[0].message.zh in Markup(html).unescape()


def test_a_value_leads_to_what_shows_it(current: Path) -> None:
    view = view_of(current, PAGE.name)
    row = next(r for r in view.rows if r.table == "awards" and r.main == "把“最美的”留在世间")
    values = {v.column: v for v in row.values}
    prize = values["prize"]
    assert prize.inherited and prize.origin == "inherited" and prize.place is not None
    assert view.text[slice(*prize.place)] == "一等奖"
    assert view.text.count("\n", 0, prize.place.start) + 1 == prize.place_line
    title = values["work_title"]
    assert not title.inherited and title.place is not None and view.text[slice(*title.place)] == "把“最美的”留在世间"
    assert row.rule_id == "award_list.work" and row.rule_file == "genres/award_list.toml"
    author = next(r for r in view.rows if r.table == "award_authors" and r.main == "洪秀芳")
    assert author.parent == row.index


def test_every_row_and_finding_of_the_set_is_on_its_page(current: Path, written: Path) -> None:
    published = read_set(current)
    for view in views_of(published):
        html = document_page(written, view.path).read_text("utf-8")
        wanted = {row["row_id"] for table in published.row_tables for row in published.rows(table, view.doc_id)}
        assert {r.row_id for r in view.rows} == wanted
        assert all(f"<code>{row_id}</code>" in html for row_id in wanted)
        assert html.count('<li class="finding ') == len(view.findings) == len(published.rows("findings", view.doc_id))


def test_a_page_requests_nothing_and_allows_nothing(written: Path) -> None:
    pages = list(written.rglob("*.html"))
    assert len(pages) == 1 + len(SAMPLES) + 2 + 1
    for path in pages:
        html = path.read_bytes().decode("utf-8")
        found = shown(html)
        policy = next(v for t, k, v in found.attributes if (t, k) == ("meta", "content") and v.startswith("default-src"))
        assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy
        for tag in ("style", "script"):
            (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
            digest = base64.b64encode(hashlib.sha256(content.encode("utf-8")).digest()).decode()
            assert f"{tag}-src 'sha256-{digest}'" in policy
        assert not [a for a in found.attributes if a[1] == "style" or a[1].startswith("on") or a[1] == "src"]
        links = {v for _, k, v in found.attributes if k == "href"}
        assert all(v.startswith(("#", "documents/", "../index.html")) for v in links)
        for link in links - {v for v in links if v.startswith("#")}:
            assert (path.parent / link.split("#")[0]).is_file()
        assert not found.tags & {"img", "iframe", "link", "object", "form", "base"}


def test_source_text_is_never_markup(written: Path) -> None:
    html = document_page(written, "hostile.txt").read_text("utf-8")
    assert "<script>document" not in html and "<img" not in html and "&lt;script&gt;document" in html


def test_a_summary_counts_what_the_tables_hold(current: Path) -> None:
    published, summary = read_set(current), summarise(read_set(current))
    assert summary.documents[0].status == "failed"
    assert sum(summary.findings.values()) == published.tables["findings"].num_rows
    assert sum(n for years in summary.schools_by_city.values() for n in years.values()) == published.tables["schools"].num_rows
    assert summary.schools_by_city["湖州市"] == {2014: 4}
    assert sum(n for years in summary.targets_by_kind.values() for n in years.values()) == len(summary.targets)
    rows = sum(published.tables[t].num_rows for t in published.row_tables if t != "articles")
    assert summary.rows == rows == sum(n for years in summary.rows_by_genre.values() for n in years.values())
    assert sum(d.rows for d in summary.documents) == rows


def ends_of_bars(svg: str) -> list[float]:
    return [float(x) + float(w) for x, w in re.findall(r'<rect x="([^"]+)" y="[^"]+" width="([^"]+)"', svg)]


def test_charts_have_words_for_those_who_do_not_see_them_and_their_numbers(current: Path) -> None:
    s = summarise(read_set(current))
    charts = [findings_chart(s.findings), coverage_chart([(d.path, d.coverage) for d in s.documents]),
              genres_chart(s.rows_by_genre), schools_chart(s.schools_by_city), targets_chart(s.targets_by_kind)]
    for chart in charts:
        assert chart is not None
        svg = str(chart.svg)
        assert 'role="img"' in svg and f'<title id="{chart.key}-t"' in svg and f'<desc id="{chart.key}-d"' in svg
        assert chart.rows and all(len(row) == len(chart.head) for row in chart.rows)
        assert ends_of_bars(svg) and all(0 < end <= 361 for end in ends_of_bars(svg))


def test_there_is_no_chart_where_there_is_nothing_to_show() -> None:
    charts = (findings_chart({}), genres_chart({}), schools_chart({}), targets_chart({}), coverage_chart([("a", None)]))
    assert charts == (None,) * 5


@pytest.mark.parametrize("years", [1, 4, 9, 40])
def test_charts_of_many_years_stay_inside(years: int) -> None:
    counts: dict[str | None, dict[int | None, int]] = {
        name: {1980 + y: y * 7 + 1 for y in range(years)} | {None: 3} for name in ("杭州市", "宁波市", None)}
    for chart in (genres_chart(counts), schools_chart(counts), targets_chart({"target": counts["杭州市"]})):
        assert chart is not None and len(chart.head) == years + 2
        assert all(end <= 361 for end in ends_of_bars(str(chart.svg)))


def test_coverage_is_never_rounded_up() -> None:
    chart = coverage_chart([("a", 0.99996), ("b", 1.0)])
    assert chart is not None and [row[1].zh for row in chart.rows] == ["99.9%", "100.0%"]


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_colours_can_be_read_on_white_and_white_on_them() -> None:
    source = tomllib.loads((ROOT / "rules" / "report.toml").read_text("utf-8"))
    colours = {t["colour"] for t in source["tables"].values()} | set(source["look"]["spare"]) | set(series())
    for colour in colours | {look(name) for name in ("accent", "error", "warning", "info")}:
        assert 1.05 / (_luminance(colour) + 0.05) >= 4.5, colour


def test_everything_shown_has_words_in_both_languages(current: Path) -> None:
    source = tomllib.loads((ROOT / "rules" / "report.toml").read_text("utf-8"))
    schema = tomllib.loads((ROOT / "rules" / "schema.toml").read_text("utf-8"))
    assert set(source["tables"]) == set(schema["tables"]) - {"documents", "lines", "findings", "rules_used"}
    for section in ("words", "roles", "origins", "severities", "statuses", "kinds", "tables"):
        assert all(entry["zh"] and entry["en"] for entry in source[section].values())
    roles = {role for (role,) in read_set(current).column("lines", "role")}
    assert roles <= set(source["roles"])


def test_names_of_files_hold_nothing_that_paths_give_a_meaning() -> None:
    for name in ("../../etc/passwd", "a/b\\c:d*?.txt", "…", ".txt", "浙江/要点 2013年.docx", "字" * 300 + ".pdf"):
        made = file_name(name, "0123456789")
        assert made.endswith("-01234567.html") and not set(made) & set('/\\:*?"<>| #%') and len(made.encode()) < 255
        assert not made.startswith((".", "-"))


def test_what_is_in_the_way_is_said(current: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoSet, match="not a published set"):
        write_report(tmp_path, tmp_path / "r")
    (tmp_path / "file").write_text("x", "utf-8")
    with pytest.raises(ReportError, match="choose another --out"):
        write_report(current, tmp_path / "file")
    monkeypatch.setattr(writing, "LARGEST_SINGLE", 100)
    with pytest.raises(ReportError, match="leave out --single"):
        write_report(current, tmp_path / "s", single=True)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(ReportError, match=re.escape('pip install "hongzhi[report]"')):
        write_report(current, tmp_path / "r")


def call(*arguments: object) -> Result:
    app = typer.Typer()
    add_to(app)
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_the_command_prints_what_it_wrote(current: Path, tmp_path: Path) -> None:
    result = call("report", "--set", current, "--out", tmp_path / "r")
    assert result.exit_code == 0
    paths = [Path(line) for line in result.stdout.splitlines()[:-1]]
    assert paths[0] == tmp_path / "r" / "index.html" and all(p.is_file() for p in paths)
    told = json.loads(call("report", "--set", current, "--out", tmp_path / "s", "--single", "--json").stdout)
    assert told["files"] == [str(tmp_path / "s" / "index.html")] and told["documents"] == len(SAMPLES) + 2
    assert call("report", "--set", "/nowhere", "--out", tmp_path / "x").exit_code == 2
    (tmp_path / "file").write_text("x", "utf-8")
    assert call("report", "--set", current, "--out", tmp_path / "file").exit_code == 1


def test_the_same_set_gives_the_same_bytes(current: Path, tmp_path: Path) -> None:
    first, second = (write_report(current, tmp_path / name) for name in "ab")
    assert [f.read_bytes() for f in first.files] == [f.read_bytes() for f in second.files]


# In a browser.

_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
              "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert program, "the pages are tried in a browser: install Chromium (on Debian: apt-get install chromium)"
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=program, args=_ARGUMENTS)
        yield opened
        opened.close()


@contextmanager
def opened(browser: Any, path: Path, width: int = 1280, height: int = 800) -> Iterator[Any]:
    """A page in the browser; fails where it wrote an error or asked for anything but files."""
    context = browser.new_context(viewport={"width": width, "height": height})
    tab = context.new_page()
    errors: list[str] = []
    asked: list[str] = []
    tab.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(path.as_uri())
    yield tab
    context.close()
    assert errors == []
    assert all(url.startswith("file://") for url in asked), asked


def wide_as_the_window(tab: Any) -> bool:
    return bool(tab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


@pytest.mark.parametrize("width", [360, 1280])
def test_pages_fit_telephones_and_desks(browser: Any, written: Path, width: int) -> None:
    for path in (written / "index.html", document_page(written, PAGE.name), document_page(written, "hostile.txt"),
                 document_page(written, "broken.pdf"), written / "single" / "index.html"):
        with opened(browser, path, width) as tab:
            assert wide_as_the_window(tab), path.name
            tab.click("#language")
            assert wide_as_the_window(tab), path.name


def test_the_browser_shows_the_text_exactly_and_runs_none_of_it(browser: Any, current: Path, written: Path) -> None:
    for name in (PAGE.name, "hostile.txt"):
        view = view_of(current, name)
        with opened(browser, document_page(written, name)) as tab:
            text = tab.evaluate("""() => Array.from(document.querySelectorAll('.ln .t [data-s]'))
                .flatMap((piece) => Array.from(piece.childNodes))
                .map((node) => node.dataset && node.dataset.c === '0000' ? '\\0' : node.textContent).join('')""")
            assert text == view.text
            assert tab.title().startswith(view.title)


def test_a_row_and_its_text_find_each_other(browser: Any, written: Path) -> None:
    with opened(browser, document_page(written, PAGE.name)) as tab:
        tab.locator(".row[data-table=awards] > summary", has_text="把“最美的”留在世间").click()
        assert "".join(tab.locator(".pane.text .sel").all_text_contents()) == "2.《把“最美的”留在世间》"
        assert "一等奖" in "".join(tab.locator(".pane.text .ev").all_text_contents())
        tab.locator(".wires path").nth(1).wait_for(state="attached")
        tab.locator(".pane.text .m", has_text="洪秀芳").first.click()
        assert tab.locator(".row.chosen .name").inner_text() == "洪秀芳"
        assert tab.locator(".row.chosen").evaluate("el => el.open")
        tab.locator(".row.chosen .src.far").first.click()
        assert tab.locator(".pane.text .ev").count() >= 1


def test_the_keyboard_walks_findings_rows_and_hits(browser: Any, current: Path, written: Path) -> None:
    view = view_of(current, PAGE.name)
    with opened(browser, document_page(written, PAGE.name)) as tab:
        for expected in view.findings:
            tab.keyboard.press("n")
            assert tab.evaluate("document.activeElement.dataset.f") == str(expected.index)
            assert tab.locator(".finding.current").count() == 1
        tab.keyboard.press("n")
        assert tab.evaluate("document.activeElement.dataset.f") == "0"
        tab.keyboard.press("p")
        assert tab.evaluate("document.activeElement.dataset.f") == str(len(view.findings) - 1)
        tab.keyboard.press("Escape")
        tab.keyboard.press("ArrowDown")
        tab.keyboard.press("ArrowDown")
        assert tab.locator(".row.chosen").get_attribute("data-i") == "1"
        tab.keyboard.press("Enter")
        assert tab.locator(".row.chosen").evaluate("el => el.open")
        tab.keyboard.press("/")
        tab.keyboard.type("优秀通讯员")
        tab.locator(".hits", has_text=re.compile(r"\d")).wait_for()
        tab.keyboard.press("Enter")
        assert tab.locator(".hits").inner_text().startswith("1 / ")
        tab.keyboard.type("n")
        assert tab.locator(".find-box").input_value().endswith("n"), "letters go into the box"


def test_the_language_is_switched_there_and_back(browser: Any, written: Path) -> None:
    for path in (written / "index.html", document_page(written, PAGE.name)):
        with opened(browser, path) as tab:
            before = tab.inner_text("main")
            tab.click("#language")
            assert tab.evaluate("document.documentElement.lang") == "en"
            assert tab.inner_text("main") != before and "Findings" in tab.inner_text("main")
            tab.click("#language")
            assert tab.inner_text("main") == before


def test_tables_are_hidden_and_shown(browser: Any, written: Path) -> None:
    with opened(browser, document_page(written, PAGE.name)) as tab:
        schools = tab.locator(".row[data-table=schools]")
        assert schools.first.is_visible()
        toggle = tab.locator(".toggle", has_text="学校")
        toggle.click()
        assert toggle.get_attribute("aria-pressed") == "false" and not schools.first.is_visible()
        toggle.click()
        assert schools.first.is_visible()


def test_on_a_telephone_a_touch_shows_the_row_over_the_text(browser: Any, written: Path) -> None:
    with opened(browser, document_page(written, PAGE.name), 360, 740) as tab:
        assert not tab.locator(".rows").is_visible()
        tab.locator(".pane.text .m", has_text="洪秀芳").first.click()
        assert "洪秀芳" in tab.locator("#sheet").inner_text() and tab.locator("#sheet").is_visible()
        tab.click("#sheet-close")
        assert not tab.locator("#sheet").is_visible()
        tab.click("[data-pane=rows]")
        assert tab.locator(".rows").is_visible() and not tab.locator(".pane.text").is_visible()


def test_one_file_holds_all_documents(browser: Any, written: Path) -> None:
    with opened(browser, written / "single" / "index.html") as tab:
        assert tab.locator(".doc:visible").count() == 0
        tab.locator(".documents a", has_text="浙江省红十字会2013年工作要点").click()
        assert tab.locator(".doc:visible").count() == 1 and not tab.locator("#summary").is_visible()
        tab.keyboard.press("n")
        assert tab.locator(".doc:visible .finding.current").count() == 1
        tab.click(".home")
        assert tab.locator("#summary").is_visible() and tab.locator(".doc:visible").count() == 0


def test_a_large_document_opens_at_once_and_holds_everything(browser: Any, tmp_path: Path) -> None:
    names = [f"{place}第{number}小学" for number in range(1, 401) for place in ("东山", "西湖", "南浦", "北仑", "新安")]
    text = "浙江省红十字示范学校名单\n\n杭州市:\n" + "\n".join(names) + "\n" + "红十字精神。" * 40_000 + "结尾在此\n"
    (tmp_path / "large.txt").write_text(text, "utf-8")
    pipeline.run([tmp_path / "large.txt"], tmp_path / "out")
    published = read_set(tmp_path / "out" / "current")
    view = view_document(published, published.doc_ids[0])
    path = tmp_path / "large.html"
    path.write_text(page(view.title, [document_html(view, "d")], view.looks, kind="document"), "utf-8", newline="")
    with opened(browser, path) as tab:
        assert tab.locator(".later").count() > 10
        assert tab.evaluate("document.querySelectorAll('*').length") < 40_000
        tab.keyboard.press("/")
        tab.keyboard.type("结尾在此")
        tab.locator(".hits", has_text=re.compile(r"\d")).wait_for()
        tab.keyboard.press("Enter")
        assert tab.locator(".pane.text", has_text="结尾在此").count() == 1
        tab.keyboard.press("Escape")
        last = view.rows[-1]
        tab.evaluate(f"location.hash = '#dr{last.index}'")
        tab.locator(".row.chosen").wait_for(state="attached")
        assert tab.locator(".row.chosen .name").inner_text()[:20] == last.main[:20]
        tab.evaluate("for (const block of document.querySelectorAll('.later')) block.fill()")
        assert tab.locator(".row").count() == len(view.rows)
        shown_text = tab.evaluate("Array.from(document.querySelectorAll('.ln .t')).map((el) => el.textContent).join('')")
        assert shown_text == view.text
