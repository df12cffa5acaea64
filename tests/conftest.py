"""Fixtures for the whole suite."""

from __future__ import annotations

import pytest
from hypothesis import settings

from pipeline.rules import RuleBook, load_rules

# Machines differ in speed and no test may depend on it; the same examples are drawn each time.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")


@pytest.fixture(scope="session")
def book() -> RuleBook:
    return load_rules()
