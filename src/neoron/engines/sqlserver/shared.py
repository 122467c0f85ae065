"""A raw connection lent to SQLAlchemy, which may use it but not end its transaction."""

from __future__ import annotations

from typing import Any


def share(raw: Any) -> Any:
    """A SQLAlchemy connection over this one; closing it leaves the raw one open.

    Changes: nothing at the server: begin, commit and rollback are not sent.
    """
    from sqlalchemy import create_engine
    from sqlalchemy.pool import StaticPool

    engine = create_engine(
        "mssql+mssqlpython://",
        creator=lambda: raw,
        poolclass=StaticPool,
        pool_reset_on_return=None,  # a reset would roll back the runner's transaction
    )
    for name in ("do_begin", "do_commit", "do_rollback", "do_close", "do_terminate"):
        setattr(engine.dialect, name, _leave_alone)
    return engine.connect()


def _leave_alone(*_: Any) -> None:
    """What the dialect would send ends or begins a transaction, and that is the runner's part."""
