"""Publish when files arrive: watch folders and rules, wait until copies are finished, run again.

A run compares with what stands published, so what arrived while nobody watched is read at the start.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from pipeline.batch import Options, RunResult, UsageError, run
from pipeline.publish import Locked
from pipeline.rules import RuleError, RulesChanged, load_rules
from pipeline.sources import discover

log = logging.getLogger("hongzhi")


class MissingWatcher(UsageError):
    """The library that watches folders is not installed."""


def watch(folders: Sequence[Path], out: Path, options: Options, tell: Callable[[RunResult], None], *, rules: Path | None = None,
          settle: float = 2.0, stop: threading.Event | None = None) -> None:
    """Publish what the folders hold, and again at each change of theirs or of the rules, until ``stop`` is set.

    A run begins when sizes and times of all files have held for ``settle`` seconds, so that a slow copy is read whole. What
    a user can mend (a rule with a mistake, another writer) is logged, and the next change tries again. Raises
    :class:`UsageError` for what is no folder and :class:`MissingWatcher`.
    """
    try:
        from watchfiles import watch as changes_in
    except ImportError:
        raise MissingWatcher('监视需先安装 / watching needs: pip install "hongzhi[watch]"') from None
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(f"不是文件夹 {folder} / {folder} is not a folder: only folders can be watched")
    stop = stop or threading.Event()
    ours = tuple(str(out.resolve() / name) for name in ("sets", "current", "quarantine", ".staging", ".lock", ".current-"))
    watched = [*folders, load_rules(rules).folder]
    # Files that change while the first run reads are seen too: the watcher starts before it.
    events = changes_in(*watched, watch_filter=lambda _change, path: not path.startswith(ours), stop_event=stop,
                        yield_on_timeout=True, rust_timeout=1000, debounce=400, raise_interrupt=True)
    due = True
    for changes in events:
        due = due or bool(changes)
        if due and _settled(folders, out, settle, stop):
            due = not _try(folders, out, options, tell, rules)


def _settled(folders: Sequence[Path], out: Path, settle: float, stop: threading.Event) -> bool:
    """Wait until nothing changes any more; False when asked to stop."""
    before = _snapshot(folders, out)
    while not stop.wait(settle):
        now = _snapshot(folders, out)
        if now == before:
            return True
        before = now
    return False


def _snapshot(folders: Sequence[Path], out: Path) -> dict[Path, tuple[int, int]]:
    seen: dict[Path, tuple[int, int]] = {}
    try:
        sources = discover(folders, out=out)
    except UsageError:
        return seen
    for source in sources:
        try:
            status = source.path.lstat()
        except OSError:
            continue
        seen[source.path] = (status.st_size, status.st_mtime_ns)
    return seen


def _try(folders: Sequence[Path], out: Path, options: Options, tell: Callable[[RunResult], None], rules: Path | None) -> bool:
    """Run once; False where it is worth trying again without a change."""
    try:
        tell(run(folders, out, options, rules=load_rules(rules)))
    except (Locked, RulesChanged) as error:
        log.warning("%s", error)
        return False
    except (UsageError, RuleError) as error:
        log.warning("%s", error)
    return True
