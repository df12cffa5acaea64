"""Text made safe for the program that will open it, without losing what it says."""

from __future__ import annotations

import regex

from pipeline.export.wording import words

# What a spreadsheet cell holds, in units of UTF-16.
CELL = 32_767
# Characters that XML forbids or that no reader sees, among them those that turn the direction of writing.
_INVISIBLE = regex.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
# A cell of a CSV file that begins so is a formula to a spreadsheet; full-width forms too, in some locales.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BREAK = regex.compile("\r\n|[\r\x85\u2028\u2029]")


def visible(text: str) -> str:
    r"""The text with each unseen character named, and with plain line ends.

    >>> visible("甲\x07乙\u202e丙\r\n丁")
    '甲〔U+0007〕乙〔U+202E〕丙\n丁'
    """
    form = words("sheet")["invisible"]
    return _INVISIBLE.sub(lambda m: form.format(code=f"{ord(m[0]):04X}"), _BREAK.sub("\n", text))


def units(text: str) -> int:
    """Length as spreadsheets count it: an emoji is two.

    >>> units("红🚑")
    3
    """
    return len(text) + sum(1 for c in text if ord(c) > 0xFFFF) if not text.isascii() else len(text)


def fitted(text: str, place: str) -> tuple[str, int]:
    """The text as it fits into a cell, and how many characters were left out; a note says where the whole stands.

    >>> fitted("短", "第1行"), len(fitted("长" * 40000, "第1行")[0]) <= CELL
    (('短', 0), True)
    """
    if units(text) <= CELL:
        return text, 0
    form = words("sheet")["cut"]
    room = CELL - units(form.format(count=len(text), place=place))
    kept = text[:room]
    while units(kept) > room:
        kept = kept[: len(kept) - max(1, (units(kept) - room) // 2)]
    left = len(text) - len(kept)
    return kept + form.format(count=left, place=place), left


def for_csv(text: str) -> str:
    """The text as a cell of a CSV file that no spreadsheet takes for a formula.

    >>> for_csv('=HYPERLINK("x")'), for_csv("+1"), for_csv("红十字会")
    ('\\'=HYPERLINK("x")', "'+1", '红十字会')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def for_markdown(text: str) -> str:
    r"""The text as a line of Markdown in which nothing is markup.

    >>> for_markdown("*甲*\n<b>")
    '\\*甲\\* &lt;b&gt;'
    """
    safe = visible(text).replace("\n", " ").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return regex.sub(r"([\\`*_\[\]#|~])", r"\\\1", safe)
