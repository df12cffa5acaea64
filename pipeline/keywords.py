"""Keywords of a text by jieba, as a hint for search. jieba never decides where a field ends."""

from __future__ import annotations

import logging
import warnings
from functools import cache
from typing import Any

from pipeline.paths import rules_dir

MOST = 6


@cache
def _tagger() -> Any:
    # Loading takes most of a second, so only texts that need keywords pay for it.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
        import jieba.analyse
    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    tokenizer.load_userdict(str(rules_dir() / "jieba" / "userdict.txt"))
    tagger = jieba.analyse.TFIDF()
    tagger.tokenizer = tokenizer
    return tagger


def keywords(text: str) -> list[str]:
    """Up to six words that stand out in the text, most telling first.

    >>> "造血干细胞" in keywords("年内造血干细胞有效库容达到4.5万人份以上,造血干细胞捐献宣传深入开展。")
    True
    """
    return list(_tagger().extract_tags(text[:5000], topK=MOST))
