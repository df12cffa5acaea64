"""Small helpers for the format's XML: children by name, numbers in attributes."""

from __future__ import annotations

from collections.abc import Iterator

import regex
from lxml import etree

NUMBER = regex.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?")


def kind_of(element: etree._Element) -> str:
    """The name of an element without its namespace, which has changed between versions of the format."""
    return element.tag.rsplit("}", 1)[-1] if isinstance(element.tag, str) else ""


def children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """The children of a name."""
    return (child for child in element if kind_of(child) == name)


def child_text(element: etree._Element, name: str) -> str:
    """The text of the first child of a name; empty where there is none."""
    return next((child.text or "" for child in children(element, name)), "").strip()


def numbers(value: str | None) -> list[float]:
    """The numbers in an attribute; none where one is larger than any page.

    >>> numbers("0 0 210 297"), numbers(None), numbers("1e99 2")
    ([0.0, 0.0, 210.0, 297.0], [], [])
    """
    found = [float(n) for n in NUMBER.findall((value or "")[:10_000])]
    return found if all(abs(n) < 1e7 for n in found) else []
