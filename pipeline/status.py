"""What a run would do: what is new, changed, stale, gone or in quarantine against the published set."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.batch import Options
from pipeline.collect import collect
from pipeline.plan import basis, change_of, read_published, removed
from pipeline.quarantine import quarantined
from pipeline.reading import Settings
from pipeline.rules import RuleBook, load_rules
from pipeline.sources import UsageError, discover


@dataclass(frozen=True, slots=True)
class Status:
    """Names of documents by what has become of them since the published set, and the quarantine with its reasons.

    ``new`` files are not in the set, ``changed`` ones have other bytes, ``stale`` ones were read by other rules, code or
    settings, and ``removed`` ones are in the set alone.
    """

    published: Path | None
    new: tuple[str, ...]
    changed: tuple[str, ...]
    stale: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    quarantined: dict[str, str]

    @property
    def up_to_date(self) -> bool:
        """True where a run would change nothing."""
        return not (self.new or self.changed or self.stale or self.removed)


def status(inputs: Sequence[Path], out: Path, options: Options | None = None, *, lists: Sequence[Path] = (),
           rules: RuleBook | None = None) -> Status:
    """Compare the inputs with the set under ``out``; without inputs, those of the run that published it.

    Raises :class:`UsageError`. Nothing is written.
    """
    options = options or Options()
    book = rules or load_rules()
    published = read_published(out)
    if not inputs and not lists:
        inputs, lists = ([Path(p) for p in published.manifest.get(name, ())] for name in ("inputs", "lists"))
        if not inputs and not lists:
            raise UsageError(f"{out} 中没有已发布的表，请指定输入 / nothing is published in {out}: name the files or folders")
    settings = Settings(book.folder, book.hash, options.as_of, options.limits)
    with tempfile.TemporaryDirectory(prefix="hongzhi-") as spool:
        entries, _archives = collect(discover(inputs, lists, out), published, Path(spool), basis(book, settings), book, settings,
                                     options.workers)
    by_change: dict[str, list[str]] = {}
    for entry in entries:
        by_change.setdefault(change_of(entry, published), []).append(entry.source.name)
    told = {name: tuple(by_change.get(name, ())) for name in ("new", "changed", "stale", "unchanged")}
    return Status(published.folder, **told, removed=removed(entries, published), quarantined=quarantined(out))
