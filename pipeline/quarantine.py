"""Files that could not be read are kept apart, each with its reason, so that nothing is lost from sight."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from pipeline.ingest.limits import Limits

FOLDER = "quarantine"
_REASON = ".reason.json"


def keep_apart(out: Path, reasons: Mapping[str, str], paths: Mapping[str, Path], limits: Limits) -> None:
    """Bring the quarantine in line with a run: a copy and a reason for each failed document, and nothing else.

    ``reasons`` and ``paths`` go by the stored name. What is too large, or cannot be read, leaves its reason alone.
    """
    folder = out / FOLDER
    if reasons:
        folder.mkdir(exist_ok=True)
    stems = {name: f"{hashlib.sha256(name.encode()).hexdigest()[:12]}-{Path(name).name[-100:]}" for name in reasons}
    for name, stem in stems.items():
        with suppress(OSError):
            path = paths[name]
            if path.is_file() and not path.is_symlink() and path.stat().st_size <= limits.bytes:
                shutil.copyfile(path, folder / stem)
        told = {"path": name, "reason": reasons[name]}
        (folder / f"{stem}{_REASON}").write_text(json.dumps(told, ensure_ascii=False), "utf-8")
    wanted = {*stems.values(), *(f"{stem}{_REASON}" for stem in stems.values())}
    for path in folder.glob("*") if folder.is_dir() else ():
        if path.name not in wanted:
            path.unlink(missing_ok=True)


def quarantined(out: Path) -> dict[str, str]:
    """What is in quarantine now: reason by stored name."""
    told = (json.loads(path.read_text("utf-8")) for path in sorted((out / FOLDER).glob(f"*{_REASON}")))
    return {entry["path"]: entry["reason"] for entry in told}
