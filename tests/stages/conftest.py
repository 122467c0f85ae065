"""The command line in this process, for stages that are seen through it."""

from cli.calls import calls

__all__ = ["calls"]
