"""Whether a row tells what was planned, reported, praised, appointed or said: never mixed in an export."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any

from pipeline.export.wording import words
from pipeline.paths import rules_dir

UNDETERMINED = "undetermined"


def modality(table: str, row: Mapping[str, Any], article: Mapping[str, Any] | None) -> str:
    """The kind of what a row tells, by the rules of ``rules/export.toml``; undetermined where none holds.

    >>> modality("plan_targets", {"kind": "target"}, {"genre": "work_plan"}), modality("schools", {}, None)
    ('planned', 'praised')
    >>> modality("plan_items", {"section_title": "2012年工作回顾"}, {"genre": "work_plan", "title": "工作总结和2013年打算"})
    'reported'
    """
    genre = (article or {}).get("genre")
    for rule in words("modality")["rules"]:
        if (rule["table"] == table and ("genre" not in rule or genre in rule["genre"])
                and ("kind" not in rule or row.get("kind") in rule["kind"])
                and ("present" not in rule or row.get(rule["present"]))
                and (not rule.get("summary") or tells_what_was_done(row.get("section_title"), (article or {}).get("title")))):
            return str(rule["is"])
    return UNDETERMINED


def tells_what_was_done(section: str | None, title: str | None) -> bool:
    """Whether a section, or else its paper, is a summary by its title.

    >>> tells_what_was_done(None, "2012年工作总结"), tells_what_was_done("2013年工作思路", "2012年工作总结")
    (True, False)
    """
    said = _summary()
    here = section or title or ""
    if any(w in here for w in said["ahead"]):
        return False
    if any(w in here for w in said["done"]):
        return True
    over = title or ""
    return any(w in over for w in said["done"]) and not any(w in over for w in said["ahead"])


@cache
def _summary() -> Mapping[str, Any]:
    data: Mapping[str, Any] = tomllib.loads((rules_dir() / "outline.toml").read_text("utf-8"))["summary"]
    return data
