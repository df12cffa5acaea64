"""What can go wrong with an export, said so that the user can mend it."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class ExportError(Exception):
    """An export that could not be made or a sheet that could not be read; the message is in Chinese and English."""


class MissingExtra(ExportError):
    """A library of the extra ``export`` is not installed."""


def needed(module: str) -> Any:
    """A module of the extra ``export``; :class:`MissingExtra` names the line that installs it.

    >>> needed("json").dumps([1])
    '[1]'
    >>> needed("no_such_library")
    Traceback (most recent call last):
    ...
    pipeline.export.errors.MissingExtra: 导出需先安装 / exporting needs: pip install "hongzhi[export]"
    """
    try:
        return import_module(module)
    except ImportError:
        raise MissingExtra('导出需先安装 / exporting needs: pip install "hongzhi[export]"') from None
