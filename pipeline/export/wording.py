"""The words of the exports (``rules/export.toml``) and the chapters of the 资料长编 (``rules/compilation.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.export.errors import ExportError
from pipeline.paths import rules_dir


@cache
def words(section: str) -> Mapping[str, Any]:
    """A section of ``rules/export.toml``.

    >>> words("citation")["date"]
    '〔日期不详〕'
    """
    found: Mapping[str, Any] = _source()[section]
    return found


def views() -> tuple[Mapping[str, str], ...]:
    """The views of the DuckDB file: name, why and SQL."""
    return tuple(_source()["view"])


@cache
def _source() -> dict[str, Any]:
    return tomllib.loads((rules_dir() / "export.toml").read_text("utf-8"))


def chapters_from(path: Path | None = None) -> Mapping[str, Any]:
    """The file of chapters, the project's own or another one; :class:`ExportError` says what it lacks.

    >>> chapters_from()["chapter"][0]["modality"]
    'planned'
    """
    path = path or rules_dir() / "compilation.toml"
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ExportError(f"没有章节文件 {path} / there is no file of chapters {path}: name one with --outline") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ExportError(f"{path} 不是 TOML / is not TOML: {error}. Mend the file") from None
    missing = sorted(set(_default()) - set(data))
    if missing:
        raise ExportError(f"{path} 缺 / lacks: {', '.join(missing)}. Copy them from rules/compilation.toml")
    for number, chapter in enumerate(data["chapter"], 1):
        _check(path, number, chapter)
    return data


@cache
def _default() -> dict[str, Any]:
    return tomllib.loads((rules_dir() / "compilation.toml").read_text("utf-8"))


def _check(path: Path, number: int, chapter: Mapping[str, Any]) -> None:
    told = f"{path}: [[chapter]] {number}"
    lacking = [k for k in ("title", "tables", "modality", "form", "group") if k not in chapter]
    lacking += [k for k in ("columns", "cite") if chapter.get("form") == "table" and k not in chapter]
    if lacking:
        raise ExportError(f"{told} 缺 / lacks: {', '.join(lacking)}")
    known = {"modality": set(words("modality")["names"]), "form": {"text", "table"}}
    for key, allowed in known.items():
        if chapter[key] not in allowed:
            raise ExportError(f"{told}: {key} = {chapter[key]!r}; 可用 / choose from: {', '.join(sorted(allowed))}")
    groups = {"year", "city", "article", "list"}
    if len(chapter["group"]) > 2 or not set(chapter["group"]) <= groups:
        raise ExportError(f"{told}: group = {chapter['group']!r}; 至多两项 / at most two of: {', '.join(sorted(groups))}")
