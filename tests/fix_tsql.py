"""Microsoft's T-SQL parser and schema compiler for tests: `tsql.parse(text)`, `tsql.compile(text, …)`."""

from __future__ import annotations

import os
from typing import Any

import pytest


class TsqlCheck:
    """What the check says of a text: only errors, in words that name the place."""

    def __init__(self) -> None:
        from tsql_check.chain import Chain
        from tsql_check.runtime import net
        from tsql_check.syntax import parse

        self._parse, self._chain = parse, Chain
        if net().missing:
            raise _cannot_run(net().missing)

    def parse(self, text: str) -> list[str]:
        """Errors of syntax."""
        return _errors(self._parse(text))

    def compile(self, *texts: str) -> list[str]:
        """Errors of syntax and of names, of scripts that run one after the other on one database."""
        return _errors(self.chain(*texts).finish())

    def chain(self, *texts: str, target: int = 150) -> Any:
        """The schema that the scripts leave, as a `tsql_check.chain.Chain`."""
        chain = self._chain(target)
        for number, text in enumerate(texts):
            chain.add(text, f"{number}.sql")
        return chain

    def batches(self, text: str) -> list[tuple[int, int]]:
        """Offset and length of every batch of a script, in UTF-16 units."""
        from tsql_check.syntax import _parse

        script, _ = _parse(text, "<text>", 150)
        return [(batch.StartOffset, batch.FragmentLength) for batch in getattr(script, "Batches", None) or []]

    def client_batches(self, text: str) -> list[tuple[str, int]] | None:
        """The batches, and how often each runs, as the batch parser of Microsoft's client tools cuts them; None when it
        refuses the text."""
        from tsql_check.runtime import net

        net()
        import clr  # type: ignore[import-not-found]

        clr.AddReference("Microsoft.SqlTools.ManagedBatchParser")
        from Microsoft.SqlTools.ServiceLayer.BatchParser import (  # type: ignore[import-not-found]
            BatchParserWrapper,
        )
        from System import Exception as NetError  # type: ignore[import-not-found]

        parser = BatchParserWrapper()
        try:
            return [(str(b.BatchText), int(b.BatchExecutionCount)) for b in parser.GetBatches(text)]
        except NetError:
            return None
        finally:
            parser.Dispose()


def _errors(findings: list[Any]) -> list[str]:
    return [str(finding) for finding in findings if finding.severity == "error"]


def _cannot_run(why: str) -> Exception:
    from tsql_check.runtime import CannotRun

    return CannotRun(why)


@pytest.fixture(scope="session")
def tsql() -> TsqlCheck:
    """The check; where it cannot run that is a failure under CI=true, and a named skip elsewhere."""
    from tsql_check.runtime import CannotRun

    try:
        return TsqlCheck()
    except (CannotRun, ImportError, OSError) as reason:
        give_up(str(reason))
        raise


def give_up(reason: str) -> None:
    """End the test in the way that fits: where the check was promised, its absence is a failure."""
    if os.environ.get("CI", "").lower() in ("1", "true", "yes"):
        pytest.fail(f"no T-SQL check: {reason}", pytrace=False)
    pytest.skip(f"no T-SQL check: {reason}")
