"""Old Word files, RTF and OpenDocument texts: read by way of LibreOffice, which runs nothing and fetches nothing."""

from __future__ import annotations

import hashlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import docx
import made
import psutil
import pytest
from docx.oxml import OxmlElement
from helpers import opened, rows_of

from pipeline.ingest import legacy, read_document
from pipeline.ingest.errors import UnreadableDocument
from pipeline.ingest.limits import Limits

TITLE = "2012年红十字示范学校名单"
# 湖州市 and 德清中学, with a deleted passage and a hidden one between them.
RTF = (
    rb"{\rtf1\ansi\ansicpg936\uc1 \u28246?\u24030?\u24066?\par "
    rb"{\deleted\revauthdel0 \u21024?\u21435?}{\v \u38544?\u34255?}\u24503?\u28165?\u20013?\u23398?\par}"
)


def changed() -> bytes:
    """A .docx with a tracked deletion and a tracked insertion."""
    document = docx.Document()
    paragraph = document.add_paragraph("保留")
    for tag, text in (("w:del", "删去"), ("w:ins", "插入")):
        change, run, piece = OxmlElement(tag), OxmlElement("w:r"), OxmlElement("w:t" if tag == "w:ins" else "w:delText")
        piece.text = text
        run.append(piece)
        change.append(run)
        paragraph._p.append(change)
    return made.saved(document)


@pytest.mark.parametrize(
    ("ending", "media"),
    [
        ("doc", "application/msword"),
        ("rtf", "application/rtf"),
        ("odt", "application/vnd.oasis.opendocument.text"),
    ],
)
def test_deletions_stay_out_and_the_document_is_that_of_the_original(ending: str, media: str, tmp_path: Path) -> None:
    data = made.converted(changed(), ending, tmp_path)
    document = opened(f"a.{ending}", data)
    assert document.text.strip() == "保留插入"
    assert document.media_type == media and document.doc_id == hashlib.sha256(data).hexdigest()
    assert document.extractor.startswith("legacy/1 LibreOffice 7") or document.extractor.startswith("legacy/1 LibreOffice 2")
    assert document.source_path == f"a.{ending}"


def test_a_wps_file_is_read_by_its_content(tmp_path: Path) -> None:
    assert opened("a.wps", made.converted(made.word("湖州市"), "doc", tmp_path)).text == "湖州市\n"


def test_rtf_written_by_hand() -> None:
    document = opened("a.rtf", RTF)
    assert document.text.splitlines()[:2] == ["湖州市", "德清中学"] and "删去" not in document.text
    assert [f.params["text"] for f in document.findings if f.code == "text_left_out"] == ["隐藏"]


def test_numbers_of_a_list_are_in_the_text_of_an_old_file(tmp_path: Path) -> None:
    document = docx.Document()
    for text in ("办好培训", "加强宣传"):
        document.add_paragraph(text, style="List Number")
    assert opened("a.doc", made.converted(made.saved(document), "doc", tmp_path)).text == "1.办好培训\n2.加强宣传\n"


def odt(body: str, parts: dict[str, str] | None = None, manifest: str = "") -> bytes:
    names = " ".join(
        f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{m}:1.0"'
        for n, m in (("office", "office"), ("text", "text"), ("draw", "drawing"), ("svg", "svg-compatible"), ("script", "script"))
    )
    files = {
        "content.xml": f'<office:document-content {names} xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.2">'
        f"{body}</office:document-content>",
        **(parts or {}),
    }
    listed = "".join(
        f'<manifest:file-entry manifest:full-path="{n}" manifest:media-type="text/xml">{manifest}</manifest:file-entry>'
        for n in files
    )
    return made.packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            **files,
            "META-INF/manifest.xml": (
                '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">'
                '<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.text"/>'
                f"{listed}</manifest:manifest>"
            ),
        }
    )


