"""Write a report: an index and a file for each document, or one file with all."""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from pathlib import Path

import regex

from pipeline.report.model import in_order, view_document
from pipeline.report.published import PublishedSet, read_set
from pipeline.report.summary import summarise
from pipeline.report.words import said

# A single file with more text than this opens slowly; a folder has no such bound.
LARGEST_SINGLE = 2_000_000
_DOCUMENTS = "documents"
# Marks that paths and addresses give a meaning of their own; letters of all scripts stay.
_UNSAFE = regex.compile(r"[^\p{L}\p{N}._-]+")


class ReportError(Exception):
    """A report cannot be made as asked; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: the files in order, the index first."""

    files: tuple[Path, ...]
    documents: int
    bytes: int


def write_report(folder: Path, out: Path, *, single: bool = False) -> Written:
    """Write the report of a published set into ``out``: ``index.html`` and ``documents/*.html``, or only ``index.html``.

    Files of the same names are replaced, each in one step; nothing else in ``out`` is touched. Raises
    :class:`~pipeline.report.published.NoSet`, and :class:`ReportError` where Jinja2 is missing, the folder cannot be written
    or a single file would be too large.
    """
    try:
        import jinja2  # noqa: F401
    except ImportError:
        raise ReportError('生成报告需先安装 / a report needs: pip install "hongzhi[report]"') from None
    published = read_set(folder)
    try:
        return _single(published, out) if single else _many(published, out)
    except OSError as error:
        raise ReportError(f"无法写入 {out}：{error.strerror or error}，请换一个文件夹 / "
                          f"cannot write to {out}: choose another --out") from error


def _many(published: PublishedSet, out: Path) -> Written:
    from pipeline.report.render import document_html, page, summary_html

    summary = summarise(published)
    names = {d.doc_id: file_name(d.path, d.doc_id) for d in summary.documents}
    files = [out / "index.html"]
    (out / _DOCUMENTS).mkdir(parents=True, exist_ok=True)
    looks = None
    for doc_id in in_order(published):
        view = view_document(published, doc_id)
        looks = view.looks
        path = out / _DOCUMENTS / names[doc_id]
        _put(path, page(view.title, [document_html(view, "d")], looks, kind="document", home="../index.html"))
        files.append(path)
    links = {doc_id: f"{_DOCUMENTS}/{name}" for doc_id, name in names.items()}
    lines = {doc_id: f"{link}#dL" for doc_id, link in links.items()}
    _put(files[0], page(said("words", "summary").zh, [summary_html(summary, links, lines)], looks or {}, kind="whole"))
    return Written(tuple(files), len(names), sum(f.stat().st_size for f in files))


def _single(published: PublishedSet, out: Path) -> Written:
    from pipeline.report.render import document_html, page, summary_html

    total = sum(n or 0 for (n,) in published.column("documents", "n_chars"))
    if total > LARGEST_SINGLE:
        raise ReportError(f"共 {total} 字，单个文件打开会很慢，请去掉 --single / {total} characters are too many for one file: "
                          "leave out --single")
    summary = summarise(published)
    prefixes = {doc_id: f"d{number}" for number, doc_id in enumerate(in_order(published), 1)}
    views = [view_document(published, doc_id) for doc_id in prefixes]
    links = {doc_id: f"#{prefix}" for doc_id, prefix in prefixes.items()}
    lines = {doc_id: f"#{prefix}L" for doc_id, prefix in prefixes.items()}
    parts = [summary_html(summary, links, lines), *(document_html(view, prefixes[view.doc_id]) for view in views)]
    path = out / "index.html"
    out.mkdir(parents=True, exist_ok=True)
    _put(path, page(said("words", "summary").zh, parts, views[0].looks if views else {}, kind="whole", home="#summary"))
    return Written((path,), len(views), path.stat().st_size)


def file_name(path: str, doc_id: str) -> str:
    """The name of a document's file: its own, without what paths and addresses give a meaning to, and the start of its id.

    >>> file_name("2013年/要点 (1).txt", "0cbbd192aa")
    '2013年-要点-1-0cbbd192.html'
    """
    stem = _UNSAFE.sub("-", path.rsplit(".", 1)[0] if "." in path.rsplit("/", 1)[-1] else path).strip("-.")
    # Names are bounded in bytes, and a letter may take four.
    while len(stem.encode("utf-8")) > 150:
        stem = stem[: -max(1, (len(stem.encode("utf-8")) - 150) // 4)]
    return f"{stem.rstrip('-.') or 'document'}-{doc_id[:8]}.html"


def _put(path: Path, content: str) -> None:
    beside = path.with_name(f".{uuid.uuid4().hex}.html")
    try:
        # Line ends as they are: the policy's hashes cover the bytes.
        with beside.open("w", encoding="utf-8", newline="") as handle:
            handle.write(content)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
