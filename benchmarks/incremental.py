"""What five new files cost in a set of many: ``python benchmarks/incremental.py [--documents N] [--json]``.

In one go: a run from nothing over N documents, a run after five were added, and a run from nothing over all of them, whose
tables must be the same as those of the second. Documents are the samples with their numbers changed by a seed.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from pathlib import Path

import regex

from pipeline.batch import Options, run

SAMPLES = sorted((Path(__file__).parent.parent / "raw_docs").glob("*.txt"))
ADDED = 5


def document(number: int) -> bytes:
    """A sample with other numbers; the same number gives the same document."""
    chance = random.Random(number)
    sample = SAMPLES[number % len(SAMPLES)]
    text = sample.read_bytes().decode("gb18030" if "gb18030" in sample.name else "utf-8")
    changed = regex.sub(r"(?<!\d)\d{2,3}(?![\d.])", lambda found: str(chance.randrange(10, 999)), text)
    return f"{changed}\n{number}\n".encode()


def write(folder: Path, numbers: range) -> None:
    """Write these documents, a hundred to a folder."""
    for number in numbers:
        path = folder / f"{number // 100:03d}" / f"{number:06d}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(document(number))


def timed(inputs: Path, out: Path, options: Options) -> tuple[float, dict[str, str]]:
    """Seconds of a run and the checksum of each table."""
    began = time.perf_counter()
    result = run([inputs], out, options)
    seconds = time.perf_counter() - began
    assert result.set_path
    files = json.loads((result.set_path / "manifest.json").read_text("utf-8"))["files"]
    return seconds, {name: entry["sha256"] for name, entry in files.items()}


def measure(documents: int, workers: int) -> dict[str, object]:
    """The three runs."""
    options = Options(workers=workers)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "in", range(documents))
        full, _ = timed(folder / "in", folder / "out", options)
        write(folder / "in", range(documents, documents + ADDED))
        again, tables = timed(folder / "in", folder / "out", options)
        anew, expected = timed(folder / "in", folder / "new", options)
    return {"documents": documents, "added": ADDED, "workers": workers, "full_seconds": round(full, 2),
            "incremental_seconds": round(again, 2), "anew_seconds": round(anew, 2), "ratio": round(again / anew, 4),
            "identical": tables == expected}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measure(given.documents, given.workers)
    if given.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:20} {value}")


if __name__ == "__main__":
    main()
