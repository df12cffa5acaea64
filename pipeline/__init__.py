"""hongzhi: published Chinese Red Cross texts to tables, by rules, each value traceable.

>>> parsed = parse_text("杭州市红十字会2015年工作要点\\n一、强化基层\\n1.建立网点。年内新建基层组织20个以上。")
>>> parsed.tables["plan_targets"][0]["text"]
'20个以上'
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as _version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.batch import RunResult
    from pipeline.explain import Explanation
    from pipeline.model import Parsed

try:
    __version__ = _version("hongzhi")
except PackageNotFoundError:  # run from a checkout that is not installed
    __version__ = "0+unknown"

__all__ = ["__version__", "explain", "load_table", "parse_text", "run"]


def parse_text(text: str | bytes, name: str = "text.txt") -> Parsed:
    """Read one text (or a file's bytes, decoded by the ladder) into its tables."""
    from pipeline.ingest.limits import Limits
    from pipeline.ingest.text import read
    from pipeline.parse import parse_document
    from pipeline.rules import load_rules

    data = text.encode() if isinstance(text, str) else text
    return parse_document(read(name, data, "text", Limits()), load_rules())


def run(inputs: Sequence[Path | str], out: Path | str = "parsed", **options: Any) -> RunResult:
    """Read files, folders, patterns and archives and publish one complete set under ``out``.

    ``options`` are the fields of :class:`pipeline.batch.Options`. With ``workers=2`` documents are read in two processes
    within the limits of time and memory; as always with processes, a script then needs ``if __name__ == "__main__":``.
    """
    from pipeline.batch import Options
    from pipeline.batch import run as run_batch

    return run_batch([Path(p) for p in inputs], Path(out), Options(**options))


def explain(path: Path | str, line: int | None = None) -> Explanation:
    """Why a file, or one line of it, was read as it was."""
    from pipeline.explain import explain_file

    return explain_file(Path(path), line)


def load_table(folder: Path | str, table: str) -> pd.DataFrame:
    """A published table as a DataFrame: ``load_table("parsed/current", "schools")``."""
    from pipeline.publish import load_table as load

    return load(folder, table)
