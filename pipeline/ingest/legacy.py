"""Old Word files, WPS files, RTF and OpenDocument texts to documents, by way of LibreOffice and the reader of .docx.

LibreOffice converts to .docx and never to text: its text keeps what tracked changes deleted. It runs with a profile of its
own in a temporary folder, in which macros, links and updates are switched off, without the user's environment, where the
system allows it without a network, and is killed with all its processes when its time is over.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import signal
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import regex

from pipeline.ingest import docx
from pipeline.ingest.errors import UnreadableDocument, damaged, encrypted
from pipeline.ingest.limits import Limits, over_limit
from pipeline.ingest.package import DAMAGE, open_package, read_part
from pipeline.model import Document, Finding

_MEDIA = {"doc": "application/msword", "rtf": "application/rtf", "odt": "application/vnd.oasis.opendocument.text"}
_PROGRAM = "soffice"
# What is left of a document's time for reading the converted file.
_SHARE_OF_TIME = 0.9
_VBA = "_VBA_PROJECT".encode("utf-16-le")
# The first block of a Word file says in a bit that the text is encrypted; blocks begin at multiples of 512.
_WORD_MAGIC, _SECTOR, _VERSION_AT, _FLAGS_AT, _ENCRYPTED_BIT = b"\xec\xa5", 512, 2, 10, 0x0100
_WORD_97, _WORD_95 = 105, 103  # versions in that block, at the least
# A Chinese character and the mark that ends a cell, as .doc files hold them; a cell as .docx files hold it.
_CELL_END, _CELL = regex.compile(rb"[\x00-\xff][\x4e-\x9f]\x07\x00"), regex.compile(rb"<w:tc[ >]")
# Characters as .rtf files write them: by number, or in the bytes of an encoding, two for each.
_RTF_CHARACTER, _RTF_BYTES = regex.compile(rb"\\u(-?\d{1,6})"), regex.compile(rb"\\'[0-9a-f]{2}\\'[0-9a-f]{2}", regex.IGNORECASE)
_COUNTED_FROM = 40  # below this many characters a share says nothing
_SETTINGS = (
    ("Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Office.Common/Security/Scripting", "DisableActiveContent", "true"),
    ("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Office.Common/Load", "UpdateDocMode", "0"),
    ("Office.Writer/Content/Update", "Link", "0"),
    ("Office.Writer/Content/Update", "Field", "false"),
    ("Office.Writer/Content/Update", "Chart", "false"),
    ("Office.Calc/Content/Update", "Link", "2"),
    ("Office.Common/Misc", "FirstRun", "false"),
    ("Setup/Office", "ooSetupInstCompleted", "true"),
    # A proxy that answers nothing: what would reach for the network in spite of all this finds none.
    ("Inet/Settings", "ooInetProxyType", "2"),
    ("Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
    ("Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
    ("Inet/Settings", "ooInetHTTPSProxyPort", "9"),
    ("Inet/Settings", "ooInetFTPProxyName", "127.0.0.1"),
    ("Inet/Settings", "ooInetFTPProxyPort", "9"),
    ("Inet/Settings", "ooInetNoProxy", ""),
)


def read(name: str, data: bytes, kind: str, limits: Limits) -> Document:
    """The text of a .doc, .wps, .rtf or .odt file; ``kind`` is doc, rtf or odt.

    Raises :class:`UnreadableDocument` with code missing_program, encrypted_file, damaged_file or over_limit.
    """
    has_macros = _looked_at(data, kind, limits)
    converted, version = _converted(data, kind, limits)
    made = docx.read(name, converted, "docx", limits)
    macros = (Finding("macros_ignored"),) if has_macros else ()
    lost = tuple(_lost(data, kind, converted, made.text))
    return replace(
        made, doc_id=hashlib.sha256(data).hexdigest(), media_type=_MEDIA[kind], extractor=f"legacy/1 LibreOffice {version}",
        findings=(*macros, *lost, *(f for f in made.findings if f.code != "macros_ignored")),
    )


def _looked_at(data: bytes, kind: str, limits: Limits) -> bool:
    """True where the file holds macros. Raises for a file that is encrypted or unsafe to hand over."""
    if kind == "odt":
        package = open_package(data, limits)
        if b"encryption-data" in (read_part(package, "META-INF/manifest.xml") or b""):
            raise encrypted()
        return any(n.startswith(("Basic/", "Scripts/")) and not n.endswith("/") for n in package.namelist())
    if kind == "doc":
        at = _word_at(data)
        if at is None:
            raise damaged("WordDocument")
        if int.from_bytes(data[at + _FLAGS_AT : at + _FLAGS_AT + 2], "little") & _ENCRYPTED_BIT:
            raise encrypted()
        return _VBA in data
    return False


def _word_at(data: bytes) -> int | None:
    """Where the block begins that every Word file has."""
    return next((i for i in range(_SECTOR, len(data), _SECTOR) if data.startswith(_WORD_MAGIC, i)), None)


def _filter(data: bytes, kind: str) -> str:
    """The name of LibreOffice's own filter: left to guess, it reads what is damaged as plain text."""
    if kind != "doc":
        return {"rtf": "Rich Text Format", "odt": "writer8"}[kind]
    at = _word_at(data) or 0
    version = int.from_bytes(data[at + _VERSION_AT : at + _VERSION_AT + 2], "little")
    return "MS Word 97" if version >= _WORD_97 else "MS Word 95" if version >= _WORD_95 else "MS WinWord 6"


