"""Write rules/fold_traditional.tsv: traditional characters and the simplified one each is matched as.

Source: OpenCC (Apache-2.0). Characters of GB 2312 stay as they are: they are simplified characters
themselves. Only one character for one, so that the map from the view back to the text stays exact.
Run from the project's folder.
"""

from __future__ import annotations

from pathlib import Path

import opencc

# Characters of GB 2312 that simplified texts of today do not use; 乾 stays, for it is in names (乾县).
UNUSED = frozenset("於後徵夥麽菸")
# General, Hong Kong and Taiwan forms (衞, 羣); the first that changes a character counts.
FORMS = ("t2s", "hk2s", "tw2s")
RANGES = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF))


def main() -> None:
    """Convert each character by itself and write those that change."""
    convert = [opencc.OpenCC(form).convert for form in FORMS]
    lines = ["# Traditional characters and the simplified form that rules match. From OpenCC (Apache-2.0).", "from\tto"]
    for first, last in RANGES:
        for code in range(first, last + 1):
            char = chr(code)
            simple = next((made for to in convert if (made := to(char)) != char), char)
            if simple != char and len(simple) == 1 and ord(simple) < 0x10000 and (char in UNUSED or not is_simplified(char)):
                lines.append(f"{char}\t{simple}")
    Path("rules/fold_traditional.tsv").write_text("\n".join(lines) + "\n", "utf-8")


def is_simplified(char: str) -> bool:
    """True for the characters of GB 2312."""
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


if __name__ == "__main__":
    main()