@pytest.fixture()
def listener() -> Iterator[tuple[int, list[int]]]:
    """A port on this machine and the connections that it has seen."""
    seen: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take() -> None:
            while True:
                try:
                    connection, _address = server.accept()
                except OSError:
                    return
                seen.append(1)
                connection.close()

        threading.Thread(target=take, daemon=True).start()
        yield server.getsockname()[1], seen


@pytest.mark.parametrize("isolated", [True, False], ids=["as_run", "by_settings_alone"])
def test_linked_images_and_sections_are_not_fetched(
    isolated: bool,
    listener: tuple[int, list[int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port, seen = listener
    if not isolated:
        monkeypatch.setattr(legacy, "_without_network", lambda: ())
    frame = (
        f'<draw:frame text:anchor-type="as-char" svg:width="1cm" svg:height="1cm"><draw:image xlink:type="simple" '
        f'xlink:actuate="onLoad" xlink:href="http://127.0.0.1:{port}/b.png"/></draw:frame>'
    )
    section = f'<text:section text:name="s"><text:section-source xlink:href="http://127.0.0.1:{port}/c.odt"/><text:p>旧</text:p></text:section>'
    text = odt(f"<office:body><office:text><text:p>湖州市{frame}</text:p>{section}</office:text></office:body>")
    rtf = RTF.replace(
        b"\\uc1 ", b'\\uc1 {\\field{\\*\\fldinst INCLUDEPICTURE "http://127.0.0.1:%d/a.png" \\\\d}{\\fldrslt}}' % port
    )
    assert "湖州市" in opened("a.odt", text).text and "湖州市" in opened("a.rtf", rtf).text
    time.sleep(0.2)
    assert seen == []


def test_a_macro_does_not_run_and_is_said(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    head = (
        '<office:scripts><office:event-listeners><script:event-listener script:language="ooo:script" '
        'script:event-name="dom:load" '
        'xlink:href="vnd.sun.star.script:Standard.M.Main?language=Basic&amp;location=document" xlink:type="simple"/>'
        "</office:event-listeners></office:scripts>"
    )
    parts = {
        "Basic/script-lc.xml": '<library:libraries xmlns:library="http://openoffice.org/2000/library"><library:library '
        'library:name="Standard" library:link="false"/></library:libraries>',
        "Basic/Standard/script-lb.xml": '<library:library xmlns:library="http://openoffice.org/2000/library" '
        'library:name="Standard">'
        '<library:element library:name="M"/></library:library>',
        "Basic/Standard/M.xml": '<script:module xmlns:script="http://openoffice.org/2000/script" script:name="M" '
        f'script:language="StarBasic">Sub Main\nOpen "{mark}" For Output As #1\nClose #1\nEnd Sub</script:module>',
    }
    document = opened("a.odt", odt(f"{head}<office:body><office:text><text:p>湖州市</text:p></office:text></office:body>", parts))
    assert document.text == "湖州市\n" and not mark.exists()
    assert [f.code for f in document.findings] == ["macros_ignored"]


def test_a_missing_program_is_named_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UnreadableDocument) as raised:
        opened("a.rtf", RTF)
    assert raised.value.code == "missing_program" and "LibreOffice" in raised.value.zh and "soffice" in raised.value.en


def fake_program(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "soffice").write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    (folder / "soffice").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_over_its_time_the_program_ends_with_all_that_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_program(tmp_path, f"sleep 61 & echo $! > {tmp_path}/child\nsleep 62", monkeypatch)
    begin = time.monotonic()
    with pytest.raises(UnreadableDocument) as raised:
        read_document("a.rtf", RTF, Limits(seconds=1.0))
    assert raised.value.code == "over_limit" and raised.value.limit == "seconds" and time.monotonic() - begin < 10
    child = int((tmp_path / "child").read_text())
    time.sleep(0.2)
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE


def test_the_program_sees_neither_home_nor_proxies_nor_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("SECRET_WORD", "geheim")
    fake_program(tmp_path, f'env > {tmp_path}/env; cat > {tmp_path}/input; ls -d "$HOME" >> {tmp_path}/env', monkeypatch)
    with pytest.raises(UnreadableDocument) as raised:
        opened("a.rtf", RTF)
    told = (tmp_path / "env").read_text()
    assert raised.value.code == "damaged_file" and (tmp_path / "input").read_text() == ""
    assert "PROXY" not in told and "SECRET_WORD" not in told and str(Path.home()) + "\n" not in told and "HOME=" in told


def encrypted_doc() -> bytes:
    stream = bytearray(4096)
    stream[0:2] = b"\xec\xa5"
    stream[10:12] = (0x0100).to_bytes(2, "little")
    return made.ole({"WordDocument": bytes(stream)})


HOSTILE = {
    "cut_odt": (
        "a.odt",
        odt("<office:body><office:text><text:p>湖州市</text:p></office:text></office:body>")[:300],
        "damaged_file",
    ),
    "swollen_odt": ("a.odt", odt("<a>" + "0" * 20_000_000 + "</a>"), "over_limit"),
    "encrypted_odt": ("a.odt", odt("", manifest="<manifest:encryption-data/>"), "encrypted_file"),
    "encrypted_doc": ("a.doc", encrypted_doc(), "encrypted_file"),
    "empty_streams": ("a.doc", made.ole({"WordDocument": b"\xec\xa5"}), "damaged_file"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_refused_by_name(case: str) -> None:
    name, data, code = HOSTILE[case]
    with pytest.raises(UnreadableDocument) as raised:
        opened(name, data)
    assert raised.value.code == code


def test_a_cut_old_file_is_refused_or_says_what_it_holds(tmp_path: Path) -> None:
    data = made.converted(made.word(TITLE + "\n湖州市\n湖州市实验小学"), "doc", tmp_path)
    try:
        document = opened("a.doc", data[: len(data) // 2])
    except UnreadableDocument as error:
        assert error.code == "damaged_file"
    else:
        assert set(rows_of(made.read(document), "schools", "school")) <= {("湖州市实验小学",)}


def test_cells_that_ran_together_are_said(tmp_path: Path) -> None:
    """LibreOffice does not find the tables in some .doc files that it writes itself."""
    table = made.word_table("名单", (("市", "学校"), ("湖州市", "湖州市实验小学"), ("嘉兴市", "嘉兴市南湖小学")))
    document = opened("a.doc", made.converted(table, "doc", tmp_path))
    lost = [f for f in document.findings if f.code == "tables_lost"]
    assert bool(lost) is ("湖州市\t湖州市实验小学" not in document.text), document.text


def test_a_damaged_rtf_file_of_which_little_comes_out_is_said() -> None:
    text = "浙江省红十字会二〇一三年工作要点，抓好救护培训和志愿服务，做好人道救助与宣传传播工作，建设队伍"
    body = "".join(f"\\u{ord(char)}?" for char in text)
    good = opened("a.rtf", f"{{\\rtf1\\ansi {body}\\par}}".encode())
    assert "工作要点" in good.text and good.findings == ()
    cut = opened("a.rtf", f"{{\\rtf1\\ansi {{\\*\\lost {body}}} red cross\\par}}".encode())
    assert [f.code for f in cut.findings] == ["text_lost"] and "工作要点" not in cut.text


def test_what_is_no_word_file_is_not_read_as_text() -> None:
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le") + bytes(3000)
    with pytest.raises(UnreadableDocument) as raised:
        opened("a.doc", data)
    assert raised.value.code == "damaged_file"


def test_marks_of_cells_without_a_table_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    table = made.word_table("名单", (("市", "学校"), ("湖州市", "湖州市实验小学"), ("嘉兴市", "嘉兴市南湖小学")))
    data = made.converted(table, "doc", tmp_path)
    run_on = made.word("名单\n市学校湖州市湖州市实验小学嘉兴市嘉兴市南湖小学")
    monkeypatch.setattr(legacy, "_converted", lambda *_: (run_on, "7"))
    assert [f.code for f in opened("a.doc", data).findings] == ["tables_lost"]
