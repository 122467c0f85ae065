"""The command line in this process, and targets of every engine, for inputs that must be refused."""

from __future__ import annotations

import pytest

from cli.calls import calls
from conformance.engine_under_test import EngineUnderTest

__all__ = ["calls"]


@pytest.fixture
def target_url(engine: EngineUnderTest) -> str:
    """An empty target of each engine in turn: what asks for it is part of the conformance suite."""
    if engine.traits.dialect == "sqlserver":
        pytest.skip("these migrations are not written in T-SQL")
    return engine.empty()
