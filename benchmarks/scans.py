"""Rows read from scans: how many are right, how many wrong ones a finding shows, how many wrong ones nothing shows.

The newspaper page of raw_docs is set in one column and in three, made into 200 dpi pictures, worn in four ways and read. Its rows
are compared with tests/gold. A wrong row is shown when a finding of the recognition lies on it or on its evidence, told when
another warning does (a count that does not fit, a prize that is missing), and silent otherwise. A row that is missing altogether
is told when a declared count, a gap in the numbers or print that could not be read shows that something is lost.

    python benchmarks/scans.py [--json] [--wear clean] [--columns 3]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from printed import page_pdf  # noqa: E402
from scanned import DPI, WEAR, font, saved, scans, worn  # noqa: E402

from pipeline.ingest import read_document  # noqa: E402
from pipeline.ingest.layout.thresholds import layout_rules  # noqa: E402
from pipeline.ingest.limits import Limits  # noqa: E402
from pipeline.model import Parsed  # noqa: E402
from pipeline.parse import parse_document  # noqa: E402
from pipeline.rules import load_rules  # noqa: E402
from pipeline.score import folded  # noqa: E402
from pipeline.view import match_key  # noqa: E402

PAGE = ROOT / "raw_docs" / "zhejiang-2013-newspaper-page.txt"
GOLD = ROOT / "tests" / "gold" / PAGE.stem
FIELDS = {
    "schools": ("school", "honour", "group_heading", "city", "county"), "awards": ("prize", "entry_no", "work_title", "form"),
    "award_authors": ("prize", "entry_no", "author", "unit"),
}
DOUBTS = frozenset({"ocr_low_confidence", "ocr_line_lost"})
GAPS = frozenset({
    "ocr_print_unread", "number_gap", "number_starts_late", "count_mismatch", "partial_list", "heading_without_entries",
    "work_without_author", "attribute_without_entry", "title_unclosed", "mark_unclosed",
})
LAYOUTS: Mapping[int, Mapping[str, Any]] = {1: {}, 3: {"columns": 3, "page_size": (1000.0, 1400.0)}}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the rows of one page: ``shown``, ``told`` and ``silent`` are the wrong or missing ones."""

    columns: int
    wear: str
    expected: int
    right: int
    shown: int
    told: int
    silent: int
    doubted: int
    lines: int
    seconds: float
    examples: tuple[str, ...]


def lists_of(text: str) -> str:
    """The lists at the end of the page: schools and awards."""
    return text[text.index("浙江省红十字示范校、达标校名单") :]


def gold() -> Iterator[tuple[str, tuple[Any, ...]]]:
    for table, fields in FIELDS.items():
        for line in (GOLD / f"{table}.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            yield table, tuple(folded(row.get(f)) for f in fields)


def outcome(parsed: Parsed, columns: int, wear: str, seconds: float) -> Outcome:
    """The rows of a parsed scan beside the gold."""
    expected = Counter(gold())
    findings = parsed.tables.get("findings", ())
    doubts = _spans(f for f in findings if f["code"] in DOUBTS)
    warnings = _spans(f for f in findings if f["severity"] != "info")
    right, shown, told, silent = 0, 0, 0, 0
    examples: list[str] = []
    for table, fields in FIELDS.items():
        for row in parsed.tables.get(table, ()):
            key = (table, tuple(folded(row.get(f)) for f in fields))
            if expected[key] > 0:
                expected[key] -= 1
                right += 1
                continue
            kind = "shown" if _covered(row, doubts) else "told" if _covered(row, warnings) else "SILENT"
            shown, told, silent = shown + (kind == "shown"), told + (kind == "told"), silent + (kind == "SILENT")
            examples.append(f"{kind} {key}")
    missing = list(expected.elements())
    # A wrong row stands for the one that is missing in its place.
    lost = max(0, len(missing) - shown - told - silent)
    seen = bool(doubts) or any(f["code"] in GAPS for f in findings)
    examples += [f"missing {key}" for key in missing]
    told, silent = told + (lost if seen else 0), silent + (0 if seen else lost)
    return Outcome(columns, wear, sum(1 for _ in gold()), right, shown, told, silent, len(doubts), len(parsed.document.boxes),
                   round(seconds, 1), tuple(examples))


def _spans(findings: Iterable[Mapping[str, Any]]) -> list[tuple[int, int]]:
    return [(f["span_start"], f["span_end"]) for f in findings if f["span_start"] is not None]


def _covered(row: Mapping[str, Any], findings: Sequence[tuple[int, int]]) -> bool:
    spans = [(row["span_start"], row["span_end"])]
    spans += [(v["span_start"], v["span_end"]) for name, v in row.items() if name.endswith("_evidence") and isinstance(v, dict)]
    return any(start < end_ and start_ < end for start, end in spans for start_, end_ in findings)


def scan_read(text: str, columns: int, wear: str, layout: Mapping[str, Any]) -> tuple[Parsed, float]:
    """A text set, scanned, worn and read, and how long the reading took."""
    pages = [worn(page, wear) for page in scans(page_pdf(text, font=font(), **layout))]
    data = saved(pages)
    start = time.perf_counter()
    document = read_document(f"{columns}-{wear}.tif", data, Limits())
    return parse_document(document, load_rules()), time.perf_counter() - start


def separation(parsed: Parsed, text: str) -> list[tuple[float, bool]]:
    """The confidence of each printed line, and whether its characters stand so in the text."""
    whole = match_key(text)
    document = parsed.document
    return [(box.confidence, match_key(document.text[box.span.start : box.span.end]) in whole)
            for box in document.boxes if box.confidence is not None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--wear", choices=WEAR, action="append")
    parser.add_argument("--columns", type=int, choices=tuple(LAYOUTS), action="append")
    asked = parser.parse_args()
    text = PAGE.read_text("utf-8")
    outcomes: list[Outcome] = []
    lines: list[tuple[float, bool]] = []
    for columns in asked.columns or LAYOUTS:
        for wear in asked.wear or WEAR:
            parsed, seconds = scan_read(text, columns, wear, LAYOUTS[columns])
            outcomes.append(outcome(parsed, columns, wear, seconds))
            lines += separation(parsed, text)
            if not asked.json:
                _show(outcomes[-1])
    thresholds = {str(t): {"wrong_below": sum(not ok and c < t for c, ok in lines), "wrong": sum(not ok for _c, ok in lines),
                           "right_below": sum(ok and c < t for c, ok in lines), "right": sum(ok for _c, ok in lines)}
                  for t in (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.99)}
    if asked.json:
        made = {"dpi": DPI, "outcomes": [asdict(o) for o in outcomes], "thresholds": thresholds}
        print(json.dumps(made, ensure_ascii=False, indent=1))
        return
    used = layout_rules()["recognition"]["least_confidence"]
    print(f"\nlines below a confidence, of those wrong and of those right (in use: {used})")
    for threshold, n in thresholds.items():
        print(f"  {threshold:>5}  wrong {n['wrong_below']}/{n['wrong']}  right {n['right_below']}/{n['right']}")


def _show(o: Outcome) -> None:
    print(f"{o.columns} column(s) {o.wear:6} {o.expected} rows: right {o.right}, wrong and shown {o.shown}, "
          f"told {o.told}, silent {o.silent}; {o.doubted} of {o.lines} lines in doubt, {o.seconds} s", flush=True)
    for example in o.examples:
        print(f"    {example}")


if __name__ == "__main__":
    main()
