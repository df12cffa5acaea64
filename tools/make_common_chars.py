"""Write rules/common_chars.txt: the characters that Chinese prose is made of, most frequent first.

Source: the word list of jieba (MIT licence), its counts added up by character, and the same
characters in traditional form by OpenCC. Run from the project's folder.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import jieba
import opencc

COUNT = 3500


def main() -> None:
    """Count, convert and write the table."""
    counts: Counter[str] = Counter()
    for line in (Path(jieba.__file__).parent / "dict.txt").read_text("utf-8").splitlines():
        word, count, _tag = line.split(" ")
        for char in word:
            if "\u4e00" <= char <= "\u9fff":
                counts[char] += int(count)
    simplified = [char for char, _count in counts.most_common(COUNT)]
    convert = opencc.OpenCC("s2t").convert
    traditional = sorted({convert(char) for char in simplified} - set(simplified))
    header = "# Common characters: simplified by frequency, then their traditional forms. From jieba's word list (MIT).\n"
    Path("rules/common_chars.txt").write_text(header + "".join(simplified) + "\n" + "".join(traditional) + "\n", "utf-8")


if __name__ == "__main__":
    main()
