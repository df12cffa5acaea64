"""How a text becomes what is looked up: folded, as single characters and as jieba's words.

Characters one after the other find every stretch of a text that is there, also where jieba would cut a name in two; words find
texts that hold the same words in another order, and put whole words first. The marks that stand between words become one sign,
so that a phrase does not reach over them.
"""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import regex

from pipeline.model import Span
from pipeline.paths import rules_dir
from pipeline.view import View, fold

# Stands for marks between words. No letter, and outside the ASCII range, whose marks the index treats as separators.
GAP = "\u00a6"
# A number keeps its point and loses its thousands separators; letters of other scripts stay together; a Chinese character
# stands alone.
_TOKEN = regex.compile(
    r"(?P<number>(?:[0-9]{1,3}(?:,[0-9]{3})++(?![0-9])|[0-9]++)(?:\.[0-9]++)?)"
    r"|(?P<word>\p{Han}|(?:(?![0-9])[[\p{L}\p{M}\p{N}]--\p{Han}])++)|[^\s\p{L}\p{M}\p{N}]++", regex.V1)
_THOUSANDS = regex.compile(r"(?<=\d),(?=\d{3}(?!\d))")


@dataclass(frozen=True, slots=True)
class Token:
    """A character, number, word in letters or gap, and where it stands."""

    text: str
    span: Span


def tokens(text: str) -> list[Token]:
    """The tokens of a text in order, each with its place in the text as it was before folding.

    >>> [t.text for t in tokens("张　旭、1.5亿，２,０００名ＡＢ")]
    ['张', '旭', '¦', '1.5', '亿', '¦', '2000', '名', 'ab']
    >>> tokens("(學)校")[1]
    Token(text='学', span=Span(start=1, end=2))
    """
    view = View.of(text, Span(0, len(text)))
    out = []
    for found in _TOKEN.finditer(view.folded):
        said = found[0].replace(",", "") if found["number"] else found[0].lower() if found["word"] else GAP
        out.append(Token(said, view.source(found.start(), found.end())))
    return out


def characters(text: str) -> str:
    """The tokens of a text, as the index keeps them: without their places, which are looked for only where something is found.

    >>> characters("（红会）5，000名")
    '¦ 红 会 ¦ 5000 名'
    """
    view = View.of(text, Span(0, len(text)))
    said = (number.replace(",", "") or word.lower() or GAP for number, word in _TOKEN.findall(view.folded))
    return " ".join(said)


def trimmed(read: list[Token]) -> list[Token]:
    """The tokens without gaps at the ends, where a mark says nothing.

    >>> [t.text for t in trimmed(tokens("《红会》"))]
    ['红', '会']
    """
    first, last = 0, len(read)
    while first < last and read[first].text == GAP:
        first += 1
    while last > first and read[last - 1].text == GAP:
        last -= 1
    return read[first:last]


@cache
def _tokenizer() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    jieba.setLogLevel(logging.WARNING)
    made = jieba.Tokenizer()
    made.load_userdict(str(rules_dir() / "jieba" / "userdict.txt"))
    return made


@lru_cache(maxsize=20_000)
def words(text: str) -> tuple[str, ...]:
    """jieba's words for search, the parts of long ones too; marks are left out.

    >>> words("紅十字示範學校")
    ('十字', '红十字', '示范', '学校')
    """
    plain = _THOUSANDS.sub("", fold(text).lower())
    return tuple(w for w in _tokenizer().cut_for_search(plain) if any(map(str.isalnum, w)))
