"""What a run tells while it works: levels on standard error, and every line as JSON in a file for machines."""

from __future__ import annotations

import json
import logging
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

NAME = "hongzhi"
_EVERY = 10.0


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told = {"time": when, "level": record.levelname.lower(), "message": record.getMessage()}
        return json.dumps(told, ensure_ascii=False)


def start(level: str, file: Path | None = None) -> None:
    """Tell what is of ``level`` and above on standard error, and all from info on in ``file``."""
    log = logging.getLogger(NAME)
    for handler in list(log.handlers):
        log.removeHandler(handler)
        handler.close()
    shown = logging.StreamHandler(sys.stderr)
    shown.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))
    shown.setLevel(level.upper())
    log.addHandler(shown)
    if file is not None:
        try:
            written = logging.FileHandler(file, encoding="utf-8")
        except OSError as error:
            raise FileNotFoundError(f"无法写日志 {file} / cannot write the log {file}: {error.strerror}") from None
        written.setFormatter(_JsonLines())
        written.setLevel(min(logging.INFO, shown.level))
        log.addHandler(written)
    log.setLevel(min(handler.level for handler in log.handlers))
    log.propagate = False


class Pace:
    """Progress for a log: now and then how many are done, at what rate, and how long the rest will take."""

    def __init__(self) -> None:
        self.began: tuple[float, int] | None = None
        self.told = 0.0

    def tell(self, name: str, number: int, total: int) -> None:
        """Take note of a document that is done."""
        now = time.monotonic()
        if self.began is None:
            self.began = (now, number)
        began, first = self.began
        if now - self.told < _EVERY and number != total:
            return
        self.told = now
        rate = (number - first) / (now - began) if now > began else 0.0
        left = f", {(total - number) / rate:.0f} s left" if rate else ""
        logging.getLogger(NAME).info("%d of %d documents, %.1f/s%s", number, total, rate, left)
