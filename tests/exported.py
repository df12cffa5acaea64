"""Published sets for the tests of exports, and readers of what was exported."""

from __future__ import annotations

import csv
import io
import subprocess
import zipfile
from pathlib import Path
from typing import Any

from lxml import etree

from pipeline import batch

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def published(tmp_path: Path, files: dict[str, str], sources: str = "") -> Path:
    """A set made from texts; ``sources`` are the lines of sources.tsv, its head included."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    if sources:
        (folder / "sources.tsv").write_text(sources, "utf-8")
    batch.run([folder], tmp_path / "out", batch.Options(workers=0))
    return tmp_path / "out" / "current"


def sheet(path: Path, name: str) -> list[dict[str, Any]]:
    """The rows of a sheet by their headers, as openpyxl reads them."""
    import openpyxl

    head, *rows = openpyxl.load_workbook(path)[name].iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def csv_rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def word_parts(path: Path) -> tuple[Any, dict[str, str]]:
    """The body of a Word file and its footnotes by id."""
    with zipfile.ZipFile(path) as package:
        body = etree.fromstring(package.read("word/document.xml"), etree.XMLParser(huge_tree=True))
        notes = etree.fromstring(package.read("word/footnotes.xml"))
    return body, {n.get(f"{W}id"): text_of(n) for n in notes}


def text_of(element: Any) -> str:
    return "".join(t.text or "" for t in element.iter(f"{W}t"))


def noted(path: Path) -> list[tuple[str, str]]:
    """Each paragraph that bears a footnote, with the footnote's text."""
    body, notes = word_parts(path)
    return [(text_of(p), notes[ref.get(f"{W}id")]) for p in body.iter(f"{W}p") for ref in p.iter(f"{W}footnoteReference")]


def headings(path: Path) -> list[tuple[int, str]]:
    body, _notes = word_parts(path)
    found = [(p.find(f"{W}pPr/{W}pStyle"), p) for p in body.iter(f"{W}p")]
    return [(int(style.get(f"{W}val")[-1]), text_of(p)) for style, p in found
            if style is not None and style.get(f"{W}val").startswith("Heading")]


def printed(path: Path, folder: Path) -> str:
    """The text of a file as LibreOffice lays it out on pages."""
    profile = (folder / "profile").as_uri()
    subprocess.run(["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf", "--outdir", str(folder),
                    str(path)], check=True, capture_output=True, timeout=180)
    import pypdfium2

    document = pypdfium2.PdfDocument(folder / f"{path.stem}.pdf")
    assert len(document) > 0
    return "".join(page.get_textpage().get_text_range() for page in document)
