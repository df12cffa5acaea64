"""Bytes to text: a ladder of encodings, decided by how Chinese the result looks.

Order: byte order mark, strict UTF-8, then the strict decodings of :data:`CANDIDATES`, of which the
one with the highest share of common characters wins. General detectors are wrong on short texts
and do not find UTF-16 without a mark. Nothing is dropped: what cannot be decoded is kept as U+FFFD
with a finding at its place.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from functools import cache

import regex

from pipeline.model import Finding, Span
from pipeline.paths import rules_dir

CANDIDATES = ("gb18030", "big5hkscs", "utf-16-le", "utf-16-be")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_MAGIC = (b"%PDF", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"GIF8", b"Rar!",
          b"7z\xbc\xaf", b"\x7fELF", b"BM")
# Names under which files declare the encodings that are tried.
_SAME = {
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "x-gbk": "gb18030", "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
}
_SAMPLE = 20_000
_LEAST_MIXED = 8  # bytes of lines in the rarer of two encodings: four characters are no accident
_CLOSE = 0.08
_BROKEN = regex.compile("\ufffd+")
_MOST_FINDINGS = 50
_PUNCTUATION = frozenset("，。、；：？！“”‘’（）《》〔〕【】—…·　「」『』")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded text; ``score`` is between -1 and 1, ``runner_up`` the next best encoding."""

    text: str
    encoding: str
    score: float
    runner_up: str | None
    findings: tuple[Finding, ...]


@cache
def common_characters() -> frozenset[str]:
    """The characters of everyday Chinese, simplified and traditional."""
    lines = (rules_dir() / "common_chars.txt").read_text("utf-8").splitlines()
    return frozenset("".join(line for line in lines if not line.startswith("#")))


def looks_binary(data: bytes) -> bool:
    """True for formats that are no text, by their first bytes or by control bytes.

    >>> looks_binary(b"%PDF-1.7"), looks_binary("红会".encode("utf-16-le"))
    (True, False)
    """
    if data.startswith(tuple(mark for mark, _name in _MARKS)):
        return False
    head = data[:4096]
    if head.startswith(_MAGIC[:-1]) or (head.startswith(b"BM") and b"\0" in head):
        return True
    if not any(byte < 9 or 13 < byte < 32 for byte in head):
        return False
    return max(_score(_lenient(head[: len(head) // 2 * 2], name)) for name in ("utf-8", *CANDIDATES)) < 0.3


def decode(data: bytes, declared: str | None = None) -> Decoded:
    """The text of a file's bytes; a byte order mark is removed and nothing else is changed.

    ``declared`` is the encoding that the file itself names (a page's charset). It settles a tie and nothing else: files are
    often saved again in another encoding without it.

    >>> decode("红十字会二〇一三".encode("gb18030")).encoding
    'gb18030'
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _finish(data[len(mark) :], name, 1.0, None)
    text = _strict(data, "utf-8")
    if text is not None and "\0" not in text[:_SAMPLE]:
        return Decoded(text, "utf-8", 1.0, None, _broken(text))
    if mixed := _mixed(data):
        return mixed
    ranked = sorted(
        ((_score(t), -i, name) for i, name in enumerate(CANDIDATES) if (t := _strict(data, name)) is not None),
        reverse=True,
    )
    # With a byte lost a text is no longer strict in its own encoding; it still looks better in it than in another one.
    broken = max((_score(_lenient(data, name)), -i, name) for i, name in enumerate(("utf-8", *CANDIDATES)))
    if not ranked or ranked[0][0] <= 0 or broken[0] > ranked[0][0]:
        return _finish(data, broken[2], broken[0], None)
    score, _order, name = ranked[0]
    close = _CLOSE * _high_share(data)
    near = [other for other in ranked[1:] if score - other[0] < close]
    wanted = _SAME.get((declared or "").lower().replace("_", "-"))
    if near and wanted in (name, *(other[2] for other in near)):
        return _finish(data, str(wanted), next(s for s, _i, n in ranked if n == wanted), None)
    return _finish(data, name, score, near[0][2] if near else None)


def _mixed(data: bytes) -> Decoded | None:
    """Lines of UTF-8 and of GB18030 in one file, as when texts were appended to each other; None where it is not so."""
    if b"\0" in data or b"\n" not in data:
        return None
    out: list[str] = []
    found = {"utf-8": 0, "gb18030": 0}
    for line in data.split(b"\n"):
        own = _strict(line, "utf-8")
        other = _strict(line, "gb18030") if own is None else None
        if own is None and (other is None or _score(other) <= max(0.3, _score(_lenient(line, "utf-8")))):
            return None
        if own is None or not line.isascii():
            found["utf-8" if other is None else "gb18030"] += len(line)
        out.append(other if own is None and other is not None else own or "")
    if min(found.values()) < _LEAST_MIXED:
        return None
    names = "+".join(found)
    return Decoded("\n".join(out), names, 1.0, None, (Finding("encoding_mixed", None, {"encodings": names}),))


def _high_share(data: bytes) -> float:
    """The share of bytes that are not ASCII: in a page that is mostly tags, scores lie as much closer together."""
    sample = data[:_SAMPLE]
    return sum(byte >= 0x80 for byte in sample) / len(sample) if sample else 0.0


def _strict(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        return None


def _lenient(data: bytes, name: str) -> str:
    return data.decode(name, errors="replace")


def _finish(data: bytes, name: str, score: float, runner_up: str | None) -> Decoded:
    text = _lenient(data, name)
    findings = _broken(text)
    if runner_up:
        findings = (Finding("encoding_uncertain", None, {"encoding": name, "runner_up": runner_up}), *findings)
    return Decoded(text, name, score, runner_up, findings)


def _broken(text: str) -> tuple[Finding, ...]:
    if "\ufffd" not in text:
        return ()
    runs = [Span(*found.span()) for found in _BROKEN.finditer(text)]
    shown = runs[:_MOST_FINDINGS]
    findings = [Finding("bad_byte", run, {"count": str(run.end - run.start)}) for run in shown]
    if len(runs) > len(shown):
        rest = sum(run.end - run.start for run in runs[len(shown) :])
        findings.append(Finding("bad_byte", runs[len(shown)], {"count": str(rest)}))
    return tuple(findings)


def _score(text: str) -> float:
    """How much the text looks like Chinese prose: common characters for, controls and rarities against."""
    sample = text if len(text) <= 2 * _SAMPLE else text[:_SAMPLE] + text[len(text) // 2 :][:_SAMPLE]
    common = common_characters()
    good = bad = 0.0
    for char in sample:
        if char in common:
            good += 1
        elif char in _PUNCTUATION:
            good += 0.6
        elif char.isascii():
            good += 0.4 if char.isprintable() or char in "\t\r\n\f" else -1
        elif char == "\ufffd" or "\ue000" <= char <= "\uf8ff":
            bad += 1
        elif "\u4e00" <= char <= "\u9fff":
            bad += 0.5
        else:
            bad += 0.8
    return (good - bad) / len(sample) if sample else 0.0
