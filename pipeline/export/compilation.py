"""The 资料长编 as a Word file: material by chapter and date, verbatim, each piece with its footnote."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.export.citations import gbt7714, source_of
from pipeline.export.clean import for_csv, visible
from pipeline.export.dataset import PublishedSet
from pipeline.export.lint import Wording, lint
from pipeline.export.material import Chapter, Piece, Sorter, chapters
from pipeline.export.wordfile import Noted, WordFile
from pipeline.export.wording import words

# Columns that hold the printed text and its number, by table; a table of which nothing is said gives its evidence.
_TEXT = {"plan_items": "text", "paragraphs": "text", "speech_points": "text", "lines": "text"}
_NUMBER = {"plan_items": "item_label", "speech_points": "marker"}
# Shares of a table's width: a column of short values and one of long ones.
_SHARES = {"check": 1, "item_no": 1, "entry_no": 1, "authors": 4,
           "work_title": 5, "school": 4, "name": 3, "title": 6, "text": 4, "indicator": 5, "post": 4,
           "unit": 4, "honour": 3, "county_today": 4, "unit_place_today": 4}
_SHARE = 2
_LONGEST = 10_000


def compilation(data: PublishedSet, outline: Mapping[str, Any], year: int) -> bytes:
    """The 资料长编 of a set as .docx; places are named as of ``year``."""
    sorter = Sorter(data, year)
    made = chapters(sorter, outline)
    book = WordFile(outline["title"])
    book.title(outline["title"])
    book.contents(outline["contents"], outline["contents_hint"])
    for chapter in made:
        _write(book, sorter, chapter, outline)
    _write_bibliography(book, data, outline)
    _write_wording(book, sorter, made, outline)
    return book.to_bytes()


def wording_csv(data: PublishedSet, outline: Mapping[str, Any], year: int) -> bytes:
    """What :mod:`pipeline.export.lint` finds in the prose of the 资料长编, as CSV for Excel and WPS."""
    said = words("wording")
    sorter = Sorter(data, year)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(said["head"])
    for w, piece in _wording(sorter, chapters(sorter, outline)):
        cells = (w.word, w.context, w.suggestion, piece.note, said["quoted"] if w.quoted else "")
        writer.writerow([for_csv(visible(c)) for c in cells])
    return out.getvalue().encode("utf-8-sig")


def _write(book: WordFile, sorter: Sorter, chapter: Chapter, outline: Mapping[str, Any]) -> None:
    said = words("modality")
    book.heading(1, chapter.title)
    book.paragraph([Noted(f"{said['names'][chapter.kind]}：{said['notes'][chapter.kind]}")], "Remark")
    if chapter.kind == "undetermined":
        book.paragraph([Noted(outline["leftover_note"])], "Remark")
    for group in chapter.groups:
        for level, text in group.headings:
            book.heading(level, text)
        if chapter.form == "table":
            _write_table(book, sorter, chapter, group.pieces, outline)
        else:
            _write_text(book, sorter, group.pieces, outline)


def _write_text(book: WordFile, sorter: Sorter, pieces: tuple[Piece, ...], outline: Mapping[str, Any]) -> None:
    section: str | None = None
    for piece in pieces:
        here = piece.row.get("section_title")
        if here and here != section:
            book.heading(4, here)
        section = here
        *lines, last = _portions(visible(text_of(sorter.data, piece)).strip("\n").split("\n"))
        for line in lines:
            book.paragraph([Noted(line.strip("　 "))])
        book.paragraph([Noted(last.strip("　 "), piece.note)])
        for message in piece.checks:
            book.paragraph([Noted(outline["check"].format(message=message))], "Check")


def _portions(lines: Sequence[str]) -> list[str]:
    """The lines, those of book length cut into several: word processors lay out a paragraph as a whole."""
    return [line[start : start + _LONGEST] for line in lines for start in range(0, max(1, len(line)), _LONGEST)]


def text_of(data: PublishedSet, piece: Piece) -> str:
    """The printed text of a piece, with the number that it bears; its evidence where the table has no text of its own."""
    column = _TEXT.get(piece.table)
    if column is None:
        return str(data.document(piece.row)["text"][piece.row["span_start"] : piece.row["span_end"]])
    number = piece.row.get(_NUMBER.get(piece.table, "")) or ""
    return f"{number}{piece.row[column] or ''}"


def _write_table(book: WordFile, sorter: Sorter, chapter: Chapter, pieces: tuple[Piece, ...], outline: Mapping[str, Any]) -> None:
    # A finding about many rows is printed once, below the table, and its number stands in the rows.
    found = list(dict.fromkeys(message for p in pieces for message in p.checks))
    number = {message: f"{i}" for i, message in enumerate(found, 1)}
    values = [["、".join(number[m] for m in p.checks) if c == "check" else sorter.value(p, c) for _h, c in chapter.columns]
              for p in pieces]
    # A column in which no row of this table has a value is left out.
    used = [i for i, (_h, c) in enumerate(chapter.columns) if c == chapter.cite or any(v[i] for v in values)]
    cited = next((i for i in used if chapter.columns[i][1] == chapter.cite), used[0])
    rows = [[Noted(v[i], p.note if i == cited else None) for i in used] for v, p in zip(values, pieces, strict=True)]
    names = [chapter.columns[i] for i in used]
    book.table([h for h, _c in names], rows, [_SHARES.get(c, _SHARE) for _h, c in names])
    for message in found:
        book.paragraph([Noted(outline["check_below"].format(number=number[message], message=message))], "Check")


def _write_bibliography(book: WordFile, data: PublishedSet, outline: Mapping[str, Any]) -> None:
    book.heading(1, outline["bibliography"])
    for number, reference in enumerate(references(data), 1):
        book.paragraph([Noted(f"[{number}] {reference}")], "TableText")


def references(data: PublishedSet) -> tuple[str, ...]:
    """The articles of a set in the form of GB/T 7714, each once, in the order of their files."""
    found = [
        gbt7714(source_of(data.documents[a["doc_id"]], a, alone=a["doc_id"] in data.alone))
        for a in sorted(data.articles.values(), key=lambda a: (data.documents[a["doc_id"]]["source_path"], a["seq"]))]
    return tuple(dict.fromkeys(found))


def _write_wording(book: WordFile, sorter: Sorter, made: tuple[Chapter, ...], outline: Mapping[str, Any]) -> None:
    said = words("wording")
    found = list(_wording(sorter, made))
    if not found:
        return
    book.heading(1, outline["wording"])
    book.paragraph([Noted(outline["wording_note"])], "Remark")
    rows = [[Noted(w.word, p.note), *map(Noted, (w.context, w.suggestion, said["quoted"] if w.quoted else ""))] for w, p in found]
    head = said["head"]
    book.table([head[0], head[1], head[2], head[4]], rows, [2, 6, 4, 2])


def _wording(sorter: Sorter, made: tuple[Chapter, ...]) -> Iterator[tuple[Wording, Piece]]:
    for chapter in made:
        if chapter.form != "text":
            continue
        for group in chapter.groups:
            for piece in group.pieces:
                article = sorter.data.article(piece.row) or {}
                for word in lint(text_of(sorter.data, piece), year=article.get("year"), issuer=article.get("issuer")):
                    yield word, piece
