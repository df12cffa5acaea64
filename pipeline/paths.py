"""Where the rules are: beside the package in a checkout, inside it in an installed wheel."""

from __future__ import annotations

from pathlib import Path


def rules_dir() -> Path:
    """The folder of the rules that came with this copy of the package.

    >>> (rules_dir() / "lexicon.toml").is_file()
    True
    """
    packaged = Path(__file__).parent / "_rules"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent / "rules"