def _lost(data: bytes, kind: str, converted: bytes, text: str) -> Iterator[Finding]:
    """What the file shows to hold and the converted one has not: cells of tables, or most of the text."""
    if kind == "doc":
        marks = len(_CELL_END.findall(data))
        with zipfile.ZipFile(io.BytesIO(converted)) as package:
            cells = len(_CELL.findall(package.read("word/document.xml")))
        # A file may hold a mark or two besides, in what was deleted.
        if 2 * marks > 3 * cells + 4:
            yield Finding("tables_lost", None, {"marks": str(marks), "cells": str(cells)})
    elif kind == "rtf":
        escapes = (int(found[1]) % 0x10000 for found in _RTF_CHARACTER.finditer(data))
        coded = max(sum(0x4E00 <= code < 0xA000 for code in escapes), len(_RTF_BYTES.findall(data)))
        held = sum("\u4e00" <= char < "\ua000" for char in text)
        if coded >= _COUNTED_FROM and held < coded / 2:
            yield Finding("text_lost", None, {"coded": str(coded), "found": str(held)})


def _converted(data: bytes, kind: str, limits: Limits) -> tuple[bytes, str]:
    """The file as .docx, and the version of LibreOffice that made it."""
    program = shutil.which(_PROGRAM)
    if program is None:
        raise UnreadableDocument(
            "missing_program", "读取 .doc、.wps、.rtf、.odt 需要 LibreOffice Writer（soffice），请先安装：https://www.libreoffice.org",
            "reading .doc, .wps, .rtf and .odt needs LibreOffice Writer (soffice): install it from https://www.libreoffice.org")
    with tempfile.TemporaryDirectory(prefix="hongzhi-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        source, made = home / f"in.{kind}", home / "out" / "in.docx"
        source.write_bytes(data)
        _write_profile(home / "profile")
        command = [
            *_without_network(), program, f"-env:UserInstallation={(home / 'profile').as_uri()}", "--headless", "--invisible",
            "--norestore", "--nolockcheck", "--nodefault", "--nologo", f"--infilter={_filter(data, kind)}", "--convert-to",
            "docx:MS Word 2007 XML", "--outdir", str(made.parent), str(source),
        ]
        _run(command, home, limits.seconds * _SHARE_OF_TIME)
        if not made.is_file():
            raise damaged("LibreOffice 无法转换 (LibreOffice cannot convert it)")
        size = made.stat().st_size
        if size > limits.bytes:
            raise over_limit("bytes", limits.bytes, size)
        converted = made.read_bytes()
    return converted, _version(converted)


def _run(command: list[str], home: Path, seconds: float) -> None:
    """Run a command in a process group of its own; over its time it is killed with all that it started."""
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=home, env=_environment(home),
        start_new_session=True,
    )
    try:
        process.wait(max(1.0, seconds))
    except subprocess.TimeoutExpired as error:
        raise over_limit("seconds", seconds) from error
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End what is left of the process and of its group."""
    try:
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    except (ProcessLookupError, PermissionError):
        pass  # nothing is left of it
    process.wait()


def _environment(home: Path) -> dict[str, str]:
    """What the program needs of the environment: no proxy, no home of the user, no display."""
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH")}
    return kept | dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP"), str(home)) | {"LANG": "C.UTF-8", "SAL_USE_VCLPLUGIN": "svp"}


@cache
def _without_network() -> tuple[str, ...]:
    """The command that takes the network away from another one; empty where the system has none or forbids it."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return ()
    command = (unshare, "--map-root-user", "--net", "--")
    try:
        tried = subprocess.run((*command, "true"), stdin=subprocess.DEVNULL, capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return command if tried.returncode == 0 else ()


def _write_profile(folder: Path) -> None:
    items = "".join(
        f'<item oor:path="/org.openoffice.{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>\n'
        for path, name, value in _SETTINGS
    )
    (folder / "user").mkdir(parents=True)
    (folder / "user" / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<oor:items xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
        f"{items}</oor:items>\n", "utf-8")


def _version(converted: bytes) -> str:
    """The version that the converted file names as its maker's."""
    try:
        with zipfile.ZipFile(io.BytesIO(converted)) as package:
            said = package.read("docProps/app.xml").decode("utf-8", "replace")
    except (KeyError, *DAMAGE):
        return ""
    found = regex.search(r"LibreOffice/([\d.]{1,20})", said)
    return found[1] if found else ""
